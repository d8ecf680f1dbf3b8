"""The way into the desk: a person's only company, or all of theirs on one page, those that need somebody first.

Here: the page. Not here: how a company stands (``reports.status``), a company's own first page (``home``).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from rentaxis_pipelines.reports.front_page import ConnectionLine, connection_line
from rentaxis_pipelines.reports.status import CompanyStatus, statuses_of
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.web.desk.broken import for_their_eyes
from rentaxis_pipelines.web.desk.desk import Desk, problem_of_models, version
from rentaxis_pipelines.web.desk.visit import DESK, TEMPLATES, title_of
from rentaxis_pipelines.web.door import PERSON
from rentaxis_pipelines.web.people import Person, RequestRefused

_FIRST: Final = ("stopped", "attention", "good")


class CompanyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One company. ``problem``: why nothing can run, or why it is not known how it stands. ``link``: None where that is not known."""

    title: str
    address: str
    status: CompanyStatus
    problem: str | None
    link: ConnectionLine | None


def routes(desk: Desk) -> list[BaseRoute]:
    """The start page, and the desk's own."""

    def start(request: Request) -> Response:
        scopes = _companies_of(desk, request.scope[PERSON])
        return RedirectResponse(DESK if len(scopes) > 1 else f"{DESK}/{scopes[0].slug}", 303)

    def show(request: Request) -> Response:
        person: Person = request.scope[PERSON]
        scopes = _companies_of(desk, person)
        return start(request) if len(scopes) == 1 else _page(desk, person, scopes)

    return [Route("/", start, methods=["GET"]), Route(DESK, show, methods=["GET"])]


def _companies_of(desk: Desk, person: Person) -> list[Scope]:
    """At least one. Raises RequestRefused where there is none."""
    scopes = desk.scopes_of(person)
    if not scopes and person.sees_every_company:
        raise RequestRefused(
            503, "No company is set up on this server yet. Add one with: rentaxis-sync companies add"
        )
    if not scopes:
        raise RequestRefused(
            403, f"{person.name} has no company here yet. Ask the administrator of this server for one."
        )
    return scopes


def _page(desk: Desk, person: Person, scopes: Sequence[Scope]) -> Response:
    now = dt.datetime.fromtimestamp(desk.door.now(), dt.UTC)
    scopes = [replace(scope, problem=scope.problem or problem_of_models(scope)) for scope in scopes]
    statuses = statuses_of(scopes, now)
    lines = [_line(desk, person, scope, status, now) for scope, status in zip(scopes, statuses, strict=True)]
    lines.sort(key=lambda line: (_FIRST.index(line.status.standing), line.title))
    text = TEMPLATES.get_template("companies.html").render(
        person=person,
        url=lambda: DESK,
        menu=(),
        companies=(),
        company_title="Companies",
        said="",
        models_problem=None,
        version=version(),
        lines=lines,
        standing={name: sum(line.status.standing == name for line in lines) for name in _FIRST},
    )
    return HTMLResponse(text, headers={"cache-control": "no-store"})


def _line(desk: Desk, person: Person, scope: Scope, status: CompanyStatus, now: dt.datetime) -> CompanyLine:
    return CompanyLine(
        title=title_of(scope),
        address=f"{DESK}/{scope.slug}",
        status=status,
        problem=None if status.problem is None else for_their_eyes(desk, person, status.problem),
        link=None if status.connection is None else connection_line(status.connection, now),
    )
