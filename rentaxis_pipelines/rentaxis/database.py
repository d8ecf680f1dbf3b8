"""The connection to the RentAxis database: read only, one consistent snapshot, errors a person can act on.

Here: the engine, the snapshot, and what Postgres says put into the tree below, by SQLSTATE code. Not here:
what is asked of it (``extract``).

    SourceError                   anything that keeps RentAxis from being read; nothing was written
      SourceUnreachable           no server there, or the connection broke
      SourceAccessDenied          user, password, database name or rights
      SourceShapeChanged          a table or column is missing, or of another type than the SQL expects
      SourceTooSlow               the statement time-out ran out
      SourceInterrupted           the server gave up this read (a replica catching up); running again helps
      SourceOrganizationUnknown   RENTAXIS_ORGANIZATION_ID names nobody
"""

import contextlib
from collections.abc import Iterator

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from rentaxis_pipelines.safety.database_errors import is_unkeepable, text_of, without_values

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 300


class SourceError(Exception):
    """RentAxis could not be read; the message is a sentence for people and holds no password."""


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
    """An engine without a pool. ``url`` is a Postgres URL; the driver in it is ours to choose (psycopg 3)."""
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise SourceError(
            "The address of the RentAxis database cannot be read. It looks like "
            "postgresql://user:password@host:5432/database, and is set in RENTAXIS_DATABASE_URL."
        ) from None  # the cause repeats the address, and with it the password
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise SourceError(
            f"The RentAxis database must be Postgres, and RENTAXIS_DATABASE_URL begins with "
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
def snapshot(url: str, statement_seconds: int = STATEMENT_SECONDS) -> Iterator[sa.Connection]:
    """A connection in one READ ONLY, REPEATABLE READ transaction: all it reads is of the moment of entering.

    Instants come in UTC. Raises SourceError or one of its kinds, for what fails while connecting and for
    every database error inside the block.
    """
    engine = source_engine(url)
    try:
        connection = engine.connect()
    except DBAPIError as error:
        raise _connection_error(engine.url, error) from error
    with connection:
        try:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            # Local to the transaction, so that it holds behind a pooling proxy too. The first query of a
            # transaction is what takes its snapshot: this one.
            connection.execute(
                sa.select(
                    sa.func.set_config("statement_timeout", f"{statement_seconds}s", True),
                    sa.func.set_config("idle_in_transaction_session_timeout", f"{statement_seconds}s", True),
                    sa.func.set_config("TimeZone", "UTC", True),
                    sa.func.set_config("jit", "off", True),  # compiling costs more than these queries take
                )
            )
            yield connection
        except DBAPIError as error:
            raise _translated(engine.url, error) from error
        except UnicodeEncodeError:
            raise SourceError(_NO_TEXT) from None


def _connection_error(url: sa.URL, error: DBAPIError) -> SourceError:
    """Before a session stands there is no SQLSTATE; whether a password was asked for tells the two apart."""
    original = error.orig
    session = original.pgconn if isinstance(original, psycopg.Error) else None
    if session is not None and (session.used_password or session.needs_password):
        return SourceAccessDenied(
            f"The RentAxis database server at {_place(url)} answered and did not let user {url.username!r} "
            f"into database {url.database!r}. Check user, password and database name in "
            "RENTAXIS_DATABASE_URL."
        )
    return SourceUnreachable(
        f"The RentAxis database at {_place(url)} could not be reached. Check that it is running, that host "
        "and port in RENTAXIS_DATABASE_URL are right, and that it accepts connections from this machine."
    )


_NO_RIGHT = (
    SourceAccessDenied,
    "The RentAxis database user {user!r} may not read what it must ({said}). Grant it USAGE on the schema "
    "and SELECT on the tables; it needs no more than that.",
)
_SHAPE = (
    SourceShapeChanged,
    "The RentAxis database does not have what the staging SQL reads ({said}). If RentAxis was upgraded, "
    "adapt the SELECTs of the staging models. Nothing was written.",
)
_WRITTEN = (
    SourceShapeChanged,
    "The staging SQL cannot be run as it is written ({said}). Nothing was written.",
)
_LOST = (
    SourceUnreachable,
    "The connection to the RentAxis database at {place} was lost ({said}). Run it again.",
)
_VALUE = (
    SourceShapeChanged,
    "The RentAxis database holds a value of another kind than the staging SQL reads it as ({said}). Adapt the casts "
    "in dbt_like_sql/staging, or correct the value in RentAxis. Nothing was written.",
)
_NO_TEXT = (
    "An id holds a zero byte or half a character, which no id in RentAxis does. Type it anew instead of copying "
    "it. Nothing was written."
)
# By SQLSTATE, or by its class (the first two characters); PostgreSQL manual, appendix A.
_MEANINGS: dict[str, tuple[type[SourceError], str]] = {
    "42501": _NO_RIGHT,
    "28": _NO_RIGHT,
    "42P01": _SHAPE,  # undefined table
    "42703": _SHAPE,  # undefined column
    "42883": _SHAPE,  # undefined function: a column of a type the comparison does not exist for
    "42804": _SHAPE,  # datatype mismatch
    "42846": _SHAPE,  # cannot cast
    "42": _WRITTEN,  # syntax, and what else the manual counts as a violation of the language
    "3F000": _SHAPE,  # undefined schema
    "22": _VALUE,  # the driver's words quote the value, so they are left out
    "57014": (
        SourceTooSlow,
        "A query on the RentAxis database took too long and was stopped ({said}). Choose a shorter date "
        "range, or run it when the database is less busy.",
    ),
    "40": (SourceInterrupted, "The RentAxis database broke off the reading ({said}). Run it again."),
    "08": _LOST,
    "25": _LOST,  # idle in transaction for too long
    "53": _LOST,  # out of connections, memory, disk
    "57": _LOST,  # shut down
    "": _LOST,  # the server said nothing any more
}


def _translated(url: sa.URL, error: DBAPIError) -> SourceError:
    original = error.orig
    if is_unkeepable(original, error.params):
        return SourceError(_NO_TEXT)
    state, said = "", "no reason given"
    if isinstance(original, psycopg.Error):
        state = original.sqlstate or ""
        said = text_of(original) if state else said
    if error.detail:  # the staging file, where it is known
        said = f"{said}, in {', '.join(error.detail)}"
    unknown = (SourceError, "The RentAxis database could not answer a query ({said}).")
    kind, sentence = _MEANINGS.get(state) or _MEANINGS.get(state[:2]) or unknown
    words = {"user": url.username, "place": _place(url), "said": said}
    return kind(sentence.format(**words))


def _place(url: sa.URL) -> str:
    host = url.host or url.query.get("host") or "the local socket"
    return f"{host}:{url.port}" if url.port else str(host)
