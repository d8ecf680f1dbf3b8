"""Expenses paid on another day than their own: the books do not depend on when the sync ran.

Each case lives through several histories of the same facts; all end in the same accounts by day.
"""

import datetime as dt
from typing import Any

import pytest

from rentaxis_pipelines_tests.books.general_ledger import Balances, in_quickbooks
from rentaxis_pipelines_tests.support.accountant import applied, lines, money

OCTOBER, NOVEMBER = dt.date(2026, 10, 10), dt.date(2026, 11, 3)
LAST_DAY = dt.date(2026, 12, 31)
PAID: dict[str, Any] = {"status": "paid", "payment_method": "check"}
UNPAID: dict[str, Any] = {"status": "unpaid", "payment_method": None, "paid_at": None}


@pytest.fixture
def added(accountant, sync):
    """What a case adds to the books, by account and day: call it for the books before, then for the difference."""
    before: list[Balances] = []

    def change() -> Balances:
        sync(last_day=LAST_DAY)
        now = in_quickbooks(accountant)
        before.append(now)
        old = before[-2] if len(before) > 1 else {}
        found = {key: now.get(key, 0) - old.get(key, 0) for key in now.keys() | old.keys()}
        return {key: amount for key, amount in sorted(found.items()) if amount}

    change()
    return change


def test_a_bill_paid_over_the_months_end_is_owed_until_then_whenever_it_is_first_pushed(
    rentaxis, sync, accountant
) -> None:
    """220.00 of 10 October, paid 3 November, first pushed after that: the expense in October, the bank in November."""
    expense = rentaxis.expense(
        "220.00", day=OCTOBER, vendor_id=rentaxis.vendor("Late Plumbing"), **PAID, paid_at=NOVEMBER
    )
    result = sync(last_day=OCTOBER)
    bill, payment = accountant.of("expense", expense), accountant.of("expense_payment", expense)
    assert (bill["entity"], bill["TxnDate"], bill["Balance"]) == ("Bill", "2026-10-10", 0)
    assert (payment["TxnDate"], applied(payment)) == ("2026-11-03", {bill["Id"]: money("220.00")})
    assert payment["CheckPayment"]["BankAccountRef"]["name"] == "Checking"
    assert [result[kind, str(expense)].status for kind in ("expense", "expense_payment")] == ["created"] * 2
    again = sync(last_day=OCTOBER)
    assert {again[kind, str(expense)].reason_code for kind in ("expense", "expense_payment")} == {"unchanged"}


def test_an_expense_without_a_vendor_lies_on_the_day_it_was_paid(rentaxis, sync, accountant) -> None:
    """QuickBooks takes no bill without a vendor: a purchase of the day the bank saw, the expense's own day in the note. A run over
    that day leaves it alone: it belongs to the days of its own.
    """
    expense = rentaxis.expense("35.00", day=OCTOBER, **PAID, paid_at=NOVEMBER)
    sync(last_day=OCTOBER)
    found = accountant.of("expense", expense)
    assert (found["entity"], found["TxnDate"], lines(found)) == (
        "Purchase", "2026-11-03", [("Repairs", money("35.00"))],
    )  # fmt: skip
    assert "Expense of 2026-10-10 in RentAxis, paid on 2026-11-03" in found["PrivateNote"]
    assert ("expense", str(expense)) not in sync(first_day=NOVEMBER, last_day=NOVEMBER)
    rentaxis.change("expenses", expense, paid_at=dt.date(2026, 12, 1))
    sync(first_day=NOVEMBER, last_day=NOVEMBER)
    assert accountant.of("expense", expense)["TxnDate"] == "2026-12-01"


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
    rentaxis, sync, accountant, added, steps, paid, vendor
) -> None:
    """Synced after every step, or once at the end: the same accounts on the same days, and nothing is left to do."""
    whose = {"vendor_id": rentaxis.vendor("Any History", email="any@example.com")} if vendor else {}
    other = {"vendor_id": rentaxis.vendor("Another One", email="other@example.com")}
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
    at_once = rentaxis.expense("90.00", "5100", day=OCTOBER, **facts["paid"])
    expected = added()
    rentaxis.change("expenses", at_once, status="void")
    added()
    expense = rentaxis.expense("90.00", "5100", day=OCTOBER, **facts[steps[0]])
    sync(last_day=LAST_DAY)
    for step in steps[1:]:
        rentaxis.change("expenses", expense, **facts[step])
        result = sync(last_day=LAST_DAY)
    ours = [one for key, one in result.items() if key[1] == str(expense)]
    assert not [
        one.reason for one in ours if one.status == "failed" or one.reason_code == "waiting_for_parent"
    ]
    assert added() == expected
    again = sync(last_day=LAST_DAY)
    assert {one.reason_code for key, one in again.items() if key[1] == str(expense)} == {"unchanged"}
    live = [one for one in accountant.all_of("expense", expense) if one["TotalAmt"] != 0]
    assert len(live) == 1


