"""Each accounting case of expenses, from the RentAxis row to what an accountant reads in QuickBooks."""

import datetime as dt

import pytest

from rentaxis_pipelines_tests.support.accountant import applied, lines, money, one


@pytest.mark.parametrize(
    ("method", "way", "account"),
    [
        ("check", "Check", "Checking"),
        ("ach", "Cash", "Checking"),
        ("credit_card", "CreditCard", "Corporate Card"),
    ],
)
def test_expense_paid_now(rentaxis, sync, accountant, method, way, account) -> None:
    """A purchase from the method's account, booked to the account of its category."""
    expense = rentaxis.expense("125.40", payment_method=method)
    sync()
    found = accountant.of("expense", expense)
    assert (found["entity"], found["PaymentType"], found["AccountRef"]["name"]) == ("Purchase", way, account)
    assert lines(found) == [("Repairs", money("125.40"))]
    assert found["TotalAmt"] == money("125.40")


def test_expense_unpaid_then_paid(rentaxis, sync, accountant) -> None:
    """A bill the vendor is owed; paid later, the bill stays and a bill payment closes it. Unpaid again, it is open again."""
    vendor = rentaxis.vendor("Volt Electric", email="volt@example.com")
    expense = rentaxis.expense(
        "300.00", "5100", status="unpaid", vendor_id=vendor, due_date=dt.date(2026, 5, 31)
    )
    sync()
    bill = accountant.of("expense", expense)
    assert (bill["entity"], bill["DueDate"], bill["Balance"]) == ("Bill", "2026-05-31", money("300.00"))
    assert bill["VendorRef"]["name"] == "Volt Electric"
    paid = {"status": "paid", "payment_method": "check", "paid_at": dt.date(2026, 6, 2)}
    rentaxis.change("expenses", expense, **paid)
    sync()
    payment = accountant.of("expense_payment", expense)
    assert (accountant.of("expense", expense)["Id"], accountant.of("expense", expense)["Balance"]) == (
        bill["Id"],
        0,
    )
    assert (applied(payment), payment["TxnDate"]) == ({bill["Id"]: money("300.00")}, "2026-06-02")
    assert payment["CheckPayment"]["BankAccountRef"]["name"] == "Checking"
    rentaxis.change("expenses", expense, status="unpaid", payment_method=None, paid_at=None)
    sync()
    assert accountant.of("expense_payment", expense)["TotalAmt"] == 0
    assert accountant.of("expense", expense)["Balance"] == money("300.00")


def test_expense_voided(rentaxis, sync, accountant) -> None:
    """A purchase, and a bill with its payment, come to zero and keep their numbers."""
    purchase = rentaxis.expense("20.00")
    bill = rentaxis.expense("30.00", status="unpaid", vendor_name="Volt Electric")
    sync()
    rentaxis.change("expenses", bill, status="paid", payment_method="check", paid_at=dt.date(2026, 5, 9))
    sync()
    assert accountant.of("expense_payment", bill)["TotalAmt"] == money("30.00")
    rentaxis.change("expenses", purchase, status="void")
    rentaxis.change("expenses", bill, status="void")
    sync()
    for expense in (purchase, bill):
        found = accountant.of("expense", expense)
        assert (found["TotalAmt"], found["DocNumber"]) == (0, f"RX-E-{expense}")
        assert found["PrivateNote"].startswith("Voided")
    assert accountant.of("expense_payment", bill)["TotalAmt"] == 0


def test_expense_on_a_custom_property_name(rentaxis, sync, accountant) -> None:
    """The name stands in the note."""
    expense = rentaxis.expense("15.00", property_id=None, custom_property_name="The old barn")
    sync()
    assert accountant.of("expense", expense)["PrivateNote"].splitlines() == [
        "Property: The old barn",
        "Kitchen tap",
        f"RentAxis expense {expense}",
    ]


def test_vendor(rentaxis, sync, accountant) -> None:
    """A vendor is made once; a purchase goes without one, a bill does not."""
    vendor = rentaxis.vendor("Drain Surgeons", phone="(555) 010-0188")
    first = rentaxis.expense("10.00", vendor_id=vendor)
    second = rentaxis.expense("11.00", status="unpaid", vendor_id=vendor)
    nobody = rentaxis.expense("12.00")
    refused = rentaxis.expense("13.00", status="unpaid")
    result = sync()
    made = one(found for found in accountant.all("Vendor") if found["DisplayName"] == "Drain Surgeons")
    assert accountant.of("expense", first)["EntityRef"]["value"] == made["Id"]
    assert accountant.of("expense", second)["VendorRef"]["value"] == made["Id"]
    assert made["Balance"] == money("11.00")
    assert "EntityRef" not in accountant.of("expense", nobody)
    assert result["expense", str(refused)].reason_code == "missing_field"
    assert not accountant.all_of("expense", refused)


