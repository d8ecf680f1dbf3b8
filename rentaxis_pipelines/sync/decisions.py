"""Carrying out what a person decided about one record: checked against what is there now, written down, and done.

A decision and what follows from it are one transaction. Whoever calls holds the realm, so that no push is under way with other ideas:
with QuickBooks' lists brought up to date (``decide_now``), or as they were last read (``decide_at_once``).

Here: the doors, and the link a decision makes or drops. Not here: which decisions fit what is there (``decision_rules``), many at once
(``group_decisions``), the kinds (``model.decisions``), the ledger's rows (``ledger.decisions``), forms and commands.
"""

import contextlib
import datetime as dt
import uuid
from collections.abc import Generator, Sequence

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import decisions, links, people, requests
from rentaxis_pipelines.ledger.database import LedgerLocked
from rentaxis_pipelines.ledger.known_records import last_shown
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, Decision, Question
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_types import ENTITY_LINKED_BY_HAND, PARTY_TYPES
from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync.companies import refuse_another_company
from rentaxis_pipelines.sync.decision_rules import (
    DecisionRefused,
    DecisionRequest,
    Labels,
    Standing,
    beginning,
    complete,
    decided_since,
    describe,
    record_of,
    target_of,
    why_not,
)
from rentaxis_pipelines.sync.engine import open_engine
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.undo_decision import way_back
from rentaxis_pipelines.sync.undoing.holds import held_by_undo

__all__ = [
    "DecisionMustWait", "DecisionRefused", "DecisionRequest", "Labels", "decide", "decide_at_once", "decide_now",
    "describe", "held_for_decisions", "include_run", "include_run_now",
]  # fmt: skip


class DecisionMustWait(Exception):
    """The decision cannot be made at this moment: a run holds the company, or left something that the next run settles first.

    A run that makes it (``orchestration.decide``) waits for its turn and settles what is open. The text says so, to whoever has
    just handed it over.
    """


_BY_A_RUN = "Your decision is waiting and is made in a moment, once that is looked up."


def decide(connection: sa.Connection, realm: str, request: DecisionRequest, at: dt.datetime) -> Decision:
    """Write the decision down and carry it out; commits. Raises DecisionRefused."""
    request = complete(request)
    key = (request.source_type, request.source_id)
    if told := decided_since(request, decisions.history(connection, realm, *key)):
        raise DecisionRefused(told)
    standing = standing_of_keys(connection, realm, [key])[key]
    decision = _decision(realm, request, at)
    if request.kind == "withdraw":
        decision = msgspec.structs.replace(decision, withdraws=_taken_back(request, standing).decision_id)
    elif reason := why_not(decision, standing, request.labels):
        raise DecisionRefused(reason)
    try:
        decided = _carry_out(connection, decision, standing, request.labels)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return decided


def standing_of_keys(connection: sa.Connection, realm: str, keys: Sequence[Key]) -> dict[Key, Standing]:
    """What is there now about each of these records."""
    known = links_of_keys(connection, realm, keys)
    made = decisions.about(connection, realm, keys)
    states = decisions.amount_to(made)
    in_force: dict[Key, list[Decision]] = {}
    for decision in decisions.in_force(made):
        in_force.setdefault((decision.source_type, decision.source_id), []).append(decision)
    return {
        key: Standing(
            link=known.get(key), state=states.get(key, NOTHING_DECIDED), in_force=in_force.get(key, [])
        )
        for key in keys
    }


def decide_now(
    environment: Environment, company: Company, request: DecisionRequest, *, wait_seconds: float = 60.0
) -> Decision:
    """``decide`` on a realm held for it, with QuickBooks as it is now.

    Raises DecisionRefused, and what ``open_engine`` raises: LedgerLocked while another run pushes, QuickBooksError and the like.
    """
    asked, run_id = SyncRequest(requested_by=request.who), f"decision-{uuid.uuid4().hex}"
    with open_engine(environment, company, asked, run_id=run_id, wait_seconds=wait_seconds) as engine:
        return decide(engine.run.connection, engine.run.realm, request, engine.run.now())


def decide_at_once(environment: Environment, request: DecisionRequest, at: dt.datetime) -> Decision:
    """``decide`` on the lists as they were last read, in a moment: nothing is asked of QuickBooks or RentAxis.

    The next run reads the lists anew before it uses the decision. Raises DecisionRefused, and what ``held_for_decisions`` raises.
    """
    with held_for_decisions(environment) as connection:
        return decide(connection, environment.quickbooks_realm_id, request, at)


@contextlib.contextmanager
def held_for_decisions(environment: Environment, *, wait_seconds: float = 1.0) -> Generator[sa.Connection]:
    """The connection that holds the realm, for a decision on what the last run left.

    Raises DecisionMustWait while a run holds it, or where an answer of QuickBooks is outstanding: it may make the link that the decision is
    about. Raises CompanyChanged where organization and realm do not belong together, LedgerUnreachable.
    """
    url, realm = environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id
    with contextlib.ExitStack() as stack:
        try:
            connection = stack.enter_context(realm_lock(url, realm, wait_seconds=wait_seconds))
        except LedgerLocked as locked:
            raise DecisionMustWait(
                "A sync is running. Your decision is waiting and is made as soon as it ends."
            ) from locked
        if not refuse_another_company(connection, environment.company_key):
            raise DecisionMustWait(f"No sync has run yet. {_BY_A_RUN}")
        if requests.has_open(connection, realm):
            raise DecisionMustWait(f"The last sync ended before QuickBooks answered. {_BY_A_RUN}")
        yield connection


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


