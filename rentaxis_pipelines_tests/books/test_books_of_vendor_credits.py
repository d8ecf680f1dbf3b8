"""Expenses below zero, from the RentAxis row to what an accountant reads in QuickBooks: vendor credits and credit card credits."""

import datetime as dt

import pytest

from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines_tests.support.accountant import lines, money


@pytest.fixture
def pushed(policies) -> None:
    """A company that pushes what vendors give back."""
    policies(vendor_credits="push")


def test_a_credit_of_a_vendor_is_a_vendor_credit(pushed, rentaxis, sync, accountant) -> None:
    """It reduces what is owed to the vendor (Intuit, "Enter vendor credits and refunds in QuickBooks Online": a vendor credit)."""
    vendor = rentaxis.vendor("Return Hardware", email="returns@example.com")
    expense = rentaxis.expense("-35.00", status="unpaid", vendor_id=vendor, description="Returned tap")
    assert sync()["expense", str(expense)].status == "created"
    found = accountant.of("expense", expense)
    assert (found["entity"], found["TotalAmt"], found["TxnDate"]) == ("VendorCredit", money(35), "2026-05-01")
    assert found["VendorRef"]["name"] == "Return Hardware"
    assert lines(found) == [("Repairs", money(35))]
    assert sync()["expense", str(expense)].reason_code == "unchanged"
    rentaxis.change("expenses", expense, amount="-20.00")
    assert sync()["expense", str(expense)].status == "updated"
    assert accountant.of("expense", expense)["TotalAmt"] == money(20)
    rentaxis.change("expenses", expense, status="void")
    sync()
    assert accountant.of("expense", expense)["TotalAmt"] == 0


def test_a_vendor_credit_needs_a_vendor(pushed, rentaxis, sync) -> None:
    """QuickBooks takes no vendor credit without one (entity reference: VendorRef is required)."""
    expense = rentaxis.expense("-5.00", status="unpaid")
    told = sync()["expense", str(expense)]
    assert (told.status, told.reason_code) == ("failed", "missing_field")


def test_a_refund_to_a_card_is_a_credit_card_credit(pushed, rentaxis, sync, accountant) -> None:
    """A Purchase with Credit (Intuit, "Enter vendor credits and refunds in QuickBooks Online": a credit card credit), and a charge again
    once it is above zero.
    """
    expense = rentaxis.expense("-60.00", paid_from_account_id=1010, payment_method="credit_card")
    assert sync()["expense", str(expense)].status == "created"
    found = accountant.of("expense", expense)
    assert (found["entity"], found["Credit"], found["TotalAmt"]) == ("Purchase", True, money(60))
    assert found["AccountRef"]["name"] == "Corporate Card"
    rentaxis.change("expenses", expense, amount="15.00")
    assert sync()["expense", str(expense)].status == "updated"
    found = accountant.of("expense", expense)
    assert (found["Credit"], found["TotalAmt"]) == (False, money(15))


def test_money_back_to_the_bank_is_for_a_person(pushed, rentaxis, sync, accountant) -> None:
    """It is a bank deposit (Intuit, "Enter vendor credits and refunds in QuickBooks Online"): refused by name, with what to do."""
    expense = rentaxis.expense("-44.00", paid_from_account_id=1000)
    told = sync()["expense", str(expense)]
    assert (told.status, told.reason_code) == ("failed", "invalid_value")
    assert "Enter a bank deposit from the vendor" in (told.how_to_fix or "")
    assert not accountant.all_of("expense", expense)


def test_a_vendor_credit_that_went_to_the_card_changes_its_kind(pushed, rentaxis, sync, accountant) -> None:
    """The vendor credit is brought to zero, the card credit takes its number over."""
    vendor = rentaxis.vendor("Card Refunds", email="cards@example.com")
    expense = rentaxis.expense("-25.00", status="unpaid", vendor_id=vendor)
    sync()
    rentaxis.change(
        "expenses",
        expense,
        status="paid",
        paid_at=dt.date(2026, 5, 9),
        payment_method="credit_card",
        paid_from_account_id=1010,
    )
    assert sync()["expense", str(expense)].status == "created"
    by_kind = {found["entity"]: found for found in accountant.all_of("expense", expense)}
    assert by_kind["VendorCredit"]["TotalAmt"] == 0
    assert (by_kind["Purchase"]["TotalAmt"], by_kind["Purchase"]["TxnDate"]) == (money(25), "2026-05-09")
    assert by_kind["Purchase"]["DocNumber"] == f"RX-E-{expense}"


def test_without_being_asked_it_is_refused_as_ever(rentaxis, sync, accountant) -> None:
    """The policy is refuse unless the company says otherwise."""
    expense = rentaxis.expense("-9.00", paid_from_account_id=1010, payment_method="credit_card")
    told = sync()["expense", str(expense)]
    assert (told.status, told.reason_code) == ("failed", "invalid_value")
    assert not accountant.all_of("expense", expense)


def test_both_sides_agree(pushed, chain, rentaxis, sync) -> None:
    """The proof: an expense below zero against a transaction of its own kind above zero."""
    vendor = rentaxis.vendor("Proof Vendor", email="proof@example.com")
    mine = [
        rentaxis.expense("-31.00", status="unpaid", vendor_id=vendor),
        rentaxis.expense("-32.00", paid_from_account_id=1010, payment_method="credit_card"),
    ]
    sync()
    with chain.run() as run:
        summary = reconcile(run, chain.environment, context_of(run, chain.company))
        assert summary.failed_tests == []
        explained = {row["record"]: row for row in rows_of(run.connection, "records")}
    found = [explained[f"expense/{expense}"] for expense in mine]
    assert [(row["explanation"], row["rentaxis_total"], row["quickbooks_total"]) for row in found] == [
        ("agrees", -31, -31),
        ("agrees", -32, -32),
    ]
