"""The reports in Dagster: three assets out of one reconciliation, numbers to plot, checks that can fail."""

import dagster as dg
import pytest

from rentaxis_pipelines.assets.reports import (
    DRIFT,
    OPEN_PROBLEMS,
    RECONCILIATION,
    reconcile_job,
    report_assets,
)
from rentaxis_pipelines.assets.session import SyncSession

# Dagster announces what it will rename one day; these tests are about what the reports say.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def materialize(pushed, monkeypatch):
    """Materializes the reports as the job does."""
    for name, value in pushed.environment.model_dump(exclude_none=True).items():
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        monkeypatch.setenv(name.upper(), text)
    definitions = dg.Definitions(
        assets=report_assets, jobs=[reconcile_job], resources={"session": SyncSession()}
    )

    def run() -> dg.ExecuteInProcessResult:
        with dg.DagsterInstance.ephemeral() as instance:
            return definitions.resolve_job_def("reconcile").execute_in_process(instance=instance)

    return run


def metadata_of(result, key) -> dict:
    (event,) = [each for each in result.get_asset_materialization_events() if each.asset_key == key]
    return {name: value.value for name, value in event.materialization.metadata.items()}


def checks_of(result) -> dict[str, bool]:
    return {each.check_name: each.passed for each in result.get_asset_check_evaluations()}


def test_one_run_makes_the_three_reports_and_its_checks_pass(materialize, pushed):
    """Every report has its Markdown and its numbers; the demo portfolio proves itself."""
    result = materialize()

    numbers = metadata_of(result, RECONCILIATION)
    assert numbers["unexplained_money"] == 0.0
    assert numbers["records"] == numbers["agreeing"] + numbers["differing"]
    for name in ("ready_to_close", "stands_between", "reconciliation", "open_receivables", "run_proof"):
        assert numbers[name].startswith("| ")
    assert numbers["receivables_by_month"].startswith(
        "![Open receivables at the end of each month](data:image/png;base64,"
    )
    assert "The one fix that clears most" in metadata_of(result, OPEN_PROBLEMS)["open_problems"]
    assert "mappings.expense_accounts.5999" in metadata_of(result, OPEN_PROBLEMS)["open_problems"]
    assert metadata_of(result, DRIFT)["drift"] == "None."
    assert checks_of(result) == {"every_difference_is_explained": True, "runs_add_up": True}


def test_what_changed_in_quickbooks_fails_the_runs_check_and_names_the_rows(materialize, pushed):
    """QuickBooks no longer holds what the run wrote: the check does not pass, and says which record."""
    (invoice,) = pushed.sql(
        "select quickbooks_id, quickbooks_number from ledger.links where quickbooks_type = 'Invoice' order by source_id limit 1"
    )
    pushed.by_hand("delete", entity="Invoice", id=invoice["quickbooks_id"])

    result = materialize()

    (check,) = [each for each in result.get_asset_check_evaluations() if each.check_name == "runs_add_up"]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert f"Invoice {invoice['quickbooks_number']}" in check.metadata["rows"].value
    assert "deleted" in metadata_of(result, DRIFT)["drift"]
