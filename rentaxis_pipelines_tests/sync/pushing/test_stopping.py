"""SIGTERM and SIGINT end a push between two requests: the first asks, the second insists, and nobody loses a signal."""

import signal
import threading

import pytest

from rentaxis_pipelines.sync.stopping import SIGNALS, signals_ask_to_stop


class Interrupted(BaseException):
    pass


@pytest.fixture(autouse=True)
def _whoever_handled_it_before():
    def interrupt(_number, _frame):
        raise Interrupted

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_asks_and_is_handed_on_when_the_work_is_done(number):
    stop, finished = threading.Event(), False
    with pytest.raises(Interrupted), signals_ask_to_stop(stop):
        signal.raise_signal(number)
        finished = stop.is_set()
    assert finished


def test_a_second_signal_acts_at_once():
    stop = threading.Event()
    with pytest.raises(Interrupted), signals_ask_to_stop(stop):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        pytest.fail("went on after the second signal")


def test_without_a_signal_everything_is_as_before():
    handlers = [signal.getsignal(number) for number in SIGNALS]
    stop = threading.Event()
    with signals_ask_to_stop(stop):
        assert signal.getsignal(signal.SIGTERM) not in handlers
    assert [signal.getsignal(number) for number in SIGNALS] == handlers
    assert not stop.is_set()


def test_outside_the_main_thread_nothing_is_touched():
    seen = []

    def work() -> None:
        with signals_ask_to_stop(threading.Event()):
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
