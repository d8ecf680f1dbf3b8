"""Stores frames by day in Postgres: replaces exactly one window of days, reads it back as it was written.

Here: the rows of one table, knowing no Dagster. Not here: the shape of the table (``tables``), which days an
asset means (``orchestration.io_manager``). A frame goes in by COPY and comes back with identical types and values; nested
columns are kept as jsonb with money, days and instants as text. Rows come back by day, and within a day as
written.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.compute
from psycopg import sql

from rentaxis_pipelines.model import arrow_json
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.safety.database_errors import is_unstorable, leave_values_out, text_of
from rentaxis_pipelines.settings import CompanyKey
from rentaxis_pipelines.storage.copying import (
    ROWS_AT_A_TIME,
    as_text,
    check_days,
    copy_in,
    numbered,
    table_of,
)
from rentaxis_pipelines.storage.tables import (
    DAY,
    OWNER,
    ROW,
    FrameRefused,
    FramesOfAnotherCompany,
    StorageError,
    Store,
    catalog_days,
    columns_of,
    key_of,
    make_ready,
    open_table,
)

pc: Any = pyarrow.compute  # its functions are made while it is imported, out of a type checker's sight

CONNECT_SECONDS = 10
_COMPANY = "company"  # in a frame's attrs: the CompanyKey whose rows it holds
ATTEMPTS = 5  # to write between changes of the table's columns by others


class StorageUnreachable(StorageError):
    """The database that stores the frames cannot be reached, or refuses the connection."""


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection]:
    """A connection in autocommit, instants in UTC. ``url`` may name the SQLAlchemy driver, as ours do.

    Raises StorageUnreachable, also for one that is lost inside the block, StorageError where the user may not do what is needed, and
    FrameRefused for a text that cannot be kept. Any other error of the database comes out as it is, without values in its text.
    """
    address = url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        connection = psycopg.connect(address, autocommit=True, connect_timeout=CONNECT_SECONDS)
    except psycopg.Error:
        raise StorageUnreachable(
            "The database that stores the extracted frames could not be reached, or refused the connection. Check "
            "host, user and password in PIPELINES_DATABASE_URL."
        ) from None  # the cause may repeat the address
    try:
        with connection:
            connection.execute("set timezone to 'UTC'")
            yield connection
    except psycopg.Error as error:
        leave_values_out(error)
        explained = _explained(error)
        if explained is None:
            raise
        raise explained from error


def _explained(error: psycopg.Error) -> StorageError | None:
    """What the error means to people; None for a fault of ours."""
    state = error.sqlstate or ""
    if state in ("42501", "25006"):  # insufficient privilege; a read-only transaction or copy
        return StorageError(
            f"The database user of PIPELINES_DATABASE_URL lacks a privilege that storing the extracted frames needs ({text_of(error)}). "
            "Run rentaxis-sync migrate; or the user must be granted CREATE on the database, and own the schemas in it. A read-only replica "
            "cannot be used."
        )
    if is_unstorable(error):
        return FrameRefused(
            "A text in the frame contains a zero byte, which Postgres cannot store. Nothing was stored."
        )
    if state[:2] in ("08", "53", "57") or (not state and isinstance(error, psycopg.OperationalError)):
        return StorageUnreachable(
            f"The connection to the database that stores the extracted frames was lost ({text_of(error)}). Check that the server "
            "is running and has free space, then run again."
        )
    return None


def replace_window(
    connection: psycopg.Connection,
    store: Store,
    table: str,
    window: DateRange | None,
    frame: pd.DataFrame,
    written_by: str | None = None,
) -> int:
    """Put ``frame`` in place of the window's rows, or of all rows if ``window`` is None; returns their
    number.

    All or nothing, in one transaction; no other day is touched, and an empty frame clears the window. Two
    writers of the same day take turns; writers of different days do not wait. Creates or migrates the table as needed. ``written_by`` is the run
    whose rows they are, noted for each day (``days_of_others``).
    Raises FrameRefused for a day outside the window, a zero byte in a text, or a type that cannot be kept, and
    FramesOfAnotherCompany where the store is not this company's.
    """
    rows = table_of(frame)
    columns_of(rows.schema)
    if window is not None:
        check_days(rows, window)
    content = numbered(as_text(rows))
    for _ in range(ATTEMPTS):
        if _replace(
            connection, store, table, window, wanted=rows.schema, rows=content, written_by=written_by
        ):
            return rows.num_rows
        make_ready(connection, store, table, rows.schema)
    raise columns_keep_changing(store, table)


def columns_keep_changing(store: Store, table: str) -> StorageError:
    """The error of a writer that finds other columns again and again."""
    return StorageError(
        f"Another run keeps changing the columns of {store.schema}.{table}: two versions of this program are "
        "running. Stop one of them."
    )


def schema_of(frame: pd.DataFrame) -> pa.Schema:
    """The columns of the table that the frame's rows are kept in (``tables.make_ready``)."""
    return table_of(frame).schema


