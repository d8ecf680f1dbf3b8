"""Results of unchanged records say the same whether each has a row of its own or all of a day are kept together."""

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.ledger import (
    find,
    known_records,
    open_attempts,
    open_rows,
    results,
    run_sums,
    volumes,
)
from rentaxis_pipelines.ledger import run_results as ledger_of_runs
from rentaxis_pipelines.ledger.database import connect, engine
from rentaxis_pipelines.ledger.plans import save_plan
from rentaxis_pipelines.ledger.run_rows_page import Group, rows_in_turn, rows_page
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.notices.facts import _counted  # pyright: ignore[reportPrivateUsage]
from rentaxis_pipelines.reports import days_proof, run_proof, run_results
from rentaxis_pipelines.reports.marts import mart_models
from rentaxis_pipelines.reports.run_results import RunResults
from rentaxis_pipelines_tests.support.compacted import give_addresses, put_together
from rentaxis_pipelines_tests.support.read_results import causes_of, sums_of

DAY = dt.date(2026, 6, 20)
DAYS = [DAY + dt.timedelta(number) for number in range(3)]
START = dt.datetime(2026, 7, 2, 12, tzinfo=dt.UTC)
RECORDS = 4
WRITTEN = ("created", "updated")

# A run: whether it is a preview, and of each record what became of it, its day and its amount where it was written anew.
SAID = st.tuples(
    st.sampled_from([*WRITTEN, "unchanged", "unchanged", "unchanged", "failed", "waiting", "draft"]),
    st.sampled_from(DAYS),
    st.decimals(-99, 99, places=2),
)
RUNS = st.lists(st.tuples(st.booleans(), st.dictionaries(st.integers(0, RECORDS - 1), SAID, min_size=1)), min_size=1, max_size=6)  # fmt: skip


@pytest.fixture(scope="module")
def ledger(postgres: embedded.Server, ledger_template: str) -> Iterator[sa.Connection]:
    """A ledger for all examples of this file, each in a realm of its own."""
    name = f"ledger_{uuid.uuid4().hex}"
    url = postgres.create_database(name, template=ledger_template)
    with connect(url) as connection:
        yield connection
    engine(url).dispose()
    postgres.drop_database(name)


def _write(connection: sa.Connection, realm: str, runs: list[Any]) -> list[str]:
    """The runs' results, each of its own; returns the runs' ids. Unchanged is only what stands as the last run that was no preview left it."""
    stands: dict[int, RowResult] = {}
    for position, (preview, said) in enumerate(runs):
        run_id, at = f"{realm}-{position}", START + dt.timedelta(days=position)
        save_plan(
            connection,
            Plan(
                plan_id=run_id, realm=realm, run_id=run_id, record_type="invoices", first_day=DAYS[0], last_day=DAYS[-1], forced=False,
                dry_run=preview, requested_by="ann", rows_in=len(said), money_in=Decimal(0), created_at=at,
            ),
            [],
        )  # fmt: skip
        rows = [_result(realm, run_id, number, each, stands.get(number), at) for number, each in said.items()]
        results.save_results(connection, rows)
        if not preview:
            stands |= {int(row.source_id): row for row in rows}
    execute(
        connection,
        """insert into ledger.links (realm, source_type, source_id, quickbooks_type, quickbooks_id, sync_token, quickbooks_number, mapped, content_hash, owned,
                                     origin, state, run_id, updated_at, total)
           select distinct on (source_id) realm, source_type, source_id, 'Invoice', quickbooks_id, '0', quickbooks_number, '{}', '', '{}', 'created', 'live',
                  run_id, finished_at, amount + case when source_id = '1' then 1 else 0 end
           from ledger.single_results where realm = :realm and status in ('created', 'updated') order by source_id, finished_at desc""",
        realm=realm,
    )
    give_addresses(connection, realm)
    return [f"{realm}-{position}" for position in range(len(runs))]


def _result(realm: str, run_id: str, number: int, said: Any, last: RowResult | None, at: dt.datetime) -> RowResult:  # fmt: skip
    word, day, amount = said
    if word == "unchanged":
        whole = last is not None and (last.status in WRITTEN or last.reason_code == "unchanged")
        word = "unchanged" if whole else "created"
        day, amount = (last.day, last.amount) if whole and last else (day, amount)
    reason = {"failed": "rejected", "waiting": "waiting_for_parent", "draft": "draft", "unchanged": "unchanged"}.get(word)  # fmt: skip
    label = f"Invoice inv-{number}"
    return RowResult(
        realm=realm, plan_id=run_id, run_id=run_id, day=day, record_type="invoices", source_type="invoice", source_id=str(number),
        source_label=label, amount=amount, currency="USD", action="none" if reason else "create",
        status=word if word in (*WRITTEN, "failed") else "skipped", reason_code=reason,
        reason=reason and f"{label} has not changed since it was pushed.", how_to_fix="Nothing to do." if reason else None,
        quickbooks_type="Invoice", quickbooks_id=f"9{number}", quickbooks_number=f"inv-{number}", forced=False, requested_by="ann",
        finished_at=at,
    )  # fmt: skip


def _pages(connection: sa.Connection, realm: str, run_id: str, groups: list[Group]) -> list[Any]:
    said: list[Any] = [list(rows_in_turn(connection, realm, run_id, groups))]
    for sort in ("amount", "day", "record"):
        for backwards in (False, True):
            page = rows_page(connection, realm, run_id, groups, sort=sort, backwards=backwards)
            said.append(page)
            for row in page.rows:
                place = (row.source_type, row.source_id)
                said.append(rows_page(connection, realm, run_id, groups, sort=sort, backwards=backwards, after=place))  # fmt: skip
                said.append(rows_page(connection, realm, run_id, groups, sort=sort, backwards=backwards, before=place))  # fmt: skip
    said.append(rows_page(connection, realm, run_id, groups, containing="INV-2"))
    begun = [Group(group.record_type, group.status, group.reason_code, "invoice INV-1") for group in groups]
    said.append(rows_page(connection, realm, run_id, begun, sort="record"))
    return said


