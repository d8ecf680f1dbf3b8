"""Writing down what became of a row: the link, the result, the end of its request.

Here: verdicts that are final. Not here: rows in doubt (``in_doubt``).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import known_until, links, requests, results, snapshots, transactions, versions
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.payload import INACTIVE_HASH
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import KEY_FIELD, PARTY_ENTITIES, PLACE_ENTITIES
from rentaxis_pipelines.model.refusal import Refusal, decided_by, refusal
from rentaxis_pipelines.model.requests import Request, RequestRow
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.versions import VersionAction
from rentaxis_pipelines.quickbooks.compare import differences
from rentaxis_pipelines.quickbooks.entities import total_of, web_url
from rentaxis_pipelines.sync.edits import note_edits
from rentaxis_pipelines.sync.known_links import link_to
from rentaxis_pipelines.sync.pushing.first_steps import is_first_step, operation_of
from rentaxis_pipelines.sync.pushing.settle_undone import Undone, settle_undone
from rentaxis_pipelines.sync.pushing.verdicts import NotWritten, Stop, Written
from rentaxis_pipelines.sync.run import Run

Final = Written | NotWritten | Stop


@dataclass(frozen=True, slots=True)
class Settled:
    """A row whose fate is known, and the request that decided it."""

    request: Request
    request_row: RequestRow
    row: PlannedRow
    verdict: Final


def settle(run: Run, settled: Sequence[Settled], *, sent_once: bool = False) -> None:
    """Write links, results and request outcomes of these rows; the caller commits. Where a run dies before, the answers are in the ledger,
    and the next run settles them.

    ``sent_once``: each of them was sent a single time, so nobody has to count.
    """
    _write_outcomes(run, settled)
    _keep_versions(run, settled)
    _settle_first_steps(run, [answer for answer in settled if is_first_step(answer.row)])
    settled = [answer for answer in settled if not is_first_step(answer.row)]
    if not settled:
        return
    written = [(answer, answer.verdict) for answer in settled if isinstance(answer.verdict, Written)]
    _save_links(run, written)
    links.save_gone(run.connection, run.realm, _gone(settled), run.now())
    names = [
        snapshots.entry_of(run.realm, answer.row.quickbooks_type, verdict.object)
        for answer, verdict in written
        if answer.row.quickbooks_type in (*PARTY_ENTITIES, *PLACE_ENTITIES)
    ]
    # Whoever looks next sees that the link is stale, and asks who it is.
    names += [
        snapshots.entry_of(run.realm, answer.row.quickbooks_type or "", answer.verdict.inactive)
        for answer in settled
        if isinstance(answer.verdict, NotWritten) and answer.verdict.inactive is not None
    ]
    snapshots.save_objects(run.connection, names)
    sends = {} if sent_once else requests.sends_of(run.connection, [answer.request_row for answer in settled])
    for entity in {answer.row.quickbooks_type or "" for answer, _ in written}:
        objects = [
            verdict.object
            for answer, verdict in written
            if answer.row.quickbooks_type == entity and answer.row.action != "delete"
        ]
        transactions.keep_transactions(run.connection, run.realm, entity, objects, run.now())
        if entity in transactions.TRANSACTIONS:
            known_until.wrote(run.connection, run.realm, run.run_id, objects)
    results.save_results(
        run.connection,
        [
            result_of(
                run,
                answer.row,
                answer.verdict,
                answer.request,
                sends.get(answer.row.position, 1),
            )
            for answer in settled
        ],
    )


def _save_links(run: Run, written: Sequence[tuple[Settled, Written]]) -> None:
    undone = [
        Undone(answer.request, answer.request_row, answer.row, verdict.object)
        for answer, verdict in written
        if answer.row.undoes is not None
    ]
    put_back = settle_undone(run, undone)
    deleted = [
        answer.row for answer, _ in written if answer.row.undoes is None and answer.row.action == "delete"
    ]
    links.drop(
        run.connection, run.realm, [(row.quickbooks_type or "", row.quickbooks_id or "") for row in deleted]
    )
    for row in deleted:
        ids = [row.quickbooks_id or ""]
        transactions.note_gone(run.connection, run.realm, row.quickbooks_type or "", ids, run.now())
    others = [
        (answer, verdict)
        for answer, verdict in written
        if answer.row not in deleted
        and (answer.row.undoes is None or (answer.row.source_type, answer.row.source_id) not in put_back)
    ]
    new = [_link(run, answer, verdict) for answer, verdict in others if answer.row.action == "create"]
    changed = [_link(run, answer, verdict) for answer, verdict in others if answer.row.action != "create"]
    links.save_links(run.connection, new)
    links.save_changes(run.connection, changed)


def _keep_versions(run: Run, settled: Sequence[Settled]) -> None:
    """Every write as a version, before the objects and links kept are replaced by what it made of them.

    What was read of an object when its row was planned is what stood; what somebody did to it before that is a version of its own.
    """
    written = [(answer, answer.verdict) for answer in settled if isinstance(answer.verdict, Written)]
    stood: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for answer, _ in written:
        if standing := _standing(answer.row):
            stood[answer.row.quickbooks_type or ""].append(standing)
    for entity, objects in stood.items():
        note_edits(run, entity, objects)
    versions.save_versions(
        run.connection, [_version(run.realm, answer, verdict.object) for answer, verdict in written]
    )
    deleted = [
        answer.row for answer in settled if isinstance(answer.verdict, NotWritten) and answer.verdict.gone
    ]
    for row in deleted:
        ids = [row.quickbooks_id or ""]
        transactions.note_gone(run.connection, run.realm, row.quickbooks_type or "", ids, run.now())
    if deleted:
        versions.save_deletions(run.connection, run.realm)


def _standing(row: PlannedRow) -> dict[str, Any] | None:
    """The object as the row was planned from it, if it is the one that the row was sent for."""
    return row.standing if row.standing and row.standing.get("SyncToken") == row.sync_token else None


def _version(realm: str, answer: Settled, after: dict[str, Any]) -> versions.NewVersion:
    row, request = answer.row, answer.request
    deleted = row.action == "delete"
    return versions.NewVersion(
        realm=realm,
        source_type=row.source_type,
        source_id=row.source_id,
        source_label=row.source_label,
        quickbooks_type=row.quickbooks_type or "",
        quickbooks_id=str(after["Id"]),
        sync_token="" if deleted else str(after["SyncToken"]),
        action=cast(VersionAction, operation_of(row)),
        run_id=request.run_id,
        request_id=request.request_id,
        who=request.requested_by,
        at=request.answered_at or request.sent_at,
        sent_token=None if row.action == "create" else row.sync_token,
        # What is created and was never sent before had no link.
        linked=row.action != "create" or answer.request_row.generation > 0,
        before=_standing(row),
        after=None if deleted else after,
    )


def _settle_first_steps(run: Run, settled: Sequence[Settled]) -> None:
    """What the first step of a row left behind. It has no result of its own: the row that follows has."""
    for answer in settled:
        if isinstance(answer.verdict, Written):
            links.save_first_step(
                run.connection,
                run.realm,
                (answer.row.source_type, answer.row.source_id),
                sync_token=str(answer.verdict.object["SyncToken"]),
                written=answer.row.payload or {},
            )
            entity = answer.row.quickbooks_type or ""
            transactions.keep_transactions(
                run.connection, run.realm, entity, [answer.verdict.object], run.now()
            )


def _write_outcomes(run: Run, settled: Sequence[Settled]) -> None:
    requests.write_outcomes(
        run.connection,
        [
            msgspec.structs.replace(
                answer.request_row,
                outcome="answered" if isinstance(answer.verdict, Written) else "faulted",
            )
            for answer in settled
        ],
    )


def _gone(settled: Sequence[Settled]) -> list[tuple[str, str]]:
    return [
        (answer.row.source_type, answer.row.source_id)
        for answer in settled
        if isinstance(answer.verdict, NotWritten) and answer.verdict.gone
    ]


def result_of(
    run: Run, row: PlannedRow, verdict: Final, request: Request | None = None, attempts: int = 0
) -> RowResult:
    """The row result a final verdict amounts to. A total QuickBooks computed otherwise is a failure, said in cents.

    ``request``: the last one it was sent in; it names the run the row belongs to, which may have died since.
    """
    result = RowResult(
        realm=run.realm,
        plan_id=row.plan_id,
        run_id=request.run_id if request else run.run_id,
        day=row.day,
        record_type=row.record_type,
        source_type=row.source_type,
        source_id=row.source_id,
        source_label=row.source_label,
        amount=row.amount,
        currency=row.currency,
        action=row.action,
        status="failed",
        quickbooks_type=row.quickbooks_type,
        quickbooks_id=row.quickbooks_id,
        quickbooks_number=row.quickbooks_number,
        request_id=request.request_id if request else None,
        attempts=attempts,
        intuit_tid=request.intuit_tid if request else None,
        forced=row.forced,
        requested_by=request.requested_by if request else run.requested_by,
        finished_at=run.now(),
    )
    if not isinstance(verdict, Written):
        return msgspec.structs.replace(result, **decided_by(verdict.refusal), fault_code=verdict.fault_code)
    quickbooks_id = str(verdict.object["Id"])
    result = msgspec.structs.replace(
        result,
        status="created" if row.action == "create" else "updated",
        quickbooks_id=quickbooks_id,
        quickbooks_number=_number(row, verdict),
        quickbooks_url=web_url(row.quickbooks_type or "", quickbooks_id) or None,
        reason_code=row.reason_code,
        reason=row.reason,
        how_to_fix=row.how_to_fix,
    )
    if mismatch := total_mismatch(row, verdict) or verdict.differs:
        return msgspec.structs.replace(result, **decided_by(mismatch))
    return result


def total_mismatch(row: PlannedRow, verdict: Written) -> Refusal | None:
    """QuickBooks' own total against ours, to the cent; None if they agree or the object has no total."""
    total = total_of(verdict.object)
    if total is None:
        return None
    # QuickBooks keeps no amount below zero: what a vendor gives back is a transaction of its own kind.
    expected = Decimal(0) if row.action == "void" else abs(row.amount)
    difference = total - expected
    if difference == 0:
        return None
    return refusal(
        ReasonCode.TOTAL_MISMATCH,
        f"The total in QuickBooks is {total:,.2f}, in RentAxis {expected:,.2f}: "
        f"they differ by {int(difference * 100):,} cents.",
    )


