"""Journal entries of RentAxis' own ledger as QuickBooks journal entries: line by line, debits equal to credits.

Not here: what a pushed record or a bank line posted (those entries are never read), and receivables and payables: QuickBooks keeps those by
document, so a line on one of them is refused.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from rentaxis_pipelines.mapping import resolve, rules, text
from rentaxis_pipelines.mapping.deleted_at_source import brought_to_zero
from rentaxis_pipelines.mapping.outcome import (
    NO_FACTS,
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
from rentaxis_pipelines.model.payload import VOID_HASH, Payload
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import JOURNAL_ENTRY
from rentaxis_pipelines.model.source_records import JournalEntry, JournalLine, places_of
from rentaxis_pipelines.model.statuses import DRAFT, POSTED, REVERSED, VOID

_STANDS = frozenset({POSTED, REVERSED})


def entry_label(entry: JournalEntry) -> str:
    """The entry as a person knows it."""
    return f"Journal entry {entry.entry_number or entry.source_id}"


def entry_number(entry: JournalEntry) -> str:
    """The DocNumber: always our own, because QuickBooks numbers its entries itself and refuses one that is in use (6140)."""
    return text.derived_number("J", entry.source_id)


def entry_lookups(context: Context, entry: JournalEntry) -> Iterator[resolve.Lookup]:
    """What the entry needs of the company file."""
    for line in entry.lines:
        yield partial(resolve.journal_account_id, context, line.account, entry_label(entry))
    for place in places_of(entry):
        yield from resolve.lookups_of_place(context, place)


@answers
def plan_journal_entry(
    entry: JournalEntry, existing: Existing | None, context: Context, _facts: Facts = NO_FACTS
) -> Mapped:
    """Create, update or void the QuickBooks JournalEntry, or the reason why not.

    An entry that RentAxis reversed stands: the entry that reverses it is one of its own. QuickBooks has no void of a journal entry
    (live suite of 2026-08-16: the operation is answered and nothing is done), so a void brings its lines to zero.
    """
    label = entry_label(entry)
    rules.refuse_imported(entry, label)
    if entry.deleted_at is not None or entry.status == VOID:
        return _void(entry, existing, context)
    if entry.status == DRAFT:
        raise _draft(existing, label)
    rules.refuse_unreadable(entry, label)
    rules.refuse_unknown_status(entry.status, _STANDS, label)
    rules.refuse_before_go_live(context, existing, entry.entry_date, label)

    return rules.create_or_update(
        context,
        existing,
        entity="JournalEntry",
        label=label,
        record_date=entry.entry_date,
        key=entry_number(entry),
        total=entry_total(entry),
        build=partial(_payload, entry, context),
    )


def entry_total(entry: JournalEntry) -> Decimal:
    """The sum of the debits in cents. Raises ``RecordRefused`` where it is not that of the credits."""
    label = entry_label(entry)
    debits = sum((_side(line.debit, label) for line in entry.lines), Decimal("0.00"))
    credited = sum((_side(line.credit, label) for line in entry.lines), Decimal("0.00"))
    if debits != credited or not debits:
        raise refused(
            ReasonCode.TOTAL_MISMATCH,
            f"The debits of {label} come to {as_read(debits)}, its credits to {as_read(credited)}.",
            "Correct the entry in RentAxis, then run again.",
        )
    return debits


def _side(amount: Decimal | None, label: str) -> Decimal:
    return resolve.money(amount, f"a line of {label}")


def _payload(entry: JournalEntry, context: Context, booked_on: dt.date, notes: list[str]) -> Payload:
    """The JournalEntry payload, lines whole: an update replaces all (entity reference)."""
    return {
        "DocNumber": entry_number(entry),
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": _note(entry, notes),
        "Line": [_line(line, entry, context) for line in entry.lines],
    }


def _line(line: JournalLine, entry: JournalEntry, context: Context) -> Payload:
    label = entry_label(entry)
    debit, credit = _side(line.debit, label), _side(line.credit, label)
    detail: Payload = {
        "PostingType": "Debit" if debit else "Credit",
        "AccountRef": {"value": resolve.journal_account_id(context, line.account, label)},
    }
    if line.place is not None:
        if class_id := resolve.class_id(context, line.place):
            detail["ClassRef"] = {"value": class_id}
        if location_id := resolve.location_id(context, line.place):
            detail["DepartmentRef"] = {"value": location_id}
    entered: Payload = {
        "DetailType": "JournalEntryLineDetail",
        "Amount": debit or credit,
        "JournalEntryLineDetail": detail,
    }
    if said := text.description(line.description or entry.description):
        entered["Description"] = said
    return entered


def _note(entry: JournalEntry, notes: list[str]) -> str:
    parts: list[str | None] = [*notes, *map(text.place, places_of(entry))]
    if entry.status == REVERSED:
        parts.append("Reversed in RentAxis by an entry of its own")
    return text.private_note([*parts, entry.memo], marker(JOURNAL_ENTRY, entry.source_id))


def _void(entry: JournalEntry, existing: Existing | None, context: Context) -> Mapped:
    said = "Deleted in RentAxis" if entry.deleted_at is not None else "Void in RentAxis"
    return rules.void_record(
        context,
        entry,
        existing,
        label=entry_label(entry),
        record_date=entry.entry_date,
        key=entry_number(entry),
        payload=brought_to_zero(existing, said) if existing is not None else {},
    )


def _draft(existing: Existing | None, label: str) -> RecordRefused:
    if existing is None or existing.content_hash == VOID_HASH:
        return refused(ReasonCode.DRAFT, f"{label} is a draft in RentAxis.")
    return refused(
        ReasonCode.INVALID_VALUE,
        f"{label} is a draft again in RentAxis, but is still in QuickBooks.",
        "Post it again in RentAxis, or void it there, then run again.",
    )
