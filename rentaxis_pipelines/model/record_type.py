"""What a record type is, and the names that rules about one alone are written with.

Not here: which there are (``registry``), and what is looked up in them (``record_types``).
"""

from typing import Literal

import msgspec

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
