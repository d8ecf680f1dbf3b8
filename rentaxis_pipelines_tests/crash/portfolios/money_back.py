"""Money that goes back: payments that came back, refunds, security deposits."""

import datetime as dt
from dataclasses import replace as changed
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from rentaxis_pipelines.model.source_records import PaidBack, Payment, Refund
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.portfolios.settlements import a_settlement
from rentaxis_pipelines_tests.crash.records import ADA, BEN, STAMP, a_payment, an_invoice

_RETURN_TYPES = ("customers", "invoices", "refunds", "payments", "deposit_settlements")


def a_refund(number: int, payment: Payment, amount: str, status: str = "completed") -> Refund:
    return Refund(
        source_id=str(number),
        payment_id=payment.source_id,
        payment_number=payment.payment_number,
        payer_type=payment.payer_type,
        payer_id=payment.payer_id,
        payer=payment.payer,
        amount=Decimal(amount),
        refund_date=dt.date(2026, 3, 20 + number),
        method="check",
        status=status,
        paid_from_account=None,
        payment_amount=payment.amount,
        refunded_before=Decimal("0.00"),
        allocations=payment.allocations,
        updated_at=STAMP,
        deleted_at=None,
        imported_link=None,
    )


def _paid_back(number: int, amount: str, status: str = "completed") -> PaidBack:
    return PaidBack(str(number), dt.date(2026, 3, 20 + number), Decimal(amount), "check", None, status)


_BEFORE_PAYMENTS = (
    a_payment(1, ADA, "300.00", (1, "300.00")),
    a_payment(3, BEN, "120.00", (2, "100.00")),
    a_payment(4, BEN, "80.00", (3, "80.00")),
)

BEFORE_COMING_BACK = Portfolio(
    payers=(ADA, BEN),
    invoices=(an_invoice(1, ADA, "300.00"), an_invoice(2, BEN, "100.00"), an_invoice(3, BEN, "80.00")),
    payments=_BEFORE_PAYMENTS,
    expenses=(),
    types=_RETURN_TYPES,
)

_BACK: dict[str, Any] = {
    "status": "failed", "returned_on": dt.date(2026, 3, 25), "return_reason": "nsf", "allocations": [],
}  # fmt: skip

CAME_BACK = Portfolio(
    payers=BEFORE_COMING_BACK.payers,
    invoices=BEFORE_COMING_BACK.invoices,
    payments=(
        replace(_BEFORE_PAYMENTS[0], **_BACK, return_fee=Decimal("15.00")),
        a_payment(2, ADA, "300.00", (1, "300.00")),
        replace(_BEFORE_PAYMENTS[1], refunds=[_paid_back(1, "20.00")]),
        replace(_BEFORE_PAYMENTS[2], refunds=[_paid_back(2, "30.00")]),
        replace(a_payment(5, ADA, "50.00"), **_BACK),
    ),
    refunds=(a_refund(1, _BEFORE_PAYMENTS[1], "20.00"), a_refund(2, _BEFORE_PAYMENTS[2], "30.00")),
    settlements=(a_settlement(1, ADA, "250.00"), a_settlement(2, BEN, "90.00")),
    expenses=(),
    types=_RETURN_TYPES,
)

_REFUNDED = (a_payment(1, ADA, "100.00"), a_payment(2, BEN, "100.00"), a_payment(3, BEN, "100.00"))

REFUNDED = Portfolio(
    payers=(ADA, BEN),
    invoices=(),
    payments=tuple(
        replace(payment, refunds=[_paid_back(number, amount)])
        for number, (payment, amount) in enumerate(
            zip(_REFUNDED, ("50.00", "40.00", "20.00"), strict=True), start=1
        )
    ),
    refunds=(
        a_refund(1, _REFUNDED[0], "50.00"),
        a_refund(2, _REFUNDED[1], "40.00"),
        a_refund(3, _REFUNDED[2], "20.00"),
    ),
    expenses=(),
    types=("customers", "refunds", "payments"),
)

REFUNDS_CHANGED = changed(
    REFUNDED,
    payments=(
        replace(_REFUNDED[0], refunds=[_paid_back(1, "30.00")]),
        replace(_REFUNDED[1], refunds=[_paid_back(2, "40.00", "void")]),
        replace(_REFUNDED[2], refunds=[_paid_back(3, "25.00")]),
    ),
    refunds=(
        a_refund(1, _REFUNDED[0], "30.00"),
        a_refund(2, _REFUNDED[1], "40.00", "void"),
        a_refund(3, _REFUNDED[2], "25.00"),
    ),
)
"""One is made smaller, one void, one larger; each is paid by the credit of its payment."""
