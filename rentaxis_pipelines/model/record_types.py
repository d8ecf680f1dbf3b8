"""The registry of record types: each is declared here once, and whoever lists them reads it.

Here: names, words for people, what a type is read from and what it becomes in QuickBooks, in the order of a push. Not here: how a
record is mapped (``mapping.registry``), and the names of QuickBooks' fields beyond the one that holds the number.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from rentaxis_pipelines.model.source_records import (
    Credit,
    CreditApplication,
    Deposit,
    DepositSettlement,
    Expense,
    Invoice,
    JournalEntry,
    Paper,
    Payer,
    Payment,
    Refund,
)
from rentaxis_pipelines.model.statuses import DRAFT, FAILED, PENDING, VOID

# Names that rules about one type alone are written with. Whatever can be asked of a type is a field of it instead.
CUSTOMERS, INVOICES, PAYMENTS, EXPENSES, VENDORS = "customers", "invoices", "payments", "expenses", "vendors"
CLASSES, LOCATIONS = "classes", "locations"
CREDITS, CREDIT_APPLICATIONS = "credits", "credit_applications"
JOURNAL_ENTRIES, REFUNDS, DEPOSITS = "journal_entries", "refunds", "deposits"
PAPERS, PAPER = "papers", "paper"
INVOICE, PAYMENT, EXPENSE, VENDOR = "invoice", "payment", "expense", "vendor"  # source types
CREDIT, CREDIT_APPLICATION = "credit", "credit_application"
JOURNAL_ENTRY, REFUND, DEPOSIT = "journal_entry", "refund", "deposit"
DEPOSIT_SETTLEMENTS, DEPOSIT_SETTLEMENT = "deposit_settlements", "deposit_settlement"
PROPERTY_CUSTOMER = "property_customer"  # above those of its tenants
REPLACED_TYPE, BILL_PAYMENT_TYPE = "expense_replaced", "expense_payment"
RETURN_TYPE, RETURN_FEE_TYPE = "payment_return", "payment_return_fee"
PART_PAYMENT_TYPE = (
    "expense_part_payment"  # one of several payments of an expense; its id holds the expense's
)
BILL_PAYMENTS = (BILL_PAYMENT_TYPE, PART_PAYMENT_TYPE)
PART_SIGN = "~"  # between the two: no payment's own id has it, and a marker holds it as it is
REPLACED_PAPER = "paper_replaced"

Entity = Literal[
    "Customer",
    "Vendor",
    "Class",
    "Department",
    "Invoice",
    "CreditMemo",
    "Payment",
    "Purchase",
    "Bill",
    "BillPayment",
    "VendorCredit",
    "JournalEntry",
    "RefundReceipt",
    "Deposit",
    "Attachable",
]
"""What records become in QuickBooks."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of RentAxis record that a person can choose. ``source_type`` names it in links, results, decisions and commands."""

    source_type: str
    model: str  # the staging model, and the frame it fills
    record_class: type[msgspec.Struct]
    versions: str  # the staging model that tells when a record was last changed
    grain: str  # what a row of the staging model is
    day_is: str | None = None  # the field whose day the record belongs to, where it is one of its own
    number_is: str | None = None  # the field that holds the number people know it by
    amount_is: str | None = None  # the field that holds what it comes to; none: it moves no money
    optional: bool = False  # RentAxis need not have any, and a folder of staging models no file for it
    description: str


class RecordType(msgspec.Struct, frozen=True, kw_only=True):
    """What a person chooses to push, or what comes with it and has results of its own.

    ``parents``: record types a record may need before it. ``part_of``: the type whose records it belongs to, such as the payment
    of a bill. ``number_field``: what QuickBooks can be asked by; a marker in the private note besides, where it is ``dated``.
    """

    name: str
    singular: str
    sources: tuple[Source, ...] = ()
    made_of: tuple[str, ...] = ()  # source types of what is not read by itself
    entities: tuple[Entity, ...] = ()
    entities_where_asked: tuple[Entity, ...] = ()  # what some become besides, if the company file says so
    read_besides: tuple[
        Entity, ...
    ] = ()  # what else the proof reads: ways by which their money may have gone
    number_field: str | None = None
    parents: tuple[str, ...] = ()
    part_of: str | None = None
    dated: bool = False  # has a day in QuickBooks
    unique_number: bool = False  # QuickBooks takes a number once only
    posts_nothing: tuple[str, ...] = ()  # statuses; refunded is not among them: that is said as a failure
    party: bool = False  # a person or company
    linked_by_hand: bool = False  # a person may say which object in QuickBooks it is
    pushed: str = ""  # in the description of jobs: "Push ... of the chosen days"
    description: str = ""

    @property
    def source_types(self) -> tuple[str, ...]:
        """Those of its results and links."""
        return (*(source.source_type for source in self.sources), *self.made_of)

    @property
    def models(self) -> tuple[str, ...]:
        """The staging models, and the frames, its records are read from."""
        return tuple(source.model for source in self.sources)

    @property
    def optional(self) -> bool:
        """Whether RentAxis need not have such records at all. They are pushed where the company file or RentAxis' settings say so."""
        return bool(self.sources) and all(source.optional for source in self.sources)

    @property
    def has_payer(self) -> bool:
        """Whether its records are tenants and programs, or are billed to or paid by one."""
        return CUSTOMERS in (self.name, *self.parents)


