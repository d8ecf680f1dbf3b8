"""In which order what waits is started, by Dagster's own queue on the project's ``dagster.yaml``: real coordinator, real Postgres.

No code server answers here, so nothing is really started; the queue takes its decisions all the same, and writes them down.
"""

from collections.abc import Sequence

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.remote_origin import (
    GrpcServerCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.tags import PRIORITY_TAG
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget, GrpcServerTarget, WorkspaceLoadTarget
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon

from rentaxis_pipelines.demo.postgres import free_port
from rentaxis_pipelines.orchestration.launcher import UNCLEAR_START
from rentaxis_pipelines.orchestration.names import REALM_TAG
from rentaxis_pipelines_tests.orchestration.code_server import code_server

AT_ONCE = 3  # max_concurrent_runs in dagster.yaml
SENSOR = {PRIORITY_TAG: "-1"}
PERSON: dict[str, str] = {}
# The queue's own answers do not depend on the storage class.
pytestmark = pytest.mark.parametrize("instance", ["pooled"], indirect=True)


@dg.job
def job() -> None:
    pass


@pytest.fixture(autouse=True)
def _empty_queue(instance: dg.DagsterInstance):
    yield
    for run in instance.get_runs():
        instance.delete_run(run.run_id)


def origin(port: int = 1) -> RemoteJobOrigin:
    """Of a job behind a code server on that port."""
    location = GrpcServerCodeLocationOrigin("127.0.0.1", port, None, "companies")
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), "job")


def queued(instance: dg.DagsterInstance, realm: str, tags: dict[str, str], port: int = 1) -> str:
    run = instance.create_run_for_job(job, tags={REALM_TAG: realm, **tags}, remote_job_origin=origin(port))
    instance.report_dagster_event(DagsterEvent.job_enqueue(run), run_id=run.run_id)
    return run.run_id


def going(instance: dg.DagsterInstance, realm: str) -> str:
    tags = {REALM_TAG: realm}
    return instance.create_run_for_job(job, tags=tags, status=dg.DagsterRunStatus.STARTED).run_id


def dequeued(instance: dg.DagsterInstance, target: WorkspaceLoadTarget | None = None) -> None:
    """One round of the queue."""
    with WorkspaceProcessContext(instance, target or EmptyWorkspaceTarget()) as context:
        coordinator = QueuedRunCoordinatorDaemon(interval_seconds=0)
        list(coordinator.run_iteration(context))


def waiting(instance: dg.DagsterInstance) -> set[str]:
    return {run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED]))}


def began(instance: dg.DagsterInstance, runs: Sequence[str]) -> set[str]:
    """Those that the queue has started, or tried to."""
    return set(runs) - waiting(instance)


def test_runs_of_sensors_wait_behind_those_of_people_and_of_the_night(instance: dg.DagsterInstance):
    """Three sensor runs are first in line; the runs that people asked for afterwards go first nevertheless, then the sensors' in order."""
    sensors = [queued(instance, f"sensor {number}", SENSOR) for number in range(3)]
    people = [queued(instance, f"person {number}", PERSON) for number in range(4)]
    dequeued(instance)
    assert began(instance, [*sensors, *people]) == set(people[:AT_ONCE])
    dequeued(instance)
    assert began(instance, [*sensors, *people]) == {*people, *sensors[:2]}


def test_a_company_has_one_run_at_a_time_and_holds_nobody_else_up(instance: dg.DagsterInstance):
    """Two wait for the company whose run goes on, one of them a person's; another company's sensor run passes both."""
    going(instance, "elm")
    same = [queued(instance, "elm", PERSON), queued(instance, "elm", SENSOR)]
    other = [queued(instance, "birch", SENSOR), queued(instance, "birch", SENSOR)]
    dequeued(instance)
    assert began(instance, [*same, *other]) == {other[0]}


def test_a_run_that_is_declared_dead_frees_its_company_and_its_place(instance: dg.DagsterInstance):
    """All places are taken; when the dead run is ended, the next of its company is started in the same round."""
    dead = going(instance, "elm")
    for realm in ("birch", "oak"):
        going(instance, realm)
    after = queued(instance, "elm", PERSON)
    dequeued(instance)
    assert after in waiting(instance)
    instance.report_run_failed(instance.get_run_by_id(dead))  # pyright: ignore[reportArgumentType]
    dequeued(instance)
    assert after not in waiting(instance)


def test_while_the_code_server_is_restarted_the_queue_waits_for_it(instance: dg.DagsterInstance):
    """Nothing fails, and nothing else of that code location is tried until it had time to come back."""
    port = free_port()
    runs = [queued(instance, f"realm {number}", PERSON, port) for number in range(5)]
    with pytest.warns(UserWarning, match="Error loading repository location companies"):
        dequeued(instance, GrpcServerTarget("127.0.0.1", port, None, "companies"))
    assert waiting(instance) == set(runs)
    tried = [run for run in runs if "re-submitting the run into the queue" in said(instance, run)]
    assert len(tried) >= 1
    assert {run.status for run in instance.get_runs()} == {dg.DagsterRunStatus.QUEUED}


def test_a_start_of_which_nobody_knows_whether_it_worked_is_not_tried_again(instance: dg.DagsterInstance):
    """A second process of the same run could be in the way of the first: this run ends, and its retry is a run of its own."""
    with code_server() as server:
        run = queued(instance, "elm", PERSON, server.port)
        dequeued(instance, GrpcServerTarget("127.0.0.1", server.port, None, "companies"))
    assert server.started == [run]
    (stored,) = instance.get_runs()
    assert stored.status is dg.DagsterRunStatus.FAILURE
    (failure,) = (
        event.dagster_event.engine_event_data.error
        for event in instance.all_logs(run, of_type=DagsterEventType.ENGINE_EVENT)
        if event.dagster_event is not None and "dropping it from the queue" in event.message
    )
    assert failure is not None
    assert UNCLEAR_START in failure.message


def said(instance: dg.DagsterInstance, run_id: str) -> str:
    return "\n".join(event.message for event in instance.all_logs(run_id))
