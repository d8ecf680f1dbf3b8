"""Sending: written down before it goes out, the answer written down before anything else happens.

One thread writes the ledger, through the connection that holds the realm's lock; the others make requests, carry bytes and read answers.
What an answer means is ``verdicts``; what is then written down for a row is ``settle``.
"""

import contextlib
import dataclasses
import itertools
import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import msgspec

from rentaxis_pipelines.ledger import requests as stored
from rentaxis_pipelines.ledger.locks import still_holding
from rentaxis_pipelines.ledger.sql import together
from rentaxis_pipelines.model.payload import sha256_of
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.papers.content import Expected
from rentaxis_pipelines.papers.unfit import PaperRefused
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
from rentaxis_pipelines.quickbooks.upload import UPLOAD, decode_upload, encode_upload
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.sync.pushing.batching import Prepared
from rentaxis_pipelines.sync.pushing.verdicts import (
    SUBSCRIPTION_ENDED,
    NotExecuted,
    NotWritten,
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

# Seconds that what the caller has written waits, at most, for answers to be committed with.
_WRITTEN_SOON = 0.1


def transmit(
    run: Run,
    requests: Iterable[Prepared],
    workers: int,
    sent: Callable[[int], None],
) -> Generator[list[Outcome]]:
    """Send the requests, ``workers`` at once; yields them as they are answered, together what was answered together.

    Half as many again are written down and wait for a thread, so that the threads go on sending while the caller writes. After a Stop,
    or when the run is asked to stop, what is in flight is finished and nothing more is sent; what was written down and not begun comes
    with the verdict that it was not carried out. Each comes with one verdict a row. The answer is in the ledger before it is yielded;
    the verdicts' consequences are the caller's to write, and committed here. To be closed by whoever does not take all that is yielded.
    ``requests`` is read by a thread of its own, no further than a few ahead; ``sent`` is told how many rows are going out.
    """
    in_flight: dict[Future[Outcome], Prepared] = {}
    answered: list[Outcome] = []
    stopped = False
    most = workers + workers // 2
    with _made_ahead(requests, most) as waiting, _sending(workers) as pool:
        while True:
            # What the caller writes of the answers before is carried out by Postgres while the next ones come in, and committed with them.
            with together(run.connection):
                if answered:
                    yield answered
                answered = _answered_by_now(in_flight, _WRITTEN_SOON if answered else None)
                stopped = stopped or run.stop_requested() or _holds_a_stop(answered)
                if stopped:
                    answered += _called_back(in_flight)
                next_ones = [] if stopped else list(itertools.islice(waiting, most - len(in_flight)))
                may_go = still_holding(run.connection, run.realm, run.now)
                _write_answers(run, answered)
                next_ones = _write_down(run, next_ones)
            run.connection.commit()  # the answers that came last and what goes out next, before anything else happens
            for prepared in next_ones:
                in_flight[pool.submit(_carry, run, prepared, may_go)] = prepared
                sent(len(prepared.rows))
            if not in_flight and not answered:
                return


@contextlib.contextmanager
def _made_ahead(requests: Iterable[Prepared], ahead: int) -> Generator[Iterator[Prepared]]:
    """The requests, made by a thread of its own, a few before they are asked for: while the ledger is being written."""
    source = iter(requests)

    def one_after_the_other() -> Iterator[Prepared]:
        coming = deque(maker.submit(next, source, None) for _ in range(ahead))
        while (made := coming.popleft().result()) is not None:
            coming.append(maker.submit(next, source, None))
            yield made

    maker = ThreadPoolExecutor(1, thread_name_prefix="prepare")
    try:
        yield one_after_the_other()
    finally:
        maker.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _sending(workers: int) -> Generator[ThreadPoolExecutor]:
    """Threads that send. Whatever ends the block, what they have begun is finished, and nothing else is begun."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="push")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _called_back(in_flight: dict[Future[Outcome], Prepared]) -> list[Outcome]:
    """What no thread has begun to send, and now none will."""
    back = [future for future in in_flight if future.cancel()]
    requests = [in_flight.pop(future) for future in back]
    return [(prepared, _not_begun(prepared)) for prepared in requests]


def _not_begun(prepared: Prepared) -> list[Verdict]:
    return [NotExecuted()] * len(prepared.rows)


def _answered_by_now(in_flight: dict[Future[Outcome], Prepared], seconds: float | None) -> list[Outcome]:
    """What was answered, as soon as anything is; nothing after so many seconds, if they are given."""
    done, _ = wait(in_flight, seconds, return_when=FIRST_COMPLETED)
    for future in done:
        del in_flight[future]
    return [future.result() for future in done]


def _holds_a_stop(answered: Iterable[Outcome]) -> bool:
    return any(isinstance(verdict, Stop) for _, verdicts in answered for verdict in verdicts)


def _write_answers(run: Run, answered: Sequence[Outcome]) -> None:
    requests = [prepared.request for prepared, _ in answered]
    stored.write_answers(run.connection, [request for request in requests if request.answer is not None])


def _write_down(run: Run, requests: Sequence[Prepared]) -> list[Prepared]:
    """Write the requests down, as sent now; returns them so."""
    now = run.now()
    requests = [
        Prepared(msgspec.structs.replace(prepared.request, sent_at=now), prepared.rows)
        for prepared in requests
    ]
    rows = [row for prepared in requests for row, _ in prepared.rows]
    stored.write_down(run.connection, [prepared.request for prepared in requests], rows)
    return requests


def _carry(run: Run, prepared: Prepared, may_go: Callable[[], None]) -> Outcome:
    """Send one request, in a thread of the pool: what came of it, and what that means for each of its rows.

    Asked to stop, nothing is begun: a thread that is free takes what waits before it can be called back.
    """
    if run.stop_requested():
        return prepared, _not_begun(prepared)
    request = prepared.request
    try:
        answer = _sent(run, prepared, may_go)
    except PaperRefused as error:
        (_, row), *_ = prepared.rows
        why = error.refusal
        return prepared, [NotWritten(Refusal(why.code, f"{row.source_label}: {why.reason}", why.remedy))]
    except QuickBooksError as error:
        log.warning("request %s: %s", request.request_id, one_line(error))
        unanswered = msgspec.structs.replace(request, intuit_tid=error.intuit_tid or None)
        return Prepared(unanswered, prepared.rows), _verdicts_of_error(prepared, error)
    said = msgspec.structs.replace(
        request,
        answer=answer.body.decode(),
        intuit_tid=answer.intuit_tid or None,
        answered_at=run.now(),
    )
    return Prepared(said, prepared.rows), verdicts_of_answer(prepared, answer)


def _sent(run: Run, prepared: Prepared, may_go: Callable[[], None]) -> Answer:
    """QuickBooks' answer to the request. The bytes of a file are read now, and are those that were written down."""
    request = prepared.request
    write = WriteRequest(request.request_id, request.path, request.body.encode(), may_go)
    if request.path != UPLOAD:
        return run.client.write(write)
    (_, row), *_ = prepared.rows
    with run.papers.held(row.source_id, Expected(sha256=sha256_of(row.mapped))) as content:
        body, content_type = encode_upload(row.payload or {}, content)
        return run.client.write(dataclasses.replace(write, body=body, content_type=content_type))


def verdicts_of_answer(prepared: Prepared, answer: Answer) -> list[Verdict]:
    """One verdict a row of a batch, or an upload, that was answered."""
    expected = [row.b_id for row, _ in prepared.rows]
    is_file = prepared.request.path == UPLOAD
    items = decode_upload(answer, expected[0]) if is_file else decode_batch(answer, expected)
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
