"""Dagster's real web application over a small code location, started once; and doors in front of it, each on a port of its own.

Runs stay queued: no daemon runs here, so what was launched can be looked at and nothing is carried out.
"""

import contextlib
import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from dagster import DagsterInstance
from pydantic import SecretStr
from starlette.types import ASGIApp

from rentaxis_pipelines.settings import Scope, Variables
from rentaxis_pipelines.settings.company import Company
from rentaxis_pipelines.settings.scope_cache import ScopeCache
from rentaxis_pipelines.settings.web import WebSettings
from rentaxis_pipelines.web.application import front_door
from rentaxis_pipelines.web.dagster_ui import dagster_application
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.desk.launching import DagsterCalls
from rentaxis_pipelines.web.door import Door
from rentaxis_pipelines.web.passwords import SlowedDown, hashed
from rentaxis_pipelines.web.people import Role
from rentaxis_pipelines.web.serve import listening, server_of, workspace_context
from rentaxis_pipelines.web.users import UsersFile, new_user

PASSWORD = "correct horse battery"
PEOPLE = {"vera": Role.viewer, "oscar": Role.operator, "ann": Role.approver}
JSON = {"content-type": "application/json"}
AS_PAGE = {"accept": "text/html,*/*"}

DEFINITIONS = """
import dagster as dg

DAYS = dg.DailyPartitionsDefinition("2026-10-01", end_date="2026-10-08")

@dg.asset(partitions_def=DAYS)
def results_of_day(): return None

@dg.asset(key=["elm", "sync_results"], partitions_def=DAYS)
def of_elm(): return None

@dg.asset(key=["birch", "sync_results"], partitions_def=DAYS)
def of_birch(): return None

@dg.op
def nothing(): return None

@dg.job(tags={"requested_by": "the definitions"})
def push(): nothing()

@dg.job(name="push_approved__elm")
def push_approved(): nothing()

@dg.job(name="undo_run__elm")
def undo_run(): nothing()

defs = dg.Definitions(
    assets=[results_of_day, of_elm, of_birch],
    jobs=[
        push,
        push_approved,
        undo_run,
        dg.define_asset_job("days", selection=["results_of_day"]),
        dg.define_asset_job("bulk_sync__elm", selection=[dg.AssetKey(["elm", "sync_results"])]),
    ],
)
"""
COMPANIES = [
    Scope(
        Company(slug=slug, time_zone="America/New_York", first_day=dt.date(2026, 10, 1)),
        Variables(fixed={"QUICKBOOKS_REALM_ID": realm}),
    )
    for slug, realm in (("elm", "111"), ("birch", "222"))
]
REPOSITORY = {"repositoryLocationName": "small", "repositoryName": "__repository__"}


@dataclass(frozen=True)
class Dagster:
    """Dagster's application, not yet guarded, and the instance behind it."""

    application: ASGIApp
    instance: DagsterInstance

    def counts(self) -> tuple[int, int]:
        """Runs and backfills there are."""
        return self.instance.get_runs_count(), len(self.instance.get_backfills())

    def newest_tags(self) -> dict[str, str]:
        """The tags of the run launched last."""
        return dict(self.instance.get_runs(limit=1)[0].tags)


