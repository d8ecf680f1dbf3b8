"""The last minute's API calls in the ledger, so that all processes of a realm together keep QuickBooks' limits.

Not here: what the limits are and who has to wait (``quickbooks.limits``, whose CallLog contract this serves by shape).
"""

from collections.abc import Generator
from contextlib import contextmanager

import sqlalchemy as sa

from rentaxis_pipelines.ledger.database import connect


class _Held:
    def __init__(self, connection: sa.Connection, realm: str) -> None:
        self._connection = connection
        self._realm = realm

    def now(self) -> float:
        """Seconds on the database's clock, which all processes share."""
        return self._connection.execute(
            sa.text("select extract(epoch from clock_timestamp())::float8")
        ).scalar_one()

    def load(self) -> str | None:
        """The calls as JSON, or None where there were none."""
        return self._connection.execute(
            sa.text("select calls::text from ledger.api_calls where realm = :realm"), {"realm": self._realm}
        ).scalar_one_or_none()

    def save(self, calls: str) -> None:
        """Keep them; durable or not does not matter, a minute later they mean nothing."""
        self._connection.execute(
            sa.text(
                """insert into ledger.api_calls (realm, calls) values (:realm, :calls)
                   on conflict (realm) do update set calls = excluded.calls"""
            ),
            {"realm": self._realm, "calls": calls},
        )


@contextmanager
def locked_calls(url: str, realm: str) -> Generator[_Held]:
    """The realm's calls, excluding every other thread and process until the block is left."""
    with connect(url) as connection, connection.begin():
        connection.execute(
            sa.text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"),
            {"name": f"rentaxis_pipelines calls {realm}"},
        )
        yield _Held(connection, realm)
