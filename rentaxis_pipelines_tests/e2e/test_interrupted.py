"""Runs that are ended in mid-push: by a person's click on Terminate, and by a kill of their process.

Two ranges of their own are launched, one after the other, with QuickBooks slowed down so that ten requests, as many as are sent
at once, are certainly under way. The first run is terminated and its range launched again; the second run's process is killed.
Each range holds more rows than go out in ten batches.
"""

import os
import signal
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import requests

from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines_bench import launching
from rentaxis_pipelines_tests.e2e import dagster_ui
from rentaxis_pipelines_tests.e2e.conftest import Running

IN_FLIGHT, BATCH = 10, 30
ROWS = (IN_FLIGHT + 2) * BATCH
DELAY = 4.0  # seconds that QuickBooks takes for a batch
PERSON = "accountant@example.com"


@dataclass(frozen=True)
class Range:
    """Paid expenses on two days of their own, before the demo's first; their ids begin with ``ids``."""

    days: tuple[str, str]
    ids: int

    @property
    def records(self) -> set[str]:
        return {str(self.ids * 1000 + number) for number in range(ROWS)}


TERMINATED = Range(("2026-02-10", "2026-02-11"), 991)
KILLED = Range(("2026-03-10", "2026-03-11"), 992)

ADD = """
insert into rentaxis.expenses
select made.* from generate_series(0, %(rows)s - 1) number, (
    select expense.* from rentaxis.expenses expense
    where organization_id = 1 and status = 'paid' and payable_invoice_id is null and deleted_at is null
      and not exists (select from rentaxis.demo_cases where entity_type = 'expense' and entity_id = expense.id::text)
    order by id limit 1
) one, jsonb_populate_record(null::rentaxis.expenses, to_jsonb(one) || jsonb_build_object(
    'id', %(ids)s * 1000 + number, 'amount', 10 + number, 'updated_at', now(),
    'expense_date', (%(days)s::date[])[1 + number %% 2], 'paid_at', (%(days)s::date[])[1 + number %% 2]
)) made"""


def add_expenses(running: Running, chosen: Range) -> None:
    with psycopg.connect(running.stack.rentaxis_url) as connection:
        connection.execute(ADD, {"rows": ROWS, "ids": chosen.ids, "days": list(chosen.days)})


