"""A company's rows out of the ledger and into another one, table by table, exactly as they are.

By COPY, a piece at a time: nothing here grows with the number of rows. Numbers that the database counts up itself (of decisions, of
versions) are given anew, in the same order, since another company may have them in the other ledger; whatever refers to them follows.
Not here: the file (``sync.company_file``), whether a company may go or come (``sync.company_moves``).
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from psycopg import sql

from rentaxis_pipelines.ledger.company_tables import (
    KEPT_BY_TRIGGERS,
    LedgerTable,
    company_tables,
    is_of,
    numbered_by,
)
from rentaxis_pipelines.ledger.database import LedgerError, LedgerUnreachable
from rentaxis_pipelines.safety.database_errors import leave_values_out, sqlstate_of, text_of
from rentaxis_pipelines.safety.driver import driver

# Classes of SQLSTATE (PostgreSQL manual, appendix A): data exception, integrity violation; connection, resources, intervention.
_UNFIT, _UNREACHABLE = ("22", "23"), ("08", "53", "57")
_PIECE = 1 << 20  # bytes
# How values are written as text, so that every server reads them as they were.
_AS_TEXT = (
    "set local timezone = 'UTC'",
    "set local datestyle = 'ISO, YMD'",
    "set local bytea_output = 'hex'",
    "set local client_encoding = 'UTF8'",
)


class RowsUnfit(LedgerError):
    """The rows of a file do not fit the table. Nothing was written."""


@contextmanager
def _explained(table: LedgerTable) -> Generator[None]:
    """No value of a row in an error's text. Raises RowsUnfit, LedgerUnreachable; any other error is a fault of ours."""
    try:
        yield
    except psycopg.Error as error:
        leave_values_out(error)
        state = sqlstate_of(error)
        if state[:2] in _UNFIT:
            raise RowsUnfit(
                f"The file is damaged: its rows of ledger.{table.name} do not fit the table ({text_of(error)}). Nothing was imported."
            ) from error
        if state[:2] in _UNREACHABLE or (not state and isinstance(error, psycopg.OperationalError)):
            raise LedgerUnreachable(
                f"The connection to the pipelines database was lost at ledger.{table.name}, or it has no room ({text_of(error)}). Nothing was "
                "changed. Check that the server is running and has free space, then try again."
            ) from error
        raise


def begin_snapshot(connection: sa.Connection) -> None:
    """From here to the end of the transaction, the connection sees the ledger as it is now."""
    connection.commit()
    connection.execute(sa.text("set transaction isolation level repeatable read"))
    plain_text(connection)


def plain_text(connection: sa.Connection) -> None:
    """Until the transaction ends, values as text are the same on every server."""
    for statement in _AS_TEXT:
        connection.execute(sa.text(statement))


def rows_out(
    connection: sa.Connection, table: LedgerTable, tables: Sequence[LedgerTable], realm: str
) -> Iterator[bytes]:
    """The company's rows of the table, in pieces: a line for each, the columns in the table's order (Postgres' text format)."""
    by_name = {each.name: each for each in tables}
    statement = sql.SQL("copy (select {} from {} where {}) to stdout").format(
        _names(table.columns), table.place, is_of(table, by_name, realm)
    )
    piece = bytearray()
    with _explained(table), driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for data in copy:
            piece += data
            if len(piece) >= _PIECE:
                yield bytes(piece)
                piece.clear()
    if piece:
        yield bytes(piece)


def count_in(pieces: Iterable[bytes], counted: Callable[[int], None]) -> Iterator[bytes]:
    """The same pieces; ``counted`` is told how many rows each ends."""
    for piece in pieces:
        counted(piece.count(b"\n"))  # within a row it is written as \n
        yield piece


def tables_with_rows(connection: sa.Connection, realm: str) -> list[str]:
    """The tables that hold any row of the company."""
    tables = company_tables(connection)
    by_name = {table.name: table for table in tables}
    asked = sql.SQL("select exists (select from {} where {})")
    cursor = driver(connection).cursor()
    return [
        table.name
        for table in tables
        if (row := cursor.execute(asked.format(table.place, is_of(table, by_name, realm))).fetchone())
        and row[0]
    ]


def rows_in(
    connection: sa.Connection,
    table: LedgerTable,
    tables: Sequence[LedgerTable],
    realm: str,
    pieces: Iterable[bytes],
) -> int:
    """Write the rows of a company that this ledger knows nothing of; returns their number. The tables in their order, one transaction."""
    with _explained(table):
        if table.name in KEPT_BY_TRIGGERS:
            # What the other tables' rows made of it, all at once and not as it came about.
            unwanted = sql.SQL("delete from {} where realm = {}").format(table.place, sql.Literal(realm))
            driver(connection).execute(unwanted)
        numbered = numbered_by(table, {each.name: each for each in tables})
        if not numbered:
            return _copied(connection, table.place, table.columns, pieces)
        return _copied_numbered(connection, table, numbered, pieces)


def _copied_numbered(
    connection: sa.Connection, table: LedgerTable, numbered: Mapping[str, str], pieces: Iterable[bytes]
) -> int:
    staged = _temporary(table.name, "rows")
    driver(connection).execute(
        sql.SQL("create temp table {} on commit drop as select {} from {} with no data").format(
            staged, _names(table.columns), table.place
        )
    )
    rows = _copied(connection, staged, table.columns, pieces)
    if table.number is not None:
        _give_numbers(connection, table, table.number, staged)
    _insert_numbered(connection, table, staged, numbered)
    return rows


def _give_numbers(connection: sa.Connection, table: LedgerTable, number: str, staged: sql.Identifier) -> None:
    """Note the number that each staged row has here, in the order of those it had."""
    numbers = _temporary(table.name, "numbers")
    driver(connection).execute(
        sql.SQL(
            "create temp table {numbers} on commit drop as select before, "
            "nextval(pg_get_serial_sequence({place}, {column})) as now from (select {number} as before from {staged} order by 1) s"
        ).format(
            numbers=numbers,
            place=sql.Literal(f"ledger.{table.name}"),
            column=sql.Literal(number),
            number=sql.Identifier(number),
            staged=staged,
        )
    )
    driver(connection).execute(sql.SQL("create index on {} (before)").format(numbers))


def _insert_numbered(
    connection: sa.Connection, table: LedgerTable, staged: sql.Identifier, numbered: Mapping[str, str]
) -> None:
    """From the staged rows, each number and each reference to one as it is here."""
    here = {
        column: sql.SQL("(select now from {} where before = s.{})").format(
            _temporary(counted, "numbers"), sql.Identifier(column)
        )
        for column, counted in numbered.items()
    }
    chosen = [here.get(column) or sql.SQL("s.{}").format(sql.Identifier(column)) for column in table.columns]
    driver(connection).execute(
        sql.SQL("insert into {} ({}) overriding system value select {} from {} s").format(
            table.place, _names(table.columns), sql.SQL(", ").join(chosen), staged
        )
    )


def _copied(
    connection: sa.Connection, place: sql.Identifier, columns: Sequence[str], pieces: Iterable[bytes]
) -> int:
    statement = sql.SQL("copy {} ({}) from stdin").format(place, _names(columns))
    with driver(connection).cursor() as cursor:
        with cursor.copy(statement) as copy:
            for piece in pieces:
                copy.write(piece)
        return cursor.rowcount


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _temporary(table: str, kind: str) -> sql.Identifier:
    return sql.Identifier(f"import_{table}_{kind}")
