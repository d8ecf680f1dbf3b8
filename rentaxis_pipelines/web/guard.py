"""The guard: every request passes through it before our own pages or Dagster's application see it.

Here: the order of the checks, and how a refusal is returned. Not here: the checks themselves (``addresses``, ``documents``,
``door``), live pages (``live``). Accepted requests are passed on unchanged.
"""

import logging
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rentaxis_pipelines.settings import SettingsError
from rentaxis_pipelines.web import live
from rentaxis_pipelines.web.addresses import SAFE_METHODS, Addresses, check_address, header
from rentaxis_pipelines.web.documents import judge_address, judge_body
from rentaxis_pipelines.web.door import PERSON, Door
from rentaxis_pipelines.web.metrics import METRICS
from rentaxis_pipelines.web.openid import CALLBACK as OPENID_CALLBACK
from rentaxis_pipelines.web.pages import page
from rentaxis_pipelines.web.people import Person, RequestRefused, Role, need
from rentaxis_pipelines.web.sign_in import OPENID, SIGN_IN, SIGN_OUT

GRAPHQL = "/graphql"
_OPEN = (SIGN_IN, OPENID, OPENID_CALLBACK)  # for people not signed in
_FORMS = (SIGN_IN, SIGN_OUT)
_DESK = "/desk/"  # its actions are forms too; each says itself which role it asks for
_LARGEST = 8_000_000  # bytes; a range of thirty years is 150 kB
_LARGEST_FORM = 20_000
_LARGEST_DESK_FORM = 1_000_000  # every mapping of a large company
_CACHEABLE = ("/_next/", "/vendor/", "/favicon", "/desk/static/")  # static files that browsers may cache
_LOG = logging.getLogger(__name__)


class Guard:
    """The ASGI application in front of ``app``."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door
        self._headers = _security_headers(door.addresses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, self._with_headers(scope, send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            person = self._person(scope)
            receive = await _judged(scope, receive, person)
        except RequestRefused as refused:
            await answer(scope, refused)(scope, receive, send)
            return
        await self._app({**self._door.without_user_header(scope), PERSON: person}, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            person = self._person(scope)
            assert person is not None  # no WebSocket without sign-in
        except RequestRefused as refused:
            await live.refuse(refused, receive, send)
            return

        def still_here() -> bool:
            try:
                return self._door.person_of(scope) == person
            except (RequestRefused, SettingsError):
                return False

        scope = {**self._door.without_user_header(scope), PERSON: person}
        await self._app(scope, live.listening(receive, send, still_here), live.speaking(send, still_here))

    def _person(self, scope: Scope) -> Person | None:
        """Who makes the request; None only where no sign-in is needed. Raises RequestRefused."""
        if scope["type"] == "http" and scope["path"] == METRICS and scope["method"] in SAFE_METHODS:
            return None  # no person's page: it is judged there
        check_address(scope, self._door.addresses)
        try:
            person = self._door.person_of(scope)
        except SettingsError as error:
            _LOG.error("All requests are refused. %s", error)
            raise RequestRefused(
                503, "Nobody can sign in: the users file cannot be read. The server's log says why."
            ) from error
        if person is None and (scope["type"] != "http" or scope["path"] not in _OPEN):
            raise RequestRefused(401, "You are not signed in. Open /sign-in.")
        return person

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    if name == "content-security-policy":
                        headers.append(
                            name, value
                        )  # in addition to Dagster's own, which lists its scripts: both apply
                    else:
                        headers[name] = value
                del headers[
                    "feature-policy"
                ]  # Dagster's; browsers warn if both the old and the new name are present
                if not scope["path"].startswith(_CACHEABLE):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        return sending


async def _judged(scope: Scope, receive: Receive, person: Person | None) -> Receive:
    """``receive`` for the request's body, checked. Raises RequestRefused for anything that this person, or anybody, may not do."""
    path, method = scope["path"], scope["method"]
    if method in SAFE_METHODS:
        if path == GRAPHQL:
            judge_address(scope["query_string"])
        return receive
    if method != "POST":
        raise RequestRefused(405, f"{method} is not allowed here.")
    media_type = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if path in _FORMS or path.startswith(_DESK):
        if media_type != "application/x-www-form-urlencoded":
            raise RequestRefused(415, "Send this form as a web form.")
        largest = _LARGEST_FORM if path in _FORMS else _LARGEST_DESK_FORM
        return _replayed(await _body(receive, largest), receive)
    if media_type != "application/json":
        raise RequestRefused(415, "Send changes as application/json. Nothing was done.")
    body = await _body(receive, _LARGEST)
    assert person is not None  # without sign-in, only the sign-in form may be sent
    if path != GRAPHQL or judge_body(body):
        need(person, Role.operator, "change anything")
    return _replayed(body, receive)


async def _body(receive: Receive, largest: int) -> bytes:
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestRefused(400, "The request was cut off.")
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > largest:
            raise RequestRefused(413, f"The request is longer than {largest:,} bytes.")
        more = message.get("more_body", False)
    return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that returns the body again, and then whatever follows."""
    replayed = False

    async def receiving() -> Message:
        nonlocal replayed
        if replayed:
            return await receive()
        replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def answer(scope: Scope, refused: RequestRefused, **onward: str) -> Response:
    """The refusal in the client's format: GraphQL for Dagster's UI, a page for a person, a line of text otherwise.

    ``onward``: where the page leads on to (``link``, ``link_text``).
    """
    sentence = str(refused)
    accepted = next((value for key, value in scope["headers"] if key == b"accept"), b"")
    if scope["path"] == GRAPHQL and b"text/html" not in accepted:
        return JSONResponse(
            {"data": None, "errors": [{"message": sentence}]}, refused.status, refused.headers
        )
    if b"text/html" not in accepted:
        return PlainTextResponse(sentence + "\n", refused.status, refused.headers)
    if refused.status == 401:
        # Not a redirect: after a click on another site, a browser sends no Strict cookie, but it does from this page.
        request = Request(scope)
        requested_path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        sign_in = f"{SIGN_IN}?next={quote(requested_path)}"
        return page("Sign in", status=401, goes_to=sign_in, link=sign_in, link_text="Sign in")
    return page("That did not work", sentence, status=refused.status, headers=refused.headers, **onward)


def _security_headers(addresses: Addresses) -> dict[str, str]:
    # 'self' covers WebSockets only in newer browsers; a policy cannot name an IPv6 address at all.
    sockets = " ".join(
        sorted(origin.replace("http", "ws", 1) for origin in addresses.origins if "[" not in origin)
    )
    # No image, request or frame from another host, whatever text appears on a Dagster page.
    policy = (
        "default-src 'self'; base-uri 'none'; object-src 'none'; frame-src 'none'; frame-ancestors 'none'; "
        f"form-action 'self'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' {sockets}; "
        "style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; worker-src 'self' blob:"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # Not no-referrer: with that, a browser sends our own forms with an Origin of null.
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }
    if addresses.https:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers
