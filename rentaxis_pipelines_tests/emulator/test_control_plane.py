"""What tests may do to the emulator: faults on demand, a person's hand, state in a file, snapshots, the
request log.
"""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from quickbooks_emulator.command import help_for_switches
from quickbooks_emulator.switches import Switches, changed, parse_switches
from rentaxis_pipelines_tests.support.quickbooks import started


def _count(demo: Any, entity: str = "Invoice") -> int:
    return demo.control("counts").get(entity, {"count": 0})["count"]


def _vendors(*numbers: int) -> list[dict[str, Any]]:
    return [{"bId": str(n), "operation": "create", "Vendor": {"DisplayName": f"Vendor {n}"}} for n in numbers]


# Faults on demand


@pytest.mark.parametrize(("action", "made"), [("lose_answer", 1), ("reset", 0)])
@pytest.mark.parametrize("operation", ["write", "batch"])
def test_a_lost_answer_leaves_the_commit_and_a_reset_does_not(
    demo: Any, action: str, made: int, operation: str
) -> None:
    demo.control("faults", {"action": action, "entity": "Invoice", "operation": operation})
    body = demo.invoice_body("58")
    path = "invoice"
    if operation == "batch":
        path, body = "batch", {"BatchItemRequest": [{"bId": "1", "operation": "create", "Invoice": body}]}
    with pytest.raises(requests.ConnectionError):
        demo.raw("POST", path, body, requestid="r")
    assert _count(demo) == made
    demo.good("POST", path, body, requestid="r")
    assert _count(demo) == 1
    assert demo.control("log")[0]["status"] is None


def test_a_rule_hits_the_nth_matching_call_and_as_many_times_as_told(demo: Any) -> None:
    html = {"action": "answer", "status": 502, "body": "<html>Bad Gateway</html>", "operation": "read"}
    demo.control("faults", {**html, "entity": "Customer", "nth": 2, "times": 2})
    statuses = [demo.raw("GET", "customer/58").status_code for _ in range(4)]
    assert statuses == [200, 502, 502, 200]
    demo.control("faults", {"clear": True})
    demo.control("faults", html)
    answer = demo.raw("GET", "vendor/1")
    assert (answer.text, answer.headers["content-type"]) == ("<html>Bad Gateway</html>", "text/html")


def test_a_rule_with_a_probability_is_the_same_for_the_same_seed(demo: Any) -> None:
    def run() -> list[int]:
        rule = {
            "action": "answer",
            "status": 503,
            "operation": "read",
            "times": 0,
            "probability": 0.5,
            "seed": 7,
        }
        demo.control("faults", {"clear": True, **rule})
        return [demo.raw("GET", "customer/58").status_code for _ in range(20)]

    first = run()
    assert first == run()
    assert set(first) == {200, 503}


def test_an_answer_with_a_fault_inside_200_can_come_after_the_commit(demo: Any) -> None:
    demo.control(
        "faults", {"action": "answer", "status": 200, "commit": True, "body": {"Fault": {"Error": []}}}
    )
    assert demo.call("POST", "invoice", demo.invoice_body("58")) == (200, {"Fault": {"Error": []}})
    assert _count(demo) == 1


def test_a_delayed_call_is_answered_as_usual_in_the_end(demo: Any) -> None:
    demo.control("faults", {"action": "delay", "seconds": 0.05, "operation": "read"})
    assert demo.read("Customer", "58")["Id"] == "58"
    assert demo.control("")["faults"][0]["hits"] == 1


def test_a_delayed_call_takes_its_time_and_others_do_not_wait(call: Any) -> None:
    """Told by order: the first call would take ten minutes, and the second is answered while it is under way."""
    with started() as emulator, ThreadPoolExecutor(1) as pool:
        first, second = call(emulator), call(emulator)
        first.control("faults", {"action": "delay", "seconds": 600, "operation": "read"})
        delayed = pool.submit(first.raw, "GET", "customer/58")
        while not second.control("")["faults"][0]["hits"]:
            assert not delayed.done()
        assert second.read("Customer", "58")["Id"] == "58"
        assert not delayed.done()
        emulator.kill()
        with pytest.raises(requests.ConnectionError):
            delayed.result()
        first.session.close()
        second.session.close()


