"""Requests are written down in groups and settled in groups: whatever ends the run in between, and whatever one of them is answered."""

import dataclasses
import threading
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from requests.adapters import HTTPAdapter

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.quickbooks.auth import FixedToken
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress
from rentaxis_pipelines.quickbooks.limits import Limits
from rentaxis_pipelines.quickbooks.transport import http_session
from rentaxis_pipelines.sync.pushing.push import push

ROWS = [str(number) for number in range(1, 9)]


class Killed(BaseException):
    """The end of a process, as far as the code under test can tell."""


class Gate(HTTPAdapter):
    """Lets the first calls through and does with the others what it was told."""

    def __init__(self, free: int, otherwise: Any) -> None:
        super().__init__(pool_maxsize=16, max_retries=0)
        self._free, self._otherwise = free, otherwise
        self._lock = threading.Lock()
        self.calls = 0

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        with self._lock:
            self.calls += 1
            free = self.calls <= self._free
        if not free:
            self._otherwise()
        return super().send(*args, **kwargs)


def behind(company, run, gate: Gate):
    """The run, its calls through the gate."""
    session = http_session(company.quickbooks.base_url)
    session.mount(company.quickbooks.base_url, gate)
    client = QuickBooksClient(
        RealmAddress(company.quickbooks.base_url, run.realm),
        FixedToken(company.quickbooks.access_token),
        limits=Limits.off(),
        session=session,
    )
    return dataclasses.replace(run, client=client)


def states(company) -> dict[str, int]:
    statement = "select state, count(*) as requests from ledger.requests group by state"
    with engine(company.url).connect() as connection:
        return {row.state: row.requests for row in connection.execute(sa.text(statement))}


def outcomes(company) -> list[str]:
    with engine(company.url).connect() as connection:
        return list(connection.execute(sa.text("select outcome from ledger.request_rows")).scalars())


def numbers(company) -> list[str]:
    return sorted(each["DocNumber"] for each in company.objects("Invoice"))


def killed() -> None:
    raise Killed


def test_a_kill_between_the_commit_of_a_group_and_its_first_call_sends_nothing_twice(company):
    """All of the group is written down, none of it is in QuickBooks; the next run finds that out, and sends each once."""
    rows = [company.invoice(number) for number in ROWS]
    gate = Gate(0, killed)
    with company.run(workers=4, batch_size=1) as run, pytest.raises(Killed):
        push(behind(company, run, gate), company.plan(run, *rows))
    assert states(company) == {"sending": 6}
    assert numbers(company) == []
    found = company.push(*rows)
    assert {each.status for each in found.values()} == {"created"}
    assert numbers(company) == [f"N-{number}" for number in ROWS]
    assert set(states(company)) == {"recorded"}


def test_what_a_dying_run_has_begun_to_send_is_found_and_what_it_has_not_is_never_sent(company):
    """One call gets through, another dies: the calls under way are finished, those that waited are not begun."""
    rows = [company.invoice(number) for number in ROWS]
    gate = Gate(1, killed)
    with company.run(workers=1, batch_size=1) as run, pytest.raises(Killed):
        push(behind(company, run, gate), company.plan(run, *rows))
    assert gate.calls == 2
    assert numbers(company) == ["N-1"]
    company.push(*[row for row in rows if row.source_id != "1"])
    assert numbers(company) == [f"N-{number}" for number in ROWS]
    assert company.link("invoice", "1").quickbooks_number == "N-1"


def test_a_kill_after_the_answers_of_a_group_and_before_it_is_settled_repeats_no_call(company):
    """The answers are in the ledger: the next run settles them from there, for the run that died."""
    rows = [company.invoice(number) for number in ROWS]

    def die(_connection, _cursor, statement, *_others) -> None:
        if statement.startswith("insert into ledger.link_versions"):
            raise Killed

    sa.event.listen(engine(company.url), "before_cursor_execute", die)
    try:
        with company.run(run_id="dead", workers=4, batch_size=2) as run, pytest.raises(Killed):
            push(run, company.plan(run, *rows))
    finally:
        sa.event.remove(engine(company.url), "before_cursor_execute", die)
    assert states(company).get("answered", 0) > 0
    company.push(company.invoice("9"))
    with engine(company.url).connect() as connection:
        found = {
            each.source_id: each.status
            for each in results.results_of(connection, company.quickbooks.realm_id, run_id="dead")
        }
    assert set(found) == set(ROWS)
    created = sorted(f"N-{number}" for number in ROWS if found[number] == "created")
    assert numbers(company) == [*created, "N-9"]
    assert set(states(company)) == {"recorded"}


def test_one_refused_row_of_a_group_neither_holds_up_nor_repeats_the_others(company):
    """Each request of the group is sent a single time."""
    rows = [company.invoice(number, customer="99999" if number == "3" else None) for number in ROWS]
    gate = Gate(100, killed)
    with company.run(workers=4, batch_size=2) as run:
        push(behind(company, run, gate), company.plan(run, *rows))
        found = {
            each.source_id: each for each in results.results_of(run.connection, run.realm, run_id=run.run_id)
        }
    assert {each.source_id for each in found.values() if each.status == "failed"} == {"3"}
    assert {each.attempts for each in found.values()} == {1}
    assert numbers(company) == [f"N-{number}" for number in ROWS if number != "3"]
    assert states(company) == {"recorded": 4}


def test_a_run_that_is_asked_to_stop_begins_nothing_more(company):
    """What was written down and not begun is noted as not carried out, so the next run need not look for it; each row says where it is.

    A thread that is free by then does not begin it either.
    """
    rows = [company.invoice(number) for number in ROWS]
    under_way = threading.Barrier(4, timeout=60)
    gate = Gate(0, under_way.wait)
    with company.run(workers=4, batch_size=1) as run:
        stopping = dataclasses.replace(behind(company, run, gate), stop_requested=lambda: gate.calls >= 4)
        push(stopping, company.plan(run, *rows))
        found = {
            each.source_id: each.status
            for each in results.results_of(run.connection, run.realm, run_id=run.run_id)
        }
    assert set(found) == set(ROWS)
    assert gate.calls == 4
    assert outcomes(company).count("not_executed") == 2
    assert numbers(company) == [f"N-{number}" for number in ROWS if found[number] == "created"]
    assert len(numbers(company)) == 4
    assert states(company) == {"recorded": 6}
    company.push(*[row for row in rows if found[row.source_id] != "created"])
    assert numbers(company) == [f"N-{number}" for number in ROWS]
