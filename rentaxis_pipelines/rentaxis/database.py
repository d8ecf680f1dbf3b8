"""The connection to the RentAxis database: read-only, one consistent snapshot, errors a person can act on.

Here: the engine, the snapshot, and translating Postgres errors into the tree below, by SQLSTATE code. Not
here: the queries (``extract``).

    SourceError                   RentAxis could not be read; nothing was written
      SourceUnreachable           no server there, or the connection was lost
      SourceAccessDenied          user, password, database name or permissions
      SourceShapeChanged          a table or column is missing, or has a different type than the SQL expects
      SourceTooSlow               the statement timed out
      SourceInterrupted           the server canceled this read (a replica catching up); running again helps
      SourceOrganizationUnknown   RENTAXIS_ORGANIZATION_ID is not an organization
"""

import contextlib
from collections.abc import Iterator

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from rentaxis_pipelines.safety.database_errors import is_unstorable, text_of, without_values

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 300


class SourceError(Exception):
    """RentAxis could not be read; the message is a sentence for people and contains no password."""


class SourceUnreachable(SourceError):
    pass


class SourceAccessDenied(SourceError):
    pass


class SourceShapeChanged(SourceError):
    pass


class SourceTooSlow(SourceError):
    pass


class SourceInterrupted(SourceError):
    pass


class SourceOrganizationUnknown(SourceError):
    pass


def source_engine(url: str) -> sa.Engine:
    """An engine without a pool. ``url`` is a Postgres URL; we choose the driver (psycopg 3)."""
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise SourceError(
            "The address of the RentAxis database is not valid. It should look like "
            "postgresql://user:password@host:5432/database. It is set in RENTAXIS_DATABASE_URL."
        ) from None  # the cause quotes the address, including the password
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise SourceError(
            f"The RentAxis database must be Postgres, but RENTAXIS_DATABASE_URL begins with "
            f"{parsed.drivername}://."
        )
    engine = sa.create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "rentaxis_pipelines"},
    )
    return without_values(engine)


@contextlib.contextmanager
def snapshot(
    url: str, statement_seconds: int = STATEMENT_SECONDS, *, idles: bool = False
) -> Iterator[sa.Connection]:
    """A connection in one READ ONLY, REPEATABLE READ transaction: everything it reads is as of entry.

    Timestamps are in UTC. ``idles``: it is read from time and again while something else is done, however long that takes. Raises
    SourceError or a subclass if connecting fails, and for every database error inside the block.
    """
    engine = source_engine(url)
    try:
        connection = engine.connect()
    except DBAPIError as error:
        raise _connection_error(engine.url, error) from error
    with connection, source_errors(connection):
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # Local to the transaction, so that it also works behind a connection pooler. The first query of a
        # transaction takes its snapshot: this one.
        idle = "0" if idles else f"{statement_seconds}s"
        connection.execute(
            sa.select(
                sa.func.set_config("statement_timeout", f"{statement_seconds}s", True),
                sa.func.set_config("idle_in_transaction_session_timeout", idle, True),
                sa.func.set_config("TimeZone", "UTC", True),
                sa.func.set_config("jit", "off", True),  # compiling takes longer than these queries
                sa.func.set_config("cursor_tuple_fraction", "1.0", True),  # what is streamed is read whole
            )
        )
        yield connection


@contextlib.contextmanager
def source_errors(connection: sa.Connection) -> Iterator[None]:
    """Raises SourceError or a subclass for every error of that database inside the block."""
    try:
        yield
    except DBAPIError as error:
        raise _translated(connection.engine.url, error) from error
    except UnicodeEncodeError:
        raise SourceError(_BAD_ID_TEXT) from None


