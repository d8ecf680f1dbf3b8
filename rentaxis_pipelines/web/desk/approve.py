"""Approving a plan: exactly the records and the money that its page said go, once, by one person.

Here: what is checked before the run is started. Not here: the page (``plans``), what the run checks once more (``sync.previews``).
"""

import sqlalchemy as sa
from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import plan_lines, previews
from rentaxis_pipelines.ledger.previews import PlanLaunch
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.previews import Preview
from rentaxis_pipelines.orchestration import push_approved
from rentaxis_pipelines.orchestration.approval_tags import PLAN, WITHOUT
from rentaxis_pipelines.orchestration.names import PUSH_APPROVED
from rentaxis_pipelines.render.templates import count
from rentaxis_pipelines.reports import plan_keeping
from rentaxis_pipelines.reports.plan_choice import Going, names_left_out
from rentaxis_pipelines.web.desk.forms import Form, FormError, action
from rentaxis_pipelines.web.desk.plan_state import PlanState, state_of
from rentaxis_pipelines.web.desk.plans import going_of, keep_choice, looking_by, plan_of, show_again
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import Role

_MAY = "approve a plan"


def routes() -> list[BaseRoute]:
    """The addresses of the approval, and of finishing a push that was interrupted."""
    return [
        action("/plans/{plan}/approve", _approve, role=Role.approver, what=_MAY, again=show_again),
        action("/plans/{plan}/finish", _finish, role=Role.approver, what=_MAY, again=show_again),
    ]


def _approve(visit: Visit, form: Form) -> Response:
    with visit.ledger() as connection:
        summary = plan_keeping.summed_up(connection, plan_of(visit, connection))
        # Until this is committed, a second approval of the same plan waits here.
        preview = plan_of(visit, connection, held=True)
        state = state_of(visit, connection, preview)
        if not state.open:
            return _too_late(visit, preview, state)
        keep_choice(visit, connection, preview, form)
        if summary is None:
            raise FormError("This plan is not finished yet. Nothing was sent.")
        choice = going_of(connection, preview, summary)
        if said := _not_what_was_read(choice, form):
            connection.commit()
            address = visit.url("plans", preview.preview_id, **looking_by(form).query())
            return visit.go(f"{address}#approve", said)
        rows = plan_lines.planned_rows(
            connection, plan_lines.lines_at(connection, preview.preview_id, sorted(choice.places))
        )
        names = names_left_out(choice, rows)
        if any("," in name for name in names):
            raise FormError(
                "A record whose id in RentAxis has a comma cannot be left out by itself. Tick it, or leave out its whole record type."
            )
        run_id = _launch(visit, connection, preview, ",".join(names))
    return visit.go(visit.url("runs", run_id))


def _not_what_was_read(choice: Going, form: Form) -> str:
    """What to read first, where the page said another number or another amount than what goes now; empty where it said the same."""
    if not choice.rows:
        raise FormError("Nothing is left to push: everything is left out. Nothing was sent.")
    if (form["records"], form["money"]) == (str(choice.rows), choice.money):
        return ""
    records = f"{count(choice.rows)} {'record' if choice.rows == 1 else 'records'}"
    what = f"{records} ({choice.money})" if choice.money else records
    return f"What is left out has changed: now {what} would be pushed. Nothing was sent yet. Approve once more if that is right."


def _finish(visit: Visit, form: Form) -> Response:  # noqa: ARG001 - every action is given one
    """Go on with a push that died: exactly what was approved then."""
    with visit.ledger() as connection:
        preview = plan_of(visit, connection, held=True)
        state = state_of(visit, connection, preview)
        if not state.interrupted:
            return _too_late(visit, preview, state)
        run_id = _launch(visit, connection, preview, "")
    return visit.go(visit.url("runs", run_id))


def _launch(visit: Visit, connection: sa.Connection, preview: Preview, without: str) -> str:
    form = {PLAN: preview.preview_id, WITHOUT: without}
    try:
        run_id = visit.launcher.job(PUSH_APPROVED, {"ops": {push_approved.OP: {"config": form}}})
    except CannotLaunch:
        connection.commit()  # what was left out stays left out
        raise
    launch = PlanLaunch(preview_id=preview.preview_id, run_id=run_id, who=visit.who, at=visit.now)
    previews.write_launch(connection, launch)
    connection.commit()
    return run_id


def _too_late(visit: Visit, preview: Preview, state: PlanState) -> Response:
    """Somebody was faster, or the plan's time is over: the page says which."""
    return visit.go(visit.url("plans", preview.preview_id), f"{state.sentence} Nothing more was sent.")
