"""One request to a company's page: who asks, which company with its settings as they are now, and how a page answers.

Here: what every page needs. Not here: any page. Handlers run in a thread of their own, so they may read the database.
"""

import contextlib
import datetime as dt
import getpass
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rentaxis_pipelines.ledger.database import connect, looking_in, lost_connection_explained, migrate
from rentaxis_pipelines.render import templates
from rentaxis_pipelines.reports import run_words
from rentaxis_pipelines.settings import Company, Environment, Scope
from rentaxis_pipelines.sync.companies import REPORTS
from rentaxis_pipelines.web.desk.desk import Desk, problem_of_models, version
from rentaxis_pipelines.web.desk.launching import Launcher
from rentaxis_pipelines.web.door import PERSON
from rentaxis_pipelines.web.people import Person, Role

DESK = "/desk"
_SAID = "rentaxis_said"  # the cookie of a sentence for the next page
TEMPLATES = templates.environment(Path(__file__).with_name("templates"))
# Title of each page of the menu, and its place under the company's address.
MENU = (
    ("Home", ""),
    ("Sync", "sync"),
    ("Needs attention", "attention"),
    ("Find", "find"),
    ("Runs", "runs"),
    ("Proof", "proof"),
    ("Set-up", "setup"),
)


@dataclass(frozen=True)
class Visit:
    """``made_for``: the company as the server was started with; its settings now are ``scope``."""

    request: Request
    desk: Desk
    made_for: Scope

    @cached_property
    def scope(self) -> Scope:
        """The company with its settings as they are now. Raises SettingsError."""
        return self.made_for.current()

    @property
    def person(self) -> Person:
        """Who asks."""
        return self.request.scope[PERSON]

    @property
    def who(self) -> str:
        """The person's name, as it is kept with what they do; the user of this machine where nobody signs in."""
        return self.person.name or getpass.getuser()

    @property
    def environment(self) -> Environment:
        """The company's connections. Raises SettingsError."""
        return self.scope.environment

    @property
    def company(self) -> Company:
        """The company file. Raises SettingsError."""
        return self.scope.company

    @property
    def realm(self) -> str:
        """The QuickBooks company id. Raises SettingsError."""
        return self.environment.quickbooks_realm_id

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone; it cannot change while the server runs."""
        return self.made_for.company.zone

    @property
    def now(self) -> dt.datetime:
        """This instant, in UTC."""
        return dt.datetime.fromtimestamp(self.desk.door.now(), dt.UTC)

    @property
    def today(self) -> dt.date:
        """The company's own day."""
        return self.now.astimezone(self.zone).date()

    @property
    def query(self) -> QueryParams:
        """What stands after the question mark of the address."""
        return self.request.query_params

    @property
    def path(self) -> dict[str, str]:
        """The parts of the address that the page names."""
        return self.request.path_params

    @property
    def number(self) -> int:
        """The number of the page asked for, from 1."""
        written = self.query.get("page", "1")
        return int(written) if written.isascii() and written.isdigit() and 0 < len(written) < 8 else 1

    @property
    def launcher(self) -> Launcher:
        """Launches runs of the company in the person's name."""
        return Launcher(self.desk.dagster, self.person, self.who, self.scope)

    def may(self, role: str) -> bool:
        """Whether the person has the role, or a higher one."""
        return self.person.role >= Role[role]

    @contextlib.contextmanager
    def ledger(self) -> Generator[sa.Connection]:
        """The ledger, to be read; the company's reports are found without a schema. Raises LedgerError."""
        url = self.environment.pipelines_database_url.get_secret_value()
        self.desk.once(url, lambda: migrate(url))
        schema = self.environment.company_key.schema(REPORTS)
        with connect(url) as connection, looking_in(connection, schema), lost_connection_explained():
            yield connection

    def url(self, *parts: str, **query: object) -> str:
        """The address of a page of the company: ``url("runs", run_id, page=2)``. A query value of None is left out."""
        path = "/".join([f"{DESK}/{self.made_for.slug}", *(quote(part, safe="") for part in parts if part)])
        written = {name: str(value) for name, value in query.items() if value is not None}
        return f"{path}?{urlencode(written)}" if written else path

    def render(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """The page made of the template of that name, with the desk's frame around it."""

        def made(form_token: str) -> Response:
            said = self._said()
            text = TEMPLATES.get_template(template).render(**self._frame(form_token, said), **values)
            response = HTMLResponse(text, status, {"cache-control": "no-store"})
            if said:
                response.delete_cookie(_SAID, path=DESK)
            return response

        return self.desk.door.form_token(self.request, made)

    def sentence(
        self, title: str, sentence: str, status: int = 200, *, link: str = "", link_text: str = ""
    ) -> Response:
        """A page that only says something, with at most one link on."""
        return self.render(
            "sentence.html", status=status, title=title, sentence=sentence, link=link, link_text=link_text
        )

    def go(self, url: str, said: str = "") -> Response:
        """Lead the browser to that page, where ``said`` is shown once."""
        response = RedirectResponse(url, 303, {"cache-control": "no-store"})
        if said:
            door = self.desk.door
            signed = door.signatures.sign("said", {"said": said[:2_000]})
            response.set_cookie(
                _SAID, signed, 60, path=DESK, httponly=True, secure=door.addresses.https, samesite="strict"
            )
        return response

    def _said(self) -> str:
        kept = self.desk.door.signatures.read("said", self.request.cookies.get(_SAID, ""))
        return str(kept["said"]) if kept else ""

    def _frame(self, form_token: str, said: str) -> dict[str, Any]:
        here = self.request.url.path.removeprefix(self.url()).strip("/").partition("/")[0]
        return {
            "visit": self,
            "person": self.person,
            "url": self.url,
            "zone": self.zone,
            "name_of_record": run_words.record,
            "form_token": form_token,
            "said": said,
            "menu": [(title, self.url(place), place == here) for title, place in MENU],
            "companies": [
                (scope.slug, title_of(scope), scope.slug == self.made_for.slug)
                for scope in self.desk.scopes_of(self.person)
            ],
            "company_title": title_of(self.made_for),
            "version": version(),
            "models_problem": problem_of_models(self.made_for),
        }


def title_of(scope: Scope) -> str:
    """The company's short name as a heading: ``Elm Street``."""
    return scope.slug.replace("_", " ").title()
