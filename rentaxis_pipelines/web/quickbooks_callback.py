"""Connecting the QuickBooks company in the browser: /connect redirects to Intuit, /connect/callback receives its response.

Here: the two paths, and the check that a response belongs to the session that started it. Not here: the exchange with Intuit, and where
the grant is stored (``sync.connection``). Intuit redirects the browser back from its own site, so the state is kept in a Lax cookie, for
ten minutes, for these two paths only.
"""

import hmac
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentaxis_pipelines.quickbooks.connect import Invitation
from rentaxis_pipelines.quickbooks.faults import AuthenticationFailed, GrantDead, QuickBooksError
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.connection import begin_sign_in, finish_sign_in
from rentaxis_pipelines.web.door import PERSON, Door
from rentaxis_pipelines.web.pages import page
from rentaxis_pipelines.web.people import RequestRefused, Role, need

CONNECT, CALLBACK = "/connect", "/connect/callback"
_COOKIE = "rentaxis_connect"
_SECONDS = 600  # for signing in to Intuit
# Reads the settings of the company to connect, as they are now; raises SettingsError.
Connections = Callable[[], Environment]


def routes(door: Door, connections: Connections, continue_at: Callable[[], str]) -> list[Route]:
    """The way to Intuit, and the way back. ``continue_at``: the address of the page that people go on to."""
    redirect_uri = door.addresses.public_url + CALLBACK

    async def leave(request: Request) -> Response:
        need(request.scope[PERSON], Role.approver, "connect QuickBooks")
        if elsewhere := door.at_public_url(request):
            return elsewhere
        try:
            invitation = await run_in_threadpool(begin_sign_in, connections(), redirect_uri)
        except QuickBooksError as error:
            raise RequestRefused(503, str(error)) from error
        response = RedirectResponse(invitation.url, 303, {"cache-control": "no-store"})
        values = {
            "state": invitation.state,
            "session": door.sessions.id_of(request.cookies),
            "until": door.now() + _SECONDS,
        }
        response.set_cookie(
            _COOKIE, door.signatures.sign("connect", values), _SECONDS,
            path=CONNECT, httponly=True, secure=door.addresses.https, samesite="lax",
        )  # fmt: skip
        return response

    async def come_back(request: Request) -> Response:
        need(request.scope[PERSON], Role.approver, "connect QuickBooks")
        state = _state_of(door, request)
        given = request.query_params.get("state", "")
        if not state or not hmac.compare_digest(state.encode(), given.encode()):
            raise RequestRefused(
                403,
                "This response does not belong to your sign-in at Intuit. Nothing was saved; open /connect again.",
            )
        await run_in_threadpool(
            _keep_grant, connections(), Invitation("", redirect_uri, state), f"?{request.url.query}"
        )
        onward = await run_in_threadpool(continue_at)
        response = page(
            "Connected", "QuickBooks is connected.", link=onward, link_text="Continue", goes_to=onward
        )
        response.delete_cookie(_COOKIE, path=CONNECT)
        return response

    return [Route(CONNECT, leave, methods=["GET"]), Route(CALLBACK, come_back, methods=["GET"])]


def _state_of(door: Door, request: Request) -> str | None:
    """The state that this session sent to Intuit, if it is still valid."""
    kept = door.signatures.read("connect", request.cookies.get(_COOKIE, ""))
    if kept is None or kept["until"] <= door.now() or kept["session"] != door.sessions.id_of(request.cookies):
        return None
    return kept["state"]


def _keep_grant(environment: Environment, invitation: Invitation, answer: str) -> None:
    """Exchange the response for a token and store it. Raises RequestRefused, and stores nothing."""
    try:
        finish_sign_in(environment, invitation, answer)
    except GrantDead as error:
        raise RequestRefused(
            403, "Intuit rejected this response: it was already used, or it has expired. Open /connect again."
        ) from error
    except QuickBooksError as error:
        raise RequestRefused(403 if isinstance(error, AuthenticationFailed) else 502, str(error)) from error
