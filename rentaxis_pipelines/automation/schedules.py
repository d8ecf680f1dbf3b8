"""What runs at a set hour: every night, the records of the day before.

Not here: nights that were missed (``sensors``).
"""

from typing import Any

import dagster as dg

from rentaxis_pipelines.assets.session import REQUESTED_BY_TAG
from rentaxis_pipelines.automation.jobs import plain_jobs
from rentaxis_pipelines.partitions import company_of_location
from rentaxis_pipelines.settings import Automation

NIGHTLY = (
    "nightly schedule"  # who asked, in every row of a night; also how catching up knows that nights are on
)


def nightly_schedule(automation: Automation) -> Any:
    """``bulk_sync`` of yesterday's partition at the company's hour, on the company's clock.

    On the day the clocks go forward over that hour it runs as soon as they have; on the day they go back it runs once.
    """
    return dg.build_schedule_from_partitioned_job(
        plain_jobs()[0],
        name="nightly",
        description="Every night: push all records of the day before. The hour is nightly_at in the company file.",
        hour_of_day=automation.nightly_time.hour,
        minute_of_hour=automation.nightly_time.minute,
        tags={REQUESTED_BY_TAG: NIGHTLY},
        default_status=dg.DefaultScheduleStatus.RUNNING
        if automation.switched_on
        else dg.DefaultScheduleStatus.STOPPED,
    )


nightly = nightly_schedule(company_of_location().automation)
