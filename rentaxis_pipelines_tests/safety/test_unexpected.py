"""Errors nobody foresaw keep their place and their kind, and lose whatever value they quote, their causes too."""

import decimal
import json
import logging
import traceback

import msgspec
import pandas as pd
import psycopg
import pyarrow as pa
import pydantic
import pytest
import requests
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.ledger.database import TextRefused, connect, engine
from rentaxis_pipelines.safety.database_errors import text_of
from rentaxis_pipelines.safety.unexpected import Unexpected, without_values
from rentaxis_pipelines.storage.frames import FrameRefused, StorageError, connected

NAME = "Zyxwell"


class _Person(pydantic.BaseModel):
    age: int


class _Kind(msgspec.Struct):
    kind: decimal.Decimal


def _nested() -> None:
    try:
        int(NAME)
    except ValueError as error:
        raise RuntimeError("the books could not be read") from error


def _during() -> None:
    try:
        int(NAME)
    finally:
        pa.scalar(NAME).cast(pa.decimal128(10, 2))


QUOTING = {
    "int": lambda: int(NAME),
    "float": lambda: float(NAME),
    "key": lambda: {}[NAME],
    "unpacking": lambda: dict([(NAME,)]),
    "pandas": lambda: pd.Series([NAME]).astype("float64"),
    "a type error of pandas": lambda: pd.Series([1], dtype="int64").__setitem__(0, NAME),
    "arrow": lambda: pa.scalar(NAME).cast(pa.decimal128(10, 2)),
    "pydantic": lambda: _Person.model_validate({"age": NAME}),
    "msgspec": lambda: msgspec.convert({"kind": NAME}, _Kind),
    "json": lambda: json.loads(f"[{NAME}"),
    "requests": lambda: requests.get(f"http://127.0.0.1:9/{NAME}?name={NAME}", timeout=1),
    "encoding": f"{NAME}\udc80".encode,
    "its cause": _nested,
    "what it came during": _during,
}


@pytest.mark.parametrize("case", QUOTING)
def test_no_value_is_left_in_the_text_of_an_error_or_of_what_caused_it(case):
    """As Dagster and Python print it: with every cause, and the trace that leads to the place."""
    with pytest.raises(Exception) as caught:
        QUOTING[case]()
    kind = type(caught.value).__name__
    shown = without_values(caught.value)
    printed = "".join(traceback.format_exception(shown))
    assert NAME not in printed.replace("NAME", "")
    assert kind in printed
    assert "test_unexpected.py" in printed


def test_what_we_and_python_say_of_code_is_kept():
    with pytest.raises(AttributeError) as missing:
        object().nowhere  # noqa: B018
    with pytest.raises(RuntimeError) as ours:
        _nested()
    assert str(without_values(missing.value)) == "'object' object has no attribute 'nowhere'"
    shown = without_values(ours.value)
    assert str(shown) == "the books could not be read"
    assert isinstance(shown.__cause__, Unexpected)
    with pytest.raises(OSError) as file:
        open("/nowhere/at/all")  # noqa: SIM115, PTH123
    assert str(without_values(file.value)) == "FileNotFoundError: No such file or directory: /nowhere/at/all"


def test_errors_that_are_each_others_cause_come_to_an_end():
    one, other = ValueError(NAME), KeyError(NAME)
    one.__cause__, other.__cause__ = other, one
    assert NAME not in "".join(traceback.format_exception(without_values(one)))


@given(st.text(alphabet="abcXYZ 0123456789.,=()'\"", min_size=6))
def test_any_text_that_could_not_be_read_is_left_out(text):
    try:
        decimal.Decimal(text)
        {}[text]
    except (ArithmeticError, KeyError) as error:
        assert text not in str(without_values(error))


