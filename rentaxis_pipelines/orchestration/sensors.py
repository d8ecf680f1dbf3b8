"""What runs again automatically: missed nights, records fixed after they failed, records edited after they were pushed.

Here: what Dagster knows (runs that are queued, under way or were ended by a person) and what it is asked for. Not here: what is
worth a run, which the ledger and RentAxis say (``sync.resync.missed``, ``sync.resync.fixed``, ``sync.resync.edited``). An evaluation
that cannot read one of them fails its tick with the sentence that says why; nothing is noted, and the next tick tries again. Settings are
read once a tick.
"""

import datetime as dt
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from contextlib import contextmanager

import dagster as dg

from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.model.sync_request import ChosenDays
from rentaxis_pipelines.orchestration import push_days
from rentaxis_pipelines.orchestration.failures import tick
from rentaxis_pipelines.orchestration.jobs import AssetJob, keys_of, types_of_run
from rentaxis_pipelines.orchestration.names import BULK_SYNC, PUSH_DAYS, is_run_of, named
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.orchestration.run_tags import range_tags, tagged_days
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.reports.nights import MISSED, NIGHTLY
from rentaxis_pipelines.reports.reach import reach
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.resync import edited, fixed, missed
from rentaxis_pipelines.sync.resync.day_ranges import days_of
from rentaxis_pipelines.sync.resync.sensor_context import (
    SensorContext,
    SensorOutcome,
    both_databases,
    days_to_approve,
)
from rentaxis_pipelines.sync.run import utc_now

# Who asked, as the list of runs says it.
FIXED, EDITED = "sensor: records fixed", "sensor: records edited"

# Runs go one after another, so a longer queue would only be in the way of what a person launches.
MOST_RUNS = 5
_SECONDS = 30
_NOT_ENDED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
Job = dg.JobDefinition | AssetJob
Evaluate = Callable[[dg.SensorEvaluationContext, Scope], dg.SensorResult]


def sensors(
    scope: Scope, jobs: Sequence[AssetJob], push_days_job: dg.JobDefinition
) -> list[dg.SensorDefinition]:
    """The company's sensors. ``jobs``: those that push a range and force nothing; ``push_days_job``: the one for ranges with gaps between them."""
    return [
        _sensor(
            scope, missed.SENSOR, jobs, _missed_nights, 300,
            "Catches up on missed nights: recent days whose sync never finished. catch_up_days in the company file says how far back. "
            "A run that a person canceled is left alone.",
        ),
        _sensor(
            scope, fixed.SENSOR, [*jobs, push_days_job], _fixed_records, _SECONDS,
            "Pushes days again when a failed or waiting record may now succeed: it, its customer or its vendor was changed in RentAxis, "
            "a person decided about it, a mapping was corrected, or what it was waiting for has arrived. Where nothing has changed, "
            "nothing is retried.",
        ),
        _sensor(
            scope, edited.SENSOR, [*jobs, push_days_job], _edited_records, _SECONDS,
            "Pushes days again when their records were edited after they were pushed, or were entered late. Only days that were pushed "
            "before. The cursor is the time up to which every change has been pushed.",
        ),
    ]  # fmt: skip


def _sensor(
    scope: Scope, name: str, jobs: Sequence[Job], evaluate: Evaluate, seconds: int, description: str
) -> dg.SensorDefinition:
    @dg.sensor(
        name=named(scope, name),
        jobs=jobs,
        minimum_interval_seconds=seconds,
        default_status=dg.DefaultSensorStatus.RUNNING
        if scope.company.automation.switched_on
        else dg.DefaultSensorStatus.STOPPED,
        description=description,
    )
    @tick
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        return evaluate(context, scope.current())

    return sensor


def _missed_nights(context: dg.SensorEvaluationContext, scope: Scope) -> dg.SensorResult:
    with sensor_context(context, scope) as situation:
        since = situation.now - dt.timedelta(days=situation.company.automation.catch_up_days + 1)
        asked = dg.RunsFilter(
            job_name=named(scope, BULK_SYNC),
            statuses=[dg.DagsterRunStatus.CANCELED],
            created_after=since,
        )
        stopped = [
            run
            for run in _ours(context, scope, context.instance.get_runs(asked))
            if types_of_run(scope, run)
            == RECORD_TYPES  # who stops the invoices of a day has not stopped the night
        ]
        outcome = missed.evaluate(situation, NIGHTLY, _days_of(stopped))
    return _result(scope, outcome, MISSED)


