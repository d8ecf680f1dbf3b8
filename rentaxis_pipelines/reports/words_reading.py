"""Reads the names behind the references of a few QuickBooks objects: those alone, however long QuickBooks' lists are.

Not here: the names of a whole plan (``plan_reading.lists_of``), and how values are put in words (``plan_changes``).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import sqlalchemy as sa

from rentaxis_pipelines.ledger import links, snapshots
from rentaxis_pipelines.reports.plan_changes import Words
from rentaxis_pipelines.reports.plan_lists import Account, Lists
from rentaxis_pipelines.sync.snapshot import LISTS, PEOPLE


def words_of(
    connection: sa.Connection,
    realm: str,
    objects: Iterable[Mapping[str, Any]],
    made_first: Mapping[str, str] | None = None,
) -> Words:
    """The names these objects refer to, as QuickBooks' lists were last read, and the numbers of what they are applied to."""
    ids: set[str] = set()
    applied_to: dict[str, set[str]] = {}
    for part in _parts(list(objects)):
        if part.get("value"):
            ids.add(str(part["value"]))
        if part.get("TxnId"):
            applied_to.setdefault(str(part.get("TxnType")), set()).add(str(part["TxnId"]))
    names = snapshots.names_of_ids(connection, realm, (*PEOPLE, *LISTS), ids)
    for entity, linked in applied_to.items():
        numbers = links.numbers_of(connection, realm, entity, linked)
        names |= {(entity, quickbooks_id): number for quickbooks_id, number in numbers.items()}
    accounts = {
        quickbooks_id: Account(name) for (entity, quickbooks_id), name in names.items() if entity == "Account"
    }
    return Words(Lists(names=names, accounts=accounts), made_first or {})


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object nested in it, itself included."""
    if isinstance(value, Mapping):
        inside = cast("Mapping[str, Any]", value)
        yield inside
        for inner in inside.values():
            yield from _parts(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _parts(inner)
