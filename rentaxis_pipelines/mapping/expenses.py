"""Expenses: paid ones as Purchases, unpaid ones as Bills. Once pushed as a Bill an expense stays a Bill.

Not here: the payment of a Bill (``bill_payments``), and who the vendor is.
"""

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from rentaxis_pipelines.ledger.reasons import ReasonCode
from rentaxis_pipelines.mapping import decide, resolve, text
from rentaxis_pipelines.mapping.outcome import Context, Existing, Mapped, Payload, Refused, answers, refused
from rentaxis_pipelines.rentaxis.records import Expense

SOURCE_TYPE = "expense"
ExpenseEntity = Literal["Purchase", "Bill"]


def expense_label(expense: Expense) -> str:
    """The expense as a person knows it."""
    vendor = expense.vendor.name if expense.vendor else None
    return f"Expense {expense.source_id}{f' ({vendor})' if vendor else ''}"


def expense_number(expense: Expense) -> str:
    """The DocNumber of the Purchase or Bill: always our own, because an expense has no number."""
    return text.derived_number("E", expense.source_id)


def needs_vendor(expense: Expense, existing: Existing | None) -> bool:
    """Whether the expense cannot be pushed without a vendor: it is, or becomes, a Bill."""
    return existing.entity == "Bill" if existing is not None else expense.status == "unpaid"


@answers
def plan_expense(
    expense: Expense, existing: Existing | None, context: Context, vendor_id: str | None
) -> Mapped:
    """Create, update or void the Purchase or Bill of an expense, or the reason why not.

    ``existing`` is the Purchase or Bill it was pushed as. The BillPayment of a Bill is to be voided before
    the Bill.
    """
    label = expense_label(expense)
    decide.refuse_imported(expense, label)
    if expense.deleted_at is not None or expense.status == "void":
        return _void(expense, existing, context, vendor_id)
    decide.refuse_unreadable(expense, label)
    decide.refuse_unknown_status(expense.status, frozenset({"paid", "unpaid"}), label)
    decide.refuse_before_go_live(context, existing, expense.expense_date, label)
    entity = _entity(expense, existing)
    total = expense_total(expense)

    def build(booked_on: dt.date, notes: list[str]) -> Payload:
        return map_expense(expense, context, entity, vendor_id, booked_on, amount=total, notes=notes)

    return decide.create_or_update(
        context,
        existing,
        entity=entity,
        label=label,
        record_date=expense.expense_date,
        key_field="DocNumber",
        key=expense_number(expense),
        total=total,
        build=build,
    )


def map_expense(
    expense: Expense,
    context: Context,
    entity: ExpenseEntity,
    vendor_id: str | None,
    booked_on: dt.date,
    *,
    amount: Decimal,
    notes: list[str] | None = None,
) -> Payload:
    """The Purchase or Bill payload. Raises ``Refused`` where a mapping or a field is missing."""
    account_id = resolve.expense_account_id(context, expense.account, expense_label(expense))
    detail: Payload = {"AccountRef": {"value": account_id}}
    if class_id := resolve.class_id(context, expense.place):
        detail["ClassRef"] = {"value": class_id}
    line: Payload = {
        "DetailType": "AccountBasedExpenseLineDetail",
        "Amount": amount,
        "AccountBasedExpenseLineDetail": detail,
    }
    if said := text.description(expense.description):
        line["Description"] = said
    payload: Payload = {
        "DocNumber": expense_number(expense),
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": _note(expense, notes or []),
        "Line": [line],
    }
    if location_id := resolve.location_id(context, expense.place):
        payload["DepartmentRef"] = {"value": location_id}
    if entity == "Bill":
        return payload | _bill_part(expense, context, vendor_id)
    return payload | _purchase_part(expense, context, vendor_id)


def expense_total(expense: Expense) -> Decimal:
    """The amount in cents. Raises ``Refused`` when it is missing or below zero."""
    label = expense_label(expense)
    total = resolve.money(expense.amount, label)
    if total < 0:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} comes to {total}. A refund from a vendor is not pushed as an expense.",
            "Enter the vendor's credit in QuickBooks, then exclude the expense here.",
        )
    return total


def vendor_wanted(expense: Expense) -> Refused:
    """The refusal of a bill without a vendor in QuickBooks."""
    label = expense_label(expense)
    if expense.vendor is not None and expense.vendor.name:
        return refused(
            ReasonCode.WAITING_FOR_PARENT,
            f"{label} waits for its vendor, who is not in QuickBooks yet.",
            "See what became of the vendor, then run again.",
        )
    return refused(
        ReasonCode.MISSING_FIELD,
        f"{label} is an unpaid bill without a vendor; QuickBooks needs one.",
        "Enter the vendor in RentAxis, then run again.",
    )


def _entity(expense: Expense, existing: Existing | None) -> ExpenseEntity:
    if existing is None:
        return "Purchase" if expense.status == "paid" else "Bill"
    if existing.entity == "Bill":
        return "Bill"
    if expense.status != "paid":
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{expense_label(expense)} was pushed as paid and is unpaid again in RentAxis.",
            "Void it in RentAxis and enter it anew as a bill, or mark it paid again.",
        )
    return "Purchase"


def _bill_part(expense: Expense, context: Context, vendor_id: str | None) -> Payload:
    if vendor_id is None:
        raise vendor_wanted(expense)
    part: Payload = {"VendorRef": {"value": vendor_id}}
    if expense.due_date is not None:
        part["DueDate"] = expense.due_date.isoformat()
    if (payable := resolve.accounts_payable_id(context)) is not None:
        part["APAccountRef"] = {"value": payable}
    return part


def _purchase_part(expense: Expense, context: Context, vendor_id: str | None) -> Payload:
    label = expense_label(expense)
    source = resolve.paid_from(context, expense.payment_method, expense.paid_from_account, label)
    part: Payload = {"PaymentType": source.payment_type, "AccountRef": {"value": source.account_id}}
    if vendor_id is not None:
        part["EntityRef"] = {"value": vendor_id, "type": "Vendor"}
    return part


def _note(expense: Expense, notes: list[str]) -> str:
    parts: list[str | None] = [*notes]
    if expense.custom_property_name:
        parts.append(f"Property: {expense.custom_property_name}")
    if expense.payable_invoice_number:
        parts.append(f"Payable invoice in RentAxis: {expense.payable_invoice_number}")
    return text.private_note([*parts, expense.description], text.marker(SOURCE_TYPE, expense.source_id))


def _void(expense: Expense, existing: Existing | None, context: Context, vendor_id: str | None) -> Mapped:
    label = expense_label(expense)
    why = "was voided"
    if expense.deleted_at is not None:
        decide.refuse_to_void_deleted(context, existing, label)
        why = "was deleted"
    planned = decide.void(
        context,
        existing,
        label=label,
        why=why,
        record_date=expense.expense_date,
        key_field="DocNumber",
        key=expense_number(expense),
        payload={},
    )
    assert existing is not None  # nothing to void was refused above
    entity: ExpenseEntity = "Bill" if existing.entity == "Bill" else "Purchase"
    standing = existing.txn_date or expense.expense_date
    zero = Decimal("0.00")
    payload = map_expense(expense, context, entity, vendor_id, standing, amount=zero, notes=["Voided"])
    return msgspec.structs.replace(planned, payload=payload)
