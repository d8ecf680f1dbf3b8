"""State of the web front end: addresses, settings, users, sessions; and from them, who makes a request.

Here: one object that the guard and the pages share. Not here: what a request may do (``guard``).
"""

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from anyio import CapacityLimiter
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from rentaxis_pipelines.settings.web import WebSettings
from rentaxis_pipelines.web.addresses import (
    Addresses,
    addresses_of,
    check_not_forwarded,
    header,
    is_among,
    peer_of,
)
from rentaxis_pipelines.web.passwords import AT_A_TIME, SlowedDown
from rentaxis_pipelines.web.people import Person, RequestRefused, Role
from rentaxis_pipelines.web.sessions import FORM_SECONDS, Sessions, Signatures
from rentaxis_pipelines.web.users import UsersFile

LOCAL_USER = Person("", Role.approver)
PERSON = "rentaxis_pipelines.person"  # the key in a connection's scope that holds the Person


@dataclass
class Door:
    """``now``: a clock in seconds since 1970."""

    settings: WebSettings
    addresses: Addresses
    now: Callable[[], float] = time.time
    users: UsersFile | None = field(init=False)
    signatures: Signatures = field(init=False)
    sessions: Sessions = field(init=False)
    slowed_down: SlowedDown = field(init=False)
    comparing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(AT_A_TIME), init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        self.users = UsersFile(settings.web_users_file) if settings.web_users_file else None
        self.signatures = Signatures(settings.pipelines_secret_key.get_secret_value())
        self.sessions = Sessions(
            self.signatures,
            settings.web_session_hours * 3600,
            https=self.addresses.https,
            now=self.now,
        )
        self.slowed_down = SlowedDown(self.now)
        self._form_cookie = "__Host-rentaxis_form" if self.addresses.https else "rentaxis_form"
        self._trusted = settings.trusted_proxies
        self._user_header = settings.web_proxy_user_header.lower().encode()

    @classmethod
    def on(cls, port: int, settings: WebSettings, now: Callable[[], float] = time.time) -> "Door":
        """For a server that listens on the port."""
        return cls(settings, addresses_of(port, settings.public_urls), now)

    def person_of(self, scope: Scope) -> Person | None:
        """Who makes the request, by the current users file and session; None for an unknown person.

        Raises RequestRefused if it came through a proxy while sign-in is off, UsersFileError if the file cannot be read.
        """
        if self.settings.web_sign_in == "none":
            check_not_forwarded(scope)
            return LOCAL_USER
        assert self.users is not None  # the settings guarantee it
        if self.settings.web_sign_in == "proxy":
            name = header(scope, self._user_header) if is_among(peer_of(scope), self._trusted) else None
            user = self.users.find(name) if name else None
        else:
            user = self.sessions.user_of(HTTPConnection(scope).cookies, self.users.find)
        return Person(user.name, user.role, user.companies) if user else None

    def without_user_header(self, scope: Scope) -> Scope:
        """The request without the header that names a user: code behind the guard gets the user only from the guard."""
        kept = [(key, value) for key, value in scope["headers"] if key != self._user_header]
        return scope if len(kept) == len(scope["headers"]) else {**scope, "headers": kept}

    def at_public_url(self, request: Request) -> Response | None:
        """A redirect to the same page at the public address, for a browser that uses another address: sign-in services redirect back to
        the public address, and cookies belong to one host name.
        """
        public = urlsplit(self.addresses.public_url)
        if request.url.netloc.lower() == public.netloc.lower():
            return None
        return RedirectResponse(str(request.url.replace(scheme=public.scheme, netloc=public.netloc)), 303)

    def form_token(self, connection: HTTPConnection, response_of: Callable[[str], Response]) -> Response:
        """A page with a form, made by ``response_of`` from the token it must send back; the other half is in a cookie."""
        kept = connection.cookies.get(self._form_cookie) or secrets.token_urlsafe(32)
        response = response_of(self._token(kept))
        response.set_cookie(
            self._form_cookie,
            kept,
            int(FORM_SECONDS),
            httponly=True,
            secure=self.addresses.https,
            samesite="strict",
        )
        return response

    def check_form(self, connection: HTTPConnection, token: object) -> None:
        """Raises RequestRefused for a form that we did not give to this browser."""
        kept = connection.cookies.get(self._form_cookie, "")
        if not kept or not hmac.compare_digest(self._token(kept), str(token)):
            raise RequestRefused(
                403, "This form has expired or is not ours. Nothing was done; open the page again."
            )

    def _token(self, kept: str) -> str:
        return hmac.new(self.signatures.newest, b"form" + kept.encode(), "sha256").hexdigest()
