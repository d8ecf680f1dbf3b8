"""Whether a run lives, as Dagster's own run monitoring asks, and what a click on Terminate does where the code server cannot help.

Real Postgres, Dagster's own monitor and launcher; the clock is the test's own.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

import dagster as dg
import pytest
from dagster._core.launcher.base import WorkerStatus
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration
from dagster_postgres import PostgresRunStorage

from rentaxis_pipelines.demo.postgres import Server, free_port
from rentaxis_pipelines.orchestration import run_lock
from rentaxis_pipelines.orchestration.launcher import (
    GONE,
    MISSING_SECONDS,
    SILENT_SECONDS,
    WatchedRunLauncher,
)
from rentaxis_pipelines.orchestration.run_lock import DATABASE_AWAY, RunLock
from rentaxis_pipelines_tests.orchestration.code_server import CodeServer, code_server
from rentaxis_pipelines_tests.orchestration.conftest import cut_off

POLL = 20.0  # seconds, as in dagster.yaml


@dg.job
def job() -> None:
    pass


@dataclass
class Watch:
    """Dagster with the launcher that its ``dagster.yaml`` names; ``now`` is what the launcher's clock says."""

    instance: dg.DagsterInstance
    launcher: WatchedRunLauncher
    now: float = 1000.0
    waited: list[float] = field(default_factory=list)

    @property
    def storage(self) -> PostgresRunStorage:
        storage = run_lock.storage_of(self.instance)
        assert storage is not None
        return storage

    def run(self, marked: bool = True, server: CodeServer | None = None) -> str:
        """A run that goes on, started by that server, or by one that is gone."""
        tags = (server or CodeServer(port=free_port())).tag
        run = self.instance.create_run_for_job(job, tags=tags, status=dg.DagsterRunStatus.STARTED)
        if marked:
            self.instance.add_run_tags(run.run_id, run_lock.mark(run.run_id))
        return run.run_id

    def stored(self, run_id: str) -> dg.DagsterRun:
        run = self.instance.get_run_by_id(run_id)
        assert run is not None
        return run

    def health(self, run_id: str, after: float = 0.0) -> WorkerStatus:
        self.now += after
        return self.launcher.check_run_worker_health(self.stored(run_id)).status

    def monitored(self, after: float = 0.0) -> None:
        """One round of Dagster's own monitor."""
        self.now += after
        with WorkspaceProcessContext(self.instance, EmptyWorkspaceTarget()) as context:
            errors = list(execute_run_monitoring_iteration(context, logging.getLogger("monitor")))
        assert [error for error in errors if error is not None] == []

    def said(self, run_id: str) -> str:
        return "\n".join(event.message for event in self.instance.all_logs(run_id))


