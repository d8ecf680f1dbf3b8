"""Refunds of payments, from the RentAxis row to the books.

Intuit's "Record a refund for an overpayment or credit": money that was not applied goes back as an expense to the customer against
accounts receivable, which the customer's credit then pays. Intuit's "Create a refund receipt": money that paid an invoice which stays
paid goes back as a refund receipt on the same products. The payment stays in both cases.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines_tests.books.general_ledger import RECEIVABLE
from rentaxis_pipelines_tests.books.undoing import run_of, undo
from rentaxis_pipelines_tests.support.accountant import applied, lines, money

PAID, JUNE, JULY = dt.date(2026, 5, 3), dt.date(2026, 6, 9), dt.date(2026, 7, 9)


@pytest.fixture(autouse=True)
def refunds_are_pushed(chain) -> None:
    chain.company = chain.company.model_copy(update={"also_push": ("refunds",)})


@pytest.fixture
def agrees(chain):
    """The proof of now: every record agrees, and the receivables of every month are equal. Returns what is open."""

    def look() -> list[dict[str, Any]]:
        with chain.run() as run:
            found = reconcile(run, chain.environment, context_of(run, chain.company))
            assert (found.failed_tests, found.unexplained_money) == ([], 0)
            differing = [row for row in rows_of(run.connection, "records") if row["explanation"] != "agrees"]
            assert not differing
            months = list(rows_of(run.connection, "receivables_by_month"))
            assert {row["difference"] for row in months} == {0}
            return list(rows_of(run.connection, "receivables"))

    return look


def test_an_overpayment_is_paid_back(rentaxis, sync, accountant, agrees) -> None:
    """An expense against receivables, out of the account it was paid from; the payment's own credit pays it, so nothing is left open."""
    tenant = rentaxis.tenant("Ova Paid")
    invoice = rentaxis.invoice(tenant, "900.00")
    payment = rentaxis.payment(tenant, "1000.00", (invoice, "900.00"), day=PAID)
    sync()
    assert accountant.balance("Ova Paid") == money("-100.00")
    refund = rentaxis.refund(payment, "100.00", day=JUNE)
    result = sync()
    assert result["refund", str(refund)].status == "created"
    paid, found = accountant.of("payment", payment), accountant.of("refund", refund)
    assert (found["entity"], found["TxnDate"], found["AccountRef"]["name"], found["EntityRef"]["name"]) == (
        "Purchase", "2026-06-09", "Checking", "Ova Paid",
    )  # fmt: skip
    assert lines(found) == [(RECEIVABLE, money("100.00"))]
    assert (paid["TotalAmt"], paid["UnappliedAmt"], accountant.balance("Ova Paid")) == (
        money("1000.00"),
        0,
        0,
    )
    assert applied(paid)[found["Id"]] == money("100.00")
    assert {row.reason_code for row in sync(full=True).values()} == {"unchanged"}
    assert not agrees()


def test_money_that_paid_an_invoice_is_paid_back(rentaxis, sync, accountant, agrees) -> None:
    """A refund receipt on the products of the invoice, each in proportion; the payment stays, and so does the invoice."""
    tenant = rentaxis.tenant("Recy Receipt")
    invoice = rentaxis.invoice(tenant, ("900.00", "4000"), ("100.00", "4100"))
    payment = rentaxis.payment(tenant, "1000.00", (invoice, "1000.00"), day=PAID)
    sync()
    before = accountant.of("payment", payment)
    part = rentaxis.refund(payment, "333.33", day=JUNE)
    rest = rentaxis.refund(payment, "666.67", day=JULY)
    rentaxis.change("payments", payment, status="refunded")
    result = sync()
    first, second = accountant.of("refund", part), accountant.of("refund", rest)
    assert [found["entity"] for found in (first, second)] == ["RefundReceipt"] * 2
    assert lines(first) == [("Rent", money("300.00")), ("Late Fee", money("33.33"))]
    assert lines(second) == [("Rent", money("600.00")), ("Late Fee", money("66.67"))]
    assert (first["DepositToAccountRef"]["name"], first["TxnDate"]) == ("Checking", "2026-06-09")
    assert result["payment", str(payment)].reason_code == "unchanged"
    assert accountant.of("payment", payment)["Line"] == before["Line"]
    assert (accountant.of("invoice", invoice)["Balance"], accountant.balance("Recy Receipt")) == (0, 0)
    assert not agrees()


def test_the_debt_is_open_again(rentaxis, sync, accountant, agrees) -> None:
    """RentAxis released what the payment had paid: the payment is unapplied, the refund takes its credit, the invoice is owed again."""
    tenant = rentaxis.tenant("Opal Open")
    invoice = rentaxis.invoice(tenant, "300.00")
    payment = rentaxis.payment(tenant, "300.00", (invoice, "300.00"), day=PAID)
    sync()
    rentaxis.apply(payment)
    rentaxis.change("payments", payment, status="refunded")
    refund = rentaxis.refund(payment, "300.00", day=JUNE)
    sync()
    found = accountant.of("refund", refund)
    assert found["entity"] == "Purchase"
    assert applied(accountant.of("payment", payment)) == {found["Id"]: money("300.00")}
    assert accountant.of("invoice", invoice)["Balance"] == accountant.balance("Opal Open") == money("300.00")
    (row,) = agrees()
    assert (row["rentaxis"], row["quickbooks"]) == (money(300), money(300))


