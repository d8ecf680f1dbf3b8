"""Payments that came back, from the RentAxis row to the books: a bounced check, an ACH return, a dispute.

The treatment is Intuit's "Record a bounced check using an expense": on the day the bank took the money back, an expense to the customer
takes it out of the account it was deposited to, against accounts receivable; the bank's fee is an expense of its own. Intuit's page then
moves the payment to the expense; QuickBooks changes no payment that is in a deposit or a closed period, so the payment stays and the
next payment pays the expense. A payment the bank never saw is voided.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from rentaxis_pipelines_tests.books.general_ledger import RECEIVABLE, Balances, in_quickbooks
from rentaxis_pipelines_tests.books.undoing import include, run_of, undo
from rentaxis_pipelines_tests.support.accountant import Accountant, applied, lines, money

PAID, BACK, AGAIN = dt.date(2026, 5, 3), dt.date(2026, 6, 9), dt.date(2026, 6, 20)
NSF: dict[str, Any] = {"status": "failed", "returned_on": BACK, "return_reason": "nsf"}
FEE = "Other Expenses"


@pytest.fixture
def on_their_day(policies, mappings) -> None:
    policies(returned_payments="on_their_day")
    mappings(return_fees=FEE)


@pytest.fixture
def as_deposited(policies, mappings) -> None:
    policies(returned_payments="as_deposited")
    mappings(return_fees=FEE)


@pytest.fixture
def added(accountant) -> Callable[[], Balances]:
    """What the books hold more than before, by account and day."""
    before: list[Balances] = [in_quickbooks(accountant)]

    def change() -> Balances:
        now, old = in_quickbooks(accountant), before[0]
        found = {key: now.get(key, 0) - old.get(key, 0) for key in now.keys() | old.keys()}
        return {key: amount for key, amount in sorted(found.items()) if amount}

    return change


def come_back(rentaxis, payment: int, **facts: Any) -> None:
    """What RentAxis says once the bank took the money back: its amounts are released."""
    rentaxis.change("payments", payment, **{**NSF, **facts})
    rentaxis.apply(payment)


def test_a_check_in_a_bank_deposit_comes_back(rentaxis, sync, accountant, added, as_deposited) -> None:
    """The payment and its deposit stay; on the day of the return the bank is less and the customer owes again; the fee is the bank's."""
    tenant = rentaxis.tenant("Bo Bounce")
    invoice = rentaxis.invoice(tenant, "900.00")
    payment = rentaxis.payment(tenant, "900.00", (invoice, "900.00"), day=PAID)
    sync()
    _deposited(accountant, accountant.of("payment", payment))
    before = accountant.of("payment", payment)
    books = added()
    come_back(rentaxis, payment, return_fee=money("35.00"))
    result = sync()
    again = accountant.of("payment", payment)
    assert {name: again[name] for name in ("TotalAmt", "TxnDate", "Line", "SyncToken")} == {
        name: before[name] for name in ("TotalAmt", "TxnDate", "Line", "SyncToken")
    }
    assert result["payment", str(payment)].reason_code == "unchanged"
    returned, fee = accountant.of("payment_return", payment), accountant.of("payment_return_fee", payment)
    assert (returned["TxnDate"], returned["AccountRef"]["name"], returned["EntityRef"]["name"]) == (
        "2026-06-09", "Checking", "Bo Bounce",
    )  # fmt: skip
    assert lines(returned) == [(RECEIVABLE, money("900.00"))]
    assert (fee["TxnDate"], fee["AccountRef"]["name"], lines(fee)) == (
        "2026-06-09", "Checking", [(FEE, money("35.00"))],
    )  # fmt: skip
    assert returned["PrivateNote"].splitlines() == [
        "Returned: insufficient funds (NSF)",
        f"Payment PAY-{payment} of 2026-05-03",
        f"RentAxis payment_return {payment}",
    ]
    assert {kind: result[kind, str(payment)].status for kind in ("payment_return", "payment_return_fee")} == {
        "payment_return": "created", "payment_return_fee": "created",
    }  # fmt: skip
    day = "2026-06-09"
    assert {key: amount for key, amount in added().items() if key not in books} == {
        (RECEIVABLE, day): money("900.00"),
        ("Checking", day): money("-935.00"),
        (FEE, day): money("35.00"),
    }
    assert accountant.balance("Bo Bounce") == money("900.00")
    assert {row.reason_code for row in sync().values()} == {"unchanged"}


