"""No request of any shape makes the server fail: it is done, or refused with a status that says so."""

import os
import socket
from typing import Any

import pytest

from quickbooks_emulator.given_json import DEEPEST, NotJson, read_json
from rentaxis_pipelines_tests.emulator.fuzz import Gunner
from rentaxis_pipelines_tests.emulator.shooting import shoot, shoot_at
from rentaxis_pipelines_tests.support.quickbooks import started

SEED = int(os.environ.get("FUZZ_SEED", "20261126"))  # the same every time; other seeds are tried by hand


def test_whatever_is_sent_the_application_does_not_fail() -> None:
    """Thousands more by hand: python -m rentaxis_pipelines_tests.emulator.fuzz --requests 20000"""
    statuses, failures = shoot(SEED, 2500)
    assert not failures, f"seed {SEED}, {len(failures)} failures\n{failures[0]}"
    assert statuses.count(200) > 250, "the requests reach what lies behind the first checks"


def test_whatever_is_sent_through_a_socket_is_answered() -> None:
    with started() as emulator:
        statuses, failures = shoot_at(emulator, SEED, range(250))
    assert not failures, f"seed {SEED}, {len(failures)} failures\n{failures[0]}"
    assert len(statuses) > 100


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /v3/company/\xff\xfe/x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /_emulator/?q=\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /.well-known/openid_configuration HTTP/1.1\r\nHost: \xff a/b\r\n\r\n",
        b"GET /%00%ff/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v3/company/1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"POST /v3/company/1/batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"y" * 200_000 + b"\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
    ids=range(8),
)
def test_even_what_is_hardly_http_is_answered(demo: Any, raw: bytes) -> None:
    host, _, port = demo.emulator.base_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(raw)
        assert connection.recv(12)[:9] == b"HTTP/1.1 "


def test_a_request_hangs_on_seed_and_number_alone() -> None:
    gunner = Gunner(7)
    assert [gunner.shot(number) for number in (3, 1, 3)] == [Gunner(7).shot(number) for number in (3, 1, 3)]


# What the search found, one of each kind


def _batch(demo: Any, item: Any) -> Any:
    return demo.batch([item, {"bId": "after", "Query": "SELECT * FROM Term"}])


@pytest.mark.parametrize(
    "item",
    [
        {"bId": "1", "operation": "create", "Vendor": {"DisplayName": "V"}, "optionsData": ["void"]},
        {"bId": "1", "operation": "create", "Vendor": {"DisplayName": "V"}, "optionsData": 7},
        {"bId": "1", "operation": ["create"], "Vendor": {"DisplayName": "V"}},
        {"bId": "1", "Query": {"x": 1}},
        {"bId": "1", "CDCQuery": {"entities": ["Invoice"], "changedSince": "2024-01-01"}},
        {"bId": "1", "CDCQuery": {"entities": "Invoice", "changedSince": 5}},
        {"bId": "1", "CDCQuery": {"entities": "Invoice"}},
        {"bId": "1", "CDCQuery": True},
        {"bId": "1", "Vendor": None},
        {"bId": "1"},
    ],
)
def test_an_unfit_item_of_a_batch_fails_alone(demo: Any, item: Any) -> None:
    refused, done = _batch(demo, item)
    assert (refused["bId"], set(refused)) == ("1", {"bId", "Fault"})
    assert "QueryResponse" in done
    assert demo.control("counts")["Vendor"]["count"] == 2


def test_a_batch_takes_changes_too(demo: Any) -> None:
    made = demo.make("Vendor", {"DisplayName": "Fresh"})
    asked = {"bId": "1", "CDCQuery": {"entities": "Vendor", "changedSince": made["MetaData"]["CreateTime"]}}
    found = _batch(demo, asked)[0]["CDCResponse"]["QueryResponse"][0]["Vendor"]
    assert made["Id"] in [each["Id"] for each in found]


@pytest.mark.parametrize(
    "body",
    [{"BatchItemRequest": None}, {"BatchItemRequest": 5}, {"BatchItemRequest": [None]}, [1], None, "x", True],
)
def test_a_batch_that_is_none_is_refused_as_a_whole(demo: Any, body: Any) -> None:
    """A rule that looks for an entity reads the items too, and a throttle answers each."""
    demo.control("faults", {"action": "answer", "status": 503, "entity": "Invoice"})
    assert demo.fault("POST", "batch", body if body is not None else b"null")["code"] == "2010"
    demo.control("switches", {"limits": True, "limits_scale": 0, "batch_throttled_items": True})
    assert demo.call("POST", "batch", {"BatchItemRequest": None})[0] in (200, 429)


