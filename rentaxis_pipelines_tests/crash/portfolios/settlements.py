"""Security deposits at move-out: what is refunded is a check, what is kept a credit that pays for the damages."""

import datetime as dt
from decimal import Decimal

from msgspec.structs import replace

from rentaxis_pipelines.model.source_records import Credit, DepositSettlement, Payer
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.portfolios.credits import a_credit, an_application
from rentaxis_pipelines_tests.crash.records import ADA, BEN, NOWHERE, STAMP, an_invoice

_TYPES = ("customers", "invoices", "credits", "credit_applications", "deposit_settlements")


def a_settlement(number: int, payer: Payer, refund: str, kept: str = "0.00") -> DepositSettlement:
    return DepositSettlement(
        source_id=str(number),
        payer_type=payer.kind,
        payer_id=payer.source_id,
        payer=payer,
        deposit_held=Decimal(refund) + Decimal(kept),
        deductions_total=Decimal(kept),
        refund_amount=Decimal(refund),
        settlement_date=dt.date(2026, 3, 24 + number),
        method="check",
        paid_from_account=None,
        account=None,
        status="finalized",
        place=NOWHERE,
        updated_at=STAMP,
        deleted_at=None,
        imported_link=None,
    )


def _kept(number: int, payer: Payer, amount: str) -> Credit:
    """What the settlement of that number keeps, as ``given_credits.sql`` tells it."""
    credit = a_credit(
        number, payer, amount, source_id=f"deposit-{number}", credit_number=None, kind="deposit"
    )
    return replace(credit, lines=[replace(line, account=None) for line in credit.lines])


_INVOICES = (an_invoice(1, ADA, "70.00"), an_invoice(2, BEN, "120.00"), an_invoice(3, ADA, "45.50"))
_KEPT = (_kept(1, ADA, "70.00"), _kept(2, BEN, "90.00"), _kept(3, ADA, "20.50"))
SETTLED = Portfolio(
    payers=(ADA, BEN),
    invoices=_INVOICES,
    payments=(),
    expenses=(),
    credits=_KEPT,
    applications=(
        an_application(_KEPT[0], (1, "70.00")),
        an_application(_KEPT[1], (2, "90.00")),  # all of the deposit, and more is owed
        an_application(_KEPT[2], (3, "20.50")),
    ),
    settlements=(
        a_settlement(1, ADA, "180.00", "70.00"),
        a_settlement(2, BEN, "0.00", "90.00"),
        a_settlement(3, ADA, "40.00", "20.50"),
    ),
    types=_TYPES,
)
# More is kept of the first, less of the second; the third is deleted.
_KEPT_ANEW = (_kept(1, ADA, "100.00"), _kept(2, BEN, "50.00"), replace(_KEPT[2], deleted_at=STAMP))
SETTLED_ANEW = Portfolio(
    payers=SETTLED.payers,
    invoices=_INVOICES,
    payments=(),
    expenses=(),
    credits=_KEPT_ANEW,
    applications=(
        an_application(_KEPT_ANEW[0], (1, "70.00"), (3, "30.00")),
        an_application(_KEPT_ANEW[1], (2, "50.00")),
        replace(an_application(_KEPT_ANEW[2]), deleted_at=STAMP),
    ),
    settlements=(
        a_settlement(1, ADA, "150.00", "100.00"),
        a_settlement(2, BEN, "40.00", "50.00"),
        replace(SETTLED.settlements[2], deleted_at=STAMP),
    ),
    types=_TYPES,
)
