"""The first grant: somebody signs in to QuickBooks and lets this app into one company.

Here: the OAuth round trip in its steps, for whoever brings the answer back: a page of a web server, an address pasted by hand, or a
callback on this machine (Intuit takes ``http://localhost`` for development keys only). Not here: refreshing (``auth``), storage
(``tokens``), the command line.

A round trip: ``check_redirect_uri``, ``invite``; the person signs in and QuickBooks sends the browser to the redirect address;
``grant_from_answer``; ``keep_grant``.
"""

import hmac
import ipaddress
import re
import secrets
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from rentaxis_pipelines.quickbooks.auth import (
    TIMEOUTS,
    Application,
    ask_token_service,
    describe,
    oauth_session,
    read_token,
)
from rentaxis_pipelines.quickbooks.faults import AnswerUnfit, AuthenticationFailed, GrantDead, RedirectUnfit
from rentaxis_pipelines.quickbooks.tokens import Token, TokenStore

AUTHORIZE_URL = "https://appcenter.intuit.com/connect/oauth2"
SCOPE = "com.intuit.quickbooks.accounting"
PATIENCE = 300.0  # seconds for signing in


@dataclass(frozen=True, slots=True)
class Invitation:
    """A sign-in under way: the page to open, and the secret its answer must bring back."""

    url: str
    redirect_uri: str
    state: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in brought: a code that buys the tokens of one company, once and within minutes."""

    realm_id: str
    code: str = field(repr=False)


def check_redirect_uri(redirect_uri: str, *, production: bool) -> None:
    """Raises ``RedirectUnfit`` where Intuit would not send a person back to this address.

    Its page on redirect URIs: only https and no IP address; ``http://localhost`` for development keys (sandbox companies) only.
    """
    try:
        parts = urllib.parse.urlsplit(redirect_uri)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        parts, host = urllib.parse.urlsplit(""), ""
    local = host == "localhost" or host.endswith(".localhost")
    plain = not (parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", redirect_uri))
    if production and (parts.scheme != "https" or not host or local or _is_ip(host) or not plain):
        raise RedirectUnfit(
            "Intuit sends people of a real company back only to an https address with a host name, not to http, localhost or an IP "
            "address. Among the production redirect URIs of your app at developer.intuit.com, add an address on a host of yours, such as https://books.example.com/connect/callback (nothing has to answer there); then run "
            "`rentaxis-sync connect --redirect-uri https://books.example.com/connect/callback --paste`."
        )
    if (
        not host
        or not plain
        or not (parts.scheme == "https" or (parts.scheme == "http" and (local or _is_ip(host))))
    ):
        raise RedirectUnfit(
            "The redirect address must begin with https:// (or http://localhost with development keys), without user, query or "
            "fragment, and be registered at Intuit letter by letter."
        )


def invite(application: Application, redirect_uri: str, *, authorize_url: str = AUTHORIZE_URL) -> Invitation:
    """Begins a sign-in. ``redirect_uri`` must be registered with Intuit, letter by letter."""
    state = secrets.token_urlsafe(32)
    url = authorization_url(application, redirect_uri, state, authorize_url=authorize_url)
    return Invitation(url, redirect_uri, state)


def authorization_url(
    application: Application, redirect_uri: str, state: str, *, authorize_url: str = AUTHORIZE_URL
) -> str:
    """The page where a person signs in. ``state`` comes back with the answer and must be nobody else's."""
    session = oauth_session(application, scope=SCOPE, redirect_uri=redirect_uri)
    url, _ = cast(tuple[str, str], session.create_authorization_url(authorize_url, state=state))
    return url


def grant_from_answer(answer: str, state: str, *, expected_realm: str | None = None) -> Grant:
    """The grant in what QuickBooks sent the browser back with: the whole address, or what stands behind its question mark.

    Blanks and line breaks that pasting brings are left out. ``expected_realm`` refuses any other company.

    Raises:
        AnswerUnfit: it is not the answer to the sign-in that ``state`` belongs to, access was declined, or another company was
            chosen. The same sign-in can still be answered.
    """
    given = _parameters(answer)
    if not _same(given.get("state", ""), state):
        raise AnswerUnfit(
            "This is not the answer to this sign-in (its state differs): open the address shown last, and bring back the whole "
            "address of the page it ends on."
        )
    if "error" in given:
        raise AnswerUnfit(
            f"QuickBooks did not grant access ({describe(given['error'])}): sign in again and agree."
        )
    realm = given.get("realmId", "")
    if not given.get("code") or not re.fullmatch(r"\d{1,30}", realm, re.ASCII):
        raise AnswerUnfit("QuickBooks' answer names no company: it has to hold code and realmId.")
    if expected_realm and realm != expected_realm:
        raise AnswerUnfit(
            f"You signed in to company {realm}, but QUICKBOOKS_REALM_ID says {expected_realm}: "
            "choose that company, or change the setting."
        )
    return Grant(realm, given["code"])


