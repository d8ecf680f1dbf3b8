"""Records that stand in QuickBooks on the chosen days and were not read from RentAxis for them.

Each is looked for by its id. One that has moved to another day comes along as it is now; one that is nowhere any more was
deleted for good. Not here: what becomes of either (``mapping``), tenants and programs (their customers stay in any case).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from rentaxis_pipelines.ledger import decisions, links
from rentaxis_pipelines.mapping.booking import booking
from rentaxis_pipelines.mapping.deleted_at_source import plan_deleted_at_source
from rentaxis_pipelines.mapping.expenses import is_taken_back
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.phases import PARENTS, RECORDS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_type import PART_PAYMENT_TYPE
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, CHOSEN, in_words, part_of, whole_key
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.model.source_records import Expense
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import ZERO, Subject, existing_of, planned_row
from rentaxis_pipelines.sync.planning.why_stopped import left_out
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.source import Dated, Source

SOURCE_TYPE = {
    record_type.name: record_type.source_types[0] for record_type in CHOSEN if not record_type.party
}
# What a record may have besides its own transaction, such as the payment of a bill.
_PARTS = {name for part in REGISTRY if part.part_of for name in part.source_types}


class MovedOrDeleted(msgspec.Struct, frozen=True):
    """``moved``: records with the day they stand on in QuickBooks; ``deleted``: links without a record."""

    moved: list[Dated] = []
    deleted: list[Link] = []


def moved_or_deleted(
    context: PlanContext, source: Source, record_type: str, missing: Sequence[Link]
) -> MovedOrDeleted:
    """What became of these: the chosen days hold them in QuickBooks, and they were not read for them. Raises SourceError."""
    if not missing:
        return MovedOrDeleted()
    moved: list[Dated] = []
    deleted: list[Link] = []
    there = {
        record.source_id: record
        for _, record in source.by_id(record_type, [link.source_id for link in missing])
    }
    for link in missing:
        record = there.get(link.source_id)
        if record is None:
            deleted.append(link)
        elif not _belongs_there(record, link, context):
            moved.append((day_of(link), record))
    return MovedOrDeleted(moved, deleted)


def _belongs_there(record: Any, link: Link, context: PlanContext) -> bool:
    """Whether an expense of another day stands on the day it was paid, as it is to: then it has not moved."""
    if not isinstance(record, Expense) or is_taken_back(record):
        return False
    booked = booking(record, existing_of(link), context.mapping)
    return (booked.entity, booked.day) == (
        link.quickbooks_type,
        day_of(link),
    ) and booked.day != record.expense_date


def current_link_of(run: Run, record_type: str, source_id: str) -> Link | None:
    """The link of a transaction that stands in QuickBooks; None for a record that was never pushed, or is void."""
    source_type = SOURCE_TYPE.get(record_type)
    if source_type is None:
        return None
    link = links.links_of(run.connection, run.realm, source_type, [source_id]).get(source_id)
    return link if link is not None and link.state == "live" else None


def day_of(link: Link) -> dt.date:
    """The day the transaction has in QuickBooks."""
    return dt.date.fromisoformat(link.mapped["TxnDate"])


def rows_deleted_at_source(
    context: PlanContext, record_type: str, deleted: Sequence[Link]
) -> tuple[list[PlannedRow], list[Subject]]:
    """The planned rows of records deleted for good, and what they are about."""
    rows: list[PlannedRow] = []
    subjects: list[Subject] = []
    ids = [link.source_id for link in deleted]
    source_type = SOURCE_TYPE[record_type]
    decided = decisions.states_of(context.connection, context.realm, source_type, ids)
    parts = _parts_of(context.run, record_type, ids)
    for link in deleted:
        subject = _subject(link, record_type, in_words(source_type).capitalize())
        subjects.append(subject)
        stopped = context.gate(record_type) or left_out(
            decided.get(link.source_id), source_type, link.source_id, subject.label
        )
        for other in parts.get(link.source_id, []) if stopped is None else []:
            # The payment of a bill is taken back before the bill.
            part = BY_SOURCE_TYPE[other.source_type]
            rows.append(_row(context, _subject(other, part.name, part.singular.capitalize()), other))
        if stopped is not None:
            rows.append(planned_row(context, subject, stopped, link))
        else:
            rows.append(_row(context, subject, link))
    return rows, subjects


def _parts_of(run: Run, record_type: str, ids: Sequence[str]) -> dict[str, list[Link]]:
    """The live parts of these records, by the record's id, in the order they are to go."""
    types = [name for part in part_of(record_type) for name in part.source_types]
    keys = [(name, source_id) for name in types for source_id in ids]
    several = [
        link
        for name in types
        if name == PART_PAYMENT_TYPE
        for link in links.parts_of(run.connection, run.realm, name, ids)
    ]
    parts: dict[str, list[Link]] = {}
    for link in [*links_of_keys(run.connection, run.realm, keys).values(), *several]:
        if link.state == "live":
            parts.setdefault(whole_key((link.source_type, link.source_id))[1], []).append(link)
    return parts


def _row(context: PlanContext, subject: Subject, link: Link) -> PlannedRow:
    existing = existing_of(link)
    assert existing is not None  # only what stands is looked at
    is_part = link.source_type in _PARTS
    return planned_row(
        context,
        subject,
        plan_deleted_at_source(existing, context.mapping, subject.label),
        link,
        phase=PARENTS if is_part else RECORDS,
        shared=["/".join(whole_key((link.source_type, link.source_id)))],
    )


def _subject(link: Link, record_type: str, word: str) -> Subject:
    label = f"{word} {link.quickbooks_number or link.source_id}"
    return Subject(day_of(link), record_type, link.source_type, link.source_id, label, link.total or ZERO)