@pytest.mark.parametrize(
    "raw",
    [b"[" * 100_000, b'{"Line":' * 2000, b"1e9999999999999999999", b"\xff", b"{", b"1" * 6000, b'"\\ud800"'],
)
def test_what_is_no_json_is_one_kind_of_fault(demo: Any, raw: bytes) -> None:
    with pytest.raises(NotJson):
        read_json(raw)
    for path in ("invoice", "batch"):
        assert demo.raw("POST", path, raw).status_code == 400


@pytest.mark.parametrize("described", [b"\xff", b"{", b"[" * 5000, b"", b'"text"', b"[1]"])
def test_what_describes_an_uploaded_file_is_read_like_any_other_json(demo: Any, described: bytes) -> None:
    head = b'--B\r\nContent-Disposition: form-data; name="file_metadata_0"\r\nContent-Type: application/json\r\n\r\n'
    answer = demo.session.post(
        f"{demo.root}/upload",
        data=head + described + b"\r\n--B--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=B"},
        timeout=30,
    )
    assert answer.status_code in (200, 400)
    assert b"Fault" in answer.content


def test_json_may_nest_as_deep_as_it_is_told() -> None:
    read_json(b"[" * DEEPEST + b"]" * DEEPEST)
    with pytest.raises(NotJson, match="deeper"):
        read_json(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))


@pytest.mark.parametrize(
    ("entity", "changes", "code"),
    [
        ("Payment", {"TotalAmt": "NaN"}, "2110"),
        ("Payment", {"TotalAmt": "-Infinity"}, "2110"),
        ("Term", {"Name": "T", "DueDays": "1" * 30}, "2090"),
        ("Invoice", {"GlobalTaxCalculation": ["x"]}, "2170"),
    ],
)
def test_numbers_and_choices_that_are_none_are_refused(
    demo: Any, entity: str, changes: Any, code: str
) -> None:
    assert demo.fault("POST", entity.lower(), {**demo.invoice_body("58"), **changes}
                      if entity == "Invoice" else changes)["code"] == code  # fmt: skip


def test_the_last_day_of_the_calendar_is_due_on_itself(demo: Any) -> None:
    made = demo.make("Invoice", demo.invoice_body("58", TxnDate="9999-12-31"))
    assert made["DueDate"] == "9999-12-31"


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("reset", "x"),
        ("tokens", [1]),
        ("clock", {"advance": 1e300}),
        ("clock", {"now": "0001-01-01T00:00:00Z"}),
        ("switches", {"keep_log": -1}),
        ("switches", {"access_token_seconds": 1e300}),
        ("faults", {"action": "answer", "status": 7}),
        ("faults", {"action": "answer", "headers": {"a": "b\r\nc: d"}}),
        ("hand", {"deed": "delete", "entity": "Preferences", "id": "1"}),
        ("hand", {"deed": "close_books", "date": ["2024"]}),
        ("hand", {"deed": "prefer", "group": "AccountingInfoPrefs", "name": "BookCloseDate", "value": [1]}),
        ("hand", {"deed": "edit", "entity": "Customer", "id": "58", "fields": 5}),
        ("seed", {"objects": {"Customer": [{"Id": "900"}]}}),
        ("seed", {"objects": {"Invoice": [{"Id": ["9"], "SyncToken": "0"}]}}),
        ("seed", {"objects": 5}),
    ],
)
def test_the_control_plane_refuses_what_would_break_the_company(demo: Any, endpoint: str, body: Any) -> None:
    before = demo.control("counts")
    url = f"{demo.emulator.control_url}/{endpoint}"
    assert demo.session.post(url, json=body, timeout=30).status_code == 400
    assert demo.control("counts") == before
    demo.make("Invoice", demo.invoice_body("58"))


def test_a_redirect_address_goes_into_the_answer_as_an_address(demo: Any) -> None:
    asked = {"client_id": demo.emulator.client_id, "redirect_uri": "http://h/é\r\nX: y", "state": "a&b"}
    url = f"{demo.emulator.base_url}/connect/oauth2"
    answer = demo.session.get(url, params=asked, allow_redirects=False, timeout=30)
    assert answer.status_code == 302 and "X" not in answer.headers
    assert answer.headers["location"].startswith("http://h/%C3%A9%0D%0AX")


@pytest.mark.parametrize("path", ["oauth2/v1/tokens/bearer", "v2/oauth2/tokens/revoke"])
@pytest.mark.parametrize("body", [b"\xff", b"[1]", b'{"token": 5}', b"[" * 5000])
def test_the_oauth_endpoints_refuse_what_they_cannot_read(demo: Any, path: str, body: bytes) -> None:
    client = (demo.emulator.client_id, demo.emulator.client_secret)
    answer = demo.session.post(f"{demo.emulator.base_url}/{path}", data=body, auth=client, timeout=30)
    assert answer.status_code == 400
