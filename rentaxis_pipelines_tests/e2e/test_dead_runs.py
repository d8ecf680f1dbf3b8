"""Runs whose process or code server died, alone or together, as production has them: a code server of its own, the daemon, the front door.

A stack of its own, because its services are killed. Ranges are launched, each with QuickBooks slowed down so that ten requests are certainly under way:
process, code server and daemon are killed together and started again; process and code server are, and a person clicks on Terminate;
the code server alone is, after a reload, so that the run goes on without one.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
import yaml

from rentaxis_pipelines.demo import stack as demo_stack
from rentaxis_pipelines.demo import tethered
from rentaxis_pipelines.demo.postgres import free_port
from rentaxis_pipelines.orchestration.launcher import GONE
from rentaxis_pipelines.settings.shipped import ROOT
from rentaxis_pipelines_bench import launching
from rentaxis_pipelines_tests.e2e import dagster_ui
from rentaxis_pipelines_tests.e2e.conftest import SECONDS_TO_END, Running
from rentaxis_pipelines_tests.e2e.test_interrupted import (
    BATCH,
    IN_FLIGHT,
    ROWS,
    Range,
    add_expenses,
    control,
    ended,
    in_flight,
    in_quickbooks,
    launch,
    retry_of,
    rows_of,
    run_made,
)

CODE, DAEMON, WEB = "code", "daemon", "web"
ALL_KILLED = Range(("2026-02-10", "2026-02-11"), 991)
TERMINATED = {
    "the UI": Range(("2026-02-20", "2026-02-21"), 992),
    "the desk": Range(("2026-02-23", "2026-02-24"), 994),
}
TYPED = Range(("2026-02-26", "2026-02-27"), 995)
ORPHANED = Range(("2026-03-10", "2026-03-11"), 993)
LOOKS = 5  # of Dagster's run monitoring; a run that is gone is ended at the fourth at the latest
SLOW, VERY_SLOW = 4.0, 100.0  # seconds that QuickBooks takes for a batch
EVENTS = """
query Events($runId: ID!) {
  logsForRun(runId: $runId) { ... on EventConnection { events { ... on MessageEvent { message } } } }
}"""
RELOAD = """
mutation Reload($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) { __typename } }"""


@dataclass
class Services:
    """What systemd starts in production, by the same commands."""

    folder: Path
    environment: Mapping[str, str]
    commands: Mapping[str, list[str]]
    code_port: int
    started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        program, *words = self.commands[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.started[name] = subprocess.Popen(
                [str(Path(sys.executable).parent / program), *words],
                env=dict(self.environment),
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def has_code_server(self) -> bool | None:
        """Whether the code server has loaded the jobs: only then it listens."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.code_port), 5):
            return True
        return None

    def stop(self) -> None:
        """End what is still running, as systemd does."""
        for process in self.started.values():
            process.send_signal(signal.SIGTERM)
        for process in self.started.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(SECONDS_TO_END)
            process.kill()
            process.wait()

    def looks_at(self, run: str) -> int:
        """How often Dagster's run monitoring has looked at the run."""
        return (self.folder / f"{DAEMON}.log").read_text(errors="replace").count(f"Checking run {run}")

    def kill(self, *names: str, spared: int = 0) -> None:
        """Kill them with all they started, as a container that ran out of memory is; only the process ``spared`` lives on.

        Returns when all are gone: a killed process lives until the system has taken its memory away.
        """
        processes = [psutil.Process(self.started[name].pid) for name in names]
        families = [each for process in processes for each in (*process.children(recursive=True), process)]
        doomed = [each for each in families if each.pid != spared]
        for each in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        for name in names:
            self.started.pop(name).wait()
        deadline = time.monotonic() + SECONDS_TO_END
        while left := [each.pid for each in doomed if lives(each.pid)]:
            assert time.monotonic() < deadline, f"Killed, and still there: {left}"
            time.sleep(0.05)


