"""The days of a company, and the one backfill policy of its whole chain.

Equal on every asset of the company, so that a chosen range is one run. The first day, the time zone and how many days past today can be
chosen are the company's.
"""

import datetime as dt

import dagster as dg

from rentaxis_pipelines.settings import Scope

SINGLE_RUN = dg.BackfillPolicy.single_run()


def daily(scope: Scope) -> dg.DailyPartitionsDefinition:
    """The company's days, in its own time zone. Equal for equal settings."""
    return dg.DailyPartitionsDefinition(
        start_date=dt.datetime.combine(scope.company.first_day, dt.time()),
        timezone=scope.company.time_zone,
        end_offset=1 + scope.company.days_ahead,  # Dagster's own end is yesterday: a partition that is over
    )
