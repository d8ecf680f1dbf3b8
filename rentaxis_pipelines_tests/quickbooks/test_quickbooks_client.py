"""The client against a server that does what the test says, over real sockets: what is repeated, what is not,
and what is raised."""

import datetime as dt
import json
import threading
import urllib.parse
from decimal import Decimal

import pytest

from rentaxis_pipelines.quickbooks.auth import FixedToken
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress, WriteRequest
from rentaxis_pipelines.quickbooks.faults import (
    AuthenticationFailed,
    CompanyUnavailable,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    RecordRejected,
    Throttled,
    Transient,
)
from rentaxis_pipelines.quickbooks.limits import UNLIMITED, Limits
from rentaxis_pipelines.quickbooks.transport import Call, exchange, http_session

BATCH = WriteRequest("r-1", "batch", b'{"BatchItemRequest":[{"bId":"1","operation":"create","Invoice":{}}]}')
DONE = {"BatchItemResponse": [{"bId": "1", "Invoice": {"Id": "7"}}]}
HTML = "<html><body>502 Bad Gateway</body></html>"


def fault(code: str, detail: str = "") -> dict:
    return {"Fault": {"Error": [{"Message": "m", "Detail": detail, "code": code}], "type": "ValidationFault"}}


def bodies(server) -> list[bytes]:
    return [received.body for received in server.received]


def test_a_write_is_exactly_the_bytes_given_with_its_request_id(server, client, behaviours):
    server.does(behaviours.answer(200, DONE, intuit_tid="1-5f"))
    answer = client.write(BATCH)

    (received,) = server.received
    assert received.method == "POST"
    assert received.path == "/v3/company/9130/batch?requestid=r-1&minorversion=75"
    assert received.body == BATCH.body
    assert received.headers["content-type"] == "application/json"
    assert received.headers["accept"] == "application/json"
    assert received.headers["authorization"] == "Bearer secret-access-token"
    assert answer.content == DONE
    assert json.loads(answer.body) == DONE
    assert answer.intuit_tid == "1-5f"


def test_the_operation_in_a_path_is_kept_beside_the_request_id(server, client, behaviours):
    server.does(behaviours.answer(200, {"Invoice": {"Id": "7"}}))
    client.write(WriteRequest("r&1", "invoice?operation=void", b"{}"))
    asked = urllib.parse.parse_qs(server.received[0].path.partition("?")[2])
    assert asked == {"operation": ["void"], "requestid": ["r&1"], "minorversion": ["75"]}


@pytest.mark.parametrize("behaviour", ["reset", "close", "half", "silence"])
def test_a_write_whose_answer_is_lost_is_sent_once_and_called_unknown(server, client, behaviours, behaviour):
    """Connection reset or closed after the request, an answer cut off, no answer in time: perhaps
    executed.
    """
    server.does(getattr(behaviours, behaviour))
    with pytest.raises(OutcomeUnknown):
        client.write(BATCH)
    assert bodies(server) == [BATCH.body]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
@pytest.mark.parametrize("body", [HTML, "", fault("10000")], ids=["html", "empty", "fault"])
def test_a_gateways_answer_to_a_write_is_unknown_and_sent_once(server, client, behaviours, status, body):
    """The service behind a gateway may commit although the gateway gives up."""
    server.does(behaviours.answer(status, body))
    with pytest.raises(OutcomeUnknown):
        client.write(BATCH)
    assert len(server.received) == 1


@pytest.mark.parametrize("body", [HTML, "", [], "null"], ids=["html", "empty", "list", "null"])
def test_a_success_that_cannot_be_read_is_unknown_and_sent_once(server, client, behaviours, body):
    server.does(behaviours.answer(200, body))
    with pytest.raises(OutcomeUnknown):
        client.write(BATCH)
    assert len(server.received) == 1


def test_a_transient_fault_of_a_write_is_left_to_the_caller(server, client, behaviours):
    """6000 "please wait" is also what a replay of an executed batch was seen to answer, so it is no free
    retry.
    """
    server.does(behaviours.answer(400, fault("6000", "Unexpected Internal Error. (-30000)")))
    with pytest.raises(Transient):
        client.write(BATCH)
    assert len(server.received) == 1