def test_a_vendor_taken_off_an_expense(rentaxis, sync, accountant) -> None:
    """Emptied in RentAxis, emptied in QuickBooks; a bill's emptied due date is the day of the bill."""
    vendor = rentaxis.vendor("Gone Vendor")
    purchase = rentaxis.expense("10.00", vendor_id=vendor)
    bill = rentaxis.expense("10.00", status="unpaid", vendor_id=vendor, due_date=dt.date(2026, 7, 1))
    sync()
    rentaxis.change("expenses", purchase, vendor_id=None, description=None)
    rentaxis.change("expenses", bill, due_date=None)
    sync()
    found = accountant.of("expense", purchase)
    assert "EntityRef" not in found
    assert "Description" not in found["Line"][0]
    assert found["PrivateNote"] == f"12 Elm Street\nRentAxis expense {purchase}"
    assert accountant.of("expense", bill)["DueDate"] == "2026-05-01"
    assert sync()["expense", str(purchase)].reason_code == "unchanged"


def test_payable_invoices(rentaxis, sync, accountant) -> None:
    """What the landlord owes is never an invoice; the same debt as an expense goes once and names the invoice."""
    payable = rentaxis.invoice(("tenant", 0), "77.00", type="payable", billed_to_type=None, billed_to_id=None)
    expense = rentaxis.expense("77.00", payable_invoice_id=payable)
    result = sync()
    assert ("invoice", str(payable)) not in result
    assert not accountant.all_of("invoice", payable)
    assert f"Payable invoice in RentAxis: INV-{payable}" in accountant.of("expense", expense)["PrivateNote"]


def test_a_category_that_is_not_mapped(rentaxis, sync, accountant) -> None:
    """The row fails by name; the others go."""
    lost, fine = rentaxis.expense("5.00", "5999"), rentaxis.expense("6.00")
    result = sync()
    assert result["expense", str(lost)].reason_code == "missing_mapping"
    assert "5999 Old Repairs" in (result["expense", str(lost)].reason or "")
    assert result["expense", str(fine)].status == "created"


def test_journal_entries_and_bank_categorizations(rentaxis, sync, accountant) -> None:
    """They post in RentAxis' own ledger and are not pushed, nor are settlements of deposits or anything else beside the
    four record types: reconcile on documents, not on the profit and loss.
    """
    before = {entity: accountant.all(entity) for entity in ("JournalEntry", "Deposit", "Purchase", "Bill")}
    entry = rentaxis.add(
        "journal_entries",
        organization_id=1,
        entry_date=dt.date(2026, 5, 5),
        description="Reclass",
        status="posted",
    )
    for debit, credit, account in ((100, 0, 5100), (0, 100, 1000)):
        rentaxis.add(
            "journal_entry_lines", journal_entry_id=entry, account_id=account, debit=debit, credit=credit
        )
    rentaxis.add(
        "bank_transactions",
        organization_id=1,
        account_id=1000,
        txn_date=dt.date(2026, 5, 5),
        amount=-100,
        source="quickbooks",
        status="categorized",
        journal_entry_id=entry,
    )
    sync()
    assert {entity: accountant.all(entity) for entity in before} == before


def test_bank_feed_loop(rentaxis, sync, accountant) -> None:
    """A bank line RentAxis matched to an expense makes no second expense: the accountant matches it in QuickBooks' own feed."""
    expense = rentaxis.expense("64.00")
    rentaxis.add(
        "bank_transactions",
        organization_id=1,
        account_id=1000,
        txn_date=dt.date(2026, 5, 1),
        amount=-64,
        source="quickbooks",
        status="matched",
        matched_type="expense",
        matched_id=expense,
    )
    sync()
    assert [found["TotalAmt"] for found in accountant.all_of("expense", expense)] == [money("64.00")]
    assert sum(found["TotalAmt"] == money("64.00") for found in accountant.all("Purchase")) == 1
