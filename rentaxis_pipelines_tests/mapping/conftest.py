"""A small QuickBooks company, the demo company file, and builders of RentAxis records for the mapping
tests.
"""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.references import References
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
from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.settings import load_company

DEMO_COMPANY = Path(__file__).parents[2] / "config" / "company.demo.yaml"
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
NOWHERE = Place(None, None, None, None)

ACCOUNTS = {
    "Checking": ("Bank", "35"),
    "Stripe Clearing": ("Other Current Asset", "36"),
    "Undeposited Funds": ("Other Current Asset", "37"),
    "Accounts Receivable (A/R)": ("Accounts Receivable", "38"),
    "Accounts Payable (A/P)": ("Accounts Payable", "39"),
    "Corporate Card": ("Credit Card", "40"),
    "Security Deposits Held": ("Other Current Liability", "41"),
    "Rental Income": ("Income", "42"),
    "Late Fee Income": ("Income", "43"),
    "Other Income": ("Income", "44"),
    "Repairs": ("Expense", "50"),
    "Utilities": ("Expense", "51"),
    "Insurance": ("Expense", "52"),
    "Landscaping": ("Expense", "53"),
    "Cleaning": ("Expense", "54"),
    "Management Supplies": ("Expense", "55"),
    "Property Tax": ("Expense", "56"),
    "Other Expenses": ("Expense", "57"),
}
ITEMS = {
    "Rent": "42",
    "Subsidy Rent": "42",
    "Late Fee": "43",
    "Parking": "44",
    "Utilities Reimbursement": "44",
    "Pet Fee": "44",
    "Security Deposit": "41",
    "Laundry": "44",
    "Other Charge": "44",
}
METHODS = (
    "Cash",
    "Check",
    "Bank Transfer",
    "Money Order",
    "Zelle",
    "Venmo",
    "Credit Card",
    "ACH",
    "Stripe",
    "Other",
)


def _snapshot() -> dict[str, list[dict[str, Any]]]:
    return {
        "Account": [
            {"Id": id_, "Name": name, "FullyQualifiedName": name, "Active": True, "AccountType": kind}
            for name, (kind, id_) in ACCOUNTS.items()
        ],
        "Item": [
            {
                "Id": str(number),
                "Name": name,
                "FullyQualifiedName": name,
                "Active": True,
                "Type": "Service",
                "IncomeAccountRef": {"value": account},
            }
            for number, (name, account) in enumerate(ITEMS.items(), start=1)
        ],
        "PaymentMethod": [
            {"Id": str(number), "Name": name, "Active": True} for number, name in enumerate(METHODS, start=70)
        ],
        "Class": [{"Id": "901", "Name": "North", "FullyQualifiedName": "North", "Active": True}],
        "Department": [
            {"Id": "801", "Name": "Elm Street", "FullyQualifiedName": "Elm Street", "Active": True}
        ],
        "Preferences": [
            {
                "AccountingInfoPrefs": {"ClassTrackingPerTxn": False, "ClassTrackingPerTxnLine": True},
                "SalesFormsPrefs": {"CustomTxnNumbers": True},
                "CurrencyPrefs": {"HomeCurrency": {"value": "USD"}},
            }
        ],
    }


def _payer(**changes: Any) -> Payer:
    return Payer(
        **{
            "kind": "tenant",
            "source_id": "3",
            "name": "Ann Lee",
            "email": "ann@example.com",
            "phone": "(555) 010-0100",
            "address": None,
            "payers_with_same_email": 1,
            "created_at": NOW,
            "updated_at": NOW,
            "deleted_at": None,
            "imported_link": None,
        }
        | changes
    )


def _line(amount: str = "1200.00", account: Account | None = None, **changes: Any) -> InvoiceLine:
    return InvoiceLine(
        **{
            "source_id": "1",
            "position": 1,
            "description": "Rent March 2026",
            "amount": Decimal(amount),
            "account": account,
        }
        | changes
    )


