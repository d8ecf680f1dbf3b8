"""OAuth tokens in the ledger, encrypted: one row a realm, locked while it is refreshed, by whatever process.

Implements the protocol ``quickbooks.tokens.TokenStore``. Not here: getting or refreshing a token.
"""

import contextlib
from collections.abc import Generator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from rentaxis_pipelines.ledger.database import connect, lost_connection_explained
from rentaxis_pipelines.ledger.sql import execute


class _Held:
    def __init__(self, connection: sa.Connection, realm: str) -> None:
        self._connection = connection
        self._realm = realm

    def load(self) -> bytes | None:
        """The encrypted token, or None if nobody has connected yet."""
        return execute(
            self._connection,
            "select encrypted from ledger.oauth_tokens where realm = :realm",
            realm=self._realm,
        ).scalar_one_or_none()

    def save(self, encrypted: bytes) -> None:
        """Store the encrypted token; when this returns, it survives a crash. Raises LedgerUnreachable if it could not be stored."""
        with lost_connection_explained():
            self._connection.execute(_KEEP, {"realm": self._realm, "encrypted": encrypted})
            self._connection.commit()

    def refuse_unwritable(self) -> None:
        """Raises LedgerAccessDenied or LedgerUnreachable where ``save`` would. Changes nothing."""
        with lost_connection_explained():
            self._connection.execute(_KEEP, {"realm": self._realm, "encrypted": b"tried"})
            self._connection.rollback()


_KEEP = sa.text(
    """insert into ledger.oauth_tokens (realm, encrypted) values (:realm, :encrypted)
       on conflict (realm) do update set encrypted = excluded.encrypted, updated_at = now()"""
)


def realms_with_token(url: str) -> list[str]:
    """The realms that have been connected. Raises LedgerUnreachable if there is no database."""
    with connect(url) as connection:
        return list(execute(connection, "select realm from ledger.oauth_tokens order by realm").scalars())


@contextmanager
def locked_token(url: str, realm: str) -> Generator[_Held]:
    """The realm's encrypted token, excluding every other thread and process until the block is left.

    Raises LedgerUnreachable if there is no database.
    """
    with connect(url) as connection:
        key = sa.text("select pg_advisory_lock(hashtextextended(:name, 0))")
        connection.execute(key, {"name": f"rentaxis_pipelines token {realm}"})
        connection.commit()
        try:
            yield _Held(connection, realm)
        finally:
            with contextlib.suppress(
                SQLAlchemyError
            ):  # a lost session holds no lock, and its error is under way already
                connection.rollback()
                execute(
                    connection,
                    "select pg_advisory_unlock(hashtextextended(:name, 0))",
                    name=f"rentaxis_pipelines token {realm}",
                )
                connection.commit()
