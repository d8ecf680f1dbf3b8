"""Everything Dagster knows of this project. ``build_defs`` assembles it; tests hand in other resources.

Not here: any asset, job or rule. Loading reads the company file and nothing else: no network, no database.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from rentaxis_pipelines.orchestration import notice_sensors
from rentaxis_pipelines.orchestration.assets.extract import rentaxis_records
from rentaxis_pipelines.orchestration.assets.match import customer_matches
from rentaxis_pipelines.orchestration.assets.reports import reconcile_job, report_assets, report_checks
from rentaxis_pipelines.orchestration.assets.results import sync_results
from rentaxis_pipelines.orchestration.assets.snapshot import snapshot_assets
from rentaxis_pipelines.orchestration.assets.staging import Staging
from rentaxis_pipelines.orchestration.assets.sync import sync_assets
from rentaxis_pipelines.orchestration.decision_jobs import decision_jobs
from rentaxis_pipelines.orchestration.jobs import refresh_quickbooks_snapshot, sync_jobs
from rentaxis_pipelines.orchestration.options import SyncOptions
from rentaxis_pipelines.orchestration.push_days import push_days_job
from rentaxis_pipelines.orchestration.push_record import push_record_job
from rentaxis_pipelines.orchestration.schedules import nightly
from rentaxis_pipelines.orchestration.sensors import sensors
from rentaxis_pipelines.orchestration.session import SyncSession

# Whom the UI names for every asset: the people who read the results and mend the records.
OWNERS = ["team:bookkeeping"]

default_assets = [
    *snapshot_assets,
    rentaxis_records,
    customer_matches,
    *sync_assets,
    sync_results,
    *report_assets,
]


def default_resources() -> dict[str, Any]:
    """Resources by key, connected through environment variables when a step first uses them."""
    return {
        "staging": Staging(),
        "plan_id": dg.mem_io_manager,  # a plan id is handed on within one process; the plan itself is in the ledger
        "session": SyncSession(),
        "options": SyncOptions.configure_at_launch(),
    }


def build_defs(*, resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """The definitions, with some resources replaced."""
    return dg.Definitions(
        assets=dg.map_asset_specs(lambda spec: spec.replace_attributes(owners=OWNERS), default_assets),
        asset_checks=report_checks,
        jobs=[
            *sync_jobs(),
            push_record_job,
            push_days_job,
            *decision_jobs,
            refresh_quickbooks_snapshot,
            reconcile_job,
        ],
        schedules=[nightly],
        sensors=[*sensors, *notice_sensors.sensors],
        resources={**default_resources(), **(resource_overrides or {})},
        # One process a run: the realm's lock and the snapshot of RentAxis are held across its steps.
        executor=dg.in_process_executor,
    )


defs = build_defs()
