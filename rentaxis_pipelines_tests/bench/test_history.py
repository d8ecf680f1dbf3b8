"""The made-up histories of the benchmark: valid to the last row, the same each time, of the size that was asked for."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines_bench import books, history
from rentaxis_pipelines_bench.history import Shape

SHAPE = Shape(records=4_000, homes=30, months=45)  # long enough for every home to change hands

# Each question finds what no history may have.
FAULTS = {
    "invoices whose lines do not add up": "select id from invoices i where total_amount is distinct from (select sum(amount) from invoice_lines where invoice_id = i.id)",
    "payments that are not applied whole": "select id from payments p where amount is distinct from (select sum(amount) from payment_allocations where payment_id = p.id)",
    "invoices paid otherwise than they say": "select id from invoices i where amount_paid <> coalesce((select sum(amount) from payment_allocations where invoice_id = i.id), 0) or balance_due <> total_amount - amount_paid",
    "allocations to another payer's invoice": "select a.id from payment_allocations a join payments p on p.id = payment_id join invoices i on i.id = invoice_id where (p.payer_type, p.payer_id) <> (i.billed_to_type, i.billed_to_id)",
    "payments before their invoice": "select a.id from payment_allocations a join payments p on p.id = payment_id join invoices i on i.id = invoice_id where p.payment_date < i.invoice_date",
    "payers that do not exist": "select id from invoices where billed_to_type = 'tenant' and billed_to_id not in (select id from tenants) or billed_to_type = 'program' and billed_to_id not in (select id from programs)",
    "invoices of a lease that is not the payer's home": "select i.id from invoices i join leases l on l.id = i.lease_id where l.unit_id <> i.unit_id or i.billed_to_type = 'tenant' and l.tenant_id <> i.billed_to_id",
    "invoices outside of their lease": "select i.id from invoices i join leases l on l.id = i.lease_id where invoice_date not between start_date and coalesce(end_date, 'infinity')",
    "amounts of nothing": "select id from invoices where total_amount <= 0 union all select id from payments where amount <= 0 union all select id from expenses where amount <= 0",
    "expenses paid without a day, a way or an account": "select id from expenses where (status = 'paid') <> (paid_at is not null) or (status = 'paid') <> (payment_method is not null) or (status = 'paid') <> (paid_from_account_id is not null)",
    "records changed after the last day": "select id from invoices where updated_at > '2026-11-01' union all select id from payments where updated_at > '2026-11-01' union all select id from expenses where updated_at > '2026-11-02'",
}  # fmt: skip
ALL_RECORDS = " union all ".join(
    f"select '{table}' as kind, id::text, {day}::date as day, {number} as number from {table}"
    for table, day, number in (
        ("tenants", "created_at", "email"),
        ("programs", "created_at", "name"),
        ("invoices", "invoice_date", "invoice_number"),
        ("payments", "payment_date", "payment_number"),
        ("expenses", "expense_date", "id::text"),
    )
)


@pytest.fixture(scope="module")
def made(postgres: embedded.Server) -> Iterator[psycopg.Connection]:
    """A connection to a history that no test changes; ``rentaxis`` is its search path."""
    name = f"history_{uuid.uuid4().hex}"
    history.make(postgres.create_database(name), SHAPE)
    with psycopg.connect(postgres.url(name), autocommit=True) as connection:
        connection.execute("SET search_path = rentaxis")
        yield connection
    postgres.drop_database(name)


def rows(connection: psycopg.Connection, question: str) -> list[tuple]:
    return connection.execute(question).fetchall()  # pyright: ignore[reportCallIssue, reportArgumentType]  # built


@pytest.mark.parametrize("fault", FAULTS)
def test_a_history_has_no(made: psycopg.Connection, fault: str) -> None:
    assert rows(made, FAULTS[fault]) == []


def test_every_foreign_key_holds(made: psycopg.Connection) -> None:
    """They are not looked up while the rows are made; here each is."""
    keys = rows(
        made,
        """select conrelid::regclass::text, a.attname, confrelid::regclass::text from pg_constraint c
           join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
           where c.contype = 'f' and c.connamespace = 'rentaxis'::regnamespace""",
    )
    assert len(keys) > 20
    for table, column, other in keys:
        orphans = f"select count(*) from {table} t where {column} is not null and not exists (select from {other} o where o.id = t.{column})"
        assert rows(made, orphans) == [(0,)], (table, column)


def test_it_has_exactly_as_many_records_as_asked_for_all_of_its_days(made: psycopg.Connection) -> None:
    """Tenants, programs, invoices, payments and expenses together; numbers are nobody else's."""
    ((count, numbers, first, last),) = rows(
        made, f"select count(*), count(distinct (kind, number)), min(day), max(day) from ({ALL_RECORDS}) r"
    )
    assert (count, numbers) == (SHAPE.records, SHAPE.records)
    assert SHAPE.first_day == first < last <= SHAPE.last_day
    (kinds,) = rows(made, f"select array_agg(distinct kind order by kind) from ({ALL_RECORDS}) r")
    assert kinds[0] == ["expenses", "invoices", "payments", "programs", "tenants"]


def test_every_home_changes_hands_in_the_long_run(made: psycopg.Connection) -> None:
    ((fewest,),) = rows(made, "select min(n) from (select count(*) as n from leases group by unit_id) l")
    assert fewest >= 2


def test_the_same_size_is_the_same_history_row_by_row(
    made: psycopg.Connection, postgres: embedded.Server
) -> None:
    tables = ("tenants", "leases", "invoices", "invoice_lines", "payments", "payment_allocations", "expenses")
    question = " union all ".join(
        f"select md5(string_agg(t::text, '' order by id)) from rentaxis.{table} t" for table in tables
    )
    name = f"history_{uuid.uuid4().hex}"
    history.make(postgres.create_database(name), SHAPE)
    try:
        with psycopg.connect(postgres.url(name)) as again:
            assert rows(again, question) == rows(made, question)
    finally:
        postgres.drop_database(name)


def test_a_tenfold_history_has_tenfold_homes_first_and_then_tenfold_days() -> None:
    """As the module's table says; six years at most for a million, and as many records a day as a landlord of that size has."""
    shapes = [history.shape_of(records) for records in (10_000, 100_000, 1_000_000)]
    assert [(shape.homes, shape.months, shape.days) for shape in shapes] == [
        (500, 7, 214),
        (5_000, 7, 214),
        (5_000, 72, 2_191),
    ]
    told = [line.split()[:4] for line in (history.__doc__ or "").splitlines() if ",000" in line[:10]]
    assert told == [
        [f"{each:,}" for each in (shape.records, shape.homes, shape.months, shape.days)] for shape in shapes
    ]
    with pytest.raises(ValueError, match="400 records at least"):
        history.shape_of(399)


def test_a_first_sync_creates_every_record_and_the_next_one_none(
    postgres: embedded.Server, tmp_path: Path
) -> None:
    """The smallest one, each run in a process of its own; then one edited record in a hundred is updated, and nothing else."""
    with (
        books.made(postgres, tmp_path, history.SMALLEST) as made,
        books.opened(made, f"b{uuid.uuid4().hex}") as opened,
    ):
        first, again = opened.run("sync"), opened.run("sync")
        edited = history.edit(made.rentaxis)
        third = opened.run("sync")

    assert first.statuses.keys() == {"created"}
    assert first.statuses["created"] >= history.SMALLEST
    assert first.added > 0
    assert first.memory > 0
    assert first.postgres_memory > 0
    assert again.statuses.keys() == {"skipped"}
    assert (again.writes, again.reads <= 5) == (0, True)
    assert third.statuses["updated"] == edited > 0
