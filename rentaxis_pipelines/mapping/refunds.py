"""Money of a payment that was paid back, as Intuit's help books it, by what the money was.

Not applied (an overpayment, or amounts that were released)   an expense to the customer against accounts receivable, which the payment's
        own credit then pays ("Record a refund for an overpayment or credit"). Intuit pays it by a payment of zero that takes both; the
        API lets a payment name an expense, but not another payment, so here the payment itself is applied to it (``payments``).
Applied to an invoice that stays paid   a refund receipt on the products of that invoice, from the account it was paid out of
        ("Create a refund receipt"). Of several lines, each in proportion.

Not here: the payment (``payments``), a payment that came back (``payment_returns``).
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import cast

import msgspec

from rentaxis_pipelines.mapping import resolve, rules, text
from rentaxis_pipelines.mapping.deleted_at_source import brought_to_zero
from rentaxis_pipelines.mapping.outcome import NO_FACTS, Context, Existing, Facts, Mapped, answers, refused
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.payload import VOID_HASH, Entity, Payload
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import REFUND
from rentaxis_pipelines.model.source_records import PaidBack, Payment, Refund
from rentaxis_pipelines.model.statuses import COMPLETED, PENDING, TAKEN_BACK

_ZERO = Decimal("0.00")


class Share(msgspec.Struct, frozen=True):
    """What of a refund was not applied to invoices, and what was."""

    on_account: Decimal
    of_invoices: Decimal


def refund_label(refund: Refund) -> str:
    """The refund as a person knows it."""
    return f"Refund {refund.source_id} of payment {refund.payment_number or refund.payment_id}"


def refund_lookups(context: Context, refund: Refund) -> Iterator[resolve.Lookup]:
    """What the refund needs of the company file."""
    yield partial(_paid_from, context, refund)
    if shared(refund).on_account:
        yield partial(resolve.receivable_id, context, refund_label(refund))


def shared(refund: Refund) -> Share:
    """What is not applied goes back first."""
    applied = sum((each.amount or _ZERO for each in refund.allocations), _ZERO)
    amount = refund.amount or _ZERO
    free = max((refund.payment_amount or _ZERO) - applied - (refund.refunded_before or _ZERO), _ZERO)
    return Share(min(amount, free), amount - min(amount, free))


def paid_back_on_account(payment: Payment) -> dict[str, Decimal]:
    """The completed refunds of a payment, by id, that were paid back whole out of what it has not applied; as ``shared`` says of each."""
    applied = sum((each.amount or _ZERO for each in payment.allocations), _ZERO)
    free = max((payment.amount or _ZERO) - applied, _ZERO)
    found: dict[str, Decimal] = {}
    for refund in sorted(payment.refunds, key=_order):
        if refund.status != COMPLETED:
            continue
        amount = refund.amount or _ZERO
        if 0 < amount <= free:
            found[refund.source_id] = amount
        free = max(free - amount, _ZERO)
    return found


def _order(refund: PaidBack) -> tuple[dt.date, int, str]:
    return refund.refund_date or dt.date.max, len(refund.source_id), refund.source_id


@answers
def plan_refund(
    refund: Refund, existing: Existing | None, context: Context, facts: Facts = NO_FACTS
) -> Mapped:
    """Create, update or void the expense or refund receipt of a refund, or the reason why not."""
    label = refund_label(refund)
    if refund.deleted_at is not None or refund.status in TAKEN_BACK:
        return _void(refund, existing, context, label)
    rules.refuse_unreadable(refund, label)
    if refund.status == PENDING and existing is None:
        raise refused(ReasonCode.DRAFT, f"{label} is not completed yet.")
    rules.refuse_unknown_status(refund.status, frozenset({COMPLETED}), label)
    rules.refuse_before_go_live(context, existing, refund.refund_date, label)
    total = resolve.money(refund.amount, label)
    share = shared(refund)
    _refuse_too_much(refund, total, label)
    entity: Entity = "Purchase" if share.on_account else "RefundReceipt"
    if share.on_account and share.of_invoices:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} pays back {as_read(share.on_account)} that was not applied and {as_read(share.of_invoices)} that paid invoices.",
            "Enter two refunds in RentAxis, one of each, then run again.",
        )
    if existing is not None and existing.content_hash != VOID_HASH and existing.entity != entity:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} is booked as {'a refund receipt' if entity == 'Purchase' else 'an expense against receivables'}, but what the payment "
            "is applied to was changed in RentAxis since.",
            "Void the refund in RentAxis and enter it again.",
        )
    customer = rules.refuse_without_customer(facts.parent_id, refund.payer, label)
    standing = existing if existing is None or existing.entity == entity else None
    build = (
        partial(_expense, refund, context, customer, total)
        if share.on_account
        else partial(_receipt, refund, context, facts, customer, total)
    )
    return rules.create_or_update(
        context,
        standing,
        entity=entity,
        label=label,
        record_date=refund.refund_date,
        key=refund_number(refund),
        total=total,
        build=build,
    )


def refund_number(refund: Refund) -> str:
    """The DocNumber: ours, for RentAxis does not number refunds."""
    return text.derived_number("U", refund.source_id)


def _refuse_too_much(refund: Refund, total: Decimal, label: str) -> None:
    left = (refund.payment_amount or _ZERO) - (refund.refunded_before or _ZERO)
    if total <= 0 or total > left:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} comes to {as_read(total)}, but {as_read(max(left, _ZERO))} of the payment is left to be paid back.",
            "Correct the refund in RentAxis, then run again.",
        )


def _expense(
    refund: Refund,
    context: Context,
    customer_id: str,
    total: Decimal,
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    detail: Payload = {"AccountRef": {"value": resolve.receivable_id(context, refund_label(refund))}}
    return {
        "PaymentType": "Cash",  # QuickBooks' word for any direct payment
        "AccountRef": {"value": _paid_from(context, refund)},
        "EntityRef": {"value": customer_id, "type": "Customer"},
        "DocNumber": refund_number(refund),
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": _note(refund, notes),
        "Line": [
            {
                "DetailType": "AccountBasedExpenseLineDetail",
                "Amount": total,
                "Description": _said(refund),
                "AccountBasedExpenseLineDetail": detail,
            }
        ],
    }


def _receipt(
    refund: Refund,
    context: Context,
    facts: Facts,
    customer_id: str,
    total: Decimal,
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    return {
        "CustomerRef": {"value": customer_id},
        "DepositToAccountRef": {
            "value": _paid_from(context, refund)
        },  # QuickBooks' name for where it is paid from
        "DocNumber": refund_number(refund),
        "PaymentRefNum": refund_number(refund),
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": _note(refund, notes),
        "Line": [
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": amount,
                "Description": _said(refund),
                "SalesItemLineDetail": {"ItemRef": {"value": item_id}},
            }
            for item_id, amount in _by_item(refund, facts.sold, total).items()
        ],
    }


def _by_item(
    refund: Refund, sold: Mapping[str, Sequence[tuple[str, Decimal]]], total: Decimal
) -> dict[str, Decimal]:
    """The refund by product, in proportion to what the payment paid; cents that do not divide go to the largest. Raises ``RecordRefused``
    where an invoice is not in QuickBooks.
    """
    weights: dict[str, Decimal] = {}
    for allocation in refund.allocations:
        lines = sold.get(allocation.invoice_id)
        whole = sum((amount for _, amount in lines or ()), _ZERO)
        if not lines or whole <= 0:
            number = allocation.invoice_number or allocation.invoice_id
            raise refused(
                ReasonCode.WAITING_FOR_PARENT,
                f"{refund_label(refund)} is waiting for invoice {number}, whose products it pays back.",
                f"See the result of invoice {number}, then run again.",
                allocation.invoice_id,
            )
        for item_id, amount in lines:
            part = (allocation.amount or _ZERO) * amount / whole
            weights[item_id] = weights.get(item_id, _ZERO) + part
    paid = sum(weights.values(), _ZERO)
    parts = {
        item_id: (total * weight / paid).quantize(resolve.CENT, ROUND_HALF_UP)
        for item_id, weight in sorted(weights.items())
    }
    largest = max(parts, key=lambda item_id: (parts[item_id], item_id))
    parts[largest] += total - sum(parts.values(), _ZERO)
    return {item_id: amount for item_id, amount in parts.items() if amount}


def _paid_from(context: Context, refund: Refund) -> str:
    label = refund_label(refund)
    return resolve.paid_from(
        context, refund.method, refund.paid_from_account, label, resolve.DEPOSIT_TYPES
    ).account_id


def _said(refund: Refund) -> str:
    return f"Refund of payment {refund.payment_number or refund.payment_id}"


def _note(refund: Refund, notes: list[str]) -> str:
    places = list(dict.fromkeys(text.place(allocation.place) for allocation in refund.allocations))
    return text.private_note([*notes, *places, _said(refund)], marker(REFUND, refund.source_id))


def _void(refund: Refund, existing: Existing | None, context: Context, label: str) -> Mapped:
    return rules.void_record(
        context,
        refund,
        existing,
        label=label,
        record_date=refund.refund_date,
        key=refund_number(refund),
        payload=brought_to_zero(existing, "Void in RentAxis") if existing is not None else cast(Payload, {}),
    )
