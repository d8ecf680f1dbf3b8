"""Which files are attached, or about to be, by the record they are kept with and the SHA-256 of their bytes. Read-only.

Not here: links in general (``links``), what is decided by it (``sync.planning.paper_rows``).
"""

from collections.abc import Collection

import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.model.payload import FILE


def attached(
    connection: sa.Connection, realm: str, run_id: str, hashes: Collection[str]
) -> dict[tuple[str, str], list[str]]:
    """By the record (``expense/7``) and hash: the ids of the files that are attached, or that this run's plans attach, in order."""
    if not hashes:
        return {}
    statement = f"""
      select of, sha256, source_id from (
        select l.mapped #>> '{{{FILE},of}}' as of, l.mapped #>> '{{{FILE},sha256}}' as sha256, l.source_id from ledger.links l
        where l.realm = :realm and l.source_type = 'paper' and l.state = 'live'
        union
        select p.mapped #>> '{{{FILE},of}}', p.mapped #>> '{{{FILE},sha256}}', p.source_id
        from ledger.planned_rows p join ledger.plans l using (plan_id)
        where l.realm = :realm and l.run_id = :run_id and p.source_type = 'paper' and p.action = 'create' and p.status is null
          and not exists (select from ledger.single_results r where r.plan_id = p.plan_id and r.source_type = p.source_type
                          and r.source_id = p.source_id and r.status = 'failed')
      ) known where sha256 = any(:hashes)
      order by length(source_id), source_id"""  # noqa: S608 - a constant
    found: dict[tuple[str, str], list[str]] = {}
    for row in execute(connection, statement, realm=realm, run_id=run_id, hashes=list(hashes)):
        found.setdefault((row.of, row.sha256), []).append(row.source_id)
    return found


def to_be_made(connection: sa.Connection, realm: str, run_id: str, keys: Collection[Key]) -> dict[Key, str]:
    """Those of these records that the run's plans, as far as they are whole, would create: each with what it will be in QuickBooks."""
    statement = """select p.source_type, p.source_id, p.quickbooks_type
                   from unnest(cast(:types as text[]), cast(:ids as text[])) as wanted (source_type, source_id)
                   join ledger.planned_rows p on p.source_type = wanted.source_type and p.source_id = wanted.source_id
                   join ledger.plans l on l.plan_id = p.plan_id
                   where l.realm = :realm and l.run_id = :run_id and p.action = 'create' and p.status is null and l.settings <> ''"""
    rows = execute(
        connection,
        statement,
        realm=realm,
        run_id=run_id,
        types=[source_type for source_type, _ in keys],
        ids=[source_id for _, source_id in keys],
    )
    return {(row.source_type, row.source_id): row.quickbooks_type for row in rows}
