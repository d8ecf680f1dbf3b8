"""What planning does for one record type and not for others; a type that is not named here has one row a record, under its own number.

Here: facts beyond the customer or vendor, which rows a record has, and in which order they go. Not here: what all types share
(``planner``), how a record is mapped (``mapping.registry``).
"""

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from functools import partial
from typing import Any, Protocol

import msgspec

from rentaxis_pipelines.mapping.outcome import Facts, Mapped
from rentaxis_pipelines.mapping.registry import MAPPINGS
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_type import (
    CREDIT_APPLICATION,
    CREDIT_APPLICATIONS,
    CREDITS,
    DEPOSIT_SETTLEMENTS,
    DEPOSITS,
    EXPENSES,
    INVOICES,
    PAPERS,
    PAYMENT,
    PAYMENTS,
    REFUNDS,
)
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.sync.planning.deposits_held import held_in
from rentaxis_pipelines.sync.planning.deposits_of import gathered_by
from rentaxis_pipelines.sync.planning.expense_rows import current_links_of, expense_rows, held_with_their_own
from rentaxis_pipelines.sync.planning.invoices_paid import credits_used, invoices_paid
from rentaxis_pipelines.sync.planning.kinds_shared import Chosen, Gathered, Rows
from rentaxis_pipelines.sync.planning.numbers import NumberWanted, number_wanted, numbered
from rentaxis_pipelines.sync.planning.paper_rows import rows_of_papers
from rentaxis_pipelines.sync.planning.parents import party_key
from rentaxis_pipelines.sync.planning.payment_rows import held_with_their_payment, return_plans
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import existing_of, waiting
from rentaxis_pipelines.sync.planning.refunds_sold import held_refunds, paid_back_by, sold_to
from rentaxis_pipelines.sync.planning.unapplying import Order, applied_key, held_invoices, in_order
from rentaxis_pipelines.sync.planning.whole_plan import WholePlan
from rentaxis_pipelines.sync.planning.why_stopped import or_gone_on_both_sides


class Known(Protocol):
    """What is known of the other objects that records name."""

    def known_to(self, record: Any, facts: Facts, /) -> Facts:
        """The facts, with that."""
        ...

    def own_only(
        self, outcome: Mapped | Refusal, record: Any, label: str, customer_id: str | None, /
    ) -> Mapped | Refusal:
        """The outcome, or why it cannot go after all."""
        ...


class Kind(msgspec.Struct, frozen=True):
    """``rows``: those of all records. ``in_order``: they and the rows of records deleted at source, as they are to go."""

    rows: Callable[[Gathered, Sequence[Chosen]], Rows]
    in_order: Callable[
        [PlanContext, Sequence[PlannedRow], Sequence[PlannedRow], Mapping[str, Link], WholePlan],
        list[PlannedRow],
    ]


def _numbered_rows(gathered: Gathered, chosen: Sequence[Chosen], paid: Known | None = None) -> Rows:
    """A row for each record, under a number that no other has."""
    mapping = MAPPINGS[gathered.record_type]
    wanted: list[NumberWanted] = []
    for chosen_record in chosen:
        own = mapping.number(chosen_record.record, gathered.context.mapping)

        def row(
            number_is_taken: bool, chosen_record: Chosen = chosen_record, own: str | None = own
        ) -> PlannedRow:
            outcome = chosen_record.stopped or _decided(gathered, chosen_record, paid, number_is_taken)
            outcome = or_gone_on_both_sides(outcome, chosen_record.link, chosen_record.subject.label)
            planned = gathered.row(chosen_record, outcome)
            # A record under another number than its own depends on whoever has that.
            has_its_own = own is None or planned.quickbooks_number == own
            return gathered.with_uses(chosen_record, [planned])[0] if has_its_own else planned

        wanted.append(number_wanted(chosen_record.record, own, gathered.decided, row))
    source_type = BY_NAME[gathered.record_type].source_types[0]
    return numbered(gathered.context.run, source_type, wanted, gathered.known, gathered.whole.taken), []


def _decided(
    gathered: Gathered, chosen: Chosen, paid: Known | None, number_is_taken: bool
) -> Mapped | Refusal:
    key, label = party_key(chosen.record), chosen.subject.label
    facts = Facts(
        gathered.parents.ids.get(key),
        number_is_taken=number_is_taken,
        credits_are_pushed=gathered.context.allows(CREDITS),
        settlements_are_pushed=gathered.context.allows(DEPOSIT_SETTLEMENTS),
    )
    if paid is not None:
        facts = paid.known_to(chosen.record, facts)
    existing = existing_of(chosen.link, chosen.subject.amount)
    outcome = MAPPINGS[gathered.record_type].plan(chosen.record, existing, gathered.context.mapping, facts)
    # Where a record waits for its customer, say what the customer waits for.
    outcome = waiting(outcome, f"{label} is waiting for its customer", gathered.parents.waits.get(key))
    return outcome if paid is None else paid.own_only(outcome, chosen.record, label, facts.parent_id)


