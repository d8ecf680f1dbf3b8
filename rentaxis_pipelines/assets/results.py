"""What became of every record of the day: counts and money to plot, and a short list of what did not go through."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import dagster as dg

from rentaxis_pipelines.assets.session import SyncSession
from rentaxis_pipelines.assets.sync import SYNC_KEYS
from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.rows import RowResult
from rentaxis_pipelines.partitions import DAILY, SINGLE_RUN

_SHOWN = 50  # rows of a list in the UI; the whole list is `rentaxis-sync results`
_SHOWN_PER_CAUSE = 10  # so that no cause crowds out the others
_STATUSES = ("created", "updated", "skipped", "failed")


@dg.asset(
    key="sync_results",
    deps=list(SYNC_KEYS.values()),
    partitions_def=DAILY,
    backfill_policy=SINGLE_RUN,
    group_name="4_results",
    kinds={"postgres"},
)
def sync_results(context: dg.AssetExecutionContext, session: SyncSession) -> dg.MaterializeResult:
    """The per-row result of the day: created, updated, skipped or failed, with the reason. The rows are in ledger.row_results."""
    run = session.run(context)
    rows = results.results_of(run.connection, run.realm, run_id=run.run_id)
    by_day: dict[str, list[RowResult]] = defaultdict(list)
    for row in rows:
        by_day[row.day.isoformat()].append(row)
    for day in context.partition_keys:
        if found := by_day.get(day):
            context.add_asset_metadata(day_metadata(found), partition_key=day)
    context.log.info(summary_line(rows))
    return dg.MaterializeResult()


def day_metadata(rows: list[RowResult]) -> dict[str, Any]:
    """Numbers to plot (constant names), and the rows that did not go through."""
    metadata: dict[str, Any] = {}
    # Dagster plots nothing but floats; the exact amounts are in the ledger and in every list.
    for status in _STATUSES:
        of_status = [row for row in rows if row.status == status]
        metadata[status] = len(of_status)
        metadata[f"{status}_money"] = float(sum((row.amount for row in of_status), Decimal(0)))
    metadata["not_gone_through"] = dg.MetadataValue.md(exceptions_markdown(rows))
    return metadata


def exceptions_markdown(rows: list[RowResult]) -> str:
    """At most 50 rows that failed or wait, dearest first, grouped by cause."""
    open_rows = [
        row for row in rows if row.status == "failed" or (row.reason_code or "").startswith("waiting")
    ]
    if not open_rows:
        return "Everything went through."
    by_cause: dict[str, list[RowResult]] = defaultdict(list)
    for row in open_rows:
        by_cause[row.reason_code or ""].append(row)
    lines: list[str] = []
    shown = 0
    for cause, found in sorted(by_cause.items(), key=lambda one: -sum(abs(row.amount) for row in one[1])):
        total = sum((row.amount for row in found), Decimal(0))
        lines += [
            f"**{cause.replace('_', ' ')}**: {len(found)} row{'s' if len(found) > 1 else ''}, {total:,.2f}",
            "",
        ]
        lines += ["| record | amount | reason | remedy |", "| --- | ---: | --- | --- |"]
        for row in sorted(found, key=lambda one: -abs(one.amount))[: min(_SHOWN_PER_CAUSE, _SHOWN - shown)]:
            cells = (row.source_label, f"{row.amount:,.2f}", row.reason or "", row.how_to_fix or "")
            lines.append(
                "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
            )
            shown += 1
        lines.append("")
        if shown >= _SHOWN:
            break
    if shown < len(open_rows):
        lines.append(f"{len(open_rows) - shown} more: `rentaxis-sync results --status failed`.")
    return "\n".join(lines)


def summary_line(rows: list[RowResult]) -> str:
    """Counts by status, for the run's log; no names and no amounts."""
    count = {status: sum(row.status == status for row in rows) for status in _STATUSES}
    return ", ".join(f"{number} {status}" for status, number in count.items())
