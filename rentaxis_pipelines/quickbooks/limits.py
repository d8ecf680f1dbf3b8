"""QuickBooks' rate limits, enforced by the client so that no call ever gets a 429.

Per company: 40 batches and 500 requests a minute, 10 requests a second, 10 at once (Intuit's limits page;
"10 at once" is its older wording, both are kept). They hold for all threads of a process, and for all
processes that share one ``CallLog``: a row in the ledger's database.

How: a log of the last minute's calls. A call gets a slot when fewer than the limit started within the
window. The window is slightly longer than QuickBooks' own, because a call reaches QuickBooks' counter some
time after it got its slot here; with that margin no minute at QuickBooks, fixed or sliding, ever sees more
than its limit, and 97 % of the batch quota stays usable. (pyrate-limiter 4 was considered and rejected:
its SQLite bucket is safe across threads or across processes but not both, its Postgres bucket gives up as
soon as another process holds it, and when it waits it records a call earlier than it is sent, which is one
call too many for a sliding window on the other side. Without those parts, all that is left is the twenty
lines of ``take_place``.)

Here: the rule, the waiting, the log in memory. Not here: what a 429 means (``faults``).
"""

import math
import os
import random
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

import msgspec

from rentaxis_pipelines.quickbooks.log import log_wait, logger


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``calls`` calls within any ``seconds`` seconds."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Quota:
    """The quota of an app for one company. A batch also counts as a request."""

    requests: tuple[Rate, ...]
    batches: tuple[Rate, ...]
    at_once: int


# The windows are QuickBooks' own plus a margin for the delay until its counter.
QUICKBOOKS = Quota(
    requests=(Rate(10, 1.0 + 0.2), Rate(500, 60.0 + 1.5)), batches=(Rate(40, 60.0 + 1.5),), at_once=10
)
UNLIMITED = Quota(requests=(), batches=(), at_once=1000)

# Seconds; QuickBooks stops any request after 120, so a slot held longer belongs to a dead process.
LONGEST_CALL = 130.0
PAUSE = 60.0  # seconds to wait after a 429 without a time (Intuit's limits page)


class Calls(msgspec.Struct):
    """The state of a ``CallLog``: times in seconds of the log's own clock, oldest first."""

    requests: list[float] = []
    batches: list[float] = []
    in_flight: dict[str, float] = {}
    closed_until: float = 0.0


class HeldCalls(Protocol):
    """A ``CallLog`` while it is locked."""

    def now(self) -> float:
        """Seconds on a clock that all users of this log share."""
        ...

    def load(self) -> Calls: ...

    def save(self, calls: Calls) -> None: ...


class CallLog(Protocol):
    """Where the calls of one company are recorded. Locking it excludes every other thread and process using
    it."""

    def locked(self) -> AbstractContextManager[HeldCalls]: ...


def take_place(calls: Calls, now: float, lease: str, quota: Quota, *, batch: bool) -> float:
    """Take a slot for one call that starts now, and record it in ``calls``.

    Returns 0.0 if the slot was taken, otherwise the seconds to wait before asking again (nothing is
    recorded).
    """
    calls.requests = _recent(calls.requests, now, quota.requests)
    calls.batches = _recent(calls.batches, now, quota.batches)
    calls.in_flight = {name: start for name, start in calls.in_flight.items() if now - start < LONGEST_CALL}
    wait = max(
        calls.closed_until - now,
        _wait_for(calls.requests, now, quota.requests),
        _wait_for(calls.batches, now, quota.batches) if batch else 0.0,
        0.05 if len(calls.in_flight) >= quota.at_once else 0.0,
    )
    if wait > 0:
        return wait
    calls.requests.append(now)
    if batch:
        calls.batches.append(now)
    calls.in_flight[lease] = now
    return 0.0


def _recent(moments: list[float], now: float, rates: tuple[Rate, ...]) -> list[float]:
    """The calls that still count. Future times are dropped: a clock that was set back must not block calls."""
    longest = max((rate.seconds for rate in rates), default=0.0)
    return [moment for moment in moments if now - longest < moment <= now + 1]


def _wait_for(moments: list[float], now: float, rates: tuple[Rate, ...]) -> float:
    """Seconds until one more call is within every rate; 0 or less if it is now. ``moments`` is sorted."""
    waits = [moments[-rate.calls] + rate.seconds - now for rate in rates if len(moments) >= rate.calls]
    return max(waits, default=0.0)


class Limits:
    """The call slots of one company, used by any number of threads. ``Limits()`` is for one process.

    ``clock`` and ``sleep`` are for the in-memory log and for waiting; a shared log has its own clock.
    """

    def __init__(
        self,
        log: CallLog | None = None,
        *,
        quota: Quota = QUICKBOOKS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = lambda: random.uniform(0, 5),
    ) -> None:
        self._log = log or MemoryCallLog(clock)
        self._quota = quota
        self._sleep = sleep
        self._jitter = jitter
        self._at_once = threading.BoundedSemaphore(quota.at_once)
        # For each kind, one thread at a time asks and sleeps; the others queue behind it, without
        # polling.
        self._turns = {False: threading.Lock(), True: threading.Lock()}

    @staticmethod
    def off() -> "Limits":
        """No limits at all, for benchmarks. A pause after a 429 still applies."""
        return Limits(quota=UNLIMITED)

    @contextmanager
    def place(self, *, batch: bool = False) -> Generator[None]:
        """Wait until one more call is within every limit, and hold its slot until the block ends."""
        lease = self._take(batch=batch)
        try:
            yield
        finally:
            self._at_once.release()
            self._give_back(lease)

    def pause(self, retry_after: float | None) -> None:
        """Stop every user of the log for ``retry_after`` seconds (None: 60) plus a little jitter."""
        seconds = (PAUSE if retry_after is None else retry_after) + self._jitter()
        log_wait("too many calls", seconds)
        with self._log.locked() as held:
            calls = held.load()
            calls.closed_until = max(calls.closed_until, held.now() + seconds)
            held.save(calls)

    def _take(self, *, batch: bool) -> str:
        """Wait for a slot in the log and among the calls in flight; both are held on return."""
        with self._turns[batch]:
            self._at_once.acquire()
            try:
                # Random, because calls of both kinds take slots at the same time without sharing state.
                lease = f"{os.getpid()}-{os.urandom(8).hex()}"
                while (wait := self._ask(lease, batch=batch)) > 0:
                    # Rounded up to the millisecond, so that rounding never wakes us too early.
                    self._sleep(math.ceil(wait * 1000) / 1000)
            except BaseException:
                self._at_once.release()
                raise
            return lease

    def _give_back(self, lease: str) -> None:
        try:
            with self._log.locked() as held:
                calls = held.load()
                calls.in_flight.pop(lease, None)
                held.save(calls)
        except Exception as error:  # keep the response; the slot expires automatically
            logger.warning("QuickBooks: the call log cannot be reached (%s)", type(error).__name__)

    def _ask(self, lease: str, *, batch: bool) -> float:
        with self._log.locked() as held:
            calls = held.load()
            wait = take_place(calls, held.now(), lease, self._quota, batch=batch)
            held.save(calls)
        return wait


class MemoryCallLog:
    """A call log for the threads of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._calls = Calls()
        self._lock = threading.Lock()

    @contextmanager
    def locked(self) -> Generator["MemoryCallLog"]:
        with self._lock:
            yield self

    def now(self) -> float:
        return self._clock()

    def load(self) -> Calls:
        return self._calls

    def save(self, calls: Calls) -> None:
        self._calls = calls
