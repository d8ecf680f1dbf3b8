"""Received payments as QuickBooks Payments: one object a payment, one line an invoice it pays.

What no allocation uses stays unapplied on the Payment, as a credit; a later use updates the same Payment. One that came back is voided,
or stays as it is and its return is booked (``payment_returns``). Not here: processor fees and payouts.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import partial

import msgspec

from rentaxis_pipelines.mapping import applying, resolve, rules, text
from rentaxis_pipelines.mapping.applying import UnappliedPart
from rentaxis_pipelines.mapping.outcome import (
    NO_FACTS,
    CameBack,
    Context,
    Existing,
    Facts,
    Mapped,
    RecordRefused,
    answers,
    refused,
)
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.payload import VOID_HASH, Payload, content_hash
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import PAYMENT
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Payment
from rentaxis_pipelines.model.statuses import COMPLETED, PENDING, REFUNDED, TAKEN_BACK


def payment_label(payment: Payment) -> str:
    """The payment as a person knows it."""
    return f"Payment {payment.payment_number or payment.source_id}"


def check_number(payment: Payment, context: Context) -> str | None:
    """The number on the check itself, where it is to be the reference number. Two payments may well share one."""
    by_check = payment.method == "check" and context.company.policies.check_numbers == "reference"
    return payment.reference if by_check and text.is_legal_number(payment.reference) else None


def payment_number(payment: Payment, context: Context, *, number_is_taken: bool = False) -> str:
    """The PaymentRefNum: the check's own number, else RentAxis' where it fits and no other payment has it, else a stable one."""
    if (number := check_number(payment, context)) is not None:
        return number
    if text.is_legal_number(payment.payment_number) and not number_is_taken:
        return str(payment.payment_number)
    return text.derived_number("P", payment.source_id)


def payment_own_number(payment: Payment, context: Context) -> str | None:
    """The number that no other payment may have. That on a check belongs to the bank: it may come twice, and is nobody's to take."""
    return payment_number(payment, context) if check_number(payment, context) is None else None


def payment_lookups(context: Context, payment: Payment) -> Iterator[resolve.Lookup]:
    """What the payment needs of the company file."""
    yield partial(resolve.payment_method_id, context, payment.method)
    yield partial(resolve.deposit_account_id, context, payment.method, payment.deposit_account)
    if rules.is_returned(payment):
        yield partial(resolve.receivable_id, context, f"The return of {payment_label(payment)}")
        if payment.return_fee:
            yield partial(resolve.return_fees_id, context)


@answers
def plan_payment(
    payment: Payment,
    existing: Existing | None,
    context: Context,
    facts: Facts = NO_FACTS,
) -> Mapped:
    """Create, update or void the QuickBooks Payment, or the reason why not."""
    label, number_is_taken = payment_label(payment), facts.number_is_taken
    rules.refuse_imported(payment, label)
    if facts.came_back is not None:
        return _stays(payment, existing, context, facts, facts.came_back)
    if payment.deleted_at is not None or payment.status in TAKEN_BACK:
        return _void(payment, existing, context, number_is_taken)
    rules.refuse_unreadable(payment, label)
    _refuse_not_completed(payment, existing, facts)
    rules.refuse_unknown_status(payment.status, frozenset({COMPLETED, REFUNDED}), label)
    rules.refuse_before_go_live(context, existing, payment.payment_date, label)
    customer = rules.refuse_without_customer(facts.parent_id, payment.payer, label)
    total = resolve.money(payment.amount, label)
    if total <= 0:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} comes to {as_read(total)}; a payment must be above zero.",
        )

    applied = applying.apply(payment, label, facts)
    lines = [*applied.lines, *_paid_back(facts)]
    if hold := applying.held_back(context, label, applied.unapplied):
        raise hold

    unapplied = [*applied.unapplied, *applying.refunds_to_come(facts)]
    build = partial(_payload, payment, context, customer, lines, number_is_taken)
    try:
        mapped = rules.create_or_update(
            context,
            existing,
            entity="Payment",
            label=label,
            record_date=payment.payment_date,
            key=payment_number(payment, context, number_is_taken=number_is_taken),
            total=total,
            build=build,
        )
    except RecordRefused as error:
        raise _with_what_is_unapplied(error.refusal, label, unapplied, existing, build) from None
    remark = applying.not_applied_yet(label, unapplied, unchanged=False) if unapplied else None
    return msgspec.structs.replace(mapped, remark=remark)


def _paid_back(facts: Facts) -> list[Payload]:
    """The refunds that its credit pays (Intuit: "Record a refund for an overpayment or credit")."""
    return [
        applying.line_on(refund.target_id, applying.RETURN_TXN_TYPE, refund.amount)
        for refund in sorted(facts.paid_back, key=lambda refund: refund.target_id)
    ]


