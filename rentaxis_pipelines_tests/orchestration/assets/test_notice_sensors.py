"""The notice of a run that really ran: told once, with the run's own counts, and never at the run's cost."""

import time

import dagster as dg
import pytest

from rentaxis_pipelines.orchestration.names import named
from rentaxis_pipelines.orchestration.notice_sensors import notice_sensors
from rentaxis_pipelines.quickbooks.tokens import Token
from rentaxis_pipelines.reports.nights import NIGHTLY
from rentaxis_pipelines.settings import Notice, Scope, load_environment, load_scope
from rentaxis_pipelines.sync.session import token_store
from rentaxis_pipelines_tests.notices.listeners import web_address

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
EVENT = {
    dg.DagsterRunStatus.SUCCESS: (dg.DagsterEventType.RUN_SUCCESS, "notice_of_success"),
    dg.DagsterRunStatus.FAILURE: (dg.DagsterEventType.RUN_FAILURE, "notice_of_failure"),
}


def sensors_of(scope: Scope, notice: Notice) -> list[dg.SensorDefinition]:
    """Those of the company, had it chosen this notice."""
    return notice_sensors(Scope(scope.company.model_copy(update={"notice": notice})))


def told(running_company, run_id: str, notice: Notice) -> str:
    """What the sensor that looks after runs that ended so says about this one."""
    run = running_company.instance.get_run_by_id(run_id)
    kind, name = EVENT[run.status]
    (record,) = running_company.instance.get_records_for_run(run_id, of_type=kind).records
    scope = load_scope()
    context = dg.build_run_status_sensor_context(
        sensor_name=name,
        dagster_event=record.event_log_entry.dagster_event,
        dagster_instance=running_company.instance,
        dagster_run=run,
    )
    sensor = next(one for one in sensors_of(scope, notice) if one.name == named(scope, name))
    return sensor(context).skip_message


def test_a_night_with_failed_rows_is_told_with_its_counts_and_a_run_by_hand_is_not(
    running_company, monkeypatch
):
    """Counts are those of the ledger; nothing is told of a run that somebody launched and that ended well."""
    notice = Notice(webhook=True)
    nightly = running_company.launch(
        "bulk_sync", "2026-05-01", "2026-05-31", requested_by=NIGHTLY, types=["invoices"]
    )
    by_hand = running_company.launch("bulk_sync", "2026-05-01", "2026-05-01", types=["invoices"])
    with web_address() as hook:
        monkeypatch.setenv("NOTICE_WEBHOOK_URL", hook.url)
        assert (
            told(running_company, nightly.run_id, Notice(webhook=True, when="always"))
            == "The notice was sent."
        )
        assert told(running_company, by_hand.run_id, notice) == "No notice is due."
    (call,) = hook.calls
    assert (call["first_day"], call["last_day"], call["ended"]) == ("2026-05-01", "2026-05-31", "success")
    counted = {(row["record_type"], row["status"], row["reason_code"]): row["rows"] for row in call["rows"]}
    in_ledger = running_company.sql(
        "select record_type, status, reason_code, count(*) as n from ledger.row_results where run_id = %s group by 1, 2, 3",
        nightly.run_id,
    )
    assert counted == {(row["record_type"], row["status"], row["reason_code"]): row["n"] for row in in_ledger}


def test_a_run_that_failed_is_told_whoever_launched_it_and_a_notice_that_cannot_be_sent_fails_nothing(
    running_company, monkeypatch
):
    """The sensor says why it was not sent, and the run is as it was."""
    failed = running_company.launch("bulk_sync", "2026-05-01", "2026-05-01", preview="perhaps")
    with web_address() as hook:
        monkeypatch.setenv("NOTICE_WEBHOOK_URL", hook.url)
        assert told(running_company, failed.run_id, Notice(webhook=True)) == "The notice was sent."
        hook.answers = [404]
        assert (
            told(running_company, failed.run_id, Notice(webhook=True))
            == "The notice's webhook address answered 404."
        )
    assert hook.calls[0]["ended"] == "failure"
    assert hook.calls[0]["rows"] == []


def test_a_run_of_days_that_lie_apart_is_told_with_the_first_and_the_last_of_them(
    running_company, monkeypatch
):
    days = [
        {"first_day": "2026-05-01", "last_day": "2026-05-02"},
        {"first_day": "2026-07-09", "last_day": "2026-07-09"},
    ]
    config = {"ops": {"push_days_apart": {"config": {"ranges": days}}}}
    failed = running_company.execute("push_days", config, {"preview": "perhaps"})
    with web_address() as hook:
        monkeypatch.setenv("NOTICE_WEBHOOK_URL", hook.url)
        assert told(running_company, failed.run_id, Notice(webhook=True)) == "The notice was sent."
    (call,) = hook.calls
    assert (call["first_day"], call["last_day"], call["ended"]) == ("2026-05-01", "2026-07-09", "failure")


def test_a_night_that_went_through_tells_that_the_connection_ends_soon(running_company, monkeypatch):
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
            assert told(running_company, nightly.run_id, Notice(webhook=True)) == "The notice was sent."
            monkeypatch.setenv("NOTICE_WEBHOOK_URL", "http://hooks.example.com/hush")
            said = told(running_company, nightly.run_id, Notice(webhook=True))
    finally:
        with token_store(load_environment()).locked() as held:
            held.save(before)
    (call,) = hook.calls
    assert call["connection"].endswith("run `rentaxis-sync connect` and sign in again before then.")
    assert call["connection"] in call["text"]
    assert said.startswith("The environment variable NOTICE_WEBHOOK_URL")
    assert "hush" not in said


def test_there_are_no_sensors_where_nobody_is_to_be_told():
    scope = load_scope()
    assert sensors_of(scope, Notice()) == []
    assert sensors_of(scope, Notice(webhook=True, when="never")) == []
    assert [one.name for one in sensors_of(scope, Notice(webhook=True))] == [
        named(scope, "notice_of_success"),
        named(scope, "notice_of_failure"),
        named(scope, "notice_of_canceled"),
    ]
