"""The whole stack for the end-to-end tests: Postgres, RentAxis, QuickBooks server, Dagster's webserver and daemon.

Started once for all of them. The tests of this folder stay together in one pytest-xdist worker, so there is one stack, not one a
worker. The environment that connects the stack is this process's own only while the parts start; afterwards other tests find theirs
untouched, and commands get it handed in.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from rentaxis_pipelines.demo import services
from rentaxis_pipelines.demo import stack as demo_stack
from rentaxis_pipelines.settings.shipped import ROOT

HERE = Path(__file__).parent
LAST_LINES = 60  # of a log, when something went wrong
SECONDS_TO_END = 120
LONGEST = 600.0  # seconds that anything is waited for: the machine may be busy


@pytest.hookimpl(tryfirst=True)  # before -m e2e is looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is end to end."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)


@dataclass(frozen=True)
class Running:
    """The running stack with Dagster's services. ``url`` is the Dagster UI's address."""

    stack: demo_stack.Stack
    url: str
    logs: Path

    def ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a GraphQL call, as the UI makes it. Fails the test if the call itself fails."""
        answer = requests.post(
            f"{self.url}/graphql", json={"query": query, "variables": dict(variables)}, timeout=LONGEST
        )
        content = answer.json()
        if not answer.ok or content.get("errors"):
            self.fail(f"GraphQL call failed ({answer.status_code}): {json.dumps(content, indent=1)}")
        return content["data"]

    def until(self, what: str, look: Callable[[], Any], longest: float = LONGEST) -> Any:
        """The first result of ``look`` that is not None; fails with the services' last words when time is up."""
        deadline = time.monotonic() + longest
        while (found := look()) is None:
            if time.monotonic() > deadline:
                self.fail(f"After {longest:.0f} s still waiting for {what}.")
            time.sleep(0.3)
        return found

    def sync(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What ``rentaxis-sync`` says and how it ends, on this stack."""
        return subprocess.run(
            [sys.executable, "-m", "rentaxis_pipelines.cli.main", *words],
            env={**os.environ, **self.stack.environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )

    def objects(self, entity: str, realm: str | None = None) -> dict[str, dict[str, Any]]:
        """Every object of a QuickBooks company (by default the first), by id, as the server stores them."""
        asked = {"entity": entity, **({"realm": realm} if realm else {})}
        answer = requests.get(f"{self.stack.quickbooks.control_url}/objects", asked, timeout=30)
        answer.raise_for_status()
        return {one["Id"]: one for one in json.loads(answer.text, parse_float=Decimal)}

    def fail(self, why: str) -> None:
        """Fail the test, showing the last lines of every service's log."""
        words = [why]
        for log in sorted(self.logs.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
            words += [f"--- last lines of {log.name}", *lines]
        pytest.fail("\n".join(words), pytrace=False)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The stack, as ``make up`` starts it, with empty books. Nothing of it may be left when the session ends."""
    folder = tmp_path_factory.mktemp("stack")
    with started(demo_stack.running(folder=folder), folder) as parts:
        yield parts


@contextlib.contextmanager
def started(
    stack: contextlib.AbstractContextManager[demo_stack.Stack],
    folder: Path,
    *,
    code_server: bool = False,
    before_services: Callable[[], object] = lambda: None,
) -> Iterator[Running]:
    """The stack, whose data is in the folder, with Dagster's services on it. Nothing of it may be left at the end of the block."""
    logs = folder / "logs"
    before = dict(os.environ)
    try:
        with stack as parts:
            before_services()
            with services.dagster_services(logs, code_server=code_server) as url:
                _restore(before)
                yield Running(parts, url, logs)
    finally:
        _restore(before)
    left = _processes_of(folder)
    _gone, alive = psutil.wait_procs(left, timeout=SECONDS_TO_END)
    assert not alive, f"Processes outlived their services: {[_described(process) for process in alive]}"


def _restore(environment: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)


def _processes_of(folder: Path) -> list[psutil.Process]:
    """Processes that were started with this stack's DAGSTER_HOME."""
    home = str(folder / "dagster")
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("DAGSTER_HOME") == home:
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def _described(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {process.status()} {' '.join(process.cmdline())[:120]}"
    except psutil.NoSuchProcess:
        return str(process.pid)
