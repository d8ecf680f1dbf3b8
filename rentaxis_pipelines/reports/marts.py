"""Runs the marts: each SELECT in ``dbt_like_sql/marts`` becomes a table in the company's own schema, in dependency order.

The schema is ``reports_`` plus the realm. The files call it ``reports``; code reading the tables uses a connection whose search path is
the company's reports (``ledger.database.looking_in``; a run's own connection has it) and names no schema.

Here: running them, and the tests written beside them in ``tests.yml``. Not here: what they contain, and their
inputs (``inputs``).
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.rentaxis.folder import SQL
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError, SqlModels
from rentaxis_pipelines.reports.inputs import SCHEMA, own_schema
from rentaxis_pipelines.reports.mart_versions import MartVersions

MARTS_FOLDER = SQL / "marts"
TESTS_FILE = MARTS_FOLDER / "tests.yml"

# Until the end of the transaction. Postgres' default of 4 MB sends every sort and hash of a large company to disk; and the
# planner only needs rough statistics of the marts.
_SETTINGS = (
    "set local work_mem = '128MB'",
    "set local maintenance_work_mem = '256MB'",
    "set local default_statistics_target = 10",
)


def beginning(column: str) -> str:
    """The expression by which a mart's name is indexed: short enough, and compared byte by byte, which is fast."""
    return f'left({column}, 100) collate "C"'


# For the pages that show the marts fifty rows at a time. A mart is rebuilt as a whole, so each index costs its making every time:
# none stands here that no page needs. Names can be longer than Postgres can index (2,704 bytes), so only their beginnings are.
INDEXES: Mapping[str, Sequence[str]] = {
    "records": ("record",),
    "differences": ("record",),
    "cells": (f"{beginning('party')}, month",),
    "reconciliation": (
        "month, record_type",
        f"{beginning('party')}, month desc",
    ),
    "account_totals": ("month", "record_type"),
    "party_totals": (f"abs(difference) desc, differing desc, {beginning('party')}", beginning("party")),
    "blockers": ("month, at_stake desc, record",),
    "receivables": (beginning("party"),),
    "receivables_by_party": (
        f"abs(difference) desc, abs(rentaxis) desc, {beginning('party')}",
        beginning("party"),
    ),
    "undeposited": ("day, record",),
    "typed_deposits": ("amount desc, deposit, number",),
    "duplicates": ("total desc, record",),
    "not_pushed_records": ("kind, reason, amount desc, record",),
}


class Relation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every value occurs in ``column`` of ``to``: a model, or another table of the company's reports."""

    to: str
    column: str


