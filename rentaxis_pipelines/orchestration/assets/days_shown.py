"""The result of a run that is no range of Dagster's partitions, shown where a range shows it: on each day of ``sync_results``, and all of
it on the run's own page.

Here: days that lie apart, an approved plan, a run that was undone. Not here: the words (``assets.results``).
"""

from collections.abc import Sequence
from typing import Any, cast

import dagster as dg

from rentaxis_pipelines.model.sync_request import ChosenDays
from rentaxis_pipelines.orchestration.assets.kept_files import results_file
from rentaxis_pipelines.orchestration.assets.plan_shown import plan_shown
from rentaxis_pipelines.orchestration.assets.reports import adds_up
from rentaxis_pipelines.orchestration.assets.results import shown
from rentaxis_pipelines.orchestration.checks import day_checks
from rentaxis_pipelines.orchestration.company_types import types_with_assets
from rentaxis_pipelines.orchestration.launchpad import next_step
from rentaxis_pipelines.orchestration.names import results_key, sync_key
from rentaxis_pipelines.orchestration.run_tags import tag_beginning
from rentaxis_pipelines.orchestration.session import SyncSession
from rentaxis_pipelines.reports import run_results
from rentaxis_pipelines.reports.days_proof import needs_attention
from rentaxis_pipelines.reports.range_result import days_said, headline, needs_of
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.resync.day_ranges import days_of


def show_days(context: dg.OpExecutionContext, session: SyncSession, ranges: Sequence[ChosenDays]) -> None:
    """Show what the run did. ``ranges``: the days it pushed, which then count as pushed; none where it only wrote to records that were
    pushed before: their days are observed. Of a preview nothing but the run's own page shows anything.
    """
    scope, run = session.scope, session.engine(context).run
    read = run_results.of_run(run.connection, run.realm, run.run_id)
    chosen = sorted(days_of(ranges) if ranges else {each.day for each in read.sums})
    if not chosen:
        context.log.info("There are no records.")
        return
    asset, days = results_key(scope), list(map(str, chosen))
    tag_beginning(context, scope, session.engine(context).request, days_said(days))
    open_rows = needs_attention(run.connection, run.realm, chosen)
    link = results_file(context, scope.environment, run.run_id, days, read.book)
    whole, by_day = shown(days, read, link, open_rows, preview=session.is_preview)
    page = plan_shown(context, session) | next_step(context.run, scope, read.sums)
    context.log_event(dg.AssetObservation(asset, metadata=page | whole))
    context.log.info(headline(needs_of(read.sums), read.count))
    if session.is_preview:
        return  # nothing of these days was made
    _materialize(context, scope, ranges)
    for day, metadata in by_day.items():
        event = dg.AssetMaterialization if ranges else dg.AssetObservation
        context.log_event(event(asset, metadata=metadata, partition=day))
    for check in [
        *day_checks(asset, run.connection, run.realm, days, open_rows, run.now()),
        adds_up(asset, run),
    ]:
        _evaluated(context, check)


def _materialize(context: dg.OpExecutionContext, scope: Scope, ranges: Sequence[ChosenDays]) -> None:
    for chosen in ranges:
        for day in sorted(map(str, days_of([chosen]))):
            for record_type in (name for name in types_with_assets(scope) if name in chosen.record_types):
                context.log_event(dg.AssetMaterialization(sync_key(scope, record_type), partition=day))


def _evaluated(context: dg.OpExecutionContext, check: dg.AssetCheckResult) -> None:
    evaluation = dg.AssetCheckEvaluation(
        asset_key=cast("dg.AssetKey", check.asset_key),
        check_name=cast("str", check.check_name),
        passed=check.passed,
        metadata=check.metadata,
        severity=check.severity,
        description=check.description,
    )
    context.log_event(cast("Any", evaluation))  # it takes one; only its annotation does not say so