def keep_grant(
    application: Application,
    store: TokenStore,
    grant: Grant,
    redirect_uri: str,
    *,
    now: Callable[[], float] = time.time,
) -> Token:
    """Trades the grant's code for its token and stores that. The store is locked and tried first: one that does not take the token
    costs no grant, and the same sign-in can still be answered.

    Raises:
        GrantDead: the code was used before or is too old. AuthenticationFailed, ApplicationUnknown: Intuit refused otherwise.
        NotSent: Intuit's token service is out of reach.
    """
    token: Token | None = None
    try:
        with store.locked() as held:
            held.refuse_unwritable()
            token = _traded(application, grant, redirect_uri, now)
            held.save(token)
    except Exception:
        if token is None:
            raise
        with store.locked() as held:  # the code is spent: one broken connection must not cost what it bought
            held.save(token)
    return token


def _traded(application: Application, grant: Grant, redirect_uri: str, now: Callable[[], float]) -> Token:
    try:
        answer = ask_token_service(
            application, TIMEOUTS, grant_type="authorization_code", code=grant.code, redirect_uri=redirect_uri
        )
    except GrantDead:
        raise GrantDead(
            "Intuit does not take this answer: it was used before, is older than a few minutes, or the redirect address is not "
            "the registered one. Run `rentaxis-sync connect` again and sign in anew."
        ) from None
    return read_token(answer, grant.realm_id, now())


def connect(
    application: Application,
    store: TokenStore,
    *,
    open_page: Callable[[str], object],
    expected_realm: str | None = None,
    port: int = 8765,
    authorize_url: str = AUTHORIZE_URL,
    patience: float = PATIENCE,
    now: Callable[[], float] = time.time,
) -> Token:
    """The whole round trip: opens the sign-in page, waits for the callback on this machine, stores the token.

    ``open_page`` is called with the address to open. ``expected_realm`` refuses any other company than that
    one. Port 0 takes any free port. ``patience`` is in seconds.

    Raises:
        AuthenticationFailed: nobody signed in, it was declined, or another company was chosen.
        NotSent: Intuit's token service is out of reach.
        OSError: the port is in use.
    """
    with _Callback(port) as callback:
        invitation = invite(application, callback.address, authorize_url=authorize_url)
        callback.state = invitation.state
        open_page(invitation.url)
        answer = callback.wait(patience)
    if answer is None:
        raise AuthenticationFailed(
            f"Nobody signed in within {patience:.0f} seconds: run `rentaxis-sync connect` again."
        )
    grant = grant_from_answer(answer, invitation.state, expected_realm=expected_realm)
    return keep_grant(application, store, grant, invitation.redirect_uri, now=now)


class _Callback:
    """A server on this machine that waits for the one request that brings the right state."""

    def __init__(self, port: int) -> None:
        self.state = secrets.token_urlsafe(32)  # until it is set, nothing matches
        self._answer: str | None = None
        self._arrived = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.address = f"http://localhost:{self._server.server_port}/callback"

    def __enter__(self) -> "_Callback":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self, seconds: float) -> str | None:
        self._arrived.wait(seconds)
        return self._answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        callback = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                # A stranger's request must neither end the wait nor be believed.
                parts = urllib.parse.urlsplit(self.path)
                given = dict(urllib.parse.parse_qsl(parts.query))
                ours = parts.path == "/callback" and _same(given.get("state", ""), callback.state)
                page = (
                    b"Thank you. You can close this page and go back to the terminal."
                    if ours
                    else b"Not found"
                )
                self.send_response(200 if ours else 404)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)
                if ours:
                    callback._answer = self.path
                    callback._arrived.set()

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing: the request line holds the code."""

        return Handler


def _parameters(answer: str) -> dict[str, str]:
    """The parameters of an address, or of a part of one, as it may come out of a clipboard."""
    text = re.sub(r"\s+(?=(?:code|state|realmId|error)=)", "&", answer.strip().strip("<>\"'`"))
    text = re.sub(r"\s+", "", text)
    behind = text.partition("?")[2] or text
    return dict(urllib.parse.parse_qsl(behind.partition("#")[0]))


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
