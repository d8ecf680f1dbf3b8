"""The batch endpoint: up to 30 items that succeed or fail individually; none sees what another created."""

import random
from typing import Any

from quickbooks_emulator import errors, query, reads, writes
from quickbooks_emulator.company import ENTITIES, Company
from quickbooks_emulator.errors import NothingDone, Refusal
from quickbooks_emulator.store import Record

LARGEST_BATCH = 30
LONGEST_BID_WITH_REQUESTID = 10
_KEYS_OF_AN_ITEM = frozenset({"bId", "operation", "optionsData", "Query", "CDCQuery"})
_BY_LOWER = {name.lower(): name for name in ENTITIES}


def run(company: Company, payload: Any, requestid: str | None, spoiled: dict[int, Any]) -> list[Record]:
    """The content of BatchItemResponse. `spoiled` items are not executed; their Fault is given (a rule on
    demand).

    Raises Refusal for a batch that is refused as a whole (1040, 2010).
    """
    items = items_of(payload)
    if not isinstance(payload, dict) or payload.get("BatchItemRequest") != items:
        raise errors.unreadable_property()
    if len(items) > LARGEST_BATCH:
        raise errors.batch_too_large(LARGEST_BATCH)
    if requestid and any(len(str(item.get("bId", ""))) > LONGEST_BID_WITH_REQUESTID for item in items):
        raise errors.wrong_length(
            "bId", LONGEST_BID_WITH_REQUESTID, max(len(str(item.get("bId", ""))) for item in items)
        )
    answers: list[Record] = []
    try:
        for position, item in enumerate(items):
            answer = {"Fault": spoiled[position]} if position in spoiled else _item(company, item)
            if answer is None:
                continue
            if "bId" in item:
                answer["bId"] = item["bId"]
            answers.append(answer)
    finally:
        company.unseen.clear()
    return _ordered(company, answers)


def items_of(payload: Any) -> list[Record]:
    """The entries of a batch that are items at all."""
    items = payload.get("BatchItemRequest") if isinstance(payload, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _ordered(company: Company, answers: list[Record]) -> list[Record]:
    match company.switches.batch_order:
        case "reversed":
            return answers[::-1]
        case "shuffled":
            return random.Random(len(answers)).sample(answers, len(answers))
    return answers


def _text(holder: Record, name: str) -> str:
    """Empty if it is missing. Raises Refusal 2010 if it is not text."""
    value = holder.get(name)
    if value is not None and not isinstance(value, str):
        raise errors.unreadable_property()
    return value or ""


def refused_item(refusal: Refusal) -> Record:
    return {"Fault": refusal.fault(in_batch=True)}


def _item(company: Company, item: Record) -> Record | None:
    """The response to one item, or None if it gets none."""
    try:
        if "Query" in item:
            return {"QueryResponse": query.run(company, _text(item, "Query"))}
        if "CDCQuery" in item:
            asked = item["CDCQuery"] if isinstance(item["CDCQuery"], dict) else {}
            blocks = reads.changes(company, _text(asked, "entities"), _text(asked, "changedSince"))
            return {"CDCResponse": {"QueryResponse": blocks}}
        written = next((key for key in item if key not in _KEYS_OF_AN_ITEM), None)
        if written is None:
            raise errors.unreadable_property()
        entity = _BY_LOWER.get(written.lower())
        if entity is None:
            raise errors.unsupported_object(written)
        record, did = writes.write(
            company, entity, item[written], _text(item, "operation"), _text(item, "optionsData")
        )
        if did == "create":
            company.unseen.add((entity, record["Id"]))
        return {entity: reads.alone(company, entity, record)}
    except NothingDone:
        if company.switches.silent_void_in_batch == "left_out":
            return None
        return refused_item(errors.unsupported_operation("void", "Operation"))
    except Refusal as refusal:
        return {"Fault": refusal.fault(in_batch=True, language=company.switches.language)}
