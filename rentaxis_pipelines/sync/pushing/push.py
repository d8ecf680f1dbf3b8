"""Carrying out a plan: parents before children, batches in flight, rows in doubt settled, every row accounted for.

Here: the order of things. Not here: one request (``transmit``), one answer (``settle``), a missing one (``in_doubt``).
"""

import contextlib
import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import plans, results
from rentaxis_pipelines.ledger import requests as stored
from rentaxis_pipelines.ledger.database import lost_connection_explained
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.model.payload import VOID_HASH, as_ordered, content_hash
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.record_type import EXPENSE, PAPER, REPLACED_TYPE
from rentaxis_pipelines.model.record_types import PLACE_TYPES
from rentaxis_pipelines.model.requests import RequestRow
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.sync.edits import keep_seen
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.progress import Progress
from rentaxis_pipelines.sync.pushing.batching import Prepared, batches, is_upload, prepare, resend, waves
from rentaxis_pipelines.sync.pushing.first_steps import note_of, release_of, with_current_tokens
from rentaxis_pipelines.sync.pushing.in_doubt import InDoubtRow, Resend, look_up, pause
from rentaxis_pipelines.sync.pushing.in_the_way import explained
from rentaxis_pipelines.sync.pushing.recover import recover
from rentaxis_pipelines.sync.pushing.settle import Settled, result_of, settle
from rentaxis_pipelines.sync.pushing.transmit import Outcome, transmit
from rentaxis_pipelines.sync.pushing.undone_first import held_rows
from rentaxis_pipelines.sync.pushing.verdicts import (
    NotExecuted,
    NotWritten,
    Stop,
    Verdict,
    Written,
    not_written,
    stop,
)
from rentaxis_pipelines.sync.run import Run, RunStopped

# A row is sent at most so many times in one run; what is still in doubt then is settled when the next run starts.
MAX_SENDS = 4

# Before what passes by itself is sent again; twice as long each time.
PAUSE = dt.timedelta(seconds=2)

PENDING = "pending:"  # in a payload: the id of a parent that an earlier phase of the plan makes

_STOPPED = stop("The run was stopped before this record was sent.", REASONS[ReasonCode.NOT_REACHED].remedy)
_OUT_OF_REACH = stop(
    "QuickBooks could not be reached or accepted no more calls, so this record was not sent.",
    "Wait a while, then run again: what has been pushed is not pushed twice.",
)
_IN_DOUBT = stop(
    "QuickBooks did not confirm the result for this record, and checking there did not settle it.",
    "Run again: the next run first checks what QuickBooks has, then sends only what is missing.",
)


class PlanOutdated(Exception):
    """The plan may not be carried out any more: something else used the company since it was made."""


def pending_id(source_type: str, source_id: str) -> str:
    """What stands in a payload for a parent that will be made first."""
    return f"{PENDING}{source_type}/{source_id}"


def parent_key(pending: str) -> Key:
    """The source type and id of a parent that a row waits for."""
    source_type, _, source_id = pending.partition("/")
    return source_type, source_id


@lost_connection_explained()
def push(run: Run, plan_id: str) -> None:
    """Send what the plan holds. Afterwards every planned row has its result, whatever QuickBooks did.

    Raises PlanOutdated if another run used the company since the plan was made, PlanUnknown if it is another
    company's, LedgerUnreachable if the ledger is lost on the way (the next run settles what was under way), QuickBooksError if what
    was left open before cannot be settled.
    """
    recover(run)
    plan = plans.plan_of(run.connection, run.realm, plan_id)
    if plan.run_id != run.run_id or plan.finished_at is not None:
        # Every run that takes the realm closes the plans of others (``recover``), so an open plan is up to date.
        raise PlanOutdated(
            "Another run has used this QuickBooks company since the plan was made, so none of it was sent. "
            "Launch the same range again: it is then planned again."
        )
    if plan.dry_run:
        return
    run.progress.add(to_send=plans.how_many_to_send(run.connection, plan_id))
    end = _release(run, plan_id) or _push_phases(run, plan_id) or _STOPPED
    results.save_unreached(run.connection, plan_id, end.refusal, run.now())
    run.connection.commit()


