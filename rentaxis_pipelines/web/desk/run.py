"""The page of one run: how far it is while it goes, then its result, what failed in it and why, and its rows.

Here: which of these is shown, and canceling. Not here: the list of runs (``runs``), files of a run (``run_downloads``), its plan (``plans``),
undoing it (``undo``).
"""

from typing import Any, Final, NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import run_list
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.results import WRITTEN
from rentaxis_pipelines.orchestration.names import BULK_SYNC_FORCE, plain
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG, tag_name
from rentaxis_pipelines.orchestration.run_tags import tagged_days
from rentaxis_pipelines.reports import run_result, run_words
from rentaxis_pipelines.reports.range_result import headline
from rentaxis_pipelines.reports.run_reading import RunRead, causes_of, read_run
from rentaxis_pipelines.web.desk import run_rows
from rentaxis_pipelines.web.desk.forms import Form, action, page
from rentaxis_pipelines.web.desk.launching import DagsterAway, RunState
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import RequestRefused, Role

PHASES: Final = {
    "queued": "Waiting for its turn: one run at a time writes to the books.",
    "starting": "Starting.",
    "running": "Reading RentAxis.",
    "canceling": "Stopping: what is being sent is finished first.",
    "canceled": "It was canceled before it was through. What it had sent stays; a later run sends the rest.",
}
_UNFINISHED = "It ended before it was through. What it had sent stays; the next run settles what was open and sends the rest."


class Told(NamedTuple):
    """What the head of the page says of a run. ``days``: None where it is about no days."""

    name: str
    who: str
    days: DateRange | None
    types: str
    forced: bool
    preview: bool


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [
        page("/runs/{run}", _show),
        page("/runs/{run}/progress", _show_progress),
        action("/runs/{run}/cancel", _cancel, role=Role.operator, what="cancel a run", again=_show_again),
    ]


def _show_again(visit: Visit, _form: Form, trouble: str) -> Response:
    return _show(visit, trouble)


def _show(visit: Visit, trouble: str = "") -> Response:
    run_id = visit.path["run"]
    state, away = _state(visit, run_id)
    with visit.ledger() as connection:
        read = read_run(connection, visit.realm, run_id)
        if read is None and state is None:
            # Of a run that is not theirs to see, a person is not even told that it is there.
            of_another = visit.person.sees_every_company and run_list.of_another_company(
                connection, visit.realm, run_id
            )
            return _no_such_run(visit, away, of_another)
        going = state is not None and state.is_going
        asked = run_rows.asked_for(visit)
        shown = causes = None
        if read is not None and not going:
            causes = causes_of(connection, visit.realm, run_id, read.sums)
            shown = run_rows.rows_shown(connection, visit.realm, run_id, read.sums, asked)
    told = told_of(read, state)
    return visit.render(
        "run.html",
        trouble_said=trouble or away,
        run_id=run_id,
        told=told,
        started_at=read.run.started_at if read else state.created_at if state else None,
        state=state,
        going=going,
        result=_result(read, state) if read is not None else None,
        why=_why(read, state),
        causes=causes or [],
        shown=shown,
        rows=run_rows,
        words=run_words,
        reasons=run_rows.reasons_in(read.sums) if read else [],
        **_progress(read, state),
    )


def _show_progress(visit: Visit) -> Response:
    """Only what changes while the run goes; once it has ended, nothing of it, so that the whole page is loaded again."""
    run_id = visit.path["run"]
    state, _ = _state(visit, run_id)
    with visit.ledger() as connection:
        read = read_run(connection, visit.realm, run_id)
    going = state is not None and state.is_going
    return visit.render(
        "run_progress.html", run_id=run_id, state=state, going=going, **_progress(read, state)
    )


def _cancel(visit: Visit, _form: Form) -> Response:
    run_id = visit.path["run"]
    state = visit.launcher.state(run_id)
    if state is None:
        raise RequestRefused(404, "There is no such run, so nothing was canceled.")
    if not state.is_going:
        return visit.go(visit.url("runs", run_id), "It had ended already; nothing was canceled.")
    if state.phase != "canceling":
        visit.launcher.cancel(run_id)
    return visit.go(visit.url("runs", run_id), "It is being canceled. What is being sent is finished first.")