def _commands(folder: Path, code_port: int, web_port: int) -> dict[str, list[str]]:
    location = {"host": "127.0.0.1", "port": code_port, "location_name": "rentaxis_pipelines"}
    workspace = folder / "workspace.yaml"
    workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": location}]}))
    served = ["--location-name", "rentaxis_pipelines", "--module-name", "rentaxis_pipelines.definitions"]
    server = ["dagster", "code-server", "start", "--host", "127.0.0.1", "--port", str(code_port), *served]
    return {
        CODE: server,
        DAEMON: ["dagster-daemon", "run", "--workspace", str(workspace)],
        WEB: ["rentaxis-sync", "serve", "--port", str(web_port), "--workspace", str(workspace)],
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Services]]:
    """The stack with empty books, and its services; nothing of it outlives the tests."""
    folder = tmp_path_factory.mktemp("site")
    logs = folder / "logs"
    logs.mkdir()
    before, code_port, web_port = dict(os.environ), free_port(), free_port()
    with demo_stack.running(folder=folder, units=46, months=1) as stack, tethered.tether() as tied:
        os.environ.clear()
        os.environ.update(before)
        environment = {**before, **stack.environment, **tied}
        services = Services(logs, environment, _commands(folder, code_port, web_port), code_port)
        for name in (CODE, DAEMON, WEB):
            services.start(name)
        running = Running(stack, f"http://127.0.0.1:{web_port}", logs)
        running.until("the services to be up", lambda: is_up(running))
        try:
            yield running, services
        finally:
            services.stop()