def append_rows(connection: psycopg.Connection, store: Store, table: str, frame: pd.DataFrame) -> None:
    """Add the frame's rows to a table of exactly its columns (``tables.open_table``), in the caller's transaction."""
    copy_in(connection, sql.Identifier(store.schema, table), numbered(as_text(table_of(frame))))


def read_window(
    connection: psycopg.Connection, store: Store, table: str, window: DateRange | None
) -> pd.DataFrame:
    """The rows of the window, or all rows if it is None, with the types they were written with.

    A window without rows gives an empty frame of the same types; a table that was never written, an empty
    frame with the one column ``day``. Raises FramesOfAnotherCompany where the store is not this company's.
    """
    schema = store.schema
    with connection.transaction():
        columns = open_table(connection, store, table)
        if columns is None:
            return frame_of(pa.schema([pa.field(DAY, pa.date32())]).empty_table(), store.company)
        chosen, parameters = _days_condition(window)
        query = select_rows(columns, store, table, chosen)
        parts = [columns.empty_table()]
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            while texts := [row[0] for row in cursor.fetchmany(ROWS_AT_A_TIME)]:
                parts.append(texts_as_table(texts, columns, f"{schema}.{table}"))
    return frame_of(pa.concat_tables(parts), store.company)


def counts_of(
    connection: psycopg.Connection, store: Store, table: str, window: DateRange, column: str
) -> dict[str, int]:
    """How many rows of the window have each value in the column, the most frequent first; those that have none are left out."""
    with connection.transaction():
        if open_table(connection, store, table) is None:
            return {}
        query = sql.SQL(
            "select {0}, count(*) from {1} where day >= %s and day < %s and {0} is not null group by 1 order by 2 desc, 1"
        ).format(sql.Identifier(column), sql.Identifier(store.schema, table))
        return dict(connection.execute(query, [window.first_day, window.end]).fetchall())


def texts_as_table(texts: list[str], columns: pa.Schema, place: str) -> pa.Table:
    """Rows as ``row_to_json`` gives them. Raises StorageError where somebody changed the table."""
    try:
        part, unreadable = arrow_json.parse(texts, columns)
    except arrow_json.NotJson as error:
        raise StorageError(f"The table {place} was changed by hand, and cannot be read: {error}.") from None
    if unreadable:
        raise StorageError(f"The table {place} was changed by hand: {unreadable[0].path} cannot be read.")
    return part


def belonging_to(company: CompanyKey, frame: pd.DataFrame) -> pd.DataFrame:
    """The same frame, now marked as this company's."""
    frame.attrs[_COMPANY] = company
    return frame


def refuse_frame_of_another(frame: pd.DataFrame, company: CompanyKey) -> None:
    """Raises FramesOfAnotherCompany unless the frame is marked as this company's (``belonging_to``), as every frame read here is."""
    theirs = frame.attrs.get(_COMPANY)
    if theirs != company:
        raise FramesOfAnotherCompany(
            f"The rows belong to {theirs or 'an unknown company'}, but the settings are those of {company}. Nothing was stored or sent. Do not change "
            "RENTAXIS_ORGANIZATION_ID or QUICKBOOKS_REALM_ID during a run; launch the days again."
        )


def unwritten_days(
    connection: psycopg.Connection, store: Store, table: str, window: DateRange
) -> list[dt.date]:
    """The days of the window that were never written: not empty, but unknown."""
    written = _writers(connection, store, table, window)
    return [day for day in window if day not in written]


def days_of_others(
    connection: psycopg.Connection, store: Store, table: str, window: DateRange, run_id: str
) -> list[dt.date]:
    """The days of the window whose rows this run did not write: another run wrote them last, or none ever did.

    Asked after ``read_window``, it tells of the rows that were read: a day another run wrote in between is among them.
    """
    written = _writers(connection, store, table, window)
    return [day for day in window if written.get(day) != run_id]


