"""A company's life in four chapters, pushed one after the other, for ledgers that are restored from an older copy.

Here: data, and what every record of a chapter amounts to in QuickBooks. Not here: how ledgers are lost (``restored``).
"""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import msgspec

from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.records import a_payer, a_payment, an_expense, an_invoice

_ADA, _BEN = a_payer(1, "Ada O'Neil"), a_payer(2, "Ben Ruiz")
_CARE = a_payer(1, "Care Fund", kind="program")
_CEM = a_payer(3, "Cem Yılmaz", email=None)  # nothing but a name: found again by our mark alone
_BILLS = ("2", "4", "5", "8")  # expenses that are, or become, bills
_DOE, _DOE_TOO = a_payer(4, "Dana Doe", email=None), a_payer(5, "Dana Doe", email=None, phone=None)

BEFORE = Portfolio(
    payers=(_ADA, _BEN),
    invoices=(
        an_invoice(1, _ADA, "1200.00"),
        an_invoice(2, _BEN, "980.10", "0.01"),
        an_invoice(3, _BEN, "77.00"),
    ),
    payments=(
        a_payment(1, _ADA, "1200.00", (1, "1200.00"), payment_number="1001"),
        a_payment(2, _BEN, "100.00", (2, "60.00"), payment_number="1001"),  # one check number, two payers
    ),
    expenses=(
        an_expense(1, "Ace Plumbing", "310.00"),
        an_expense(2, "City Water", "99.99", status="unpaid", paid_at=None),
    ),
)  # fmt: skip

# The ledger is copied while this is pushed.
BUSY = Portfolio(
    payers=(_ADA, _BEN, _CARE, _CEM, _DOE, _DOE_TOO),
    invoices=(
        BEFORE.invoices[0],
        an_invoice(2, _BEN, "980.10", "10.00"),
        msgspec.structs.replace(BEFORE.invoices[2], status="void", void_reason="wrong flat"),
        an_invoice(4, _CARE, "640.00"),
        an_invoice(5, _CEM, "33.33", "0.67"),
        an_invoice(6, _DOE, "800.00"),
        an_invoice(7, _DOE_TOO, "810.00"),
        an_invoice(8, _ADA, "55.00"),
        an_invoice(9, _CEM, "12.00", invoice_number="A number that is far too long"),
    ),
    payments=(
        *BEFORE.payments,
        a_payment(3, _BEN, "20.00", (2, "20.00"), payment_number="1001"),  # the same again, one payer
        a_payment(4, _CARE, "600.00", (4, "600.00"), payment_number=None),
        a_payment(5, _CEM, "34.00", (5, "34.00"), payment_number=None),
        a_payment(6, _ADA, "5.00"),
    ),
    expenses=(
        BEFORE.expenses[0],
        an_expense(2, "City Water", "99.99"),  # paid now
        an_expense(3, "New Roofs", "8.00"),
        an_expense(4, "City Water", "41.00", status="unpaid", paid_at=None),
        an_expense(5, "New Roofs", "17.00", status="unpaid", paid_at=None),
        an_expense(8, "Ace Plumbing", "44.00"),
    ),
)  # fmt: skip

# What the ledger that is lost still pushed.
LATER = replace(
    BUSY,
    invoices=(
        *BUSY.invoices[:4],
        an_invoice(5, _CEM, "33.33", "0.67", invoice_number="NEW-5"),  # renumbered, and paid
        msgspec.structs.replace(BUSY.invoices[5], invoice_date=dt.date(2026, 3, 25)),  # another day
        an_invoice(7, _DOE_TOO, "811.00"),
        msgspec.structs.replace(BUSY.invoices[7], status="void"),
        BUSY.invoices[8],
        an_invoice(10, _CARE, "19.00"),
        an_invoice(11, _ADA, "21.00"),
    ),
    payments=(
        *BUSY.payments[:5],
        msgspec.structs.replace(BUSY.payments[5], status="void"),
        a_payment(7, _DOE_TOO, "811.00", (7, "811.00"), payment_number="77"),
    ),
    expenses=(
        *BUSY.expenses[:3],
        an_expense(4, "City Water", "41.00"),  # paid now: a bill with its payment
        BUSY.expenses[4],
        an_expense(8, "Ace Plumbing", "44.00", paid_at=dt.date(2026, 3, 30)),  # another day: a bill instead
        an_expense(6, "Ace Plumbing", "3.00"),
    ),
)  # fmt: skip

# What came after the ledger was restored.
AFTERWARDS = replace(
    LATER,
    invoices=(
        *LATER.invoices[:9],
        msgspec.structs.replace(LATER.invoices[9], status="void"),  # made while nobody remembers it
        an_invoice(11, _ADA, "22.00"),
        an_invoice(12, _BEN, "1.00"),
    ),
    payments=(*LATER.payments, a_payment(8, _BEN, "1.00", (12, "1.00"))),
    expenses=(
        *LATER.expenses[:4],
        an_expense(5, "New Roofs", "17.00"),  # a bill nobody remembers, paid now
        *LATER.expenses[5:],
        an_expense(7, "City Water", "6.00"),
    ),
)  # fmt: skip


def payers_of(portfolio: Portfolio) -> set[tuple[str, str]]:
    """Who must be a customer, once."""
    return {_key(payer) for payer in portfolio.payers}


def _key(payer: Payer) -> tuple[str, str]:
    return payer.kind, payer.source_id


def amounts_of(portfolio: Portfolio) -> dict[tuple[str, str], Decimal]:
    """What each record comes to in QuickBooks, by marker."""
    zero = Decimal("0.00")
    amounts: dict[tuple[str, str], Decimal] = {}
    for invoice in portfolio.invoices:
        amounts["invoice", invoice.source_id] = (
            zero if invoice.status == "void" else invoice.total_amount or zero
        )
    for payment in portfolio.payments:
        amounts["payment", payment.source_id] = zero if payment.status == "void" else payment.amount or zero
    for expense in portfolio.expenses:
        amounts["expense", expense.source_id] = expense.amount or zero
        if expense.status == "paid" and expense.source_id in _BILLS:
            amounts["expense_payment", expense.source_id] = expense.amount or zero
    return amounts


def paid_on(portfolio: Portfolio) -> dict[str, Decimal]:
    """What is left open of each invoice, by source id."""
    paid: dict[str, Decimal] = {}
    for payment in portfolio.payments:
        for part in payment.allocations if payment.status == "completed" else ():
            paid[part.invoice_id] = paid.get(part.invoice_id, Decimal(0)) + (part.amount or Decimal(0))
    amounts = amounts_of(portfolio)
    return {
        one.source_id: amounts["invoice", one.source_id] - paid.get(one.source_id, Decimal(0))
        for one in portfolio.invoices
    }
