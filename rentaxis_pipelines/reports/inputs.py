"""The marts' inputs: RentAxis' records as they are now, and answers that only Python code can give.

All of it is written to tables in the company's own report schema: RentAxis' records, read by the staging models in one snapshot; the
account the company file gives for each charge or method; the explanations; the request. Not here: QuickBooks' side (``transactions``).
"""

import datetime as dt
import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.compute
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import as_json, execute
from rentaxis_pipelines.mapping import resolve
from rentaxis_pipelines.mapping.deposit_settlements import refunded_from
from rentaxis_pipelines.mapping.outcome import Context, RecordRefused
from rentaxis_pipelines.mapping.registry import MAPPINGS
from rentaxis_pipelines.matching.vendors import vendor_key
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_type import Source
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, NUMBER_FIELD, RECORD_TYPES, SOURCES
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.model.source_records import (
    Account,
    InvoiceLine,
    Place,
    Vendor,
)
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.frames import frame_schema, struct_schema, to_frame, to_table
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError
from rentaxis_pipelines.reports import rentaxis_rows
from rentaxis_pipelines.reports.explanations import EXPLANATIONS
from rentaxis_pipelines.reports.mart_versions import note_content
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.storage.frames import connected
from rentaxis_pipelines.storage.tables import Store
from rentaxis_pipelines.sync.planning.plan_places import places_as_linked
from rentaxis_pipelines.sync.run import Run

SCHEMA = "reports"  # its name in the marts; each company's own schema name starts with it

pc: Any = pyarrow.compute  # its functions are generated on import, so a type checker cannot see them

REPORTED = tuple(source for source in SOURCES if BY_SOURCE_TYPE[source.source_type].dated)
# What the reports need of a record, and what it is called there; its day, its number and its amount besides.
_KEPT = {
    "source_id": "source_id", "kind": "kind", "status": "status", "method": "method", "payment_method": "method",
    "origin": "kind", "due_date": "due_day", "paid_at": "paid_day", "balance_due": "balance", "lines": "lines", "allocations": "allocations",
    "payment_id": "payment_id", "payment_number": "payment_number", "returned_on": "returned_on", "return_fee": "return_fee",
    "payments": "payments", "place": "place", "updated_at": "updated_at", "deleted_at": "deleted_at",
}  # fmt: skip
# Of a transaction that belongs to no record of ours: a payment is taken for one of money, not for the application of a credit.
_TYPE_OF_ENTITY = {
    entity: kind.name
    for kind in reversed(REGISTRY)
    for entity in (*kind.entities, *kind.entities_where_asked)
    if entity in NUMBER_FIELD
}
_ACCOUNT = {"account_number": "number", "account_name": "name", "account_type": "type"}
_KEPT_OF_PARTS = {
    "payer": {"payer_kind": "kind", "payer_id": "source_id", "payer_name": "name"},
    "vendor": {"vendor_name": "name"},
    "account": _ACCOUNT,
    "deposit_account": _ACCOUNT,
    "bank_account": _ACCOUNT,
    "paid_from_account": {"paid_from_number": "number", "paid_from_name": "name", "paid_from_type": "type"},
    "imported_link": {"imported_type": "quickbooks_type", "imported_id": "quickbooks_id", "imported_origin": "origin"},
}  # fmt: skip


def _columns(source: Source) -> dict[str, tuple[str, str | None]]:
    """Column of the report's table: (column of the frame, field within it or None)."""
    amount = MAPPINGS[BY_SOURCE_TYPE[source.source_type].name].amount_field or "amount"
    kept = {**_KEPT, source.day_is: "day", source.number_is: "number", amount: "total"}
    columns: dict[str, tuple[str, str | None]] = {}
    for field in source.record_class.__struct_fields__:
        if field in kept:
            columns[kept[field]] = (field, None)
        columns |= {column: (field, part) for column, part in _KEPT_OF_PARTS.get(field, {}).items()}
    return columns


