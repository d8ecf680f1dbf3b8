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
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.sync.planning.adopt import adopt
from rentaxis_pipelines.sync.planning.deleted_at_source import rows_deleted_at_source
from rentaxis_pipelines.sync.planning.kinds import Chosen, Gathered, kind_of
from rentaxis_pipelines.sync.planning.names_in_use import NamesInUse
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.plan_customers import customer_rows
from rentaxis_pipelines.sync.planning.plan_places import those_needed, waited_for
from rentaxis_pipelines.sync.planning.planned import Subject, keep_compared
from rentaxis_pipelines.sync.planning.resolve_payers import Matches
from rentaxis_pipelines.sync.planning.saving import OpenPlan, save_all
from rentaxis_pipelines.sync.planning.take_back import take_back_once
from rentaxis_pipelines.sync.planning.whole_plan import AtOnce, Needed, WholePlan
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


class Drafted(msgspec.Struct, frozen=True):
    """Rows in their order, and the records they are about. ``needed``: what they need first; ``waited``: what they wait for, by key;
    ``exchanged``: links of expenses that changed places.
    """

    needed: Needed
    waited: set[str]
    rows: list[PlannedRow]
    subjects: list[Subject]
    exchanged: list[Link]


def plan_at_once(opened: OpenPlan, wanted: Wanted) -> None:
    """Write down what is to be done about each of the records, which are all of the plan."""
    context = opened.context
    if BY_NAME[wanted.record_type].party:
        names = NamesInUse(context.run)
        save_all(opened, *customer_rows(context, wanted.records, wanted.matches, names))
        return
    whole = AtOnce(BY_NAME[wanted.record_type], wanted.matches, wanted.changed_vendors)
    # Every new draft knows one record more, so it ends.
    while (drafted := draft(context, wanted, whole)) is None:
        pass
    rows, subjects = rows_in_order(context, wanted, drafted, whole)
    places = those_needed(drafted.needed.places, drafted.waited)
    save_all(opened, [*places, *drafted.needed.parents.rows, *rows], subjects)


def draft(context: PlanContext, wanted: Wanted, whole: WholePlan) -> Drafted | None:
    """What is to be done about each record; None where something of ours turned up in QuickBooks that the ledger did not know: then all
    is to be drafted anew. Commits what was found. A preview keeps the links too: whose they are is a fact, no decision.
    """
    drafted = _draft(context, wanted, whole)
    if take_back_once(context, drafted.rows):
        return None
    rows = adopt(context, drafted.rows)
    return None if rows is None else msgspec.structs.replace(drafted, rows=rows)


def rows_in_order(
    context: PlanContext, wanted: Wanted, drafted: Drafted, whole: WholePlan
) -> tuple[list[PlannedRow], list[Subject]]:
    """The rows as they are to go, those of records deleted at source among them, and what they are about. Keeps what was found out."""
    if not context.request.preview:
        links.put_under(context.connection, drafted.exchanged)
    deleted_rows, deleted = rows_deleted_at_source(context, wanted.record_type, wanted.deleted_at_source)
    known = _links(context.run, wanted) | {link.source_id: link for link in wanted.deleted_at_source}
    rows = kind_of(wanted.record_type).in_order(context, drafted.rows, deleted_rows, known, whole)
    if not context.request.preview:
        keep_compared(context.run, rows)
    return rows, [*drafted.subjects, *deleted]


def _draft(context: PlanContext, wanted: Wanted, whole: WholePlan) -> Drafted:
    run, record_type, mapping = context.run, BY_NAME[wanted.record_type], MAPPINGS[wanted.record_type]
    known = _links(run, wanted)
    needed = whole.needed(context, wanted.records, known)
    context = needed.context
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
    gathered = Gathered(context, record_type.name, known, decided, needed.parents, whole)
    rows, exchanged = kind_of(record_type.name).rows(gathered, chosen)
    return Drafted(needed, waited_for(rows), rows, [record.subject for record in chosen], exchanged)


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
