"""What each staging model gives: its columns, their types, what may be empty, and the words that are known.

The one home of the contract. The refusals of a run (``described``, ``held``, ``extract``), ``rentaxis-sync source contract`` and the
tables of ``dbt_like_sql/README.md`` are made from it. Columns and types are those of the record classes (``records``, and the four
below), what a record may not lack is ``schemas``'. Not here: reading, and looking whether a database keeps to it.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec
import pandera.pandas as pandera
import pyarrow as pa

from rentaxis_pipelines.model.record_types import PARTY_TYPES, SOURCE_TYPES, SOURCES
from rentaxis_pipelines.model.source_records import Account, Place, Vendor
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
FEWEST_DECIMALS = 2  # a whole number may be cents, or dollars whose cents a division dropped

Use = Literal["charge", "deposited", "category", "paid_purchase", "paid_bill", "account", "place"]


class IntegrationSettings(msgspec.Struct, frozen=True):
    """What the organization chose in RentAxis. The first three are None while QuickBooks is not connected."""

    realm_id: str | None
    sync_direction: str | None  # to_quickbooks, from_quickbooks, both
    enabled_types: list[str] | None  # customers, invoices, payments, expenses
    organization_name: str
    currency: str
    timezone: str


class Version(msgspec.Struct, frozen=True):
    """One record as RentAxis has it now. Its party is whom it needs in QuickBooks: its payer, or its vendor."""

    source_type: str
    source_id: str
    day: dt.date  # the day it belongs to at present
    changed_at: dt.datetime  # the record or one of its children
    party_type: str | None  # tenant, program, vendor
    party_id: str | None
    party_name: str | None  # of a vendor
    party_changed_at: dt.datetime | None
    pays: list[str]  # ids of the invoices a payment pays


class ImportedPayer(msgspec.Struct, frozen=True):
    """A payer that RentAxis says came from this QuickBooks customer."""

    quickbooks_id: str
    kind: str
    source_id: str


class Word(msgspec.Struct, frozen=True):
    """One combination in use. ``word``: an invoice's kind or a payment's method; ``money`` in the company's currency.

    ``account`` as use: an account that exists, whether or not anything is booked on it; nothing is behind it then.
    """

    use: Use
    word: str | None
    account: Account | None
    rows: int = 0
    money: Decimal = Decimal("0.00")
    place: Place | None = None


class Named(msgspec.Struct, frozen=True):
    """A record and what it is called besides its id. ``label``: a number or a name; ``amount`` in the company's currency."""

    source_type: str
    source_id: str | None  # None: a vendor that is only a name on expenses
    known_by: list[str]
    label: str | None
    amount: Decimal | None
    day: dt.date


class PaymentFromOutside(msgspec.Struct, frozen=True):
    """A payment of another day that is applied to an invoice of the window."""

    source_id: str


class ChangedVendor(msgspec.Struct, frozen=True):
    """A vendor that was changed after an instant."""

    vendor: Vendor


VERSION_MODELS = tuple(dict.fromkeys(source.versions for source in SOURCES))
MODELS: Mapping[str, type[msgspec.Struct]] = {
    **RECORD_CLASSES,
    **dict.fromkeys(VERSION_MODELS, Version),
    "imported_payers": ImportedPayer,
    "integration_settings": IntegrationSettings,
    "words_in_use": Word,
    "changed_vendors": ChangedVendor,
    "known_by": Named,
    "payments_from_outside": PaymentFromOutside,
}
# What no push needs: a folder made for an earlier version may be without them.
MAY_BE_ABSENT = ("known_by", "payments_from_outside")
GRAIN: Mapping[str, str] = {
    **{source.model: source.grain for source in SOURCES},
    "payer_versions": "one row per tenant and program",
    "invoice_versions": "one row per receivable invoice",
    "payment_versions": "one row per payment",
    "expense_versions": "one row per expense",
    "imported_payers": "one row per tenant or program that RentAxis imported from, or pushed to, QuickBooks",
    "integration_settings": "one row if the organization exists, none if it does not",
    "words_in_use": "one row per use, word, account and place",
    "changed_vendors": "one row per vendor of :ids that was changed after :changed_since",
    "known_by": "one row per record of one type that a person calls so: how a record is named to a command or a form",
    "payments_from_outside": "one row per payment of other days than the window's that is applied to one of its invoices",
}
# No record is written for what these say; every other row names its organization.
WITHOUT_ORGANIZATION = ("words_in_use", "changed_vendors", "known_by", "payments_from_outside")
DAY_IS: Mapping[str, str] = {source.model: source.day_is for source in SOURCES if source.day_is is not None}

