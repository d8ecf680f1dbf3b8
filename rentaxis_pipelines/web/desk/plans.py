"""Stored plans: the list, and one plan as it is looked at: sums, what to look at first, rows field by field, what is left out.

Here: reading and choosing. Not here: the approval (``approve``), how a plan stands (``plan_state``), what is on it (``reports``).
"""

from dataclasses import dataclass

import sqlalchemy as sa
from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import plan_lines, previews
from rentaxis_pipelines.ledger.plan_lines import WHOLE_TYPE, LeftOut, LineFilter
from rentaxis_pipelines.ledger.prune import pruned_at
from rentaxis_pipelines.model.previews import Preview
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.reports import plan_keeping
from rentaxis_pipelines.reports.desk_words import for_the_desk, meaning_of
from rentaxis_pipelines.reports.plan_choice import Going, going, money_in_words
from rentaxis_pipelines.reports.plan_page import DOINGS
from rentaxis_pipelines.reports.plan_rows import RowsPage, rows_page
from rentaxis_pipelines.reports.plan_summary import PlanSummary, by_type, narrowed
from rentaxis_pipelines.reports.plan_words import LOOK_HEADINGS, LOOK_WORDS
from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.plan_state import WHY, PlanState, listed_since, state_of, title_of
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import RequestRefused, Role

_NO_PLAN = "There is no such plan in this company."
MAY_CHOOSE = "choose what of a plan is pushed"


def routes() -> list[BaseRoute]:
    """The addresses of the list, of a plan, and of choosing its rows."""
    return [
        page("/plans", _show_list),
        page("/plans/{plan}", _show),
        action("/plans/{plan}", _choose, role=Role.approver, what=MAY_CHOOSE, again=show_again),
    ]


def _show_list(visit: Visit) -> Response:
    with visit.ledger() as connection:
        listed = previews.waiting_first(connection, visit.realm, listed_since(visit), visit.number)
        ids = [preview.preview_id for preview in listed.rows]
        short = plan_keeping.short_summaries(connection, ids)
        counted = previews.counts_of(connection, visit.realm, [each for each in ids if each not in short])
        lines = [
            {
                "preview": preview,
                "title": title_of(visit, connection, preview, short.get(preview.preview_id)),
                "state": state_of(visit, connection, preview),
                "total": short.get(preview.preview_id),
                "money": money_in_words(short[preview.preview_id].sent_by_type)
                if preview.preview_id in short
                else "",
                "counted": counted.get(preview.preview_id),
            }
            for preview in listed.rows
        ]
    return visit.render(
        "plans.html", listed=listed, lines=lines, why=WHY, to=lambda number: visit.url("plans", page=number)
    )


def plan_of(visit: Visit, connection: sa.Connection, *, held: bool = False) -> Preview:
    """The plan that the address names. Raises RequestRefused for one that is not there, or another company's."""
    preview = previews.exactly(connection, visit.realm, visit.path["plan"], held=held)
    if preview is None:
        raise RequestRefused(404, _NO_PLAN)
    return preview


def going_of(connection: sa.Connection, preview: Preview, summary: PlanSummary) -> Going:
    """What goes of the plan, as it is chosen now."""
    choices = plan_lines.left_out(connection, preview.preview_id)
    places = [choice.place for choice in choices if choice.place != WHOLE_TYPE]
    lines = plan_lines.lines_at(connection, preview.preview_id, places) if places else []
    return going(summary, choices, lines)


@dataclass(frozen=True)
class Looking:
    """Which rows a person looks at: the filter, and where the page begins or ends."""

    wanted: LineFilter
    after: int | None
    before: int | None

    def query(self, **other: object) -> dict[str, object]:
        """The address' query, with ``other`` in place of where the page begins."""
        said = {
            "type": self.wanted.record_type,
            "doing": self.wanted.doing,
            "look": self.wanted.look,
            "text": self.wanted.text,
        }
        where = other or {"after": self.after, "before": self.before}
        return {name: value for name, value in (said | where).items() if value not in ("", None)}


