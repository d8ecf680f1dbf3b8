"""RentAxis records as the rest of the program sees them: one object a record, its children nested in it.

Here: the shape only. Not here: how rows are read (``extract``), what makes a row fit to be pushed
(``schemas``), what becomes of it in QuickBooks (``mapping``). Ids are opaque text, because RentAxis does not
publish their type. Money is ``Decimal`` in the company's currency; days are plain dates; only ``updated_at``
and the like are instants.
"""

import datetime as dt
from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec

PayerKind = Literal["tenant", "program"]


class ImportedLink(msgspec.Struct, frozen=True):
    """RentAxis' own note that the record came from, or already stands in, QuickBooks."""

    quickbooks_type: str
    quickbooks_id: str
    origin: str  # "imported" (born in QuickBooks: never echoed back) or "pushed" (by RentAxis' own sync)


class Place(msgspec.Struct, frozen=True):
    """A property or a unit, as named on a memo or mapped to a class or location."""

    property_id: str | None
    property_name: str | None
    unit_id: str | None
    unit_number: str | None


class BillingAddress(msgspec.Struct, frozen=True):
    """An address in its parts, where RentAxis keeps it so; it then counts instead of the address in one text."""

    line1: str | None
    line2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None


class Payer(msgspec.Struct, frozen=True):
    """Who owes or pays: a tenant or a program. Its key is ``(kind, source_id)``: ids of the two overlap."""

    kind: PayerKind
    source_id: str
    name: str | None
    email: str | None
    phone: str | None
    address: str | None
    payers_with_same_email: int  # within the organization, itself included; 0 without an e-mail
    created_at: dt.datetime
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    imported_link: ImportedLink | None
    problem_code: str | None = None  # why the row is refused (a reason code), or None: fit to be pushed
    problem: str | None = None  # the same as a sentence for an accountant
    billing_address: BillingAddress | None = None
    home: Place | None = None  # of a tenant: where the newest lease is


class Account(msgspec.Struct, frozen=True):
    """A RentAxis account (category)."""

    source_id: str
    number: str | None
    name: str
    type: str  # asset, liability, equity, income, expense


class InvoiceLine(msgspec.Struct, frozen=True):
    source_id: str
    position: int
    description: str | None
    amount: Decimal | None
    account: Account | None


class Invoice(msgspec.Struct, frozen=True):
    """A receivable invoice. Payable ones travel as expenses."""

    source_id: str
    invoice_number: str | None
    kind: str | None  # rent, late_fee, deposit, one_off
    billed_to_type: str | None
    billed_to_id: str | None
    payer: Payer | None
    invoice_date: dt.date
    due_date: dt.date | None
    status: str | None  # draft, sent, partially_paid, paid, overdue, void
    total_amount: Decimal | None
    amount_paid: Decimal | None
    balance_due: Decimal | None
    memo: str | None
    void_reason: str | None
    place: Place
    lines: list[InvoiceLine]
    updated_at: dt.datetime  # newest of the invoice, its live or deleted lines
    deleted_at: dt.datetime | None
    imported_link: ImportedLink | None
    problem_code: str | None = None
    problem: str | None = None
    terms: str | None = None  # such as Net 30
    type: str | None = "receivable"  # anything else is refused: what is billed and what is owed must not mix


class Credit(msgspec.Struct, frozen=True):
    """What a tenant or program owes less: a concession, a waived late fee, a debt written off, an invoice below zero."""

    source_id: str
    credit_number: str | None
    kind: str | None  # concession, late_fee, write_off, deposit, or the kind of an invoice below zero
    payer_type: str | None
    payer_id: str | None
    payer: Payer | None
    credit_date: dt.date
    status: str | None  # draft, issued, void
    total_amount: Decimal | None  # above zero, as are the amounts of ordinary lines
    memo: str | None
    void_reason: str | None
    place: Place
    lines: list[InvoiceLine]
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    imported_link: ImportedLink | None
    problem_code: str | None = None
    problem: str | None = None


class Allocation(msgspec.Struct, frozen=True):
    source_id: str
    invoice_id: str
    invoice_number: str | None
    amount: Decimal | None
    place: Place | None = (
        None  # the invoice's, as is all that follows; without a type RentAxis has no such invoice
    )
    invoice_type: str | None = None
    invoice_date: dt.date | None = None
    invoice_status: str | None = None
    invoice_deleted: bool | None = None
    invoice_link: ImportedLink | None = None


