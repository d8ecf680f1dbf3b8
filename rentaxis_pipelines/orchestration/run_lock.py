"""By what others see that a run's process lives: a Postgres advisory lock in Dagster's own database, held by a connection of the process.

Postgres gives the lock back the moment the process is gone, however it went, and within a minute where its machine was lost. Whoever
reads Dagster's database can look: no port, no process list, the same on one machine and in containers. The ledger's lock on a
QuickBooks company would not do: not every run takes it, and the daemon knows no company's database.

Here: the lock, and the request to stop that reaches a process whose code server is gone. Not here: who keeps it (``executor``), who
looks (``launcher``).
"""

import contextlib
import hashlib

import dagster as dg
import sqlalchemy as sa
from dagster_postgres import PostgresRunStorage
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import SQLAlchemyError

# What the database's absence raises, here and in Dagster's own storage.
DATABASE_AWAY = (SQLAlchemyError, DagsterPostgresException)

# Dagster's UI hides tags that begin so.
_MARK = ".dagster/rentaxis_pipelines_lock"

# Seconds: what the server waits before it gives up a silent client: idle + interval * count.
_KEEPALIVE = {"tcp_keepalives_idle": "20", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "4"}

# Postgres shows a lock's 64 bits as two columns (its manual, pg_locks).
_HELD = sa.text(
    """select exists (
         select from pg_locks
         where locktype = 'advisory' and objsubid = 1 and granted
           and database = (select oid from pg_database where datname = current_database())
           and (classid::bigint << 32 | objid::bigint) = :key)"""
)


def storage_of(instance: dg.DagsterInstance) -> PostgresRunStorage | None:
    """Where the instance keeps its runs; None where that is not Postgres, so that there is no lock."""
    storage = instance.run_storage
    return storage if isinstance(storage, PostgresRunStorage) else None


def mark(run_id: str) -> dict[str, str]:
    """The tag of a run whose process holds the lock, from the moment it does. It names the run, as a repeated run inherits the first's tags."""
    return {_MARK: run_id}


def is_marked(run: dg.DagsterRun) -> bool:
    """Whether the run's process has said that it holds the lock: only then its absence means something."""
    return run.tags.get(_MARK) == run.run_id


def is_held(storage: PostgresRunStorage, run_id: str) -> bool:
    """Whether a process holds the run's lock now. Raises one of DATABASE_AWAY."""
    with storage.connect() as connection:
        return connection.execute(_HELD, {"key": _key(run_id)}).scalar_one()


def ask_to_stop(instance: dg.DagsterInstance, run_id: str) -> None:
    """Ask the run's process to stop as a click on Terminate does; it looks every few seconds. Raises one of DATABASE_AWAY."""
    # Not a tag: tags are read, changed and written back, so that of two writers one may lose.
    instance.daemon_cursor_storage.set_cursor_values({_stop_key(run_id): "asked"})


def is_asked_to_stop(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether ``ask_to_stop`` was called for the run. Raises one of DATABASE_AWAY."""
    return bool(instance.daemon_cursor_storage.get_cursor_values({_stop_key(run_id)}))


class RunLock:
    """The process' side. Any connection that failed is given up, never used again: SQLAlchemy would open another session behind it."""

    def __init__(self, storage: PostgresRunStorage, run_id: str) -> None:
        self.run_id = run_id
        self._storage = storage
        self._stack = contextlib.ExitStack()
        self._connection: sa.Connection | None = None

    def take(self) -> bool:
        """Whether the lock is ours from now on; False if another process has it. Raises one of DATABASE_AWAY."""
        self.drop()
        connection = self._stack.enter_context(self._storage.connect())
        self._stack.callback(_end, connection)
        for name, value in _KEEPALIVE.items():
            connection.execute(
                sa.text("select set_config(:name, :value, false)"), {"name": name, "value": value}
            )
        taken = connection.execute(
            sa.text("select pg_try_advisory_lock(:key)"), {"key": _key(self.run_id)}
        ).scalar_one()
        self._connection = connection if taken else None
        return taken

    def holds(self) -> bool:
        """Whether the session that took the lock is still there."""
        if self._connection is None:
            return False
        try:
            self._connection.execute(sa.text("select 1"))
        except DATABASE_AWAY:
            self._connection = None
        return self._connection is not None

    def drop(self) -> None:
        """Give the lock back, with its connection. Never raises.

        By word: Postgres notices only a moment later that a connection was closed, and a run that has ended would still seem to live.
        """
        connection, self._connection = self._connection, None
        with contextlib.suppress(*DATABASE_AWAY):
            if connection is not None:
                connection.execute(sa.text("select pg_advisory_unlock(:key)"), {"key": _key(self.run_id)})
        with contextlib.suppress(*DATABASE_AWAY):
            self._stack.close()


def _end(connection: sa.Connection) -> None:
    """End the session itself: one that went back to a pool would keep the lock."""
    with contextlib.suppress(*DATABASE_AWAY):
        connection.invalidate()


def _key(run_id: str) -> int:
    digest = hashlib.sha256(f"rentaxis_pipelines run {run_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _stop_key(run_id: str) -> str:
    return f"rentaxis_pipelines stop {run_id}"