def _push_phases(run: Run, plan_id: str) -> Stop | None:
    for phase in plans.phases(run.connection, plan_id):
        for chunk in plans.rows_to_send(run.connection, plan_id, phase):
            if end := push_rows(run, fill_in_parents(run, chunk)):
                return end
    return None


def _release(run: Run, plan_id: str) -> Stop | None:
    """Before everything else, whatever needs it: what has to be let go first. One that is in doubt has its result, and is not sent."""
    rows = plans.rows_with_release(run.connection, plan_id)
    first = [first_step for first_step in map(release_of, rows) if first_step is not None]
    return _push_waves(_uncounted(run), first)[0] if first else None


def _uncounted(run: Run) -> Run:
    """For first steps of rows whose own requests follow: progress counts each row once."""
    return dataclasses.replace(run, progress=Progress(listeners=[]))


def push_rows(run: Run, rows: Sequence[PlannedRow]) -> Stop | None:
    """Send rows that do not depend on each other; returns why nothing more can be sent, if so.

    What voids say goes before all of them; a void whose note is in doubt is not sent.
    """
    run.papers.look_up([row.source_id for row in rows if is_upload(row)])
    rows = with_current_tokens(run, rows)
    notes = [note for note in map(note_of, rows) if note is not None]
    if notes:
        end, unsettled = _push_waves(_uncounted(run), notes)
        if end:
            return end
        rows = [row for row in with_current_tokens(run, rows) if row.position not in unsettled]
    return _push_waves(run, rows)[0]


def _push_waves(run: Run, rows: Sequence[PlannedRow]) -> tuple[Stop | None, set[int]]:
    """Send, and settle what can be settled; returns why nothing more can be sent, if so, and the positions still in doubt."""
    end: Stop | None = None
    in_doubt: list[InDoubtRow] = []
    for wave in waves(rows):
        requests = (prepare(run, batch) for batch in batches(wave, run.batch_size))
        end, new = _send(run, requests, run.workers, first=True)
        in_doubt += new
        if end:
            break
    for sent in range(1, MAX_SENDS):
        if end or not in_doubt:
            break
        end, in_doubt = _resend_in_doubt(run, in_doubt, sent)
    if end is None:
        in_doubt = _refuse_held_up(run, in_doubt)
    _give_up(run, in_doubt)
    return end, {doubtful.row.position for doubtful in in_doubt}


def _send(
    run: Run, requests: Iterable[Prepared], workers: int, *, first: bool
) -> tuple[Stop | None, list[InDoubtRow]]:
    """Send, and write down what is final; returns the reason to stop, if any, and the rows in doubt."""
    end: Stop | None = None
    in_doubt: list[InDoubtRow] = []
    count = run.progress if first else Progress(listeners=[])
    groups = transmit(run, requests, workers, sent=lambda rows: count.add(sent=rows))
    with contextlib.closing(groups):
        for answered in groups:
            final: list[Settled] = []
            unreachable = False
            for prepared, request_row, row, verdict in _by_row(answered):
                if isinstance(verdict, Written | NotWritten | Stop):
                    final.append(Settled(prepared.request, request_row, row, verdict))
                else:
                    in_doubt.append(InDoubtRow(prepared, request_row, row, verdict, run.now()))
                if isinstance(verdict, Stop):
                    end = verdict
                unreachable |= not first and isinstance(verdict, NotExecuted) and verdict.how == "same"
            settle(run, explained(run, final), sent_once=first)
            run.progress.add(answered=len(final))
            if unreachable:
                end = end or (_STOPPED if run.stop_requested() else _OUT_OF_REACH)
    if end is None and run.stop_requested():
        end = _STOPPED
    return end, in_doubt


