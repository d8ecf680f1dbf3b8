"""Carrying out what a person decided about one record: checked against what is there now, written down, and done.

A decision and what follows from it are one transaction. Whoever calls holds the realm (``engine.open_engine``), so that no
push is under way with other ideas, and has brought the snapshot up to date.

Here: which decisions are allowed as things are, and the link they make or drop. Not here: the kinds of decision
(``model.decisions``), the ledger's rows (``ledger.decisions``), forms and commands (``orchestration.decision_jobs``, ``cli.links``).
"""

import datetime as dt
import uuid

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import decisions, links, people
from rentaxis_pipelines.model.decisions import (
    DECISIONS,
    NOTHING_DECIDED,
    Decision,
    DecisionState,
    Kind,
    Question,
)
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_types import DECIDABLE, ENTITY_LINKED_BY_HAND, PARTY_TYPES
from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync.engine import open_engine
from rentaxis_pipelines.sync.known_links import decision_states, links_of_keys
from rentaxis_pipelines.sync.undoing.holds import held_by_undo


class DecisionRefused(Exception):
    """The decision cannot be carried out; nothing was written. The text says why and what to do, and names nobody but by id."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing was decided. {why}")


class DecisionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants. ``quickbooks_id``: where the kind names one (``model.decisions``)."""

    kind: Kind
    source_type: str
    source_id: str
    quickbooks_id: str | None = None
    why: str
    who: str


def decide(connection: sa.Connection, realm: str, request: DecisionRequest, at: dt.datetime) -> Decision:
    """Write the decision down and carry it out; commits. Raises DecisionRefused."""
    request = _complete(request)
    key = (request.source_type, request.source_id)
    link = links_of_keys(connection, realm, [key]).get(key)
    state = decision_states(connection, realm, [key]).get(key, NOTHING_DECIDED)
    decision = Decision(
        realm=realm,
        quickbooks_type=ENTITY_LINKED_BY_HAND.get(request.source_type) if request.quickbooks_id else None,
        decided_at=at,
        **msgspec.structs.asdict(request),
    )
    if why_not := _why_not(decision, link, state):
        raise DecisionRefused(why_not)
    try:
        decided = _carry_out(connection, decision, link)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return decided


def decide_now(
    environment: Environment, company: Company, request: DecisionRequest, *, wait_seconds: float = 60.0
) -> Decision:
    """``decide`` on a realm held for it, with QuickBooks as it is now.

    Raises DecisionRefused, and what ``open_engine`` raises: LedgerLocked while another run pushes, QuickBooksError and the like.
    """
    asked, run_id = SyncRequest(requested_by=request.who), f"decision-{uuid.uuid4().hex}"
    with open_engine(environment, company, asked, run_id=run_id, wait_seconds=wait_seconds) as engine:
        return decide(engine.run.connection, engine.run.realm, request, engine.run.now())


def include_run(
    connection: sa.Connection, realm: str, run_id: str, *, who: str, why: str, at: dt.datetime
) -> int:
    """Include again every record that is held because that run was undone, set-wise; commits and returns how many.

    Raises DecisionRefused where none is held or who or why is missing, CannotLaunch for a run that is none of this company's.
    """
    who, why = who.strip(), why.strip()
    if not who or not why:
        raise DecisionRefused("A decision is stored with who made it and why: give both.")
    run, held = held_by_undo(connection, realm, run_id)
    if not held:
        raise DecisionRefused(f"No record is held because run {run.short_id} was undone.")
    made = [
        Decision(
            realm=realm,
            source_type=source_type,
            source_id=source_id,
            kind="include",
            why=why,
            who=who,
            decided_at=at,
        )
        for source_type, source_id in held
    ]
    try:
        decisions.append_all(connection, made)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return len(made)


