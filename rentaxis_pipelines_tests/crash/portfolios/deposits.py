"""Payouts and batches that gather payments in the bank."""

import datetime as dt
from dataclasses import replace as changed
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from rentaxis_pipelines.model.source_records import Deposit, DepositedPayment, Payment
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.records import ADA, BANK, BEN, CLEARING, STAMP, a_payment, an_invoice


def a_deposit(number: int, *payments: Payment, fee: str = "0.00", **changes: Any) -> Deposit:
    """What the bank shows of these payments, less the fee, on the 25th or later."""
    amounts = [payment.amount or Decimal(0) for payment in payments]
    base = Deposit(
        source_id=str(number),
        kind="payout",
        deposit_date=dt.date(2026, 3, 24 + number),
        bank_account=BANK,
        total=sum(amounts, Decimal("0.00")) - Decimal(fee),
        fee=Decimal(fee),
        status="completed",
        reference=None,
        payments=[
            DepositedPayment(payment.source_id, payment.payment_number, amount)
            for payment, amount in zip(payments, amounts, strict=True)
        ],
        other_lines=[],
        updated_at=STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return replace(base, **changes)


# A payout of three payments, one of them out of the clearing account, and a batch of one check; then one payment is applied otherwise while
# it is in its deposit, one gets another amount with its deposit, and a deposit is void.
_GATHERED = (
    a_payment(1, ADA, "300.00", (1, "300.00")),
    a_payment(2, ADA, "300.00", (2, "300.00")),
    a_payment(3, BEN, "120.00", (3, "100.00")),
    a_payment(4, BEN, "80.00"),
    a_payment(5, BEN, "60.00", deposit_account=CLEARING),
)

DEPOSITED = Portfolio(
    payers=(ADA, BEN),
    invoices=(an_invoice(1, ADA, "300.00"), an_invoice(2, ADA, "300.00"), an_invoice(3, BEN, "500.00")),
    payments=_GATHERED,
    expenses=(),
    deposits=(
        a_deposit(1, _GATHERED[0], _GATHERED[2], _GATHERED[4], fee="13.70"),
        a_deposit(2, _GATHERED[3]),
        a_deposit(3, _GATHERED[1]),
    ),
    types=("customers", "invoices", "payments", "deposits"),
)

_REGATHERED = (
    _GATHERED[0],
    _GATHERED[1],
    a_payment(3, BEN, "120.00", (3, "120.00")),
    a_payment(4, BEN, "85.00", (3, "85.00")),
    _GATHERED[4],
)

DEPOSITS_CHANGED = changed(
    DEPOSITED,
    payments=_REGATHERED,
    deposits=(
        DEPOSITED.deposits[0],
        a_deposit(2, _REGATHERED[3]),
        replace(DEPOSITED.deposits[2], status="void"),
    ),
)  # fmt: skip