def test_a_refused_write_is_sent_once_also_when_the_fault_comes_with_200(server, client, behaviours):
    for status in (200, 400):
        server.does(behaviours.answer(status, fault("6240")))
        with pytest.raises(RecordRejected, match="code 6240"):
            client.write(BATCH)
        assert len(server.received) == 1


def test_a_write_that_never_left_is_tried_again_and_then_called_not_sent(clock):
    """Nobody listens: nothing can have happened, so it is safe to repeat, a bounded number of times."""
    client = QuickBooksClient(
        RealmAddress("http://127.0.0.1:9", "9130"),
        FixedToken("t"),
        limits=Limits(quota=UNLIMITED),
        sleep=clock.sleep,
        jitter=lambda: 0.5,
    )
    with pytest.raises(NotSent):
        client.write(BATCH)
    assert clock.slept == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert client.calls.retries == 5


def test_a_host_that_does_not_exist_is_not_sent(clock):
    client = QuickBooksClient(
        RealmAddress("http://no-such-host.invalid", "1"),
        FixedToken("t"),
        limits=Limits.off(),
        sleep=clock.sleep,
    )
    with pytest.raises(NotSent):
        client.write(BATCH)


def test_a_throttled_write_goes_again_with_the_same_bytes_and_id_after_the_time_it_was_told(
    server, client, behaviours, clock
):
    """429 is answered before execution. The pause is what Retry-After says, plus the jitter (1 s here)."""
    server.does(behaviours.answer(429, "", Retry__After="17"), behaviours.answer(200, DONE))
    client.write(BATCH)
    assert len(set(bodies(server))) == 1
    assert len({received.path for received in server.received}) == 1
    assert sum(clock.slept) == pytest.approx(18)
    assert client.calls.throttled == 1