REGISTRY: tuple[RecordType, ...] = (
    RecordType(
        name=CUSTOMERS,
        singular="customer",
        sources=(
            Source(
                source_type="tenant",
                model="tenants",
                record_class=Payer,
                versions="payer_versions",
                grain="one row per tenant of the organization; `day` is the local day the tenant joined",
                description="Tenants who joined the organization on that day.",
            ),
            Source(
                source_type="program",
                model="programs",
                record_class=Payer,
                versions="payer_versions",
                grain="one row per program of the organization; `day` is the local day it was created",
                description="Programs (housing authorities, subsidies) created on that day.",
            ),
        ),
        entities=("Customer",),
        number_field="DisplayName",
        party=True,
        linked_by_hand=True,
        pushed="tenants and programs as customers",
        description="Tenants and programs of the day as QuickBooks customers, and all those changed since they were pushed.",
    ),
    RecordType(
        name=INVOICES,
        singular="invoice",
        sources=(
            Source(
                source_type=INVOICE,
                model="invoices",
                record_class=Invoice,
                versions="invoice_versions",
                grain="one row per receivable invoice; `day` is `invoice_date`",
                day_is="invoice_date",
                number_is="invoice_number",
                amount_is="total_amount",
                description="Receivable invoices dated that day, each with its lines and its payer.",
            ),
        ),
        entities=("Invoice",),
        number_field="DocNumber",
        parents=(CUSTOMERS, CLASSES, LOCATIONS),
        dated=True,
        unique_number=True,
        posts_nothing=(DRAFT, VOID),
        linked_by_hand=True,
        pushed="receivable invoices, with the customers they need,",
        description="Receivable invoices of the day as QuickBooks invoices, lines and all; a customer they need is made first.",
    ),
    RecordType(
        name=CREDITS,
        singular="credit",
        sources=(
            Source(
                source_type=CREDIT,
                model="credits",
                record_class=Credit,
                versions="credit_versions",
                grain="one row per credit to a tenant or program; `day` is `credit_date`",
                day_is="credit_date",
                number_is="credit_number",
                amount_is="total_amount",
                optional=True,
                description="Concessions, waived late fees, write-offs, invoices below zero and deposits kept of that day.",
            ),
        ),
        entities=("CreditMemo",),
        number_field="DocNumber",
        parents=(CUSTOMERS, CLASSES, LOCATIONS),
        dated=True,
        unique_number=True,
        posts_nothing=(DRAFT, VOID),
        pushed="credits, with the customers they need,",
        description="Credits of the day as QuickBooks credit memos: concessions, waived late fees, write-offs, invoices below zero.",
    ),
    RecordType(
        name=REFUNDS,  # before the payments, whose credit pays them
        singular="refund",
        sources=(
            Source(
                source_type=REFUND,
                model="refunds",
                record_class=Refund,
                versions="refund_versions",
                grain="one row per refund of a payment; `day` is `refund_date`",
                day_is="refund_date",
                amount_is="amount",
                optional=True,
                description="Refunds paid that day, each with what its payment is applied to.",
            ),
        ),
        entities=("RefundReceipt", "Purchase"),
        number_field="DocNumber",
        parents=(CUSTOMERS, INVOICES),
        dated=True,
        posts_nothing=(VOID, PENDING, FAILED),
        pushed="refunds of payments, with the customers they need,",
        description="Refunds of the day: of what was not applied as an expense against receivables, otherwise as a refund receipt.",
    ),
    RecordType(
        name=PAYMENTS,
        singular="payment",
        sources=(
            Source(
                source_type=PAYMENT,
                model="payments",
                record_class=Payment,
                versions="payment_versions",
                grain="one row per payment; `day` is `payment_date`",
                day_is="payment_date",
                number_is="payment_number",
                amount_is="amount",
                description="Payments received that day, each with the invoices it pays.",
            ),
        ),
        entities=("Payment",),
        number_field="PaymentRefNum",
        parents=(CUSTOMERS, INVOICES, REFUNDS),
        dated=True,
        posts_nothing=(VOID, PENDING, FAILED),
        linked_by_hand=True,
        pushed="payments, with the customers they need,",
        description="Payments of the day as QuickBooks payments, applied to their invoices; what is left over stays unapplied.",
    ),
    RecordType(
        name=CREDIT_APPLICATIONS,
        singular="application of credit",
        sources=(
            Source(
                source_type=CREDIT_APPLICATION,
                model="credit_applications",
                record_class=CreditApplication,
                versions="credit_application_versions",
                grain="one row per credit that is, or was, applied to invoices; `day` is `application_date`",
                day_is="application_date",
                number_is="credit_number",
                optional=True,
                description="What the credits of that day are applied to.",
            ),
        ),
        entities=("Payment",),
        number_field="PaymentRefNum",
        parents=(CUSTOMERS, INVOICES, CREDITS, PAYMENTS),  # payments first: both may want the same invoice
        dated=True,
        posts_nothing=(VOID,),
        pushed="applications of credits to invoices",
        description="Credits of the day applied to their invoices: a QuickBooks payment of nothing that joins the two.",
    ),
    RecordType(
        name=DEPOSITS,  # after the payments it gathers
        singular="bank deposit",
        sources=(
            Source(
                source_type=DEPOSIT,
                model="deposits",
                record_class=Deposit,
                versions="deposit_versions",
                grain="one row per payout of a processor or batch of checks and cash; `day` is `deposit_date`",
                day_is="deposit_date",
                number_is="reference",
                amount_is="total",
                optional=True,
                description="Payouts and deposit batches that reached the bank that day, each with its payments.",
            ),
        ),
        entities=("Deposit",),
        number_field="TxnDate",  # a Deposit has no number that QuickBooks can be asked by; the marker tells those of a day apart
        parents=(PAYMENTS,),
        dated=True,
        posts_nothing=(VOID, PENDING, FAILED),
        linked_by_hand=True,
        pushed="bank deposits of payments",
        description="Payouts and deposit batches of the day as QuickBooks bank deposits: their payments, less fees.",
    ),
    RecordType(
        name=EXPENSES,
        singular="expense",
        sources=(
            Source(
                source_type=EXPENSE,
                model="expenses",
                record_class=Expense,
                versions="expense_versions",
                grain="one row per expense; `day` is `expense_date`",
                day_is="expense_date",
                amount_is="amount",
                description="Expenses of that day, paid or still to pay, each with its vendor.",
            ),
        ),
        entities=("Purchase", "Bill"),
        entities_where_asked=("VendorCredit",),
        number_field="DocNumber",
        parents=(VENDORS, CLASSES, LOCATIONS),
        dated=True,
        posts_nothing=(VOID,),
        pushed="expenses, with the vendors they need,",
        description="Expenses of the day: paid ones as purchases, unpaid ones as bills; a vendor they need is found or made first.",
    ),
    RecordType(
        name=DEPOSIT_SETTLEMENTS,
        singular="deposit settlement",
        sources=(
            Source(
                source_type=DEPOSIT_SETTLEMENT,
                model="deposit_settlements",
                record_class=DepositSettlement,
                versions="deposit_settlement_versions",
                grain="one row per settlement of a security deposit; `day` is `settlement_date`",
                day_is="settlement_date",
                amount_is="refund_amount",
                optional=True,
                description="Security deposits settled that day, with what of them is refunded.",
            ),
        ),
        entities=("Purchase",),
        number_field="DocNumber",
        read_besides=("JournalEntry", "RefundReceipt"),
        parents=(CUSTOMERS, CLASSES, LOCATIONS),
        dated=True,
        posts_nothing=(DRAFT, VOID),
        pushed="refunds of security deposits, with the customers they need,",
        description="Security deposits refunded that day, as checks against the deposit liability; what was kept of them is a credit.",
    ),
    RecordType(
        name=JOURNAL_ENTRIES,
        singular="journal entry",
        sources=(
            Source(
                source_type=JOURNAL_ENTRY,
                model="journal_entries",
                record_class=JournalEntry,
                versions="journal_entry_versions",
                grain="one row per journal entry that no pushed record posted; `day` is `entry_date`",
                day_is="entry_date",
                number_is="entry_number",
                amount_is="total_amount",
                optional=True,
                description="Journal entries of that day that no invoice, payment, expense or bank line posted.",
            ),
        ),
        entities=("JournalEntry",),
        number_field="DocNumber",
        parents=(CLASSES, LOCATIONS),
        dated=True,
        unique_number=True,
        posts_nothing=(DRAFT, VOID),
        pushed="journal entries",
        description="Journal entries of the day that no other record posted, such as owner distributions and management fees.",
    ),
    # After everything that files are attached to.
    RecordType(
        name=PAPERS,
        singular="paper",
        sources=(
            Source(
                source_type=PAPER,
                model="papers",
                record_class=Paper,
                versions="paper_versions",
                grain="one row per file kept with a record; `day` is that of the record, or the local day it was added to a payer or vendor",
                day_is="record_date",
                optional=True,
                description="Files (receipts, bills) kept with the records of that day.",
            ),
        ),
        entities=("Attachable",),
        number_field="FileName",
        parents=(INVOICES, PAYMENTS, EXPENSES, JOURNAL_ENTRIES),
        pushed="files kept with records (receipts, bills) as their attachments",
        description="Files kept with the records of the day, attached to what those are in QuickBooks.",
    ),
    # What comes with these, and nobody chooses by itself.
    RecordType(
        name=VENDORS,
        singular="vendor",
        made_of=(VENDOR,),
        entities=("Vendor",),
        number_field="DisplayName",
        party=True,
        linked_by_hand=True,
    ),
    RecordType(
        name="property_customers",
        singular="customer of property",
        made_of=(PROPERTY_CUSTOMER,),
        entities=("Customer",),
        number_field="DisplayName",
    ),
    RecordType(
        name=CLASSES,
        singular="class",
        made_of=("property_class", "unit_class"),
        entities=("Class",),
        number_field="Name",
    ),
    RecordType(
        name=LOCATIONS,
        singular="location",
        made_of=("property_location", "unit_location"),
        entities=("Department",),
        number_field="Name",
    ),
    RecordType(
        name="bill_payments",
        singular="payment of expense",
        made_of=(BILL_PAYMENT_TYPE, PART_PAYMENT_TYPE),
        entities=("BillPayment",),
        number_field="DocNumber",
        part_of=EXPENSES,
        dated=True,
    ),
    RecordType(
        name="payment_returns",
        singular="return of payment",
        made_of=(RETURN_TYPE,),
        entities=("Purchase",),
        number_field="DocNumber",
        part_of=PAYMENTS,
        dated=True,
    ),
    RecordType(
        name="payment_return_fees",
        singular="fee for the return of payment",
        made_of=(RETURN_FEE_TYPE,),
        entities=("Purchase",),
        number_field="DocNumber",
        part_of=PAYMENTS,
        dated=True,
    ),
    RecordType(
        name="replaced_papers",
        singular="earlier content of paper",
        made_of=(REPLACED_PAPER,),
        part_of=PAPERS,  # an Attachable whose mark is still that of the file
    ),
    RecordType(
        name="replaced_expenses",
        singular="earlier form of expense",
        made_of=(REPLACED_TYPE,),
        part_of=EXPENSES,  # a Purchase or Bill whose mark is still that of the expense
        dated=True,
    ),
)

