"""The tables of the demo RentAxis database, one class each, as ``dbt_like_sql/demo/schema.sql`` defines them.

Here: the columns the demo fills, and how a row becomes a tuple for COPY. Not here: what is put into them. A field that holds another
row is the column ``<field>_id``; IDs are assigned when the portfolio is finished, in the order of creation.
"""

import datetime as dt
import re
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, get_args, get_type_hints

import msgspec


class Row(msgspec.Struct, eq=False, kw_only=True):
    """What every table has. ``updated_at`` left empty means: never touched since it was created."""

    left_out: ClassVar[tuple[str, ...]] = ()  # of the four columns below, those this table does not have

    id: int = 0
    created_at: dt.datetime
    updated_at: dt.datetime | None = None
    deleted_at: dt.datetime | None = None

    @classmethod
    def singular(cls) -> str:
        """``late_fee_assessment``: the word that labels, links and payers use."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def table(cls) -> str:
        """``late_fee_assessments``."""
        word = cls.singular()
        return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


class Organization(Row, kw_only=True):
    name: str
    currency: str = "USD"
    timezone: str = "America/New_York"


class Property(Row, kw_only=True):
    organization: Organization
    street_address: str
    city: str
    state: str
    zip: str
    property_type: str
    total_units: int
    is_section_8: bool = False
    year_built: int | None = None
    purchase_date: dt.date | None = None
    purchase_price: Decimal | None = None


class Unit(Row, kw_only=True):
    property: Property
    unit_number: str
    bedrooms: int
    bathrooms: Decimal
    monthly_rent: Decimal
    status: str = "vacant"


class Tenant(Row, kw_only=True):
    name: str
    email: str | None = None
    phone: str | None = None
    mailing_street: str | None = None
    mailing_city: str | None = None
    mailing_state: str | None = None
    mailing_zip: str | None = None


class OrganizationTenant(Row, kw_only=True):
    left_out = ("id",)
    organization: Organization
    tenant: Tenant
    portal_status: str = "active"


class Program(Row, kw_only=True):
    organization: Organization
    name: str
    type: str | None = None
    address: str | None = None
    email: str | None = None
    phone: str | None = None


class Vendor(Row, kw_only=True):
    organization: Organization
    name: str
    email: str | None = None
    phone: str | None = None
    tax_id: str | None = None
    is_1099: bool | None = None
    terms: str | None = None
    mailing_street: str | None = None
    mailing_city: str | None = None
    mailing_state: str | None = None
    mailing_zip: str | None = None


class Account(Row, kw_only=True):
    organization: Organization
    number: str
    name: str
    type: str
    subtype: str | None = None
    is_active: bool = True


class LeaseType(Row, kw_only=True):
    organization: Organization
    name: str


class Lease(Row, kw_only=True):
    organization: Organization
    unit: Unit
    tenant: Tenant
    lease_type: LeaseType
    start_date: dt.date
    end_date: dt.date | None
    is_month_to_month: bool = False
    rent_amount: Decimal
    security_deposit: Decimal | None = None
    is_section_8: bool = False
    program: Program | None = None
    tenant_portion: Decimal | None = None
    section_8_portion: Decimal | None = None
    status: str = "active"
    renewed_from_lease: "Lease | None" = None


class Invoice(Row, kw_only=True):
    """``status='sent'`` until the portfolio is finished: then what was paid and the last day decide."""

    organization: Organization
    invoice_number: str | None = ""  # numbered when the portfolio is finished; None stays none
    type: str = "receivable"
    billed_to_type: str | None = None
    billed_to: "Tenant | Program | None" = None
    lease: Lease | None = None
    property: Property | None = None
    unit: Unit | None = None
    kind: str = "rent"
    invoice_date: dt.date
    due_date: dt.date
    terms: str | None = None
    status: str = "sent"
    total_amount: Decimal
    amount_paid: Decimal = Decimal(0)
    balance_due: Decimal = Decimal(0)
    voided_at: dt.datetime | None = None
    void_reason: str | None = None
    memo: str | None = None


class InvoiceLine(Row, kw_only=True):
    invoice: Invoice
    position: int
    description: str
    amount: Decimal
    account: Account | None


class Payment(Row, kw_only=True):
    organization: Organization
    payment_number: str | None = ""  # numbered when the portfolio is finished
    payer_type: str
    payer: "Tenant | Program"
    amount: Decimal
    payment_date: dt.date
    method: str
    status: str = "completed"
    void_reason: str | None = None
    voided_at: dt.datetime | None = None
    reference: str | None = None
    stripe_payment_id: str | None = None
    deposit_account: Account | None = None
    returned_on: dt.date | None = None
    return_reason: str | None = None
    return_fee: Decimal | None = None


class PaymentRefund(Row, kw_only=True):
    payment: Payment
    refund_date: dt.date
    amount: Decimal
    method: str
    account: Account | None = None
    status: str = "completed"


class BankDeposit(Row, kw_only=True):
    organization: Organization
    kind: str
    deposit_date: dt.date
    account: Account
    total: Decimal
    fee: Decimal = Decimal(0)
    status: str = "completed"
    reference: str | None = None


class BankDepositPayment(Row, kw_only=True):
    deposit: BankDeposit
    payment: Payment
    amount: Decimal


class BankDepositLine(Row, kw_only=True):
    deposit: BankDeposit
    description: str
    amount: Decimal
    account: Account


class PaymentAllocation(Row, kw_only=True):
    payment: Payment
    invoice: Invoice
    amount: Decimal


class TenantCredit(Row, kw_only=True):
    organization: Organization
    tenant: Tenant | None = None
    source_payment: Payment
    amount: Decimal
    remaining: Decimal


class Credit(Row, kw_only=True):
    organization: Organization
    credit_number: str | None = None
    kind: str
    payer_type: str
    payer: "Tenant | Program"
    lease: Lease | None = None
    credit_date: dt.date
    status: str = "issued"
    total_amount: Decimal
    memo: str | None = None


class CreditLine(Row, kw_only=True):
    credit: Credit
    position: int = 1
    description: str
    amount: Decimal
    account: Account | None = None


class CreditAllocation(Row, kw_only=True):
    """Either a credit or an invoice below zero settles part of an invoice."""

    credit: Credit | None = None
    credit_invoice: Invoice | None = None
    invoice: Invoice
    amount: Decimal


class LateFeeAssessment(Row, kw_only=True):
    organization: Organization
    source_invoice: Invoice
    fee_invoice: Invoice
    amount: Decimal
    assessed_on: dt.date
    status: str = "assessed"
    waiver_reason: str | None = None
    waived_on: dt.date | None = None


class DepositSettlement(Row, kw_only=True):
    lease: Lease
    deposit_held: Decimal
    deductions_total: Decimal
    refund_amount: Decimal
    finalized_at: dt.datetime


class DepositDeduction(Row, kw_only=True):
    settlement: DepositSettlement
    invoice: Invoice
    description: str
    amount: Decimal


class Expense(Row, kw_only=True):
    organization: Organization
    payable_invoice: Invoice | None = None
    expense_date: dt.date
    due_date: dt.date | None = None
    terms: str | None = None
    amount: Decimal
    vendor: Vendor | None = None
    vendor_name: str | None = None
    description: str | None = None
    account: Account | None = None
    property: Property | None = None
    unit: Unit | None = None
    custom_property_name: str | None = None
    status: str = "unpaid"
    payment_method: str | None = None
    paid_at: dt.date | None = None
    paid_from_account: Account | None = None


class ExpensePayment(Row, kw_only=True):
    expense: Expense
    paid_on: dt.date
    amount: Decimal
    method: str = "check"
    paid_from_account: Account | None = None


class JournalEntry(Row, kw_only=True):
    organization: Organization
    entry_date: dt.date
    description: str
    status: str = "posted"
    source_type: str | None = None


class JournalEntryLine(Row, kw_only=True):
    left_out = ("created_at", "updated_at", "deleted_at")
    journal_entry: JournalEntry
    account: Account
    debit: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    property: Property | None = None


class BankTransaction(Row, kw_only=True):
    organization: Organization
    account: Account
    txn_date: dt.date
    description: str
    amount: Decimal
    source: str
    status: str
    matched_type: str | None = None
    matched: "Payment | Expense | None" = None
    journal_entry: JournalEntry | None = None


class Paper(Row, kw_only=True):
    organization: Organization
    entity_type: str
    entity: "Tenant | Program | Invoice | Payment | Expense | Vendor"
    file_name: str
    content_type: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    location: str


class QuickbooksConnection(Row, kw_only=True):
    organization: Organization
    realm_id: str


class QuickbooksLink(Row, kw_only=True):
    left_out = ("id", "deleted_at")
    organization: Organization
    entity_type: str
    entity: "Tenant | Program | Invoice | Payment | Expense | Vendor"
    qbo_type: str
    qbo_id: str
    origin: str


# They are defined in the order in which they may be loaded: what is referred to comes first.
TABLES: tuple[type[Row], ...] = tuple(Row.__subclasses__())


@cache
def columns(table: type[Row]) -> tuple[str, ...]:
    """Names of the table's columns, in the order of ``values``."""
    return tuple(f"{name}_id" if is_reference else name for name, is_reference in _shape(table))


def values(row: Row) -> tuple[Any, ...]:
    """The row as COPY takes it: references as IDs."""
    fields = [(getattr(row, name), is_reference) for name, is_reference in _shape(type(row))]
    return tuple(value.id if is_reference and value is not None else value for value, is_reference in fields)


@cache
def _shape(table: type[Row]) -> tuple[tuple[str, bool], ...]:
    """Each column's field, and whether it refers to another row."""
    hints = get_type_hints(table)
    return tuple(
        (name, _holds_a_row(hints[name])) for name in table.__struct_fields__ if name not in table.left_out
    )


def _holds_a_row(hint: Any) -> bool:
    return any(isinstance(part, type) and issubclass(part, Row) for part in (hint, *get_args(hint)))