ROW = "insert into people values (1, 'Zyxwell', 7654.31)"
BROKEN = {
    "twice": (f"{ROW}; {ROW}", "SQLSTATE 23505 (UniqueViolation), schema public, table people, constraint people_pkey"),
    "no value": (
        "insert into people values (2, null, 7654.31)",
        "SQLSTATE 23502 (NotNullViolation), schema public, table people, column name",
    ),
    "not allowed": (
        "insert into people values (3, 'Zyxwell', -7654.31)",
        "SQLSTATE 23514 (CheckViolation), schema public, table people, constraint owes",
    ),
    "cast": ("select 'Zyxwell'::numeric", "SQLSTATE 22P02 (InvalidTextRepresentation)"),
    "day": ("select '7654.31-Zyxwell'::date", "SQLSTATE 22007 (InvalidDatetimeFormat)"),
    "its own words": ("do $$ begin raise exception 'Zyxwell owes 7654.31'; end $$", "SQLSTATE P0001 (RaiseException)"),
    "no such table": ("select * from nowhere", 'SQLSTATE 42P01 (relation "nowhere" does not exist)'),
}  # fmt: skip
PEOPLE = "create table people (id int primary key, name text not null, owed numeric constraint owes check (owed > 0))"


@pytest.mark.parametrize("case", BROKEN)
def test_a_database_error_names_code_table_and_constraint_and_quotes_no_row(database, case):
    """Through SQLAlchemy and through psycopg; with the whole chain, and with what SQLAlchemy adds."""
    statement, said = BROKEN[case]
    with pytest.raises(sa.exc.DBAPIError) as caught, connect(database) as connection:
        connection.execute(sa.text(PEOPLE))
        connection.execute(sa.text(statement.split(";", maxsplit=1)[0] if case == "twice" else statement))
        connection.execute(sa.text(statement.split("; ")[-1]))
    engine(database).dispose()
    printed = "".join(traceback.format_exception(caught.value))
    assert said in str(caught.value.orig)
    assert said in printed
    for value in ("Zyxwell)", "(1)", "7654.31)", 'numeric: "Zyx', "owes 7654"):
        assert value not in printed.replace(statement, "").replace(ROW, "")
    with pytest.raises(psycopg.Error) as plain, connected(database) as connection:
        connection.execute(PEOPLE)
        connection.execute(statement)
    assert str(plain.value) == said == text_of(plain.value)


@pytest.mark.parametrize("text", ["INV-\x00", "INV-\udc80"])
def test_an_id_that_no_text_can_hold_is_one_sentence(database, text):
    with (
        pytest.raises(TextRefused, match="contains a zero byte or half a character"),
        connect(database) as connection,
    ):
        connection.execute(sa.text("select cast(:id as text)"), {"id": text})
    with pytest.raises(TextRefused), connect(database) as connection:
        connection.execute(sa.text("select cast(:kept as jsonb)"), {"kept": json.dumps({"id": "INV-\x00"})})
    engine(database).dispose()


def test_a_frame_whose_store_refuses_it_says_why_in_a_sentence(database):
    with pytest.raises(FrameRefused, match="zero byte"), connected(database) as connection:
        connection.execute("select %s::jsonb", ['"\\u0000"'])
    with pytest.raises(StorageError, match="read-only replica"), connected(database) as connection:
        connection.execute("set default_transaction_read_only = on")
        connection.execute("create schema staging")


def test_no_row_reaches_the_log_at_debug_level(database, caplog):
    """SQLAlchemy logs each row it fetches there; psycopg the errors it passes over."""
    for library in ("sqlalchemy", "psycopg"):
        caplog.set_level(logging.DEBUG, library)
    with connect(database) as connection:
        assert connection.execute(sa.text("select cast(:name as text)"), {"name": NAME}).scalar_one() == NAME
    engine(database).dispose()
    assert "select cast(" in caplog.text
    with (
        pytest.raises(psycopg.errors.InvalidTextRepresentation) as passed,
        psycopg.connect(database) as plain,
    ):
        plain.execute("select %s::numeric", [NAME])
    logging.getLogger("psycopg").warning("error ignored: %s", passed.value, exc_info=passed.value)
    assert "error ignored: SQLSTATE 22P02" in caplog.text
    assert NAME not in caplog.text
