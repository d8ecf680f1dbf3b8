"""QuickBooks' transactions as last seen. Reads and writes of ``ledger.quickbooks_transactions``; the caller commits.

Here: keeping what a write answered or a read gave. Not here: what is read, and when (``reports.transactions``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import Texts, execute, json_texts, write
from rentaxis_pipelines.model.record_types import NUMBER_FIELD

# With the deposits that are nobody's record: they tell that a payment was brought to the bank.
TRANSACTIONS = tuple(NUMBER_FIELD)
_CHUNK = 5_000


class State(msgspec.Struct, frozen=True):
    """How far QuickBooks has been read: changes up to ``as_of``, of transactions dated ``first_day`` or later."""

    as_of: dt.datetime
    first_day: dt.date


def keep_transactions(
    connection: sa.Connection, realm: str, entity: str, objects: Sequence[Mapping[str, Any]], at: dt.datetime
) -> None:
    """Keep these objects of one entity, as QuickBooks gave them at ``at``.

    An older state of an object never replaces a newer one (by SyncToken). Entities that are not transactions are ignored.
    """
    if entity not in TRANSACTIONS:
        return
    for start in range(0, len(objects), _CHUNK):
        statement = """insert into ledger.quickbooks_transactions as kept (realm, entity, quickbooks_id, object, seen_at)
                       select :realm, :entity, listed.quickbooks_id, listed.object::jsonb, :at
                       from unnest(cast(:ids as text[]), cast(:objects as text[])) as listed (quickbooks_id, object)
                       on conflict (realm, entity, quickbooks_id) do update
                         set object = excluded.object, seen_at = excluded.seen_at, gone_at = null
                         where (excluded.object ->> 'SyncToken')::bigint >= (kept.object ->> 'SyncToken')::bigint"""
        write(
            connection,
            statement,
            realm=realm,
            entity=entity,
            ids=Texts([str(kept["Id"]).encode() for kept in objects[start : start + _CHUNK]]),
            objects=json_texts(objects[start : start + _CHUNK]),
            at=at,
        )


def note_gone(
    connection: sa.Connection, realm: str, entity: str, ids: Iterable[str], at: dt.datetime
) -> None:
    """Record that QuickBooks no longer has these; their last state is kept."""
    statement = """update ledger.quickbooks_transactions set gone_at = :at
                   where realm = :realm and entity = :entity and quickbooks_id = any(:ids) and gone_at is null"""
    write(connection, statement, realm=realm, entity=entity, ids=list(ids), at=at)


def note_all_gone_but(
    connection: sa.Connection,
    realm: str,
    entity: str,
    ids: Iterable[str],
    first_day: dt.date,
    at: dt.datetime,
) -> None:
    """After the whole list was read: what is dated ``first_day`` or later and was not in it is gone."""
    statement = """update ledger.quickbooks_transactions set gone_at = :at
                   where realm = :realm and entity = :entity and not (quickbooks_id = any(:ids)) and gone_at is null
                     and (object ->> 'TxnDate')::date >= :first_day"""
    execute(connection, statement, realm=realm, entity=entity, ids=list(ids), first_day=first_day, at=at)


def count_of(connection: sa.Connection, realm: str, entity: str, first_day: dt.date) -> int:
    """How many we believe are in QuickBooks, dated ``first_day`` or later."""
    statement = """select count(*) from ledger.quickbooks_transactions
                   where realm = :realm and entity = :entity and gone_at is null
                     and (object ->> 'TxnDate')::date >= :first_day"""
    return execute(connection, statement, realm=realm, entity=entity, first_day=first_day).scalar_one()


def is_kept(connection: sa.Connection, realm: str, entity: str) -> bool:
    """Whether any transaction of that entity was ever seen."""
    statement = """select exists (select from ledger.quickbooks_transactions where realm = :realm and entity = :entity)"""
    return bool(execute(connection, statement, realm=realm, entity=entity).scalar_one())


def linked_but_never_seen(connection: sa.Connection, realm: str) -> dict[str, list[str]]:
    """Ids of linked transactions that were never kept, by entity."""
    ids_by_entity: dict[str, list[str]] = {}
    statement = """select l.quickbooks_type, l.quickbooks_id from ledger.links l
                   where l.realm = :realm and l.quickbooks_type = any(:entities) and l.state <> 'gone'
                     and not exists (select from ledger.quickbooks_transactions t where t.realm = l.realm
                                     and t.entity = l.quickbooks_type and t.quickbooks_id = l.quickbooks_id)
                   order by 1, 2"""
    rows = execute(connection, statement, realm=realm, entities=list(TRANSACTIONS))
    for row in rows:
        ids_by_entity.setdefault(row.quickbooks_type, []).append(row.quickbooks_id)
    return ids_by_entity


def linked_and_early(connection: sa.Connection, realm: str, entity: str, first_day: dt.date) -> list[str]:
    """Ids of linked transactions that a list of those dated ``first_day`` or later cannot account for: dated before it as far as we know,
    or missing from the list we read last.
    """
    statement = """select t.quickbooks_id from ledger.quickbooks_transactions t
                   join ledger.links l on l.realm = t.realm and l.quickbooks_type = t.entity and l.quickbooks_id = t.quickbooks_id
                   where t.realm = :realm and t.entity = :entity and l.state <> 'gone'
                     and (t.gone_at is not null or (t.object ->> 'TxnDate')::date < :first_day)
                   order by 1"""
    rows = execute(connection, statement, realm=realm, entity=entity, first_day=first_day)
    return list(rows.scalars())


def state_of(connection: sa.Connection, realm: str) -> State | None:
    """How far QuickBooks has been read, or None before the first time."""
    statement = "select as_of, first_day from ledger.quickbooks_transactions_state where realm = :realm"
    row = execute(connection, statement, realm=realm).one_or_none()
    return None if row is None else State(row.as_of, row.first_day)


def save_state(connection: sa.Connection, realm: str, state: State) -> None:
    """Record how far QuickBooks has been read."""
    statement = """insert into ledger.quickbooks_transactions_state (realm, as_of, first_day)
                   values (:realm, :as_of, :first_day)
                   on conflict (realm) do update set as_of = excluded.as_of, first_day = excluded.first_day"""
    execute(connection, statement, realm=realm, as_of=state.as_of, first_day=state.first_day)