def test_items_of_a_batch_can_be_missing_reordered_or_spoiled(demo: Any) -> None:
    demo.control("faults", {"action": "drop_items", "items": [1]})
    assert [each["bId"] for each in demo.batch(_vendors(1, 2, 3))] == ["1", "3"]
    assert _count(demo, "Vendor") == 5
    demo.control("faults", {"action": "reorder_items", "clear": True})
    assert [each["bId"] for each in demo.batch(_vendors(4, 5))] == ["5", "4"]
    demo.control("faults", {"action": "fault_items", "items": [0], "code": "3001", "clear": True})
    spoiled, done = demo.batch(_vendors(6, 7))
    assert spoiled["Fault"]["Error"][0]["code"] == "3001"
    assert done["Vendor"]["DisplayName"] == "Vendor 7"
    assert demo.query("SELECT COUNT(*) FROM Vendor WHERE DisplayName = 'Vendor 6'") == {"totalCount": 0}


def test_a_late_commit_is_seen_only_later_but_holds_its_name_at_once(demo: Any) -> None:
    demo.control("clock", {"frozen": True})
    demo.control("faults", {"action": "late", "seconds": 3600})
    made = demo.make("Customer", {"DisplayName": "Late"})
    asked = "SELECT * FROM Customer WHERE DisplayName = 'Late'"
    assert demo.query(asked) == {}
    assert demo.call("GET", f"customer/{made['Id']}")[0] == 400
    assert demo.fault("POST", "customer", {"DisplayName": "Late"})["code"] == "6240"
    demo.control("clock", {"advance": 3601})
    demo.control("tokens", {"renew": True})
    assert demo.query(asked)["Customer"][0]["Id"] == made["Id"]


def test_the_token_endpoint_can_fail_too(demo: Any) -> None:
    demo.control("faults", {"action": "lose_answer", "operation": "token"})
    emulator = demo.emulator
    form = {"grant_type": "refresh_token", "refresh_token": emulator.refresh_token}
    url = f"{emulator.base_url}/oauth2/v1/tokens/bearer"
    with pytest.raises(requests.ConnectionError):
        requests.post(url, auth=(emulator.client_id, emulator.client_secret), data=form, timeout=30)
    assert demo.control("log")[0]["kind"] == "auth"


def test_a_wrong_rule_a_wrong_switch_and_a_wrong_deed_are_named(demo: Any) -> None:
    url = demo.emulator.control_url
    for what, body, named in (
        ("faults", {"action": "explode"}, "explode"),
        ("faults", {"action": "answer", "code": "1"}, "code '1'"),
        ("switches", {"requestid": "perhaps"}, "perhaps"),
        ("switches", {"requestids": "ignored"}, "requestids"),
        ("hand", {"deed": "juggle"}, "juggle"),
        ("hand", {"deed": "delete", "entity": "Invoice", "id": "77"}, "no Invoice 77"),
    ):
        answer = requests.post(f"{url}/{what}", json=body, timeout=30)
        assert answer.status_code == 400
        assert named in answer.json()["error"]


# A person's hand


def test_a_person_deletes_an_invoice_and_its_payment_becomes_a_credit(demo: Any) -> None:
    invoice = demo.make("Invoice", demo.invoice_body("58"))
    paid = demo.make("Payment", demo.payment_body("58", 100, (invoice["Id"], 100)))
    assert (
        demo.fault("POST", "invoice", {"Id": invoice["Id"], "SyncToken": "1"}, operation="delete")["code"]
        == "6000"
    )
    demo.control("hand", {"deed": "delete", "entity": "Invoice", "id": invoice["Id"]})
    payment = demo.read("Payment", paid["Id"])
    assert (payment["Line"], payment["UnappliedAmt"]) == ([], 100)
    assert demo.read("Customer", "58")["Balance"] == -100
    assert demo.fault("GET", f"invoice/{invoice['Id']}")["code"] == "610"


def test_a_person_edits_voids_deactivates_and_activates(demo: Any) -> None:
    invoice = demo.make("Invoice", demo.invoice_body("58", DocNumber="7"))
    demo.control(
        "hand", {"deed": "edit", "entity": "Invoice", "id": invoice["Id"], "fields": {"PrivateNote": "mine"}}
    )
    assert demo.read("Invoice", invoice["Id"])["SyncToken"] == "1"
    voided = demo.control("hand", {"deed": "void", "entity": "Invoice", "id": invoice["Id"]})
    assert (voided["PrivateNote"], voided["DocNumber"], voided["TotalAmt"]) == ("Voided - mine", "7", 0)
    gone = demo.control("hand", {"deed": "deactivate", "entity": "Customer", "id": "58"})
    assert gone["DisplayName"] == "Harbor Street Bakery (deleted)"
    assert demo.make("Vendor", {"DisplayName": "Harbor Street Bakery"})["Id"]
    back = demo.call(
        "POST", "customer", {"Id": "58", "SyncToken": gone["SyncToken"], "sparse": True, "Active": True}
    )
    assert back[1]["Fault"]["Error"][0]["code"] == "6240", "the name is taken by now"


