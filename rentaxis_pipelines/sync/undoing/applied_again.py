"""Payments that QuickBooks took off an invoice because the run voided it: they are applied again once the invoice is back.

The run may never have written such a payment, or only after QuickBooks had taken it off; what was applied is known from what we wrote of
it before. A payment of somebody else's is nobody's to apply. Pure. Not here: what payments let go of themselves (``dependents``).
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from decimal import Decimal
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.quickbooks.entities import is_void
from rentaxis_pipelines.sync.pushing.in_the_way import applied
from rentaxis_pipelines.sync.undoing.history import Address, Object, Touched
from rentaxis_pipelines.sync.undoing.item import Item, total_of
from rentaxis_pipelines.sync.undoing.obstacles import Facts, as_it_stands
from rentaxis_pipelines.sync.undoing.reading import payments_on

Loosened = Mapping[Address, set[str]]  # invoices by the payment that was applied to them


def loosened_payments(touched: Iterable[Touched]) -> Loosened:
    """The payments that were on invoices which the run voided."""
    loosened: dict[Address, set[str]] = {}
    for written in touched:
        before = written.before
        if (
            written.entity != "Invoice"
            or before is None
            or is_void(before)
            or not is_void(written.left or {})
        ):
            continue
        for payment in payments_on(before, "Payment"):
            loosened.setdefault(("Payment", payment), set()).add(written.address[1])
    return loosened


def with_applications(
    items: Sequence[Item],
    loosened: Loosened,
    objects: Mapping[Address, Object],
    known: Mapping[Address, Link],
    facts: Facts,
    applied_before: Set[Key],
) -> list[Item]:
    """The items, in which such payments go back to all they were applied to; those that the run did not write come on top, but for what an
    earlier undo has ``applied_before``.
    """
    by_address = {item.address: item for item in items}
    added: list[Item] = []
    for address, invoices in sorted(loosened.items()):
        coming = {invoice for invoice in invoices if _comes_back(by_address.get(("Invoice", invoice)))}
        item = by_address.get(address)
        if (
            item is not None
            and item.reversal == "restore"
            and item.back is not None
            and item.link_back is not None
        ):
            item.back = _applied_to(item.back, item.link_back, coming)
        elif item is None and coming and address in objects and _is_left(known.get(address), applied_before):
            payment = _besides(
                address, objects[address], known[address], coming, facts, len(items) + len(added)
            )
            added += [payment] if payment is not None else []
    return [*items, *added]


def _is_left(link: Link | None, applied_before: Set[Key]) -> bool:
    return link is not None and (link.source_type, link.source_id) not in applied_before


def _comes_back(invoice: Item | None) -> bool:
    """Whether it is put back now, or was by an undo that was interrupted."""
    return invoice is not None and (
        invoice.goes or (invoice.current is not None and not is_void(invoice.current))
    )


def _applied_to(payment: Object, link: Link, invoices: set[str]) -> Object:
    """The payment, applied also to those of these invoices that we had applied it to."""
    now, before = applied(payment), applied(link.mapped)
    missing = {invoice: before[invoice] for invoice in sorted(invoices & before.keys()) if invoice not in now}
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}
        for invoice, amount in missing.items()
    ]
    return {**payment, "Line": [*cast("list[Any]", payment.get("Line") or []), *lines]} if lines else payment


def _besides(
    address: Address, current: Object, link: Link, invoices: set[str], facts: Facts, order: int
) -> Item | None:
    back = _applied_to(current, link, invoices)
    if back is current or is_void(current):
        return None
    item = Item(
        key=(link.source_type, link.source_id),
        label=f"Payment {link.quickbooks_number or link.source_id}",
        address=address,
        reversal="restore",
        at=link.updated_at,
        current=current,
        back=back,
        link_back=msgspec.structs.replace(link),
        link=link,
        order=order,
    )
    item.why = as_it_stands(item, facts) or _applied_elsewhere(item)
    return item


def _applied_elsewhere(item: Item) -> Refusal | None:
    wanted = sum(applied(item.back or {}).values(), Decimal(0))
    if wanted <= total_of(item.current):
        return None
    return refusal(
        ReasonCode.CHANGED_IN_QUICKBOOKS,
        f"{item.label} was applied to an invoice that is put back, but has been applied to something else in QuickBooks since.",
        "Open the payment in QuickBooks and apply it as it should be.",
    )
