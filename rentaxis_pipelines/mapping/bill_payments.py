"""The payment of a Bill: an expense that was pushed unpaid and is paid now.

Not here: the Bill itself (``expenses``). One expense is paid whole, in one BillPayment: RentAxis documents
no part payment of an expense.
"""

import datetime as dt
from decimal import Decimal

from rentaxis_pipelines.mapping import decide, resolve, text
from rentaxis_pipelines.mapping.expenses import expense_label, expense_number, expense_total, vendor_wanted
from rentaxis_pipelines.mapping.outcome import VOID_HASH, Context, Existing, Mapped, Payload, answers
from rentaxis_pipelines.rentaxis.records import Expense

SOURCE_TYPE = "expense_payment"


def bill_payment_number(expense: Expense) -> str:
    """The DocNumber of the BillPayment."""
    return text.derived_number("B", expense.source_id)


@answers
def plan_bill_payment(
    expense: Expense,
    bill: Existing | None,
    existing: Existing | None,
    context: Context,
    vendor_id: str | None,
) -> Mapped | None:
    """What the payment of a Bill needs; None where there is no Bill, or nothing is or was paid on it.

    ``bill`` is the Bill the expense stands as in QuickBooks, ``existing`` its BillPayment. The BillPayment
    is voided when the expense is void, deleted, or unpaid again.
    """
    if bill is None or bill.entity != "Bill":
        return None
    label = f"The payment of {expense_label(expense)}"
    if expense.status != "paid" or expense.deleted_at is not None:
        return _taken_back(expense, existing, context, label)
    if bill.content_hash == VOID_HASH or expense.amount == 0:
        return None
    decide.refuse_imported(expense, label)
    decide.refuse_unreadable(expense, label)
    if vendor_id is None:
        raise vendor_wanted(expense)
    total = expense_total(expense)

    def build(booked_on: dt.date, notes: list[str]) -> Payload:
        return map_bill_payment(
            expense, context, bill.quickbooks_id, vendor_id, booked_on, amount=total, notes=notes
        )

    return decide.create_or_update(
        context,
        existing,
        entity="BillPayment",
        label=label,
        record_date=paid_on(expense),
        key_field="DocNumber",
        key=bill_payment_number(expense),
        total=total,
        build=build,
    )


def map_bill_payment(
    expense: Expense,
    context: Context,
    bill_id: str,
    vendor_id: str,
    booked_on: dt.date,
    *,
    amount: Decimal,
    notes: list[str] | None = None,
) -> Payload:
    """The BillPayment payload: the whole expense, against its one Bill. Raises ``Refused`` without a
    mapping.
    """
    label = expense_label(expense)
    source = resolve.paid_from(
        context, expense.payment_method, expense.paid_from_account, label, resolve.BILL_PAYING_TYPES
    )
    payload: Payload = {
        "VendorRef": {"value": vendor_id},
        "DocNumber": bill_payment_number(expense),
        "TxnDate": booked_on.isoformat(),
        "TotalAmt": amount,
        "PrivateNote": _note(expense, notes or []),
        "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": bill_id, "TxnType": "Bill"}]}],
    }
    account = {"value": source.account_id}
    if source.payment_type == "CreditCard":
        payload |= {"PayType": "CreditCard", "CreditCardPayment": {"CCAccountRef": account}}
    else:
        payload |= {"PayType": "Check", "CheckPayment": {"BankAccountRef": account}}
    if (payable := resolve.accounts_payable_id(context)) is not None:
        payload["APAccountRef"] = {"value": payable}
    return payload


def paid_on(expense: Expense) -> dt.date:
    """The day a bill was paid: RentAxis' day of payment, or the expense's own where there is none."""
    return expense.paid_at or expense.expense_date


def _taken_back(expense: Expense, existing: Existing | None, context: Context, label: str) -> Mapped | None:
    if existing is None or existing.content_hash == VOID_HASH:
        return None
    if expense.deleted_at is not None:
        decide.refuse_to_void_deleted(context, existing, label)
    return decide.void(
        context,
        existing,
        label=label,
        why="was taken back",
        record_date=paid_on(expense),
        key_field="DocNumber",
        key=bill_payment_number(expense),
        payload={"PrivateNote": _note(expense, [])},
    )


def _note(expense: Expense, notes: list[str]) -> str:
    parts = [*notes, f"Pays {expense_number(expense)}"]
    return text.private_note(parts, text.marker(SOURCE_TYPE, expense.source_id))
