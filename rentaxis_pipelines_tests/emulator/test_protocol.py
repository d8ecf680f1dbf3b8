"""Request ids, batches, limits, metering, OAuth, updates and numbers: what happens between the calls."""

from typing import Any

import pytest
import requests

from rentaxis_pipelines_tests.support.quickbooks import started

TOKEN = "oauth2/v1/tokens/bearer"


def _count(demo: Any, entity: str) -> int:
    return demo.control("counts").get(entity, {"count": 0})["count"]


def _vendor(number: int) -> dict[str, Any]:
    return {"bId": str(number), "operation": "create", "Vendor": {"DisplayName": f"Vendor {number}"}}


# Request ids


@pytest.mark.parametrize("path", ["invoice", "batch"])
def test_a_repeated_request_id_gets_the_first_answer_again(demo: Any, path: str) -> None:
    """The same bytes, and nothing is done twice, even with another body."""
    body = demo.invoice_body("58")
    if path == "batch":
        body = {"BatchItemRequest": [{"bId": "1", "operation": "create", "Invoice": body}]}
    first = demo.raw("POST", path, body, requestid="r-1")
    second = demo.raw("POST", path, body, requestid="r-1")
    assert first.content == second.content
    assert _count(demo, "Invoice") == 1
    assert [call["replayed"] for call in demo.control("log")] == [False, True]


@pytest.mark.parametrize(
    ("switches", "advance", "invoices"),
    [
        ({"requestid": "ignored"}, 0, 2),
        ({"requestid": "timed", "requestid_minutes": 10}, 599, 1),
        ({"requestid": "timed", "requestid_minutes": 10}, 601, 2),
        ({"requestid_name_lists": False}, 0, 1),
    ],
)
def test_how_long_and_whether_a_request_id_is_remembered_is_a_switch(
    demo: Any, switches: dict[str, Any], advance: int, invoices: int
) -> None:
    demo.control("switches", switches)
    demo.control("clock", {"frozen": True})
    demo.make("Invoice", demo.invoice_body("58"), requestid="r")
    demo.control("clock", {"advance": advance})
    demo.make("Invoice", demo.invoice_body("58"), requestid="r")
    assert _count(demo, "Invoice") == invoices


def test_request_ids_can_be_without_effect_for_name_lists(demo: Any) -> None:
    demo.control("switches", {"requestid_name_lists": False})
    demo.make("Customer", {"DisplayName": "Once"}, requestid="r")
    assert demo.fault("POST", "customer", {"DisplayName": "Once"}, requestid="r")["code"] == "6240"


def test_a_repeated_batch_can_answer_6000_on_every_item(demo: Any) -> None:
    demo.control("switches", {"requestid_batch": "answers_6000"})
    items = [_vendor(1), _vendor(2)]
    demo.batch(items, requestid="b")
    again = demo.batch(items, requestid="b")
    assert [answer["Fault"]["Error"][0]["code"] for answer in again] == ["6000", "6000"]
    assert [answer["bId"] for answer in again] == ["1", "2"]
    assert _count(demo, "Vendor") == 4


@pytest.mark.parametrize(("policy", "status"), [("rerun", 200), ("replay", 400)])
def test_a_repeat_after_a_failure_runs_or_fails_again_as_switched(
    demo: Any, policy: str, status: int
) -> None:
    demo.control("switches", {"requestid_failures": policy})
    body = {"DisplayName": "Terrence Boyd"}
    assert demo.call("POST", "vendor", body, requestid="r")[0] == 400
    name = demo.query("SELECT * FROM Customer WHERE DisplayName = 'Terrence Boyd'")["Customer"][0]
    demo.control("hand", {"deed": "deactivate", "entity": "Customer", "id": name["Id"]})
    assert demo.call("POST", "vendor", body, requestid="r")[0] == status


