"""The one partitions object and the one backfill policy of the whole chain.

Equal on every asset, so that a chosen range is one run. The first day, the time zone and how many days past today can be chosen are
the company's; reading them is all that loading the definitions reads.
"""

import datetime as dt
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from rentaxis_pipelines.settings import Company, load_company
from rentaxis_pipelines.settings.shipped import CONFIG

EXAMPLE_COMPANY = CONFIG / "company.example.yaml"


def company_of_location() -> Company:
    """The company file of this code location: RENTAXIS_COMPANY_FILE, or the example where it is not set.

    A run itself reads the variable again and refuses to go without it. Raises settings' errors for a faulty file.
    """
    return load_company(Path(os.environ.get("RENTAXIS_COMPANY_FILE") or EXAMPLE_COMPANY))


_COMPANY = company_of_location()

DAILY = dg.DailyPartitionsDefinition(
    start_date=dt.datetime.combine(_COMPANY.first_day, dt.time()),
    timezone=_COMPANY.time_zone,
    end_offset=1 + _COMPANY.days_ahead,  # Dagster's own end is yesterday: a partition that is over
)
SINGLE_RUN = dg.BackfillPolicy.single_run()
TIME_ZONE: ZoneInfo = _COMPANY.zone
