"""A batch on the wire, and what became of each item, whatever order, gaps or doubles the answer has."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.quickbooks.answers import Answer, read_answer
from rentaxis_pipelines.quickbooks.batch import (
    Answered,
    BatchItem,
    Faulted,
    Missing,
    decode_batch,
    encode_batch,
)
from rentaxis_pipelines.quickbooks.faults import FaultClass, classify


def answer_of(items: list) -> Answer:
    return read_answer(
        200, json.dumps({"BatchItemResponse": items}).encode(), intuit_tid="1-a", is_write=True
    )


def test_a_batch_is_written_as_quickbooks_reads_it():
    """The four operations; a void is an update with an option (Intuit's Batch page)."""
    body = encode_batch(
        [
            BatchItem("1", "create", "Invoice", {"Line": [{"Amount": Decimal("100.00")}]}),
            BatchItem("2", "update", "Customer", {"Id": "7", "SyncToken": "0", "sparse": True}),
            BatchItem("3", "delete", "Payment", {"Id": "8", "SyncToken": "1"}),
            BatchItem("4", "void", "Invoice", {"Id": "9", "SyncToken": "2"}),
        ]
    )
    assert b"100.00" in body
    assert json.loads(body) == {
        "BatchItemRequest": [
            {"bId": "1", "operation": "create", "Invoice": {"Line": [{"Amount": 100.0}]}},
            {"bId": "2", "operation": "update", "Customer": {"Id": "7", "SyncToken": "0", "sparse": True}},
            {"bId": "3", "operation": "delete", "Payment": {"Id": "8", "SyncToken": "1"}},
            {
                "bId": "4",
                "operation": "update",
                "optionsData": "void",
                "Invoice": {"Id": "9", "SyncToken": "2"},
            },
        ]
    }


def test_the_same_items_are_always_the_same_bytes():
    """The bytes are kept and sent again after a crash, so they must not depend on anything else."""
    items = [BatchItem("1", "create", "Customer", {"DisplayName": "É", "Active": True})]
    assert encode_batch(items) == encode_batch(items)


@pytest.mark.parametrize(
    "b_ids",
    [[], [str(number) for number in range(31)], [""], ["12345678901"], ["1", "2", "1"]],
    ids=["no item", "31 items", "no id", "id of 11 characters", "id used twice"],
)
def test_a_batch_quickbooks_would_refuse_is_refused_before_it_is_sent(b_ids):
    with pytest.raises(ValueError, match=r"batch|b_id"):
        encode_batch([BatchItem(b_id, "create", "Customer", {}) for b_id in b_ids])


@given(st.permutations(range(12)), st.sets(st.integers(0, 11)))
def test_items_are_matched_by_id_in_any_order_and_with_any_missing(order, lost):
    """Keys are exactly the expected ones; what the answer does not mention is Missing."""
    items = [{"Invoice": {"Id": str(100 + n)}, "bId": str(n)} for n in order if n not in lost]
    found = decode_batch(answer_of(items), [str(n) for n in range(12)])
    assert found == {
        str(n): Missing() if n in lost else Answered("Invoice", {"Id": str(100 + n)}) for n in range(12)
    }


def test_good_and_bad_items_of_one_batch_stand_side_by_side():
    """The recorded batch: HTTP 200 with items failed, each classed like a single answer."""
    items = [
        {"Vendor": {"Id": "59"}, "bId": "a"},
        {"Fault": {"Error": [{"Message": "Stale Object Error", "code": "5010", "element": ""}]}, "bId": "b"},
        {
            "fault": {"error": [{"message": "message=ThrottleExceeded; errorCode=003001; statusCode=429"}]},
            "bId": "c",
        },
    ]
    found = decode_batch(answer_of(items), "abc")
    assert found["a"] == Answered("Vendor", {"Id": "59"})
    stale, throttled = found["b"], found["c"]
    assert isinstance(stale, Faulted)
    assert isinstance(throttled, Faulted)
    assert (classify(stale.fault), classify(throttled.fault)) == (FaultClass.STALE, FaultClass.THROTTLE)
    assert stale.fault.intuit_tid == "1-a"


@pytest.mark.parametrize(
    "items",
    [
        [{"bId": "1"}],
        [{"bId": "1", "Invoice": None}],
        ["text"],
        [{"Invoice": {"Id": "1"}}],
        [{"bId": "1", "Invoice": {"Id": "1"}}, {"bId": "1", "Invoice": {"Id": "2"}}],
        [{"bId": "1", "Invoice": {"Id": "1"}}, {"bId": "1", "Fault": {"Error": [{"code": "610"}]}}],
    ],
    ids=[
        "empty item",
        "no object",
        "not an item",
        "no bId",
        "two objects for one id",
        "object and fault for one id",
    ],
)
def test_an_item_that_cannot_be_told_is_missing_rather_than_guessed(items):
    assert decode_batch(answer_of(items), ["1"]) == {"1": Missing()}


@pytest.mark.parametrize("content", [{}, {"BatchItemResponse": None}, {"BatchItemResponse": {}}])
def test_an_answer_without_items_leaves_every_item_missing(content):
    answer = Answer(content, b"")
    assert decode_batch(answer, ["1", "2"]) == {"1": Missing(), "2": Missing()}


def test_items_nobody_asked_for_are_ignored():
    assert decode_batch(answer_of([{"bId": "9", "Invoice": {"Id": "1"}}]), ["1"]) == {"1": Missing()}


def test_a_number_as_bid_is_the_text_that_was_sent():
    found = decode_batch(answer_of([{"bId": 1, "Invoice": {"Id": "5"}}]), ["1"])
    assert found == {"1": Answered("Invoice", {"Id": "5"})}


def test_payloads_and_answers_stay_out_of_reprs():
    """A repr ends up in logs and tracebacks."""
    item = BatchItem("1", "create", "Customer", {"DisplayName": "Jane Tenant"})
    answer = answer_of([{"bId": "1", "Customer": {"DisplayName": "Jane Tenant"}}])
    assert "Jane" not in repr([item, answer, decode_batch(answer, ["1"])])
