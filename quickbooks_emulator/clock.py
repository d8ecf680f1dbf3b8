"""The emulator's clock: real time that tests can stop, set and move, and the two ways QuickBooks writes
time.
"""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")


class Clock:
    """`offset` seconds are added to real time; `frozen` is an epoch at which time stands still."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.frozen: float | None = None
        self._second = -1
        self._stamp = ""

    def epoch(self) -> float:
        return time.time() + self.offset if self.frozen is None else self.frozen

    def set(self, moment: datetime, frozen: bool) -> None:
        """Raises ValueError for a day outside 1970 to 2200."""
        epoch = _within_reason(moment.timestamp())
        self.offset = epoch - time.time()
        self.frozen = epoch if frozen else None

    def advance(self, seconds: float) -> None:
        """Raises as `set`."""
        _within_reason(self.epoch() + seconds)
        if self.frozen is None:
            self.offset += seconds
        else:
            self.frozen += seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.epoch(), UTC)

    def stamp(self) -> str:
        """MetaData's format: Pacific, whole seconds (recorded traffic)."""
        second = int(self.epoch())
        if second != self._second:
            self._second, self._stamp = second, datetime.fromtimestamp(second, PACIFIC).isoformat()
        return self._stamp

    def answer_time(self) -> str:
        """The `time` of a response: Pacific, milliseconds (recorded traffic)."""
        return datetime.fromtimestamp(self.epoch(), PACIFIC).isoformat(timespec="milliseconds")

    def today(self) -> str:
        return self.stamp()[:10]


def _within_reason(epoch: float) -> float:
    """From 1970 to 2200, so that a grace period or a five-year grant stays within what a calendar can represent."""
    if not 0 <= epoch <= 7_258_118_400:
        raise ValueError("the clock goes from 1970 to 2200")
    return epoch


def later(day: str, days: int) -> str:
    """No later than the last day of the calendar, which a client may send as a date."""
    try:
        return (datetime.fromisoformat(day) + timedelta(days=days)).date().isoformat()
    except OverflowError:
        return date.max.isoformat()


def epoch_of(stamp: str) -> float:
    """Seconds since 1970 of an ISO stamp or day; one without an offset is Pacific. Raises ValueError."""
    moment = datetime.fromisoformat(stamp)
    return (moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)).timestamp()
