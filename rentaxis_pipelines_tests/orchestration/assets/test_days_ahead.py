"""A range may reach today and some days past it; by real runs. The days are of this machine's clock, as the partitions are."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from rentaxis_pipelines.demo.stack import COMPANY_FILE

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
TODAY = dt.datetime.now(ZoneInfo("America/New_York")).date()
AHEAD = TODAY + dt.timedelta(days=20)


def move(running_company, day: dt.date, number: int) -> str:
    """An ordinary invoice of the demo, dated that day from now on; its id."""
    (found,) = running_company.rentaxis(
        """update rentaxis.invoices set invoice_date = %s, due_date = %s, updated_at = clock_timestamp() where id = (
             select id from rentaxis.invoices i where organization_id = 1 and status = 'paid' and deleted_at is null
               and not exists (select from rentaxis.demo_cases c where c.entity_id in (i.id::text, i.billed_to_id::text))
             order by id desc offset %s limit 1) returning id::text""",
        day, day, number,
    )  # fmt: skip
    return found["id"]


def test_an_invoice_of_today_and_one_billed_ahead_are_pushed_on_their_days(running_company):
    """Rent billed on the 25th for the 1st is in QuickBooks before it is due; each day shows what became of its records."""
    wanted = {move(running_company, TODAY, 0): TODAY, move(running_company, AHEAD, 1): AHEAD}
    ended = running_company.launch("bulk_sync", TODAY, AHEAD, types=["invoices"])
    assert ended.success, ended.why
    rows = running_company.sql(
        "select source_id, status, day from ledger.row_results where run_id = %s and source_type = 'invoice'",
        ended.run_id,
    )
    assert {row["source_id"]: row["day"] for row in rows if row["status"] == "created"} == wanted
    booked = {one["TxnDate"] for one in running_company.objects("Invoice")}
    assert {str(TODAY), str(AHEAD)} <= booked
    assert ended.metadata("sync_results")[str(AHEAD)]["invoices_created"] == 1


def test_days_ahead_are_no_history_to_judge_by(running_company, monkeypatch, tmp_path):
    """An invoice of weeks ago and one of weeks ahead are not four weeks of history: nothing is usual yet, as before."""
    file = tmp_path / "company.yaml"
    file.write_text(COMPANY_FILE.read_text().replace("first_rows: null", "first_rows: 5"))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(file))
    behind = TODAY - dt.timedelta(days=12)
    for number, day in enumerate((behind, AHEAD)):
        move(running_company, day, number)
        assert running_company.launch("bulk_sync", day, day, types=["invoices"]).success
    held = running_company.launch("bulk_sync", "2026-05-01", "2026-05-03", types=["invoices"])
    assert not held.success
    assert "policies.guard.first_rows" in held.why
