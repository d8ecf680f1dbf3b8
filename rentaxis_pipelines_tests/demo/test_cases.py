"""Every row of the table of accounting cases has a label in the demo portfolio, and labels tell the truth."""

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines_tests.demo.facts_of_cases import FACTS, IN_RANGE, Fact
from rentaxis_pipelines_tests.support.demo_cases import ids_of_case

# Row of the table of accounting cases: the label under which the demo shows it.
TABLE = {
    "Split rent": "split_rent",
    "Program customer": "program_customer",
    "Tenant in two organizations": "tenant_in_two_organizations",
    "Missing email": "missing_email",
    "Same names": "same_names",
    "Renames": "rename",
    "Draft invoice": "draft_invoice",
    "Overdue": "overdue",
    "Edited invoice": "edited_invoice",
    "Void and reissue": "void_and_reissue",
    "Void before first push": "void_before_first_push",
    "Part payment": "part_payment",
    "One payment, many invoices": "one_payment_many_invoices",
    "Overpayment, prepayment": "overpayment",
    "Credit": "credit_used_later",
    "Payment edited": "payment_edited",
    "Payment void": "payment_void",
    "Refund, dispute, ACH return, bounced check": "refund_status",
    "Stripe fees and payouts": "stripe_fees",
    "Late fee": "late_fee",
    "Late fee waived": "late_fee_waived",
    "Security deposit": "security_deposit",
    "Deposit settlement": "deposit_settlement",
    "Rent line without account": "rent_line_without_account",
    "Accounts inactive": "inactive_account",
    "Expense paid now": "expense_paid_now",
    "Expense unpaid": "expense_unpaid",
    "Expense unpaid, later paid": "expense_paid_later",
    "Expense on a custom property name": "expense_custom_property",
    "Vendor": "vendor_missing_on_bill",
    "Payable invoices": "payable_invoice",
    "Taxes": "taxes",
    "Currency": "currency",
    "Time zones, dates": "time_zones",
    "Rounding": "rounding",
    "Journal entries, bank categorizations": "journal_entries",
    "Bank feed loop": "bank_feed_loop",
    "Records born in QBO": "born_in_quickbooks",
    "Deleted source rows": "deleted_source_row",
    "Force re-sync and date range": "force_and_date_range",
    "Imported history": "imported_history",
    "Owner statements, distributions": "owner_statements",
    "Proration": "proration",
    "Concessions": "concession",
    "Credits, write-offs": "credit_write_off",
    "Credits applied": "credit_concession",
    "Invoices below zero": "invoice_below_zero",
    "Vendor credits": "vendor_credit",
    "Refunds": "payment_refunded",
    "Returned payments": "payment_returned",
    "Deposit settlement with damages": "deposit_settlement_billed",
    "Deposit batches": "checks_deposited_together",
    "Part payments of bills": "expense_paid_in_parts",
    "Form 1099": "vendor_1099",
    "Terms": "terms",
    "Billing addresses": "billing_address",
    "Sub-customers": "sub_customer",
}

DATES = {"invoice": "invoice_date", "payment": "payment_date", "expense": "expense_date"}
TABLE_OF = {"journal_entry": "journal_entries", "bank_transaction": "bank_transactions"}


@pytest.fixture(scope="module")
def rentaxis(postgres: embedded.Server, rentaxis_template: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a copy of the small portfolio, which no test changes."""
    name = f"cases_{uuid.uuid4().hex}"  # several test workers share the server
    url = postgres.create_database(name, template=rentaxis_template)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path = rentaxis")
        yield connection
    postgres.drop_database(name)


def count(connection: psycopg.Connection[Any], fact: Fact, condition: str) -> int:
    table = TABLE_OF.get(fact.entity_type, f"{fact.entity_type}s")
    ids = [int(found) for found in ids_of_case(connection, fact.label, fact.entity_type)]
    question = f"SELECT count(*) FROM {table} r WHERE r.id = ANY(%s) AND ({condition})"
    row = connection.execute(question, [ids]).fetchone()  # pyright: ignore[reportCallIssue, reportArgumentType]  # built
    assert row is not None
    return row[0]


@pytest.mark.parametrize("label", TABLE.values(), ids=TABLE)
def test_every_row_of_the_table_of_accounting_cases_is_shown(
    rentaxis: psycopg.Connection[Any], label: str
) -> None:
    assert ids_of_case(rentaxis, label)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.label}, {fact.entity_type}")
def test_a_label_tells_the_truth(rentaxis: psycopg.Connection[Any], fact: Fact) -> None:
    """As many records as said, every one as said."""
    assert len(ids_of_case(rentaxis, fact.label, fact.entity_type)) == fact.how_many
    assert count(rentaxis, fact, fact.condition) == fact.how_many


def test_no_label_goes_untested(rentaxis: psycopg.Connection[Any]) -> None:
    labels = rentaxis.execute("SELECT DISTINCT label, entity_type FROM demo_cases").fetchall()
    assert sorted(labels) == sorted((fact.label, fact.entity_type) for fact in FACTS)


@pytest.mark.parametrize(
    "fact", [fact for fact in FACTS if fact.entity_type in DATES], ids=lambda fact: fact.label
)
def test_labelled_documents_lie_within_the_six_months(rentaxis: psycopg.Connection[Any], fact: Fact) -> None:
    """So that a sync of the demo's range meets them; but for those that are dated outside it on purpose."""
    inside = count(rentaxis, fact, f"r.{DATES[fact.entity_type]} {IN_RANGE} AND r.organization_id = 1")
    outside = {("force_and_date_range", "invoice"), ("dated_by_a_slip", "expense")}
    assert inside == (0 if (fact.label, fact.entity_type) in outside else fact.how_many)


def test_conditions_are_too_narrow_for_ordinary_records(rentaxis: psycopg.Connection[Any]) -> None:
    """A fact that any record fulfils proves nothing: most rent invoices fail it, but where the case is
    an ordinary invoice that meets something odd in QuickBooks."""
    for fact in FACTS:
        if fact.entity_type == "invoice" and fact.label != "taxes":
            others = rentaxis.execute(
                "SELECT count(*), count(*) FILTER (WHERE"  # pyright: ignore[reportCallIssue, reportArgumentType]  # built
                f" ({fact.condition})) FROM invoices r WHERE organization_id = 1 AND kind = 'rent'"
                " AND lease_id IS NOT NULL"
            ).fetchone()
            assert others is not None
            assert others[1] < others[0] / 2, fact
