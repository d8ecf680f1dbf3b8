"""Transactions that stand in QuickBooks already under the number of one that is to be made: found, so that none is made twice.

Looked for by number, two hundred with one query. One with our own marker is ours whatever the company's policy ``adopt`` says, and is
taken back (``take_back``). One of others with the same number, payer, date and amount is linked, asked about or reported, as ``adopt``
says. One that shares only the number stops the row, because which of the two is right is for a person.

Not here: records whose answer was lost (``in_doubt``), customers and vendors (``matching``).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import decisions, links
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, Candidate, DecisionState, Question
from rentaxis_pipelines.model.links import Link, Origin
from rentaxis_pipelines.model.marker import marker, parse_marker
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.record_types import ENTITY_LINKED_BY_HAND, NUMBER_FIELD, in_words
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.sync.planning.planned import stopped_row
from rentaxis_pipelines.sync.planning.take_back import Found, take_back
from rentaxis_pipelines.sync.request import Terms
from rentaxis_pipelines.sync.run import Run

_PARTIES = ("CustomerRef", "VendorRef", "EntityRef")


class _Seen(msgspec.Struct, frozen=True):
    """What QuickBooks has under the numbers, and by the ids a person confirmed, of one type."""

    by_number: Mapping[str, list[dict[str, Any]]]
    by_id: Mapping[str, dict[str, Any]]


def adopt(run: Run, context: Context, terms: Terms, rows: Sequence[PlannedRow]) -> list[PlannedRow] | None:
    """The rows, with those that stand in QuickBooks already linked, asked about or stopped; commits.

    None where some turned out to be our own and were linked again: then the rows are to be planned anew.
    A dry run says the same and keeps nothing else.
    """
    creates = [row for row in rows if row.action == "create" and row.quickbooks_type in NUMBER_FIELD]
    if not creates:
        return list(rows)
    decided = _decided(run, creates)
    seen = _look(run, creates, decided)
    if take_back(run, _own(creates, seen)):
        run.connection.commit()
        return None
    owners = {entity: links.linked_objects(run.connection, run.realm, entity) for entity in seen}
    changed: list[Link] = []
    questions: list[Question] = []
    answers: dict[tuple[str, str], PlannedRow] = {}
    for row in creates:
        key = (row.source_type, row.source_id)
        standing = decided.get(key, NOTHING_DECIDED)
        entity = row.quickbooks_type or ""
        answer, link, question = _one(run, context, row, standing, seen[entity], owners[entity])
        answers[key] = answer
        if link is not None:
            owners[entity][link.quickbooks_id] = key
            changed.append(link)
        if question is not None:
            questions.append(question)
    if not terms.request.preview:
        links.save_links(run.connection, changed)
        decisions.keep_questions(run.connection, run.realm, answers, questions)
        run.connection.commit()
    return [answers.get((row.source_type, row.source_id), row) for row in rows]


def _own(creates: Sequence[PlannedRow], seen: Mapping[str, _Seen]) -> list[Found]:
    """What carries the marker of one of these records."""
    wanted = {(row.quickbooks_type or "", row.source_type, row.source_id) for row in creates}
    return [
        Found(entity, one, key)
        for entity, each in seen.items()
        for found in each.by_number.values()
        for one in found
        if (key := _marker(one)) is not None and (entity, *key) in wanted
    ]


def _decided(run: Run, rows: Sequence[PlannedRow]) -> dict[tuple[str, str], DecisionState]:
    ids: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        ids[row.source_type].append(row.source_id)
    return {
        (source_type, source_id): standing
        for source_type, source_ids in ids.items()
        for source_id, standing in decisions.standing(
            run.connection, run.realm, source_type, source_ids
        ).items()
    }


def _look(
    run: Run, rows: Sequence[PlannedRow], decided: Mapping[tuple[str, str], DecisionState]
) -> dict[str, _Seen]:
    numbers: dict[str, set[str]] = defaultdict(set)
    confirmed: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        entity, key = row.quickbooks_type or "", (row.source_type, row.source_id)
        numbers[entity].update({row.readable_key} if row.readable_key else set())
        standing = decided.get(key, NOTHING_DECIDED)
        confirmed[entity].update({standing.confirmed} if standing.confirmed else set())
    found: dict[str, _Seen] = {}
    for entity, wanted in numbers.items():
        field = NUMBER_FIELD[entity]
        by_number: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one in run.client.query_in(entity, field, sorted(wanted)) if wanted else []:
            by_number[str(one.get(field) or "").casefold()].append(one)
        by_id = {
            str(one["Id"]): one
            for one in (
                run.client.query_in(entity, "Id", sorted(confirmed[entity])) if confirmed[entity] else []
            )
        }
        found[entity] = _Seen(by_number, by_id)
    return found


_Answer = tuple[PlannedRow, Link | None, Question | None]


def _one(
    run: Run,
    context: Context,
    row: PlannedRow,
    standing: DecisionState,
    seen: _Seen,
    owners: Mapping[str, tuple[str, str]],
) -> _Answer:
    key = (row.source_type, row.source_id)
    if standing.confirmed is not None:
        confirmed = seen.by_id.get(standing.confirmed)
        if confirmed is None or owners.get(standing.confirmed, key) != key:
            return _vanished(row, standing.confirmed), None, None
        return _taken_over(run, row, confirmed, "confirmed")
    others = [
        one
        for one in seen.by_number.get((row.readable_key or "").casefold(), [])
        if owners.get(str(one["Id"]), key) == key and (_marker(one) == key or _could_be(row, one))
    ]
    if not others or standing.make_new is not None:
        return row, None, None
    same = [one for one in others if _is_same(row, one) and str(one["Id"]) not in standing.rejected]
    if context.company.policies.adopt == "never":
        answer, _, _ = _asked(run, row, others, ReasonCode.DUPLICATE_NUMBER)
        return answer, None, None
    if len(same) == 1 and context.company.policies.adopt == "always":
        return _taken_over(run, row, same[0], "adopted")
    if same:
        return _asked(run, row, same, ReasonCode.WAITING_FOR_CONFIRMATION)
    return _asked(run, row, others, ReasonCode.DUPLICATE_NUMBER)


def _marker(found: Mapping[str, Any]) -> tuple[str, str] | None:
    return parse_marker(str(found.get("PrivateNote") or ""))


def _could_be(row: PlannedRow, found: Mapping[str, Any]) -> bool:
    """Whether another record of that number stands in the way. Payments may well share a number (a check's): those of two customers,
    and two of ours.
    """
    if row.quickbooks_type != "Payment":
        return True
    return _marker(found) is None and _party(found) == _party(row.payload or {})


def _is_same(row: PlannedRow, found: Mapping[str, Any]) -> bool:
    payload = row.payload or {}
    return (
        _marker(found) is None
        and _party(found) == _party(payload)
        and found.get("TxnDate") == payload.get("TxnDate")
        and _total(found) == row.amount
    )


def _party(found: Mapping[str, Any], field: str = "value") -> str:
    """The customer or vendor: its id, or its ``name``."""
    references = [cast("Mapping[str, Any]", found[name]) for name in _PARTIES if name in found]
    return str(references[0].get(field) or "").strip() if references else ""


def _total(found: Mapping[str, Any]) -> Decimal:
    return Decimal(found.get("TotalAmt") or 0)


def _taken_over(run: Run, row: PlannedRow, found: Mapping[str, Any], origin: Origin) -> _Answer:
    """Link it. What already says all that matters is left as it is; anything else is brought up to date."""
    same = _is_same(row, found)
    link = Link(
        realm=run.realm,
        source_type=row.source_type,
        source_id=row.source_id,
        quickbooks_type=row.quickbooks_type or "",
        quickbooks_id=str(found["Id"]),
        sync_token=str(found["SyncToken"]),
        content_hash=row.content_hash or "" if same else "",
        mapped=row.mapped or row.payload or {},
        owned=[],
        generation=row.generation,
        origin=origin,
        quickbooks_number=row.readable_key,
        total=_total(found),
        run_id=run.run_id,
        updated_at=run.now(),
    )
    if not same:
        update = msgspec.structs.replace(
            row, action="update", quickbooks_id=link.quickbooks_id, sync_token=link.sync_token
        )
        return update, link, None
    reason = (
        f"{row.source_label} stood in QuickBooks already, with the same number, customer, date and amount. "
        "It was linked, not created again."
    )
    done = _stopped(row, ReasonCode.FROM_QUICKBOOKS, reason, REASONS[ReasonCode.FROM_QUICKBOOKS].remedy)
    return msgspec.structs.replace(done, quickbooks_id=link.quickbooks_id), link, None


def _asked(run: Run, row: PlannedRow, found: Sequence[Mapping[str, Any]], code: ReasonCode) -> _Answer:
    word = in_words(row.quickbooks_type or "")
    listed = " and ".join(_described(one, word) for one in found)
    if code == ReasonCode.DUPLICATE_NUMBER:
        reason = f"QuickBooks has another record under the number of {row.source_label}: {listed}. No second one was created."
    else:
        reason = f"{row.source_label} seems to be in QuickBooks already, with the same customer, date and amount: {listed}."
    remedy = _remedy(row)
    candidates = [Candidate(str(one["Id"]), _described(one, word), "same number", True, 100) for one in found]
    question = Question(
        realm=run.realm,
        source_type=row.source_type,
        source_id=row.source_id,
        label=row.source_label,
        reason_code=code,
        reason=reason,
        how_to_fix=remedy,
        candidates=candidates,
        asked_at=run.now(),
    )
    return _stopped(row, code, reason, remedy), None, question


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


def _described(found: Mapping[str, Any], word: str) -> str:
    name = _party(found, "name")
    of = f" of {name}" if name else ""
    return f"{word} {found['Id']}{of}, dated {found.get('TxnDate')}, total {_total(found):,.2f}"


def _vanished(row: PlannedRow, quickbooks_id: str) -> PlannedRow:
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