def _by_row(answered: Iterable[Outcome]) -> Iterator[tuple[Prepared, RequestRow, PlannedRow, Verdict]]:
    for prepared, verdicts in answered:
        for (request_row, row), verdict in zip(prepared.rows, verdicts, strict=True):
            yield prepared, request_row, row, verdict


def _resend_in_doubt(
    run: Run, in_doubt: Sequence[InDoubtRow], sent: int
) -> tuple[Stop | None, list[InDoubtRow]]:
    """Look, and send again what was not carried out; returns as ``_send`` does. ``sent``: how often it was before."""
    try:
        if any(_is_held_up(doubtful.verdict) for doubtful in in_doubt):
            pause(run, run.now() + PAUSE * 2 ** (sent - 1))
        requests = _settle_in_doubt(run, in_doubt)
    except RunStopped:
        return _STOPPED, list(in_doubt)
    except QuickBooksError:
        return _OUT_OF_REACH, list(in_doubt)
    # One at a time: rows in doubt may share keys, and there are few of them.
    return _send(run, requests, workers=1, first=False)


def _settle_in_doubt(run: Run, in_doubt: Sequence[InDoubtRow]) -> list[Prepared]:
    """Look, write down what is settled by it, and prepare the rest to be sent again."""
    final: list[Settled] = []
    resends: dict[str, list[tuple[InDoubtRow, Resend]]] = defaultdict(list)
    for doubtful, decision in zip(in_doubt, look_up(run, in_doubt), strict=True):
        request = doubtful.prepared.request
        if isinstance(decision, Resend):
            resends[request.request_id].append((doubtful, decision))
        else:
            final.append(Settled(request, doubtful.request_row, doubtful.row, decision))
    settle(run, explained(run, final))
    run.connection.commit()
    run.progress.add(answered=len(final))
    requests = _prepare_resends(run, resends)
    # After their old requests were closed: what was looked at is what stands before the new ones.
    for group in resends.values():
        for doubtful, decision in group:
            if decision.seen is not None:
                keep_seen(run, doubtful.row.quickbooks_type or "", [decision.seen])
    return requests


def _prepare_resends(run: Run, resends: Mapping[str, Sequence[tuple[InDoubtRow, Resend]]]) -> list[Prepared]:
    """The requests to send again, by the request each row was in before."""
    requests: list[Prepared] = []
    for group in resends.values():
        prepared = group[0][0].prepared
        if len(group) == len(prepared.rows) and all(decision.how == "same" for _, decision in group):
            requests.append(resend(prepared, run.now()))
            continue
        _close(run, [doubtful for doubtful, _ in group])
        alone = [decision.row for _, decision in group if decision.how == "alone"]
        together = [decision.row for _, decision in group if decision.how != "alone"]
        requests += [prepare(run, [row]) for row in alone]
        requests += [prepare(run, batch) for batch in batches(together, run.batch_size)]
    return requests


def _is_held_up(verdict: Verdict) -> bool:
    """Refused for what passes by itself."""
    return isinstance(verdict, NotExecuted) and verdict.otherwise is not None


def _close(run: Run, in_doubt: Sequence[InDoubtRow]) -> None:
    """The old requests did not carry these rows out, and will not any more."""
    stored.write_outcomes(
        run.connection,
        [msgspec.structs.replace(doubtful.request_row, outcome="not_executed") for doubtful in in_doubt],
    )


def _refuse_held_up(run: Run, in_doubt: Sequence[InDoubtRow]) -> list[InDoubtRow]:
    """Say what QuickBooks answered as often as these rows were sent; returns the others in doubt."""
    refused = [
        Settled(doubtful.prepared.request, doubtful.request_row, doubtful.row, doubtful.verdict.otherwise)
        for doubtful in in_doubt
        if isinstance(doubtful.verdict, NotExecuted) and doubtful.verdict.otherwise is not None
    ]
    if refused:
        settle(run, refused)
        run.connection.commit()
        run.progress.add(answered=len(refused))
    return [doubtful for doubtful in in_doubt if not _is_held_up(doubtful.verdict)]


