"""What people decided: which customer or vendor a record is, what is excluded from the sync. Append-only; the caller commits.

Here: the decisions, what they amount to now, and the questions that wait for one. Not here: whether a decision is allowed
and what follows from it (``sync.decisions``).
"""

from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.sql import as_json, execute, fetch, insert
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, Decision, DecisionState, Question

_SAVE = """insert into ledger.decisions (realm, source_type, source_id, kind, quickbooks_type, quickbooks_id, why, who, decided_at, run_id,
                                        withdraws, question)
           select d.realm, d.source_type, d.source_id, d.kind, d.quickbooks_type, d.quickbooks_id, d.why, d.who, d.decided_at, d.run_id,
                  d.withdraws, (select row_to_json(q) from ledger.questions q
                                where q.realm = d.realm and q.source_type = d.source_type and q.source_id = d.source_id)
           from json_populate_recordset(null::ledger.decisions, :rows) d returning decision_id"""

# ``since``: the first decision made just now, while no run can have known it, whatever the clocks of two machines say.
# What stands to be done about an open record since its newest result, whoever decided it last. A candidate that was turned down leaves
# the others to be decided.
MARK_DECIDED = """
    update ledger.open_records o set (decided, decided_by, decided_at) = (
      select d.kind, d.who, d.decided_at from ledger.decisions d
      where d.realm = o.realm and d.source_type = o.source_type and d.source_id = o.source_id
        and (d.decided_at > o.finished_at or d.decision_id >= :since)
        and d.kind not in ('include', 'withdraw')
        and not exists (select from ledger.decisions w where w.withdraws = d.decision_id)
        and not (d.kind in ('exclude', 'undo') and exists (
          select from ledger.decisions i where i.realm = d.realm and i.source_type = d.source_type and i.source_id = d.source_id
            and i.kind = 'include' and i.decision_id > d.decision_id
            and not exists (select from ledger.decisions w where w.withdraws = i.decision_id)))
        and not (d.kind = 'reject' and exists (
          select from ledger.questions q, json_array_elements(q.candidates) c
          where q.realm = d.realm and q.source_type = d.source_type and q.source_id = d.source_id
            and c ->> 'quickbooks_id' <> d.quickbooks_id))
      order by d.decision_id desc limit 1)
    where o.realm = :realm"""


def append(connection: sa.Connection, decision: Decision) -> Decision:
    """Save the decision, with the question it answers; returns it with its id. Whoever calls holds the realm."""
    return msgspec.structs.replace(decision, decision_id=_save(connection, [decision]))


def append_all(connection: sa.Connection, made: Sequence[Decision]) -> None:
    """Save many at once, in the order given."""
    if made:
        _save(connection, made)


def _save(connection: sa.Connection, made: Sequence[Decision]) -> int:
    """Save them, and note at the open records they are about what was decided since their last result; all are of one realm. Returns
    the first one's id.
    """
    first = min(execute(connection, _SAVE, rows=as_json(made)).scalars())
    statement = f"""{MARK_DECIDED} and (o.source_type, o.source_id) in
                      (select * from unnest(cast(:types as text[]), cast(:ids as text[])))"""  # noqa: S608 - a constant of this module
    types, ids = [decision.source_type for decision in made], [decision.source_id for decision in made]
    execute(connection, statement, realm=made[0].realm, since=first, types=types, ids=ids)
    return first


def ask_again(connection: sa.Connection, decision_id: int) -> None:
    """Put back the question that was answered by that decision, unless a later sync has asked about its record since."""
    statement = """insert into ledger.questions select q.* from ledger.decisions d, json_populate_record(null::ledger.questions, d.question) q
                   where d.decision_id = :decision_id and d.question is not null
                   on conflict (realm, source_type, source_id) do update set candidates = excluded.candidates
                   where questions.asked_at <= excluded.asked_at"""
    execute(connection, statement, decision_id=decision_id)


def undone_with(connection: sa.Connection, realm: str, run_id: str) -> set[Key]:
    """The records that were held because that run was undone, whatever was decided since."""
    statement = """select distinct source_type, source_id from ledger.decisions
                   where realm = :realm and kind = 'undo' and run_id = :run_id"""
    rows = execute(connection, statement, realm=realm, run_id=run_id)
    return {(row.source_type, row.source_id) for row in rows}


def history(
    connection: sa.Connection, realm: str, source_type: str | None = None, source_id: str | None = None
) -> list[Decision]:
    """Decisions in the order made: all, those about a record type, or those about one record."""
    statement = """select * from ledger.decisions where realm = :realm
                     and (cast(:source_type as text) is null or source_type = :source_type)
                     and (cast(:source_id as text) is null or source_id = :source_id) order by decision_id"""
    return fetch(connection, Decision, statement, realm=realm, source_type=source_type, source_id=source_id)


def about(connection: sa.Connection, realm: str, keys: Iterable[Key]) -> list[Decision]:
    """All decisions about these records, in the order made."""
    wanted = list(keys)
    statement = """select d.* from unnest(cast(:types as text[]), cast(:ids as text[])) as w (source_type, source_id)
                   join ledger.decisions d
                     on d.realm = :realm and d.source_type = w.source_type and d.source_id = w.source_id
                   order by d.decision_id"""
    types, ids = [source_type for source_type, _ in wanted], [source_id for _, source_id in wanted]
    return fetch(connection, Decision, statement, realm=realm, types=types, ids=ids)