def test_a_person_merges_two_customers(demo: Any) -> None:
    loser = demo.make("Customer", {"DisplayName": "Twin"})
    invoice = demo.make("Invoice", demo.invoice_body(loser["Id"]))
    demo.make("Payment", demo.payment_body(loser["Id"], 150, (invoice["Id"], 100)))
    demo.control("hand", {"deed": "merge", "entity": "Customer", "id": loser["Id"], "into": "58"})
    assert demo.read("Invoice", invoice["Id"])["CustomerRef"]["value"] == "58"
    assert demo.read("Customer", "58")["Balance"] == -50
    assert demo.fault("POST", "invoice", demo.invoice_body(loser["Id"]))["code"] == "2500"


def test_a_deposited_payment_is_locked_until_its_deposit_is_deleted(demo: Any) -> None:
    paid = demo.make("Payment", demo.payment_body("58", 80))
    deposit = demo.control("hand", {"deed": "deposit", "payments": [paid["Id"]], "account": "1"})
    assert deposit["TotalAmt"] == 80
    held = demo.read("Payment", paid["Id"])
    assert held["LinkedTxn"] == [{"TxnId": deposit["Id"], "TxnType": "Deposit"}]
    address = {"Id": paid["Id"], "SyncToken": held["SyncToken"], "sparse": True}
    for params in ({}, {"operation": "delete"}, {"operation": "update", "include": "void"}):
        assert demo.fault("POST", "payment", {**address, "PrivateNote": "x"}, **params)["code"] == "6540"
    demo.control("hand", {"deed": "delete", "entity": "Deposit", "id": deposit["Id"]})
    token = demo.read("Payment", paid["Id"])["SyncToken"]
    demo.make("Payment", {**address, "SyncToken": token, "PrivateNote": "free"})


def test_closed_books_refuse_what_lies_before_and_an_open_payment_still_pays(demo: Any) -> None:
    old = demo.make("Invoice", demo.invoice_body("58", TxnDate="2024-05-01"))
    demo.control("hand", {"deed": "close_books", "date": "2024-06-30"})
    assert (
        demo.query("SELECT * FROM Preferences")["Preferences"][0]["AccountingInfoPrefs"]["BookCloseDate"]
        == "2024-06-30"
    )
    address = {"Id": old["Id"], "SyncToken": "0", "sparse": True}
    for params in ({}, {"operation": "delete"}, {"operation": "void"}):
        assert demo.fault("POST", "invoice", {**address, "PrivateNote": "x"}, **params)["code"] == "6210"
    demo.make("Payment", demo.payment_body("58", 100, (old["Id"], 100), TxnDate="2024-07-01"))
    assert demo.read("Invoice", old["Id"])["Balance"] == 0
    demo.control("hand", {"deed": "close_books", "date": None})
    demo.make("Invoice", {**address, "SyncToken": "1", "PrivateNote": "x"})


# State, log, life


def test_snapshot_and_restore_bring_back_objects_numbers_and_request_ids(demo: Any) -> None:
    demo.make("Invoice", demo.invoice_body("58"), requestid="r")
    demo.control("snapshot", {"name": "one"})
    second = demo.make("Invoice", demo.invoice_body("58"))
    demo.control("restore", {"name": "one"})
    assert (_count(demo), demo.read("Customer", "58")["Balance"]) == (1, 100)
    demo.make("Invoice", demo.invoice_body("58"), requestid="r")
    assert _count(demo) == 1
    assert demo.make("Invoice", demo.invoice_body("58"))["Id"] == second["Id"]


def test_the_log_tells_every_call_its_bytes_and_what_it_changed(demo: Any) -> None:
    answer = demo.raw("POST", "payment", demo.payment_body("58", 5), requestid="r-9")
    demo.query("SELECT * FROM Term")
    demo.batch(_vendors(1))
    written, read, batch = demo.control("log")
    assert (written["kind"], written["entity"], written["operation"], written["status"]) == (
        "write",
        "Payment",
        "create",
        200,
    )
    assert written["request_id"] == "r-9"
    assert written["answer_body"] == answer.text
    assert (written["request_bytes"], written["answer_bytes"]) == (
        len(written["request_body"]),
        len(answer.content),
    )
    assert written["changed"] == [["Payment", "1"], ["Customer", "58"]]
    assert (read["kind"], read["changed"], batch["kind"]) == ("read", [], "batch")
    assert demo.control("log", since=str(read["number"])) == [batch]
    counts = demo.control("counts")
    assert {name: counts[name] for name in ("reads", "writes", "batches", "requests")} == {
        "reads": 1, "writes": 1, "batches": 1, "requests": 3,
    }  # fmt: skip
    assert counts["Payment"] == {"count": 1, "total": "5.00"}


