"""What was paid of an expense: all of it at once, or in parts. Pure.

RentAxis says it in one of two ways: the expense is marked as paid, on a day, by a method, from an account; or it has payments of its own, each
with a day, an amount, a method and an account. Payments are facts, and a mark only sums them up: where there are any, they count.
Not here: how an expense is booked (``booking``), and what its payments become in QuickBooks (``bill_payments``).
"""

import datetime as dt
from decimal import Decimal

import msgspec

from rentaxis_pipelines.mapping.outcome import refused
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.source_records import Account, Expense
from rentaxis_pipelines.model.statuses import PAID, PARTIALLY_PAID

_CORRECT = "Correct the amount, the status or the payments in RentAxis, then run again."


class PaidPart(msgspec.Struct, frozen=True):
    """One payment of an expense. ``payment_id``: RentAxis' id of it; None where the expense is only marked as paid."""

    payment_id: str | None
    paid_on: dt.date
    amount: Decimal
    method: str | None
    account: Account | None


def parts_paid(expense: Expense) -> list[PaidPart]:
    """The payments of an expense that is neither void nor deleted, the oldest first."""
    if expense.payments:
        parts = [
            PaidPart(paid.source_id, paid.paid_on, paid.amount or Decimal(0), paid.method, paid.account)
            for paid in expense.payments
        ]
        return sorted(parts, key=lambda part: (part.paid_on, part.payment_id))
    if expense.status != PAID:
        return []
    day = expense.paid_at or expense.expense_date
    amount = expense.amount or Decimal(0)
    return [PaidPart(None, day, amount, expense.payment_method, expense.paid_from_account)]


def paid_at_once(expense: Expense) -> PaidPart | None:
    """The one payment that pays the whole expense; None where there is none, or there are several."""
    parts = parts_paid(expense)
    return parts[0] if len(parts) == 1 and parts[0].amount == expense.amount else None


def refuse_contradiction(expense: Expense, label: str) -> None:
    """Raises ``RecordRefused`` where the payments cannot be those of the expense. Their own fields are checked when the row is read."""
    paid = sum((part.amount for part in parts_paid(expense)), Decimal(0))
    amount = expense.amount or Decimal(0)
    said = f"its payments come to {as_read(paid)} of {as_read(amount)}"
    if expense.status == PARTIALLY_PAID and not expense.payments:
        raise refused(
            ReasonCode.MISSING_FIELD,
            f"{label} is partly paid, but RentAxis shows none of its payments.",
            "Enter its payments in RentAxis, then run again.",
        )
    sign = -1 if amount < 0 else 1  # a credit from a vendor is paid back
    if paid * sign > amount * sign:
        raise refused(ReasonCode.INVALID_VALUE, f"{label} is paid more than is owed: {said}.", _CORRECT)
    if expense.status == PAID and paid != amount:
        raise refused(ReasonCode.INVALID_VALUE, f"{label} is marked as paid, but {said}.", _CORRECT)
    ids = [payment.source_id for payment in expense.payments]
    if len(set(ids)) < len(ids):
        raise refused(
            ReasonCode.INVALID_VALUE, f"{label} has two payments with the same RentAxis id.", _CORRECT
        )
