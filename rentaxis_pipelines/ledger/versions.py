"""What was done to each QuickBooks object of ours, append-only. Reads and writes of ``ledger.link_versions``; the caller commits.

Not here: what follows from it (``sync.undo``), how it is shown (``reports``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.sql import as_json, execute, fetch, json_texts, write
from rentaxis_pipelines.model.versions import LinkVersion, VersionAction

SOMEBODY = "somebody in QuickBooks"
"""Who made a change that is none of ours. QuickBooks does not say."""


class NewVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version to be added. ``sent_token``: the SyncToken that our write named, so the one that the object had before it; None for a
    creation and for what a person did. ``before``: what stood, where the ledger need not be asked; ``after`` is None for a deletion.
    ``linked``: whether the record may have had a link before.
    """

    realm: str
    source_type: str
    source_id: str
    source_label: str
    quickbooks_type: str
    quickbooks_id: str
    sync_token: str
    action: VersionAction
    run_id: str | None = None
    request_id: str | None = None
    who: str
    at: dt.datetime
    sent_token: str | None = None
    linked: bool = True
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None


class LastKnown(msgspec.Struct, frozen=True):
    """An object of ours as it was when last written or seen, and whose it is. ``label``: as the record was last shown, or its number."""

    source_type: str
    source_id: str
    label: str | None
    quickbooks_id: str
    object: dict[str, Any]


_COLUMNS = """realm, source_type, source_id, source_label, quickbooks_type, quickbooks_id, sync_token, action, run_id,
              request_id, who, at, before, after, link"""

# The objects go in beside the others.
_SHORT = tuple(name for name in NewVersion.__struct_fields__ if name not in ("linked", "before", "after"))

# What is under way, and may yet turn out to be our own write.
_NOTHING_OPEN = """not exists (select from ledger.requests q join ledger.request_rows r using (request_id)
                     where q.realm = l.realm and q.state <> 'recorded' and r.outcome is null
                       and r.source_type = l.source_type and r.source_id = l.source_id)"""

_LAST_VERSION = """left join lateral (select v.* from ledger.link_versions v where v.realm = l.realm
                     and v.quickbooks_type = l.quickbooks_type and v.quickbooks_id = l.quickbooks_id
                     order by v.version_id desc limit 1) last on true"""

_LABEL = """coalesce(last.source_label, (select r.source_label from ledger.single_results r where r.realm = l.realm
              and r.source_type = l.source_type and r.source_id = l.source_id order by r.finished_at desc limit 1),
            l.quickbooks_number)"""

# What stood before a write that named a SyncToken. Left out of the statement for creations, which are most: planning it costs as much
# as adding them.
_STOOD = """case when n.sent_token is null then n.before else coalesce(n.before,
             (select t.object::json from ledger.quickbooks_transactions t where t.realm = n.realm and t.entity = n.quickbooks_type
                and t.quickbooks_id = n.quickbooks_id and t.object ->> 'SyncToken' = n.sent_token),
             (select s.object from ledger.snapshot_objects s where s.realm = n.realm and s.entity = n.quickbooks_type
                and s.quickbooks_id = n.quickbooks_id and s.object ->> 'SyncToken' = n.sent_token),
             (select v.after from ledger.link_versions v where v.realm = n.realm and v.quickbooks_type = n.quickbooks_type
                and v.quickbooks_id = n.quickbooks_id and v.sync_token = n.sent_token order by v.version_id desc limit 1)) end"""


_LINK = """(select row_to_json(l) from ledger.links l where l.realm = n.realm
             and l.source_type = n.source_type and l.source_id = n.source_id)"""


def save_versions(connection: sa.Connection, new: Sequence[NewVersion]) -> None:
    """Add versions. To be called before the links and the objects are saved: what they hold is what stood before.

    Where a write named a SyncToken, ``before`` is the object kept with that token: QuickBooks changes an object only if it stands with
    the token named, so that is what stood there. Where none is kept it stays empty rather than wrong.
    """
    if not new:
        return
    before = "n.before" if all(version.sent_token is None for version in new) else _STOOD
    link = _LINK if any(version.linked for version in new) else "null"
    statement = f"""insert into ledger.link_versions ({_COLUMNS})
                    select n.realm, n.source_type, n.source_id, n.source_label, n.quickbooks_type, n.quickbooks_id,
                      n.sync_token, n.action, n.run_id, n.request_id, n.who, n.at,
                      {before},
                      n.after,
                      {link}
                    from (select v.realm, v.source_type, v.source_id, v.source_label, v.quickbooks_type, v.quickbooks_id, v.sync_token,
                            v.action, v.run_id, v.request_id, v.who, v.at, v.sent_token, v.before::json as before, v.after::json as after
                          from rows from (
                            unnest(cast(:before as text[]), cast(:after as text[])),
                            json_to_recordset(cast(:new as json)) as (realm text, source_type text, source_id text, source_label text,
                              quickbooks_type text, quickbooks_id text, sync_token text, action text, run_id text, request_id text,
                              who text, at timestamptz, sent_token text))
                          as v (before, after)) n"""  # noqa: S608 - names are constants of this module
    write(
        connection,
        statement,
        new=as_json([_but_for_objects(version) for version in new]),
        before=json_texts(version.before for version in new),
        after=json_texts(version.after for version in new),
    )


