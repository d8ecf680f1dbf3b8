"""The first grant: the round trip through a browser's eyes, and every way it may go wrong."""

import threading
import urllib.parse

import pytest
import requests

from rentaxis_pipelines.quickbooks.auth import Application
from rentaxis_pipelines.quickbooks.connect import accept, connect, invite
from rentaxis_pipelines.quickbooks.faults import ApplicationUnknown, AuthenticationFailed, GrantDead
from rentaxis_pipelines.quickbooks.tokens import FileTokenStore, Token, new_key

NOW = 1_800_000_000.0
GRANTED = {"access_token": "access", "refresh_token": "refresh", "expires_in": 3600, "token_type": "bearer"}


@pytest.fixture
def store(tmp_path) -> FileTokenStore:
    return FileTokenStore(tmp_path / "token", new_key())


def kept(store) -> Token | None:
    with store.locked() as held:
        return held.load()


def application(server) -> Application:
    return Application("client-id", "client-secret", f"{server.base_url}/token")


class Browser:
    """Somebody who signs in: opens the page, agrees, and is sent back with ``answer``."""

    def __init__(self, **answer: str) -> None:
        self.answer = answer
        self.statuses: list[int] = []
        self.opened: dict[str, str] = {}

    def __call__(self, url: str) -> None:
        self.opened = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        threading.Thread(target=self._go).start()

    def _go(self) -> None:
        answer = {"state": self.opened["state"]} | self.answer
        for state in ("forged", answer.pop("state")):
            back = self.opened["redirect_uri"] + "?" + urllib.parse.urlencode(answer | {"state": state})
            self.statuses.append(requests.get(back, timeout=5).status_code)


def test_the_round_trip_keeps_token_and_company(server, behaviours, store):
    """Page opened with our id, scope and a state; code traded with HTTP Basic; token and realm stored."""
    server.does(behaviours.answer(200, GRANTED))
    browser = Browser(code="the-code", realmId="9130")
    token = connect(
        application(server),
        store,
        open_page=browser,
        port=0,
        authorize_url="https://example.test/connect",
        now=lambda: NOW,
    )
    assert token == Token("access", "refresh", NOW + 3600, "9130")
    assert kept(store) == token
    assert browser.opened["client_id"] == "client-id"
    assert browser.opened["scope"] == "com.intuit.quickbooks.accounting"
    assert browser.opened["response_type"] == "code"
    asked = dict(urllib.parse.parse_qsl(server.received[0].body.decode()))
    assert asked == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": browser.opened["redirect_uri"],
    }
    assert server.received[0].headers["authorization"].startswith("Basic ")


def test_a_callback_with_a_foreign_state_neither_ends_the_wait_nor_is_believed(server, behaviours, store):
    """The forged callback comes first and is turned away; the true one is still awaited."""
    server.does(behaviours.answer(200, GRANTED))
    browser = Browser(code="the-code", realmId="9130")
    connect(application(server), store, open_page=browser, port=0)
    assert browser.statuses[0] == 404
    assert len(server.received) == 1


def test_another_company_than_the_one_configured_is_refused_and_not_stored(server, behaviours, store):
    """Signing in to the wrong company would write one firm's books into another's."""
    server.does(behaviours.answer(200, GRANTED))
    with pytest.raises(AuthenticationFailed, match="company 777, but QUICKBOOKS_REALM_ID says 9130"):
        connect(
            application(server),
            store,
            open_page=Browser(code="c", realmId="777"),
            expected_realm="9130",
            port=0,
        )
    assert kept(store) is None


def test_declining_is_said(server, store):
    with pytest.raises(AuthenticationFailed, match="did not grant access"):
        connect(application(server), store, open_page=Browser(error="access_denied"), port=0)
    assert server.received == []


def test_nobody_signing_in_ends_the_wait(server, store):
    with pytest.raises(AuthenticationFailed, match="Nobody signed in"):
        connect(application(server), store, open_page=lambda url: None, port=0, patience=0.05)


def test_an_answer_pasted_by_hand_works_the_same(server, behaviours):
    """For production keys Intuit takes no localhost address, so the address bar is copied."""
    server.does(behaviours.answer(200, GRANTED))
    invitation = invite(application(server), "https://example.test/callback")
    pasted = f"https://example.test/callback?code=c&realmId=9130&state={invitation.state}"
    assert accept(application(server), invitation, pasted, now=lambda: NOW).realm_id == "9130"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "code=c&realmId=9130",
        "code=c&realmId=9130&state=forged",
        "state=",
        "code=c&realmId=9130&state=%C3%A9",
    ],
)
def test_an_answer_to_another_sign_in_is_refused_before_any_call(server, answer):
    invitation = invite(application(server), "https://example.test/callback")
    with pytest.raises(AuthenticationFailed, match="state differs"):
        accept(application(server), invitation, f"https://example.test/callback?{answer}")
    assert server.received == []


@pytest.mark.parametrize("missing", ["code", "realmId"])
def test_an_answer_without_code_or_company_is_refused(server, missing):
    invitation = invite(application(server), "https://example.test/callback")
    given = {"code": "c", "realmId": "9130", "state": invitation.state}
    given.pop(missing)
    with pytest.raises(AuthenticationFailed, match="names no company"):
        accept(application(server), invitation, "https://x.test/?" + urllib.parse.urlencode(given))


@pytest.mark.parametrize(
    ("code", "error"), [("invalid_grant", GrantDead), ("invalid_client", ApplicationUnknown)]
)
def test_what_intuit_refuses_is_said_by_its_code(server, behaviours, store, code, error):
    server.does(behaviours.answer(400, {"error": code}))
    with pytest.raises(error):
        connect(application(server), store, open_page=Browser(code="c", realmId="9130"), port=0)
    assert kept(store) is None


def test_states_are_never_reused_and_stay_out_of_reprs(server):
    one, other = (invite(application(server), "https://example.test/callback") for _ in range(2))
    assert one.state != other.state
    assert len(one.state) >= 32
    assert f"state={one.state!r}" not in repr(one)
