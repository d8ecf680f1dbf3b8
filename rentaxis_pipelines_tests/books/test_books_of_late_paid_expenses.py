"""Expenses paid on another day than their own: the books do not depend on when the sync ran.

Each case lives through several histories of the same facts; all end in the same accounts by day.
"""

import datetime as dt
from typing import Any

import pytest

from rentaxis_pipelines_tests.books.accountant import applied, lines, money
from rentaxis_pipelines_tests.books.general_ledger import Balances, in_quickbooks

OCTOBER, NOVEMBER = dt.date(2026, 10, 10), dt.date(2026, 11, 3)
LAST_DAY = dt.date(2026, 12, 31)
PAID: dict[str, Any] = {"status": "paid", "payment_method": "check"}
UNPAID: dict[str, Any] = {"status": "unpaid", "payment_method": None, "paid_at": None}


@pytest.fixture
def added(books, sync):
    """What a case adds to the books, by account and day: call it for the books before, then for the difference."""
    before: list[Balances] = []

    def change() -> Balances:
        sync(last_day=LAST_DAY)
        now = in_quickbooks(books)
        before.append(now)
        old = before[-2] if len(before) > 1 else {}
        found = {key: now.get(key, 0) - old.get(key, 0) for key in now.keys() | old.keys()}
        return {key: amount for key, amount in sorted(found.items()) if amount}

    change()
    return change


def test_a_bill_paid_over_the_months_end_is_owed_until_then_whenever_it_is_first_pushed(
    landlord, sync, books
) -> None:
    """220.00 of 10 October, paid 3 November, first pushed after that: the expense in October, the bank in November."""
    expense = landlord.expense(
        "220.00", day=OCTOBER, vendor_id=landlord.vendor("Late Plumbing"), **PAID, paid_at=NOVEMBER
    )
    result = sync(last_day=OCTOBER)
    bill, payment = books.of("expense", expense), books.of("expense_payment", expense)
    assert (bill["entity"], bill["TxnDate"], bill["Balance"]) == ("Bill", "2026-10-10", 0)
    assert (payment["TxnDate"], applied(payment)) == ("2026-11-03", {bill["Id"]: money("220.00")})
    assert payment["CheckPayment"]["BankAccountRef"]["name"] == "Checking"
    assert [result[kind, str(expense)].status for kind in ("expense", "expense_payment")] == ["created"] * 2
    again = sync(last_day=OCTOBER)
    assert {again[kind, str(expense)].reason_code for kind in ("expense", "expense_payment")} == {"unchanged"}


def test_an_expense_without_a_vendor_lies_on_the_day_it_was_paid(landlord, sync, books) -> None:
    """QuickBooks takes no bill without a vendor: a purchase of the day the bank saw, the expense's own day in the note. A run over
    that day leaves it alone: it belongs to the days of its own.
    """
    expense = landlord.expense("35.00", day=OCTOBER, **PAID, paid_at=NOVEMBER)
    sync(last_day=OCTOBER)
    found = books.of("expense", expense)
    assert (found["entity"], found["TxnDate"], lines(found)) == (
        "Purchase", "2026-11-03", [("Repairs", money("35.00"))],
    )  # fmt: skip
    assert "Expense of 2026-10-10 in RentAxis, paid on 2026-11-03" in found["PrivateNote"]
    assert ("expense", str(expense)) not in sync(first_day=NOVEMBER, last_day=NOVEMBER)
    landlord.change("expenses", expense, paid_at=dt.date(2026, 12, 1))
    sync(first_day=NOVEMBER, last_day=NOVEMBER)
    assert books.of("expense", expense)["TxnDate"] == "2026-12-01"


@pytest.mark.parametrize("vendor", [True, False])
@pytest.mark.parametrize("paid", [OCTOBER, NOVEMBER])
@pytest.mark.parametrize(
    "steps",
    [
        ["unpaid", "paid"],
        ["paid the same day", "paid"],
        ["paid in December", "paid"],
        ["paid the same day", "unpaid", "paid"],
        ["unpaid", "paid in December", "void", "paid"],
        ["paid the same day", "void", "unpaid", "paid in December", "paid the same day", "paid"],
        ["other vendor", "paid"],
        ["paid by stripe", "paid"],
    ],
    ids=" -> ".join,
)
def test_every_history_ends_in_the_books_of_one_push(
    landlord, sync, books, added, steps, paid, vendor
) -> None:
    """Synced after every step, or once at the end: the same accounts on the same days, and nothing is left to do."""
    whose = {"vendor_id": landlord.vendor("Any History", email="any@example.com")} if vendor else {}
    other = {"vendor_id": landlord.vendor("Another One", email="other@example.com")}
    facts = {
        "paid": {**PAID, "paid_at": paid, "vendor_id": whose.get("vendor_id")},
        "unpaid": {**UNPAID, **whose},
        "paid the same day": {**PAID, "paid_at": OCTOBER, **whose},
        "paid in December": {**PAID, "paid_at": dt.date(2026, 12, 9), **whose},
        "void": {"status": "void"},
        "other vendor": {**UNPAID, **other}
        if not vendor
        else {**PAID, "paid_at": NOVEMBER, "vendor_id": None},
        "paid by stripe": {"status": "paid", "payment_method": "stripe", "paid_at": OCTOBER, **whose},
    }
    at_once = landlord.expense("90.00", "5100", day=OCTOBER, **facts["paid"])
    expected = added()
    landlord.change("expenses", at_once, status="void")
    added()
    expense = landlord.expense("90.00", "5100", day=OCTOBER, **facts[steps[0]])
    sync(last_day=LAST_DAY)
    for step in steps[1:]:
        landlord.change("expenses", expense, **facts[step])
        result = sync(last_day=LAST_DAY)
    ours = [one for key, one in result.items() if key[1] == str(expense)]
    assert not [
        one.reason for one in ours if one.status == "failed" or one.reason_code == "waiting_for_parent"
    ]
    assert added() == expected
    again = sync(last_day=LAST_DAY)
    assert {one.reason_code for key, one in again.items() if key[1] == str(expense)} == {"unchanged"}
    live = [one for one in books.all_of("expense", expense) if one["TotalAmt"] != 0]
    assert len(live) == 1
