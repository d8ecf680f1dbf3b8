"""The client against the emulator over real HTTP: values that hold anything, batches, changes, tokens,
limits.
"""

import datetime as dt
import json
import logging
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.quickbooks.auth import Application, FixedToken, StoredToken
from rentaxis_pipelines.quickbooks.batch import (
    Answered,
    BatchItem,
    Faulted,
    Missing,
    decode_batch,
    encode_batch,
)
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress, WriteRequest
from rentaxis_pipelines.quickbooks.connect import connect
from rentaxis_pipelines.quickbooks.faults import (
    CompanyUnavailable,
    FaultClass,
    GrantDead,
    NoAnswer,
    OutcomeUnknown,
    classify,
)
from rentaxis_pipelines.quickbooks.json import money
from rentaxis_pipelines.quickbooks.limits import Limits
from rentaxis_pipelines.quickbooks.query import literal
from rentaxis_pipelines.quickbooks.tokens import Token
from rentaxis_pipelines_tests.support.file_stores import FileTokenStore, new_key
from rentaxis_pipelines_tests.support.quickbooks import started

STAMP = "2026-01-01T00:00:00-08:00"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with started(seed="empty") as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(request) -> None:
    """Every test begins with the empty company and default switches."""
    if "emulator" in request.fixturenames:
        running = request.getfixturevalue("emulator")
        control(running, "reset", seed="empty")
        control(
            running,
            "switches",
            requestid="documented",
            limits=False,
            backslash="any",
            refresh_grace_seconds=86400,
        )


def control(emulator: Emulator, name: str, **body):
    answer = requests.post(f"{emulator.control_url}/{name}", json=body, timeout=60)
    answer.raise_for_status()
    return answer.json()


def client_of(emulator: Emulator, **settings) -> QuickBooksClient:
    company = RealmAddress(emulator.base_url, emulator.realm_id)
    return QuickBooksClient(company, FixedToken(emulator.access_token), **{"limits": Limits.off()} | settings)


def customers(emulator: Emulator, *names: str) -> None:
    """Customers that simply are there, with any name."""
    meta = {"CreateTime": STAMP, "LastUpdatedTime": STAMP}
    records = [
        {"Id": str(1000 + number), "SyncToken": "0", "DisplayName": name, "Active": True, "MetaData": meta}
        for number, name in enumerate(names)
    ]
    control(emulator, "seed", objects={"Customer": records})


def create(*names: str) -> bytes:
    return encode_batch(
        [
            BatchItem(str(number), "create", "Customer", {"DisplayName": name})
            for number, name in enumerate(names)
        ]
    )


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(str.strip)
nasty = st.text(st.sampled_from("'\\%_\"; ,()\tAaÉß\N{WAVING HAND SIGN}"), min_size=1, max_size=12).filter(
    str.strip
)


@settings(max_examples=60)
@given(wanted=texts | nasty, other=texts | nasty)
def test_a_literal_finds_its_record_and_no_other_whatever_it_holds(emulator, wanted, other):
    """Apostrophes, backslashes, percent signs, quotes, brackets, any script: a value never leaves its
    quotes.
    """
    control(emulator, "reset", seed="empty")
    customers(emulator, wanted, other)
    found = client_of(emulator).query(f"SELECT * FROM Customer WHERE DisplayName = {literal(wanted)}")
    names = {record["DisplayName"] for record in found}
    assert wanted in names
    assert {name.casefold() for name in names} == {wanted.casefold()}


@settings(max_examples=60)
@given(
    wanted=st.lists(texts | nasty, min_size=1, max_size=4), backslash=st.sampled_from(["any", "apostrophe"])
)
def test_looking_for_keys_misses_none_however_quickbooks_reads_a_backslash(emulator, wanted, backslash):
    """How a literal backslash is escaped is not published; a missed key would be created a second time."""
    control(emulator, "reset", seed="empty")
    control(emulator, "switches", backslash=backslash)
    customers(emulator, *wanted, "somebody else")
    found = client_of(emulator).query_in("Customer", "DisplayName", [*wanted, "not there"])
    assert set(wanted) <= {record["DisplayName"] for record in found}
    if not any("\\" in key for key in wanted):
        assert "somebody else" not in {record["DisplayName"] for record in found} or "somebody else" in wanted


