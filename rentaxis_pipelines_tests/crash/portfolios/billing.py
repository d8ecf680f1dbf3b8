"""Customers, invoices, payments and expenses: pushed, edited, void, exchanged, let go of, and one alone. All types are ticked."""

import datetime as dt

from msgspec.structs import replace

from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.records import (
    ADA,
    BEN,
    CARE,
    STAMP,
    a_payment,
    an_expense,
    an_invoice,
)

FIRST = Portfolio(
    payers=(ADA, BEN, CARE),
    invoices=(
        an_invoice(1, ADA, "1200.00"),
        an_invoice(2, ADA, "1200.00", "35.50"),
        an_invoice(3, BEN, "980.10"),
        an_invoice(4, BEN, "980.10", "0.01"),
        an_invoice(5, CARE, "640.00"),
        an_invoice(6, CARE, "77.77", status="void"),
    ),
    payments=(
        a_payment(1, ADA, "1200.00", (1, "1200.00")),
        a_payment(2, ADA, "500.00", (2, "500.00")),
        a_payment(3, ADA, "100.00", (2, "60.00")),
        a_payment(4, BEN, "1500.00", (3, "980.10"), (4, "480.11")),
        a_payment(5, BEN, "10.00", status="void"),
    ),
    expenses=(
        an_expense(1, "Ace Plumbing", "310.00"),
        an_expense(2, "Ace Plumbing", "45.25"),
        an_expense(3, "City Water", "99.99", status="unpaid", paid_at=None),
    ),
)  # fmt: skip

_BEN_MOVED = replace(BEN, phone="(555) 010-0199", updated_at=STAMP + dt.timedelta(days=1))

EDITED = Portfolio(
    payers=(ADA, _BEN_MOVED, CARE),
    invoices=(
        FIRST.invoices[0],
        an_invoice(2, ADA, "1200.00", "35.50", "20.00"),  # paid in part, one line more
        replace(FIRST.invoices[2], payer=_BEN_MOVED),
        replace(an_invoice(4, _BEN_MOVED, "990.11"), memo="corrected"),
        an_invoice(5, CARE, "641.00"),
        FIRST.invoices[5],
        an_invoice(7, CARE, "5.00"),
    ),
    payments=(
        FIRST.payments[0],
        a_payment(2, ADA, "510.00", (2, "510.00")),
        a_payment(3, ADA, "100.00", (2, "100.00")),
        *(replace(record, payer=_BEN_MOVED) for record in FIRST.payments[3:]),
        a_payment(6, CARE, "641.00", (5, "641.00")),
    ),
    expenses=(
        an_expense(1, "Ace Plumbing", "312.00"),
        FIRST.expenses[1],
        an_expense(3, "City Water", "99.99"),  # paid now
        an_expense(4, "New Roofs", "8.00"),
    ),
)  # fmt: skip

VOIDED = Portfolio(
    payers=FIRST.payers,
    invoices=tuple(
        replace(record, status="void", void_reason="wrong flat") if record.source_id in "35" else record
        for record in FIRST.invoices
    ),
    payments=tuple(
        replace(record, status="void", void_reason="bounced") if record.source_id in "34" else record
        for record in FIRST.payments
    ),
    expenses=tuple(
        replace(record, status="void") if record.source_id in "23" else record for record in FIRST.expenses
    ),
)

# What stood as one kind of transaction is to stand as the other, there and back.
EXCHANGED = Portfolio(
    payers=(),
    invoices=(),
    payments=(),
    expenses=(
        an_expense(1, "Ace Plumbing", "310.00", status="unpaid", paid_at=None),
        an_expense(2, "Ace Plumbing", "45.25", paid_at=dt.date(2026, 4, 20)),
        replace(an_expense(3, "City Water", "99.99", paid_at=dt.date(2026, 4, 21)), vendor=None),
    ),
    types=("expenses",),
)

# What has to let go: two payments exchange invoices, a third moves from a void invoice to the one billed in its place.
_AGAIN = an_invoice(8, BEN, "980.10")

BEFORE_LETTING_GO = Portfolio(
    payers=(ADA, BEN),
    invoices=(an_invoice(1, ADA, "300.00"), an_invoice(2, ADA, "300.00"), an_invoice(3, BEN, "980.10")),
    payments=(
        a_payment(1, ADA, "300.00", (1, "300.00")),
        a_payment(2, ADA, "300.00", (2, "300.00")),
        a_payment(3, BEN, "980.10", (3, "980.10")),
    ),
    expenses=(),
)

LET_GO = Portfolio(
    payers=BEFORE_LETTING_GO.payers,
    invoices=(
        *BEFORE_LETTING_GO.invoices[:2],
        replace(BEFORE_LETTING_GO.invoices[2], status="void", void_reason="wrong unit"),
        _AGAIN,
    ),
    payments=(
        a_payment(1, ADA, "300.00", (2, "300.00")),
        a_payment(2, ADA, "300.00", (1, "300.00")),
        a_payment(3, BEN, "980.10", (8, "980.10")),
    ),
    expenses=(),
)

SINGLE = Portfolio(
    payers=(),
    invoices=(),
    payments=(a_payment(6, CARE, "600.00", (5, "600.00")),),
    expenses=(),
    record=("payment", "6"),
)
