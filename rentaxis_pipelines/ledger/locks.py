"""One push per realm at a time: a Postgres advisory lock on the pushing process' own connection.

The pusher writes everything it does through the same connection that holds the lock. If that connection is lost the lock is
free for others, but then nothing more can be written down here, and what is not written down is not sent.
"""

import contextlib
import hashlib
from collections.abc import Generator

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from rentaxis_pipelines.ledger.database import LedgerLocked, LedgerUnreachable, connect

_HELD = "rentaxis_pipelines realm"  # in the connection's own notes, which end with its session

# Seconds. A pusher whose machine died without a word gives the realm back after idle + interval * count.
_KEEPALIVE = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}


def _key(realm: str) -> int:
    digest = hashlib.sha256(f"rentaxis_pipelines push {realm}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@contextlib.contextmanager
def realm_lock(url: str, realm: str, *, wait_seconds: float) -> Generator[sa.Connection]:
    """The connection that holds the realm; everything the pusher writes goes through it.

    Waits up to ``wait_seconds`` for another pusher to end. Raises LedgerLocked after that, LedgerUnreachable
    if there is no database.
    """
    with connect(url) as connection:
        settings = {"lock_timeout": f"{max(1, int(wait_seconds * 1000))}ms", **_KEEPALIVE}
        for name, value in settings.items():
            connection.execute(
                sa.text("select set_config(:name, :value, false)"), {"name": name, "value": value}
            )
        try:
            connection.execute(sa.text("select pg_advisory_lock(:key)"), {"key": _key(realm)})
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) == "55P03":  # lock_not_available
                raise LedgerLocked(
                    f"Another run is pushing to the QuickBooks company {realm} and has not ended within "
                    f"{int(wait_seconds)} seconds. Nothing was sent by this run. Wait for the other run to end, then start this one again."
                ) from error
            raise
        connection.execute(sa.text("select set_config('lock_timeout', '0', false)"))
        connection.commit()
        connection.info[_HELD] = realm
        try:
            yield connection
        finally:
            with contextlib.suppress(SQLAlchemyError):
                connection.rollback()
                connection.info.pop(_HELD, None)
                connection.execute(sa.text("select pg_advisory_unlock(:key)"), {"key": _key(realm)})
                connection.commit()


def must_hold(connection: sa.Connection, realm: str) -> None:
    """Raises LedgerUnreachable if the connection is not the session that took the realm.

    SQLAlchemy quietly opens a new session for a connection that broke; that one holds no lock.
    """
    if connection.info.get(_HELD) != realm:
        raise LedgerUnreachable(
            "The connection that held the QuickBooks company for this run was lost, so nothing more is sent. Run again."
        )
