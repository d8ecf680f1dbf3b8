"""The reports in Dagster: three assets out of one reconciliation, numbers to plot, checks that can fail."""

from urllib.parse import quote

import dagster as dg
import pytest
from openpyxl import load_workbook

from rentaxis_pipelines.orchestration.assets.reports import DRIFT, OPEN_PROBLEMS, RECONCILIATION
from rentaxis_pipelines_tests.support import company_jobs
from rentaxis_pipelines_tests.support.reading import read

# Dagster announces what it will rename one day; these tests are about what the reports say.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def materialize(pushed, monkeypatch):
    """Materializes the reports as the job does."""
    for name, value in pushed.environment.model_dump(exclude_none=True).items():
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        monkeypatch.setenv(name.upper(), text)

    def run() -> dg.ExecuteInProcessResult:
        with dg.DagsterInstance.ephemeral() as instance:
            return company_jobs.job("reconcile").execute_in_process(instance=instance)

    return run


def metadata_of(result, key) -> dict:
    (event,) = [
        each
        for each in result.get_asset_materialization_events()
        if each.asset_key == company_jobs.asset(f"reports/{key}")
    ]
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
    listed = read(numbers["not_pushed"])
    for kind in (
        "categorized bank lines",
        "journal entries",
        "payable invoices",
        "security deposit settlements",
    ):
        assert kind in listed
    assert "2062" in listed
    assert numbers["never_pushed"] > 0
    assert numbers["never_pushed_money"] > 0
    assert numbers["work_paper"] == "rentaxis-sync reconcile --xlsx reconciliation.xlsx"
    assert numbers["receivables_by_month"].startswith(
        "![Open receivables at the end of each month](data:image/png;base64,"
    )
    assert "The fix that clears the most" in metadata_of(result, OPEN_PROBLEMS)["open_problems"]
    assert "mappings.expense_accounts.5999" in read(metadata_of(result, OPEN_PROBLEMS)["open_problems"])
    assert read(metadata_of(result, DRIFT)["drift"]) == "None."
    assert checks_of(result) == {"every_difference_is_explained": True, "runs_add_up": True}


def test_the_work_paper_is_linked_where_results_are_kept(materialize, tmp_path, monkeypatch):
    """With a folder and its address set, the page leads to the Excel file of this very reconciliation."""
    monkeypatch.setenv("PIPELINES_RESULTS_FOLDER", str(tmp_path / "kept"))
    monkeypatch.setenv("PIPELINES_RESULTS_URL", "https://files.example.com/kept")
    address = metadata_of(materialize(), RECONCILIATION)["work_paper"]
    (file,) = (tmp_path / "kept").iterdir()
    assert address == f"https://files.example.com/kept/{quote(file.name)}"
    assert "Not pushed" in load_workbook(file).sheetnames


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
    assert f"Invoice {invoice['quickbooks_number']}" in read(check.metadata["rows"].value)
    assert "deleted" in metadata_of(result, DRIFT)["drift"]


def test_a_wrong_sum_fails_the_runs_own_check_and_names_the_rows(pushed, materialize):
    """A total a cent off and a row without a result: the check of the very run that pushed them does not pass, and says which."""
    (run,) = pushed.sql("select distinct run_id from ledger.plans")
    (invoice,) = pushed.sql(
        "select min(source_id) as id from ledger.links where source_type = 'invoice' and state = 'live' and total > 0"
    )
    (payment,) = pushed.sql(
        "select min(source_id) as id from ledger.row_results where source_type = 'payment'"
    )
    check_of_run = dg.AssetCheckKey(company_jobs.asset("sync_results"), "run_adds_up")
    only = dg.Definitions(jobs=[dg.define_asset_job("check", dg.AssetSelection.checks(check_of_run))])
    definitions = dg.Definitions.merge(company_jobs.definitions(), only)

    def check() -> dg.AssetCheckEvaluation:
        with dg.DagsterInstance.ephemeral() as instance:
            job = definitions.resolve_job_def("check")
            (found,) = job.execute_in_process(
                instance=instance, run_id=run["run_id"]
            ).get_asset_check_evaluations()
        return found

    assert check().passed
    pushed.sql_do(
        f"update ledger.links set total = total + 0.01 where source_type = 'invoice' and source_id = '{invoice['id']}'"
    )
    pushed.sql_do(
        f"delete from ledger.single_results where source_type = 'payment' and source_id = '{payment['id']}'"
    )
    failed = check()
    assert not failed.passed
    assert failed.severity == dg.AssetCheckSeverity.ERROR
    labels = pushed.sql(
        "select source_label from ledger.planned_rows where (source_type, source_id) in (('invoice', :i), ('payment', :p))",
        i=invoice["id"],
        p=payment["id"],
    )
    assert len(labels) == 2
    for row in labels:
        assert row["source_label"] in read(failed.metadata["rows"].value)
    assert failed.metadata["rows_off"].value == 2