def lives(process: int) -> bool:
    """Whether the process is there, and not only its entry that nobody has taken away."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    return False


def is_up(running: Running) -> bool | None:
    """Whether the front door answers and its code server has the jobs."""
    with contextlib.suppress(OSError, ValueError):  # requests' errors are of both
        found = running.ask(
            launching.ASSETS_OF_JOB,
            {"selector": {"pipelineName": "bulk_sync__demo", **launching.REPOSITORY}},
        )
        return bool(found["assetNodes"]) or None
    return None


def slow_down(running: Running, chosen: Range, seconds: float) -> None:
    """QuickBooks takes so long for each batch of the range."""
    control(running, "faults", {"clear": True})
    rule = {"action": "delay", "operation": "batch", "contains": f"RentAxis expense {chosen.ids}"}
    control(running, "faults", {**rule, "seconds": seconds, "times": 0})


def launched(running: Running, chosen: Range) -> str:
    """The backfill of the range; asked for again while the front door has not found its code server."""

    def accepted() -> str | None:
        with contextlib.suppress(launching.NotAccepted):
            return launch(running, chosen)
        return None

    return running.until("the launch to be accepted", accepted)


def under_way(running: Running, chosen: Range, seconds: float = SLOW) -> tuple[str, int]:
    """A run over the range with ten requests in flight, and its process."""
    add_expenses(running, chosen)
    slow_down(running, chosen, seconds)
    run = run_made(running, launched(running, chosen))["id"]
    running.until("the requests to be in flight", lambda: in_flight(running))
    process = dagster_ui.process_of(running.ask, run)
    assert process is not None
    return run, process


def status(running: Running, run: str) -> str:
    return dagster_ui.run_of(running.ask, run)["status"]


def said(running: Running, run: str) -> str:
    events = running.ask(EVENTS, {"runId": run})["logsForRun"]["events"]
    return "\n".join(event.get("message") or "" for event in events)


@pytest.fixture(scope="module")
def all_killed(site: tuple[Running, Services]) -> dict[str, Any]:
    """Process, code server and daemon are killed together, and started again; the range is launched once more meanwhile."""
    running, services = site
    run, process = under_way(running, ALL_KILLED)
    services.kill(DAEMON, CODE)
    assert not lives(process)
    told: dict[str, Any] = {"left": status(running, run)}
    control(running, "faults", {"clear": True})
    services.start(CODE)
    running.until("the code server to be back", services.has_code_server)
    services.start(DAEMON)  # after it, as systemd starts them
    started_at = time.time()
    following = launched(running, ALL_KILLED)
    told["dead"] = ended(running, run)
    told["seconds"] = told["dead"]["endTime"] - started_at
    told["said"] = said(running, run)
    told["retry"] = retry_of(running, run)
    told["following"] = ended(running, run_made(running, following)["id"])
    print(
        f"A run that died with its code server and the daemon was ended {told['seconds']:.0f} s after the daemon was started."
    )
    return told


def test_a_run_that_died_with_code_server_and_daemon_frees_the_queue(all_killed: Mapping[str, Any]):
    """It was left as started; it ends as failed, with the sentence, as soon as the daemon has looked three times."""
    assert all_killed["left"] == "STARTED"
    assert all_killed["dead"]["status"] == "FAILURE"
    assert all_killed["seconds"] < 300  # two minutes, and a busy machine's time to start; six hours without
    assert GONE in all_killed["said"]


def test_the_next_runs_settle_what_it_left_and_nothing_is_there_twice(
    site: tuple[Running, Services], all_killed: Mapping[str, Any]
):
    """The retry that Dagster starts and the one launched by a person both succeed; each record was created once and stands once."""
    running, _ = site
    assert all_killed["retry"]["status"] == all_killed["following"]["status"] == "SUCCESS"
    assert in_quickbooks(running, ALL_KILLED) == Counter(ALL_KILLED.records)
    created = [record for record, state, _ in rows_of(running, ALL_KILLED) if state == "created"]
    assert Counter(created) == Counter(ALL_KILLED.records)


def click_in_the_desk(running: Running, run: str) -> int:
    """Press "Cancel this run" on the run's page; returns the answer's status."""
    page = f"{running.url}/desk/demo/runs/{run}"
    with requests.Session() as browser:
        (token, *_) = re.findall(r'name="form_token" value="(\w+)"', browser.get(page, timeout=60).text)
        return browser.post(
            f"{page}/cancel", {"form_token": token}, timeout=60, allow_redirects=False
        ).status_code


@pytest.mark.parametrize("place", TERMINATED)
def test_terminate_of_a_dead_run_ends_it_at_once(
    site: tuple[Running, Services], all_killed: Mapping[str, Any], place: str
):
    """The UI and the desk answer, with the code server away, and the range goes through when that is back."""
    running, services = site
    chosen = TERMINATED[place]
    run, _ = under_way(running, chosen)
    services.kill(CODE)
    assert status(running, run) == "STARTED"
    if place == "the desk":
        assert click_in_the_desk(running, run) == 303  # back to the run's page
    else:
        dagster_ui.terminate(running.ask, run)
    assert status(running, run) == "CANCELED"
    assert GONE in said(running, run)
    control(running, "faults", {"clear": True})
    services.start(CODE)
    running.until("the code server to be back", services.has_code_server)
    again = run_made(running, launched(running, chosen))["id"]
    assert ended(running, again)["status"] == "SUCCESS"
    assert in_quickbooks(running, chosen) == Counter(chosen.records)


def test_a_run_of_the_command_line_that_was_killed_is_ended_too(site: tuple[Running, Services]):
    """No code server knows of it; killed, it would hold the company up as well. The next run settles what it left."""
    running, services = site
    add_expenses(running, TYPED)
    slow_down(running, TYPED, SLOW)
    first, last = TYPED.days
    words = f"bulk --from {first} --to {last} --types expenses --confirm-unusual".split()
    process = subprocess.Popen(
        [sys.executable, "-m", "rentaxis_pipelines.cli.main", *words],
        env=dict(services.environment),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        running.until("the requests to be in flight", lambda: in_flight(running))
    finally:
        process.kill()
        process.wait()
    control(running, "faults", {"clear": True})
    (left,) = dagster_ui.unfinished_runs(running.ask)
    assert left["status"] == "STARTED"
    following = launched(running, TYPED)
    assert ended(running, left["id"])["status"] == "FAILURE"
    assert GONE in said(running, left["id"])
    assert ended(running, run_made(running, following)["id"])["status"] == "SUCCESS"
    assert in_quickbooks(running, TYPED) == Counter(TYPED.records)


@pytest.fixture(scope="module")
def orphaned(site: tuple[Running, Services]) -> Mapping[str, Any]:
    """The code location is reloaded, then the code server that has the run is killed: the run's process lives on."""
    running, services = site
    run, process = under_way(running, ORPHANED, VERY_SLOW)
    answer = running.ask(RELOAD, {"name": "rentaxis_pipelines"})
    assert answer["reloadRepositoryLocation"]["__typename"] == "WorkspaceLocationEntry"
    services.kill(CODE, spared=process)
    looked = services.looks_at(run)
    services.start(CODE)
    running.until("the monitor to look", lambda: services.looks_at(run) >= looked + LOOKS or None)
    told: dict[str, Any] = {"later": status(running, run), "lives": lives(process)}
    dagster_ui.terminate(running.ask, run)
    told["terminated"] = ended(running, run)
    told["said"] = said(running, run)
    control(running, "faults", {"clear": True})
    told["rows"] = Counter((state, reason) for _, state, reason in rows_of(running, ORPHANED, run))
    told["in_quickbooks"] = in_quickbooks(running, ORPHANED)
    return told


def test_a_run_that_outlived_its_code_server_goes_on_and_can_be_stopped(orphaned: Mapping[str, Any]):
    """A live run is never declared dead; a click on Terminate reaches it all the same, and it finishes what is being sent."""
    assert orphaned["later"] == "STARTED"
    assert orphaned["lives"]
    assert orphaned["terminated"]["status"] == "CANCELED"
    assert "finishes what is being sent first" in orphaned["said"]
    created = orphaned["rows"]["created", None]
    assert created >= IN_FLIGHT * BATCH
    assert created + orphaned["rows"]["failed", "not_reached"] == ROWS
    assert set(orphaned["in_quickbooks"].values()) == {1}
    assert len(orphaned["in_quickbooks"]) == created
