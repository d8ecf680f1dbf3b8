"""Statements that are sent together: all of them are carried out in order, what is read in between sees them, and no error is lost."""

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.sql import execute, together, write

ADD = "insert into pg_temp.kept (number) values (:number)"


@pytest.fixture
def connection(ledger_database: str) -> Iterator[sa.Connection]:
    with connect(ledger_database) as opened:
        execute(opened, "create temp table kept (number int primary key)")
        opened.commit()
        yield opened


def kept(connection: sa.Connection) -> list[int]:
    return list(execute(connection, "select number from pg_temp.kept order by number").scalars())


def test_what_is_read_in_between_sees_all_that_was_written_before(connection: sa.Connection) -> None:
    with together(connection):
        for number in range(20):
            write(connection, ADD, number=number)
            assert kept(connection) == list(range(number + 1))
        with together(connection):
            write(connection, ADD, number=20)
    assert kept(connection) == list(range(21))
    connection.rollback()
    assert kept(connection) == []


def test_a_refused_statement_is_raised_as_from_any_other_without_a_value(connection: sa.Connection) -> None:
    """At the latest at the end of the block; the transaction can only be rolled back then, and the connection is as good as before."""
    with pytest.raises(IntegrityError) as refused, together(connection):
        for number in (7001, 7001, 7002):
            write(connection, ADD, number=number)
    assert "7001" not in str(refused.value)
    with pytest.raises(DBAPIError):
        kept(connection)
    connection.rollback()
    assert kept(connection) == []
    with together(connection):
        write(connection, ADD, number=1)
    connection.commit()
    assert kept(connection) == [1]


def test_a_refused_statement_is_raised_by_what_is_read_after_it(connection: sa.Connection) -> None:
    with together(connection):
        write(connection, ADD, number=1)
        write(connection, ADD, number=1)
        with pytest.raises(IntegrityError):
            kept(connection)
    connection.rollback()
    assert kept(connection) == []


def test_an_error_of_the_caller_goes_through(connection: sa.Connection) -> None:
    with pytest.raises(ZeroDivisionError), together(connection):
        write(connection, ADD, number=1)
        _ = 1 / 0
    connection.rollback()
    assert kept(connection) == []


def test_a_connection_that_is_lost_meanwhile_is_said_to_be(
    connection: sa.Connection, ledger_database: str
) -> None:
    session = execute(connection, "select pg_backend_pid()").scalar_one()
    connection.commit()
    with pytest.raises(OperationalError) as lost, together(connection):
        write(connection, ADD, number=1)
        with psycopg.connect(ledger_database.replace("+psycopg", ""), autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s, 5000)", [session])
        write(connection, ADD, number=2)
    assert lost.value.connection_invalidated
