"""Days that lie apart go in one run, which leaves out the days between; by real runs of the job the sensors ask for."""

import datetime as dt
from collections.abc import Sequence

import dagster as dg
import pytest

from rentaxis_pipelines.demo.stack import COMPANY_FILE
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import BASIC_TYPES, RECORD_TYPES
from rentaxis_pipelines.model.sync_request import ChosenDays
from rentaxis_pipelines_tests.orchestration.assets.conftest import Ended, RunningCompany
from rentaxis_pipelines_tests.support import company_jobs

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FIRST, BETWEEN, SECOND = "2026-05-01", "2026-05-05", "2026-05-09"
SYNCED = {"demo/sync_results", *(f"demo/sync/{name}" for name in BASIC_TYPES)}

EDITED = "update rentaxis.expenses set description = %s, updated_at = clock_timestamp() where id = %s"


def whole(*days: str, record_types: Sequence[str] = RECORD_TYPES) -> list[ChosenDays]:
    return [
        ChosenDays(DateRange.of_days(*2 * (dt.date.fromisoformat(day),)), tuple(record_types)) for day in days
    ]


def push(running_company: RunningCompany, ranges: Sequence[ChosenDays], **tags: str) -> Ended:
    from rentaxis_pipelines.orchestration import push_days

    return running_company.execute(
        "push_days", push_days.run_config(ranges), {"requested_by": "a test", **tags}
    )


@pytest.fixture
def expenses(running_company: RunningCompany) -> dict[str, str]:
    """An ordinary expense on each of three days, by day."""
    found: dict[str, str] = {}
    for number, day in enumerate((FIRST, BETWEEN, SECOND)):
        running_company.rentaxis(
            """insert into rentaxis.expenses select (jsonb_populate_record(e, jsonb_build_object(
                 'id', %s::bigint, 'expense_date', %s::date, 'paid_at', null, 'status', 'unpaid',
                 'created_at', clock_timestamp(), 'updated_at', clock_timestamp()))).*
               from rentaxis.expenses e where e.id = (
                 select min(id) from rentaxis.expenses x where vendor_id is not null and organization_id = 1
                   and not exists (select from rentaxis.demo_cases c where c.entity_type::text = 'expense' and c.entity_id = x.id::text))""",
            900_001 + number,
            day,
        )
        found[day] = str(900_001 + number)
    return found


def requests(running_company: RunningCompany) -> int:
    """How many writes were ever sent to QuickBooks."""
    return running_company.sql("select count(*) as n from ledger.requests")[0]["n"]


def notes(running_company: RunningCompany, expenses: dict[str, str]) -> dict[str, str]:
    """The private note of each day's expense in QuickBooks."""
    ids = {
        row["source_id"]: row["quickbooks_id"]
        for row in running_company.sql(
            "select source_id, quickbooks_id from ledger.links where source_type = 'expense'"
        )
    }
    bills = {one["Id"]: one["PrivateNote"] for one in running_company.objects("Bill")}
    return {day: bills[ids[expense]] for day, expense in expenses.items()}


def test_the_days_between_are_neither_read_nor_pushed_nor_marked(running_company, expenses):
    """Everything of a range was pushed and its expenses edited. Two days are asked for: theirs arrive, in one run; the day between
    has what it had: its expense, its materialization, its results, and no plan.
    """
    before = running_company.launch("bulk_sync", FIRST, SECOND)
    assert before.success, before.why
    for expense in expenses.values():
        running_company.rentaxis(EDITED, "seen twice", int(expense))

    ended = push(running_company, whole(FIRST, SECOND))

    assert ended.success, ended.why
    assert {day: "seen twice" in note for day, note in notes(running_company, expenses).items()} == {
        FIRST: True, BETWEEN: False, SECOND: True,
    }  # fmt: skip
    made = {
        (event.materialization.asset_key.to_user_string(), event.materialization.partition)
        for event in ended.result.get_asset_materialization_events()
        if event.materialization.asset_key.path[1] != "quickbooks"
    }
    assert made == {(asset, day) for asset in SYNCED for day in (FIRST, SECOND)}
    plans = running_company.sql(
        "select record_type, first_day::text, last_day::text, finished_at from ledger.plans where run_id = %s",
        ended.run_id,
    )
    assert {(one["record_type"], one["first_day"], one["last_day"]) for one in plans} == {
        (name, day, day) for name in BASIC_TYPES for day in (FIRST, SECOND)
    }
    assert all(one["finished_at"] for one in plans)
    days = {
        str(row["day"])
        for row in running_company.sql("select day from ledger.row_results where run_id = %s", ended.run_id)
    }
    assert days <= {FIRST, SECOND}
    assert ended.metadata("sync_results")[FIRST]["updated"] == 1
    assert ended.metadata("sync_results")[FIRST]["range_result"].startswith(
        f"2 days from {FIRST} to {SECOND}: "
    )
    latest = running_company.instance.fetch_materializations(
        dg.AssetRecordsFilter(company_jobs.asset("sync_results"), asset_partitions=[BETWEEN]), limit=1
    )
    assert latest.records[0].run_id == before.run_id
    assert ended.checks.keys() == {
        "nothing_needs_attention",
        "totals_equal",
        "snapshot_is_fresh",
        "run_adds_up",
    }
    assert ended.checks["run_adds_up"].passed


def test_the_same_days_again_write_nothing_and_one_at_a_time_neither(running_company, expenses):
    """What one run of days apart leaves is what a run for each would have: nothing is left to write, whichever is asked for."""
    days = ("2026-05-01", "2026-05-15", "2026-06-01", "2026-06-20", "2026-07-01")
    assert push(running_company, whole(*days)).success
    sent = requests(running_company)
    assert sent > 0
    again = push(running_company, whole(*days))
    assert again.success, again.why
    for day in days[1:3]:
        one_day = running_company.launch("bulk_sync", day, day)
        assert one_day.success, one_day.why
    assert requests(running_company) == sent


