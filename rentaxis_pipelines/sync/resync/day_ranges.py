"""From records worth pushing again to runs: which record types over which stretches of days. Pure."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from rentaxis_pipelines.model.record_types import RECORD_TYPES

# A run that stops has so much to do again, and a run's configuration stays readable.
MOST_STRETCHES = 100
_DAY = dt.timedelta(days=1)


class Stretch(msgspec.Struct, frozen=True, order=True):
    """These record types of all days from the first to the last."""

    first_day: dt.date
    last_day: dt.date
    record_types: tuple[str, ...]

    def holds(self, day: dt.date, record_type: str) -> bool:
        """Whether a record of that type and day is among them."""
        return self.first_day <= day <= self.last_day and record_type in self.record_types


def contiguous(days: Iterable[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """The days as (first, last) of each unbroken stretch, oldest first; no day is added, none is lost."""
    found: list[tuple[dt.date, dt.date]] = []
    for day in sorted(set(days)):
        if found and found[-1][1] + _DAY == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def days_of(stretches: Iterable[Stretch]) -> set[dt.date]:
    """All days of these stretches."""
    return {
        one.first_day + number * _DAY
        for one in stretches
        for number in range((one.last_day - one.first_day).days + 1)
    }


def in_few_runs(stretches: Sequence[Stretch]) -> list[tuple[Stretch, ...]]:
    """The stretches of each run: all that lie apart in one, up to ``MOST_STRETCHES``, in their order."""
    return [tuple(stretches[at : at + MOST_STRETCHES]) for at in range(0, len(stretches), MOST_STRETCHES)]


def stretches(
    wanted: Iterable[tuple[dt.date, str]], pushed: Mapping[dt.date, Collection[str]]
) -> list[Stretch]:
    """The stretches for these (day, record type), oldest first, by what was ever ``pushed`` on each day.

    Where everything of a day was pushed, everything is pushed again: a payment goes through with its invoice. Where only
    some types were, nobody chose the others, and they are left alone.
    """
    days_of: dict[tuple[str, ...], set[dt.date]] = {}
    for day, record_type in wanted:
        whole = set(RECORD_TYPES) <= set(pushed.get(day, ()))
        days_of.setdefault(RECORD_TYPES if whole else (record_type,), set()).add(day)
    return sorted(
        Stretch(first, last, record_types)
        for record_types, days in days_of.items()
        for first, last in contiguous(days)
    )
