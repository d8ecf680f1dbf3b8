"""What each staging model must return: its columns, their types, what may be empty, and the known values.

The only home of the contract. The refusals of a run (``described``, ``held``, ``extract``), ``rentaxis-sync source contract`` and the
tables of ``dbt_like_sql/README.md`` are generated from it. Columns and types come from the record classes (``model.source_records``, and
the ones below); required fields come from ``schemas``. Not here: reading, and checking a database against it.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec
import pandera.pandas as pandera
import pyarrow as pa

from rentaxis_pipelines.model.record_types import PARTY_TYPES, SOURCE_TYPES, SOURCES
from rentaxis_pipelines.model.source_records import Account, Allocation, ImportedLink, Payer, Place, Vendor
from rentaxis_pipelines.rentaxis import vocabulary as words
from rentaxis_pipelines.rentaxis.frames import (
    DAY,
    PROBLEM_COLUMNS,
    RECORD_CLASSES,
    RECORD_TYPES,
    RecordType,
    struct_schema,
)
from rentaxis_pipelines.rentaxis.schemas import CHILD_SCHEMAS, NESTED_PAYER_SCHEMA, SCHEMAS

ORGANIZATION = "organization_id"
FEWEST_DECIMALS = 2  # a whole number may be cents, or dollars that lost their cents in a division

Use = Literal[
    "charge", "deposited", "category", "paid_purchase", "paid_bill", "journal", "account", "place",
    "credit", "refunded", "settled", "banked", "deposit_line", "processor_fee", "return_fee",
]  # fmt: skip


class IntegrationSettings(msgspec.Struct, frozen=True):
    """The organization's integration settings in RentAxis. The first three are None while QuickBooks is not connected."""

    realm_id: str | None
    sync_direction: str | None  # to_quickbooks, from_quickbooks, both
    enabled_types: list[str] | None  # names of record types
    organization_name: str
    currency: str
    timezone: str


class Version(msgspec.Struct, frozen=True):
    """One record as RentAxis has it now. Its party is who it needs in QuickBooks: its payer, or its vendor."""

    source_type: str
    source_id: str
    day: dt.date  # the day it currently belongs to
    changed_at: dt.datetime  # the record or one of its children
    party_type: str | None  # tenant, program, vendor
    party_id: str | None
    party_name: str | None  # of a vendor
    party_changed_at: dt.datetime | None
    pays: list[str]  # what a payment pays: ids of invoices, and "refund/" with the id of a refund


class ImportedPayer(msgspec.Struct, frozen=True):
    """A payer that RentAxis says came from this QuickBooks customer."""

    quickbooks_id: str
    kind: str
    source_id: str


class Word(msgspec.Struct, frozen=True):
    """One combination in use. ``word``: an invoice's kind or a payment's method; ``money`` in the company's currency.

    With the use ``account``: an account that exists, whether or not anything is booked to it; it then has no rows or money.
    """

    use: Use
    word: str | None
    account: Account | None
    rows: int = 0
    money: Decimal = Decimal("0.00")
    place: Place | None = None


class Named(msgspec.Struct, frozen=True):
    """A record and what it is called other than its id. ``label``: a number or a name; ``amount`` in the company's currency."""

    source_type: str
    source_id: str | None  # None: a vendor that is only a name on expenses
    known_by: list[str]
    label: str | None
    amount: Decimal | None
    day: dt.date


class PaymentFromOutside(msgspec.Struct, frozen=True):
    """A payment dated outside the window that is applied to an invoice in it."""

    source_id: str


class VendorTaxDetails(msgspec.Struct, frozen=True):
    """What the tax authority asks about a vendor. Read for those that are pushed alone, and never kept as it is."""

    source_id: str
    is_1099: bool | None
    tax_id: str | None

    def __repr__(self) -> str:
        return f"VendorTaxDetails(source_id={self.source_id!r}, is_1099={self.is_1099!r})"


class ChangedVendor(msgspec.Struct, frozen=True):
    """A vendor that was changed after a point in time."""

    vendor: Vendor


TAX_DETAILS = "vendor_tax_details"


class LedgerTotal(msgspec.Struct, frozen=True):
    """What RentAxis' ledger debits and credits on one account in one month. Not needed for pushing: for the proof of the statements."""

    month: dt.date  # its first day
    posted_by: str | None  # invoice, payment, expense, or RentAxis' word for another; None: typed by a person
    posted_record: str | None  # what posted it, where it is none of the many documents
    word: str | None  # a method, where a payment or an expense names no account
    control: str | None  # receivable, payable
    account: Account
    place: Place | None  # a property
    debit: Decimal
    credit: Decimal


