"""The notice of a run that really ran: told once, with the run's own counts, and never at the run's cost."""

import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from rentaxis_pipelines.quickbooks.tokens import Token
from rentaxis_pipelines.reports.nights import NIGHTLY
from rentaxis_pipelines.settings import Notice, load_environment
from rentaxis_pipelines.sync.session import token_store
from rentaxis_pipelines_tests.notices.listeners import web_address
from rentaxis_pipelines_tests.support import company_jobs
from rentaxis_pipelines_tests.support.chain import COMPANY_FILE

EVENT = {
    dg.DagsterRunStatus.SUCCESS: (dg.DagsterEventType.RUN_SUCCESS, "success"),
    dg.DagsterRunStatus.FAILURE: (dg.DagsterEventType.RUN_FAILURE, "failure"),
}


@pytest.fixture
def tell(running_company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, Notice], str]:
    """What a tick says about the run, had the company chosen this notice."""

    def told(run_id: str, notice: Notice) -> str:
        chosen = f"\nnotice: {{when: {notice.when}, webhook: {str(notice.webhook).lower()}}}\n"
        file = tmp_path / "company.yaml"
        file.write_text(COMPANY_FILE.read_text() + chosen)
        with monkeypatch.context() as patched:
            patched.setenv("RENTAXIS_COMPANY_FILE", str(file))
            kind, ended = EVENT[running_company.instance.get_run_by_id(run_id).status]
            return ticked(running_company, f"notice_of_{ended}", run_id, kind)

    return told


def ticked(running_company, name: str, run_id: str, kind: dg.DagsterEventType) -> str:
    """What the sensor says about this run, having seen all that ended before it."""
    (record,) = running_company.instance.get_records_for_run(run_id, of_type=kind).records
    sensor = company_jobs.shared_sensor(name)
    before = str(record.storage_id - 1)
    result = sensor(dg.build_sensor_context(instance=running_company.instance, cursor=before))
    assert int(result.cursor) >= record.storage_id
    return result.skip_reason.skip_message


def test_a_night_with_failed_rows_is_told_with_its_counts_and_a_run_by_hand_is_not(
    running_company, monkeypatch, tell
):
    """Counts are those of the ledger; nothing is told of a run that somebody launched and that ended well."""
    notice = Notice(webhook=True)
    nightly = running_company.launch(
        "bulk_sync", "2026-05-01", "2026-05-31", requested_by=NIGHTLY, types=["invoices"]
    )
    by_hand = running_company.launch("bulk_sync", "2026-05-01", "2026-05-01", types=["invoices"])
    with web_address() as hook:
        monkeypatch.setenv("NOTICE_WEBHOOK_URL", hook.url)
        assert tell(nightly.run_id, Notice(webhook=True, when="always")) == "The notice was sent."
        assert tell(by_hand.run_id, notice) == "Nothing was to be done."
    (call,) = hook.calls
    assert (call["first_day"], call["last_day"], call["ended"]) == ("2026-05-01", "2026-05-31", "success")
    counted = {(row["record_type"], row["status"], row["reason_code"]): row["rows"] for row in call["rows"]}
    in_ledger = running_company.sql(
        "select record_type, status, reason_code, count(*) as n from ledger.row_results where run_id = %s group by 1, 2, 3",
        nightly.run_id,
    )
    assert counted == {(row["record_type"], row["status"], row["reason_code"]): row["n"] for row in in_ledger}


def test_a_run_that_failed_is_told_whoever_launched_it_and_a_notice_that_cannot_be_sent_fails_nothing(
    running_company, monkeypatch, tell
):
    """The sensor says why it was not sent, and the run is as it was."""
    failed = running_company.launch("bulk_sync", "2026-05-01", "2026-05-01", preview="perhaps")
    with web_address() as hook:
        monkeypatch.setenv("NOTICE_WEBHOOK_URL", hook.url)
        assert tell(failed.run_id, Notice(webhook=True)) == "The notice was sent."
        hook.answers = [404]
        assert tell(failed.run_id, Notice(webhook=True)) == "The notice's webhook address answered 404."
    assert hook.calls[0]["ended"] == "failure"
    assert hook.calls[0]["rows"] == []


def test_a_run_of_days_that_lie_apart_is_told_with_the_first_and_the_last_of_them(
    running_company, monkeypatch, tell
):
    days = [
        {"first_day": "2026-05-01", "last_day": "2026-05-02"},
        {"first_day": "2026-07-09", "last_day": "2026-07-09"},
    ]
    config = {"ops": {"push_days_apart": {"config": {"ranges": days}}}}
    failed = running_company.execute("push_days", config, {"preview": "perhaps"})
    with web_address() as hook:
        monkeypatch.setenv("NOTICE_WEBHOOK_URL", hook.url)
        assert tell(failed.run_id, Notice(webhook=True)) == "The notice was sent."
    (call,) = hook.calls
    assert (call["first_day"], call["last_day"], call["ended"]) == ("2026-05-01", "2026-07-09", "failure")


