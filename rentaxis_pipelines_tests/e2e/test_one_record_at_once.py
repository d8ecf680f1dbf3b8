"""The push of one record, clicked in the desk or in the Dagster UI: a Dagster run as any other, carried out by the process that is warm already.

Where that is not there, or something else of the company is under way, the ordinary way is taken. Real front door, daemon and code server.
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from rentaxis_pipelines.orchestration.launcher import GONE
from rentaxis_pipelines.orchestration.warm_process import CARRIED_OUT, SHOWN_AS
from rentaxis_pipelines.settings.shipped import ROOT
from rentaxis_pipelines_bench import launching
from rentaxis_pipelines_tests.e2e import dagster_ui
from rentaxis_pipelines_tests.e2e.conftest import Running
from rentaxis_pipelines_tests.e2e.test_dead_runs import said
from rentaxis_pipelines_tests.e2e.test_interrupted import (
    Range,
    add_expenses,
    control,
    ended,
    in_quickbooks,
    launch,
    run_made,
)

CHOSEN = Range(("2026-03-17", "2026-03-18"), 989)
BUSY = Range(("2026-03-24", "2026-03-25"), 988)
SLOW = 6.0  # seconds
LAUNCH = """
mutation Launch($params: ExecutionParams!) { launchRun(executionParams: $params) { __typename
  ... on LaunchRunSuccess { run { runId } } } }"""
KINDS = """
query Kinds($runId: ID!) { logsForRun(runId: $runId) { ... on EventConnection { events { __typename } } } }"""
records = iter(sorted(CHOSEN.records))  # each test takes one that nobody has pushed


@pytest.fixture(scope="module", autouse=True)
def expenses(running: Running) -> None:
    add_expenses(running, CHOSEN)
    running.until("the warm process", lambda: warm_process(running))


def warm_process(running: Running) -> int | None:
    """The process that waits; None while it is being loaded."""
    with psycopg.connect(running.stack.postgres.url("dagster")) as connection:
        row = connection.execute(
            """select application_name from pg_stat_activity join pg_locks using (pid)
               where locktype = 'advisory' and granted and application_name like %s""",
            [f"{SHOWN_AS}%"],
        ).fetchone()
    return int(row[0].removeprefix(SHOWN_AS)) if row else None


def clicked(running: Running, record: str) -> str:
    """Press "Push now" on the record's page; returns the run's id."""
    page = f"{running.url}/desk/demo/records/expense/{record}"
    with requests.Session() as browser:
        (token, *_) = re.findall(r'name="form_token" value="(\w+)"', browser.get(page, timeout=60).text)
        answer = browser.post(f"{page}/push", {"form_token": token}, timeout=60, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0].rpartition("/")[2]


def launched_in_the_ui(running: Running, record: str) -> str:
    """Press "Launch run" in the job's launchpad."""
    config = {"ops": {"push_one_record": {"config": {"record_type": "expense", "source_id": f"id:{record}"}}}}
    selector = {**launching.REPOSITORY, "jobName": "push_record__demo"}
    answer = running.ask(
        LAUNCH, {"params": {"selector": selector, "runConfigData": config, "mode": "default"}}
    )
    assert answer["launchRun"]["__typename"] == "LaunchRunSuccess", answer
    return answer["launchRun"]["run"]["runId"]


def was_queued(running: Running, run: str) -> bool:
    """Whether it went through Dagster's queue."""
    events = running.ask(KINDS, {"runId": run})["logsForRun"]["events"]
    return "RunEnqueuedEvent" in [event["__typename"] for event in events]


def slowed(running: Running, record: str) -> None:
    """QuickBooks takes its time for that record."""
    control(running, "faults", {"clear": True})
    rule = {"action": "delay", "contains": f"RentAxis expense {record}", "seconds": SLOW, "times": 1}
    control(running, "faults", rule)


def is_taken(running: Running) -> bool | None:
    (rule,) = control(running, "faults", {})
    return True if rule["hits"] else None


def pushed(running: Running, run: str, record: str) -> dict[str, Any]:
    done = ended(running, run)
    assert done["status"] == "SUCCESS", said(running, run)
    assert in_quickbooks(running, CHOSEN)[record] == 1
    return done


@pytest.mark.parametrize("press", [clicked, launched_in_the_ui])
def test_the_warm_process_carries_it_out_as_a_run_like_any_other(running: Running, press: Any) -> None:
    record = next(records)
    run = press(running, record)
    done = pushed(running, run, record)
    events = said(running, run)
    assert CARRIED_OUT in events
    assert "Started execution of step" in events
    assert "So far: 1 records read" in events
    tags = {tag["key"]: tag["value"] for tag in done["tags"]}
    assert tags["quickbooks/realm"] == running.stack.quickbooks.realm_id
    assert (
        "requested_by" in tags or press is launched_in_the_ui
    )  # nobody signs in here; the desk names who sits at it
    assert run in [
        one["id"] for one in dagster_ui.runs_tagged(running.ask, "quickbooks/realm", tags["quickbooks/realm"])
    ]