VERSION_MODELS = tuple(dict.fromkeys(source.versions for source in SOURCES))
MODELS: Mapping[str, type[msgspec.Struct]] = {
    **RECORD_CLASSES,
    **dict.fromkeys(VERSION_MODELS, Version),
    "imported_payers": ImportedPayer,
    "integration_settings": IntegrationSettings,
    "words_in_use": Word,
    "changed_vendors": ChangedVendor,
    TAX_DETAILS: VendorTaxDetails,
    "known_by": Named,
    "payments_from_outside": PaymentFromOutside,
    "ledger_totals": LedgerTotal,
}
# Not needed for pushing: a folder made for an earlier version may lack them.
MAY_BE_ABSENT = ("known_by", "payments_from_outside", "ledger_totals")
# Read by a report alone: no run asks whether the database has their tables.
FOR_REPORTS = ("ledger_totals",)
# Records that a RentAxis need not have, so that a folder may lack their models: then there are none (``earlier_folders``).
OPTIONAL = (
    *dict.fromkeys(name for source in SOURCES if source.optional for name in (source.model, source.versions)),
    TAX_DETAILS,
)
# Columns, and keys of nested objects by their path, that came later: empty where a folder does not return them.
_OF_PAYERS = ("payer.billing_address", "payer.home")
ADDED: Mapping[str, tuple[str, ...]] = {
    "tenants": ("billing_address", "home"),
    "programs": ("billing_address", "home"),
    "invoices": ("terms", *_OF_PAYERS),
    "payments": (
        "returned_on",
        "return_reason",
        "return_fee",
        "refunds",
        "refunded_amount",
        "banked_in",
        *_OF_PAYERS,
    ),
    "credits": _OF_PAYERS,
    "credit_applications": _OF_PAYERS,
    "refunds": _OF_PAYERS,
    "deposit_settlements": _OF_PAYERS,
    "expenses": ("terms", "payments", "vendor.terms", "vendor.billing_address"),
}
GRAIN: Mapping[str, str] = {
    **{source.model: source.grain for source in SOURCES},
    **{source.versions: source.grain.partition(";")[0] for source in SOURCES},
    "payer_versions": "one row per tenant and program",
    "imported_payers": "one row per tenant or program that RentAxis imported from, or pushed to, QuickBooks",
    "integration_settings": "one row if the organization exists, none if it does not",
    "words_in_use": "one row per use, word, account and place",
    TAX_DETAILS: "one row per vendor of :ids of which either is known; `tax_id` as it is kept (nine digits, with or without hyphens)",
    "changed_vendors": "one row per vendor of :ids that was changed after :changed_since",
    "known_by": "one row per record of one type with this number, name, e-mail or id: for finding the record named in a command or a form",
    "payments_from_outside": "one row per payment dated outside the window that is applied to one of its invoices",
    "ledger_totals": "one row per month, account, property and what posted there: the sums of RentAxis' posted journal entries. "
    "Only for the proof of profit and loss and balance sheet; without the file there is none",
}
# Nothing is written from these; rows of all other models name their organization.
WITHOUT_ORGANIZATION = ("words_in_use", "changed_vendors", "known_by", "payments_from_outside")
DAY_IS: Mapping[str, str] = {source.model: source.day_is for source in SOURCES if source.day_is is not None}

# Of a record's own columns the rules in ``schemas`` say it.
_WORDS_WITHIN: Mapping[type, Mapping[str, tuple[str, ...]]] = {
    Payer: {"kind": words.PAYER_KINDS},
    Account: {"type": words.ACCOUNT_TYPES},
    ImportedLink: {"origin": words.LINK_ORIGINS},
    Allocation: {"invoice_type": words.ANY_INVOICE_TYPES, "invoice_status": words.INVOICE_STATUSES},
}


def _words_of(model: RecordType) -> dict[str, tuple[str, ...]]:
    own = {
        name: check.statistics["allowed_values"]
        for name, column in SCHEMAS[model].columns.items()
        for check in column.checks
        if "allowed_values" in (check.statistics or {})
    }
    return own | _words_within(msgspec.inspect.type_info(MODELS[model]), "")


def _words_within(info: msgspec.inspect.Type, path: str) -> dict[str, tuple[str, ...]]:
    """By path, those of the objects nested in it."""
    if isinstance(info, msgspec.inspect.UnionType):
        return {where: known for option in info.types for where, known in _words_within(option, path).items()}
    if isinstance(info, msgspec.inspect.ListType):
        return _words_within(info.item_type, path)
    if not isinstance(info, msgspec.inspect.StructType):
        return {}
    found = {f"{path}{name}": known for name, known in _WORDS_WITHIN.get(info.cls, {}).items()}
    for field in info.fields:
        found |= _words_within(field.type, f"{path}{field.encode_name}.")
    return found


