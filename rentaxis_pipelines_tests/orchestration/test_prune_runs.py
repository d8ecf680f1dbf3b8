"""Dagster's old runs go with their events and logs; those that have not ended, and those of other companies, stay."""

import datetime as dt
from pathlib import Path

import dagster as dg
from dagster._core.test_utils import create_run_for_test

from rentaxis_pipelines.orchestration.prune_runs import prune_runs
from rentaxis_pipelines.settings import scopes_from_environment
from rentaxis_pipelines_tests.support.company_folders import add_company_folder


def test_ended_runs_of_the_companies_go_and_nothing_else(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("RENTAXIS_COMPANIES_FOLDER", str(tmp_path / "companies"))
    for number, slug in enumerate(("elm", "oak")):
        add_company_folder(tmp_path / "companies", slug, str(number), "postgresql://localhost/nothing")
    scopes = scopes_from_environment()
    status = dg.DagsterRunStatus
    (tmp_path / "home").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "home")) as instance:
        runs = {
            (job, state): create_run_for_test(instance, job_name=job, status=state).run_id
            for job in ("bulk_sync__elm", "bulk_sync__oak")
            for state in (status.SUCCESS, status.FAILURE, status.CANCELED, status.STARTED)
        }
        logs = Path(instance.storage_directory()) / runs["bulk_sync__elm", status.SUCCESS] / "compute_logs"
        logs.mkdir(parents=True)
        yesterday, tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=days) for days in (-1, 1))
        assert prune_runs(instance, None, yesterday, dry_run=False) == 0
        assert prune_runs(instance, scopes[:1], tomorrow, dry_run=True) == 3
        assert len(instance.get_runs()) == len(runs)
        assert prune_runs(instance, scopes[:1], tomorrow, dry_run=False) == 3
        left = {(run.job_name, run.status) for run in instance.get_runs()}
        assert left == {
            (job, state) for job, state in runs if job == "bulk_sync__oak" or state is status.STARTED
        }
        assert not logs.exists()
        assert prune_runs(instance, None, tomorrow, dry_run=False) == 3
        assert {run.status for run in instance.get_runs()} == {status.STARTED}