def _stays(
    payment: Payment, existing: Existing | None, context: Context, facts: Facts, came_back: CameBack
) -> Mapped:
    """A payment whose return is booked on its day. One that stands is left as it is; one that was never pushed, or that an undo
    voided together with its return, pays its own return.
    """
    label = payment_label(payment)
    if existing is not None and existing.content_hash != VOID_HASH:
        raise refused(
            ReasonCode.UNCHANGED,
            f"{label} stays as it is: it came back on {payment.returned_on}, and its return is booked on that day.",
        )
    rules.refuse_unreadable(payment, label)
    rules.refuse_before_go_live(context, existing, payment.payment_date, label)
    customer = rules.refuse_without_customer(facts.parent_id, payment.payer, label)
    if came_back.target_id is None:
        why = came_back.refusal
        raise refused(
            why.code if why is not None else ReasonCode.WAITING_FOR_PARENT,
            f"{label} is waiting for its return{f': {why.reason}' if why is not None else '.'}",
            why.remedy if why is not None else None,
        )
    total = resolve.money(payment.amount, label)
    lines = [applying.line_on(came_back.target_id, applying.RETURN_TXN_TYPE, total)]
    return rules.create_or_update(
        context,
        existing,
        entity="Payment",
        label=label,
        record_date=payment.payment_date,
        key=payment_number(payment, context, number_is_taken=facts.number_is_taken),
        total=total,
        build=partial(_payload, payment, context, customer, lines, facts.number_is_taken),
    )


def _with_what_is_unapplied(
    refusal: Refusal,
    label: str,
    unapplied: list[UnappliedPart],
    existing: Existing | None,
    build: rules.Build,
) -> RecordRefused:
    """The refusal of a payment that stands, with the truth about what of it is not applied."""
    if refusal.code == ReasonCode.UNCHANGED and unapplied:
        return RecordRefused(applying.not_applied_yet(label, unapplied, unchanged=True))
    if refusal.code == ReasonCode.CLOSED_PERIOD and existing is not None and existing.txn_date is not None:
        now = build(existing.txn_date, [])
        differs = {name for name in now.keys() | existing.pushed.keys() if _other(name, now, existing.pushed)}
        if differs == {"Line"}:
            reason = f"{refusal.reason} Only what it is applied to differs."
            remedy = "Apply it by hand in QuickBooks, or reopen the period there and run again."
            return refused(refusal.code, reason, remedy)
    return RecordRefused(refusal)


def _other(name: str, one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return content_hash({name: one.get(name)}) != content_hash({name: other.get(name)})


def _payload(
    payment: Payment,
    context: Context,
    customer_id: str,
    lines: list[Payload],
    number_is_taken: bool,
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    """The Payment payload, lines whole. Raises ``RecordRefused``: a mapping missing."""
    method_id = resolve.payment_method_id(context, payment.method)
    deposit_id = resolve.deposit_account_id(context, payment.method, payment.deposit_account)
    payload: Payload = {
        "CustomerRef": {"value": customer_id},
        "TotalAmt": resolve.money(payment.amount, payment_label(payment)),
        "TxnDate": booked_on.isoformat(),
        "PaymentRefNum": payment_number(payment, context, number_is_taken=number_is_taken),
        "PrivateNote": _note(payment, context, notes, number_is_taken),
        # Sent even when empty: QuickBooks replaces lines all or none, and an empty list unapplies everything
        # (entity reference).
        "Line": lines,
    }
    if method_id is not None:
        payload["PaymentMethodRef"] = {"value": method_id}
    if deposit_id is not None:
        payload["DepositToAccountRef"] = {"value": deposit_id}
    return payload


def _refuse_not_completed(payment: Payment, existing: Existing | None, facts: Facts) -> None:
    """One that was refunded stands as any other, where its refunds are pushed."""
    label = payment_label(payment)
    if payment.status == REFUNDED and facts.refunds_pushed and not payment.refunds:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} was refunded, but RentAxis has no refund of it.",
            "Enter the refund in RentAxis, or record it in QuickBooks and exclude the payment here.",
        )
    if payment.status == REFUNDED and not facts.refunds_pushed:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} was refunded. Refunds are not pushed.",
            "Record the refund in QuickBooks, then exclude the payment here.",
        )
    if payment.status == PENDING and existing is not None:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} was pushed as completed and is pending again in RentAxis.",
            "Find out whether the money was received; complete or void the payment in RentAxis, then run again.",
        )
    if payment.status == PENDING:
        raise refused(ReasonCode.DRAFT, f"{label} is not completed yet.")


def _note(payment: Payment, context: Context, notes: list[str], number_is_taken: bool) -> str:
    """Why, where, then the numbers: what an accountant looks for first stands first."""
    number = payment_number(payment, context, number_is_taken=number_is_taken)
    parts: list[str | None] = [*notes, *_places(payment)]
    if payment.reference and payment.reference != number:
        parts.append(f"Reference: {payment.reference}")
    if payment.payment_number and payment.payment_number != number:
        parts.append(f"Number in RentAxis: {payment.payment_number}")
    return text.private_note(parts, marker(PAYMENT, payment.source_id))


def _places(payment: Payment) -> list[str | None]:
    """The houses and units of the invoices it pays, each once, in the order it pays them."""
    return list(dict.fromkeys(text.place(allocation.place) for allocation in payment.allocations))


def _void(payment: Payment, existing: Existing | None, context: Context, number_is_taken: bool) -> Mapped:
    notes = [f"Void in RentAxis: {payment.void_reason}"] if payment.void_reason else []
    return rules.void_record(
        context,
        payment,
        existing,
        label=payment_label(payment),
        record_date=payment.payment_date,
        key=payment_number(payment, context, number_is_taken=number_is_taken),
        payload={"PrivateNote": _note(payment, context, notes, number_is_taken)},
    )