def _invoice(*lines: InvoiceLine, **changes: Any) -> Invoice:
    lines = lines or (_line(),)
    total = sum((line.amount for line in lines if line.amount is not None), Decimal(0))
    return Invoice(
        **{
            "source_id": "17",
            "invoice_number": "INV-17",
            "kind": "rent",
            "billed_to_type": "tenant",
            "billed_to_id": "3",
            "payer": _payer(),
            "invoice_date": dt.date(2026, 3, 1),
            "due_date": dt.date(2026, 3, 5),
            "status": "sent",
            "total_amount": total,
            "amount_paid": Decimal(0),
            "balance_due": total,
            "memo": None,
            "void_reason": None,
            "place": NOWHERE,
            "lines": list(lines),
            "updated_at": NOW,
            "deleted_at": None,
            "imported_link": None,
        }
        | changes
    )


def _payment(*parts: tuple[str, str], **changes: Any) -> Payment:
    return Payment(
        **{
            "source_id": "9",
            "payment_number": "PAY-9",
            "payer_type": "tenant",
            "payer_id": "3",
            "payer": _payer(),
            "amount": Decimal("1200.00"),
            "payment_date": dt.date(2026, 3, 4),
            "method": "check",
            "status": "completed",
            "void_reason": None,
            "reference": "1042",
            "deposit_account": None,
            "allocations": [
                Allocation(str(number), invoice_id, f"INV-{invoice_id}", Decimal(amount))
                for number, (invoice_id, amount) in enumerate(parts, start=1)
            ],
            "updated_at": NOW,
            "deleted_at": None,
            "imported_link": None,
        }
        | changes
    )


def _expense(**changes: Any) -> Expense:
    return Expense(
        **{
            "source_id": "44",
            "expense_date": dt.date(2026, 3, 10),
            "due_date": None,
            "amount": Decimal("310.00"),
            "vendor": Vendor("5", "Ace Plumbing", None, None, None),
            "description": "Kitchen tap",
            "account": Account("8", "5000", "Repairs", "expense"),
            "place": NOWHERE,
            "custom_property_name": None,
            "status": "paid",
            "payment_method": "check",
            "paid_at": dt.date(2026, 3, 10),
            "paid_from_account": None,
            "payable_invoice_id": None,
            "payable_invoice_number": None,
            "updated_at": NOW,
            "deleted_at": None,
            "imported_link": None,
        }
        | changes
    )


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Builders: ``make.invoice(make.line("10.00"), status="void")``, ``make.payment(("17", "10.00"))``."""
    return SimpleNamespace(
        payer=_payer,
        line=_line,
        invoice=_invoice,
        payment=_payment,
        expense=_expense,
        vendor=Vendor,
        account=Account,
        place=Place,
        now=NOW,
    )


@pytest.fixture(scope="session")
def snapshot() -> Any:
    """A fresh copy of the QuickBooks lists on every call, to be changed at will."""
    return _snapshot


@pytest.fixture(scope="session")
def context() -> Context:
    """The demo company file and the QuickBooks company it was written for."""
    return Context(load_company(DEMO_COMPANY), References.from_snapshot(_snapshot()))


@pytest.fixture(scope="session")
def with_policy(context: Context) -> Any:
    """``with_policy(closing_date=..., closed_period="redate", go_live=..., force=True)`` -> a changed
    context.
    """

    def build(**changes: Any) -> Context:
        references, company = context.references, context.company
        own = {key: changes.pop(key) for key in ("go_live", "mappings") if key in changes}
        request = SyncRequest(requested_by="a test", force=changes.pop("force", False))
        policies = {
            key: changes.pop(key) for key in list(changes) if key in type(company.policies).model_fields
        }
        references = msgspec.structs.replace(references, **changes)
        company = company.model_copy(update=own | {"policies": company.policies.model_copy(update=policies)})
        return Context(company, references, request)

    return build
