"""The result of every record of the days: that of the range first, then the day's own records that need attention, and numbers.

Here: what Dagster shows of it, and for which days. Not here: the words (``reports.range_result``, ``reports.run_rows``).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import dagster as dg

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.open_rows import pushed_days
from rentaxis_pipelines.ledger.run_results import DaySum
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.orchestration.assets.kept_files import results_file
from rentaxis_pipelines.orchestration.assets.not_pushed_list import not_pushed_list
from rentaxis_pipelines.orchestration.assets.plan_shown import plan_shown
from rentaxis_pipelines.orchestration.assets.preview_output import NOT_MATERIALIZED
from rentaxis_pipelines.orchestration.checks import day_checks, results_check_specs
from rentaxis_pipelines.orchestration.company_types import types_with_assets, types_without_assets
from rentaxis_pipelines.orchestration.failures import step
from rentaxis_pipelines.orchestration.launchpad import next_step
from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.orchestration.names import group, results_key, sync_key
from rentaxis_pipelines.orchestration.partitions import SINGLE_RUN, daily
from rentaxis_pipelines.orchestration.session import NEEDS, SyncSession, request_of, session_of
from rentaxis_pipelines.render.markdown import Markdown, blocks, bullets, table, text
from rentaxis_pipelines.reports import run_results
from rentaxis_pipelines.reports.days_proof import Open, needs_attention
from rentaxis_pipelines.reports.range_result import causes, days_said, headline, needs_of, sentence
from rentaxis_pipelines.reports.run_results import RunResults
from rentaxis_pipelines.reports.run_rows import OpenCauses, by_record_type, open_rows_markdown
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.outcomes import DONE, WOULD, Outcome, Tally, is_preview, tally, why
from rentaxis_pipelines.sync.run import Run

_HOURS_FOR_A_NIGHT = 6  # as long as dagster.yaml lets a run take
_PREVIEW = "Preview, nothing was sent to QuickBooks."
_NOT_PUSHED = "This run pushed nothing. Each record is shown with the result of the last run that pushed it."


def freshness(scope: Scope) -> dg.FreshnessPolicy:
    """Every night's results are there some hours after the nightly run begins, on the company's clock; Dagster shows the asset as failing its
    freshness until they are. It starts nothing.
    """
    at = scope.company.automation.nightly_time
    deadline = (at.hour + _HOURS_FOR_A_NIGHT) % 24
    return dg.FreshnessPolicy.cron(
        deadline_cron=f"{at.minute} {deadline} * * *",
        lower_bound_delta=dt.timedelta(hours=_HOURS_FOR_A_NIGHT),
        timezone=scope.company.time_zone,
    )


def results_asset(scope: Scope) -> dg.AssetsDefinition:
    """The result of every record of one company."""

    @dg.asset(
        key=results_key(scope),
        deps=[sync_key(scope, record_type) for record_type in types_with_assets(scope)],
        partitions_def=daily(scope),
        backfill_policy=SINGLE_RUN,
        group_name=group(scope, "4_results"),
        kinds={"postgres"},
        check_specs=results_check_specs(scope),
        freshness_policy=freshness(scope),
        required_resource_keys=NEEDS,
    )
    @step
    def sync_results(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """The per-row result of the day: created, updated, skipped or failed, with the reason. The rows are in ledger.row_results."""
        return _results(context, session_of(context, scope))

    return sync_results


def _results(context: dg.AssetExecutionContext, session: SyncSession) -> dg.MaterializeResult:
    asset = results_key(session.scope)
    push_what_has_no_assets(context, session)
    run, days = session.engine(context).run, list(context.partition_keys)
    asked = [dt.date.fromisoformat(day) for day in days]
    has_pushed = results.is_run(run.connection, run.realm, run.run_id)
    done_before = set() if has_pushed else _days_pushed_before(run, asked)
    read = (
        run_results.of_run(run.connection, run.realm, run.run_id)
        if has_pushed
        else run_results.newest_of_days(run.connection, run.realm, run.run_id, asked)
    )
    open_rows = needs_attention(run.connection, run.realm, asked)
    preview = session.is_preview and has_pushed
    link = results_file(context, session.scope.environment, run.run_id, days, read.book)
    lead = "" if has_pushed else _NOT_PUSHED
    whole, by_day = shown(days, read, link, open_rows, preview=preview, lead=lead)
    line, table_of_all = not_pushed_list(session, run)
    beside = line if len(days) > 1 else table_of_all
    by_day = {day: metadata | beside for day, metadata in by_day.items()}
    # On the run's own page the whole range; metadata of the result itself would be copied to every day.
    page = plan_shown(context, session)
    if has_pushed:
        page |= next_step(context.run, session.scope, read.sums)
    context.log_event(dg.AssetObservation(asset, metadata=page | whole | table_of_all))
    context.log.info(headline(needs_of(read.sums), read.count))
    checks = list(day_checks(asset, run.connection, run.realm, days, open_rows, run.now()))
    if has_pushed and not preview:
        for day, metadata in by_day.items():
            context.add_asset_metadata(metadata, partition_key=day)
        return dg.MaterializeResult(check_results=checks)
    for day, metadata in by_day.items():
        if preview:
            context.log_event(dg.AssetObservation(asset, partition=day, metadata=metadata))
        elif day in done_before:
            context.log_event(dg.AssetMaterialization(asset, partition=day, metadata=metadata))
    return dg.MaterializeResult(metadata=NOT_MATERIALIZED, check_results=checks)


def push_what_has_no_assets(context: dg.AssetExecutionContext, session: SyncSession) -> None:
    """Push, or plan, what RentAxis' settings switch on and the company file does not name, where the run is of all types."""
    without_assets = types_without_assets(session.scope)
    request = request_of(context, session.scope)
    if rest := [name for name in request.record_types_in_push_order if name in without_assets]:
        engine = session.engine(context, request)
        engine.narrow_to(rest)
        for held_back in engine.sync().held:
            context.log.warning(held_back)


