"""From records worth pushing again to runs: which record types over which ranges of days. Pure."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

from rentaxis_pipelines.model.dates import contiguous, days_in
from rentaxis_pipelines.model.record_types import BASIC_TYPES, RECORD_TYPES
from rentaxis_pipelines.model.sync_request import ChosenDays

# A run that stops has so much to do again, and a run's configuration stays readable.
MOST_RANGES = 100


def days_of(ranges: Iterable[ChosenDays]) -> set[dt.date]:
    """All days of these ranges."""
    return days_in(each.days for each in ranges)


def in_few_runs(ranges: Sequence[ChosenDays]) -> list[tuple[ChosenDays, ...]]:
    """The ranges of each run: all that lie apart in one, up to ``MOST_RANGES``, in their order."""
    return [tuple(ranges[at : at + MOST_RANGES]) for at in range(0, len(ranges), MOST_RANGES)]


def ranges_of(
    wanted: Iterable[tuple[dt.date, str]], pushed: Mapping[dt.date, Collection[str]]
) -> list[ChosenDays]:
    """The ranges for these (day, record type), oldest first, by what was ever ``pushed`` on each day.

    Where everything of a day was pushed, everything is pushed again: a payment goes through with its invoice. Where only
    some types were, nobody chose the others, and they are left alone.
    """
    days_by_types: dict[tuple[str, ...], set[dt.date]] = {}
    for day, record_type in wanted:
        everything = set(BASIC_TYPES) <= set(pushed.get(day, ()))
        days_by_types.setdefault(RECORD_TYPES if everything else (record_type,), set()).add(day)
    return sorted(
        ChosenDays(days, record_types)
        for record_types, chosen in days_by_types.items()
        for days in contiguous(chosen)
    )