def make_tables(environment: Environment) -> None:
    """The company's report schema, with the tables of RentAxis' records. Raises StorageError."""
    store = Store.of(environment.company_key, SCHEMA)
    with connected(environment.pipelines_database_url.get_secret_value()) as target:
        for reported in REPORTED:
            empty = to_frame(frame_schema(reported.model).empty_table())
            rentaxis_rows.make_tables(target, store, reported.model, _narrowed(reported, empty))


def read_rentaxis(
    environment: Environment, days: DateRange, timezone: ZoneInfo, types: Collection[str] = RECORD_TYPES
) -> dict[str, int]:
    """RentAxis' dated records of these days and types, all of one moment; returns how many of each staging model. There are none of others.

    Also reads, whatever their date, the records known to QuickBooks, and the payments of the invoices read. The tables are there
    (``make_tables``), and so are the documents (``documents_read``).
    Raises SourceError or StorageError if either database fails.
    """
    store = Store.of(environment.company_key, SCHEMA)
    pipelines_url = environment.pipelines_database_url.get_secret_value()
    count: dict[str, int] = {}
    with source_of(environment) as source, connected(pipelines_url) as target:
        for reported in REPORTED:
            if BY_SOURCE_TYPE[reported.source_type].name not in types:
                rentaxis_rows.forget(target, store, reported.model)
                count[reported.model] = 0
                continue
            narrowed = functools.partial(_narrowed, reported)
            reading = rentaxis_rows.Reading(source, reported.model, days, timezone, narrowed)
            count[reported.model] = rentaxis_rows.bring_up_to_date(target, store, reading)
    return count


def _narrowed(reported: Source, frame: pd.DataFrame) -> pd.DataFrame:
    schema = struct_schema(reported.record_class)
    table = to_table(frame, schema)
    columns = {
        column: table[source] if field is None else pc.struct_field(table[source], field)
        for column, (source, field) in _columns(reported).items()
    }
    narrow = pa.table(columns)
    if "vendor" in schema.names:
        narrow = narrow.append_column("vendor_key", pa.array(_vendor_keys(table["vendor"]), pa.string()))
    return to_frame(narrow)


def _vendor_keys(vendors: pa.ChunkedArray) -> list[str | None]:
    return [
        vendor_key(msgspec.convert(vendor, Vendor)) if vendor is not None else None
        for vendor in vendors.to_pylist()
    ]


def write_parameters(
    run: Run,
    *,
    days: DateRange,
    today: dt.date,
    go_live: dt.date | None,
    closed_through: dt.date | None,
    reachable: DateRange,
    proves_deposits: bool,
) -> None:
    """Save the request as one row that every mart can read, and that later says what the tables show.

    ``proves_deposits``: whether security deposits are compared by tenant (``held_deposits``), as deposit settlements are pushed.
    """
    replace_table(
        run.connection,
        "parameters",
        """realm text, run_id text, requested_by text, first_day date, last_day date, made_at timestamptz, today date,
           go_live date, closed_through date, first_reachable date, last_reachable date, undeposited_account text, asked_until date, proves_deposits boolean""",
        [
            {
                "realm": run.realm,
                "run_id": run.run_id,
                "requested_by": run.requested_by,
                "first_day": days.first_day,
                "last_day": days.last_day,
                "made_at": run.now(),
                "today": today,
                "go_live": go_live,
                "closed_through": closed_through,
                "first_reachable": reachable.first_day,
                "last_reachable": reachable.last_day,
                "undeposited_account": _undeposited_account(run.connection, run.realm),
                "asked_until": _asked_until(run.connection, days.last_day),
                "proves_deposits": proves_deposits,
            }
        ],
    )
    replace_table(
        run.connection,
        "explanations",
        "code text, in_short text, meaning text, how_to_fix text, blocks_close boolean, out_of_range text",
        [msgspec.to_builtins(explanation) for explanation in EXPLANATIONS],
    )
    replace_table(
        run.connection,
        "transaction_types",
        "entity text primary key, record_type text",
        # Several types may become the same: one of nobody's is counted with the type that becomes it first of all.
        [{"entity": entity, "record_type": _first_to_become(entity)} for entity in NUMBER_FIELD],
    )


