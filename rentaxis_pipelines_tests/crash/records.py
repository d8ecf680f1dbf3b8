"""RentAxis records that portfolios are made of: each a whole one, of which a portfolio says only what matters to it.

Here: people, invoices, payments, expenses, and what is common to all. Not here: records of one group of portfolios alone, which are made there.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from rentaxis_pipelines.model.source_records import (
    Account,
    Allocation,
    Expense,
    Invoice,
    InvoiceLine,
    Payer,
    Payment,
    Place,
    Vendor,
)

STAMP = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)

NOWHERE = Place(None, None, None, None)

RENT = Account("4", "4000", "Rental income", "income")

REPAIRS = Account("8", "5000", "Repairs", "expense")

BANK = Account("9", "1000", "Checking", "asset")

CLEARING = Account("10", "1050", "Stripe Clearing", "asset")


def a_payer(number: int, name: str, kind: Any = "tenant", **changes: Any) -> Payer:
    base = Payer(
        kind=kind,
        source_id=str(number),
        name=name,
        email=f"payer{kind}{number}@example.com",
        phone="(555) 010-0100",
        address=None,
        payers_with_same_email=1,
        created_at=STAMP,
        updated_at=STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return replace(base, **changes)


def an_invoice(number: int, payer: Payer, *amounts: str, **changes: Any) -> Invoice:
    total = sum((Decimal(amount) for amount in amounts), Decimal("0.00"))
    base = Invoice(
        source_id=str(number),
        invoice_number=f"INV-{number}",
        kind="rent",
        billed_to_type=payer.kind,
        billed_to_id=payer.source_id,
        payer=payer,
        invoice_date=dt.date(2026, 3, number),
        due_date=dt.date(2026, 3, number + 5),
        status="sent",
        total_amount=total,
        amount_paid=Decimal(0),
        balance_due=total,
        memo=None,
        void_reason=None,
        place=NOWHERE,
        lines=[
            InvoiceLine(f"{number}-{position}", position, f"Line {position}", Decimal(amount), RENT)
            for position, amount in enumerate(amounts, start=1)
        ],
        updated_at=STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return replace(base, **changes)


def a_payment(number: int, payer: Payer, amount: str, *parts: tuple[int, str], **changes: Any) -> Payment:
    base = Payment(
        source_id=str(number),
        payment_number=f"PAY-{number}",
        payer_type=payer.kind,
        payer_id=payer.source_id,
        payer=payer,
        amount=Decimal(amount),
        payment_date=dt.date(2026, 3, 10 + number),
        method="check",
        status="completed",
        void_reason=None,
        reference=str(1000 + number),
        deposit_account=None,
        allocations=[
            Allocation(
                f"{number}-{invoice}",
                str(invoice),
                f"INV-{invoice}",
                Decimal(part),
                invoice_type="receivable",
                invoice_date=dt.date(2026, 3, 1),
                invoice_status="sent",
                invoice_deleted=False,
            )
            for invoice, part in parts
        ],
        updated_at=STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return replace(base, **changes)


def an_expense(number: int, vendor: str, amount: str, **changes: Any) -> Expense:
    base = Expense(
        source_id=str(number),
        expense_date=dt.date(2026, 3, 20 + number),
        due_date=None,
        amount=Decimal(amount),
        vendor=Vendor(f"v{vendor}", vendor, None, None, None),
        description="Kitchen tap",
        account=REPAIRS,
        place=NOWHERE,
        custom_property_name=None,
        status="paid",
        payment_method="check",
        paid_at=dt.date(2026, 3, 20 + number),
        paid_from_account=None,
        payable_invoice_id=None,
        payable_invoice_number=None,
        updated_at=STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return replace(base, **changes)


ADA, BEN, CARE = a_payer(1, "Ada O'Neil"), a_payer(2, "Ben Ruiz"), a_payer(1, "Care Fund", kind="program")