def newest(connection: sa.Connection, realm: str) -> int:
    """The id of the latest decision, 0 if there is none: compare it with the last one seen to detect new decisions."""
    statement = sa.text("select coalesce(max(decision_id), 0) from ledger.decisions where realm = :realm")
    return connection.execute(statement, {"realm": realm}).scalar_one()


def states_of(
    connection: sa.Connection, realm: str, source_type: str, source_ids: Iterable[str]
) -> dict[str, DecisionState]:
    """What was decided about these records, by source id; records without decisions are absent."""
    statement = """select * from ledger.decisions where realm = :realm and source_type = :source_type and source_id = any(:ids)
                   order by decision_id"""
    decisions = fetch(
        connection, Decision, statement, realm=realm, source_type=source_type, ids=list(set(source_ids))
    )
    return {source_id: state for (_, source_id), state in amount_to(decisions).items()}


def amount_to(decisions: Iterable[Decision]) -> dict[Key, DecisionState]:
    """Decisions, oldest first, combined into their current state; what was taken back does not count."""
    states: dict[Key, DecisionState] = {}
    for decision in in_force(decisions):
        key = (decision.source_type, decision.source_id)
        states[key] = _after(states.get(key, NOTHING_DECIDED), decision)
    return states


def in_force(decisions: Iterable[Decision]) -> list[Decision]:
    """Those that were not taken back, in the order given, without those that took one back."""
    made = list(decisions)
    withdrawn = {decision.withdraws for decision in made}
    return [
        decision for decision in made if decision.kind != "withdraw" and decision.decision_id not in withdrawn
    ]


def _after(before: DecisionState, decision: Decision) -> DecisionState:
    chosen = {decision.quickbooks_id} if decision.quickbooks_id else set[str]()
    match decision.kind:
        case "confirm" | "relink":
            return msgspec.structs.replace(
                before, confirmed=decision.quickbooks_id, rejected=before.rejected - chosen, make_new=None
            )
        case "reject" | "unlink":
            kept = None if before.confirmed in chosen else before.confirmed
            return msgspec.structs.replace(before, confirmed=kept, rejected=before.rejected | chosen)
        case "make_new":
            return msgspec.structs.replace(before, confirmed=None, make_new=decision)
        case "exclude" | "undo":
            return msgspec.structs.replace(before, excluded=decision)
        case "include":
            return msgspec.structs.replace(before, excluded=None)
        case "withdraw":  # is not in force itself
            return before


def drop_link(connection: sa.Connection, realm: str, key: Key) -> None:
    """Delete the link; the decision to do so is kept."""
    statement = """delete from ledger.links
                   where realm = :realm and source_type = :source_type and source_id = :source_id"""
    execute(connection, statement, realm=realm, source_type=key[0], source_id=key[1])


def questions(connection: sa.Connection, realm: str) -> list[Question]:
    """Everything that is waiting for a person."""
    statement = "select * from ledger.questions where realm = :realm order by source_type, label, source_id"
    return fetch(connection, Question, statement, realm=realm)


def questions_besides(connection: sa.Connection, realm: str, limit: int) -> list[Question]:
    """At most so many of the questions about records that have no open result of their own, such as the tenant of an invoice that waits:
    only what waits for them was to be pushed.
    """
    statement = """select q.* from ledger.questions q where q.realm = :realm and not exists (
                     select from ledger.open_records o
                     where o.realm = q.realm and o.source_type = q.source_type and o.source_id = q.source_id)
                   order by q.label, q.source_type, q.source_id limit :limit"""
    return fetch(connection, Question, statement, realm=realm, limit=limit)


def questions_of(connection: sa.Connection, realm: str, keys: Iterable[Key]) -> dict[Key, Question]:
    """What is asked about these records, of those that wait for a person."""
    wanted = list(keys)
    statement = """select q.* from unnest(cast(:types as text[]), cast(:ids as text[])) as w (source_type, source_id)
                   join ledger.questions q on q.realm = :realm and q.source_type = w.source_type and q.source_id = w.source_id"""
    types, ids = [source_type for source_type, _ in wanted], [source_id for _, source_id in wanted]
    asked = fetch(connection, Question, statement, realm=realm, types=types, ids=ids)
    return {(question.source_type, question.source_id): question for question in asked}


def keep_questions(
    connection: sa.Connection, realm: str, looked_at: Iterable[Key], open_ones: Sequence[Question]
) -> None:
    """Save which of the records in ``looked_at`` are waiting: exactly ``open_ones``."""
    by_type: dict[str, list[str]] = {}
    for source_type, source_id in looked_at:
        by_type.setdefault(source_type, []).append(source_id)
    for source_type, ids in by_type.items():
        statement = """delete from ledger.questions
                       where realm = :realm and source_type = :source_type and source_id = any(:ids)"""
        execute(connection, statement, realm=realm, source_type=source_type, ids=ids)
    insert(connection, "questions", open_ones)
