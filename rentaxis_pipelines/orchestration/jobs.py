"""The jobs an accountant starts, each with a twin that forces a re-sync without typing a line of configuration."""

from collections.abc import Mapping, Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as AssetJob,  # pinned exactly; it has no public name
)

from rentaxis_pipelines.model.record_types import BY_NAME, RECORD_TYPES
from rentaxis_pipelines.orchestration.assets.reports import DRIFT, OPEN_PROBLEMS, RECONCILIATION
from rentaxis_pipelines.orchestration.failures import NOT_RETRIED
from rentaxis_pipelines.orchestration.names import (
    BULK_SYNC,
    FORCE,
    PREVIEW,
    RECONCILE,
    REFRESH_SNAPSHOT,
    extract_key,
    job_of,
    job_tags,
    matches_key,
    named,
    report_key,
    results_key,
    sync_key,
)
from rentaxis_pipelines.orchestration.options import OPTIONS, SyncOptions
from rentaxis_pipelines.orchestration.session import company_op, session_of
from rentaxis_pipelines.settings import Scope


def push_tags(scope: Scope) -> dict[str, str]:
    """The tags of a job that pushes."""
    return {
        **job_tags(scope),
        # A run whose process died is started again whole: its plan was closed with it, and is never taken up by another run.
        "dagster/retry_strategy": "ALL_STEPS",
        **NOT_RETRIED,
    }


def sync_jobs(scope: Scope) -> dict[str, AssetJob]:
    """The company's ``bulk_sync`` and one job a record type, each with its ``_force`` twin, and the preview of everything, by plain name."""
    words = {BULK_SYNC: "all records", **{job_of([name]): BY_NAME[name].pushed for name in RECORD_TYPES}}
    pushes = {BULK_SYNC: RECORD_TYPES, **{job_of([name]): (name,) for name in RECORD_TYPES}}
    jobs: dict[str, AssetJob] = {}
    for name, record_types in pushes.items():
        jobs[name] = _job(scope, name, record_types, f"Push {words[name]} of the chosen days to QuickBooks.")
        jobs[name + FORCE] = _job(
            scope,
            name + FORCE,
            record_types,
            f"Push {words[name]} of the chosen days to QuickBooks again, changed or not. "
            "Records are updated in place; nothing is created twice.",
            SyncOptions(force=True),
        )
    jobs[PREVIEW] = _job(
        scope,
        PREVIEW,
        RECORD_TYPES,
        "Only show what would be created, updated or skipped on the chosen days, and why. Nothing is sent to QuickBooks. "
        "(Every other job does the same when its run has the tag preview with the value yes.)",
        SyncOptions(preview=True),
    )
    return jobs


def plain_jobs(jobs: Mapping[str, AssetJob]) -> list[AssetJob]:
    """Those of ``sync_jobs`` that may run by themselves: ``bulk_sync`` first, then one a record type."""
    return [jobs[name] for name in (BULK_SYNC, *(job_of([name]) for name in RECORD_TYPES))]


def _job(
    scope: Scope, name: str, record_types: Sequence[str], description: str, preset: SyncOptions | None = None
) -> AssetJob:
    return dg.define_asset_job(
        named(scope, name),
        _selection(scope, record_types),
        description=description,
        tags=push_tags(scope),
        config=None if preset is None else dg.RunConfig(resources={OPTIONS: preset}),
    )


def _selection(scope: Scope, record_types: Sequence[str]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*keys_of(scope, record_types))


def keys_of(scope: Scope, record_types: Sequence[str]) -> list[dg.AssetKey]:
    """The assets that a run makes which pushes exactly these record types."""
    keys = [results_key(scope)]
    for record_type in record_types:
        keys += [
            *(extract_key(scope, name) for name in BY_NAME[record_type].models),
            sync_key(scope, record_type),
        ]
        if BY_NAME[record_type].has_payer:
            keys.append(matches_key(scope))
    return list(dict.fromkeys(keys))


def reconcile_job(scope: Scope) -> AssetJob:
    """The proof of the company's books."""
    return dg.define_asset_job(
        named(scope, RECONCILE),
        dg.AssetSelection.assets(
            *(report_key(scope, name) for name in (RECONCILIATION, OPEN_PROBLEMS, DRIFT))
        ),
        description="Prove that RentAxis and QuickBooks agree, and say why where they do not. Writes nothing to QuickBooks.",
        tags={**job_tags(scope), **NOT_RETRIED},
    )


def refresh_job(scope: Scope) -> dg.JobDefinition:
    """Brings the company's QuickBooks lists up to date, and does nothing else."""

    @company_op(
        scope,
        "read_quickbooks_lists",
        out=dg.Out(dg.Nothing),
        description="Read what changed in QuickBooks' lists since the last time, or all of them the first time.",
    )
    def read_quickbooks_lists(context: dg.OpExecutionContext) -> None:
        session_of(context, scope).engine(context)

    @dg.job(
        name=named(scope, REFRESH_SNAPSHOT),
        description="Read what changed in QuickBooks' lists (customers, vendors, accounts, products and the like).",
        tags=push_tags(scope),
    )
    def refresh_quickbooks_snapshot() -> None:
        read_quickbooks_lists.alias("read_quickbooks_lists")()

    return refresh_quickbooks_snapshot
