"""The first grant: a person signs in to QuickBooks and gives this app access to one company.

Here: the steps of the OAuth round trip, however the response comes back: on a web server's page, as an address pasted by hand, or by
a callback on this machine (Intuit accepts ``http://localhost`` for development keys only). Not here: refreshing (``auth``), storage
(``tokens``), the command line.

A round trip: ``check_redirect_uri``, ``invite``; the person signs in and QuickBooks redirects the browser to the redirect URI;
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
SIGN_IN_TIMEOUT = 300.0  # seconds for signing in


@dataclass(frozen=True, slots=True)
class Invitation:
    """A sign-in in progress: the page to open, and the secret its response must contain."""

    url: str
    redirect_uri: str
    state: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """The result of a sign-in: a code that can be exchanged for one company's tokens, once and within minutes."""

    realm_id: str
    code: str = field(repr=False)


def check_redirect_uri(redirect_uri: str, *, production: bool) -> None:
    """Raises ``RedirectUnfit`` if Intuit would not redirect back to this address.

    Intuit's page on redirect URIs: only https and no IP address; ``http://localhost`` for development keys (sandbox companies) only.
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
            "For a real company, Intuit redirects only to an https address with a host name, not to http, localhost or an IP "
            "address. At developer.intuit.com, add an address on one of your hosts to your app's production redirect URIs, such as https://books.example.com/connect/callback (nothing has to respond there); then run "
            "`rentaxis-sync connect --redirect-uri https://books.example.com/connect/callback --paste`."
        )
    if (
        not host
        or not plain
        or not (parts.scheme == "https" or (parts.scheme == "http" and (local or _is_ip(host))))
    ):
        raise RedirectUnfit(
            "The redirect address must begin with https:// (or http://localhost with development keys), without user, query or "
            "fragment, and must match the one registered at Intuit exactly."
        )


def invite(application: Application, redirect_uri: str, *, authorize_url: str = AUTHORIZE_URL) -> Invitation:
    """Start a sign-in. ``redirect_uri`` must match the one registered with Intuit exactly."""
    state = secrets.token_urlsafe(32)  # comes back with the response, and must be secret
    session = oauth_session(application, scope=SCOPE, redirect_uri=redirect_uri)
    url, _ = cast(tuple[str, str], session.create_authorization_url(authorize_url, state=state))
    return Invitation(url, redirect_uri, state)


def grant_from_answer(answer: str, state: str, *, expected_realm: str | None = None) -> Grant:
    """The grant in the address QuickBooks redirected the browser to: the full address, or the part after its question mark.

    Spaces and line breaks from pasting are removed. ``expected_realm`` refuses any other company.

    Raises:
        AnswerUnfit: it is not the response to the sign-in that ``state`` belongs to, access was declined, or another company was
            chosen. The same sign-in can still be completed.
    """
    parameters = _parameters(answer)
    if not _same(parameters.get("state", ""), state):
        raise AnswerUnfit(
            "This is not the response to this sign-in (its state differs): open the address shown last, and paste the full "
            "address of the final page."
        )
    if "error" in parameters:
        raise AnswerUnfit(
            f"QuickBooks did not grant access ({describe(parameters['error'])}): sign in again and allow access."
        )
    realm = parameters.get("realmId", "")
    if not parameters.get("code") or not re.fullmatch(r"\d{1,30}", realm, re.ASCII):
        raise AnswerUnfit("QuickBooks' response names no company: it must contain code and realmId.")
    if expected_realm and realm != expected_realm:
        raise AnswerUnfit(
            f"You signed in to company {realm}, but QUICKBOOKS_REALM_ID says {expected_realm}: "
            "choose that company, or change the setting."
        )
    return Grant(realm, parameters["code"])


def keep_grant(
    application: Application,
    store: TokenStore,
    grant: Grant,
    redirect_uri: str,
    *,
    now: Callable[[], float] = time.time,
) -> Token:
    """Exchange the grant's code for its token and store it. The store is locked and tested first: if it cannot store the token,
    the grant is not used up, and the same sign-in can still be completed.

    Raises:
        GrantDead: the code was already used or has expired. AuthenticationFailed, ApplicationUnknown: Intuit refused otherwise.
        NotSent: Intuit's token service is out of reach.
    """
    token: Token | None = None
    try:
        with store.locked() as held:
            held.refuse_unwritable()
            token = _exchanged(application, grant, redirect_uri, now)
            held.save(token)
    except Exception:
        if token is None:
            raise
        with store.locked() as held:  # the code is used up: a broken connection must not lose the token
            held.save(token)
    return token


def _exchanged(application: Application, grant: Grant, redirect_uri: str, now: Callable[[], float]) -> Token:
    try:
        answer = ask_token_service(
            application, TIMEOUTS, grant_type="authorization_code", code=grant.code, redirect_uri=redirect_uri
        )
    except GrantDead:
        raise GrantDead(
            "Intuit rejected this response: it was already used, is older than a few minutes, or the redirect address is not "
            "the registered one. Run `rentaxis-sync connect` and sign in again."
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
    timeout: float = SIGN_IN_TIMEOUT,
    now: Callable[[], float] = time.time,
) -> Token:
    """The whole round trip: opens the sign-in page, waits for the callback on this machine, stores the token.

    ``open_page`` is called with the address to open. ``expected_realm`` refuses any other company. Port 0 picks any free port. ``timeout`` is in seconds.

    Raises:
        AuthenticationFailed: nobody signed in, it was declined, or another company was chosen.
        NotSent: Intuit's token service is out of reach.
        OSError: the port is in use.
    """
    with _Callback(port) as callback:
        invitation = invite(application, callback.address, authorize_url=authorize_url)
        callback.state = invitation.state
        open_page(invitation.url)
        answer = callback.wait(timeout)
    if answer is None:
        raise AuthenticationFailed(
            f"Nobody signed in within {timeout:.0f} seconds: run `rentaxis-sync connect` again."
        )
    grant = grant_from_answer(answer, invitation.state, expected_realm=expected_realm)
    return keep_grant(application, store, grant, invitation.redirect_uri, now=now)


class _Callback:
    """A server on this machine that waits for the request with the right state."""

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
                # A request from anyone else must neither end the wait nor be trusted.
                parts = urllib.parse.urlsplit(self.path)
                parameters = dict(urllib.parse.parse_qsl(parts.query))
                ours = parts.path == "/callback" and _same(parameters.get("state", ""), callback.state)
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
                """Logs nothing: the request line contains the code."""

        return Handler


def _parameters(answer: str) -> dict[str, str]:
    """The parameters of an address, or of part of one, as pasted from a clipboard."""
    text = re.sub(r"\s+(?=(?:code|state|realmId|error)=)", "&", answer.strip().strip("<>\"'`"))
    text = re.sub(r"\s+", "", text)
    query = text.partition("?")[2] or text
    return dict(urllib.parse.parse_qsl(query.partition("#")[0]))


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _same(first: str, second: str) -> bool:
    return hmac.compare_digest(first.encode(), second.encode())
