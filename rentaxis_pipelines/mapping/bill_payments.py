"""The payments of a Bill: of an expense that is paid in parts, on another day than its own, or was pushed before it was paid.

Each payment is a BillPayment of its own, with a link, a row, a marker and a number. That of an expense which RentAxis only marks as paid goes by
the expense's id (``expense_payment``); others by the expense's and their own (``expense_part_payment``).
Not here: the Bill itself (``expenses``), what was paid (``expense_payments``), which payment stands as which BillPayment (``sync.planning``).
"""

import datetime as dt
from decimal import Decimal
from functools import partial

from rentaxis_pipelines.mapping import resolve, rules, text
from rentaxis_pipelines.mapping.deleted_at_source import brought_to_zero
from rentaxis_pipelines.mapping.expense_payments import PaidPart
from rentaxis_pipelines.mapping.expenses import expense_label, expense_number, vendor_wanted
from rentaxis_pipelines.mapping.outcome import Context, Existing, Mapped, answers
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.payload import VOID_HASH, Payload
from rentaxis_pipelines.model.record_type import BILL_PAYMENT_TYPE
from rentaxis_pipelines.model.source_records import Expense
from rentaxis_pipelines.model.statuses import VOID

Key = tuple[str, str]  # source type and id of the payment


def bill_payment_number(key: Key) -> str:
    """The DocNumber of the BillPayment."""
    source_type, source_id = key
    return text.derived_number("B" if source_type == BILL_PAYMENT_TYPE else "BP", source_id)


def bill_payment_label(expense: Expense, key: Key, day: dt.date) -> str:
    """The payment as a person knows it, at the beginning of a row."""
    on = "" if key[0] == BILL_PAYMENT_TYPE else f" on {day}"
    return f"Payment{on} of {expense_label(expense)}"


@answers
def plan_bill_payment(
    expense: Expense,
    key: Key,
    paid: PaidPart | None,
    bill_id: str | None,
    existing: Existing | None,
    context: Context,
    vendor_id: str | None,
) -> Mapped | None:
    """What one payment of a Bill needs; None where there is no Bill, or nothing is or was paid.

    ``paid``: the payment, None for one that RentAxis has no longer. ``bill_id``: the Bill the expense stands as once its own row is
    through, or None; ``existing``: the BillPayment. It is voided when the payment or the expense is void, deleted, or no Bill any more.
    """
    day = paid.paid_on if paid is not None else _day_without(expense, key, existing)
    said = bill_payment_label(expense, key, day)
    label = f"The {said[0].lower()}{said[1:]}"
    owed = paid is not None and expense.status != VOID and expense.deleted_at is None
    if bill_id is None or paid is None or not owed or paid.amount == 0:
        return _taken_back(expense, key, day, existing, context, label)
    rules.refuse_imported(expense, label)
    rules.refuse_unreadable(expense, label)
    if vendor_id is None:
        raise vendor_wanted(expense)
    total = resolve.money(paid.amount, label)

    return rules.create_or_update(
        context,
        existing,
        entity="BillPayment",
        label=label,
        record_date=paid.paid_on,
        key=bill_payment_number(key),
        total=total,
        build=partial(_payload, expense, key, paid, context, bill_id, vendor_id, total),
    )


def _payload(
    expense: Expense,
    key: Key,
    paid: PaidPart,
    context: Context,
    bill_id: str,
    vendor_id: str,
    amount: Decimal,
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    """The BillPayment payload: its amount, against the one Bill. Raises ``RecordRefused`` without a mapping."""
    label = expense_label(expense)
    source = resolve.paid_from(context, paid.method, paid.account, label, resolve.BILL_PAYING_TYPES)
    payload: Payload = {
        "VendorRef": {"value": vendor_id},
        "DocNumber": bill_payment_number(key),
        "TxnDate": booked_on.isoformat(),
        "TotalAmt": amount,
        "PrivateNote": _note(expense, key, notes),
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


def _day_without(expense: Expense, key: Key, existing: Existing | None) -> dt.date:
    """The day of a payment that RentAxis has no longer."""
    if key[0] != BILL_PAYMENT_TYPE and existing is not None and existing.txn_date is not None:
        return existing.txn_date
    return expense.paid_at or expense.expense_date


def _taken_back(
    expense: Expense, key: Key, day: dt.date, existing: Existing | None, context: Context, label: str
) -> Mapped | None:
    if existing is None or existing.content_hash == VOID_HASH:
        return None
    if expense.deleted_at is not None:
        rules.refuse_to_void_deleted(context, existing, label)
    return rules.void(
        context,
        existing,
        label=label,
        why="was reversed",
        record_date=day,
        key=bill_payment_number(key),
        payload=brought_to_zero(existing, "Voided in RentAxis"),
    )


def _note(expense: Expense, key: Key, notes: list[str]) -> str:
    parts = [*notes, text.place(expense.place), f"Pays {expense_number(expense)}"]
    return text.private_note(parts, marker(*key))