class PaidBack(msgspec.Struct, frozen=True):
    """A refund as its payment tells of it. ``account``: the one it was paid out of."""

    source_id: str
    refund_date: dt.date | None
    amount: Decimal | None
    method: str | None
    account: Account | None
    status: str | None  # completed, void, pending, failed


class Payment(msgspec.Struct, frozen=True):
    source_id: str
    payment_number: str | None
    payer_type: str | None
    payer_id: str | None
    payer: Payer | None
    amount: Decimal | None
    payment_date: dt.date
    method: str | None
    status: str | None  # completed, void, pending, failed, refunded
    void_reason: str | None
    reference: str | None  # check number, Stripe id
    deposit_account: Account | None
    allocations: list[Allocation]  # live ones only
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    imported_link: ImportedLink | None
    problem_code: str | None = None
    problem: str | None = None
    returned_on: dt.date | None = None  # the day the bank or the processor took the money back
    return_reason: str | None = None  # nsf, ach_return, dispute
    return_fee: Decimal | None = None  # what the bank or the processor charged for it
    refunds: list[PaidBack] = []
    refunded_amount: Decimal | None = None  # what the completed refunds come to
    banked_in: Account | None = (
        None  # the account that a bank deposit brought it to, where RentAxis has the deposit
    )


class Refund(msgspec.Struct, frozen=True):
    """Money of a payment that was paid back, with what is to be known of the payment."""

    source_id: str
    payment_id: str
    payment_number: str | None
    payer_type: str | None
    payer_id: str | None
    payer: Payer | None
    amount: Decimal | None
    refund_date: dt.date
    method: str | None
    status: str | None  # completed, void, pending, failed
    paid_from_account: Account | None
    payment_amount: Decimal | None
    refunded_before: Decimal | None  # by completed refunds of the same payment that come before it
    allocations: list[Allocation]  # the payment's live ones
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    imported_link: ImportedLink | None
    problem_code: str | None = None
    problem: str | None = None


class DepositSettlement(msgspec.Struct, frozen=True):
    """The end of a security deposit at move-out: what of it is refunded. What of it is kept is a credit (``Credit``)."""

    source_id: str
    payer_type: str | None  # tenant: that of the lease
    payer_id: str | None
    payer: Payer | None
    deposit_held: Decimal | None
    deductions_total: Decimal | None
    refund_amount: Decimal | None
    settlement_date: dt.date  # the day it was finalized, or the day of the refund where RentAxis keeps that
    method: str | None  # of the refund, where RentAxis keeps it
    paid_from_account: Account | None
    account: Account | None  # the liability account that the lease's deposit was billed to
    status: str | None  # draft, finalized
    place: Place
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    imported_link: ImportedLink | None
    problem_code: str | None = None
    problem: str | None = None


class CreditApplication(msgspec.Struct, frozen=True):
    """What one credit is applied to. RentAxis may apply it anew at any time; the credit itself stays as it is."""

    source_id: str  # that of the credit
    credit_number: str | None
    credit_total: Decimal | None
    payer_type: str | None
    payer_id: str | None
    payer: Payer | None
    application_date: dt.date
    status: str | None  # issued, void; also of a credit that is applied to nothing any more
    amount: Decimal | None  # the sum of the allocations
    allocations: list[Allocation]  # live ones only
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    imported_link: ImportedLink | None
    problem_code: str | None = None
    problem: str | None = None


class Vendor(msgspec.Struct, frozen=True):
    source_id: str | None  # None: the expense carries a free-text name only
    name: str | None
    email: str | None
    phone: str | None
    address: str | None
    terms: str | None = None  # such as Net 30
    billing_address: BillingAddress | None = None


class TaxDetails(msgspec.Struct, frozen=True):
    """What form 1099 asks about a vendor. ``tax_id``: sealed (``safety.sealed``); ``unfit``: RentAxis holds one that is no tax id."""

    is_1099: bool | None = None
    tax_id: str | None = None
    unfit: bool = False


