"""One emulator serves many companies, and nothing of one is seen in another."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
import requests

import quickbooks_emulator
from quickbooks_emulator.__main__ import main
from quickbooks_emulator.server import Emulator
from rentaxis_pipelines_tests.support.quickbooks import started

_TOKEN = "oauth2/v1/tokens/bearer"
OTHER = "9990001"


@pytest.fixture(scope="module")
def both() -> Iterator[Emulator]:
    with started(companies=[{"realm": OTHER}]) as emulator:
        yield emulator


@pytest.fixture
def here(both: Emulator, call: Any) -> Iterator[Any]:
    caller = call(both)
    caller.control("reset", {"switches": True})
    yield caller
    caller.session.close()


@pytest.fixture
def there(both: Emulator, call: Any) -> Iterator[Any]:
    caller = call(both, OTHER)
    caller.control("reset", {"switches": True})
    yield caller
    caller.session.close()


def _companies(emulator: Emulator) -> list[dict[str, Any]]:
    return requests.get(f"{emulator.control_url}/companies", timeout=30).json()


def test_the_same_number_and_request_id_make_one_invoice_in_each_company(here: Any, there: Any) -> None:
    """Ids, document numbers, request ids, counts and the log are each company's own."""
    body = here.invoice_body("58", DocNumber="INV-1")
    made = [caller.make("Invoice", body, requestid="same") for caller in (here, there)]
    assert made[0]["Id"] == made[1]["Id"]
    assert here.fault("POST", "invoice", body)["code"] == "6140"
    here.make("Vendor", {"DisplayName": "Only here"})
    assert [each.control("counts")["Vendor"]["count"] for each in (here, there)] == [3, 2]
    assert [each.control("counts")["Invoice"]["count"] for each in (here, there)] == [1, 1]
    assert [len(each.control("log")) for each in (here, there)] == [3, 1]
    there.control("hand", {"deed": "delete", "entity": "Invoice", "id": made[1]["Id"]})
    assert here.read("Invoice", made[0]["Id"])["DocNumber"] == "INV-1"


def test_faults_switches_clock_snapshots_and_reset_touch_one_company(here: Any, there: Any) -> None:
    there.control("faults", {"action": "answer", "status": 503, "times": 0})
    there.control("switches", {"startposition_zero": "refuse", "requestid": "ignored"})
    there.control("clock", {"now": "2024-02-03T12:00:00Z", "frozen": True})
    there.control("snapshot", {"name": "kept"})
    assert there.raw("GET", "customer/58").status_code == 503
    page = here.control("")
    assert page["faults"] == [] and page["snapshots"] == [] and not page["clock"]["frozen"]
    assert here.control("switches", {})["requestid"] == "documented"
    assert here.read("Customer", "58")["Id"] == "58"
    made = here.make("Vendor", {"DisplayName": "Stays"})
    there.control("reset", {})
    assert here.read("Vendor", made["Id"])["DisplayName"] == "Stays"


def test_the_limits_of_one_company_leave_the_other_free(here: Any, there: Any) -> None:
    for caller in (here, there):
        caller.control("switches", {"limits": True, "limits_scale": 0.1})
        caller.control("clock", {"frozen": True})
    assert [here.raw("GET", "customer/58").status_code for _ in range(2)] == [200, 429]
    assert there.raw("GET", "customer/58").status_code == 200
    assert here.control("")["metered_reads"] == there.control("")["metered_reads"]


