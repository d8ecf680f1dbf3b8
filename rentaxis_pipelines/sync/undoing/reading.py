"""What the objects of a run look like in QuickBooks now, with everything that pays them and everything they pay.

Metered reads, many objects with one query; customers, vendors and places are in the snapshot, which is fresh. Not here: what follows from it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from rentaxis_pipelines.ledger import links, snapshots
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.undoing.dependents import PAID_BY, PAYS, TXN_TYPE
from rentaxis_pipelines.sync.undoing.history import Address, Object, Touched
from rentaxis_pipelines.sync.undoing.restore import is_name


def links_to(run: Run, addresses: Iterable[Address]) -> dict[Address, Link]:
    """The links to these objects, under whichever record they are kept."""
    return {
        (entity, link.quickbooks_id): link
        for entity, ids in by_entity(addresses).items()
        for link in links.of_objects(run.connection, run.realm, entity, ids)
    }


def by_entity(addresses: Iterable[Address]) -> dict[str, set[str]]:
    """The ids of each QuickBooks type."""
    ids: dict[str, set[str]] = defaultdict(set)
    for entity, quickbooks_id in addresses:
        ids[entity].add(quickbooks_id)
    return ids


def in_quickbooks(run: Run, touched: Iterable[Touched], besides: Iterable[Address]) -> dict[Address, Object]:
    """The objects by QuickBooks type and id; those that are gone are absent. ``besides``: others that are wanted too."""
    touched = list(touched)
    wanted = by_entity([*(written.address for written in touched), *besides])
    for written in touched:
        for entity, quickbooks_id in paid_by_lines(written.before):
            wanted[entity].add(quickbooks_id)
    objects: dict[Address, Object] = {}
    for entity in [entity for entity in wanted if is_name(entity)]:
        ids = wanted.pop(entity)
        for entry in snapshots.objects_of(run.connection, run.realm, entity):
            if str(entry["Id"]) in ids:
                objects[entity, str(entry["Id"])] = entry
    for entity in [entity for entity in wanted if entity in PAYS]:
        _read(run, entity, wanted.pop(entity), objects)
    for payment in list(objects.values()):
        for entity, quickbooks_id in paid_by_lines(payment):
            wanted[entity].add(quickbooks_id)
    for entity, ids in wanted.items():
        _read(run, entity, ids, objects)
    for entity, payment in PAID_BY.items():
        paid = [transaction for (kind, _), transaction in objects.items() if kind == entity]
        payments = {
            quickbooks_id for transaction in paid for quickbooks_id in payments_on(transaction, payment)
        }
        _read(run, payment, {each for each in payments if (payment, each) not in objects}, objects)
    return objects


def paid_by_lines(payment: Object | None) -> set[Address]:
    """The invoices, bills and purchases that a payment is applied to, by its lines."""
    entities = {TXN_TYPE.get(entity, entity): entity for entity in PAID_BY}
    return {
        (entities[linked["TxnType"]], str(linked["TxnId"]))
        for line in _listed(payment, "Line")
        for linked in _listed(line, "LinkedTxn")
        if linked.get("TxnType") in entities
    }


def payments_on(transaction: Object, payment: str) -> set[str]:
    """The ids of the payments that an invoice or bill names. A bill names the kind of its payment: ``BillPaymentCheck``."""
    return {
        str(linked["TxnId"])
        for linked in _listed(transaction, "LinkedTxn")
        if str(linked.get("TxnType")).startswith(payment)
    }


def _listed(holder: Mapping[str, Any] | None, name: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", (holder or {}).get(name) or [])


def _read(run: Run, entity: str, ids: Collection[str], objects: dict[Address, Object]) -> None:
    if ids:
        for entry in run.client.query_in(entity, "Id", sorted(ids)):
            objects[entity, str(entry["Id"])] = entry