_VERSION = {"source_type": SOURCE_TYPES, "party_type": PARTY_TYPES}
WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    **{model: _words_of(model) for model in RECORD_TYPES},
    **dict.fromkeys(VERSION_MODELS, _VERSION),
    "imported_payers": {"kind": words.PAYER_KINDS},
    "integration_settings": {
        "sync_direction": words.DIRECTIONS,
        "enabled_types": words.ENABLED_TYPES,
    },
    "known_by": {"source_type": (*SOURCE_TYPES, "vendor")},
    "words_in_use": {"use": words.USES, "account.type": words.ACCOUNT_TYPES},
    "ledger_totals": {"control": words.CONTROL_ACCOUNTS, "account.type": words.ACCOUNT_TYPES},
}
# An unknown value here is not the row's own fault, and no rule in ``schemas`` refuses the row: it stops the run.
STOPPING_WORDS = ("imported_link.origin", "invoice_link.origin")

_MEANINGS: Mapping[str, str] = {
    DAY: "the day the record belongs to, in the company's time zone",
    ORGANIZATION: "the row's organization, taken from the row itself",
    "source_id": "RentAxis id",
    "payers_with_same_email": "payers of the organization, not deleted, with this e-mail, including this one; 0 without an e-mail",
    "origin": "imported: created in QuickBooks, never sent back; pushed: by RentAxis' own sync",
    "updated_at": "latest change of the record and its children, including deleted ones",
    "changed_at": "latest change of the record and its children, including deleted ones",
    "party_changed_at": "latest change of the payer or vendor",
    "party_name": "of a vendor",
    "deleted_at": "when it was deleted; empty if it is not deleted",
    "billed_to_id": "id of the tenant or program it is billed to",
    "payer": "the full payer, whatever its day",
    "payer_id": "id of the tenant or program that paid, or is credited",
    "credit_total": "what the credit comes to",
    "kind": "rent, late_fee, deposit, one_off or your own kind",
    "total_amount": "the sum of the lines that are not deleted",
    "amount_paid": "paid so far",
    "balance_due": "balance due",
    "amount": "in the company's currency",
    "money": "total of its records, in the company's currency",
    "rows": "number of its records",
    "position": "order of the lines",
    "lines": "only lines that are not deleted",
    "allocations": "only allocations that are not deleted",
    "reference": "check number, or the card processor's id",
    "deposit_date": "the day the bank shows it",
    "bank_account": "the account of the bank it reached",
    "total": "what the bank shows",
    "fee": "what the processor kept of it; 0 or empty: nothing",
    "other_lines": "refunds, disputes and adjustments in it, below zero where they make it smaller",
    "payable_invoice_id": "the payable invoice for the same debt",
    "paid_at": "the day it was paid",
    "payments": "payments of the expense, where RentAxis keeps them; only those made and not deleted",
    "terms": "such as Net 30; mapped under `terms` in the company file",
    "billing_address": "the address in its parts; where it is given, it counts instead of `address`",
    "home": "of a tenant: property and unit of the newest lease",
    "is_1099": "whether its payments are tracked for form 1099; empty if unknown",
    "tax_id": "SSN or EIN: sealed as it is read, never kept or shown whole",
    "paid_on": "the day the money left",
    "place": "property and unit",
    "record_date": "date of the record the file is kept with; of a payer or vendor the local day the file was added",
    "belongs_to_type": "kind of the record the file is kept with",
    "belongs_to_id": "id of that record",
    "content_type": "such as application/pdf; the ending of the file name counts where they differ",
    "size_bytes": "of the file",
    "sha256": "of the file's bytes, 64 hexadecimal digits; empty if RentAxis keeps none",
    "location": "an https address, or a path below the folder that papers_folder names",
    "pays": "ids of the invoices a payment pays, and its refunds, such as refund/7; of a bank deposit its payments, of a file the record it is kept with, such as expense/7",
    "realm_id": "id of the QuickBooks company; empty while not connected",
    "sync_direction": "empty while not connected",
    "enabled_types": "record types the organization syncs; empty while not connected",
    "currency": "ISO code, such as USD",
    "timezone": "IANA name, such as America/New_York",
    "returned_on": "the day the bank or the processor took the money back, of a payment that is failed or void; empty otherwise",
    "return_reason": "why it came back",
    "return_fee": "what the bank or the processor charged for it",
    "refunds": "money of the payment that was paid back, voided refunds included",
    "payment_amount": "of the payment that is refunded",
    "refunded_before": "by completed refunds of the same payment that come before it, by date and id; 0 for the first",
    "refunded_amount": "what the completed refunds come to",
    "banked_in": "the account that a completed bank deposit brought the payment to; empty where RentAxis has none",
    "deposit_held": "the security deposit as it was at move-out",
    "deductions_total": "what of the deposit is kept; 0 for none",
    "refund_amount": "what of the deposit is paid back; 0 for none",
    "invoice_type": "of the invoice; empty: RentAxis has no such invoice",
    "known_by": "what it is called other than its id: number, name, e-mail",
    "label": "the number or name to show",
    "use": "what the company file must map it to",
    "word": "an invoice's kind or a payment's method",
    "month": "its first day",
    "posted_by": "what posted it: invoice, payment, expense, or your own word for another; empty: typed by a person",
    "control": "of the accounts RentAxis keeps for what is owed; empty for every other account",
    "debit": "in the company's currency",
    "credit": "in the company's currency",
}


