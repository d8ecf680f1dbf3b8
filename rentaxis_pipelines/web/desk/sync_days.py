"""Which days a person chose on the page that starts a sync: presets by the company's calendar, or two dates. Pure.

Here: the presets, reading what was typed, and the sentence for what cannot be. Not here: the page (``sync``), Dagster's own list of days
(``orchestration.partitions``).
"""

import calendar
import datetime as dt
from collections.abc import Sequence

import msgspec

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.render.templates import day as said

YESTERDAY, THIS_MONTH, LAST_MONTH, EVERYTHING, OWN = (
    "yesterday",
    "this_month",
    "last_month",
    "everything",
    "own",
)
DEFAULT = LAST_MONTH
_ONE_DAY = dt.timedelta(days=1)


class NoSuchDays(Exception):
    """The days cannot be synced; the text says why, for the person who chose them."""


class Preset(msgspec.Struct, frozen=True):
    """``days``: those of the preset that can be synced; None where none can."""

    name: str
    label: str
    days: DateRange | None


def presets(today: dt.date, reach: DateRange) -> list[Preset]:
    """What can be chosen by one click. ``today``: in the company's time zone; ``reach``: every day that can be synced."""
    this_month = today.replace(day=1)
    last_month = (this_month - _ONE_DAY).replace(day=1)
    return [
        Preset(YESTERDAY, "Yesterday", _within(reach, today - _ONE_DAY, today - _ONE_DAY)),
        Preset(THIS_MONTH, "This month", _within(reach, this_month, _last_of(this_month))),
        Preset(LAST_MONTH, "Last month", _within(reach, last_month, _last_of(last_month))),
        Preset(EVERYTHING, "Everything", reach),
    ]


def chosen(
    preset: str, first_day: str, last_day: str, offered: Sequence[Preset], reach: DateRange
) -> DateRange:
    """The days that were chosen, the last one included. Raises NoSuchDays with a sentence for what cannot be.

    Dates beside a preset are refused rather than passed over: which of the two was meant, only the person knows.
    """
    if preset == OWN:
        return _own(first_day, last_day, reach)
    named = {each.name: each for each in offered}
    if preset not in named:
        raise NoSuchDays("Choose which days to sync.")
    if first_day or last_day:
        raise NoSuchDays(
            f"You chose “{named[preset].label}” and also typed dates. Choose “These dates” to sync the dates, or clear them."
        )
    days = named[preset].days
    if days is None:
        raise NoSuchDays(
            f"“{named[preset].label}” has no day that can be synced: the first possible day is {said(reach.first_day)}, the last is "
            f"{said(reach.last_day)}. Choose other days."
        )
    return days


def _own(first_text: str, last_text: str, reach: DateRange) -> DateRange:
    if not first_text and not last_text:
        raise NoSuchDays("Enter the first and the last day.")
    if not first_text or not last_text:
        raise NoSuchDays(
            f"Enter the {'first' if not first_text else 'last'} day too; for a single day, enter it twice."
        )
    first_day, last_day = _day(first_text), _day(last_text)
    if last_day < first_day:
        raise NoSuchDays(
            f"The last day, {said(last_day)}, is before the first day, {said(first_day)}. Swap the two, or correct one of them."
        )
    if first_day not in reach:
        _refuse(first_day, reach)
    if last_day not in reach:
        _refuse(last_day, reach)
    return DateRange.of_days(first_day, last_day)


def _refuse(day: dt.date, reach: DateRange) -> None:
    if day < reach.first_day:
        raise NoSuchDays(
            f"{said(day)} is before {said(reach.first_day)}, the first day that can be synced (Set-up says which day that is)."
        )
    raise NoSuchDays(f"{said(day)} is after {said(reach.last_day)}, the last day that can be synced.")


def _day(text: str) -> dt.date:
    """As a browser sends it, 2026-11-03, or as a person may type it where the browser has no calendar, 11/3/2026."""
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    raise NoSuchDays(f"“{text[:20]}” is not a date. Write it like 11/03/2026.")


def _within(reach: DateRange, first_day: dt.date, last_day: dt.date) -> DateRange | None:
    first_day, last_day = max(first_day, reach.first_day), min(last_day, reach.last_day)
    return DateRange.of_days(first_day, last_day) if first_day <= last_day else None


def _last_of(month: dt.date) -> dt.date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])
