"""Sending: written down before it goes out, the answer written down before anything else happens.

One thread writes the ledger, through the connection that holds the realm's lock; the others only carry bytes. What an answer
means is ``verdicts``; what is then written down for a row is ``settle``.
"""

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import msgspec

from rentaxis_pipelines.ledger import requests as stored
from rentaxis_pipelines.ledger.locks import still_holding
from rentaxis_pipelines.quickbooks.answers import Answer
from rentaxis_pipelines.quickbooks.batch import decode_batch
from rentaxis_pipelines.quickbooks.client import WriteRequest
from rentaxis_pipelines.quickbooks.faults import (
    AuthenticationFailed,
    CompanyUnavailable,
    Fault,
    NotSent,
    OutcomeUnknown,
    QuickBooksError,
    Throttled,
    Transient,
)
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.sync.pushing.batching import Prepared
from rentaxis_pipelines.sync.pushing.verdicts import (
    SUBSCRIPTION_ENDED,
    NotExecuted,
    Stop,
    Unknown,
    Verdict,
    stop,
    verdict_of,
    verdict_of_fault,
)
from rentaxis_pipelines.sync.run import Run

log = logging.getLogger(__name__)

_STOP_FIX = "Make sure QuickBooks is connected (rentaxis-sync check; rentaxis-sync connect), then run again."

Outcome = tuple[Prepared, list[Verdict]]


def transmit(run: Run, requests: Iterable[Prepared], workers: int) -> Iterator[list[Outcome]]:
    """Send the requests, ``workers`` at once; yields them as they are answered, together what was answered together.

    After a Stop, or when the run is asked to stop, what is in flight is finished and nothing more is sent.
    Each comes with one verdict a row. The answer is in the ledger before it is yielded; the verdicts' consequences are the
    caller's to write. ``requests`` is read no further than there are workers free, so it may be made while others are under way.
    """
    waiting = iter(requests)
    in_flight: dict[Future[Answer], Prepared] = {}
    answered: list[Outcome] = []
    stopped = False
    with ThreadPoolExecutor(workers, thread_name_prefix="push") as pool:
        while True:
            stopped = stopped or run.stop_requested()
            next_ones = [] if stopped else list(itertools.islice(waiting, workers - len(in_flight)))
            may_go = still_holding(run.connection, run.realm, run.now)
            _write_down(run, next_ones)
            run.connection.commit()  # the answers that came last and what goes out next, before anything else happens
            for prepared in next_ones:
                in_flight[pool.submit(run.client.write, _as_write(prepared, may_go))] = prepared
            if answered:
                yield answered  # now, so that the next ones are under way while the caller writes
            if not in_flight:
                return
            done, _ = wait(in_flight, return_when=FIRST_COMPLETED)
            answered = [_outcome(run, in_flight.pop(future), future) for future in done]
            requests_now = [prepared.request for prepared, _ in answered]
            stored.write_answers(
                run.connection, [request for request in requests_now if request.answer is not None]
            )
            stopped = stopped or any(
                isinstance(verdict, Stop) for _, verdicts in answered for verdict in verdicts
            )


def _write_down(run: Run, requests: Sequence[Prepared]) -> None:
    rows = [row for prepared in requests for row, _ in prepared.rows]
    stored.write_down(run.connection, [prepared.request for prepared in requests], rows)


def _as_write(prepared: Prepared, may_go: Callable[[], None]) -> WriteRequest:
    request = prepared.request
    return WriteRequest(request.request_id, request.path, request.body.encode(), may_go)


def _outcome(run: Run, prepared: Prepared, future: Future[Answer]) -> Outcome:
    try:
        answer = future.result()
    except QuickBooksError as error:
        log.warning("request %s: %s", prepared.request.request_id, one_line(error))
        unanswered = msgspec.structs.replace(prepared.request, intuit_tid=error.intuit_tid or None)
        return Prepared(unanswered, prepared.rows), _verdicts_of_error(prepared, error)
    said = msgspec.structs.replace(
        prepared.request,
        answer=answer.body.decode(),
        intuit_tid=answer.intuit_tid or None,
        answered_at=run.now(),
    )
    return Prepared(said, prepared.rows), verdicts_of_answer(prepared, answer)


def verdicts_of_answer(prepared: Prepared, answer: Answer) -> list[Verdict]:
    """One verdict a row of a batch that was answered."""
    items = decode_batch(answer, [row.b_id for row, _ in prepared.rows])
    replayed = prepared.request.attempts > 1
    return [verdict_of(planned, items[row.b_id], replayed=replayed) for row, planned in prepared.rows]


def _verdicts_of_error(prepared: Prepared, error: QuickBooksError) -> list[Verdict]:
    rows = prepared.rows
    fault = error.fault or Fault("")
    code = fault.code or None
    match error:
        case NotSent() | Throttled():
            # What was sent under this id before has been looked for, and is not there: see ``in_doubt``.
            verdict: Verdict = NotExecuted(code)
        case OutcomeUnknown():
            verdict = Unknown(code, answered=False)
        case Transient():
            verdict = Unknown(code)
        case CompanyUnavailable() if fault.code == SUBSCRIPTION_ENDED:
            verdict = verdict_of_fault(rows[0][1], fault, replayed=False)
        case AuthenticationFailed() | CompanyUnavailable():
            verdict = stop(f"QuickBooks cannot be reached for this company. {error}", _STOP_FIX, code)
        case _ if len(rows) > 1:
            # The whole batch was refused, so nothing of it was carried out: one bad row must not hold up the others.
            verdict = NotExecuted(code, "alone")
        case _:
            verdict = verdict_of_fault(rows[0][1], fault, replayed=prepared.request.attempts > 1)
    return [verdict] * len(rows)