def test_objects_of_ones_own_are_seeded_as_they_stand(demo: Any) -> None:
    stamp = {"CreateTime": "2015-10-01T14:42:07-07:00", "LastUpdatedTime": "2016-10-01T14:42:07-07:00"}
    record = {"Id": "900", "SyncToken": "3", "DisplayName": "Seeded", "FullyQualifiedName": "Seeded",
    "MetaData": stamp,
              "Active": True, "Balance": 12.5, "BalanceWithJobs": 12.5, "Taxable": False,
              "Job": False}  # fmt: skip
    demo.control("seed", {"objects": {"Customer": [record]}, "counters": {"names": 900}})
    assert demo.read("Customer", "900")["MetaData"] == stamp
    assert demo.make("Customer", {"DisplayName": "Next"})["Id"] == "901"


def test_state_in_a_file_survives_kill_9(tmp_path: Path, call: Any) -> None:
    """Objects, numbers, balances, deletions, request ids and refresh tokens; a reset replaces all of it."""
    file = tmp_path / "books.db"
    emulator = started(state_file=file)
    caller = call(emulator)
    kept = caller.make("Invoice", caller.invoice_body("58"), requestid="r")
    gone = caller.make("Invoice", caller.invoice_body("58"))
    caller.make("Invoice", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    form = {"grant_type": "refresh_token", "refresh_token": emulator.refresh_token}
    client = (emulator.client_id, emulator.client_secret)
    rolled = requests.post(
        f"{emulator.base_url}/oauth2/v1/tokens/bearer", auth=client, data=form, timeout=30
    ).json()
    emulator.kill()
    with started(state_file=file) as again:
        second = call(again)
        second.session.headers["Authorization"] = f"Bearer {rolled['access_token']}"
        assert second.read("Invoice", kept["Id"]) == kept
        assert second.make("Invoice", caller.invoice_body("58"), requestid="r") == kept
        assert second.read("Customer", "58")["Balance"] == 100
        changes = second.good("GET", "cdc", entities="Invoice", changedSince="2020-01-01")
        assert changes["CDCResponse"][0]["QueryResponse"][0]["Invoice"][1]["Id"] == gone["Id"]
        form["refresh_token"] = rolled["refresh_token"]
        url = f"{again.base_url}/oauth2/v1/tokens/bearer"
        assert requests.post(url, auth=client, data=form, timeout=30).status_code == 200
        second.control("reset", {"seed": "empty"})
        again.kill()
    with started(state_file=file) as third, call(third).session as session:
        assert "Invoice" not in session.get(f"{third.control_url}/counts", timeout=30).json()
    caller.session.close()
    second.session.close()


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_the_emulator_dies_with_its_parent(sign: signal.Signals) -> None:
    code = (
        "import sys, time\nfrom quickbooks_emulator.server import start\n"
        "emulator = start(seed='empty')\nprint(emulator.process.pid, flush=True)\ntime.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(sign)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and _lives(child):
        time.sleep(0.01)
    assert not _lives(child)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_switches_are_read_from_a_command_line() -> None:
    given = ["requestid=timed", "requestid_minutes=2.5", "limits=true", "retry_after=7"]
    assert changed(Switches(), parse_switches(given)) == Switches(
        requestid="timed", requestid_minutes=2.5, limits=True, retry_after=7
    )
    for wrong in ("requestid", "requestid=perhaps", "nothing=1", "retry_after=soon"):
        with pytest.raises(ValueError, match=r"switch"):
            parse_switches([wrong])


def test_every_switch_is_listed_with_its_meaning(demo: Any) -> None:
    page = demo.control("")
    assert all(page["endpoints"].values()) and all(page["deeds"].values())
    listed = page["switches"]
    assert {each["name"] for each in listed} == set(Switches.__struct_fields__)
    assert all(each["meaning"] for each in listed)
    assert all(f"{each['name']} = " in help_for_switches() for each in listed)