def shown(
    days: Sequence[str],
    read: RunResults,
    link: dg.MetadataValue,
    open_rows: Sequence[Open],
    *,
    preview: bool,
    lead: str = "",
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What is shown of the whole range, and of each of its days: the range's result first, then the day's own.

    ``open_rows``: what of the days needs attention by the newest results; ``lead``: what is to be known before anything else.
    """
    said = f"{_PREVIEW if preview else lead} {sentence(days_said(days), read.sums, preview=preview)}".strip()
    first: dict[str, Any] = {
        "range_result": dg.MetadataValue.text(said),
        "range_causes": md(causes(read.sums, read.causes, () if preview else open_rows)),
    }
    metadata_of = preview_metadata if preview else day_metadata
    sums = _by_day(read.sums)
    by_day = {
        day.isoformat(): first
        | {"day_result": dg.MetadataValue.text(sentence(str(day), sums.get(day, []), preview=preview))}
        | metadata_of(sums.get(day, []), of_day, link)
        for day, of_day in read.causes_by_day([dt.date.fromisoformat(day) for day in days])
    }
    return first | metadata_of(read.sums, read.causes, link), by_day


def _days_pushed_before(run: Run, days: Sequence[dt.date]) -> set[str]:
    """The days that have a result although this run pushed nothing. Raises CannotLaunch where none of them has."""
    pushed = pushed_days(run.connection, run.realm, DateRange.of_days(min(days), max(days)))
    if not pushed:
        raise CannotLaunch(
            f"No record of {days_said([str(day) for day in days])} has ever been pushed, so there is no result to show. sync_results "
            "does not push: launch the job bulk_sync for these days."
        )
    return {day.isoformat() for day in pushed}


def _by_day(sums: Iterable[DaySum]) -> dict[dt.date, list[DaySum]]:
    by_day: dict[dt.date, list[DaySum]] = {}
    for each in sums:
        by_day.setdefault(each.day, []).append(each)
    return by_day


def day_metadata(sums: Sequence[DaySum], causes: OpenCauses, whole: dg.MetadataValue) -> dict[str, Any]:
    """The rows that need attention, the way to the whole list, then numbers to plot (constant names).

    By status, and by record type and status where there are any (``invoices_created``, ``invoices_created_money``).
    """
    return {
        "needs_attention": md(open_rows_markdown(causes)),
        "totals": md(sums_markdown(sums)),
        "results_file": whole,
        **_numbers(sums, DONE),
        **_by_type(sums),
    }


def preview_metadata(sums: Sequence[DaySum], causes: OpenCauses, whole: dg.MetadataValue) -> dict[str, Any]:
    """What would be created, updated and voided, and what would be skipped or fail, and why. Nothing was sent.

    The numbers have names of their own, so that a preview leaves no dent in the plots of what was done.
    """
    return {
        "preview": md(sums_markdown(sums)),
        "would_need_attention": md(open_rows_markdown(causes, none="Nothing would need attention.")),
        "results_file": whole,
        **_numbers(sums, WOULD[:3]),
    }


def _numbers(sums: Sequence[DaySum], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Rows and money of each outcome, none left out. Dagster plots nothing but floats; the exact amounts are in the ledger and in every list."""
    tallies = tally(sums)
    metadata: dict[str, Any] = {}
    for outcome in outcomes:
        total = tallies.get(outcome, Tally(0, Decimal(0)))
        metadata |= {outcome: total.rows, f"{outcome}_money": float(total.money)}
    return metadata


def _by_type(sums: Sequence[DaySum]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for record_type, of_type in by_record_type(sums).items():
        for outcome, tallied in tally(of_type).items():
            metadata[f"{record_type}_{outcome}"] = tallied.rows
            if tallied.money:
                metadata[f"{record_type}_{outcome}_money"] = float(tallied.money)
    return metadata


def sums_markdown(sums: Sequence[DaySum]) -> Markdown:
    """Record type by outcome, in rows and money, then why rows were, or would be, skipped or failed."""
    if not sums:
        return text("No records.")
    outcomes = WOULD if is_preview(sums) else DONE
    heads = [outcome.replace("_", " ") for outcome in outcomes]
    lines: list[list[str]] = []
    for record_type, of_type in by_record_type(sums).items():
        if not of_type:
            continue
        tallies = tally(of_type)
        cells = [
            f"{tallies[outcome].rows} ({tallies[outcome].money:,.2f})" if outcome in tallies else "0"
            for outcome in outcomes
        ]
        lines.append([record_type, *cells])
    parts = [table(["record type", *heads], lines, right=heads)]
    for outcome in ("skipped", "failed"):
        reasons = why(sums, outcome)
        if reasons:
            said = (
                f"{cause.meaning} {cause.rows} {'row' if cause.rows == 1 else 'rows'}, {cause.money:,.2f}"
                for cause in reasons
            )
            parts += [text(f"{outcome.capitalize()}:"), bullets(said)]
    return blocks(*parts)
