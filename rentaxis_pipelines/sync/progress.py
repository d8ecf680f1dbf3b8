"""How far a run has come, in counts and nothing else: no names, no amounts. Fed by reading, planning and pushing; told to whoever watches.

Here: the counts, the sentence, how often it is said, who is told. Not here: bars and lines on a screen (``cli``), Dagster's log
(``orchestration.session``).
"""

import contextlib
import contextvars
import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

SECONDS_BETWEEN = 10.0

Listener = Callable[["Progress"], None]


@dataclass
class Progress:
    """Records read and planned, rows to send, sent and answered, since the run began.

    ``to_send`` grows with each record type that is planned. ``rows_per_minute``: what QuickBooks' limits allow; None without limits.
    """

    rows_per_minute: float | None = None
    read: int = 0
    planned: int = 0
    to_send: int = 0
    sent: int = 0
    answered: int = 0
    listeners: list[Listener] = field(default_factory=lambda: list(_WATCHING.get()))

    def add(
        self, *, read: int = 0, planned: int = 0, to_send: int = 0, sent: int = 0, answered: int = 0
    ) -> None:
        """Count what was done since the last time. A listener that fails is told no more: the run goes on."""
        self.read += read
        self.planned += planned
        self.to_send += to_send
        self.sent += sent
        self.answered += answered
        for listener in list(self.listeners):
            try:
                listener(self)
            except Exception:
                self.listeners.remove(listener)

    @property
    def minutes_left(self) -> int | None:
        """Whole minutes, rounded up, for what is planned and not answered, at QuickBooks' rate; None where nothing limits it."""
        if self.rows_per_minute is None:
            return None
        return math.ceil(max(self.to_send - self.answered, 0) / self.rows_per_minute)

    def sentence(self) -> str:
        """The counts for people; what there is none of yet is left out."""
        said = [f"{self.read:,} records read"] if self.read else []
        said += [f"{self.planned:,} planned"] if self.planned else []
        if self.to_send:
            said += [f"{self.sent:,} of {self.to_send:,} sent", f"{self.answered:,} answered"]
        if self.minutes_left:
            unit = "minute" if self.minutes_left == 1 else "minutes"
            said.append(f"about {self.minutes_left:,} {unit} left at QuickBooks' rate")
        return ", ".join(said)


@dataclass
class NowAndThen:
    """A listener that says the sentence no more often than every so many seconds, the first time after as many."""

    say: Callable[[str], None]
    every: float = SECONDS_BETWEEN
    clock: Callable[[], float] = time.monotonic
    _said_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._said_at = self.clock()

    def __call__(self, progress: Progress) -> None:
        now = self.clock()
        if now - self._said_at >= self.every and (sentence := progress.sentence()):
            self._said_at = now
            self.say(sentence)


_WATCHING: contextvars.ContextVar[tuple[Listener, ...]] = contextvars.ContextVar("watching", default=())


@contextlib.contextmanager
def watching(listener: Listener) -> Generator[None]:
    """Every run opened inside the block tells the listener too."""
    token = _WATCHING.set((*_WATCHING.get(), listener))
    try:
        yield
    finally:
        _WATCHING.reset(token)
