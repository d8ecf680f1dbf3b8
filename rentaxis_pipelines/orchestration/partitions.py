"""The days of a company, which of them can be chosen, and the one backfill policy of its whole chain.

Equal on every asset of the company, so that a chosen range is one run. The first day, the time zone and how many days past today can be
chosen are the company's.
"""

import datetime as dt

import dagster as dg

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.settings import Scope

SINGLE_RUN = dg.BackfillPolicy.single_run()


def daily(scope: Scope) -> dg.DailyPartitionsDefinition:
    """The company's days, in its own time zone. Equal for equal settings."""
    return dg.DailyPartitionsDefinition(
        start_date=dt.datetime.combine(scope.company.first_day, dt.time()),
        timezone=scope.company.time_zone,
        end_offset=1 + scope.company.days_ahead,  # Dagster's own end is yesterday: a partition that is over
    )


def days_to_choose_from(scope: Scope) -> DateRange:
    """Every day that has a partition now. Raises CannotLaunch where none has one yet."""
    days = daily(scope)
    first_day, last_day = days.get_first_partition_key(), days.get_last_partition_key()
    if first_day is None or last_day is None:
        raise CannotLaunch("No day can be chosen yet: first_day in the company file is in the future.")
    return DateRange.of_days(dt.date.fromisoformat(first_day), dt.date.fromisoformat(last_day))


def chosen_days(scope: Scope, first_day: dt.date | None, last_day: dt.date | None) -> DateRange:
    """The days a person chose, the last one included; what was left out reaches as far as days can be chosen.

    Raises CannotLaunch for a day that cannot be chosen, and for days in the wrong order.
    """
    choice = days_to_choose_from(scope)
    first_day, last_day = first_day or choice.first_day, last_day or choice.last_day
    for day in (first_day, last_day):
        if day < choice.first_day:
            raise CannotLaunch(
                f"{day} is before the first day that can be chosen, {choice.first_day} (first_day in the company file). Nothing was sent."
            )
        if day > choice.last_day:
            raise CannotLaunch(
                f"{day} is after the last day that can be chosen, {choice.last_day} (days_ahead in the company file). Nothing was sent."
            )
    if first_day > last_day:
        raise CannotLaunch(
            f"The range begins on {first_day}, after its end on {last_day}. Nothing was sent. Swap the two."
        )
    return DateRange.of_days(first_day, last_day)
