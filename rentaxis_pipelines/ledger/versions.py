"""What was done to each QuickBooks object of ours, append-only. Reads and writes of ``ledger.link_versions``; the caller commits.

Not here: what follows from it (``sync.undo``), how it is shown (``reports``).
"""

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import fetch
from rentaxis_pipelines.model.versions import LinkVersion


def of_run(connection: sa.Connection, realm: str, run_id: str) -> list[LinkVersion]:
    """What that run wrote, oldest first."""
    statement = (
        "select * from ledger.link_versions where realm = :realm and run_id = :run_id order by version_id"
    )
    return fetch(connection, LinkVersion, statement, realm=realm, run_id=run_id)


def of_record(connection: sa.Connection, realm: str, source_type: str, source_id: str) -> list[LinkVersion]:
    """All that was done to that record's object, oldest first."""
    statement = """select * from ledger.link_versions
                   where realm = :realm and source_type = :source_type and source_id = :source_id order by version_id"""
    return fetch(
        connection, LinkVersion, statement, realm=realm, source_type=source_type, source_id=source_id
    )
