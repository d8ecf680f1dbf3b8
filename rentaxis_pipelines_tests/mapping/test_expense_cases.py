"""What is spent: every accounting case of an expense and its vendor that is left to the sync, as it is decided here."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from rentaxis_pipelines.mapping.expenses import plan_expense, plan_replaced
from rentaxis_pipelines.mapping.outcome import Context, Existing, Facts
from rentaxis_pipelines.mapping.parties import plan_vendor
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines.model.payload import VOID_HASH, VOIDED_BY_OPERATION
from rentaxis_pipelines.model.source_records import Account, Vendor
from rentaxis_pipelines_tests.mapping.planned import (
    DELETED,
    linked,
    mapped,
    plan_whole_payment,
    refusal,
)


def test_an_expense_paid_now_is_a_purchase(make: SimpleNamespace, context: Context) -> None:
    planned = mapped(plan_expense(make.expense(), None, context, Facts("60")))
    assert planned.entity == "Purchase"
    assert planned.payload == {
        "PaymentType": "Check",
        "AccountRef": {"value": "35"},
        "EntityRef": {"value": "60", "type": "Vendor"},
        "DocNumber": "RX-E-44",
        "TxnDate": "2026-03-10",
        "PrivateNote": "Kitchen tap\nRentAxis expense 44",
        "Line": [
            {
                "DetailType": "AccountBasedExpenseLineDetail",
                "Amount": Decimal("310.00"),
                "Description": "Kitchen tap",
                "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "50"}},
            }
        ],
    }


@pytest.mark.parametrize(
    ("method", "paid_from", "way", "account"),
    [
        ("cash", None, "Cash", "35"),
        ("check", None, "Check", "35"),
        ("credit_card", None, "CreditCard", "40"),
        ("check", Account("1", "1010", "Corporate Card", "liability"), "CreditCard", "40"),
        ("credit_card", Account("1", "1000", "Operating Checking", "asset"), "Cash", "35"),
        (None, Account("1", "1000", "Operating Checking", "asset"), "Cash", "35"),
    ],
)
def test_the_way_of_payment_always_fits_the_account_paid_from(
    make: SimpleNamespace,
    context: Context,
    method: str | None,
    paid_from: Account | None,
    way: str,
    account: str,
) -> None:
    expense = make.expense(payment_method=method, paid_from_account=paid_from)
    payload = mapped(plan_expense(expense, None, context, Facts(None))).payload
    assert (payload["PaymentType"], payload["AccountRef"]) == (way, {"value": account})


def test_a_purchase_needs_no_vendor(make: SimpleNamespace, context: Context) -> None:
    expense = make.expense(vendor=None)
    assert "EntityRef" not in mapped(plan_expense(expense, None, context, Facts(None))).payload


def test_an_unpaid_expense_is_a_bill(make: SimpleNamespace, context: Context) -> None:
    expense = make.expense(status="unpaid", payment_method=None, paid_at=None, due_date=dt.date(2026, 4, 9))
    planned = mapped(plan_expense(expense, None, context, Facts("60")))
    assert planned.entity == "Bill"
    assert planned.payload["VendorRef"] == {"value": "60"}
    assert planned.payload["DueDate"] == "2026-04-09"
    assert "PaymentType" not in planned.payload
    assert plan_whole_payment(expense, "301", None, context, "60") is None


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        (None, "missing_field"),
        (Vendor(None, None, None, None, None), "missing_field"),
        (..., "waiting_for_parent"),
    ],
)
def test_a_bill_without_a_vendor_is_a_row_failure(
    make: SimpleNamespace, context: Context, vendor: Any, code: str
) -> None:
    expense = make.expense(status="unpaid") if vendor is ... else make.expense(status="unpaid", vendor=vendor)
    assert refusal(plan_expense(expense, None, context, Facts(None))).code == code


def test_a_bill_paid_later_stays_and_gets_a_bill_payment(make: SimpleNamespace, context: Context) -> None:
    unpaid = make.expense(status="unpaid", payment_method=None, paid_at=None)
    bill = linked(mapped(plan_expense(unpaid, None, context, Facts("60"))))
    paid = make.expense(paid_at=dt.date(2026, 4, 2))
    assert refusal(plan_expense(paid, bill, context, Facts("60"))).code == "unchanged"
    planned = mapped(plan_whole_payment(paid, "301", None, context, "60"))
    assert (planned.action, planned.entity, planned.total) == ("create", "BillPayment", Decimal("310.00"))
    assert planned.payload == {
        "VendorRef": {"value": "60"},
        "DocNumber": "RX-B-44",
        "TxnDate": "2026-04-02",
        "TotalAmt": Decimal("310.00"),
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": "35"}},
        "PrivateNote": "Pays RX-E-44\nRentAxis expense_payment 44",
        "Line": [{"Amount": Decimal("310.00"), "LinkedTxn": [{"TxnId": "301", "TxnType": "Bill"}]}],
    }
    again = plan_whole_payment(paid, "301", linked(planned), context, "60")
    assert refusal(again).code == "unchanged"
    card = make.expense(payment_method="credit_card")
    by_card = mapped(plan_whole_payment(card, "301", None, context, "60")).payload
    assert (by_card["PayType"], by_card["CreditCardPayment"]) == (
        "CreditCard",
        {"CCAccountRef": {"value": "40"}},
    )


def test_a_bill_is_paid_from_a_bank_or_card_account_only(make: SimpleNamespace, context: Context) -> None:
    """A Purchase may be paid from a clearing account; QuickBooks' BillPayment knows a check and a card."""
    expense = make.expense(payment_method="stripe")
    assert mapped(plan_expense(expense, None, context, Facts("60"))).payload["AccountRef"] == {"value": "36"}
    refused = refusal(plan_whole_payment(expense, "301", None, context, "60"))
    assert refused.subject == "mappings.expense_payment_methods.stripe.pay_from"


