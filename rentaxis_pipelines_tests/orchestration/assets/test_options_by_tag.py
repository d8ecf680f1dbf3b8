"""Preview and force without a line of configuration: by preset, or by a tag typed in the dialog."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.orchestration.jobs import types_of_run
from rentaxis_pipelines.orchestration.known_tags import refuse_unknown_tags
from rentaxis_pipelines.orchestration.options import NAMES, options_from_tags
from rentaxis_pipelines.settings import load_scope
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
        ({"Full": "yes"}, {"full": True}),
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


@pytest.mark.parametrize(
    ("job", "tags", "sentence"),
    [
        ("bulk_sync", {"prewiew": "yes"}, "There is no tag prewiew. Did you mean preview? A tag of your own needs a slash in its name, such as yours/prewiew."),
        ("push_days", {"confirm": "yes"}, "There is no tag confirm. Did you mean confirm_unusual?"),
        ("bulk_sync", {"xyz": "1"}, "There is no tag xyz. A tag of your own needs a slash"),
        ("bulk_sync_force", {"record_type": "invoices"}, "Did you mean record_types?"),
        ("bulk_sync", {"record_types": "invoces, payments"}, "names invoces, which is no record type. Did you mean invoices?"),
        ("bulk_sync", {"record_types": " , "}, "The tag record_types names no record types."),
        ("bulk_sync", {"record_types": "invoices", "Record-types": "payments"}, "are the same tag. Give it once."),
        ("push_record", {"record_types": "invoices"}, "is for bulk_sync and bulk_sync_force and bulk_sync_preview, not for push_record."),
        ("decide", {"preview": "yes"}, "not for decide."),
        ("push_record", {"full": "yes"}, "is for bulk_sync and bulk_sync_force and bulk_sync_preview and push_days, not for push_record."),
        ("reconcile", {"force": "yes"}, "not for reconcile."),
        ("__ASSET_JOB", {"plan": "1a2b3c4d"}, "The tag plan is for push_approved, not for assets that were chosen."),
    ],
)  # fmt: skip
def test_a_mistyped_tag_is_refused_with_the_one_that_was_meant(job, tags, sentence):
    """Passed over in silence, it would push what was only to be looked at, or everything instead of a part."""
    with pytest.raises(CannotLaunch) as refused:
        refuse_unknown_tags(f"{job}__elm_street" if not job.startswith("__") else job, tags)
    assert sentence in str(refused.value)
    assert str(refused.value).endswith("Nothing was sent.")


@given(
    st.sampled_from(sorted({*NAMES, "record_types"})), st.integers(0, 20), st.characters(categories=["Ll"])
)
def test_one_wrong_letter_in_a_tag_never_passes(name, place, letter):
    """Nor does it with a value that would be right."""
    mistyped = name[: place % len(name)] + letter + name[place % len(name) + 1 :]
    if mistyped == name:
        refuse_unknown_tags("bulk_sync__elm_street", {name: "expenses"})
        return
    with pytest.raises(CannotLaunch, match="There is no tag"):
        refuse_unknown_tags("bulk_sync__elm_street", {mistyped: "yes"})


def test_tags_of_others_and_our_own_labels_pass():
    """Dagster's have a slash, as those of whoever runs it must; ours say what a run is."""
    others = {
        "dagster/priority": "-1",
        ".dagster/repository": "x",
        "quickbooks/realm": "1",
        "yours/preview": "jes",
    }
    ours = {"requested_by": "Dana", "counts": "1 row", "days": "2026-05-01", "kind": "plain", "Dry Run": "no"}
    refuse_unknown_tags("push_days__elm_street", {**others, **ours})


def test_a_mistyped_tag_sends_nothing(running_company):
    """The first step says it, of a job and of assets alike, and Dagster does not start the run again."""
    ended = running_company.launch("bulk_sync", *RANGE, prevew="yes")
    assert not ended.success
    assert "There is no tag prevew. Did you mean preview?" in ended.why
    part = running_company.launch("bulk_sync", *RANGE, types=["expenses"], record_types="invoices")
    assert "demo/sync/invoices is not among the chosen assets" in part.why
    assert running_company.writes() == 0


def test_a_tag_chooses_record_types_for_who_launches_in_the_ui(running_company):
    """Only they are planned, pushed and marked; the others' days stay as they were, and the result shows what was done."""
    ended = running_company.launch("bulk_sync", *RANGE, record_types=" Expenses ")
    assert ended.success, ended.why
    plans = running_company.sql("select record_type from ledger.plans where run_id = %s", ended.run_id)
    assert [plan["record_type"] for plan in plans] == ["expenses"]
    assert {str(day) for day in ended.metadata("sync/expenses")} == set(RANGE)
    assert not ended.metadata("sync/invoices")
    assert not ended.metadata("sync/customers")
    assert ended.metadata("sync_results").keys() == set(RANGE)
    rows = running_company.sql(
        "select distinct record_type from ledger.row_results where run_id = %s", ended.run_id
    )
    assert not {"customers", "invoices", "payments"} & {row["record_type"] for row in rows}
    assert running_company.objects("Purchase")
    run = running_company.instance.get_run_by_id(ended.run_id)
    assert types_of_run(load_scope(), run) == ("expenses",)


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
        "bulk_sync", {"resources": {"options": {"config": {name: True}}}}, tags, types=["expenses"]
    )
    assert looked.success, looked.why
    assert running_company.writes() == 0
    (plan,) = running_company.sql("select forced, dry_run from ledger.plans where run_id = %s", looked.run_id)
    assert plan == {"forced": True, "dry_run": True}


def test_force_by_tag_updates_in_place(running_company):
    """The plain job with the tag does what its forced twin does."""
    assert running_company.launch("bulk_sync", *RANGE, types=["expenses"]).success
    forced = running_company.launch("bulk_sync", *RANGE, force="yes", types=["expenses"])
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
    ended = running_company.execute("push_days", {})
    assert ended.success, ended.why
    assert running_company.writes() == 0
    for key, name in ((customers, "customers"), (lists, "account")):
        event = running_company.instance.get_latest_materialization_event(key)
        assert event.asset_materialization.metadata[name].value > 0
