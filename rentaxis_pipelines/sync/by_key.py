"""Links and decisions of records of several source types at once, by (source type, source id)."""

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from rentaxis_pipelines.ledger import decisions, links
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.model.decisions import DecisionState
from rentaxis_pipelines.model.links import Link


def links_of_keys(connection: sa.Connection, realm: str, keys: Iterable[Key]) -> dict[Key, Link]:
    """The links of those that have one."""
    return {
        (source_type, source_id): link
        for source_type, ids in ids_by_type(keys).items()
        for source_id, link in links.links_of(connection, realm, source_type, ids).items()
    }


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