def _last_results(connection: sa.Connection, realm: str) -> list[str]:
    """What the mart of that name says."""
    execute(connection, "create schema if not exists reports_of_tests")
    execute(connection, "drop table if exists reports_of_tests.parameters")
    execute(
        connection,
        "create table reports_of_tests.parameters as select cast(:realm as text) as realm",
        realm=realm,
    )
    rows = connection.execute(sa.text(mart_models("reports_of_tests").models["last_results"].sql))
    return sorted(str(dict(row)) for row in rows.mappings())


def _of_run(connection: sa.Connection, read: RunResults, days: list[dt.date]) -> list[Any]:
    return [
        read.sums, read.causes, list(read.causes_by_day(days)), list(read.rows_in_turn()), ledger_of_runs.requested_by(connection, read.which),
        list(ledger_of_runs.needing_in_turn(connection, read.which)),
    ]  # fmt: skip


def _everything(connection: sa.Connection, realm: str, runs: list[str]) -> dict[str, Any]:
    """What every reader of results says of the company."""
    ids = [str(number) for number in range(RECORDS)]
    keys = [("invoice", each) for each in ids]
    said: dict[str, Any] = {
        "view": sorted(map(repr, execute(connection, "select * from ledger.row_results where realm = :realm", realm=realm))),
        "attempts": open_rows.newest_attempts(connection, realm, keys),
        "open": open_attempts.opened(connection, realm),
        "open at all": days_proof.needs_attention_of_any_day(connection, realm),
        "shown": known_records.last_shown(connection, realm, "invoice", ids),
        "by id": find.called(connection, realm, ["invoice"], "1", 10),
        "written": volumes.written_by_day(connection, realm, "invoices", DateRange.of_days(DAYS[0], DAYS[-1])),
        "last": results.last_run(connection, realm),
        "mart": _last_results(connection, realm),
    }  # fmt: skip
    for record in ids:
        said[f"history of {record}"] = find.results_of_record(connection, realm, [("invoice", record), ("payment", record)], limit=50)  # fmt: skip
    for days in (DAYS, DAYS[:1], DAYS[1:]):
        said[f"open {days}"] = days_proof.needs_attention(connection, realm, days)
        said[f"totals {days}"] = days_proof.totals(connection, realm, days)
        said[f"newest {days}"] = _of_run(
            connection, run_results.newest_of_days(connection, realm, "", days), days
        )
    for run_id in runs:
        sums = run_sums.sums_of_runs(connection, realm, [run_id])[run_id]
        groups = [Group(each.record_type, each.status, each.reason_code) for each in sums]
        said[run_id] = [
            sums,
            results.results_of(connection, realm, run_id=run_id),
            results.newest_of(connection, realm, run_id, "invoice", ids),
            results.sums_of_run(connection, realm, run_id),
            results.needs_of_runs(connection, realm, [run_id]),
            _counted(connection, realm, run_id),
            run_proof.prove_run(connection, realm, run_id)[1],
            _of_run(connection, run_results.of_run(connection, realm, run_id), DAYS),
            _of_run(connection, run_results.of_run(connection, realm, run_id, "skipped"), DAYS),
            _pages(connection, realm, run_id, groups),
        ]
    return said


@settings(max_examples=20, deadline=None)
@given(RUNS)
def test_every_reader_says_the_same_of_results_kept_together(ledger: sa.Connection, runs) -> None:
    """Whatever runs there were, previews among them, records that moved to another day, failed and were mended."""
    ledger.rollback()
    realm = uuid.uuid4().hex
    names = _write(ledger, realm, runs)
    before = _everything(ledger, realm, names)
    put_together(ledger, realm)
    after = _everything(ledger, realm, names)
    assert after == before


@settings(max_examples=20, deadline=None)
@given(RUNS)
def test_what_is_read_of_a_run_is_what_its_rows_say(ledger: sa.Connection, runs) -> None:
    """Sums and causes as the ledger adds them up are those of the rows, counted one by one; the newest of some days are each the newest."""
    ledger.rollback()
    realm = uuid.uuid4().hex
    names = _write(ledger, realm, runs)
    put_together(ledger, realm)
    for run_id in names:
        rows = results.results_of(ledger, realm, run_id=run_id)
        read = run_results.of_run(ledger, realm, run_id)
        assert sorted(map(repr, read.sums)) == sorted(map(repr, sums_of(rows)))
        assert read.causes == causes_of(rows)
        assert list(read.causes_by_day(DAYS)) == [
            (day, causes_of([row for row in rows if row.day == day])) for day in DAYS
        ]
        assert [row for some in read.rows_in_turn() for row in some] == rows
        assert [row for some in ledger_of_runs.needing_in_turn(ledger, read.which) for row in some] == [
            row for cause in causes_of(rows).listed for remedy in cause.remedies for row in remedy.largest
        ]
    newest = execute(
        ledger,
        """select source_id, run_id from (
             select distinct on (r.source_id) r.* from ledger.row_results r join ledger.plans p on p.plan_id = r.plan_id and not p.dry_run
             where r.realm = :realm order by r.source_id, r.finished_at desc) n where day = :day""",
        realm=realm,
        day=DAY,
    )
    of_day = run_results.newest_of_days(ledger, realm, "", [DAY])
    shown = {(row.source_id, row.run_id) for some in of_day.rows_in_turn() for row in some}
    assert shown == {tuple(row) for row in newest}