@pytest.mark.parametrize("change", [{"status": "unpaid"}, {"status": "void"}, {"deleted_at": DELETED}])
def test_a_payment_taken_back_is_voided_off_its_bill(
    make: SimpleNamespace, context: Context, change: dict[str, Any]
) -> None:
    pushed = {"PrivateNote": "Pays RX-E-44\nRentAxis expense_payment 44"}
    payment = Existing("BillPayment", "302", "hash", pushed=pushed)
    planned = mapped(plan_whole_payment(make.expense(**change), "301", payment, context, "60"))
    assert (planned.action, planned.entity) == ("void", "BillPayment")
    done = msgspec.structs.replace(payment, content_hash=VOID_HASH)
    assert plan_whole_payment(make.expense(**change), "301", done, context, "60") is None


def test_a_purchase_never_gets_a_bill_payment(make: SimpleNamespace, context: Context) -> None:
    assert plan_whole_payment(make.expense(), None, None, context, "60") is None


def test_a_purchase_that_turns_unpaid_becomes_a_bill(make: SimpleNamespace, context: Context) -> None:
    """The bill is made anew under the same number; the purchase is brought to zero and gives its number free."""
    purchase = linked(mapped(plan_expense(make.expense(), None, context, Facts("60"))))
    unpaid = make.expense(status="unpaid")
    planned = mapped(plan_expense(unpaid, purchase, context, Facts("60")))
    assert (planned.action, planned.entity, planned.key) == ("create", "Bill", "RX-E-44")
    let_go = mapped(plan_replaced(unpaid, purchase, context))
    assert (let_go.action, let_go.entity, let_go.payload["DocNumber"]) == ("void", "Purchase", "RX-V-44")
    assert let_go.payload["Line"][0]["Amount"] == Decimal("0.00")
    assert parse_marker(let_go.payload["PrivateNote"]) == ("expense", "44")
    gone = msgspec.structs.replace(purchase, content_hash=VOID_HASH)
    assert refusal(plan_replaced(unpaid, gone, context)).code == "unchanged"
    assert refusal(plan_replaced(unpaid, None, context)).code == "unchanged"