def test_a_refund_is_void(rentaxis, sync, accountant, agrees) -> None:
    """The payment lets go of it, and it is brought to zero, whichever it was; the money is the customer's again."""
    tenant = rentaxis.tenant("Vida Void")
    invoice = rentaxis.invoice(tenant, "200.00")
    payment = rentaxis.payment(tenant, "250.00", (invoice, "200.00"), day=PAID)
    over, of_rent = rentaxis.refund(payment, "50.00", day=JUNE), rentaxis.refund(payment, "80.00", day=JULY)
    sync()
    assert [accountant.of("refund", one)["entity"] for one in (over, of_rent)] == [
        "Purchase",
        "RefundReceipt",
    ]
    rentaxis.change("payment_refunds", over, status="void")
    rentaxis.change("payment_refunds", of_rent, status="void")
    sync()
    assert [accountant.of("refund", one)["TotalAmt"] for one in (over, of_rent)] == [0, 0]
    assert accountant.of("payment", payment)["UnappliedAmt"] == money("50.00")
    assert accountant.balance("Vida Void") == money("-50.00")
    agrees()


@pytest.mark.parametrize(("amount", "held"), [("30.00", True), ("60.00", False)])
def test_a_refund_that_pays_back_another_amount_goes_in_one_run(
    rentaxis, sync, accountant, agrees, chain, amount: str, held: bool
) -> None:
    """Lowered, it follows its payment, which lets go of the rest first; raised, it goes first. On its own day alone it waits for the payment."""
    tenant = rentaxis.tenant(f"Ama Amount {amount}")
    payment = rentaxis.payment(tenant, "100.00", day=PAID)
    refund = rentaxis.refund(payment, "50.00", day=JUNE)
    sync()
    rentaxis.change("payment_refunds", refund, amount=Decimal(amount))
    alone = chain.sync("refunds", first_day=JUNE, last_day=JUNE)["refund", str(refund)]
    assert alone.reason_code == ("held_by_payment" if held else None)
    if held:
        assert (
            f"cannot be made smaller in QuickBooks while the credit of payment PAY-{payment} pays it"
            in alone.reason
        )
    rows = sync()
    assert not [row.reason for row in rows.values() if row.status == "failed"]
    found = accountant.of("refund", refund)
    assert found["TotalAmt"] == money(amount)
    assert applied(accountant.of("payment", payment)) == {found["Id"]: money(amount)}
    assert {row.reason_code for row in sync().values()} == {"unchanged"}
    agrees()


@pytest.mark.parametrize("amount", ["30.00", None])
def test_a_refund_that_is_lowered_or_void_and_pushed_alone_takes_its_payment_along(
    rentaxis, sync, accountant, chain, amount: str | None
) -> None:
    """One record, chosen by its id: the payment lets go of it in the same run."""
    payment = rentaxis.payment(rentaxis.tenant(f"Al One {amount}"), "100.00", day=PAID)
    refund = rentaxis.refund(payment, "50.00", day=JUNE)
    sync()
    changes = {"status": "void"} if amount is None else {"amount": Decimal(amount)}
    rentaxis.change("payment_refunds", refund, **changes)
    assert chain.push_record("refund", refund).status == "updated"
    found = accountant.of("refund", refund)
    assert found["TotalAmt"] == money(amount or 0)
    assert applied(accountant.of("payment", payment)).get(found["Id"], 0) == money(amount or 0)


def test_what_was_approved_with_its_refund_is_applied_by_the_next_run(
    rentaxis, sync, accountant, chain
) -> None:
    """All of a plan is decided before anything is sent: the payment's row says what waits for the refund."""
    payment = rentaxis.payment(rentaxis.tenant("Appro Ved"), "100.00", day=PAID)
    refund = rentaxis.refund(payment, "40.00", day=JUNE)
    rentaxis.keep_accounts()
    row = chain.approve(chain.preview())["payment", str(payment)]
    assert row.reason_code == "applied_in_part"
    assert f"40.00 is waiting for refund {refund}, which is not in QuickBooks yet" in row.reason
    sync()
    found = accountant.of("refund", refund)
    assert applied(accountant.of("payment", payment)) == {found["Id"]: money("40.00")}
    assert {each.reason_code for each in sync().values()} == {"unchanged"}