def include_run_now(
    environment: Environment, company: Company, run_id: str, *, who: str, why: str, wait_seconds: float = 60.0
) -> int:
    """``include_run`` on a realm held for it. Raises also what ``open_engine`` raises."""
    asked, own_id = SyncRequest(requested_by=who), f"decision-{uuid.uuid4().hex}"
    with open_engine(environment, company, asked, run_id=own_id, wait_seconds=wait_seconds) as engine:
        return include_run(
            engine.run.connection, engine.run.realm, run_id, who=who, why=why, at=engine.run.now()
        )


def describe(decision: Decision) -> str:
    """The decision in one sentence, for whoever took it."""
    return DECISIONS[decision.kind].outcome.format(record=_named(decision), object=_target(decision))


def _complete(request: DecisionRequest) -> DecisionRequest:
    """The request trimmed. Raises DecisionRefused where a part of it is missing."""
    request = msgspec.structs.replace(
        request,
        source_id=request.source_id.strip(),
        quickbooks_id=(request.quickbooks_id or "").strip() or None,
        why=request.why.strip(),
        who=request.who.strip(),
    )
    if request.source_type not in DECIDABLE:
        raise DecisionRefused(f"'{request.source_type}' is not a record type. Known: {', '.join(DECIDABLE)}.")
    if not request.source_id:
        raise DecisionRefused("The decision does not say which record it is about: give its id in RentAxis.")
    if not request.who or not request.why:
        raise DecisionRefused("A decision is stored with who made it and why: give both.")
    kind, words = DECISIONS[request.kind], request.kind.replace("_", " ")
    if request.source_type not in kind.source_types:
        raise DecisionRefused(
            f"An {request.source_type} cannot be linked by hand. Exclude it, or let the next run push it."
        )
    if kind.names_object == "must" and request.quickbooks_id is None:
        raise DecisionRefused(f"To {words}, say which {_entity(request)} in QuickBooks you mean, by its id.")
    if kind.names_object == "never" and request.quickbooks_id is not None:
        raise DecisionRefused(f"To {words}, no QuickBooks id is needed; leave it out.")
    return request


def _why_not(decision: Decision, link: Link | None, state: DecisionState) -> str | None:
    """Why the decision does not fit what is there now, or None. ``link``, ``state``: the record's."""
    record, target, entity = _named(decision), _target(decision), _entity(decision)
    linked_id = link.quickbooks_id if link is not None else None
    linked_to_it = link is not None and linked_id == decision.quickbooks_id
    match decision.kind:
        case "confirm" | "relink" if linked_to_it:
            return f"{record} is linked to {target} already."
        case "confirm" if link is not None:
            return f"{record} is linked to {entity} {linked_id}. To link another one, relink it."
        case "relink" if link is None:
            return f"{record} is not linked yet: confirm {target} instead."
        case "reject" if linked_to_it:
            return f"{record} is linked to {target}. Unlink it instead."
        case "reject" if decision.quickbooks_id in state.rejected:
            return f"{record} has already been rejected as {target}."
        case "unlink" if link is None:
            return f"{record} is not linked, so there is nothing to unlink."
        case "unlink" if decision.quickbooks_id not in (None, linked_id):
            return f"{record} is linked to {entity} {linked_id}, not to {decision.quickbooks_id}."
        case "unlink" if link is not None and link.origin == "imported":
            return (
                f"RentAxis itself says that {record} was imported from {entity} {linked_id}. "
                "Correct that in RentAxis, or relink it to another one."
            )
        case "make_new" if link is not None:
            return f"{record} is linked to {entity} {linked_id}. Unlink it first."
        case "make_new" if state.make_new is not None:
            return f"{record} is already marked to be created as new; the next run pushes it."
        case "exclude" if state.excluded is not None:
            return f"{record} was already excluded by {state.excluded.who}."
        case "include" if state.excluded is None:
            return f"{record} is not excluded."
        case _:
            return None


def _carry_out(connection: sa.Connection, decision: Decision, link: Link | None) -> Decision:
    if decision.kind == "unlink" and link is not None:
        return _drop(connection, decision, link)
    if decision.kind == "relink" and link is not None:
        # Two decisions: the old one is not it, the new one is.
        _drop(connection, msgspec.structs.replace(decision, kind="unlink"), link)
    return (
        _link(connection, decision)
        if decision.kind in ("confirm", "relink")
        else _written(connection, decision)
    )


