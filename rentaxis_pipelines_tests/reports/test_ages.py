"""How old: what is open, what waits for its deposit, what needs a person. Reckoned here anew from QuickBooks' own objects."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from rentaxis_pipelines.reports import markdown

BUCKETS = (
    (0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"), (91, "over 90"),
)  # fmt: skip


def test_an_open_invoice_is_in_the_bucket_of_its_days_past_due(pushed_once):
    """The borders of every bucket: day 30 is still 1-30, day 31 is not. The mart is made again as of each day."""
    books = pushed_once.again()
    (invoice,) = books.sql(
        "select record, due_day from receivables where record_type = 'invoices' and explanation = 'agrees' order by record limit 1"
    )
    for days_past_due, bucket in BUCKETS:
        today = invoice["due_day"] + dt.timedelta(days=days_past_due)
        books.sql_do(f"update parameters set today = '{today}'")
        books.make_again("receivables")
        (found,) = books.sql(
            "select bucket from receivables where record = :record", record=invoice["record"]
        )
        assert found["bucket"] == bucket, days_past_due


def test_open_receivables_of_quickbooks_are_its_own_balances_customer_by_customer(pushed):
    """By customer and age: the sums of the balances QuickBooks itself keeps, less unapplied payments, to the cent."""
    pushed.reconcile()
    (asked,) = pushed.sql("select today from parameters")
    named = {one["Id"]: one["DisplayName"] for one in pushed.objects("Customer")}
    expected: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for invoice in pushed.objects("Invoice"):
        late = (asked["today"] - dt.date.fromisoformat(invoice["DueDate"])).days
        bucket = (
            "over 90"
            if late > 90
            else "61-90"
            if late > 60
            else "31-60"
            if late > 30
            else "1-30"
            if late > 0
            else "current"
        )
        expected[named[invoice["CustomerRef"]["value"]], bucket] += Decimal(str(invoice["Balance"]))
    for payment in pushed.objects("Payment"):
        expected[named[payment["CustomerRef"]["value"]], "unapplied payments"] -= Decimal(
            str(payment.get("UnappliedAmt", 0))
        )
    found = pushed.sql("select party, bucket, sum(quickbooks) as amount from open_receivables group by 1, 2")
    assert {(row["party"], row["bucket"]): row["amount"] for row in found if row["amount"]} == {
        key: amount for key, amount in expected.items() if amount
    }


def test_what_waits_for_its_deposit_is_every_payment_outside_a_bank_with_its_age(pushed):
    """Undeposited Funds and the clearing account, by QuickBooks' own objects: each payment once, since its own date, to the cent."""
    pushed.later(days=45)
    pushed.reconcile()
    (asked,) = pushed.sql("select today from parameters")
    accounts = {one["Id"]: one for one in pushed.objects("Account")}
    expected = {}
    for payment in pushed.objects("Payment"):
        account = accounts[payment["DepositToAccountRef"]["value"]]
        if account["AccountType"] != "Bank" and payment["TotalAmt"]:
            age = (asked["today"] - dt.date.fromisoformat(payment["TxnDate"])).days
            expected[payment["Id"]] = (account["Name"], age, Decimal(str(payment["TotalAmt"])))
    found = pushed.sql("select r.quickbooks_id, u.* from undeposited u join records r using (record)")
    assert {
        row["quickbooks_id"]: (row["account"], row["days_there"], row["amount"]) for row in found
    } == expected
    assert {account for account, _, _ in expected.values()} == {"Undeposited Funds", "Stripe Clearing"}


def test_an_open_problem_tells_its_money_and_the_age_of_its_oldest_record(pushed):
    """By cause and fix: the sum over its records, and days since the oldest one's own date."""
    pushed.reconcile()
    (asked,) = pushed.sql("select today from parameters")
    rows = pushed.sql("select * from open_problems")
    assert len(rows) > 5
    for row in rows:
        records = pushed.sql(
            "select amount, day from problem_roots where cause = :cause and remedy = :remedy",
            cause=row["cause"],
            remedy=row["remedy"],
        )
        assert row["records"] == len(records)
        assert row["amount"] == sum(abs(record["amount"]) for record in records)
        assert row["age_days"] == max((asked["today"] - record["day"]).days for record in records)


def test_an_age_the_report_does_not_know_is_shown_all_the_same(pushed):
    """No amount is left out of the list on screen because its bucket has no place in the order."""
    pushed.reconcile()
    pushed.sql_do("update receivables set bucket = 'unused credits' where bucket = 'unapplied payments'")
    with pushed.reports() as connection:
        shown = str(markdown.receivables(connection))
    assert "unused credits" in shown
    assert "unapplied payments" not in shown.partition("Customers that differ")[0]
