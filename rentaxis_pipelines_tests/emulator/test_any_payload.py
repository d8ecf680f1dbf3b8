"""No payload brings the emulator down: whatever is sent is done or refused with a known code, and the books hold."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quickbooks_emulator.company import ENTITIES
from quickbooks_emulator.schema import ENUMS, TYPES

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**16),
    st.sampled_from(["", "1", "58", "0.5", "2024-02-30", "x" * 5000, "a:b"]),
)


_LINES = (
    "SalesItemLineDetail",
    "AccountBasedExpenseLineDetail",
    "JournalEntryLineDetail",
    "DiscountLineDetail",
)


def _value(draw: Any, kind: str, depth: int) -> Any:
    if depth < 0 or draw(st.integers(0, 9)) == 0:
        return draw(SCALARS)
    if kind.endswith("[]"):
        return [_value(draw, kind[:-2], depth) for _ in range(draw(st.integers(0, 2)))]
    if kind in ENUMS:
        return draw(st.sampled_from(sorted(ENUMS[kind])))
    if kind == "ReferenceType":
        return {"value": draw(st.sampled_from(["1", "2", "3", "6", "58", "999", "x"]))}
    if kind == "decimal":
        return draw(st.integers(-10, 10**6)) / 100
    if kind == "date":
        return "2024-02-01"
    return _payload(draw, kind, depth - 1) if kind in TYPES else draw(SCALARS)


def _payload(draw: Any, type_name: str, depth: int) -> dict[str, Any]:
    known = [name for name in TYPES[type_name] if not name.endswith("Ex")]
    names = draw(st.lists(st.sampled_from(known), max_size=8, unique=True))
    if type_name == "Line":
        detail = draw(st.sampled_from(_LINES))
        names += [detail, "LinkedTxn"]
    content = {name: _value(draw, TYPES[type_name][name], depth) for name in names}
    if type_name == "Line":
        content |= {"Amount": draw(st.integers(0, 500)), "DetailType": detail}
    return content


_LIKELY = (
    "CustomerRef",
    "VendorRef",
    "AccountRef",
    "Line",
    "TotalAmt",
    "Id",
    "SyncToken",
    "sparse",
    "PaymentType",
)


@st.composite
def payloads(draw: Any) -> tuple[str, dict[str, Any]]:
    """An entity and a payload in which what a real one has is likely, and anything is possible."""
    entity = draw(st.sampled_from(WRITABLE))
    content = _payload(draw, entity, 3)
    for name in _LIKELY:
        if name in TYPES[entity] and draw(st.integers(0, 3)):
            content[name] = _value(draw, TYPES[entity][name], 3)
    return entity, content


WRITABLE = [name for name in ENTITIES if name in TYPES and name != "Preferences"]


@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(payload=payloads(), operation=st.sampled_from(["", "", "", "delete", "void", "update"]))
def test_any_payload_is_done_or_refused(
    demo: Any, payload: tuple[str, dict[str, Any]], operation: str
) -> None:
    entity, content = payload
    params = {"operation": operation} if operation else {}
    answer = demo.raw("POST", entity.lower(), content, **params)
    assert answer.status_code in (200, 400), answer.text
    assert answer.headers["content-type"].startswith("application/json")
    item = {"bId": "1", "operation": operation or "create", entity: content}
    assert demo.batch([item])[0]["bId"] == "1"


_DEPOSIT = {"DepositToAccountRef": {"value": "1"}}
_GROUP = {
    "Amount": 1,
    "DetailType": "GroupLineDetail",
    "GroupLineDetail": {"Line": [{"Description": "no amount"}]},
}


def _journal(entity: Any) -> dict[str, Any]:
    detail = {"PostingType": "Debit", "AccountRef": {"value": "4"}, "Entity": entity}
    return {"Line": [{"Amount": 1, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}]}


@pytest.mark.parametrize(
    ("entity", "content", "code"),
    [
        ("Deposit", {**_DEPOSIT, "Line": [{"Amount": 1, "LinkedTxn": [{"TxnType": "Payment"}]}]}, "2020"),
        (
            "Deposit",
            {**_DEPOSIT, "Line": [{"Amount": 1, "LinkedTxn": [{"TxnId": "9", "TxnType": "?"}]}]},
            "620",
        ),
        ("Deposit", {**_DEPOSIT, "Line": [], "CashBack": {"Amount": "x"}}, "2110"),
        ("Invoice", {"CustomerRef": {"value": "58"}, "Line": [_GROUP]}, "2020"),
        ("JournalEntry", _journal(5), "2010"),
        ("JournalEntry", _journal({"Type": "Ghost", "EntityRef": {"value": "1"}}), "2170"),
        ("Payment", {"CustomerRef": {"value": "58"}, "TotalAmt": 1, "Line": [{"Amount": 1}]}, "2020"),
        (
            "BillPayment",
            {"VendorRef": {"value": "1"}, "TotalAmt": 1, "PayType": "Check", "Line": [{}]},
            "2020",
        ),
    ],
)
def test_a_half_made_line_is_refused(demo: Any, entity: str, content: dict[str, Any], code: str) -> None:
    assert demo.fault("POST", entity.lower(), content)["code"] == code


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'"x"', b'{"BatchItemRequest":[1]}', b'{"BatchItemRequest":{}}']
)
@pytest.mark.parametrize("path", ["batch", "invoice", "customer", "upload"])
def test_a_malformed_body_is_refused(demo: Any, path: str, body: bytes) -> None:
    assert demo.raw("POST", path, body).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "nothing/1"),
        ("POST", "nothing"),
        ("GET", "invoice"),
        ("PUT", "invoice"),
        ("DELETE", "invoice/1"),
        ("GET", ""),
    ],
)
def test_what_is_no_endpoint_is_an_unsupported_operation(demo: Any, method: str, path: str) -> None:
    error = demo.fault(method, path)
    assert (error["code"], error["Message"]) == ("500", "Unsupported Operation")
