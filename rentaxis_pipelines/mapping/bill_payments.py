"""The payment of a Bill: an expense that is paid on another day than its own, or was pushed before it was paid.

Not here: the Bill itself (``expenses``). One expense is paid whole, in one BillPayment: RentAxis documents
no part payment of an expense.
"""

import datetime as dt
from decimal import Decimal
from functools import partial

from rentaxis_pipelines.mapping import resolve, rules, text
from rentaxis_pipelines.mapping.booking import paid_on
from rentaxis_pipelines.mapping.deleted_at_source import brought_to_zero
from rentaxis_pipelines.mapping.expenses import expense_label, expense_number, expense_total, vendor_wanted
from rentaxis_pipelines.mapping.outcome import Context, Existing, Mapped, answers
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.payload import VOID_HASH, Payload
from rentaxis_pipelines.model.record_types import BILL_PAYMENT_TYPE
from rentaxis_pipelines.model.source_records import Expense
from rentaxis_pipelines.model.statuses import PAID


def bill_payment_number(expense: Expense) -> str:
    """The DocNumber of the BillPayment."""
    return text.derived_number("B", expense.source_id)


@answers
def plan_bill_payment(
    expense: Expense,
    bill_id: str | None,
    existing: Existing | None,
    context: Context,
    vendor_id: str | None,
) -> Mapped | None:
    """What the payment of a Bill needs; None where there is no Bill, or nothing is or was paid on it.

    ``bill_id``: the Bill the expense stands as once its own row is through, or None; ``existing``: its BillPayment. The
    BillPayment is voided when the expense is void, deleted, unpaid again, or no Bill any more.
    """
    label = f"The payment of {expense_label(expense)}"
    owed = bill_id is not None and expense.status == PAID and expense.deleted_at is None
    if bill_id is None or not owed or expense.amount == 0:
        return _taken_back(expense, existing, context, label)
    rules.refuse_imported(expense, label)
    rules.refuse_unreadable(expense, label)
    if vendor_id is None:
        raise vendor_wanted(expense)
    total = expense_total(expense, context)

    return rules.create_or_update(
        context,
        existing,
        entity="BillPayment",
        label=label,
        record_date=paid_on(expense),
        key=bill_payment_number(expense),
        total=total,
        build=partial(_payload, expense, context, bill_id, vendor_id, total),
    )


def _payload(
    expense: Expense,
    context: Context,
    bill_id: str,
    vendor_id: str,
    amount: Decimal,
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    """The BillPayment payload: the whole expense, against its one Bill. Raises ``RecordRefused`` without a mapping."""
    label = expense_label(expense)
    source = resolve.paid_from(
        context, expense.payment_method, expense.paid_from_account, label, resolve.BILL_PAYING_TYPES
    )
    payload: Payload = {
        "VendorRef": {"value": vendor_id},
        "DocNumber": bill_payment_number(expense),
        "TxnDate": booked_on.isoformat(),
        "TotalAmt": amount,
        "PrivateNote": _note(expense, notes),
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


def _taken_back(expense: Expense, existing: Existing | None, context: Context, label: str) -> Mapped | None:
    if existing is None or existing.content_hash == VOID_HASH:
        return None
    if expense.deleted_at is not None:
        rules.refuse_to_void_deleted(context, existing, label)
    return rules.void(
        context,
        existing,
        label=label,
        why="was reversed",
        record_date=paid_on(expense),
        key=bill_payment_number(expense),
        payload=brought_to_zero(existing, "Voided in RentAxis"),
    )


def _note(expense: Expense, notes: list[str]) -> str:
    parts = [*notes, text.place(expense.place), f"Pays {expense_number(expense)}"]
    return text.private_note(parts, marker(BILL_PAYMENT_TYPE, expense.source_id))
