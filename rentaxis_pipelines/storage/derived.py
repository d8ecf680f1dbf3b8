"""Rows of a window that the database makes of rows stored there: what is said of each somebody, on each day that names them.

Here: what is compared, removed and added, in one transaction, without a row becoming an object here. Not here: what is said
(whoever calls), rows that come from elsewhere (``renewed``).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
import pyarrow as pa
from psycopg import sql

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.storage.copying import as_text, copy_in
from rentaxis_pipelines.storage.frames import ATTEMPTS, columns_keep_changing, connected
from rentaxis_pipelines.storage.tables import (
    DAY,
    Store,
    catalog_days,
    columns_of,
    is_ready,
    keyed,
    make_ready,
    open_table,
)


class Naming(NamedTuple):
    """A table whose rows are, or name in a nested column, somebody. ``nested``: that column; the kind and the id are in it then."""

    table: str
    nested: str | None
    columns: Sequence[str]  # of somebody, as the row or the nested object has them


def named(
    connection: psycopg.Connection, store: Store, days: DateRange, run_id: str, namings: Sequence[Naming]
) -> list[str]:
    """Everybody that rows of these days name which this run wrote, as JSON texts: each once, unless rows tell different things of them."""
    found: set[str] = set()
    for naming in namings:
        with connection.transaction():
            if open_table(connection, store, naming.table) is None:
                continue
            query = sql.SQL("select distinct {}::text {}").format(_object(naming), _rows(store, naming))
            found.update(row[0] for row in connection.execute(query, _asked(days, run_id)))
    return sorted(found)


def derive_window(
    url: str,
    store: Store,
    table: str,
    days: DateRange,
    run_id: str,
    said: pa.Table,
    namings: Sequence[Naming],
) -> int:
    """Make the window's rows what is ``said`` of somebody, for each of its days whose rows name them; returns how many there are.

    ``said``: one row for each, which begins with the kind and the id. All or nothing; rows that stand are not written again.
    """
    wanted = keyed(pa.schema([pa.field(DAY, pa.date32()), *said.schema]), *said.column_names[:2])
    columns_of(wanted)
    with connected(url) as connection:
        for _ in range(ATTEMPTS):
            with connection.transaction():
                if is_ready(connection, store, table, wanted):
                    present = [
                        naming
                        for naming in namings
                        if open_table(connection, store, naming.table) is not None
                    ]
                    return _derive(connection, store, table, days, run_id, said=said, namings=present)
            make_ready(connection, store, table, wanted)
    raise columns_keep_changing(store, table)


def _derive(
    connection: psycopg.Connection,
    store: Store,
    table: str,
    days: DateRange,
    run_id: str,
    *,
    said: pa.Table,
    namings: Sequence[Naming],
) -> int:
    asked = {**_asked(days, run_id), "table": table, "every_day": list(days)}
    names = [*map(sql.Identifier, said.column_names)]
    parts: dict[str, Any] = {
        "place": sql.Identifier(store.schema, table),
        "days": catalog_days(store.schema),
        "kind": names[0],
        "id": names[1],
        "columns": sql.SQL(", ").join(names),
        "types": sql.SQL(", ").join(columns_of(said.schema).values()),
        "namings": sql.SQL(" union all ").join(
            sql.SQL("select day, {0} ->> 'kind' as kind, {0} ->> 'source_id' as id {1}").format(
                _object(naming), _rows(store, naming)
            )
            for naming in namings
        )
        if namings
        else sql.SQL("select null::date as day, null as kind, null as id where false"),
    }

    def run(query: Any) -> psycopg.Cursor:
        return connection.execute(sql.SQL(query).format(**parts), asked)

    run("create temp table frame_said ({types}) on commit drop")
    copy_in(connection, sql.Identifier("pg_temp", "frame_said"), as_text(said))
    run("alter table pg_temp.frame_said add column fingerprint uuid")
    run("update pg_temp.frame_said as said set fingerprint = md5(said::text)::uuid")
    run(
        "create temp table frame_named on commit drop as select named.day, said.* from (select distinct day, kind, id from ({namings}) as each) "
        "as named join pg_temp.frame_said as said on said.{kind} = named.kind and said.{id} = named.id"
    )
    run("analyze pg_temp.frame_named")
    run(
        "insert into {days} as kept (table_name, day, row_count, written_at, written_by) "
        "select %(table)s, day, coalesce(row_count, 0), now(), %(run)s from unnest(%(every_day)s::date[]) as every (day) "
        "left join (select day, count(*) as row_count from pg_temp.frame_named group by day) as counted using (day) order by day "
        "on conflict (table_name, day) do update set row_count = excluded.row_count, written_at = excluded.written_at, "
        "written_by = excluded.written_by, version = null"
    )
    run(
        "delete from {place} as kept where kept.day >= %(first)s and kept.day < %(end)s and not exists (select from pg_temp.frame_named as named "
        "where named.day = kept.day and named.{kind} = kept.{kind} and named.{id} = kept.{id} and named.fingerprint = kept._fingerprint)"
    )
    run(
        "insert into {place} (_row, day, {columns}, _fingerprint) select 0, day, {columns}, fingerprint from pg_temp.frame_named as named "
        "where not exists (select from {place} as kept where kept.day >= %(first)s and kept.day < %(end)s and kept.day = named.day "
        "and kept.{kind} = named.{kind} and kept.{id} = named.{id})"
    )
    row = run("select count(*) from pg_temp.frame_named").fetchone()
    assert row is not None
    return row[0]


def _asked(days: DateRange, run_id: str) -> dict[str, Any]:
    return {"first": days.first_day, "end": days.end, "run": run_id}


def _object(naming: Naming) -> sql.Composable:
    """Somebody, as a row has them."""
    if naming.nested is not None:
        return sql.Identifier(naming.nested)
    pairs = (sql.SQL("{}, {}").format(sql.Literal(name), sql.Identifier(name)) for name in naming.columns)
    return sql.SQL("jsonb_build_object({})").format(sql.SQL(", ").join(pairs))


def _rows(store: Store, naming: Naming) -> sql.Composed:
    """The rows of the days asked for that this run wrote, and that name somebody."""
    return sql.SQL(
        "from {} as held where day >= %(first)s and day < %(end)s and {} is not null and exists (select from {} as written "
        "where written.table_name = {} and written.day = held.day and written.written_by = %(run)s)"
    ).format(
        sql.Identifier(store.schema, naming.table),
        _object(naming),
        catalog_days(store.schema),
        sql.Literal(naming.table),
    )
