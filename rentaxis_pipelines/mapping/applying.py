"""What of a payment goes to which invoice, and what is left over until its invoice can take it.

Money lies on the day the bank saw it: a payment is booked with what can be applied, and the rest stays on it unapplied. Here:
lines and sentences, out of what is known of each invoice. Not here: finding that out (``sync.planning.invoices_paid``).
"""

from decimal import Decimal

import msgspec

from rentaxis_pipelines.mapping import resolve
from rentaxis_pipelines.mapping.outcome import Context, Facts, RecordRefused, refused
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.payload import Payload
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Allocation, CreditApplication, Payment

RETURN_TXN_TYPE = (
    "Expense"  # how a payment's line names a Purchase that is no check (Intuit's reference of Payment)
)
_ZERO = Decimal("0.00")
_FOLLOWS = REASONS[ReasonCode.APPLIED_IN_PART].remedy


class UnappliedPart(msgspec.Struct, frozen=True):
    """A part of a payment that is not applied. ``what``: the invoice with its number, or the refund; ``why``: its reason is a clause after
    "which", of that.

    ``waiting_for_parent``: it may come to QuickBooks yet, and the payment follows by itself. Under any other code the part is for a person
    to apply.
    """

    what: str
    source_id: str
    amount: Decimal
    why: Refusal

    @property
    def follows_by_itself(self) -> bool:
        """Whether it is applied without a person once that is in QuickBooks."""
        return self.why.code == ReasonCode.WAITING_FOR_PARENT


class Applied(msgspec.Struct, frozen=True):
    """The lines that can be sent, and the parts that are not applied."""

    lines: list[Payload]
    unapplied: list[UnappliedPart]


def still_to_come(clause: str, remedy: str = "") -> Refusal:
    """Why an invoice or refund cannot take its part yet: a clause after "which". Nobody needs to do anything if ``remedy`` is empty."""
    return Refusal(ReasonCode.WAITING_FOR_PARENT, clause, remedy)


def invoice_never_comes(clause: str, remedy: str) -> Refusal:
    """Why an invoice will never take its part by itself: a clause after "which", and what a person does."""
    return Refusal(ReasonCode.INVALID_VALUE, clause, remedy)


def apply(payment: Payment | CreditApplication, label: str, facts: Facts) -> Applied:
    """``facts``: the QuickBooks Invoices that stand, why others do not, and what goes to the returns of earlier payments instead. Raises
    ``RecordRefused``: amounts that cannot be.
    """
    applied: dict[str, Decimal] = {}
    paid_again: dict[str, Decimal] = {}
    unapplied: list[UnappliedPart] = []
    used = _ZERO
    for allocation in payment.allocations:
        amount = _part(allocation, label)
        used += amount
        for reopened in facts.reopened.get(allocation.invoice_id, ()):
            paid_again[reopened.target_id] = paid_again.get(reopened.target_id, _ZERO) + reopened.amount
            amount -= reopened.amount
        if not amount:
            continue
        invoice_id = facts.invoice_ids.get(allocation.invoice_id)
        if invoice_id is None:
            number = _number(allocation)
            unknown = still_to_come(
                "is not in QuickBooks yet", f"See the result of invoice {number}, then run again."
            )
            why = facts.waits.get(allocation.invoice_id, unknown)
            unapplied.append(UnappliedPart(f"invoice {number}", allocation.invoice_id, amount, why))
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
    targets = [(target_id, "Invoice", amount) for target_id, amount in applied.items()]
    targets += [(target_id, RETURN_TXN_TYPE, amount) for target_id, amount in paid_again.items()]
    return Applied([line_on(*target) for target in sorted(targets)], unapplied)


def line_on(target_id: str, txn_type: str, amount: Decimal) -> Payload:
    """The line of a payment that is applied to that transaction."""
    return {"Amount": amount, "LinkedTxn": [{"TxnId": target_id, "TxnType": txn_type}]}


def refunds_to_come(facts: Facts) -> list[UnappliedPart]:
    """What of a payment's credit waits for refunds that it is to pay."""
    why = still_to_come("is not in QuickBooks yet")
    return [
        UnappliedPart(f"refund {refund}", refund, amount, why)
        for refund, amount in sorted(facts.refunds_to_come.items())
    ]


def held_back(context: Context, label: str, unapplied: list[UnappliedPart]) -> RecordRefused | None:
    """The refusal of a payment that is not to be booked before all of it can be applied, where the company wants it so."""
    if not unapplied or context.company.policies.unapplied == "push":
        return None
    # What never follows by itself is what a person must see.
    part = min(unapplied, key=lambda part: part.follows_by_itself)
    verb = "is waiting for" if part.follows_by_itself else "pays"
    reason = f"{label} {verb} {part.what}, which {part.why.reason}."
    return refused(part.why.code, reason, part.why.remedy or _FOLLOWS, part.source_id)


def not_applied_yet(label: str, unapplied: list[UnappliedPart], *, unchanged: bool) -> Refusal:
    """What is said on the row of a payment of which a part is not applied. Nobody needs to do what follows by itself."""
    amount = sum((part.amount for part in unapplied), _ZERO)
    beginning = "has not changed since it was pushed" if unchanged else "is booked on its day"
    parts = "; ".join(
        f"{as_read(part.amount)} {'is waiting' if part.follows_by_itself else 'is'} for {part.what}, "
        f"which {part.why.reason}"
        for part in unapplied
    )
    remedies = list(dict.fromkeys(part.why.remedy for part in unapplied if part.why.remedy))
    return Refusal(
        ReasonCode.APPLY_BY_HAND if remedies else ReasonCode.APPLIED_IN_PART,
        f"{label} {beginning}, {as_read(amount)} of it not applied yet: {parts}.",
        " ".join(remedies) or _FOLLOWS,
        unapplied[0].source_id,
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
