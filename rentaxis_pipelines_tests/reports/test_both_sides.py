"""Both sides of a record field by field: the same words as a plan, differences marked, an accountant's additions left unmarked."""

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.model.source_records import (
    Account,
    Allocation,
    Expense,
    Invoice,
    InvoiceLine,
    Payer,
    Payment,
    Place,
    Vendor,
)
from rentaxis_pipelines.reports.both_sides import SideBySide, both_sides, plain_fields, status_of
from rentaxis_pipelines.reports.plan_changes import Words
from rentaxis_pipelines.reports.plan_lists import Account as ListedAccount
from rentaxis_pipelines.reports.plan_lists import Lists

NAMES = {
    ("Item", "7"): "Rent",
    ("Item", "8"): "Parking",
    ("Customer", "58"): "Jane Doe",
    ("Customer", "59"): "Ann Lee",
    ("Invoice", "145"): "INV-42",
}
WORDS = Words(Lists(names=NAMES), {"tenant/9": "Ada Byron (not in QuickBooks yet)"})
AT = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
NOWHERE = Place(None, None, None, None)


def line(item: str = "7", amount: str = "1200.00", description: str = "October") -> dict[str, Any]:
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": Decimal(amount),
        "Description": description,
        "SalesItemLineDetail": {"ItemRef": {"value": item}, "TaxCodeRef": {"value": "NON"}},
    }


def sent(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "CustomerRef": {"value": "58"},
        "DocNumber": "INV-42",
        "TxnDate": "2026-10-01",
        "PrivateNote": "12 Elm Street, unit 4\nRentAxis invoice 17",
        "Line": [line()],
    }
    return whole | changes


def there(**changes: Any) -> dict[str, Any]:
    stored = sent() | {
        "Id": "145",
        "SyncToken": "0",
        "TotalAmt": Decimal("1200.00"),
        "Balance": Decimal("0"),
        "MetaData": {"LastUpdatedTime": "2026-10-03T02:05:00Z"},
    }
    lines = [{"Id": "1", **each} for each in (changes.pop("Line", None) or stored["Line"])]
    subtotal = {"DetailType": "SubTotalLineDetail", "Amount": Decimal("1200.00")}
    return stored | {"Line": [*lines, subtotal]} | changes


def told(rows: list[SideBySide]) -> list[tuple[str, str, str, bool]]:
    return [(row.field, row.rentaxis, row.quickbooks, row.differs) for row in rows]


def test_what_agrees_stands_side_by_side_and_nothing_is_marked() -> None:
    """In the order of a form, names for references, no line about whose it is, no id."""
    rows = told(both_sides("Invoice", sent(), there(), WORDS))
    assert rows == [
        ("amount", "1,200.00", "1,200.00", False),
        ("customer", "Jane Doe", "Jane Doe", False),
        ("date", "Oct 1, 2026", "Oct 1, 2026", False),
        ("number", "INV-42", "INV-42", False),
        ("line 1", "Rent: October, 1,200.00", "Rent: October, 1,200.00", False),
        ("memo", "12 Elm Street, unit 4", "12 Elm Street, unit 4", False),
    ]


def test_a_refund_is_a_customers_and_a_journal_entry_says_its_sides() -> None:
    """As an accountant reads them: who is paid back, what is debited, what is credited."""
    refund = {"EntityRef": {"value": "58", "type": "Customer"}, "TxnDate": "2026-10-01"}
    assert ("customer", "Jane Doe", "", False) in told(both_sides("Purchase", refund, None, WORDS))

    def side(posting: str, account: str) -> dict[str, Any]:
        detail = {"PostingType": posting, "AccountRef": {"value": account}}
        return {"DetailType": "JournalEntryLineDetail", "Amount": Decimal(5), "Description": "Fee", "JournalEntryLineDetail": detail}  # fmt: skip

    entry = {"Line": [side("Debit", "3"), side("Credit", "4")]}
    accounts = {"3": ListedAccount("Fees"), "4": ListedAccount("Checking")}
    rows = told(both_sides("JournalEntry", entry, None, Words(Lists(accounts=accounts))))
    assert [row[1] for row in rows] == ["5.00", "debit Fees: Fee, 5.00", "credit Checking: Fee, 5.00"]


def test_each_difference_is_marked_where_it_is() -> None:
    changed = there(
        CustomerRef={"value": "59"},
        TotalAmt=Decimal("1250.00"),
        DocNumber="1042",
        Line=[line(), line("8", "50.00", "Spot 3")],
    )
    assert [row for row in told(both_sides("Invoice", sent(), changed, WORDS)) if row[3]] == [
        ("amount", "1,200.00", "1,250.00", True),
        ("customer", "Jane Doe", "Ann Lee", True),
        ("number", "INV-42", "1042", True),
        ("line 2", "", "Parking: Spot 3, 50.00", True),
    ]


def test_lines_in_another_order_are_the_same_lines() -> None:
    ours = sent(Line=[line(), line("8", "50.00", "Spot 3")])
    theirs = there(TotalAmt=Decimal("1250.00"), Line=[line("8", "50.00", "Spot 3"), line()])
    assert not [row for row in both_sides("Invoice", ours, theirs, WORDS) if row.differs]


