"""Transactions that stand in QuickBooks already under the number of one that is to be made: found, so that none is made twice.

Looked for by number, two hundred with one query. One with our own marker is ours whatever the company's policy ``adopt`` says, and is
taken back (``take_back``). One of others with the same number, payer, date and amount is linked, asked about or reported, as ``adopt``
says. One that shares only the number stops the row, because which of the two is right is for a person.

Not here: records whose answer was lost (``in_doubt``), customers and vendors (``matching``).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import decisions, links
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, Candidate, DecisionState, Question
from rentaxis_pipelines.model.links import Link, Origin
from rentaxis_pipelines.model.marker import marker, parse_marker
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.record_types import ENTITY_LINKED_BY_HAND, NUMBER_FIELD, in_words
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.quickbooks.entities import total_of
from rentaxis_pipelines.sync.edits import keep_seen
from rentaxis_pipelines.sync.known_links import decision_states, link_to
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import stopped_row
from rentaxis_pipelines.sync.planning.resolve_payers import question
from rentaxis_pipelines.sync.planning.take_back import Found, take_back
from rentaxis_pipelines.sync.run import Run

_PARTIES = ("CustomerRef", "VendorRef", "EntityRef")


class _Listed(msgspec.Struct, frozen=True):
    """What QuickBooks has under the numbers, and by the ids a person confirmed, of one type."""

    by_number: Mapping[str, list[dict[str, Any]]]
    by_id: Mapping[str, dict[str, Any]]


def adopt(context: PlanContext, rows: Sequence[PlannedRow]) -> list[PlannedRow] | None:
    """The rows, with those that stand in QuickBooks already linked, asked about or stopped; commits.

    None where some turned out to be our own and were linked again: then the rows are to be planned anew.
    A preview says the same and keeps nothing else.
    """
    run = context.run
    creates = [row for row in rows if row.action == "create" and row.quickbooks_type in NUMBER_FIELD]
    if not creates:
        return list(rows)
    keys = [(row.source_type, row.source_id) for row in creates]
    decided = decision_states(run.connection, run.realm, keys)
    listed = _read(run, creates, decided)
    if take_back(run, _own(creates, listed)):
        run.connection.commit()
        return None
    owners = {
        entity: links.owners_of(run.connection, run.realm, entity, _ids(each))
        for entity, each in listed.items()
    }
    changed: list[Link] = []
    questions: list[Question] = []
    answers: dict[tuple[str, str], PlannedRow] = {}
    for row in creates:
        key = (row.source_type, row.source_id)
        decision = decided.get(key, NOTHING_DECIDED)
        entity = row.quickbooks_type or ""
        answer, link, question = _one(context, row, decision, listed[entity], owners[entity])
        answers[key] = answer
        if link is not None:
            owners[entity][link.quickbooks_id] = key
            changed.append(link)
        if question is not None:
            questions.append(question)
    if not context.request.preview:
        for entity, objects in _seen(changed, listed).items():
            keep_seen(run, entity, objects)
        links.save_links(run.connection, changed)
        decisions.keep_questions(run.connection, run.realm, answers, questions)
        run.connection.commit()
    return [answers.get((row.source_type, row.source_id), row) for row in rows]


def _ids(listed: _Listed) -> set[str]:
    """The QuickBooks ids of all that was found."""
    numbered = {str(candidate["Id"]) for group in listed.by_number.values() for candidate in group}
    return numbered | listed.by_id.keys()


def _seen(changed: Sequence[Link], listed: Mapping[str, _Listed]) -> dict[str, list[dict[str, Any]]]:
    """What was taken over, as it stood before we changed anything in it."""
    taken = {(link.quickbooks_type, link.quickbooks_id) for link in changed}
    seen: dict[str, list[dict[str, Any]]] = {}
    for entity, each in listed.items():
        candidates = [*each.by_id.values(), *(other for group in each.by_number.values() for other in group)]
        by_id = {str(candidate["Id"]): candidate for candidate in candidates}
        seen[entity] = [
            current for quickbooks_id, current in by_id.items() if (entity, quickbooks_id) in taken
        ]
    return seen


def _own(creates: Sequence[PlannedRow], listed: Mapping[str, _Listed]) -> list[Found]:
    """What carries the marker of one of these records."""
    wanted = {(row.quickbooks_type or "", row.source_type, row.source_id) for row in creates}
    return [
        Found(entity, candidate, key)
        for entity, each in listed.items()
        for group in each.by_number.values()
        for candidate in group
        if (key := _marker(candidate)) is not None and (entity, *key) in wanted
    ]


def _read(
    run: Run, rows: Sequence[PlannedRow], decided: Mapping[tuple[str, str], DecisionState]
) -> dict[str, _Listed]:
    numbers: dict[str, set[str]] = defaultdict(set)
    confirmed: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        entity, key = row.quickbooks_type or "", (row.source_type, row.source_id)
        numbers[entity].update({row.readable_key} if row.readable_key else set())
        decision = decided.get(key, NOTHING_DECIDED)
        confirmed[entity].update({decision.confirmed} if decision.confirmed else set())
    by_entity: dict[str, _Listed] = {}
    for entity, wanted in numbers.items():
        field = NUMBER_FIELD[entity]
        by_number: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for candidate in run.client.query_in(entity, field, sorted(wanted)) if wanted else []:
            by_number[str(candidate.get(field) or "").casefold()].append(candidate)
        by_id = {
            str(candidate["Id"]): candidate
            for candidate in (
                run.client.query_in(entity, "Id", sorted(confirmed[entity])) if confirmed[entity] else []
            )
        }
        by_entity[entity] = _Listed(by_number, by_id)
    return by_entity


_Answer = tuple[PlannedRow, Link | None, Question | None]


def _one(
    context: PlanContext,
    row: PlannedRow,
    decision: DecisionState,
    listed: _Listed,
    owners: Mapping[str, tuple[str, str]],
) -> _Answer:
    key = (row.source_type, row.source_id)
    if decision.confirmed is not None:
        confirmed = listed.by_id.get(decision.confirmed)
        if confirmed is None or owners.get(decision.confirmed, key) != key:
            return _confirmed_is_gone(row, decision.confirmed), None, None
        return _taken_over(context.run, row, confirmed, "confirmed")
    others = [
        candidate
        for candidate in listed.by_number.get((row.readable_key or "").casefold(), [])
        if owners.get(str(candidate["Id"]), key) == key
        and (_marker(candidate) == key or _could_be(row, candidate))
    ]
    if not others or decision.make_new is not None:
        return row, None, None
    same = [
        candidate
        for candidate in others
        if _is_same(row, candidate) and str(candidate["Id"]) not in decision.rejected
    ]
    if context.company.policies.adopt == "never":
        answer, _, _ = _asked(context.run, row, others, ReasonCode.DUPLICATE_NUMBER)
        return answer, None, None
    if len(same) == 1 and context.company.policies.adopt == "always":
        return _taken_over(context.run, row, same[0], "adopted")
    if same:
        return _asked(context.run, row, same, ReasonCode.WAITING_FOR_CONFIRMATION)
    return _asked(context.run, row, others, ReasonCode.DUPLICATE_NUMBER)


def _marker(current: Mapping[str, Any]) -> tuple[str, str] | None:
    return parse_marker(str(current.get("PrivateNote") or ""))


def _could_be(row: PlannedRow, current: Mapping[str, Any]) -> bool:
    """Whether another record of that number stands in the way. Payments may well share a number (a check's): those of two customers,
    and two of ours.
    """
    if row.quickbooks_type == "Deposit":  # its key is its day alone
        return _is_same(row, current) and _bank(current) == _bank(row.payload or {})
    if row.quickbooks_type != "Payment":
        return True
    return _marker(current) is None and _party(current) == _party(row.payload or {})


def _bank(deposit: Mapping[str, Any]) -> str:
    return str(deposit["DepositToAccountRef"]["value"])


def _is_same(row: PlannedRow, current: Mapping[str, Any]) -> bool:
    payload = row.payload or {}
    return (
        _marker(current) is None
        and _party(current) == _party(payload)
        and current.get("TxnDate") == payload.get("TxnDate")
        and (total_of(current) or 0) == abs(row.amount)
    )


def _party(current: Mapping[str, Any], field: str = "value") -> str:
    """The customer or vendor: its id, or its ``name``."""
    references = [cast("Mapping[str, Any]", current[name]) for name in _PARTIES if name in current]
    return str(references[0].get(field) or "").strip() if references else ""


def _taken_over(run: Run, row: PlannedRow, current: Mapping[str, Any], origin: Origin) -> _Answer:
    """Link it. What already says all that matters is left as it is; anything else is brought up to date."""
    same = _is_same(row, current)
    link = link_to(
        run,
        (row.source_type, row.source_id),
        row.quickbooks_type or "",
        current,
        row.mapped or row.payload or {},
        origin,
        content_hash=row.content_hash or "" if same else "",
        generation=row.generation,
        quickbooks_number=row.readable_key,
        redated_from=row.redated_from,
    )
    if not same:
        update = msgspec.structs.replace(
            row, action="update", quickbooks_id=link.quickbooks_id, sync_token=link.sync_token
        )
        return update, link, None
    reason = (
        f"{row.source_label} was already in QuickBooks, with the same number, customer, date and amount. "
        "It was linked, not created again."
    )
    done = _stopped(row, ReasonCode.FROM_QUICKBOOKS, reason, REASONS[ReasonCode.FROM_QUICKBOOKS].remedy)
    return msgspec.structs.replace(done, quickbooks_id=link.quickbooks_id), link, None


def _asked(run: Run, row: PlannedRow, others: Sequence[Mapping[str, Any]], code: ReasonCode) -> _Answer:
    word = in_words(row.quickbooks_type or "")
    described = " and ".join(_described(other, word) for other in others)
    if code == ReasonCode.DUPLICATE_NUMBER:
        reason = f"QuickBooks has another record with the number of {row.source_label}: {described}. No second one was created."
    else:
        reason = f"{row.source_label} seems to be in QuickBooks already, with the same customer, date and amount: {described}."
    remedy = _remedy(row)
    candidates = [
        Candidate(str(other["Id"]), _described(other, word, by_number=True), "same number", True, 100)
        for other in others
    ]
    key, why = (row.source_type, row.source_id), Refusal(code, reason, remedy)
    asked = question(run, key, row.source_label, why, candidates)
    return _stopped(row, code, reason, remedy), None, asked


def _remedy(row: PlannedRow) -> str:
    record = f"{row.source_type} {row.source_id}"
    if row.source_type in ENTITY_LINKED_BY_HAND:
        return (
            f"If it is the same, confirm it (rentaxis-sync links confirm {record} ID); if not, have a "
            f"new one made (rentaxis-sync links make-new {record}). Then run again."
        )
    return (
        f"If it is the same, put the line '{marker(row.source_type, row.source_id)}' back at the end of its memo in QuickBooks; "
        "if not, give it another number there. Then run again."
    )


def _described(current: Mapping[str, Any], word: str, *, by_number: bool = False) -> str:
    """The transaction by its id, or by the number people know it by where it has one."""
    number = (current.get("DocNumber") or current.get("PaymentRefNum")) if by_number else None
    name = _party(current, "name")
    of = f" of {name}" if name else ""
    return f"{word} {number or current['Id']}{of}, dated {current.get('TxnDate')}, total {total_of(current) or 0:,.2f}"


def _confirmed_is_gone(row: PlannedRow, quickbooks_id: str) -> PlannedRow:
    return _stopped(
        row,
        ReasonCode.GONE_IN_QUICKBOOKS,
        f"{row.source_label} was confirmed to be {in_words(row.quickbooks_type or '')} {quickbooks_id} in QuickBooks, "
        "which is no longer there or belongs to another record.",
        f"Confirm another one, or have a new one created (rentaxis-sync links make-new {row.source_type} {row.source_id}).",
    )


def _stopped(row: PlannedRow, code: ReasonCode, reason: str, remedy: str) -> PlannedRow:
    stopped = stopped_row(row, Refusal(code, reason, remedy))
    return msgspec.structs.replace(stopped, quickbooks_id=None)
