"""A year of the demo portfolio, proved from outside: both books added up here, month by month, and compared with the proof."""

import datetime as dt
import uuid
from collections import defaultdict
from decimal import Decimal

import pytest

from rentaxis_pipelines.demo import portfolio
from rentaxis_pipelines_tests.support.quickbooks import started

UNITS = 80


@pytest.fixture(scope="module")
def year(postgres, make_books):
    """Eighty homes from January to December, every special case among them, pushed and reconciled."""
    template = f"rentaxis_year_{uuid.uuid4().hex}"
    made = portfolio.build(UNITS, months=12, last_month=dt.date(2026, 12, 1))
    portfolio.load(postgres.create_database(template, template="template0"), made)
    with started(seed="demo") as own:
        books = make_books(postgres, own, template, uuid.uuid4().hex)
        books.push()
        yield books, books.reconcile()


def by_month(rows) -> dict[dt.date, Decimal]:
    found: defaultdict[dt.date, Decimal] = defaultdict(Decimal)
    for day, amount in rows:
        found[day.replace(day=1)] += amount
    return {month: amount for month, amount in found.items() if amount}


IN_RENTAXIS = {
    "invoices": """select invoice_date, total_amount from rentaxis.invoices where organization_id = 1 and type = 'receivable'
                     and deleted_at is null and status <> 'void'""",
    "payments": """select payment_date, amount from rentaxis.payments where organization_id = 1 and deleted_at is null
                     and status not in ('void', 'failed')""",
    # Paid on another day and without a vendor: on the day it was paid.
    "expenses": """select case when num_nonnulls(vendor_id, vendor_name) = 0 and status = 'paid' then coalesce(paid_at, expense_date)
                     else expense_date end, amount from rentaxis.expenses where organization_id = 1 and deleted_at is null
                     and status <> 'void'""",
}
IN_QUICKBOOKS = {"invoices": ("Invoice",), "payments": ("Payment",), "expenses": ("Purchase", "Bill")}


@pytest.mark.parametrize("record_type", IN_RENTAXIS)
def test_every_difference_of_a_year_is_explained_to_the_cent(year, record_type):
    """RentAxis' own tables less QuickBooks' own objects, month by month, is what the explained differences come to; nothing is left."""
    books, summary = year
    assert summary.proved
    assert summary.unexplained_money == Decimal("0.00")
    in_rentaxis = by_month(row for row in books.rentaxis(IN_RENTAXIS[record_type]) if row[0].year == 2026)
    in_quickbooks = by_month(
        (dt.date.fromisoformat(one["TxnDate"]), Decimal(str(one["TotalAmt"])))
        for entity in IN_QUICKBOOKS[record_type]
        for one in books.objects(entity)
    )
    assert len(in_rentaxis) == 12
    explained = books.sql(
        "select rentaxis_day, difference from differences where record_type = :record_type",
        record_type=record_type,
    )
    assert by_month((row["rentaxis_day"], row["difference"]) for row in explained) == {
        month: left
        for month in in_rentaxis
        if (left := in_rentaxis[month] - in_quickbooks.get(month, Decimal(0)))
    }
    assert set(in_quickbooks) <= set(in_rentaxis)


def test_the_trial_balance_of_every_month_is_equal_on_both_sides_but_for_what_is_explained(year):
    """RentAxis' own journal entries less QuickBooks' own reports, account by account and month by month, is what the causes come to."""
    books, summary = year
    assert (summary.statements_reason, summary.statements_unexplained) == (None, Decimal("0.00"))
    totals = books.sql("select * from statement_totals")
    months = {row["month"] for row in totals}
    assert len(months) == min(12, dt.datetime.now(dt.UTC).month)
    causes = books.sql("select month, account, sum(amount) as amount from statement_causes group by 1, 2")
    explained = {(row["month"], row["account"]): row["amount"] for row in causes}
    for row in totals:
        assert row["difference"] == explained.get((row["month"], row["account"]), 0)
    for month in months:
        of_month = [row for row in totals if row["month"] == month]
        assert sum(row["rentaxis"] for row in of_month) == sum(row["quickbooks"] for row in of_month) == 0
    ledger = books.rentaxis(
        """select date_trunc('month', entry_date)::date, sum(debit - credit) from rentaxis.journal_entries e
           join rentaxis.journal_entry_lines l on l.journal_entry_id = e.id join rentaxis.accounts a on a.id = l.account_id
           where e.organization_id = 1 and a.number = '1200' group by 1"""
    )
    receivable = {row["month"]: row["rentaxis"] for row in totals if row["name"] == "Accounts receivable"}
    assert receivable == {month: amount for month, amount in ledger if month in months and amount}


def test_only_special_cases_differ_and_each_says_why(year):
    """Drafts, what was refused and what waits for it; each with its reason and remedy. Everything ordinary agrees."""
    books, summary = year
    assert summary.records > 2_000
    assert summary.differing < 120
    rows = books.sql("select * from differences")
    assert {row["explanation"] for row in rows} == {"draft", "failed", "waiting"}
    assert all(row["reason"] and row["remedy"] for row in rows)


def test_the_months_of_the_picture_are_those_of_the_books(year):
    """Open at a month's end: all that was billed until then less all that was paid, from QuickBooks' own objects."""
    books, _ = year
    months = books.sql("select * from receivables_by_month order by month")
    assert len(months) >= 12
    billed, paid = (
        [
            (dt.date.fromisoformat(one["TxnDate"]), Decimal(str(one["TotalAmt"])))
            for one in books.objects(entity)
        ]
        for entity in ("Invoice", "Payment")
    )
    for row in months:
        after = (row["month"] + dt.timedelta(days=32)).replace(day=1)
        assert row["quickbooks"] == sum(a for day, a in billed if day < after) - sum(
            a for day, a in paid if day < after
        )
    open_now = sum(Decimal(str(one["Balance"])) for one in books.objects("Invoice")) - sum(
        Decimal(str(one.get("UnappliedAmt", 0))) for one in books.objects("Payment")
    )
    assert months[-1]["quickbooks"] == open_now


def test_the_day_after_a_large_push_costs_few_reads_and_still_finds_what_a_person_did(year):
    """More was written in the last minutes than one call can say: it is not read again, and what was edited, entered or deleted
    by hand on the next day is found. This test comes last: it changes the year.
    """
    books, _ = year
    one, other = books.sql(
        "select quickbooks_id, record from records where entity = 'Purchase' and explanation = 'agrees' order by 1 limit 2"
    )
    # As if the reading had begun half a minute after the last push, as it does where the limits are kept.
    with books.reports() as connection:
        connection.exec_driver_sql(
            "update ledger.quickbooks_transactions_state set as_of = now() - interval '5 minutes' + interval '31 seconds'"
        )
        connection.commit()
    books.control("clock", advance=86_400)
    books.later(days=1)
    books.by_hand(
        "edit",
        entity="Purchase",
        id=one["quickbooks_id"],
        fields={"PaymentType": "Cash", "TxnDate": "2026-12-31"},
    )
    books.by_hand("delete", entity="Purchase", id=other["quickbooks_id"])

    summary = books.reconcile()

    assert 2 < summary.metered_reads <= 10 + 4  # the two reports take two requests of six months each
    found = books.sql(
        "select record, explanation from differences where explanation not in ('draft', 'failed', 'waiting')"
    )
    assert {row["record"]: row["explanation"] for row in found} == {
        one["record"]: "edited_in_quickbooks",
        other["record"]: "deleted_in_quickbooks",
    }
