"""The tiny portfolios the crash harness pushes, built as records, and the books each of them must come to.

Here: data, and what an accountant would expect of it, worked out without the program's own rules. Not here: how it is pushed.
"""

import dataclasses
import datetime as dt
import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.model.source_records import (
    Account,
    Allocation,
    Credit,
    CreditApplication,
    Deposit,
    DepositedPayment,
    DepositSettlement,
    Expense,
    Invoice,
    InvoiceLine,
    JournalEntry,
    JournalLine,
    PaidBack,
    Paper,
    Payer,
    Payment,
    Place,
    Refund,
    Vendor,
)

FILES = Path(__file__).parent / "files"
FIRST_DAY, LAST_DAY = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
_STAMP = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
_NOWHERE = Place(None, None, None, None)
_RENT = Account("4", "4000", "Rental income", "income")
_REPAIRS = Account("8", "5000", "Repairs", "expense")
_BANK = Account("9", "1000", "Checking", "asset")
_CLEARING = Account("10", "1050", "Stripe Clearing", "asset")


@dataclass(frozen=True)
class Portfolio:
    """The records of one launch. ``types``: what a person ticked; ``record``: the one that was named instead (source type, id)."""

    payers: tuple[Payer, ...]
    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]
    expenses: tuple[Expense, ...]
    refunds: tuple[Refund, ...] = ()
    settlements: tuple[DepositSettlement, ...] = ()
    entries: tuple[JournalEntry, ...] = ()
    credits: tuple[Credit, ...] = ()
    applications: tuple[CreditApplication, ...] = ()
    papers: tuple[Paper, ...] = ()
    deposits: tuple[Deposit, ...] = ()
    types: tuple[str, ...] = RECORD_TYPES
    record: tuple[str, str] | None = None


@dataclass
class Books:
    """What QuickBooks must hold: by entity, readable number -> amounts by field name."""

    names: set[str] = field(default_factory=set)  # DisplayNames of customers and vendors, each exactly once
    objects: dict[str, dict[str, dict[str, Decimal]]] = field(default_factory=dict)
    houses: dict[str, str] = field(default_factory=dict)  # names by property id: each a class and a location
    papers: dict[str, bytes] = field(default_factory=dict)  # by id: what is attached, exactly once
    units: dict[str, tuple[str, str]] = field(default_factory=dict)  # property id and number: each a class

    def expect(self, entity: str, number: str, **amounts: Decimal) -> None:
        self.objects.setdefault(entity, {})[number] = amounts

    def stand_at(self, place: Place) -> None:
        if place.property_id is not None:
            self.houses[place.property_id] = place.property_name or ""
            if place.unit_id is not None:
                self.units[place.unit_id] = (place.property_id, place.unit_number or "")

    def places(self) -> set[str]:
        """Classes and locations there must be, each exactly once, by type and full name."""
        return {
            *(f"{entity} {name}" for entity in ("Class", "Department") for name in self.houses.values()),
            *(f"Class {self.houses[house]}:{number}" for house, number in self.units.values()),
        }


def a_payer(number: int, name: str, kind: Any = "tenant", **changes: Any) -> Payer:
    base = Payer(
        kind=kind,
        source_id=str(number),
        name=name,
        email=f"payer{kind}{number}@example.com",
        phone="(555) 010-0100",
        address=None,
        payers_with_same_email=1,
        created_at=_STAMP,
        updated_at=_STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return msgspec.structs.replace(base, **changes)


def an_invoice(number: int, payer: Payer, *amounts: str, **changes: Any) -> Invoice:
    total = sum((Decimal(one) for one in amounts), Decimal("0.00"))
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
        place=_NOWHERE,
        lines=[
            InvoiceLine(f"{number}-{position}", position, f"Line {position}", Decimal(amount), _RENT)
            for position, amount in enumerate(amounts, start=1)
        ],
        updated_at=_STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return msgspec.structs.replace(base, **changes)


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
        updated_at=_STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return msgspec.structs.replace(base, **changes)


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
        place=_NOWHERE,
        lines=[InvoiceLine(f"{number}-1", 1, "Line 1", Decimal(amount), _RENT)],
        updated_at=_STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return msgspec.structs.replace(base, **changes)


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
        updated_at=_STAMP,
        deleted_at=None,
        imported_link=None,
    )