class ColumnTests(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must be true of one column. Only ``not_null`` rejects nulls."""

    not_null: bool = False
    unique: bool = False
    accepted_values: list[str] | None = None
    relation: Relation | None = None


class ModelTests(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must be true of one model: its columns, the columns that identify a row, and other conditions."""

    grain: Annotated[list[str], msgspec.Meta(min_length=1)]
    columns: dict[str, ColumnTests] = {}
    conditions: dict[str, str] = {}  # a sentence: the SQL condition that every row meets


class TestFailure(msgspec.Struct, frozen=True):
    """One test that failed; ``sentence`` describes it."""

    __test__ = False  # not a pytest test class

    model: str
    test: str
    rows: int

    @property
    def sentence(self) -> str:
        return f"{self.model}: the test '{self.test}' fails for {self.rows} rows."


@functools.cache
def mart_models(schema: str = SCHEMA) -> SqlModels:
    """The models of ``dbt_like_sql/marts``, kept in that schema. Raises SqlModelError if one cannot be used."""
    return SqlModels(MARTS_FOLDER, parameters={}, kept_in=schema, schemas={SCHEMA: schema})


def run_marts(
    connection: sa.Connection, select: Iterable[str] = (), versions: MartVersions | None = None
) -> list[str]:
    """Rebuild the chosen marts (all if none is chosen; ``+name`` includes what it depends on); returns what was run.

    With ``versions``, a mart that stands as it is stays where it is, and is only looked at from here; the connection looks then into
    another schema than the one where the marts of the last proof are.

    Runs in the caller's transaction, and keeps readers of these tables out until it ends (those of ``aside`` are read by nobody).
    Raises SqlModelError if the connection's search path is not a company's reports.
    """
    models = mart_models(own_schema(connection))
    names = models.chosen(select)
    for setting in _SETTINGS:
        execute(connection, setting)
    for name in names:
        table, model = f"{models.kept_in}.{name}", models.models[name]
        version = versions.version(model, INDEXES.get(name, ())) if versions else None
        if versions and version and versions.stands(name, version):
            execute(connection, f"create view {table} as select * from {versions.own}.{name}")  # noqa: S608 - our own names
            continue
        # Nobody changes a mart; the database would look through each of them anew a minute later.
        execute(connection, f"drop table if exists {table} cascade")
        execute(connection, f"create table {table} with (autovacuum_enabled = off) as {model.sql}")
        if version:
            execute(connection, f"comment on table {table} is '{version}'")
        finish(connection, table, name)
    return list(names)


def finish(connection: sa.Connection, table: str, name: str) -> None:
    """Make the indexes of the mart of that name, now that ``table`` has its rows, and let the planner look at it."""
    for columns in INDEXES.get(name, ()):
        execute(connection, f"create index on {table} ({columns})")
    execute(connection, f"analyze {table}")


def mart_tests() -> Mapping[str, ModelTests]:
    """The tests by model. Raises SqlModelError if the file cannot be read or names an unknown model."""
    try:
        tests = msgspec.yaml.decode(TESTS_FILE.read_bytes(), type=dict[str, ModelTests])
    except (msgspec.MsgspecError, OSError) as error:
        raise SqlModelError(f"{TESTS_FILE} cannot be read: {error}") from error
    for name in tests:
        if name not in mart_models().models:
            raise SqlModelError(f"{TESTS_FILE} tests '{name}', and there is no {name}.sql.")
    return tests


def run_tests(connection: sa.Connection, tests: Mapping[str, ModelTests] | None = None) -> list[TestFailure]:
    """Run the tests on the tables as they are; returns those that fail."""
    failures: list[TestFailure] = []
    for model, about in (tests if tests is not None else mart_tests()).items():
        for test, statement in _statements(model, about):
            rows = connection.execute(statement).scalar_one()
            if rows:
                failures.append(TestFailure(model, test, rows))
    return failures


def _statements(model: str, about: ModelTests) -> Iterable[tuple[str, sa.TextClause]]:
    yield f"one row for each {', '.join(about.grain)}", _repeated(model, about.grain)
    for column, tests in about.columns.items():
        if tests.not_null:
            yield f"{column} is not null", _counted(model, f"{column} is null")
        if tests.unique:
            yield f"{column} is unique", _repeated(model, [column])
        if tests.accepted_values is not None:
            accepted = ", ".join("'" + value.replace("'", "''") + "'" for value in tests.accepted_values)
            yield f"{column} has an accepted value", _counted(model, f"{column} not in ({accepted})")
        if tests.relation is not None:
            to = tests.relation.to
            condition = (
                f"{column} is not null and not exists (select from {to} as other where other.{tests.relation.column} = "
                f"model.{column})"
            )
            yield f"{column} occurs in {tests.relation.to}", _counted(model, condition)
    for sentence, condition in about.conditions.items():
        yield sentence, _counted(model, f"not coalesce({condition}, false)")


def _counted(model: str, condition: str) -> sa.TextClause:
    return sa.text(f"select count(*) from {model} as model where {condition}")  # noqa: S608 - from our own files


def _repeated(model: str, columns: list[str]) -> sa.TextClause:
    grouped = ", ".join(columns)
    return sa.text(
        f"select count(*) from (select from {model} group by {grouped} having count(*) > 1) as repeated"  # noqa: S608 - from our own files
    )


def rebuild(connection: sa.Connection, select: Iterable[str]) -> tuple[list[str], list[TestFailure]]:
    """Rebuild the chosen marts from what the last reconciliation read, and run their tests; returns what was run and what fails.

    For developing a mart; ``connection`` has the company's reports as its search path. Raises SqlModelError if a name is not a mart,
    or if nothing has been read yet.
    """
    if connection.execute(sa.text("select to_regclass('rentaxis_accounts')")).scalar_one() is None:
        raise SqlModelError("Nothing has been read yet. Run a full reconciliation first.")
    names = run_marts(connection, select)
    return names, run_tests(connection, {name: mart_tests()[name] for name in names if name in mart_tests()})


def rows_of(
    connection: sa.Connection,
    mart: str,
    *,
    where: str = "true",
    order_by: str = "1",
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Rows of a mart as dictionaries; ``where`` and ``order_by`` are our own constants."""
    statement = f"select * from {mart} where {where} order by {order_by} limit :limit"  # noqa: S608 - our own words
    return [dict(row) for row in execute(connection, statement, limit=limit).mappings()]
