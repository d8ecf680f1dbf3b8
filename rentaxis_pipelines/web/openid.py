"""Signing in with OpenID Connect: the round trip to the organization's provider, done by Authlib.

The provider redirects the browser back from its own site, so the state of the round trip is kept in a separate cookie: Lax, for ten
minutes, for these two paths only. The session cookie stays Strict. The person the provider names must be in the users file.
"""

import logging
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rentaxis_pipelines.web.door import Door
from rentaxis_pipelines.web.pages import local_path, page
from rentaxis_pipelines.web.people import RequestRefused
from rentaxis_pipelines.web.sign_in import OPENID

CALLBACK = OPENID + "/callback"
_SECONDS = 600  # for signing in at the provider
_LOG = logging.getLogger(__name__)


def routes(door: Door) -> list[Route]:
    """The way to the provider, and the way back."""
    settings = door.settings
    issuer = settings.web_openid_issuer.rstrip("/")
    provider: Any = OAuth().register(
        "openid",
        client_id=settings.web_openid_client_id,
        client_secret=settings.web_openid_client_secret.get_secret_value(),
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "timeout": 15.0},
    )
    kept = Middleware(
        SessionMiddleware,
        secret_key=door.signatures.newest.hex(),
        session_cookie="rentaxis_openid",
        max_age=_SECONDS,
        path=OPENID,
        same_site="lax",
        https_only=door.addresses.https,
    )

    async def leave(request: Request) -> Response:
        if elsewhere := door.at_public_url(request):
            return elsewhere
        request.session.clear()
        request.session["next"] = local_path(request.query_params.get("next"))
        try:
            return await provider.authorize_redirect(request, door.addresses.public_url + CALLBACK)
        except (httpx2.HTTPError, AuthlibBaseError, ValueError, KeyError) as error:
            raise _unreachable(error) from error

    async def come_back(request: Request) -> Response:
        next_path = local_path(request.session.get("next"))
        return _welcome(door, await _claims(door, provider, request), next_path)

    return [
        Route(OPENID, leave, methods=["GET"], middleware=[kept]),
        Route(CALLBACK, come_back, methods=["GET"], middleware=[kept]),
    ]


async def _claims(door: Door, provider: Any, request: Request) -> dict[str, Any]:
    """What the provider says of the person, checked by Authlib. Raises RequestRefused; the round trip is over either way."""
    settings = door.settings
    try:
        metadata = await provider.load_server_metadata()
        token = await provider.authorize_access_token(
            request,
            claims_options={
                "iss": {"essential": True, "values": [metadata["issuer"]]},
                "aud": {"essential": True, "values": [settings.web_openid_client_id]},
            },
        )
    except (AuthlibBaseError, JoseError) as error:
        _LOG.warning("A sign-in with OpenID Connect failed: %s.", type(error).__name__)
        raise RequestRefused(
            403, "Signing in was declined, or this response belongs to another sign-in. Open /sign-in again."
        ) from error
    except (httpx2.HTTPError, ValueError, KeyError) as error:
        raise _unreachable(error) from error
    finally:
        request.session.clear()
    if str(metadata["issuer"]).rstrip("/") != settings.web_openid_issuer.rstrip("/"):
        raise RequestRefused(502, "The sign-in service's issuer is not the one in WEB_OPENID_ISSUER.")
    return token.get("userinfo") or {}


def _welcome(door: Door, claims: dict[str, Any], next_path: str) -> Response:
    claim = door.settings.web_openid_claim
    name = str(claims.get(claim) or "")
    if not name:
        raise RequestRefused(
            403, f"The sign-in service did not say who you are: its response has no claim {claim}."
        )
    # An unverified address may be anybody's.
    if claim == "email" and claims.get("email_verified") not in (True, "true"):
        raise RequestRefused(
            403, "The sign-in service has not verified your e-mail address. Verify it there."
        )
    assert door.users is not None
    user = door.users.find(name)
    if user is None:
        raise RequestRefused(
            403, f"{name} is not a user here. Ask the administrator of this server to add you."
        )
    # The browser comes from another site; it sends the Strict cookie only from one of our own pages.
    response = page("Signed in", "", goes_to=next_path, link=next_path, link_text="Continue")
    door.sessions.begin(user, response)
    return response


def _unreachable(error: Exception) -> RequestRefused:
    _LOG.warning("The sign-in service did not respond correctly: %s.", type(error).__name__)
    return RequestRefused(502, "The sign-in service cannot be reached. Try again later.")
