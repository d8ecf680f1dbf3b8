"""The application that is served: guard, our own pages, Dagster's UI. Here: how they are combined."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from rentaxis_pipelines.orchestration.errors_for_people import ERRORS_FOR_PEOPLE
from rentaxis_pipelines.web import metrics, openid, quickbooks_callback, sign_in
from rentaxis_pipelines.web.desk import pages
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.desk.forms import attach
from rentaxis_pipelines.web.desk.visit import DESK
from rentaxis_pipelines.web.guard import Guard
from rentaxis_pipelines.web.pages import page
from rentaxis_pipelines.web.people import RequestRefused
from rentaxis_pipelines.web.quickbooks_callback import Connections


def front_door(desk: Desk, connections: Connections) -> ASGIApp:
    """Everything behind the guard: our own pages; any other path is Dagster's. ``connections``: of the company that /connect is about."""
    door = desk.door
    routes = [
        *sign_in.routes(door),
        *(openid.routes(door) if door.settings.web_sign_in == "openid" else []),
        *quickbooks_callback.routes(door, connections, lambda: _after_connecting(desk)),
        *metrics.routes(desk),
        *pages.routes(desk),
        Mount("/", app=desk.dagster.application),
    ]
    errors = {
        RequestRefused: _refused,
        **dict.fromkeys(ERRORS_FOR_PEOPLE, _cannot),
    }
    application = Starlette(routes=routes, exception_handlers=errors)
    attach(application.state, desk)
    return Guard(application, door)


def _after_connecting(desk: Desk) -> str:
    """The page of the company that was connected: what is the case now, and what is next."""
    scopes = desk.scopes()
    return f"{DESK}/{scopes[0].slug}/setup/connection" if scopes else "/"


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefused)
    return page("That did not work", str(error), status=error.status, headers=error.headers)


def _cannot(_request: Request, error: Exception) -> Response:
    """Errors whose text is meant for people."""
    return page("That did not work", str(error), status=503)