_LINK = {"imported_link.origin": words.LINK_ORIGINS}
_PAYER = {"kind": words.PAYER_KINDS, **_LINK}
_NESTED_PAYER = {f"payer.{name}": known for name, known in _PAYER.items()}
_VERSION = {"source_type": SOURCE_TYPES, "party_type": PARTY_TYPES}
WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "tenants": _PAYER,
    "programs": _PAYER,
    "invoices": {
        "type": words.INVOICE_TYPES,
        "status": words.INVOICE_STATUSES,
        "billed_to_type": words.PAYER_KINDS,
        **_NESTED_PAYER,
        "lines.account.type": words.ACCOUNT_TYPES,
        **_LINK,
    },
    "payments": {
        "payer_type": words.PAYER_KINDS,
        "method": words.PAYMENT_METHODS,
        "status": words.PAYMENT_STATUSES,
        **_NESTED_PAYER,
        "deposit_account.type": words.ACCOUNT_TYPES,
        "allocations.invoice_type": words.ANY_INVOICE_TYPES,
        "allocations.invoice_status": words.INVOICE_STATUSES,
        "allocations.invoice_link.origin": words.LINK_ORIGINS,
        **_LINK,
    },
    "expenses": {
        "status": words.EXPENSE_STATUSES,
        "payment_method": words.PAYMENT_METHODS,
        "account.type": words.ACCOUNT_TYPES,
        "paid_from_account.type": words.ACCOUNT_TYPES,
        **_LINK,
    },
    **dict.fromkeys(VERSION_MODELS, _VERSION),
    "imported_payers": {"kind": words.PAYER_KINDS},
    "integration_settings": {
        "sync_direction": words.DIRECTIONS,
        "enabled_types": words.ENABLED_TYPES,
    },
    "known_by": {"source_type": (*SOURCE_TYPES, "vendor")},
    "words_in_use": {"use": words.USES, "account.type": words.ACCOUNT_TYPES},
}
# An unknown word there is no row's own fault, and no rule of ``schemas`` would refuse the row: it stops the run.
STOPPING_WORDS = ("imported_link.origin", "invoice_link.origin")

_MEANINGS: Mapping[str, str] = {
    DAY: "the day the record belongs to, by the company's clock",
    ORGANIZATION: "whose row it is, taken from the row itself",
    "source_id": "RentAxis id",
    "payers_with_same_email": "live payers of the organization with this e-mail, itself included; 0 without one",
    "origin": "imported: born in QuickBooks, never sent back; pushed: by RentAxis' own sync",
    "updated_at": "newest change of the record and its children, deleted ones included",
    "changed_at": "newest change of the record and its children, deleted ones included",
    "party_changed_at": "newest change of the payer or vendor",
    "party_name": "of a vendor",
    "deleted_at": "when it was deleted; empty while it lives",
    "billed_to_id": "id of the tenant or program it is billed to",
    "payer": "the whole payer, whatever its day",
    "payer_id": "id of the tenant or program that paid",
    "kind": "rent, late_fee, deposit, one_off or a kind of your own",
    "total_amount": "the sum of the live lines",
    "amount_paid": "paid so far",
    "balance_due": "still owed",
    "amount": "in the company's currency",
    "money": "behind the word, in the company's currency",
    "rows": "records behind the word",
    "position": "order of the lines",
    "lines": "live lines only",
    "allocations": "live allocations only",
    "reference": "check number, or id at the card company",
    "payable_invoice_id": "the payable invoice that stands for the same debt",
    "paid_at": "the day it was paid",
    "place": "property and unit",
    "pays": "ids of the invoices a payment pays",
    "realm_id": "id of the QuickBooks company; empty while not connected",
    "sync_direction": "empty while not connected",
    "enabled_types": "what the organization lets be synced; empty while not connected",
    "currency": "ISO code, such as USD",
    "timezone": "IANA name, such as America/New_York",
    "invoice_type": "of the invoice; empty: RentAxis has no such invoice",
    "known_by": "what it is called besides its id: number, name, e-mail",
    "label": "the number or name that is shown",
    "use": "what the company file is asked for",
    "word": "an invoice's kind or a payment's method",
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
    """The columns that are read of a model, in order, with the Arrow types they are kept in."""
    fields = [each for each in struct_schema(MODELS[model]) if each.name not in PROBLEM_COLUMNS]
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
    """Columns of a model of records that no rule refuses a row for, and that no record can be without: the SQL is at fault."""
    return _never_none(msgspec.inspect.type_info(MODELS[model]), "") - _refused_if_empty(model)


def _required(model: str) -> set[str]:
    never = _never_none(msgspec.inspect.type_info(MODELS[model]), "")
    return never | _refused_if_empty(name) if (name := _record_type(model)) else never


def _record_type(model: str) -> RecordType | None:
    return next((name for name in RECORD_TYPES if name == model), None)


def _refused_if_empty(model: RecordType) -> set[str]:
    found = _named(SCHEMAS[model], "")
    if model in CHILD_SCHEMAS:
        found |= _named(CHILD_SCHEMAS[model], "lines." if model == "invoices" else "allocations.")
        found |= _named(NESTED_PAYER_SCHEMA, "payer.")
    return found


def _never_none(info: msgspec.inspect.Type, path: str) -> set[str]:
    """Paths of the fields whose type has no None in it, also those inside what itself may be none."""
    if isinstance(info, msgspec.inspect.UnionType):
        return {each for option in info.types for each in _never_none(option, path)}
    if isinstance(info, msgspec.inspect.ListType):
        return _never_none(info.item_type, path)
    if not isinstance(info, msgspec.inspect.StructType):
        return set()
    found: set[str] = set()
    for field in info.fields:
        here = f"{path}.{field.encode_name}" if path else field.encode_name
        found |= _never_none(field.type, here)
        if not (isinstance(field.type, msgspec.inspect.UnionType) and field.type.includes_none):
            found.add(here)
    return found


def _named(schema: pandera.DataFrameSchema, prefix: str) -> set[str]:
    return {f"{prefix}{name}" for name, column in schema.columns.items() if not column.nullable}
