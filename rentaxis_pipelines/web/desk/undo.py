"""Taking back a run: first a preview of it, whose plan is then approved like any other.

Here: starting that preview, and why there is nothing to take back. Not here: what is undone and what is refused (``sync.undo``), the
approval (``approve``).
"""

import sqlalchemy as sa
from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import run_sums, runs, versions
from rentaxis_pipelines.model.results import WRITTEN
from rentaxis_pipelines.orchestration.approval_tags import UNDO
from rentaxis_pipelines.orchestration.names import UNDO_RUN
from rentaxis_pipelines.render.templates import moment
from rentaxis_pipelines.web.desk.forms import Form, FormError, action
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import RequestRefused, Role


def routes() -> list[BaseRoute]:
    """The address of the button."""
    return [action("/runs/{run}/undo", _undo, role=Role.approver, what="undo a run", again=_said)]


def _undo(visit: Visit, form: Form) -> Response:  # noqa: ARG001 - every action is given one
    undone = visit.path["run"]
    with visit.ledger() as connection:
        if why_not := _why_not(visit, connection, undone):
            raise FormError(f"{why_not} Nothing was sent.")
    going = next((run for run in visit.launcher.going() if run.tags.get(UNDO) == undone), None)
    if going is not None:
        return visit.go(visit.url("runs", going.run_id), "The undo of that run was started already.")
    run_id = visit.launcher.job(UNDO_RUN, {}, {UNDO: undone, "preview": "yes"})
    return visit.go(
        visit.url("runs", run_id),
        "This works out what undoing the run would take back. Nothing is sent until you approve it.",
    )


def _said(visit: Visit, form: Form, sentence: str) -> Response:  # noqa: ARG001 - nothing was typed
    address = visit.url("runs", visit.path["run"])
    return visit.sentence("This run was not undone", sentence, link=address, link_text="Back to the run")


def _why_not(visit: Visit, connection: sa.Connection, run_id: str) -> str:
    """Why there is nothing to take back; empty where there may be, which the preview says row by row."""
    run = runs.known(connection, visit.realm, [run_id]).get(run_id)
    if run is None:
        if visit.launcher.state(run_id) is None:
            raise RequestRefused(404, "There is no such run in this company.")
        return "This run wrote nothing to QuickBooks, so there is nothing to undo."
    if run.previewed:
        return "This run was a preview: it wrote nothing, so there is nothing to undo."
    if not versions.has_any(connection, visit.realm, run_id):
        sums = run_sums.sums_of_runs(connection, visit.realm, [run_id]).get(run_id, [])
        if any(each.status in WRITTEN for each in sums):
            return (
                "This run was pushed before this program kept what stood in QuickBooks before each change, so it cannot be "
                "undone. Correct its records in QuickBooks by hand."
            )
        return "This run wrote nothing to QuickBooks, so there is nothing to undo."
    undos = runs.undos_of(connection, visit.realm, run_id)
    if undos and not versions.has_any_left(connection, visit.realm, run_id, [undo.run_id for undo in undos]):
        return f"This run has already been undone, by {undos[0].requested_by} on {moment(undos[0].started_at, visit.zone)}."
    return ""