class ExpensePayment(msgspec.Struct, frozen=True):
    """A payment of an expense that is not paid whole at once, or a whole one that has a record of its own."""

    source_id: str  # unique among the payments of its expense
    paid_on: dt.date
    amount: Decimal | None
    method: str | None
    account: Account | None  # it is paid from


class Expense(msgspec.Struct, frozen=True):
    source_id: str
    expense_date: dt.date
    due_date: dt.date | None
    amount: Decimal | None
    vendor: Vendor | None
    description: str | None
    account: Account | None
    place: Place
    custom_property_name: str | None
    status: str | None  # unpaid, partially_paid, paid, void
    payment_method: str | None
    paid_at: dt.date | None
    paid_from_account: Account | None
    payable_invoice_id: str | None
    payable_invoice_number: str | None
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    imported_link: ImportedLink | None
    problem_code: str | None = None
    problem: str | None = None
    terms: str | None = None  # such as Net 30
    payments: list[ExpensePayment] = []  # live ones only; none where RentAxis keeps no payments of expenses


class JournalLine(msgspec.Struct, frozen=True):
    source_id: str
    description: str | None
    account: Account | None
    debit: Decimal | None
    credit: Decimal | None
    place: Place | None


class JournalEntry(msgspec.Struct, frozen=True):
    """An entry in RentAxis' own ledger that no invoice, payment or expense posted."""

    source_id: str
    entry_number: str | None
    entry_date: dt.date
    origin: str | None  # manual, owner_distribution, management_fee, correction
    status: str | None  # draft, posted, void, reversed
    total_amount: Decimal | None  # the sum of the debits
    description: str | None
    memo: str | None
    lines: list[JournalLine]
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    imported_link: ImportedLink | None
    problem_code: str | None = None
    problem: str | None = None


class DepositedPayment(msgspec.Struct, frozen=True):
    """A payment that a bank deposit gathers, for its whole amount before fees."""

    payment_id: str
    payment_number: str | None
    amount: Decimal | None


class DepositLine(msgspec.Struct, frozen=True):
    """Something else in a bank deposit: a refund, a dispute, an adjustment. Below zero where it makes the deposit smaller."""

    source_id: str
    description: str | None
    account: Account | None
    amount: Decimal | None


class Deposit(msgspec.Struct, frozen=True):
    """A deposit as the bank shows it: a processor's payout, or checks and cash that were brought there together."""

    source_id: str
    kind: str | None  # payout, batch
    deposit_date: dt.date
    bank_account: Account | None
    total: Decimal | None  # what the bank shows
    fee: Decimal | None  # what the processor kept; zero or empty: none
    status: str | None  # completed, void, pending, failed
    reference: str | None  # the processor's, or that of the deposit slip
    payments: list[DepositedPayment]
    other_lines: list[DepositLine]
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    imported_link: ImportedLink | None
    problem_code: str | None = None
    problem: str | None = None


class Paper(msgspec.Struct, frozen=True):
    """A file that RentAxis keeps with a record: a receipt, a bill. ``location``: an https address, or a path below the papers folder."""

    source_id: str
    record_date: dt.date  # of the record it is kept with; of a payer or vendor the day it was added
    belongs_to_type: str | None  # tenant, program, vendor, invoice, payment, expense
    belongs_to_id: str | None
    file_name: str | None
    content_type: str | None
    size_bytes: int | None
    sha256: str | None  # None: RentAxis keeps none
    location: str | None
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    problem_code: str | None = None
    problem: str | None = None

    @property
    def belongs_to(self) -> tuple[str, str]:
        """Source type and id of the record it is kept with."""
        return self.belongs_to_type or "", self.belongs_to_id or ""


Transaction: TypeAlias = (
    Invoice
    | Credit
    | Payment
    | CreditApplication
    | Refund
    | Deposit
    | DepositSettlement
    | Expense
    | JournalEntry
)
"""A record of a day that becomes a transaction in QuickBooks."""


def places_of(record: object) -> list[Place]:
    """The properties and units a record is about: its own, or those of its lines, each once."""
    place = getattr(record, "place", None)
    if place is not None:
        return [place]
    lines: list[object] = getattr(record, "lines", [])
    return list(dict.fromkeys(place for line in lines if (place := getattr(line, "place", None)) is not None))
