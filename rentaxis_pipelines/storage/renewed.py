"""Brings a window of days up to date row by row: a row whose fingerprint stands stays as it is stored, only the others are read and stored.

Here: what is compared, removed and added, in one transaction. Not here: whole frames in place of a window (``frames``), where rows and
fingerprints come from (``Incoming``). Rows that are known again come back by day and by the key of their table, not as written: what a window
holds does not depend on how often, and in which parts, it was brought up to date.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import pandas as pd
import psycopg
import pyarrow as pa
from psycopg import sql

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.storage.copying import as_text, check_days, copy_in, table_of, with_fingerprints
from rentaxis_pipelines.storage.frames import ATTEMPTS, columns_keep_changing
from rentaxis_pipelines.storage.tables import (
    FrameRefused,
    StorageError,
    Store,
    catalog_days,
    columns_of,
    is_ready,
    make_ready,
)

IDS_AT_MOST = 100_000  # asked for by id; of more than that the days are read whole
ID = "source_id"  # the column of a stored row that tells it from others of its table


class Changed(NamedTuple):
    """Rows to read: all of these days, or those of them with these ids."""

    days: DateRange
    ids: list[str] | None


class Incoming(Protocol):
    """The rows of a window, as they are now where they come from."""

    @property
    def schema(self) -> pa.Schema:
        """Their columns, ``day`` and ``source_id`` among them, ``tables.keyed`` by the latter."""
        ...

    @property
    def version(self) -> str:
        """What rows are read and checked by: one that was stored under another version is read again."""
        ...

    def fingerprints(self) -> Iterable[bytes | memoryview]:
        """Lines of COPY's text format, one a row in no order: id, day, number, amount, fingerprint."""
        ...

    def refuse(self) -> None:
        """Raises the error that says what is wrong, where an id comes twice or a row has no id, day or fingerprint."""
        ...

    def frames(self, changed: Changed) -> Iterator[pd.DataFrame]:
        """The rows asked for, some at a time."""
        ...


class Renewed(NamedTuple):
    """How many rows the window holds now, and how many of them were read and stored for that."""

    rows: int
    stored: int


def renew_window(
    connection: psycopg.Connection,
    store: Store,
    table: str,
    window: DateRange,
    incoming: Incoming,
    *,
    written_by: str | None = None,
    full: bool = False,
) -> Renewed:
    """Make the window's rows those of ``incoming``; with ``full`` every row is read and stored anew, with the same result.

    All or nothing, in one transaction; two writers of a day take turns. Every day of it counts as written by ``written_by``. Creates or
    migrates the table as needed. Raises what ``incoming`` and ``frames.replace_window`` raise.
    """
    columns_of(incoming.schema)
    for _ in range(ATTEMPTS):
        with connection.transaction():
            if is_ready(connection, store, table, incoming.schema):
                return _Renewal(connection, store, table, window, incoming).carry_out(written_by, full)
        make_ready(connection, store, table, incoming.schema)
    raise columns_keep_changing(store, table)


