"""Transactions of every kind that posts, in any order, as a client writes them; against the accounts of the demo company."""

import datetime as dt
from typing import Any

from hypothesis import strategies as st

JANUARY = dt.date(2026, 1, 1)
CHECKING, STRIPE, UNDEPOSITED, RECEIVABLE, PAYABLE, CARD, HELD, RENT = map(str, range(1, 9))
REPAIRS = "15"
ACCOUNT_LINE = "AccountBasedExpenseLineDetail"


def sale(item: str, amount: float, class_id: str | None = None) -> dict[str, Any]:
    detail = {"ItemRef": {"value": item}} | ({"ClassRef": {"value": class_id}} if class_id else {})
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


CENTS = st.integers(min_value=1, max_value=900_000)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "invoice", "sales_receipt", "credit_memo", "refund_receipt", "payment", "bill", "vendor_credit", "bill_payment",
                "purchase", "card_credit", "deposit", "deposit_of_payments", "journal_entry", "void", "delete",
            )
        ),
        st.integers(min_value=0, max_value=11),
        CENTS,
    ),
    min_size=3,
    max_size=20,
)  # fmt: skip


def body_of(
    what: str, amount: float, day: str, payments: list[str], bills: list[str]
) -> tuple[str, dict[str, Any]]:
    """The entity and payload of one step; sales carry tax and a discount, so that every kind of line posts."""
    discount = {
        "Amount": round(amount / 10, 2),
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": False},
    }
    sold = {
        "CustomerRef": {"value": "58"},
        "Line": [sale("1", amount, "1"), sale("7", 3.5), discount],
        "TxnTaxDetail": {"TotalTax": 1.25},
    }
    bought = {
        "Line": [
            {
                "Amount": amount,
                "DetailType": ACCOUNT_LINE,
                ACCOUNT_LINE: {"AccountRef": {"value": REPAIRS}, "ClassRef": {"value": "2"}},
            }
        ]
    }
    vendor, customer = {"VendorRef": {"value": "1"}}, {"Type": "Customer", "EntityRef": {"value": "58"}}

    def side(posting: str, account: str) -> dict[str, Any]:
        detail = {"PostingType": posting, "AccountRef": {"value": account}}
        detail |= {"Entity": customer} if account == RECEIVABLE else {}
        return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}

    linked = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": each, "TxnType": "Payment", "TxnLineId": "0"}]}
        for each in payments
    ]
    owed = [{"Amount": 0.01, "LinkedTxn": [{"TxnId": each, "TxnType": "Bill"}]} for each in bills]
    by_hand = [{"Amount": amount, "DepositLineDetail": {"AccountRef": {"value": RENT}}}]
    entity, body = {
        "invoice": ("Invoice", sold),
        "sales_receipt": ("SalesReceipt", sold),
        "credit_memo": ("CreditMemo", sold),
        "refund_receipt": ("RefundReceipt", {**sold, "DepositToAccountRef": {"value": CHECKING}}),
        "payment": ("Payment", {"CustomerRef": {"value": "58"}, "TotalAmt": amount}),
        "bill": ("Bill", {**vendor, **bought}),
        "vendor_credit": ("VendorCredit", {**vendor, **bought}),
        "bill_payment": (
            "BillPayment",
            {**vendor, "TotalAmt": amount, "PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": CHECKING}}, "Line": owed},
        ),
        "purchase": ("Purchase", {**bought, "PaymentType": "Check", "AccountRef": {"value": CHECKING}}),
        "card_credit": ("Purchase", {**bought, "PaymentType": "CreditCard", "AccountRef": {"value": CARD}, "Credit": True}),
        "deposit": ("Deposit", {"DepositToAccountRef": {"value": CHECKING}, "Line": by_hand}),
        "deposit_of_payments": ("Deposit", {"DepositToAccountRef": {"value": CHECKING}, "Line": linked or by_hand}),
        "journal_entry": ("JournalEntry", {"Line": [side("Debit", RECEIVABLE), side("Credit", HELD)]}),
    }[what]  # fmt: skip
    return entity, {**body, "TxnDate": day}


def written(demo: Any, steps: list[tuple[str, int, int]]) -> list[tuple[str, str]]:
    """Write them all, in the months of 2026; entity and id of those that are there at the end."""
    made: list[tuple[str, str]] = []
    for what, month, cents in steps:
        day = f"2026-{month + 1:02}-15"
        if what in ("void", "delete"):
            for entity, identifier in made[month : month + 1]:
                address = {"Id": identifier, "SyncToken": demo.read(entity, identifier)["SyncToken"]}
                if what == "delete" or entity == "Invoice":
                    status, _ = demo.call("POST", entity.lower(), address, operation=what)
                    if (what, status) == ("delete", 200):
                        made.remove((entity, identifier))
            continue
        payments, bills = (
            [identifier for each, identifier in made if each == kind][:1] for kind in ("Payment", "Bill")
        )
        entity, body = body_of(what, cents / 100, day, payments, bills)
        status, answer = demo.call("POST", entity.lower(), body)
        if status == 200:
            made.append((entity, answer[entity]["Id"]))
    return made