def looking_by(said: Form) -> Looking:
    """What the address or the form asks for; what cannot be is passed over."""
    doing = said["doing"] if said["doing"] in DOINGS else ""
    look = said["look"] if said["look"] in LOOK_WORDS else ""
    wanted = LineFilter(record_type=said["type"], doing=doing, look=look, text=said["text"][:200])
    return Looking(wanted, _place(said["after"]), _place(said["before"]))


def _place(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None


def _show(visit: Visit) -> Response:
    return show_again(visit, Form({name: visit.query.getlist(name) for name in visit.query}), "")


def show_again(visit: Visit, form: Form, sentence: str) -> Response:
    """The plan's page, with the filter that was sent, and a sentence if something could not be done."""
    looking = looking_by(form)
    with visit.ledger() as connection:
        preview = plan_of(visit, connection)
        summary = plan_keeping.summed_up(connection, preview)
        state = state_of(visit, connection, preview)
        values = {
            "preview": preview,
            "title": title_of(visit, connection, preview, summary),
            "state": state,
            "why": WHY[preview.why],
            "details_removed": pruned_at(connection, visit.realm, preview.preview_id),
            "types": _types(preview),
            "summary": summary,
            "looking": looking,
            "sentence": sentence,
            "chooses": state.open and visit.may("approver"),
            "for_the_desk": for_the_desk,
            "meaning_of": meaning_of,
        }
        if summary is not None:
            values |= _rows_and_sums(connection, preview, summary, looking, state)
    return visit.render("plan.html", **values)


def _rows_and_sums(
    connection: sa.Connection, preview: Preview, summary: PlanSummary, looking: Looking, state: PlanState
) -> dict[str, object]:
    wanted, matching = narrowed(summary, looking.wanted)
    rows: RowsPage = rows_page(connection, preview, wanted, after=looking.after, before=looking.before)
    doings, lines = by_type(summary)
    used = {cell.look for cell in summary.cells}
    return {
        "rows": rows,
        "matching": matching,
        "doings": doings,
        "by_type": lines,
        "looks": [look for look in LOOK_WORDS if look and look in used],
        "look_words": LOOK_WORDS,
        "look_headings": LOOK_HEADINGS,
        "going": going_of(connection, preview, summary) if state.open else None,
    }


def _types(preview: Preview) -> list[str]:
    """The record types that were asked for, where these are not all."""
    asked = {name for chosen in preview.request.days for name in chosen.record_types}
    return [] if asked >= set(RECORD_TYPES) else [name for name in RECORD_TYPES if name in asked]


def _choose(visit: Visit, form: Form) -> Response:
    """Keep which boxes were ticked, and go on: to other rows, to another page of them, or to the same."""
    looking = looking_by(form)
    with visit.ledger() as connection:
        preview = plan_of(visit, connection, held=True)
        keep_choice(visit, connection, preview, form)
        connection.commit()
    turn, _, place = form["turn"].partition(" ")
    if turn in ("after", "before") and _place(place) is not None:
        where: dict[str, object] = {turn: place}
    else:
        where = {"after": None} if form["show"] else {}
    return visit.go(visit.url("plans", preview.preview_id, **looking.query(**where)) + "#rows")


def keep_choice(visit: Visit, connection: sa.Connection, preview: Preview, form: Form) -> None:
    """Write down what the form leaves out, of the rows it showed; the caller commits. Raises FormError where it is too late for that."""
    state = state_of(visit, connection, preview)
    if not state.open:
        raise FormError(f"It is too late to choose: {state.sentence}")
    plan_id = preview.preview_id
    shown = {place for each in form.all("shown") if (place := _place(each)) is not None}
    ticked = {place for each in form.all("push") if (place := _place(each)) is not None}
    plan_lines.take_in_rows(connection, plan_id, sorted(shown & ticked))
    lines = plan_lines.lines_at(connection, plan_id, sorted(shown - ticked))
    entries = [(line.record_type, line.place) for line in lines if line.doing != "not sent"]
    if form["take_in"]:
        plan_lines.take_in_type(connection, plan_id, form["take_in"])
    if form["leave_out"]:
        entries.append((form["leave_out"], WHOLE_TYPE))
    plan_lines.leave_out(
        connection,
        [
            LeftOut(preview_id=plan_id, record_type=name, place=place, who=visit.who, at=visit.now)
            for name, place in entries
        ],
    )
