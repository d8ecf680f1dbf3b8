"""The checks of a run: evaluated once, however many days it has, with figures that are those of its days."""

import datetime as dt

import dagster as dg
import pytest

from rentaxis_pipelines.orchestration.checks import freshness
from rentaxis_pipelines_tests.support import reading

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
MAY = ("2026-05-01", "2026-05-12")
NEWEST = """
    select distinct on (source_type, source_id) r.* from ledger.row_results r join ledger.plans p using (plan_id)
    where not p.dry_run and day between '2026-05-01' and '2026-05-12' order by source_type, source_id, finished_at desc
"""
RESULTS = dg.AssetKey(["demo", "sync_results"])


def numbers(check: dg.AssetCheckEvaluation) -> dict:
    return {name: value.value for name, value in check.metadata.items()}


def test_a_range_run_evaluates_each_check_once_and_its_figures_are_the_ranges(running_company):
    """Failed rows are a warning with count and money, whichever run left them; totals of all done rows are equal; the lists are fresh."""
    running_company.launch("bulk_sync", *MAY)
    again = running_company.launch("bulk_sync", *MAY)  # nothing new is written, and what failed stays failed
    assert again.success, again.why
    checks = again.checks
    assert {
        f"rentaxis/{name}" for name in ("tenants", "programs", "invoices", "payments", "expenses")
    } <= set(checks)
    assert {"nothing_needs_attention", "totals_equal", "snapshot_is_fresh", "run_adds_up"} <= set(checks)

    (left,) = running_company.sql(
        f"select count(*) as n, sum(abs(amount)) as money from ({NEWEST}) x where status = 'failed'"
    )
    failed = checks["nothing_needs_attention"]
    assert not failed.passed
    assert failed.severity == dg.AssetCheckSeverity.WARN
    assert (numbers(failed)["failed"], numbers(failed)["failed_money"]) == (left["n"], float(left["money"]))

    (done,) = running_company.sql(
        f"select sum(amount) as money from ({NEWEST}) x where record_type = 'invoices' and (status <> 'failed' and reason_code = 'unchanged')"
    )
    assert checks["totals_equal"].passed
    assert f"{done['money']:,.2f}" in numbers(checks["totals_equal"])["totals"]
    assert checks["snapshot_is_fresh"].passed
    for name in ("invoices", "expenses"):
        (read,) = running_company.sql(
            f"select count(*) as n, count(problem_code) as refused from staging_{running_company.quickbooks.realm_id}.rentaxis__{name}"
        )
        assert numbers(checks[f"rentaxis/{name}"])["rows"] == read["n"] > 0
        assert numbers(checks[f"rentaxis/{name}"])["refused_rows"] == read["refused"]

    # Somebody's hand in the ledger, or a fault of ours: QuickBooks' total under a link is another than RentAxis'.
    (link,) = running_company.sql(
        f"""select l.source_id, r.source_label from ledger.links l join ({NEWEST}) r using (source_type, source_id)
            where l.source_type = 'expense' and l.total is not null and r.reason_code = 'unchanged' order by 1 limit 1"""
    )
    running_company.sql(
        "update ledger.links set total = total + 0.01 where source_type = 'expense' and source_id = %s",
        link["source_id"],
    )
    # A preview sees it too; and what it previews is not what stands, so as much is left failed as before.
    looked = running_company.launch("bulk_sync_preview", *MAY).checks
    assert numbers(looked["nothing_needs_attention"])["failed"] == left["n"]
    off = looked["totals_equal"]
    assert not off.passed
    assert off.severity == dg.AssetCheckSeverity.ERROR
    assert numbers(off)["rows_that_differ"] == 1
    assert link["source_label"] in reading.read(numbers(off)["rows"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("alter table rentaxis.expenses alter column amount type double precision", "amount as float8"),
    ],
)
def test_an_extract_of_another_shape_fails_its_check_and_nothing_goes_on(running_company, change, says):
    """The check names file and column; neither matching nor any push happens."""
    running_company.rentaxis(change)
    ended = running_company.launch("bulk_sync", "2026-05-01", "2026-05-02")
    assert not ended.success
    check = ended.checks["rentaxis/expenses"]
    assert not check.passed
    assert check.blocking
    found = reading.read(check.metadata["what_is_wrong"].value)
    assert "dbt_like_sql/staging/expenses.sql" in found
    assert says in found
    assert says in ended.why
    assert running_company.writes() == 0
    assert running_company.sql("select count(*) as n from ledger.plans") == [{"n": 0}]


def test_lists_read_hours_ago_are_not_fresh():
    now = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
    assert freshness(RESULTS, now - dt.timedelta(minutes=119), now).passed
    for stale in (freshness(RESULTS, now - dt.timedelta(minutes=121), now), freshness(RESULTS, None, now)):
        assert not stale.passed
        assert stale.severity == dg.AssetCheckSeverity.WARN
