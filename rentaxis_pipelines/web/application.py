"""The one application that is served: guard, door pages, Dagster's UI. Here: how they are put together."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from rentaxis_pipelines.orchestration.errors_for_people import ERRORS_FOR_PEOPLE
from rentaxis_pipelines.web import openid, quickbooks_callback, sign_in
from rentaxis_pipelines.web.door import Door
from rentaxis_pipelines.web.guard import Guard
from rentaxis_pipelines.web.pages import page
from rentaxis_pipelines.web.people import RequestRefused


def front_door(dagster: ASGIApp, door: Door) -> ASGIApp:
    """Everything behind the guard; what is none of the door's own pages is Dagster's."""
    routes = [
        *sign_in.routes(door),
        *(openid.routes(door) if door.settings.web_sign_in == "openid" else []),
        *quickbooks_callback.routes(door),
        Mount("/", app=dagster),
    ]
    errors = {
        RequestRefused: _refused,
        **dict.fromkeys(ERRORS_FOR_PEOPLE, _cannot),
    }
    return Guard(Starlette(routes=routes, exception_handlers=errors), door)


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefused)
    return page("That did not work", str(error), status=error.status, headers=error.headers)


def _cannot(_request: Request, error: Exception) -> Response:
    """Errors whose text is for people."""
    return page("That did not work", str(error), status=503)
