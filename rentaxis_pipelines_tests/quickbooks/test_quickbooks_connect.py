"""The first grant: the round trip through a browser's eyes, and every way it may go wrong."""

import threading
import urllib.parse

import pytest
import requests

from rentaxis_pipelines.quickbooks.auth import Application
from rentaxis_pipelines.quickbooks.connect import (
    Grant,
    check_redirect_uri,
    connect,
    grant_from_answer,
    invite,
    keep_grant,
)
from rentaxis_pipelines.quickbooks.faults import (
    AnswerUnfit,
    ApplicationUnknown,
    AuthenticationFailed,
    GrantDead,
    RedirectUnfit,
)
from rentaxis_pipelines.quickbooks.tokens import Token
from rentaxis_pipelines_tests.support.file_stores import FileTokenStore, new_key

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
            self.statuses.append(requests.get(back, timeout=60).status_code)


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


def test_another_company_than_the_one_configured_is_refused_and_its_code_not_used(server, store):
    """Signing in to the wrong company would write one firm's books into another's."""
    with pytest.raises(AuthenticationFailed, match="company 777, but QUICKBOOKS_REALM_ID says 9130"):
        connect(
            application(server),
            store,
            open_page=Browser(code="c", realmId="777"),
            expected_realm="9130",
            port=0,
        )
    assert kept(store) is None
    assert server.received == []


def test_declining_is_said(server, store):
    with pytest.raises(AuthenticationFailed, match="did not grant access"):
        connect(application(server), store, open_page=Browser(error="access_denied"), port=0)
    assert server.received == []


def test_nobody_signing_in_ends_the_wait(server, store):
    with pytest.raises(AuthenticationFailed, match="Nobody signed in"):
        connect(application(server), store, open_page=lambda url: None, port=0, timeout=0.05)


CALLBACK = "https://example.test/callback"


@pytest.mark.parametrize(
    "pasted",
    [
        f"{CALLBACK}?code=the-code&state=STATE&realmId=9130",
        f"  <{CALLBACK}?code=the-code&state=STATE&realmId=9130#top>\r\n",
        f"{CALLBACK}?code=the-\n  code&state=STA\nTE&realm\nId=9130",
        "code=the-code&realmId=9130&state=STATE",
        "?realmId=9130&state=STATE&code=the-code",
        "code=the-code realmId=9130\tstate=STATE",
    ],
)
def test_an_answer_is_read_whatever_pasting_did_to_it(pasted):
    """For production keys Intuit takes no localhost address, so the address bar is copied: whole, in part, with blanks and breaks."""
    assert grant_from_answer(pasted, "STATE", expected_realm="9130") == Grant("9130", "the-code")


def test_a_grant_buys_its_token_with_the_address_it_was_given_for(server, behaviours, store):
    """Intuit compares the redirect address of both steps; the ends of grant and refresh token are kept with the token."""
    ends = {"x_refresh_token_expires_in": 8_640_000, "x_refresh_token_hard_expires_in": 157_680_000}
    server.does(behaviours.answer(200, GRANTED | ends))
    token = keep_grant(application(server), store, Grant("9130", "the-code"), CALLBACK, now=lambda: NOW)
    assert kept(store) == token
    assert token == Token("access", "refresh", NOW + 3600, "9130", NOW + 8_640_000, NOW + 157_680_000)
    asked = dict(urllib.parse.parse_qsl(server.received[0].body.decode()))
    assert asked == {"grant_type": "authorization_code", "code": "the-code", "redirect_uri": CALLBACK}
    assert server.received[0].headers["x-include-refresh-token-hard-expires-in"] == "true"


@pytest.mark.parametrize("odd", ["soon", None, -1, 1e300, [], "nan"])
def test_an_odd_end_does_not_cost_the_grant(server, behaviours, store, odd):
    server.does(behaviours.answer(200, GRANTED | {"x_refresh_token_expires_in": odd}))
    token = keep_grant(application(server), store, Grant("9130", "c"), CALLBACK, now=lambda: NOW)
    assert (token.refresh_expires_at, token.connection_ends_at) == (None, None)
    assert kept(store) == token


class ClosedStore:
    """A store that is out of reach."""

    def locked(self):
        raise ConnectionError


def test_no_code_is_spent_while_the_store_is_out_of_reach(server, behaviours):
    """A code buys its token once, so nothing is asked until there is a place to keep the answer."""
    server.does(behaviours.answer(200, GRANTED))
    with pytest.raises(ConnectionError):
        keep_grant(application(server), ClosedStore(), Grant("9130", "c"), CALLBACK)
    assert server.received == []


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("", "state differs"),
        ("hello", "state differs"),
        ("https://[", "state differs"),
        (f"{CALLBACK}?code=c&realmId=9130", "state differs"),
        (f"{CALLBACK}?code=c&realmId=9130&state=forged", "state differs"),
        (f"{CALLBACK}?state=", "state differs"),
        (f"{CALLBACK}?code=c&realmId=9130&state=%C3%A9", "state differs"),
        (f"{CALLBACK}?realmId=9130&state=STATE", "names no company"),
        (f"{CALLBACK}?code=c&state=STATE", "names no company"),
        (f"{CALLBACK}?code=c&state=STATE&realmId=%1b[31m9", "names no company"),
        (f"{CALLBACK}?code=c&state=STATE&realmId=777", "company 777, but QUICKBOOKS_REALM_ID says 9130"),
        (f"{CALLBACK}?error=access_denied&state=STATE", r"did not grant access \(access_denied\)"),
        (f"{CALLBACK}?error=%1b[31mboo&state=STATE", r"did not grant access \(unknown reason\)"),
    ],
)
def test_what_is_no_answer_to_this_sign_in_is_one_sentence_before_any_call(answer, sentence):
    """Nothing from outside but a known word enters the sentence, and never the code."""
    with pytest.raises(AnswerUnfit, match=sentence) as raised:
        grant_from_answer(answer, "STATE", expected_realm="9130")
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    ("address", "production", "sandbox"),
    [
        ("https://books.example.com/connect/callback", True, True),
        ("https://books.example.com:8443/cb", True, True),
        ("http://books.example.com/cb", False, False),
        ("http://localhost:8765/callback", False, True),
        ("https://localhost/callback", False, True),
        ("https://LOCALHOST./callback", False, True),
        ("http://127.0.0.1/callback", False, True),
        ("https://203.0.113.9/callback", False, True),
        ("https://[2001:db8::1]/callback", False, True),
        ("https://books.example.com/cb?x=1", False, False),
        ("https://books.example.com/cb#x", False, False),
        ("https://me:word@books.example.com/cb", False, False),
        ("https:// books.example.com/cb", False, False),
        ("https://[", False, False),
        ("books.example.com", False, False),
        ("", False, False),
    ],
)
def test_an_address_that_intuit_would_not_send_anybody_to_is_refused(address, production, sandbox):
    """Intuit's page on redirect URIs: https, no IP address; localhost without TLS for development keys only."""
    for wanted, strict in ((production, True), (sandbox, False)):
        if wanted:
            check_redirect_uri(address, production=strict)
        else:
            with pytest.raises(RedirectUnfit, match=r"registered|redirect URIs") as raised:
                check_redirect_uri(address, production=strict)
            assert "word" not in str(raised.value)


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
