"""Connecting the QuickBooks company in the browser: /connect leads to Intuit, /connect/callback takes its answer.

Here: the two addresses, and that an answer belongs to the session that asked. Not here: what is said to Intuit, and where the grant is
kept (``quickbooks.connect``, ``sync.session``). Intuit sends the browser back from its own site, so the state is kept in a cookie
that is Lax, for ten minutes, for these two addresses alone.
"""

import hmac
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentaxis_pipelines.quickbooks import connect as oauth
from rentaxis_pipelines.quickbooks.auth import Application
from rentaxis_pipelines.quickbooks.faults import AuthenticationFailed, QuickBooksError
from rentaxis_pipelines.settings import Environment, load_environment
from rentaxis_pipelines.sync.session import TOKEN_PATH, token_store
from rentaxis_pipelines.web.door import PERSON, Door
from rentaxis_pipelines.web.pages import page
from rentaxis_pipelines.web.people import Refused, Role, need

CONNECT, CALLBACK = "/connect", "/connect/callback"
_COOKIE = "rentaxis_connect"
_SECONDS = 600  # for signing in to Intuit


def routes(door: Door) -> list[Route]:
    """The way to Intuit, and the way back."""
    redirect_uri = door.addresses.public_url + CALLBACK

    async def leave(request: Request) -> Response:
        need(request.scope[PERSON], Role.approver, "connect QuickBooks")
        environment = load_environment()
        invitation = oauth.invite(
            _application(environment), redirect_uri, authorize_url=_authorize_url(environment)
        )
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
        if not state or not hmac.compare_digest(state, request.query_params.get("state", "")):
            raise Refused(
                403,
                "This answer does not belong to your sign-in at Intuit. Nothing was kept; open /connect again.",
            )
        invitation = oauth.Invitation("", redirect_uri, state)
        realm = await run_in_threadpool(_keep_grant, invitation, str(request.url))
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


def _keep_grant(invitation: oauth.Invitation, answer_url: str) -> str:
    """Trades the answer for a token and keeps it; the company's id. Raises Refused, and nothing is kept."""
    environment = load_environment()
    try:
        token = oauth.accept(_application(environment), invitation, answer_url)
    except QuickBooksError as error:
        status = 403 if isinstance(error, AuthenticationFailed) else 502
        raise Refused(status, str(error).replace("run `rentaxis-sync connect`", "open /connect")) from error
    if token.realm_id != environment.quickbooks_realm_id:
        raise Refused(
            403,
            f"You signed in to company {token.realm_id}, but QUICKBOOKS_REALM_ID says "
            f"{environment.quickbooks_realm_id}: open /connect again and choose that company. Nothing was kept.",
        )
    with token_store(environment).locked() as held:
        held.save(token)
    return token.realm_id


def _application(environment: Environment) -> Application:
    return Application(
        environment.quickbooks_client_id,
        environment.quickbooks_client_secret.get_secret_value(),
        environment.quickbooks_auth_base_url + TOKEN_PATH,
    )


def _authorize_url(environment: Environment) -> str:
    """Intuit's page; an emulator has its own."""
    base = environment.quickbooks_auth_base_url
    return (
        oauth.AUTHORIZE_URL
        if str(urlsplit(base).hostname).endswith(".intuit.com")
        else f"{base}/connect/oauth2"
    )
