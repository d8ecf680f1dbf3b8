"""Sensors that tell people how unattended runs went, for all companies.

Here: what Dagster knows of a run. Not here: which run (``ended_runs``); what is said, when it is due and how it is sent (``notices``). A
notice that cannot be sent is logged with the reason; it fails neither the run nor the sensor.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Literal

import dagster as dg

from rentaxis_pipelines.ledger.database import LedgerError
from rentaxis_pipelines.notices.facts import Facts, FromLedger, ask_ledger
from rentaxis_pipelines.notices.send import send
from rentaxis_pipelines.notices.text import is_due, message
from rentaxis_pipelines.orchestration.ended_runs import settings_now, tick_of_ended_runs
from rentaxis_pipelines.orchestration.failures import sentence_of, tick
from rentaxis_pipelines.orchestration.names import plain
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.orchestration.push_days import days_in
from rentaxis_pipelines.orchestration.run_tags import tagged_days
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.reports.nights import NIGHTS
from rentaxis_pipelines.settings import Environment, Scope, SettingsError
from rentaxis_pipelines.sync.connection import connection_of

# Set by Dagster on a run that it starts again by itself: that one's end is what counts.
_WILL_RETRY = "dagster/will_retry"
_SECONDS = 15  # between two ticks

Ended = Literal["success", "failure", "canceled"]
_ENDED: dict[Ended, dg.DagsterRunStatus] = {
    "success": dg.DagsterRunStatus.SUCCESS,
    "failure": dg.DagsterRunStatus.FAILURE,
    "canceled": dg.DagsterRunStatus.CANCELED,
}


def notice_sensors(scopes: Sequence[Scope]) -> list[dg.SensorDefinition]:
    """One sensor for each way a run can end, for all companies; whom it tells is read anew each time."""
    return [_sensor(scopes, ended) for ended in _ENDED]


def _sensor(scopes: Sequence[Scope], ended: Ended) -> dg.SensorDefinition:
    @dg.sensor(
        name=f"notice_of_{ended}",
        description="Sends a notice, by e-mail or web call, as `notice` in the company file says.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=_SECONDS,
    )
    @tick
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        def react(scope: Scope, run: dg.DagsterRun) -> str:
            problems = _told(context.instance, settings_now(scope), run, ended)
            for problem in problems or ():
                context.log.error(
                    one_line(f"{scope.slug}: the notice of run {run.run_id} was not sent. {problem}")
                )
            return "" if problems is None else " ".join(problems) or "The notice was sent."

        return tick_of_ended_runs(context, scopes, _ENDED[ended], react)

    return sensor


def _told(instance: dg.DagsterInstance, scope: Scope, run: dg.DagsterRun, ended: Ended) -> list[str] | None:
    """Send the notice; returns why it was not sent, or None where none is due."""
    notice = scope.company.notice
    if notice.when == "never" or (notice.email is None and not notice.webhook):
        return None
    if ended == "failure" and run.tags.get(_WILL_RETRY) == "true":
        return None
    facts = _facts(instance, scope, run, ended)
    if not is_due(facts, notice):
        return None
    try:
        return send(notice, scope.notice_secrets, message(facts, notice))
    except SettingsError as error:
        return [str(error)]


def _facts(instance: dg.DagsterInstance, scope: Scope, run: dg.DagsterRun, ended: Ended) -> Facts:
    notice = scope.company.notice
    try:
        environment = scope.environment
    except SettingsError:  # said by whatever the run needed it for; that the run ended is told all the same
        environment, said = None, FromLedger(reached=False)
    else:
        said = ask_ledger(
            environment.pipelines_database_url.get_secret_value(),
            environment.quickbooks_realm_id,
            run.run_id,
            details=notice.include_details,
        )
    days = sorted(tagged_days(run.tags) or days_in(run.run_config))
    return Facts(
        run_id=run.run_id,
        job=plain(run.job_name),
        company=scope.slug,
        first_day=str(days[0]) if days else None,
        last_day=str(days[-1]) if days else None,
        ended=ended,
        nightly=run.tags.get(REQUESTED_BY_TAG) in NIGHTS,
        ledger=said.reached,
        counted=said.counted,
        checks_failed=sorted(_checks_failed(instance, run.run_id)),
        details=said.details,
        plan=said.plan,
        error=_error(instance, run.run_id) if notice.include_details else None,
        connection=_connection(environment) if environment is not None else None,
    )


def _connection(environment: Environment) -> str | None:
    """What has to be done before the connection expires. A database or key that fails is the run's own error and is not reported here."""
    try:
        known = connection_of(environment, dt.datetime.now(dt.UTC))
    except (LedgerError, QuickBooksError):
        return None
    return known.warning if known.connected else None


def _checks_failed(instance: dg.DagsterInstance, run_id: str) -> Iterator[str]:
    """Checks of the run that found something wrong; a warning (rows left failed) is in the counts already."""
    for event in _events(instance, run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        evaluation = event.asset_check_evaluation_data
        if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR:
            yield f"{evaluation.asset_key.to_user_string()} {evaluation.check_name}"


def _error(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """The sentence of the step that failed first."""
    failures = _events(instance, run_id, dg.DagsterEventType.STEP_FAILURE)
    return next(filter(None, map(sentence_of, failures)), None)


def _events(
    instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType
) -> Iterator[dg.DagsterEvent]:
    """The run's events of that kind, oldest first."""
    for record in instance.get_records_for_run(run_id, of_type=kind).records:
        if (event := record.event_log_entry.dagster_event) is not None:
            yield event
