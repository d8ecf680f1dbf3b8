"""Deciding about one record from a page, and trying it again: made in a moment, or handed to Dagster while a sync holds the company.

Here: the actions, for every page that has their buttons. Not here: the rules (``sync.decisions``), a whole cause at once (``bulk``).
"""

from collections.abc import Mapping
from typing import Any, cast

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import decisions, open_records
from rentaxis_pipelines.ledger.known_records import last_shown
from rentaxis_pipelines.ledger.people import objects
from rentaxis_pipelines.model.decisions import DECISIONS, Kind
from rentaxis_pipelines.model.record_types import DECIDABLE, ENTITY_LINKED_BY_HAND, in_words, whole_key
from rentaxis_pipelines.orchestration import push_record
from rentaxis_pipelines.orchestration.decide import handed_over
from rentaxis_pipelines.orchestration.names import DECIDE, PUSH_RECORD, named
from rentaxis_pipelines.reports.attention import pushable
from rentaxis_pipelines.sync.decisions import (
    DecisionMustWait,
    DecisionRequest,
    Labels,
    decide_at_once,
    describe,
)
from rentaxis_pipelines.sync.which_record import BY_ID
from rentaxis_pipelines.web.desk.attention import show_cause, show_decided, show_overview
from rentaxis_pipelines.web.desk.forms import Form, FormError, action
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import Role

# The reason that is kept where the button itself says it; whatever else is decided needs one in the person's own words.
_WHY: dict[Kind, str] = {
    "reject": "Not the same",
    "make_new": "None of the suggested ones",
    "unlink": "Not the same after all",
}
RECORD_TAG = "rentaxis/record"  # the record that a run was launched for here
_GONE = "The page you sent this from is out of date. Open it again, then decide."


def routes() -> list[BaseRoute]:
    """The addresses of these actions."""
    return [
        action("/decide", _decide, role=Role.operator, what="decide about records", again=came_from),
        action("/retry", _retry, role=Role.operator, what="push records", again=came_from),
    ]


def decided(visit: Visit, request: DecisionRequest, said: str = "") -> str:
    """Make the decision, or hand it over while a sync runs; what to say then: ``said`` of one that is made, its outcome where that is
    empty. Raises DecisionRefused, CannotLaunch.
    """
    try:
        decision = decide_at_once(visit.environment, request, visit.now)
    except DecisionMustWait as wait:
        visit.launcher.job(DECIDE, handed_over(request))
        return str(wait)
    return said or describe(decision, request.labels)


def launched_once(
    visit: Visit, job: str, config: Mapping[str, Any], tags: Mapping[str, str]
) -> tuple[str, bool]:
    """Launch the job, unless a run of it with these tags is going: a second click finds that one. Its id, and whether it is new.

    ``tags``: all that tells what is asked from other runs of the job. Raises CannotLaunch.
    """
    for run in visit.launcher.going():
        same = all(run.tags.get(tag) == tags.get(tag) for tag in (*tags, "force"))
        if same and run.job == named(visit.scope, job):
            return run.run_id, False
    return visit.launcher.job(job, config, tags), True


def push_one(visit: Visit, source_type: str, source_id: str, *, force: bool = False) -> tuple[str, bool]:
    """Push the record with what it needs, as ``launched_once``."""
    tags = {RECORD_TAG: f"{source_type}/{source_id}", **({"force": "yes"} if force else {})}
    record = {"record_type": source_type, "source_id": f"{BY_ID}{source_id}"}
    return launched_once(visit, PUSH_RECORD, {"ops": {push_record.OP: {"config": record}}}, tags)


def came_from(visit: Visit, form: Form, sentence: str) -> Response:
    """The page that the form was on, with the sentence."""
    if form["back"] == "decided":
        return show_decided(visit, form, sentence)
    if form["back"] in ("", "attention"):
        return show_overview(visit, form, sentence)
    return show_cause(visit, form, sentence, cause=form["back"])


def back_to(visit: Visit, form: Form) -> str:
    """Its address."""
    place = form["back"]
    return visit.url("attention", *([] if place in ("", "attention") else [place]))


def _decide(visit: Visit, form: Form) -> Response:
    return visit.go(back_to(visit, form), decided(visit, _requested(visit, form)))


def _requested(visit: Visit, form: Form) -> DecisionRequest:
    """What the button and its fields say. Raises FormError."""
    kind, source_type = cast("Kind", form["kind"]), form["source_type"]
    if kind not in DECISIONS or kind == "withdraw" or source_type not in DECIDABLE or not form["source_id"]:
        raise FormError(_GONE)
    why = form["why"] or _WHY.get(kind, "")
    label, target, suggested = _known(visit, source_type, form["source_id"], form["quickbooks_id"])
    if kind in ("confirm", "relink"):
        why = why or (f"Suggested: {suggested}" if suggested else "The same")
    if not why:
        raise FormError("Say why, in a few words: the reason is kept with the decision.")
    return DecisionRequest(
        kind=kind,
        source_type=source_type,
        source_id=form["source_id"],
        quickbooks_id=form["quickbooks_id"] or None,
        why=why,
        who=visit.who,
        seen=int(form["seen"]) if form["seen"].isascii() and form["seen"].isdigit() else None,
        labels=Labels(record=label, target=target),
    )


def _known(visit: Visit, source_type: str, source_id: str, quickbooks_id: str) -> tuple[str, str, str]:
    """The record's label, the name of the QuickBooks object, and why it is suggested, as far as they are known."""
    key = (source_type, source_id)
    with visit.ledger() as connection:
        shown = last_shown(connection, visit.realm, source_type, [source_id]).get(source_id)
        question = decisions.questions_of(connection, visit.realm, [key]).get(key)
        entity = ENTITY_LINKED_BY_HAND.get(source_type, "")
        current = objects(connection, visit.realm, entity, [quickbooks_id]) if quickbooks_id else {}
    candidates = question.candidates if question is not None else []
    suggested = next((each for each in candidates if each.quickbooks_id == quickbooks_id), None)
    name = str(current.get(quickbooks_id, {}).get("DisplayName") or (suggested.name if suggested else ""))
    name = name.removeprefix(f"{in_words(entity)} ")  # a transaction is suggested as "payment 12 of ..."
    label = shown.source_label if shown is not None else question.label if question is not None else ""
    return label, name, suggested.why if suggested else ""


def _retry(visit: Visit, form: Form) -> Response:
    source_type, source_id = form["source_type"], form["source_id"]
    with visit.ledger() as connection:
        record = open_records.record(connection, visit.realm, source_type, source_id)
    if record is None:
        return visit.go(back_to(visit, form), "This record needs no attention any more. Nothing was started.")
    if not pushable(source_type):
        raise FormError(f"{record.source_label} goes with the records that need it. Retry one of those.")
    _, new = push_one(visit, *whole_key((source_type, source_id)))
    said = f"{record.source_label} is being pushed again. See Runs for what becomes of it."
    return visit.go(back_to(visit, form), said if new else f"{record.source_label} is being pushed already.")
