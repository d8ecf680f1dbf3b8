"""The result of a range is the first thing seen, on every day of it, in the runs list and in the checks; a look changes none of it."""

import pytest

from rentaxis_pipelines.ledger.attention import describe
from rentaxis_pipelines.orchestration.run_tags import RANGE_END, RANGE_START
from rentaxis_pipelines_tests.support import company_jobs
from rentaxis_pipelines_tests.support.reading import read

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FIRST, LAST = "2026-09-01", "2026-09-08"
SYNC = ("sync/customers", "sync/invoices", "sync/payments", "sync/expenses", "sync_results")
OPEN = """
    select day::text as day, case status when 'failed' then 'failed' else 'waiting' end as need from ledger.row_results
    where run_id = %s and (status = 'failed' or reason_code in ('waiting_for_confirmation', 'waiting_for_parent'))
"""


def open_of(running_company, run_id: str) -> tuple[dict[str, int], set[str]]:
    """How many rows of the run failed and wait, and on which days, as the ledger has it."""
    rows = running_company.sql(OPEN, run_id)
    counts = {need: sum(row["need"] == need for row in rows) for need in ("failed", "waiting")}
    assert all(counts.values()), "the days were chosen for having both"
    return counts, {row["day"] for row in rows}


def days_that_count_as_pushed(running_company) -> dict[str, set[str]]:
    return {
        name: set(running_company.instance.get_materialized_partitions(company_jobs.asset(name)))
        for name in SYNC
    }


def alone(running_company, *days: str):
    """``sync_results`` selected by itself and materialized, as a click on the asset does."""
    everything = company_jobs.definitions().resolve_implicit_global_asset_job_def()
    job = everything.get_subset(asset_selection={company_jobs.asset("sync_results")})
    return running_company.ended(
        job.execute_in_process(
            instance=running_company.instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags={RANGE_START: days[0], RANGE_END: days[-1]},
            raise_on_error=False,
        )
    )


def test_every_day_begins_with_the_result_of_its_range_and_a_later_look_cannot_erase_it(running_company):
    """Seen on the last day, which has nothing of its own to look at; by a preview, by the asset materialized alone and by a later run of one type it stays."""
    previewed = running_company.launch("bulk_sync_preview", FIRST, LAST)
    assert previewed.success, previewed.why
    assert days_that_count_as_pushed(running_company) == {name: set() for name in SYNC}, (
        "previewed is not pushed"
    )
    nothing_yet = alone(running_company, FIRST, LAST)
    assert not nothing_yet.success
    assert f"No record of {FIRST} to {LAST} has ever been pushed" in nothing_yet.why
    assert days_that_count_as_pushed(running_company)["sync_results"] == set()

    pushed = running_company.launch("bulk_sync", FIRST, LAST)
    assert pushed.success, pushed.why
    counts, days = open_of(running_company, pushed.run_id)
    (rows,) = running_company.sql(
        "select count(*) as n from ledger.row_results where run_id = %s", pushed.run_id
    )
    shown = pushed.metadata("sync_results")
    assert len(shown) == 8
    quiet = [day for day in shown if day not in days]
    assert quiet, "the days were chosen for having one with nothing to look at"
    for day, metadata in shown.items():
        assert next(iter(metadata)) == "range_result", "what a person reads first"
        assert metadata["range_result"].startswith(
            f"{FIRST} to {LAST}: {describe(counts)}, of {rows['n']} rows ("
        )
        assert "| waiting for parent |" in read(metadata["range_causes"])
        assert metadata["day_result"].startswith(f"{day}: ")
        assert (read(metadata["needs_attention"]) == "Nothing needs attention.") is (day in quiet)
    assert pushed.observed("sync_results")[None]["range_result"] == metadata["range_result"]

    found = running_company.instance.get_run_by_id(pushed.run_id).tags
    assert found["days"] == f"{FIRST} to {LAST}"
    assert found["kind"] == "plain"
    assert found["counts"] == f"{describe(counts)}, of {rows['n']} rows"
    looked = running_company.instance.get_run_by_id(previewed.run_id).tags
    assert looked["kind"] == "preview"
    assert f"{counts['waiting']} waiting, of" in looked["counts"], (
        "what only QuickBooks refuses is not known yet"
    )

    check = pushed.checks["nothing_needs_attention"]
    assert not check.passed
    assert check.description == f"Records that need attention: {describe(counts)}."
    other_days = running_company.launch("bulk_sync_preview", "2026-10-30", "2026-10-30")
    later = other_days.checks["nothing_needs_attention"]
    assert later.description == check.description, "a look at other days hides nothing"
    assert later.metadata["of_these_days"].value == 0
    assert "A record this one depends on is not in QuickBooks yet." in read(check.metadata["by_cause"].value)

    again = alone(running_company, FIRST, LAST)
    assert again.success, again.why
    still = again.metadata("sync_results")
    assert set(still) == set(shown)
    for metadata in still.values():
        assert metadata["range_result"].startswith("This run pushed nothing.")
        assert f" {FIRST} to {LAST}: {describe(counts)}, of {rows['n']} rows (" in metadata["range_result"]

    one_type = running_company.launch("bulk_sync_force", FIRST, LAST, types=["customers"])
    assert one_type.success, one_type.why
    result = read(one_type.metadata("sync_results")[LAST]["range_causes"])
    assert f"With what earlier runs left open on these days: {describe(counts)}." in result
    assert running_company.instance.get_run_by_id(one_type.run_id).tags["kind"] == "forced"
