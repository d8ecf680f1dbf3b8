"""What became of every record of the day: counts and money to plot, and a short list of what did not go through."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import dagster as dg

from rentaxis_pipelines.assets.checks import day_checks, results_check_specs
from rentaxis_pipelines.assets.failures import step
from rentaxis_pipelines.assets.not_pushed_list import NotPushedList
from rentaxis_pipelines.assets.session import SyncSession
from rentaxis_pipelines.assets.shown import md
from rentaxis_pipelines.assets.sync import SYNC_KEYS
from rentaxis_pipelines.assets.whole_list import whole_list
from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.rows import RowResult
from rentaxis_pipelines.options import SyncOptions
from rentaxis_pipelines.partitions import DAILY, SINGLE_RUN
from rentaxis_pipelines.render.markdown import Markdown, blocks, bullets, table, text
from rentaxis_pipelines.reports.run_files import RunRows
from rentaxis_pipelines.reports.run_rows import open_rows_markdown
from rentaxis_pipelines.sync.outcomes import DONE, WOULD, Tally, is_preview, tally, why


@dg.asset(
    key="sync_results",
    deps=list(SYNC_KEYS.values()),
    partitions_def=DAILY,
    backfill_policy=SINGLE_RUN,
    group_name="4_results",
    kinds={"postgres"},
    check_specs=results_check_specs,
)
@step
def sync_results(
    context: dg.AssetExecutionContext, session: SyncSession, options: SyncOptions
) -> dg.MaterializeResult:
    """The per-row result of the day: created, updated, skipped or failed, with the reason. The rows are in ledger.row_results."""
    run = session.run(context)
    rows = results.results_of(run.connection, run.realm, run_id=run.run_id)
    by_day: dict[str, list[RowResult]] = defaultdict(list)
    for row in rows:
        by_day[row.day.isoformat()].append(row)
    whole = whole_list(context, session.environment, RunRows(run.run_id, None, rows))
    shown = dry_run_metadata if options.dry_run else day_metadata
    never = NotPushedList(session, run)
    beside = never.line if len(by_day) > 1 else never.whole
    for day in context.partition_keys:
        if found := by_day.get(day):
            context.add_asset_metadata(shown(found, whole) | beside, partition_key=day)
    # On the run's own page the whole range; metadata of the result itself would be copied to every day.
    if len(by_day) != 1:
        context.log_event(dg.AssetObservation("sync_results", metadata=shown(rows, whole) | never.whole))
    context.log.info(summary_line(rows))
    checks = day_checks(run.connection, run.realm, context.partition_keys, run.now())
    return dg.MaterializeResult(check_results=list(checks))


def day_metadata(rows: list[RowResult], whole: dg.MetadataValue) -> dict[str, Any]:
    """The rows that did not go through, the way to the whole list, then numbers to plot (constant names).

    By status, and by record type and status where there are any (``invoices_created``, ``invoices_created_money``).
    """
    # Dagster plots nothing but floats; the exact amounts are in the ledger and in every list.
    metadata: dict[str, Any] = {
        "not_gone_through": md(open_rows_markdown(rows)),
        "whole_list": whole,
    }
    tallies = tally(rows)
    for status in DONE:
        found = tallies.get(status, Tally(0, Decimal(0)))
        metadata[status] = found.rows
        metadata[f"{status}_money"] = float(found.money)
    return metadata | _by_type(rows)


def dry_run_metadata(rows: list[RowResult], whole: dg.MetadataValue) -> dict[str, Any]:
    """What would be created, updated and voided, and what would be skipped or fail, and why. Nothing was sent.

    The numbers have names of their own, so that a dry run leaves no dent in the plots of what was done.
    """
    metadata: dict[str, Any] = {
        "dry_run": md(sums_markdown(rows)),
        "would_not_go_through": md(open_rows_markdown(rows, none="Everything would go through.")),
        "whole_list": whole,
    }
    tallies = tally(rows)
    for outcome in WOULD[:3]:
        found = tallies.get(outcome, Tally(0, Decimal(0)))
        metadata[outcome] = found.rows
        metadata[f"{outcome}_money"] = float(found.money)
    return metadata


def _by_type(rows: list[RowResult]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for record_type, found in by_type(rows).items():
        for outcome, tallied in tally(found).items():
            metadata[f"{record_type}_{outcome}"] = tallied.rows
            if tallied.money:
                metadata[f"{record_type}_{outcome}_money"] = float(tallied.money)
    return metadata


def by_type(rows: list[RowResult]) -> dict[str, list[RowResult]]:
    """Rows by record type."""
    found: dict[str, list[RowResult]] = defaultdict(list)
    for row in rows:
        found[row.record_type].append(row)
    return dict(sorted(found.items()))


def sums_markdown(rows: list[RowResult]) -> Markdown:
    """Record type by outcome, in rows and money, then why rows were, or would be, skipped or failed."""
    if not rows:
        return text("No records.")
    outcomes = WOULD if is_preview(rows) else DONE
    heads = [outcome.replace("_", " ") for outcome in outcomes]
    lines: list[list[str]] = []
    for record_type, found in by_type(rows).items():
        tallies = tally(found)
        cells = [
            f"{tallies[one].rows} ({tallies[one].money:,.2f})" if one in tallies else "0" for one in outcomes
        ]
        lines.append([record_type, *cells])
    parts = [table(["record type", *heads], lines, right=heads)]
    for outcome in ("skipped", "failed"):
        causes = why(rows, outcome)
        if causes:
            said = (
                f"{cause.meaning} {cause.rows} {'row' if cause.rows == 1 else 'rows'}, {cause.money:,.2f}"
                for cause in causes
            )
            parts += [text(f"{outcome.capitalize()}:"), bullets(said)]
    return blocks(*parts)


def summary_line(rows: list[RowResult]) -> str:
    """Counts by outcome, for the run's log; no names and no amounts."""
    tallies = tally(rows)
    outcomes = WOULD if is_preview(rows) else DONE
    return ", ".join(
        f"{tallies[one].rows if one in tallies else 0} {one.replace('_', ' ')}" for one in outcomes
    )
