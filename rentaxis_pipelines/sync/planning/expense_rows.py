"""The planned rows of one expense: its Purchase or Bill, the payments of a Bill, and what it stood as before it became the other.

An expense has a link for what it stands as, one for each BillPayment, and, where it once stood as the other, one for that: brought
to zero, kept, and taken up again if the expense ever is the other once more. So it has one live object at most, and a run that died
in between is carried on by the next.

Not here: how an expense is booked (``mapping.booking``), which BillPayment each payment is (``bill_payment_links``), vendors
(``plan_vendors``), expenses deleted for good (``deleted_at_source``).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.mapping.bill_payments import bill_payment_label, plan_bill_payment
from rentaxis_pipelines.mapping.booking import booking
from rentaxis_pipelines.mapping.expense_payments import parts_paid
from rentaxis_pipelines.mapping.expenses import is_taken_back, plan_expense, plan_replaced, replaced_label
from rentaxis_pipelines.mapping.outcome import Context, Existing, Facts, Mapped
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.payload import VOID_HASH
from rentaxis_pipelines.model.phases import DEPENDENTS, PARENTS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import BILL_PAYMENT_TYPE, EXPENSE, REPLACED_TYPE
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE
from rentaxis_pipelines.model.refusal import Refusal, refusal, refusal_of
from rentaxis_pipelines.model.source_records import Expense
from rentaxis_pipelines.sync.planning.bill_payment_links import (
    booked_on,
    payments_by_expense,
    placed_payments,
)
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import (
    ZERO,
    Subject,
    existing_of,
    planned_row,
    stopped_row,
    waiting,
)
from rentaxis_pipelines.sync.planning.why_stopped import or_gone_on_both_sides
from rentaxis_pipelines.sync.pushing.push import pending_id
from rentaxis_pipelines.sync.run import Run

Outcome = Mapped | Refusal
_CONTRADICTED = (ReasonCode.INVALID_VALUE, ReasonCode.MISSING_FIELD, ReasonCode.UNKNOWN_SOURCE_VALUE)
_NOTHING_IN_THE_WAY = (ReasonCode.UNCHANGED, ReasonCode.VOID_NEVER_PUSHED)


class CurrentLinks(msgspec.Struct, frozen=True):
    """What stands in QuickBooks for one expense, as the ledger knows it."""

    link: Link | None = None
    payments: Sequence[Link] = ()
    replaced: Link | None = None


class Planned(msgspec.Struct, frozen=True):
    """The rows of one expense; ``exchanged``: links under the source type they are to be kept under from now on."""

    rows: list[PlannedRow]
    exchanged: list[Link]


def current_links_of(
    run: Run, known: Mapping[str, Link], source_ids: Iterable[str]
) -> dict[str, CurrentLinks]:
    """What stands for each of these expenses, by id. ``known``: their own links."""
    ids = list(source_ids)
    payments = payments_by_expense(run, ids)
    replaced = links.links_of(run.connection, run.realm, REPLACED_TYPE, ids)
    return {
        source_id: CurrentLinks(known.get(source_id), payments.get(source_id, ()), replaced.get(source_id))
        for source_id in ids
    }


def expense_rows(
    context: PlanContext,
    subject: Subject,
    expense: Expense,
    current: CurrentLinks,
    vendor_id: str | None,
    vendor_waits: Refusal | None,
) -> Planned:
    """What is to be done about one expense, in the order it is to be done."""
    arranged = _arranged(expense, current, context.mapping, subject)
    pushed_before = current.link is not None or current.replaced is not None
    existing = existing_of(arranged.link, subject.amount)
    outcome = _wait_for_vendor(
        plan_expense(expense, existing, context.mapping, Facts(vendor_id, pushed_before=pushed_before)),
        subject.label,
        vendor_waits,
    )
    outcome = or_gone_on_both_sides(outcome, arranged.link, subject.label)
    letting_go = _replaced(expense, arranged, context.mapping)
    bill_id = _bill_id(expense, existing, outcome)
    payments = _payments(context, subject, expense, current, bill_id, vendor_id)
    if is_taken_back(expense) or isinstance(letting_go, Mapped | Refusal):
        # All of it or nothing: what stands is not let go of for something that cannot be made, nor by halves.
        refused = _first_refusal(outcome, letting_go, *(payment.outcome for payment in payments))
        if refused is not None:
            outcome, payments, arranged = refused, [], current
            letting_go = refused if isinstance(_replaced(expense, current, context.mapping), Mapped) else None
    elif expense.payments and isinstance(outcome, Refusal) and outcome.code in _CONTRADICTED:
        payments = []  # which of them is wrong nobody knows, so that none is changed
    rows = [
        *(_payment_row(context, subject, payment) for payment in payments),
        *_replaced_row(context, subject, expense, current, arranged, letting_go),
        _own_row(context, subject, _with_its_payment(outcome, expense), arranged, letting_go),
    ]
    return Planned(rows, _exchanges(arranged) if arranged != current else [])


def held_with_their_own(rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The rows, without letting go of what stands for an expense whose own row turned out not to go."""
    own = {row.source_id: row for row in rows if row.source_type == EXPENSE}
    return [
        _held(row, own[row.source_id])
        if row.source_type == REPLACED_TYPE and row.status is None and row.source_id in own
        else row
        for row in rows
    ]


