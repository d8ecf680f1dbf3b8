"""The jobs an accountant starts, each with a twin that forces a re-sync without typing a line of configuration."""

import functools
from typing import Any

import dagster as dg

from rentaxis_pipelines.model.record_types import BY_NAME, RECORD_TYPES
from rentaxis_pipelines.orchestration.failures import NOT_RETRIED, step
from rentaxis_pipelines.orchestration.options import SyncOptions
from rentaxis_pipelines.orchestration.session import SyncSession

_MATCH = dg.AssetSelection.assets(["matching", "customer_matches"])
_RESULTS = dg.AssetSelection.assets("sync_results")

_TAGS = {
    # One push a realm at a time: the queue holds a second one back, the ledger's lock is what guarantees it.
    "quickbooks/push": "one_at_a_time",
    # A run whose process died is started again whole: its plan was closed with it, and is never taken up by another run.
    "dagster/retry_strategy": "ALL_STEPS",
    **NOT_RETRIED,
}


def _selection(*record_types: str) -> dg.AssetSelection:
    selection = _RESULTS
    for record_type in record_types:
        selection |= dg.AssetSelection.assets(
            *(["rentaxis", name] for name in BY_NAME[record_type].models), ["sync", record_type]
        )
        if BY_NAME[record_type].has_payer:
            selection |= _MATCH
    return selection


def _job(name: str, selection: dg.AssetSelection, what: str, *, force: bool) -> Any:
    if not force:
        return dg.define_asset_job(
            name, selection, description=f"Push {what} of the chosen days to QuickBooks.", tags=_TAGS
        )
    return dg.define_asset_job(
        f"{name}_force",
        selection,
        description=(
            f"Push {what} of the chosen days to QuickBooks again, changed or not. "
            "Records are updated in place; nothing is made twice."
        ),
        tags=_TAGS,
        config=dg.RunConfig(resources={"options": SyncOptions(force=True)}),
    )


@functools.cache
def sync_jobs() -> list[Any]:
    """``bulk_sync`` and one job a record type, each with its ``_force`` twin; and the dry run of everything.

    Always the same objects: schedules and sensors start some of them.
    """
    everything = _selection(*RECORD_TYPES)
    jobs = [_job("bulk_sync", everything, "all records", force=force) for force in (False, True)]
    jobs.append(
        dg.define_asset_job(
            "bulk_sync_dry_run",
            everything,
            description="Only say what would be created, updated or skipped in the chosen days, and why. Nothing is sent to QuickBooks. "
            "(Every other job does the same when its run has the tag dry_run with the value yes.)",
            tags=_TAGS,
            config=dg.RunConfig(resources={"options": SyncOptions(dry_run=True)}),
        )
    )
    for record_type in RECORD_TYPES:
        for force in (False, True):
            jobs.append(
                _job(f"sync_{record_type}", _selection(record_type), BY_NAME[record_type].pushed, force=force)
            )
    return jobs


def job_of(record_types: tuple[str, ...]) -> str:
    """The name of the job that pushes exactly these record types, one or all, and forces nothing."""
    return "bulk_sync" if record_types == RECORD_TYPES else f"sync_{record_types[0]}"


def plain_jobs() -> list[Any]:
    """The jobs that may run by themselves: ``bulk_sync`` first, then one a record type."""
    names = [job_of(RECORD_TYPES), *(job_of((name,)) for name in RECORD_TYPES)]
    by_name = {job.name: job for job in sync_jobs()}
    return [by_name[name] for name in names]


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Read what changed in QuickBooks' lists since the last time, or all of them the first time.",
)
@step
def read_quickbooks_lists(context: dg.OpExecutionContext, session: SyncSession) -> None:
    session.run(context)


@dg.job(
    description="Read what changed in QuickBooks' lists (customers, vendors, accounts, products and the like).",
    tags=_TAGS,
)
def refresh_quickbooks_snapshot() -> None:
    read_quickbooks_lists()
