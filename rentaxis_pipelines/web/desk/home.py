"""The first page of a company: what needs a person today, how the month stands, what is going on, and whether QuickBooks is connected.

Here: Dagster's part of it, and the page. Not here: the reads (``reports.front_page``).
"""

import datetime as dt
from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.orchestration.names import plain
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.reports.front_page import (
    ConnectionLine,
    RunOnPage,
    connection_line,
    front_page,
    runs_on_page,
)
from rentaxis_pipelines.reports.nights import NIGHTLY
from rentaxis_pipelines.reports.run_words import name_of, name_of_job, who
from rentaxis_pipelines.sync.connection import connection_of
from rentaxis_pipelines.web.desk.forms import page
from rentaxis_pipelines.web.desk.launching import DagsterAway, RunState
from rentaxis_pipelines.web.desk.visit import Visit

MONTHS_SHOWN = 6


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [page("", _show)]


def _show(visit: Visit) -> Response:
    going, night = _runs(visit)
    good_since = visit.now - dt.timedelta(days=visit.company.policies.preview_days)
    with visit.ledger() as connection:
        facts = front_page(connection, visit.realm, good_since)
        ids = [run.run_id for run in [*(going or []), *([night] if night else [])]]
        runs = runs_on_page(connection, visit.realm, [*ids, *(plan.preview_id for plan in facts.plans)])
    return visit.render(
        "home.html",
        facts=facts,
        months=[month for month in facts.months.months if month.state != "no records"][:MONTHS_SHOWN],
        last_month=facts.months.last(visit.today),
        last_month_day=_last_month(visit.today),
        link=_connection(visit),
        going=None
        if going is None
        else [(state, runs[state.run_id], _name(state, runs[state.run_id])) for state in going],
        night=night and (night, runs[night.run_id]),
        plans=[(plan, runs[plan.preview_id]) for plan in facts.plans],
        who=who,
    )


def _name(state: RunState, run: RunOnPage) -> str:
    """What the run is, in words."""
    if run.about is not None:
        return name_of(run.about)
    asked_by = state.tags.get(REQUESTED_BY_TAG, "")
    return name_of_job(
        plain(state.job),
        asked_by,
        preview="preview" in state.tags,
        only_reads_lists=state.only_reads_lists,
    )


def _runs(visit: Visit) -> tuple[Sequence[RunState] | None, RunState | None]:
    """The runs that are going, and the newest nightly one; None for both while Dagster's database is away."""
    try:
        return visit.launcher.going(), visit.launcher.newest_asked_by(NIGHTLY)
    except DagsterAway:
        return None, None


def _connection(visit: Visit) -> ConnectionLine:
    try:
        return connection_line(connection_of(visit.environment, visit.now), visit.now)
    except QuickBooksError:
        return ConnectionLine(
            "gone",
            "The saved connection to QuickBooks cannot be opened with this server's secret key. Connect QuickBooks again.",
        )


def _last_month(today: dt.date) -> dt.date:
    return (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