def test_a_token_opens_its_own_company_alone(here: Any, there: Any, both: Emulator) -> None:
    """Another company and one that is not there are refused alike: 403, code 3100."""
    session = here.session
    for realm in (OTHER, "12345"):
        answer = session.get(f"{both.base_url}/v3/company/{realm}/customer/58", timeout=30)
        assert answer.status_code == 403
        assert answer.json()["fault"]["error"][0]["code"] == "3100"
    wrong = {"Authorization": "Bearer nobody-knows-this-token"}
    for realm in (OTHER, "12345"):
        url = f"{both.base_url}/v3/company/{realm}/customer/58"
        assert session.get(url, headers=wrong, timeout=30).status_code == 401
    assert there.control("counts")["reads"] == 2, "what knocked at the other company is in its log"
    there.control("tokens", {"revoke": True})
    assert there.raw("GET", "customer/58").status_code == 401
    assert here.raw("GET", "customer/58").status_code == 200


def _sign_in(emulator: Emulator, **params: str) -> requests.Response:
    params = {
        "client_id": emulator.client_id,
        "redirect_uri": "http://localhost:1/back?a=1",
        "state": "x&y",
    } | params
    return requests.get(
        f"{emulator.base_url}/connect/oauth2", params=params, allow_redirects=False, timeout=30
    )


def test_a_sign_in_is_for_one_company_and_its_tokens_stay_there(
    here: Any, there: Any, both: Emulator
) -> None:
    page = _sign_in(both)
    assert page.status_code == 200 and f"realm={OTHER}" in page.text, "with two companies it asks which"
    back = {name: values[0] for name, values in parse_qs(_location(_sign_in(both, realm=OTHER))).items()}
    assert (back["realmId"], back["state"], back["a"]) == (OTHER, "x&y", "1")
    client = (both.client_id, both.client_secret)
    form = {"grant_type": "authorization_code", "code": back["code"]}
    granted = requests.post(f"{both.base_url}/{_TOKEN}", auth=client, data=form, timeout=30).json()
    form = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    renewed = requests.post(f"{both.base_url}/{_TOKEN}", auth=client, data=form, timeout=30).json()
    for caller, status in ((here, 403), (there, 200)):
        headers = {"Authorization": f"Bearer {renewed['access_token']}"}
        answer = caller.session.get(f"{caller.root}/customer/58", headers=headers, timeout=30)
        assert answer.status_code == status
    url = f"{both.base_url}/v2/oauth2/tokens/revoke"
    gone = requests.post(url, auth=client, json={"token": renewed["access_token"]}, timeout=30)
    assert gone.status_code == 200 and "intuit_tid" in gone.headers
    assert there.raw("GET", "customer/58").status_code == 401, "revoking disconnects the company"
    assert here.raw("GET", "customer/58").status_code == 200


def _location(answer: requests.Response) -> str:
    assert answer.status_code == 302, answer.text
    return urlparse(answer.headers["location"]).query


def test_companies_are_made_listed_signed_into_and_removed_while_it_runs(both: Emulator, call: Any) -> None:
    url = f"{both.control_url}/companies"
    wanted = {"realm": "new", "seed": "empty", "switches": {"batch_order": "reversed"}}
    assert requests.post(url, json=wanted, timeout=30).status_code == 200
    assert [each["realm"] for each in _companies(both)] == [both.realm_id, OTHER, "new"]
    new = call(both, "new")
    with new.session:
        assert new.control("switches", {})["batch_order"] == "reversed"
        new.control("switches", {"batch_order": "shuffled"})
        new.control("reset", {"switches": True})
        assert new.control("switches", {})["batch_order"] == "reversed", "as it was made"
        assert new.query("SELECT COUNT(*) FROM Customer") == {"totalCount": 0}
        requests.post(url, json={"sign_in": "new"}, timeout=30).raise_for_status()
        assert "realmId=new" in _location(_sign_in(both))
        requests.delete(url, params={"realm": "new"}, timeout=30).raise_for_status()
        assert new.raw("GET", "companyinfo/new").status_code == 401, "its token went with it"
    assert requests.get(f"{both.control_url}/counts", params={"realm": "new"}, timeout=30).status_code == 404
    assert _sign_in(both, realm="new").status_code == 400