def _connection_error(url: sa.URL, error: DBAPIError) -> SourceError:
    """Before a session exists there is no SQLSTATE; whether a password was requested distinguishes the two cases."""
    original = error.orig
    session = original.pgconn if isinstance(original, psycopg.Error) else None
    if session is not None and (session.used_password or session.needs_password):
        return SourceAccessDenied(
            f"The RentAxis database server at {_place(url)} responded but refused user {url.username!r} "
            f"access to database {url.database!r}. Check user, password and database name in "
            "RENTAXIS_DATABASE_URL."
        )
    return SourceUnreachable(
        f"The RentAxis database at {_place(url)} could not be reached. Check that it is running, that host "
        "and port in RENTAXIS_DATABASE_URL are right, and that it accepts connections from this machine."
    )


_NO_PERMISSION = (
    SourceAccessDenied,
    "The RentAxis database user {user!r} may not read what it needs to ({detail}). Grant it USAGE on the schema "
    "and SELECT on the tables; it needs nothing else.",
)
_SHAPE = (
    SourceShapeChanged,
    "The RentAxis database does not have what the staging SQL reads ({detail}). If RentAxis was upgraded, "
    "adapt the SELECTs of the staging models. Nothing was written.",
)
_SQL_ERROR = (
    SourceShapeChanged,
    "The staging SQL cannot be run as written ({detail}). Nothing was written.",
)
_LOST = (
    SourceUnreachable,
    "The connection to the RentAxis database at {place} was lost ({detail}). Run it again.",
)
_VALUE = (
    SourceShapeChanged,
    "The RentAxis database has a value that the staging SQL reads as a different type ({detail}). Adapt the casts "
    "in dbt_like_sql/staging, or correct the value in RentAxis. Nothing was written.",
)
_BAD_ID_TEXT = (
    "An id contains a zero byte or half a character, which no RentAxis id does. Type it again instead of copying "
    "it. Nothing was written."
)
# By SQLSTATE, or by its class (the first two characters); PostgreSQL manual, appendix A.
_MEANINGS: dict[str, tuple[type[SourceError], str]] = {
    "42501": _NO_PERMISSION,
    "28": _NO_PERMISSION,
    "42P01": _SHAPE,  # undefined table
    "42703": _SHAPE,  # undefined column
    "42883": _SHAPE,  # undefined function: no such comparison for the column's type
    "42804": _SHAPE,  # datatype mismatch
    "42846": _SHAPE,  # cannot cast
    "42": _SQL_ERROR,  # syntax, and whatever else the manual counts as a language violation
    "3F000": _SHAPE,  # undefined schema
    "22": _VALUE,  # the driver's text quotes the value, so it is left out
    "57014": (
        SourceTooSlow,
        "A query on the RentAxis database took too long and was stopped ({detail}). Choose a shorter date "
        "range, or run it when the database is less busy.",
    ),
    "40": (SourceInterrupted, "The RentAxis database canceled the read ({detail}). Run it again."),
    "08": _LOST,
    "25": _LOST,  # idle in transaction for too long
    "53": _LOST,  # out of connections, memory, disk
    "57": _LOST,  # shut down
    "": _LOST,  # the server stopped responding
}


def _translated(url: sa.URL, error: DBAPIError) -> SourceError:
    original = error.orig
    if is_unstorable(original, error.params):
        return SourceError(_BAD_ID_TEXT)
    state, detail = "", "no reason given"
    if isinstance(original, psycopg.Error):
        state = original.sqlstate or ""
        detail = text_of(original) if state else detail
    if error.detail:  # the staging file, if known
        detail = f"{detail}, in {', '.join(error.detail)}"
    unknown = (SourceError, "The RentAxis database could not answer a query ({detail}).")
    kind, sentence = _MEANINGS.get(state) or _MEANINGS.get(state[:2]) or unknown
    words = {"user": url.username, "place": _place(url), "detail": detail}
    return kind(sentence.format(**words))


def _place(url: sa.URL) -> str:
    host = url.host or url.query.get("host") or "the local socket"
    return f"{host}:{url.port}" if url.port else str(host)
