"""A stored plan made of nothing: previews, plans and planned rows for tests of what is shown of them."""

import datetime as dt
from decimal import Decimal
from typing import Any

from rentaxis_pipelines.model.plans import Plan, PlannedRow
from rentaxis_pipelines.model.previews import Preview
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE
from rentaxis_pipelines.model.sync_request import SyncRequest, over
from rentaxis_pipelines.reports.plan_lists import Lists, lists_from
from rentaxis_pipelines.reports.plan_page import PlanPage, plan_page

DAY = dt.date(2026, 5, 14)
MADE = dt.datetime(2026, 5, 20, 9, 30, tzinfo=dt.UTC)
PLAN_ID = "1a2b3c4d5e6f"

ACCOUNTS = [
    {"Id": "1", "Name": "Checking", "AccountType": "Bank"},
    {"Id": "2", "Name": "Accounts Receivable (A/R)", "AccountType": "Accounts Receivable"},
    {"Id": "3", "Name": "Accounts Payable (A/P)", "AccountType": "Accounts Payable"},
    {
        "Id": "4",
        "Name": "Undeposited Funds",
        "AccountType": "Other Current Asset",
        "AccountSubType": "UndepositedFunds",
    },
    {"Id": "5", "Name": "Corporate Card", "AccountType": "Credit Card"},
    {"Id": "6", "Name": "Rental Income", "AccountType": "Income"},
    {"Id": "7", "Name": "Parking", "FullyQualifiedName": "Other Income:Parking", "AccountType": "Income"},
    {"Id": "8", "Name": "Repairs", "AccountType": "Expense"},
]
ITEMS = [
    {"Id": "10", "Name": "Rent", "IncomeAccountRef": {"value": "6"}},
    {"Id": "11", "Name": "Parking", "IncomeAccountRef": {"value": "7"}},
    {"Id": "12", "Name": "Sundries"},
]
NAMES = {
    ("Customer", "20"): "Jane Doe", ("Customer", "21"): "John Roe", ("Vendor", "30"): "Acme Plumbing", ("Item", "10"): "Rent",
    ("Item", "11"): "Parking", ("Item", "12"): "Sundries", ("Class", "40"): "Elm Street", ("Department", "40"): "North",
    ("PaymentMethod", "50"): "Check", ("Invoice", "60"): "INV-60", ("Bill", "61"): "B-61",
}  # fmt: skip
LISTS: Lists = lists_from(ACCOUNTS, ITEMS, NAMES)


def planned(source_type: str, number: str, action: str = "create", **fields: Any) -> PlannedRow:
    """A planned row; of an invoice, payment and so on ``number`` is part of its label."""
    kind = BY_SOURCE_TYPE[source_type]
    given: dict[str, Any] = {
        "plan_id": "plan", "position": 0, "phase": 1, "day": DAY, "record_type": kind.name, "source_type": source_type,
        "source_id": number, "source_label": f"{kind.singular.capitalize()} {number}", "amount": Decimal("0.00"), "currency": "USD",
        "action": action, "quickbooks_type": kind.entities[0] if kind.entities else None,
    }  # fmt: skip
    return PlannedRow(**given | fields)


def invoice_of(amount: str, item: str = "10", **fields: Any) -> dict[str, Any]:
    """The payload of an invoice of one line."""
    return {
        "CustomerRef": {"value": "20"}, "DocNumber": "INV-1", "TxnDate": DAY.isoformat(), "PrivateNote": "12 Elm Street",
        "Line": [sale(amount, item)], **fields,
    }  # fmt: skip


def sale(amount: str, item: str = "10", **fields: Any) -> dict[str, Any]:
    """A line of an invoice."""
    return {
        "DetailType": "SalesItemLineDetail", "Amount": Decimal(amount), "SalesItemLineDetail": {"ItemRef": {"value": item}}, **fields,
    }  # fmt: skip


def spent(amount: str, account: str = "8", **fields: Any) -> dict[str, Any]:
    """A line of a purchase or bill."""
    return {
        "DetailType": "AccountBasedExpenseLineDetail", "Amount": Decimal(amount),
        "AccountBasedExpenseLineDetail": {"AccountRef": {"value": account}}, **fields,
    }  # fmt: skip


def applied(amount: str, to: str = "60", kind: str = "Invoice") -> dict[str, Any]:
    """A line of a payment."""
    return {"Amount": Decimal(amount), "LinkedTxn": [{"TxnId": to, "TxnType": kind}]}


def preview(**fields: Any) -> Preview:
    """A plan that nobody has approved yet."""
    given: dict[str, Any] = {
        "preview_id": PLAN_ID, "realm": "1", "requested_by": "Dana Reyes", "created_at": MADE,
        "request": SyncRequest(days=over(dt.date(2026, 5, 1), dt.date(2026, 5, 31)), requested_by="Dana Reyes"),
    }  # fmt: skip
    return Preview(**given | fields)


def plan(**fields: Any) -> Plan:
    """A plan of invoices of May."""
    given: dict[str, Any] = {
        "plan_id": "plan", "realm": "1", "run_id": PLAN_ID, "record_type": "invoices", "first_day": dt.date(2026, 5, 1),
        "last_day": dt.date(2026, 5, 31), "forced": False, "dry_run": True, "requested_by": "Dana Reyes", "rows_in": 1,
        "money_in": Decimal("0.00"), "created_at": MADE, "settings": "as they were",
    }  # fmt: skip
    return Plan(**given | fields)


def page(*rows: PlannedRow, **fields: Any) -> PlanPage:
    """The page of a plan of these rows."""
    return plan_page(preview(**fields), [plan()], rows, LISTS)