def test_a_command_is_carried_out_by_it_too(running: Running, tmp_path: Path) -> None:
    """The command's own process could not even import Dagster; it says what it says otherwise, and ends as it ends otherwise."""
    record = next(records)
    (tmp_path / "dagster.py").write_text("raise ImportError('Nobody should need this here.')")
    environment = {**os.environ, **running.stack.environment, "PYTHONPATH": str(tmp_path)}

    def command(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rentaxis_pipelines.cli.main", *words],
            env={**environment, **variables}, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    pushed_now = command("record", "expense", f"id:{record}", "--json")
    assert pushed_now.returncode == 0, pushed_now.stderr
    assert len(json.loads(pushed_now.stdout)["runs"]) == 1
    assert in_quickbooks(running, CHOSEN)[record] == 1
    unknown = command("record", "expense", "id:1234567")
    assert unknown.returncode == 2
    assert "1234567" in unknown.stderr
    wrong = command("bulk", "--from", "yesterday")
    assert wrong.returncode == 2
    assert "Usage: rentaxis-sync bulk" in wrong.stderr
    # Under other settings it is not for that process, and goes on where it was given.
    assert (
        "Nobody should need this here."
        in command("record", "expense", "1", PIPELINES_WARM_PROCESS="off").stderr
    )


def test_behind_another_run_of_the_company_it_waits_in_the_queue_as_ever(running: Running) -> None:
    """It neither fails for the ledger's lock nor runs beside the other one; then it goes through."""
    add_expenses(running, BUSY)
    control(running, "faults", {"clear": True})
    rule = {"action": "delay", "operation": "batch", "contains": f"RentAxis expense {BUSY.ids}", "seconds": SLOW, "times": 0}  # fmt: skip
    control(running, "faults", rule)
    before = run_made(running, launch(running, BUSY))["id"]
    running.until("the other run to push", lambda: is_taken(running))
    record = next(records)
    run = clicked(running, record)
    assert dagster_ui.run_of(running.ask, run)["status"] == "QUEUED"
    control(running, "faults", {"clear": True})
    other = ended(running, before)
    assert pushed(running, run, record)["startTime"] >= other["endTime"]
    assert CARRIED_OUT in said(running, run)  # its process is warm all the same


def test_terminate_stops_it(running: Running) -> None:
    """What is being sent is finished first; the warm process is there for the next one."""
    record = next(records)
    slowed(running, record)
    run = clicked(running, record)
    running.until("the request to be in flight", lambda: is_taken(running))
    dagster_ui.terminate(running.ask, run)
    assert ended(running, run)["status"] in ("CANCELED", "SUCCESS")  # it was its last request
    assert in_quickbooks(running, CHOSEN)[record] == 1
    again = next(records)
    run = clicked(running, again)
    pushed(running, run, again)
    assert CARRIED_OUT in said(running, run)


def test_killed_in_the_middle_it_is_ended_told_and_settled_by_the_next_one(running: Running) -> None:
    record = next(records)
    slowed(running, record)
    run = clicked(running, record)
    running.until("the request to be in flight", lambda: is_taken(running))
    process = dagster_ui.process_of(running.ask, run)
    assert process is not None
    os.kill(process, signal.SIGKILL)
    assert ended(running, run)["status"] == "FAILURE"
    assert GONE in said(running, run)
    control(running, "faults", {"clear": True})
    pushed(running, clicked(running, record), record)


def test_where_the_warm_process_does_not_answer_the_ordinary_way_is_taken(running: Running) -> None:
    """And an answer that comes later does not count: the record is pushed once, by one run."""
    waiting = warm_process(running)
    assert waiting is not None
    os.kill(waiting, signal.SIGSTOP)
    try:
        record = next(records)
        run = clicked(running, record)
        pushed(running, run, record)
        assert was_queued(running, run)
        assert CARRIED_OUT not in said(running, run)
    finally:
        os.kill(waiting, signal.SIGCONT)
    record, before = next(records), record
    run = clicked(running, record)
    pushed(running, run, record)
    assert CARRIED_OUT in said(running, run)
    assert in_quickbooks(running, CHOSEN)[before] == 1


def test_another_one_is_started_for_a_warm_process_that_was_killed(running: Running) -> None:
    waiting = warm_process(running)
    assert waiting is not None
    os.kill(waiting, signal.SIGKILL)
    running.until("the warm process to be gone", lambda: None if warm_process(running) == waiting else True)
    record = next(records)
    run = clicked(running, record)
    pushed(running, run, record)
    assert was_queued(running, run)
    running.until("another one", lambda: warm_process(running))
    record = next(records)
    run = clicked(running, record)
    pushed(running, run, record)
    assert not was_queued(running, run)


def test_a_changed_company_file_is_never_pushed_by_a_process_that_loaded_the_old_one(
    running: Running,
) -> None:
    """It refuses the next record, loads everything again, and takes the one after."""
    waiting = warm_process(running)
    assert waiting is not None
    file = Path(running.stack.environment["RENTAXIS_COMPANY_FILE"])
    file.write_text(f"{file.read_text()}\n# Looked over.\n")
    record = next(records)
    run = clicked(running, record)
    assert was_queued(running, run)
    pushed(running, run, record)
    running.until("it to be loaded again", lambda: warm_process(running))
    record = next(records)
    run = clicked(running, record)
    pushed(running, run, record)
    assert CARRIED_OUT in said(running, run)
    assert not was_queued(running, run)
