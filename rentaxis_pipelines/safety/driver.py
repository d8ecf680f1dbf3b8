"""psycopg's own connection under SQLAlchemy's, for what SQLAlchemy has no words for: COPY, pipelines. Imports no other package of ours.

Not here: what a database error may say (``database_errors``).
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from rentaxis_pipelines.safety.database_errors import leave_values_out


def driver(connection: sa.Connection) -> psycopg.Connection[Any]:
    """The driver's own connection, in the same transaction."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


@contextmanager
def driver_errors(connection: sa.Connection, statement: str) -> Generator[None]:
    """An error of the driver comes out as SQLAlchemy's own, as from any other statement, without any value from a row."""
    try:
        yield
    except psycopg.Error as error:
        leave_values_out(error)
        lost = driver(connection).closed
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            dialect=connection.dialect,
            connection_invalidated=lost,
        ) from error