class _Renewal:
    """One window being brought up to date, inside its transaction."""

    def __init__(
        self,
        connection: psycopg.Connection,
        store: Store,
        table: str,
        window: DateRange,
        incoming: Incoming,
    ) -> None:
        self._connection, self._table, self._window, self._incoming = connection, table, window, incoming
        self._place = sql.Identifier(store.schema, table)
        self._days = catalog_days(store.schema)
        self._asked = {
            "table": table,
            "first": window.first_day,
            "end": window.end,
            "version": incoming.version,
        }

    def carry_out(self, written_by: str | None, full: bool) -> Renewed:
        noted = self._note()
        self._mark_written(written_by)
        kept = 0 if full else self._remove_changed()
        if full:
            self._run("delete from {place} as kept where {in_window}")
        stored = self._store(kept) if kept < noted else 0
        self._run(
            "update {days} set version = %(version)s where table_name = %(table)s and day >= %(first)s and day < %(end)s "
            "and version is distinct from %(version)s"
        )
        return Renewed(noted, stored)

    def _note(self) -> int:
        """What the window's rows are now, in a table of this transaction; returns how many."""
        self._run(
            "create temp table frame_noted (source_id text, day date, number text, amount numeric, fingerprint uuid) on commit drop"
        )
        with self._connection.cursor().copy("copy pg_temp.frame_noted from stdin") as copying:
            for block in self._incoming.fingerprints():
                copying.write(block)
        self._run("analyze pg_temp.frame_noted")
        noted, ids, unfit = self._row(
            "select sum(times)::bigint, count(*), coalesce(sum(unfit), 0)::bigint from (select count(*) as times, count(*) filter "
            "(where source_id is null or fingerprint is null or day is null or day < %(first)s or day >= %(end)s) as unfit "
            "from pg_temp.frame_noted group by source_id) as each"
        )
        if unfit or (noted or 0) != ids:
            self._incoming.refuse()
            raise StorageError(
                f"Rows of {self._table} come twice, or without an id or a day. Nothing was stored."
            )
        return noted or 0

    def _mark_written(self, written_by: str | None) -> None:
        """Notes the days in the catalog. The rows it locks, in order, make writers of one day take turns."""
        self._run(
            "insert into {days} as kept (table_name, day, row_count, written_at, written_by) "
            "select %(table)s, day, coalesce(row_count, 0), now(), %(by)s from unnest(%(every_day)s::date[]) as every (day) "
            "left join (select day, count(*) as row_count from pg_temp.frame_noted group by day) as counted using (day) order by day "
            "on conflict (table_name, day) do update set row_count = excluded.row_count, written_at = excluded.written_at, "
            "written_by = excluded.written_by",
            every_day=list(self._window),
            by=written_by,
        )

    def _remove_changed(self) -> int:
        """Removes the stored rows that are gone, other than noted, or stored under another version; returns how many stay."""
        self._run(
            "delete from {place} as kept using {days} as written "
            "where {in_window} and written.table_name = %(table)s and written.day = kept.day "
            "and written.version is distinct from %(version)s"
        )
        self._run(
            "delete from {place} as kept where {in_window} and not exists (select from pg_temp.frame_noted as noted "
            "where noted.source_id = kept.source_id and noted.day = kept.day and noted.fingerprint = kept._fingerprint)"
        )
        return self._row("select count(*) from {place} as kept where {in_window}")[0]

    def _store(self, kept: int) -> int:
        """Reads and stores the noted rows that are not there; returns how many."""
        self._run(
            "create temp table frame_wanted on commit drop as select source_id, day, fingerprint from pg_temp.frame_noted as noted "
            "where not exists (select from {place} as kept where {in_window} and kept.source_id = noted.source_id)"
        )
        self._run("create index on pg_temp.frame_wanted (source_id)")
        changed, expected = self._changed(kept)
        read = stored = 0
        for frame in self._incoming.frames(changed):
            read += len(frame)
            stored += self._add(frame)
        (wanted,) = self._row("select count(*) from pg_temp.frame_wanted")
        if (read, stored) != (expected, wanted):
            raise StorageError(
                f"The rows of {self._table} are not the same when they are asked for again: {expected} were expected, {read} came. Run "
                "rentaxis-sync source check. Nothing was stored."
            )
        return stored

    def _changed(self, kept: int) -> tuple[Changed, int]:
        """What to ask for, and how many rows that is."""
        first_day, last_day, wanted = self._row(
            "select min(day), max(day), count(*) from pg_temp.frame_wanted"
        )
        days = DateRange.of_days(first_day, last_day)
        if kept and wanted <= IDS_AT_MOST and wanted <= kept:
            rows = self._connection.execute("select source_id from pg_temp.frame_wanted")
            return Changed(days, [row[0] for row in rows]), wanted
        return Changed(days, None), self._row(
            "select count(*) from pg_temp.frame_noted where day >= %(from)s and day < %(until)s",
            **{"from": days.first_day, "until": days.end},
        )[0]

    def _add(self, frame: pd.DataFrame) -> int:
        """Stores those rows of the frame that are wanted; returns how many."""
        rows = table_of(frame)
        if rows.schema != self._incoming.schema:
            raise FrameRefused(f"The rows of {self._table} have other columns than their table.")
        check_days(rows, self._window)
        ids: list[str] = rows.column(ID).to_pylist()
        found = self._connection.execute(
            "select source_id, fingerprint from pg_temp.frame_wanted where source_id = any(%s)", [ids]
        )
        fingerprints = dict(found.fetchall())
        wanted = [number for number, source_id in enumerate(ids) if source_id in fingerprints]
        if len(wanted) < len(ids):
            rows = rows.take(pa.array(wanted, pa.int64()))
        content = with_fingerprints(as_text(rows), [fingerprints[ids[number]] for number in wanted])
        copy_in(self._connection, self._place, content)
        return len(wanted)

    def _run(self, query: str, **more: object) -> psycopg.Cursor:
        written: Any = query  # a literal of this module
        composed = sql.SQL(written).format(place=self._place, days=self._days, in_window=_IN_WINDOW)
        return self._connection.execute(composed, {**self._asked, **more})

    def _row(self, query: str, **more: object) -> tuple[Any, ...]:
        row = self._run(query, **more).fetchone()
        assert row is not None
        return row


_IN_WINDOW = sql.SQL("kept.day >= %(first)s and kept.day < %(end)s")