def test_the_payment_is_in_a_bank_deposit(rentaxis, sync, accountant, agrees) -> None:
    """QuickBooks changes no payment in a deposit: the refund is booked all the same, and the customer's balance is right."""
    tenant = rentaxis.tenant("Dep Deposit")
    payment = rentaxis.payment(tenant, "70.00", day=PAID)
    sync()
    accountant.control(
        "hand",
        {
            "deed": "deposit",
            "payments": [accountant.of("payment", payment)["Id"]],
            "account": accountant.account("Checking"),
        },
    )
    refund = rentaxis.refund(payment, "70.00", day=JUNE)
    result = sync()
    assert result["refund", str(refund)].status == "created"
    assert result["payment", str(payment)].status == "skipped"
    assert accountant.balance("Dep Deposit") == 0
    open_now = agrees()
    assert sum(row["quickbooks"] for row in open_now if row["party"] == "Dep Deposit") == 0


@pytest.mark.parametrize(
    ("refunds", "reason"),
    [
        (("150.00",), "Enter two refunds"),
        (("100.00", "950.00"), "Correct the refund"),
    ],
)
def test_refunds_that_cannot_be(rentaxis, sync, accountant, refunds, reason) -> None:
    """Of both kinds at once, or more than is left: the row says what to do, and nothing is booked."""
    tenant = rentaxis.tenant(f"Nobo {reason}")
    invoice = rentaxis.invoice(tenant, "900.00")
    payment = rentaxis.payment(tenant, "1000.00", (invoice, "900.00"), day=PAID)
    made = [rentaxis.refund(payment, amount, day=JUNE) for amount in refunds]
    row = sync()["refund", str(made[-1])]
    assert (row.status, row.reason_code) == ("failed", "invalid_value")
    assert reason in (row.how_to_fix or "")
    assert not accountant.all_of("refund", made[-1])
    rentaxis.change("payment_refunds", made[-1], status="void")


def test_refunds_are_undone_with_their_run(rentaxis, sync, accountant, chain) -> None:
    """The expense and the receipt are deleted, and the payment has its credit again."""
    tenant = rentaxis.tenant("Una Undone")
    invoice = rentaxis.invoice(tenant, "100.00")
    payment = rentaxis.payment(tenant, "140.00", (invoice, "100.00"), day=PAID)
    sync()
    over, of_rent = rentaxis.refund(payment, "40.00", day=JUNE), rentaxis.refund(payment, "60.00", day=JULY)
    done = run_of(sync())
    assert accountant.balance("Una Undone") == 0
    undo(chain, done)
    assert not accountant.all_of("refund", over)
    assert not accountant.all_of("refund", of_rent)
    assert accountant.of("payment", payment)["UnappliedAmt"] == money("40.00")
    assert accountant.balance("Una Undone") == money("-40.00")
    rentaxis.erase("payment_refunds", over)
    rentaxis.erase("payment_refunds", of_rent)


def test_without_being_asked_for_they_are_listed(rentaxis, sync, accountant, chain) -> None:
    """A company that did not ask pushes none: a refunded payment is refused as ever."""
    chain.company = chain.company.model_copy(update={"also_push": ()})
    tenant = rentaxis.tenant("Nona Asked")
    invoice = rentaxis.invoice(tenant, "30.00")
    payment = rentaxis.payment(tenant, "30.00", (invoice, "30.00"), day=PAID, status="refunded")
    refund = rentaxis.refund(payment, "30.00", day=JUNE)
    result = sync()
    assert result["payment", str(payment)].reason_code == "invalid_value"
    assert ("refund", str(refund)) not in result
    assert not accountant.all_of("refund", refund)


def test_a_refund_that_rentaxis_does_not_have_is_asked_for(rentaxis, sync) -> None:
    """Refunds are pushed, but of this payment only the status is known: neither its day nor its amount, so nothing is booked."""
    tenant = rentaxis.tenant("Noa Amount")
    invoice = rentaxis.invoice(tenant, "45.00")
    payment = rentaxis.payment(tenant, "45.00", (invoice, "45.00"), day=PAID, status="refunded")
    told = sync()["payment", str(payment)]
    assert (told.reason_code, "has no refund of it" in str(told.reason)) == ("invalid_value", True)


def test_a_payment_and_its_refund_of_one_run_leave_nothing_open(rentaxis, sync, accountant) -> None:
    """The refund is pushed first, whoever runs it, so that the payment's credit pays it at once (Dagster's steps: test_sync_order)."""
    tenant = rentaxis.tenant("Una Run")
    invoice = rentaxis.invoice(tenant, "900.00")
    payment = rentaxis.payment(tenant, "1000.00", (invoice, "900.00"), day=PAID)
    refund = rentaxis.refund(payment, "100.00", day=JUNE)
    sync()
    assert applied(accountant.of("payment", payment))[accountant.of("refund", refund)["Id"]] == money(
        "100.00"
    )
    again = sync(full=True)
    assert (
        again["payment", str(payment)].reason_code == again["refund", str(refund)].reason_code == "unchanged"
    )
