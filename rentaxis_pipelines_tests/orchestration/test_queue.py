"""What Dagster has to do for each company, on a real instance: its own runs alone, by its job or by its assets."""

import datetime as dt
from pathlib import Path

import dagster as dg
from dagster._core.test_utils import create_run_for_test
from dagster._daemon.types import DaemonHeartbeat

from rentaxis_pipelines.orchestration.queue import DEAD_AFTER, daemon_is_dead, daemon_seen_at, queues_of
from rentaxis_pipelines.reports.status import Queue
from rentaxis_pipelines.settings import scopes_from_environment
from rentaxis_pipelines_tests.support.company_folders import add_company_folder

NOW = dt.datetime(2026, 6, 20, 3, tzinfo=dt.UTC)


def test_runs_are_counted_for_their_own_company(tmp_path: Path, monkeypatch) -> None:
    """One whose short name begins with another's is another company; what has ended is in no queue."""
    monkeypatch.setenv("RENTAXIS_COMPANIES_FOLDER", str(tmp_path))
    for number, slug in enumerate(("elm", "elm_street", "oak")):
        add_company_folder(tmp_path, slug, str(number), "postgresql://localhost/nothing")
    status = dg.DagsterRunStatus
    with dg.DagsterInstance.ephemeral() as instance:
        for job, state in (
            ("bulk_sync__elm", status.NOT_STARTED),
            ("bulk_sync__elm_street", status.NOT_STARTED),
            ("push_days__elm_street", status.NOT_STARTED),
            ("push_days__elm_street", status.STARTED),
            ("bulk_sync__oak", status.SUCCESS),
            ("bulk_sync__oak", status.FAILURE),
        ):
            create_run_for_test(instance, job_name=job, status=state)
        create_run_for_test(
            instance,
            job_name="__ASSET_JOB",
            status=status.STARTING,
            asset_selection=frozenset({dg.AssetKey(["elm", "sync_results"])}),
        )
        queues = queues_of(instance, scopes_from_environment())
    assert queues == {"elm": Queue(1, 1), "elm_street": Queue(2, 1), "oak": Queue(0, 0)}


def test_the_daemon_was_seen_when_its_most_silent_part_was(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        parts = instance.get_required_daemon_types()
        for seconds, part in enumerate(parts[:-1]):
            instance.add_daemon_heartbeat(DaemonHeartbeat(NOW.timestamp() - seconds, part, "id", []))
        assert daemon_seen_at(instance) is None
        instance.add_daemon_heartbeat(DaemonHeartbeat(NOW.timestamp() - 90, parts[-1], "id", []))
        assert daemon_seen_at(instance) == NOW - dt.timedelta(seconds=90)
    assert daemon_is_dead(None, NOW)
    assert daemon_is_dead(NOW - DEAD_AFTER * 2, NOW)
    assert not daemon_is_dead(NOW - dt.timedelta(seconds=90), NOW)
