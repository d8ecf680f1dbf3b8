"""The guard in Dagster: what is far more than usual is held back before anything of it is sent, and only a person lifts that."""

import pytest

from rentaxis_pipelines.demo.stack import COMPANY_FILE

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
RANGE = ("2026-05-01", "2026-05-03")


@pytest.fixture
def narrow(monkeypatch, tmp_path):
    """A company whose guard lets five records of a type through."""
    file = tmp_path / "company.yaml"
    file.write_text(COMPANY_FILE.read_text().replace("first_rows: null", "first_rows: 5"))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(file))


def test_an_unusual_plan_is_held_back_forced_or_not_until_a_person_confirms(running_company, narrow):
    """Nothing of it is sent, every record of it says so, the run fails with one sentence that says what was written before.

    Force does not lift it, a preview is not stopped by it, the tag does.
    """
    invoices = len(running_company.objects("Invoice"))

    held = running_company.launch("bulk_sync", *RANGE, types=["invoices"])

    assert not held.success
    assert "The invoices of 2026-05-01 to 2026-05-03 would write" in held.why
    assert "policies.guard.first_rows" in held.why
    stored = "select summary ->> 'cells' <> '[]' as summed_up from ledger.previews where why = 'guard'"
    assert running_company.sql(stored) == [{"summed_up": True}], (
        "the plan that was stored instead can be looked at at once"
    )
    assert "This run has written nothing." in held.why
    assert "confirm_unusual" in held.why
    assert running_company.writes() == 0
    rows = running_company.sql("select * from ledger.row_results where run_id = %s", held.run_id)
    planned = running_company.sql(
        "select count(*) as n from ledger.planned_rows p join ledger.plans using (plan_id) where run_id = %s",
        held.run_id,
    )
    assert len(rows) == planned[0]["n"] > 5
    never_sent = [row for row in rows if row["reason_code"] == "held_back"]
    assert len(never_sent) > 5
    assert all(row["reason"].startswith("Held back before anything was sent.") for row in never_sent)
    assert running_company.sql("select count(*) as n from ledger.requests") == [{"n": 0}]
    assert running_company.sql("select count(*) as n from ledger.plans where finished_at is null") == [
        {"n": 0}
    ]

    forced = running_company.launch("bulk_sync_force", *RANGE, types=["invoices"])
    assert not forced.success
    assert running_company.writes() == 0

    looked = running_company.launch("bulk_sync", *RANGE, preview="yes", types=["invoices"])
    assert looked.success
    assert running_company.writes() == 0

    confirmed = running_company.launch("bulk_sync", *RANGE, confirm_unusual="yes", types=["invoices"])
    assert confirmed.success, confirmed.why
    said = [entry.user_message for entry in running_company.instance.all_logs(confirmed.run_id)]
    assert "Far more than usual; a test confirmed it." in said, "the log says who lifted the guard"
    assert len(running_company.objects("Invoice")) > invoices + 5


def test_what_earlier_types_of_the_run_wrote_is_said(running_company, monkeypatch, tmp_path):
    """Customers go first and are few enough; the invoices are held back, and the sentence names the customers written."""
    file = tmp_path / "company.yaml"
    file.write_text(
        COMPANY_FILE.read_text().replace("first_rows: null", "first_rows: null\n    money: 5000.00")
    )
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(file))

    held = running_company.launch("bulk_sync", "2026-05-01", "2026-05-31")

    assert not held.success
    assert "the limit is 5,000.00 (policies.guard.money)" in held.why
    written = running_company.sql(
        "select count(*) as n from ledger.row_results where run_id = %s and record_type = 'customers' and status = 'created'",
        held.run_id,
    )[0]["n"]
    assert f"This run had already written {written} customers" in held.why