def _fixed_records(context: dg.SensorEvaluationContext, scope: Scope) -> dg.SensorResult:
    def stopped_by_hand(run_ids: Collection[str]) -> Collection[str]:
        asked = dg.RunsFilter(run_ids=list(run_ids), statuses=[dg.DagsterRunStatus.CANCELED])
        return {run.run_id for run in context.instance.get_runs(asked)}

    with sensor_context(context, scope) as situation:
        outcome = fixed.evaluate(situation, stopped_by_hand)
    return _result(scope, outcome, FIXED)


def _edited_records(context: dg.SensorEvaluationContext, scope: Scope) -> dg.SensorResult:
    with sensor_context(context, scope) as situation:
        outcome, after = edited.evaluate(situation, _instant(context.cursor))
    return _result(scope, outcome, EDITED, cursor=after.isoformat())


@contextmanager
def sensor_context(context: dg.SensorEvaluationContext, scope: Scope) -> Generator[SensorContext]:
    """Everything one evaluation needs, as it is now."""
    environment, company = scope.environment, scope.company
    under_way = _ours(context, scope, context.instance.get_runs(dg.RunsFilter(statuses=_NOT_ENDED)))
    asked_by_us = [run for run in under_way if run.tags.get(REQUESTED_BY_TAG) in (MISSED, FIXED, EDITED)]
    now = utc_now()
    with both_databases(environment) as (ledger, source):
        yield SensorContext(
            ledger=ledger,
            source=source,
            environment=environment,
            company=company,
            now=now,
            reachable=reach(company, now) if company.first_day <= company.last_day(now) else None,
            busy=frozenset(
                _days_of(under_way) | days_to_approve(ledger, company, environment.quickbooks_realm_id, now)
            ),
            room=max(0, MOST_RUNS - len(asked_by_us)),
        )


def _ours(
    context: dg.SensorEvaluationContext, scope: Scope, runs: Iterable[dg.DagsterRun]
) -> list[dg.DagsterRun]:
    """Without those of another company, or of another code location: a Dagster instance may have several of both."""
    here = context.code_location_origin
    return [
        run
        for run in runs
        if is_run_of(scope, run)
        and (
            here is None
            or run.remote_job_origin is None
            or run.remote_job_origin.repository_origin.code_location_origin.location_name
            == here.location_name
        )
    ]


def _days_of(runs: Iterable[dg.DagsterRun]) -> set[dt.date]:
    """The days these runs are about."""
    days: set[dt.date] = set()
    for run in runs:
        days |= push_days.days_in(run.run_config)
        days.update(tagged_days(run.tags) or ())
    return days


def _instant(cursor: str | None) -> dt.datetime | None:
    """None for the first look, and for a cursor that somebody mistyped: then it looks back from the beginning."""
    try:
        instant = dt.datetime.fromisoformat(cursor or "")
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)


def _result(
    scope: Scope, outcome: SensorOutcome, requested_by: str, cursor: str | None = None
) -> dg.SensorResult:
    requests = [_request(scope, key, ranges, requested_by) for key, ranges in outcome.runs]
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else dg.SkipReason(one_line(outcome.summary)),
        cursor=cursor,
    )


def _request(scope: Scope, run_key: str, ranges: Sequence[ChosenDays], requested_by: str) -> dg.RunRequest:
    if len(ranges) > 1:
        days = sorted(days_of(ranges))
        return dg.RunRequest(
            run_key=run_key,
            job_name=named(scope, PUSH_DAYS),
            run_config=push_days.run_config(ranges),
            tags={REQUESTED_BY_TAG: requested_by, "days": f"{len(days)} days, {days[0]} to {days[-1]}"},
        )
    (chosen,) = ranges
    return dg.RunRequest(
        run_key=run_key,
        job_name=named(scope, BULK_SYNC),
        asset_selection=None if chosen.record_types == RECORD_TYPES else keys_of(scope, chosen.record_types),
        tags={**range_tags(chosen.days), REQUESTED_BY_TAG: requested_by},
    )