def test_request_ids_and_bids_have_their_lengths(demo: Any) -> None:
    body = demo.invoice_body("58")
    assert demo.fault("POST", "invoice", body, requestid="x" * 51)["code"] == "2130"
    demo.make("Invoice", body, requestid="x" * 50)
    long_bid = {**_vendor(1), "bId": "x" * 11}
    assert demo.fault("POST", "batch", {"BatchItemRequest": [long_bid]}, requestid="r")["code"] == "2050"
    assert (
        demo.fault("POST", "batch", {"BatchItemRequest": [_vendor(1)]}, requestid="x" * 37)["code"] == "2130"
    )
    assert "Vendor" in demo.batch([long_bid])[0]


# Batches


def test_items_of_a_batch_cannot_see_what_the_batch_makes(demo: Any) -> None:
    """Neither by reference nor by query nor by Id; the next call sees all."""
    items = [
        {"bId": "1", "operation": "create", "Customer": {"DisplayName": "Fresh"}},
        {"bId": "2", "operation": "create", "Invoice": demo.invoice_body("59")},
    ]
    made, refused = demo.batch(items)
    assert made["Customer"]["Id"] == "59"
    assert refused["Fault"]["Error"][0]["code"] == "2500"
    assert "Invoice" in demo.batch([items[1]])[0]


@pytest.mark.parametrize(("policy", "second"), [("seen", "Fault"), ("unseen", "Customer")])
def test_two_items_of_one_name_collide_as_switched(demo: Any, policy: str, second: str) -> None:
    demo.control("switches", {"batch_collisions": policy})
    item = {"operation": "create", "Customer": {"DisplayName": "Twice"}}
    assert second in demo.batch([item, item])[1]


def test_a_batch_item_needs_no_bid_and_no_operation_to_create(demo: Any) -> None:
    answers = demo.batch([{"Vendor": {"DisplayName": "Plain"}}])
    assert set(answers[0]) == {"Vendor"}


def test_a_batch_voids_by_its_options(demo: Any) -> None:
    paid = demo.make("Payment", demo.payment_body("58", 10))
    item = {"Id": paid["Id"], "SyncToken": "0", "sparse": True}
    answers = demo.batch([{"bId": "v", "operation": "update", "optionsData": "void", "Payment": item}])
    assert answers[0]["Payment"]["TotalAmt"] == 0
    assert answers[0]["Payment"]["PrivateNote"] == "Voided"


@pytest.mark.parametrize(("order", "bids"), [("request", ["1", "2", "3"]), ("reversed", ["3", "2", "1"])])
def test_the_order_of_answers_is_a_switch(demo: Any, order: str, bids: list[str]) -> None:
    demo.control("switches", {"batch_order": order})
    assert [answer["bId"] for answer in demo.batch([_vendor(n) for n in (1, 2, 3)])] == bids


# Limits and metering


@pytest.mark.parametrize(
    ("path", "body", "allowed", "wait"),
    [
        ("customer/58", None, 10, 1),
        ("batch", {"BatchItemRequest": [{"Query": "SELECT * FROM Term"}]}, 40, 60),
    ],
)
def test_limits_are_counted_against_the_movable_clock(
    demo: Any, path: str, body: Any, allowed: int, wait: int
) -> None:
    """10 calls a second, 40 batches a minute; refused calls count towards nothing."""
    demo.control("switches", {"limits": True})
    demo.control("clock", {"frozen": True})
    method = "GET" if body is None else "POST"
    for number in range(allowed):
        if number % 10 == 0 and body is not None:
            demo.control("clock", {"advance": 1.1})
        assert demo.call(method, path, body)[0] == 200
    demo.control("clock", {"advance": 0.5 if body is None else 1.1})
    status, content = demo.call(method, path, body)
    assert status == 429
    assert content["fault"]["error"][0]["code"] == "3001"
    assert content["fault"]["error"][0]["detail"] is None  # a whole body of 2018
    assert content["fault"]["type"] == "SERVICE"
    demo.control("clock", {"advance": wait})
    assert demo.call(method, path, body)[0] == 200


