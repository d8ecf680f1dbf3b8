"""The stored rows of some days as they are at one instant, some at a time: for whoever goes through all of them and must not hold them all.

Here: holding the instant, and the questions asked of it. Not here: frames of whole windows (``frames``), writing.
"""

import datetime as dt
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd
import psycopg
import pyarrow as pa
from psycopg import sql

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.storage.copying import ROWS_AT_A_TIME
from rentaxis_pipelines.storage.frames import connected, days_of_others, frame_of, select_rows, texts_as_table
from rentaxis_pipelines.storage.renewed import ID
from rentaxis_pipelines.storage.tables import (
    DAY,
    FINGERPRINT,
    StorageError,
    Store,
    catalog_days,
    lock_of,
    open_table,
)


@contextmanager
def held_rows(url: str, store: Store, table: str, days: DateRange, run_id: str) -> Generator["HeldRows"]:
    """What the table holds of these days as of now, whatever is written until the block is left.

    Raises as ``frames.connected`` and ``frames.read_window`` do.
    """
    with connected(url) as connection:
        # Held before the instant is: a table that is made anew in between would seem empty.
        lock = "select pg_advisory_lock_shared(hashtextextended(%s, 0))"
        connection.execute(lock, [lock_of(store.schema, table)])
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            columns = open_table(connection, store, table)
            others = days_of_others(connection, store, table, days, run_id)
            yield HeldRows(connection, store, table, columns or pa.schema([]), run_id, others)


@dataclass(frozen=True)
class HeldRows:
    """Rows of one instant. ``others``: days asked for that another run wrote last, or none ever did."""

    connection: psycopg.Connection
    store: Store
    table: str
    columns: pa.Schema
    run_id: str
    others: Sequence[dt.date]

    def lines(self, days: DateRange, number: str | None, amount: str) -> Iterator[memoryview]:
        """Lines of COPY's text format, a line a row of these days: id, day, number, amount, fingerprint.

        ``number``: a column; ``amount``: an expression of one. Raises StorageError where not all rows are there that were written.
        """
        if not self.columns.names:  # never written, and asked for as empty
            return
        lines = 0
        copied = sql.SQL(
            "copy (select {id}, {day}, {number}, {amount}, {fingerprint} from {place} where day >= {first} and day < {end}) to stdout"
        ).format(
            id=sql.Identifier(ID),
            day=sql.Identifier(DAY),
            number=sql.NULL if number is None else sql.Identifier(number),
            amount=sql.SQL(amount),  # pyright: ignore[reportArgumentType] - a constant
            fingerprint=sql.Identifier(FINGERPRINT),
            place=sql.Identifier(self.store.schema, self.table),
            first=sql.Literal(days.first_day),
            end=sql.Literal(days.end),
        )
        with self.connection.cursor() as cursor, cursor.copy(copied) as copy:
            for block in copy:
                lines += 1
                yield memoryview(block)
        written = self._written(days)
        if lines != written:
            raise StorageError(
                f"The table {self.store.schema}.{self.table} was changed by hand: it holds {lines} rows of {days}, and {written} were written."
            )

    def frame(self, days: DateRange, ids: Sequence[str] | None = None) -> pd.DataFrame:
        """The rows of these days, or those with these ids among them, as ``frames.read_window`` gives them."""
        where, parameters = sql.SQL("where day >= %s and day < %s"), [days.first_day, days.end, ids]
        where += sql.SQL("" if ids is None else " and source_id = any(%s)")
        query = select_rows(self.columns, self.store, self.table, where)
        parts = [self.columns.empty_table()]
        with self.connection.cursor() as cursor:
            cursor.execute(query, parameters if ids is not None else parameters[:2])
            while texts := [row[0] for row in cursor.fetchmany(ROWS_AT_A_TIME)]:
                parts.append(texts_as_table(texts, self.columns, f"{self.store.schema}.{self.table}"))
        return frame_of(pa.concat_tables(parts), self.store.company)

    def _written(self, days: DateRange) -> int:
        query = sql.SQL(
            "select coalesce(sum(row_count), 0)::bigint from {} where table_name = %s and day >= %s and day < %s"
        ).format(catalog_days(self.store.schema))
        row = self.connection.execute(query, [self.table, days.first_day, days.end]).fetchone()
        assert row is not None
        return row[0]