def _first_to_become(entity: str) -> str:
    becoming = {kind.name: (*kind.entities, *kind.entities_where_asked) for kind in REGISTRY}
    return min(
        (entities.index(entity), at, name)
        for at, (name, entities) in enumerate(becoming.items())
        if entity in entities
    )[2]


def _asked_until(connection: sa.Connection, last_day: dt.date) -> dt.date | None:
    """The last day, None where nothing in QuickBooks is dated later: then it makes no difference that it moves on with every day."""
    statement = "select exists (select from read_documents where side = 'quickbooks' and day > :last_day)"
    return last_day if execute(connection, statement, last_day=last_day).scalar_one() else None


def _undeposited_account(connection: sa.Connection, realm: str) -> str | None:
    """The account where QuickBooks puts a payment that names none."""
    statement = """select quickbooks_id from ledger.snapshot_objects
                   where realm = :realm and entity = 'Account' and object ->> 'AccountSubType' = 'UndepositedFunds'
                   order by active desc, quickbooks_id limit 1"""
    return execute(connection, statement, realm=realm).scalar_one_or_none()


def write_accounts(connection: sa.Connection, context: Context) -> None:
    """Save the account or product the company file gives for each term in RentAxis' lines; left empty if it gives none."""
    undeposited = execute(connection, "select undeposited_account from parameters").scalar_one()
    statement = """select distinct account_key, use, word, account_number, account_name, account_type
                   from rentaxis_lines where use is not null and use <> 'written'"""
    words = execute(connection, statement)
    replace_table(
        connection,
        "rentaxis_accounts",
        "account_key text primary key, target text",
        [{"account_key": word.account_key, "target": _target(context, word, undeposited)} for word in words],
    )


def write_places(connection: sa.Connection, realm: str, context: Context) -> None:
    """Save the class and location of each place, mapped in the company file or assigned automatically; places with neither are left out."""
    mappings = context.company.mappings
    rows: list[dict[str, Any]] = []
    if mappings.properties or mappings.units or mappings.class_by or mappings.location_by:
        statement = " union ".join(map(_places_in, REPORTED))
        place_texts = execute(connection, statement).scalars()
        texts = [text for text in place_texts if text is not None]
        places = [msgspec.json.decode(text, type=Place) for text in texts]
        context = with_linked_places(connection, realm, context, places)
        for text, place in zip(texts, places, strict=True):
            answers = {
                "class": class_of(context, place),
                "location": _reference("Department", resolve.location_id, context, place),
            }
            if any(answers.values()):
                rows.append({"place": msgspec.json.decode(text), **answers})
    replace_table(connection, "rentaxis_places", "place jsonb, class text, location text", rows)


def with_linked_places(
    connection: sa.Connection, realm: str, context: Context, places: Sequence[Place]
) -> Context:
    """The context that knows the classes and locations of these places."""
    linked = places_as_linked(connection, realm, context.company.mappings, places)
    return msgspec.structs.replace(context, places=linked)


def class_of(context: Context, place: Place) -> str | None:
    """``Class:7``; what RentAxis calls it where QuickBooks lacks it; None where it has none."""
    return _reference("Class", resolve.class_id, context, place)


def _places_in(source: Source) -> str:
    """SQL for the places its records are about: their own, or those of their lines."""
    table = f"rentaxis_{source.model}"  # the registry's own name
    if "place" in source.record_class.__struct_fields__:
        return f"select place::text from {table}"  # noqa: S608
    if "lines" in source.record_class.__struct_fields__:
        return f"select line ->> 'place' from {table} cross join lateral jsonb_array_elements(lines) as line"  # noqa: S608
    return f"select null from {table} where false"  # noqa: S608