LATE = dt.date(2026, 4, 2)
NOBODY: dict[str, Any] = {"vendor": None}
CLEARING: dict[str, Any] = {"payment_method": "stripe"}


@pytest.mark.parametrize(
    ("facts", "stands_as", "entity", "day"),
    [
        ({}, None, "Purchase", "2026-03-10"),
        ({}, "Purchase", "Purchase", "2026-03-10"),
        ({}, "Bill", "Bill", "2026-03-10"),
        ({"paid_at": None}, None, "Purchase", "2026-03-10"),
        (CLEARING, "Bill", "Purchase", "2026-03-10"),
        (NOBODY, None, "Purchase", "2026-03-10"),
        (NOBODY, "Bill", "Purchase", "2026-03-10"),
        ({"paid_at": LATE}, None, "Bill", "2026-03-10"),
        ({"paid_at": LATE}, "Purchase", "Bill", "2026-03-10"),
        ({"paid_at": LATE}, "Bill", "Bill", "2026-03-10"),
        ({"paid_at": LATE} | CLEARING, None, "Bill", "2026-03-10"),
        ({"paid_at": LATE} | NOBODY, None, "Purchase", "2026-04-02"),
        ({"paid_at": LATE} | NOBODY, "Bill", "Purchase", "2026-04-02"),
        ({"status": "unpaid", "paid_at": None}, None, "Bill", "2026-03-10"),
        ({"status": "unpaid", "paid_at": LATE}, "Purchase", "Bill", "2026-03-10"),
    ],
)
def test_what_an_expense_is_booked_as_follows_from_the_facts(
    make: SimpleNamespace, context: Context, facts: dict[str, Any], stands_as: Any, entity: str, day: str
) -> None:
    expense = make.expense(**facts)
    existing = Existing(stands_as, "301", "hash") if stands_as else None
    planned = mapped(plan_expense(expense, existing, context, Facts("60" if expense.vendor else None)))
    assert (planned.entity, planned.payload["TxnDate"]) == (entity, day)
    assert planned.action == ("update" if stands_as == entity else "create")