def test_a_payment_is_applied_to_the_invoice_of_another_of_the_days(running_company):
    """Rent paid the day before its invoice: types go one after another, over all days."""
    (payment,) = running_company.rentaxis(
        """select p.id::text, p.payment_date as day from rentaxis.payments p
           join rentaxis.demo_cases c on c.entity_type::text = 'payment' and c.entity_id = p.id::text and c.label = 'rent_paid_early'"""
    )
    next_day = payment["day"] + dt.timedelta(days=1)
    ended = push(running_company, whole(str(payment["day"]), str(next_day)))
    assert ended.success, ended.why
    (row,) = running_company.sql(
        "select status, reason_code from ledger.row_results where run_id = %s and source_type = 'payment' and source_id = %s",
        ended.run_id, payment["id"],
    )  # fmt: skip
    assert row == {"status": "created", "reason_code": None}


def test_a_record_that_moved_from_one_of_the_days_to_another_goes_once_with_its_new_day(
    running_company, expenses
):
    assert push(running_company, whole(FIRST, SECOND)).success
    running_company.rentaxis(
        "update rentaxis.expenses set expense_date = %s, updated_at = clock_timestamp() where id = %s",
        SECOND, int(expenses[FIRST]),
    )  # fmt: skip
    ended = push(running_company, whole(FIRST, SECOND))
    assert ended.success, ended.why
    rows = running_company.sql(
        "select day::text, status from ledger.row_results where run_id = %s and source_type = 'expense' and source_id = %s",
        ended.run_id, expenses[FIRST],
    )  # fmt: skip
    assert rows == [{"day": SECOND, "status": "updated"}]


def test_only_the_types_asked_for_and_by_tag_only_looked_at(running_company, expenses):
    """A preview writes nothing, marks no day, and says what would come."""
    looked = push(running_company, whole(FIRST, SECOND, record_types=["expenses"]), preview="yes")
    assert looked.success, looked.why
    assert requests(running_company) == 0
    assert looked.metadata("sync_results") == {}
    ended = push(running_company, whole(FIRST, SECOND, record_types=["expenses"]))
    assert ended.success, ended.why
    types = running_company.sql(
        "select distinct record_type from ledger.plans where run_id = %s", ended.run_id
    )
    assert types == [{"record_type": "expenses"}]
    assert not running_company.sql(
        "select from ledger.links where source_type in ('tenant', 'invoice', 'payment')"
    )


def test_what_the_guard_holds_back_on_one_day_does_not_hold_up_the_others(
    running_company, expenses, monkeypatch, tmp_path
):
    """The first of the month has more invoices than are let through; the run fails with the sentence, the other day went through."""
    file = tmp_path / "company.yaml"
    file.write_text(COMPANY_FILE.read_text().replace("first_rows: null", "first_rows: 10"))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(file))

    ended = push(running_company, whole(FIRST, SECOND))

    assert not ended.success
    assert f"The invoices of {FIRST} would write" in ended.why
    rows = running_company.sql(
        "select day::text, record_type, status, reason_code from ledger.row_results where run_id = %s",
        ended.run_id,
    )
    assert {row["day"] for row in rows if row["reason_code"] == "held_back"} == {FIRST}
    assert ("expenses", "created") in {
        (row["record_type"], row["status"]) for row in rows if row["day"] == SECOND
    }
    assert set(ended.metadata("sync_results")) == {FIRST, SECOND}


def test_without_days_it_only_reads_the_lists(running_company):
    """What was added in QuickBooks is known afterwards; nothing is planned, sent or marked, and the desk can tell such a run."""
    from rentaxis_pipelines.orchestration import push_days

    ended = push(running_company, [])
    assert ended.success, ended.why
    assert (
        running_company.sql("select count(*) as n from ledger.plans")[0]["n"]
        == requests(running_company)
        == 0
    )
    assert running_company.sql("select count(*) as n from ledger.snapshot_objects")[0]["n"] > 0
    made = {event.asset_key.path[1] for event in ended.result.get_asset_materialization_events()}
    assert made == {"quickbooks"}
    run = running_company.instance.get_run_by_id(ended.run_id)
    assert push_days.only_reads_lists(run)
    with_days = run._replace(run_config=push_days.run_config(whole(FIRST)))
    assert not push_days.only_reads_lists(with_days)


@pytest.mark.parametrize(
    ("ranges", "sentence"),
    [
        ([{"first_day": "soon", "last_day": "2026-05-01"}], "Write each day as YYYY-MM-DD, such as 2026-05-01"),
        ([{"first_day": "2026-05-02", "last_day": "2026-05-01"}], "after their end"),
        ([{"first_day": "2025-05-02", "last_day": "2025-05-02"}], "before the first day"),
        ([{"first_day": "2026-05-02", "last_day": "2999-05-02"}], "after the last day"),
        ([{"first_day": FIRST, "last_day": FIRST, "record_types": ["leases"]}], "Choose record types"),
        ([{"first_day": FIRST, "last_day": SECOND}, {"first_day": BETWEEN, "last_day": BETWEEN}], f"{BETWEEN} is included twice"),
    ],
)  # fmt: skip
def test_days_that_cannot_be_pushed_are_refused_in_a_sentence(running_company, ranges, sentence):
    ended = running_company.execute("push_days", {"ops": {"push_days_apart": {"config": {"ranges": ranges}}}})
    assert not ended.success
    assert sentence in ended.why
    assert requests(running_company) == 0
