"""A landlord's history of any length in the demo's RentAxis tables, made by the database itself: a million records in a minute or two.

Every record of it is valid, so that a first sync creates them all: no special cases, which are the demo portfolio's
(``rentaxis_pipelines.demo``). Here: how large which history is, and its making. What is in it stands in ``history.sql``.

A tenth of the largest is the same landlord after seven months, a hundredth of it one with a tenth of the homes: first the portfolio
grows tenfold, then the days do.

records      homes   months   days   records a day
10,000         500        7    214              47
100,000      5,000        7    214             467
1,000,000    5,000       72  2,191             456
"""

import datetime as dt
import random
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import LiteralString, cast

import psycopg

from rentaxis_pipelines.demo import names, portfolio
from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.records import AllRows, Calendar, add_months
from rentaxis_pipelines.demo.settle import settle
from rentaxis_pipelines.demo.town import (
    ORGANIZATION_NAME,
    PROGRAMS,
    REALM_ID,
    found_organization,
    people_of_the_town,
)

SMALLEST = 400  # records: a home needs some twenty of them
_SQL = Path(__file__).with_name("history.sql")
_RECORDS_A_HOME_AND_MONTH = 1_000_000 / 5_000 / 72
_EDITS = (
    "update rentaxis.invoices set memo = 'Edited for the benchmark', updated_at = now() where id % 100 = 7",
    "update rentaxis.payments set reference = coalesce(reference, '') || '9', updated_at = now() where id % 100 = 7",
    "update rentaxis.expenses set description = description || ', edited', updated_at = now() where id % 100 = 7",
)


@dataclass(frozen=True)
class Shape:
    """How large a history is. ``records``: tenants, programs, invoices, payments and expenses together."""

    records: int
    homes: int
    months: int

    @property
    def first_day(self) -> dt.date:
        return add_months(portfolio.LAST_MONTH, 1 - self.months)

    @property
    def last_day(self) -> dt.date:
        return add_months(portfolio.LAST_MONTH, 1) - dt.timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1


def shape_of(records: int) -> Shape:
    """The landlord that has so many records. Raises ValueError for too few."""
    if records < SMALLEST:
        raise ValueError(f"A history has {SMALLEST} records at least.")
    homes = max(min(records // 20, 5_000), records // 200)
    return Shape(records, homes, round(records / homes / _RECORDS_A_HOME_AND_MONTH))


def make(database_url: str, shape: Shape) -> None:
    """Create schema and history in an empty database, in one transaction (two with the schema)."""
    portfolio.load(database_url, portfolio.Portfolio(rows=_organization(shape), cases=[]))
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = pg_temp, rentaxis")
        # Valid by construction, and tested: looking up every foreign key takes longer than making the rows.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        _lists(cursor, shape)
        cursor.execute(cast(LiteralString, _SQL.read_text()))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def edit(database_url: str) -> int:
    """One record in a hundred is edited, of every day: memos of invoices, references of payments, descriptions of expenses; how many."""
    with psycopg.connect(database_url) as connection:
        return sum(connection.execute(statement).rowcount for statement in _EDITS)


def _organization(shape: Shape) -> dict[type[t.Row], list[tuple]]:
    """The organization and what it has before it lets a home, as rows; founded on the first day, so that programs are in the range."""
    all_rows = AllRows()
    calendar = Calendar((shape.first_day, portfolio.LAST_MONTH), "America/New_York")
    founded = calendar.at(shape.first_day)
    organization = t.Organization(created_at=founded, name=ORGANIZATION_NAME)
    records = found_organization(all_rows, calendar, organization)
    records.add(t.QuickbooksConnection(created_at=founded, organization=organization, realm_id=REALM_ID))
    records.add(t.LeaseType(created_at=founded, organization=organization, name="Residential"))
    for name, kind, email, phone, address in PROGRAMS[:4]:
        records.add(
            t.Program(
                created_at=founded, organization=organization, name=name, type=kind, email=email, phone=phone, address=address
            )
        )  # fmt: skip
    for number, (name, *_) in enumerate(names.VENDORS):
        mailbox = f"office@{name.split()[0].lower()}.example"
        records.add(
            t.Vendor(
                created_at=founded,
                organization=organization,
                name=name,
                email=mailbox,
                phone=f"609-555-01{20 + number}",
            )
        )
    settle(all_rows, [records])
    return {table: [t.values(row) for row in rows] for table, rows in all_rows.by_table.items()}


def _lists(cursor: psycopg.Cursor, shape: Shape) -> None:
    """What ``history.sql`` takes from here: the size, names of people and streets, prices of vendors."""
    cursor.execute("CREATE TEMP TABLE shape (records bigint, homes int, months int, first_day date)")
    cursor.execute(
        "INSERT INTO shape VALUES (%s, %s, %s, %s)",
        [shape.records, shape.homes, shape.months, shape.first_day],
    )
    households = shape.homes * (shape.months // 36 + 2)
    people = islice(people_of_the_town(random.Random("history")), households)
    cursor.execute("CREATE TEMP TABLE people (number int PRIMARY KEY, name text, email text)")
    with cursor.copy("COPY people FROM STDIN") as copy:
        for number, (name, email) in enumerate(people, 1):
            copy.write_row((number, name, email))
    cursor.execute("CREATE TEMP TABLE streets (number int, name text)")
    cursor.executemany("INSERT INTO streets VALUES (%s, %s)", list(enumerate(names.STREETS)))
    cursor.execute("CREATE TEMP TABLE prices (vendor int, account bigint, low int, high int)")
    cursor.executemany(
        "INSERT INTO prices SELECT %s, id, %s, %s FROM accounts WHERE number = %s",
        [(number, low, high, account) for number, (_, account, low, high) in enumerate(names.VENDORS, 1)],
    )
