"""What was changed in QuickBooks since we wrote it: field by field, to be kept as it is there, or written again as RentAxis has it.

Here: the page, and the two decisions. Not here: finding the changes (``reports.drift``), what a push does with them (``sync``).
"""

import sqlalchemy as sa
from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import kept_edits
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, SOURCE_TYPES, whole_key, whole_of
from rentaxis_pipelines.orchestration import push_record
from rentaxis_pipelines.orchestration.names import PUSH_RECORD
from rentaxis_pipelines.render.templates import moment
from rentaxis_pipelines.reports import edits_in_quickbooks
from rentaxis_pipelines.reports.desk_words import for_the_desk
from rentaxis_pipelines.reports.edits_in_quickbooks import Edit
from rentaxis_pipelines.reports.plan_changes import field_in_words
from rentaxis_pipelines.sync.which_record import BY_ID
from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import Role

_WRITES = "writes"  # the tag of a run that writes a record again; its value is the record
_NOT_RECONCILED = "QuickBooks has not been compared with RentAxis yet. Run a reconciliation first."


def routes() -> list[BaseRoute]:
    """The addresses of the page and its two decisions."""
    return [
        page("/drift", _show),
        action(
            "/drift/keep",
            _keep,
            role=Role.operator,
            what="decide what is kept in QuickBooks",
            again=_show_again,
        ),
        action("/drift/write", _write, role=Role.operator, what="push a record", again=_show_again),
    ]


def _show(visit: Visit) -> Response:
    return _show_again(visit, Form({}), "")


def _show_again(visit: Visit, form: Form, sentence: str) -> Response:
    kept = (form["kept"] or visit.query.get("kept", "")) == "yes"
    with visit.ledger() as connection:
        made_at = edits_in_quickbooks.reconciled_at(connection)
        listed, counts = None, {}
        if made_at is not None:
            listed = edits_in_quickbooks.edits(connection, visit.realm, made_at, visit.number, kept=kept)
            counts = edits_in_quickbooks.counts(connection, visit.realm, made_at)
    return visit.render(
        "drift.html",
        listed=listed,
        counts={each: counts.get(each, 0) for each in (False, True)},
        kept=kept,
        made_at=made_at,
        sentence=sentence,
        decides=visit.may("operator"),
        can_be_written=can_be_written,
        field_in_words=field_in_words,
        for_the_desk=for_the_desk,
        to=lambda number: visit.url("drift", kept="yes" if kept else None, page=number),
    )


def can_be_written(edit: Edit) -> bool:
    """Whether the record can be pushed by itself. A vendor, class or location goes only with a record that needs it."""
    source_type = edit.key[0]
    return edit.what == "edited" and source_type in BY_SOURCE_TYPE and whole_of(source_type) in SOURCE_TYPES


def _edit_meant(visit: Visit, connection: sa.Connection, form: Form) -> Edit:
    """The edit that the form is about, as it was when the page was shown. Raises FormError where that is not so any more."""
    made_at = edits_in_quickbooks.reconciled_at(connection)
    if made_at is None:
        raise FormError(_NOT_RECONCILED)
    edit = edits_in_quickbooks.edit_of(connection, visit.realm, made_at, form["record"])
    if edit is None:
        raise FormError(
            "RentAxis and QuickBooks agree on that record by now, or it was not changed. Nothing was done."
        )
    if edit.seen != form["seen"]:
        raise FormError(
            f"{edit.label} has been changed again since this page was opened. Nothing was done; look at it once more."
        )
    if edit.what != "edited":
        raise FormError(f"{edit.label} was {edit.what} in QuickBooks, so there is no edit to decide about.")
    return edit


def _keep(visit: Visit, form: Form) -> Response:
    """Keep what QuickBooks says, or take that back."""
    takes_back = form.ticked("take_back")
    with visit.ledger() as connection:
        edit = _edit_meant(visit, connection, form)
        if takes_back == (edit.kept_by is None):
            return visit.go(visit.url("drift"), _decided_already(visit, edit))
        fields = [] if takes_back else edit.fields
        kept_edits.append(connection, visit.realm, edit.key, edit.label, fields, who=visit.who, at=visit.now)
        connection.commit()
    if takes_back:
        return visit.go(visit.url("drift"), f"{edit.label} is on the list again.")
    return visit.go(
        visit.url("drift"),
        f"{edit.label} stays as QuickBooks has it. It comes back to this list if it is changed again on either side.",
    )


def _decided_already(visit: Visit, edit: Edit) -> str:
    if edit.kept_by is None:
        return f"{edit.label} is on the list already."
    return f"{edit.kept_by} decided on {moment(edit.kept_at, visit.zone)} to keep {edit.label} as QuickBooks has it."


def _write(visit: Visit, form: Form) -> Response:
    """Push the record again as RentAxis has it, over what was changed in QuickBooks."""
    with visit.ledger() as connection:
        edit = _edit_meant(visit, connection, form)
    if edit.kept_by is not None:
        return visit.go(visit.url("drift"), f"{_decided_already(visit, edit)} Nothing was pushed.")
    if not can_be_written(edit):
        raise FormError(
            f"{edit.label} cannot be pushed by itself. Correct it in QuickBooks, or keep it as it is there."
        )
    going = next((run for run in visit.launcher.going() if run.tags.get(_WRITES) == edit.record), None)
    if going is not None:
        return visit.go(visit.url("runs", going.run_id), f"{edit.label} is being pushed already.")
    source_type, source_id = whole_key(edit.key)
    config = {"record_type": source_type, "source_id": f"{BY_ID}{source_id}"}
    run_id = visit.launcher.job(
        PUSH_RECORD, {"ops": {push_record.OP: {"config": config}}}, {"force": "yes", _WRITES: edit.record}
    )
    return visit.go(visit.url("runs", run_id))