@pytest.fixture
def watch(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> Watch:
    launcher = instance.run_launcher
    assert isinstance(launcher, WatchedRunLauncher)
    watch = Watch(instance, launcher)
    monkeypatch.setattr(launcher, "clock", lambda: watch.now)
    monkeypatch.setattr(launcher, "wait", watch.waited.append)
    return watch


@pytest.fixture(scope="module")
def server() -> Iterator[CodeServer]:
    with code_server() as served:
        yield served


def test_a_run_without_process_and_code_server_is_ended_within_two_minutes(watch: Watch):
    """Dagster's own monitor, every twenty seconds, ends it as failed with the sentence; a run that holds its lock goes on beside it."""
    dead, alive = watch.run(), watch.run()
    lock = RunLock(watch.storage, alive)
    assert lock.take()
    watch.monitored()
    rounds = 1
    while not watch.stored(dead).is_finished:
        watch.monitored(after=POLL)
        rounds += 1
        assert rounds * POLL <= 80  # the rest of the two minutes is for noticing that a machine is lost
    lock.drop()
    assert watch.stored(dead).status is dg.DagsterRunStatus.FAILURE
    assert watch.stored(alive).status is dg.DagsterRunStatus.STARTED
    assert GONE in watch.said(dead)


def test_a_run_is_gone_only_after_its_lock_was_missing_all_the_time(watch: Watch, server: CodeServer):
    """A process whose connection broke takes the lock again within seconds; each time it was seen, the time begins anew."""
    run = watch.run(server=server)
    lock = RunLock(watch.storage, run)
    assert watch.health(run) is WorkerStatus.RUNNING
    assert watch.health(run, after=MISSING_SECONDS - 1) is WorkerStatus.RUNNING
    assert lock.take()
    assert watch.health(run, after=1) is WorkerStatus.RUNNING
    lock.drop()
    assert watch.health(run) is WorkerStatus.RUNNING
    assert watch.health(run, after=MISSING_SECONDS - 1) is WorkerStatus.RUNNING
    assert watch.health(run, after=1) is WorkerStatus.NOT_FOUND


# Dagster tries for ten seconds before it gives up.
@pytest.mark.parametrize("instance", ["plain"], indirect=True)
def test_while_dagsters_database_is_away_nobody_is_declared_dead(
    watch: Watch, postgres: Server, server: CodeServer
):
    """What cannot be asked is not known: the time in which nobody could look does not count."""
    run = watch.run(server=server)
    stored = watch.stored(run)
    assert watch.health(run) is WorkerStatus.RUNNING
    with cut_off(postgres), pytest.raises(DATABASE_AWAY):
        watch.now += 3600
        watch.launcher.check_run_worker_health(stored)
    assert watch.health(run) is WorkerStatus.RUNNING
    assert watch.health(run, after=MISSING_SECONDS) is WorkerStatus.NOT_FOUND


def test_a_run_whose_code_server_has_it_goes_on(watch: Watch, server: CodeServer):
    """However long its lock cannot be seen."""
    run = watch.run(server=server)
    server.has.add(run)
    for _ in range(4):
        assert watch.health(run, after=MISSING_SECONDS) is WorkerStatus.RUNNING
    server.has.remove(run)  # the server was restarted: it answers, and knows nothing of it
    assert watch.health(run, after=MISSING_SECONDS) is WorkerStatus.NOT_FOUND


def test_a_code_server_that_is_still_starting_is_waited_for_a_while(watch: Watch):
    """Dagster repeats a run once it is declared dead, and cannot without the code server; but the queue is freed all the same."""
    run = watch.run()
    assert watch.health(run) is WorkerStatus.RUNNING
    assert watch.health(run, after=SILENT_SECONDS - 1) is WorkerStatus.RUNNING
    assert watch.health(run, after=1) is WorkerStatus.NOT_FOUND


def test_a_run_that_never_showed_a_lock_is_left_alone(watch: Watch):
    """One of another package's code location, or of a version before: its missing lock says nothing."""
    run = watch.run(marked=False)
    for _ in range(4):
        assert watch.health(run, after=MISSING_SECONDS) is WorkerStatus.RUNNING
    assert watch.launcher.terminate(run) is False  # "unable to terminate", no error; run monitoring ends it
    assert watch.stored(run).status is dg.DagsterRunStatus.CANCELING


@pytest.mark.parametrize("answers", [False, True])
def test_terminate_ends_a_run_that_nothing_carries_out_any_more(
    watch: Watch, server: CodeServer, answers: bool
):
    """Whether its code server is gone or came back without it: the run is canceled at once, with the sentence, and no error is raised."""
    run = watch.run(server=server if answers else None)
    assert watch.launcher.terminate(run) is True
    assert watch.stored(run).status is dg.DagsterRunStatus.CANCELED
    assert GONE in watch.said(run)
    assert sum(watch.waited) > 5  # a process that was cut off for a moment had time to come back
    assert watch.launcher.terminate(run) is False


@pytest.mark.parametrize("answers", [False, True])
def test_terminate_reaches_a_process_that_outlived_its_code_server(
    watch: Watch, server: CodeServer, answers: bool
):
    """It is asked through the database, and ends by itself: nobody else calls it ended while it may be sending."""
    run = watch.run(server=server if answers else None)
    lock = RunLock(watch.storage, run)
    assert lock.take()
    assert watch.launcher.terminate(run) is True
    lock.drop()
    assert watch.stored(run).status is dg.DagsterRunStatus.CANCELING
    assert run_lock.is_asked_to_stop(watch.instance, run)
    assert "finishes what is being sent first" in watch.said(run)


def test_terminate_leaves_a_run_to_the_code_server_that_has_it(watch: Watch, server: CodeServer):
    """It passes the wish on to the process: a second signal would end that in the middle of a request."""
    run = watch.run(server=server)
    server.has.add(run)
    assert watch.launcher.terminate(run) is True
    assert server.stopped.count(run) == 1
    assert not run_lock.is_asked_to_stop(watch.instance, run)


def test_a_run_that_ended_by_itself_meanwhile_is_not_called_canceled(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
):
    """Its last row was recorded while somebody looked for its process."""
    run = watch.run()

    def end(seconds: float) -> None:
        if not watch.stored(run).is_finished:
            watch.instance.report_run_failed(watch.stored(run))

    monkeypatch.setattr(watch.launcher, "wait", end)
    assert watch.launcher.terminate(run) is False
    assert watch.stored(run).status is dg.DagsterRunStatus.FAILURE
