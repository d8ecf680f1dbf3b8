"""Signing in with a password, and signing out from any kind of sign-in.

Here: the two forms. Not here: OpenID Connect (``openid``), who is signed in (``door``), how guesses are slowed down (``passwords``).
"""

import logging

from anyio import to_thread
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentaxis_pipelines.web.addresses import client_of
from rentaxis_pipelines.web.door import Door
from rentaxis_pipelines.web.pages import local_path, page
from rentaxis_pipelines.web.passwords import is_right
from rentaxis_pipelines.web.people import RequestRefused

SIGN_IN, SIGN_OUT, OPENID = "/sign-in", "/sign-out", "/sign-in/openid"
WRONG = "The name or password is wrong. Nothing was done."
_LOG = logging.getLogger(__name__)


def routes(door: Door) -> list[Route]:
    """GET and POST of both forms."""

    async def sign_in(request: Request) -> Response:
        next_path = local_path(request.query_params.get("next"))
        if door.person_of(request.scope) is not None:
            return RedirectResponse(next_path, 303)
        return _sign_in_page(door, request, next_path)

    async def signed_in(request: Request) -> Response:
        if door.settings.web_sign_in != "passwords":
            raise RequestRefused(404, "Signing in with a password is not enabled here.")
        submitted = await _form(request)
        next_path, name = local_path(submitted.get("next")), submitted.get("user", "").strip()
        try:
            door.check_form(request, submitted.get("form_token"))
            response = await _signed_in_response(
                door, request, name, submitted.get("password", ""), next_path
            )
        except RequestRefused as refused:
            return _sign_in_page(door, request, next_path, refused=refused, user=name)
        return response

    async def sign_out(request: Request) -> Response:
        person = door.person_of(request.scope)
        who = f"You are signed in as {person.name} ({person.role.name})." if person and person.name else ""
        return door.form_token(
            request, lambda token: page("Sign out", who, form="sign-out" if who else "", form_token=token)
        )

    async def signed_out(request: Request) -> Response:
        door.check_form(request, (await _form(request)).get("form_token"))
        response = page("Signed out", "You are signed out.", link=SIGN_IN, link_text="Sign in")
        door.sessions.end(request.cookies, response)
        return response

    return [
        Route(SIGN_IN, sign_in, methods=["GET"]),
        Route(SIGN_IN, signed_in, methods=["POST"]),
        Route(SIGN_OUT, sign_out, methods=["GET"]),
        Route(SIGN_OUT, signed_out, methods=["POST"]),
    ]


async def _signed_in_response(
    door: Door, request: Request, name: str, password: str, next_path: str
) -> Response:
    """The response that signs in. Raises RequestRefused for a wrong password, or for an attempt during the wait."""
    assert door.users is not None
    address = client_of(request.scope, door.settings.trusted_proxies)
    door.slowed_down.begin(name, address)
    user = door.users.find(name)
    # Waiting for a turn must not hold a thread: Dagster needs them too.
    right = await to_thread.run_sync(is_right, user, password, limiter=door.comparing)
    if not right or user is None:
        _LOG.warning("A sign-in from %s failed.", address)
        raise RequestRefused(403, WRONG)
    door.slowed_down.succeeded(name, address)
    response = RedirectResponse(next_path, 303)
    door.sessions.begin(user, response)
    return response


def _sign_in_page(
    door: Door, request: Request, next_path: str, *, refused: RequestRefused | None = None, user: str = ""
) -> Response:
    sentence, status = (str(refused), refused.status) if refused else ("", 200)
    if door.settings.web_sign_in == "openid":
        link = str(request.url.replace(path=OPENID, query="").include_query_params(next=next_path))
        return page(
            "Sign in", sentence, status=status, link=link.removeprefix(str(request.base_url).rstrip("/")),
            link_text="Sign in with your organization's account",
        )  # fmt: skip
    if door.settings.web_sign_in == "proxy":
        return page("Sign in", "Open this site at its public address and sign in there.", status=status)
    return door.form_token(
        request,
        lambda token: page(
            "Sign in", sentence, status=status, headers=refused.headers if refused else None,
            form="password", form_token=token, next=next_path, user=user,
        ),
    )  # fmt: skip


async def _form(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=10) as form:
        return {key: value for key, value in form.items() if not isinstance(value, UploadFile)}
