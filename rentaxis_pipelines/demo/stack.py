"""The whole stack on one machine: Postgres, a RentAxis database, a QuickBooks server, Dagster's home.

Here: starting and stopping the parts and the environment that connects them. Not here: the parts themselves, and what is run on them (``cli``).
"""

import contextlib
import fcntl
import functools
import json
import os
import shutil
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from cryptography.fernet import Fernet

from quickbooks_emulator import server as emulator
from rentaxis_pipelines.demo import companies, portfolio, postgres, shell, tethered
from rentaxis_pipelines.demo.papers import write_files
from rentaxis_pipelines.demo.portfolio import NO_OTHERS, SmallOnes
from rentaxis_pipelines.ledger.database import migrate
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.quickbooks.tokens import Token
from rentaxis_pipelines.safety.private_files import close_to_others, private_folder, written_privately
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.settings.companies import scopes_from_environment
from rentaxis_pipelines.settings.shipped import DAGSTER_FILE, state_folder
from rentaxis_pipelines.sync.session import token_store

STATE = state_folder()
COMPANY_FILE, WHOLE_BOOKS_FILE = companies.DEMO_COMPANY_FILE, companies.WHOLE_BOOKS_FILE
_COMPANY_COPY = "company.yaml"
_PAPERS = "papers"
COMPANIES = "companies"  # the folder of companies, where there are several
ORGANIZATION = "1"


@dataclass(frozen=True)
class Stack:
    """A running stack. ``environment``: the variables that connect the pipelines to it, already set in this process."""

    postgres: postgres.Server
    quickbooks: emulator.Emulator
    environment: dict[str, str]

    @property
    def rentaxis_url(self) -> str:
        return self.postgres.url("rentaxis")

    @property
    def pipelines_url(self) -> str:
        return self.postgres.url("pipelines")

    def quickbooks_counts(self, realm: str) -> dict[str, Any]:
        """What the QuickBooks company contains and how often it was called, by the server's own count."""
        url = f"{self.quickbooks.base_url}/_emulator/counts"
        return requests.get(url, {"realm": realm}, timeout=10).json()


@contextlib.contextmanager
def running(
    folder: Path = STATE / "demo",
    *,
    units: int = 60,
    months: int = 6,
    seed: int = portfolio.SEED,
    fresh: bool = True,
    durable: bool = False,
    small: SmallOnes = NO_OTHERS,
    company_file: Path = COMPANY_FILE,
) -> Generator[Stack]:
    """The stack, with its data in ``folder``; ``fresh`` recreates every database. Stops at the end of the block.

    ``durable``: every commit is on disk, as in production; the demo does not need it. ``small``: companies beside the demo's own; then
    each has a folder among the companies, else the environment describes the only one. ``company_file``: the settings of that only one.
    Raises CannotLaunch if another stack is running on the same data.
    """
    with _alone(folder), tethered.tether(folder / "postgres"):
        server = postgres.start(folder / "postgres", durable=durable)
        try:
            state_file = folder / "quickbooks.state"
            if fresh or not server.has_database("rentaxis"):
                portfolio.create_demo_database(server, units=units, months=months, seed=seed, small=small)
                for name in ("pipelines", "dagster"):
                    server.drop_database(name)
                    server.create_database(name)
                state_file.unlink(missing_ok=True)
            with (
                emulator.start(
                    seed="demo",
                    state_file=None if fresh else state_file,
                    companies=[{"realm": company.realm} for company in small.companies],
                ) as quickbooks,
                _opened_by_browsers(folder / "results") as results_url,
            ):
                environment = _environment(folder, server, quickbooks, results_url)
                _copy_company_file(company_file, folder, fresh=fresh)
                if small.companies:
                    environment = _environment_of_many(folder, environment, small, fresh=fresh)
                os.environ.update(environment)
                _prepare(folder, server.url("pipelines"))
                _sign_in_all(quickbooks)
                with shell.kept(folder, environment):
                    yield Stack(server, quickbooks, environment)
        finally:
            server.stop()


@contextlib.contextmanager
def _alone(folder: Path) -> Generator[None]:
    """Locks the folder until this process ends, however it ends."""
    try:
        close_to_others(private_folder(folder))
        in_use = (folder / shell.IN_USE).open("w")
    except OSError as error:
        raise CannotLaunch(
            f"A demo stack keeps its data in {folder}, which cannot be written ({error.strerror}). Run it from your own checkout."
        ) from error
    with in_use as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotLaunch(
                f"A demo stack is already running on {folder}. Stop that one first."
            ) from error
        yield


