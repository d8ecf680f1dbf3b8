"""An expense to a customer against accounts receivable is owed by the customer, and a payment can pay it as it would an invoice.

Intuit's help: "Record a bounced check using an expense", "Record a refund for an overpayment or credit"; the entity reference names Expense
and Check among what a payment's lines may link. How much may be applied is our inference, by analogy with an invoice.
"""

from decimal import Decimal
from typing import Any

import pytest


@pytest.fixture
def charge(demo: Any) -> Any:
    """An expense of 80 against receivables, to a new customer."""
    customer = demo.make("Customer", {"DisplayName": "Charged Again"})["Id"]
    return demo.make("Purchase", _expense(demo, customer, 80))


def _expense(demo: Any, customer: str, amount: int) -> dict[str, Any]:
    accounts = {one["Name"]: one["Id"] for one in demo.query("SELECT * FROM Account")["Account"]}
    detail = {"AccountRef": {"value": accounts["Accounts Receivable (A/R)"]}}
    line = {"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail"}
    return {
        "PaymentType": "Cash",
        "AccountRef": {"value": accounts["Checking"]},
        "EntityRef": {"value": customer, "type": "Customer"},
        "Line": [{**line, "AccountBasedExpenseLineDetail": detail}],
    }


def _payment(charge: Any, total: int, applied: int) -> dict[str, Any]:
    link = {"TxnId": charge["Id"], "TxnType": "Expense"}
    return {
        "CustomerRef": {"value": charge["EntityRef"]["value"]},
        "TotalAmt": total,
        "Line": [{"Amount": applied, "LinkedTxn": [link]}],
    }


def test_the_customer_owes_it_until_a_payment_pays_it(demo: Any, charge: Any) -> None:
    """The balance follows the expense and what is applied to it, and the expense names its payment."""
    customer = charge["EntityRef"]["value"]
    assert Decimal(str(demo.read("Customer", customer)["Balance"])) == 80
    payment = demo.make("Payment", _payment(charge, 100, 80))
    assert Decimal(str(payment["UnappliedAmt"])) == 20
    assert Decimal(str(demo.read("Customer", customer)["Balance"])) == -20
    assert demo.read("Purchase", charge["Id"])["LinkedTxn"] == [
        {"TxnId": payment["Id"], "TxnType": "Payment"}
    ]


def test_no_more_than_is_open_can_be_applied(demo: Any, charge: Any) -> None:
    """Nor can it be made smaller than what is applied to it."""
    demo.make("Payment", _payment(charge, 50, 50))
    status, _ = demo.call("POST", "payment", _payment(charge, 40, 40))
    assert status == 400
    smaller = _expense(demo, charge["EntityRef"]["value"], 40)
    stands = demo.read("Purchase", charge["Id"])
    status, _ = demo.call(
        "POST", "purchase", {**smaller, "Id": charge["Id"], "SyncToken": stands["SyncToken"]}
    )
    assert status == 400


def test_it_is_paid_by_its_own_customer_only(demo: Any, charge: Any) -> None:
    """As an invoice: 620."""
    other = demo.make("Customer", {"DisplayName": "Somebody Else"})["Id"]
    status, answer = demo.call(
        "POST", "payment", {**_payment(charge, 80, 80), "CustomerRef": {"value": other}}
    )
    assert (status, answer["Fault"]["Error"][0]["code"]) == (400, "620")
