"""Preview and force without a line of configuration: by preset, or by a tag typed in the dialog."""

import pytest

from rentaxis_pipelines.orchestration.options import options_from_tags
from rentaxis_pipelines_tests.support import company_jobs

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
RANGE = ("2026-05-01", "2026-05-02")


@pytest.mark.parametrize(
    ("tags", "options"),
    [
        ({}, {}),
        ({"requested_by": "yes", "dagster/partition": "2026-05-01"}, {}),
        ({"preview": "yes"}, {"preview": True}),
        ({"Preview": "True", "force": "1"}, {"preview": True, "force": True}),
        ({"dry_run": "yes"}, {"preview": True}),
        ({"Dry-run": "on"}, {"preview": True}),
        ({"dry_run": "yes", "preview": "no"}, {"preview": True}),
        ({"preview": "yes", "dry_run": "no"}, {"preview": True}),
        ({"confirm unusual": " on "}, {"confirm_unusual": True}),
        ({"force": "no"}, {"force": False}),
    ],
)
def test_a_tag_chooses_an_option_however_it_is_written(tags, options):
    """Also by the name preview had before; where both are given, one yes is enough."""
    assert options_from_tags(tags) == options


def test_a_value_that_is_neither_yes_nor_no_stops_the_run_before_anything_is_sent(running_company):
    """A mistyped preview must not push."""
    ended = running_company.launch("bulk_sync", *RANGE, preview="jes")
    assert not ended.success
    assert "The tag preview has the value 'jes'. Set it to yes or no." in ended.why
    assert running_company.writes() == 0


def test_a_preview_says_per_day_what_would_be_done_and_why_not(running_company):
    """By preset and by tag the same; counts and money of each day are those of its rows in the ledger; nothing is sent."""
    by_preset = running_company.launch("bulk_sync_preview", *RANGE)
    by_tag = running_company.launch("bulk_sync_force", *RANGE, preview="yes")
    assert by_preset.success, by_preset.why
    assert by_tag.success, by_tag.why
    assert running_company.writes() == 0

    for ended in (by_preset, by_tag):
        assert not ended.metadata("sync_results"), "a day that was only looked at does not count as pushed"
        shown = ended.observed("sync_results")
        whole = shown[None]
        assert list(whole)[:2] == ["plan", "plan_file"], "the plan comes before all else on the run's page"
        assert f"Plan {ended.run_id[:8]}" in whole["plan"]
        assert f"rentaxis\\-sync approve {ended.run_id[:8]}" in whole["plan"]
        assert whole["plan_file"] == f"rentaxis-sync plans {ended.run_id[:8]} --xlsx plan.xlsx"
        for day in RANGE:
            assert "plan" not in shown[day], "a day says what becomes of the day"
            (said,) = running_company.sql(
                """select count(*) filter (where action = 'create' and reason_code = 'preview') as creates,
                          coalesce(sum(amount) filter (where action = 'create' and reason_code = 'preview'), 0) as money
                   from ledger.row_results where run_id = %s and day = %s""",
                ended.run_id,
                day,
            )
            assert shown[day]["would_create"] == said["creates"] > 0
            assert shown[day]["would_create_money"] == float(said["money"])
            assert "in RentAxis not pushed by any run" in shown[day]["not_pushed"]
            assert "payable invoices without an expense: 1, 430.00" in shown[day]["not_pushed"]
            assert "created" not in shown[day], "a preview leaves no dent in the plots of what was done"
            assert (
                "| record type | would create | would update | would void | skipped | failed |"
                in shown[day]["preview"]
            )


@pytest.mark.parametrize("name", ["preview", "dry_run"])
def test_launch_configuration_and_tags_add_up(running_company, name):
    """Configured as a preview, by its name of today or of before, and forced by tag: nothing is sent, and what would be pushed again is
    said to be forced.
    """
    tags = {"dagster/partition": RANGE[0], "force": "yes"}
    looked = running_company.execute(
        "sync_expenses", {"resources": {"options": {"config": {name: True}}}}, tags
    )
    assert looked.success, looked.why
    assert running_company.writes() == 0
    (plan,) = running_company.sql("select forced, dry_run from ledger.plans where run_id = %s", looked.run_id)
    assert plan == {"forced": True, "dry_run": True}


def test_force_by_tag_updates_in_place(running_company):
    """The plain job with the tag does what its forced twin does."""
    assert running_company.launch("sync_expenses", *RANGE).success
    forced = running_company.launch("sync_expenses", *RANGE, force="yes")
    assert forced.success, forced.why
    assert "plan" not in forced.observed("sync_results").get(None, {}), "nothing was stored to be approved"
    rows = running_company.sql(
        "select status, forced from ledger.row_results where run_id = %s and source_type = 'expense'",
        forced.run_id,
    )
    assert {row["status"] for row in rows} == {"updated"}
    assert all(row["forced"] for row in rows)


def test_every_run_tells_dagster_how_the_quickbooks_snapshot_stands(running_company):
    """The lists are external assets: nobody has to materialize them first, and each run that reads them says so."""
    customers, lists = company_jobs.asset("quickbooks/customers"), company_jobs.asset("quickbooks/lists")
    graph = company_jobs.definitions().resolve_asset_graph()
    assert not graph.get(customers).is_materializable
    assert running_company.execute("refresh_quickbooks_snapshot", {}).success
    for key, name in ((customers, "customers"), (lists, "account")):
        event = running_company.instance.get_latest_materialization_event(key)
        assert event.asset_materialization.metadata[name].value > 0
