"""Links and decisions of records of several source types at once, by (source type, source id); and the link to an object seen in QuickBooks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.ledger import decisions, links
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.model.decisions import DecisionState
from rentaxis_pipelines.model.links import Link, Origin
from rentaxis_pipelines.model.payload import content_hash
from rentaxis_pipelines.model.record_type import PART_PAYMENT_TYPE
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, KEY_FIELD, part_of
from rentaxis_pipelines.quickbooks.entities import total_of
from rentaxis_pipelines.sync.run import Run


def links_of_keys(connection: sa.Connection, realm: str, keys: Iterable[Key]) -> dict[Key, Link]:
    """The links of those that have one."""
    return {
        (source_type, source_id): link
        for source_type, ids in ids_by_type(keys).items()
        for source_id, link in links.links_of(connection, realm, source_type, ids).items()
    }


def keys_with_parts(connection: sa.Connection, realm: str, key: Key) -> list[Key]:
    """The record's own key and those of its parts, such as the payments of a bill, whether or not they stand anywhere."""
    source_type, source_id = key
    types = [name for part in part_of(BY_SOURCE_TYPE[source_type].name) for name in part.source_types]
    several = [
        (name, link.source_id)
        for name in types
        if name == PART_PAYMENT_TYPE
        for link in links.parts_of(connection, realm, name, [source_id])
    ]
    return [key, *((name, source_id) for name in types if name != PART_PAYMENT_TYPE), *several]


def decision_states(connection: sa.Connection, realm: str, keys: Iterable[Key]) -> dict[Key, DecisionState]:
    """What people decided about those that anything was decided about."""
    return {
        (source_type, source_id): state
        for source_type, ids in ids_by_type(keys).items()
        for source_id, state in decisions.states_of(connection, realm, source_type, ids).items()
    }


def ids_by_type(keys: Iterable[Key]) -> dict[str, set[str]]:
    """The source ids of each source type."""
    by_type: dict[str, set[str]] = defaultdict(set)
    for source_type, source_id in keys:
        by_type[source_type].add(source_id)
    return by_type


def link_to(
    run: Run,
    key: Key,
    entity: str,
    current: Mapping[str, Any],
    mapped: dict[str, Any],
    origin: Origin,
    **others: Any,
) -> Link:
    """The link to an object as QuickBooks shows it, with none of its fields ours. ``others``: fields of the link that are to differ."""
    number = current.get(KEY_FIELD[entity])
    fields: dict[str, Any] = {
        "sync_token": str(current["SyncToken"]),
        "owned": [],
        "quickbooks_number": str(number) if number else None,
        "run_id": run.run_id,
        **others,
    }
    if "content_hash" not in fields:  # many links are settled at once, and most callers know it
        fields["content_hash"] = content_hash(mapped)
    return Link(
        realm=run.realm,
        source_type=key[0],
        source_id=key[1],
        quickbooks_type=entity,
        quickbooks_id=str(current["Id"]),
        mapped=mapped,
        origin=origin,
        total=total_of(current),
        updated_at=run.now(),
        **fields,
    )