def test_the_payment_that_replaces_it_pays_the_return(rentaxis, sync, accountant, on_their_day) -> None:
    """The invoice stays paid by the first check; what RentAxis applies to it the second time is applied to the expense."""
    tenant = rentaxis.tenant("Ruby Replaced")
    invoice = rentaxis.invoice(tenant, "900.00")
    first = rentaxis.payment(tenant, "600.00", (invoice, "600.00"), day=PAID)
    sync()
    come_back(rentaxis, first)
    second = rentaxis.payment(tenant, "900.00", (invoice, "900.00"), day=AGAIN)
    result = sync()
    assert result["payment", str(second)].status == "created"
    bill, returned = accountant.of("invoice", invoice), accountant.of("payment_return", first)
    assert applied(accountant.of("payment", second)) == {
        bill["Id"]: money("300.00"), returned["Id"]: money("600.00"),
    }  # fmt: skip
    assert (bill["Balance"], accountant.balance("Ruby Replaced")) == (0, 0)
    assert {row.reason_code for row in sync().values()} == {"unchanged"}
    come_back(rentaxis, second, returned_on=dt.date(2026, 7, 1), return_reason="ach_return")
    third = rentaxis.payment(tenant, "900.00", (invoice, "900.00"), day=dt.date(2026, 7, 4))
    sync()
    twice = accountant.of("payment_return", second)
    assert applied(accountant.of("payment", third)) == {twice["Id"]: money("900.00")}
    assert accountant.balance("Ruby Replaced") == 0
    assert {row.reason_code for row in sync().values()} == {"unchanged"}


def test_two_payments_share_a_return(rentaxis, sync, accountant, on_their_day) -> None:
    """None is applied to more than the return has open, whichever run they come in."""
    tenant = rentaxis.tenant("Shay Shared")
    invoices = [rentaxis.invoice(tenant, amount) for amount in ("600.00", "400.00")]
    first = rentaxis.payment(tenant, "1000.00", (invoices[0], "600.00"), (invoices[1], "400.00"), day=PAID)
    sync()
    come_back(rentaxis, first)
    part = rentaxis.payment(tenant, "250.00", (invoices[0], "250.00"), day=AGAIN)
    sync()
    rest = rentaxis.payment(tenant, "750.00", (invoices[0], "350.00"), (invoices[1], "400.00"), day=AGAIN)
    sync(full=True)
    returned = accountant.of("payment_return", first)["Id"]
    assert [applied(accountant.of("payment", one)) for one in (part, rest)] == [
        {returned: money("250.00")}, {returned: money("750.00")},
    ]  # fmt: skip
    assert accountant.balance("Shay Shared") == 0


@pytest.mark.parametrize(("method", "stays"), [("check", False), ("ach", True), ("stripe", False)])
def test_what_the_bank_never_saw_is_voided(rentaxis, sync, accountant, as_deposited, method, stays) -> None:
    """Still in Undeposited Funds or the clearing account: voided. In the bank account itself it may be matched or reconciled: it stays."""
    tenant = rentaxis.tenant(f"Una {method}")
    invoice = rentaxis.invoice(tenant, "80.00")
    payment = rentaxis.payment(tenant, "80.00", (invoice, "80.00"), day=PAID, method=method)
    sync()
    come_back(rentaxis, payment)
    sync()
    assert accountant.of("payment", payment)["TotalAmt"] == (money("80.00") if stays else 0)
    assert len(accountant.all_of("payment_return", payment)) == int(stays)
    assert accountant.balance(f"Una {method}") == money("80.00")
    # What was decided stays decided.
    sync(full=True)
    assert len(accountant.all_of("payment_return", payment)) == int(stays)


def test_a_payment_of_a_closed_month_comes_back(
    rentaxis, sync, accountant, as_deposited, closed_books
) -> None:
    """The closed month stays as it is; the return is in the open one, out of the account where the payment lies."""
    tenant = rentaxis.tenant("Clo Closed")
    invoice = rentaxis.invoice(tenant, "70.00")
    payment = rentaxis.payment(tenant, "70.00", (invoice, "70.00"), day=PAID)
    sync()
    before = accountant.of("payment", payment)
    closed_books("2026-05-31")
    come_back(rentaxis, payment)
    sync()
    assert accountant.of("payment", payment) == before
    assert accountant.of("payment_return", payment)["AccountRef"]["name"] == "Undeposited Funds"
    assert accountant.balance("Clo Closed") == money("70.00")


def test_by_default_it_is_voided(rentaxis, sync, accountant) -> None:
    """Nobody chose otherwise: as before there were returns."""
    tenant = rentaxis.tenant("Del Default")
    invoice = rentaxis.invoice(tenant, "60.00")
    payment = rentaxis.payment(tenant, "60.00", (invoice, "60.00"), day=PAID)
    sync()
    come_back(rentaxis, payment, return_fee=money("12.00"))
    sync()
    assert accountant.of("payment", payment)["TotalAmt"] == 0
    assert not accountant.all_of("payment_return", payment)
    assert not accountant.all_of("payment_return_fee", payment)


