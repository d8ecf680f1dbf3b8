"""Sending: written down before it goes out, the answer written down before anything else happens.

One thread writes the ledger, through the connection that holds the realm's lock; the others only carry bytes. What an answer
means is ``verdicts``; what is then written down for a row is ``settle``.
"""

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from rentaxis_pipelines.ledger import requests as stored
from rentaxis_pipelines.ledger.reasons import REASONS, ReasonCode
from rentaxis_pipelines.quickbooks.answers import Answer
from rentaxis_pipelines.quickbooks.batch import decode_batch
from rentaxis_pipelines.quickbooks.client import WriteRequest
from rentaxis_pipelines.quickbooks.faults import (
    AuthenticationFailed,
    CompanyUnavailable,
    NotSent,
    OutcomeUnknown,
    QuickBooksError,
    Throttled,
    Transient,
)
from rentaxis_pipelines.sync.batching import Prepared
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.verdicts import NotExecuted, Refused, Stop, Unknown, Verdict, verdict_of

log = logging.getLogger(__name__)

_STOP_FIX = "See that QuickBooks is connected (rentaxis-sync check; rentaxis-sync connect), then run again."

Outcome = tuple[Prepared, list[Verdict]]


def transmit(run: Run, requests: Iterable[Prepared], workers: int | None = None) -> Iterator[Outcome]:
    """Send the requests, several at once; yields each with one verdict a row, in the order they are answered.

    After a Stop, or when the run is asked to stop, what is in flight is finished and nothing more is sent.
    The answer is in the ledger before it is yielded; the verdicts' consequences are the caller's to write.
    """
    pending = deque(requests)
    in_flight: dict[Future[Answer], Prepared] = {}
    stopped = False
    limit = workers or run.workers
    with ThreadPoolExecutor(limit, thread_name_prefix="push") as pool:
        while True:
            stopped = stopped or run.stop_requested()
            if not stopped:
                _send_some(run, pool, pending, in_flight, limit)
            if not in_flight:
                return
            done, _ = wait(in_flight, return_when=FIRST_COMPLETED)
            answered = [(in_flight.pop(future), future) for future in done]
            outcomes = [(prepared, _verdicts(run, prepared, future)) for prepared, future in answered]
            run.connection.commit()
            for outcome in outcomes:
                stopped = stopped or any(isinstance(verdict, Stop) for verdict in outcome[1])
                yield outcome


def _send_some(
    run: Run,
    pool: ThreadPoolExecutor,
    pending: deque[Prepared],
    in_flight: dict[Future[Answer], Prepared],
    limit: int,
) -> None:
    batch = [pending.popleft() for _ in range(min(len(pending), limit - len(in_flight)))]
    if not batch:
        return
    stored.write_down(
        run.connection, [one.request for one in batch], [row for one in batch for row, _ in one.rows]
    )
    run.connection.commit()
    for one in batch:
        request = WriteRequest(one.request.request_id, one.request.path, one.request.body.encode())
        in_flight[pool.submit(run.client.write, request)] = one


def _verdicts(run: Run, prepared: Prepared, future: Future[Answer]) -> list[Verdict]:
    try:
        answer = future.result()
    except QuickBooksError as error:
        log.warning("request %s: %s", prepared.request.request_id, error)
        return _verdicts_of_error(prepared, error)
    stored.write_answer(
        run.connection, prepared.request.request_id, answer.body.decode(), answer.intuit_tid, run.now()
    )
    return verdicts_of_answer(prepared, answer)


def verdicts_of_answer(prepared: Prepared, answer: Answer) -> list[Verdict]:
    """One verdict a row of a batch that was answered."""
    items = decode_batch(answer, [row.b_id for row, _ in prepared.rows])
    return [verdict_of(planned, items[row.b_id]) for row, planned in prepared.rows]


def _verdicts_of_error(prepared: Prepared, error: QuickBooksError) -> list[Verdict]:
    rows = prepared.rows
    code = error.fault.code if error.fault else None
    match error:
        case NotSent() | Throttled():
            verdict: Verdict = NotExecuted(code)
        case OutcomeUnknown():
            verdict = Unknown(code, still_running=True)
        case Transient():
            verdict = Unknown(code)
        case AuthenticationFailed() | CompanyUnavailable():
            verdict = Stop(f"QuickBooks cannot be reached for this company. {error}", _STOP_FIX, code)
        case _ if len(rows) > 1:
            # The whole batch was refused, so nothing of it was carried out: one bad row must not hold up the others.
            verdict = NotExecuted(code, send_alone=True)
        case _:
            verdict = Refused(
                ReasonCode.REJECTED,
                f"QuickBooks refused the request (code {code}).",
                REASONS[ReasonCode.REJECTED].how_to_fix,
                code,
            )
    return [verdict] * len(rows)
