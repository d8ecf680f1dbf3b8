"""The names of a company's things in Dagster: assets under its short name, everything else with the short name at its end.

The one home of these names: whoever names an asset, job, op, schedule or sensor asks here. Dagster wants every one of
them once in a code location, and the list of runs shows the beginning of a job's name.
"""

import dagster as dg

from rentaxis_pipelines.settings import Scope

# Jobs, by the name people know them by; ``job`` makes it a company's.
BULK_SYNC, BULK_SYNC_FORCE, BULK_SYNC_PREVIEW = "bulk_sync", "bulk_sync_force", "bulk_sync_preview"
BULK_JOBS = (BULK_SYNC, BULK_SYNC_FORCE, BULK_SYNC_PREVIEW)  # those over a range of days
PUSH_RECORD, PUSH_DAYS = "push_record", "push_days"
PUSH_APPROVED, UNDO_RUN = "push_approved", "undo_run"
DECIDE, RECONCILE = "decide", "reconcile"

# The tag of a run that names the QuickBooks company it pushes to; dagster.yaml lets one run at a time through for each value.
REALM_TAG = "quickbooks/realm"
_ENDING = "__"


def key(scope: Scope, *path: str) -> dg.AssetKey:
    """The asset of that path, ``("sync", "invoices")`` for example, under the company's short name."""
    return dg.AssetKey([scope.slug, *path])


def extract_key(scope: Scope, source: str) -> dg.AssetKey:
    """What was read from RentAxis: tenants, programs, invoices, payments, expenses."""
    return key(scope, "rentaxis", source)


def matches_key(scope: Scope) -> dg.AssetKey:
    """Which customer each payer is."""
    return key(scope, "matching", "customer_matches")


def sync_key(scope: Scope, record_type: str) -> dg.AssetKey:
    """The push of a record type."""
    return key(scope, "sync", record_type)


def results_key(scope: Scope) -> dg.AssetKey:
    """The result of every record."""
    return key(scope, "sync_results")


def report_key(scope: Scope, report: str) -> dg.AssetKey:
    """A report: reconciliation, open_problems or drift."""
    return key(scope, "reports", report)


def group(scope: Scope, stage: str) -> str:
    """The group of the company's assets of one stage, such as 3_push."""
    return f"{scope.slug}_{stage}"


def named(scope: Scope, name: str) -> str:
    """A job's, op's, schedule's or sensor's name as the company has it: ``bulk_sync__elm_street``."""
    return f"{name}{_ENDING}{scope.slug}"


def plain(name: str) -> str:
    """The name without its company: ``bulk_sync``."""
    return name.rpartition(_ENDING)[0] or name


def job_tags(scope: Scope) -> dict[str, str]:
    """The tags of every job that holds the company's books: runs of one company wait for one another in Dagster's queue.

    That keeps the queue tidy; what guarantees it is the ledger's lock. Nothing where the company is not connected yet.
    """
    return {REALM_TAG: scope.realm} if scope.realm else {}


def companies_of(run: dg.DagsterRun) -> set[str]:
    """The short name in the run's job and those of the assets it is to make. Of a job that is no company's, whatever its name ends with."""
    return {company_in(run.job_name), *(asset.path[0] for asset in run.asset_selection or ())}


def company_in(name: str) -> str:
    """The short name that a job's name ends with."""
    return name.rpartition(_ENDING)[2]


def is_run_of(scope: Scope, run: dg.DagsterRun) -> bool:
    """Whether the run is one of the company's: by its job, or by the assets it was to make."""
    return run.job_name.endswith(f"{_ENDING}{scope.slug}") or any(
        asset.path[0] == scope.slug for asset in run.asset_selection or ()
    )
