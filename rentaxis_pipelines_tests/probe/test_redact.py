"""What is written down of the exchanges names nobody, and is otherwise as it came."""

import datetime as dt
import json

from rentaxis_pipelines.probe.redact import COMPANY_ID, Redaction
from rentaxis_pipelines.probe.wire import Exchange

REALM, COMPANY = "9130347798120106", "Harbor Homes"


def redacted(response, path=f"/v3/company/{REALM}/invoice"):
    exchange = Exchange(
        dt.datetime(2026, 11, 26, 2, tzinfo=dt.UTC), "POST", path, {"requestid": "probe-1"}, "application/json", "{}", 200,
        {"content-type": "application/json", "intuit_tid": "1-5f"}, response,
    )  # fmt: skip
    return Redaction(REALM, COMPANY).exchange(exchange)


def test_names_addresses_and_the_company_go_and_everything_else_stays():
    """Amounts keep their digits, ids stay, and what the probe named itself stays."""
    response = (
        '{"Invoice":{"Id":"17","TotalAmt":100.00,"Balance":0,"CustomerRef":{"value":"5","name":"RentAxis probe 7 ab12 customer"},'
        '"Line":[{"Amount":100.00,"SalesItemLineDetail":{"ItemRef":{"value":"1","name":"Line"}}}],'
        '"DepositToAccountRef":{"value":"4","name":"Ada \\"Lovelace\\""},"BillEmail":{"Address":"ada@lovelace.org"}}}'
    )
    body = redacted(response)["response"]["body"]
    assert "Lovelace" not in body
    assert "lovelace" not in body
    told = json.loads(body)["Invoice"]
    assert told["CustomerRef"]["name"] == "RentAxis probe 7 ab12 customer"
    assert told["Line"][0]["SalesItemLineDetail"]["ItemRef"]["name"] != "Line"
    assert '"TotalAmt":100.00,"Balance":0' in body
    assert told["Id"] == "17"


def test_the_company_id_goes_wherever_it_stands():
    text = f'{{"Fault":{{"Error":[{{"Detail":"no /v3/company/{REALM}/x of {COMPANY}","code":"500"}}]}}}}'
    done = redacted(text)
    assert REALM not in json.dumps(done)
    assert COMPANY not in json.dumps(done)
    assert done["request"]["path"] == f"/v3/company/{COMPANY_ID}/invoice"


def test_one_name_is_replaced_by_the_same_everywhere():
    body = redacted(
        '{"A":{"ItemRef":{"name":"Rent"}},"B":{"ItemRef":{"name":"Rent"}},"C":{"ItemRef":{"name":"Late"}}}'
    )
    told = json.loads(body["response"]["body"])
    assert told["A"] == told["B"] != told["C"]


def test_colleagues_in_a_stale_object_fault_go_in_any_language():
    english = "Stale Object Error : You and Ada Lovelace were working on this at the same time. Ada Lovelace finished before you did, so"
    french = "Vous et Ada Lovelace travailliez en même temps"
    for detail in (english, french):
        fault = json.dumps(
            {"Fault": {"Error": [{"Message": "x", "Detail": detail, "code": "5010"}]}}, ensure_ascii=False
        )
        body = redacted(fault)["response"]["body"]
        assert "Lovelace" not in body
        assert json.loads(body)["Fault"]["Error"][0]["code"] == "5010"


def test_what_is_no_json_is_searched_as_text():
    body = redacted(f"<html>{COMPANY} ada@lovelace.org {REALM}</html>")["response"]["body"]
    assert body == f"<html>Example Company person1@example.com {COMPANY_ID}</html>"


def test_it_has_the_form_of_the_recordings():
    told = redacted("{}")
    assert told["recorded_at"] == "Thu, 26 Nov 2026 02:00:00 GMT"
    assert sorted(told["request"]) == ["body", "content_type", "method", "path", "query"]
    assert sorted(told["response"]) == ["body", "headers", "status"]
    assert told["response"]["headers"]["intuit-tid"] == "1-5f"
