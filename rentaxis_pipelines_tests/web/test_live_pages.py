"""The WebSocket of live pages, on the real web application of Dagster: who may open it, what may be started, when it ends."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from rentaxis_pipelines.web.users import UsersFile
from rentaxis_pipelines_tests.web.conftest import Dagster, Served
from rentaxis_pipelines_tests.web.graphql_calls import (
    LAUNCH_INLINE,
    LAUNCH_RUN,
    SUBSCRIPTION,
    TWO_WAYS,
    VERSION,
    run_params,
)


def opened(served: Served, cookies: dict[str, str] | None = None, **headers: str) -> ClientConnection:
    """A live page's connection."""
    url = served.url.replace("http", "ws", 1) + "/graphql"
    cookie = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
    return connect(
        url,
        origin=headers.pop("origin", served.url),
        subprotocols=["graphql-ws"],
        additional_headers={**headers, **({"cookie": cookie} if cookie else {})},
        proxy=None,
    )


def told(connection: ClientConnection, **message: Any) -> dict[str, Any]:
    """The answer to a message."""
    connection.send(json.dumps(message))
    return json.loads(connection.recv(timeout=30))


@pytest.fixture(scope="module")
def run_id(browsers) -> str:
    """A run that was launched, and waits."""
    served, browser = browsers["operator"]
    answer = served.ask(browser, LAUNCH_RUN, {"params": run_params(tags=[])})
    return answer.json()["data"]["launchRun"]["run"]["id"]


def cookies_of(browsers, who: str) -> dict[str, str]:
    return browsers[who][1].cookies.get_dict()


@pytest.mark.parametrize(
    ("where", "headers", "status"),
    [
        ("here", {"origin": "https://evil.example"}, 403),
        ("here", {"origin": "null"}, 403),
        ("here", {"origin": "http://127.0.0.1:1"}, 403),
        ("here", {"x-forwarded-for": "203.0.113.9"}, 403),
        ("stranger", {}, 401),
        ("operator", {"origin": "https://evil.example"}, 403),
    ],
)
def test_a_stranger_or_a_page_of_another_site_opens_none(where, headers, status, browsers):
    """The handshake itself is refused, session or not."""
    served, kept = browsers[where][0], cookies_of(browsers, where)
    with pytest.raises(InvalidStatus) as refused:
        opened(served, kept, **headers)
    assert refused.value.response.status_code == status
    assert refused.value.response.body.endswith(b".\n")


def test_another_name_opens_none(without_sign_in: Served):
    """DNS rebinding goes for WebSockets too. The Host header is the address's own, so the name is put there."""
    port = without_sign_in.url.rpartition(":")[2]
    with socket.create_connection(("127.0.0.1", int(port))) as wire, pytest.raises(InvalidStatus) as refused:
        connect(f"ws://evil.example:{port}/graphql", sock=wire, proxy=None)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("who", ["here", "viewer"])
def test_subscriptions_come_through(who, run_id: str, browsers):
    """As Dagster's UI opens them; several on one connection."""
    with opened(browsers[who][0], cookies_of(browsers, who)) as live:
        assert live.subprotocol == "graphql-ws"
        assert told(live, type="connection_init", payload={})["type"] == "connection_ack"
        for started in ("1", "2"):
            payload = {"query": SUBSCRIPTION, "variables": {"runId": run_id}}
            answer = told(live, id=started, type="start", payload=payload)
            assert (answer["type"], answer["id"]) == ("data", started)
            assert (
                answer["payload"]["data"]["pipelineRunLogs"]["__typename"]
                == "PipelineRunLogsSubscriptionSuccess"
            )
            live.send(json.dumps({"id": started, "type": "stop"}))


@pytest.mark.parametrize("kind", ["start", "subscribe"])
@pytest.mark.parametrize(
    "query", [LAUNCH_INLINE, TWO_WAYS, VERSION, f"{SUBSCRIPTION} {LAUNCH_INLINE}", "{", None, 7]
)
def test_nothing_but_a_subscription_can_be_started(kind, query, browsers, dagster: Dagster):
    """Whatever the message is called; the connection goes on."""
    before = dagster.counts()
    with opened(browsers["operator"][0], cookies_of(browsers, "operator")) as live:
        answer = told(
            live, id="9", type=kind, payload={"query": query, "operationName": "Act", "operation_name": "Act"}
        )
        assert (answer["type"], answer["id"]) == ("error", "9")
        assert answer["payload"]["message"].endswith(".")
        assert told(live, type="connection_init", payload={})["type"] == "connection_ack"
    assert dagster.counts() == before


@pytest.mark.parametrize("text", ["no JSON", "[]", b"bytes"])
def test_what_is_no_message_is_answered_and_passed_over(text, without_sign_in: Served):
    """Dagster would end the connection with a trace in its log."""
    with opened(without_sign_in) as live:
        live.send(text)
        assert json.loads(live.recv(timeout=30))["type"] == "error"
        assert told(live, type="connection_init", payload={})["type"] == "connection_ack"


def test_a_live_page_ends_with_the_session(with_passwords: Served, run_id: str, changed_users: Path):
    """Removed from the users file: what is open says nothing more, whichever side speaks next."""
    with opened(with_passwords, with_passwords.signed_in("vera").cookies.get_dict()) as live:
        assert told(live, type="connection_init", payload={})["type"] == "connection_ack"
        with UsersFile(changed_users).changing() as entries:
            del entries["vera"]
        live.send(
            json.dumps(
                {
                    "id": "1",
                    "type": "start",
                    "payload": {"query": SUBSCRIPTION, "variables": {"runId": run_id}},
                }
            )
        )
        with pytest.raises(ConnectionClosed) as closed:
            live.recv(timeout=30)
    assert closed.value.rcvd.code == 1008
