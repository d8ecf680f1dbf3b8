"""The tables that store frames: what they look like in Postgres, and how they are created and migrated.

Here: Arrow types as Postgres types, the catalog, creating and migrating a table. Not here: the rows
(``frames``) and Dagster (``orchestration.io_manager``). Each company's frames are in a schema of their own, together
with the catalog:

    frame_owner     the one company whose frames these are; no other reads or writes a row here
    frame_tables    the exact Arrow schema of each table, so that an empty window reads back with its types
    frame_days      the days of a table that were ever written: how many rows, by which run last, and under which version their rows
                    were read and checked, where each is known by a fingerprint (``renewed``)

Writers and readers of a table share an advisory lock and never wait for each other; only making or changing a
table takes it alone, in a short transaction of its own.
"""

from typing import NamedTuple, Self

import psycopg
import pyarrow as pa
from psycopg import sql

from rentaxis_pipelines.model.arrow_json import carried_type
from rentaxis_pipelines.settings import CompanyKey

DAY = "day"
OWNER = "frame_owner"
ROW = "_row"  # the order the rows were written in
FINGERPRINT = "_fingerprint"  # what a row is known by again; empty in a table whose rows are replaced whole
_KEY = b"key"  # in a schema's metadata: the columns that order the rows of a day, and tell them apart
LONGEST_NAME = (
    63  # bytes of a Postgres identifier; a longer one would be cut, and two tables could become one
)

CATALOG = sql.SQL(
    """
    create table if not exists {owner} (organization_id text not null, realm text not null);
    insert into {owner} select {organization_id}, {realm} where not exists (select from {owner});
    create table if not exists {tables} (table_name text primary key, arrow_schema bytea not null);
    create table if not exists {days} (
        table_name text not null,
        day date not null,
        row_count bigint not null,
        written_at timestamptz not null,
        primary key (table_name, day)
    );
    alter table {days} add column if not exists written_by text, add column if not exists version text
    """
)


class StorageError(Exception):
    """A frame could not be stored or read; the message is a sentence for people."""


class FrameRefused(StorageError):
    """The frame itself cannot be stored as it is."""


class FramesOfAnotherCompany(StorageError):
    """The frames belong to another company. Nothing was read or written."""


class Store(NamedTuple):
    """Where one company's frames are stored: ``schema``, and the company."""

    schema: str
    company: CompanyKey

    @classmethod
    def of(cls, company: CompanyKey, kind: str) -> Self:
        """The company's own schema for ``staging`` or ``reports``."""
        return cls(company.schema(kind), company)


def open_table(connection: psycopg.Connection, store: Store, table: str) -> pa.Schema | None:
    """The Arrow schema of a table, or None; it does not change until the transaction ends.

    Every read and every write comes through here. Raises FramesOfAnotherCompany where the schema is not ours.
    """
    if not _has_catalog(connection, store.schema):
        return None
    _refuse_another_company(connection, store)
    _lock(connection, store.schema, table, "pg_advisory_xact_lock_shared")
    query = sql.SQL("select arrow_schema from {} where table_name = %s").format(catalog_tables(store.schema))
    row = connection.execute(query, [table]).fetchone()
    return pa.ipc.read_schema(pa.py_buffer(row[0])) if row else None


def keyed(schema: pa.Schema, *columns: str) -> pa.Schema:
    """The same columns of a table whose rows come back by these, within a day."""
    return schema.with_metadata({_KEY: ",".join(columns).encode()})


def key_of(schema: pa.Schema) -> list[str]:
    """The columns that it is ``keyed`` by."""
    columns: bytes = (schema.metadata or {}).get(_KEY, b"")
    return columns.decode().split(",") if columns else []


def is_ready(connection: psycopg.Connection, store: Store, table: str, wanted: pa.Schema) -> bool:
    """Whether the table has these columns, and rows that can be known again; neither changes until the transaction ends."""
    present = open_table(connection, store, table)
    same = present is not None and present.equals(wanted, check_metadata=True)
    return same and _has_fingerprints(connection, store.schema, table)


def make_ready(connection: psycopg.Connection, store: Store, table: str, wanted: pa.Schema) -> None:
    """Create the table, or bring it to the wanted columns, in a transaction of its own.

    New columns are added and are null for the days already there. After any other change the table is
    recreated without its days: they are read from the source again, never guessed. Raises FrameRefused
    for a column type or a name that cannot be kept, FramesOfAnotherCompany where the schema is not ours.
    """
    schema = store.schema
    if len(table.encode()) > LONGEST_NAME:
        raise FrameRefused(
            f"The table name {table} is longer than {LONGEST_NAME} bytes; give the asset a shorter one."
        )
    columns = columns_of(wanted)
    with connection.transaction():
        if not _has_catalog(connection, schema):
            _lock(connection, schema, "", "pg_advisory_xact_lock")
            # Another may have made it while we waited; altering it again would get in its way.
            if not _has_catalog(connection, schema):
                _make_schema(connection, schema)
                connection.execute(_catalog(store))
        _lock(connection, schema, table, "pg_advisory_xact_lock")
        present = open_table(connection, store, table)
        place = sql.Identifier(schema, table)
        if present is not None and not _has_fingerprints(connection, schema, table):
            column = sql.Identifier(FINGERPRINT)
            connection.execute(sql.SQL("alter table {} add column {} uuid").format(place, column))
        if present is not None and present.equals(wanted, check_metadata=True):
            return
        if present is not None and all(field in list(wanted) for field in present):
            for name in (name for name in wanted.names if name not in present.names):
                connection.execute(sql.SQL("alter table {} add column {}").format(place, columns[name]))
        else:
            _make_anew(connection, schema, table, list(columns.values()), indexed=DAY in columns)
        connection.execute(
            sql.SQL(
                "insert into {} (table_name, arrow_schema) values (%s, %s) "
                "on conflict (table_name) do update set arrow_schema = excluded.arrow_schema"
            ).format(catalog_tables(schema)),
            [table, wanted.serialize().to_pybytes()],
        )