def _but_for_objects(version: NewVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in _SHORT}


def older_than(
    connection: sa.Connection, realm: str, quickbooks_type: str, tokens: Mapping[str, int | None]
) -> list[LastKnown]:
    """Of the objects with these ids those that are ours and were older, by SyncToken, when last written or seen; as they were then.

    Those that a write of ours is under way for are left out: it may be that write. ``tokens``: the SyncTokens seen now, by id; None for
    what is no longer there.
    """
    statement = f"""select l.source_type, l.source_id, {_LABEL} as label, l.quickbooks_id,
                      coalesce(last.after, t.object::json, s.object) as object
                    from unnest(cast(:ids as text[]), cast(:tokens as bigint[])) as seen (quickbooks_id, sync_token)
                    join ledger.links l on l.realm = :realm and l.quickbooks_type = :type and l.quickbooks_id = seen.quickbooks_id
                    {_LAST_VERSION}
                    left join ledger.quickbooks_transactions t
                      on t.realm = l.realm and t.entity = l.quickbooks_type and t.quickbooks_id = l.quickbooks_id
                    left join ledger.snapshot_objects s
                      on s.realm = l.realm and s.entity = l.quickbooks_type and s.quickbooks_id = l.quickbooks_id
                    where coalesce((coalesce(last.after, t.object::json, s.object) ->> 'SyncToken')::bigint < seen.sync_token,
                        coalesce(last.after, t.object::json, s.object) is not null)
                      and {_NOTHING_OPEN}"""  # noqa: S608 - names are constants of this module
    return fetch(
        connection,
        LastKnown,
        statement,
        realm=realm,
        type=quickbooks_type,
        ids=list(tokens),
        tokens=list(tokens.values()),
    )


def save_deletions(connection: sa.Connection, realm: str) -> None:
    """Add a version for each transaction of ours that a person deleted in QuickBooks and that has none yet."""
    statement = f"""insert into ledger.link_versions ({_COLUMNS})
                    select l.realm, l.source_type, l.source_id, coalesce({_LABEL}, l.source_type || ' ' || l.source_id),
                      l.quickbooks_type, l.quickbooks_id, '', 'delete', null, null, :who, t.gone_at, t.object::json, null, row_to_json(l)
                    from ledger.links l
                    join ledger.quickbooks_transactions t on t.realm = l.realm and t.entity = l.quickbooks_type
                      and t.quickbooks_id = l.quickbooks_id and t.gone_at is not null
                    {_LAST_VERSION}
                    where l.realm = :realm and last.action is distinct from 'delete' and {_NOTHING_OPEN}"""  # noqa: S608 - names are constants of this module
    execute(connection, statement, realm=realm, who=SOMEBODY)


def of_run(connection: sa.Connection, realm: str, run_id: str) -> list[LinkVersion]:
    """What that run wrote, oldest first."""
    statement = (
        "select * from ledger.link_versions where realm = :realm and run_id = :run_id order by version_id"
    )
    return fetch(connection, LinkVersion, statement, realm=realm, run_id=run_id)


def has_any(connection: sa.Connection, realm: str, run_id: str) -> bool:
    """Whether anything is kept of what that run wrote."""
    statement = "select exists (select from ledger.link_versions where run_id = :run_id and realm = :realm)"
    return execute(connection, statement, run_id=run_id, realm=realm).scalar_one()


def has_any_left(connection: sa.Connection, realm: str, run_id: str, undos: Sequence[str]) -> bool:
    """Whether anything that the run wrote may still stand: an object that none of these undos of it has written, or one of them was
    undone itself.
    """
    statement = """select exists (select from ledger.plans where realm = :realm and undoes = any(:undos) and not dry_run)
                     or exists (select from ledger.link_versions v where v.run_id = :run_id and v.realm = :realm
                       and not exists (select from ledger.link_versions u where u.realm = v.realm and u.run_id = any(:undos)
                         and u.source_type = v.source_type and u.source_id = v.source_id and u.version_id > v.version_id))"""
    return execute(connection, statement, realm=realm, run_id=run_id, undos=list(undos)).scalar_one()


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


def first_of_run(
    connection: sa.Connection, realm: str, run_id: str, source_ids: Iterable[str]
) -> list[LinkVersion]:
    """The first version of each object that the run wrote of records with these ids, oldest first."""
    statement = """select * from (
                     select distinct on (quickbooks_type, quickbooks_id) * from ledger.link_versions
                     where realm = :realm and run_id = :run_id and source_id = any(:ids)
                     order by quickbooks_type, quickbooks_id, version_id) firsts
                   order by version_id"""
    return fetch(connection, LinkVersion, statement, realm=realm, run_id=run_id, ids=list(set(source_ids)))


def of_record(connection: sa.Connection, realm: str, source_type: str, source_id: str) -> list[LinkVersion]:
    """All that was done to that record's object, oldest first."""
    statement = """select * from ledger.link_versions
                   where realm = :realm and source_type = :source_type and source_id = :source_id order by version_id"""
    return fetch(
        connection, LinkVersion, statement, realm=realm, source_type=source_type, source_id=source_id
    )
