"""A RentAxis database that keeps no rule of its own, so that tests can put any row into it."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import psycopg
import pytest
from psycopg import sql

from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.extract import extract

SCHEMA_FILE = Path(__file__).parents[2] / "dbt_like_sql" / "demo" / "schema.sql"
NEW_YORK = ZoneInfo("America/New_York")

# Real data breaks documented rules. Money with more decimals than it has, because a real column may have them.
UNRULY = """
do $$
declare each record;
begin
    for each in
        select conrelid::regclass as place, conname as name from pg_constraint
        where connamespace = 'rentaxis'::regnamespace and contype in ('c', 'f', 'n')
        order by contype
    loop
        begin
            execute format('alter table %s drop constraint %I', each.place, each.name);
        exception when others then null;  -- what a primary key needs may stay
        end;
    end loop;
    drop index rentaxis.tenants_email_key;
    for each in
        select format('%I.%I', table_schema, table_name) as place, column_name as name
        from information_schema.columns where table_schema = 'rentaxis' and data_type = 'numeric'
    loop
        execute format('alter table %s alter column %I type numeric(30, 9)', each.place, each.name);
    end loop;
end $$
"""


class Source:
    """One RentAxis database and the means to fill it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def insert(self, table: str, **columns: object) -> None:
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("rentaxis", table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(sql.Placeholder() * len(columns)),
        )
        self.execute(statement, list(columns.values()))

    def execute(self, statement: str | sql.Composed, parameters: list[object] | None = None) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement, parameters)

    def tenant(self, number: int, organization: int = 1, **columns: object) -> None:
        joined = columns.pop("joined", "2026-01-01 12:00+00")
        self.insert("tenants", **{"id": number, "name": f"Tenant {number}", **columns})
        self.insert("organization_tenants", organization_id=organization, tenant_id=number, created_at=joined)

    def invoice(self, number: int, lines: list[object], **columns: object) -> None:
        """An invoice of 1 March 2026 to tenant 1, its total the sum of the lines unless given."""
        numbers = [line for line in lines if isinstance(line, int | float)]
        columns = {
            "organization_id": 1,
            "invoice_number": f"INV-{number}",
            "billed_to_type": "tenant",
            "billed_to_id": 1,
            "invoice_date": "2026-03-01",
            "due_date": "2026-03-05",
            "status": "sent",
            "total_amount": sum(numbers),
            "balance_due": sum(numbers),
            "created_at": "2026-01-01 12:00+00",
            **columns,
        }
        self.insert("invoices", id=number, **columns)
        for position, amount in enumerate(lines, 1):
            line = {"id": number * 100 + position, "invoice_id": number, "position": position}
            self.insert("invoice_lines", **line, description=f"Line {position}", amount=amount)

    def payment(self, number: int, **columns: object) -> None:
        columns = {
            "organization_id": 1,
            "payer_type": "tenant",
            "payer_id": 1,
            "amount": 100,
            "payment_date": "2026-03-02",
            "method": "check",
            "created_at": "2026-01-01 12:00+00",
            **columns,
        }
        self.insert("payments", id=number, **columns)

    def expense(self, number: int, **columns: object) -> None:
        columns = {"organization_id": 1, "amount": 10, "expense_date": "2026-03-03", **columns}
        self.insert("expenses", id=number, **columns)

    def refund(self, number: int, **columns: object) -> None:
        """A completed refund of the payment of that id, unless another is named."""
        columns = {
            "payment_id": number,
            "amount": 5,
            "refund_date": "2026-03-05",
            "method": "check",
            **columns,
        }
        self.insert("payment_refunds", id=number, **columns)

    def deposit(self, number: int, **columns: object) -> None:
        """A payout of the payment of that id, whole."""
        columns = {
            "organization_id": 1,
            "kind": "payout",
            "deposit_date": "2026-03-06",
            "total": 10,
            **columns,
        }
        self.insert("bank_deposits", id=number, **columns)
        self.insert("bank_deposit_payments", id=number, deposit_id=number, payment_id=number, amount=10)

    def credit(self, number: int, **columns: object) -> None:
        """A concession of 10 to tenant 1, applied to the invoice of that id."""
        columns = {
            "organization_id": 1,
            "kind": "concession",
            "payer_type": "tenant",
            "payer_id": 1,
            "credit_date": "2026-03-07",
            "total_amount": 10,
            **columns,
        }
        self.insert("credits", id=number, **columns)
        self.insert("credit_lines", id=number, credit_id=number, amount=10)
        self.insert("credit_allocations", id=number, credit_id=number, invoice_id=number, amount=10)

    def deposit_settlement(self, number: int, organization: int = 1, **columns: object) -> None:
        """A deposit of 10, refunded whole to the tenant of a lease of that id."""
        self.insert("units", id=number, property_id=number, unit_number="2B")
        lease = {"organization_id": organization, "unit_id": number, "tenant_id": 1} | columns
        self.insert("leases", id=number, **lease)
        self.insert(
            "deposit_settlements",
            id=number,
            lease_id=number,
            deposit_held=10,
            refund_amount=10,
            finalized_at="2026-03-08 12:00+00",
        )

    def paper(self, number: int, **columns: object) -> None:
        """A receipt kept with the expense of that id."""
        columns = {
            "organization_id": 1,
            "entity_type": "expense",
            "entity_id": number,
            "file_name": "receipt.pdf",
            "location": "receipt.pdf",
            **columns,
        }
        self.insert("papers", id=number, **columns)

    def journal_entry(self, number: int, **columns: object) -> None:
        """A posted entry of two lines, on an account of that id."""
        columns = {
            "organization_id": 1,
            "entry_date": "2026-03-04",
            "description": "Fee",
            "status": "posted",
            **columns,
        }
        account = columns.pop("account_id", None)
        self.insert("journal_entries", id=number, **columns)
        for side, other in ((10, 0), (0, 10)) if account else ():
            line = {"journal_entry_id": number, "account_id": account, "debit": side, "credit": other}
            self.insert("journal_entry_lines", id=10 * number + bool(other), **line)


@pytest.fixture(scope="session")
def unruly_template(postgres: embedded.Server) -> Iterator[str]:
    name = f"unruly_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.create_database(name), autocommit=True) as connection:
        connection.execute(SCHEMA_FILE.read_text(encoding="utf-8"))
        connection.execute(UNRULY)
    yield name
    postgres.drop_database(name)


@pytest.fixture
def source(postgres: embedded.Server, unruly_template: str) -> Iterator[Source]:
    """An empty RentAxis database with organization 1 and its tenant 1."""
    name = f"source_{uuid.uuid4().hex}"
    source = Source(postgres.create_database(name, template=unruly_template))
    source.insert("organizations", id=1, name="Maple Property Care")
    source.tenant(1)
    yield source
    postgres.drop_database(name)


@pytest.fixture
def new_york() -> ZoneInfo:
    return NEW_YORK


Extract = Callable[..., pd.DataFrame]


@pytest.fixture
def extracted(source: Source) -> Extract:
    """``extracted("invoices", first_day, day_after_last)``: a frame of organization 1, by default of 2026."""

    def run(
        record_type: str,
        first: dt.date = dt.date(2026, 1, 1),
        after_last: dt.date = dt.date(2027, 1, 1),
        organization: str = "1",
    ) -> pd.DataFrame:
        with snapshot(source.url) as connection:
            return extract(connection, record_type, DateRange(first, after_last), organization, NEW_YORK)

    return run
