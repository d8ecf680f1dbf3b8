"""What an accountant sees in QuickBooks: customers with their balances, documents with their lines and links.

Read from the emulated company as it stores them, by number. Not here: what they ought to be.
"""

import base64
import json
import urllib.request
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.model.marker import parse_marker

Object = dict[str, Any]


class Accountant:
    """The company's books, read anew with every question."""

    def __init__(self, quickbooks: Emulator) -> None:
        self.quickbooks = quickbooks

    def control(self, path: str, body: Any = None) -> Any:
        """The emulator's control plane."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.quickbooks.control_url}/{path}", data)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer, parse_float=Decimal, parse_int=int)

    def all(self, entity: str) -> list[Object]:
        """Every object of that type."""
        return self.control(f"objects?entity={entity}")

    def customer(self, name: str) -> Object:
        return one(found for found in self.all("Customer") if found["DisplayName"] == name)

    def balance(self, name: str) -> Decimal:
        """What the customer owes, as QuickBooks says."""
        return Decimal(self.customer(name)["Balance"])

    def of(self, source_type: str, source_id: int | str) -> Object:
        """The one transaction that says it is this RentAxis record."""
        return one(self.all_of(source_type, source_id))

    def all_of(self, source_type: str, source_id: int | str) -> list[Object]:
        """Every transaction that says it is this RentAxis record, with its type under ``entity``."""
        entities = {
            "invoice": ("Invoice",),
            "credit": ("CreditMemo",),
            "credit_application": ("Payment",),
            "payment": ("Payment",),
            "expense": ("Purchase", "Bill", "VendorCredit"),
            "expense_payment": ("BillPayment",),
            "payment_return": ("Purchase",),
            "refund": ("Purchase", "RefundReceipt"),
            "payment_return_fee": ("Purchase",),
            "expense_part_payment": ("BillPayment",),
            "deposit": ("Deposit",),
            "journal_entry": ("JournalEntry",),
            "deposit_settlement": ("Purchase",),
        }[source_type]
        return [
            {"entity": entity, **found}
            for entity in entities
            for found in self.all(entity)
            if parse_marker(found.get("PrivateNote")) == (source_type, str(source_id))
        ]

    def papers_of(self, document: Object) -> list[Object]:
        """The files attached to it, each with its bytes under ``content``."""
        return [
            {**found, "content": base64.b64decode(self.control(f"file?id={found['Id']}")["content"])}
            for found in self.all("Attachable")
            if any(
                (ref["EntityRef"]["type"], ref["EntityRef"]["value"]) == (document["entity"], document["Id"])
                for ref in found.get("AttachableRef", ())
            )
        ]

    def account(self, name: str) -> str:
        """The Id of an account."""
        return one(found["Id"] for found in self.all("Account") if found["Name"] == name)

    def posts_to(self, item_name: str) -> str:
        """The account a product posts to."""
        item = one(found for found in self.all("Item") if found["Name"] == item_name)
        return one(
            found["Name"] for found in self.all("Account") if found["Id"] == item["IncomeAccountRef"]["value"]
        )


def one(found: Iterable[Any]) -> Any:
    """The only one there is."""
    (only,) = found
    return only


def lines(document: Object) -> list[tuple[str, Decimal]]:
    """(product or account, amount) line by line, without the subtotal."""
    found: list[tuple[str, Decimal]] = []
    for line in document["Line"]:
        detail = line.get("SalesItemLineDetail") or line.get("AccountBasedExpenseLineDetail")
        if detail is not None:
            name = detail.get("ItemRef") or detail["AccountRef"]
            found.append((name["name"], Decimal(line["Amount"])))
    return found


def entered(entry: Object) -> list[tuple[str, Decimal]]:
    """(account, amount) line by line of a journal entry; a credit is below zero."""
    return [
        (
            detail["AccountRef"]["name"],
            Decimal(line["Amount"]) * (1 if detail["PostingType"] == "Debit" else -1),
        )
        for line in entry["Line"]
        if (detail := line.get("JournalEntryLineDetail"))
    ]


def applied(payment: Object) -> dict[str, Decimal]:
    """Amounts by the Id of the document they are applied to."""
    return {
        linked["TxnId"]: Decimal(line["Amount"]) for line in payment["Line"] for linked in line["LinkedTxn"]
    }


def money(amount: str | int) -> Decimal:
    """An amount, to compare with."""
    return Decimal(amount)
