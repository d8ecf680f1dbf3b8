"""The page of one record: how it stands, both sides side by side, its history; pushing it, leaving it out, taking it in again.

Here: the page and its actions. Not here: what is on it (``reports.record_page``), the rules of decisions (``sync.decisions``).
"""

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.model.decisions import Kind
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, whole_key
from rentaxis_pipelines.reports.record_page import RecordPage, RecordUnknown, record_page
from rentaxis_pipelines.sync.decisions import DecisionRequest, Labels
from rentaxis_pipelines.web.desk.decide import decided, push_one
from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import RequestRefused, Role

_RECORD = "/records/{source_type}/{source_id:path}"
LONGEST_REASON = 500
_INCLUDED = "Included again"


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [
        action(f"{_RECORD}/push", _push, role=Role.operator, what="push records", again=_again),
        action(f"{_RECORD}/exclude", _exclude, role=Role.operator, what="exclude records", again=_again),
        action(
            f"{_RECORD}/include", _include, role=Role.operator, what="include records again", again=_again
        ),
        page(_RECORD, _show),
    ]


def _show(visit: Visit) -> Response:
    try:
        return _shown(visit, Form({}), "")
    except RequestRefused as unknown:
        return visit.sentence(
            "No such record",
            str(unknown),
            unknown.status,
            link=visit.url("find"),
            link_text="Find another one",
        )


def _again(visit: Visit, form: Form, sentence: str) -> Response:
    return _shown(visit, form, sentence)


def _shown(visit: Visit, form: Form, sentence: str) -> Response:
    """The page. Raises RequestRefused for a record that this company does not have."""
    return visit.render(
        "record.html",
        told=_read(visit),
        here=_address(visit),
        sentence=sentence,
        typed=form["why"],
        longest=LONGEST_REASON,
        page_address=lambda number: _address(visit, number),
    )


def _read(visit: Visit) -> RecordPage:
    """Raises RequestRefused for a record that this company does not have."""
    called = visit.query.get("called", "")
    try:
        with visit.ledger() as connection:
            return record_page(visit.scope, connection, *_key(visit), page=visit.number, called=called)
    except RecordUnknown as unknown:
        raise RequestRefused(404, str(unknown)) from None


def _key(visit: Visit) -> tuple[str, str]:
    """The record; of a part, such as the payment of a bill, the whole."""
    key = visit.path["source_type"], visit.path["source_id"]
    return whole_key(key) if key[0] in BY_SOURCE_TYPE else key


def _address(visit: Visit, number: int | None = None) -> str:
    called = visit.query.get("called")
    return visit.url("records", *_key(visit), page=number if number != 1 else None, called=called)


def _push(visit: Visit, form: Form) -> Response:
    """Push it, or push it again; a click on what is being pushed already leads to that run."""
    source_type, source_id = _key(visit)
    if not _read(visit).may_be_pushed:
        raise FormError("A vendor is pushed along with the expenses that need it, never by itself.")
    run_id, new = push_one(visit, source_type, source_id, force=form.ticked("force"))
    return visit.go(visit.url("runs", run_id), "" if new else "It is being pushed already.")


def _exclude(visit: Visit, form: Form) -> Response:
    if not form["why"]:
        raise FormError("Say why it is excluded: whoever finds it later wants to know.")
    if len(form["why"]) > LONGEST_REASON:
        raise FormError(f"The reason is longer than {LONGEST_REASON} characters. Make it shorter.")
    name = _read(visit).name
    said = f"{name} is excluded: no sync pushes it until it is included again."
    return _decide(visit, form, "exclude", form["why"], name, said)


def _include(visit: Visit, form: Form) -> Response:
    name = _read(visit).name
    said = f"{name} is included again: the next sync of its day pushes it."
    return _decide(visit, form, "include", _INCLUDED, name, said)


def _decide(visit: Visit, form: Form, kind: Kind, why: str, name: str, said: str) -> Response:
    """Decide, or be told who decided since the page was opened."""
    source_type, source_id = _key(visit)
    request = DecisionRequest(
        kind=kind,
        source_type=source_type,
        source_id=source_id,
        why=why,
        who=visit.who,
        seen=int(form["seen"]) if form["seen"].isascii() and form["seen"].isdigit() else None,
        labels=Labels(record=name),
    )
    return visit.go(_address(visit), decided(visit, request, said))
