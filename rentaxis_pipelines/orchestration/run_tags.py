"""The tags that distinguish runs in the list of runs, where job names are cut off: counts, days and kind.

The list shows backfills and leaves their runs out, so a backfill gets the tags of its runs. Here: writing them. Not here: the words
(``reports.range_result``), and tags that people set (``options``).
"""

import contextlib
import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import dagster as dg
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill  # pinned exactly
from dagster._core.storage.tags import BACKFILL_ID_TAG

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.attention import describe
from rentaxis_pipelines.ledger.database import LedgerError, connect, lost_connection_explained
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.orchestration.names import REALM_TAG, companies_of, company_in
from rentaxis_pipelines.reports.range_result import days_said, headline
from rentaxis_pipelines.settings import Scope

# Dagster's own tags of a run: over a range of days, of one day.
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
PARTITION = "dagster/partition"
# The list sorts tags by name and shows five: the counts come before whatever a person may set.
COUNTS, DAYS, KIND = "counts", "days", "kind"


def range_tags(days: DateRange) -> dict[str, str]:
    """The tags by which Dagster knows a run over these days."""
    return {RANGE_START: days.first_day.isoformat(), RANGE_END: days.last_day.isoformat()}


def tagged_days(tags: Mapping[str, str]) -> DateRange | None:
    """The days of a run with these tags, None for a run without."""
    first_day, last_day = tags.get(RANGE_START, tags.get(PARTITION)), tags.get(RANGE_END, tags.get(PARTITION))
    if not first_day or not last_day:
        return None
    return DateRange.of_days(dt.date.fromisoformat(first_day), dt.date.fromisoformat(last_day))


def realm_of_run(scopes: Sequence[Scope], run: dg.DagsterRun) -> dict[str, str]:
    """The tag of the QuickBooks company that a run of one of these companies is for, so that Dagster's queue holds it back for others of
    that company: a run of chosen assets has no job's tags. Nothing for a run of no company or of several, or before it is connected.
    """
    return _realm_of(scopes, companies_of(run))


def realm_of_backfill(scopes: Sequence[Scope], backfill: PartitionBackfill) -> dict[str, str]:
    """The same of a backfill, of a job or of assets; its runs are given its tags."""
    assets = {asset.path[0] for asset in backfill.asset_selection or ()}
    of_job = backfill.partition_set_origin
    job = of_job.selector.partition_set_name.removesuffix("_partition_set") if of_job else ""
    return _realm_of(scopes, {company_in(job), *assets})


def _realm_of(scopes: Sequence[Scope], slugs: Collection[str]) -> dict[str, str]:
    realms = {scope.realm for scope in scopes if scope.slug in slugs}
    return {REALM_TAG: realm} if len(realms) == 1 and (realm := realms.pop()) else {}


def tag_beginning(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    scope: Scope,
    request: SyncRequest,
    days: object = None,
) -> None:
    """Say for which days the run is (those of its tags, unless they are given), of which kind, and for which QuickBooks company: a run
    of assets has no job's tags.

    A run that Dagster repeats brings the counts of the first: they go.
    """
    days = days or context.run.tags.get(DAYS) or tagged_days(context.run.tags)
    told = {
        KIND: request.kind,
        REALM_TAG: scope.environment.quickbooks_realm_id,
        **({DAYS: str(days)} if days else {}),
    }
    if COUNTS in context.run.tags:
        told[COUNTS] = "not known yet"
    if told.items() - context.run.tags.items():
        context.instance.add_run_tags(context.run.run_id, told)


def tag_result(context: dg.InitResourceContext, run_id: str, url: str, realm: str) -> None:
    """Say how many rows the run has and how many need attention, as the ledger has them; nothing where it has none or is away."""
    instance = context.instance
    run = instance.get_run_by_id(run_id) if instance is not None else None
    if instance is None or run is None:
        return
    with contextlib.suppress(LedgerError), connect(url) as connection, lost_connection_explained():
        needs, rows = results.needs_of_runs(connection, realm, [run_id])
        if not rows:
            return
        line = headline(needs, rows)
        # The last words of the run's page, which opens at its end.
        if context.log is not None:
            tell = context.log.warning if describe(needs) else context.log.info
            tell(f"{run.tags.get(DAYS, 'This run')}: {line}.")
        instance.add_run_tags(run_id, {COUNTS: line})
        backfill = instance.get_backfill(run.tags[BACKFILL_ID_TAG]) if BACKFILL_ID_TAG in run.tags else None
        if backfill is not None:
            runs = instance.get_run_ids(dg.RunsFilter(tags={BACKFILL_ID_TAG: backfill.backfill_id}))
            line = headline(*results.needs_of_runs(connection, realm, runs))
            _tag_backfill(instance, backfill, {COUNTS: line, KIND: run.tags.get(KIND, "plain")})


def _tag_backfill(instance: dg.DagsterInstance, backfill: PartitionBackfill, told: Mapping[str, str]) -> None:
    # Of a backfill of assets the daemon keeps its progress in the same record; only of a job's may we write it between two looks.
    if backfill.status != BulkActionStatus.REQUESTED or backfill.asset_backfill_data is not None:
        return
    days = {DAYS: days_said(backfill.partition_names)} if backfill.partition_names else {}
    instance.update_backfill(backfill._replace(tags={**(backfill.tags or {}), **told, **days}))
