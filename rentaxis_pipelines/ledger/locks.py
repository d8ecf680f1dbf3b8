"""One push per realm at a time: a Postgres advisory lock on the pushing process' own connection.

The pushing process writes everything through the connection that holds the lock. If that connection is lost, others can take the
lock, but then this process can save nothing more, and what is not saved is not sent. A request that was saved and is waiting (a 429,
the limits) checks again right before it is sent: see ``still_holding``.
"""

import contextlib
import datetime as dt
import hashlib
from collections.abc import Callable, Generator

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from rentaxis_pipelines.ledger.database import LedgerLocked, LedgerUnreachable, connect
from rentaxis_pipelines.ledger.sql import execute

# Keys in ``connection.info``, which ends with the session: the realm held, and Postgres' identifiers of the session.
_HELD = "rentaxis_pipelines realm"
_SESSION = "rentaxis_pipelines session"

_LOST = "The connection that held the QuickBooks company for this run was lost, so nothing more is sent. Run again."

# Well below the ten seconds that a process taking over the realm waits in addition to QuickBooks' longest request (``sync.run``).
_ASSUMED_HELD = dt.timedelta(seconds=5)

# Seconds. If a pushing machine dies silently, the realm is released after idle + interval * count.
_KEEPALIVE = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}

# Postgres shows a lock's 64 bits as two columns (its manual, pg_locks).
_HOLDS = sa.text(
    """select exists (
         select from pg_locks l join pg_stat_activity a using (pid)
         where l.locktype = 'advisory' and l.objsubid = 1 and l.granted and l.pid = :pid and a.backend_start = :since
           and (l.classid::bigint << 32 | l.objid::bigint) = :key)"""
)


def lock_key(realm: str) -> int:
    """The number of the realm's lock among Postgres' advisory locks."""
    digest = hashlib.sha256(f"rentaxis_pipelines push {realm}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@contextlib.contextmanager
def realm_lock(url: str, realm: str, *, wait_seconds: float) -> Generator[sa.Connection]:
    """The connection that holds the realm; the pushing process writes everything through it.

    Waits up to ``wait_seconds`` for another push to end. Raises LedgerLocked after that, LedgerUnreachable
    if there is no database.
    """
    with connect(url) as connection:
        settings = {"lock_timeout": f"{max(1, int(wait_seconds * 1000))}ms", **_KEEPALIVE}
        for name, value in settings.items():
            execute(connection, "select set_config(:name, :value, false)", name=name, value=value)
        try:
            execute(connection, "select pg_advisory_lock(:key)", key=lock_key(realm))
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) == "55P03":  # lock_not_available
                raise LedgerLocked(
                    f"Another run is pushing to QuickBooks company {realm} and did not end within "
                    f"{int(wait_seconds)} seconds. Nothing was sent by this run. Wait for the other run to end, then start this one again."
                ) from error
            raise
        execute(connection, "select set_config('lock_timeout', '0', false)")
        statement = "select pid, backend_start from pg_stat_activity where pid = pg_backend_pid()"
        session = execute(connection, statement).one()
        connection.commit()
        connection.info[_HELD] = realm
        connection.info[_SESSION] = {"pid": session.pid, "since": session.backend_start}
        try:
            yield connection
        finally:
            with contextlib.suppress(SQLAlchemyError):
                connection.rollback()
                connection.info.pop(_HELD, None)
                execute(connection, "select pg_advisory_unlock(:key)", key=lock_key(realm))
                connection.commit()


def must_hold(connection: sa.Connection, realm: str) -> None:
    """Raises LedgerUnreachable if the connection is not the session that took the realm.

    SQLAlchemy silently opens a new session for a lost connection; that session does not hold the lock.
    """
    if connection.info.get(_HELD) != realm:
        raise LedgerUnreachable(_LOST)


def still_holding(
    connection: sa.Connection, realm: str, now: Callable[[], dt.datetime]
) -> Callable[[], None]:
    """A check that any thread can make later, while ``connection`` is busy or lost: does its session still hold the realm?

    For the first seconds this is assumed; after that Postgres is asked, through another connection of the same pool.
    The check raises LedgerUnreachable if the realm is lost; ``still_holding`` itself raises the same as ``must_hold``.
    """
    must_hold(connection, realm)
    held_at, pool = now(), connection.engine
    wanted = {"key": lock_key(realm), **connection.info[_SESSION]}

    def ask() -> None:
        if dt.timedelta(0) <= now() - held_at <= _ASSUMED_HELD:
            return
        try:
            with pool.connect() as other:
                holds = other.execute(_HOLDS, wanted).scalar_one()
        except OperationalError as error:
            raise LedgerUnreachable(_LOST) from error
        if not holds:
            raise LedgerUnreachable(_LOST)

    return ask
