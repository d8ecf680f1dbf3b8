"""What planning does for one record type and not for others; a type that is not named here has one row a record, under its own number.

Here: facts beyond the customer or vendor, which rows a record has, and in which order they go. Not here: what all types share
(``planner``), how a record is mapped (``mapping.registry``).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from rentaxis_pipelines.mapping.outcome import Context, Facts, Mapped
from rentaxis_pipelines.mapping.registry import MAPPINGS
from rentaxis_pipelines.model.decisions import DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.sync.planning import deleted_on_both_sides
from rentaxis_pipelines.sync.planning.expense_rows import (
    Exchange,
    expense_rows,
    held_with_their_own,
    standing_of,
)
from rentaxis_pipelines.sync.planning.invoices_paid import InvoicesPaid, invoices_paid
from rentaxis_pipelines.sync.planning.numbers import NumberWanted, number_wanted, numbered
from rentaxis_pipelines.sync.planning.parents import party_key
from rentaxis_pipelines.sync.planning.plan_parties import Parents
from rentaxis_pipelines.sync.planning.planned import Subject, existing_of, planned_row, waiting
from rentaxis_pipelines.sync.planning.unapplying import held_invoices, in_order
from rentaxis_pipelines.sync.request import Terms
from rentaxis_pipelines.sync.run import Run


class Chosen(msgspec.Struct, frozen=True):
    """A record, what its row is about, what stands for it, and why it is not looked at any further."""

    record: Any
    subject: Subject
    link: Link | None
    stopped: Refusal | None


class Gathered(msgspec.Struct, frozen=True):
    """What is known for all records of a plan."""

    run: Run
    context: Context
    terms: Terms
    record_type: str
    known: Mapping[str, Link]
    decided: Mapping[str, DecisionState]
    parents: Parents

    def row(self, chosen: Chosen, outcome: Mapped | Refusal) -> PlannedRow:
        """The planned row of a decision."""
        currency = self.context.company.currency
        return planned_row(chosen.subject, outcome, chosen.link, terms=self.terms, currency=currency)


Rows = tuple[list[PlannedRow], list[Exchange]]


class Kind(msgspec.Struct, frozen=True):
    """``rows``: those of all records. ``in_order``: they and the rows of records deleted at source, as they are to go."""

    rows: Callable[[Gathered, Sequence[Chosen]], Rows]
    in_order: Callable[
        [Run, Terms, Sequence[PlannedRow], Sequence[PlannedRow], Mapping[str, Link]], list[PlannedRow]
    ]


def _numbered_rows(gathered: Gathered, chosen: Sequence[Chosen], paid: InvoicesPaid | None = None) -> Rows:
    """A row for each record, under a number that no other has."""
    mapping = MAPPINGS[gathered.record_type]
    wanted: list[NumberWanted] = []
    for one in chosen:

        def row(number_is_taken: bool, one: Chosen = one) -> PlannedRow:
            outcome = one.stopped or _decided(gathered, one, paid, number_is_taken)
            return gathered.row(one, deleted_on_both_sides.agreed(outcome, one.link, one.subject.label))

        own = mapping.number(one.record, gathered.context)
        wanted.append(number_wanted(one.record, own, gathered.decided, row))
    source_type = BY_NAME[gathered.record_type].source_types[0]
    return numbered(gathered.run, source_type, wanted, gathered.known), []


def _decided(
    gathered: Gathered, one: Chosen, paid: InvoicesPaid | None, number_is_taken: bool
) -> Mapped | Refusal:
    key, label = party_key(one.record), one.subject.label
    facts = Facts(gathered.parents.ids.get(key), number_is_taken=number_is_taken)
    if paid is not None:
        facts = paid.known_to(one.record, facts)
    existing = existing_of(one.link, one.subject.amount)
    outcome = MAPPINGS[gathered.record_type].plan(one.record, existing, gathered.context, facts)
    # Where a record waits for its customer, say what the customer waits for.
    outcome = waiting(outcome, f"{label} is waiting for its customer", gathered.parents.waits.get(key))
    return outcome if paid is None else paid.own_only(outcome, one.record, label, facts.parent_id)


def _rows_of_payments(gathered: Gathered, chosen: Sequence[Chosen]) -> Rows:
    payments = [one.record for one in chosen]
    paid = invoices_paid(gathered.run, gathered.context, gathered.terms, payments, gathered.known)
    return _numbered_rows(gathered, chosen, paid)


def _rows_of_expenses(gathered: Gathered, chosen: Sequence[Chosen]) -> Rows:
    """Those of each expense, its payment and what it stood as before."""
    standing = standing_of(gathered.run, gathered.known, [one.record.source_id for one in chosen])
    rows: list[PlannedRow] = []
    exchanged: list[Exchange] = []
    for one in chosen:
        if one.stopped is not None:
            rows.append(gathered.row(one, one.stopped))
            continue
        key, parents = party_key(one.record), gathered.parents
        planned = expense_rows(
            gathered.context,
            gathered.terms,
            one.subject,
            one.record,
            standing[one.record.source_id],
            parents.ids.get(key),
            parents.waits.get(key),
        )
        rows += planned.rows
        exchanged += planned.exchanged
    return rows, exchanged


def _invoices_in_order(
    run: Run,
    terms: Terms,
    rows: Sequence[PlannedRow],
    gone: Sequence[PlannedRow],
    known: Mapping[str, Link],
) -> list[PlannedRow]:
    return held_invoices(run, terms, [*rows, *gone], known)


def _payments_in_order(
    run: Run,
    terms: Terms,  # noqa: ARG001 - the face of all kinds
    rows: Sequence[PlannedRow],
    gone: Sequence[PlannedRow],
    known: Mapping[str, Link],
) -> list[PlannedRow]:
    return in_order(run, [*rows, *gone], known)


def _as_planned(
    run: Run,  # noqa: ARG001 - the face of all kinds
    terms: Terms,  # noqa: ARG001
    rows: Sequence[PlannedRow],
    gone: Sequence[PlannedRow],
    known: Mapping[str, Link],  # noqa: ARG001
) -> list[PlannedRow]:
    return [*rows, *gone]


def _expenses_in_order(
    run: Run,  # noqa: ARG001 - the face of all kinds
    terms: Terms,  # noqa: ARG001
    rows: Sequence[PlannedRow],
    gone: Sequence[PlannedRow],
    known: Mapping[str, Link],  # noqa: ARG001
) -> list[PlannedRow]:
    return [*held_with_their_own(rows), *gone]


_ORDINARY = Kind(_numbered_rows, _as_planned)
_OTHERS: Mapping[str, Kind] = {
    "invoices": Kind(_numbered_rows, _invoices_in_order),
    "payments": Kind(_rows_of_payments, _payments_in_order),
    "expenses": Kind(_rows_of_expenses, _expenses_in_order),
}


def kind_of(record_type: str) -> Kind:
    """How the records of that type are planned."""
    return _OTHERS.get(record_type, _ORDINARY)