BY_NAME: Mapping[str, RecordType] = {kind.name: kind for kind in REGISTRY}
CHOSEN: tuple[RecordType, ...] = tuple(kind for kind in REGISTRY if kind.sources)
RECORD_TYPES: tuple[str, ...] = tuple(kind.name for kind in CHOSEN)
"""What a person can choose, in the order it is pushed: parents before children."""
OPTIONAL_TYPES: tuple[str, ...] = tuple(kind.name for kind in CHOSEN if kind.optional)
BASIC_TYPES: tuple[str, ...] = tuple(kind.name for kind in CHOSEN if not kind.optional)
"""What every company can push: a day of which all of these were pushed was pushed whole."""

SOURCES: tuple[Source, ...] = tuple(source for kind in CHOSEN for source in kind.sources)
SOURCE_TYPES: tuple[str, ...] = tuple(source.source_type for source in SOURCES)
BY_SOURCE_TYPE: Mapping[str, RecordType] = {
    source_type: kind for kind in REGISTRY for source_type in kind.source_types
}
SOURCE: Mapping[str, Source] = {source.source_type: source for source in SOURCES}

PAYING_TYPES: tuple[str, ...] = tuple(
    name for kind in REGISTRY if "Payment" in kind.entities for name in kind.source_types
)
"""Source types of what is applied to invoices: each is a Payment in QuickBooks."""
HELD_TYPES: tuple[str, ...] = (INVOICE, CREDIT)
"""Source types of what those may be applied to, and can hold."""