def _rows_of_payments(gathered: Gathered, chosen: Sequence[Chosen]) -> Rows:
    payments = [payment.record for payment in chosen]

    def in_plan(ids: Collection[str]) -> Set[str]:
        return gathered.whole.holding(ids, gathered.known)

    asked = [(payment.record, payment.subject) for payment in chosen if payment.stopped is None]
    returns = return_plans(gathered.context, asked, gathered.known, gathered.parents.ids)
    refunds = paid_back_by(gathered.context, payments, gathered.known)
    paid = invoices_paid(gathered.context, payments, gathered.known, in_plan, returns, refunds)
    rows, exchanged = _numbered_rows(gathered, chosen, paid)
    parts = held_with_their_payment(rows, [row for plan in returns.values() for row in plan.rows])
    uses = {row.source_id: row.uses for row in rows}
    parts = [msgspec.structs.replace(row, uses=uses.get(row.source_id)) for row in parts]
    return [*parts, *rows], exchanged


def _rows_of_applications(gathered: Gathered, chosen: Sequence[Chosen]) -> Rows:
    applications = [application.record for application in chosen]

    def in_plan(ids: Collection[str]) -> Set[str]:
        return gathered.whole.holding(ids, gathered.known)

    paid = invoices_paid(
        gathered.context, applications, gathered.known, in_plan, source_type=CREDIT_APPLICATION
    )
    there, waits = credits_used(gathered.context, applications)
    return _numbered_rows(gathered, chosen, msgspec.structs.replace(paid, credits=there, credit_waits=waits))


def _rows_of_refunds(gathered: Gathered, chosen: Sequence[Chosen]) -> Rows:
    refunds = [refund.record for refund in chosen]
    return _numbered_rows(
        gathered, chosen, sold_to(gathered.context.connection, gathered.context.realm, refunds)
    )


def _rows_of_deposits(gathered: Gathered, chosen: Sequence[Chosen]) -> Rows:
    """Their key is their day, which any number of them may have."""
    there = gathered_by(gathered.context, [deposit.record for deposit in chosen])
    rows: list[PlannedRow] = []
    for deposit in chosen:
        outcome = deposit.stopped or _decided(gathered, deposit, there, False)
        outcome = or_gone_on_both_sides(outcome, deposit.link, deposit.subject.label)
        rows += gathered.with_uses(deposit, [gathered.row(deposit, outcome)])
    return rows, []


def _rows_of_expenses(gathered: Gathered, chosen: Sequence[Chosen]) -> Rows:
    """Those of each expense, its payment and what it was before."""
    ids = [expense.record.source_id for expense in chosen]
    current = current_links_of(gathered.context.run, gathered.known, ids)
    parents = gathered.parents
    rows: list[PlannedRow] = []
    exchanged: list[Link] = []
    for expense in chosen:
        if expense.stopped is not None:
            rows.append(gathered.row(expense, expense.stopped))
            continue
        key, record = party_key(expense.record), expense.record
        vendor_id, vendor_waits = parents.ids.get(key), parents.waits.get(key)
        planned = expense_rows(
            gathered.context, expense.subject, record, current[record.source_id], vendor_id, vendor_waits
        )
        rows += gathered.with_uses(expense, planned.rows)
        exchanged += planned.exchanged
    return rows, exchanged


def _payments_in_order(
    source_type: str,
    context: PlanContext,
    rows: Sequence[PlannedRow],
    deleted: Sequence[PlannedRow],
    known: Mapping[str, Link],
    whole: WholePlan,
) -> list[PlannedRow]:
    """Those of a whole plan as they are to go; of a chunk they are ordered once all are written down (``ordered_at_last``)."""
    every = [*rows, *deleted]
    own, parts = (
        [row for row in every if (row.source_type == source_type) is wanted] for wanted in (True, False)
    )
    if whole.let_go is None:
        return [*parts, *in_order(context, own, known, source_type)]
    order = Order.of(own, known)
    whole.let_go.update(order.releasing)
    deposits = held_in(context, own, known)
    whole.let_go.update(deposits.values())
    return [*parts, *(_sharing(row, deposits.get(row.source_id)) for row in order.ordered.values())]


def _sharing(row: PlannedRow, deposit: str | None) -> PlannedRow:
    """The row, to be found by the bank deposit it is in."""
    if deposit is None:
        return row
    return msgspec.structs.replace(row, conflict_keys=[*row.conflict_keys, applied_key(deposit)])


_ORDINARY = Kind(_numbered_rows, lambda _context, rows, deleted, _known, _whole: [*rows, *deleted])
_OTHERS: Mapping[str, Kind] = {
    INVOICES: Kind(
        _numbered_rows,
        lambda context, rows, deleted, known, _whole: held_invoices(context, [*rows, *deleted], known),
    ),
    CREDITS: Kind(
        _numbered_rows,
        lambda context, rows, deleted, known, _whole: held_invoices(
            context, [*rows, *deleted], known, "CreditMemo"
        ),
    ),
    REFUNDS: Kind(
        _rows_of_refunds,
        lambda context, rows, deleted, _known, _whole: held_refunds(context, [*rows, *deleted]),
    ),
    PAYMENTS: Kind(_rows_of_payments, partial(_payments_in_order, PAYMENT)),
    CREDIT_APPLICATIONS: Kind(_rows_of_applications, partial(_payments_in_order, CREDIT_APPLICATION)),
    DEPOSITS: Kind(_rows_of_deposits, _ORDINARY.in_order),
    PAPERS: Kind(rows_of_papers, _ORDINARY.in_order),
    EXPENSES: Kind(
        _rows_of_expenses,
        lambda _context, rows, deleted, _known, _whole: [*held_with_their_own(rows), *deleted],
    ),
}


def kind_of(record_type: str) -> Kind:
    """How the records of that type are planned."""
    return _OTHERS.get(record_type, _ORDINARY)
