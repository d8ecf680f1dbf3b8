"""What runs again automatically: missed nights, records fixed after they failed, records edited after they were pushed.

One sensor of each kind looks after all companies of the installation (``company_ticks``), each with its own switch (``switches``).
Here: what Dagster knows (runs that are queued, under way or were ended by a person) and what it is asked for. Not here: what is
worth a run, which the ledger and RentAxis say (``sync.resync.missed``, ``sync.resync.fixed``, ``sync.resync.edited``). A look at a company
that cannot read one of them says why; nothing is noted, and the next tick tries again. Settings are read anew at every look.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import dagster as dg
import sqlalchemy as sa

from rentaxis_pipelines.ledger.automation_switches import newest
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.model.sync_request import ChosenDays
from rentaxis_pipelines.orchestration import push_days
from rentaxis_pipelines.orchestration.company_ticks import Looked, OnButFailing, tick_of_every_company
from rentaxis_pipelines.orchestration.company_types import types_without_assets
from rentaxis_pipelines.orchestration.failures import tick
from rentaxis_pipelines.orchestration.jobs import AssetJob, assets_chosen, types_of_run
from rentaxis_pipelines.orchestration.names import (
    BULK_SYNC,
    PUSH_DAYS,
    companies_of,
    named,
)
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.orchestration.run_tags import range_tags, tagged_days
from rentaxis_pipelines.orchestration.schedules import refuse_unusable
from rentaxis_pipelines.orchestration.switches import FormerStates, former_cursor, former_states, is_on
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.reports.nights import MISSED, NIGHTLY
from rentaxis_pipelines.reports.reach import reach
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.resync import edited, fixed, missed
from rentaxis_pipelines.sync.resync.day_ranges import days_of
from rentaxis_pipelines.sync.resync.sensor_context import (
    SECONDS_FOR_RENTAXIS,
    SensorContext,
    SensorOutcome,
    days_to_approve,
    pipelines_database,
)
from rentaxis_pipelines.sync.run import utc_now

# Who asked, as the list of runs says it.
FIXED, EDITED = "sensor: records fixed", "sensor: records edited"

# A company's runs go one after another, so a longer queue would only be in the way of what a person launches.
MOST_RUNS = 5
# Dagster's queue begins with the highest number: what a person or the night asks for, at 0, goes before what a sensor does.
PRIORITY = {"dagster/priority": "-1"}
_SECONDS = 30
_LEAST_SECONDS = 5  # for a statement in RentAxis, at the end of a tick
_NOT_ENDED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
Job = dg.JobDefinition | AssetJob


@dataclass(frozen=True)
class Tick:
    """What one tick of a sensor knows of Dagster, for all companies; each thing is asked for once, by who first needs it."""

    context: dg.SensorEvaluationContext

    @cached_property
    def under_way(self) -> Sequence[dg.DagsterRun]:
        """The runs of this code location that have not ended."""
        return self.runs(dg.RunsFilter(statuses=_NOT_ENDED))

    @cached_property
    def former(self) -> FormerStates:
        """What Dagster knows of the sensors that companies had of their own."""
        return former_states(self.context.instance)

    def runs(self, which: dg.RunsFilter) -> list[dg.DagsterRun]:
        """Those of this code location: a Dagster instance may have several, with a company of the same short name in each."""
        here = self.context.code_location_origin
        return [
            run
            for run in self.context.instance.get_runs(which)
            if here is None
            or run.remote_job_origin is None
            or run.remote_job_origin.repository_origin.code_location_origin.location_name
            == here.location_name
        ]


@dataclass(frozen=True)
class CompanyLook:
    """One look at one company. ``scope``: with its settings as they are now. ``cursor``: up to where the sensor has looked."""

    shared: Tick
    scope: Scope
    situation: SensorContext
    cursor: str | None


# What is worth a run, and up to where it has been looked at (None where the sensor has no such point).
Evaluate = Callable[[CompanyLook], tuple[SensorOutcome, str | None]]


@dataclass(frozen=True)
class _Kind:
    """A kind of sensor. ``seconds``: between two ticks."""

    name: str
    requested_by: str
    evaluate: Evaluate
    seconds: int
    description: str


def sensors(scopes: Sequence[Scope], jobs: Sequence[Job]) -> list[dg.SensorDefinition]:
    """The sensors of all these companies. ``jobs``: each company's bulk_sync and push_days, which they may start."""
    return [_sensor(kind, scopes, jobs) for kind in _KINDS]


def _sensor(kind: _Kind, scopes: Sequence[Scope], jobs: Sequence[Job]) -> dg.SensorDefinition:
    @dg.sensor(
        name=kind.name,
        jobs=jobs,
        minimum_interval_seconds=kind.seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"{kind.description} It works for the companies that have switched it on, at the desk under Set-up, Automation.",
    )
    @tick
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        shared = Tick(context)

        def look(scope: Scope, cursor: str | None, seconds: float) -> Looked:
            return _look(kind, shared, scope, cursor, seconds)

        return tick_of_every_company(context, scopes, look)

    return sensor


