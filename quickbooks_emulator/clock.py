"""The emulator's clock: real time that tests may stop, set and move, and the two ways QuickBooks writes
time.
"""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")


class Clock:
    """`offset` seconds are added to real time; `frozen` holds an epoch at which time stands still."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.frozen: float | None = None
        self._second = -1
        self._stamp = ""

    def epoch(self) -> float:
        return time.time() + self.offset if self.frozen is None else self.frozen

    def set(self, moment: datetime, frozen: bool) -> None:
        self.offset = moment.timestamp() - time.time()
        self.frozen = moment.timestamp() if frozen else None

    def advance(self, seconds: float) -> None:
        if self.frozen is None:
            self.offset += seconds
        else:
            self.frozen += seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.epoch(), UTC)

    def stamp(self) -> str:
        """MetaData's form: Pacific, whole seconds (recorded traffic)."""
        second = int(self.epoch())
        if second != self._second:
            self._second, self._stamp = second, datetime.fromtimestamp(second, PACIFIC).isoformat()
        return self._stamp

    def answer_time(self) -> str:
        """The `time` of an answer: Pacific, milliseconds (recorded traffic)."""
        return datetime.fromtimestamp(self.epoch(), PACIFIC).isoformat(timespec="milliseconds")

    def today(self) -> str:
        return self.stamp()[:10]


def later(day: str, days: int) -> str:
    return (datetime.fromisoformat(day) + timedelta(days=days)).date().isoformat()


def epoch_of(stamp: str) -> float:
    """Seconds since 1970 of an ISO stamp or day; one without an offset is Pacific. Raises ValueError."""
    moment = datetime.fromisoformat(stamp)
    return (moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)).timestamp()
