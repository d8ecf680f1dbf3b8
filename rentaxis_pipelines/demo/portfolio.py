"""The demo RentAxis database: a fictitious portfolio of any size, always the same for the same seed.

Here: combining the parts and loading them. The parts: ``town`` (properties and people), ``billing`` and ``spending`` (ordinary months),
``cases`` (special cases, each with a label), ``second_organization``, ``small_companies``.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

from rentaxis_pipelines.demo import postgres
from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.billing import bill_and_collect
from rentaxis_pipelines.demo.cases import HOMES, write_cases
from rentaxis_pipelines.demo.papers import keep_papers
from rentaxis_pipelines.demo.records import AllRows, Calendar, add_months
from rentaxis_pipelines.demo.second_organization import found_second_organization
from rentaxis_pipelines.demo.settle import settle
from rentaxis_pipelines.demo.small_companies import SmallCompany, found_small_organization, small_companies
from rentaxis_pipelines.demo.spending import spend_and_keep_books
from rentaxis_pipelines.demo.town import found_town
from rentaxis_pipelines.rentaxis.folder import SQL

SCHEMA = SQL / "demo" / "schema.sql"
LEDGER = SQL / "demo" / "ledger.sql"
DATABASE = "rentaxis"
LAST_MONTH = dt.date(2026, 10, 1)
SEED = 1
SMALLEST = HOMES + 4  # so that some homes are ordinary ones


@dataclass(frozen=True)
class SmallOnes:
    """Small organizations beside the first: which, and the days of their records (by default the first of each month)."""

    companies: Sequence[SmallCompany] = ()
    days: Sequence[dt.date] = ()


NO_OTHERS = SmallOnes()


def small_ones(number: int) -> SmallOnes:
    """So many of them, with records on the first of each month."""
    return SmallOnes(small_companies(number))


@dataclass(frozen=True)
class Portfolio:
    """``rows``: tuples in the order of ``tables.columns``; ``cases``: position, label, type, id, note."""

    rows: dict[type[t.Row], list[tuple[Any, ...]]]
    cases: list[tuple[int, str, str, str, str]]


def build(
    units: int = 60,
    months: int = 6,
    seed: int = SEED,
    last_month: dt.date = LAST_MONTH,
    small: SmallOnes = NO_OTHERS,
) -> Portfolio:
    """A portfolio of that many units and months, ending with the month whose first day is ``last_month``.

    The special cases are in the last six months, even if fewer are asked for. Raises ValueError for a portfolio too small for them.
    """
    if units < SMALLEST:
        raise ValueError(f"units must be at least {SMALLEST}: {HOMES} of them hold the special cases.")
    if months < 1:
        raise ValueError("months must be at least 1.")
    if last_month.day != 1:
        raise ValueError("last_month must be the first day of a month.")
    all_rows = AllRows()
    calendar = Calendar(
        tuple(add_months(last_month, -back) for back in reversed(range(months))), "America/New_York"
    )
    town = found_town(all_rows, calendar, units, HOMES, seed)
    write_cases(town)
    bill_and_collect(town, seed)
    spend_and_keep_books(town, seed)
    keep_papers(all_rows)
    shared = next(row for label, row, _ in all_rows.labels if label == "tenant_in_two_organizations")
    second = found_second_organization(all_rows, calendar.months, cast(t.Tenant, shared))
    days = small.days or calendar.months
    others = [found_small_organization(all_rows, company, days) for company in small.companies]
    settle(all_rows, [town.records, second, *others])
    return Portfolio(
        rows={table: [t.values(row) for row in rows] for table, rows in all_rows.by_table.items()},
        cases=[
            (position, label, row.singular(), str(row.id), note)
            for position, (label, row, note) in enumerate(all_rows.labels, start=1)
        ],
    )


def load(database_url: str, portfolio: Portfolio) -> None:
    """Create the schema in an empty database, COPY the portfolio in, and post its documents to the ledger, in one transaction."""
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(cast(LiteralString, SCHEMA.read_text()))
        for table, rows in portfolio.rows.items():
            _copy(cursor, table.table(), t.columns(table), rows)
        _copy(
            cursor, "demo_cases", ("position", "label", "entity_type", "entity_id", "note"), portfolio.cases
        )
        cursor.execute(cast(LiteralString, LEDGER.read_text()))
        cursor.execute("ANALYZE")


def create_demo_database(
    server: postgres.Server,
    *,
    units: int = 60,
    months: int = 6,
    seed: int = SEED,
    database: str = DATABASE,
    small: SmallOnes = NO_OTHERS,
) -> str:
    """Recreate the database on the server and return its URL.

    It is filled under another name first: a database with this name is always complete.
    """
    portfolio = build(units, months, seed, small=small)
    unfinished = f"{database}_unfinished"
    server.drop_database(unfinished)
    load(server.create_database(unfinished, template="template0"), portfolio)
    server.drop_database(database)
    server.rename_database(unfinished, database)
    return server.url(database)


def _copy(
    cursor: psycopg.Cursor[Any], table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]
) -> None:
    statement = sql.SQL("COPY rentaxis.{} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
