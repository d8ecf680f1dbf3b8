"""QuickBooks' limits, kept by the client itself so that no call is ever answered 429.

Per company: 40 batches and 500 requests a minute, 10 requests a second, 10 at once (Intuit's limits page;
"10 at once" is its older wording, both are kept). They hold for all threads of a process, and for all
processes that share one ``CallLog``: a row in the ledger's database.

How: a log of the last minute's calls. A call takes its place when fewer than the limit started within the
window. The window is a little longer than QuickBooks' own, because a call reaches QuickBooks' counter some
time after it took its place here; with that slack no minute of QuickBooks, fixed or sliding, ever sees
more than its limit, and 97 % of the batch quota stays usable. (pyrate-limiter 4 was looked at and not
taken: its SQLite bucket is safe across threads or across processes but not both, its Postgres bucket gives
up as soon as another process holds it, and where it waits itself it notes a call earlier than it is sent,
which is one call too many for a sliding window at the other end. What is left without those parts is the
twenty lines of ``take_place``.)

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
    """What one company allows an app. A batch counts as a request as well."""

    requests: tuple[Rate, ...]
    batches: tuple[Rate, ...]
    at_once: int


# The windows are QuickBooks' own plus the slack for the way from here to its counter.
QUICKBOOKS = Quota(
    requests=(Rate(10, 1.0 + 0.2), Rate(500, 60.0 + 1.5)), batches=(Rate(40, 60.0 + 1.5),), at_once=10
)
UNLIMITED = Quota(requests=(), batches=(), at_once=1000)

# Seconds; QuickBooks ends any request after 120, so a place held for longer belongs to a dead process.
LONGEST_CALL = 130.0
PAUSE = 60.0  # seconds to wait after a 429 that names no time (Intuit's limits page)


class Calls(msgspec.Struct):
    """The state of a ``CallLog``: moments in seconds of the log's own clock, oldest first."""

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
    """Where the calls of one company are noted. Locking it excludes every other thread and process using
    it."""

    def locked(self) -> AbstractContextManager[HeldCalls]: ...


def take_place(calls: Calls, now: float, lease: str, quota: Quota, *, batch: bool) -> float:
    """Takes a place for one call that starts now, noting it in ``calls``.

    Returns 0.0 if the place is taken, else the seconds after which asking again makes sense (nothing is
    noted).
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
    """What still counts. Moments to come are dropped: a clock that was set back must not close the door."""
    longest = max((rate.seconds for rate in rates), default=0.0)
    return [moment for moment in moments if now - longest < moment <= now + 1]


def _wait_for(moments: list[float], now: float, rates: tuple[Rate, ...]) -> float:
    """Seconds until one more call fits every rate; 0 or less if it fits now. ``moments`` is sorted."""
    waits = [moments[-rate.calls] + rate.seconds - now for rate in rates if len(moments) >= rate.calls]
    return max(waits, default=0.0)


class Limits:
    """The places of one company, used by any number of threads. ``Limits()`` is for one process.

    ``clock`` and ``sleep`` serve the log in memory and the waiting; a shared log brings its own clock.
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
        # One thread at a time asks and sleeps for each kind; the others queue behind it, in turn and
        # without polling.
        self._turns = {False: threading.Lock(), True: threading.Lock()}

    @staticmethod
    def off() -> "Limits":
        """No limits at all, for benchmarks. A pause after a 429 still holds."""
        return Limits(quota=UNLIMITED)

    @contextmanager
    def place(self, *, batch: bool = False) -> Generator[None]:
        """Waits until one more call fits every limit, and holds its place until the block is left."""
        lease = self._take(batch=batch)
        try:
            yield
        finally:
            self._at_once.release()
            self._give_back(lease)

    def pause(self, retry_after: float | None) -> None:
        """Stops every user of the log for ``retry_after`` seconds (None: 60) plus a little jitter."""
        seconds = (PAUSE if retry_after is None else retry_after) + self._jitter()
        log_wait("too many calls", seconds)
        with self._log.locked() as held:
            calls = held.load()
            calls.closed_until = max(calls.closed_until, held.now() + seconds)
            held.save(calls)

    def _take(self, *, batch: bool) -> str:
        """Waits for a place in the log and among the calls in flight; both are held on return."""
        with self._turns[batch]:
            self._at_once.acquire()
            try:
                # By chance alone: calls of both kinds take places at the same time, and nothing shared may be in their way.
                lease = f"{os.getpid()}-{os.urandom(8).hex()}"
                while (wait := self._ask(lease, batch=batch)) > 0:
                    # Up to the next millisecond, so that rounding never wakes us a moment too early.
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
        except Exception as error:  # the answer in hand is worth more; the place expires by itself
            logger.warning("QuickBooks: the call log is out of reach (%s)", type(error).__name__)

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
