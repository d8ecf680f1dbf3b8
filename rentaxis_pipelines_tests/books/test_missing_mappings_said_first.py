"""A run says what its records cannot do without before it sends any of them."""

import dagster as dg
import pytest

from rentaxis_pipelines_tests.support import company_jobs
from rentaxis_pipelines_tests.support.accountant import money
from rentaxis_pipelines_tests.support.reading import read

# Dagster announces what it will rename one day; this test is about what a run says.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def sync_in_dagster(chain, monkeypatch: pytest.MonkeyPatch):
    """Pushes a record type for one day by the job; its events and its log lines."""
    for name, value in chain.environment.model_dump(exclude_none=True).items():
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        monkeypatch.setenv(name.upper(), text)

    def run(record_type: str, day: str) -> tuple[list[dg.DagsterEvent], list[str]]:
        with dg.DagsterInstance.ephemeral() as instance:
            result = company_jobs.job("bulk_sync").execute_in_process(
                partition_key=day, instance=instance, asset_selection=company_jobs.keys(record_type)
            )
            return result.all_events, [one.user_message for one in instance.all_logs(result.run_id)]

    return run


def test_a_missing_mapping_is_listed_once_with_rows_and_money(rentaxis, accountant, sync_in_dagster) -> None:
    """Once for all rows behind it, with their money; the log names the mapping and no amount; the other rows go."""
    lost = [rentaxis.expense(amount, "5999") for amount in ("10.50", "20.25")]
    fine = rentaxis.expense("7.00")
    events, log = sync_in_dagster("expenses", "2026-05-01")
    (planned,) = [
        event
        for event in events
        if event.event_type_value == "STEP_OUTPUT" and (event.step_key or "").endswith("plan_expenses__demo")
    ]
    table = read(planned.step_output_data.metadata["mappings_to_fix"].value)
    (row,) = table.splitlines()[1:]
    assert row.startswith("| mappings.expense_accounts.5999 | 2 | 30.75 | No account is mapped")
    (said,) = [line for line in log if "5999" in line]
    assert "2 rows cannot be pushed" in said
    assert "30.75" not in said
    assert accountant.of("expense", fine)["TotalAmt"] == money("7.00")
    assert not [one for each in lost for one in accountant.all_of("expense", each)]


def test_an_erased_record_is_noticed_by_a_run(rentaxis, accountant, sync_in_dagster) -> None:
    """The jobs look for what is gone as well as for what is there."""
    expense = rentaxis.expense("9.00")
    sync_in_dagster("expenses", "2026-05-01")
    rentaxis.erase("expenses", expense)
    sync_in_dagster("expenses", "2026-05-01")
    assert accountant.of("expense", expense)["TotalAmt"] == 0