def _decision(realm: str, request: DecisionRequest, at: dt.datetime) -> Decision:
    return Decision(
        realm=realm,
        source_type=request.source_type,
        source_id=request.source_id,
        kind=request.kind,
        quickbooks_type=ENTITY_LINKED_BY_HAND.get(request.source_type) if request.quickbooks_id else None,
        quickbooks_id=request.quickbooks_id,
        why=request.why,
        who=request.who,
        decided_at=at,
    )


def _taken_back(request: DecisionRequest, standing: Standing) -> Decision:
    """The decision that is to be undone. Raises DecisionRefused where there is none, or it cannot be undone any more."""
    record = record_of(request, request.labels)
    newest = standing.in_force[-1] if standing.in_force else None
    if newest is None or request.withdraws not in (None, *(made.decision_id for made in standing.in_force)):
        raise DecisionRefused(f"No such decision about {record} is in force: it was undone already.")
    if request.withdraws not in (None, newest.decision_id):
        raise DecisionRefused(f"{newest.who} has decided about {record} since. Undo that decision first.")
    back = way_back(newest, standing, request.labels)
    if back.kind != "withdraw" and newest.kind not in ("exclude", "include"):
        by = f"The last decision about {record} is undone by its opposite: {back.kind}." if back.kind else ""
        raise DecisionRefused(back.note or by)
    return newest


def _carry_out(connection: sa.Connection, decision: Decision, standing: Standing, labels: Labels) -> Decision:
    link = standing.link
    if decision.kind == "withdraw":
        return _take_back(connection, decision, link)
    if decision.kind == "include":
        return _include(connection, decision, standing)
    if decision.kind == "unlink" and link is not None:
        return _drop(connection, decision, link)
    if decision.kind == "relink" and link is not None:
        # Two decisions: the old one is not it, the new one is.
        _drop(connection, msgspec.structs.replace(decision, kind="unlink"), link)
    return (
        _link(connection, decision, labels)
        if decision.kind in ("confirm", "relink")
        else _written(connection, decision)
    )


def _include(connection: sa.Connection, decision: Decision, standing: Standing) -> Decision:
    """Whoever was waiting when it was excluded is waiting again, unless that was decided meanwhile."""
    written, state = _written(connection, decision), standing.state
    answered = standing.link is not None or state.confirmed is not None or state.make_new is not None
    if state.excluded is not None and not answered:
        decisions.ask_again(connection, state.excluded.decision_id)
    return written


def _take_back(connection: sa.Connection, decision: Decision, link: Link | None) -> Decision:
    """As if what it withdraws had not been decided: its link is gone, its question is asked again."""
    if link is not None and link.origin == "confirmed" and not link.mapped:
        decisions.drop_link(connection, decision.realm, (decision.source_type, decision.source_id))
    written = decisions.append(connection, decision)
    decisions.ask_again(connection, decision.withdraws or 0)
    return written


def _link(connection: sa.Connection, decision: Decision, labels: Labels) -> Decision:
    """Link a customer or vendor at once; a transaction is linked by the next plan, which looks at it in QuickBooks."""
    quickbooks_id, entity = str(decision.quickbooks_id), str(decision.quickbooks_type)
    owner = links.owners_of(connection, decision.realm, entity).get(quickbooks_id)
    if owner is not None:
        target = beginning(target_of(decision, labels))
        raise DecisionRefused(
            f"{target} in QuickBooks belongs to {_owner(connection, decision.realm, owner, labels)}. Unlink that one first, if it is wrong."
        )
    if decision.source_type in PARTY_TYPES:
        links.save_links(connection, [_confirmed_link(connection, decision, quickbooks_id, labels)])
    return _written(connection, decision)


def _owner(connection: sa.Connection, realm: str, owner: Key, labels: Labels) -> str:
    """The record that has the object, as the person knows records: by label or by id."""
    shown = last_shown(connection, realm, owner[0], [owner[1]]).get(owner[1]) if labels.record else None
    return shown.source_label if shown is not None else f"{owner[0]} {owner[1]}"


def _confirmed_link(
    connection: sa.Connection, decision: Decision, quickbooks_id: str, labels: Labels
) -> Link:
    target, entity = target_of(decision, labels), str(decision.quickbooks_type)
    current = people.objects(connection, decision.realm, entity, [quickbooks_id]).get(quickbooks_id)
    if current is None:
        raise DecisionRefused(
            f"QuickBooks has no {target}: it was deleted or merged in the meantime, or the id is mistyped. "
            "See rentaxis-sync links list for what there is now."
        )
    if not current.get("Active", True):
        raise DecisionRefused(
            f"{beginning(target)} is inactive in QuickBooks. Make it active there first, then decide again."
        )
    currency = people.other_currency(connection, decision.realm, entity, quickbooks_id)
    if currency is not None:
        raise DecisionRefused(
            f"{beginning(target)} is in {currency} in QuickBooks, not in the company's own currency: nothing can be "
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
    question = decisions.questions_of(connection, decision.realm, [key]).get(key)
    if question is None:
        return []
    others = [
        candidate for candidate in question.candidates if candidate.quickbooks_id != decision.quickbooks_id
    ]
    return [msgspec.structs.replace(question, candidates=others)] if others or not question.candidates else []
