"""From records worth pushing again to runs: which record types over which ranges of days. Pure."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from rentaxis_pipelines.model.dates import DateRange, contiguous, days_in
from rentaxis_pipelines.sync.choice import RECORD_TYPES

# A run that stops has so much to do again, and a run's configuration stays readable.
MOST_RANGES = 100


class RangeOfTypes(msgspec.Struct, frozen=True, order=True):
    """These record types of all these days."""

    days: DateRange
    record_types: tuple[str, ...]

    def holds(self, day: dt.date, record_type: str) -> bool:
        """Whether a record of that type and day is among them."""
        return day in self.days and record_type in self.record_types


def days_of(ranges: Iterable[RangeOfTypes]) -> set[dt.date]:
    """All days of these ranges."""
    return days_in(each.days for each in ranges)


def in_few_runs(ranges: Sequence[RangeOfTypes]) -> list[tuple[RangeOfTypes, ...]]:
    """The ranges of each run: all that lie apart in one, up to ``MOST_RANGES``, in their order."""
    return [tuple(ranges[at : at + MOST_RANGES]) for at in range(0, len(ranges), MOST_RANGES)]


def ranges_of(
    wanted: Iterable[tuple[dt.date, str]], pushed: Mapping[dt.date, Collection[str]]
) -> list[RangeOfTypes]:
    """The ranges for these (day, record type), oldest first, by what was ever ``pushed`` on each day.

    Where everything of a day was pushed, everything is pushed again: a payment goes through with its invoice. Where only
    some types were, nobody chose the others, and they are left alone.
    """
    days_by_types: dict[tuple[str, ...], set[dt.date]] = {}
    for day, record_type in wanted:
        everything = set(RECORD_TYPES) <= set(pushed.get(day, ()))
        days_by_types.setdefault(RECORD_TYPES if everything else (record_type,), set()).add(day)
    return sorted(
        RangeOfTypes(days, record_types)
        for record_types, chosen in days_by_types.items()
        for days in contiguous(chosen)
    )
