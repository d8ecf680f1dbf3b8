"""A payment that came back (a bounced check, an ACH return, a dispute) as Intuit's "Record a bounced check using an expense" books it:
the payment stays as it is on its day, and on the day it came back an expense takes the money out of the account again, against accounts
receivable and the customer, who owes it from then on. What the bank charged is an expense of its own.

Which payments: those the bank saw, or whose period is closed. Any other is voided, as if it had never come (``payments``). Intuit then
moves the payment from its invoice to the expense; here the payment is left alone, for QuickBooks changes none that is in a deposit or a
closed period, and the next payment pays the expense in place of the invoice (``sync.planning.reopened``).

Here: whether it is booked so, and the two expenses. Not here: the payment itself (``payments``), refunds.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, cast

import msgspec

from rentaxis_pipelines.mapping import resolve, rules, text
from rentaxis_pipelines.mapping.deleted_at_source import brought_to_zero
from rentaxis_pipelines.mapping.outcome import Context, Existing, Mapped, RecordRefused, answers, refused
from rentaxis_pipelines.mapping.rules import is_returned
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.payload import VOID_HASH, Payload
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import RETURN_FEE_TYPE, RETURN_TYPE
from rentaxis_pipelines.model.source_records import Payment

_REASONS = {"nsf": "insufficient funds (NSF)", "ach_return": "ACH return", "dispute": "dispute"}


class Standing(msgspec.Struct, frozen=True):
    """What stands in QuickBooks of a payment, its return and the fee. ``gone``: the payment was deleted there. ``was_returned``: its return was
    booked once, whatever became of that.

    ``deposit_account_id``: where the bank deposit that holds the payment went; None where none does, or nobody looked.
    """

    payment: Existing | None = None
    returned: Existing | None = None
    fee: Existing | None = None
    gone: bool = False
    was_returned: bool = False
    deposit_account_id: str | None = None


def return_label(label: str) -> str:
    """The return as a person knows it. ``label``: the payment's."""
    return f"Return of {label}"


def fee_label(label: str) -> str:
    """The fee as a person knows it. ``label``: the payment's."""
    return f"Fee for the return of {label}"


def stands(existing: Existing | None) -> bool:
    """Whether it is in QuickBooks and not void."""
    return existing is not None and existing.content_hash != VOID_HASH


def is_booked_on_its_day(payment: Payment, standing: Standing, context: Context) -> bool:
    """Whether the payment stays and its return is booked; otherwise what came back is voided. What was booked so once stays so."""
    policy = context.company.policies.returned_payments
    if not is_returned(payment):
        return False
    if stands(standing.returned):
        return True
    # Voided before anything was booked of its return; where something was, both were taken back (by an undo), and both come again.
    was_voided = standing.payment is not None and not stands(standing.payment) and not standing.was_returned
    was_taken_off = standing.gone or was_voided
    if policy == "void" or was_taken_off:
        return False
    return policy == "on_their_day" or _is_the_banks(payment, standing, context)


def _is_the_banks(payment: Payment, standing: Standing, context: Context) -> bool:
    """Whether it is in a bank deposit, or in a bank account itself, where it may be matched or reconciled (QuickBooks' API does not tell);
    or in a period that is closed, or was before go-live.
    """
    current_day = (standing.payment.txn_date if standing.payment else None) or payment.payment_date
    go_live = context.company.go_live
    earlier = go_live is not None and current_day < go_live
    if standing.deposit_account_id is not None or earlier or rules.is_closed(context, current_day):
        return True
    if payment.banked_in is not None:  # also where its deposit is pushed after it
        return True
    try:
        account = context.references.accounts_by_id.get(_own_account_id(payment, standing.payment, context))
    except RecordRefused:
        return False
    return account is not None and account.type == "Bank"


@answers
def plan_return(
    payment: Payment, label: str, standing: Standing, context: Context, customer_id: str | None
) -> Mapped | None:
    """What the return needs; None where nothing is or was booked of one. ``label``: the payment's."""
    own = return_label(label)
    if not is_booked_on_its_day(payment, standing, context):
        return _taken_back(payment, standing.returned, context, own)
    rules.refuse_imported(payment, label)
    rules.refuse_unreadable(payment, label)
    day = _day(payment, label)
    rules.refuse_before_go_live(context, standing.returned, day, own)
    customer = _customer(payment, standing, customer_id, label)
    total = resolve.money(payment.amount, label)
    return rules.create_or_update(
        context,
        standing.returned,
        entity="Purchase",
        label=own,
        record_date=day,
        key=text.derived_number("R", payment.source_id),
        total=total,
        build=partial(_return_payload, payment, label, standing, context, customer, total),
    )


@answers
def plan_return_fee(payment: Payment, label: str, standing: Standing, context: Context) -> Mapped | None:
    """What the fee needs; None where none was charged or it is not booked. ``label``: the payment's."""
    own = fee_label(label)
    fee = Decimal(0) if payment.return_fee is None else resolve.money(payment.return_fee, own)
    if fee == 0 or not is_booked_on_its_day(payment, standing, context):
        return _taken_back(payment, standing.fee, context, own)
    rules.refuse_imported(payment, label)
    rules.refuse_unreadable(payment, label)
    day = _day(payment, label)
    rules.refuse_before_go_live(context, standing.fee, day, own)
    return rules.create_or_update(
        context,
        standing.fee,
        entity="Purchase",
        label=own,
        record_date=day,
        key=text.derived_number("F", payment.source_id),
        total=fee,
        build=partial(_fee_payload, payment, label, standing, context, fee),
    )


