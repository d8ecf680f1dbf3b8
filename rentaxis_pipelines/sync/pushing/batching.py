"""Which rows travel together. Pure: planned rows in, requests with their exact bytes out.

Rows that share a unique key or a parent (``conflict_keys``) never share a batch, nor are they in flight together: they go in
waves, one wave after the other. A customer is no such parent of its invoices: an invoice does not touch the customer's
SyncToken (recorded traffic). An invoice is one of its payments.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from rentaxis_pipelines.model.payload import VOIDED_BY_OPERATION
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.requests import Request, RequestRow
from rentaxis_pipelines.quickbooks.batch import MAX_ITEMS, BatchItem, encode_batch
from rentaxis_pipelines.quickbooks.json import encode
from rentaxis_pipelines.quickbooks.upload import ATTACHABLE, UPLOAD
from rentaxis_pipelines.sync.pushing.first_steps import operation_of
from rentaxis_pipelines.sync.run import Run


class Prepared(msgspec.Struct, frozen=True):
    """One request ready to be written down and sent; ``rows`` in the order of their ``b_id``."""

    request: Request
    rows: list[tuple[RequestRow, PlannedRow]]


def waves(rows: Iterable[PlannedRow]) -> list[list[PlannedRow]]:
    """Rows in waves: within one wave no two rows share a conflict key, and order is kept for those that do."""
    next_wave: dict[str, int] = {}
    in_waves: list[list[PlannedRow]] = []
    for row in rows:
        number = max((next_wave.get(key, 0) for key in row.conflict_keys), default=0)
        for key in row.conflict_keys:
            next_wave[key] = number + 1
        while len(in_waves) <= number:
            in_waves.append([])
        in_waves[number].append(row)
    return in_waves


def batches(rows: Sequence[PlannedRow], size: int = MAX_ITEMS) -> list[list[PlannedRow]]:
    """A wave cut into batches. Creates, changes and deletions keep apart: a lost answer is settled differently for each;
    a file goes by itself.
    """
    creates = [row for row in rows if row.action == "create" and not is_upload(row)]
    changes = [row for row in rows if row.action not in ("create", "delete")]
    deletions = [row for row in rows if row.action == "delete"]
    uploads = [[row] for row in rows if is_upload(row)]
    groups = (creates, changes, deletions, *uploads)
    return [group[at : at + size] for group in groups for at in range(0, len(group), size)]


def prepare(run: Run, rows: Sequence[PlannedRow]) -> Prepared:
    """One batch request of these rows (at most 30), or the upload of a file, its id derived from what is in it."""
    path, body = _upload(rows) if is_upload(rows[0]) else ("batch", _batch(rows))
    request_id = request_id_of(run.realm, rows, body)
    request_rows = [
        RequestRow(
            request_id=request_id,
            b_id=str(number),
            plan_id=row.plan_id,
            position=row.position,
            source_type=row.source_type,
            source_id=row.source_id,
            operation=operation_of(row),
            generation=row.generation,
        )
        for number, row in enumerate(rows, start=1)
    ]
    now = run.now()
    request = Request(
        request_id=request_id,
        realm=run.realm,
        plan_id=rows[0].plan_id,
        run_id=run.run_id,
        requested_by=run.requested_by,
        path=path,
        body=body.decode(),
        written_at=now,
        sent_at=now,
    )
    return Prepared(request, list(zip(request_rows, rows, strict=True)))


def is_upload(row: PlannedRow) -> bool:
    """Whether the row sends a file."""
    return row.action == "create" and row.quickbooks_type == ATTACHABLE


def _batch(rows: Sequence[PlannedRow]) -> bytes:
    return encode_batch([_item(str(number), row) for number, row in enumerate(rows, start=1)])


def _upload(rows: Sequence[PlannedRow]) -> tuple[str, bytes]:
    """What is written down of an upload: all but the bytes, which their SHA-256 in the note stands for."""
    (row,) = rows
    return UPLOAD, encode({ATTACHABLE: row.payload})


def request_id_of(realm: str, rows: Sequence[PlannedRow], body: bytes) -> str:
    """32 characters (a batch may have 36): the same for the same bytes of the same records, never for others.

    The generation is what makes a record's next request another one where the bytes are the same. The plan makes it another one
    where the ledger was restored from an older copy, which knows no newer generation: QuickBooks would repeat an old answer.
    """
    about = [(row.plan_id, row.source_type, row.source_id, row.generation) for row in rows]
    return hashlib.sha256(msgspec.json.encode([realm, about]) + body).hexdigest()[:32]


def _item(b_id: str, row: PlannedRow) -> BatchItem:
    if row.payload is None or row.quickbooks_type is None:
        raise ValueError(f"planned row {row.position} of plan {row.plan_id} has nothing to send")
    if row.action == "create":
        return BatchItem(b_id, "create", row.quickbooks_type, row.payload)
    if row.quickbooks_id is None or row.sync_token is None:
        raise ValueError(f"planned row {row.position} of plan {row.plan_id} does not say what it changes")
    if row.action == "delete":
        deleted = {"Id": row.quickbooks_id, "SyncToken": row.sync_token}
        return BatchItem(b_id, "delete", row.quickbooks_type, deleted)
    address = {"Id": row.quickbooks_id, "SyncToken": row.sync_token, "sparse": True}
    by_operation = row.action == "void" and row.quickbooks_type in VOIDED_BY_OPERATION
    operation: Literal["update", "void"] = "void" if by_operation else "update"
    # A void takes nothing but the address: what it says has been written before (``first_steps``).
    body = address if by_operation else {**row.payload, **address}
    return BatchItem(b_id, operation, row.quickbooks_type, body)


def resend(prepared: Prepared, now: dt.datetime) -> Prepared:
    """The same request once more: same id, same bytes."""
    request = prepared.request
    resent = msgspec.structs.replace(
        request, sent_at=now, attempts=request.attempts + 1, answer=None, answered_at=None, intuit_tid=None
    )
    return Prepared(resent, prepared.rows)
