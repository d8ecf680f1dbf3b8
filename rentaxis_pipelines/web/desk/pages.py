"""All pages of the desk, and the way to them. Here: the list. A page is a module with ``routes``; it is added here and, if it has a
place in the menu, in ``visit``.
"""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from rentaxis_pipelines.web.desk import (
    approve,
    attention,
    bulk,
    decide,
    decisions,
    drift,
    find,
    home,
    plans,
    proof,
    proof_books,
    proof_lists,
    record,
    run,
    run_downloads,
    runs,
    sync,
    undo,
)
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.desk.setup import pages as setup_pages
from rentaxis_pipelines.web.desk.visit import DESK
from rentaxis_pipelines.web.door import PERSON
from rentaxis_pipelines.web.people import Person, RequestRefused

STATIC = f"{DESK}/static"


def routes(desk: Desk) -> list[BaseRoute]:
    """Every address that is the desk's."""

    def to_first_company(request: Request) -> Response:
        person: Person = request.scope[PERSON]
        scopes = desk.scopes_of(person)
        if not scopes and person.sees_every_company:
            raise RequestRefused(503, "No company is set up on this server.")
        if not scopes:
            raise RequestRefused(
                403, f"{person.name} has no company here yet. Ask the administrator of this server for one."
            )
        return RedirectResponse(f"{DESK}/{scopes[0].slug}", 303)

    async def elsewhere(request: Request) -> Response:
        """Not a page of the desk: without this, Dagster's own application would answer with an empty page."""
        path = request.url.path
        if path.endswith("/"):
            return RedirectResponse(path.rstrip("/"), 303)
        raise RequestRefused(404, "The desk has no such page. Open /desk and go on from there.")

    return [
        Route("/", to_first_company, methods=["GET"]),
        Route(DESK, to_first_company, methods=["GET"]),
        Mount(STATIC, StaticFiles(directory=Path(__file__).with_name("static"))),
        *home.routes(),
        *find.routes(),
        *record.routes(),
        *proof.routes(),
        *proof_books.routes(),
        *proof_lists.routes(),
        *sync.routes(),
        *run.routes(),
        *run_downloads.routes(),
        *runs.routes(),
        *plans.routes(),
        *approve.routes(),
        *undo.routes(),
        *drift.routes(),
        *attention.routes(),
        *bulk.routes(),
        *decide.routes(),
        *decisions.routes(),
        *setup_pages.routes(),
        Route(f"{DESK}/{{rest:path}}", elsewhere, methods=["GET"]),
    ]