def test_one_that_came_and_went_before_it_was_pushed(rentaxis, sync, accountant, on_their_day) -> None:
    """Both movements are in the bank's statement: the payment on its day, applied to its own return, so nothing is left open."""
    tenant = rentaxis.tenant("Quinn Quick")
    invoice = rentaxis.invoice(tenant, "50.00")
    payment = rentaxis.payment(tenant, "50.00", (invoice, "50.00"), day=PAID)
    come_back(rentaxis, payment)
    sync()
    returned = accountant.of("payment_return", payment)
    assert applied(accountant.of("payment", payment)) == {returned["Id"]: money("50.00")}
    assert accountant.of("invoice", invoice)["Balance"] == money("50.00")
    assert accountant.balance("Quinn Quick") == money("50.00")
    again = sync(full=True)
    assert again["payment", str(payment)].reason_code == "unchanged"
    assert again["payment_return", str(payment)].reason_code == "unchanged"


def test_undone_and_pushed_again_it_stays_and_its_return_is_booked(
    rentaxis, sync, accountant, chain, on_their_day
) -> None:
    """An undo takes back the payment, its return and the fee; included and pushed again, all three are as they were."""
    tenant = rentaxis.tenant("Una Undone")
    invoice = rentaxis.invoice(tenant, "900.00")
    sync()
    payment = rentaxis.payment(tenant, "900.00", day=PAID, **NSF, return_fee=money("15.00"))
    pushed, books = sync(), in_quickbooks(accountant)
    undo(chain, run_of(pushed))
    assert in_quickbooks(accountant) != books
    include(chain, run_of(pushed))
    sync()
    assert in_quickbooks(accountant) == books
    assert accountant.of("payment", payment)["UnappliedAmt"] == 0
    assert accountant.of("invoice", invoice)["Balance"] == accountant.balance("Una Undone") == money("900.00")


def test_a_check_that_rentaxis_banked_comes_back_before_its_deposit_is_pushed(
    rentaxis, sync, accountant, chain, as_deposited, mappings
) -> None:
    """RentAxis has the deposit, QuickBooks not yet: the money is taken out of the bank it was brought to, as after the deposit."""
    mappings(return_fees=FEE, processor_fees=FEE)
    chain.company = chain.company.model_copy(update={"also_push": ("deposits",)})
    tenant = rentaxis.tenant("Bea Banked")
    rentaxis.invoice(tenant, "300.00")
    payment = rentaxis.payment(tenant, "300.00", day=PAID, **NSF)
    deposit = rentaxis.deposit("300.00", (payment, "300.00"), kind="batch", day=PAID)
    sync()
    assert accountant.of("payment_return", payment)["AccountRef"]["name"] == "Checking"
    assert accountant.of("deposit", deposit)["TotalAmt"] == money("300.00")
    assert accountant.balance("Bea Banked") == money("300.00")


def test_the_bank_takes_it_after_all(rentaxis, sync, accountant, on_their_day) -> None:
    """RentAxis says completed again: the return and its fee are brought to zero, and the payment is as it was."""
    tenant = rentaxis.tenant("Ray Represented")
    invoice = rentaxis.invoice(tenant, "45.00")
    payment = rentaxis.payment(tenant, "45.00", (invoice, "45.00"), day=PAID)
    sync()
    come_back(rentaxis, payment, return_fee=money("5.00"))
    sync()
    rentaxis.change(
        "payments", payment, status="completed", returned_on=None, return_reason=None, return_fee=None
    )
    rentaxis.apply(payment, (invoice, "45.00"))
    sync()
    assert accountant.of("payment_return", payment)["TotalAmt"] == 0
    assert accountant.of("payment_return_fee", payment)["TotalAmt"] == 0
    assert accountant.balance("Ray Represented") == 0
    come_back(rentaxis, payment)
    sync()
    assert accountant.of("payment_return", payment)["TotalAmt"] == money("45.00")
    assert accountant.balance("Ray Represented") == money("45.00")


def test_a_fee_without_an_account_fails_by_itself(rentaxis, sync, policies, mappings) -> None:
    """The return is booked; the fee's row names the mapping."""
    policies(returned_payments="on_their_day")
    mappings(return_fees=None)
    tenant = rentaxis.tenant("Fay Fee")
    invoice = rentaxis.invoice(tenant, "40.00")
    payment = rentaxis.payment(tenant, "40.00", (invoice, "40.00"), day=PAID)
    sync()
    come_back(rentaxis, payment, return_fee=money("5.00"))
    result = sync()
    assert result["payment_return", str(payment)].status == "created"
    fee = result["payment_return_fee", str(payment)]
    assert (fee.status, fee.reason_code) == ("failed", "missing_mapping")
    assert "mappings.return_fees" in (fee.how_to_fix or "")


def _deposited(accountant: Accountant, payment: dict[str, Any]) -> None:
    accountant.control(
        "hand", {"deed": "deposit", "payments": [payment["Id"]], "account": accountant.account("Checking")}
    )