def _writers(
    connection: psycopg.Connection, store: Store, table: str, window: DateRange
) -> dict[dt.date, str | None]:
    """The run that last wrote each day, for the days that were ever written."""
    with connection.transaction():
        if open_table(connection, store, table) is None:
            return {}
        query = sql.SQL("select day, written_by from {} where table_name = %s and day >= %s and day < %s")
        rows = connection.execute(
            query.format(catalog_days(store.schema)), [table, window.first_day, window.end]
        )
        return {row[0]: row[1] for row in rows}


def other_writers(
    connection: psycopg.Connection, store: Store, table: str, days: list[dt.date]
) -> list[CompanyKey]:
    """Other companies that wrote any of these days of the same table, for a sentence about days we never wrote."""
    kind = store.schema.removesuffix(store.company.realm)
    with connection.transaction():
        schemas = connection.execute(
            "select nspname from pg_namespace where starts_with(nspname::text, %s) and nspname <> %s "
            "and to_regclass(format('%%I.%%I', nspname, %s::text)) is not null order by nspname",
            [kind, store.schema, OWNER],
        ).fetchall()
        companies: list[CompanyKey] = []
        for (schema,) in schemas:
            query = sql.SQL(
                "select organization_id, realm from {} where exists "
                "(select from {} where table_name = %s and day = any(%s))"
            ).format(sql.Identifier(schema, OWNER), catalog_days(schema))
            companies += [CompanyKey(*row) for row in connection.execute(query, [table, days])]
    return companies


def _replace(
    connection: psycopg.Connection,
    store: Store,
    table: str,
    window: DateRange | None,
    *,
    wanted: pa.Schema,
    rows: pa.Table,
    written_by: str | None,
) -> bool:
    """False, with nothing done, if the table is not there or has another shape."""
    with connection.transaction():
        if open_table(connection, store, table) != wanted:
            return False
        place = sql.Identifier(store.schema, table)
        if window is None:
            connection.execute(sql.SQL("lock table {} in share row exclusive mode").format(place))
        else:
            _mark_written(connection, store.schema, table, window, rows, written_by)
        chosen, parameters = _days_condition(window)
        connection.execute(sql.SQL("delete from {} {}").format(place, chosen), parameters)
        copy_in(connection, place, rows)
    return True


def _mark_written(
    connection: psycopg.Connection,
    schema: str,
    table: str,
    window: DateRange,
    rows: pa.Table,
    written_by: str | None,
) -> None:
    """Notes the days in the catalog. The rows it locks, in order, make writers of one day take turns."""
    counts = rows.group_by(DAY).aggregate([(DAY, "count")]).to_pydict()
    by_day = dict(zip(counts[DAY], counts[f"{DAY}_count"], strict=True))
    days = list(window)
    connection.execute(
        sql.SQL(
            "insert into {} (table_name, day, row_count, written_at, written_by) "
            "select %s, day, row_count, now(), %s from unnest(%s::date[], %s::bigint[]) as new (day, row_count) "
            "order by day on conflict (table_name, day) do update "
            "set row_count = excluded.row_count, written_at = excluded.written_at, written_by = excluded.written_by, version = null"
        ).format(catalog_days(schema)),
        [table, written_by, days, [by_day.get(day.isoformat(), 0) for day in days]],
    )


def frame_of(table: pa.Table, company: CompanyKey) -> pd.DataFrame:
    """The rows as the company's frame."""
    return belonging_to(company, table.to_pandas(types_mapper=pd.ArrowDtype))


def select_rows(columns: pa.Schema, store: Store, table: str, where: sql.Composable) -> sql.Composed:
    """The query whose texts ``texts_as_table`` takes: rows by day, then as written or by the table's key."""
    by_key = [sql.SQL('{} collate "C"').format(sql.Identifier(name)) for name in key_of(columns)]
    written = [sql.Identifier(name) for name in ([DAY, ROW] if DAY in columns.names else [ROW])]
    return sql.SQL("select row_to_json(r)::text from (select {} from {} {} order by {}) as r").format(
        sql.SQL(", ").join(_selected(field) for field in columns),
        sql.Identifier(store.schema, table),
        where,
        sql.SQL(", ").join([*written, *by_key]),
    )


def _selected(field: pa.Field) -> sql.Composable:
    name = sql.Identifier(field.name)
    exact_as_text = pa.types.is_decimal128(field.type) or pa.types.is_float64(field.type)
    return sql.SQL("{}::text as {}").format(name, name) if exact_as_text else name


def _days_condition(window: DateRange | None) -> tuple[sql.SQL, list[dt.date]]:
    if window is None:
        return sql.SQL(""), []
    return sql.SQL("where day >= %s and day < %s"), [window.first_day, window.end]
