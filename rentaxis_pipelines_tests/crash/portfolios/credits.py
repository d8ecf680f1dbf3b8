"""Credits and what they are applied to; what vendors give back."""

import datetime as dt
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from rentaxis_pipelines.model.source_records import Allocation, Credit, CreditApplication, InvoiceLine, Payer
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.records import (
    ADA,
    BEN,
    NOWHERE,
    RENT,
    STAMP,
    a_payment,
    an_expense,
    an_invoice,
)

_CREDIT_TYPES = ("customers", "invoices", "credits", "payments", "credit_applications", "expenses")


def a_credit(number: int, payer: Payer, amount: str, **changes: Any) -> Credit:
    base = Credit(
        source_id=str(number),
        credit_number=f"CR-{number}",
        kind="concession",
        payer_type=payer.kind,
        payer_id=payer.source_id,
        payer=payer,
        credit_date=dt.date(2026, 3, 15),
        status="issued",
        total_amount=Decimal(amount),
        memo=None,
        void_reason=None,
        place=NOWHERE,
        lines=[InvoiceLine(f"{number}-1", 1, "Line 1", Decimal(amount), RENT)],
        updated_at=STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return replace(base, **changes)


def an_application(credit: Credit, *parts: tuple[int, str]) -> CreditApplication:
    """What the credit is applied to, as RentAxis would tell it."""
    return CreditApplication(
        source_id=credit.source_id,
        credit_number=credit.credit_number,
        credit_total=credit.total_amount,
        payer_type=credit.payer_type,
        payer_id=credit.payer_id,
        payer=credit.payer,
        application_date=credit.credit_date,
        status=credit.status,
        amount=sum((Decimal(part) for _, part in parts), Decimal("0.00")),
        allocations=[
            Allocation(
                f"{credit.source_id}-{invoice}",
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


_CREDITS = (a_credit(1, ADA, "100.00"), a_credit(2, ADA, "30.00"), a_credit(3, BEN, "80.10"))

_GIVEN_BACK = {"status": "unpaid", "paid_at": None, "payment_method": None}

CREDITED = Portfolio(
    payers=(ADA, BEN),
    invoices=(an_invoice(1, ADA, "300.00"), an_invoice(2, ADA, "300.00"), an_invoice(3, BEN, "980.10")),
    payments=(a_payment(1, ADA, "200.00", (1, "200.00")),),
    expenses=(
        an_expense(1, "Ace Plumbing", "-12.00", **_GIVEN_BACK),
        an_expense(2, "Ace Plumbing", "-45.25", payment_method="credit_card"),
    ),
    credits=_CREDITS,
    applications=(
        an_application(_CREDITS[0], (1, "100.00")),
        an_application(_CREDITS[1], (2, "30.00")),
        an_application(_CREDITS[2], (3, "80.10")),
    ),
    types=_CREDIT_TYPES,
)

# One credit moves, one is void, one becomes smaller; an invoice is void; a vendor's credit goes to the card after all.
_CHANGED = (
    _CREDITS[0],
    replace(_CREDITS[1], status="void", void_reason="granted twice"),
    a_credit(3, BEN, "50.00"),
)

CREDITS_CHANGED = Portfolio(
    payers=CREDITED.payers,
    invoices=(
        replace(CREDITED.invoices[0], status="void", void_reason="wrong unit"),
        *CREDITED.invoices[1:],
    ),
    payments=(a_payment(1, ADA, "200.00", (2, "200.00")),),
    expenses=(
        an_expense(1, "Ace Plumbing", "-12.00", payment_method="credit_card"),
        an_expense(2, "Ace Plumbing", "-40.25", payment_method="credit_card"),
    ),
    credits=_CHANGED,
    applications=(
        an_application(_CHANGED[0], (2, "100.00")),
        an_application(_CHANGED[1]),
        an_application(_CHANGED[2], (3, "50.00")),
    ),
    types=_CREDIT_TYPES,
)
