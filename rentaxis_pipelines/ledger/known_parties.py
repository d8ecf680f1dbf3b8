"""When the customers and vendors that records are linked to were last written. Read-only.

Here: one query over all of them. Not here: whether a record has changed since (``sync.planning.changed_parties``).
"""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.sql import execute


def written_at(connection: sa.Connection, realm: str, source_types: Sequence[str]) -> dict[Key, dt.datetime]:
    """The last write of each live link of these types."""
    statement = """select source_type, source_id, updated_at from ledger.links
                   where realm = :realm and source_type = any(:types) and state = 'live'"""
    rows = execute(connection, statement, realm=realm, types=list(source_types))
    return {(row.source_type, row.source_id): row.updated_at for row in rows}
