"""QuickBooks' lists as last seen. Reads and writes of the snapshot tables; the caller commits."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute, fetch, insert
from rentaxis_pipelines.model.snapshot import SnapshotObject

_NAME = """coalesce(case when entity in ('Customer', 'Vendor') then object ->> 'DisplayName' end,
                    object ->> 'FullyQualifiedName', object ->> 'Name')"""


def entry_of(realm: str, entity: str, current: Mapping[str, Any]) -> SnapshotObject:
    """An object of a list as QuickBooks gives it, as it is kept here."""
    return SnapshotObject(
        realm=realm,
        entity=entity,
        quickbooks_id=str(current["Id"]),
        active=bool(current.get("Active", True)),
        object=dict(current),
    )


def save_objects(connection: sa.Connection, objects: Sequence[SnapshotObject]) -> None:
    """Insert or replace by (realm, entity, id)."""
    insert(
        connection,
        "snapshot_objects",
        objects,
        "on conflict (realm, entity, quickbooks_id) do update set active = excluded.active, object = excluded.object",
    )


def replace_entity(
    connection: sa.Connection, realm: str, entity: str, objects: Sequence[SnapshotObject]
) -> None:
    """Replace the entity's whole list."""
    statement = "delete from ledger.snapshot_objects where realm = :realm and entity = :entity"
    execute(connection, statement, realm=realm, entity=entity)
    save_objects(connection, objects)


def forget_objects(connection: sa.Connection, realm: str, entity: str, ids: Iterable[str]) -> None:
    """Delete the objects that QuickBooks says were deleted."""
    statement = "delete from ledger.snapshot_objects where realm = :realm and entity = :entity and quickbooks_id = any(:ids)"
    execute(connection, statement, realm=realm, entity=entity, ids=list(ids))


def objects_of(connection: sa.Connection, realm: str, entity: str) -> list[dict[str, Any]]:
    """The entity's objects as QuickBooks gave them, by id."""
    statement = "select * from ledger.snapshot_objects where realm = :realm and entity = :entity order by quickbooks_id"
    objects = fetch(connection, SnapshotObject, statement, realm=realm, entity=entity)
    return [row.object for row in objects]


def objects_by_entity(
    connection: sa.Connection, realm: str, entities: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """The objects of each of these entities as QuickBooks gave them, by id."""
    statement = "select * from ledger.snapshot_objects where realm = :realm and entity = any(:entities) order by quickbooks_id"
    found: dict[str, list[dict[str, Any]]] = {entity: [] for entity in entities}
    for row in fetch(connection, SnapshotObject, statement, realm=realm, entities=list(entities)):
        found[row.entity].append(row.object)
    return found


def counts_of(connection: sa.Connection, realm: str) -> dict[str, int]:
    """How many objects are kept of each entity."""
    statement = "select entity, count(*) as objects from ledger.snapshot_objects where realm = :realm group by entity order by entity"
    rows = execute(connection, statement, realm=realm)
    return {row.entity: row.objects for row in rows}


def state_of(connection: sa.Connection, realm: str) -> tuple[dt.datetime, str | None] | None:
    """(as_of, run that last refreshed it), or None before the first full read."""
    row = execute(
        connection, "select as_of, run_id from ledger.snapshot_state where realm = :realm", realm=realm
    ).one_or_none()
    return None if row is None else (row.as_of, row.run_id)


def save_state(connection: sa.Connection, realm: str, as_of: dt.datetime, run_id: str) -> None:
    """Record up to when changes have been read, and by which run."""
    statement = """insert into ledger.snapshot_state (realm, as_of, run_id) values (:realm, :as_of, :run_id)
                   on conflict (realm) do update set as_of = excluded.as_of, run_id = excluded.run_id"""
    execute(connection, statement, realm=realm, as_of=as_of, run_id=run_id)


def names_of(connection: sa.Connection, realm: str) -> dict[tuple[str, str], str]:
    """The name of every object of the lists, by entity and id; a nested one's with its parents'."""
    statement = (
        f"select entity, quickbooks_id, {_NAME} as name from ledger.snapshot_objects where realm = :realm"  # noqa: S608 - a constant
    )
    rows = execute(connection, statement, realm=realm)
    return {(row.entity, row.quickbooks_id): row.name for row in rows if row.name}


def names_of_ids(
    connection: sa.Connection, realm: str, entities: Iterable[str], ids: Iterable[str]
) -> dict[tuple[str, str], str]:
    """The same of the objects of these lists with these ids alone."""
    statement = f"""select entity, quickbooks_id, {_NAME} as name from ledger.snapshot_objects
                    where realm = :realm and entity = any(:entities) and quickbooks_id = any(:ids)"""  # noqa: S608 - a constant
    rows = execute(connection, statement, realm=realm, entities=list(entities), ids=list(ids))
    return {(row.entity, row.quickbooks_id): row.name for row in rows if row.name}
