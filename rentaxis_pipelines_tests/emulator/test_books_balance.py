"""Whatever is done through the API in whatever order, the books agree with themselves."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CENTS = st.integers(min_value=1, max_value=500_000)
CUSTOMERS = ("58", "59", "60")
NAMES = ("Ada", "ada", "Bea", "Bea (deleted)", "Walk-in Customer", "Brightline Plumbing")

# (what, which customer or earlier object, cents, cents to apply)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "invoice",
                "invoice",
                "payment",
                "payment",
                "credit",
                "edit",
                "reapply",
                "unapply",
                "void",
                "delete",
                "rename",
            )
        ),
        st.integers(min_value=0, max_value=30),
        CENTS,
        CENTS,
    ),
    min_size=8,
    max_size=30,
)


def _amount(cents: int) -> float:
    return cents / 100


class Books:
    """What a test did, and what must hold afterwards."""

    def __init__(self, caller: Any) -> None:
        self.caller = caller
        self.made: list[tuple[str, str, str]] = []  # entity, Id, customer
        self.tokens: dict[tuple[str, str], int] = {}

    def step(self, what: str, which: int, cents: int, more: int) -> None:
        customer = CUSTOMERS[which % len(CUSTOMERS)]
        if what == "invoice":
            self._create("Invoice", customer, self.caller.invoice_body(customer, _amount(cents)))
        elif what == "credit":
            self._create("CreditMemo", customer, self.caller.invoice_body(customer, _amount(cents)))
        elif what == "payment":
            self._create("Payment", customer, self._payment(customer, which, cents, more))
        elif what == "rename":
            self._rename(customer, which)
        elif self.made:
            self._change(what, *self.made[which % len(self.made)], cents, more)

    def _payment(self, customer: str, which: int, cents: int, more: int) -> dict[str, Any]:
        """Mostly what can be applied, at times too much, at times to another's invoice or to none."""
        own = [
            identifier for entity, identifier, whose in self.made if entity == "Invoice" and whose == customer
        ]
        everyones = [identifier for entity, identifier, _ in self.made if entity == "Invoice"]
        invoices = own if which % 5 else everyones
        if not invoices or which % 7 == 6:
            return self.caller.payment_body(customer, _amount(cents))
        target = invoices[which % len(invoices)]
        balance = int(Decimal(self.caller.read("Invoice", target)["Balance"]) * 100)
        applied = more if which % 4 == 3 else min(more, balance)
        return self.caller.payment_body(customer, _amount(applied + cents % 3), (target, _amount(applied)))

    def _create(self, entity: str, customer: str, body: dict[str, Any]) -> None:
        status, content = self.caller.call("POST", entity.lower(), body)
        if status == 200:
            self.made.append((entity, content[entity]["Id"], customer))

    def _change(self, what: str, entity: str, identifier: str, customer: str, cents: int, more: int) -> None:
        before = self.caller.read(entity, identifier)
        address = {"Id": identifier, "SyncToken": before["SyncToken"]}
        if what == "delete":
            status, _ = self.caller.call("POST", entity.lower(), address, operation="delete")
            if status == 200:
                self.made.remove((entity, identifier, customer))
            return
        if what == "void" and entity != "CreditMemo":
            params = (
                {"operation": "void"} if entity == "Invoice" else {"operation": "update", "include": "void"}
            )
            status, _ = self.caller.call("POST", entity.lower(), {**address, "sparse": True}, **params)
        else:
            body = self._payment(customer, cents, cents, more) if entity == "Payment" else None
            body = body or self.caller.invoice_body(customer, _amount(cents))
            if what == "unapply" and entity == "Payment":
                body["Line"] = []
            status, _ = self.caller.call(
                "POST", entity.lower(), {**body, **address, "sparse": what == "edit"}
            )
        after = self.caller.read(entity, identifier)
        assert int(after["SyncToken"]) == int(before["SyncToken"]) + (status == 200)

    def _rename(self, customer: str, which: int) -> None:
        before = self.caller.read("Customer", customer)
        body = {
            "Id": customer,
            "SyncToken": before["SyncToken"],
            "sparse": True,
            "DisplayName": NAMES[which % len(NAMES)],
        }
        status, _ = self.caller.call("POST", "customer", body)
        after = self.caller.read("Customer", customer)
        renamed = status == 200 and before["DisplayName"] != after["DisplayName"]
        assert int(after["SyncToken"]) == int(before["SyncToken"]) + renamed

    def check(self) -> None:
        stored = {
            entity: self.caller.control("objects", entity=entity)
            for entity in ("Invoice", "Payment", "CreditMemo")
        }
        for customer in CUSTOMERS:
            own = {
                entity: [row for row in rows if row["CustomerRef"]["value"] == customer]
                for entity, rows in stored.items()
            }
            expected = (
                sum((Decimal(row["Balance"]) for row in own["Invoice"]), Decimal(0))
                - sum((Decimal(row["UnappliedAmt"]) for row in own["Payment"]), Decimal(0))
                - sum((Decimal(row["RemainingCredit"]) for row in own["CreditMemo"]), Decimal(0))
            )
            assert self.caller.read("Customer", customer)["Balance"] == expected
        self._check_links(stored)
        self._check_names()

    def _check_links(self, stored: dict[str, list[Any]]) -> None:
        applied: dict[str, Decimal] = {}
        for payment in stored["Payment"]:
            own = Decimal(0)
            for line in payment["Line"]:
                target = line["LinkedTxn"][0]["TxnId"]
                applied[target] = applied.get(target, Decimal(0)) + Decimal(line["Amount"])
                own += Decimal(line["Amount"])
            assert payment["TotalAmt"] - own == payment["UnappliedAmt"] >= 0
        for invoice in stored["Invoice"]:
            assert invoice["TotalAmt"] - applied.get(invoice["Id"], 0) == invoice["Balance"] >= 0
            shown = {link["TxnId"] for link in invoice["LinkedTxn"]}
            assert shown == {
                payment["Id"]
                for payment in stored["Payment"]
                if any(line["LinkedTxn"][0]["TxnId"] == invoice["Id"] for line in payment["Line"])
            }

    def _check_names(self) -> None:
        people = [
            row["DisplayName"].casefold()
            for entity in ("Customer", "Vendor", "Employee")
            for row in self.caller.control("objects", entity=entity)
        ]
        assert len(people) == len(set(people))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS, policy=st.sampled_from(("refuse", "unlink")))
def test_any_sequence_of_writes_keeps_balances_links_tokens_and_names(
    demo: Any, steps: list[tuple[str, int, int, int]], policy: str
) -> None:
    """Open invoices minus unapplied payments and credits is the customer's balance; a token grows by one per
    change.
    """
    demo.control("reset", {"switches": True})
    demo.control("switches", {"delete_linked": policy, "void_linked": policy})
    for name in ("Ada", "Bea"):
        demo.make("Customer", {"DisplayName": name})
    books = Books(demo)
    for step in steps:
        books.step(*step)
    books.check()


@pytest.mark.parametrize("entity", ["Bill", "VendorCredit"])
def test_a_vendor_is_owed_what_its_open_bills_say(demo: Any, entity: str) -> None:
    body = {"VendorRef": {"value": "1"}, "Line": demo.expense_lines("12.30")}
    made = demo.make(entity, body)
    sign = 1 if entity == "Bill" else -1
    assert demo.read("Vendor", "1")["Balance"] == sign * Decimal("12.30")
    demo.make(entity, {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert demo.read("Vendor", "1")["Balance"] == 0
