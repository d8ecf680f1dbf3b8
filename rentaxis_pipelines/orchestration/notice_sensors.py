"""Sensors that tell people how unattended runs went.

Here: which run, and what Dagster knows of it. Not here: what is said, when it is due and how it is sent (``notices``). A notice that
cannot be sent is logged with the reason; it fails neither the run nor the sensor.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Literal

import dagster as dg

from rentaxis_pipelines.ledger.database import LedgerError
from rentaxis_pipelines.notices.facts import Facts, ask_ledger
from rentaxis_pipelines.notices.send import send
from rentaxis_pipelines.notices.text import is_due, message
from rentaxis_pipelines.orchestration.failures import sentence_of, tick
from rentaxis_pipelines.orchestration.names import is_run_of, named, plain
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.orchestration.push_days import days_in
from rentaxis_pipelines.orchestration.run_tags import tagged_days
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.reports.nights import NIGHTS
from rentaxis_pipelines.settings import Environment, Notice, Scope, SettingsError
from rentaxis_pipelines.sync.connection import connection_of

# Set by Dagster on a run that it starts again by itself: that one's end is what counts.
_WILL_RETRY = "dagster/will_retry"

Ended = Literal["success", "failure", "canceled"]
_ENDED: dict[Ended, dg.DagsterRunStatus] = {
    "success": dg.DagsterRunStatus.SUCCESS,
    "failure": dg.DagsterRunStatus.FAILURE,
    "canceled": dg.DagsterRunStatus.CANCELED,
}


def notice_sensors(scope: Scope) -> list[dg.SensorDefinition]:
    """One sensor for each way a run of the company can end; none if nobody is to be notified."""
    notice = scope.company.notice
    if notice.when == "never" or (notice.email is None and not notice.webhook):
        return []
    return [_sensor(scope, ended, notice) for ended in _ENDED]


def _sensor(scope: Scope, ended: Ended, notice: Notice) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        run_status=_ENDED[ended],
        name=named(scope, f"notice_of_{ended}"),
        description="Sends a notice, by e-mail or web call, as `notice` in the company file says.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @tick
    def sensor(context: dg.RunStatusSensorContext) -> dg.SkipReason:
        if not is_run_of(scope, context.dagster_run):
            return dg.SkipReason("The run is another company's.")
        if ended == "failure" and context.dagster_run.tags.get(_WILL_RETRY) == "true":
            return dg.SkipReason("Dagster retries this run automatically.")
        facts = _facts(context, scope, ended, notice)
        if not is_due(facts, notice):
            return dg.SkipReason("No notice is due.")
        try:
            problems = send(notice, scope.notice_secrets, message(facts, notice))
        except SettingsError as error:
            problems = [str(error)]
        for problem in problems:
            context.log.error(one_line(f"The notice of run {facts.run_id} was not sent. {problem}"))
        return dg.SkipReason(one_line(" ".join(problems)) or "The notice was sent.")

    return sensor


def _facts(context: dg.RunStatusSensorContext, scope: Scope, ended: Ended, notice: Notice) -> Facts:
    run = context.dagster_run
    environment = scope.environment
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
        checks_failed=sorted(_checks_failed(context)),
        details=said.details,
        plan=said.plan,
        error=_error(context) if notice.include_details else None,
        connection=_connection(environment),
    )


def _connection(environment: Environment) -> str | None:
    """What has to be done before the connection expires. A database or key that fails is the run's own error and is not reported here."""
    try:
        known = connection_of(environment, dt.datetime.now(dt.UTC))
    except (LedgerError, QuickBooksError):
        return None
    return known.warning if known.connected else None


def _checks_failed(context: dg.RunStatusSensorContext) -> Iterator[str]:
    """Checks of the run that found something wrong; a warning (rows left failed) is in the counts already."""
    for event in _events(context, dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        evaluation = event.asset_check_evaluation_data
        if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR:
            yield f"{evaluation.asset_key.to_user_string()} {evaluation.check_name}"


def _error(context: dg.RunStatusSensorContext) -> str | None:
    """The sentence of the step that failed first."""
    failures = _events(context, dg.DagsterEventType.STEP_FAILURE)
    return next(filter(None, map(sentence_of, failures)), None)


def _events(context: dg.RunStatusSensorContext, kind: dg.DagsterEventType) -> Iterator[dg.DagsterEvent]:
    """The run's events of that kind, oldest first."""
    run_id = context.dagster_run.run_id
    for record in context.instance.get_records_for_run(run_id, of_type=kind).records:
        if (event := record.event_log_entry.dagster_event) is not None:
            yield event
