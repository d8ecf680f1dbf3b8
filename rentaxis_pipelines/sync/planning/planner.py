"""One plan of any record type: facts gathered for all records at once, a pure decision for each, rows, written down.

Here: the order of these steps, the same for every type. Not here: the decisions (``mapping``), and what a type has that others have
not (``kinds``); customers, who have names for numbers and no day (``plan_parties``).
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from rentaxis_pipelines.ledger import decisions, links
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.registry import MAPPINGS
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.sync.planning import deleted_on_both_sides
from rentaxis_pipelines.sync.planning.deleted_at_source import vanished_rows
from rentaxis_pipelines.sync.planning.drafted import Drafted, with_our_own
from rentaxis_pipelines.sync.planning.excluded import left_out
from rentaxis_pipelines.sync.planning.expense_rows import exchange
from rentaxis_pipelines.sync.planning.kinds import Chosen, Gathered, kind_of
from rentaxis_pipelines.sync.planning.parents import parents_of
from rentaxis_pipelines.sync.planning.plan_parties import plan_customers
from rentaxis_pipelines.sync.planning.plan_places import those_needed, with_places
from rentaxis_pipelines.sync.planning.planned import Subject, gone, keep_compared, save
from rentaxis_pipelines.sync.planning.resolve_payers import Matches
from rentaxis_pipelines.sync.request import Terms, gate
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.source import Dated


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The records one plan is about. ``matches``: who is who; ``deleted_at_source``: links of records deleted in RentAxis for good;
    ``changed_vendors``: linked ones to be brought up to date besides.
    """

    record_type: str
    records: Sequence[Dated]
    matches: Matches = {}
    deleted_at_source: Sequence[Link] = ()
    changed_vendors: Sequence[Dated] = ()

    @property
    def source_type(self) -> str:
        return BY_NAME[self.record_type].source_types[0]


def plan(run: Run, context: Context, terms: Terms, wanted: Wanted) -> str:
    """Write down what is to be done about each of the records; returns the plan's id."""
    if not BY_NAME[wanted.record_type].dated:
        return plan_customers(run, context, terms, wanted.records, wanted.matches)
    drafted = with_our_own(run, context, terms, lambda: _draft(run, context, terms, wanted))
    if not terms.request.preview:
        exchange(run, drafted.exchanged)
    gone_rows, gone_subjects = vanished_rows(
        run, context, terms, wanted.record_type, wanted.deleted_at_source
    )
    known = _links(run, wanted) | {link.source_id: link for link in wanted.deleted_at_source}
    rows = kind_of(wanted.record_type).in_order(run, terms, drafted.rows, gone_rows, known)
    if not terms.request.preview:
        keep_compared(run, rows)
    subjects = [*drafted.subjects, *gone_subjects]
    return save(run, terms, wanted.record_type, [*drafted.parents, *rows], subjects)


def _draft(run: Run, context: Context, terms: Terms, wanted: Wanted) -> Drafted:
    record_type, mapping = BY_NAME[wanted.record_type], MAPPINGS[wanted.record_type]
    known = _links(run, wanted)
    parents = parents_of(
        run, context, terms, record_type, wanted.records, known, wanted.matches, wanted.changed_vendors
    )
    places: list[PlannedRow] = []
    if "classes" in record_type.parents:
        stand_at = [(day, record.place) for day, record in wanted.records]
        context, places = with_places(run, context, terms, record_type.name, stand_at)
    ids = [record.source_id for _, record in wanted.records]
    decided = decisions.standing(run.connection, run.realm, wanted.source_type, ids)
    chosen: list[Chosen] = []
    for day, record in _oldest_first(wanted.records):
        subject = Subject(
            day,
            record_type.name,
            wanted.source_type,
            record.source_id,
            mapping.label(record),
            mapping.amount(record),
        )
        link = known.get(record.source_id)
        # Why the record is not looked at any further: switched off, left out by a person, or gone from QuickBooks.
        stopped: Refusal | None = (
            gate(terms, record_type.name)
            or left_out(decided, wanted.source_type, record.source_id, subject.label)
            or gone(None if deleted_on_both_sides.is_taken_back(record) else link, terms, subject.label)
        )
        chosen.append(Chosen(record, subject, link, stopped))
    gathered = Gathered(run, context, terms, record_type.name, known, decided, parents)
    rows, exchanged = kind_of(record_type.name).rows(gathered, chosen)
    subjects = [one.subject for one in chosen]
    return Drafted([*those_needed(places, rows), *parents.rows], rows, subjects, exchanged)


def _oldest_first(records: Sequence[Dated]) -> list[Dated]:
    """As Intuit advises for invoices and payments; the same order every time."""
    return sorted(records, key=lambda dated: (dated[0], len(dated[1].source_id), dated[1].source_id))


def _links(run: Run, wanted: Wanted) -> dict[str, Link]:
    ids = Counter(record.source_id for _, record in wanted.records)
    twice = [source_id for source_id, times in ids.items() if times > 1]
    if twice:
        raise ValueError(
            f"The staging query of {wanted.source_type}s returned the same record more than once (id {twice[0]}). "
            "Each record must come once, with its children nested; correct the SELECT in dbt_like_sql/staging."
        )
    return links.links_of(run.connection, run.realm, wanted.source_type, ids)
