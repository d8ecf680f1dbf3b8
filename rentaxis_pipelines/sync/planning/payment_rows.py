"""The planned rows of what a payment has besides itself: its return, and the fee for that.

Decided before the payments themselves, because the payment stays where its return is booked, and later payments pay the return. One metered
read of the payments that came back since the last run, for the bank deposits they are in, and one of those deposits.

Not here: how a return is booked (``mapping.payment_returns``), the payments' own rows (``kinds``).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import links, versions
from rentaxis_pipelines.mapping.outcome import CameBack, Context, Mapped
from rentaxis_pipelines.mapping.payment_returns import (
    Standing,
    fee_label,
    is_booked_on_its_day,
    plan_return,
    plan_return_fee,
    return_label,
    stands,
)
from rentaxis_pipelines.mapping.rules import is_returned
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.phases import DEPENDENTS, PARENTS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_type import PAYMENT, RETURN_FEE_TYPE, RETURN_TYPE
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE
from rentaxis_pipelines.model.refusal import Refusal, refusal_of
from rentaxis_pipelines.model.source_records import Payment
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import Subject, existing_of, planned_row, stopped_row
from rentaxis_pipelines.sync.planning.reopened import Return
from rentaxis_pipelines.sync.pushing.push import pending_id
from rentaxis_pipelines.sync.run import Run

_ZERO = Decimal("0.00")


class ReturnPlan(msgspec.Struct, frozen=True):
    """What is to be done about the return of one payment. ``came_back``: None where the payment does not stay for it."""

    standing: Standing
    came_back: CameBack | None
    rows: list[PlannedRow]
    made: Return | None = None  # that this plan makes


def return_plans(
    context: PlanContext,
    payments: Sequence[tuple[Payment, Subject]],
    known: Mapping[str, Link],
    parents: Mapping[Any, str],
) -> dict[str, ReturnPlan]:
    """By payment, what is to be done about its return; those that have and had none are absent.

    ``known``: the payments' own links; ``parents``: their customers, by kind and id.
    """
    run, ids = context.run, [payment.source_id for payment, _ in payments]
    returned = links.links_of(run.connection, run.realm, RETURN_TYPE, ids)
    fees = links.links_of(run.connection, run.realm, RETURN_FEE_TYPE, ids)
    concerned = [
        (payment, subject)
        for payment, subject in payments
        if is_returned(payment) or payment.source_id in returned or payment.source_id in fees
    ]
    deposits = _deposits(context, [payment for payment, _ in concerned], known, returned)
    taken_back = _taken_back(run, [payment for payment, _ in concerned], known)
    plans: dict[str, ReturnPlan] = {}
    for payment, subject in concerned:
        link = known.get(payment.source_id)
        standing = Standing(
            payment=existing_of(link, subject.amount),
            returned=existing_of(returned.get(payment.source_id), subject.amount),
            fee=existing_of(fees.get(payment.source_id), payment.return_fee),
            gone=link is not None and link.state == "gone",
            was_returned=payment.source_id in returned or payment.source_id in taken_back,
            deposit_account_id=deposits.get(payment.source_id),
        )
        key = None if payment.payer is None else (payment.payer.kind, payment.payer.source_id)
        plans[payment.source_id] = _plan(
            context,
            payment,
            subject,
            standing,
            (returned.get(payment.source_id), fees.get(payment.source_id)),
            parents.get(key),
        )
    return plans


def _taken_back(run: Run, payments: Sequence[Payment], known: Mapping[str, Link]) -> set[str]:
    """The voided payments whose return was booked once: an undo took back both, and has left no link of what it deleted."""
    voided = [
        payment.source_id
        for payment in payments
        if payment.source_id in known and known[payment.source_id].state == "void"
    ]
    keys = [(RETURN_TYPE, source_id) for source_id in voided]
    return (
        {version.source_id for version in versions.of_records(run.connection, run.realm, keys)}
        if keys
        else set()
    )


def held_with_their_payment(rows: Sequence[PlannedRow], parts: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The parts' rows; where a payment that was never pushed turns out not to go, its return does not go either."""
    own = {row.source_id: row for row in rows if row.source_type == PAYMENT}
    return [_held(row, own.get(row.source_id)) for row in parts]