def test_what_was_owed_at_go_live_is_paid_on_its_day_out_of_the_opening_balance(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    """The expense belongs to the books before; the bank does not. No second expense: accounts payable becomes smaller."""
    began = with_policy(go_live=dt.date(2026, 4, 1))
    planned = mapped(plan_expense(make.expense(paid_at=LATE), None, began, Facts("60")))
    assert (planned.entity, planned.payload["TxnDate"]) == ("Purchase", "2026-04-02")
    (line,) = planned.payload["Line"]
    assert line["AccountBasedExpenseLineDetail"]["AccountRef"] == {"value": "39"}
    assert planned.payload["EntityRef"] == {"value": "60", "type": "Vendor"}
    assert "Owed since 2026-03-10, before go-live on 2026-04-01" in planned.payload["PrivateNote"]
    early = make.expense(paid_at=dt.date(2026, 3, 20))
    for expense in (make.expense(), early, make.expense(status="unpaid", paid_at=None)):
        assert refusal(plan_expense(expense, None, began, Facts("60"))).code == "before_go_live"
    nobody = mapped(plan_expense(make.expense(paid_at=LATE, vendor=None), None, began, Facts(None)))
    assert nobody.payload["Line"][0]["AccountBasedExpenseLineDetail"]["AccountRef"] == {"value": "50"}
    waits = refusal(plan_expense(make.expense(paid_at=LATE), None, began, Facts(None)))
    assert waits.code == "waiting_for_parent"


def test_a_void_needs_nothing_but_what_was_pushed(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    """A mapping or a vendor that has gone since keeps nobody from a void."""
    pushed = mapped(plan_expense(make.expense(status="unpaid"), None, context, Facts("60")))
    unmapped = with_policy(mappings=context.company.mappings.model_copy(update={"expense_accounts": {}}))
    void = mapped(
        plan_expense(make.expense(status="void", vendor=None), linked(pushed), unmapped, Facts(None))
    )
    assert void.payload["VendorRef"] == {"value": "60"}
    assert void.payload["Line"][0]["Amount"] == Decimal("0.00")


@pytest.mark.parametrize(("entity", "status"), [("Purchase", "paid"), ("Bill", "unpaid")])
def test_a_void_expense_is_brought_to_zero_and_keeps_its_number(
    make: SimpleNamespace, context: Context, entity: str, status: str
) -> None:
    """QuickBooks' reference knows no void operation for these two, so their zeroed form is sent as an
    update.
    """
    assert entity not in VOIDED_BY_OPERATION
    pushed = mapped(plan_expense(make.expense(status=status), None, context, Facts("60")))
    assert pushed.entity == entity
    void = mapped(plan_expense(make.expense(status="void"), linked(pushed), context, Facts("60")))
    assert (void.action, void.total, void.content_hash) == ("void", Decimal("0.00"), VOID_HASH)
    assert void.payload["DocNumber"] == pushed.payload["DocNumber"]
    assert void.payload["Line"][0]["Amount"] == Decimal("0.00")
    assert void.payload["PrivateNote"].startswith("Voided\n")
    assert (
        refusal(plan_expense(make.expense(status="void"), None, context, Facts("60"))).code
        == "void_never_pushed"
    )
    assert (
        refusal(plan_expense(make.expense(status="void"), linked(void), context, Facts("60"))).code
        == "unchanged"
    )


def test_a_custom_property_name_and_a_payable_invoice_go_to_the_memo(
    make: SimpleNamespace, context: Context
) -> None:
    expense = make.expense(
        custom_property_name="Storage lot", payable_invoice_id="90", payable_invoice_number="P-90"
    )
    note = mapped(plan_expense(expense, None, context, Facts("60"))).payload["PrivateNote"]
    assert note.splitlines() == [
        "Property: Storage lot",
        "Payable invoice in RentAxis: P-90",
        "Kitchen tap",
        "RentAxis expense 44",
    ]
    assert parse_marker(note) == ("expense", "44")


def test_a_category_that_is_not_mapped_is_named(make: SimpleNamespace, context: Context) -> None:
    expense = make.expense(account=Account("9", "5999", "Old Repairs", "expense"))
    refused = refusal(plan_expense(expense, None, context, Facts("60")))
    assert (refused.code, refused.subject) == ("missing_mapping", "mappings.expense_accounts.5999")
    assert "5999 Old Repairs" in refused.reason


def test_an_account_made_inactive_in_quickbooks_fails_by_name(
    make: SimpleNamespace, context: Context, snapshot: Any
) -> None:
    lists = snapshot()
    for account in lists["Account"]:
        if account["Name"] == "Repairs":
            account |= {
                "Name": "Repairs (deleted)",
                "FullyQualifiedName": "Repairs (deleted)",
                "Active": False,
            }
    changed = msgspec.structs.replace(context, references=References.from_snapshot(lists))
    refused = refusal(plan_expense(make.expense(), None, changed, Facts("60")))
    assert refused.code == "inactive_reference"
    assert "'Repairs'" in refused.reason


def test_a_vendors_refund_is_a_persons_decision(make: SimpleNamespace, context: Context) -> None:
    refused = refusal(plan_expense(make.expense(amount=Decimal("-10.00")), None, context, Facts("60")))
    assert refused.code == "invalid_value"


def test_a_vendor_is_made_once_and_one_that_stood_before_is_left_alone(
    make: SimpleNamespace, context: Context
) -> None:
    vendor = Vendor("5", "Ace Plumbing", "ace@example.com", None, "1 Pipe Rd")
    planned = mapped(plan_vendor(vendor, None, context, "Ace Plumbing"))
    assert planned.payload == {
        "DisplayName": "Ace Plumbing",
        "PrimaryEmailAddr": {"Address": "ace@example.com"},
        "BillAddr": {"Line1": "1 Pipe Rd"},
    }
    assert refusal(plan_vendor(vendor, linked(planned), context, "Ace Plumbing")).code == "unchanged"
    before = Existing("Vendor", "1", None, "matched_email")
    assert refusal(plan_vendor(vendor, before, context, "Ace Plumbing")).code == "unchanged"
