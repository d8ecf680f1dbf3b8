"""One plan of any record type: facts gathered for all records at once, a pure decision for each, rows, written down.

Here: the order of these steps, the same for every type, and the order of looking before anything is first created. Not here: the
decisions (``mapping``), what a type has that others have not (``kinds``); customers, who have names for numbers and no day
(``plan_customers``).
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from rentaxis_pipelines.ledger import decisions, links
from rentaxis_pipelines.mapping.registry import MAPPINGS
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_types import BY_NAME, CLASSES
from rentaxis_pipelines.sync.planning.adopt import adopt
from rentaxis_pipelines.sync.planning.deleted_at_source import rows_deleted_at_source
from rentaxis_pipelines.sync.planning.kinds import Chosen, Gathered, kind_of
from rentaxis_pipelines.sync.planning.parents import parents_of
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.plan_customers import plan_customers
from rentaxis_pipelines.sync.planning.plan_places import those_needed, with_places
from rentaxis_pipelines.sync.planning.planned import Subject, keep_compared
from rentaxis_pipelines.sync.planning.resolve_payers import Matches
from rentaxis_pipelines.sync.planning.saving import save
from rentaxis_pipelines.sync.planning.take_back import take_back_once
from rentaxis_pipelines.sync.planning.why_stopped import gone_in_quickbooks, is_void_or_deleted, left_out
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


class _Drafted(msgspec.Struct, frozen=True):
    """Rows in their order, and the records they are about. ``parents``: rows they need first; ``exchanged``: links of expenses that changed places."""

    parents: list[PlannedRow]
    rows: list[PlannedRow]
    subjects: list[Subject]
    exchanged: list[Link]


def plan(context: PlanContext, wanted: Wanted) -> str:
    """Write down what is to be done about each of the records; returns the plan's id."""
    if not BY_NAME[wanted.record_type].dated:
        return plan_customers(context, wanted.records, wanted.matches)
    drafted = _drafted(context, wanted)
    if not context.request.preview:
        links.put_under(context.connection, drafted.exchanged)
    deleted_rows, deleted = rows_deleted_at_source(context, wanted.record_type, wanted.deleted_at_source)
    known = _links(context.run, wanted) | {link.source_id: link for link in wanted.deleted_at_source}
    rows = kind_of(wanted.record_type).in_order(context, drafted.rows, deleted_rows, known)
    if not context.request.preview:
        keep_compared(context.run, rows)
    return save(context, wanted.record_type, [*drafted.parents, *rows], [*drafted.subjects, *deleted])


def _drafted(context: PlanContext, wanted: Wanted) -> _Drafted:
    """The plan, drafted anew until nothing of ours turns up in QuickBooks that the ledger did not know. Commits what was found.

    Every new draft knows one record more, so it ends. A preview keeps the links too: whose they are is a fact, no decision.
    """
    while True:
        draft = _draft(context, wanted)
        if take_back_once(context, draft.rows):
            continue
        rows = adopt(context, draft.rows)
        if rows is not None:
            return msgspec.structs.replace(draft, rows=rows)


def _draft(context: PlanContext, wanted: Wanted) -> _Drafted:
    run, record_type, mapping = context.run, BY_NAME[wanted.record_type], MAPPINGS[wanted.record_type]
    known = _links(run, wanted)
    parents = parents_of(context, record_type, wanted.records, known, wanted.matches, wanted.changed_vendors)
    places: list[PlannedRow] = []
    if CLASSES in record_type.parents:
        located = [(day, record.place) for day, record in wanted.records]
        context, places = with_places(context, record_type.name, located)
    ids = [record.source_id for _, record in wanted.records]
    decided = decisions.states_of(run.connection, run.realm, wanted.source_type, ids)
    chosen: list[Chosen] = []
    for day, record in _oldest_first(wanted.records):
        key, label = (wanted.source_type, record.source_id), mapping.label(record)
        subject = Subject(day, record_type.name, *key, label, mapping.amount(record))
        link = known.get(record.source_id)
        # Why the record is not looked at any further: switched off, left out by a person, or gone from QuickBooks.
        stopped = (
            context.gate(record_type.name)
            or left_out(decided.get(record.source_id), *key, label)
            or gone_in_quickbooks(context, None if is_void_or_deleted(record) else link, label)
        )
        chosen.append(Chosen(record, subject, link, stopped))
    gathered = Gathered(context, record_type.name, known, decided, parents)
    rows, exchanged = kind_of(record_type.name).rows(gathered, chosen)
    subjects = [record.subject for record in chosen]
    return _Drafted([*those_needed(places, rows), *parents.rows], rows, subjects, exchanged)


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
