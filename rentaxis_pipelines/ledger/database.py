"""Connections to the pipelines' own database, and bringing its tables up to date.

Here: how to reach Postgres and the errors that doing so raises. Not here: what the tables hold (``rows`` and its neighbours).

    LedgerError
    +-- LedgerUnreachable   no server, no such database, wrong credentials, connection lost, disk full
    +-- LedgerLocked        another process pushes to the same realm (raised by ``locks``)
    +-- PlanUnknown         the realm has no plan of that id (raised by ``plans``)
    +-- RunOfAnotherCompany the run's id belongs to another realm (raised by ``plans``)
"""

import functools
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

# One constant, so that two processes migrating at once wait for each other.
_MIGRATION_LOCK = 7_203_114
_OUT_OF_RESOURCES = "53"  # class of Postgres' error codes: disk full, out of memory, too many connections


class LedgerError(Exception):
    """Anything that keeps the ledger from doing its work; the text is for people."""


class LedgerUnreachable(LedgerError):
    """The pipelines' database does not answer."""


class LedgerLocked(LedgerError):
    """Somebody else holds the realm."""


class PlanUnknown(LedgerError):
    """The realm has no such plan."""


class RunOfAnotherCompany(LedgerError):
    """A run of that id has planned for another realm."""


@functools.cache
def engine(url: str) -> sa.Engine:
    """The pool for ``url`` (one a process). ``postgresql://`` means psycopg 3 here.

    A pooler in between must keep sessions: the realm's advisory lock lives in one.
    """
    parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
    return sa.create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 10})


def connect(url: str) -> sa.Connection:
    """An open connection. Raises LedgerUnreachable with the host and database, never the password."""
    try:
        return engine(url).connect()
    except OperationalError as error:
        parsed = sa.make_url(url)
        raise LedgerUnreachable(
            f"The pipelines' database {parsed.database!r} on {parsed.host or 'the local socket'} does not let us in. "
            f"Check PIPELINES_DATABASE_URL and that the server is up. Postgres says: {_first_line(error)}"
        ) from error


@contextmanager
def lost_connection_explained() -> Generator[None]:
    """Raises LedgerUnreachable, with what to do, where the ledger breaks or has no room inside the block."""
    try:
        yield
    except DBAPIError as error:
        if (getattr(error.orig, "sqlstate", None) or "").startswith(_OUT_OF_RESOURCES):
            raise LedgerUnreachable(
                "The pipelines' database has run out of disk space or memory, so nothing more was sent. Make room, then run again: the "
                f"next run first finds out what became of the records that were under way. Postgres says: {_first_line(error)}"
            ) from error
        if not error.connection_invalidated:
            raise
        raise LedgerUnreachable(
            "The connection to the pipelines' database was lost, so nothing more was sent. See that the server is up, then run "
            "again: the next run first finds out what became of the records that were under way."
        ) from error


@contextmanager
def looking_in(connection: sa.Connection, schema: str) -> Generator[None]:
    """Inside the block a name without a schema means a table of ``schema`` on this connection, whatever its transactions."""
    connection.execute(sa.text("select set_config('search_path', :schema, false)"), {"schema": schema})
    connection.commit()
    try:
        yield
    finally:
        with suppress(SQLAlchemyError):  # of a connection that broke in between, the session is gone
            connection.rollback()
            connection.execute(sa.text("reset search_path"))
            connection.commit()


def _first_line(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[-1].strip() if lines else "nothing"


def migrate(url: str) -> None:
    """Bring the ledger's tables up to date; safe to call at every start and from several processes at once."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with connect(url) as connection:
        connection.execute(sa.text("select pg_advisory_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        connection.execute(sa.text("create schema if not exists ledger"))
        connection.commit()
        try:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(sa.text("select pg_advisory_unlock(:lock)"), {"lock": _MIGRATION_LOCK})
            connection.commit()