def test_a_bill_made_smaller_and_larger_after_it_was_paid(rentaxis, sync, accountant, added) -> None:
    """The payment lets go before the bill becomes smaller, and follows when it becomes larger, in one run."""
    whose = {"vendor_id": rentaxis.vendor("Corrected Bill")}
    expense = rentaxis.expense("90.00", day=OCTOBER, **whose, **PAID, paid_at=NOVEMBER)
    added()
    for amount in ("60.00", "150.00"):
        rentaxis.change("expenses", expense, amount=amount)
        result = sync(last_day=LAST_DAY)
        assert [result[kind, str(expense)].status for kind in ("expense", "expense_payment")] == [
            "updated"
        ] * 2
        bill, payment = accountant.of("expense", expense), accountant.of("expense_payment", expense)
        assert (bill["TotalAmt"], bill["Balance"], payment["TotalAmt"]) == (money(amount), 0, money(amount))


def test_a_bill_of_a_closed_month_waits_with_its_payment_and_says_so(
    rentaxis, sync, accountant, policies, closed_books
) -> None:
    """Blocked: nothing is booked, the row names the payment that waits. Redated: the bill on the first open day, the payment on its own."""
    closed_books("2026-10-31")
    expense = rentaxis.expense(
        "44.00", day=OCTOBER, vendor_id=rentaxis.vendor("Closed Month"), **PAID, paid_at=NOVEMBER
    )
    row = sync(last_day=OCTOBER)["expense", str(expense)]
    assert (row.status, row.reason_code) == ("failed", "closed_period")
    assert "Its payment of 2026-11-03 is waiting for it." in (row.reason or "")
    assert not accountant.all_of("expense", expense)
    policies(closed_period="redate")
    sync(last_day=OCTOBER)
    bill, payment = accountant.of("expense", expense), accountant.of("expense_payment", expense)
    assert [bill["TxnDate"], payment["TxnDate"], bill["Balance"]] == ["2026-11-01", "2026-11-03", 0]
    assert bill["PrivateNote"].startswith("Dated 2026-10-10 in RentAxis; the books were closed")


def test_what_stands_in_a_closed_month_is_not_exchanged_by_halves(
    rentaxis, sync, accountant, added, closed_books
) -> None:
    """A purchase of a closed month that turns out to be paid later stays, and so does a payment of an open one: the row says why."""
    whose = {"vendor_id": rentaxis.vendor("Stays As It Is")}
    purchase = rentaxis.expense("10.00", day=OCTOBER, **whose, **PAID, paid_at=OCTOBER)
    bill = rentaxis.expense("20.00", day=OCTOBER, **whose, **PAID, paid_at=NOVEMBER)
    added()
    closed_books("2026-10-31")
    rentaxis.change("expenses", purchase, paid_at=NOVEMBER)
    rentaxis.change("expenses", bill, vendor_id=None)
    result = sync(last_day=LAST_DAY)
    for expense in (purchase, bill):
        assert result["expense", str(expense)].reason_code == "closed_period"
    assert added() == {}
    rentaxis.change("expenses", bill, status="void", vendor_id=whose["vendor_id"])
    assert sync(last_day=LAST_DAY)["expense", str(bill)].reason_code == "closed_period"
    assert added() == {}
    closed_books(None)
    result = sync(last_day=LAST_DAY)
    assert result["expense", str(purchase)].status == "created"
    assert result["expense_replaced", str(purchase)].action == "void"
    assert accountant.of("expense_payment", bill)["TotalAmt"] == 0


