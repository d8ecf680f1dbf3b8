"""The preference "Automatically apply credits": unapplied money goes to the customer's open invoices, the oldest first.

Source of what it does: Intuit's community pages and help pages of other products; of when, none (switches).
"""

from decimal import Decimal
from typing import Any

import pytest


@pytest.fixture
def automatic(demo: Any) -> Any:
    demo.control(
        "hand", {"deed": "prefer", "group": "SalesFormsPrefs", "name": "AutoApplyCredit", "value": True}
    )
    return demo


def invoice(demo: Any, customer: str, amount: int, day: str) -> Any:
    return demo.make("Invoice", demo.invoice_body(customer, amount, TxnDate=day))


def a_customer(demo: Any) -> str:
    return demo.make("Customer", {"DisplayName": "Automatic"})["Id"]


def open_amounts(demo: Any, *invoices: Any) -> list[Decimal]:
    return [demo.read("Invoice", one["Id"])["Balance"] for one in invoices]


@pytest.mark.parametrize("shown", [True, False])
def test_a_payment_left_unapplied_goes_to_the_oldest_open_invoices(automatic: Any, shown: bool) -> None:
    demo = automatic
    demo.control("switches", {"auto_apply_shown": shown})
    customer = a_customer(demo)
    newer, older = invoice(demo, customer, 100, "2026-03-01"), invoice(demo, customer, 100, "2026-02-01")
    paid = demo.make("Payment", demo.payment_body(customer, 150))
    assert (paid["UnappliedAmt"], len(paid["Line"])) == ((0, 2) if shown else (150, 0))
    standing = demo.read("Payment", paid["Id"])
    linked = [(line["LinkedTxn"][0]["TxnId"], line["Amount"]) for line in standing["Line"]]
    assert linked == [(older["Id"], 100), (newer["Id"], 50)]
    assert (paid["SyncToken"] == standing["SyncToken"]) is shown
    assert open_amounts(demo, older, newer) == [0, 50]
    assert demo.read("Customer", customer)["Balance"] == 50


def test_a_new_invoice_takes_the_credits_that_are_there(automatic: Any) -> None:
    """A credit memo is used by a payment of nothing, as in the reference's sample."""
    demo = automatic
    customer = a_customer(demo)
    memo = demo.make("CreditMemo", demo.invoice_body(customer, 30, TxnDate="2026-01-01"))
    paid = demo.make("Payment", demo.payment_body(customer, 50, TxnDate="2026-01-02"))
    assert paid["UnappliedAmt"] == 50
    made = invoice(demo, customer, 100, "2026-03-01")
    assert made["Balance"] == 20
    assert {one["TxnType"] for one in made["LinkedTxn"]} == {"Payment"}
    assert demo.read("CreditMemo", memo["Id"])["RemainingCredit"] == 0
    used = demo.query(f"SELECT * FROM Payment WHERE CustomerRef = '{customer}'")["Payment"]
    assert sorted(one["TotalAmt"] for one in used) == [0, 50]
    assert demo.read("Customer", customer)["Balance"] == 20


@pytest.mark.parametrize(("mode", "left"), [("create", 50), ("every_write", 0), ("never", 50)])
def test_whether_a_change_applies_it_too_is_a_switch(automatic: Any, mode: str, left: int) -> None:
    demo = automatic
    demo.control("switches", {"auto_apply": mode})
    customer = a_customer(demo)
    made = invoice(demo, customer, 100, "2026-03-01")
    paid = demo.make("Payment", demo.payment_body(customer, 50, (made["Id"], 50)))
    freed = {"Id": paid["Id"], "SyncToken": paid["SyncToken"], "sparse": True, "Line": []}
    body = {**freed, "CustomerRef": {"value": customer}, "TotalAmt": 50.0}
    assert demo.make("Payment", body)["UnappliedAmt"] == left


def test_nothing_is_applied_while_the_preference_is_off_or_of_another_customer(demo: Any) -> None:
    customer = a_customer(demo)
    made = invoice(demo, customer, 100, "2026-03-01")
    demo.make("Payment", demo.payment_body(customer, 50))
    demo.control(
        "hand", {"deed": "prefer", "group": "SalesFormsPrefs", "name": "AutoApplyCredit", "value": True}
    )
    demo.make("Payment", demo.payment_body("58", 50))
    assert open_amounts(demo, made) == [100]