def _return_payload(
    payment: Payment,
    label: str,
    standing: Standing,
    context: Context,
    customer_id: str,
    total: Decimal,
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    said = _said(payment)
    return {
        "PaymentType": "Cash",  # QuickBooks' word for any direct payment
        "AccountRef": {"value": _money_account_id(payment, standing.returned, standing, context)},
        "EntityRef": {"value": customer_id, "type": "Customer"},
        "DocNumber": text.derived_number("R", payment.source_id),
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": text.private_note(
            [*notes, said, _which(payment, label)], marker(RETURN_TYPE, payment.source_id)
        ),
        "Line": [_line(total, resolve.receivable_id(context, return_label(label)), said)],
    }


def _fee_payload(
    payment: Payment,
    label: str,
    standing: Standing,
    context: Context,
    fee: Decimal,
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    said = f"Fee: {_said(payment)[:1].lower()}{_said(payment)[1:]}"
    return {
        "PaymentType": "Cash",
        "AccountRef": {"value": _money_account_id(payment, standing.fee, standing, context)},
        "DocNumber": text.derived_number("F", payment.source_id),
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": text.private_note(
            [*notes, said, _which(payment, label)], marker(RETURN_FEE_TYPE, payment.source_id)
        ),
        "Line": [_line(fee, resolve.return_fees_id(context), said)],
    }


def _line(amount: Decimal, account_id: str, said: str) -> Payload:
    return {
        "DetailType": "AccountBasedExpenseLineDetail",
        "Amount": amount,
        "Description": said,
        "AccountBasedExpenseLineDetail": {"AccountRef": {"value": account_id}},
    }


def _said(payment: Payment) -> str:
    reason = _REASONS.get(payment.return_reason or "")
    return f"Returned: {reason}" if reason else "Returned"


def _which(payment: Payment, label: str) -> str:
    return f"{label} of {payment.payment_date}"


def _day(payment: Payment, label: str) -> dt.date:
    """The day it came back. Raises ``RecordRefused`` where it came back before it came."""
    assert payment.returned_on is not None  # of a payment that was returned
    if payment.returned_on < payment.payment_date:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} of {payment.payment_date} came back on {payment.returned_on} in RentAxis, which is before it was received.",
            "Correct the day it was returned in RentAxis, then run again.",
        )
    return payment.returned_on


def _customer(payment: Payment, standing: Standing, customer_id: str | None, label: str) -> str:
    """Whoever the payment is from in QuickBooks, or is to be."""
    for existing in (standing.payment, standing.returned):
        if existing is not None and existing.customer_id is not None:
            return existing.customer_id
    return rules.refuse_without_customer(customer_id, payment.payer, label)


def _money_account_id(
    payment: Payment, existing: Existing | None, standing: Standing, context: Context
) -> str:
    """The account the money is taken out of: where it went, by the deposit in QuickBooks, otherwise by the one that RentAxis has, which is
    pushed after its payments. Once booked it stays, whatever becomes of the deposit.
    """
    if existing is not None and stands(existing):
        booked = _reference(existing.pushed, "AccountRef")
        if booked is not None:
            return booked
    own = _own_account_id(payment, standing.payment, context)
    if own != context.references.undeposited_id:
        return own
    if standing.deposit_account_id is not None:
        return standing.deposit_account_id
    return (
        own
        if payment.banked_in is None
        else resolve.deposit_account_id(context, None, payment.banked_in) or own
    )


def _own_account_id(payment: Payment, existing: Existing | None, context: Context) -> str:
    """The account of the payment itself. Raises ``RecordRefused`` without a mapping."""
    pushed = _reference(existing.pushed, "DepositToAccountRef") if existing is not None else None
    account = pushed or resolve.deposit_account_id(context, payment.method, payment.deposit_account)
    account = account or context.references.undeposited_id
    if account is None:
        raise resolve.missing_mapping(
            f"No account is mapped for payments by '{payment.method}', and QuickBooks has no Undeposited Funds.",
            f"mappings.payment_methods.{payment.method}.deposit_to",
        )
    return account


def _reference(payload: Mapping[str, object], name: str) -> str | None:
    return cast("Mapping[str, Any]", payload.get(name) or {}).get("value")


def _taken_back(payment: Payment, existing: Existing | None, context: Context, label: str) -> Mapped | None:
    if existing is None or not stands(existing):
        return None
    if payment.deleted_at is not None:
        rules.refuse_to_void_deleted(context, existing, label)
    return rules.void(
        context,
        existing,
        label=label,
        why="was reversed",
        record_date=existing.txn_date or payment.returned_on or payment.payment_date,
        key=str(existing.pushed.get("DocNumber") or ""),
        payload=brought_to_zero(existing, "Voided in RentAxis"),
    )