PARTY_TYPES: tuple[str, ...] = tuple(name for kind in REGISTRY if kind.party for name in kind.source_types)
PAYER_TYPES: tuple[str, ...] = BY_NAME[CUSTOMERS].source_types
PLACE_TYPES: frozenset[str] = frozenset(
    name for place in (CLASSES, LOCATIONS) for name in BY_NAME[place].source_types
)
KEY_FIELD: Mapping[str, str] = {
    entity: kind.number_field
    for kind in REGISTRY
    if kind.number_field
    for entity in (*kind.entities, *kind.entities_where_asked)
}
"""The field of each QuickBooks entity that holds the number or name we give it. QuickBooks can be asked by it (Intuit's reference: these
are filterable, but for those of classes and locations, which are listed and compared).
"""
NUMBER_FIELD: Mapping[str, str] = {
    entity: KEY_FIELD[entity]
    for kind in REGISTRY
    if kind.dated
    for entity in (*kind.entities, *kind.entities_where_asked)
}
"""The same of transactions alone."""
PARTY_ENTITIES: tuple[str, ...] = tuple(entity for kind in REGISTRY if kind.party for entity in kind.entities)
PLACE_ENTITIES: tuple[str, ...] = tuple(
    entity for place in (CLASSES, LOCATIONS) for entity in BY_NAME[place].entities
)