@pytest.mark.parametrize(
    ("method", "params", "body", "named"),
    [
        ("POST", {}, {"realm": OTHER}, "already"),
        ("POST", {}, {"realm": "x", "seed": "nothing"}, "unknown seed 'nothing'"),
        ("POST", {}, {"realm": "x", "switches": {"requestid": "perhaps"}}, "perhaps"),
        ("POST", {}, {"realm": "a/b"}, "a/b"),
        ("POST", {}, {"realms": "x"}, "realms"),
        ("POST", {}, {"sign_in": "x"}, "no company x"),
        ("DELETE", {"realm": "x"}, None, "no company x"),
        ("DELETE", {}, None, "realm"),
        ("DELETE", {"realm": Emulator.realm_id}, None, "it stays"),
    ],
)
def test_a_wrong_company_is_named_and_none_is_made(
    both: Emulator, method: str, params: dict[str, str], body: Any, named: str
) -> None:
    answer = requests.request(method, f"{both.control_url}/companies", params=params, json=body, timeout=30)
    assert answer.status_code == 400 and named in answer.json()["error"]
    assert [each["realm"] for each in _companies(both)] == [both.realm_id, OTHER]


def test_every_company_comes_back_from_the_state_file(tmp_path: Path, call: Any) -> None:
    """After kill -9: books, request ids, switches and tokens of each; one that was removed stays away."""
    file = tmp_path / "books.db"
    emulator = started(state_file=file)
    for realm in ("kept", "gone"):
        wanted = {"realm": realm, "seed": "empty", "switches": {"latency_ms": 0.5, "language": "fr"}}
        requests.post(f"{emulator.control_url}/companies", json=wanted, timeout=30).raise_for_status()
    kept, first = call(emulator, "kept"), call(emulator)
    with kept.session, first.session:
        made = kept.make("Vendor", {"DisplayName": "Mine"}, requestid="r")
        first.make("Vendor", {"DisplayName": "Mine"}, requestid="r")
        requests.delete(f"{emulator.control_url}/companies", params={"realm": "gone"}, timeout=30)
        emulator.kill()
    with started(state_file=file) as again:
        assert [each["realm"] for each in _companies(again)] == [again.realm_id, "kept"]
        second = call(again, "kept")
        with second.session:
            assert second.make("Vendor", {"DisplayName": "Mine"}, requestid="r") == made
            assert second.fault("POST", "vendor", {"DisplayName": "Mine"})["code"] == "6240"
            switches = second.control("switches", {})
            assert (switches["latency_ms"], switches["language"]) == (0.5, "fr")
            assert second.control("counts")["Vendor"]["count"] == 1
            second.control("reset", {})
            assert second.query("SELECT COUNT(*) FROM Customer") == {"totalCount": 0}, "its own seed"


def test_a_state_file_of_one_company_is_brought_forward(tmp_path: Path, call: Any) -> None:
    file = tmp_path / "books.db"
    with started(state_file=file) as emulator, call(emulator).session:
        made = call(emulator).make("Vendor", {"DisplayName": "Old"}, requestid="r")
    database = sqlite3.connect(file)
    database.executescript(
        """
        CREATE TABLE objects AS SELECT entity, id, position, body FROM company_objects;
        CREATE TABLE deleted AS SELECT entity, id, stamp FROM company_deleted;
        CREATE TABLE replay AS SELECT key, kept FROM company_replay;
        CREATE TABLE facts AS SELECT 'state' AS name, state AS body FROM companies;
        DROP TABLE company_objects; DROP TABLE company_deleted; DROP TABLE company_replay; DROP TABLE companies;
        """
    )
    database.close()
    with started(state_file=file) as emulator:
        caller = call(emulator)
        with caller.session:
            assert caller.read("Vendor", made["Id"]) == made
            assert caller.make("Vendor", {"DisplayName": "Old"}, requestid="r") == made


# python -m quickbooks_emulator