def columns_of(schema: pa.Schema) -> dict[str, sql.Composed]:
    """Each column as a create table statement names it. Raises FrameRefused for what cannot be kept."""
    return {field.name: _column(field) for field in schema}


def catalog_tables(schema: str) -> sql.Identifier:
    return sql.Identifier(schema, "frame_tables")


def catalog_days(schema: str) -> sql.Identifier:
    return sql.Identifier(schema, "frame_days")


def _catalog(store: Store) -> sql.Composed:
    return CATALOG.format(
        owner=sql.Identifier(store.schema, OWNER),
        organization_id=sql.Literal(store.company.organization_id),
        realm=sql.Literal(store.company.realm),
        tables=catalog_tables(store.schema),
        days=catalog_days(store.schema),
    )


def _make_schema(connection: psycopg.Connection, schema: str) -> None:
    """Making one needs rights on the database even where it is there, so only a missing one is made."""
    row = connection.execute("select to_regnamespace(%s) is null", [f'"{schema}"']).fetchone()
    if row and row[0]:
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))


def _refuse_another_company(connection: psycopg.Connection, store: Store) -> None:
    query = sql.SQL("select organization_id, realm from {}").format(sql.Identifier(store.schema, OWNER))
    for row in connection.execute(query):
        theirs = CompanyKey(*row)
        if theirs != store.company:
            raise FramesOfAnotherCompany(
                f"The rows kept in the schema {store.schema} belong to {theirs}, but the settings "
                f"(RENTAXIS_ORGANIZATION_ID, QUICKBOOKS_REALM_ID) are now those of {store.company}. Nothing was read, "
                "written or sent. Set them back. If RentAxis connects the other organization to this QuickBooks company from "
                "now on, run rentaxis-sync companies move."
            )


def _make_anew(
    connection: psycopg.Connection, schema: str, table: str, columns: list[sql.Composed], *, indexed: bool
) -> None:
    place, row = sql.Identifier(schema, table), sql.Identifier(ROW)
    connection.execute(sql.SQL("drop table if exists {}").format(place))
    connection.execute(sql.SQL("delete from {} where table_name = %s").format(catalog_days(schema)), [table])
    joined = sql.SQL(", ").join(columns)
    create = sql.SQL("create table {} ({} bigint not null, {}, {} uuid)")
    connection.execute(create.format(place, row, joined, sql.Identifier(FINGERPRINT)))
    if indexed:
        connection.execute(sql.SQL("create index on {} ({}, {})").format(place, sql.Identifier(DAY), row))


def _column(field: pa.Field) -> sql.Composed:
    """The column's name and Postgres type."""
    if field.name in (ROW, FINGERPRINT) or len(field.name.encode()) > LONGEST_NAME:
        raise FrameRefused(f"A column cannot be named {field.name} here; choose another name.")
    return sql.SQL("{} {}").format(sql.Identifier(field.name), _postgres_type(field))


def _postgres_type(field: pa.Field) -> sql.SQL | sql.Composed:
    try:
        carried_type(field.type)
    except TypeError:
        raise FrameRefused(
            f"The column {field.name} has the type {field.type}, which cannot be stored. Supported are decimal128, "
            f"{', '.join(map(str, PLAIN_TYPES))}, and lists and structs of these."
        ) from None
    if is_nested(field.type):
        return sql.SQL("jsonb")
    if pa.types.is_decimal128(field.type):
        precision, scale = sql.Literal(field.type.precision), sql.Literal(field.type.scale)
        return sql.SQL("numeric({}, {})").format(precision, scale)
    return PLAIN_TYPES[field.type]


PLAIN_TYPES = {
    pa.string(): sql.SQL("text"),
    pa.int64(): sql.SQL("bigint"),
    pa.bool_(): sql.SQL("boolean"),
    pa.float64(): sql.SQL("double precision"),
    pa.date32(): sql.SQL("date"),
    pa.timestamp("us", "UTC"): sql.SQL("timestamptz"),
}


def is_nested(data_type: pa.DataType) -> bool:
    """Kept as JSON: a list or a struct."""
    return pa.types.is_list(data_type) or pa.types.is_struct(data_type)


def _has_catalog(connection: psycopg.Connection, schema: str) -> bool:
    """False too for a catalog that does not know who wrote a day, or under which version: the next write completes it."""
    return _has_column(connection, catalog_days(schema), "version")


def _has_fingerprints(connection: psycopg.Connection, schema: str, table: str) -> bool:
    """Tables of earlier versions have none until they are next written."""
    return _has_column(connection, sql.Identifier(schema, table), FINGERPRINT)


def _has_column(connection: psycopg.Connection, place: sql.Identifier, column: str) -> bool:
    row = connection.execute(
        "select exists (select from pg_attribute where attrelid = to_regclass(%s) and attname = %s)",
        [place.as_string(connection), column],
    ).fetchone()
    return bool(row and row[0])


def _lock(connection: psycopg.Connection, schema: str, table: str, function: str) -> None:
    query = sql.SQL("select {}(hashtextextended(%s, 0))").format(sql.Identifier(function))
    connection.execute(query, [lock_of(schema, table)])


def lock_of(schema: str, table: str) -> str:
    """What the advisory lock of a table is named by."""
    return f"{schema}.{table}"
