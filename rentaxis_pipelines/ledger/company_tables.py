"""Which tables of the ledger hold a company's rows, and how a row is told to be a company's: as the database itself says.

So a table that a later migration makes is among them without anybody thinking of it. Not here: moving rows (``company_rows``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from psycopg import sql

_SCHEMA = "ledger"
# What is about this database and not about a company's books.
_OF_THE_DATABASE = ("ledger_version", "moved_away")
# Kept by triggers as rows of other tables are written: last, and in this order.
KEPT_BY_TRIGGERS = ("open_records", "open_sums", "run_sums")

_COLUMNS = """
  select c.relname as table_name, a.attname as name, a.attidentity <> '' as numbered
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
  where n.nspname = 'ledger' and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  order by c.relname, a.attnum"""
_REFERENCES = """
  select c.relname as table_name, a.attname as name, p.relname as parent, b.attname as parent_name
  from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_class p on p.oid = f.confrelid
  join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
  join pg_attribute b on b.attrelid = f.confrelid and b.attnum = f.confkey[1]
  where f.contype = 'f' and n.nspname = 'ledger' and cardinality(f.conkey) = 1
  order by c.relname, a.attname"""


class TableOfNoCompany(Exception):
    """A table whose rows cannot be told to be a company's. A fault of the migration that made it."""


@dataclass(frozen=True)
class Reference:
    """A column that names a row of another table, or of its own."""

    column: str
    table: str
    table_column: str


@dataclass(frozen=True)
class LedgerTable:
    """``columns``: those that are written, in order; the database makes the others itself. ``number``: the one that the database counts up.

    ``parent``: where its rows have no realm themselves, the row whose company they are of.
    """

    name: str
    columns: Sequence[str]
    number: str | None
    parent: Reference | None
    references: Sequence[Reference]

    @property
    def place(self) -> sql.Identifier:
        return sql.Identifier(_SCHEMA, self.name)


def company_tables(connection: sa.Connection) -> list[LedgerTable]:
    """Those with rows of companies, every one after those that its rows refer to. Raises TableOfNoCompany."""
    columns: dict[str, list[str]] = {}
    numbers: dict[str, str] = {}
    for row in connection.execute(sa.text(_COLUMNS)):
        columns.setdefault(row.table_name, []).append(row.name)
        if row.numbered:
            numbers[row.table_name] = row.name
    references: dict[str, list[Reference]] = {}
    for row in connection.execute(sa.text(_REFERENCES)):
        references.setdefault(row.table_name, []).append(Reference(row.name, row.parent, row.parent_name))
    tables = {
        name: LedgerTable(
            name=name,
            columns=tuple(names),
            number=numbers.get(name),
            parent=None if "realm" in names else _parent(name, references.get(name, [])),
            references=tuple(references.get(name, [])),
        )
        for name, names in columns.items()
        if name not in _OF_THE_DATABASE
    }
    return _in_order(tables)


def _parent(name: str, references: Sequence[Reference]) -> Reference:
    others = [reference for reference in references if reference.table != name]
    if not others:
        raise TableOfNoCompany(f"ledger.{name} has neither a realm nor a row of another table that has one")
    return others[0]


def _in_order(tables: Mapping[str, LedgerTable]) -> list[LedgerTable]:
    ordered: dict[str, LedgerTable] = {}

    def put(table: LedgerTable) -> None:
        for reference in table.references:
            if reference.table not in ordered and reference.table != table.name:
                put(tables[reference.table])
        ordered.setdefault(table.name, table)

    for table in tables.values():
        if table.name not in KEPT_BY_TRIGGERS:
            put(table)
    for name in KEPT_BY_TRIGGERS:
        put(tables[name])
    return list(ordered.values())


def is_of(table: LedgerTable, tables: Mapping[str, LedgerTable], realm: str) -> sql.Composable:
    """The condition that a row of the table is the company's."""
    if table.parent is None:
        return sql.SQL("realm = {}").format(sql.Literal(realm))
    parent = tables[table.parent.table]
    return sql.SQL("{} in (select {} from {} where {})").format(
        sql.Identifier(table.parent.column),
        sql.Identifier(table.parent.table_column),
        parent.place,
        is_of(parent, tables, realm),
    )


def numbered_by(table: LedgerTable, tables: Mapping[str, LedgerTable]) -> Mapping[str, str]:
    """The columns that hold a number counted up by the database, and the table that counts it: its own, or one that it refers to."""
    counted = {
        reference.column: reference.table
        for reference in table.references
        if reference.table in tables and tables[reference.table].number == reference.table_column
    }
    return counted if table.number is None else {**counted, table.number: table.name}
