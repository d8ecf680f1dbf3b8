"""Removing extracted rows that were written long ago. Afterwards their days are as if they had never been extracted: a run reads them anew."""

import datetime as dt
from typing import NamedTuple

import psycopg
from psycopg import sql

from rentaxis_pipelines.storage.tables import Store, catalog_days, catalog_tables, open_table


class PrunedFrames(NamedTuple):
    """Days of tables, and their rows."""

    days: int
    rows: int


def prune_frames(
    connection: psycopg.Connection, store: Store, before: dt.datetime, *, dry_run: bool
) -> PrunedFrames:
    """Remove the rows of every day that was last written before then, or with ``dry_run`` only count them.

    Table by table, each in a transaction of its own. Raises FramesOfAnotherCompany where the store is not this company's.
    """
    days = rows = 0
    for table in _tables(connection, store):
        with connection.transaction():
            open_table(connection, store, table)
            old = connection.execute(
                sql.SQL(
                    "select day, row_count from {} where table_name = %s and written_at < %s order by day for update"
                ).format(catalog_days(store.schema)),
                [table, before],
            ).fetchall()
            if old and not dry_run:
                chosen = [day for day, _ in old]
                place = sql.Identifier(store.schema, table)
                connection.execute(sql.SQL("delete from {} where day = any(%s)").format(place), [chosen])
                connection.execute(
                    sql.SQL("delete from {} where table_name = %s and day = any(%s)").format(
                        catalog_days(store.schema)
                    ),
                    [table, chosen],
                )
        days += len(old)
        rows += sum(count for _, count in old)
    return PrunedFrames(days, rows)


def _tables(connection: psycopg.Connection, store: Store) -> list[str]:
    place = catalog_tables(store.schema).as_string(connection)
    found = connection.execute("select to_regclass(%s) is not null", [place]).fetchone()
    if not found or not found[0]:
        return []
    query = sql.SQL("select table_name from {} order by table_name").format(catalog_tables(store.schema))
    return [row[0] for row in connection.execute(query)]
