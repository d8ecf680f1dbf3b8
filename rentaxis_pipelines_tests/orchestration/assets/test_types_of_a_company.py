"""Which record types a company has assets of, and that a run of all of them pushes what RentAxis' settings switch on besides. By real runs."""

import datetime as dt

import pytest
import yaml

from rentaxis_pipelines.demo.stack import COMPANY_FILE, WHOLE_BOOKS_FILE
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import BASIC_TYPES, RECORD_TYPES
from rentaxis_pipelines.model.sync_request import ChosenDays
from rentaxis_pipelines.orchestration.launch import instance, run_range
from rentaxis_pipelines.orchestration.names import BULK_SYNC, PUSH_DAYS, plain
from rentaxis_pipelines.orchestration.sensors import run_request
from rentaxis_pipelines.settings import load_scope
from rentaxis_pipelines_tests.support import company_jobs

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
MONTH = ("2026-06-01", "2026-06-30")
SWITCH_ON = "update rentaxis.quickbooks_connections set enabled_types = array_append(enabled_types, 'journal_entries')"


def assets() -> set[str]:
    return {
        "/".join(key.path[1:])
        for key in company_jobs.definitions().resolve_asset_graph().get_all_asset_keys()
    }


def test_only_what_the_company_file_names_has_assets(running_company, monkeypatch, tmp_path):
    """What every RentAxis has, always; of the others those of ``also_push``."""
    basic = {f"sync/{name}" for name in BASIC_TYPES}
    assert {path for path in assets() if path.startswith("sync/")} == basic
    file = tmp_path / "company.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(COMPANY_FILE.read_text()) | {"also_push": ["refunds"]}))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(file))
    assert {path for path in assets() if path.startswith("sync/")} == {*basic, "sync/refunds"}
    assert "rentaxis/refunds" in assets() and "rentaxis/journal_entries" not in assets()


def test_what_rentaxis_switches_on_besides_is_pushed_by_a_run_of_all_types(
    running_company, monkeypatch, tmp_path
):
    """And not by one of some; a preview only plans it."""
    file = tmp_path / "company.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(WHOLE_BOOKS_FILE.read_text()) | {"also_push": []}))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(file))
    running_company.rentaxis(SWITCH_ON)

    def entries_of(ended) -> list[str]:
        assert ended.success, ended.why
        rows = running_company.sql(
            "select status from ledger.row_results where run_id = %s and source_type = 'journal_entry'",
            ended.run_id,
        )
        return [row["status"] for row in rows]

    assert entries_of(running_company.launch("bulk_sync", *MONTH, types=["invoices"])) == []
    previewed = entries_of(running_company.launch("bulk_sync_preview", *MONTH))
    assert previewed
    assert running_company.objects("JournalEntry") == []
    pushed = entries_of(running_company.launch("bulk_sync", *MONTH))
    assert len(pushed) == len(previewed)
    assert len(running_company.objects("JournalEntry")) == pushed.count("created") > 0


def test_a_type_without_assets_cannot_be_chosen_and_the_remedy_is_named(running_company):
    """Nothing is launched."""
    scope = load_scope()
    days = DateRange.of_days(*map(dt.date.fromisoformat, MONTH))
    with instance() as kept, pytest.raises(CannotLaunch) as refused:
        run_range(scope, days, ("invoices", "deposits"), instance=kept)
    assert "does not name deposits" in str(refused.value)
    assert "also_push in company.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("types", "job"),
    [(RECORD_TYPES, BULK_SYNC), (("invoices",), BULK_SYNC), (("journal_entries",), PUSH_DAYS)],
)
def test_a_sensor_runs_a_type_without_assets_again_as_days(running_company, types, job):
    """What failed of a type that only RentAxis' settings switch on is not lost."""
    days = DateRange.of_days(*map(dt.date.fromisoformat, MONTH))
    request = run_request(load_scope(), "a key", [ChosenDays(days, types)], "sensor: records fixed")
    assert plain(request.job_name or "") == job
