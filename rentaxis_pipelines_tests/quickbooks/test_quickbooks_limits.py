"""QuickBooks' limits as seen from QuickBooks' side: no window of its clock ever holds one call too many."""

import multiprocessing
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.quickbooks.limits import QUICKBOOKS, Calls, Limits, take_place
from rentaxis_pipelines_tests.support.file_stores import FileCallLog

NOW = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.seconds = NOW

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.seconds += seconds


def fullest_window(arrivals: list[float], seconds: float) -> int:
    """The most calls any window of ``seconds`` holds, wherever it begins; every fixed window is one of
    these.
    """
    arrivals = sorted(arrivals)
    most = start = 0
    for end, moment in enumerate(arrivals):
        while arrivals[start] <= moment - seconds:
            start += 1
        most = max(most, end - start + 1)
    return most


calls = st.tuples(
    st.booleans(),  # a batch?
    st.one_of(st.just(0.0), st.floats(0, 0.2), st.floats(0, 70)),  # seconds of thinking before it
    st.floats(0, 0.19),  # seconds on the way to QuickBooks' counter
)


@settings(max_examples=60)
@given(st.lists(calls, min_size=1, max_size=30), st.integers(1, 40))
def test_no_window_of_quickbooks_clock_ever_exceeds_a_limit(pattern, repeats):
    """40 batches and 500 requests in any 60 s, 10 requests in any 1 s, counted where the calls arrive, for
    any mix of calls, pauses and transit times.
    """
    clock = Clock()
    limits = Limits(clock=clock, sleep=clock.sleep)
    arrivals: dict[bool, list[float]] = {True: [], False: []}
    for batch, thinking, transit in pattern * repeats:
        clock.seconds += thinking
        with limits.place(batch=batch):
            arrivals[batch].append(clock.seconds + transit)
    everything = arrivals[True] + arrivals[False]
    assert fullest_window(arrivals[True], 60) <= 40
    assert fullest_window(everything, 60) <= 500
    assert fullest_window(everything, 1) <= 10


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1.49), min_size=400, max_size=400))
def test_the_minute_limits_hold_when_single_calls_are_slow_to_arrive(transits):
    """A new connection or a busy machine may hold one call back for over a second."""
    clock = Clock()
    limits = Limits(clock=clock, sleep=clock.sleep)
    arrivals = []
    for transit in transits:
        with limits.place(batch=True):
            arrivals.append(clock.seconds + transit)
    assert fullest_window(arrivals, 60) <= 40


@pytest.mark.parametrize(("batch", "allowed_a_minute"), [(True, 40), (False, 500)])
def test_at_least_95_percent_of_the_quota_is_used(batch, allowed_a_minute):
    """Calls one after another for twenty rounds, the first burst included: calls a minute against the
    quota.
    """
    clock = Clock()
    limits = Limits(clock=clock, sleep=clock.sleep)
    rounds = 20
    for _ in range(rounds * allowed_a_minute + 1):
        with limits.place(batch=batch):
            last = clock.seconds
    used = rounds * allowed_a_minute / ((last - NOW) / 60)
    assert 0.95 * allowed_a_minute <= used <= allowed_a_minute


