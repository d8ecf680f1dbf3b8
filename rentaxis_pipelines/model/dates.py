"""Which days of RentAxis are looked at, and which instants those days are in the company's time zone."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Window:
    """The days from ``first_day`` up to, and without, ``day_after_last``, as the company's clock has them."""

    first_day: dt.date
    day_after_last: dt.date
    timezone: ZoneInfo

    def __post_init__(self) -> None:
        if self.first_day >= self.day_after_last:
            raise ValueError(f"A window from {self.first_day} up to {self.day_after_last} holds no day.")

    @classmethod
    def between(cls, start: dt.datetime, end: dt.datetime, timezone: ZoneInfo) -> "Window":
        """The window from one local midnight up to another, as a Dagster partition window has it.

        Raises ValueError if either instant is not a midnight in ``timezone``: the window would cut a day.
        """
        window = cls(start.astimezone(timezone).date(), end.astimezone(timezone).date(), timezone)
        if (window.start, window.end) != (start, end):
            raise ValueError(f"{start} to {end} is not a window of whole days in {timezone}.")
        return window

    @property
    def start(self) -> dt.datetime:
        """The instant the first day begins, in UTC. When the clocks change a day has 23 or 25 hours."""
        return self._midnight(self.first_day)

    @property
    def end(self) -> dt.datetime:
        """The instant the day after the last begins, in UTC."""
        return self._midnight(self.day_after_last)

    def _midnight(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), tzinfo=self.timezone).astimezone(dt.UTC)