def _held(row: PlannedRow, own: PlannedRow) -> PlannedRow:
    why = refusal_of(own)
    if own.status is None or why is None or why.code in _NOTHING_IN_THE_WAY:
        return row
    return stopped_row(row, why)


def _arranged(expense: Expense, current: CurrentLinks, context: Context, subject: Subject) -> CurrentLinks:
    """Which of the two links is what the expense is to stand as, and which is to be let go."""
    own, other = current.link, current.replaced
    if is_taken_back(expense):
        return current
    wanted = booking(expense, existing_of(own, subject.amount), context).entity
    if own is not None and own.quickbooks_type == wanted:
        return current
    taken_up = (
        other if other is not None and other.quickbooks_type == wanted and other.state != "gone" else None
    )
    let_go = own if own is not None else (None if taken_up is not None else other)
    return CurrentLinks(taken_up, current.payments, let_go)


def _exchanges(arranged: CurrentLinks) -> list[Link]:
    """The links that changed places, under their new source types."""
    places = ((arranged.link, EXPENSE), (arranged.replaced, REPLACED_TYPE))
    return [msgspec.structs.replace(link, source_type=name) for link, name in places if link is not None]


def _replaced(expense: Expense, current: CurrentLinks, context: Context) -> Outcome | None:
    if current.replaced is None:
        return None
    return plan_replaced(expense, existing_of(current.replaced), context)


def _first_refusal(*outcomes: Outcome | None) -> Refusal | None:
    """Why it cannot be done as a whole. What is done already stands in nobody's way."""
    refusals = [refused for refused in outcomes if isinstance(refused, Refusal)]
    return next((refused for refused in refusals if refused.code not in _NOTHING_IN_THE_WAY), None)


def _bill_id(expense: Expense, existing: Existing | None, outcome: Outcome) -> str | None:
    """The Bill to be paid: the one that stands, or the one this plan makes."""
    if isinstance(outcome, Mapped):
        if outcome.entity != "Bill" or outcome.action == "void":
            return None
        if existing is None or existing.content_hash == VOID_HASH:
            return pending_id(EXPENSE, expense.source_id)
        return existing.quickbooks_id
    stands = existing is not None and existing.entity == "Bill" and existing.content_hash != VOID_HASH
    return existing.quickbooks_id if existing is not None and stands else None


class _Payment(msgspec.Struct, frozen=True):
    """What becomes of one payment. ``amount``: of the payment, or of what stands for one that RentAxis has no longer."""

    key: tuple[str, str]
    label: str
    amount: Decimal
    link: Link | None
    outcome: Outcome


def _payments(
    context: PlanContext,
    subject: Subject,
    expense: Expense,
    current: CurrentLinks,
    bill_id: str | None,
    vendor_id: str | None,
) -> list[_Payment]:
    """Those that are or were paid on the Bill."""
    planned: list[_Payment] = []
    for key, paid, link in placed_payments(expense, current.payments):
        gone = subject.amount if key[0] == BILL_PAYMENT_TYPE else link.total if link is not None else None
        amount = paid.amount if paid is not None else gone or ZERO
        existing = existing_of(link, amount)
        outcome = plan_bill_payment(expense, key, paid, bill_id, existing, context.mapping, vendor_id)
        if outcome is not None:
            day = paid.paid_on if paid is not None else booked_on(link) or expense.expense_date
            planned.append(_Payment(key, bill_payment_label(expense, key, day), amount, link, outcome))
    return planned


