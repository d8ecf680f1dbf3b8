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
    companies,
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
from rentaxis_pipelines.web.people import RequestRefused

STATIC = f"{DESK}/static"


def routes(desk: Desk) -> list[BaseRoute]:
    """Every address that is the desk's."""

    async def elsewhere(request: Request) -> Response:
        """Not a page of the desk: without this, Dagster's own application would answer with an empty page."""
        path = request.url.path
        if path.endswith("/"):
            return RedirectResponse(path.rstrip("/"), 303)
        raise RequestRefused(404, "The desk has no such page. Open /desk and go on from there.")

    return [
        *companies.routes(desk),
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
