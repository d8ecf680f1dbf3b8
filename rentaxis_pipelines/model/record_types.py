"""The registry of record types: each is declared here once, and whoever lists them reads it.

Here: names, words for people, what a type is read from and what it becomes in QuickBooks, in the order of a push. Not here: how a
record is mapped (``mapping.registry``), and the names of QuickBooks' fields beyond the one that holds the number.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from rentaxis_pipelines.model.source_records import Expense, Invoice, Payer, Payment

Entity = Literal[
    "Customer", "Vendor", "Class", "Department", "Invoice", "Payment", "Purchase", "Bill", "BillPayment"
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
    number_field: str | None = None
    parents: tuple[str, ...] = ()
    part_of: str | None = None
    dated: bool = False  # has a day in QuickBooks
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
    def has_payer(self) -> bool:
        """Whether its records are tenants and programs, or are billed to or paid by one."""
        return "customers" in (self.name, *self.parents)


REGISTRY: tuple[RecordType, ...] = (
    RecordType(
        name="customers",
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
        name="invoices",
        singular="invoice",
        sources=(
            Source(
                source_type="invoice",
                model="invoices",
                record_class=Invoice,
                versions="invoice_versions",
                grain="one row per receivable invoice; `day` is `invoice_date`",
                day_is="invoice_date",
                number_is="invoice_number",
                description="Receivable invoices dated that day, each with its lines and its payer.",
            ),
        ),
        entities=("Invoice",),
        number_field="DocNumber",
        parents=("customers", "classes", "locations"),
        dated=True,
        linked_by_hand=True,
        pushed="receivable invoices, with the customers they need,",
        description="Receivable invoices of the day as QuickBooks invoices, lines and all; a customer they need is made first.",
    ),
    RecordType(
        name="payments",
        singular="payment",
        sources=(
            Source(
                source_type="payment",
                model="payments",
                record_class=Payment,
                versions="payment_versions",
                grain="one row per payment; `day` is `payment_date`",
                day_is="payment_date",
                number_is="payment_number",
                description="Payments received that day, each with the invoices it pays.",
            ),
        ),
        entities=("Payment",),
        number_field="PaymentRefNum",
        parents=("customers", "invoices"),
        dated=True,
        linked_by_hand=True,
        pushed="payments, with the customers they need,",
        description="Payments of the day as QuickBooks payments, applied to their invoices; what is left over stays unapplied.",
    ),
    RecordType(
        name="expenses",
        singular="expense",
        sources=(
            Source(
                source_type="expense",
                model="expenses",
                record_class=Expense,
                versions="expense_versions",
                grain="one row per expense; `day` is `expense_date`",
                day_is="expense_date",
                description="Expenses of that day, paid or still to pay, each with its vendor.",
            ),
        ),
        entities=("Purchase", "Bill"),
        number_field="DocNumber",
        parents=("vendors", "classes", "locations"),
        dated=True,
        pushed="expenses, with the vendors they need,",
        description="Expenses of the day: paid ones as purchases, unpaid ones as bills; a vendor they need is found or made first.",
    ),
    # What comes with these, and nobody chooses by itself.
    RecordType(
        name="vendors",
        singular="vendor",
        made_of=("vendor",),
        entities=("Vendor",),
        number_field="DisplayName",
        party=True,
        linked_by_hand=True,
    ),
    RecordType(
        name="classes",
        singular="class",
        made_of=("property_class", "unit_class"),
        entities=("Class",),
        number_field="Name",
    ),
    RecordType(
        name="locations",
        singular="location",
        made_of=("property_location", "unit_location"),
        entities=("Department",),
        number_field="Name",
    ),
    RecordType(
        name="bill_payments",
        singular="payment of expense",
        made_of=("expense_payment",),
        entities=("BillPayment",),
        number_field="DocNumber",
        part_of="expenses",
        dated=True,
    ),
    RecordType(
        name="replaced_expenses",
        singular="earlier form of expense",
        made_of=("expense_replaced",),
        part_of="expenses",  # a Purchase or Bill whose mark is still that of the expense
        dated=True,
    ),
)

BY_NAME: Mapping[str, RecordType] = {one.name: one for one in REGISTRY}
CHOSEN: tuple[RecordType, ...] = tuple(one for one in REGISTRY if one.sources)
RECORD_TYPES: tuple[str, ...] = tuple(one.name for one in CHOSEN)
"""What a person can choose, in the order it is pushed: parents before children."""

SOURCES: tuple[Source, ...] = tuple(source for one in CHOSEN for source in one.sources)
SOURCE_TYPES: tuple[str, ...] = tuple(source.source_type for source in SOURCES)
BY_SOURCE_TYPE: Mapping[str, RecordType] = {
    source_type: one for one in REGISTRY for source_type in one.source_types
}
SOURCE: Mapping[str, Source] = {source.source_type: source for source in SOURCES}

PARTY_TYPES: tuple[str, ...] = tuple(name for one in REGISTRY if one.party for name in one.source_types)
PAYER_TYPES: tuple[str, ...] = BY_NAME["customers"].source_types
PLACE_TYPES: frozenset[str] = frozenset(
    name for place in ("classes", "locations") for name in BY_NAME[place].source_types
)
REPLACED_TYPE, BILL_PAYMENT_TYPE = "expense_replaced", "expense_payment"

READABLE_FIELD: Mapping[str, str] = {
    entity: one.number_field for one in REGISTRY if one.number_field for entity in one.entities
}
"""How QuickBooks can be asked for a record by a key we gave it (Intuit's reference: these are filterable, but for those of classes
and locations, which are listed and compared).
"""

NUMBER_FIELD: Mapping[str, str] = {
    entity: READABLE_FIELD[entity]
    for one in REGISTRY
    if one.dated
    for entity in one.entities
    if entity in READABLE_FIELD
}
"""Those of transactions: their number."""

ENTITY_LINKED_BY_HAND: Mapping[str, str] = {
    source_type: one.entities[0] for one in REGISTRY if one.linked_by_hand for source_type in one.source_types
}
"""What each kind of record is in QuickBooks, where a person may say which."""

DECIDABLE: tuple[str, ...] = (
    *PARTY_TYPES,
    *(name for one in CHOSEN if not one.party for name in one.source_types),
)
"""Source types a person can decide about: link, exclude and the like."""


def part_of(name: str) -> tuple[RecordType, ...]:
    """The types whose records are parts of those of this one."""
    return tuple(one for one in REGISTRY if one.part_of == name)


def belongs_to(source_type: str) -> str:
    """The record type that a person chooses for it: ``expenses`` for the payment of a bill. Raises KeyError for what is unknown."""
    one = BY_SOURCE_TYPE[source_type]
    return one.part_of or one.name


def in_words(name: str) -> str:
    """A source type or a QuickBooks entity as people say it: ``expense payment``, ``bill payment``; a Purchase is an expense there."""
    spaced = re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return "expense" if spaced == "purchase" else spaced


def listed(names: Sequence[str]) -> str:
    """``tenant, program or invoice``."""
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)
