"""Everything Dagster knows about these companies. ``build_defs`` assembles it; tests hand in other resources.

Not here: any asset, job or rule. Read here are each company's staging models, so that one that cannot be used is known when
definitions load and not by tonight's run; the company files were read with the scopes. No network, no database.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from rentaxis_pipelines.orchestration.assets.extract import extract_asset
from rentaxis_pipelines.orchestration.assets.match import match_asset
from rentaxis_pipelines.orchestration.assets.reports import report_assets, run_adds_up
from rentaxis_pipelines.orchestration.assets.results import results_asset
from rentaxis_pipelines.orchestration.assets.snapshot import snapshot_assets
from rentaxis_pipelines.orchestration.assets.sync import sync_assets
from rentaxis_pipelines.orchestration.decide import decide_job
from rentaxis_pipelines.orchestration.executor import one_process
from rentaxis_pipelines.orchestration.io_manager import staging_resource
from rentaxis_pipelines.orchestration.jobs import bulk_jobs, reconcile_job
from rentaxis_pipelines.orchestration.names import BULK_SYNC, named
from rentaxis_pipelines.orchestration.notice_sensors import notice_sensors
from rentaxis_pipelines.orchestration.options import OPTIONS, SyncOptions
from rentaxis_pipelines.orchestration.push_approved import push_approved_job
from rentaxis_pipelines.orchestration.push_days import push_days_job
from rentaxis_pipelines.orchestration.push_record import push_record_job
from rentaxis_pipelines.orchestration.schedules import nightly_schedule
from rentaxis_pipelines.orchestration.sensors import sensors
from rentaxis_pipelines.orchestration.session import session_resource
from rentaxis_pipelines.orchestration.undo_run import undo_run_job
from rentaxis_pipelines.rentaxis.folder import models_in
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError
from rentaxis_pipelines.settings import Scope, SettingsError

_LOG = logging.getLogger(__name__)
# Whom the UI names for every asset: the people who read the results and fix the records.
OWNERS = ["team:bookkeeping"]

# The resources every company has its own of, connected through its settings when a step first uses them.
CompanyResources = Mapping[str, Callable[[Scope], Any]]
COMPANY_RESOURCES: CompanyResources = {"session": session_resource, "staging": staging_resource}
# Those that hold nothing of any company.
_SHARED_RESOURCES = {
    OPTIONS: SyncOptions.configure_at_launch(),
    "plan_id": dg.mem_io_manager,  # a plan id is handed on within one process; the plan itself is in the ledger
}


def build_defs(
    scopes: Sequence[Scope], *, resource_overrides: CompanyResources | None = None
) -> dg.Definitions:
    """The definitions of these companies, each with its own assets, jobs, days and resources; some resources replaced.

    A company whose settings or staging models cannot be used keeps its place; its ticks and runs say what is wrong (``Scope.problem``).
    Raises SettingsError where two companies have the same short name.
    """
    refuse_same_slug(scopes)
    scopes = [_with_models(scope) for scope in scopes]
    make = {**COMPANY_RESOURCES, **(resource_overrides or {})}
    resources = {named(scope, name): made(scope) for scope in scopes for name, made in make.items()}
    return dg.Definitions.merge(
        *(_of_company(scope) for scope in scopes),
        dg.Definitions(
            resources={**_SHARED_RESOURCES, **resources},
            executor=one_process,
        ),
    )


def refuse_same_slug(scopes: Sequence[Scope]) -> None:
    """Raises SettingsError where two companies have the same short name: one's jobs would be the other's."""
    doubled = [slug for slug, count in Counter(scope.slug for scope in scopes).items() if count > 1]
    if doubled:
        raise SettingsError(
            f"Two companies are called {doubled[0]}. Give each company file a slug of its own, such as slug: elm_street."
        )


def _with_models(scope: Scope) -> Scope:
    """The company, with its problem where its staging models cannot be used."""
    try:
        models_in(scope.sql_folder)
    except SqlModelError as error:
        scope = replace(scope, problem=scope.problem or str(error))
    if scope.problem is not None:
        _LOG.error("The company %s cannot be used. %s", scope.slug, scope.problem)
    return scope


def _of_company(scope: Scope) -> dg.Definitions:
    jobs = bulk_jobs(scope)
    push_days = push_days_job(scope)
    assets = [
        *snapshot_assets(scope),
        extract_asset(scope),
        match_asset(scope),
        *sync_assets(scope),
        results_asset(scope),
        report_assets(scope),
    ]
    return dg.Definitions(
        assets=dg.map_asset_specs(lambda spec: spec.replace_attributes(owners=OWNERS), assets),
        asset_checks=[run_adds_up(scope)],
        jobs=[
            *jobs.values(),
            push_record_job(scope),
            push_days,
            push_approved_job(scope),
            undo_run_job(scope),
            decide_job(scope),
            reconcile_job(scope),
        ],
        schedules=[nightly_schedule(scope, jobs[BULK_SYNC])],
        sensors=[*sensors(scope, [jobs[BULK_SYNC]], push_days), *notice_sensors(scope)],
    )
