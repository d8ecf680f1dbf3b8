"""Dagster's own run launcher, which also knows whether a run's process lives. Named in ``dagster.yaml``; no code of ours uses it.

A run lives as long as its process holds its lock (``run_lock``) or the code server that started it says so. Not enough by itself: a code
server that does not answer, or knows nothing of the run, since a reload replaces it and a run outlives it. So a run without process and
code server, after a crash or a restart of its container, is ended within two minutes instead of holding the queue; one whose code server alone is
gone goes on, and can still be stopped. A run that never showed a lock, of another package's code location, is left alone.

What a dead run left open with QuickBooks is settled by the next run before it sends anything; that next run waits for the ledger's lock, should anything
here be mistaken.
"""

import logging
import time
from collections.abc import Callable

from dagster import DagsterRun, DefaultRunLauncher
from dagster._core.errors import (  # pinned exactly; the tests see it go
    DagsterLaunchFailedError,
    DagsterUserCodeProcessError,
    DagsterUserCodeUnreachableError,
)
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.remote_representation.code_location import GrpcServerCodeLocation
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import ConfigurableClassData, deserialize_value

from rentaxis_pipelines.orchestration import run_lock, warm_offers

_LOG = logging.getLogger(__name__)

# A process whose connection broke takes the lock again within seconds (executor.EVERY).
MISSING_SECONDS = 30.0
# Where the code server does not answer yet: without it Dagster could not repeat the run.
SILENT_SECONDS = 60.0
_ANSWER_SECONDS = 5
_LOOKS, _BETWEEN_LOOKS = 4, 2.5  # seconds, in all more than executor.EVERY: a person is waiting

GONE = (
    "The process that carried out this run is gone, and nothing else knows of it: it was killed, ran out of memory, or its machine or "
    "container was restarted. Nothing is lost: what was sent is noted, and the next run settles it before it sends anything."
)
UNCLEAR_START = (
    "The code server stopped answering while it was starting the run, so it is not known whether a process was started; if it was, it ends "
    "without doing anything. Nothing was sent."
)
_STOPPING = "No code server has this run, but its process lives. It was asked to stop; it finishes what is being sent first."


class WatchedRunLauncher(DefaultRunLauncher):
    """``DefaultRunLauncher`` with a health check, for Dagster's run monitoring, and a terminate that always answers."""

    clock: Callable[[], float] = staticmethod(time.monotonic)
    wait: Callable[[float], None] = staticmethod(time.sleep)

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self._missing_since: dict[str, float] = {}

    def launch_run(self, context: LaunchRunContext) -> None:
        """Raises DagsterUserCodeUnreachableError only before anything was started: then the queue may try the same run again."""
        if warm_offers.is_short(context.dagster_run) and warm_offers.hand_over(
            self._instance, context.dagster_run
        ):
            return
        origin = context.dagster_run.remote_job_origin
        if context.workspace is not None and origin is not None:
            location = context.workspace.get_code_location(origin.location_name)
            if isinstance(location, GrpcServerCodeLocation):
                location.client.ping("")
        try:
            super().launch_run(context)
        except DagsterUserCodeUnreachableError as error:
            raise DagsterLaunchFailedError(UNCLEAR_START) from error

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Dagster's run monitoring asks for every started run."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """NOT_FOUND, with a sentence, for a run whose lock was missing for half a minute and whose code server does not have it.

        Raises what ``run_lock.is_held`` raises: the monitor notes it and looks again.
        """
        since = self._missing_since.pop(run.run_id, None)
        storage = run_lock.storage_of(self._instance)
        if storage is None or not run_lock.is_marked(run) or run_lock.is_held(storage, run.run_id):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        now = self.clock()
        missing = 0.0 if since is None else now - since
        if missing >= MISSING_SECONDS:
            has_it = self._server_has(run.run_id)
            if has_it is False or (has_it is None and missing >= SILENT_SECONDS):
                return CheckRunHealthResult(WorkerStatus.NOT_FOUND, GONE)
        self._missing_since[run.run_id] = now - missing
        return CheckRunHealthResult(WorkerStatus.RUNNING)

    def terminate(self, run_id: str) -> bool:
        """Whether the run was asked to stop, or is ended now because nothing carries it out any more. False for one that has ended
        already, and for one that nothing is known of.
        """
        try:
            if super().terminate(run_id):
                return True
        except (DagsterUserCodeProcessError, DagsterUserCodeUnreachableError):
            _LOG.info("The code server that started the run %s did not stop it.", run_id)
        run = self._instance.get_run_by_id(run_id) if self.has_instance else None
        return run is not None and not run.is_finished and self._stop_without_server(run)

    def _stop_without_server(self, run: DagsterRun) -> bool:
        storage = run_lock.storage_of(self._instance)
        if storage is None or not run_lock.is_marked(run):
            return False
        for look in range(_LOOKS):
            if run_lock.is_held(storage, run.run_id):
                run_lock.ask_to_stop(self._instance, run.run_id)
                self._instance.report_engine_event(_STOPPING, run, cls=type(self))
                return True
            if look + 1 < _LOOKS:
                self.wait(_BETWEEN_LOOKS)
        left = self._instance.get_run_by_id(run.run_id)  # it may have come to its end meanwhile
        if left is None or left.is_finished:
            return False
        self._instance.report_run_canceled(left, GONE)
        return True

    def _server_has(self, run_id: str) -> bool | None:
        """Whether the code server that started the run has it; None if it does not answer. A run of the command line has none."""
        client = self._get_grpc_client_for_termination(run_id)
        if client is None:
            return False
        try:
            answer = client.can_cancel_execution(
                CanCancelExecutionRequest(run_id=run_id), timeout=_ANSWER_SECONDS
            )
        except DagsterUserCodeUnreachableError:
            return None
        return deserialize_value(answer, CanCancelExecutionResult).can_cancel