def test_retry_after_as_a_date_is_obeyed(server, client, behaviours, clock):
    later = dt.datetime.fromtimestamp(clock.seconds + 25, dt.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    server.does(behaviours.answer(429, HTML, Retry__After=later), behaviours.answer(200, DONE))
    client.write(BATCH)
    assert sum(clock.slept) == pytest.approx(26)


def test_a_429_without_retry_after_waits_a_minute_and_jitter(server, client, behaviours, clock):
    """Sixty seconds by Intuit's limits page."""
    server.does(behaviours.answer(429, fault("3001")), behaviours.answer(200, DONE))
    client.write(BATCH)
    assert sum(clock.slept) == pytest.approx(61)


def test_throttling_without_end_is_raised_after_a_bounded_number_of_tries(server, client, behaviours):
    server.does(behaviours.answer(429, ""))
    with pytest.raises(Throttled):
        client.write(BATCH)
    assert len(server.received) == 6


def test_a_spent_monthly_allowance_is_said_at_once(server, client, behaviours, clock):
    """A Retry-After of days is not slept through: a person has to know."""
    server.does(behaviours.answer(429, "", Retry__After="864000"))
    with pytest.raises(Throttled) as raised:
        client.count("Customer")
    assert raised.value.retry_after == 864000
    assert len(server.received) == 1
    assert clock.slept == []


def test_a_company_that_must_not_be_used_stops_at_once(server, client, behaviours):
    server.does(behaviours.answer(403, {"fault": {"error": [{"code": "3100", "message": "m"}]}}))
    with pytest.raises(CompanyUnavailable):
        client.write(BATCH)
    assert len(server.received) == 1


class TwoTokens:
    def __init__(self) -> None:
        self.current = "old"
        self.refused: list[str] = []

    def access_token(self) -> str:
        return self.current

    def replace(self, refused: str) -> None:
        self.refused.append(refused)
        self.current = "new"


def test_a_refused_token_is_replaced_once_and_the_same_request_goes_again(server, behaviours):
    """401 is answered before execution, so even a write may be repeated."""
    tokens = TwoTokens()
    client = QuickBooksClient(RealmAddress(server.base_url, "9130"), tokens, limits=Limits.off())
    server.does(behaviours.answer(401, fault("3200")), behaviours.answer(200, DONE))
    client.write(BATCH)
    assert [received.headers["authorization"] for received in server.received] == ["Bearer old", "Bearer new"]
    assert len(set(bodies(server))) == 1
    assert tokens.refused == ["old"]


def test_a_token_refused_twice_is_an_authentication_failure(server, behaviours):
    client = QuickBooksClient(RealmAddress(server.base_url, "9130"), TwoTokens(), limits=Limits.off())
    server.does(behaviours.answer(401, fault("3200")))
    with pytest.raises(AuthenticationFailed):
        client.write(BATCH)
    assert len(server.received) == 2


@pytest.mark.parametrize("trouble", ["reset", "close", "half", "silence", 500, 502, 503, 429, "html", "6000"])
def test_a_read_is_repeated_on_every_passing_trouble(server, client, behaviours, trouble):
    passing = {
        "html": behaviours.answer(200, HTML),
        "6000": behaviours.answer(400, fault("6000", "Unexpected Internal Error. (-30000)")),
    }
    if isinstance(trouble, int):
        first = behaviours.answer(trouble, HTML)
    else:
        first = passing.get(trouble) or getattr(behaviours, trouble)
    server.does(first, first, behaviours.answer(200, {"QueryResponse": {"totalCount": 6}}))
    assert client.count("Customer") == 6
    assert len(server.received) == 3
    assert client.calls.retries == 2


def test_a_read_that_never_succeeds_is_said_after_a_bounded_number_of_tries(server, client, behaviours):
    server.does(behaviours.answer(502, HTML))
    with pytest.raises(NoAnswer):
        client.query("SELECT * FROM Customer")
    assert len(server.received) == 6


def test_a_refused_read_is_not_repeated(server, client, behaviours):
    server.does(behaviours.answer(400, fault("610")))
    with pytest.raises(RecordRejected, match="code 610"):
        client.read("Invoice", "266")
    assert len(server.received) == 1


def test_a_redirect_is_never_followed(server, client, behaviours):
    """A redirected POST would come out as a GET, and a token would go to a stranger."""
    server.does(behaviours.answer(302, "", Location=f"{server.base_url}/elsewhere"))
    with pytest.raises(CompanyUnavailable, match="HTTP 302"):
        client.write(BATCH)
    assert len(server.received) == 1


def test_pages_are_asked_in_a_stated_order_until_one_is_short(server, client, behaviours):
    pages = [[{"Id": str(n)} for n in range(3)], [{"Id": str(n)} for n in range(3, 6)], []]
    server.does(
        *(behaviours.answer(200, {"QueryResponse": {"Customer": page} if page else {}}) for page in pages)
    )
    found = list(client.query_all("Customer", "Active IN (true, false)", page=3))
    assert [record["Id"] for record in found] == ["0", "1", "2", "3", "4", "5"]
    asked = [
        urllib.parse.parse_qs(received.path.partition("?")[2])["query"][0] for received in server.received
    ]
    assert asked == [
        f"SELECT * FROM Customer WHERE Active IN (true, false) ORDERBY Id STARTPOSITION {start} MAXRESULTS 3"
        for start in (1, 4, 7)
    ]


def test_a_long_statement_is_posted_and_a_short_one_is_not(server, client, behaviours):
    server.does(behaviours.answer(200, {"QueryResponse": {}}))
    numbers = [f"INV-{number:017}" for number in range(150)]
    assert client.query_in("Invoice", "DocNumber", numbers) == []
    (received,) = server.received
    assert (received.method, received.headers["content-type"]) == ("POST", "application/text")
    assert received.path == "/v3/company/9130/query?minorversion=75"
    assert received.body.decode().startswith("SELECT * FROM Invoice WHERE DocNumber IN ('INV-")

    client.query_in("Invoice", "DocNumber", ["INV-1"])
    assert server.received[1].method == "GET"


def test_many_keys_take_few_calls_and_no_key_none(server, client, behaviours):
    server.does(behaviours.answer(200, {"QueryResponse": {}}))
    assert client.query_in("Invoice", "DocNumber", []) == []
    assert server.received == []
    client.query_in("Invoice", "DocNumber", [str(n) for n in range(450)] * 2, "TxnDate > '2026-01-01'")
    assert len(server.received) == 3
    asked = [
        urllib.parse.unquote_plus(received.path) + received.body.decode() for received in server.received
    ]
    assert all(" AND TxnDate > '2026-01-01' ORDERBY Id" in statement for statement in asked)
    assert all(sum(f"'{n}'" in statement for statement in asked) == 1 for n in range(450))


def test_changes_come_by_type_with_deleted_ids_apart(server, client, behaviours, clock):
    """The shape of Intuit's page: grouped by type, deleted ones marked by their status."""
    gone = {"status": "Deleted", "domain": "QBO", "Id": "979", "MetaData": {}}
    groups = [
        {"Customer": [{"Id": "1"}], "startPosition": 1, "maxResults": 1},
        {"Invoice": [{"Id": "2"}, gone]},
        {},
    ]
    server.does(behaviours.answer(200, {"CDCResponse": [{"QueryResponse": groups}]}))
    changes = client.changes_since(["Customer", "Invoice"], clock.now() - dt.timedelta(days=1))
    assert changes.objects == {"Customer": [{"Id": "1"}], "Invoice": [{"Id": "2"}]}
    assert changes.deleted == {"Invoice": ["979"]}
    assert changes.complete
    asked = urllib.parse.parse_qs(server.received[0].path.partition("?")[2])
    assert asked["entities"] == ["Customer,Invoice"]
    assert dt.datetime.fromisoformat(asked["changedSince"][0]) == clock.now() - dt.timedelta(days=1)


@pytest.mark.parametrize(("number", "complete"), [(999, True), (1000, False)])
def test_changes_at_the_cap_are_not_called_complete(server, client, behaviours, clock, number, complete):
    """1000 objects at most and no paging (Intuit's page): what is beyond them stays untold."""
    groups = [{"Customer": [{"Id": str(n)} for n in range(number)]}]
    server.does(behaviours.answer(200, {"CDCResponse": [{"QueryResponse": groups}]}))
    assert client.changes_since(["Customer"], clock.now()).complete is complete


def test_changes_longer_ago_than_quickbooks_remembers_cost_no_call(server, client, clock):
    """Thirty days (Intuit's page)."""
    changes = client.changes_since(["Customer"], clock.now() - dt.timedelta(days=30, seconds=1))
    assert not changes.complete
    assert server.received == []


def test_a_moment_without_a_time_zone_is_refused(client):
    with pytest.raises(ValueError, match="time zone"):
        client.changes_since(["Customer"], dt.datetime(2026, 8, 1))  # noqa: DTZ001  # that is the case


def test_single_reads_give_the_record_with_exact_money(server, client, behaviours):
    server.does(
        behaviours.answer(200, {"Invoice": {"Id": "9", "TotalAmt": 100.1}}),
        behaviours.answer(200, {"Preferences": {"SalesFormsPrefs": {"CustomTxnNumbers": True}}}),
        behaviours.answer(200, {"CompanyInfo": {"CompanyName": "X"}}),
    )
    assert client.read("Invoice", "9")["TotalAmt"] == Decimal("100.1")
    assert client.preferences()["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert client.company_info() == {"CompanyName": "X"}
    assert [received.path.partition("?")[0] for received in server.received] == [
        "/v3/company/9130/invoice/9",
        "/v3/company/9130/preferences",
        "/v3/company/9130/companyinfo/9130",
    ]


def test_an_answer_without_the_thing_asked_for_is_no_answer(server, client, behaviours):
    server.does(behaviours.answer(200, {"time": "2026-08-04"}))
    with pytest.raises(NoAnswer):
        client.preferences()
    with pytest.raises(NoAnswer):
        client.query("SELECT * FROM Customer")


@pytest.mark.parametrize(
    ("path", "length", "allowed"),
    [
        ("batch", 36, True),
        ("batch", 37, False),
        ("invoice", 50, True),
        ("invoice", 51, False),
        ("invoice", 0, False),
    ],
)
def test_request_ids_longer_than_quickbooks_keeps_are_refused(
    server, client, behaviours, path, length, allowed
):
    """36 characters for a batch, 50 otherwise (Intuit's post on request ids): a cut id would protect
    nothing.
    """
    server.does(behaviours.answer(200, DONE))
    request = WriteRequest("r" * length, path, b"{}")
    if allowed:
        client.write(request)
    else:
        with pytest.raises(ValueError, match="request id"):
            client.write(request)
    assert len(server.received) == allowed


def test_ten_threads_share_one_client_and_every_call_is_counted(server, client, behaviours):
    """Counters are exact and each thread gets the answer to its own request."""

    def echo(connection, received):
        body = {"BatchItemResponse": [{"bId": "1", "Invoice": {"Id": received.body.decode()}}]}
        return behaviours.answer(200, body)(connection, received)

    server.does(echo)
    wrong: list[str] = []

    def push(thread: int) -> None:
        for number in range(20):
            sent = f"{thread}-{number}"
            answer = client.write(WriteRequest(sent, "batch", sent.encode()))
            if answer.content["BatchItemResponse"][0]["Invoice"]["Id"] != sent:
                wrong.append(sent)

    threads = [threading.Thread(target=push, args=(thread,)) for thread in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert (client.calls.writes, client.calls.batches, client.calls.batch_items) == (200, 200, 200)
    assert (client.calls.reads, client.calls.retries) == (0, 0)


def test_after_a_quiet_time_a_new_connection_is_made(server, client, behaviours, clock):
    """Gateways close quiet connections; sending just as they do would make a write's outcome unknown for
    nothing.
    """
    ports: list[int] = []

    def note(connection, received):
        ports.append(connection.getpeername()[1])
        return behaviours.answer(200, DONE)(connection, received)

    server.does(note)
    for quiet in (0, 19, 21, 5):
        clock.seconds += quiet
        client.write(BATCH)
    assert ports[0] == ports[1] != ports[2] == ports[3]


def test_connections_dropped_under_a_thread_that_is_about_to_send_mean_not_sent(server, behaviours):
    """One thread drops the idle connections while another picks one: nothing was sent, so nothing is
    unknown.
    """
    server.does(behaviours.answer(200, DONE))
    with http_session(server.base_url) as session:
        call = Call("POST", "batch", b"{}", is_write=True)
        exchange(session, f"{server.base_url}/batch", call, "token", (1, 1))
        pools = session.get_adapter(server.base_url).poolmanager.pools
        for key in pools.keys():  # noqa: SIM118  # urllib3's container cannot be iterated itself
            pools[key].close()
        with pytest.raises(NotSent):
            exchange(session, f"{server.base_url}/batch", call, "token", (1, 1))
    assert len(server.received) == 1


def test_a_throttle_inside_a_batch_answer_holds_back_the_next_call(server, client, behaviours, clock):
    """Some items throttled inside a 200: the answer is returned, and every later call waits like after a
    429.
    """
    throttled = {"bId": "2", "Fault": {"Error": [{"Message": "m", "code": "3001"}]}}
    server.does(behaviours.answer(200, {"BatchItemResponse": [*DONE["BatchItemResponse"], throttled]}))
    client.write(BATCH)
    assert clock.slept == []
    client.write(BATCH)
    assert sum(clock.slept) == pytest.approx(61)
    assert client.calls.throttled == 2


def test_a_record_found_under_two_keys_is_given_once(server, client, behaviours):
    server.does(behaviours.answer(200, {"QueryResponse": {"Customer": [{"Id": "7", "DisplayName": "a\\b"}]}}))
    found = client.query_in("Customer", "DisplayName", ["a\\b", "A\\B", "plain"])
    assert [record["Id"] for record in found] == ["7"]
    assert len(server.received) == 3