def _run(capsys: Any, *typed: str) -> tuple[int, str]:
    """(exit code, what it said); nothing on the output stream."""
    try:
        code = main(typed)
    except SystemExit as end:
        code = int(str(end.code))
    said = capsys.readouterr()
    assert said.out == "" and "Traceback" not in said.err
    return code, said.err


def test_it_runs_on_its_own_until_ctrl_c_and_says_how_to_reach_it(tmp_path: Path) -> None:
    """Without the pipelines: importing them fails here."""
    (tmp_path / "rentaxis_pipelines.py").write_text("raise ImportError('not installed')")
    switches = tmp_path / "switches.json"
    switches.write_text(json.dumps({"batch_order": "reversed", "language": "fr"}))
    emulator_root = str(Path(quickbooks_emulator.__file__).parents[1])
    typed = ["--port", "0", "--realm", "one", "--realm", "two=empty", "--switches", str(switches)]
    process = subprocess.Popen(
        [sys.executable, "-m", "quickbooks_emulator", *typed, "--switch", "language=en"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), emulator_root])},
    )  # fmt: skip
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(9)]
    base_url = said[0].split()[3].rstrip(";")
    listed = requests.get(f"{base_url}/_emulator/companies", timeout=30).json()
    set_to = requests.get(f"{base_url}/_emulator/switches", params={"realm": "two"}, timeout=30).json()
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest, errors) == (0, "", "")
    assert [(each["realm"], each["seed"]) for each in listed] == [("one", "demo"), ("two", "empty")]
    assert all(each["access_token"] in "".join(said) for each in listed)
    assert (set_to["batch_order"], set_to["language"]) == ("reversed", "en")


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        (["--realm", "x=nothing"], "unknown seed 'nothing'"),
        (["--realm", "x="], "NAME or NAME=SEED"),
        (["--realm", "x", "--realm", "x"], "already"),
        (["--switch", "limits=7"], "limits"),
        (["--switches", "nowhere.json"], "nowhere.json cannot be used (No such file"),
        (["--port", "70000"], "0 to 65535"),
        (["--state", "nowhere/books"], "nowhere/books cannot be used"),
    ],
)
def test_what_is_typed_wrong_ends_in_one_sentence(capsys: Any, typed: list[str], named: str) -> None:
    code, said = _run(capsys, *typed)
    assert code == 2 and named in said


def test_a_taken_port_is_said(both: Emulator, capsys: Any) -> None:
    code, said = _run(capsys, "--port", both.base_url.rpartition(":")[2])
    assert code == 2 and "it is taken" in said


def test_a_file_that_holds_no_switches_is_said(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "switches.json"
    for content, named in (("{", "no JSON"), ("[1]", "an object"), ('{"limits": "maybe"}', "limits")):
        file.write_text(content)
        code, said = _run(capsys, "--switches", str(file))
        assert code == 2 and named in said


def test_a_file_named_in_the_environment_sets_the_emulators_of_a_suite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Any
) -> None:
    """Every company of the start; a switch that a test sets itself goes over it, and a reset comes back to both."""
    file = tmp_path / "switches.json"
    file.write_text(json.dumps({"batch_order": "shuffled", "void_linked": "refuse"}))
    monkeypatch.setenv("QUICKBOOKS_EMULATOR_SWITCHES", str(file))
    others = [{"realm": OTHER, "switches": {"void_linked": "unlink"}}]
    with started(switches={"batch_order": "reversed"}, companies=others) as emulator:
        for realm, expected in ((None, ("reversed", "refuse")), (OTHER, ("shuffled", "unlink"))):
            caller = call(emulator, realm)
            with caller.session:
                caller.control("switches", {"batch_order": "request"})
                caller.control("reset", {"switches": True})
                found = caller.control("switches", {})
                assert (found["batch_order"], found["void_linked"]) == expected
    file.write_text("{")
    with pytest.raises(ValueError, match="no JSON"):
        started()
