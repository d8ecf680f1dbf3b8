"""The connection to the RentAxis database: read only, one consistent snapshot, errors a person can act on.

Here: the engine, the snapshot, and the translation of what Postgres says into the tree below, by SQLSTATE code.
Not here: what is asked of it (``extract``).

    SourceError                 anything that keeps RentAxis from being read; nothing was written
      SourceUnreachable         no server there, or the connection broke
      SourceAccessDenied        user, password, database name or rights
      SourceShapeChanged        a table or column is missing, or of another type than the staging SQL expects
      SourceTooSlow             the statement time-out ran out
      SourceInterrupted         the server gave up this read (a replica catching up); running again helps
      SourceOrganizationUnknown RENTAXIS_ORGANIZATION_ID names nobody
"""

import contextlib
from collections.abc import Iterator

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

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
    except ArgumentError:
        raise SourceError(
            "The address of the RentAxis database cannot be read. It looks like "
            "postgresql://user:password@host:5432/database, and is set in RENTAXIS_DATABASE_URL."
        ) from None  # the cause repeats the address, and with it the password
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise SourceError(
            f"The RentAxis database must be Postgres, and RENTAXIS_DATABASE_URL begins with {parsed.drivername}://."
        )
    return sa.create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "rentaxis_pipelines"},
    )


@contextlib.contextmanager
def snapshot(url: str, statement_seconds: int = STATEMENT_SECONDS) -> Iterator[sa.Connection]:
    """A connection in one READ ONLY, REPEATABLE READ transaction: all that is read through it is of one moment.

    The moment is that of entering. Instants come in UTC. Raises SourceError or one of its kinds, for what fails
    while connecting and for every database error inside the block.
    """
    engine = source_engine(url)
    try:
        connection = engine.connect()
    except DBAPIError as error:
        raise _connection_error(engine.url, error) from error
    with connection:
        try:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            # Local to the transaction, so that it holds behind a pooling proxy too. This first query takes the snapshot.
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


def _connection_error(url: sa.URL, error: DBAPIError) -> SourceError:
    """libpq gives no SQLSTATE for a failed start; whether the server asked for a password tells the two apart."""
    original = error.orig
    session = original.pgconn if isinstance(original, psycopg.Error) else None
    if session is not None and (session.used_password or session.needs_password):
        return SourceAccessDenied(
            f"The RentAxis database server at {_place(url)} answered and did not let user {url.username!r} into "
            f"database {url.database!r}. Check user, password and database name in RENTAXIS_DATABASE_URL."
        )
    return SourceUnreachable(
        f"The RentAxis database at {_place(url)} could not be reached. Check that it is running, that host and port "
        "in RENTAXIS_DATABASE_URL are right, and that it accepts connections from this machine."
    )


def _translated(url: sa.URL, error: DBAPIError) -> SourceError:
    original = error.orig
    state = (original.sqlstate if isinstance(original, psycopg.Error) else None) or ""
    said = (
        original.diag.message_primary if isinstance(original, psycopg.Error) else None
    ) or "no reason given"
    match state[:2], state:
        case _, "42501":
            return SourceAccessDenied(
                f"The RentAxis database user {url.username!r} may not read what it must ({said}). Grant it SELECT on "
                "the tables and USAGE on the schema; it needs no more than that."
            )
        case "28", _:
            return SourceAccessDenied(
                f"The RentAxis database at {_place(url)} refused user {url.username!r} ({said})."
            )
        case _, "42P01" | "42703" | "3F000" | "42883" | "42804" | "42846":
            return SourceShapeChanged(
                f"The RentAxis database does not have the tables the staging SQL reads ({said}). If RentAxis was "
                "upgraded, adapt the SELECTs in dbt_like_sql/staging; nothing was written."
            )
        case _, "57014":
            return SourceTooSlow(
                f"A query on the RentAxis database took too long and was stopped ({said}). Choose a shorter date "
                "range, or run it when the database is less busy."
            )
        case "40", _:
            return SourceInterrupted(f"The RentAxis database broke off the reading ({said}). Run it again.")
        case ("08" | "57" | "53" | "25", _) | (_, ""):
            return SourceUnreachable(
                f"The connection to the RentAxis database at {_place(url)} was lost ({said}). Run it again."
            )
        case _:
            return SourceError(f"The RentAxis database could not answer a query (SQLSTATE {state}: {said}).")


def _place(url: sa.URL) -> str:
    host = url.host or url.query.get("host") or "the local socket"
    return f"{host}:{url.port}" if url.port else str(host)
