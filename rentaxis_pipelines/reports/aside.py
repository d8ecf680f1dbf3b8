"""Makes the tables of a proof beside those of the last one, and puts them in its place at the end, all at once.

Rebuilding a table where it stands locks its readers out until the transaction ends, which for a million records takes minutes: a page
would hang for as long as the books are being proved. Here: where the tables are made and how they change places. Not here: what is
made (``inputs``, ``marts``).
"""

from collections.abc import Collection, Generator
from contextlib import contextmanager

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.reports.inputs import own_schema
from rentaxis_pipelines.sync.companies import NEXT_REPORTS


@contextmanager
def made_aside(connection: sa.Connection, shared: Collection[str]) -> Generator[None]:
    """Inside the block the company's reports are a new schema, in the caller's transaction; afterwards its tables replace those of the
    same name. ``shared``: tables of the company's reports that are read inside and stay where they are, as do those of which a view is
    made inside.

    Nothing is left behind if the block raises and the caller rolls back. Waits at its end for readers of the tables it replaces.
    """
    own = own_schema(connection)
    aside = f"{own}{NEXT_REPORTS}"
    # It stands empty where rentaxis-sync migrate made it, for a database user that may make none; then it stays.
    stays = execute(connection, "select to_regnamespace(:aside) is not null", aside=aside).scalar_one()
    if not stays:
        execute(connection, f'create schema "{aside}"')
    for name in shared:
        execute(connection, f'create view "{aside}"."{name}" as select * from "{own}"."{name}"')  # noqa: S608 - our own names
    execute(connection, f'set local search_path to "{aside}"')
    yield
    _put_in_place(connection, own, aside)
    looked_at = "select viewname from pg_views where schemaname = :aside"
    for name in execute(connection, looked_at, aside=aside).scalars().all():
        execute(connection, f'drop view "{aside}"."{name}"')
    if not stays:
        execute(connection, f'drop schema "{aside}" cascade')
    execute(connection, f'set local search_path to "{own}"')


def _put_in_place(connection: sa.Connection, own: str, aside: str) -> None:
    statement = "select tablename from pg_tables where schemaname = :aside order by tablename"
    tables = execute(connection, statement, aside=aside).scalars().all()
    for name in tables:
        execute(connection, f'drop table if exists "{own}"."{name}" cascade')
    for name in tables:
        execute(connection, f'alter table "{aside}"."{name}" set schema "{own}"')