def test_seven_batches_in_flight_use_the_quota_as_well(clock):
    """Threads that wait together on one moved clock keep the limit and still use 95 % of it."""
    limits = Limits(clock=clock, sleep=clock.sleep)
    started: list[float] = []

    def push() -> None:
        while clock.seconds < 1_800_000_000 + 600:
            with limits.place(batch=True):
                started.append(clock.seconds)

    threads = [threading.Thread(target=push) for _ in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fullest_window(started, 60) <= 40
    assert len([moment for moment in started if moment < 1_800_000_000 + 600]) >= 0.95 * 400


def test_never_more_than_ten_calls_are_in_flight():
    """Thirty threads want a place; every call stays until ten stand together."""
    clock = Clock()
    limits = Limits(clock=clock, sleep=clock.sleep)
    together = threading.Barrier(10)
    lock = threading.Lock()
    in_flight = most = 0

    def call() -> None:
        nonlocal in_flight, most
        with limits.place():
            with lock:
                in_flight += 1
                most = max(most, in_flight)
            together.wait(timeout=60)
            with lock:
                in_flight -= 1

    threads = [threading.Thread(target=call) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 10


def test_calls_of_both_kinds_take_their_places_at_the_same_time():
    """A batch and a single call each have a turn of their own, so whatever names a place must not be shared between the two."""
    limits = Limits.off()
    failed: list[Exception] = []

    def take_places(batch: bool) -> None:
        try:
            for _ in range(2000):
                with limits.place(batch=batch):
                    pass
        except Exception as error:
            failed.append(error)

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        callers = [threading.Thread(target=take_places, args=(batch,)) for batch in (True, False)]
        for one in callers:
            one.start()
        for one in callers:
            one.join()
    finally:
        sys.setswitchinterval(usual)
    assert failed == []


def test_ten_in_flight_holds_across_two_users_of_one_log(tmp_path):
    """Two processes share a log: the second waits while the first holds all ten places, whoever it is."""
    clock = Clock()
    one = Limits(FileCallLog(tmp_path / "calls", clock), sleep=clock.sleep)
    held = [one.place() for _ in range(10)]
    for place in held:
        place.__enter__()

    def give_one_back(seconds: float) -> None:
        clock.seconds += seconds
        if held:
            held.pop().__exit__(None, None, None)

    clock.seconds += 2  # the limit a second is free again, only the ten in flight are not
    waited_from = clock.seconds
    with Limits(FileCallLog(tmp_path / "calls", clock), sleep=give_one_back).place():
        assert clock.seconds > waited_from
    for place in held:
        place.__exit__(None, None, None)


def test_a_place_held_by_a_dead_process_comes_back():
    """QuickBooks ends every request after 120 s, so an older place cannot be in use."""
    calls = Calls(in_flight={str(n): NOW for n in range(10)})
    assert take_place(calls, NOW + 100, "new", QUICKBOOKS, batch=False) > 0
    assert take_place(calls, NOW + 131, "new", QUICKBOOKS, batch=False) == 0
    assert list(calls.in_flight) == ["new"]


@pytest.mark.parametrize(
    ("calls", "batch", "wait"),
    [
        (Calls(in_flight={str(n): NOW for n in range(9)}), False, 0.0),
        (Calls(in_flight={str(n): NOW for n in range(10)}), False, 0.05),
        (Calls(requests=[NOW - 30] * 499), False, 0.0),
        (Calls(requests=[NOW - 30] * 500), False, 31.5),
        (Calls(requests=[NOW - 1] * 10), False, 0.2),
        (Calls(batches=[NOW - 30] * 39), True, 0.0),
        (Calls(batches=[NOW - 30] * 40), True, 31.5),
        (Calls(batches=[NOW - 30] * 40), False, 0.0),
        (Calls(closed_until=NOW + 7), False, 7.0),
    ],
)
def test_each_limit_is_met_exactly_and_says_when_to_ask_again(calls, batch, wait):
    """The last call that fits and the first that does not, for every limit."""
    assert take_place(calls, NOW, "new", QUICKBOOKS, batch=batch) == pytest.approx(wait, abs=1e-6)


def test_asking_in_vain_notes_nothing():
    calls = Calls(requests=[NOW] * 10)
    assert take_place(calls, NOW, "new", QUICKBOOKS, batch=True) > 0
    assert calls == Calls(requests=[NOW] * 10)


def test_a_waiting_batch_does_not_hold_up_a_read():
    """A query must not queue behind batches that wait for the next minute."""
    clock = Clock()
    waiting, go_on = threading.Event(), threading.Event()

    def sleep(seconds: float) -> None:
        if seconds > 10:
            waiting.set()
            go_on.wait(timeout=60)
        clock.seconds += seconds

    limits = Limits(clock=clock, sleep=sleep)
    for _ in range(40):
        with limits.place(batch=True):
            pass
    batch = threading.Thread(target=lambda: limits.place(batch=True).__enter__())
    batch.start()
    assert waiting.wait(timeout=60)
    before = clock.seconds
    with limits.place():
        assert clock.seconds - before < 2
    go_on.set()
    batch.join()


def test_a_429_stops_every_user_of_the_log(tmp_path):
    """What one process is told holds for all: the pause is in the shared log."""
    clock = Clock()
    one = Limits(FileCallLog(tmp_path / "calls", clock), sleep=clock.sleep, jitter=lambda: 3.0)
    other = Limits(FileCallLog(tmp_path / "calls", clock), sleep=clock.sleep)
    one.pause(None)
    with other.place():
        assert clock.seconds == pytest.approx(NOW + 63, abs=0.01)


def test_a_shorter_pause_never_cuts_a_longer_one_short():
    clock = Clock()
    limits = Limits(clock=clock, sleep=clock.sleep, jitter=lambda: 0.0)
    limits.pause(60)
    limits.pause(5)
    with limits.place():
        assert clock.seconds == pytest.approx(NOW + 60, abs=0.01)


def test_a_clock_that_was_set_back_does_not_close_the_door():
    calls = Calls(requests=[NOW + 3600] * 500, batches=[NOW + 3600] * 40, in_flight={})
    assert take_place(calls, NOW, "new", QUICKBOOKS, batch=True) == 0


def test_somebody_who_stops_waiting_leaves_no_place_taken():
    """A stop request may end the wait by an exception; the next one must not find a place missing."""
    clock = Clock()

    class StopRequestedError(Exception):
        pass

    def stop(_: float) -> None:
        raise StopRequestedError

    limits = Limits(clock=clock, sleep=stop)
    for _ in range(10):
        with limits.place():
            pass
    for _ in range(20):
        with pytest.raises(StopRequestedError), limits.place():
            pass
    clock.seconds += 2
    with limits.place():
        pass


def test_a_torn_log_counts_as_empty(tmp_path):
    path = tmp_path / "calls"
    path.write_bytes(b'{"requests":[1800')
    clock = Clock()
    with Limits(FileCallLog(path, clock), sleep=clock.sleep).place():
        assert clock.seconds == NOW


def take_all_that_is_free(path: Path, results) -> None:
    """Takes places on a clock that stands still until it would have to wait."""

    class NoPlaceError(Exception):
        pass

    def give_up(_: float) -> None:
        raise NoPlaceError

    taken = 0
    limits = Limits(FileCallLog(path, lambda: NOW), sleep=give_up)
    for _ in range(50):
        try:
            with limits.place():
                taken += 1
        except NoPlaceError:
            pass
    results.put(taken)


def test_processes_share_one_quota(tmp_path):
    """Four processes at once on one file, within one second of the clock: ten calls between them, not ten
    each.
    """
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    workers = [
        context.Process(target=take_all_that_is_free, args=(tmp_path / "calls", results)) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    taken = [results.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join()
    assert sum(taken) == 10
