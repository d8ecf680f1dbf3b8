"""Connections to the pipelines' own database, and bringing its tables up to date.

Here: connecting to Postgres, and the errors this raises. Not here: the contents of the tables (the other modules).

    LedgerError
    +-- LedgerUnreachable   no server, no such database, wrong credentials, connection lost, disk full
    +-- LedgerLocked        another process is pushing to the same realm (raised by ``locks``)
    +-- PlanUnknown         the realm has no plan with that id (raised by ``plans``)
    +-- RunOfAnotherCompany the run's id belongs to another realm (raised by ``plans``)
    +-- LedgerAccessDenied  the database user lacks permissions the ledger needs, or the database is read-only
    +-- LedgerMovedAway     the company's part of it was taken to another database
    +-- LedgerNewer         a newer version of the program has changed the tables
    +-- TextRefused         text that Postgres cannot store, such as an id with a zero byte

Any other database error is a bug and is passed on, with its text free of values (``database_errors``).
"""

import functools
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.safety.database_errors import is_unstorable, sqlstate_of, text_of, without_values

# One constant, so that two processes migrating at once wait for each other.
_MIGRATION_LOCK = 7_203_114
_SCHEMA = "ledger"
_MIGRATIONS = Path(__file__).with_name("migrations")
_MAY_NOT = ("42501", "25006")  # insufficient privilege; a read-only transaction or copy
_MOVED_AWAY = "RX001"  # raised by a trigger: ledger.refuse_moved_away
_OUT_OF_RESOURCES = "53"  # class of Postgres' error codes: disk full, out of memory, too many connections


class LedgerError(Exception):
    """The ledger cannot be used; the text is for people."""


class LedgerUnreachable(LedgerError):
    """The pipelines database cannot be reached."""


class LedgerLocked(LedgerError):
    """Another process holds the realm's lock."""


class PlanUnknown(LedgerError):
    """The realm has no such plan."""


class RunOfAnotherCompany(LedgerError):
    """A run with that id has planned for another realm."""


class LedgerAccessDenied(LedgerError):
    """The connection was accepted, but without permissions the ledger needs."""


class LedgerMovedAway(LedgerError):
    """The company's part of the ledger was taken to another database."""


class LedgerNewer(LedgerError):
    """The tables were changed by a newer version of the program."""


class TextRefused(LedgerError):
    """Text that Postgres cannot store."""


@functools.cache
def engine(url: str) -> sa.Engine:
    """The pool for ``url`` (one per process). ``postgresql://`` means psycopg 3 here.

    A connection pooler in between must use session mode: the realm's advisory lock belongs to a session. Raises LedgerError for an
    invalid address; using the engine raises LedgerAccessDenied and TextRefused.
    """
    try:
        parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        raise LedgerError(
            "The address of the pipelines database is not valid. It should look like postgresql://user:password@host:5432/database, with "
            "%40 for an @ in the password. It is set in PIPELINES_DATABASE_URL."
        ) from None  # the cause quotes parts of the address, including the password
    pool = sa.create_engine(
        parsed, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 10}
    )
    event.listen(pool, "connect", _plan_every_time)
    event.listen(without_values(pool), "handle_error", _explained)
    return pool


def _plan_every_time(connection: Any, _record: object) -> None:
    """Each question is planned for the tables as they are: a plan that Postgres made of empty ones, and kept, would read all that a push has
    filled them with since, once for every batch. (Not an option of the connection's address: connection poolers refuse those.)
    """
    connection.execute("set plan_cache_mode = force_custom_plan")
    connection.commit()


def _explained(context: sa.ExceptionContext) -> None:
    """Raises the ledger's own error if the database error has a meaning for people."""
    error = context.original_exception
    if is_unstorable(error, context.parameters):
        raise TextRefused(
            "A text cannot be stored, because it contains a zero byte or half a character. Type the id, name or reason again "
            "instead of copying it. Nothing was written."
        )
    if sqlstate_of(error) == _MOVED_AWAY:
        raise LedgerMovedAway(
            "This company has just left this pipelines database for another one. Nothing more was written or sent. Set "
            "PIPELINES_DATABASE_URL to the database that it was imported into."
        )
    if sqlstate_of(error) in _MAY_NOT and isinstance(error, psycopg.Error):
        user = context.engine.url.username if context.engine else None
        raise LedgerAccessDenied(
            f"The pipelines database user {user!r} lacks permissions the ledger needs ({error.diag.message_primary}). Run "
            "rentaxis-sync migrate with a user that may change tables (PIPELINES_MIGRATION_URL); or this one must be granted CREATE on the "
            "database, and own the schemas in it (ledger, and those of each company). The database must not be read-only. Nothing was sent."
        )


