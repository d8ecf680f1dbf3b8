"""Answers of outages, whole as they were seen, and what a call is told whose caller is not let in."""

from typing import Any
from xml.etree import ElementTree

import pytest

LONG = (
    "Subscription period has ended or canceled or there was a billing problem : You can't add data to QuickBooks Online Plus "
    "because your trial or subscription period ended, you canceled your subscription, or there was a billing problem. To "
    "update your subscription, click the gear icon and view your account information."
)


def played(demo: Any, code: str, **rule: Any) -> Any:
    """What a read is answered while a rule plays that."""
    demo.control("faults", {"action": "answer", "operation": "read", "code": code, **rule})
    return demo.raw("GET", "customer/58")


def test_a_gateway_that_gives_up_answers_xml_though_json_was_asked_for(demo: Any) -> None:
    """Source: node-quickbooks issue 242 (2025-05-27), the whole body."""
    answer = played(demo, "gateway_timeout")
    assert (answer.status_code, answer.headers["content-type"]) == (504, "application/xml")
    schema = {"q": "http://schema.intuit.com/finance/v3"}
    root = ElementTree.fromstring(answer.text)
    error = root.find("q:Fault/q:Error", schema)
    assert error is not None and root.get("time", "")[:2] == "20"
    assert (error.get("code"), error.findtext("q:Message", None, schema)) == (
        "6002",
        "message=GatewayTimeout; errorCode=006002; statusCode=504",
    )


def test_a_stream_that_times_out_is_two_words_with_200(demo: Any) -> None:
    """Source: a field note of 2026-09-02."""
    answer = played(demo, "stream_timeout")
    assert (answer.status_code, answer.headers["content-type"], answer.text) == (
        200,
        "text/plain",
        "stream timeout",
    )


def test_an_outage_comes_under_the_code_of_a_missing_authorization(demo: Any) -> None:
    """Source: python-quickbooks issue 106 (2018), the whole body; qbo_api issue 81."""
    answer = played(demo, "3100_outage")
    assert answer.status_code == 500
    assert answer.json()["fault"] == {
        "error": [
            {
                "message": "message=InternalServerError; errorCode=003100; statusCode=500",
                "detail": None,
                "code": "3100",
                "element": None,
            }
        ],
        "type": "SERVICE",
    }


def test_an_ended_subscription_may_be_told_with_200_and_at_length(demo: Any) -> None:
    """Source: QuickBooks-V3-PHP-SDK issues 211 and 257 (2019)."""
    answer = played(demo, "6190_with_200")
    error = answer.json()["Fault"]["Error"][0]
    assert (answer.status_code, error["code"], error["Message"], error["Detail"]) == (
        200,
        "6190",
        "Invalid Company Status",
        LONG,
    )


def test_a_throttle_in_json_has_no_detail(demo: Any) -> None:
    """Source: a whole body of 2018; the XML of 2016 had one."""
    error = played(demo, "3001").json()["fault"]["error"][0]
    assert (error["code"], error["detail"]) == ("3001", None)


@pytest.mark.parametrize("code", ["gateway_timeout", "stream_timeout"])
def test_what_is_no_fault_is_not_played_on_an_item_of_a_batch(demo: Any, code: str) -> None:
    rule = {"action": "fault_items", "items": [0], "code": code}
    answer = demo.session.post(f"{demo.emulator.control_url}/faults", json=rule, timeout=30)
    assert answer.status_code == 400
    assert "not to an item of a batch" in answer.json()["error"]
