"""Connecting the QuickBooks company in the browser: /connect leads to Intuit, /connect/callback takes its answer.

Here: the two addresses, and that an answer belongs to the session that asked. Not here: what is said to Intuit, and where the grant is
kept (``sync.connection``). Intuit sends the browser back from its own site, so the state is kept in a cookie that is Lax, for ten
minutes, for these two addresses alone.
"""

import hmac

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentaxis_pipelines.quickbooks.connect import Invitation
from rentaxis_pipelines.quickbooks.faults import AuthenticationFailed, GrantDead, QuickBooksError
from rentaxis_pipelines.settings import load_environment
from rentaxis_pipelines.sync.connection import begin_sign_in, finish_sign_in
from rentaxis_pipelines.web.door import PERSON, Door
from rentaxis_pipelines.web.pages import page
from rentaxis_pipelines.web.people import RequestRefused, Role, need

CONNECT, CALLBACK = "/connect", "/connect/callback"
_COOKIE = "rentaxis_connect"
_SECONDS = 600  # for signing in to Intuit


def routes(door: Door) -> list[Route]:
    """The way to Intuit, and the way back."""
    redirect_uri = door.addresses.public_url + CALLBACK

    async def leave(request: Request) -> Response:
        need(request.scope[PERSON], Role.approver, "connect QuickBooks")
        if elsewhere := door.at_public_url(request):
            return elsewhere
        try:
            invitation = await run_in_threadpool(begin_sign_in, load_environment(), redirect_uri)
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
                "This answer does not belong to your sign-in at Intuit. Nothing was kept; open /connect again.",
            )
        realm = await run_in_threadpool(
            _keep_grant, Invitation("", redirect_uri, state), f"?{request.url.query}"
        )
        response = page("Connected", f"QuickBooks company {realm} is connected.", link="/", link_text="Go on")
        response.delete_cookie(_COOKIE, path=CONNECT)
        return response

    return [Route(CONNECT, leave, methods=["GET"]), Route(CALLBACK, come_back, methods=["GET"])]


def _state_of(door: Door, request: Request) -> str | None:
    """The state that this session took along to Intuit, while it counts."""
    kept = door.signatures.read("connect", request.cookies.get(_COOKIE, ""))
    if kept is None or kept["until"] <= door.now() or kept["session"] != door.sessions.id_of(request.cookies):
        return None
    return kept["state"]


def _keep_grant(invitation: Invitation, answer: str) -> str:
    """Trades the answer for a token and keeps it; the company's id. Raises RequestRefused, and nothing is kept."""
    try:
        return finish_sign_in(load_environment(), invitation, answer).realm_id
    except GrantDead as error:
        raise RequestRefused(
            403, "Intuit does not take this answer: it was used before, or is too old. Open /connect again."
        ) from error
    except QuickBooksError as error:
        raise RequestRefused(403 if isinstance(error, AuthenticationFailed) else 502, str(error)) from error