def test_a_purchase_somebody_changed_is_not_replaced_by_a_bill_beside_it(
    rentaxis, sync, accountant, added, policies
) -> None:
    """What cannot be let go of stands alone: the bill waits and says for what. Force lets go, and makes it."""
    policies(overwrite_edits="push")
    whose = {"vendor_id": rentaxis.vendor("Edited There")}
    expense = rentaxis.expense("70.00", day=OCTOBER, **whose, **PAID, paid_at=OCTOBER)
    added()
    standing = accountant.of("expense", expense)
    accountant.control("hand", {"deed": "edit", "entity": "Purchase", "id": standing["Id"], "fields": {"PaymentType": "Check", "TxnDate": "2026-10-12"}})  # fmt: skip
    rentaxis.change("expenses", expense, paid_at=NOVEMBER)
    result = sync(last_day=LAST_DAY)
    assert result["expense_replaced", str(expense)].reason_code == "changed_in_quickbooks"
    assert "its earlier transaction" in (result["expense", str(expense)].reason or "")
    assert [one["entity"] for one in accountant.all_of("expense", expense)] == ["Purchase"]
    sync(last_day=LAST_DAY, force=True)
    live = [one for one in accountant.all_of("expense", expense) if one["TotalAmt"] != 0]
    assert [one["entity"] for one in live] == ["Bill"]
    assert accountant.of("expense_payment", expense)["TxnDate"] == "2026-11-03"


def test_bills_owed_at_go_live_leave_the_bank_on_their_day(rentaxis, chain, sync, accountant, added) -> None:
    """Paid after go-live: out of accounts payable, on the day the bank saw it. Paid before: not ours."""
    chain.company = chain.company.model_copy(update={"go_live": dt.date(2026, 11, 1)})
    whose = {"vendor_id": rentaxis.vendor("Opening Balance")}
    rentaxis.expense("61.00", day=OCTOBER, **whose, **PAID, paid_at=NOVEMBER)
    rentaxis.expense("62.00", day=OCTOBER, **whose, **PAID, paid_at=dt.date(2026, 10, 20))
    rentaxis.expense("63.00", day=OCTOBER, **PAID, paid_at=NOVEMBER)
    rentaxis.expense("64.00", day=OCTOBER, **whose, **UNPAID)
    assert added() == {
        ("Accounts Payable (A/P)", "2026-11-03"): money("61.00"),
        ("Checking", "2026-11-03"): money("-124.00"),
        ("Repairs", "2026-11-03"): money("63.00"),
    }


def test_an_erased_expense_takes_all_of_it_along(rentaxis, sync, accountant, added) -> None:
    """A bill with its payment and its earlier transaction: nothing of it stands any more."""
    whose = {"vendor_id": rentaxis.vendor("Erased Vendor")}
    expense = rentaxis.expense("81.00", day=OCTOBER, **whose, **PAID, paid_at=OCTOBER)
    added()
    rentaxis.change("expenses", expense, paid_at=NOVEMBER)
    sync(last_day=LAST_DAY)
    rentaxis.erase("expenses", expense)
    sync(last_day=LAST_DAY)
    found = [*accountant.all_of("expense", expense), *accountant.all_of("expense_payment", expense)]
    assert [(one["entity"], one["TotalAmt"]) for one in found] == [
        ("Purchase", 0),
        ("Bill", 0),
        ("BillPayment", 0),
    ]


@pytest.mark.parametrize("adopt", ["always", "ask", "never"])
def test_a_ledger_that_is_lost_doubles_no_expense(
    rentaxis, chain, sync, accountant, added, policies, adopt
) -> None:
    """What stands as a bill is found although a purchase would be made of it now, and the reverse; nothing is made beside it."""
    policies(adopt=adopt)
    whose = {"vendor_id": rentaxis.vendor(f"Lost {adopt}")}
    bill = rentaxis.expense("33.00", day=OCTOBER, **whose, **UNPAID)
    purchase = rentaxis.expense("34.00", day=OCTOBER, **whose, **PAID, paid_at=OCTOBER)
    added()
    rentaxis.change("expenses", bill, **PAID, paid_at=OCTOBER)
    added()
    with chain.run() as run:
        run.connection.exec_driver_sql(
            f"delete from ledger.links where source_type in ('expense', 'expense_payment') and source_id in ('{bill}', '{purchase}')"
        )
        run.connection.exec_driver_sql("delete from ledger.known_until")
        run.connection.commit()
    rentaxis.change("expenses", purchase, paid_at=NOVEMBER)
    assert added() == {
        ("Checking", "2026-10-10"): money("34.00"),
        ("Checking", "2026-11-03"): money("-34.00"),
        ("Accounts Payable (A/P)", "2026-10-10"): money("-34.00"),
        ("Accounts Payable (A/P)", "2026-11-03"): money("34.00"),
    }
    for expense in (bill, purchase):
        assert [one["entity"] for one in accountant.all_of("expense", expense) if one["TotalAmt"] != 0] == [
            "Bill"
        ]
