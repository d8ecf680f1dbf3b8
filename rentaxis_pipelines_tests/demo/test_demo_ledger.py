"""The demo's general ledger: documents post by themselves, in balance, and what changes posts anew."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from rentaxis_pipelines.demo import postgres as embedded

Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def ask(postgres: embedded.Server, rentaxis_template: str) -> Iterator[Ask]:
    """Asks a portfolio that this test may change; the rows of a query."""
    name = f"ledger_{uuid.uuid4().hex}"
    url = postgres.create_database(name, template=rentaxis_template)
    with psycopg.connect(url, autocommit=True, options="-c search_path=rentaxis") as connection:

        def asked(statement: str, *values: Any) -> list[tuple[Any, ...]]:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

        yield asked
    postgres.drop_database(name)


def entry(ask: Ask, source_type: str, source_id: int) -> list[tuple[Any, ...]]:
    return ask(
        """select e.entry_date, a.number, l.debit - l.credit from journal_entries e join journal_entry_lines l on l.journal_entry_id = e.id
           join accounts a on a.id = l.account_id where e.source_type = %s and e.source_id = %s order by 1, 2, 3""",
        source_type,
        source_id,
    )


def test_every_posted_document_has_its_entry_and_each_is_balanced(ask: Ask) -> None:
    """Drafts and what was voided post nothing; the rest posts what it comes to."""
    assert (
        ask("select journal_entry_id from journal_entry_lines group by 1 having sum(debit) <> sum(credit)")
        == []
    )
    [(receivable,)] = ask(
        """select sum(debit - credit) from journal_entry_lines l join journal_entries e on e.id = journal_entry_id
           join accounts a on a.id = l.account_id where a.subtype = 'accounts_receivable' and e.organization_id = 1"""
    )
    [(owed,)] = ask(
        """select (select sum(l.amount) from invoices i join invoice_lines l on l.invoice_id = i.id where i.type = 'receivable'
                     and i.organization_id = 1 and i.status not in ('draft', 'void') and i.deleted_at is null and l.deleted_at is null)
                - (select sum(amount) from payments where organization_id = 1 and status = 'completed' and deleted_at is null)
                - (select sum(amount) from deposit_deductions where deleted_at is null)"""
    )
    assert receivable == owed != 0


def test_an_expense_is_owed_on_its_day_and_paid_on_the_day_it_was_paid(ask: Ask) -> None:
    """The accrual basis, RentAxis' default for its reports (knowledge base, Transaction Report)."""
    [(expense,)] = ask("select entity_id::bigint from demo_cases where label = 'expense_paid_later'")
    owed, paid, amount = dt.date(2026, 8, 15), dt.date(2026, 9, 9), Decimal("386.12")
    assert entry(ask, "expense", expense) == [
        (owed, "2000", -amount), (owed, "5100", amount), (paid, "1000", -amount), (paid, "2000", amount),
    ]  # fmt: skip


def test_a_change_posts_anew_and_a_void_takes_the_entry_back(ask: Ask) -> None:
    """As RentAxis does, whoever changes the row: a person in SQL, or a test."""
    [(payment, amount)] = ask(
        "select id, amount from payments where status = 'completed' and deposit_account_id is not null order by id limit 1"
    )
    before = entry(ask, "payment", payment)
    ask("update payments set amount = amount + 5 where id = %s", payment)
    assert [row[2] for row in entry(ask, "payment", payment)] != [row[2] for row in before]
    assert max(row[2] for row in entry(ask, "payment", payment)) == amount + 5
    ask("update payments set status = 'void', void_reason = 'returned' where id = %s", payment)
    assert entry(ask, "payment", payment) == []
    [(invoice,)] = ask(
        "select id from invoices where status = 'overdue' and type = 'receivable' order by id limit 1"
    )
    ask("update invoice_lines set amount = amount + 1 where invoice_id = %s", invoice)
    [(billed,)] = ask("select sum(amount) from invoice_lines where invoice_id = %s", invoice)
    assert sum(row[2] for row in entry(ask, "invoice", invoice) if row[2] > 0) == billed


def test_a_payable_invoice_posts_only_where_no_expense_is_for_the_same_debt(ask: Ask) -> None:
    [(alone,)] = ask("select entity_id::bigint from demo_cases where label = 'payable_invoice_alone'")
    [(both,)] = ask(
        "select entity_id::bigint from demo_cases where label = 'payable_invoice' and entity_type = 'invoice'"
    )
    assert [row[1:] for row in entry(ask, "payable_invoice", alone)] == [
        ("2000", Decimal(-430)),
        ("5000", Decimal(430)),
    ]
    assert entry(ask, "payable_invoice", both) == []
    ask("update expenses set status = 'void' where payable_invoice_id = %s", both)
    assert [row[2] for row in entry(ask, "payable_invoice", both)] == [Decimal(-1875), Decimal(1875)]


def test_a_schema_that_was_changed_is_left_to_whoever_changed_it(ask: Ask) -> None:
    """An adapted table posts nothing any more, and nothing fails."""
    ask("alter table invoices rename column total_amount to total; drop table deposit_settlements cascade")
    ask("alter table payments rename column payment_date to day")
    ask("update payments set amount = amount + 1")
