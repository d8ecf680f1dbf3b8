"""Puts hostile texts into every field that a person, RentAxis or QuickBooks can fill.

Amounts are larger than any of the demo's, so these records head every list. Not here: the texts (``hostile``).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import psycopg
import requests

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines_tests.e2e.hostile import (
    Attack,
    decided,
    held_up,
    in_quickbooks,
    refused,
    renting,
    waiting,
)


class _Stack(Protocol):
    @property
    def rentaxis_url(self) -> str: ...
    @property
    def quickbooks(self) -> Emulator: ...


class Books(Protocol):
    """RentAxis and QuickBooks, wherever they run."""

    @property
    def stack(self) -> _Stack: ...
    def objects(self, entity: str) -> dict[str, dict[str, Any]]:
        """Every object of the QuickBooks server, by id, as it stores them."""
        ...


def plant(running: Books, of: Sequence[Attack]) -> None:
    """Put each attack into every field of a record of each kind, and near names and e-mails into QuickBooks."""
    with psycopg.connect(running.stack.rentaxis_url) as connection:
        accounts = dict(
            connection.execute(
                "select number, id from rentaxis.accounts where organization_id = 1"
            ).fetchall()
        )
        for table, rows_of in _TABLES.items():
            insert_rows(connection, table, [row for one in of for row in rows_of(one, accounts)])
    income = next(one["Id"] for one in running.objects("Account").values() if one["AccountType"] == "Income")
    for one in of:
        for entity, fields in _in_quickbooks(one, income):
            by_hand(running, deed="create", entity=entity, fields=fields)


def by_hand(running: Books, **deed: Any) -> dict[str, Any]:
    """What somebody does in QuickBooks itself."""
    answer = requests.post(f"{running.stack.quickbooks.control_url}/hand", json=deed, timeout=30)
    assert answer.ok, answer.text
    return answer.json()


def insert_rows(connection: psycopg.Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(rows[0])
    connection.execute(
        f"insert into rentaxis.{table} ({', '.join(columns)}) select {', '.join(columns)} "
        f"from jsonb_populate_recordset(null::rentaxis.{table}, %s::jsonb)".encode(),
        [json.dumps(rows, default=str)],
    )


def _stamped(attack: Attack, **row: Any) -> dict[str, Any]:
    at = f"{attack.day}T15:00:00Z"
    return {**row, "created_at": at, "updated_at": at}


def _tenants(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(one, id=waiting(one), name=one.text, phone=one.text),
        _stamped(one, id=renting(one), name=f"Renter {one.number} {one.text}", phone=one.text),
    ]


def _memberships(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(one, organization_id=1, tenant_id=who, is_active=True)
        for who in (waiting(one), renting(one))
    ]


def _programs(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(
            one, id=waiting(one), organization_id=1, name=f"Program {one.text}", type=one.text, address=one.text,
            contact_person=one.text, notes=one.text,
        )
    ]  # fmt: skip


def _vendors(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(
            one, id=waiting(one), organization_id=1, name=f"Vendor {one.text}", email=_mail_of_vendor(one), address=one.text
        )
    ]  # fmt: skip


def _accounts(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(
            one,
            id=waiting(one),
            organization_id=1,
            number=None,
            name=one.text,
            type="expense",
            is_active=True,
        )
    ]


def _properties(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [_stamped(one, id=waiting(one), organization_id=1, street_address=one.text, is_section_8=False)]


def _invoices(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    def invoice(id_: int, payer: int, **differs: Any) -> dict[str, Any]:
        amount = 90_000 + one.number
        return _stamped(
            one,
            **{
                "id": id_, "organization_id": 1, "invoice_number": f"{id_} {one.text}", "type": "receivable",
                "billed_to_type": "tenant", "billed_to_id": payer, "property_id": waiting(one), "kind": "rent",
                "invoice_date": one.day, "due_date": one.day, "status": "sent", "total_amount": amount, "amount_paid": 0,
                "balance_due": amount, "reminders_paused": False, "memo": one.text, **differs,
            },
        )  # fmt: skip

    return [
        invoice(renting(one), renting(one)),
        invoice(refused(one), renting(one), status=one.text, void_reason=one.text),
        invoice(held_up(one), waiting(one)),
    ]


def _invoice_lines(one: Attack, accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(
            one, id=invoice, invoice_id=invoice, position=1, description=one.text, amount=90_000 + one.number, account_id=accounts["4000"]
        )
        for invoice in (renting(one), refused(one), held_up(one))
    ]  # fmt: skip


def _payments(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    def payment(id_: int, method: str) -> dict[str, Any]:
        return _stamped(
            one, id=id_, organization_id=1, payment_number=f"{id_} {one.text}", payer_type="tenant", payer_id=renting(one),
            amount=80_000 + one.number, payment_date=one.day, method=method, status="completed", reference=one.text,
        )  # fmt: skip

    return [payment(refused(one), one.text), payment(held_up(one), "check"), payment(decided(one), "cash")]


def _allocations(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(
            one, id=held_up(one), payment_id=held_up(one), invoice_id=refused(one), amount=80_000 + one.number
        )
    ]


def _expenses(one: Attack, accounts: dict[str, int]) -> list[dict[str, Any]]:
    def expense(id_: int, **differs: Any) -> dict[str, Any]:
        return _stamped(
            one,
            **{
                "id": id_, "organization_id": 1, "expense_date": one.day, "due_date": one.day, "amount": 70_000 + one.number,
                "vendor_id": None, "vendor_name": None, "description": one.text, "account_id": waiting(one),
                "custom_property_name": one.text, "status": "paid", "payment_method": "check", "paid_at": one.day, **differs,
            },
        )  # fmt: skip

    return [
        expense(refused(one), vendor_name=one.text),  # the category is mapped to nothing
        expense(
            held_up(one),
            vendor_id=waiting(one),
            account_id=accounts["5000"],
            status="unpaid",
            payment_method=None,
            paid_at=None,
        ),
    ]


_TABLES: dict[str, Callable[[Attack, dict[str, int]], list[dict[str, Any]]]] = {
    "tenants": _tenants,
    "organization_tenants": _memberships,
    "programs": _programs,
    "vendors": _vendors,
    "accounts": _accounts,
    "properties": _properties,
    "invoices": _invoices,
    "invoice_lines": _invoice_lines,
    "payments": _payments,
    "payment_allocations": _allocations,
    "expenses": _expenses,
}


def _mail_of_vendor(one: Attack) -> str:
    return f"vendor{one.number}@example.com"


def _in_quickbooks(one: Attack, income: str) -> list[tuple[str, dict[str, Any]]]:
    """Customers of the same names, two vendors with the e-mail of one, a product. ``income``: the account it posts to."""
    product = {"Name": _product(one), "Type": "Service", "IncomeAccountRef": {"value": income}}
    return [
        ("Item", product),
        ("Customer", {"DisplayName": in_quickbooks(one.text)}),
        ("Customer", {"DisplayName": in_quickbooks(f"Program {one.text}")}),
        *(
            (
                "Vendor",
                {
                    "DisplayName": in_quickbooks(f"{which} {one.text}"),
                    "PrimaryEmailAddr": {"Address": _mail_of_vendor(one)},
                },
            )
            for which in ("North", "South")
        ),
    ]


def _product(one: Attack) -> str:
    """A product's name is 100 long at most; what is left of a longer text is as good an attack."""
    return f"{in_quickbooks(one.text)[:95].strip()} {one.number}"


