"""How long the server takes for each page of the desk, with 100,000 records that need attention and a run of a million rows, and a
proof of a million records.

The desk is served as ``rentaxis-sync serve`` does, over the demo company's real jobs; each page is asked for many times, one after another,
and timed from the request's arrival to the last byte of the answer.

Here: the pages and their figures. Not here: the rows they are about (``desk_rows``).
"""

import contextlib
import math
import os
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import requests
from pydantic import SecretStr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rentaxis_pipelines.settings import load_scope
from rentaxis_pipelines.settings.web import WebSettings
from rentaxis_pipelines.web.application import front_door
from rentaxis_pipelines.web.dagster_ui import dagster_application
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.desk.launching import DagsterCalls
from rentaxis_pipelines.web.door import Door
from rentaxis_pipelines.web.serve import listening, server_of, workspace_context
from rentaxis_pipelines_bench import desk_proof
from rentaxis_pipelines_bench.desk_rows import BIG_PLAN, BIG_RUN, fill
from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.measured_company import MeasuredCompany, opened

GROUP = "Pages of the desk"
TARGET = 300.0  # milliseconds, 95th percentile
TIMES = 40
HOME = "/desk/demo"
WORKSPACE = (
    "load_from:\n  - python_module: {module_name: rentaxis_pipelines.definitions, location_name: bench}\n"
)
# Each with what a person does there.
PAGES = {
    "home": "",
    "sync": "/sync",
    "needs attention": "/attention",
    "runs": "/runs",
    "a run": f"/runs/{BIG_RUN}",
    "a run, failed rows": f"/runs/{BIG_RUN}?status=failed",
    "a run, rows by day": f"/runs/{BIG_RUN}?sort=day",
    "a run, rows by record, in the middle": f"/runs/{BIG_RUN}?sort=record&after=invoice:10500000",
    "a run, rows by record, from the end": f"/runs/{BIG_RUN}?sort=record&back=yes",
    "a run, failed for one reason": f"/runs/{BIG_RUN}?reason=rejected&sort=day",
    "a run, how far it is": f"/runs/{BIG_RUN}/progress",
    "a run, one record by its number": f"/runs/{BIG_RUN}?q=BENCH-777777",
    "plans": "/plans",
    "a plan": f"/plans/{BIG_PLAN}",
    "a plan, far behind": f"/plans/{BIG_PLAN}?after=90000",
    "a plan, one type": f"/plans/{BIG_PLAN}?type=invoices&doing=create",
    "a plan, one record by its number": f"/plans/{BIG_PLAN}?text=PLAN-77777",
    "changed in QuickBooks": "/drift",
    "find a number": "/find?q=BENCH-777777",
    "find an amount": "/find?q=1234.50",
    "find nothing": "/find?q=nobody-is-called-this",
    "a record": "/records/invoice/1",
    "decisions": "/decisions",
    "set-up": "/setup",
    "mappings": "/setup/mappings",
    "mappings of accounts": "/setup/mappings?section=expense_accounts",
    "policies": "/setup/policies",
    "automation": "/setup/automation",
    "notices": "/setup/notices",
    "versions of the settings": "/setup/versions",
}


class Timed:
    """An application that notes how long it took for each request."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self.taken: list[float] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on; the clock stops at the last byte."""
        started = time.perf_counter()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.taken.append((time.perf_counter() - started) * 1_000)
            await send(message)

        await self._application(scope, receive, sending)


def measure(open_rows: int = 100_000, rows: int = 1_000_000) -> list[Figure]:
    """Milliseconds, 95th percentile of each page; and the slowest page."""
    with opened(60) as measured:
        fill(measured, open_rows, rows)
        desk_proof.fill(measured, rows)
        with _served(measured) as (url, timed):
            cause = next(iter(_causes(url)), "/attention/none")
            of_proof = desk_proof.pages(lambda path: requests.get(url + HOME + path, timeout=120).text)
            pages = {**PAGES, **of_proof, "a cause": cause, "a cause, page 200": f"{cause}?page=200"}
            return [_figure(name, url, HOME + path, timed) for name, path in pages.items()]


def _causes(url: str) -> list[str]:
    """The addresses of the groups on the page of what needs attention."""
    shown = requests.get(f"{url}{HOME}/attention", timeout=120).text
    found = [part.split('"')[0].split("?")[0] for part in shown.split(f'href="{HOME}')[1:]]
    return list(dict.fromkeys(path for path in found if path.startswith("/attention/")))


def _figure(name: str, url: str, path: str, timed: Timed) -> Figure:
    answer = requests.get(url + path, timeout=120)
    if answer.status_code != 200:
        return Figure(group=GROUP, name=name, value=None, met=False, note=f"answered {answer.status_code}")
    timed.taken.clear()
    for _ in range(TIMES):
        requests.get(url + path, timeout=120)
    taken = sorted(timed.taken)
    nearly_all = taken[math.ceil(0.95 * len(taken)) - 1]
    return Figure(
        group=GROUP, name=name, value=nearly_all, unit="ms", target=f"{TARGET:.0f}", met=nearly_all < TARGET,
        note=f"95th percentile of {len(taken)}; median {taken[len(taken) // 2]:.0f} ms, {len(answer.content) // 1000} kB",
    )  # fmt: skip


@contextlib.contextmanager
def _served(measured: MeasuredCompany) -> Iterator[tuple[str, Timed]]:
    with tempfile.TemporaryDirectory() as folder, _environment(measured, Path(folder)):
        home = Path(folder)
        (home / "dagster.yaml").write_text(
            "telemetry: {enabled: false}\ncode_servers: {wait_for_local_processes_on_shutdown: true}\n"
        )
        (home / "workspace.yaml").write_text(WORKSPACE)
        with workspace_context([home / "workspace.yaml"]) as context, listening("127.0.0.1", 0) as listener:
            scope = load_scope()
            port = listener.getsockname()[1]
            door = Door.on(port, WebSettings(pipelines_secret_key=SecretStr("measured")))
            desk = Desk(door, DagsterCalls(dagster_application(context), context.instance), lambda: [scope])
            timed = Timed(front_door(desk))
            server = server_of(timed)
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            try:
                while not server.started:
                    time.sleep(0.05)
                yield f"http://127.0.0.1:{port}", timed
            finally:
                server.should_exit = True
                thread.join(30)


@contextlib.contextmanager
def _environment(measured: MeasuredCompany, home: Path) -> Generator[None]:
    """The variables that connect the company, for as long as it is served."""
    before = dict(os.environ)
    for name, value in measured.environment:
        shown = value.get_secret_value() if isinstance(value, SecretStr) else value
        if shown is not None:
            os.environ[name.upper()] = str(shown)
    os.environ["DAGSTER_HOME"] = str(home)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
