"""What a good night is, on a real ledger: who asked, what was pushed, and that every row has its result."""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import plans, previews, results
from rentaxis_pipelines.ledger.database import connect, engine, migrate
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.previews import Preview
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.reports.nights import MISSED, NIGHTLY, last_good_night, last_good_nights

NOW = dt.datetime(2026, 6, 20, 3, tzinfo=dt.UTC)
LAST_NIGHT, NIGHT_BEFORE = dt.date(2026, 6, 19), dt.date(2026, 6, 18)


@pytest.fixture(scope="module")
def ledger_url(postgres) -> Iterator[str]:
    url = postgres.create_database("good_nights")
    migrate(url)
    yield url
    engine(url).dispose()
    postgres.drop_database("good_nights")


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[sa.Connection]:
    """The night before last was good."""
    with connect(ledger_url) as connection:
        ran(connection, "before", NIGHT_BEFORE)
        yield connection


def ran(
    connection: sa.Connection,
    run_id: str,
    day: dt.date = LAST_NIGHT,
    *,
    types: Sequence[str] = RECORD_TYPES,
    first_day: dt.date | None = None,
    **changes: object,
) -> None:
    """A run pushed the days up to ``day``."""
    for record_type in types:
        facts = {
            "plan_id": f"{run_id} {record_type}", "realm": "1", "run_id": run_id, "record_type": record_type,
            "first_day": first_day or day, "last_day": day, "forced": False, "dry_run": False, "requested_by": NIGHTLY,
            "rows_in": 1, "money_in": Decimal(5), "created_at": NOW, "finished_at": NOW,
        }  # fmt: skip
        plans.save_plan(connection, Plan(**(facts | changes)), [])  # pyright: ignore[reportArgumentType]


def result(connection: sa.Connection, run_id: str, status: str, reason: ReasonCode | None) -> None:
    row = {
        "realm": "1", "plan_id": f"{run_id} invoices", "run_id": run_id, "day": LAST_NIGHT, "record_type": "invoices",
        "source_type": "invoice", "source_id": "7", "source_label": "Invoice 7", "amount": Decimal(5), "currency": "USD",
        "action": "create", "status": status, "reason_code": reason, "forced": False, "requested_by": NIGHTLY,
        "finished_at": NOW,
    }  # fmt: skip
    results.save_results(connection, [RowResult(**row)])  # pyright: ignore[reportArgumentType]


def test_a_night_is_good_when_every_record_type_was_pushed(ledger) -> None:
    """By one run, or by a run and the one that caught up on what it left."""
    assert last_good_night(ledger, "1") == NIGHT_BEFORE
    ran(ledger, "broke off", types=RECORD_TYPES[:2])
    assert last_good_night(ledger, "1") == NIGHT_BEFORE
    ran(ledger, "caught up", types=RECORD_TYPES[2:], first_day=NIGHT_BEFORE, requested_by=MISSED)
    assert last_good_night(ledger, "1") == LAST_NIGHT


@pytest.mark.parametrize(
    "changes",
    [
        {"requested_by": "dana"},
        {"requested_by": "sensor: records fixed"},
        {"finished_at": None},
        {"dry_run": True},
        {"one_record": True},
        {"undoes": "before"},
        {"realm": "2"},
    ],
    ids=str,
)
def test_what_is_no_night_of_the_company_is_not_good(ledger, changes: dict[str, object]) -> None:
    ran(ledger, "another", **changes)  # type: ignore[arg-type]
    assert last_good_night(ledger, "1") == NIGHT_BEFORE


@pytest.mark.parametrize("reason", [ReasonCode.NOT_REACHED, ReasonCode.HELD_BACK])
def test_a_night_whose_rows_were_left_is_not_good(ledger, reason: ReasonCode) -> None:
    """Its process died and the next run closed its plans, or the guard held it back: every plan has ended all the same."""
    ran(ledger, "left rows")
    result(ledger, "left rows", "failed", reason)
    assert last_good_night(ledger, "1") == NIGHT_BEFORE


def test_a_row_that_quickbooks_refused_has_its_result(ledger) -> None:
    ran(ledger, "one refused")
    result(ledger, "one refused", "failed", ReasonCode.REJECTED)
    assert last_good_night(ledger, "1") == LAST_NIGHT


def test_a_night_that_a_person_approved_is_good(ledger) -> None:
    """The run that pushes its plan says the person's name; a plan that a person asked for is no night's, whoever approved it."""
    request = SyncRequest(requested_by=NIGHTLY)
    for who, run_id in (("dana", "asked for by dana"), (NIGHTLY, "the night's")):
        ran(ledger, run_id, requested_by="dana")
        assert last_good_night(ledger, "1") == NIGHT_BEFORE
        previews.save(ledger, Preview(preview_id=f"plan of {run_id}", realm="1", requested_by=who, request=request, created_at=NOW))  # fmt: skip
        previews.write_approval(ledger, f"plan of {run_id}", who="dana", run_id=run_id, only=[], without=[], at=NOW)  # fmt: skip
    assert last_good_night(ledger, "1") == LAST_NIGHT


def test_many_companies_are_answered_at_once_however_long_ago_it_was(ledger) -> None:
    ran(ledger, "long ago", dt.date(2019, 3, 1), realm="2")
    ran(ledger, "in june")
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    ran(ledger, "last night", yesterday, realm="3", first_day=dt.date(2020, 1, 1))
    nights = {"1": LAST_NIGHT, "2": dt.date(2019, 3, 1), "3": yesterday}
    assert last_good_nights(ledger, ["1", "2", "3", "4"]) == nights
    assert last_good_nights(ledger, []) == {}


def test_a_database_that_nothing_has_run_on_has_no_good_night(database: str) -> None:
    with connect(database) as connection:
        assert last_good_night(connection, "1") is None
    engine(database).dispose()
