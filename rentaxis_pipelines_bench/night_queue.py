"""A thousand nightly runs through Dagster's own queue: real coordinator, real daemon's rounds, ``dagster.yaml`` as it is, a durable Postgres.

The runs themselves are stood in for: each takes its place and ends, one in ten writes as many events as a real one. So the figures are what Dagster
costs, and nothing else. Not here: what a real run costs (``companies``).
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import dagster as dg
import psycopg
import yaml
from dagster._core.events import DagsterEvent, DagsterEventType, EngineEventData
from dagster._core.events.log import EventLogEntry
from dagster._core.launcher.base import LaunchRunContext, RunLauncher
from dagster._core.remote_origin import (
    GrpcServerCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from rentaxis_pipelines.demo import postgres
from rentaxis_pipelines.orchestration.names import REALM_TAG
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.settings.shipped import DAGSTER_FILE

EVENTS_A_RUN = 169  # counted in a real night: 147 a run and 22 a day of its range
EVENTS_OF_ONE_IN = 10  # runs; the others write only that they began and ended
_TEXT = "x" * 1_400  # with what is around it, the 1.8 kB of an ordinary event


class Queued(NamedTuple):
    """``create``: seconds to write down and queue all runs. ``dequeue``: of the rounds that start them, runs ended in between left out.

    ``end``: seconds that the stand-ins take to begin and end; ``sampled`` of them with a real run's events. ``most``: runs at once;
    ``twice``: whether one company had two.
    """

    runs: int
    rounds: int
    create: float
    dequeue: float
    end: float
    sampled: int
    event_rows: int
    megabytes: float
    most: int
    twice: bool


class StandInLauncher(RunLauncher, ConfigurableClass):
    """Starts nothing: the run stands among those under way until it is ended by hand."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        super().__init__()

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        del config_value
        return cls(inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        self._instance.report_engine_event("Stood in for", context.dagster_run)

    def terminate(self, run_id: str) -> bool:
        del run_id
        return False


@dg.job
def _nightly() -> None:
    pass


def measure(companies: int = 1_000, events: int = EVENTS_A_RUN) -> Queued:
    """One run for each company, all queued at once, as at an hour that all companies share."""
    with (
        dagster_instance() as (instance, url),
        WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as context,
    ):
        began = time.perf_counter()
        for number in range(companies):
            _queue(instance, number)
        created = time.perf_counter() - began
        daemon = QueuedRunCoordinatorDaemon(interval_seconds=0)
        dequeuing = writing = 0.0
        rounds = most = ended = sampled = 0
        twice = False
        while ended < companies:
            began = time.perf_counter()
            list(daemon.run_iteration(context))
            dequeuing += time.perf_counter() - began
            going = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING]))
            rounds, most = rounds + 1, max(most, len(going))
            twice = twice or len({run.tags[REALM_TAG] for run in going}) < len(going)
            began = time.perf_counter()
            for run in going:
                ended += 1
                with_events = ended % EVENTS_OF_ONE_IN == 1
                sampled += with_events
                _end(instance, run, events if with_events else 0)
            writing += time.perf_counter() - began
        rows, size = _stored(url)
    return Queued(companies, rounds, created, dequeuing, writing, sampled, rows, size, most, twice)


def _queue(instance: dg.DagsterInstance, number: int) -> None:
    location = GrpcServerCodeLocationOrigin("127.0.0.1", 1, None, "companies")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), "_nightly")
    tags = {REALM_TAG: str(number), REQUESTED_BY_TAG: "nightly schedule", "dagster/partition": "2026-10-01"}
    run = instance.create_run_for_job(_nightly, tags=tags, remote_job_origin=origin)
    instance.report_dagster_event(DagsterEvent.job_enqueue(run), run_id=run.run_id)


def _end(instance: dg.DagsterInstance, run: dg.DagsterRun, events: int) -> None:
    """What its process would have written: its beginning, its steps' events in batches, its end."""
    instance.report_dagster_event(
        DagsterEvent(DagsterEventType.PIPELINE_START.value, run.job_name), run_id=run.run_id
    )
    entry = EventLogEntry(
        user_message="", level=10, run_id=run.run_id, timestamp=time.time(), error_info=None, job_name=run.job_name,
        dagster_event=DagsterEvent(
            DagsterEventType.ENGINE_EVENT.value, run.job_name, message=_TEXT, event_specific_data=EngineEventData()
        ),
    )  # fmt: skip
    for _ in range(events):  # a real run's are written one by one too, but for those of partitions
        instance.event_log_storage.store_event(entry)
    instance.report_dagster_event(
        DagsterEvent(DagsterEventType.PIPELINE_SUCCESS.value, run.job_name), run_id=run.run_id
    )


def _stored(url: str) -> tuple[int, float]:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select (select count(*) from event_logs), pg_database_size(current_database()) / 1e6"
        ).fetchone()
    assert row is not None
    return row[0], float(row[1])


@contextmanager
def dagster_instance() -> Iterator[tuple[dg.DagsterInstance, str]]:
    """Dagster's instance of ``dagster.yaml`` with the stand-in launcher, on a Postgres of its own; and that one's address."""
    folder = Path(tempfile.mkdtemp(prefix="rentaxis-bench-"))
    server = postgres.start(folder / "postgres", durable=True)
    settings = yaml.safe_load(DAGSTER_FILE.read_text())
    settings["run_launcher"] = {"module": __name__, "class": StandInLauncher.__name__}
    before = dict(os.environ)
    try:
        url = server.create_database("dagster")
        os.environ |= {
            "DAGSTER_HOME": str(folder), "DAGSTER_PG_HOST": server.hostname, "DAGSTER_PG_PORT": str(server.port),
            "DAGSTER_PG_USERNAME": server.username, "DAGSTER_PG_PASSWORD": server.password, "DAGSTER_PG_DB": "dagster",
        }  # fmt: skip
        (folder / "dagster.yaml").write_text(yaml.safe_dump(settings))
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            yield instance, url
    finally:
        os.environ.clear()
        os.environ.update(before)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