def test_a_batch_is_executed_and_read_back_exactly(emulator):
    """Created, found by key, counted; a name taken is one item's fault and no other's."""
    client = client_of(emulator)
    first = client.write(WriteRequest("r-1", "batch", create("Amy's", "Bo & Co")))
    found = decode_batch(first, ["0", "1"])
    assert {answer.object["DisplayName"] for answer in found.values()} == {"Amy's", "Bo & Co"}

    second = client.write(WriteRequest("r-2", "batch", create("Amy's", "Cy")))
    taken, fine = decode_batch(second, ["0", "1"]).values()
    assert isinstance(taken, Faulted)
    assert classify(taken.fault) is FaultClass.DUPLICATE_NAME
    assert isinstance(fine, Answered)

    names = {
        record["DisplayName"] for record in client.query_in("Customer", "DisplayName", ["Amy's", "Cy", "Di"])
    }
    assert names == {"Amy's", "Cy"}
    assert client.count("Customer", f"DisplayName = {literal('Cy')}") == 1


def test_money_comes_back_as_it_was_sent(emulator):
    """An invoice of three lines with odd cents: TotalAmt is the exact sum, as Decimal."""
    control(emulator, "reset", seed="demo")
    client = client_of(emulator)
    item = next(item for item in client.query_all("Item") if item["Type"] == "Service")
    (customer,) = decode_batch(client.write(WriteRequest("c", "batch", create("Amy"))), ["0"]).values()
    amounts = [Decimal("0.01"), Decimal("1234.57"), Decimal("999999.99")]
    lines = [
        {
            "DetailType": "SalesItemLineDetail",
            "Amount": money(amount),
            "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}},
        }
        for amount in amounts
    ]
    invoice = {"CustomerRef": {"value": customer.object["Id"]}, "Line": lines}
    answer = client.write(
        WriteRequest("i", "batch", encode_batch([BatchItem("1", "create", "Invoice", invoice)]))
    )
    (made,) = decode_batch(answer, ["1"]).values()
    assert made.object["TotalAmt"] == sum(amounts)
    assert client.read("Invoice", made.object["Id"])["TotalAmt"] == sum(amounts)


def test_all_pages_together_hold_every_record_once(emulator):
    customers(emulator, *(f"Customer {number}" for number in range(23)))
    found = [record["Id"] for record in client_of(emulator).query_all("Customer", page=5)]
    assert len(found) == len(set(found)) == 23


def test_changes_name_what_is_new_and_what_is_gone(emulator):
    client = client_of(emulator)
    before = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    client.write(WriteRequest("r-1", "batch", create("Amy", "Bo")))
    changes = client.changes_since(["Customer", "Invoice"], before)
    assert {record["DisplayName"] for record in changes.objects["Customer"]} >= {"Amy", "Bo"}
    assert changes.complete


@pytest.mark.parametrize(
    ("rule", "created"),
    [
        ({"action": "lose_answer"}, 2),
        ({"action": "reset"}, 0),
        ({"action": "answer", "status": 502, "body": "<html>", "commit": True}, 2),
        ({"action": "answer", "status": 502, "body": "<html>"}, 0),
    ],
)
def test_a_lost_answer_is_unknown_and_the_same_request_again_is_safe(emulator, rule, created):
    """Executed or not, the client says "unknown" and sends nothing again by itself; the replay is the
    caller's.
    """
    client = client_of(emulator)
    control(emulator, "faults", operation="batch", **rule)
    request = WriteRequest("r-1", "batch", create("Amy", "Bo"))
    with pytest.raises(OutcomeUnknown):
        client.write(request)
    assert len(client.query_in("Customer", "DisplayName", ["Amy", "Bo"])) == created
    answers = decode_batch(client.write(request), ["0", "1"])
    assert all(isinstance(answer, Answered) for answer in answers.values())
    assert len(client.query_in("Customer", "DisplayName", ["Amy", "Bo"])) == 2


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("gateway_timeout", "QuickBooks answered HTTP 504"),
        ("stream_timeout", "QuickBooks answered something that is not JSON"),
        ("3100_outage", "QuickBooks answered HTTP 500"),
    ],
)
def test_an_outage_is_no_answer_to_a_read_and_leaves_a_write_in_doubt(emulator, code, sentence):
    """A read goes again, a bounded number of times; a write is sent once. Bodies: see the emulator's own tests."""
    client = client_of(emulator, sleep=lambda _: None)
    control(emulator, "faults", action="answer", code=code, operation="read", times=2)
    assert client.company_info()["CompanyName"]
    assert client.calls.retries == 2
    control(emulator, "faults", action="answer", code=code, operation="read", times=0)
    with pytest.raises(NoAnswer, match=sentence):
        client.company_info()
    for commit in (False, True):
        rule = {"action": "answer", "code": code, "operation": "batch", "commit": commit}
        control(emulator, "faults", **rule)
        sent = client.calls.batches
        with pytest.raises(OutcomeUnknown, match=sentence):
            client.write(WriteRequest(f"r-{commit}", "batch", create(f"Amy {commit}")))
        assert client.calls.batches == sent + 1
    assert client.count("Customer") == 1  # the one that was carried out all the same