def _look(kind: _Kind, shared: Tick, scope: Scope, cursor: str | None, seconds: float) -> Looked:
    """Look at one company. Raises what the settings or the ledger cannot do; OnButFailing once it is known to be switched on."""
    refuse_unusable(scope)
    now = scope.current()
    with pipelines_database(now.environment) as ledger:
        if not is_on(kind.name, now, newest(ledger, now.environment.quickbooks_realm_id), shared.former):
            return Looked(is_on=False)
        try:
            with source_of(now.environment, _statement_seconds(seconds)) as source:
                situation = sensor_context(shared, now, ledger, source)
                cursor = cursor or former_cursor(kind.name, now, shared.former)
                outcome, after = kind.evaluate(CompanyLook(shared, now, situation, cursor))
        except Exception as error:
            raise OnButFailing from error
    requests = [run_request(now, key, ranges, kind.requested_by) for key, ranges in outcome.runs]
    return Looked(outcome.summary, requests, after)


def _statement_seconds(seconds: float) -> int:
    """How long RentAxis may take for a statement, where the look may take so many seconds."""
    return max(_LEAST_SECONDS, min(SECONDS_FOR_RENTAXIS, int(seconds)))


def sensor_context(shared: Tick, scope: Scope, ledger: sa.Connection, source: sa.Connection) -> SensorContext:
    """Everything one look at a company needs, as it is now. ``scope``: with its settings as they are now."""
    environment, company = scope.environment, scope.company
    under_way = [run for run in shared.under_way if scope.slug in companies_of(run)]
    asked_by_us = [run for run in under_way if run.tags.get(REQUESTED_BY_TAG) in (MISSED, FIXED, EDITED)]
    now = utc_now()
    return SensorContext(
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


def _missed_nights(look: CompanyLook) -> tuple[SensorOutcome, None]:
    situation = look.situation
    asked = dg.RunsFilter(
        job_name=named(look.scope, BULK_SYNC),
        statuses=[dg.DagsterRunStatus.CANCELED],
        created_after=situation.now - dt.timedelta(days=situation.company.automation.catch_up_days + 1),
    )
    # Who stops the invoices of a day has not stopped the night.
    stopped = [run for run in look.shared.runs(asked) if types_of_run(look.scope, run) == RECORD_TYPES]
    return missed.evaluate(situation, NIGHTLY, _days_of(stopped)), None


def _fixed_records(look: CompanyLook) -> tuple[SensorOutcome, None]:
    def stopped_by_hand(run_ids: Collection[str]) -> Collection[str]:
        asked = dg.RunsFilter(run_ids=list(run_ids), statuses=[dg.DagsterRunStatus.CANCELED])
        return {run.run_id for run in look.shared.context.instance.get_runs(asked)}

    return fixed.evaluate(look.situation, stopped_by_hand), None


def _edited_records(look: CompanyLook) -> tuple[SensorOutcome, str]:
    outcome, after = edited.evaluate(look.situation, _instant(look.cursor))
    return outcome, after.isoformat()


_KINDS = (
    _Kind(
        missed.SENSOR, MISSED, _missed_nights, 300,
        "Catches up on missed nights: recent days whose sync never finished. catch_up_days in the company file says how far back. "
        "A run that a person canceled is left alone.",
    ),
    _Kind(
        fixed.SENSOR, FIXED, _fixed_records, _SECONDS,
        "Pushes days again when a failed or waiting record may now succeed: it, its customer or its vendor was changed in RentAxis, "
        "a person decided about it, a mapping was corrected, or what it was waiting for has arrived. Where nothing has changed, "
        "nothing is retried.",
    ),
    _Kind(
        edited.SENSOR, EDITED, _edited_records, _SECONDS,
        "Pushes days again when their records were edited after they were pushed, or were entered late. Only days that were pushed "
        "before. The cursor is, by company, the time up to which every change has been pushed.",
    ),
)  # fmt: skip


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


def run_request(scope: Scope, run_key: str, ranges: Sequence[ChosenDays], requested_by: str) -> dg.RunRequest:
    """One run over these ranges: the same job and assets as from the UI for one of them, the job of days for several."""
    tags = {REQUESTED_BY_TAG: requested_by, **PRIORITY}
    run_key = f"{scope.slug}:{run_key}"
    (first, *others), without_assets = ranges, types_without_assets(scope)
    is_choice = first.record_types != RECORD_TYPES
    # A type that the company file does not name has no assets to choose; a run of days pushes it all the same.
    if others or (is_choice and any(name in without_assets for name in first.record_types)):
        days = sorted(days_of(ranges))
        return dg.RunRequest(
            run_key=run_key,
            job_name=named(scope, PUSH_DAYS),
            run_config=push_days.run_config(ranges),
            tags={**tags, "days": f"{len(days)} days, {days[0]} to {days[-1]}"},
        )
    return dg.RunRequest(
        run_key=run_key,
        job_name=named(scope, BULK_SYNC),
        asset_selection=assets_chosen(scope, first.record_types),
        tags={**range_tags(first.days), **tags},
    )
