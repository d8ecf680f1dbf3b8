"""Runs of a company that have not ended, as Dagster knows them. Not here: whether one pushes at this moment (``ledger.locks``)."""

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES  # pinned exactly; the tests see it go

from rentaxis_pipelines.orchestration.dagster_home import home
from rentaxis_pipelines.orchestration.launch import instance
from rentaxis_pipelines.orchestration.names import REALM_TAG


def runs_not_ended(realm: str) -> list[str]:
    """Their ids, those in the queue included; none where no DAGSTER_HOME is set. Raises CannotLaunch where it cannot be opened."""
    if not home():
        return []
    with instance() as kept:
        chosen = dg.RunsFilter(tags={REALM_TAG: realm}, statuses=NOT_FINISHED_STATUSES)
        return [run.run_id for run in kept.get_runs(chosen)]
