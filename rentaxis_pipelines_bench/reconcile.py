"""The proof over 100,000 invoices and payments: seconds, memory, and metered reads, the first time and after a quiet day.

Everything is pushed by the real chain before; only the proof is measured, each time in a process of its own.
"""

import datetime as dt
import threading
import uuid
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing import get_context

import psutil
import sqlalchemy as sa

from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines.settings import Environment, load_company
from rentaxis_pipelines.sync.engine import open_engine
from rentaxis_pipelines_bench import calls
from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.measured_company import COMPANY_FILE, opened, seconds

ROWS = 100_000
ROWS_A_HOME = 12.8  # invoices and payments of one home of the made-up portfolio in six months
# Both clocks go on by so much between the last push and the proof: with QuickBooks' limits kept, as in production, what changed
# in any five minutes is a few pages; without them it is everything, and the proof of the next day would read it once more.
SETTLED = dt.timedelta(minutes=10)
DAY = dt.timedelta(days=1)
SECONDS, MEGABYTES, QUIET_READS = 60, 2_000, 10
MEGABYTE = 2**20


@dataclass(frozen=True)
class Measured:
    """One proof. ``rows``: invoices and payments compared. Bytes: the most this process, and all of Postgres, held."""

    rows: int
    records: int
    reads: int
    taken: float
    own_bytes: int
    postgres_bytes: int
    unexplained: Decimal


def measure(rows: int = ROWS) -> list[Figure]:
    """Raises RuntimeError if the proof does not hold: then there is nothing to measure."""
    with opened(round(rows / ROWS_A_HOME)) as measured:
        calls.sync(measured, "pushed before the proof")
        measured.control("clock", {"advance": SETTLED.total_seconds()})
        first = _in_a_process_of_its_own(measured.environment, SETTLED)
        measured.control("clock", {"advance": DAY.total_seconds()})
        quiet = _in_a_process_of_its_own(measured.environment, SETTLED + DAY)
    return [*_figures("first", first, None), *_figures("after a quiet day", quiet, QUIET_READS)]


def _figures(when: str, measured: Measured, most_reads: int | None) -> list[Figure]:
    group = f"Proof of {measured.rows:,} invoices and payments ({measured.records:,} records with expenses), {when}"
    thousand = measured.records / 1000
    return [
        Figure(group=group, name="seconds", value=measured.taken, unit="s", target=f"{SECONDS}", met=measured.taken < SECONDS,
               note=f"{measured.records / measured.taken:,.0f} records/s; unexplained {measured.unexplained:.2f}"),
        Figure(group=group, name="memory", value=(measured.own_bytes + measured.postgres_bytes) / MEGABYTE, unit="MB", target=f"{MEGABYTES:,}",
               met=measured.own_bytes + measured.postgres_bytes < MEGABYTES * MEGABYTE,
               note=f"this process {measured.own_bytes / MEGABYTE:,.0f} MB, all of Postgres {measured.postgres_bytes / MEGABYTE:,.0f} MB, each at its most"),
        Figure(group=group, name="metered reads", value=measured.reads, unit="reads", target=f"{most_reads}" if most_reads else "",
               met=measured.reads <= most_reads if most_reads else None, note=f"{measured.reads / thousand:.2f} per 1,000 records"),
    ]  # fmt: skip


def _in_a_process_of_its_own(environment: Environment, ahead: dt.timedelta) -> Measured:
    """So that no memory of what went before is counted."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_proof, environment, ahead).result()


def _proof(environment: Environment, ahead: dt.timedelta) -> Measured:
    """The proof, as the job does it once the company is open."""
    company, asked = load_company(COMPANY_FILE), SyncRequest(requested_by="benchmark")
    clock = lambda: dt.datetime.now(dt.UTC) + ahead  # noqa: E731 - the one line it is
    with open_engine(environment, company, asked, run_id=uuid.uuid4().hex, now=clock) as engine:
        run = engine.run
        postgres = _server_of(run.connection)
        before = run.client.calls.reads
        own, done = psutil.Process(), threading.Event()
        held: list[tuple[int, int]] = []  # bytes of this process, of Postgres

        def watch() -> None:
            while not done.wait(0.5):
                held.append((own.memory_info().rss, _held_by(postgres)))

        def prove() -> None:
            summaries.append(reconcile(run, environment, context_of(run, company)))

        summaries = []
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            taken = seconds(prove)
        finally:
            done.set()
            watcher.join()
        summary = summaries[0]
        rows = run.connection.execute(
            sa.text("select count(*) from records where record_type in ('invoices', 'payments')")
        ).scalar_one()
        if not summary.proved:
            raise RuntimeError(f"The proof does not hold: {summary}")
        return Measured(
            rows=rows,
            records=summary.records,
            reads=run.client.calls.reads - before,
            taken=taken,
            own_bytes=max(mine for mine, _ in held),
            postgres_bytes=max(theirs for _, theirs in held),
            unexplained=summary.unexplained_money,
        )


def _server_of(connection: sa.Connection) -> psutil.Process:
    """The Postgres server this connection talks to: the parent of the process that serves it."""
    served_by = connection.execute(sa.text("select pg_backend_pid()")).scalar_one()
    return psutil.Process(served_by).parent() or psutil.Process(served_by)


def _held_by(server: psutil.Process) -> int:
    """Bytes of the server and all of its processes, what they share counted once."""
    held = 0
    for process in (server, *server.children(recursive=True)):
        try:
            held += process.memory_full_info().pss
        except psutil.Error:  # it has just ended
            continue
    return held
