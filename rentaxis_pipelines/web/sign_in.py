"""Signing in with a password, and signing out, however one signed in.

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
WRONG = "That name and password do not belong together. Nothing was done."
_LOG = logging.getLogger(__name__)


def routes(door: Door) -> list[Route]:
    """GET and POST of both forms."""

    async def sign_in(request: Request) -> Response:
        goes_on = local_path(request.query_params.get("next"))
        if door.person_of(request.scope) is not None:
            return RedirectResponse(goes_on, 303)
        return _sign_in_page(door, request, goes_on)

    async def signed_in(request: Request) -> Response:
        if door.settings.web_sign_in != "passwords":
            raise RequestRefused(404, "Nobody signs in with a password here.")
        given = await _form(request)
        goes_on, name = local_path(given.get("next")), given.get("user", "").strip()
        try:
            door.check_form(request, given.get("form_token"))
            response = await _let_in(door, request, name, given.get("password", ""), goes_on)
        except RequestRefused as refused:
            return _sign_in_page(door, request, goes_on, refused=refused, user=name)
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


async def _let_in(door: Door, request: Request, name: str, password: str, goes_on: str) -> Response:
    """The response that signs in. Raises RequestRefused for a wrong password, and for one tried too soon."""
    assert door.users is not None
    address = client_of(request.scope, door.settings.trusted_proxies)
    door.slowed_down.begin(name, address)
    user = door.users.find(name)
    # Whoever waits for its turn holds no thread: those are Dagster's too.
    right = await to_thread.run_sync(is_right, user, password, limiter=door.comparing)
    if not right or user is None:
        _LOG.warning("A sign-in from %s failed.", address)
        raise RequestRefused(403, WRONG)
    door.slowed_down.went_well(name, address)
    response = RedirectResponse(goes_on, 303)
    door.sessions.begin(user, response)
    return response


def _sign_in_page(
    door: Door, request: Request, goes_on: str, *, refused: RequestRefused | None = None, user: str = ""
) -> Response:
    sentence, status = (str(refused), refused.status) if refused else ("", 200)
    if door.settings.web_sign_in == "openid":
        link = str(request.url.replace(path=OPENID, query="").include_query_params(next=goes_on))
        return page(
            "Sign in", sentence, status=status, link=link.removeprefix(str(request.base_url).rstrip("/")),
            link_text="Sign in with your organization's account",
        )  # fmt: skip
    if door.settings.web_sign_in == "proxy":
        return page("Sign in", "Open this site at its public address: people sign in there.", status=status)
    return door.form_token(
        request,
        lambda token: page(
            "Sign in", sentence, status=status, headers=refused.headers if refused else None,
            form="password", form_token=token, next=goes_on, user=user,
        ),
    )  # fmt: skip


async def _form(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=10) as form:
        return {key: value for key, value in form.items() if not isinstance(value, UploadFile)}
