"""Rows that are written in two requests: a first step, then the row itself.

What a void says: QuickBooks' void takes no note, it only puts "Voided" in front of the one that stands. So the note is written first,
as an ordinary sparse update. What a payment lets go of: two payments that exchange invoices each need what the other has, so one of
them is taken off first (``PlannedRow.release``) and applied anew afterwards.

A first step has no result of its own. One that QuickBooks refuses keeps nobody from the row itself; one whose fate is not known does.
Not here: how they are sent and settled (``push``, ``settle``), what is said (``mapping``), who lets go first (``planning.unapplying``).
"""

from collections.abc import Sequence

import msgspec

from rentaxis_pipelines.model.payload import VOID_HASH, VOIDED_BY_OPERATION
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.requests import RequestRow
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.run import Run

NOTE, RELEASE = "note", "release"  # operations of a request row
_RELEASED = "released"  # in place of a content hash: the object is as no record asks for


def note_of(row: PlannedRow) -> PlannedRow | None:
    """The update that writes the note of a void; None where the row is no such void, or the note stands already."""
    note = (row.payload or {}).get("PrivateNote")
    if row.action != "void" or row.quickbooks_type not in VOIDED_BY_OPERATION or not note:
        return None
    if note == (row.standing or row.mapped or {}).get("PrivateNote"):
        return None
    return msgspec.structs.replace(row, action="update", payload={"PrivateNote": note})


def release_of(row: PlannedRow) -> PlannedRow | None:
    """The update that takes a payment off what it lets go of; None where nothing has to be let go first."""
    if row.release is None:
        return None
    return msgspec.structs.replace(row, action="update", payload=row.release, content_hash=_RELEASED)


def operation_of(row: PlannedRow) -> str:
    """What a request row says it does: a note or a release where the row is such a first step, else its action."""
    if row.action == "update" and row.content_hash == VOID_HASH:  # no other update carries the hash of a void
        return NOTE
    return RELEASE if row.content_hash == _RELEASED else row.action


def is_first_step(row: PlannedRow) -> bool:
    """Whether the row is the first step of another."""
    return operation_of(row) in (NOTE, RELEASE)


def as_sent(row: PlannedRow, request_row: RequestRow) -> PlannedRow:
    """The planned row as that request carried it."""
    first = {NOTE: note_of, RELEASE: release_of}.get(request_row.operation)
    return (first(row) if first else None) or row


def with_current_tokens(run: Run, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The rows with the SyncTokens that their first steps left behind."""
    keys = [
        (row.source_type, row.source_id)
        for row in rows
        if note_of(row) is not None or row.release is not None
    ]
    known = links_of_keys(run.connection, run.realm, keys)
    tokens = {key: link.sync_token for key, link in known.items()}
    return [
        msgspec.structs.replace(row, sync_token=tokens.get((row.source_type, row.source_id), row.sync_token))
        for row in rows
    ]
