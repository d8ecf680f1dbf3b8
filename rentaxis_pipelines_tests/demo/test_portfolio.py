"""The generator: the same for the same seed, of any size, consistent wherever no case says otherwise."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from rentaxis_pipelines.demo import cases, portfolio, tables
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.demo.records import AllRows, Calendar
from rentaxis_pipelines.demo.town import ACCOUNTS, PROGRAMS, found_town
from rentaxis_pipelines_tests.support.counting import calls_of
from rentaxis_pipelines_tests.support.demo_cases import ids_of_case

SIZES = ((portfolio.SMALLEST, 1), (60, 6), (150, 14))


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]} units, {size[1]} months")
def rentaxis(request: pytest.FixtureRequest, postgres: embedded.Server) -> Iterator[psycopg.Connection]:
    """A connection to a portfolio that no test changes; ``rentaxis`` is its search path."""
    units, months = request.param
    name = f"books_{uuid.uuid4().hex}"
    url = portfolio.create_demo_database(postgres, units=units, months=months, database=name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path = rentaxis")
        yield connection
    postgres.drop_database(name)


def rows(connection: psycopg.Connection, question: str) -> list[tuple]:
    return connection.execute(question).fetchall()  # pyright: ignore[reportCallIssue, reportArgumentType]  # built


def test_the_same_seed_makes_the_same_portfolio() -> None:
    """Row by row, ids and instants included; another seed makes another one."""
    first, again, other = portfolio.build(seed=7), portfolio.build(seed=7), portfolio.build(seed=8)

    assert first == again
    assert first.rows[tables.Invoice] != other.rows[tables.Invoice]
    assert [case[1] for case in first.cases] == [case[1] for case in other.cases]


@pytest.mark.parametrize(
    ("units", "months", "last_month", "told"),
    [
        pytest.param(
            portfolio.SMALLEST - 1, 6, dt.date(2026, 10, 1), "units must be at least", id="few units"
        ),
        pytest.param(60, 0, dt.date(2026, 10, 1), "months must be at least 1", id="no month"),
        pytest.param(60, 6, dt.date(2026, 10, 2), "first day of a month", id="no first day"),
    ],
)
def test_a_size_that_makes_no_sense_is_refused(
    units: int, months: int, last_month: dt.date, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        portfolio.build(units, months, last_month=last_month)


@pytest.mark.parametrize(("spare", "fits"), [(0, True), (-1, False)])
def test_as_many_homes_are_set_aside_as_the_cases_need(spare: int, fits: bool) -> None:
    """One less and a case finds no home; not one stays empty."""
    calendar = Calendar((portfolio.LAST_MONTH,), "America/New_York")
    town = found_town(AllRows(), calendar, portfolio.SMALLEST, cases.HOMES + spare, seed=1)
    if fits:
        cases.write_cases(town)
        assert list(town.free_homes) == []
    else:
        with pytest.raises(StopIteration):
            cases.write_cases(town)


def test_it_has_the_size_asked_for(rentaxis: psycopg.Connection, request: pytest.FixtureRequest) -> None:
    units, months = request.node.callspec.params["rentaxis"]
    [(count,)] = rows(
        rentaxis,
        "SELECT count(*) FROM units JOIN properties p ON p.id = property_id WHERE p.organization_id = 1",
    )
    assert count == units
    [(billed,)] = rows(
        rentaxis, "SELECT count(DISTINCT date_trunc('month', invoice_date)) FROM invoices"
        " WHERE organization_id = 1 AND kind = 'rent' AND type = 'receivable' AND lease_id IS NOT NULL"
    )  # fmt: skip
    assert billed >= months


CONSISTENT = {
    "a total is the sum of its live lines, but for one case": """
        SELECT i.id FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id AND l.deleted_at IS NULL
        WHERE i.deleted_at IS NULL GROUP BY i.id HAVING sum(l.amount) <> i.total_amount
        EXCEPT SELECT entity_id::bigint FROM demo_cases WHERE label = 'rounding'""",
    "every live invoice has a line": """
        SELECT id FROM invoices i WHERE deleted_at IS NULL
        AND NOT EXISTS (SELECT FROM invoice_lines l WHERE l.invoice_id = i.id AND l.deleted_at IS NULL)""",
    "what is paid is what completed payments, credits and deposits settle, but for imported history": """
        SELECT i.id FROM invoices i LEFT JOIN (
            SELECT invoice_id, sum(amount) AS paid FROM (
                SELECT a.invoice_id, a.amount FROM payment_allocations a JOIN payments p ON p.id = payment_id
                WHERE a.deleted_at IS NULL AND p.deleted_at IS NULL AND p.status = 'completed'
                UNION ALL SELECT invoice_id, amount FROM credit_allocations
                UNION ALL SELECT credit_invoice_id, -amount FROM credit_allocations
                UNION ALL SELECT invoice_id, amount FROM deposit_deductions
                UNION ALL SELECT fee_invoice_id, amount FROM late_fee_assessments WHERE status = 'waived'
            ) settling GROUP BY 1
        ) applied ON applied.invoice_id = i.id
        WHERE i.status <> 'void' AND i.amount_paid <> coalesce(applied.paid, 0)
        EXCEPT SELECT entity_id::bigint FROM demo_cases WHERE label = 'imported_history'""",
    "a balance is what is not paid": """
        SELECT id FROM invoices WHERE status <> 'void' AND balance_due <> total_amount - amount_paid""",
    "no invoice is paid twice": "SELECT id FROM invoices WHERE amount_paid > total_amount",
    "a status says what the balance says": """
        SELECT id FROM invoices WHERE deleted_at IS NULL AND status <> CASE
            WHEN balance_due = 0 THEN 'paid' WHEN amount_paid > 0 THEN 'partially_paid'
            WHEN due_date < date '2026-10-31' THEN 'overdue' ELSE 'sent' END
        AND status NOT IN ('draft', 'void', 'in_collections') AND type = 'receivable'""",
    "a payment applies no more than it is, but for one case": """
        SELECT p.id FROM payments p JOIN payment_allocations a ON a.payment_id = p.id AND a.deleted_at IS NULL
        GROUP BY p.id HAVING sum(a.amount) > p.amount
        EXCEPT SELECT entity_id::bigint FROM demo_cases WHERE label = 'allocations_exceed_payment'""",
    "a credit is what a payment does not apply at first": """
        SELECT c.id FROM tenant_credits c JOIN payments p ON p.id = source_payment_id
        WHERE c.remaining <> p.amount - (SELECT coalesce(sum(amount), 0) FROM payment_allocations a
            WHERE a.payment_id = p.id AND a.deleted_at IS NULL)""",
    "a payer pays own invoices, but for one case": """
        SELECT p.id FROM payments p JOIN payment_allocations a ON a.payment_id = p.id
        JOIN invoices i ON i.id = invoice_id
        WHERE (p.payer_type, p.payer_id) <> (i.billed_to_type, i.billed_to_id)
        EXCEPT SELECT entity_id::bigint FROM demo_cases WHERE label = 'payment_for_another_payer'""",
    "nobody pays before being billed but who pays the rent early": """
        SELECT p.id FROM payments p JOIN payment_allocations a ON a.payment_id = p.id
        JOIN invoices i ON i.id = invoice_id
        WHERE p.payment_date < i.invoice_date AND i.memo IS NULL AND a.created_at = p.created_at
        EXCEPT SELECT entity_id::bigint FROM demo_cases WHERE label = 'rent_paid_early'""",
    "numbers are unique in an organization": """
        SELECT 1 FROM invoices WHERE invoice_number IS NOT NULL
        AND id::text NOT IN (SELECT entity_id FROM demo_cases WHERE label = 'number_of_a_void_invoice')
        GROUP BY organization_id, invoice_number
        HAVING count(*) > 1 UNION ALL
        SELECT 1 FROM payments GROUP BY organization_id, payment_number HAVING count(*) > 1""",
    "numbers look as people know them": """
        SELECT id FROM invoices WHERE invoice_number !~ '^INV-[0-9]{6}$' AND id::text NOT IN (
          SELECT entity_id FROM demo_cases
          WHERE label IN ('void_before_first_push', 'number_of_a_void_invoice', 'numbers_alike')) UNION ALL
        SELECT id FROM payments WHERE payment_number !~ '^PMT-[0-9]{6}$'""",
    "nothing lies in the future of the last day, but for a slip": """
        SELECT id FROM invoices WHERE invoice_date > '2026-10-31' UNION ALL
        SELECT id FROM payments WHERE payment_date > '2026-10-31' UNION ALL
        SELECT id FROM expenses WHERE greatest(expense_date, paid_at) > '2026-10-31'
        AND id::text NOT IN (SELECT entity_id FROM demo_cases WHERE label = 'dated_by_a_slip')""",
    "nobody is billed before RentAxis knows them": """
        SELECT i.id FROM invoices i JOIN tenants t ON i.billed_to_type = 'tenant' AND t.id = billed_to_id
        WHERE i.created_at < t.created_at UNION ALL
        SELECT i.id FROM invoices i JOIN programs p ON i.billed_to_type = 'program' AND p.id = billed_to_id
        WHERE i.created_at < p.created_at UNION ALL
        SELECT l.id FROM leases l JOIN tenants t ON t.id = tenant_id WHERE l.created_at < t.created_at""",
    "touched never before created": """
        SELECT id FROM invoices WHERE updated_at < created_at UNION ALL
        SELECT id FROM payments WHERE updated_at < created_at UNION ALL
        SELECT id FROM expenses WHERE updated_at < created_at UNION ALL
        SELECT id FROM tenants WHERE updated_at < created_at""",
    "two households never share a home at one time": """
        SELECT a.id FROM leases a JOIN leases b ON a.unit_id = b.unit_id AND a.id < b.id
        AND daterange(a.start_date, a.end_date, '[]') && daterange(b.start_date, b.end_date, '[]')""",
    "the two portions are the contract rent, and are billed as such": """
        SELECT l.id FROM leases l WHERE is_section_8 AND tenant_portion + section_8_portion <> rent_amount
        UNION ALL
        SELECT l.lease_id FROM (
            SELECT i.lease_id, i.invoice_date, sum(n.amount) AS rent FROM invoices i
            JOIN invoice_lines n ON n.invoice_id = i.id AND n.description ~ '^(Rent|Housing assistance), '
            WHERE i.organization_id = 1 AND i.status <> 'void' GROUP BY 1, 2) l
        JOIN leases ON leases.id = l.lease_id AND leases.is_section_8 AND leases.rent_amount <> l.rent""",
    "a journal entry is balanced": """
        SELECT journal_entry_id FROM journal_entry_lines GROUP BY 1 HAVING sum(debit) <> sum(credit)""",
    "people's names are unique, but for one case": """
        SELECT 1 FROM tenants GROUP BY lower(name) HAVING count(*) > 1 AND min(name) <> 'James Carter'""",
}


@pytest.mark.parametrize("rule", CONSISTENT)
def test_the_books_are_consistent(rentaxis: psycopg.Connection, rule: str) -> None:
    """Every rule is a query for its violations."""
    assert rows(rentaxis, CONSISTENT[rule]) == []


ISOLATED = {
    "invoices: payer": """
        SELECT i.id FROM invoices i JOIN programs p ON i.billed_to_type = 'program' AND p.id = billed_to_id
        WHERE p.organization_id <> i.organization_id""",
    "invoices: payer is a tenant of the organization": """
        SELECT i.id FROM invoices i JOIN tenants t ON i.billed_to_type = 'tenant' AND t.id = billed_to_id
        LEFT JOIN organization_tenants o ON o.tenant_id = t.id AND o.organization_id = i.organization_id
        WHERE o.tenant_id IS NULL""",
    "lines: account": """
        SELECT l.id FROM invoice_lines l JOIN invoices i ON i.id = invoice_id
        JOIN accounts a ON a.id = account_id
        WHERE a.organization_id <> i.organization_id""",
    "allocations: invoice": """
        SELECT a.id FROM payment_allocations a JOIN invoices i ON i.id = invoice_id
        JOIN payments p ON p.id = payment_id
        WHERE i.organization_id <> p.organization_id""",
    "expenses: vendor, account, property": """
        SELECT e.id FROM expenses e LEFT JOIN vendors v ON v.id = vendor_id
        LEFT JOIN accounts a ON a.id = account_id
        LEFT JOIN properties p ON p.id = property_id
        WHERE e.organization_id <> ALL (array_remove(
            ARRAY[v.organization_id, a.organization_id, p.organization_id], NULL))
        AND num_nonnulls(v.id, a.id, p.id) > 0""",
    "leases: unit": """
        SELECT l.id FROM leases l JOIN units u ON u.id = unit_id JOIN properties p ON p.id = property_id
        WHERE l.organization_id <> p.organization_id""",
}


@pytest.mark.parametrize("rule", ISOLATED)
def test_organizations_share_nothing_but_a_tenant(rentaxis: psycopg.Connection, rule: str) -> None:
    assert rows(rentaxis, ISOLATED[rule]) == []


def test_the_second_organization_has_records_that_must_not_be_picked_up(rentaxis: psycopg.Connection) -> None:
    """Numbers that exist in the first one too, another time zone and currency, and no connection."""
    for table in ("invoices", "payments", "expenses", "programs", "vendors", "accounts"):
        [(count,)] = rows(rentaxis, f"SELECT count(*) FROM {table} WHERE organization_id = 2")
        assert count, table
    assert rows(
        rentaxis, "SELECT invoice_number FROM invoices WHERE organization_id = 2 ORDER BY id LIMIT 1"
    ) == [("INV-000001",)]
    assert rows(rentaxis, "SELECT currency, timezone FROM organizations WHERE id = 2") == [
        ("CAD", "America/Toronto")
    ]
    assert rows(rentaxis, "SELECT organization_id FROM quickbooks_connections") == [(1,)]
    assert rows(rentaxis, "SELECT entity_id FROM demo_cases WHERE entity_type = 'invoice' INTERSECT"
                       " SELECT id::text FROM invoices WHERE organization_id = 2") == []  # fmt: skip


def test_the_first_organization_is_the_one_agreed(rentaxis: psycopg.Connection) -> None:
    """Name, time zone, currency, company and enabled types, as the settings expect them."""
    [organization] = rows(
        rentaxis, "SELECT o.id, name, timezone, currency, realm_id, sync_direction, enabled_types"
        " FROM organizations o JOIN quickbooks_connections c ON c.organization_id = o.id"
    )  # fmt: skip
    assert organization == (
        1, "Maple & Main Property Management", "America/New_York", "USD", "9130357992221046", "to_quickbooks",
        ["customers", "invoices", "payments", "expenses"],
    )  # fmt: skip
    accounts = rows(
        rentaxis,
        "SELECT number, name, type, is_active FROM accounts WHERE organization_id = 1 ORDER BY number",
    )
    assert accounts == [(number, name, kind, active) for number, name, kind, _, active in ACCOUNTS]
    [(programs,)] = rows(rentaxis, "SELECT count(*) FROM programs WHERE organization_id = 1")
    assert programs == len(PROGRAMS)


def test_ids_of_tenants_and_programs_overlap(rentaxis: psycopg.Connection) -> None:
    """Tenant 5 and program 5 both owe money: whoever forgets the kind mixes them up."""
    payers = rows(
        rentaxis,
        "SELECT DISTINCT billed_to_type FROM invoices WHERE organization_id = 1 AND billed_to_id = 5",
    )
    assert sorted(payers) == [("program",), ("tenant",)]


def test_every_payment_method_is_used_in_a_larger_portfolio() -> None:
    """Realism in one figure: nobody would believe a portfolio that pays by check alone."""
    large = portfolio.build(300, 6)
    method = tables.columns(tables.Payment).index("method")
    used = Counter(row[method] for row in large.rows[tables.Payment])
    assert set(used) == {
        "ach", "stripe", "check", "zelle", "bank_transfer", "money_order", "cash", "venmo", "credit_card",
        "crypto",
    }  # fmt: skip


def test_rents_are_those_of_real_homes(rentaxis: psycopg.Connection) -> None:
    [(low, high, mean)] = rows(
        rentaxis, "SELECT min(rent_amount), max(rent_amount), avg(rent_amount) FROM leases"
    )
    assert Decimal(1000) < low < mean < high < Decimal(4500)


def test_a_portfolio_is_loaded_by_one_command_a_table_in_one_transaction(
    rentaxis: psycopg.Connection,
) -> None:
    """However large it is: Postgres stamps every row with its transaction and the command within it. Seconds, ``make bench`` says."""
    stamps: set[str] = set()
    for table in tables.TABLES:
        # What documents post by themselves is below zero, and made in the database.
        loaded = "WHERE id > 0" if table.table().startswith("journal_") else ""
        written = rows(rentaxis, f"SELECT DISTINCT xmin::text, cmin::text FROM {table.table()} {loaded}")
        assert len(written) <= 1, table.table()
        stamps |= {transaction for transaction, _command in written}
    assert len(stamps) == 1


def test_making_a_portfolio_takes_steps_in_proportion_to_its_size() -> None:
    """Homes twice as many, or months: about twice the calls of Python functions, far from four times."""
    small = calls_of(lambda: portfolio.build(100, 6))
    assert calls_of(lambda: portfolio.build(200, 6)) < 2.5 * small
    assert calls_of(lambda: portfolio.build(100, 12)) < 2.5 * small


def test_making_the_database_again_begins_anew(postgres: embedded.Server) -> None:
    url = portfolio.create_demo_database(postgres, units=50, months=1, database="made_twice")
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM rentaxis.demo_cases")
    with psycopg.connect(postgres.create_database("made_twice_unfinished")) as connection:
        connection.execute("CREATE SCHEMA rentaxis")  # as an interrupted making leaves it
    portfolio.create_demo_database(postgres, units=50, months=1, database="made_twice")
    assert not postgres.has_database("made_twice_unfinished")
    with psycopg.connect(url) as connection:
        assert ids_of_case(connection, "currency") == ["1"]
        with pytest.raises(KeyError, match="no case 'no such case'"):
            ids_of_case(connection, "no such case")
        with pytest.raises(KeyError, match="of type payment"):
            ids_of_case(connection, "currency", "payment")
    postgres.drop_database("made_twice")
