"""What the ledger knows, by id or by name: records, including those RentAxis no longer has, and QuickBooks' objects.

Read-only. Not here: choosing among matches (``sync.which_record``).
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import fetch
from rentaxis_pipelines.ledger.unchanged_results import newest_of_each
from rentaxis_pipelines.model.registry import REGISTRY

_SOURCE_TYPES = {entry.entities[0]: list(entry.source_types) for entry in REGISTRY if entry.linked_by_hand}


class KnownRecord(msgspec.Struct, frozen=True):
    """A record that was pushed, or decided or asked about. ``number`` is its number or name in QuickBooks."""

    source_id: str
    number: str | None = None


class LastShown(msgspec.Struct, frozen=True):
    """How a record was shown in its latest result."""

    source_id: str
    source_label: str
    amount: Decimal
    day: dt.date


def known_records(
    connection: sa.Connection, realm: str, source_type: str, known_by: str
) -> list[KnownRecord]:
    """Records of the type with this id, or this number in QuickBooks, ignoring case."""
    statement = """select source_id, max(number) as number from (
                     select source_id, quickbooks_number as number from ledger.links
                     where realm = :realm and source_type = :source_type
                       and (lower(source_id) = lower(:known_by) or lower(quickbooks_number) = lower(:known_by))
                     union all
                     select source_id, null from ledger.decisions
                     where realm = :realm and source_type = :source_type and lower(source_id) = lower(:known_by)
                     union all
                     select source_id, null from ledger.questions
                     where realm = :realm and source_type = :source_type and lower(source_id) = lower(:known_by)
                   ) known group by source_id order by source_id"""
    return fetch(connection, KnownRecord, statement, realm=realm, source_type=source_type, known_by=known_by)


def last_shown(
    connection: sa.Connection, realm: str, source_type: str, source_ids: Iterable[str]
) -> dict[str, LastShown]:
    """How each was last shown, by id; records without a result are absent."""
    statement = f"""select newest.source_id, newest.source_label, newest.amount, newest.day
                    from (select cast(:source_type as text) as source_type, wanted as source_id from unnest(cast(:ids as text[])) as wanted) w
                    cross join lateral ({newest_of_each("true")}) newest"""  # noqa: S608 - a constant
    results = fetch(
        connection, LastShown, statement, realm=realm, source_type=source_type, ids=list(set(source_ids))
    )
    return {result.source_id: result for result in results}


class KnownObject(msgspec.Struct, frozen=True):
    """An object of QuickBooks as it was when last read. ``name``: a DisplayName, or the number of a transaction."""

    quickbooks_id: str
    name: str


def known_objects(connection: sa.Connection, realm: str, entity: str, known_by: str) -> list[KnownObject]:
    """Objects of the entity with this id or this name, ignoring case: lists, transactions, and suggested matches."""
    statement = """select quickbooks_id, max(name) as name from (
                     select quickbooks_id, coalesce(object ->> 'DisplayName', '') as name
                     from ledger.snapshot_objects where realm = :realm and entity = :entity
                     union all
                     select quickbooks_id, coalesce(object ->> 'DocNumber', object ->> 'PaymentRefNum', '')
                     from ledger.quickbooks_transactions where realm = :realm and entity = :entity and gone_at is null
                     union all
                     select candidate ->> 'quickbooks_id', coalesce(candidate ->> 'name', '')
                     from ledger.questions, json_array_elements(candidates) as candidate
                     where realm = :realm and source_type = any(:source_types)
                   ) known
                   where quickbooks_id = :known_by or lower(name) = lower(:known_by)
                   group by quickbooks_id order by quickbooks_id"""
    return fetch(
        connection,
        KnownObject,
        statement,
        realm=realm,
        entity=entity,
        known_by=known_by,
        source_types=_SOURCE_TYPES[entity],
    )