@pytest.fixture(scope="session")
def dagster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dagster]:
    folder = tmp_path_factory.mktemp("dagster")
    (folder / "home").mkdir()
    (folder / "home" / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\nnux: {enabled: false}\ncode_servers: {wait_for_local_processes_on_shutdown: true}\n"
    )
    (folder / "small.py").write_text(DEFINITIONS)
    (folder / "workspace.yaml").write_text(
        "load_from:\n  - python_file: {relative_path: small.py, location_name: small}\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(folder / "home"))
        with workspace_context([folder / "workspace.yaml"]) as context:
            yield Dagster(dagster_application(context, lambda: COMPANIES), context.instance)


@dataclass
class Clock:
    """A clock that stands still until it is moved on. Begins at the real time."""

    at: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.at


@dataclass
class Served:
    """A door that is served. ``url`` is where."""

    door: Door
    url: str
    clock: Clock
    users: UsersFile | None

    def signed_in(self, name: str, password: str = PASSWORD) -> requests.Session:
        """A browser in which somebody has signed in."""
        browser = requests.Session()
        answer = self.sign_in(browser, name, password)
        assert answer.status_code == 303, answer.text
        return browser

    def sign_in(self, browser: requests.Session, name: str, password: str, **form: str) -> requests.Response:
        """Opens the form, fills it in, sends it."""
        shown = browser.get(f"{self.url}/sign-in", timeout=30)
        token = shown.text.split('name="form_token" value="')[1].split('"')[0]
        values = {"user": name, "password": password, "form_token": token, **form}
        return browser.post(f"{self.url}/sign-in", values, allow_redirects=False, timeout=30)

    def ask(self, browser: requests.Session, query: str, variables: Any = None) -> requests.Response:
        """A GraphQL request as the UI makes it."""
        body = json.dumps({"query": query, "variables": variables})
        headers = {**JSON, "origin": self.url, "sec-fetch-site": "same-origin"}
        return browser.post(f"{self.url}/graphql", body, headers=headers, timeout=60)


Serve = Callable[..., contextlib.AbstractContextManager[Served]]


@contextlib.contextmanager
def running(application: Callable[[int], ASGIApp]) -> Iterator[int]:
    """An HTTP server in a thread of this process, on a free port of this machine."""
    with listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        server = server_of(application(port))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            _wait_for(server, thread)
            yield port
        finally:
            server.should_exit = True
            thread.join(30)


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    while not server.started:
        assert thread.is_alive(), "the server ended while starting"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def serve(dagster: Dagster) -> Serve:
    """Serves Dagster behind a door with these settings."""

    @contextlib.contextmanager
    def serving(users: Path | None = None, **values: Any) -> Iterator[Served]:
        clock, doors = Clock(), []
        settings = WebSettings(web_users_file=users, pipelines_secret_key=SecretStr("a key"), **values)

        def application(port: int) -> ASGIApp:
            doors.append(Door.on(port, settings, clock))
            calls = DagsterCalls(dagster.application, dagster.instance)
            return front_door(Desk(doors[0], calls, ScopeCache()))

        with running(application) as port:
            yield Served(doors[0], f"http://127.0.0.1:{port}", clock, UsersFile(users) if users else None)

    return serving


def write_users(path: Path, *, passwords: bool = True) -> Path:
    """A users file with a viewer, an operator and an approver, all with the same password."""
    kept = hashed(PASSWORD) if passwords else ""
    with UsersFile(path).changing() as entries:
        for name, role in PEOPLE.items():
            entries[name] = new_user(name, role, kept)
    return path


@pytest.fixture(scope="session")
def with_passwords(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """People sign in with passwords. The users file is as written after each test that changes it by ``changed_users``."""
    users = write_users(tmp_path_factory.mktemp("users") / "users.yaml")
    with serve(users, web_sign_in="passwords") as served:
        yield served


@pytest.fixture(scope="session")
def browsers(with_passwords: Served, without_sign_in: Served) -> dict[str, tuple[Served, requests.Session]]:
    """A browser for each kind of person, signed in where they sign in. Not for tests that sign out or change the users."""
    signed_in = {role.name: (with_passwords, with_passwords.signed_in(name)) for name, role in PEOPLE.items()}
    return {
        "here": (without_sign_in, requests.Session()),
        "stranger": (with_passwords, requests.Session()),
        **signed_in,
    }


@pytest.fixture(scope="session")
def without_sign_in(serve: Serve) -> Iterator[Served]:
    """On this machine alone."""
    with serve() as served:
        yield served


@pytest.fixture
def changed_users(with_passwords: Served) -> Iterator[Path]:
    """The users file, for a test to change; written back afterwards. The clock goes back, and wrong passwords are forgotten."""
    path = with_passwords.door.settings.web_users_file
    assert path is not None
    text, at = path.read_text(), with_passwords.clock.at
    yield path
    path.write_text(text)
    with_passwords.clock.at = at
    with_passwords.door.slowed_down = SlowedDown(with_passwords.clock)
