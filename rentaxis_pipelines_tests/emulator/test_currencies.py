"""A company that keeps several currencies: what has to be sent, what is computed. Source: Intuit's reference (2026 text)."""

from typing import Any

import pytest

EUR = {"value": "EUR", "name": "Euro"}


@pytest.fixture
def several(demo: Any) -> Any:
    """The demo company with the preference on, and a customer kept in euro."""
    demo.control(
        "hand", {"deed": "prefer", "group": "CurrencyPrefs", "name": "MultiCurrencyEnabled", "value": True}
    )
    return demo


def in_euro(demo: Any, entity: str = "Customer") -> str:
    return demo.make(entity, {"DisplayName": f"{entity} in euro", "CurrencyRef": EUR})["Id"]


def test_a_foreign_invoice_has_a_home_total_and_a_home_balance_that_follow(several: Any) -> None:
    demo = several
    customer = in_euro(demo)
    made = demo.make("Invoice", demo.invoice_body(customer, 100, CurrencyRef=EUR, ExchangeRate=1.085))
    assert (made["TotalAmt"], made["HomeTotalAmt"], made["HomeBalance"]) == (100, 108.5, 108.5)
    assert (made["CurrencyRef"], float(made["ExchangeRate"])) == (EUR, 1.085)
    demo.make("Payment", demo.payment_body(customer, 40, (made["Id"], 40), CurrencyRef=EUR))
    found = demo.read("Invoice", made["Id"])
    assert (found["Balance"], float(found["HomeBalance"])) == (60, 65.10)
    assert demo.read("Customer", customer)["Balance"] == 60
    address = {"Id": found["Id"], "SyncToken": found["SyncToken"]}
    voided = demo.make("Invoice", address, operation="void")
    assert (voided["HomeTotalAmt"], voided["HomeBalance"]) == (0, 0)


def test_an_invoice_in_the_home_currency_has_a_rate_of_one(several: Any) -> None:
    made = several.make("Invoice", several.invoice_body("58", 100, CurrencyRef={"value": "USD"}))
    assert made["CurrencyRef"] == {"value": "USD", "name": "United States Dollar"}
    assert (made["ExchangeRate"], made["HomeTotalAmt"], made["HomeBalance"]) == (1, 100, 100)


def test_without_the_preference_there_is_no_home_total(demo: Any) -> None:
    made = demo.make("Invoice", demo.invoice_body("58", 100))
    assert not {"HomeTotalAmt", "HomeBalance", "ExchangeRate"} & made.keys()


@pytest.mark.parametrize(("policy", "answered"), [("refuse", "2020"), ("home", "6000"), ("party", None)])
def test_what_a_transaction_without_a_currency_becomes_is_a_switch(
    several: Any, policy: str, answered: str | None
) -> None:
    """Documented: it must be sent. In the home currency it is not its customer's (text not public)."""
    demo = several
    demo.control("switches", {"currency_missing": policy})
    body = demo.invoice_body(in_euro(demo), 100)
    if answered is None:
        assert demo.make("Invoice", body)["CurrencyRef"] == EUR
        return
    error = demo.fault("POST", "invoice", body)
    assert error["code"] == answered
    assert "CurrencyRef" in error["Detail"] or "not that of its customer" in error["Detail"]


def test_a_bill_is_of_its_vendors_currency_and_an_update_keeps_what_it_does_not_send(several: Any) -> None:
    demo = several
    vendor = in_euro(demo, "Vendor")
    body = {"VendorRef": {"value": vendor}, "Line": demo.expense_lines(50)}
    error = demo.fault("POST", "bill", {**body, "CurrencyRef": {"value": "USD"}})
    assert (error["code"], "not that of its customer or vendor" in error["Detail"]) == ("6000", True)
    made = demo.make("Bill", {**body, "CurrencyRef": EUR, "ExchangeRate": 2})
    assert (made["HomeBalance"], "HomeTotalAmt" in made) == (100, False)
    address = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    changed = demo.make("Bill", {**address, **body, "Line": demo.expense_lines(60)})
    assert (changed["CurrencyRef"], changed["HomeBalance"]) == (EUR, 120)
