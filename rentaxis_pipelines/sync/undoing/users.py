"""Whether a customer, vendor, class or location that the run made may become inactive: what else is on it, in QuickBooks and by our links.

A few metered reads for all of them at once. What is void does not count, nor what is taken back with it. QuickBooks can be asked for the
transactions of a customer and for a vendor's bills; a vendor's purchases, and what carries a class or location, cannot be asked for
(entity reference), so there the ledger's own copies tell. Not here: other reasons (``obstacles``), payments (``dependents``).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from rentaxis_pipelines.ledger import snapshots, usage
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import in_words
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.quickbooks.entities import is_void
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.undoing.history import Address, Object
from rentaxis_pipelines.sync.undoing.item import Item, number_of, party_of, total_of

# What QuickBooks can be asked for by whose it is (filterable in the entity reference).
_ASKED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Customer": ("CustomerRef", ("Invoice", "Payment", "CreditMemo", "RefundReceipt")),
    "Vendor": ("VendorRef", ("Bill", "BillPayment")),
}
_REFERENCE = {"Vendor": "EntityRef", "Class": "ClassRef", "Department": "DepartmentRef"}


def refuse_those_in_use(run: Run, items: Sequence[Item]) -> None:
    """Refuse the names that something is on which stays; say of the others what they follow."""
    unused = [item for item in items if item.reversal == "inactive" and item.goes]
    by_address = {item.address: item for item in items}
    for entity in ("Customer", "Vendor", "Class", "Department"):
        names = {item.address[1]: item for item in unused if item.entity == entity}
        for quickbooks_id, users in _users(run, entity, names).items():
            for address, user in users.items():
                _judge(names[quickbooks_id], by_address.get(address), address, user)
    _with_children(run, unused, by_address)


def _judge(name: Item, item: Item | None, address: Address, user: Object) -> None:
    if item is not None and item.goes and (item.leaves_nothing or not _is_on(name, item.back)):
        name.after.add(item.key)
    elif name.why is None:
        name.why = in_use(name, item.label if item is not None else _named(address, user))


def in_use(name: Item, user: str) -> Refusal:
    """The refusal that names what is on it."""
    return refusal(
        ReasonCode.IN_USE,
        f"{name.label} cannot be made inactive, because {user} is on it in QuickBooks.",
        f"Nothing to do if {name.label} is still needed; otherwise see to {user} first, then undo the run again.",
    )


def _is_on(name: Item, transaction: Object | None) -> bool:
    if name.entity in ("Customer", "Vendor"):
        return party_of(transaction) == name.address[1]
    return name.address[1] in usage.references_in(transaction or {}, _REFERENCE[name.entity])


def _named(address: Address, user: Object) -> str:
    number = number_of(address[0], user)
    word = in_words(address[0])
    return f"{word} {number}" if number else f"the {word} of {user.get('TxnDate')} for {total_of(user):,.2f}"


def _users(run: Run, entity: str, names: Mapping[str, Item]) -> dict[str, dict[Address, Object]]:
    """What is on each of these names, by its id."""
    users: dict[str, dict[Address, Object]] = {quickbooks_id: {} for quickbooks_id in names}
    if not names:
        return users
    field, asked = _ASKED.get(entity, ("", ()))
    for kind in asked:
        for transaction in run.client.query_in(kind, field, sorted(names)):
            _add(users, _referred(transaction, field), kind, transaction)
    reference = _REFERENCE.get(entity)
    if reference is not None:
        for quickbooks_id, kind, transaction in usage.on(run.connection, run.realm, reference, sorted(names)):
            _add(users, quickbooks_id, kind, transaction)
    return users


def _referred(entry: Mapping[str, Any], field: str) -> str:
    return str(cast("Mapping[str, Any]", entry.get(field) or {}).get("value"))


def _add(
    users: dict[str, dict[Address, Object]], quickbooks_id: str, kind: str, transaction: dict[str, Any]
) -> None:
    if quickbooks_id in users and not is_void(transaction):
        users[quickbooks_id][kind, str(transaction["Id"])] = transaction


def _with_children(run: Run, unused: Iterable[Item], by_address: Mapping[Address, Item]) -> None:
    """A name below another: a sub-customer, the class of a unit."""
    parents = {item.address: item for item in unused}
    for entity in {address[0] for address in parents}:
        for entry in snapshots.objects_of(run.connection, run.realm, entity):
            parent = parents.get((entity, _referred(entry, "ParentRef")))
            if parent is None or entry.get("Active") is False:
                continue
            child = by_address.get((entity, str(entry["Id"])))
            if child is not None and child.goes and child.reversal == "inactive":
                parent.after.add(child.key)
            elif parent.why is None:
                parent.why = in_use(
                    parent, f"{in_words(entity)} {entry.get('DisplayName') or entry.get('Name')}"
                )
