"""The decisions people made, newest first, and the way back from each.

Not here: making them (``decide``, ``bulk``), how one is undone (``sync.undo_decision``).
"""

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import decision_list
from rentaxis_pipelines.ledger.decision_list import ListedDecision
from rentaxis_pipelines.sync.decision_rules import DID, Labels, Standing, beginning, record_of, target_of
from rentaxis_pipelines.sync.decisions import (
    DecisionMustWait,
    DecisionRequest,
    held_for_decisions,
    standing_of_keys,
)
from rentaxis_pipelines.sync.group_decisions import include_batch
from rentaxis_pipelines.sync.undo_decision import WayBack, way_back
from rentaxis_pipelines.web.desk.decide import back_to, came_from, decided
from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import Role


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list. ``did``: what was decided, in words."""

    decision: ListedDecision
    did: str
    back: WayBack


def routes() -> list[BaseRoute]:
    """The addresses of this page and its action."""
    return [
        page("/decisions", _show),
        action(
            "/decisions/{decision:int}/undo", _undo, role=Role.operator, what="undo decisions", again=_again
        ),
    ]


def _show(visit: Visit, _form: Form | None = None, trouble: str = "") -> Response:
    with visit.ledger() as connection:
        listed = decision_list.listed(connection, visit.realm, visit.number)
        keys = {(each.source_type, each.source_id) for each in listed.rows}
        standing = standing_of_keys(connection, visit.realm, sorted(keys))
    lines = [_line(each, standing[each.source_type, each.source_id]) for each in listed.rows]
    return visit.render(
        "decisions.html",
        lines=lines,
        listed=listed,
        trouble=trouble,
        to_page=lambda number: visit.url("decisions", page=number),
    )


def _again(visit: Visit, form: Form, sentence: str) -> Response:
    return came_from(visit, form, sentence) if form["back"] else _show(visit, form, sentence)


def _undo(visit: Visit, form: Form) -> Response:
    with visit.ledger() as connection:
        found = decision_list.one(connection, visit.realm, int(visit.path["decision"]))
        if found is None:
            raise FormError("There is no such decision.")
        key = (found.source_type, found.source_id)
        standing = standing_of_keys(connection, visit.realm, [key])[key]
    to = back_to(visit, form) if form["back"] else visit.url("decisions")
    why = f"Undone: {found.why}"[:500]
    if found.batch_rows and found.kind == "exclude":
        return visit.go(to, _include_batch(visit, found, why))
    labels = _labels(found)
    back = way_back(found, standing, labels)
    if back.kind is None:
        return visit.go(to, back.note)
    request = DecisionRequest(
        kind=back.kind,
        source_type=found.source_type,
        source_id=found.source_id,
        quickbooks_id=back.quickbooks_id,
        why=why,
        who=visit.who,
        withdraws=found.decision_id if back.kind == "withdraw" else None,
        labels=labels if back.quickbooks_id in (None, found.quickbooks_id) else Labels(record=labels.record),
    )
    return visit.go(to, decided(visit, request))


def _include_batch(visit: Visit, found: ListedDecision, why: str) -> str:
    try:
        with held_for_decisions(visit.environment) as connection:
            included = include_batch(
                connection, visit.realm, found.batch or "", who=visit.who, why=why, at=visit.now
            )
    except DecisionMustWait:
        raise FormError("A sync is running. Nothing was undone; try again when it has ended.") from None
    return "1 record is included again." if included == 1 else f"{included:,} records are included again."


def _line(found: ListedDecision, standing: Standing) -> Line:
    labels = _labels(found)
    if found.batch_rows:
        did = f"{'Included' if found.kind == 'include' else 'Excluded'} {found.batch_rows:,} records together"
        back = WayBack(kind="include", button="Undo all") if found.kind == "exclude" else WayBack()
        return Line(decision=found, did=did, back=back)
    target = target_of(found, labels, known=bool(found.target))
    did = beginning(DID[found.kind].format(record=record_of(found, labels), target=target))
    return Line(decision=found, did=did, back=way_back(found, standing, labels))


def _labels(found: ListedDecision) -> Labels:
    return Labels(record=found.label or "", target=found.target or "")