def test_a_subscription_that_ended_is_told_with_200_too_and_stops_everything(emulator):
    """QuickBooks-V3-PHP-SDK issue 211: a write is refused with HTTP 200; it is no success, and is not sent again."""
    client = client_of(emulator)
    control(emulator, "faults", action="answer", code="6190_with_200", times=0)
    with pytest.raises(CompanyUnavailable, match="code 6190, HTTP 200"):
        client.write(WriteRequest("r", "batch", create("Amy")))
    assert client.calls.batches == 1
    with pytest.raises(CompanyUnavailable):
        client.company_info()
    assert client.calls.retries == 0


def test_items_lost_from_an_answer_are_missing(emulator):
    control(emulator, "faults", action="drop_items", operation="batch", items=[1])
    answers = decode_batch(
        client_of(emulator).write(WriteRequest("r", "batch", create("Amy", "Bo"))), ["0", "1"]
    )
    assert isinstance(answers["0"], Answered)
    assert answers["1"] == Missing()


def test_a_token_that_ends_in_mid_run_is_renewed_without_a_word(emulator, tmp_path):
    """The emulator ends every access token; the next call renews it once and goes through."""
    store = FileTokenStore(tmp_path / "token", new_key())
    with store.locked() as held:
        held.save(Token(emulator.access_token, emulator.refresh_token, 4e9, emulator.realm_id))
    application = Application(
        emulator.client_id, emulator.client_secret, f"{emulator.base_url}/oauth2/v1/tokens/bearer"
    )
    tokens = StoredToken(application, store)
    client = QuickBooksClient(RealmAddress(emulator.base_url, emulator.realm_id), tokens, limits=Limits.off())
    assert client.company_info()["CompanyName"]
    control(emulator, "tokens", expire=True)
    client.write(WriteRequest("r-1", "batch", create("Amy")))
    assert client.count("Customer", f"DisplayName = {literal('Amy')}") == 1
    control(emulator, "tokens", revoke=True)
    with pytest.raises(GrantDead, match="rentaxis-sync connect"):
        client.company_info()


def test_signing_in_through_the_emulators_page_gives_a_working_client(emulator, tmp_path):
    """The whole round trip: page, redirect to the local callback, code, token, first call."""
    store = FileTokenStore(tmp_path / "token", new_key())
    application = Application(
        emulator.client_id, emulator.client_secret, f"{emulator.base_url}/oauth2/v1/tokens/bearer"
    )

    def browse(url: str) -> None:
        threading.Thread(target=requests.get, args=(url,), kwargs={"timeout": 10}).start()

    token = connect(
        application,
        store,
        open_page=browse,
        expected_realm=emulator.realm_id,
        port=0,
        authorize_url=f"{emulator.base_url}/connect/oauth2",
        timeout=10,
    )
    assert token.realm_id == emulator.realm_id
    client = QuickBooksClient(
        RealmAddress(emulator.base_url, token.realm_id), StoredToken(application, store), limits=Limits.off()
    )
    assert client.company_info()["CompanyName"]


def test_the_quota_is_used_to_95_percent_without_one_429(emulator, caplog):
    """Six minutes of batches and queries on the emulator's own counters, its clock moved instead of slept."""
    control(emulator, "switches", limits=True)
    control(emulator, "clock", frozen=True)
    began = moved = 0.0

    def sleep(seconds: float) -> None:
        nonlocal moved
        moved += seconds
        control(emulator, "clock", advance=seconds)

    client = client_of(emulator, limits=Limits(clock=lambda: moved, sleep=sleep))
    caplog.set_level(logging.WARNING)
    batches = 241
    for number in range(batches):
        client.write(WriteRequest(f"r-{number}", "batch", create(f"Customer {number}")))
        if number % 10 == 0:
            client.count("Customer")
    minutes = (moved - began) / 60
    assert (batches - 1) / minutes >= 0.95 * 40
    assert client.calls.throttled == 0
    assert (
        json.dumps(requests.get(f"{emulator.control_url}/log", timeout=60).json()).count('"status": 429') == 0
    )
