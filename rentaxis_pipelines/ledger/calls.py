"""The last minute's API calls, stored in the ledger so that all processes of a realm together stay within QuickBooks' limits.

Not here: the limits themselves and waiting (``quickbooks.limits``, whose CallLog protocol this implements).
"""

from collections.abc import Generator
from contextlib import contextmanager

import sqlalchemy as sa

from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.sql import execute


class _Held:
    def __init__(self, connection: sa.Connection, realm: str) -> None:
        self._connection = connection
        self._realm = realm

    def now(self) -> float:
        """Seconds on the database's clock, which all processes share."""
        return execute(self._connection, "select extract(epoch from clock_timestamp())::float8").scalar_one()

    def load(self) -> str | None:
        """The calls as JSON, or None if there were none."""
        return execute(
            self._connection,
            "select calls::text from ledger.api_calls where realm = :realm",
            realm=self._realm,
        ).scalar_one_or_none()

    def save(self, calls: str) -> None:
        """Store them; durability does not matter, because they are irrelevant a minute later."""
        statement = """insert into ledger.api_calls (realm, calls) values (:realm, :calls)
                       on conflict (realm) do update set calls = excluded.calls"""
        execute(self._connection, statement, realm=self._realm, calls=calls)


@contextmanager
def locked_calls(url: str, realm: str) -> Generator[_Held]:
    """The realm's calls, locking out every other thread and process until the block ends."""
    with connect(url) as connection, connection.begin():
        execute(
            connection,
            "select pg_advisory_xact_lock(hashtextextended(:name, 0))",
            name=f"rentaxis_pipelines calls {realm}",
        )
        yield _Held(connection, realm)
