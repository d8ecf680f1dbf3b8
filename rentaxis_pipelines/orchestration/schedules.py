"""What runs at a fixed time: every night, the records of the day before.

Not here: nights that were missed (``sensors``).
"""

import datetime as dt

import dagster as dg

from rentaxis_pipelines.orchestration.failures import tick
from rentaxis_pipelines.orchestration.jobs import AssetJob
from rentaxis_pipelines.orchestration.names import named
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.rentaxis.folder import models_in
from rentaxis_pipelines.reports.nights import NIGHTLY
from rentaxis_pipelines.settings import Scope


def refuse_unusable(scope: Scope) -> None:
    """Raises SettingsError or SqlModelError where what was wrong when the definitions loaded is still wrong: the tick says it."""
    if scope.problem is not None:
        models_in(scope.current().sql_folder)


def nightly_schedule(scope: Scope, job: AssetJob) -> dg.ScheduleDefinition:
    """``job``, the company's bulk_sync, of yesterday's partition at the company's hour, on the company's clock.

    On the day the clocks go forward over that hour it runs as soon as they have; on the day they go back it runs once.
    """
    company = scope.company
    at = company.automation.nightly_time

    @dg.schedule(
        name=named(scope, "nightly"),
        job=job,
        cron_schedule=f"{at.minute} {at.hour} * * *",
        execution_timezone=company.time_zone,
        description="Every night: push all records of the day before. The hour is nightly_at in the company file.",
        default_status=dg.DefaultScheduleStatus.RUNNING
        if company.automation.switched_on
        else dg.DefaultScheduleStatus.STOPPED,
    )
    @tick
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        refuse_unusable(scope)
        day = context.scheduled_execution_time.astimezone(company.zone).date() - dt.timedelta(days=1)
        if day < company.first_day:
            return dg.SkipReason(f"{day} is before the first day that can be chosen, {company.first_day}.")
        return dg.RunRequest(
            run_key=f"nightly:{day}", partition_key=day.isoformat(), tags={REQUESTED_BY_TAG: NIGHTLY}
        )

    return nightly