def _reference(
    entity: str, resolved: Callable[[Context, Place], str | None], context: Context, place: Place
) -> str | None:
    try:
        quickbooks_id = resolved(context, place)
    except RecordRefused as refusal:
        return f"RentAxis: {refusal.refusal.subject}"
    return None if quickbooks_id is None else f"{entity}:{quickbooks_id}"


def _target(context: Context, word: Any, undeposited: str | None) -> str | None:
    account = (
        None
        if word.account_name is None
        else Account("", word.account_number, word.account_name, word.account_type or "")
    )
    try:
        match word.use:
            case "charge":
                line = InvoiceLine("", 1, None, None, account)
                return f"Item:{resolve.item_id(context, line, word.word)}"
            case "deposit_to":
                chosen = resolve.deposit_account_id(context, word.word, account) or undeposited
                return f"Account:{chosen}" if chosen else None
            case "pay_from":
                return f"Account:{resolve.paid_from(context, word.word, account, '').account_id}"
            case "journal":
                return f"Account:{resolve.journal_account_id(context, account, '')}"
            case "held":
                return f"Account:{resolve.held_account_id(context, account)}"
            case "refunded_from":
                return f"Account:{refunded_from(context, word.word, account, '').account_id}"
            case "payable":
                payable = resolve.only_accounts_payable_id(context)
                return f"Account:{payable}" if payable else None
            case "bill_paid_from":
                paid_from = resolve.paid_from(context, word.word, account, "", resolve.BILL_PAYING_TYPES)
                return f"Account:{paid_from.account_id}"
            case _:
                return f"Account:{resolve.expense_account_id(context, account, '')}"
    except RecordRefused:
        return None


def write_not_pushed(
    connection: sa.Connection, groups: Sequence[Mapping[str, Any]], records: Sequence[Mapping[str, Any]]
) -> None:
    """Save what no run pushes automatically (``not_pushed``), by kind and reason and record by record."""
    description_columns = "kind text, reason text, kind_name text, why text, what_to_do text"
    sums = "records bigint, money numeric, first_day date, last_day date, examples text"
    replace_table(connection, "rentaxis_not_pushed", f"{description_columns}, {sums}", groups)
    record_columns = "source_type text, source_id text, label text, day date, amount numeric"
    replace_table(
        connection, "rentaxis_not_pushed_records", f"{description_columns}, {record_columns}", records
    )


def write_changed_fields(connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Save the field-by-field comparison (``drift``)."""
    replace_table(
        connection,
        "changed_fields",
        """record text, label text, entity text, quickbooks_id text, field text, ours text, theirs text,
           changed_at timestamptz""",
        list(rows),
    )


def write_failed_tests(connection: sa.Connection, sentences: Sequence[str]) -> None:
    """Save which tests of the marts failed: then the figures cannot be relied on, and whoever reads them is told."""
    replace_table(
        connection, "failed_tests", "sentence text", [{"sentence": sentence} for sentence in sentences]
    )


def replace_table(
    connection: sa.Connection, table: str, columns: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Recreate a table of the company's reports; table and columns are constants of this module."""
    place = f"{own_schema(connection)}.{table}"
    execute(connection, f"drop table if exists {place}")
    execute(connection, f"create table {place} ({columns})")
    insert = f"insert into {place} select * from json_populate_recordset(null::{place}, :rows)"  # noqa: S608 - constants of this module
    content = as_json(rows)
    execute(connection, insert, rows=content)
    note_content(connection, place, f"{columns} {content}")


def own_schema(connection: sa.Connection) -> str:
    """The report schema of the company on this connection's search path (``ledger.database.looking_in``).

    Raises SqlModelError if there is none, or if nothing has been read for the company yet.
    """
    schema = execute(connection, "select current_schema()").scalar_one()
    if schema is None or not schema.startswith(f"{SCHEMA}_"):
        raise SqlModelError("Nothing has been read for this company yet. Run a full reconciliation first.")
    return schema
