"""Money of any Postgres type, by any expression: what the contract lets through arrives to the cent."""

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.source_records import Expense
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged, snapshot
from rentaxis_pipelines.rentaxis.extract import extract
from rentaxis_pipelines.rentaxis.frames import records_from_frame
from rentaxis_pipelines.rentaxis.sql_models import SqlModels

# The same amounts in every type a real column may have.
TABLES = """
create schema rentaxis;
create table rentaxis.organizations (id bigint, name text, currency text, timezone text);
insert into rentaxis.organizations values (1, 'Maple Property Care', 'USD', 'America/New_York');
create table rentaxis.amounts (
  id bigint, organization_id bigint, cents8 bigint, cents4 integer, cents_numeric numeric, dollars numeric(12,2), loose numeric, fine numeric(20,6),
  double double precision, short real, coin money, said text
);
"""
INSERT = """
insert into rentaxis.amounts
select n, 1, c, c, c, c / 100.0, c / 100.0, c / 100.0, c / 100.0, c / 100.0, (c / 100.0)::numeric(12,2)::money, (c / 100.0)::numeric(12,2)::text
from unnest(%s::bigint[]) with ordinality as given (c, n)
"""
MODEL = """
select
    date '2026-03-01' as day,
    amounts.organization_id::text as organization_id,
    amounts.id::text as source_id,
    date '2026-03-01' as expense_date,
    null::date as due_date,
    {amount} as amount,
    null::json as vendor,
    null::text as description,
    null::json as account,
    json_build_object('property_id', null, 'property_name', null, 'unit_id', null, 'unit_number', null) as place,
    null::text as custom_property_name,
    'paid' as status,
    'check' as payment_method,
    null::date as paid_at,
    null::json as paid_from_account,
    null::text as payable_invoice_id,
    null::text as payable_invoice_number,
    timestamptz '2026-03-01 12:00+00' as updated_at,
    null::timestamptz as deleted_at,
    null::json as imported_link,
    null::text as terms,
    '[]'::json as payments
from {{{{ source('amounts') }}}} as amounts
where amounts.organization_id::text = :organization_id
    and (:source_id is null or amounts.id::text = :source_id)
    and (:first_day is null or date '2026-03-01' >= :first_day)
    and (:day_after_last is null or date '2026-03-01' < :day_after_last)
"""

# Each means dollars: cents are divided, by one way or another, dollars are not. (Cents that are cast and not divided have the type of
# dollars, and no type can tell: the guard's money limit and the figures of ``source check`` are for them.)
CENTS = st.sampled_from(["cents8", "cents4", "cents_numeric"])
DOLLARS = st.sampled_from(["dollars", "loose", "fine", "double", "short", "coin", "said"])
DIVIDED = st.sampled_from(["{} / 100", "{} / 100.0", "{} / 100::numeric", "{}::float8 / 100", "{} * 0.01", "({} + 0) / 100", "sum({}) over (partition by amounts.id) / 100"])  # fmt: skip
CAST = st.sampled_from(["{}", "({})::numeric", "({})::numeric(12, 2)", "round(({})::numeric, 2)", "cast({} as numeric(14, 4))", "({})::text", "({})::bigint", "coalesce(({})::numeric(12, 2), 0)", "({})::numeric(12, 2) * 1", "({})::numeric(12, 2)::numeric(12, 2)"])  # fmt: skip
EXPRESSIONS = st.builds(
    lambda column, divide, cast: cast.format(divide.format(f"amounts.{column}")), CENTS, DIVIDED, CAST
) | st.builds(lambda column, cast: cast.format(f"amounts.{column}"), DOLLARS, CAST)
AMOUNTS = st.lists(st.integers(1, 10**9), min_size=1, max_size=5)
MARCH = DateRange(dt.date(2026, 3, 1), dt.date(2026, 4, 1))


@pytest.fixture(scope="module")
def any_money(postgres: embedded.Server) -> Iterator[str]:
    name = f"any_money_{uuid.uuid4().hex}"
    url = postgres.create_database(name, template="template0")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES)
    yield url
    postgres.drop_database(name)


def read(url: str, folder: Path, expression: str) -> list[Decimal | None] | None:
    """The amounts as they arrive, by id; None where the contract refuses the expression."""
    (folder / "expenses.sql").write_text(MODEL.format(amount=expression))
    try:
        with snapshot(url) as source:
            frame = extract(
                source, "expenses", MARCH, "1", ZoneInfo("America/New_York"), models=SqlModels(folder)
            )
    except SourceShapeChanged as error:
        assert "expenses.sql" in str(error)
        return None
    return [
        one.amount for one in sorted(records_from_frame(frame, Expense), key=lambda one: int(one.source_id))
    ]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cents=AMOUNTS, expression=EXPRESSIONS)
def test_money_that_is_let_through_arrives_to_the_cent(
    any_money: str, tmp_path: Path, cents, expression
) -> None:
    """Whatever the column's type and however it is divided and cast: either it is refused by file, or it is exact."""
    with psycopg.connect(any_money, autocommit=True) as connection:
        connection.execute("truncate rentaxis.amounts")
        connection.execute(INSERT, [cents])
    found = read(any_money, tmp_path, expression)
    assert found is None or found == [Decimal(one) / 100 for one in cents]


@pytest.mark.parametrize(
    "expression",
    [
        "(amounts.cents8 / 100.0)::numeric(12, 2)",
        "(amounts.cents_numeric / 100)::numeric(12, 2)",
        "amounts.dollars",
        "amounts.fine",
        "amounts.loose::numeric(12, 2)",
        "amounts.double::numeric(12, 2)",
        "amounts.said::numeric(12, 2)",
        "amounts.coin::numeric(12, 2)",
    ],
)
def test_every_type_has_a_way_through(any_money: str, tmp_path: Path, expression: str) -> None:
    """What the refusals tell a person to write is accepted."""
    with psycopg.connect(any_money, autocommit=True) as connection:
        connection.execute("truncate rentaxis.amounts")
        connection.execute(INSERT, [[1, 99, 123_456_789]])
    assert read(any_money, tmp_path, expression) == [Decimal("0.01"), Decimal("0.99"), Decimal("1234567.89")]
