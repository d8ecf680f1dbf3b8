"""Books to measure on: a history in RentAxis, a ledger and an emulated QuickBooks of their own, and runs in processes of their own.

Here: starting a run on this code or on an older commit's, and what it took: seconds, memory of each process, calls, bytes on disk.
Not here: what the run does (``one_run``), which runs there are and what they promise (``scale``).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests
from cryptography.fernet import Fernet

from quickbooks_emulator import server as emulator
from rentaxis_pipelines.demo import postgres
from rentaxis_pipelines.demo.stack import COMPANY_FILE, connections
from rentaxis_pipelines.settings.shipped import DAGSTER_FILE, ROOT
from rentaxis_pipelines_bench import history

_PROGRAM = Path(__file__).with_name("one_run.py")
_EVERY = 0.25  # seconds between two looks at the memory of the servers
_LIMITS_OFF = {"log_bodies": False}


@dataclass(frozen=True)
class Took:
    """What one run took. Bytes of memory are each process' most; those of Postgres are all its processes', shared memory counted once.

    ``seconds``: of the run itself; ``imported``: what its process needed before. ``database``: bytes of ledger and staging afterwards; ``added``: by this run.
    """

    seconds: float
    processor_seconds: float
    imported: float
    memory: int
    postgres_memory: int
    postgres_seconds: float
    quickbooks_memory: int
    quickbooks_seconds: float
    database: int
    added: int
    writes: int
    reads: int
    statuses: Mapping[str, int]

    @property
    def calls(self) -> int:
        return self.writes + self.reads

    @property
    def work(self) -> float:
        """Processor seconds of the run and of Postgres."""
        return self.processor_seconds + self.postgres_seconds


@dataclass(frozen=True)
class History:
    """A made-up history on a Postgres server that all books of it share."""

    server: postgres.Server
    shape: history.Shape
    folder: Path
    rentaxis: str
    made_in: float  # seconds


@dataclass(frozen=True)
class Books:
    """``code``: the folder of the modules that runs are carried out with."""

    of: History
    code: Path
    environment: Mapping[str, str]
    quickbooks: emulator.Emulator
    database: str

    def run(self, what: str, *, ahead: float = 0.0) -> Took:
        """One run of ``one_run``. Raises RuntimeError with what it said if it fails."""
        before, stored = self._counts(), _bytes_of(self.of.server.url(self.database))
        watch = _Watch(
            {
                "postgres": _server_process(self.of.server),
                "quickbooks": psutil.Process(self.quickbooks.process.pid),
            }
        )
        with watch:
            told = self._told(what, ahead)
        after, stored_after = self._counts(), _bytes_of(self.of.server.url(self.database))
        return Took(
            **told,
            **{f"{name}_memory": most for name, most in watch.most.items()},
            **{f"{name}_seconds": worked for name, worked in watch.worked.items()},
            database=stored_after,
            added=stored_after - stored,
            writes=after["writes"] + after["batches"] - before["writes"] - before["batches"],
            reads=after["reads"] - before["reads"],
        )

    def advance(self, seconds: float) -> None:
        """QuickBooks' clock goes on by so much."""
        body = {"advance": seconds}
        requests.post(f"{self.quickbooks.control_url}/clock", json=body, timeout=600).raise_for_status()

    def _counts(self) -> dict[str, Any]:
        return requests.get(f"{self.quickbooks.control_url}/counts", timeout=600).json()

    def _told(self, what: str, ahead: float) -> dict[str, Any]:
        shape = self.of.shape
        command = [sys.executable, "-P", "-W", "ignore", str(_PROGRAM), what, str(shape.first_day), str(shape.last_day), str(ahead)]  # fmt: skip
        ended = subprocess.run(
            command,
            env={**os.environ, **self.environment, "PYTHONPATH": str(self.code)},
            cwd=self.of.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise RuntimeError(f"{what} failed: {ended.stderr[-3000:]}")
        return json.loads(ended.stdout.splitlines()[-1])


@contextmanager
def server() -> Iterator[tuple[postgres.Server, Path]]:
    """A durable Postgres in a folder of its own, both gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="rentaxis-bench-"))
    started = postgres.start(folder / "postgres", durable=True)
    try:
        yield started, folder
    finally:
        started.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def made(started: postgres.Server, folder: Path, records: int) -> Iterator[History]:
    """A history of so many records, its database gone afterwards."""
    shape, database = history.shape_of(records), f"rentaxis_{records}"
    began = time.perf_counter()
    url = started.create_database(database)
    history.make(url, shape)
    try:
        yield History(started, shape, folder, url, time.perf_counter() - began)
    finally:
        started.drop_database(database)


@contextmanager
def opened(of: History, name: str, code: Path = ROOT, *, dagster: bool = False) -> Iterator[Books]:
    """Empty books of the history, called ``name``; ``dagster``: with an instance of Dagster's."""
    database = f"{name}_{of.shape.records}"
    home = of.folder / f"dagster_{database}"
    with emulator.start(seed="demo", switches=_LIMITS_OFF) as quickbooks:
        key = Fernet.generate_key().decode()
        environment = {
            **connections(of.rentaxis, of.server.create_database(database), quickbooks, key),
            "RENTAXIS_COMPANY_FILE": str(_company_file(of)),
            "BENCHMARK_REFRESH_TOKEN": quickbooks.refresh_token,
        }
        if dagster:
            environment |= _dagster(of, home, f"{database}_dagster")
        books = Books(of, code, environment, quickbooks, database)
        try:
            books._told("prepare", 0.0)
            yield books
        finally:
            for made in (database, f"{database}_dagster"):
                of.server.drop_database(made)
            shutil.rmtree(home, ignore_errors=True)


def _company_file(of: History) -> Path:
    """The demo's company file, its first day that of the history."""
    path = of.folder / f"company_{of.shape.records}.yaml"
    text = COMPANY_FILE.read_text()
    path.write_text(text.replace("first_day: 2026-01-01", f"first_day: {of.shape.first_day}"))
    return path


def _dagster(of: History, home: Path, database: str) -> dict[str, str]:
    home.mkdir()
    shutil.copyfile(DAGSTER_FILE, home / "dagster.yaml")
    of.server.create_database(database)
    return {
        "DAGSTER_HOME": str(home), "DAGSTER_PG_HOST": of.server.hostname, "DAGSTER_PG_PORT": str(of.server.port),
        "DAGSTER_PG_USERNAME": of.server.username, "DAGSTER_PG_PASSWORD": of.server.password, "DAGSTER_PG_DB": database,
        "DAGSTER_EVENT_BATCH_SIZE": "1000", "RENTAXIS_COMPANIES_FOLDER": "",
    }  # fmt: skip


def _bytes_of(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    assert row is not None
    return row[0]


def _server_process(started: postgres.Server) -> psutil.Process:
    with psycopg.connect(started.url("postgres")) as connection:
        served_by = psutil.Process(connection.info.backend_pid)
        return served_by.parent() or served_by


@dataclass
class _Watch:
    """Looks at servers while a block runs: the most memory each holds with its children, and the processor seconds it works."""

    servers: Mapping[str, psutil.Process]
    most: dict[str, int] = field(default_factory=dict)
    worked: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> "_Watch":
        self._done = threading.Event()
        self._before = {name: _worked(each) for name, each in self.servers.items()}
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.worked = {
            name: max(0.0, _worked(each) - self._before[name]) for name, each in self.servers.items()
        }

    def _look(self) -> None:
        while True:
            for name, each in self.servers.items():
                self.most[name] = max(self.most.get(name, 0), held_by(each))
            if self._done.wait(_EVERY):
                return


def held_by(process: psutil.Process) -> int:
    """Bytes of a process and its children, what they share counted once."""
    held = 0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):  # it has just ended
            held += each.memory_full_info().pss
    return held


def _worked(process: psutil.Process) -> float:
    """Processor seconds of a process and its children, those that ended included."""
    times = process.cpu_times()
    worked = times.user + times.system + times.children_user + times.children_system
    for child in process.children(recursive=True):
        with suppress(psutil.Error):
            its = child.cpu_times()
            worked += its.user + its.system
    return worked
