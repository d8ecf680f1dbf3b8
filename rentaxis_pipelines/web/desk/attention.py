"""What needs attention: by cause, the records of a cause, and what was decided since and goes with the next sync.

Here: showing it. Not here: deciding and retrying one record (``decide``), a whole cause at once (``bulk``).
"""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import decisions, open_records
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.reports import attention
from rentaxis_pipelines.web.desk.forms import Form, page
from rentaxis_pipelines.web.desk.visit import Visit

CAUSES_A_PAGE, SHOWN, MOST_ASKED = 10, 5, 50
_NOTHING = Form({})


def routes() -> list[BaseRoute]:
    """The addresses of these pages."""
    return [
        page("/attention", show_overview),
        page("/attention/decided", show_decided),
        page("/attention/{cause}", show_cause),
    ]


def show_overview(visit: Visit, form: Form = _NOTHING, trouble: str = "") -> Response:
    """All causes. ``form``: what was typed, where it could not be done because of ``trouble``."""
    record_type = type_chosen(visit)
    with visit.ledger() as connection:
        shown = attention.overview(
            connection, visit.realm, visit.company, visit.number, record_type, size=CAUSES_A_PAGE, shown=SHOWN
        )
        first = visit.number == 1 and record_type is None
        asked = attention.asked_besides(connection, visit.realm, MOST_ASKED) if first else []
    return visit.render(
        "attention.html",
        shown=shown,
        asked=asked,
        record_type=record_type,
        record_types=[kind.name for kind in REGISTRY],
        to_page=lambda number: visit.url("attention", type=record_type, page=number),
        **_rows(form, trouble, shown.seen, "attention"),
    )


def show_cause(visit: Visit, form: Form = _NOTHING, trouble: str = "", cause: str = "") -> Response:
    """The records of one cause, a page of them."""
    cause, record_type = cause or visit.path.get("cause", ""), type_chosen(visit)
    with visit.ledger() as connection:
        found = attention.cause_of(connection, visit.realm, cause, record_type)
        if found is None:
            return visit.sentence(
                "Nothing is left of this",
                trouble or "No record needs attention for this reason any more.",
                link=visit.url("attention"),
                link_text="What needs attention now",
            )
        rows = open_records.rows_of_cause(
            connection, visit.realm, cause, visit.number, record_type=record_type
        )
        by_key = attention.rows_of(connection, visit.realm, visit.company, rows.rows)
        seen = decisions.newest(connection, visit.realm)
    return visit.render(
        "attention_cause.html",
        cause=found,
        rows=list(by_key.values()),
        listed=rows,
        record_type=record_type,
        to_page=lambda number: visit.url("attention", cause, type=record_type, page=number),
        **_rows(form, trouble, seen, cause),
    )


def show_decided(visit: Visit, _form: Form = _NOTHING, trouble: str = "") -> Response:
    """What was decided since each record's last try."""
    with visit.ledger() as connection:
        listed = open_records.decided_rows(connection, visit.realm, visit.number)
        done = attention.done_of(connection, visit.realm, listed.rows)
    to_page: Callable[[int], str] = lambda number: visit.url("attention", "decided", page=number)  # noqa: E731
    return visit.render(
        "attention_decided.html", done=done, listed=listed, to_page=to_page, trouble=trouble, back="decided"
    )


def type_chosen(visit: Visit) -> str | None:
    """The record type of the filter; None for all."""
    chosen = visit.query.get("type", "")
    return chosen if chosen in {kind.name for kind in REGISTRY} else None


def _rows(form: Form, trouble: str, seen: int, back: str) -> dict[str, Any]:
    """What the forms at the rows need: where they lead back to, and what was typed at which row."""
    typed = {f"{form['source_type']} {form['source_id']}": form["why"]} if form["why"] else {}
    return {"trouble": trouble, "seen": seen, "back": back, "typed": typed}
