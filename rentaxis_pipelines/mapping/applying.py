"""What of a payment goes to which invoice, and what is left over until its invoice can take it.

Money lies on the day the bank saw it: a payment is booked with what can be applied, and the rest stays on it unapplied. Here:
lines and sentences, out of what is known of each invoice. Not here: finding that out (``sync.planning.invoices_paid``).
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from rentaxis_pipelines.mapping import resolve
from rentaxis_pipelines.mapping.outcome import Context, NotMapped, Refused, refused
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.payload import Payload
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.source_records import Allocation, Payment

_ZERO = Decimal("0.00")


class Wait(msgspec.Struct, frozen=True):
    """Why an invoice cannot take its part of a payment: a clause after "which", and what a person does.

    ``ends``: it may come to QuickBooks yet, and the payment follows by itself. Otherwise the part is for a person to apply.
    """

    clause: str
    how_to_fix: str = REASONS[ReasonCode.APPLIED_IN_PART].how_to_fix
    ends: bool = True


class Left(msgspec.Struct, frozen=True):
    """A part of a payment that is not applied."""

    invoice: str  # its number
    invoice_id: str
    amount: Decimal
    wait: Wait


class Applied(msgspec.Struct, frozen=True):
    """The lines that can be sent, and the parts that are left over."""

    lines: list[Payload]
    left: list[Left]


def apply(payment: Payment, label: str, invoice_ids: Mapping[str, str], waits: Mapping[str, Wait]) -> Applied:
    """Both by RentAxis invoice id: the QuickBooks Invoices that stand, and why others do not. Raises ``Refused``: amounts
    that cannot be.
    """
    applied: dict[str, Decimal] = {}
    left: list[Left] = []
    used = _ZERO
    for allocation in payment.allocations:
        amount = _part(allocation, label)
        used += amount
        invoice_id = invoice_ids.get(allocation.invoice_id)
        if invoice_id is None:
            number = _number(allocation)
            unknown = Wait(
                "is not in QuickBooks yet", f"See what became of invoice {number}, then run again."
            )
            wait = waits.get(allocation.invoice_id, unknown)
            left.append(Left(number, allocation.invoice_id, amount, wait))
        else:
            applied[invoice_id] = applied.get(invoice_id, _ZERO) + amount
    total = resolve.money(payment.amount, label)
    if used > total:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} is {as_read(total)}, but {as_read(used)} of it is applied to invoices: "
            f"{as_read(used - total)} too much.",
            "Correct the allocations in RentAxis, then run again.",
        )
    lines: list[Payload] = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": invoice_id, "TxnType": "Invoice"}]}
        for invoice_id, amount in sorted(applied.items())
    ]
    return Applied(lines, left)


def held_back(context: Context, label: str, left: list[Left]) -> Refused | None:
    """The refusal of a payment that is not to be booked before all of it can be applied, where the company wants it so."""
    if not left or context.company.policies.unapplied == "push":
        return None
    first = min(left, key=lambda one: one.wait.ends)  # what never ends is what a person must see
    if first.wait.ends:
        reason = f"{label} waits for invoice {first.invoice}, which {first.wait.clause}."
        return refused(ReasonCode.WAITING_FOR_PARENT, reason, first.wait.how_to_fix, first.invoice_id)
    reason = f"{label} pays invoice {first.invoice}, which {first.wait.clause}."
    return refused(ReasonCode.INVALID_VALUE, reason, first.wait.how_to_fix, first.invoice_id)


def left_over(label: str, left: list[Left], *, unchanged: bool) -> NotMapped:
    """What is said on the row of a payment of which something is left over. Nobody needs to do what ends by itself."""
    amount = sum((one.amount for one in left), _ZERO)
    beginning = "has not changed since it was pushed" if unchanged else "is booked on its day"
    parts = "; ".join(
        f"{as_read(one.amount)} {'waits' if one.wait.ends else 'is'} for invoice {one.invoice}, which {one.wait.clause}"
        for one in left
    )
    nothing = REASONS[ReasonCode.APPLIED_IN_PART].how_to_fix
    remedies = list(dict.fromkeys(one.wait.how_to_fix for one in left if one.wait.how_to_fix != nothing))
    return NotMapped(
        ReasonCode.APPLIED_IN_PART,
        f"{label} {beginning}, {as_read(amount)} of it not applied yet: {parts}.",
        " ".join(remedies) or nothing,
        left[0].invoice_id,
    )


def _number(allocation: Allocation) -> str:
    return allocation.invoice_number or allocation.invoice_id


def _part(allocation: Allocation, label: str) -> Decimal:
    number = _number(allocation)
    amount = resolve.money(allocation.amount, f"the part of {label} for invoice {number}")
    if amount <= 0:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} gives {as_read(amount)} to invoice {number}; it must be above zero.",
        )
    return amount
