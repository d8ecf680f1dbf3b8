"""Connecting a QuickBooks company in the browser: /desk/SLUG/connect redirects to Intuit, /connect/callback receives its response.

/connect is the same for a person's only company. One callback serves all companies, so that one address is registered at Intuit: which
company a response is for is kept with the state. Here: the paths, and the check that a response belongs to the session that started it.
Not here: the exchange with Intuit, and where the grant is stored (``sync.connection``). Intuit redirects the browser back from its own
site, so the state is kept in a Lax cookie, for ten minutes, for the callback only.
"""

import hmac
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentaxis_pipelines.quickbooks.connect import Invitation
from rentaxis_pipelines.quickbooks.faults import AuthenticationFailed, GrantDead, QuickBooksError
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.connection import begin_sign_in, finish_sign_in
from rentaxis_pipelines.web.door import PERSON, Door
from rentaxis_pipelines.web.pages import page
from rentaxis_pipelines.web.people import Person, RequestRefused, Role, need

CONNECT, CALLBACK = "/connect", "/connect/callback"
COMPANY_CONNECT = "/desk/{company}/connect"
_COOKIE = "rentaxis_connect"
_SECONDS = 600  # for signing in to Intuit
# The person's company of that short name, or their only one for None, as it is now; raises RequestRefused or SettingsError.
FindCompany = Callable[[Person, str | None], Scope]


def routes(door: Door, company: FindCompany) -> list[Route]:
    """The ways to Intuit, and the way back."""
    redirect_uri = door.addresses.public_url + CALLBACK

    async def leave(request: Request) -> Response:
        need(request.scope[PERSON], Role.approver, "connect QuickBooks")
        if elsewhere := door.at_public_url(request):
            return elsewhere
        slug, invitation = await run_in_threadpool(
            _invited, company, request.scope[PERSON], request.path_params.get("company"), redirect_uri
        )
        response = RedirectResponse(invitation.url, 303, {"cache-control": "no-store"})
        values = {
            "state": invitation.state,
            "company": slug,
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
        kept = _kept(door, request)
        given = request.query_params.get("state", "")
        if kept is None or not hmac.compare_digest(kept["state"].encode(), given.encode()):
            raise RequestRefused(
                403,
                "This response does not belong to your sign-in at Intuit. Nothing was saved; open /connect again.",
            )
        invitation = Invitation("", redirect_uri, kept["state"])
        slug = await run_in_threadpool(
            _connected, company, request.scope[PERSON], kept["company"], invitation, f"?{request.url.query}"
        )
        onward = f"/desk/{slug}/setup/connection"
        response = page(
            "Connected", "QuickBooks is connected.", link=onward, link_text="Continue", goes_to=onward
        )
        response.delete_cookie(_COOKIE, path=CONNECT)
        return response

    return [
        Route(CONNECT, leave, methods=["GET"]),
        Route(COMPANY_CONNECT, leave, methods=["GET"]),
        Route(CALLBACK, come_back, methods=["GET"]),
    ]


def _kept(door: Door, request: Request) -> dict[str, Any] | None:
    """What this session sent to Intuit and for which company, if that is still valid."""
    kept = door.signatures.read("connect", request.cookies.get(_COOKIE, ""))
    if kept is None or kept["until"] <= door.now() or kept["session"] != door.sessions.id_of(request.cookies):
        return None
    return kept


def _invited(
    company: FindCompany, person: Person, slug: str | None, redirect_uri: str
) -> tuple[str, Invitation]:
    scope = company(person, slug)
    try:
        return scope.slug, begin_sign_in(scope.environment, redirect_uri)
    except QuickBooksError as error:
        raise RequestRefused(503, str(error)) from error


def _connected(company: FindCompany, person: Person, slug: str, invitation: Invitation, answer: str) -> str:
    """Exchange the response for a token and store it; whose it is. Raises RequestRefused, and stores nothing."""
    scope = company(person, slug)
    try:
        finish_sign_in(scope.environment, invitation, answer)
    except GrantDead as error:
        raise RequestRefused(
            403, "Intuit rejected this response: it was already used, or it has expired. Open /connect again."
        ) from error
    except QuickBooksError as error:
        raise RequestRefused(403 if isinstance(error, AuthenticationFailed) else 502, str(error)) from error
    return scope.slug
