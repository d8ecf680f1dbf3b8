"""Days that lie apart, pushed in one run: what the sensors ask for when edits are scattered over months.

A range of Dagster's partitions has no gaps, so this is a job of its own. Of the days between nothing is read, pushed or materialized,
and their results stay as they are; of the days asked for the same assets are materialized as by a range. Types go one after
another over all days, so that an invoice is there before its payment of another day.
Not here: reading and planning (``sync.days_apart``), which days (``sync.resync``).
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import dagster as dg
from pydantic import Field

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.mapping.preflight import SettingsProblem
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.orchestration.assets.reports import adds_up
from rentaxis_pipelines.orchestration.assets.results import shown
from rentaxis_pipelines.orchestration.assets.results_file import results_file
from rentaxis_pipelines.orchestration.assets.sync import SYNC_KEYS, missing_markdown
from rentaxis_pipelines.orchestration.checks import day_checks
from rentaxis_pipelines.orchestration.failures import NOT_RETRIED, step
from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.orchestration.options import SyncOptions
from rentaxis_pipelines.orchestration.partitions import DAILY
from rentaxis_pipelines.orchestration.run_tags import tag_beginning
from rentaxis_pipelines.orchestration.session import SyncSession
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.reports.days_proof import needs_attention
from rentaxis_pipelines.reports.range_result import days_said, headline, needs_of
from rentaxis_pipelines.reports.run_files import RunRows
from rentaxis_pipelines.sync.choice import RECORD_TYPES
from rentaxis_pipelines.sync.days_apart import payers_of, plan_part, read_parts, what_is_missing
from rentaxis_pipelines.sync.finish import finish_plan
from rentaxis_pipelines.sync.guard import UnusualPlan
from rentaxis_pipelines.sync.planning.resolve_payers import matches_of
from rentaxis_pipelines.sync.resync.day_ranges import RangeOfTypes, days_of
from rentaxis_pipelines.sync.run import Run

JOB = "push_days"
_OP = "push_days_apart"  # a job and an op may not share a name within a code location


class RangeToPush(dg.Config):
    """One range of days, both ends included."""

    first_day: str = Field(description="The first day, such as 2026-05-01.")
    last_day: str = Field(description="The last day, included; the same for a single day.")
    record_types: list[str] = Field(
        default=list(RECORD_TYPES), description="Any of customers, invoices, payments and expenses."
    )


class PushDays(dg.Config):
    """What to push."""

    stretches: list[RangeToPush] = Field(
        description="Stretches of days; they may lie apart, and do not overlap."
    )


def run_config(stretches: Iterable[RangeOfTypes]) -> dict[str, Any]:
    """The configuration of a run of these stretches."""
    asked = [
        {
            "first_day": one.days.first_day.isoformat(),
            "last_day": one.days.last_day.isoformat(),
            "record_types": list(one.record_types),
        }
        for one in stretches
    ]
    return {"ops": {_OP: {"config": {"stretches": asked}}}}


def days_in(config: Mapping[str, Any]) -> set[dt.date]:
    """The days a run with this configuration is about; none for a run of another job, or one whose days cannot be read."""
    try:
        asked = config["ops"][_OP]["config"]["stretches"]
        return days_of(_stretch(RangeToPush(**one)) for one in asked)
    except (KeyError, TypeError, ValueError, CannotLaunch):
        return set()


def _stretch(one: RangeToPush) -> RangeOfTypes:
    """Raises CannotLaunch for what is no stretch of days."""
    unknown = [name for name in one.record_types if name not in RECORD_TYPES]
    if unknown or not one.record_types:
        raise CannotLaunch(f"Choose record types from {', '.join(RECORD_TYPES)}. Nothing was sent.")
    try:
        first, last = dt.date.fromisoformat(one.first_day), dt.date.fromisoformat(one.last_day)
    except ValueError:
        raise CannotLaunch("A day is written like 2026-05-01. Nothing was sent.") from None
    if first > last:
        raise CannotLaunch(f"The days begin on {first}, after their end on {last}. Nothing was sent.")
    return RangeOfTypes(
        DateRange.of_days(first, last), tuple(name for name in RECORD_TYPES if name in one.record_types)
    )


def _stretches(config: PushDays) -> list[RangeOfTypes]:
    """Oldest first. Raises CannotLaunch for days that cannot be chosen, or are asked for twice."""
    found = sorted(_stretch(one) for one in config.stretches)
    if not found:
        raise CannotLaunch("No days were chosen. Nothing was sent.")
    for record_type in RECORD_TYPES:
        for before, after in itertools.pairwise(one for one in found if record_type in one.record_types):
            if after.days.overlaps(before.days):
                raise CannotLaunch(f"{after.days.first_day} is asked for twice. Nothing was sent.")
    earliest, latest = DAILY.get_first_partition_key(), DAILY.get_last_partition_key()
    if earliest is None or latest is None or str(found[0].days.first_day) < earliest:
        raise CannotLaunch(
            f"{found[0].days.first_day} lies before the first day that can be chosen, {earliest}."
        )
    last = max(one.days.last_day for one in found)
    if str(last) > latest:
        raise CannotLaunch(f"{last} lies after the last day that can be chosen, {latest}.")
    return found


@dg.op(
    name=_OP,
    out=dg.Out(io_manager_key="plan_id", description="What the guard held back, a sentence each."),
    pool="quickbooks",
    description="Push the records of these days, and show what came of each day.",
)
@step
def push_days_op(
    context: dg.OpExecutionContext, config: PushDays, session: SyncSession, options: SyncOptions
) -> list[str]:
    stretches = _stretches(config)
    tag_beginning(context, options, days_said(sorted(map(str, days_of(stretches)))))
    held = _push(context, session, options, stretches)
    run = session.run(context)
    rows = results.results_of(run.connection, run.realm, run_id=run.run_id)
    _show(context, session, options, run, stretches, rows)
    return held


# A step of its own: what a step that fails has logged of its assets is lost.
@dg.op(out=dg.Out(dg.Nothing), description="Fail where the guard held anything back, and say what.")
@step
def nothing_held_back(context: dg.OpExecutionContext, held: list[str]) -> None:  # noqa: ARG001 - every step begins with one
    if held:
        raise UnusualPlan("\n".join(held))


@dg.job(
    name=JOB,
    description="Push days that lie apart, in one run. The sensors start it; a person launches a range with bulk_sync.",
    tags={"quickbooks/push": "one_at_a_time", "dagster/retry_strategy": "ALL_STEPS", **NOT_RETRIED},
)
def push_days_job() -> None:
    nothing_held_back(push_days_op())


def _push(
    context: dg.OpExecutionContext,
    session: SyncSession,
    options: SyncOptions,
    stretches: Sequence[RangeOfTypes],
) -> list[str]:
    """Plan and push every type of every stretch. What the guard holds back ends its own stretch alone; returns its sentences."""
    run = session.run(context)  # before anything is read: what is read is never older than what was pushed
    environment = session.environment
    parts = read_parts(environment, session.company, stretches)
    matches = matches_of(run, payers_of(parts))
    choice = session.choice(stretches[0].days.first_day, stretches[-1].days.last_day, options)
    held: dict[RangeOfTypes, str] = {}
    problems: list[SettingsProblem] = []
    for record_type in RECORD_TYPES:
        chosen = [one for one in parts if record_type in one.stretch.record_types]
        if not chosen:
            continue
        decided_by = session.context(run, options)
        if choice.allows(record_type):
            problems += _said(context, what_is_missing(decided_by, chosen, record_type))
        for part in chosen:
            if part.stretch in held:
                continue
            plan_id = plan_part(run, environment, decided_by, choice, chosen, part, record_type, matches)
            try:
                session.push(context, plan_id, options)
            except UnusualPlan as error:
                held[part.stretch] = str(error)
                continue
            finish_plan(run, plan_id)
    if problems:
        context.add_output_metadata({"mappings_to_mend": md(missing_markdown(problems))})
    return list(held.values())


def _said(context: dg.OpExecutionContext, problems: list[SettingsProblem]) -> list[SettingsProblem]:
    for problem in problems:
        context.log.warning(one_line(f"{problem.key_path}: {problem.rows} rows cannot go. {problem.remedy}"))
    return problems


def _show(
    context: dg.OpExecutionContext,
    session: SyncSession,
    options: SyncOptions,
    run: Run,
    stretches: Sequence[RangeOfTypes],
    rows: list[RowResult],
) -> None:
    """What came of each day, where a range shows it: on the day of ``sync_results``, and the whole on the run's own page."""
    days = sorted(map(str, days_of(stretches)))
    standing = needs_attention(run.connection, run.realm, sorted(days_of(stretches)))
    link = results_file(context, session.environment, RunRows(run.run_id, None, rows), days)
    whole, by_day = shown(days, rows, link, standing, dry_run=options.dry_run)
    context.log_event(dg.AssetObservation("sync_results", metadata=whole))
    context.log.info(headline(needs_of(rows), len(rows)))
    if options.dry_run:
        return  # nothing of these days was made
    for stretch in stretches:
        for day in sorted(map(str, days_of([stretch]))):
            for record_type in stretch.record_types:
                context.log_event(dg.AssetMaterialization(SYNC_KEYS[record_type], partition=day))
    for day, metadata in by_day.items():
        context.log_event(dg.AssetMaterialization("sync_results", metadata=metadata, partition=day))
    checks = [*day_checks(run.connection, run.realm, days, standing, run.now()), adds_up(run)]
    for check in checks:
        evaluation = dg.AssetCheckEvaluation(
            asset_key=cast("dg.AssetKey", check.asset_key),
            check_name=cast("str", check.check_name),
            passed=check.passed,
            metadata=check.metadata,
            severity=check.severity,
            description=check.description,
        )
        context.log_event(cast("Any", evaluation))  # it takes one; only its annotation does not say so
