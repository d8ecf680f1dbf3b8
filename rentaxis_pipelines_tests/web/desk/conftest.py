"""The desk of the demo company: our front door over Dagster's real web application with the company's real jobs, a real ledger, the
demo portfolio in RentAxis, the emulated QuickBooks.

Runs stay queued: no daemon runs here, so what was launched can be looked at. What a run does, the chain does (``office.chain``).
"""

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import requests
from pydantic import SecretStr
from starlette.types import ASGIApp

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.settings import Scope, load_company
from rentaxis_pipelines.settings.web import WebSettings
from rentaxis_pipelines.web.application import front_door
from rentaxis_pipelines.web.dagster_ui import dagster_application
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.desk.launching import DagsterCalls
from rentaxis_pipelines.web.desk.rate import RateLimit
from rentaxis_pipelines.web.door import Door
from rentaxis_pipelines.web.serve import workspace_context
from rentaxis_pipelines_tests.support.chain import COMPANY_FILE, Chain, connected
from rentaxis_pipelines_tests.web.conftest import Clock, running, write_users

NOW = dt.datetime(2026, 11, 3, 17, tzinfo=dt.UTC)  # last month is October 2026, the last one of the portfolio
SLUG = "demo"
HOME = f"/desk/{SLUG}"
WORKSPACE = "load_from:\n  - python_module: {module_name: rentaxis_pipelines.definitions, location_name: rentaxis_pipelines}\n"


@dataclass
class Office:
    """The desk of one company, and people at it: vera (viewer), oscar (operator), ann (approver)."""

    chain: Chain
    url: str
    instance: dg.DagsterInstance
    clock: Clock

    def get(self, path: str = "", who: str = "ann", **query: Any) -> requests.Response:
        """A page of the company; ``path`` begins with a slash."""
        return requests.get(
            self.url + HOME + path, query, headers=_as(who), timeout=60, allow_redirects=False
        )

    def post(
        self, path: str, who: str = "ann", form_on: str | None = None, **fields: Any
    ) -> requests.Response:
        """An action. ``form_on``: the page whose form it is, by default the page at the same address."""
        with requests.Session() as browser:
            browser.headers.update(_as(who))
            shown = browser.get(self.url + HOME + (path if form_on is None else form_on), timeout=60)
            tokens = re.findall(r'name="form_token" value="(\w+)"', shown.text)
            sent = {"form_token": tokens[0] if tokens else "none", **fields}
            return browser.post(self.url + HOME + path, sent, timeout=60, allow_redirects=False)

    def graphql(self, query: str, variables: dict[str, Any], who: str = "oscar") -> dict[str, Any]:
        """What Dagster's own page does. Fails the test if it is refused."""
        sent = {"query": query, "variables": variables}
        answer = requests.post(f"{self.url}/graphql", json=sent, headers=_as(who), timeout=60)
        assert answer.ok, answer.text
        return answer.json()["data"]

    def follow(self, answer: requests.Response, who: str = "ann") -> requests.Response:
        """The page that an action leads to, with what it said."""
        assert answer.status_code == 303, words(answer)
        return requests.get(
            self.url + answer.headers["location"],
            headers=_as(who),
            cookies=answer.cookies,
            timeout=60,
            allow_redirects=False,
        )

    def launched(self) -> dg.DagsterRun:
        """The run launched last."""
        return self.instance.get_runs(limit=1)[0]


def words(answer: requests.Response) -> str:
    """What a person reads on the page, in one line."""
    body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", answer.text)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def _as(who: str) -> dict[str, str]:
    return {"x-forwarded-email": who}


@pytest.fixture(scope="session")
def company_dagster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterCalls]:
    """Dagster's application with the demo company's jobs."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "home").mkdir()
    (folder / "home" / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\nnux: {enabled: false}\ncode_servers: {wait_for_local_processes_on_shutdown: true}\n"
    )
    (folder / "workspace.yaml").write_text(WORKSPACE)
    with contextlib.ExitStack() as running_dagster:
        # The variables are this fixture's own only while Dagster starts: other tests of the same process find theirs untouched.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DAGSTER_HOME", str(folder / "home"))
            patch.setenv("RENTAXIS_COMPANY_FILE", str(COMPANY_FILE))
            context = running_dagster.enter_context(workspace_context([folder / "workspace.yaml"]))
        yield DagsterCalls(dagster_application(context), context.instance)


@pytest.fixture(scope="session")
def desk_url(
    company_dagster: DagsterCalls, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Clock, Desk]]:
    """Where the desk is served, its clock, and itself. Its company is connected by the variables of each test (``office``)."""
    users = write_users(tmp_path_factory.mktemp("people") / "users.yaml", passwords=False)
    clock = Clock(NOW.timestamp())
    settings = WebSettings(
        web_sign_in="proxy",
        web_users_file=users,
        web_trusted_proxies="127.0.0.1",
        pipelines_secret_key=SecretStr("a key"),
    )
    scope = Scope(load_company(COMPANY_FILE))
    desks: list[Desk] = []

    def application(port: int) -> ASGIApp:
        desks.append(Desk(Door.on(port, settings, clock), company_dagster, lambda: [scope]))
        return front_door(desks[0])

    with running(application) as port:
        yield f"http://127.0.0.1:{port}", clock, desks[0]


@pytest.fixture
def chain(rentaxis_database: str, ledger_database: str, quickbooks: Emulator) -> Iterator[Chain]:
    """The demo portfolio (May to October 2026) before anything of it was pushed."""
    with connected(rentaxis_database, ledger_database, quickbooks) as made:
        yield made


@pytest.fixture
def office(
    chain: Chain,
    desk_url: tuple[str, Clock, Desk],
    company_dagster: DagsterCalls,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Office]:
    """The demo company at its desk, nothing pushed yet. Its company file is a copy that a test may change."""
    url, clock, desk = desk_url
    desk.rate = RateLimit(clock)  # the clock stands still: what tests before this one did would count
    file = tmp_path / "company.yaml"
    file.write_text(COMPANY_FILE.read_text())
    for name, value in chain.environment:
        shown = value.get_secret_value() if isinstance(value, SecretStr) else value
        if shown is not None:
            monkeypatch.setenv(name.upper(), str(shown))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(file))
    before = clock.at
    yield Office(chain, url, company_dagster.instance, clock)
    clock.at = before
    for run in company_dagster.instance.get_runs():  # Dagster is shared by all tests
        company_dagster.instance.delete_run(run.run_id)
