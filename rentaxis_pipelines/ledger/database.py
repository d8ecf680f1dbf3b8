"""Connections to the pipelines' own database, and bringing its tables up to date.

Here: how to reach Postgres and the errors that doing so raises. Not here: what the tables hold (``rows`` and its neighbours).

    LedgerError
    +-- LedgerUnreachable   no server, no such database, wrong credentials, connection lost, disk full
    +-- LedgerLocked        another process pushes to the same realm (raised by ``locks``)
    +-- PlanUnknown         the realm has no plan of that id (raised by ``plans``)
    +-- RunOfAnotherCompany the run's id belongs to another realm (raised by ``plans``)
    +-- LedgerAccessDenied  the database's user may not do what the ledger needs, or the database is a read-only copy
    +-- LedgerNewer         a newer version of the program has changed the tables
    +-- TextRefused         a text that no text in Postgres can hold, such as an id with a zero byte

Any other error of the database is a fault of ours and stays what it is, with a text that holds no value (``database_errors``).
"""

import functools
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError

from rentaxis_pipelines.safety.database_errors import is_unkeepable, sqlstate_of, text_of, without_values

# One constant, so that two processes migrating at once wait for each other.
_MIGRATION_LOCK = 7_203_114
_SCHEMA = "ledger"
_MAY_NOT = ("42501", "25006")  # insufficient privilege; a read-only transaction or copy
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


class LedgerAccessDenied(LedgerError):
    """The database lets us in, but not do what the ledger needs."""


class LedgerNewer(LedgerError):
    """The tables were changed by a version of the program that this one does not know."""


class TextRefused(LedgerError):
    """A text holds what no text in Postgres can."""


@functools.cache
def engine(url: str) -> sa.Engine:
    """The pool for ``url`` (one a process). ``postgresql://`` means psycopg 3 here.

    A pooler in between must keep sessions: the realm's advisory lock lives in one. Raises LedgerError for an address that is none,
    and whoever uses the engine LedgerAccessDenied and TextRefused.
    """
    try:
        parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        raise LedgerError(
            "The address of the pipelines' database cannot be read. It looks like postgresql://user:password@host:5432/database, with "
            "%40 for an @ in the password, and is set in PIPELINES_DATABASE_URL."
        ) from None  # the cause repeats parts of the address, and with it of the password
    made = sa.create_engine(
        parsed, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 10}
    )
    event.listen(without_values(made), "handle_error", _explained)
    return made


def _explained(context: sa.ExceptionContext) -> None:
    """Raises the ledger's own error where the database's one has a meaning for people."""
    error = context.original_exception
    if is_unkeepable(error, context.parameters):
        raise TextRefused(
            "A text cannot be kept, because it holds a zero byte or half a character, which no text in Postgres can. Type the id, "
            "name or reason anew instead of copying it. Nothing of it was written."
        )
    if sqlstate_of(error) in _MAY_NOT and isinstance(error, psycopg.Error):
        user = context.engine.url.username if context.engine else None
        raise LedgerAccessDenied(
            f"The user {user!r} of the pipelines' database may not do what the ledger needs ({error.diag.message_primary}). It must be "
            "granted CREATE on the database, and own the schemas in it (ledger, and those of each company); a read-only copy will not do. "
            "Nothing was sent."
        )


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
    lines = text_of(error.orig).strip().splitlines() if error.orig else []
    return lines[-1].strip() if lines else "nothing"


def migrate(url: str) -> None:
    """Bring the ledger's tables up to date; safe to call at every start and from several processes at once.

    Raises LedgerUnreachable, LedgerAccessDenied where its user may not make them, LedgerNewer where they are ahead of this program.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with connect(url) as connection:
        connection.execute(sa.text("select pg_advisory_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        try:
            if not sa.inspect(connection).has_schema(
                _SCHEMA
            ):  # making one asks for rights, also where it is there
                connection.execute(sa.text(f"create schema if not exists {_SCHEMA}"))
            _refuse_newer(connection, ScriptDirectory.from_config(config))
            connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(sa.text("select pg_advisory_unlock(:lock)"), {"lock": _MIGRATION_LOCK})
            connection.commit()


def ledger_version(url: str) -> str:
    """The revision that the ledger's tables are at, once they are made. Raises LedgerUnreachable."""
    with connect(url) as connection:
        return connection.execute(sa.text("select version_num from ledger.ledger_version")).scalar_one()


def _refuse_newer(connection: sa.Connection, known: ScriptDirectory) -> None:
    """Raises LedgerNewer where the tables stand at a revision that this program does not have."""
    options = {"version_table": "ledger_version", "version_table_schema": _SCHEMA}
    heads = MigrationContext.configure(connection, opts=options).get_current_heads()
    ours = {script.revision for script in known.walk_revisions()}
    if unknown := sorted(set(heads) - ours):
        raise LedgerNewer(
            f"The ledger was brought up to date by a newer version of this program: its tables are at {', '.join(unknown)}, and this "
            f"version knows them up to {', '.join(known.get_heads())}. Nothing was done. Install the newer version again."
        )