def _held(row: PlannedRow, payment: PlannedRow | None) -> PlannedRow:
    why = refusal_of(payment) if payment is not None and payment.status is not None else None
    if row.status is not None or row.action != "create" or why is None or why.status != "failed":
        return row
    return stopped_row(row, why)


def _plan(
    context: PlanContext,
    payment: Payment,
    subject: Subject,
    standing: Standing,
    current: tuple[Link | None, Link | None],
    customer_id: str | None,
) -> ReturnPlan:
    mapping: Context = context.mapping
    booked = is_booked_on_its_day(payment, standing, mapping)
    outcome = plan_return(payment, subject.label, standing, mapping, customer_id)
    fee = plan_return_fee(payment, subject.label, standing, mapping)
    if booked and isinstance(outcome, Refusal) and not stands(standing.returned) and isinstance(fee, Mapped):
        fee = outcome  # the fee says nothing without what it was charged for
    rows = [
        *_row(
            context, subject, RETURN_TYPE, return_label(subject.label), subject.amount, outcome, current[0]
        ),
        *_row(
            context,
            subject,
            RETURN_FEE_TYPE,
            fee_label(subject.label),
            payment.return_fee or _ZERO,
            fee,
            current[1],
        ),
    ]
    if not booked:
        return ReturnPlan(standing, None, rows)
    if standing.returned is not None and stands(standing.returned):
        return ReturnPlan(standing, CameBack(standing.returned.quickbooks_id), rows)
    if isinstance(outcome, Mapped):
        target = (
            pending_id(RETURN_TYPE, payment.source_id)
            if standing.returned is None
            else standing.returned.quickbooks_id
        )
        made = Return(payment.source_id, target, outcome.total or _ZERO)
        return ReturnPlan(standing, CameBack(target), rows, made)
    return ReturnPlan(standing, CameBack(refusal=outcome), rows)


def _row(
    context: PlanContext,
    subject: Subject,
    source_type: str,
    label: str,
    amount: Decimal,
    outcome: Mapped | Refusal | None,
    link: Link | None,
) -> list[PlannedRow]:
    if outcome is None:
        return []
    about = msgspec.structs.replace(
        subject,
        record_type=BY_SOURCE_TYPE[source_type].name,
        source_type=source_type,
        label=label,
        amount=amount,
    )
    # It is there before the payments that pay it, and goes after they have let go of it.
    taken_back = isinstance(outcome, Mapped) and outcome.action == "void"
    shared = [f"{PAYMENT}/{subject.source_id}"]
    phase = DEPENDENTS if taken_back else PARENTS
    return [planned_row(context, about, outcome, link, phase=phase, shared=shared)]


def _deposits(
    context: PlanContext, payments: Sequence[Payment], known: Mapping[str, Link], returned: Mapping[str, Link]
) -> dict[str, str]:
    """By payment, the account that its bank deposit went to, of those whose return is still to be decided about."""
    if context.company.policies.returned_payments == "void":
        return {}
    asked = {
        known[payment.source_id].quickbooks_id: payment.source_id
        for payment in payments
        if is_returned(payment)
        and payment.source_id in known
        and known[payment.source_id].state == "live"
        and (payment.source_id not in returned or returned[payment.source_id].state != "live")
    }
    run: Run = context.run
    objects = run.client.query_in("Payment", "Id", sorted(asked)) if asked else []
    in_deposits = {
        asked[str(entry["Id"])]: str(linked["TxnId"])
        for entry in objects
        for linked in cast("list[dict[str, Any]]", entry.get("LinkedTxn") or [])
        if linked.get("TxnType") == "Deposit"
    }
    wanted = sorted(set(in_deposits.values()))
    accounts = {
        str(entry["Id"]): str(entry["DepositToAccountRef"]["value"])
        for entry in (run.client.query_in("Deposit", "Id", wanted) if wanted else [])
    }
    return {payment: accounts[deposit] for payment, deposit in in_deposits.items() if deposit in accounts}
