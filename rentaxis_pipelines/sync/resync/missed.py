"""One evaluation for nights that were missed: days of late whose sync never came to its end.

The ledger says so, not Dagster: a run may have failed, been refused, or never begun. Days that are not over are no night's yet,
whoever pushed them ahead. Not here: rows that failed on a day whose sync did end (``fixed``).
"""

import datetime as dt
from collections.abc import Collection

from rentaxis_pipelines.ledger import tries
from rentaxis_pipelines.ledger.open_rows import first_day_asked_by, pushed_days
from rentaxis_pipelines.model.dates import DateRange, whole
from rentaxis_pipelines.model.record_types import BASIC_TYPES, RECORD_TYPES
from rentaxis_pipelines.settings import Company
from rentaxis_pipelines.sync.resync.retry_rules import Wanted, next_try
from rentaxis_pipelines.sync.resync.sensor_context import SensorContext, SensorOutcome, ask_for

SENSOR = "missed_nights"

# The nightly run gets so much time to be started and queued before its day counts as missed.
GRACE = dt.timedelta(hours=1)
_DAY = dt.timedelta(days=1)
_SUBJECT = "day"


def evaluate(
    context: SensorContext, nightly: str, stopped_by_hand: Collection[dt.date] = ()
) -> SensorOutcome:
    """The runs for missed nights. ``nightly``: who the nightly run says asked for it; ``stopped_by_hand``: days of runs a person
    ended.

    Catching up begins with the first night that got as far as a plan, so that nothing is pushed before somebody let it run.
    """
    due = due_days(context.company, context.now)
    began = first_day_asked_by(context.ledger, context.realm, nightly)
    if began is None:
        return SensorOutcome(
            [], "No nightly run has pushed anything yet; catching up begins with the first one."
        )
    since = max(began, context.company.go_live or began)
    days = [day for day in due or () if day >= since and context.can_be_chosen(day)]
    # A day that somebody pushed before it was over has its night still to come.
    pushed = (
        pushed_days(context.ledger, context.realm, whole(days), over_in=context.company.zone) if days else {}
    )
    missed = [day for day in days if not set(BASIC_TYPES) <= pushed.get(day, set())]
    tried = tries.tries_of(context.ledger, context.realm, SENSOR)
    tries.forget_tries(
        context.ledger, context.realm, SENSOR, tried.keys() - {(_SUBJECT, day.isoformat()) for day in missed}
    )
    context.ledger.commit()
    wanted: list[Wanted] = []
    for day in missed:
        key = (_SUBJECT, day.isoformat())
        number = next_try("missed", tried.get(key), None, context.now, context.company.automation.tries)
        if isinstance(number, int) and context.may_push(day) and day not in stopped_by_hand:
            wanted.append(Wanted(key, day, RECORD_TYPES[0], "missed", number))
    if not wanted:
        waiting = f"{len(missed)} nights were missed and are waiting for their run or for a person."
        return SensorOutcome([], waiting if missed else "No night was missed.")
    whole_days = dict.fromkeys(missed, RECORD_TYPES)
    return ask_for(context, SENSOR, wanted, whole_days, "Nights missed", one_by_one=True)


def due_days(company: Company, now: dt.datetime) -> DateRange | None:
    """The days whose nightly run should have come by now, as far back as is caught up. None where nothing is to be caught up."""
    here = now.astimezone(company.zone)
    last = here.date() - _DAY
    night = dt.datetime.combine(here.date(), company.automation.nightly_time, tzinfo=company.zone)
    if now < night.astimezone(dt.UTC) + GRACE:
        last -= _DAY
    number = company.automation.catch_up_days
    return DateRange.of_days(last - (number - 1) * _DAY, last) if number > 0 else None
