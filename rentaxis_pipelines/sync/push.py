"""Carrying out a plan: parents before children, batches in flight, doubts settled, every row accounted for.

Here: the order of things. Not here: one request (``transmit``), one answer (``settle``), a missing one (``doubts``).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import links, plans, results
from rentaxis_pipelines.ledger import requests as stored
from rentaxis_pipelines.ledger.reasons import REASONS, ReasonCode
from rentaxis_pipelines.ledger.rows import PlannedRow
from rentaxis_pipelines.mapping.outcome import content_hash
from rentaxis_pipelines.sync.batching import Prepared, batches, prepare, resend, waves
from rentaxis_pipelines.sync.doubts import Again, Doubt, decide
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.settle import Settled, result_of, settle
from rentaxis_pipelines.sync.transmit import Outcome, transmit
from rentaxis_pipelines.sync.verdicts import Refused, Stop, Written, refusal

# A row is sent at most so many times in one run; what is still in doubt then is settled when the next run starts.
MAX_SENDS = 4

PENDING = "pending:"  # in a payload: the id of a parent that an earlier phase of the plan makes

_STOPPED = Stop(
    "The run was stopped before this record was sent.", REASONS[ReasonCode.NOT_REACHED].how_to_fix
)
_IN_DOUBT = Stop(
    "QuickBooks gave no certain answer for this record, and looking did not settle it.",
    "Run again: the next run first finds out what QuickBooks has, then sends only what is missing.",
)


def pending_id(source_type: str, source_id: str) -> str:
    """What stands in a payload for a parent that will be made first."""
    return f"{PENDING}{source_type}/{source_id}"


def push(run: Run, plan_id: str) -> None:
    """Send what the plan holds. Afterwards every planned row has its result, whatever happened."""
    end: Stop | None = None
    for phase in plans.phases(run.connection, plan_id):
        for chunk in plans.rows_to_send(run.connection, plan_id, phase):
            end = push_rows(run, fill_in_parents(run, chunk))
            if end:
                break
        if end:
            break
    end = end or _STOPPED
    results.save_unreached(run.connection, plan_id, end.reason, end.how_to_fix, run.now())
    run.connection.commit()


def push_rows(run: Run, rows: Sequence[PlannedRow]) -> Stop | None:
    """Send rows that do not depend on each other; returns why nothing more can be sent, if so."""
    doubts: list[Doubt] = []
    for wave in waves(rows):
        requests = [prepare(run, batch) for batch in batches(wave)]
        end, new = _take(run, transmit(run, requests))
        doubts += new
        if end:
            return end
    for _ in range(MAX_SENDS - 1):
        if not doubts:
            return None
        again = _settle_doubts(run, doubts)
        # One at a time: rows in doubt may share keys, and there are few of them.
        end, doubts = _take(run, transmit(run, again, workers=1))
        if end:
            return end
    _give_up(run, doubts)
    return None


def _take(run: Run, outcomes: Iterable[Outcome]) -> tuple[Stop | None, list[Doubt]]:
    """Write down what is final; returns the reason to stop, if any, and the rows in doubt."""
    end: Stop | None = None
    doubts: list[Doubt] = []
    for prepared, verdicts in outcomes:
        final: list[Settled] = []
        for (request_row, row), verdict in zip(prepared.rows, verdicts, strict=True):
            if isinstance(verdict, Written | Refused | Stop):
                final.append((request_row, row, verdict))
            else:
                doubts.append(Doubt(prepared, request_row, row, verdict))
            if isinstance(verdict, Stop):
                end = verdict
        settle(run, final)
    if end is None and run.stop_requested():
        end = _STOPPED
    return end, doubts


def _settle_doubts(run: Run, doubts: Sequence[Doubt]) -> list[Prepared]:
    """Look, write down what is settled by it, and prepare the rest to be sent again."""
    final: list[Settled] = []
    again: dict[str, list[tuple[Doubt, Again]]] = defaultdict(list)
    for doubt, decision in zip(doubts, decide(run, doubts), strict=True):
        if isinstance(decision, Again):
            again[doubt.prepared.request.request_id].append((doubt, decision))
        else:
            final.append((doubt.request_row, doubt.row, decision))
    settle(run, final)
    requests: list[Prepared] = []
    for group in again.values():
        prepared = group[0][0].prepared
        if len(group) == len(prepared.rows) and all(decision.how == "same" for _, decision in group):
            requests.append(resend(prepared, run.now()))
            continue
        _close(run, [doubt for doubt, _ in group])
        alone = [decision.row for _, decision in group if decision.how == "alone"]
        together = [decision.row for _, decision in group if decision.how != "alone"]
        requests += [prepare(run, [row]) for row in alone]
        requests += [prepare(run, batch) for batch in batches(together)]
    return requests


def _close(run: Run, doubts: Sequence[Doubt]) -> None:
    """The old request did not carry these rows out; a new one will."""
    stored.write_outcomes(
        run.connection,
        [msgspec.structs.replace(doubt.request_row, outcome="not_executed") for doubt in doubts],
    )


def _give_up(run: Run, doubts: Sequence[Doubt]) -> None:
    """Say so in the results; the requests stay open, so that the next run settles them before it plans anything."""
    results.save_results(
        run.connection,
        [
            result_of(run, doubt.row, _IN_DOUBT, run_id=run.run_id, request_id=doubt.request_row.request_id)
            for doubt in doubts
        ],
    )
    run.connection.commit()


def fill_in_parents(run: Run, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """Rows whose parents now stand in QuickBooks, completed and written down; the others get their result at once."""
    waiting = [row for row in rows if row.pending]
    if not waiting:
        return list(rows)
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in waiting:
        for parent in row.pending:
            source_type, _, source_id = parent.partition("/")
            wanted[source_type].add(source_id)
    ids = {
        pending_id(source_type, source_id): link.quickbooks_id
        for source_type, source_ids in wanted.items()
        for source_id, link in links.links_of(run.connection, run.realm, source_type, source_ids).items()
        if link.state == "live"
    }
    completed = {
        row.position: _complete(row, ids)
        for row in waiting
        if all(PENDING + key in ids for key in row.pending)
    }
    orphans = [row for row in waiting if row.position not in completed]
    plans.complete_rows(run.connection, completed.values())
    results.save_results(
        run.connection,
        [result_of(run, row, _orphan(row), run_id=run.run_id, request_id=None) for row in orphans],
    )
    run.connection.commit()
    return [completed.get(row.position, row) for row in rows if row not in orphans]


def _orphan(row: PlannedRow) -> Refused:
    return refusal(
        ReasonCode.WAITING_FOR_PARENT,
        f"{row.source_label} waits for its customer or vendor, which could not be made in QuickBooks in this run.",
    )


def _complete(row: PlannedRow, ids: dict[str, str]) -> PlannedRow:
    payload = cast(dict[str, Any], _replace(row.payload or {}, ids))
    return msgspec.structs.replace(row, payload=payload, content_hash=content_hash(payload), pending=[])


def _replace(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _replace(inner, ids) for name, inner in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        return [_replace(inner, ids) for inner in cast(list[Any], value)]
    return ids.get(value, value) if isinstance(value, str) else value
