"""What every test may ask for: a real Postgres, an empty database, a ledger, a database with the demo portfolio, an emulated QuickBooks.

One server serves the whole session, under pytest-xdist too: the controller names the folder, the first test
that needs the server starts it, all workers join it, the controller stops it and removes the folder.
"""

import contextlib
import functools
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import portfolio
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.ledger.database import engine, migrate
from rentaxis_pipelines_tests.support.quickbooks import as_new, started

FOLDER_PREFIX = "rentaxis-tests-"
FOLDER = pytest.StashKey[Path]()
EMPTY_TEMPLATE = "template0"
RENTAXIS_TEMPLATE = "rentaxis_small_portfolio"
LEDGER_TEMPLATE = "ledger_without_rows"

# An example may take as long as a busy machine needs: no property is a measurement.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", None)
    if worker:
        config.stash[FOLDER] = Path(worker["postgres_folder"])
    else:
        _remove_what_killed_sessions_left()
        config.stash[FOLDER] = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:  # a worker of pytest-xdist is about to start
    node.workerinput["postgres_folder"] = str(node.config.stash[FOLDER])


# What takes longest begins first, so that no worker is left alone with it at the end; the rest follows as it was collected.
LONGEST_FIRST = (
    "e2e",
    "crash/test_crash.py",
    "production/test_production_walk.py",
    "production/test_containers.py",
    "crash/test_restored.py",
    "production/test_wheel.py",
    "reports",
    "books/test_a_year_of_the_portfolio.py",
    "books/test_any_portfolio.py",
    "orchestration/assets",
    "books",
    "orchestration",
    "sync",
    "web",
    "cli",
)


def work_unit(nodeid: str) -> str:
    """What one worker runs as a whole: a folder whose tests share a running stack, or else a file, whose tests share what it builds."""
    file = nodeid.partition("::")[0]
    shared = (folder for folder in ("e2e", "web/desk", "web", "reports") if f"/{folder}/" in file)
    return next(shared, file)


def _rank(item: pytest.Item) -> int:
    path = item.nodeid.partition("/")[2]
    return next((at for at, long in enumerate(LONGEST_FIRST) if path.startswith(long)), len(LONGEST_FIRST))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=_rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):  # how tests are dealt out to the workers
    """Work unit by work unit to whoever is free, in the order of the collection.

    pytest-xdist's own groups (3.8) do nothing under pytest 9.2, where a test's id can no longer be changed.
    """
    from xdist.scheduler import LoadScopeScheduling

    class WorkUnits(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return work_unit(nodeid)

    config.option.loadscopereorder = False
    return WorkUnits(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and FOLDER in config.stash:
        _remove(config.stash[FOLDER])


def _remove(folder: Path) -> None:
    server = embedded.join(folder)
    if server:
        server.stop()
    shutil.rmtree(folder)


def _remove_what_killed_sessions_left() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        owner = folder.name.removeprefix(FOLDER_PREFIX).split("-")[0]
        # Another session removes the same one at this moment, or its server is just ending.
        with contextlib.suppress(FileNotFoundError, embedded.PostgresError):
            if folder.stat().st_uid == os.geteuid() and owner.isdigit() and not _lives(int(owner)):
                _remove(folder)


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, signal.SIG_DFL)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before anything is started for a test that needs what is not there."""
    for marker, missing in _missing().items():
        if item.get_closest_marker(marker) and missing:
            if os.environ.get("CI", "").lower() in ("1", "true"):
                pytest.fail(f"The browser tests did not run: {missing}.", pytrace=False)
            pytest.skip(missing)


@functools.cache
def _missing() -> dict[str, str]:
    """By marker, the sentence about what this machine lacks; empty where it is there."""
    from rentaxis_pipelines_tests.e2e.accountant import CHROMIUM, NO_CHROMIUM
    from rentaxis_pipelines_tests.e2e.desk.axe import AXE, NO_AXE

    return {"chromium": "" if CHROMIUM else NO_CHROMIUM, "axe": "" if AXE else NO_AXE}


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> embedded.Server:
    """The session's server. Its data may be lost with the machine: fsync and full page writes are off."""
    return embedded.start(request.config.stash[FOLDER], durable=False)


@pytest.fixture
def database(postgres: embedded.Server) -> Iterator[str]:
    """URL of a fresh, empty database, dropped after the test."""
    name = f"test_{uuid.uuid4().hex}"
    yield postgres.create_database(name, template=EMPTY_TEMPLATE)
    postgres.drop_database(name)


def _made_once(postgres: embedded.Server, name: str, make: Callable[[], object]) -> str:
    """Name of a database to be copied, made by the worker that needs it first; the others wait and find it made."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        # Held until the connection ends.
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        if not postgres.has_database(name):
            make()
    return name


@pytest.fixture(scope="session")
def ledger_template(postgres: embedded.Server) -> str:
    """Name of a database with the ledger's tables and no row, to be copied. Never connect to it."""

    def make() -> None:
        unfinished = f"{LEDGER_TEMPLATE}_unfinished"
        url = postgres.create_database(unfinished, template=EMPTY_TEMPLATE)
        migrate(url)
        engine(url).dispose()
        postgres.rename_database(unfinished, LEDGER_TEMPLATE)

    return _made_once(postgres, LEDGER_TEMPLATE, make)


@pytest.fixture
def ledger_database(postgres: embedded.Server, ledger_template: str) -> Iterator[str]:
    """URL of a fresh pipelines database with the ledger's tables, dropped after the test."""
    name = f"ledger_{uuid.uuid4().hex}"
    yield postgres.create_database(name, template=ledger_template)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def rentaxis_template(postgres: embedded.Server) -> str:
    """Name of the database with the small demo portfolio, to be copied. Never connect to it."""
    return _made_once(
        postgres,
        RENTAXIS_TEMPLATE,
        lambda: portfolio.create_demo_database(postgres, database=RENTAXIS_TEMPLATE),
    )


@pytest.fixture
def rentaxis_database(postgres: embedded.Server, rentaxis_template: str) -> Iterator[str]:
    """URL of a fresh RentAxis database with the small demo portfolio (60 units, May to October 2026)."""
    name = f"rentaxis_{uuid.uuid4().hex}"
    yield postgres.create_database(name, template=rentaxis_template)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def quickbooks_server() -> Iterator[Emulator]:
    """The worker's one emulated QuickBooks. Whoever uses it makes it ``as_new`` first, and nobody else uses it meanwhile."""
    with started() as running:
        yield running


@pytest.fixture
def quickbooks(quickbooks_server: Emulator) -> Emulator:
    """The emulated QuickBooks with the demo company, as new."""
    return as_new(quickbooks_server)
