"""Batches: up to thirty independent writes in one call.

Here: the bytes of a batch, and the response for each item. Not here: which records may share a batch, and what
to do about an item that failed or is missing.

A batch is not atomic: items succeed and fail individually (recorded traffic), and their order in the response
means nothing, so everything is matched by ``b_id``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from rentaxis_pipelines.quickbooks.answers import Answer
from rentaxis_pipelines.quickbooks.faults import Fault, parse_fault
from rentaxis_pipelines.quickbooks.json import decode, encode

MAX_ITEMS = 30  # Intuit's limits page and Batch page
MAX_ID = 10  # with a request id each bId has at most ten characters (Intuit's post of 2015-04-06)

Operation = Literal["create", "update", "delete", "void"]


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One write. ``entity`` as QuickBooks spells it ("Invoice"); ``payload`` as for a single write."""

    b_id: str
    operation: Operation
    entity: str
    payload: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """The item was executed; ``object`` is the record as it is now (for a delete: Id and status)."""

    entity: str
    object: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Faulted:
    """The item was refused; ``faults.classify`` says what that means."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Missing:
    """The response has nothing readable for this item: it may or may not have been executed."""


ItemAnswer = Answered | Faulted | Missing


def encode_batch(items: Sequence[BatchItem]) -> bytes:
    """The body of a batch request.

    Raises:
        ValueError: no item, more than 30, or a ``b_id`` that is empty, longer than 10 characters or used
        twice.
    """
    if not 1 <= len(items) <= MAX_ITEMS:
        raise ValueError(f"a batch has 1 to {MAX_ITEMS} items, not {len(items)}")
    if not all(1 <= len(item.b_id) <= MAX_ID for item in items):
        raise ValueError(f"a b_id has 1 to {MAX_ID} characters")
    if len({item.b_id for item in items}) != len(items):
        raise ValueError("a b_id is used twice in one batch")
    return encode({"BatchItemRequest": [_encode_item(item) for item in items]})


def tokens_named(body: bytes) -> dict[str, str]:
    """The SyncTokens that the items of a batch request name, by ``b_id``; creations name none, and any other request."""
    tokens: dict[str, str] = {}
    for item in decode(body).get("BatchItemRequest", ()):
        for payload in item.values():
            if isinstance(payload, dict) and "SyncToken" in payload:
                tokens[str(item["bId"])] = str(cast("dict[str, Any]", payload)["SyncToken"])
    return tokens


def decode_batch(answer: Answer, expected: Collection[str]) -> dict[str, ItemAnswer]:
    """The outcome of each expected ``b_id``, in whatever order they came; keys are exactly ``expected``.

    An item that is missing, unreadable, or present twice with different contents is ``Missing``. Unexpected
    items are ignored.
    """
    answers: dict[str, ItemAnswer] = {}
    listed = answer.content.get("BatchItemResponse")
    for entry in cast(list[Any], listed) if isinstance(listed, list) else []:
        if not isinstance(entry, dict):
            continue
        item = cast(dict[str, Any], entry)
        b_id = str(item.get("bId"))
        read = _decode_item(item, answer)
        answers[b_id] = read if answers.get(b_id, read) == read else Missing()
    return {b_id: answers.get(b_id, Missing()) for b_id in expected}


def _encode_item(item: BatchItem) -> dict[str, Any]:
    if item.operation == "void":
        # In a batch a void is an update with an option (Intuit's Batch page).
        return {
            "bId": item.b_id,
            "operation": "update",
            "optionsData": "void",
            item.entity: item.payload,
        }
    return {"bId": item.b_id, "operation": item.operation, item.entity: item.payload}


def _decode_item(item: dict[str, Any], answer: Answer) -> ItemAnswer:
    fault = parse_fault(item, http_status=answer.http_status, intuit_tid=answer.intuit_tid)
    if fault:
        return Faulted(fault)
    for key, value in item.items():
        if isinstance(value, dict):
            return Answered(key, cast(dict[str, Any], value))
    return Missing()