@contextlib.contextmanager
def _opened_by_browsers(folder: Path) -> Generator[str]:
    """The files of the folder over HTTP, on this machine only, as a company's file server would offer them; yields the address."""
    close_to_others(private_folder(folder))

    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def connections(
    rentaxis_url: str, pipelines_url: str, quickbooks: emulator.Emulator, key: str
) -> dict[str, str]:
    """The variables of a company whose QuickBooks is the emulated one; all but RENTAXIS_COMPANY_FILE."""
    return {
        "RENTAXIS_DATABASE_URL": rentaxis_url,
        "PIPELINES_DATABASE_URL": pipelines_url,
        "QUICKBOOKS_BASE_URL": quickbooks.base_url,
        "QUICKBOOKS_AUTH_BASE_URL": quickbooks.auth_base_url,
        "QUICKBOOKS_REALM_ID": quickbooks.realm_id,
        "QUICKBOOKS_CLIENT_ID": quickbooks.client_id,
        "QUICKBOOKS_CLIENT_SECRET": quickbooks.client_secret,
        "QUICKBOOKS_LIMITS": "off",  # the emulator enforces none unless asked to
        "PIPELINES_SECRET_KEY": key,
        "RENTAXIS_ORGANIZATION_ID": ORGANIZATION,
    }


def _sign_in_all(quickbooks: emulator.Emulator) -> None:
    for scope in scopes_from_environment():
        environment = scope.environment
        first = environment.quickbooks_realm_id == quickbooks.realm_id
        sign_in(environment, quickbooks if first else quickbooks.company(environment.quickbooks_realm_id))


def sign_in(environment: Environment, quickbooks: emulator.Emulator | emulator.Door) -> None:
    """The connection that a person makes on Intuit's pages, unless there is one."""
    with token_store(environment).locked() as held:
        if held.load() is None:
            # Expired on purpose: the first call exchanges the refresh token for an access token, as in real life.
            held.save(Token("none yet", quickbooks.refresh_token, time.time() - 1, quickbooks.realm_id))


def _environment(
    folder: Path, server: postgres.Server, quickbooks: emulator.Emulator, results_url: str
) -> dict[str, str]:
    return {
        **connections(server.url("rentaxis"), server.url("pipelines"), quickbooks, _key(folder)),
        "RENTAXIS_COMPANY_FILE": str(folder / _COMPANY_COPY),
        "PIPELINES_RESULTS_FOLDER": str(folder / "results"),
        "PIPELINES_RESULTS_URL": results_url,
        "DAGSTER_HOME": str(folder / "dagster"),
        "DAGSTER_PG_HOST": server.hostname,
        "DAGSTER_PG_PORT": str(server.port),
        "DAGSTER_PG_USERNAME": server.username,
        "DAGSTER_PG_PASSWORD": server.password,
        "DAGSTER_PG_DB": "dagster",
        "WEB_SIGN_IN": "none",  # the demo's UI is for this machine only
        "WEB_PUBLIC_URL": "",
        "RENTAXIS_COMPANIES_FOLDER": "",
        # Events are written a thousand at a time; a range of days has thousands.
        "DAGSTER_EVENT_BATCH_SIZE": "1000",
    }


def _environment_of_many(
    folder: Path, environment: dict[str, str], small: SmallOnes, *, fresh: bool
) -> dict[str, str]:
    """The variables that all companies share; each has a folder from now on. Raises CannotLaunch for companies of which there are no records."""
    home = folder / COMPANIES
    if fresh:
        shutil.rmtree(home, ignore_errors=True)
    url, realm = environment["RENTAXIS_DATABASE_URL"], environment["QUICKBOOKS_REALM_ID"]
    companies.write_companies(home, ORGANIZATION, realm, url, small.companies)
    return companies.shared_variables(environment, home)


def _copy_company_file(file: Path, folder: Path, *, fresh: bool) -> None:
    """The stack's own copy, since people change settings in the desk; kept from one start to the next, as the ledger is."""
    write_files(folder / _PAPERS)
    if fresh or not (folder / _COMPANY_COPY).exists():
        settings = file.read_text(encoding="utf-8")
        where = json.dumps(str(folder / _PAPERS))  # quoted as YAML quotes too
        (folder / _COMPANY_COPY).write_text(f"{settings}\npapers_folder: {where}\n", encoding="utf-8")


def _key(folder: Path) -> str:
    """A key for this stack's token, created once."""
    path = folder / "secret.key"
    if not path.exists():
        with written_privately(path) as beside:
            beside.write_text(Fernet.generate_key().decode())
    return path.read_text()


def _prepare(folder: Path, pipelines_url: str) -> None:
    home = folder / "dagster"
    close_to_others(private_folder(home))
    shutil.copyfile(DAGSTER_FILE, home / "dagster.yaml")
    migrate(pipelines_url)