def _link(connection: sa.Connection, decision: Decision) -> Decision:
    """Link a customer or vendor at once; a transaction is linked by the next plan, which looks at it in QuickBooks."""
    quickbooks_id, entity = str(decision.quickbooks_id), str(decision.quickbooks_type)
    owner = links.owners_of(connection, decision.realm, entity).get(quickbooks_id)
    if owner is not None:
        raise DecisionRefused(
            f"{_target(decision).capitalize()} in QuickBooks belongs to {owner[0]} {owner[1]}. Unlink that one first, if it is wrong."
        )
    if decision.source_type in PARTY_TYPES:
        links.save_links(connection, [_confirmed_link(connection, decision, entity, quickbooks_id)])
    return _written(connection, decision)


def _confirmed_link(connection: sa.Connection, decision: Decision, entity: str, quickbooks_id: str) -> Link:
    current = people.objects(connection, decision.realm, entity, [quickbooks_id]).get(quickbooks_id)
    if current is None:
        raise DecisionRefused(
            f"QuickBooks has no {_target(decision)}: it was deleted or merged in the meantime, or the id is mistyped. "
            "See rentaxis-sync links list for what there is now."
        )
    if not current.get("Active", True):
        raise DecisionRefused(
            f"{_target(decision).capitalize()} is inactive in QuickBooks. Make it active there first, then decide again."
        )
    currency = people.other_currency(connection, decision.realm, entity, quickbooks_id)
    if currency is not None:
        raise DecisionRefused(
            f"{_target(decision).capitalize()} is in {currency} in QuickBooks, not in the company's own currency: nothing can be "
            "booked on it. Choose one in the company's own currency, or make-new."
        )
    return Link(
        realm=decision.realm,
        source_type=decision.source_type,
        source_id=decision.source_id,
        quickbooks_type=entity,
        quickbooks_id=quickbooks_id,
        sync_token=str(current["SyncToken"]),
        content_hash="",
        mapped={},  # filled in when the record is next looked at
        owned=[],
        origin="confirmed",
        quickbooks_number=str(current.get("DisplayName") or "") or None,
        updated_at=decision.decided_at,
    )


def _drop(connection: sa.Connection, decision: Decision, link: Link) -> Decision:
    decisions.drop_link(connection, decision.realm, (decision.source_type, decision.source_id))
    unlinked = msgspec.structs.replace(
        decision, quickbooks_type=link.quickbooks_type, quickbooks_id=link.quickbooks_id
    )
    return _written(connection, unlinked)


def _written(connection: sa.Connection, decision: Decision) -> Decision:
    written = decisions.append(connection, decision)
    if decision.kind in ("confirm", "relink", "make_new", "exclude", "reject"):
        key = (decision.source_type, decision.source_id)
        left = _what_is_left(connection, decision) if decision.kind == "reject" else []
        decisions.keep_questions(connection, decision.realm, [key], left)
    return written


def _what_is_left(connection: sa.Connection, decision: Decision) -> list[Question]:
    """The record's question without the candidate rejected; none where nobody else is suggested."""
    key = (decision.source_type, decision.source_id)
    left: list[Question] = []
    for question in decisions.questions(connection, decision.realm):
        if (question.source_type, question.source_id) == key:
            others = [
                candidate
                for candidate in question.candidates
                if candidate.quickbooks_id != decision.quickbooks_id
            ]
            if others or not question.candidates:
                left.append(msgspec.structs.replace(question, candidates=others))
    return left


def _named(decision: Decision) -> str:
    return f"{decision.source_type.capitalize()} {decision.source_id}"


def _entity(record: Decision | DecisionRequest) -> str:
    return ENTITY_LINKED_BY_HAND.get(record.source_type, "record").lower()


def _target(decision: Decision) -> str:
    return f"{_entity(decision)} {decision.quickbooks_id}"
