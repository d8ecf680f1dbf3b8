"""What was done to each QuickBooks object of ours, append-only. Reads and writes of ``ledger.link_versions``; the caller commits.

Not here: what follows from it (``sync.undo``), how it is shown (``reports``).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.sql import as_json, execute, fetch
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.versions import LinkVersion, VersionAction


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """A write that QuickBooks carried out. ``sent_token``: the SyncToken it named, so the one that the object had before it;
    None for a creation. ``standing``: the object with that token, where whoever planned it had read it; ``after`` is None for a deletion.
    """

    realm: str
    source_type: str
    source_id: str
    source_label: str
    quickbooks_type: str
    quickbooks_id: str
    sync_token: str
    action: VersionAction
    run_id: str
    request_id: str
    who: str
    at: dt.datetime
    sent_token: str | None
    standing: dict[str, Any] | None
    after: dict[str, Any] | None


def save_writes(connection: sa.Connection, writes: Sequence[Write]) -> None:
    """Add a version for each write. To be called before the links and the objects are saved: what they hold is what stood before.

    ``before`` is the object kept, if it has the token that the write named: QuickBooks changes an object only if it stands with the
    token named, so that is what stood there. Otherwise it is what was planned from, under the same condition, or empty.
    """
    if not writes:
        return
    statement = """insert into ledger.link_versions (realm, source_type, source_id, source_label, quickbooks_type, quickbooks_id,
                     sync_token, action, run_id, request_id, who, at, before, after, link)
                   select w.realm, w.source_type, w.source_id, w.source_label, w.quickbooks_type, w.quickbooks_id,
                     w.sync_token, w.action, w.run_id, w.request_id, w.who, w.at,
                     coalesce(t.object, s.object::jsonb, w.standing), w.after, row_to_json(l)
                   from json_to_recordset(:writes) as w (realm text, source_type text, source_id text, source_label text,
                     quickbooks_type text, quickbooks_id text, sync_token text, action text, run_id text, request_id text,
                     who text, at timestamptz, sent_token text, standing jsonb, after jsonb)
                   left join ledger.quickbooks_transactions t on w.sent_token is not null and t.realm = w.realm
                     and t.entity = w.quickbooks_type and t.quickbooks_id = w.quickbooks_id
                     and t.object ->> 'SyncToken' = w.sent_token
                   left join ledger.snapshot_objects s on w.sent_token is not null and s.realm = w.realm
                     and s.entity = w.quickbooks_type and s.quickbooks_id = w.quickbooks_id
                     and s.object ->> 'SyncToken' = w.sent_token
                   left join ledger.links l on l.realm = w.realm and l.source_type = w.source_type
                     and l.source_id = w.source_id"""
    execute(connection, statement, writes=as_json(writes))


def of_run(connection: sa.Connection, realm: str, run_id: str) -> list[LinkVersion]:
    """What that run wrote, oldest first."""
    statement = (
        "select * from ledger.link_versions where realm = :realm and run_id = :run_id order by version_id"
    )
    return fetch(connection, LinkVersion, statement, realm=realm, run_id=run_id)


def of_records(connection: sa.Connection, realm: str, keys: Iterable[Key]) -> list[LinkVersion]:
    """All that was ever done to the objects of these records, oldest first."""
    listed = list(keys)
    statement = """select v.* from ledger.link_versions v
                   join (select distinct * from unnest(cast(:types as text[]), cast(:ids as text[])) as k (source_type, source_id)) k
                     using (source_type, source_id)
                   where v.realm = :realm order by v.version_id"""
    return fetch(
        connection,
        LinkVersion,
        statement,
        realm=realm,
        types=[source_type for source_type, _ in listed],
        ids=[source_id for _, source_id in listed],
    )


def links_before(
    connection: sa.Connection, realm: str, run_id: str, source_ids: Iterable[str]
) -> dict[tuple[str, str], Link | None]:
    """The link of each object that the run wrote as it was before, None where it had none: by QuickBooks type and id, and by source type
    and id (an object may have been made anew, or be kept under another source type, since).
    """
    statement = """select distinct on (quickbooks_type, quickbooks_id) * from ledger.link_versions
                   where realm = :realm and run_id = :run_id and source_id = any(:ids)
                   order by quickbooks_type, quickbooks_id, version_id"""
    first = fetch(connection, LinkVersion, statement, realm=realm, run_id=run_id, ids=list(set(source_ids)))
    before: dict[tuple[str, str], Link | None] = {}
    for version in sorted(first, key=lambda version: version.version_id):
        before[version.quickbooks_type, version.quickbooks_id] = version.link
        before.setdefault((version.source_type, version.source_id), version.link)
    return before


def of_record(connection: sa.Connection, realm: str, source_type: str, source_id: str) -> list[LinkVersion]:
    """All that was done to that record's object, oldest first."""
    statement = """select * from ledger.link_versions
                   where realm = :realm and source_type = :source_type and source_id = :source_id order by version_id"""
    return fetch(
        connection, LinkVersion, statement, realm=realm, source_type=source_type, source_id=source_id
    )
