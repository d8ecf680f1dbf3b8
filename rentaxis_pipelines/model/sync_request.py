"""What a person, a schedule or a sensor asked for, in one value: the only place that says force, preview or confirmed.

Not here: carrying it out (``sync.engine``), how it is read from a form or a command (``orchestration``, ``cli``).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import msgspec

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import RECORD_TYPES


class ChosenDays(msgspec.Struct, frozen=True, order=True):
    """These record types of all these days."""

    days: DateRange
    record_types: tuple[str, ...] = RECORD_TYPES

    def holds(self, day: dt.date, record_type: str) -> bool:
        """Whether a record of that type and day is among them."""
        return day in self.days and record_type in self.record_types


class ApprovedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A stored plan that a person approved: all its rows, ``only`` some, or all ``without`` some (``sync.selection`` says how they are named)."""

    preview_id: str
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


class UndoneRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is to be taken back, all of it or ``only`` some of its rows."""

    run_id: str
    only: tuple[str, ...] = ()


class SyncRequest(msgspec.Struct, frozen=True, kw_only=True):
    """All that was asked for.

    ``days``: ranges that may lie apart, oldest first, each with its record types; none where nothing is to be pushed, or one
    ``record`` alone, by source type and id, or a run to ``undo``. ``force``: push again what has not changed. ``preview``: decide and
    say, send nothing. ``full``: read and decide every record anew, also those whose fingerprint stands. ``approved``: send what that plan holds, as far as it still holds. ``confirm_unusual``: a person looked at what
    the guard held back.
    """

    days: tuple[ChosenDays, ...] = ()
    record: tuple[str, str] | None = None
    force: bool = False
    preview: bool = False
    full: bool = False
    confirm_unusual: bool = False
    approved: ApprovedPlan | None = None
    undo: UndoneRun | None = None
    requested_by: str

    @property
    def kind(self) -> Literal["plain", "forced", "preview", "approved", "undo"]:
        """What kind of run this is, as the list of runs says it."""
        if self.preview:
            return "preview"
        if self.approved is not None:
            return "approved"
        if self.undo is not None:
            return "undo"
        return "forced" if self.force else "plain"

    @property
    def ahead(self) -> bool:
        """Whether all of it is planned before any of it is sent, so that a later plan counts on what an earlier one will make."""
        return self.preview or self.approved is not None

    @property
    def record_types_in_push_order(self) -> tuple[str, ...]:
        """Those chosen for any day: parents before children."""
        chosen = {name for days in self.days for name in days.record_types}
        return tuple(name for name in RECORD_TYPES if name in chosen)

    def days_of(self, record_type: str) -> Sequence[ChosenDays]:
        """The ranges that type is chosen for."""
        return [days for days in self.days if record_type in days.record_types]


def over(first_day: dt.date, last_day: dt.date, *record_types: str) -> tuple[ChosenDays, ...]:
    """One range, both days included; all record types unless some are named."""
    return (ChosenDays(DateRange.of_days(first_day, last_day), record_types or RECORD_TYPES),)


NOTHING_ASKED = SyncRequest(requested_by="")
"""For whoever only looks: nobody asked for anything to be pushed."""