def test_a_throttle_takes_the_shape_status_and_header_that_are_switched(demo: Any) -> None:
    demo.control("switches", {"limits": True, "limits_scale": 0.1})
    demo.control("clock", {"frozen": True})
    demo.call("GET", "customer/58")
    assert "Retry-After" not in demo.raw("GET", "customer/58").headers
    demo.control("switches", {"throttle_shape": "service", "throttle_status": 403, "retry_after": 7})
    answer = demo.raw("GET", "customer/58")
    error = answer.json()["Fault"]["Error"][0]
    assert (answer.status_code, answer.headers["Retry-After"]) == (403, "7")
    assert error["Message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"


def test_a_throttle_can_stand_inside_a_batch_answer(demo: Any) -> None:
    demo.control("switches", {"limits": True, "limits_scale": 0.1, "batch_throttled_items": True})
    demo.control("clock", {"frozen": True})
    demo.batch([_vendor(1)])
    assert demo.batch([_vendor(2)])[0]["Fault"]["Error"][0]["code"] == "3001"
    assert _count(demo, "Vendor") == 3


def test_reads_are_metered_writes_are_not_and_the_allowance_ends_with_the_month(demo: Any) -> None:
    demo.control("clock", {"now": "2026-03-31T12:00:00-07:00", "frozen": True})
    demo.control("tokens", {"renew": True})
    demo.make("Vendor", {"DisplayName": "A"})
    demo.batch([{"Query": "SELECT * FROM Term"}, {"Query": "SELECT * FROM Item"}, _vendor(1)])
    demo.read("Customer", "58")
    assert demo.control("")["metered_reads"] == {"2026-03": 3}
    demo.control("switches", {"monthly_reads": 3})
    assert demo.call("GET", "customer/58")[0] == 429
    demo.make("Vendor", {"DisplayName": "B"})
    demo.control("clock", {"advance": 86400})
    demo.control("tokens", {"renew": True})
    assert demo.call("GET", "customer/58")[0] == 200


# OAuth


def _token(demo: Any, **form: str) -> requests.Response:
    emulator = demo.emulator
    secret = form.pop("secret", emulator.client_secret)
    return requests.post(
        f"{emulator.base_url}/{TOKEN}", auth=(emulator.client_id, secret), data=form, timeout=30
    )


def _refresh(demo: Any, token: str) -> requests.Response:
    return _token(demo, grant_type="refresh_token", refresh_token=token)


def test_a_refresh_token_rolls_and_the_old_one_dies_after_its_grace(demo: Any) -> None:
    demo.control("switches", {"refresh_grace_seconds": 60})
    demo.control("clock", {"frozen": True})
    first = _refresh(demo, demo.emulator.refresh_token).json()
    assert first["token_type"] == "bearer"
    assert (first["expires_in"], first["x_refresh_token_expires_in"]) == (3600, 8640000)
    assert first["refresh_token"] != demo.emulator.refresh_token
    demo.control("clock", {"advance": 59})
    assert _refresh(demo, demo.emulator.refresh_token).status_code == 200
    demo.control("clock", {"advance": 2})
    dead = _refresh(demo, demo.emulator.refresh_token)
    assert dead.status_code == 400
    assert dead.json() == {
        "error": "invalid_grant",
        "error_description": "Incorrect or invalid refresh token",
    }
    assert _refresh(demo, first["refresh_token"]).status_code == 200


def test_a_refresh_token_may_stay_the_same_for_a_day(demo: Any) -> None:
    demo.control("switches", {"refresh_rotation": "daily"})
    demo.control("clock", {"frozen": True})
    assert _refresh(demo, demo.emulator.refresh_token).json()["refresh_token"] == demo.emulator.refresh_token
    demo.control("clock", {"advance": 86400})
    assert _refresh(demo, demo.emulator.refresh_token).json()["refresh_token"] != demo.emulator.refresh_token


def test_an_access_token_dies_after_an_hour_and_a_refresh_token_after_100_days(demo: Any) -> None:
    demo.control("clock", {"frozen": True})
    fresh = _refresh(demo, demo.emulator.refresh_token).json()
    demo.session.headers["Authorization"] = f"Bearer {fresh['access_token']}"
    demo.control("clock", {"advance": 3599})
    assert demo.call("GET", "customer/58")[0] == 200
    demo.control("clock", {"advance": 2})
    assert demo.call("GET", "customer/58")[0] == 401
    demo.control("clock", {"advance": 100 * 86400})
    assert _refresh(demo, fresh["refresh_token"]).status_code == 400


def test_the_end_of_a_sign_in_is_told_where_asked_for_and_refreshing_does_not_move_it(demo: Any) -> None:
    """As Intuit's own kits ask since May 2026: a header, and the seconds left of the five years."""
    demo.control("switches", {"grant_seconds": 150 * 86400})
    demo.control("clock", {"frozen": True})
    emulator, refresh = demo.emulator, demo.emulator.refresh_token

    def renewed(headers: dict[str, str]) -> dict[str, Any]:
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        auth = (emulator.client_id, emulator.client_secret)
        return requests.post(
            f"{emulator.base_url}/{TOKEN}", auth=auth, data=form, headers=headers, timeout=30
        ).json()

    assert "x_refresh_token_hard_expires_in" not in renewed({})
    asked = {"x-include-refresh-token-hard-expires-in": "true"}
    ends = [renewed(asked)]
    for days in (90, 50):
        refresh = ends[-1]["refresh_token"]
        demo.control("clock", {"advance": days * 86400})
        ends.append(renewed(asked))
    hard, rolling = "x_refresh_token_hard_expires_in", "x_refresh_token_expires_in"
    assert [round(one[hard] / 86400) for one in ends] == [150, 60, 10]
    assert [round(one[rolling] / 86400) for one in ends] == [100, 60, 10]
    demo.control("clock", {"advance": 10 * 86400 + 60})
    assert _refresh(demo, ends[-1]["refresh_token"]).status_code == 400


def test_a_wrong_secret_is_an_invalid_client(demo: Any) -> None:
    answer = _token(demo, grant_type="refresh_token", refresh_token="x", secret="wrong")
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_a_person_authorizes_and_the_code_buys_tokens_once(demo: Any) -> None:
    emulator = demo.emulator
    discovery = requests.get(f"{emulator.base_url}/.well-known/openid_configuration", timeout=30).json()
    params = {
        "client_id": emulator.client_id,
        "redirect_uri": "http://here/cb",
        "state": "s",
        "response_type": "code",
    }
    answer = requests.get(
        discovery["authorization_endpoint"], params=params, allow_redirects=False, timeout=30
    )
    assert answer.status_code == 302
    back = requests.models.PreparedRequest()
    back.prepare_url(answer.headers["location"], {})
    query = dict(pair.split("=") for pair in str(back.url).split("?")[1].split("&"))
    assert (query["state"], query["realmId"]) == ("s", emulator.realm_id)
    form = {"grant_type": "authorization_code", "code": query["code"], "redirect_uri": "http://here/cb"}
    tokens = _token(demo, **form)
    assert tokens.status_code == 200
    assert _token(demo, **form).status_code == 400
    revoked = requests.post(
        discovery["revocation_endpoint"], auth=(emulator.client_id, emulator.client_secret),
        json={"token": tokens.json()["refresh_token"]}, timeout=30,
    )  # fmt: skip
    assert revoked.status_code == 200
    assert _refresh(demo, tokens.json()["refresh_token"]).status_code == 400


# Updates


def test_a_full_update_forgets_what_it_leaves_out_and_a_sparse_one_keeps_it(demo: Any) -> None:
    made = demo.make("Customer", {"DisplayName": "Ada", "CompanyName": "Ada Ltd", "Notes": "n"})
    address = {"Id": made["Id"], "DisplayName": "Ada"}
    kept = demo.make("Customer", {**address, "SyncToken": 0, "sparse": True, "Notes": "m"})
    assert (kept["CompanyName"], kept["Notes"], kept["SyncToken"]) == ("Ada Ltd", "m", "1")
    emptied = demo.make("Customer", {**address, "SyncToken": "1", "sparse": True, "Notes": ""})
    assert "Notes" not in emptied
    lost = demo.make("Customer", {**address, "SyncToken": "2"})
    assert "CompanyName" not in lost
    assert lost["MetaData"]["CreateTime"] == made["MetaData"]["CreateTime"]


def test_an_update_that_changes_nothing_keeps_the_token_on_lists_but_not_on_transactions(demo: Any) -> None:
    """Recorded for an employee, an account and a sales receipt."""
    customer = demo.read("Customer", "58")
    same = demo.make(
        "Customer", {"Id": "58", "SyncToken": "0", "sparse": True, "DisplayName": customer["DisplayName"]}
    )
    assert same == customer
    invoice = demo.make("Invoice", demo.invoice_body("58"))
    again = demo.make("Invoice", {**demo.invoice_body("58"), "Id": invoice["Id"], "SyncToken": "0"})
    assert again["SyncToken"] == "1"


def test_lines_sent_replace_all_lines_and_known_line_ids_stay(demo: Any) -> None:
    made = demo.make("Invoice", demo.invoice_body("58", 100))
    line = {**made["Line"][0], "Amount": 40}
    more = demo.invoice_body("58", 2)["Line"]
    body = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": [*more, line]}
    changed = demo.make("Invoice", body)
    assert [each.get("Id") for each in changed["Line"]] == ["2", "1", None]
    assert changed["TotalAmt"] == changed["Balance"] == 42


def test_paying_raises_the_invoices_token_as_switched(demo: Any) -> None:
    for raises, token in ((True, "1"), (False, "0")):
        demo.control("switches", {"payment_bumps_invoice": raises})
        invoice = demo.make("Invoice", demo.invoice_body("58"))
        demo.make("Payment", demo.payment_body("58", 100, (invoice["Id"], 100)))
        assert demo.read("Invoice", invoice["Id"])["SyncToken"] == token


@pytest.mark.parametrize(
    ("payer", "total", "applied", "code"),
    [("59", 100, 100, "620"), ("58", 200, 101, "6000"), ("58", 50, 60, "6000")],
)
def test_a_payment_is_refused_on_anothers_invoice_and_beyond_what_is_open(
    demo: Any, payer: str, total: int, applied: int, code: str
) -> None:
    demo.make("Customer", {"DisplayName": "Another"})
    invoice = demo.make("Invoice", demo.invoice_body("58"))
    assert (
        demo.fault("POST", "payment", demo.payment_body(payer, total, (invoice["Id"], applied)))["code"]
        == code
    )


@pytest.mark.parametrize(("policy", "status"), [("refuse", 400), ("allow", 200)])
def test_a_parent_pays_its_childs_invoice_as_switched(demo: Any, policy: str, status: int) -> None:
    demo.control("switches", {"parent_pays_child": policy})
    child = demo.make("Customer", {"DisplayName": "Unit 1", "Job": True, "ParentRef": {"value": "58"}})
    assert (child["FullyQualifiedName"], child["Level"]) == ("Harbor Street Bakery:Unit 1", 1)
    invoice = demo.make("Invoice", demo.invoice_body(child["Id"]))
    assert invoice["CustomerRef"]["name"] == "Harbor Street Bakery:Unit 1"
    assert demo.read("Customer", "58")["BalanceWithJobs"] == 100
    body = demo.payment_body("58", 100, (invoice["Id"], 100))
    assert demo.call("POST", "payment", body)[0] == status


# Numbers


def test_quickbooks_numbers_sales_forms_when_custom_numbers_are_off(demo: Any) -> None:
    demo.control(
        "hand", {"deed": "prefer", "group": "SalesFormsPrefs", "name": "CustomTxnNumbers", "value": False}
    )
    first = demo.make("Invoice", demo.invoice_body("58"))
    second = demo.make("Invoice", demo.invoice_body("58"))
    assert int(second["DocNumber"]) == int(first["DocNumber"]) + 1
    for _ in range(2):
        assert demo.make("Invoice", demo.invoice_body("58", DocNumber="dup"))["DocNumber"] == "dup"


def test_with_custom_numbers_yours_is_used_none_is_none_and_a_duplicate_is_refused(demo: Any) -> None:
    assert "DocNumber" not in demo.make("Invoice", demo.invoice_body("58"))
    demo.make("Invoice", demo.invoice_body("58", DocNumber="7"))
    assert demo.fault("POST", "invoice", demo.invoice_body("58", DocNumber="7"))["code"] == "6140"
    demo.make("Invoice", demo.invoice_body("58", DocNumber="7"), include="allowduplicatedocnum")
    demo.control("switches", {"warn_duplicate_numbers": False})
    demo.make("Invoice", demo.invoice_body("58", DocNumber="7"))
    bill = {"VendorRef": {"value": "1"}, "DocNumber": "7", "Line": demo.expense_lines(5)}
    demo.make("Bill", bill)
    assert demo.fault("POST", "bill", bill)["code"] == "6140"


def test_a_renamed_customers_name_shows_on_its_transactions(demo: Any) -> None:
    invoice = demo.make("Invoice", demo.invoice_body("58"))
    demo.make("Customer", {"Id": "58", "SyncToken": "0", "sparse": True, "DisplayName": "Renamed"})
    shown = demo.read("Invoice", invoice["Id"])
    assert shown["CustomerRef"] == {"value": "58", "name": "Renamed"}
    assert shown["SyncToken"] == "0"


def test_money_is_written_with_two_decimals_and_nothing_as_0(demo: Any) -> None:
    line = demo.invoice_body("58", "337.5")["Line"][0]
    line["SalesItemLineDetail"] |= {"Qty": 4.5, "UnitPrice": 75.00}
    text = demo.raw("POST", "invoice", {"CustomerRef": {"value": "58"}, "Line": [line]}).text
    for piece in ('"Amount":337.50', '"Qty":4.5', '"UnitPrice":75,', '"TotalTax":0}', '"TotalAmt":337.50'):
        assert piece in text


def test_different_wallets_of_a_seed_are_known_and_a_wrong_one_is_refused() -> None:
    with pytest.raises(RuntimeError, match="unknown seed 'nothing'"):
        started(seed="nothing")
    with pytest.raises(RuntimeError, match="batch_order"):
        started(switches={"batch_order": "sideways"})


def test_children_are_called_after_their_parent_when_it_is_renamed(demo: Any) -> None:
    """Their full names follow, free the old ones, and show on what points to them."""
    house = demo.make("Class", {"Name": "Elm"})
    unit = demo.make("Class", {"Name": "1", "SubClass": True, "ParentRef": {"value": house["Id"]}})
    body = demo.invoice_body("58")
    body["Line"][0]["SalesItemLineDetail"]["ClassRef"] = {"value": unit["Id"]}
    invoice = demo.make("Invoice", body)
    demo.make("Class", {"Id": house["Id"], "SyncToken": "0", "Name": "Oak", "sparse": True})
    assert demo.read("Class", unit["Id"])["FullyQualifiedName"] == "Oak:1"
    shown = demo.read("Invoice", invoice["Id"])["Line"][0]["SalesItemLineDetail"]["ClassRef"]
    assert shown == {"value": unit["Id"], "name": "Oak:1"}
    other = demo.make("Class", {"Name": "Elm"})
    again = demo.make("Class", {"Name": "1", "SubClass": True, "ParentRef": {"value": other["Id"]}})
    assert again["FullyQualifiedName"] == "Elm:1"