def _state(visit: Visit, run_id: str) -> tuple[RunState | None, str]:
    """How Dagster says it stands; and a sentence where Dagster is away, for the ledger knows the run all the same."""
    try:
        return visit.launcher.state(run_id), ""
    except DagsterAway as error:
        return None, str(error)


def _no_such_run(visit: Visit, away: str, of_another: bool) -> Response:
    sentence = (
        "This run belongs to another company. Choose that company first."
        if of_another
        else away or "There is no such run. It may have been removed since, or the address is not complete."
    )
    return visit.sentence(
        "No such run",
        sentence,
        503 if away and not of_another else 404,
        link=visit.url("runs"),
        link_text="All runs",
    )


def told_of(read: RunRead | None, state: RunState | None) -> Told:
    """By the ledger, where the run has planned anything; else by what Dagster was asked for."""
    if read is not None:
        run = read.run
        days = None if run.one_record or run.undoes else DateRange.of_days(run.first_day, run.last_day)
        return Told(
            run_words.name_of(run),
            run_words.who(run.requested_by),
            days,
            "" if run.one_record or run.undoes else run_words.types_of(run.record_types),
            run.forced,
            run.preview,
        )
    assert state is not None
    asked_by = state.tags.get(REQUESTED_BY_TAG, "")
    options = {
        tag_name(name) for name, value in state.tags.items() if value.lower() in ("yes", "true", "on", "1")
    }
    job = plain(state.job)
    return Told(
        run_words.name_of_job(
            job, asked_by, preview="preview" in options, only_reads_lists=state.only_reads_lists
        ),
        run_words.who(asked_by),
        tagged_days(state.tags),
        run_words.types_of(state.record_types),
        "force" in options or job == BULK_SYNC_FORCE,
        "preview" in options,
    )


def _progress(read: RunRead | None, state: RunState | None) -> dict[str, Any]:
    progress = run_result.progress_of(read.sums, read.read) if read else run_result.Progress(0, 0)
    phase = PHASES.get(state.phase, "") if state else ""
    if state is not None and state.phase == "running" and progress.read:
        phase = f"{progress.done:,} of {progress.read:,} records done."
    return {
        "phase": phase,
        "progress": progress,
        "types": run_result.by_type(read.sums, read.read) if read else [],
        "outcomes": _outcomes(read),
    }


def _outcomes(read: RunRead | None) -> tuple[str, ...]:
    """The columns of the table of results: what a preview would push is one of them, and nothing is created."""
    preview = read is not None and read.run.preview
    return (run_result.TO_PUSH, "skipped", "failed") if preview else run_result.OUTCOMES


def _result(read: RunRead, state: RunState | None) -> dict[str, object]:
    rows = run_result.total(read.sums).rows
    return {
        "headline": headline(run_result.needs_of(read.sums), rows),
        "rows": rows,
        "waits": run_words.plan_waits(read.run) if _plan_is_whole(read, state) else "",
        "plan": read.run.plan_id,
        "overwrites": read.overwrites,
        "approved_plan": read.run.approved_plan,
        "undone_by": read.undone_by,
        "taken_back": read.taken_back,
        "can_be_undone": not read.run.preview and any(each.status in WRITTEN for each in read.sums),
        "ended_at": state.ended_at if state and state.ended_at else read.run.finished_at,
    }


def _plan_is_whole(read: RunRead, state: RunState | None) -> bool:
    """A plan whose run was interrupted cannot be approved; what the guard held back can, though its run then ends as failed."""
    interrupted = read.run.finished_at is None or (state is not None and state.phase != "done")
    return read.run.plan_why == "guard" or not interrupted


def _why(read: RunRead | None, state: RunState | None) -> str:
    """Why it could not be carried out, or not to its end; empty where it was."""
    if state is not None and state.phase == "failed":
        return run_words.sentence(state.sentence)
    if state is not None and state.phase == "canceled":
        return PHASES["canceled"]
    if state is None and read is not None and read.run.finished_at is None:
        return _UNFINISHED
    return ""