def edit_in_quickbooks(running: Books, of: Sequence[Attack]) -> None:
    """What somebody with the books open does: memos, lines and products of invoices that were pushed, each typed in again beside it.

    QuickBooks' lists stay as they are: a product made now would be worth another run of all that lacks one.
    """
    products = {one["Name"]: one["Id"] for one in running.objects("Item").values()}
    pushed = {
        customer: invoice
        for invoice in running.objects("Invoice").values()
        if (customer := invoice["CustomerRef"]["name"]).startswith("Renter ")
    }
    assert len(pushed) == len(of)
    for one in of:
        invoice = pushed[in_quickbooks(f"Renter {one.number} {one.text}")]
        line = {
            "Amount": 95_000 + one.number,
            "DetailType": "SalesItemLineDetail",
            "Description": one.text,
            "SalesItemLineDetail": {
                "ItemRef": {"value": products[_product(one)]},
                "TaxCodeRef": {"value": "NON"},
            },
        }
        again = {
            "CustomerRef": invoice["CustomerRef"],
            "TxnDate": invoice["TxnDate"],
            "DocNumber": one.text[:21].strip(),
            "Line": [{**line, "Amount": 90_000 + one.number}],
        }
        edited = {"PrivateNote": f"by hand\n{one.text}", "Line": [line]}
        by_hand(running, deed="create", entity="Invoice", fields=again)
        by_hand(running, deed="edit", entity="Invoice", id=invoice["Id"], fields=edited)