class Column(NamedTuple):
    """One column, or one key of a nested object (``lines.amount``)."""

    path: str
    type: pa.DataType
    required: bool  # a row without it is refused
    words: tuple[str, ...]  # none: any text

    @property
    def nested(self) -> bool:
        return "." in self.path

    @property
    def meaning(self) -> str:
        name = self.path.rpartition(".")[2]
        return "" if name == "kind" and self.words else _MEANINGS.get(name, "")


def read_schema(model: str) -> pa.Schema:
    """The columns read from a model, in order, with their Arrow types."""
    fields = [field for field in struct_schema(MODELS[model]) if field.name not in PROBLEM_COLUMNS]
    first = [pa.field(DAY, pa.date32())] if model in RECORD_TYPES else []
    owner = [] if model in WITHOUT_ORGANIZATION else [pa.field(ORGANIZATION, pa.string())]
    return pa.schema([*first, *owner, *fields])


def columns(model: str) -> Iterator[Column]:
    """Every column of the model, each followed by the keys nested in it."""
    required = {DAY, ORGANIZATION, *_required(model)}
    known = WORDS.get(model, {})

    def walk(fields: list[pa.Field], path: str) -> Iterator[Column]:
        for field in fields:
            if field.name in PROBLEM_COLUMNS:
                continue
            here = f"{path}.{field.name}" if path else field.name
            yield Column(here, field.type, here in required, known.get(here, ()))
            inner = field.type.value_type if pa.types.is_list(field.type) else field.type
            if pa.types.is_struct(inner):
                yield from walk(list(inner), here)

    return walk(list(read_schema(model)), "")


def stopping_if_empty(model: RecordType) -> set[str]:
    """Columns of a record model that every record must have but no rule in ``schemas`` checks: an empty one is an error in the SQL."""
    return _never_none(msgspec.inspect.type_info(MODELS[model]), "") - _refused_if_empty(model)


def _required(model: str) -> set[str]:
    never = _never_none(msgspec.inspect.type_info(MODELS[model]), "")
    return never | _refused_if_empty(name) if (name := _record_type(model)) else never


def _record_type(model: str) -> RecordType | None:
    return next((name for name in RECORD_TYPES if name == model), None)


def _refused_if_empty(model: RecordType) -> set[str]:
    paths = _named(SCHEMAS[model], "")
    if model in CHILD_SCHEMAS:
        paths |= _named(CHILD_SCHEMAS[model], f"{CHILD_SCHEMAS[model].name}.")
    if "payer" in MODELS[model].__struct_fields__:
        paths |= _named(NESTED_PAYER_SCHEMA, "payer.")
    return paths


def _never_none(info: msgspec.inspect.Type, path: str) -> set[str]:
    """Paths of the fields whose type does not allow None, including those inside optional objects."""
    if isinstance(info, msgspec.inspect.UnionType):
        return {inner_path for option in info.types for inner_path in _never_none(option, path)}
    if isinstance(info, msgspec.inspect.ListType):
        return _never_none(info.item_type, path)
    if not isinstance(info, msgspec.inspect.StructType):
        return set()
    paths: set[str] = set()
    for field in info.fields:
        here = f"{path}.{field.encode_name}" if path else field.encode_name
        paths |= _never_none(field.type, here)
        if not (isinstance(field.type, msgspec.inspect.UnionType) and field.type.includes_none):
            paths.add(here)
    return paths


def _named(schema: pandera.DataFrameSchema, prefix: str) -> set[str]:
    return {f"{prefix}{name}" for name, column in schema.columns.items() if not column.nullable}