def an_expense(number: int, vendor: str, amount: str, **changes: Any) -> Expense:
    base = Expense(
        source_id=str(number),
        expense_date=dt.date(2026, 3, 20 + number),
        due_date=None,
        amount=Decimal(amount),
        vendor=Vendor(f"v{vendor}", vendor, None, None, None),
        description="Kitchen tap",
        account=_REPAIRS,
        place=_NOWHERE,
        custom_property_name=None,
        status="paid",
        payment_method="check",
        paid_at=dt.date(2026, 3, 20 + number),
        paid_from_account=None,
        payable_invoice_id=None,
        payable_invoice_number=None,
        updated_at=_STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return msgspec.structs.replace(base, **changes)


def an_entry(number: int, amount: str, status: str = "posted") -> JournalEntry:
    nothing = Decimal("0.00")
    return JournalEntry(
        source_id=str(number),
        entry_number=None,
        entry_date=dt.date(2026, 3, number),
        origin="manual",
        status=status,
        total_amount=Decimal(amount),
        description="Management fee",
        memo=None,
        lines=[
            JournalLine("1", None, _REPAIRS, Decimal(amount), nothing, None),
            JournalLine("2", None, _BANK, nothing, Decimal(amount), None),
        ],
        updated_at=_STAMP,
        deleted_at=None,
        imported_link=None,
    )


def a_paper(number: int, owner: tuple[str, int], name: str, **changes: Any) -> Paper:
    content = (FILES / name).read_bytes()
    base = Paper(
        source_id=str(number),
        record_date=dt.date(2026, 3, 20),
        belongs_to_type=owner[0],
        belongs_to_id=str(owner[1]),
        file_name=name,
        content_type="text/plain",
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        location=name,
        updated_at=_STAMP,
        deleted_at=None,
    )
    return msgspec.structs.replace(base, **changes)


_CREDIT_TYPES = ("customers", "invoices", "credits", "payments", "credit_applications", "expenses")
_RETURN_TYPES = ("customers", "invoices", "refunds", "payments", "deposit_settlements")
_ADA, _BEN, _CARE = a_payer(1, "Ada O'Neil"), a_payer(2, "Ben Ruiz"), a_payer(1, "Care Fund", kind="program")

FIRST = Portfolio(
    payers=(_ADA, _BEN, _CARE),
    invoices=(
        an_invoice(1, _ADA, "1200.00"),
        an_invoice(2, _ADA, "1200.00", "35.50"),
        an_invoice(3, _BEN, "980.10"),
        an_invoice(4, _BEN, "980.10", "0.01"),
        an_invoice(5, _CARE, "640.00"),
        an_invoice(6, _CARE, "77.77", status="void"),
    ),
    payments=(
        a_payment(1, _ADA, "1200.00", (1, "1200.00")),
        a_payment(2, _ADA, "500.00", (2, "500.00")),
        a_payment(3, _ADA, "100.00", (2, "60.00")),
        a_payment(4, _BEN, "1500.00", (3, "980.10"), (4, "480.11")),
        a_payment(5, _BEN, "10.00", status="void"),
    ),
    expenses=(
        an_expense(1, "Ace Plumbing", "310.00"),
        an_expense(2, "Ace Plumbing", "45.25"),
        an_expense(3, "City Water", "99.99", status="unpaid", paid_at=None),
    ),
)  # fmt: skip

_replace = msgspec.structs.replace
_BEN_MOVED = _replace(_BEN, phone="(555) 010-0199", updated_at=_STAMP + dt.timedelta(days=1))

EDITED = Portfolio(
    payers=(_ADA, _BEN_MOVED, _CARE),
    invoices=(
        FIRST.invoices[0],
        an_invoice(2, _ADA, "1200.00", "35.50", "20.00"),  # paid in part, one line more
        _replace(FIRST.invoices[2], payer=_BEN_MOVED),
        _replace(an_invoice(4, _BEN_MOVED, "990.11"), memo="corrected"),
        an_invoice(5, _CARE, "641.00"),
        FIRST.invoices[5],
        an_invoice(7, _CARE, "5.00"),
    ),
    payments=(
        FIRST.payments[0],
        a_payment(2, _ADA, "510.00", (2, "510.00")),
        a_payment(3, _ADA, "100.00", (2, "100.00")),
        *(_replace(one, payer=_BEN_MOVED) for one in FIRST.payments[3:]),
        a_payment(6, _CARE, "641.00", (5, "641.00")),
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
        _replace(one, status="void", void_reason="wrong flat") if one.source_id in "35" else one
        for one in FIRST.invoices
    ),
    payments=tuple(
        _replace(one, status="void", void_reason="bounced") if one.source_id in "34" else one
        for one in FIRST.payments
    ),
    expenses=tuple(_replace(one, status="void") if one.source_id in "23" else one for one in FIRST.expenses),
)

# What stood as one kind of transaction is to stand as the other, there and back.
EXCHANGED = Portfolio(
    payers=(),
    invoices=(),
    payments=(),
    expenses=(
        an_expense(1, "Ace Plumbing", "310.00", status="unpaid", paid_at=None),
        an_expense(2, "Ace Plumbing", "45.25", paid_at=dt.date(2026, 4, 20)),
        _replace(an_expense(3, "City Water", "99.99", paid_at=dt.date(2026, 4, 21)), vendor=None),
    ),
    types=("expenses",),
)

# What has to let go: two payments exchange invoices, a third moves from a void invoice to the one billed in its place.
_AGAIN = an_invoice(8, _BEN, "980.10")
BEFORE_LETTING_GO = Portfolio(
    payers=(_ADA, _BEN),
    invoices=(an_invoice(1, _ADA, "300.00"), an_invoice(2, _ADA, "300.00"), an_invoice(3, _BEN, "980.10")),
    payments=(
        a_payment(1, _ADA, "300.00", (1, "300.00")),
        a_payment(2, _ADA, "300.00", (2, "300.00")),
        a_payment(3, _BEN, "980.10", (3, "980.10")),
    ),
    expenses=(),
)
LET_GO = Portfolio(
    payers=BEFORE_LETTING_GO.payers,
    invoices=(
        *BEFORE_LETTING_GO.invoices[:2],
        _replace(BEFORE_LETTING_GO.invoices[2], status="void", void_reason="wrong unit"),
        _AGAIN,
    ),
    payments=(
        a_payment(1, _ADA, "300.00", (2, "300.00")),
        a_payment(2, _ADA, "300.00", (1, "300.00")),
        a_payment(3, _BEN, "980.10", (8, "980.10")),
    ),
    expenses=(),
)

# Credits and what they are applied to; what vendors give back.
_CREDITS = (a_credit(1, _ADA, "100.00"), a_credit(2, _ADA, "30.00"), a_credit(3, _BEN, "80.10"))
_GIVEN_BACK = {"status": "unpaid", "paid_at": None, "payment_method": None}
CREDITED = Portfolio(
    payers=(_ADA, _BEN),
    invoices=(an_invoice(1, _ADA, "300.00"), an_invoice(2, _ADA, "300.00"), an_invoice(3, _BEN, "980.10")),
    payments=(a_payment(1, _ADA, "200.00", (1, "200.00")),),
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
    _replace(_CREDITS[1], status="void", void_reason="granted twice"),
    a_credit(3, _BEN, "50.00"),
)
CREDITS_CHANGED = Portfolio(
    payers=CREDITED.payers,
    invoices=(
        _replace(CREDITED.invoices[0], status="void", void_reason="wrong unit"),
        *CREDITED.invoices[1:],
    ),
    payments=(a_payment(1, _ADA, "200.00", (2, "200.00")),),
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

# Two payments came back: one was pushed, and another pays in its place; one came and went before any run. Of a third the rest is paid
# back, of a fourth a part that paid its invoice.
_BEFORE_PAYMENTS = (
    a_payment(1, _ADA, "300.00", (1, "300.00")),
    a_payment(3, _BEN, "120.00", (2, "100.00")),
    a_payment(4, _BEN, "80.00", (3, "80.00")),
)
BEFORE_COMING_BACK = Portfolio(
    payers=(_ADA, _BEN),
    invoices=(an_invoice(1, _ADA, "300.00"), an_invoice(2, _BEN, "100.00"), an_invoice(3, _BEN, "80.00")),
    payments=_BEFORE_PAYMENTS,
    expenses=(),
    types=_RETURN_TYPES,
)
_BACK: dict[str, Any] = {
    "status": "failed", "returned_on": dt.date(2026, 3, 25), "return_reason": "nsf", "allocations": [],
}  # fmt: skip


def a_refund(number: int, payment: Payment, amount: str) -> Refund:
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
        status="completed",
        paid_from_account=None,
        payment_amount=payment.amount,
        refunded_before=Decimal("0.00"),
        allocations=payment.allocations,
        updated_at=_STAMP,
        deleted_at=None,
        imported_link=None,
    )


def a_settlement(number: int, payer: Payer, refund: str) -> DepositSettlement:
    return DepositSettlement(
        source_id=str(number),
        payer_type=payer.kind,
        payer_id=payer.source_id,
        payer=payer,
        deposit_held=Decimal(refund),
        deductions_total=Decimal(0),
        refund_amount=Decimal(refund),
        settlement_date=dt.date(2026, 3, 24 + number),
        method="check",
        paid_from_account=None,
        account=None,
        status="finalized",
        place=_NOWHERE,
        updated_at=_STAMP,
        deleted_at=None,
        imported_link=None,
    )


def _paid_back(number: int, amount: str) -> PaidBack:
    return PaidBack(str(number), dt.date(2026, 3, 20 + number), Decimal(amount), "check", None, "completed")


CAME_BACK = Portfolio(
    payers=BEFORE_COMING_BACK.payers,
    invoices=BEFORE_COMING_BACK.invoices,
    payments=(
        _replace(_BEFORE_PAYMENTS[0], **_BACK, return_fee=Decimal("15.00")),
        a_payment(2, _ADA, "300.00", (1, "300.00")),
        _replace(_BEFORE_PAYMENTS[1], refunds=[_paid_back(1, "20.00")]),
        _replace(_BEFORE_PAYMENTS[2], refunds=[_paid_back(2, "30.00")]),
        _replace(a_payment(5, _ADA, "50.00"), **_BACK),
    ),
    refunds=(a_refund(1, _BEFORE_PAYMENTS[1], "20.00"), a_refund(2, _BEFORE_PAYMENTS[2], "30.00")),
    settlements=(a_settlement(1, _ADA, "250.00"), a_settlement(2, _BEN, "90.00")),
    expenses=(),
    types=_RETURN_TYPES,
)


def a_deposit(number: int, *payments: Payment, fee: str = "0.00", **changes: Any) -> Deposit:
    """What the bank shows of these payments, less the fee, on the 25th or later."""
    amounts = [payment.amount or Decimal(0) for payment in payments]
    base = Deposit(
        source_id=str(number),
        kind="payout",
        deposit_date=dt.date(2026, 3, 24 + number),
        bank_account=_BANK,
        total=sum(amounts, Decimal("0.00")) - Decimal(fee),
        fee=Decimal(fee),
        status="completed",
        reference=None,
        payments=[
            DepositedPayment(payment.source_id, payment.payment_number, amount)
            for payment, amount in zip(payments, amounts, strict=True)
        ],
        other_lines=[],
        updated_at=_STAMP,
        deleted_at=None,
        imported_link=None,
    )
    return msgspec.structs.replace(base, **changes)


# A payout of three payments, one of them out of the clearing account, and a batch of one check; then one payment is applied otherwise while
# it is in its deposit, one gets another amount with its deposit, and a deposit is void.
_GATHERED = (
    a_payment(1, _ADA, "300.00", (1, "300.00")),
    a_payment(2, _ADA, "300.00", (2, "300.00")),
    a_payment(3, _BEN, "120.00", (3, "100.00")),
    a_payment(4, _BEN, "80.00"),
    a_payment(5, _BEN, "60.00", deposit_account=_CLEARING),
)
DEPOSITED = Portfolio(
    payers=(_ADA, _BEN),
    invoices=(an_invoice(1, _ADA, "300.00"), an_invoice(2, _ADA, "300.00"), an_invoice(3, _BEN, "500.00")),
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
    a_payment(3, _BEN, "120.00", (3, "120.00")),
    a_payment(4, _BEN, "85.00", (3, "85.00")),
    _GATHERED[4],
)
DEPOSITS_CHANGED = dataclasses.replace(
    DEPOSITED,
    payments=_REGATHERED,
    deposits=(
        DEPOSITED.deposits[0],
        a_deposit(2, _REGATHERED[3]),
        _replace(DEPOSITED.deposits[2], status="void"),
    ),
)  # fmt: skip

# Files on every kind of record: the same one on two of them, one whose bytes nobody announced, and one row too many.
_WITHOUT_HASH = {"sha256": None, "size_bytes": None}
PAPERS = dataclasses.replace(
    FIRST,
    types=("customers", "invoices", "payments", "expenses", "papers"),
    papers=(
        a_paper(1, ("expense", 1), "receipt.txt"),
        a_paper(2, ("expense", 2), "receipt.txt", **_WITHOUT_HASH),
        a_paper(3, ("expense", 3), "bill.txt", file_name="it's a \"bill\".txt"),
        a_paper(4, ("invoice", 1), "bill.txt"),
        a_paper(5, ("tenant", 1), "receipt.txt"),
        a_paper(6, ("expense", 1), "receipt.txt", file_name="again.txt"),
    ),
)  # fmt: skip
PAPERS_EDITED = dataclasses.replace(
    PAPERS,
    papers=(
        _replace(PAPERS.papers[0], deleted_at=_STAMP),
        _replace(PAPERS.papers[1], file_name="tap.txt"),
        PAPERS.papers[2],
        a_paper(4, ("invoice", 1), "receipt.txt", file_name="bill.txt"),  # other bytes
        PAPERS.papers[4],
        a_paper(7, ("payment", 1), "receipt.txt"),
    ),
)  # fmt: skip

SINGLE = Portfolio(
    payers=(),
    invoices=(),
    payments=(a_payment(6, _CARE, "600.00", (5, "600.00")),),
    expenses=(),
    record=("payment", "6"),
)


def _at(house: str, name: str, unit: str | None = None) -> Place:
    return Place(house, name, None if unit is None else f"{house}{unit}", unit)


HOUSES = Portfolio(
    payers=(_ADA, _BEN),
    invoices=(
        an_invoice(1, _ADA, "1200.00", place=_at("1", "1 Oak Lane", "A")),
        an_invoice(2, _BEN, "980.10", place=_at("1", "1 Oak Lane", "B")),
        an_invoice(3, _BEN, "10.00", place=_at("2", "2 Elm Street", "A")),
    ),
    payments=(a_payment(1, _ADA, "1200.00", (1, "1200.00")),),
    expenses=(
        an_expense(1, "Ace Plumbing", "310.00", place=_at("1", "1 Oak Lane")),
        an_expense(2, "Ace Plumbing", "45.25", place=_at("3", "3 Ash Court", "C")),
    ),
)

# One house gives up its name and another takes it; a third is new.
RENAMED = Portfolio(
    payers=HOUSES.payers,
    invoices=(
        _replace(HOUSES.invoices[0], place=_at("1", "1 Oak Avenue", "A")),
        _replace(HOUSES.invoices[1], place=_at("1", "1 Oak Avenue", "B")),
        _replace(HOUSES.invoices[2], place=_at("2", "1 Oak Lane", "AA")),
        an_invoice(4, _ADA, "5.00", place=_at("4", "2 Elm Street", "A")),
    ),
    payments=HOUSES.payments,
    expenses=(_replace(HOUSES.expenses[0], place=_at("1", "1 Oak Avenue")), HOUSES.expenses[1]),
)


ENTRIES = Portfolio(
    (), (), (), (), entries=(an_entry(1, "400.00"), an_entry(2, "55.00"), an_entry(3, "1.00", "draft")),
    types=("journal_entries",),
)
ENTRIES_EDITED = Portfolio(
    (), (), (), (),
    entries=(an_entry(1, "410.00"), an_entry(2, "55.00", "void"), an_entry(3, "1.00"), an_entry(4, "7.77")),
    types=("journal_entries",),
)  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """What is pushed over what, and the books it must come to. ``switches``: what QuickBooks is to do where nobody knows; ``undone``: it was
    pushed in a run that is then undone, and the undo is what is disturbed. ``chunk``: so many records are planned at a time.
    """

    before: Portfolio | None
    pushed: Portfolio
    force: bool = False
    switches: dict[str, Any] = field(default_factory=dict)
    undone: bool = False
    chunk: int = 20_000

    def books(self) -> Books:
        """The books afterwards: what was pushed, and what was there and not pushed again; or what was there and what an undo leaves."""
        books = Books()
        if self.undone:
            if self.before:
                _enter(books, self.before, None)
                _settle_balances(books, self.before)
            _leave_undone(books, self.pushed)
            return books
        for portfolio, is_new in ((self.before, False), (self.pushed, True)):
            if portfolio:
                _enter(books, portfolio, self.before if is_new else None)
        _settle_balances(books, self.pushed if self.pushed.invoices else _both(self.before, self.pushed))
        return books


SCENARIOS: dict[str, Scenario] = {
    "first": Scenario(None, FIRST),
    "edited": Scenario(FIRST, EDITED),
    "force": Scenario(FIRST, FIRST, force=True),
    "void": Scenario(FIRST, VOIDED),
    "single": Scenario(FIRST, SINGLE),
    "exchanged": Scenario(FIRST, EXCHANGED),
    "let go": Scenario(BEFORE_LETTING_GO, LET_GO, switches={"void_linked": "refuse"}),
    "credits": Scenario(None, CREDITED),
    "credits changed": Scenario(CREDITED, CREDITS_CHANGED),
    "houses": Scenario(None, HOUSES),
    "renamed": Scenario(HOUSES, RENAMED),
    "came back": Scenario(BEFORE_COMING_BACK, CAME_BACK),
    "came back in chunks": Scenario(BEFORE_COMING_BACK, CAME_BACK, chunk=2),
    "undo of coming back": Scenario(BEFORE_COMING_BACK, CAME_BACK, undone=True),
    "first in chunks": Scenario(None, FIRST, chunk=2),
    "edited in chunks": Scenario(FIRST, EDITED, chunk=1),
    "force in chunks": Scenario(FIRST, FIRST, force=True, chunk=2),
    "exchanged in chunks": Scenario(FIRST, EXCHANGED, chunk=1),
    "let go in chunks": Scenario(BEFORE_LETTING_GO, LET_GO, switches={"void_linked": "refuse"}, chunk=1),
    "renamed in chunks": Scenario(HOUSES, RENAMED, chunk=1),
    "entries": Scenario(ENTRIES, ENTRIES_EDITED),
    "entries in chunks": Scenario(ENTRIES, ENTRIES_EDITED, chunk=1),
    "undo of entries": Scenario(ENTRIES, ENTRIES_EDITED, undone=True),
    "deposits": Scenario(None, DEPOSITED),
    "deposits changed": Scenario(DEPOSITED, DEPOSITS_CHANGED),
    "deposits changed in chunks": Scenario(DEPOSITED, DEPOSITS_CHANGED, chunk=1),
    "undo of deposits": Scenario(None, DEPOSITED, undone=True),
    "credits changed in chunks": Scenario(CREDITED, CREDITS_CHANGED, chunk=1),
    "papers": Scenario(None, PAPERS),
    "papers edited": Scenario(PAPERS, PAPERS_EDITED),
    "papers in chunks": Scenario(None, PAPERS, chunk=1),
    "papers with force": Scenario(PAPERS, PAPERS, force=True),
    "undo of papers": Scenario(FIRST, PAPERS, undone=True),
    "undo of the first": Scenario(None, FIRST, undone=True),
    "undo of an edit": Scenario(FIRST, EDITED, undone=True),
    "undo of a void": Scenario(FIRST, VOIDED, undone=True),
    "undo of an exchange": Scenario(FIRST, EXCHANGED, undone=True),
    "undo of credits": Scenario(None, CREDITED, undone=True),
    "undo of letting go": Scenario(
        BEFORE_LETTING_GO, LET_GO, switches={"void_linked": "refuse"}, undone=True
    ),
}


def _both(before: Portfolio | None, pushed: Portfolio) -> Portfolio:
    assert before is not None
    return Portfolio(before.payers, before.invoices, (*before.payments, *pushed.payments), before.expenses)


def _stood(before: Portfolio | None, kind: str, source_id: str) -> bool:
    """Whether the record was pushed before, so that a void of it leaves a voided object."""
    records = getattr(before, kind) if before else ()
    return any(one.source_id == source_id and one.status != "void" for one in records)


def _enter(books: Books, portfolio: Portfolio, before: Portfolio | None) -> None:
    zero = Decimal("0.00")
    books.names |= {str(payer.name) for payer in portfolio.payers}
    books.names |= {str(one.vendor.name) for one in portfolio.expenses if one.vendor}
    for record in (*portfolio.invoices, *portfolio.expenses):
        if record.status != "void":
            books.stand_at(record.place)
    for invoice in portfolio.invoices:
        if invoice.status != "void":
            books.expect("Invoice", f"INV-{invoice.source_id}", TotalAmt=invoice.total_amount or zero)
        elif _stood(before, "invoices", invoice.source_id):
            books.expect("Invoice", f"INV-{invoice.source_id}", TotalAmt=zero)
    for payment in portfolio.payments:
        used = sum((one.amount or zero for one in payment.allocations), zero)
        if payment.status == "completed":
            amount = payment.amount or zero
            back = sum((one.amount or zero for one in payment.refunds), zero)
            free = max(amount - used - back, zero)  # what did not pay an invoice was paid back first
            books.expect("Payment", str(payment.reference), TotalAmt=amount, UnappliedAmt=free)
        elif payment.returned_on is not None:
            amount = payment.amount or zero
            books.expect("Payment", str(payment.reference), TotalAmt=amount, UnappliedAmt=zero)
            books.expect("Purchase", f"RX-R-{payment.source_id}", TotalAmt=amount)
            if payment.return_fee:
                books.expect("Purchase", f"RX-F-{payment.source_id}", TotalAmt=payment.return_fee)
        elif _stood(before, "payments", payment.source_id):
            books.expect("Payment", str(payment.reference), TotalAmt=zero)
    for credit, application in zip(portfolio.credits, portfolio.applications, strict=True):
        used = sum((one.amount or zero for one in application.allocations), zero)
        total = zero if credit.status == "void" else credit.total_amount or zero
        books.expect("CreditMemo", f"CR-{credit.source_id}", TotalAmt=total, RemainingCredit=total - used)
        books.expect("Payment", f"RX-A-{credit.source_id}", TotalAmt=zero, UnappliedAmt=zero)
    for refund in portfolio.refunds:
        used = sum((one.amount or zero for one in refund.allocations), zero)
        entity = "Purchase" if (refund.payment_amount or zero) > used else "RefundReceipt"
        books.expect(entity, f"RX-U-{refund.source_id}", TotalAmt=refund.amount or zero)
    for settlement in portfolio.settlements:
        books.expect("Purchase", f"RX-S-{settlement.source_id}", TotalAmt=settlement.refund_amount or zero)
    for expense in portfolio.expenses:
        _enter_expense(books, expense, before)
    for entry in portfolio.entries:
        if entry.status == "posted":
            books.expect("JournalEntry", f"RX-J-{entry.source_id}", TotalAmt=entry.total_amount or zero)
        elif entry.status == "void" and _stood(before, "entries", entry.source_id):
            books.expect("JournalEntry", f"RX-J-{entry.source_id}", TotalAmt=zero)
    _enter_deposits(books, portfolio)
    _enter_papers(books, portfolio)


def _enter_deposits(books: Books, portfolio: Portfolio) -> None:
    """One a day; what is void is deleted."""
    for deposit in portfolio.deposits:
        day = deposit.deposit_date.isoformat()
        if deposit.status == "void":
            books.objects.get("Deposit", {}).pop(day, None)
        else:
            books.expect("Deposit", day, TotalAmt=deposit.total or Decimal(0))


def _enter_papers(books: Books, portfolio: Portfolio) -> None:
    """Each file that is not deleted, the same bytes on one record once; what a later portfolio has no row for is deleted too."""
    books.papers.clear()
    attached: set[tuple[tuple[str, str], bytes]] = set()
    for paper in portfolio.papers:
        content = (FILES / (paper.location or "")).read_bytes()
        if paper.deleted_at is None and (paper.belongs_to, content) not in attached:
            attached.add((paper.belongs_to, content))
            books.papers[paper.source_id] = content


def _enter_expense(books: Books, expense: Expense, before: Portfolio | None) -> None:
    number, amount, zero = f"RX-E-{expense.source_id}", expense.amount or Decimal(0), Decimal("0.00")
    was = (
        next((one for one in before.expenses if one.source_id == expense.source_id), None) if before else None
    )
    stood = _stands_as(was, None) if was is not None else None
    if expense.status == "void":
        if stood is not None:
            books.expect(stood, number, TotalAmt=zero)
        return
    entity = _stands_as(expense, stood)
    books.expect(entity, number, TotalAmt=abs(amount))
    if stood is not None and stood != entity:
        books.objects[stood].pop(number, None)
        books.expect(stood, f"RX-V-{expense.source_id}", TotalAmt=zero)
    if entity == "Bill":
        paid = expense.status == "paid"
        books.objects["Bill"][number]["Balance"] = zero if paid else amount
        if paid:
            books.expect("BillPayment", f"RX-B-{expense.source_id}", TotalAmt=amount)


def _stands_as(expense: Expense, stood: str | None) -> str:
    """Paid on its day: a purchase, or the bill it was; else a bill, as long as there is a vendor. Below zero: a vendor credit until paid."""
    if (expense.amount or 0) < 0:
        return "Purchase" if expense.status == "paid" else "VendorCredit"
    if expense.status == "paid" and (expense.vendor is None or expense.paid_at == expense.expense_date):
        return "Bill" if stood == "Bill" and expense.vendor is not None else "Purchase"
    return "Bill"


def _leave_undone(books: Books, portfolio: Portfolio) -> None:
    """What the undone run had made is void; its purchases and bills are gone, its customers and vendors inactive under another name."""
    zero = Decimal("0.00")

    def leave(entity: str, number: str) -> None:
        if number not in books.objects.get(entity, {}):
            books.expect(entity, number, TotalAmt=zero)

    for invoice in portfolio.invoices:
        if invoice.status != "void":
            leave("Invoice", f"INV-{invoice.source_id}")
    for payment in portfolio.payments:
        if payment.status == "completed" or payment.returned_on is not None:
            leave("Payment", str(payment.reference))
    for application in portfolio.applications:
        leave("Payment", f"RX-A-{application.source_id}")
    for expense in portfolio.expenses:
        was_bill = f"RX-E-{expense.source_id}" in books.objects.get("Bill", {})
        if (
            expense.status == "paid"
            and (was_bill or _stands_as(expense, None) == "Bill")
            and expense.vendor is not None
        ):
            leave("BillPayment", f"RX-B-{expense.source_id}")


def _settle_balances(books: Books, portfolio: Portfolio) -> None:
    for invoice in portfolio.invoices:
        number = f"INV-{invoice.source_id}"
        if number not in books.objects["Invoice"]:
            continue
        paid = sum(
            (
                one.amount or Decimal(0)
                for payment in (*portfolio.payments, *portfolio.applications)
                if payment.status in ("completed", "issued")
                for one in payment.allocations
                if one.invoice_id == invoice.source_id
            ),
            Decimal("0.00"),
        )
        amounts = books.objects["Invoice"][number]
        amounts["Balance"] = Decimal("0.00") if invoice.status == "void" else amounts["TotalAmt"] - paid
