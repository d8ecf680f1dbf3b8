"""Ranges of days with gaps between them, pushed in one run: what the sensors ask for when edits are scattered over months.

A range of Dagster's partitions has no gaps, so this is a job of its own. Of the days between nothing is read, pushed or materialized,
and their results stay as they are; of the days asked for the same assets are materialized as by a range. Types go one after
another over all days, so that an invoice is there before its payment of another day.
Without any days a run only opens the company, which brings QuickBooks' lists up to date.
Not here: reading and planning (``sync.engine``), which days (``sync.resync``).
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg
from pydantic import Field

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import RECORD_TYPES, listed
from rentaxis_pipelines.model.sync_request import ChosenDays
from rentaxis_pipelines.orchestration.assets.days_shown import show_days
from rentaxis_pipelines.orchestration.assets.sync import say_what_is_missing
from rentaxis_pipelines.orchestration.failures import step
from rentaxis_pipelines.orchestration.jobs import push_tags
from rentaxis_pipelines.orchestration.names import PUSH_DAYS, named, plain
from rentaxis_pipelines.orchestration.options import SyncOptions
from rentaxis_pipelines.orchestration.partitions import chosen_days
from rentaxis_pipelines.orchestration.run_tags import tag_beginning
from rentaxis_pipelines.orchestration.session import SyncSession, asked, company_op, options_of, session_of
from rentaxis_pipelines.reports.range_result import days_said
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.guard import UnusualPlan
from rentaxis_pipelines.sync.resync.day_ranges import days_of

OP = "push_days_apart"  # what the form of the job stands under


class RangeToPush(dg.Config):
    """One range of days, both ends included."""

    first_day: str = Field(description="The first day, such as 2026-05-01.")
    last_day: str = Field(description="The last day, inclusive; the same as the first for a single day.")
    record_types: list[str] = Field(default=list(RECORD_TYPES), description=f"Any of {listed(RECORD_TYPES)}.")


class PushDays(dg.Config):
    """What to push."""

    ranges: list[RangeToPush] = Field(
        default=[],
        description="Ranges of days. There may be gaps between them, but they must not overlap. "
        "Leave them out to read what changed in QuickBooks' lists, and push nothing.",
    )


def run_config(chosen_ranges: Iterable[ChosenDays]) -> dict[str, Any]:
    """The configuration of a run over these ranges."""
    ranges = [
        {
            "first_day": chosen.days.first_day.isoformat(),
            "last_day": chosen.days.last_day.isoformat(),
            "record_types": list(chosen.record_types),
        }
        for chosen in chosen_ranges
    ]
    return {"ops": {OP: {"config": {"ranges": ranges}}}}


def only_reads_lists(run: dg.DagsterRun) -> bool:
    """Whether the run is one of this job without ranges, which reads QuickBooks' lists and pushes nothing."""
    return plain(run.job_name) == PUSH_DAYS and not _ranges_in(run.run_config)


def days_in(config: Mapping[str, Any]) -> set[dt.date]:
    """The days a run with this configuration is about; none for a run of another job, or one whose days cannot be read."""
    try:
        return days_of(_chosen(RangeToPush(**form)) for form in _ranges_in(config))
    except (KeyError, TypeError, ValueError, CannotLaunch):
        return set()


def _ranges_in(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        return config["ops"][OP]["config"]["ranges"] or []
    except (KeyError, TypeError):
        return []


def _chosen(form: RangeToPush) -> ChosenDays:
    """Raises CannotLaunch for what is not a range of days."""
    unknown = [name for name in form.record_types if name not in RECORD_TYPES]
    if unknown or not form.record_types:
        raise CannotLaunch(f"Choose record types from {', '.join(RECORD_TYPES)}. Nothing was sent.")
    try:
        first, last = dt.date.fromisoformat(form.first_day), dt.date.fromisoformat(form.last_day)
    except ValueError:
        raise CannotLaunch("Write each day as YYYY-MM-DD, such as 2026-05-01. Nothing was sent.") from None
    if first > last:
        raise CannotLaunch(f"The days begin on {first}, after their end on {last}. Nothing was sent.")
    return ChosenDays(
        DateRange.of_days(first, last), tuple(name for name in RECORD_TYPES if name in form.record_types)
    )


def _chosen_ranges(scope: Scope, config: PushDays) -> list[ChosenDays]:
    """Oldest first, at least one. Raises CannotLaunch for days that cannot be chosen, or are included twice."""
    ranges = sorted(map(_chosen, config.ranges))
    for record_type in RECORD_TYPES:
        for before, after in itertools.pairwise(each for each in ranges if record_type in each.record_types):
            if after.days.overlaps(before.days):
                raise CannotLaunch(f"{after.days.first_day} is included twice. Nothing was sent.")
    chosen_days(scope, ranges[0].days.first_day, max(each.days.last_day for each in ranges))
    return ranges


def push_days_job(scope: Scope) -> dg.JobDefinition:
    """The company's job for ranges with gaps between them."""

    @company_op(
        scope,
        OP,
        out=dg.Out(io_manager_key="plan_id", description="What the guard held back, a sentence each."),
        description="Push the records of these days, and show the result of each day.",
    )
    def push_days_op(context: dg.OpExecutionContext, config: PushDays) -> list[str]:
        return _push(context, session_of(context, scope), options_of(context), config)

    @dg.job(
        name=named(scope, PUSH_DAYS),
        description="Push several separate ranges of days in one run. Sensors start it; to push one range, launch bulk_sync. "
        "Without any days it only brings QuickBooks' lists (customers, vendors, accounts, products and the like) up to date.",
        tags=push_tags(scope),
    )
    def job() -> None:
        nothing_held_back(push_days_op.alias(OP)())

    return job


def _push(
    context: dg.OpExecutionContext, session: SyncSession, options: SyncOptions, config: PushDays
) -> list[str]:
    if not config.ranges:
        return _read_lists(context, session, options)
    ranges = _chosen_ranges(session.scope, config)
    request = asked(context, options, days=tuple(ranges))
    days = days_said(sorted(map(str, days_of(ranges))))
    tag_beginning(context, session.scope, request, days)
    # Opened before anything is read: what is read is never older than what was pushed.
    engine = session.engine(context, request)
    tag_beginning(context, session.scope, engine.request, days)  # it may be a preview by now
    done = engine.sync()
    say_what_is_missing(context, done.problems)
    show_days(context, session, ranges)
    return done.held


def _read_lists(context: dg.OpExecutionContext, session: SyncSession, options: SyncOptions) -> list[str]:
    request = asked(context, options)
    session.engine(context, request)  # opening the company reads what changed in its lists
    tag_beginning(context, session.scope, request)
    context.log.info("QuickBooks' lists are up to date. No days were chosen, so nothing was sent.")
    return []


# A step of its own: what a step that fails has logged of its assets is lost. It knows no company.
@dg.op(out=dg.Out(dg.Nothing), description="Fail if the guard held anything back, and say what.")
@step
def nothing_held_back(context: dg.OpExecutionContext, held: list[str]) -> None:  # noqa: ARG001 - every step begins with one
    if held:
        raise UnusualPlan("\n".join(held))
