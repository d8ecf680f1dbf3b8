"""What a plan of one record says, for the tests of cases: what is mapped, what is refused, what then stands in QuickBooks."""

import datetime as dt
from typing import Any

import msgspec

from rentaxis_pipelines.mapping.bill_payments import plan_bill_payment
from rentaxis_pipelines.mapping.expense_payments import parts_paid
from rentaxis_pipelines.mapping.expenses import is_taken_back
from rentaxis_pipelines.mapping.outcome import Context, Existing, Mapped
from rentaxis_pipelines.model.record_type import BILL_PAYMENT_TYPE
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Account, Expense, ImportedLink

IMPORTED = ImportedLink("Invoice", "301", "imported")
DELETED = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
LIABILITY = Account("2", "2100", "Security Deposits Held", "liability")


def plan_whole_payment(
    expense: Expense, bill_id: str | None, existing: Existing | None, context: Context, vendor_id: str | None
) -> Mapped | Refusal | None:
    """What the one payment of an expense needs that RentAxis only marks as paid."""
    paid = None if is_taken_back(expense) else next(iter(parts_paid(expense)), None)
    key = (BILL_PAYMENT_TYPE, expense.source_id)
    return plan_bill_payment(expense, key, paid, bill_id, existing, context, vendor_id)


def mapped(planned: Mapped | Refusal | None) -> Mapped:
    assert isinstance(planned, Mapped), planned
    return planned


def refusal(planned: Mapped | Refusal | None) -> Refusal:
    assert isinstance(planned, Refusal), planned
    return planned


def linked(planned: Mapped, **changes: Any) -> Existing:
    """What stands in QuickBooks after ``planned`` was sent."""
    known = Existing(planned.entity, "301", planned.content_hash, pushed=planned.payload)
    return msgspec.structs.replace(known, **changes)


def items(planned: Mapped) -> list[str]:
    return [line["SalesItemLineDetail"]["ItemRef"]["value"] for line in planned.payload["Line"]]
