"""The list of runs, newest first: who, when, which days and options, counts and money. Nightly runs and retries are in it too.

The ledger knows the runs that planned something, a page at a time; of the same time Dagster adds those that wait for their turn, or ended
before they planned anything. Not here: one run (``run``).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import run_list
from rentaxis_pipelines.ledger.paging import ROWS_A_PAGE
from rentaxis_pipelines.ledger.run_list import ListedRun
from rentaxis_pipelines.ledger.run_sums import RunSum, sums_of_runs
from rentaxis_pipelines.reports.run_lines import RunLine, line_of
from rentaxis_pipelines.reports.run_words import sentence
from rentaxis_pipelines.web.desk.forms import page
from rentaxis_pipelines.web.desk.launching import DagsterAway, RunState
from rentaxis_pipelines.web.desk.run import told_of
from rentaxis_pipelines.web.desk.visit import Visit

STATES: Final = {
    "queued": "waiting for its turn",
    "starting": "starting",
    "running": "running",
    "canceling": "stopping",
    "done": "done",
    "failed": "stopped early",
    "canceled": "canceled",
}


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [page("/runs", _show)]


def _show(visit: Visit) -> Response:
    before = _instant(visit.query.get("before", ""))
    away = ""
    with visit.ledger() as connection:
        runs = run_list.listed(connection, visit.realm, before=before, limit=ROWS_A_PAGE + 1)
        more, runs = len(runs) > ROWS_A_PAGE, runs[:ROWS_A_PAGE]
        sums = sums_of_runs(connection, visit.realm, [run.run_id for run in runs])
        oldest = runs[-1].started_at if more else None
        states: dict[str, RunState] = {}
        unplanned: list[RunState] = []
        try:
            states = visit.launcher.of([run.run_id for run in runs])
            launched = visit.launcher.created(oldest, before) + ([] if before else visit.launcher.going())
            planned = run_list.have_planned(connection, visit.realm, [state.run_id for state in launched])
            unplanned = [state for state in launched if state.run_id not in planned]
        except DagsterAway as error:
            away = str(error)
    lines = _lines(visit, runs, sums, states, unplanned)
    return visit.render(
        "runs.html", away=away, lines=lines, before=before, older=oldest.isoformat() if oldest else None
    )


def _lines(
    visit: Visit,
    runs: Sequence[ListedRun],
    sums: dict[str, list[RunSum]],
    states: dict[str, RunState],
    unplanned: Sequence[RunState],
) -> list[RunLine]:
    lines = {
        run.run_id: line_of(
            run, sums.get(run.run_id, []), STATES[states[run.run_id].phase] if run.run_id in states else ""
        )
        for run in runs
    }
    lines |= {state.run_id: _line_of_dagsters(visit, state) for state in unplanned}
    return sorted(lines.values(), key=lambda line: line.at, reverse=True)


def _line_of_dagsters(visit: Visit, state: RunState) -> RunLine:
    """The line of a run that planned nothing, or not yet."""
    told = told_of(None, state)
    why = visit.launcher.state(state.run_id) if state.phase == "failed" else None
    return RunLine(
        run_id=state.run_id,
        name=told.name,
        who=told.who,
        at=state.created_at,
        days=told.days,
        options=", ".join(filter(None, (told.types, "forced" if told.forced else ""))),
        state=STATES[state.phase],
        note=sentence(why.sentence) if why else "",
    )


def _instant(text: str) -> dt.datetime | None:
    """What the address of an older page says; None, which is the newest page, for what is no instant."""
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None
