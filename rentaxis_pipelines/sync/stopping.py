"""A stop that loses nothing: SIGTERM and SIGINT end a push between two requests, not in the middle of one.

Dagster's terminate, Ctrl-C and a container's end all come as one of these two signals.
"""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def signals_ask_to_stop(stop: threading.Event) -> Generator[None]:
    """Inside the block the first signal sets ``stop``; a second one acts at once, as it would have without us.

    When the block is left, a signal that came is delivered again to whoever handled it before. Outside the main thread, where
    Python delivers no signals, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(number: int, _frame: FrameType | None) -> None:
        stop.set()
        came.append(number)
        if len(came) > 1:
            restore()
            signal.raise_signal(came.pop())

    for number in SIGNALS:
        signal.signal(number, note)
    try:
        yield
    finally:
        restore()
    if came:
        signal.raise_signal(came[-1])
