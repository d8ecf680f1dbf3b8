"""What a void says is written before it: QuickBooks' void takes no note, it only puts "Voided" in front of the one that stands.

So a void that has something to say is sent in two requests, both of one planned row: the note as an ordinary sparse update, then the
void. A note that QuickBooks refuses keeps nobody from the void; one whose fate is not known does.
Not here: how they are sent and settled (``push``, ``settle``), what is said (``mapping``).
"""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.ledger.rows import PlannedRow, RequestRow
from rentaxis_pipelines.mapping.outcome import VOID_HASH, VOIDED_BY_OPERATION
from rentaxis_pipelines.sync.run import Run

OPERATION = "note"  # of a request row


def note_of(row: PlannedRow) -> PlannedRow | None:
    """The update that writes the note of a void; None where the row is no such void, or the note stands already."""
    note = (row.payload or {}).get("PrivateNote")
    if row.action != "void" or row.quickbooks_type not in VOIDED_BY_OPERATION or not note:
        return None
    if note == (row.mapped or {}).get("PrivateNote"):
        return None
    return msgspec.structs.replace(row, action="update", payload={"PrivateNote": note})


def is_note(row: PlannedRow) -> bool:
    """Whether the row is the note of a void: no other update carries the hash of one."""
    return row.action == "update" and row.content_hash == VOID_HASH


def as_sent(row: PlannedRow, request_row: RequestRow) -> PlannedRow:
    """The planned row as that request carried it."""
    return (note_of(row) or row) if request_row.operation == OPERATION else row


def with_standing_tokens(run: Run, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The rows with the SyncTokens that their notes left behind."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if note_of(row) is not None:
            wanted[row.source_type].append(row.source_id)
    tokens = {
        (source_type, source_id): link.sync_token
        for source_type, ids in wanted.items()
        for source_id, link in links.links_of(run.connection, run.realm, source_type, ids).items()
    }
    return [
        msgspec.structs.replace(row, sync_token=tokens.get((row.source_type, row.source_id), row.sync_token))
        for row in rows
    ]
