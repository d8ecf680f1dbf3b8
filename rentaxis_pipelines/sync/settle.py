"""Writing down what became of a row: the link, the result, the end of its request. One transaction for one answer.

Here: verdicts that are final. Not here: rows in doubt (``doubts``).
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from rentaxis_pipelines.ledger import links, requests, results, snapshots
from rentaxis_pipelines.ledger.reasons import REASONS, ReasonCode
from rentaxis_pipelines.ledger.rows import Link, PlannedRow, RequestRow, RowResult, SnapshotObject
from rentaxis_pipelines.quickbooks.entities import web_url
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.verdicts import Refused, Stop, Written, refusal

Final = Written | Refused | Stop
Settled = tuple[RequestRow, PlannedRow, Final]

NAME_LISTS = ("Customer", "Vendor")


def settle(
    run: Run, settled: Sequence[Settled], *, run_id: str | None = None, intuit_tid: str | None = None
) -> None:
    """Write links, results and request outcomes of these rows, and commit.

    ``run_id``: the run the rows belong to when it is not this one (recovery).
    """
    if not settled:
        return
    written = [(row, verdict) for _, row, verdict in settled if isinstance(verdict, Written)]
    links.save_links(
        run.connection, [_link(run, row, verdict) for row, verdict in written if row.action == "create"]
    )
    links.save_changes(
        run.connection, [_link(run, row, verdict) for row, verdict in written if row.action != "create"]
    )
    lost = [
        (row.source_type, row.source_id)
        for _, row, verdict in settled
        if isinstance(verdict, Refused) and verdict.reason_code == ReasonCode.GONE_IN_QUICKBOOKS
    ]
    links.save_gone(run.connection, run.realm, lost, run.now())
    snapshots.save_objects(
        run.connection,
        [_snapshot(run.realm, row, verdict) for row, verdict in written if row.quickbooks_type in NAME_LISTS],
    )
    results.save_results(
        run.connection,
        [
            result_of(
                run,
                row,
                verdict,
                run_id=run_id or run.run_id,
                request_id=request_row.request_id,
                intuit_tid=intuit_tid,
            )
            for request_row, row, verdict in settled
        ],
    )
    requests.write_outcomes(
        run.connection,
        [
            msgspec.structs.replace(
                request_row, outcome="answered" if isinstance(verdict, Written) else "faulted"
            )
            for request_row, _, verdict in settled
        ],
    )
    run.connection.commit()


def result_of(
    run: Run,
    row: PlannedRow,
    verdict: Final,
    *,
    run_id: str,
    request_id: str | None,
    intuit_tid: str | None = None,
) -> RowResult:
    """The row result a final verdict amounts to. A total QuickBooks computed otherwise is a failure, said in cents."""
    result = RowResult(
        realm=run.realm,
        plan_id=row.plan_id,
        run_id=run_id,
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
        request_id=request_id,
        attempts=1 if request_id else 0,
        intuit_tid=intuit_tid,
        forced=row.forced,
        requested_by=run.requested_by,
        finished_at=run.now(),
    )
    if not isinstance(verdict, Written):
        code = verdict.reason_code if isinstance(verdict, Refused) else ReasonCode.NOT_REACHED
        return msgspec.structs.replace(
            result,
            status=REASONS[code].status,
            reason_code=code,
            reason=verdict.reason,
            how_to_fix=verdict.how_to_fix,
            fault_code=verdict.fault_code,
        )
    quickbooks_id = str(verdict.object["Id"])
    result = msgspec.structs.replace(
        result,
        status="created" if row.action == "create" else "updated",
        quickbooks_id=quickbooks_id,
        quickbooks_number=_number(row, verdict),
        quickbooks_url=web_url(row.quickbooks_type or "", quickbooks_id) or None,
    )
    if mismatch := total_mismatch(row, verdict):
        return msgspec.structs.replace(
            result,
            status="failed",
            reason_code=mismatch.reason_code,
            reason=mismatch.reason,
            how_to_fix=mismatch.how_to_fix,
        )
    return result


def total_mismatch(row: PlannedRow, verdict: Written) -> Refused | None:
    """QuickBooks' own total against ours, to the cent; None if they agree or the object has no total."""
    total = verdict.object.get("TotalAmt")
    if total is None:
        return None
    expected = Decimal(0) if row.action == "void" else row.amount
    difference = Decimal(total) - expected
    if difference == 0:
        return None
    return refusal(
        ReasonCode.TOTAL_MISMATCH,
        f"QuickBooks made the total {Decimal(total):,.2f}, RentAxis says {expected:,.2f}: "
        f"they differ by {int(difference * 100):,} cents.",
    )


def _number(row: PlannedRow, verdict: Written) -> str | None:
    for name in ("DocNumber", "PaymentRefNum", "DisplayName"):
        if value := verdict.object.get(name):
            return str(value)
    return row.quickbooks_number


def _link(run: Run, row: PlannedRow, verdict: Written) -> Link:
    mapped = row.mapped or row.payload or {}
    total = verdict.object.get("TotalAmt")
    return Link(
        realm=run.realm,
        source_type=row.source_type,
        source_id=row.source_id,
        quickbooks_type=row.quickbooks_type or "",
        quickbooks_id=str(verdict.object["Id"]),
        sync_token=str(verdict.object["SyncToken"]),
        content_hash=row.content_hash or "",
        mapped=mapped,
        owned=sorted(row.payload or {}),
        generation=row.generation,
        origin="created",
        state="void" if row.action == "void" else "live",
        quickbooks_number=_number(row, verdict),
        total=None if total is None else Decimal(total),
        run_id=run.run_id,
        updated_at=run.now(),
    )


def _snapshot(realm: str, row: PlannedRow, verdict: Written) -> SnapshotObject:
    return SnapshotObject(
        realm=realm,
        entity=row.quickbooks_type or "",
        quickbooks_id=str(verdict.object["Id"]),
        active=bool(verdict.object.get("Active", True)),
        object=verdict.object,
    )
