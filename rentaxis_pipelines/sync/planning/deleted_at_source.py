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
from rentaxis_pipelines.mapping.deleted_at_source import plan_vanished
from rentaxis_pipelines.mapping.expenses import is_taken_back
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.phases import PARENTS, RECORDS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_types import CHOSEN, in_words, part_of
from rentaxis_pipelines.model.source_records import Expense
from rentaxis_pipelines.rentaxis.frames import RecordType
from rentaxis_pipelines.sync.planning.excluded import left_out
from rentaxis_pipelines.sync.planning.planned import ZERO, Subject, existing_of, planned_row
from rentaxis_pipelines.sync.request import Terms, gate
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.source import Source

SOURCE_TYPE = {one.name: one.source_types[0] for one in CHOSEN if one.dated}
# What an expense may have besides its own transaction: record type and label of each.
_PARTS = {
    name: (part.name, part.singular.capitalize())
    for part in part_of("expenses")
    for name in part.source_types
}

Found = tuple[dt.date, Any]


class LeftBehind(msgspec.Struct, frozen=True):
    """``moved``: records with the day they stand on in QuickBooks; ``vanished``: links without a record."""

    moved: list[Found] = []
    vanished: list[Link] = []


def left_behind(
    run: Run,
    source: Source,
    context: Context,
    terms: Terms,
    record_type: RecordType,
    read: Sequence[Found],
) -> LeftBehind:
    """What the chosen days hold in QuickBooks and ``read``, the records read for them, does not. Raises SourceError."""
    if not terms.allows(record_type):
        return LeftBehind()
    missing = links.standing_between(
        run.connection,
        run.realm,
        SOURCE_TYPE[record_type],
        terms.days,
        besides=[record.source_id for _, record in read],
    )
    if not missing:
        return LeftBehind()
    moved: list[Found] = []
    vanished: list[Link] = []
    there = {
        record.source_id: record
        for _, record in source.by_id(record_type, [link.source_id for link in missing])
    }
    for link in missing:
        record = there.get(link.source_id)
        if record is None:
            vanished.append(link)
        elif not _belongs_there(record, link, context):
            moved.append((day_of(link), record))
    return LeftBehind(moved, vanished)


def _belongs_there(record: Any, link: Link, context: Context) -> bool:
    """Whether an expense of another day stands on the day it was paid, as it is to: then it has not moved."""
    if not isinstance(record, Expense) or is_taken_back(record):
        return False
    booked = booking(record, existing_of(link), context)
    return (booked.entity, booked.day) == (
        link.quickbooks_type,
        day_of(link),
    ) and booked.day != record.expense_date


def standing_link(run: Run, record_type: RecordType, source_id: str) -> Link | None:
    """The link of a transaction that stands in QuickBooks; None for a record that was never pushed, or is void."""
    source_type = SOURCE_TYPE.get(record_type)
    if source_type is None:
        return None
    link = links.links_of(run.connection, run.realm, source_type, [source_id]).get(source_id)
    return link if link is not None and link.state == "live" else None


def day_of(link: Link) -> dt.date:
    """The day the transaction has in QuickBooks."""
    return dt.date.fromisoformat(link.mapped["TxnDate"])


def vanished_rows(
    run: Run, context: Context, terms: Terms, record_type: RecordType, vanished: Sequence[Link]
) -> tuple[list[PlannedRow], list[Subject]]:
    """The planned rows of records deleted for good, and what they are about."""
    rows: list[PlannedRow] = []
    subjects: list[Subject] = []
    ids = [link.source_id for link in vanished]
    source_type = SOURCE_TYPE[record_type]
    decided = decisions.standing(run.connection, run.realm, source_type, ids)
    hangs_on_it = _hangs_on(run, ids) if source_type == "expense" else {}
    for link in vanished:
        subject = _subject(link, record_type, in_words(source_type).capitalize())
        subjects.append(subject)
        stopped = gate(terms, record_type) or left_out(decided, source_type, link.source_id, subject.label)
        for other in hangs_on_it.get(link.source_id, []) if stopped is None else []:
            # The payment of a bill is taken back before the bill.
            about = _PARTS[other.source_type]
            rows.append(_row(context, terms, _subject(other, *about), other))
        if stopped is not None:
            rows.append(planned_row(subject, stopped, link, terms=terms, currency=context.company.currency))
        else:
            rows.append(_row(context, terms, subject, link))
    return rows, subjects


def _hangs_on(run: Run, ids: Sequence[str]) -> dict[str, list[Link]]:
    """What else stands of these expenses, by id, in the order it is to go."""
    found: dict[str, list[Link]] = {}
    for source_type in _PARTS:
        for source_id, link in links.links_of(run.connection, run.realm, source_type, ids).items():
            if link.state == "live":
                found.setdefault(source_id, []).append(link)
    return found


def _row(context: Context, terms: Terms, subject: Subject, link: Link) -> PlannedRow:
    existing = existing_of(link)
    assert existing is not None  # only what stands is looked at
    return planned_row(
        subject,
        plan_vanished(existing, context, subject.label),
        link,
        terms=terms,
        currency=context.company.currency,
        phase=PARENTS if link.source_type in _PARTS else RECORDS,
        shared=[f"{'expense' if link.source_type in _PARTS else link.source_type}/{link.source_id}"],
    )


def _subject(link: Link, record_type: str, word: str) -> Subject:
    label = f"{word} {link.quickbooks_number or link.source_id}"
    return Subject(day_of(link), record_type, link.source_type, link.source_id, label, link.total or ZERO)