def _number(row: PlannedRow, verdict: Written) -> str | None:
    return str(verdict.object.get(KEY_FIELD[row.quickbooks_type or ""]) or "") or row.quickbooks_number


def _link(run: Run, answer: Settled, verdict: Written) -> Link:
    row = answer.row
    inactive = (
        row.content_hash == INACTIVE_HASH
    )  # QuickBooks adds "(deleted)" to the name: that is no name of ours
    return link_to(
        run,
        (row.source_type, row.source_id),
        row.quickbooks_type or "",
        verdict.object,
        row.mapped or row.payload or {},
        "created",
        sync_token=_token(row, verdict),
        content_hash=row.content_hash or "",
        owned=sorted(row.payload or {}),
        generation=answer.request_row.generation,
        state="void" if row.action == "void" or inactive else "live",
        quickbooks_number=row.quickbooks_number if inactive else _number(row, verdict),
        redated_from=row.redated_from,
        run_id=answer.request.run_id,
    )


def _token(row: PlannedRow, verdict: Written) -> str:
    """The SyncToken our next change names. That of the creation (0, by Intuit's reference) for an object that was looked for and no
    longer says what we made: somebody edited it meanwhile, and the next change has to find that out.
    """
    token = str(verdict.object["SyncToken"])
    edited = row.action == "create" and token != "0" and differences(row.payload or {}, verdict.object)
    return "0" if edited else token