def control(running: Running, path: str, body: Any) -> Any:
    answer = requests.post(f"{running.stack.quickbooks.control_url}/{path}", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()


def slow_down(running: Running, chosen: Range) -> None:
    rule = {
        "action": "delay",
        "operation": "batch",
        "contains": f"RentAxis expense {chosen.ids}",
        "seconds": DELAY,
        "times": 0,
    }
    control(running, "faults", {"clear": True})
    control(running, "faults", rule)


def in_flight(running: Running) -> bool | None:
    """Whether QuickBooks has taken as many requests as go out at once, and answered none of them: they take seconds."""
    (rule,) = control(running, "faults", {})
    return True if rule["hits"] >= IN_FLIGHT else None


def launch(running: Running, chosen: Range) -> str:
    """The expenses of the range; returns the backfill's id. So many of them on two days are unusual, and confirmed to be right."""
    tags = {"record_types": "expenses", "confirm_unusual": "yes"}
    return launching.launch(running.ask, "bulk_sync__demo", chosen.days, PERSON, **tags)


def run_made(running: Running, backfill: str) -> dict[str, Any]:
    """The backfill's run, as soon as the daemon has made it."""

    def look() -> list[dict[str, Any]] | None:
        return launching.runs_of(running.ask, backfill) or None

    (run,) = running.until("the run", look)
    return run


def ended(running: Running, run_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        run = dagster_ui.run_of(running.ask, run_id)
        return run if run["status"] in launching.RUN_ENDED else None

    return running.until("the run to end", look)


def retry_of(running: Running, run_id: str) -> dict[str, Any]:
    """The run that Dagster starts by itself for one whose process died."""

    def look() -> list[dict[str, Any]] | None:
        return dagster_ui.runs_tagged(running.ask, "dagster/parent_run_id", run_id) or None

    (retry,) = running.until("the run's retry", look)
    return ended(running, retry["id"])


def rows_of(running: Running, chosen: Range, run_id: str | None = None) -> list[tuple[str, str, str | None]]:
    """Record, status and reason of each row of the range; of all runs if none is named."""
    with psycopg.connect(running.stack.pipelines_url) as connection:
        return connection.execute(
            """select source_id, status, reason_code from ledger.row_results
               where source_type = 'expense' and source_id = any(%s) and run_id = coalesce(%s, run_id)""",
            [list(chosen.records), run_id],
        ).fetchall()


def in_quickbooks(running: Running, chosen: Range) -> Counter[str]:
    """How often each record of the range stands in QuickBooks, by the marker in its note."""
    notes = [one.get("PrivateNote", "") for one in running.objects("Purchase").values()]
    found = Counter(marker[1] for marker in map(parse_marker, notes) if marker and marker[0] == "expense")
    return Counter({record: times for record, times in found.items() if record in chosen.records})


@pytest.fixture(scope="module")
def story(running: Running) -> dict[str, Any]:
    """What happened, told once: most of the time goes by until the daemon, every 30 seconds, looks for what was launched."""
    for chosen in (TERMINATED, KILLED):
        add_expenses(running, chosen)
    told: dict[str, Any] = {}
    try:
        slow_down(running, TERMINATED)
        run = run_made(running, launch(running, TERMINATED))
        running.until("the requests to be in flight", lambda: in_flight(running))
        dagster_ui.terminate(running.ask, run["id"])
        told["terminated"] = ended(running, run["id"])
        told["terminated_rows"] = rows_of(running, TERMINATED, run["id"])
        told["in_quickbooks_then"] = in_quickbooks(running, TERMINATED)

        slow_down(running, KILLED)
        again = launch(running, TERMINATED)
        run = run_made(running, launch(running, KILLED))
        running.until("the requests to be in flight", lambda: in_flight(running))
        process = dagster_ui.process_of(running.ask, run["id"])
        assert process is not None
        os.kill(process, signal.SIGKILL)
        told["killed_at"] = time.time()
        told["killed"] = ended(running, run["id"])
        control(running, "faults", {"clear": True})
        told["retry"] = retry_of(running, run["id"])
        (run,) = launching.runs_of(running.ask, again)
        told["again"] = ended(running, run["id"])
    finally:
        control(running, "faults", {"clear": True})
    return told


def test_a_terminated_run_finishes_what_is_in_flight_and_names_what_it_did_not_reach(story):
    """It ends as canceled; what QuickBooks had taken is in the books and in the results, and every other row says why it is not."""
    assert story["terminated"]["status"] == "CANCELED"
    rows = Counter((status, reason) for _, status, reason in story["terminated_rows"])
    assert rows == {("created", None): IN_FLIGHT * BATCH, ("failed", "not_reached"): ROWS - IN_FLIGHT * BATCH}
    created = {record for record, status, _ in story["terminated_rows"] if status == "created"}
    assert story["in_quickbooks_then"] == Counter(created)


def test_launched_again_the_rest_goes_through_and_nothing_is_there_twice(running, story):
    """The second launch of a terminated range leaves every record in QuickBooks once, and each was created once."""
    assert story["again"]["status"] == "SUCCESS"
    assert in_quickbooks(running, TERMINATED) == Counter(TERMINATED.records)
    created = [record for record, status, _ in rows_of(running, TERMINATED) if status == "created"]
    assert Counter(created) == Counter(TERMINATED.records)


def test_a_run_whose_process_is_killed_is_failed_and_started_again_by_itself(running, story):
    """Within a minute Dagster says that it failed. Its retry looks up what QuickBooks had taken, and pushes only what is missing."""
    assert story["killed"]["status"] == "FAILURE"
    assert story["killed"]["endTime"] - story["killed_at"] < 60
    assert story["retry"]["status"] == "SUCCESS"
    assert in_quickbooks(running, KILLED) == Counter(KILLED.records)
    created = [record for record, status, _ in rows_of(running, KILLED) if status == "created"]
    assert Counter(created) == Counter(KILLED.records)


def test_nothing_stays_stuck_afterwards(running, story):
    """Every run comes to its end; then nobody holds the company's lock, no request and no plan is open."""

    def at_rest() -> bool | None:
        return True if not dagster_ui.unfinished_runs(running.ask) and left_over(running) == NOTHING else None

    running.until("nothing to be under way", at_rest)


NOTHING = {"locks": [], "requests": [], "plans": []}


def left_over(running: Running) -> dict[str, list[Any]]:
    """What a run holds or leaves open while it is under way."""
    with psycopg.connect(running.stack.pipelines_url) as connection:
        return {
            "locks": connection.execute(
                """select pid from pg_locks where locktype = 'advisory' and granted
                   and database = (select oid from pg_database where datname = current_database())"""
            ).fetchall(),
            "requests": connection.execute(
                "select request_id from ledger.requests where state <> 'recorded'"
            ).fetchall(),
            "plans": connection.execute(
                "select plan_id from ledger.plans where finished_at is null"
            ).fetchall(),
        }
