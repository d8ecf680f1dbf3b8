"""Ordinary roles of Postgres, made for one test: they may connect, and what the test grants them."""

import contextlib
import uuid
from collections.abc import Iterator

import psycopg
import sqlalchemy as sa


@contextlib.contextmanager
def ordinary_role(*databases: str) -> Iterator[str]:
    """The name of a role that may sign in and nothing else; in the end all it has in these databases goes with it."""
    name = f"ordinary_{uuid.uuid4().hex[:12]}"
    execute(databases[0], f"create role {name} login password 'ordinary-word'")
    try:
        yield name
    finally:
        for database in databases:
            execute(database, f"drop owned by {name} cascade")
        execute(databases[0], f"drop role {name}")


def as_role(database: str, role: str) -> str:
    """The database's address for the role."""
    changed = sa.make_url(database).set(username=role, password="ordinary-word")
    return changed.render_as_string(hide_password=False)


def execute(database: str, *statements: str) -> None:
    """As the owner of everything."""
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]
