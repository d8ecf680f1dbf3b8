"""Days of the company's calendar: the one range of them, what two ranges come to, and the instants it lasts in a time zone.

A range is half-open everywhere in the program. Only people, columns of the ledger and Dagster's partition keys name the last day
instead: ``DateRange.of_days`` and ``DateRange.last_day`` are the two ways between. Not here: which days may be chosen (``settings``).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

import msgspec

_DAY = dt.timedelta(days=1)


class DateRange(msgspec.Struct, frozen=True, order=True):
    """The days from ``first_day`` up to, and without, ``end``: one at least. Raises ValueError where there is none."""

    first_day: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        if self.first_day >= self.end:
            raise ValueError(f"A range from {self.first_day} up to {self.end} holds no day.")

    @classmethod
    def of_days(cls, first_day: dt.date, last_day: dt.date) -> "DateRange":
        """Of both days and all between them. Raises ValueError for a last day before the first, or the last day there is."""
        if last_day == dt.date.max:
            raise ValueError(f"No range can end on {last_day}: no day comes after it.")
        return cls(first_day, last_day + _DAY)

    @classmethod
    def between(cls, start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> "DateRange":
        """From one local midnight up to another, as a Dagster partition window has it.

        Raises ValueError if either instant is not a midnight in ``zone``: the range would cut a day.
        """
        days = cls(start.astimezone(zone).date(), end.astimezone(zone).date())
        if days.instants(zone) != (start, end):
            raise ValueError(f"{start} to {end} is not a range of whole days in {zone}.")
        return days

    @property
    def last_day(self) -> dt.date:
        """The last day that is in it, as people name a range."""
        return self.end - _DAY

    @property
    def number_of_days(self) -> int:
        return (self.end - self.first_day).days

    def __contains__(self, day: object) -> bool:
        return isinstance(day, dt.date) and self.first_day <= day < self.end

    def __iter__(self) -> Iterator[dt.date]:
        return (self.first_day + number * _DAY for number in range(self.number_of_days))

    def __str__(self) -> str:
        """As people name it: ``2026-05-01``, or ``2026-05-01 to 2026-05-03`` with the last day in it."""
        return str(self.first_day) if self.number_of_days == 1 else f"{self.first_day} to {self.last_day}"

    def overlaps(self, other: "DateRange") -> bool:
        """Whether a day is in both."""
        return self.first_day < other.end and other.first_day < self.end

    def instants(self, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
        """The instants it begins and ends at there, in UTC, half-open too. When the clocks change a day has 23 or 25 hours."""
        return _midnight(self.first_day, zone), _midnight(self.end, zone)


def contiguous(days: Iterable[dt.date]) -> list[DateRange]:
    """The days as the fewest ranges, oldest first: none is added, none is lost, and no two ranges touch."""
    ranges: list[DateRange] = []
    for day in sorted(set(days)):
        if ranges and ranges[-1].end == day:
            ranges[-1] = DateRange(ranges[-1].first_day, day + _DAY)
        else:
            ranges.append(DateRange(day, day + _DAY))
    return ranges


def days_in(ranges: Iterable[DateRange]) -> set[dt.date]:
    """All days of these ranges."""
    return {day for each in ranges for day in each}


def whole(days: Sequence[dt.date]) -> DateRange:
    """The range these days are all of. Raises ValueError where one is left out in between, or there is none."""
    ranges = contiguous(days)
    if len(ranges) != 1:
        raise ValueError(f"{len(set(days))} days are not one continuous range.")
    return ranges[0]


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC)
