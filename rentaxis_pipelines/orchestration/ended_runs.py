"""One tick of a sensor that reacts to runs of any company that came to their end: each once, in the order in which they ended.

Dagster's own run status sensors take one run a tick once they say what they did, and otherwise write an event to every run they have
seen: too slow for the nights of many companies, and noise in the pages of their runs. Here: which run, of which company, and how far the
sensor has got (its cursor). Not here: the reactions (``notice_sensors``, ``heartbeat``).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import dagster as dg

from rentaxis_pipelines.orchestration.company_ticks import sentence_of
from rentaxis_pipelines.orchestration.names import companies_of
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.settings import Scope, SettingsError

_EVENT_OF: Final[Mapping[dg.DagsterRunStatus, dg.DagsterEventType]] = {
    dg.DagsterRunStatus.SUCCESS: dg.DagsterEventType.RUN_SUCCESS,
    dg.DagsterRunStatus.FAILURE: dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterRunStatus.CANCELED: dg.DagsterEventType.RUN_CANCELED,
}
_MOST_RUNS = 50
# Dagster ends a tick after 60 seconds and forgets how far it got; one reaction may take most of that.
_BEGIN_SECONDS = 4.0

# What was done about a run of the company, as a sentence; empty for nothing.
React = Callable[[Scope, dg.DagsterRun], str]


def tick_of_ended_runs(
    context: dg.SensorEvaluationContext,
    scopes: Sequence[Scope],
    status: dg.DagsterRunStatus,
    react: React,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> dg.SensorResult:
    """React to the runs that ended so since the last tick, as many as there is time for. What goes wrong is logged, and done with."""
    after = _place(context.cursor)
    if after is None:  # the first tick ever: from now on
        newest = context.instance.fetch_run_status_changes(_EVENT_OF[status], limit=1).records  # pyright: ignore[reportArgumentType]
        place = newest[0].storage_id if newest else 0
        return dg.SensorResult(
            skip_reason=dg.SkipReason("It begins with the next run that ends."), cursor=str(place)
        )
    by_slug, began = {scope.slug: scope for scope in scopes}, clock()
    said: list[str] = []
    which = dg.RunStatusChangeRecordsFilter(_EVENT_OF[status], after_storage_id=after)  # pyright: ignore[reportArgumentType]
    records = context.instance.fetch_run_status_changes(which, limit=_MOST_RUNS, ascending=True).records
    runs = _runs(context, [record.event_log_entry.run_id for record in records])
    for record in records:
        if clock() - began >= _BEGIN_SECONDS:
            break
        after = record.storage_id
        if (run := runs.get(record.event_log_entry.run_id)) is not None:
            mine = sorted(companies_of(run) & by_slug.keys())
            said += [_reaction(context, by_slug[slug], run, react) for slug in mine]
    sentence = one_line(" ".join(filter(None, said))) or "Nothing was to be done."
    return dg.SensorResult(skip_reason=dg.SkipReason(sentence), cursor=str(after))


def settings_now(scope: Scope) -> Scope:
    """The company with its settings as they are now; as they were when the definitions were loaded, where they cannot be used by now."""
    try:
        return scope.current()
    except SettingsError:
        return scope


def _place(cursor: str | None) -> int | None:
    return int(cursor) if cursor is not None and cursor.isascii() and cursor.isdigit() else None


def _runs(context: dg.SensorEvaluationContext, run_ids: Sequence[str]) -> dict[str, dg.DagsterRun]:
    """Those of this code location, by id."""
    here = context.code_location_origin
    runs = context.instance.get_runs(dg.RunsFilter(run_ids=list(run_ids))) if run_ids else []
    return {run.run_id: run for run in runs if here is None or _location(run) in (None, here.location_name)}


def _location(run: dg.DagsterRun) -> str | None:
    origin = run.remote_job_origin
    return origin.repository_origin.code_location_origin.location_name if origin is not None else None


def _reaction(context: dg.SensorEvaluationContext, scope: Scope, run: dg.DagsterRun, react: React) -> str:
    try:
        return react(scope, run)
    except Exception as error:  # it fails neither the run nor the sensor, nor what is due for other companies
        sentence = one_line(f"{scope.slug}, run {run.run_id}: {sentence_of(error)}")
        context.log.error(sentence)  # noqa: TRY400 - a trace may quote what must not be in a log
        return sentence
