"""The application that is served: guard, our own pages, Dagster's UI. Here: how they are combined, and who is let through to Dagster."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from rentaxis_pipelines.orchestration.errors_for_people import ERRORS_FOR_PEOPLE
from rentaxis_pipelines.settings import Scope, SettingsError
from rentaxis_pipelines.web import live, metrics, openid, quickbooks_callback, sign_in
from rentaxis_pipelines.web.desk import pages
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.desk.forms import NO_COMPANY, attach
from rentaxis_pipelines.web.desk.visit import DESK
from rentaxis_pipelines.web.door import PERSON
from rentaxis_pipelines.web.guard import Guard, answer
from rentaxis_pipelines.web.pages import page
from rentaxis_pipelines.web.people import Person, RequestRefused

_NO_PAGE = "There is no such page."
_NOT_DAGSTERS = (
    "{name} sees only some of the companies of this server, and Dagster's own pages show all of them. "
    "Everything of your companies is at the desk."
)


def front_door(desk: Desk) -> ASGIApp:
    """Everything behind the guard: our own pages; any other path is Dagster's."""
    errors = {
        RequestRefused: _refused,
        **dict.fromkeys(ERRORS_FOR_PEOPLE, _cannot),
    }
    application = Starlette(routes=routes(desk), exception_handlers=errors)
    attach(application.state, desk)
    return Guard(application, desk.door)


def routes(desk: Desk) -> list[BaseRoute]:
    """Every address there is: our own first, for Dagster answers to any."""
    door = desk.door
    return [
        *sign_in.routes(door),
        *(openid.routes(door) if door.settings.web_sign_in == "openid" else []),
        *quickbooks_callback.routes(door, lambda person, slug: _to_connect(desk, person, slug)),
        *metrics.routes(desk),
        *pages.routes(desk),
        Mount("/", app=_for_who_sees_every_company(desk.dagster.application)),
    ]


def _for_who_sees_every_company(dagster: ASGIApp) -> ASGIApp:
    """Dagster's pages, GraphQL and WebSocket: they know no companies, so nobody gets there who may see only some.

    The desk's own calls do not come this way (``DagsterCalls``).
    """

    async def application(scope: AsgiScope, receive: Receive, send: Send) -> None:
        person: Person | None = scope[PERSON]
        if person is not None and person.sees_every_company:
            await dagster(scope, receive, send)
            return
        refused = RequestRefused(404, _NO_PAGE)
        if person is not None:
            refused = RequestRefused(403, _NOT_DAGSTERS.format(name=person.name))
        if scope["type"] == "websocket":
            await live.refuse(refused, receive, send)
        else:
            response = answer(scope, refused, link=DESK, link_text="Open the desk")
            await response(scope, receive, send)

    return application


def _to_connect(desk: Desk, person: Person, slug: str | None) -> Scope:
    """The person's company of that short name, or their only one where none is said. Raises RequestRefused, SettingsError."""
    scopes = desk.scopes_of(person)
    if slug is None and len(scopes) > 1:
        raise RequestRefused(
            404,
            "There are several companies here. Open the desk, choose one, and connect it under Set-up, Connection.",
        )
    scope = next((each for each in scopes if slug in (None, each.slug)), None)
    if scope is None:
        raise RequestRefused(404, NO_COMPANY)
    if scope.problem is not None:
        raise SettingsError(scope.problem)
    return scope


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefused)
    return page("That did not work", str(error), status=error.status, headers=error.headers)


def _cannot(_request: Request, error: Exception) -> Response:
    """Errors whose text is meant for people."""
    return page("That did not work", str(error), status=503)
