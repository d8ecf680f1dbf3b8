"""The list of runs on real Postgres: newest first, a page at a time, each with what was asked for and what became of its plan."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import plans, previews, run_list
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.previews import Preview
from rentaxis_pipelines.model.sync_request import SyncRequest

NOW = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
DAY = dt.date(2026, 2, 1)


def plan(run_id: str, at: int, record_type: str = "invoices", **changes: object) -> Plan:
    """``at``: minutes after noon; it ends five minutes later."""
    facts = {
        "plan_id": f"{run_id}-{record_type}", "realm": "r", "run_id": run_id, "record_type": record_type,
        "first_day": DAY, "last_day": DAY + dt.timedelta(27), "forced": False, "dry_run": False, "requested_by": "ann",
        "rows_in": 10, "money_in": Decimal(0), "created_at": NOW + dt.timedelta(minutes=at),
        "finished_at": NOW + dt.timedelta(minutes=at + 5),
    }  # fmt: skip
    return Plan(**(facts | changes))  # pyright: ignore[reportArgumentType]


@pytest.fixture
def ledger(ledger_database: str) -> Iterator[sa.Connection]:
    with connect(ledger_database) as connection:
        yield connection


def save(connection: sa.Connection, *made: Plan) -> None:
    for each in made:
        plans.save_plan(connection, each, [])


def store(connection: sa.Connection, preview_id: str, **changes: object) -> None:
    """A stored plan of that run."""
    facts = {
        "realm": "r",
        "requested_by": "ann",
        "request": SyncRequest(requested_by="ann", record=("invoice", preview_id)),
        "created_at": NOW,
    }
    previews.save(connection, Preview(preview_id=preview_id, **(facts | changes)))  # pyright: ignore[reportArgumentType]


def test_runs_are_listed_newest_first_a_page_at_a_time_without_those_of_others(ledger):
    """Each run once, however many plans it has; the next page begins where the last one ended."""
    for number in range(7):
        save(ledger, plan(f"run{number}", number * 10), plan(f"run{number}", number * 10 + 2, "payments"))
    save(ledger, plan("theirs", 35, realm="s"))
    first = run_list.listed(ledger, "r", before=None, limit=4)
    assert [run.run_id for run in first] == ["run6", "run5", "run4", "run3"]
    then = run_list.listed(ledger, "r", before=first[-1].started_at, limit=4)
    assert [run.run_id for run in then] == ["run2", "run1", "run0"]
    assert first[0] == run_list.listed_run(ledger, "r", "run6")
    assert first[0].record_types == ["invoices", "payments"]
    assert (first[0].started_at, first[0].finished_at) == (
        NOW + dt.timedelta(minutes=60),
        NOW + dt.timedelta(minutes=67),
    )
    assert (first[0].rows_in, first[0].first_day, first[0].last_day) == (20, DAY, dt.date(2026, 2, 28))


def test_a_run_tells_what_it_was_asked_to_do(ledger):
    """Forced, a preview, an undo, one record, an approval; and one that goes on has no end."""
    save(
        ledger,
        plan("forced", 0, forced=True),
        plan("seen", 10, dry_run=True),
        plan("taken_back", 20, undoes="forced"),
        plan("single", 30, one_record=True),
        plan("approval", 40),
        plan("going", 50, finished_at=None),
        plan("going", 51, "payments"),
    )
    store(ledger, "seen")
    previews.write_approval(ledger, "seen", who="bob", run_id="approval", only=[], without=[], at=NOW)
    runs = {run.run_id: run for run in run_list.listed(ledger, "r", before=None, limit=50)}
    assert [name for name, run in runs.items() if run.forced] == ["forced"]
    assert [name for name, run in runs.items() if run.preview] == ["seen"]
    assert [name for name, run in runs.items() if run.one_record] == ["single"]
    assert [name for name, run in runs.items() if run.finished_at is None] == ["going"]
    assert runs["taken_back"].undoes == "forced"
    assert (runs["seen"].plan_id, runs["seen"].plan_state, runs["seen"].plan_why) == (
        "seen",
        "approved",
        "asked",
    )
    assert runs["approval"].approved_plan == "seen"
    assert runs["forced"].plan_id is None


def test_what_force_would_overwrite_is_a_plan_and_no_run(ledger):
    """Its rows stand under an id of their own, which nobody launched."""
    save(ledger, plan("forced", 0, forced=True), plan("copied", 0, dry_run=True))
    store(ledger, "copied", why="overwrites")
    assert [run.run_id for run in run_list.listed(ledger, "r", before=None, limit=50)] == ["forced"]


def test_which_runs_planned_something_and_for_whom(ledger):
    """A run that never came so far is unknown here, and another company's is never shown."""
    save(ledger, plan("ours", 0), plan("theirs", 0, realm="s"))
    assert run_list.have_planned(ledger, "r", ["ours", "theirs", "never"]) == {"ours"}
    assert run_list.listed_run(ledger, "r", "theirs") is None
    assert run_list.of_another_company(ledger, "r", "theirs")
    assert not run_list.of_another_company(ledger, "r", "ours")
    assert not run_list.of_another_company(ledger, "r", "never")
    assert run_list.read_of_run(ledger, "r", "ours") == {"invoices": 10}