def test_what_only_the_accountant_entered_is_shown_and_no_difference() -> None:
    rows = told(both_sides("Invoice", sent(), there(DueDate="2026-10-05", AllowIPNPayment=False), WORDS))
    assert ("due date", "", "Oct 5, 2026", False) in rows
    assert not [row for row in rows if row[3]]


def test_a_record_that_was_never_pushed_has_one_side_and_no_difference() -> None:
    """What it needs first is named."""
    ours = sent(CustomerRef={"value": "pending:tenant/9"})
    rows = told(both_sides("Invoice", ours, None, WORDS))
    assert ("customer", "Ada Byron (not in QuickBooks yet)", "", False) in rows
    assert not [row for row in rows if row[2] or row[3]]


def test_a_void_is_an_amount_of_nothing() -> None:
    rows = told(
        both_sides("Invoice", {"PrivateNote": "Void in RentAxis: twice"}, there(), WORDS, voided=True)
    )
    assert rows[0] == ("amount", "0.00 (voided)", "1,200.00", True)
    assert ("customer", "", "Jane Doe", False) in rows
    voided = there(TotalAmt=Decimal("0.00"), PrivateNote="Void in RentAxis: twice")
    assert not [
        row
        for row in both_sides(
            "Invoice", {"PrivateNote": "Void in RentAxis: twice"}, voided, WORDS, voided=True
        )
        if row.differs
    ]


def test_a_payment_says_what_it_is_applied_to() -> None:
    paid = {"Amount": Decimal("500.00"), "LinkedTxn": [{"TxnId": "145", "TxnType": "Invoice"}]}
    ours = {
        "CustomerRef": {"value": "58"},
        "TotalAmt": Decimal("500.00"),
        "PaymentRefNum": "PAY-7",
        "Line": [paid],
    }
    theirs = ours | {"Id": "9", "Line": []}
    assert [row for row in told(both_sides("Payment", ours, theirs, WORDS)) if row[3]] == [
        ("applied to", "invoice INV-42, 500.00", "", True)
    ]


MONEY = st.integers(min_value=0, max_value=10**9).map(lambda cents: Decimal(cents) / 100)
LINES = st.lists(st.tuples(st.sampled_from(["7", "8"]), MONEY, st.text("ab ", max_size=3)), max_size=5).map(
    lambda entries: [line(item, str(amount), text) for item, amount, text in entries]
)


@given(ours=LINES, theirs=LINES)
def test_no_line_is_lost_and_equal_ones_are_never_marked(ours: list[Any], theirs: list[Any]) -> None:
    """Every line of either side is shown once; what is not marked reads the same on both sides."""
    rows = [
        row
        for row in both_sides("Invoice", {"Line": ours}, {"Line": theirs, "TotalAmt": 0}, WORDS)
        if row.field.startswith("line")
    ]
    assert len([row for row in rows if row.rentaxis]) == len(ours)
    assert len([row for row in rows if row.quickbooks]) == len(theirs)
    for row in rows:
        assert row.differs or row.rentaxis == row.quickbooks


def test_what_cannot_be_pushed_reads_in_the_same_words() -> None:
    payer = Payer("tenant", "9", "Ada Byron", "ada@example.com", None, None, 1, AT, AT, None, None)
    rent = InvoiceLine("1", 1, "Rent", Decimal("900.00"), Account("4", "4000", "Rental income", "income"))
    invoice = Invoice(
        "17", "INV-42", "rent", "tenant", "9", payer, dt.date(2026, 10, 1), None, "partially_paid", Decimal("900.00"), None, None,
        "by hand", None, NOWHERE, [rent], AT, None, None,
    )  # fmt: skip
    assert {row.field: row.rentaxis for row in plain_fields(invoice)} == {
        "amount": "900.00", "customer": "Ada Byron", "date": "Oct 1, 2026", "number": "INV-42", "line 1": "Rent, 900.00", "memo": "by hand",
    }  # fmt: skip
    assert status_of(invoice) == "partially paid"
    payment = Payment(
        "3", "PAY-7", "tenant", "9", payer, Decimal("50.00"), dt.date(2026, 10, 2), "bank_transfer", "completed", None, None, None,
        [Allocation("1", "17", "INV-42", Decimal("50.00"))], AT, AT, None,
    )  # fmt: skip
    fields = {row.field: row.rentaxis for row in plain_fields(payment)}
    assert (fields["payment method"], fields["applied to"]) == ("bank transfer", "invoice INV-42, 50.00")
    assert status_of(payment) == "deleted"
    expense = Expense(
        "5", dt.date(2026, 10, 2), None, Decimal("80.00"), Vendor(None, "Ace Plumbing", None, None, None), "pipe", None, NOWHERE, None,
        "paid", "check", dt.date(2026, 10, 4), None, None, None, AT, None, None,
    )  # fmt: skip
    assert {row.field: row.rentaxis for row in plain_fields(expense)}["vendor"] == "Ace Plumbing"
    assert {row.field: row.rentaxis for row in plain_fields(payer)} == {
        "name": "Ada Byron",
        "e-mail": "ada@example.com",
    }