def _give_up(run: Run, in_doubt: Sequence[InDoubtRow]) -> None:
    """Say so in the results; the requests stay open, so that the next run settles them before it plans anything.

    Rows that were certainly not carried out are simply not reached.
    """
    _close(run, [doubtful for doubtful in in_doubt if isinstance(doubtful.verdict, NotExecuted)])
    in_doubt = [doubtful for doubtful in in_doubt if not isinstance(doubtful.verdict, NotExecuted)]
    sends = stored.sends_of(run.connection, [doubtful.request_row for doubtful in in_doubt])
    results.save_results(
        run.connection,
        [
            result_of(
                run,
                doubtful_row.row,
                _IN_DOUBT,
                doubtful_row.prepared.request,
                sends.get(doubtful_row.row.position, 1),
            )
            for doubtful_row in in_doubt
        ],
    )
    run.connection.commit()


def fill_in_parents(run: Run, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """Rows whose parents now stand in QuickBooks, completed and written down; the others get their result at once.

    What an expense stood as before is the reverse of a parent: it must not stand any more.
    """
    rows = _after_what_is_undone(run, rows)
    waiting = [row for row in rows if row.pending]
    if not waiting:
        return list(rows)
    parents = {parent_key(parent) for row in waiting for parent in row.pending}
    ids = {
        pending_id(*key): link.quickbooks_id
        for key, link in links_of_keys(run.connection, run.realm, parents).items()
        if (link.state == "live") is (key[0] != REPLACED_TYPE)
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
        [result_of(run, row, _orphan(row)) for row in orphans],
    )
    run.connection.commit()
    run.progress.add(to_send=-len(orphans))
    return [completed.get(row.position, row) for row in rows if row not in orphans]


def _after_what_is_undone(run: Run, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The rows of an undo that may go; those that something else stands in the way of get their result at once."""
    free, held = held_rows(run, rows)
    if held:
        results.save_results(
            run.connection,
            [result_of(run, row, held[row.position]) for row in rows if row.position in held],
        )
        run.connection.commit()
        run.progress.add(to_send=-len(held))
    return free


def _orphan(row: PlannedRow) -> NotWritten:
    beginnings = {parent_key(parent)[0] for parent in row.pending}
    if beginnings & PLACE_TYPES:
        # As a mapping that is missing: what QuickBooks' lists hold decides whether it goes.
        return not_written(
            ReasonCode.MISSING_MAPPING,
            f"{row.source_label} needs a class or location that could not be created in QuickBooks in this run.",
            "See the row of the class or location, fix what it says, then run again.",
        )
    if REPLACED_TYPE in beginnings:
        what = "its earlier transaction, which could not be voided in QuickBooks in this run. See that row."
    elif row.source_type == PAPER:
        what = "its record, which could not be created in QuickBooks in this run."
    elif EXPENSE in beginnings:
        what = "its bill, which could not be created in QuickBooks in this run."
    else:
        what = "its customer or vendor, which could not be created in QuickBooks in this run."
    return not_written(ReasonCode.WAITING_FOR_PARENT, f"{row.source_label} is waiting for {what}")


def _complete(row: PlannedRow, ids: dict[str, str]) -> PlannedRow:
    payload = as_ordered(cast(dict[str, Any], _replace(row.payload or {}, ids)))
    mapped = None if row.mapped is None else as_ordered(cast(dict[str, Any], _replace(row.mapped, ids)))
    # The hash is that of what will be asked for next time, with the parents' real ids; a void stays a void.
    unchanged = row.content_hash == VOID_HASH or (row.undoes is not None and mapped == row.mapped)
    digest = row.content_hash if unchanged else content_hash(mapped or payload)
    return msgspec.structs.replace(row, payload=payload, mapped=mapped, content_hash=digest, pending=[])


def _replace(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _replace(inner, ids) for name, inner in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        return [_replace(inner, ids) for inner in cast(list[Any], value)]
    return ids.get(value, value) if isinstance(value, str) else value
