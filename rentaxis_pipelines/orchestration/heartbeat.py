"""The sensor that calls each company's heartbeat address after its good nights.

Not here: what a good night is (``reports.nights``), the call (``notices.heartbeat``).
"""

from collections.abc import Sequence

import dagster as dg

from rentaxis_pipelines.ledger.database import connect, lost_connection_explained
from rentaxis_pipelines.notices.heartbeat import call
from rentaxis_pipelines.orchestration.ended_runs import settings_now, tick_of_ended_runs
from rentaxis_pipelines.orchestration.failures import tick
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.reports.nights import good_night_of
from rentaxis_pipelines.settings import Scope

_SECONDS = 15  # between two ticks


def heartbeat_sensor(scopes: Sequence[Scope]) -> dg.SensorDefinition:
    """One for all companies; the address is read anew each time."""

    @dg.sensor(
        name="heartbeat",
        description="Calls the address in HEARTBEAT_URL, if there is one, after each good night: every record type was pushed, and every row "
        "has its result.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=_SECONDS,
    )
    @tick
    def heartbeat(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        def react(scope: Scope, run: dg.DagsterRun) -> str:
            said, problem = _after(settings_now(scope), run.run_id)
            if problem:
                context.log.error(one_line(f"{scope.slug}: {said}"))
            return said

        return tick_of_ended_runs(context, scopes, dg.DagsterRunStatus.SUCCESS, react)

    return heartbeat


def _after(scope: Scope, run_id: str) -> tuple[str, bool]:
    """Call the company's address if the run was a good night's; what was done, and whether it failed."""
    url = scope.heartbeat_url
    if url is None:
        return "", False
    environment = scope.environment
    with (
        connect(environment.pipelines_database_url.get_secret_value()) as connection,
        lost_connection_explained(),
    ):
        day = good_night_of(connection, environment.quickbooks_realm_id, run_id)
    if day is None:
        return "", False
    problem = call(url)
    return (
        f"{scope.slug}: the night of {day} was good. {problem or 'The heartbeat address was called.'}",
        bool(problem),
    )
