"""Everything Dagster knows about these companies. ``build_defs`` assembles it; tests hand in other resources.

Not here: any asset, job or rule. Read here are each company's staging models, so that one that cannot be used is known when
definitions load and not by tonight's run; the company files were read with the scopes. No network, no database.
"""

import logging
from collections import Counter
from collections.abc import Sequence
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
from rentaxis_pipelines.orchestration.heartbeat import heartbeat_sensor
from rentaxis_pipelines.orchestration.io_manager import STAGING, Staging, staging_resource
from rentaxis_pipelines.orchestration.jobs import bulk_jobs, reconcile_job
from rentaxis_pipelines.orchestration.names import BULK_SYNC, PUSH_DAYS, plain
from rentaxis_pipelines.orchestration.notice_sensors import notice_sensors
from rentaxis_pipelines.orchestration.options import OPTIONS, SyncOptions
from rentaxis_pipelines.orchestration.push_approved import push_approved_job
from rentaxis_pipelines.orchestration.push_days import push_days_job
from rentaxis_pipelines.orchestration.push_record import push_record_job
from rentaxis_pipelines.orchestration.schedules import nightly_schedule
from rentaxis_pipelines.orchestration.sensors import sensors
from rentaxis_pipelines.orchestration.session import SESSION, SyncSession, session_resource
from rentaxis_pipelines.orchestration.undo_run import undo_run_job
from rentaxis_pipelines.rentaxis.folder import models_in
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError
from rentaxis_pipelines.settings import Scope, SettingsError

_LOG = logging.getLogger(__name__)
# Whom the UI names for every asset: the people who read the results and fix the records.
OWNERS = ["team:bookkeeping"]


def build_defs(
    scopes: Sequence[Scope], *, session: type[SyncSession] = SyncSession, staging: type[Staging] = Staging
) -> dg.Definitions:
    """The definitions of these companies, each with its own assets, jobs and days; ``session`` and ``staging``: what runs use.

    A company whose settings or staging models cannot be used keeps its place; its ticks and runs say what is wrong (``Scope.problem``).
    Raises SettingsError where two companies have the same short name.
    """
    refuse_same_slug(scopes)
    scopes = [_with_models(scope) for scope in scopes]
    companies = [_of_company(scope) for scope in scopes]
    return dg.Definitions.merge(
        *companies,
        dg.Definitions(
            sensors=_shared_sensors(scopes, [job for company in companies for job in company.jobs or ()]),
            # They hold nothing of any company: the run's session finds its own when a step first asks.
            resources={
                SESSION: session_resource(scopes, session),
                STAGING: staging_resource(staging),
                OPTIONS: SyncOptions.configure_at_launch(),
                # A plan id is handed on within one process; the plan itself is in the ledger.
                "plan_id": dg.mem_io_manager,
            },
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


def _shared_sensors(scopes: Sequence[Scope], jobs: Sequence[Any]) -> list[dg.SensorDefinition]:
    """One of each kind for all companies. ``jobs``: every job of every company."""
    if not scopes:
        return []
    by_themselves = [job for job in jobs if plain(job.name) in (BULK_SYNC, PUSH_DAYS)]
    return [*sensors(scopes, by_themselves), *notice_sensors(scopes), heartbeat_sensor(scopes)]


def _of_company(scope: Scope) -> dg.Definitions:
    jobs = bulk_jobs(scope)
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
            push_days_job(scope),
            push_approved_job(scope),
            undo_run_job(scope),
            decide_job(scope),
            reconcile_job(scope),
        ],
        schedules=[nightly_schedule(scope, jobs[BULK_SYNC])],
    )