def _payment_row(context: PlanContext, subject: Subject, payment: _Payment) -> PlannedRow:
    outcome = payment.outcome
    about = msgspec.structs.replace(
        subject,
        record_type=BY_SOURCE_TYPE[payment.key[0]].name,
        source_type=payment.key[0],
        source_id=payment.key[1],
        label=payment.label,
        amount=payment.amount,
    )
    if isinstance(outcome, Refusal) and outcome.code == ReasonCode.UNCHANGED:
        # Begins with the row's label, as for any unchanged record: results are kept together by what follows it.
        outcome = msgspec.structs.replace(
            outcome, reason=outcome.reason.replace(f"The p{about.label[1:]}", about.label, 1)
        )
    phase = PARENTS if _lets_go(outcome, payment.link) else DEPENDENTS
    return planned_row(context, about, outcome, payment.link, phase=phase, shared=_shared(subject))


def _lets_go(outcome: Outcome, link: Link | None) -> bool:
    """Whether less is paid than before: that goes before the bill becomes smaller; more goes after it became larger."""
    if isinstance(outcome, Refusal):
        return False
    paid = link.total if link is not None and link.state == "live" else None
    return outcome.action == "void" or (
        paid is not None and outcome.total is not None and outcome.total < paid
    )


def _replaced_row(
    context: PlanContext,
    subject: Subject,
    expense: Expense,
    current: CurrentLinks,
    arranged: CurrentLinks,
    outcome: Outcome | None,
) -> list[PlannedRow]:
    link = arranged.replaced
    if link is None and current.replaced is None:
        return []
    if outcome is None:
        # It is what the expense stands as again; an earlier failure to let it go is over with this.
        outcome = refusal(ReasonCode.UNCHANGED, f"Nothing of {subject.label} has to be unapplied.")
    about = Subject(
        subject.day,
        BY_SOURCE_TYPE[REPLACED_TYPE].name,
        REPLACED_TYPE,
        subject.source_id,
        replaced_label(expense, existing_of(link)),
        link.total or subject.amount if link is not None else subject.amount,
    )
    return [planned_row(context, about, outcome, link, phase=PARENTS, shared=_shared(subject))]


def _own_row(
    context: PlanContext,
    subject: Subject,
    outcome: Outcome,
    arranged: CurrentLinks,
    letting_go: Outcome | None,
) -> PlannedRow:
    row = planned_row(context, subject, outcome, arranged.link, shared=_shared(subject))
    if row.status is not None or not isinstance(letting_go, Mapped):
        return row
    first = f"{REPLACED_TYPE}/{subject.source_id}"
    return msgspec.structs.replace(row, pending=sorted({*row.pending, first}))


def _shared(subject: Subject) -> list[str]:
    return [f"{EXPENSE}/{subject.source_id}"]


def _with_its_payment(outcome: Outcome, expense: Expense) -> Outcome:
    """Where a bill cannot be booked because its period is closed, its payments wait with it: say that too."""
    if isinstance(outcome, Mapped) or outcome.code != ReasonCode.CLOSED_PERIOD:
        return outcome
    late = [str(paid.paid_on) for paid in parts_paid(expense) if paid.paid_on != expense.expense_date]
    if not late:
        return outcome
    wait = f"payment of {late[0]} is" if len(late) == 1 else f"payments of {', '.join(late)} are"
    return msgspec.structs.replace(outcome, reason=f"{outcome.reason} Its {wait} waiting for it.")


def _wait_for_vendor(outcome: Outcome, label: str, why: Refusal | None) -> Outcome:
    """An expense whose vendor waits for a person waits too, also one that QuickBooks would take without a vendor."""
    beginning = f"{label} is waiting for its vendor"
    if why is None or isinstance(outcome, Refusal):
        return waiting(outcome, beginning, why)
    if outcome.action == "void":
        return outcome
    return Refusal(ReasonCode.WAITING_FOR_PARENT, f"{beginning}: {why.reason}", why.remedy)