def connect(url: str) -> sa.Connection:
    """An open connection. Raises LedgerUnreachable with the host and database, never the password."""
    try:
        return engine(url).connect()
    except OperationalError as error:
        parsed = sa.make_url(url)
        raise LedgerUnreachable(
            f"The pipelines database {parsed.database!r} on {parsed.host or 'the local socket'} cannot be reached or refused the connection. "
            f"Check PIPELINES_DATABASE_URL and that the server is up. Postgres says: {_first_line(error)}"
        ) from error


@contextmanager
def lost_connection_explained() -> Generator[None]:
    """Raises LedgerUnreachable, with what to do, if the connection is lost or the database is full inside the block."""
    try:
        yield
    except DBAPIError as error:
        if (getattr(error.orig, "sqlstate", None) or "").startswith(_OUT_OF_RESOURCES):
            raise LedgerUnreachable(
                "The pipelines database has run out of disk space or memory, so nothing more was sent. Free up space, then run again: the "
                f"next run first checks what happened to the records that were being sent. Postgres says: {_first_line(error)}"
            ) from error
        if not error.connection_invalidated:
            raise
        raise LedgerUnreachable(
            "The connection to the pipelines database was lost, so nothing more was sent. Make sure the server is up, then run "
            "again: the next run first checks what happened to the records that were being sent."
        ) from error


@contextmanager
def looking_in(connection: sa.Connection, schema: str) -> Generator[None]:
    """Inside the block, ``schema`` is the connection's search path, across transactions."""
    execute(connection, "select set_config('search_path', :schema, false)", schema=schema)
    connection.commit()
    try:
        yield
    finally:
        with suppress(SQLAlchemyError):  # if the connection was lost in between, the session is gone
            connection.rollback()
            execute(connection, "reset search_path")
            connection.commit()


def _first_line(error: DBAPIError) -> str:
    lines = text_of(error.orig).strip().splitlines() if error.orig else []
    return lines[-1].strip() if lines else "nothing"


def migrate(url: str) -> None:
    """Bring the ledger's tables up to date; safe to call at every start and from several processes at once.

    Where nothing is to do, that is one read, and needs no rights but to read the tables. Otherwise the database user must be allowed to
    create and change them. Raises LedgerUnreachable, LedgerAccessDenied if it is not, LedgerNewer if they are newer than this program.
    """
    with connect(url) as connection:
        version = ledger_version_on(connection)
        connection.rollback()
        if version == newest_version():
            return
        refuse_newer(version)
        try:
            _upgrade(connection)
        except LedgerAccessDenied as error:
            raise LedgerAccessDenied(
                f"The ledger's tables are {f'at {version}' if version else 'not there yet'}, and this version of the program needs them at "
                f"{newest_version()}. {error}"
            ) from error


def _upgrade(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    execute(connection, "select pg_advisory_lock(:lock)", lock=_MIGRATION_LOCK)
    try:
        # Creating a schema requires permissions even if it exists.
        if not sa.inspect(connection).has_schema(_SCHEMA):
            execute(connection, f"create schema if not exists {_SCHEMA}")
        refuse_newer(ledger_version_on(connection))  # another process may have upgraded it meanwhile
        connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    finally:
        connection.rollback()
        execute(connection, "select pg_advisory_unlock(:lock)", lock=_MIGRATION_LOCK)
        connection.commit()


def ledger_version(url: str) -> str:
    """The revision of the ledger's existing tables. Raises LedgerUnreachable."""
    with connect(url) as connection:
        return execute(connection, "select version_num from ledger.ledger_version").scalar_one()


def ledger_version_on(connection: sa.Connection) -> str | None:
    """The revision of the ledger's tables; None where there are none yet. Reads only."""
    if execute(connection, "select to_regclass('ledger.ledger_version') is null").scalar_one():
        return None
    return execute(connection, "select version_num from ledger.ledger_version").scalar_one_or_none()


def newest_version() -> str:
    """The revision of the ledger's tables that this program needs."""
    return _versions()[0]


@functools.cache
def _versions() -> tuple[str, ...]:
    """Every revision this program knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions())


def refuse_newer(version: str | None) -> None:
    """Raises LedgerNewer if the tables are at a revision that this program does not have."""
    if version is not None and version not in _versions():
        raise LedgerNewer(
            f"The ledger was upgraded by a newer version of this program: its tables are at {version}, but this "
            f"version only supports up to {newest_version()}. Nothing was done. Install the newer version again."
        )
