"""Bills that are paid in parts: a part more, another amount, a part that is gone, and parts of what was only marked as paid."""

import datetime as dt
from decimal import Decimal

from msgspec.structs import replace

from rentaxis_pipelines.model.source_records import Expense, ExpensePayment
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.records import an_expense


def _in_parts(number: int, amount: str, *parts: tuple[int, str]) -> Expense:
    """``parts``: day of April and amount. A part's id is its place."""
    payments = [
        ExpensePayment(str(place), dt.date(2026, 4, day), Decimal(part), "check", None)
        for place, (day, part) in enumerate(parts, start=1)
    ]
    paid = sum((Decimal(part) for _, part in parts), Decimal(0))
    status = "paid" if paid == Decimal(amount) else "partially_paid" if paid else "unpaid"
    return an_expense(number, "Ace Plumbing", amount, status=status, paid_at=None, payments=payments)


PAID_IN_PARTS = Portfolio(
    payers=(),
    invoices=(),
    payments=(),
    expenses=(
        _in_parts(1, "100.00", (1, "40.00")),
        _in_parts(2, "80.10", (2, "30.10"), (9, "50.00")),
        _in_parts(3, "60.00"),
        an_expense(4, "City Water", "45.00", paid_at=dt.date(2026, 4, 5)),  # only marked as paid
        _in_parts(5, "20.00", (3, "5.00"), (4, "15.00")),
    ),
    types=("expenses",),
)
# The first owes less, its part is smaller and a second one pays the rest; of the second a part is gone; the fourth shows its payments, the
# earlier of which nobody had pushed; the fifth is void.
PARTS_CHANGED = Portfolio(
    payers=(),
    invoices=(),
    payments=(),
    expenses=(
        _in_parts(1, "90.00", (1, "35.00"), (20, "55.00")),
        _in_parts(2, "80.10", (2, "30.10")),
        _in_parts(3, "60.00", (6, "10.00"), (7, "50.00")),
        replace(_in_parts(4, "45.00", (1, "5.00"), (5, "40.00")), vendor=PAID_IN_PARTS.expenses[3].vendor),
        replace(PAID_IN_PARTS.expenses[4], status="void"),
    ),
    types=("expenses",),
)
