"""The first grant: somebody signs in to QuickBooks and lets this app into one company.

Here: the OAuth round trip, with a callback on this machine or with an address pasted by hand (Intuit takes
``http://localhost`` for development keys only). Not here: refreshing (``auth``), storage (``tokens``), the
command line.
"""

import hmac
import secrets
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from rentaxis_pipelines.quickbooks.auth import (
    TIMEOUTS,
    Application,
    ask_token_service,
    oauth_session,
    read_token,
)
from rentaxis_pipelines.quickbooks.faults import AuthenticationFailed
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


def invite(application: Application, redirect_uri: str, *, authorize_url: str = AUTHORIZE_URL) -> Invitation:
    """Begins a sign-in. ``redirect_uri`` must be registered with Intuit, letter by letter."""
    state = secrets.token_urlsafe(32)
    session = oauth_session(application, scope=SCOPE, redirect_uri=redirect_uri)
    url, _ = cast(tuple[str, str], session.create_authorization_url(authorize_url, state=state))
    return Invitation(url, redirect_uri, state)


def accept(
    application: Application,
    invitation: Invitation,
    answer_url: str,
    *,
    now: Callable[[], float] = time.time,
) -> Token:
    """The token for the company chosen, from the address QuickBooks sent the browser back to.

    Raises:
        AuthenticationFailed: it is not the answer to ``invitation``, access was declined, or Intuit refused.
        NotSent: Intuit's token service is out of reach.
    """
    given = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer_url).query))
    if not _same(given.get("state", ""), invitation.state):
        raise AuthenticationFailed(
            "The answer does not belong to this sign-in (its state differs): run `rentaxis-sync connect` "
            "again and use the page it opens."
        )
    if "error" in given:
        raise AuthenticationFailed(
            f"QuickBooks did not grant access ({given['error']}): run `rentaxis-sync connect` again."
        )
    if not given.get("code") or not given.get("realmId"):
        raise AuthenticationFailed("QuickBooks' answer names no company: run `rentaxis-sync connect` again.")
    session = oauth_session(application, redirect_uri=invitation.redirect_uri)

    def trade() -> Mapping[str, Any]:
        return cast(
            Mapping[str, Any],
            session.fetch_token(
                application.token_url, grant_type="authorization_code", code=given["code"], timeout=TIMEOUTS
            ),
        )

    return read_token(ask_token_service(trade), given["realmId"], now())


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
        answer_url = callback.wait(patience)
    if answer_url is None:
        raise AuthenticationFailed(
            f"Nobody signed in within {patience:.0f} seconds: run `rentaxis-sync connect` again."
        )
    token = accept(application, invitation, answer_url, now=now)
    if expected_realm and token.realm_id != expected_realm:
        raise AuthenticationFailed(
            f"You signed in to company {token.realm_id}, but QUICKBOOKS_REALM_ID says {expected_realm}: "
            "choose that company, or change the setting."
        )
    with store.locked() as held:
        held.save(token)
    return token


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


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