POSTS_NOTHING: Mapping[str, tuple[str, ...]] = {
    kind.name: kind.posts_nothing for kind in REGISTRY if kind.posts_nothing
}

ENTITY_LINKED_BY_HAND: Mapping[str, str] = {
    source_type: kind.entities[0]
    for kind in REGISTRY
    if kind.linked_by_hand
    for source_type in kind.source_types
}
"""What each kind of record is in QuickBooks, where a person may say which."""

DECIDABLE: tuple[str, ...] = (
    *PARTY_TYPES,
    *(name for kind in CHOSEN if not kind.party for name in kind.source_types),
)
"""Source types a person can decide about: link, exclude and the like."""

PAPER_OF: tuple[str, ...] = tuple(name for name in DECIDABLE if name != PAPER)
"""Source types of the records that a file may be kept with."""


def part_of(name: str) -> tuple[RecordType, ...]:
    """The types whose records are parts of those of this one."""
    return tuple(kind for kind in REGISTRY if kind.part_of == name)


def whole_of(source_type: str) -> str:
    """The source type of the record it is a part of, or itself: ``expense`` for the payment of a bill."""
    whole = BY_SOURCE_TYPE[source_type].part_of
    return source_type if whole is None else BY_NAME[whole].source_types[0]


def part_id(whole_id: str, own_id: str) -> str:
    """The source id of a part that has an id of its own: a record may have several of them."""
    return f"{whole_id}{PART_SIGN}{own_id}"


def whole_key(key: tuple[str, str]) -> tuple[str, str]:
    """Source type and id of the record it is a part of, or of itself."""
    source_type, source_id = key
    if source_type == PART_PAYMENT_TYPE:
        source_id = source_id.rpartition(PART_SIGN)[0]
    return whole_of(source_type), source_id


def sql_whole_id(source_type: str, source_id: str) -> str:
    """The second of these in SQL; the names of the two columns are constants of the caller's."""
    whole = f"regexp_replace({source_id}, '{PART_SIGN}[^{PART_SIGN}]*$', '')"
    return f"case when {source_type} = '{PART_PAYMENT_TYPE}' then {whole} else {source_id} end"


def belongs_to(source_type: str) -> str:
    """The record type that a person chooses for it: ``expenses`` for the payment of a bill. Raises KeyError for what is unknown."""
    kind = BY_SOURCE_TYPE[source_type]
    return kind.part_of or kind.name


def in_words(name: str) -> str:
    """A source type or a QuickBooks entity as people say it: ``expense payment``, ``bill payment``; a Purchase is an expense there."""
    spaced = re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return "expense" if spaced == "purchase" else spaced


def listed(names: Sequence[str]) -> str:
    """``tenant, program or invoice``."""
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)