def test_a_night_that_went_through_tells_that_the_connection_ends_soon(running_company, monkeypatch, tell):
    """With ``when: trouble`` too, from thirty days before; a webhook address that would give its secret away is said, and fails nothing."""
    nightly = running_company.launch(
        "bulk_sync", "2026-05-02", "2026-05-02", requested_by=NIGHTLY, types=["expenses"]
    )
    token = Token(
        "a",
        "r",
        time.time() + 3600,
        running_company.quickbooks.realm_id,
        grant_expires_at=time.time() + 5 * 86400,
    )
    with token_store(load_environment()).locked() as held:
        before = held.load()
        held.save(token)
    try:
        with web_address() as hook:
            monkeypatch.setenv("NOTICE_WEBHOOK_URL", hook.url)
            assert tell(nightly.run_id, Notice(webhook=True)) == "The notice was sent."
            monkeypatch.setenv("NOTICE_WEBHOOK_URL", "http://hooks.example.com/hush")
            said = tell(nightly.run_id, Notice(webhook=True))
    finally:
        with token_store(load_environment()).locked() as held:
            held.save(before)
    (call,) = hook.calls
    assert call["connection"].endswith("run `rentaxis-sync connect` and sign in again before then.")
    assert call["connection"] in call["text"]
    assert said.startswith("The environment variable NOTICE_WEBHOOK_URL")
    assert "hush" not in said


def test_nothing_is_told_where_nobody_is_to_be_told(running_company, monkeypatch, tell):
    """Chosen anew at every tick; there is one sensor for each way a run can end, whoever chose what."""
    failed = running_company.launch("bulk_sync", "2026-05-01", "2026-05-01", preview="perhaps")
    with web_address() as hook:
        monkeypatch.setenv("NOTICE_WEBHOOK_URL", hook.url)
        assert tell(failed.run_id, Notice()) == "Nothing was to be done."
        assert tell(failed.run_id, Notice(webhook=True, when="never")) == "Nothing was to be done."
    assert hook.calls == []


def test_the_heartbeat_address_is_called_after_a_good_night_alone(running_company, monkeypatch):
    """Not after a run by hand, not after a night that pushed some record types; and what goes wrong with it fails nothing."""
    night = running_company.launch("bulk_sync", "2026-05-03", "2026-05-03", requested_by=NIGHTLY)
    some = running_company.launch("bulk_sync", "2026-05-04", "2026-05-04", ["expenses"], requested_by=NIGHTLY)
    by_hand = running_company.launch("bulk_sync", "2026-05-05", "2026-05-05")

    def said(run_id: str) -> str:
        return ticked(running_company, "heartbeat", run_id, dg.DagsterEventType.RUN_SUCCESS)

    assert said(by_hand.run_id) == "Nothing was to be done.", "no address is set"
    with web_address() as hook:
        monkeypatch.setenv("HEARTBEAT_URL", hook.url)
        assert said(by_hand.run_id) == "Nothing was to be done."
        assert said(some.run_id) == "Nothing was to be done."
        assert hook.gets == []
        told = said(night.run_id)
        assert "the night of 2026-05-03 was good. The heartbeat address was called." in told
        assert hook.gets == ["/hooks/secret-word"]
        hook.answers = [404]
        assert "The heartbeat address answered 404." in said(night.run_id)
    monkeypatch.setenv("HEARTBEAT_URL", "http://elsewhere.example.com/hush")
    told = said(night.run_id)
    assert "The environment variable HEARTBEAT_URL" in told
    assert "hush" not in told


def test_the_first_tick_begins_with_the_next_run_that_ends(running_company):
    """An installation that is set up anew on an old Dagster is not told of every run there ever was."""
    sensor = company_jobs.shared_sensor("notice_of_failure")
    failed = running_company.launch("bulk_sync", "2026-05-01", "2026-05-01", preview="perhaps")
    result = sensor(dg.build_sensor_context(instance=running_company.instance))
    kind = dg.DagsterEventType.RUN_FAILURE
    (record,) = running_company.instance.get_records_for_run(failed.run_id, of_type=kind).records
    assert result.skip_reason.skip_message == "It begins with the next run that ends."
    assert int(result.cursor) == record.storage_id
