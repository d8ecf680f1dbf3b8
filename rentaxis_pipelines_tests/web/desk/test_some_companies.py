"""A person of one company at the desk: of another company there is nothing, on any page, by any action, under any address.

Two companies of one ledger: the demo company, with a month pushed, a plan and a decision; and elm, in which nothing was done yet. What a
person of elm is answered about the demo company's things is what they are answered about things that are nowhere.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dagster as dg
import psycopg
import pytest
import requests
from pydantic import SecretStr
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from rentaxis_pipelines.settings import Scope, load_company
from rentaxis_pipelines.settings.variables import Variables
from rentaxis_pipelines.settings.web import WebSettings
from rentaxis_pipelines.web import application
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.desk.launching import DagsterCalls
from rentaxis_pipelines.web.door import Door
from rentaxis_pipelines.web.people import Role
from rentaxis_pipelines.web.users import UsersFile, new_user
from rentaxis_pipelines_tests.support.chain import COMPANY_FILE
from rentaxis_pipelines_tests.support.desk_addresses import desk_routes, nowhere, twins
from rentaxis_pipelines_tests.web.conftest import running
from rentaxis_pipelines_tests.web.desk.conftest import SLUG, Office, words
from rentaxis_pipelines_tests.web.desk.run_cases import dagster_run, new_id, sync

OCTOBER = {"first_day": dt.date(2026, 10, 1), "last_day": dt.date(2026, 10, 31)}
OF_ELM = ("vic", "otto", "elle")
PEOPLE: dict[str, tuple[Role, tuple[str, ...] | None]] = {
    "vic": (Role.viewer, ("elm",)),
    "otto": (Role.operator, ("elm",)),
    "elle": (Role.approver, ("elm",)),
    "dana": (Role.operator, (SLUG,)),
    "both": (Role.viewer, (SLUG, "elm")),
    "new": (Role.viewer, ()),
    "ann": (Role.approver, None),
}
# Addresses without a company in them. One that is added is looked at here: what does it say of companies that are not the person's?
OPEN = {
    "/", "/desk", "/metrics", "/desk/static", "/desk/{rest:path}", "/sign-in", "/sign-out", "/connect", "/connect/callback", "",
}  # fmt: skip
NOT_THERE = "There is no such company here."


@dataclass
class TwoCompanies:
    """The desk of both companies, and what is known of the demo company."""

    url: str
    desk: Desk
    office: Office

    def ask(self, method: str, path: str, who: str, **sent: Any) -> requests.Response:
        """One request. ``path``: from the first slash."""
        headers = {"x-forwarded-email": who, "accept": "text/html"}
        return requests.request(
            method, self.url + path, headers=headers, timeout=60, allow_redirects=False, **sent
        )

    def act(self, path: str, who: str, **fields: str) -> requests.Response:
        """An action, with a form of the desk's own."""
        with requests.Session() as browser:
            browser.headers["x-forwarded-email"] = who
            shown = browser.get(f"{self.url}/desk/elm/sync", timeout=60)
            token = re.findall(r'name="form_token" value="(\w+)"', shown.text)[0]
            return browser.post(
                self.url + path, {"form_token": token, **fields}, timeout=60, allow_redirects=False
            )

    @property
    def database(self) -> str:
        return self.office.chain.environment.pipelines_database_url.get_secret_value()

    @property
    def realm(self) -> str:
        return self.office.chain.environment.quickbooks_realm_id

    def kept(self) -> dict[str, str]:
        """Everything that the ledger holds of the demo company, a sum for each table."""
        with psycopg.connect(self.database) as connection:
            tables = connection.execute(
                """select table_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
                   where table_schema = 'ledger' and column_name = 'realm' and table_type = 'BASE TABLE'"""
            ).fetchall()
            sums = "select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from ledger.{} t where realm = %s"
            rows = {
                name: connection.execute(sums.format(name), [self.realm]).fetchone()  # pyright: ignore[reportArgumentType]
                for (name,) in tables
            }
        return {name: row[0] for name, row in rows.items() if row}


@pytest.fixture
def two(
    office: Office, company_dagster: DagsterCalls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TwoCompanies]:
    monkeypatch.delenv("RENTAXIS_COMPANIES_FOLDER", raising=False)
    users = tmp_path / "people" / "users.yaml"
    with UsersFile(users).changing() as entries:
        for name, (role, companies) in PEOPLE.items():
            entries[name] = new_user(
                name, role, companies=None if companies is None else frozenset(companies)
            )
    file = tmp_path / "elm.yaml"
    file.write_text(COMPANY_FILE.read_text().replace("slug: demo", "slug: elm"))
    fixed = {
        "RENTAXIS_COMPANY_FILE": str(file),
        "QUICKBOOKS_REALM_ID": "222",
        "RENTAXIS_ORGANIZATION_ID": "2",
    }
    scopes = [Scope(office.chain.company), Scope(load_company(file), Variables(fixed=fixed, shared=True))]
    settings = WebSettings(
        web_sign_in="proxy", web_users_file=users, web_trusted_proxies="127.0.0.1", pipelines_secret_key=SecretStr("a key")
    )  # fmt: skip
    desks: list[Desk] = []

    def served(port: int) -> ASGIApp:
        desks.append(Desk(Door.on(port, settings, office.clock), company_dagster, lambda: scopes))
        return application.front_door(desks[0])

    with running(served) as port:
        yield TwoCompanies(f"http://localhost:{port}", desks[0], office)


@pytest.fixture
def worked(two: TwoCompanies) -> TwoCompanies:
    """The demo company has pushed a month, and previewed and decided something; Dagster knows those runs, and one that is going."""
    chain = two.office.chain
    run_id = new_id()
    sync(two.office, run_id)
    dagster_run(two.office, dg.DagsterRunStatus.SUCCESS, run_id)
    chain.preview("invoices", **OCTOBER)
    failed = next(row for row in chain.results_of(run_id) if row.status == "failed")
    chain.decide("exclude", failed.source_type, failed.source_id)
    dagster_run(two.office, dg.DagsterRunStatus.STARTED)
    return two


def test_every_address_of_another_company_is_as_one_of_no_company(two: TwoCompanies) -> None:
    """Every route and method of the whole front door, by each role: the same answer, letter by letter."""
    routes = application.routes(two.desk)
    assert {
        each.path for each in routes if isinstance(each, Route | Mount) and "{company}" not in each.path
    } <= OPEN
    of_companies = [each for each in routes if isinstance(each, Route) and "{company}" in each.path]
    assert len(of_companies) > len(desk_routes("GET"))
    runs = two.office.instance.get_runs_count()
    for route in of_companies:
        for method in route.methods or ():
            sent = {"data": {"form_token": "x"}} if method == "POST" else {}
            for who in OF_ELM:
                theirs, nobodys = (
                    two.ask(method, nowhere(route.path, slug), who, **sent) for slug in (SLUG, "nobody")
                )
                if route.path.endswith("/connect") and who != "elle":
                    assert (
                        theirs.status_code == nobodys.status_code == 403
                    )  # not an approver, of whatever company
                    continue
                assert theirs.status_code == nobodys.status_code == 404, (method, route.path, who)
                assert theirs.text == nobodys.text
                assert method == "HEAD" or NOT_THERE in theirs.text
    assert two.office.instance.get_runs_count() == runs


def test_what_is_another_companys_is_nowhere_under_ones_own_address(worked: TwoCompanies) -> None:
    """Its runs, plans, causes, records and decisions: pages, files and actions answer as for ids that nobody ever gave."""
    asked = twins(worked.database, worked.realm, "elm", of_each=3)
    posts = {route.path_regex for route in desk_routes("POST")}
    before, runs = worked.kept(), worked.office.instance.get_runs_count()
    fields = {
        "why": "mine", "rows": "1", "days": "1", "amount": "1.00", "newest": "2026-11-01T00:00:00+00:00", "records": "1", "money": "$1.00",
        "source_type": "invoice", "source_id": "1", "kind": "exclude", "force": "yes", "mark": "x",
    }  # fmt: skip
    assert len(asked) > 30
    for address, elsewhere in asked:
        method = "POST" if any(path.match(address) for path in posts) else "GET"
        answers = [
            worked.act(each, "elle", **fields) if method == "POST" else worked.ask(method, each, "elle")
            for each in (address, elsewhere)
        ]
        said = [_without_ids(words(answer), address, elsewhere) for answer in answers]
        assert answers[0].status_code == answers[1].status_code, address
        assert said[0] == said[1], address
    assert worked.kept() == before
    assert worked.office.instance.get_runs_count() == runs


def _without_ids(said: str, *addresses: str) -> str:
    """What was said, but for the ids of the addresses that were asked for."""
    for part in {part for address in addresses for part in address.split("/") if re.search(r"\d", part)}:
        said = said.replace(part, "?")
    return said


def test_no_page_of_theirs_names_anything_of_another_company(worked: TwoCompanies) -> None:
    """Every page about no one thing in particular, and what a search finds: no run, no record, no company's name."""
    rows = worked.office.chain.results_of(worked.office.instance.get_runs(limit=5)[-1].run_id)
    rows = rows or [
        row for run in worked.office.instance.get_runs() for row in worked.office.chain.results_of(run.run_id)
    ]
    names = {row.source_label for row in rows if len(row.source_label) > 8}
    runs = {run.run_id for run in worked.office.instance.get_runs()}
    assert len(names) > 20
    searched = [f"/desk/elm/find?q={quote(row.source_label.split()[-1])}" for row in rows[:10]]
    pages = [nowhere(route.path, "elm") for route in desk_routes("GET") if route.path.count("{") == 1]
    for address in (*pages, *searched):
        answer = worked.ask("GET", address, "elle")
        assert answer.status_code in (200, 303, 400, 503), (address, words(answer))
        shown = words(answer)
        assert not [name for name in names if name in shown], address
        assert not [run for run in runs if run in answer.text], address
        assert "/desk/demo" not in answer.text, address
        assert "/overview" not in answer.text, address


def test_their_own_company_is_all_theirs(two: TwoCompanies) -> None:
    """A person of the demo company starts a sync there, and it is theirs by name; its pages lead to nothing of Dagster's."""
    with requests.Session() as browser:
        browser.headers["x-forwarded-email"] = "dana"
        shown = browser.get(f"{two.url}/desk/demo/sync", timeout=60)
        token, mark = (
            re.findall(rf'name="{name}" value="([\w-]+)"', shown.text)[0] for name in ("form_token", "mark")
        )
        form = {"form_token": token, "mark": mark, "type": ["invoices"], "days": "last_month", "do": "sync"}
        answer = browser.post(f"{two.url}/desk/demo/sync", form, timeout=60, allow_redirects=False)
    assert answer.status_code == 303, words(answer)
    run = two.office.launched()
    assert answer.headers["location"] == f"/desk/demo/runs/{run.run_id}"
    assert (run.tags["requested_by"], run.job_name) == ("dana", "bulk_sync__demo")
    assert two.ask("GET", f"/desk/demo/runs/{run.run_id}", "dana").status_code == 200
    assert two.ask("GET", f"/desk/elm/runs/{run.run_id}", "elle").status_code == 404


def test_the_way_in_leads_to_what_is_theirs(two: TwoCompanies) -> None:
    """One company: its own page. None: a sentence."""
    for who, home in (("elle", "/desk/elm"), ("dana", "/desk/demo")):
        for path in ("/", "/desk"):
            answer = two.ask("GET", path, who)
            assert (answer.status_code, answer.headers.get("location")) == (303, home)
    for path in ("/", "/desk"):
        answer = two.ask("GET", path, "new")
        assert answer.status_code == 403
        assert "new has no company here yet." in answer.text


def test_only_whoever_sees_every_company_is_told_that_a_run_is_another_companys(worked: TwoCompanies) -> None:
    run_id = next(
        run.run_id for run in worked.office.instance.get_runs() if run.status is dg.DagsterRunStatus.SUCCESS
    )
    assert "belongs to another company" in words(worked.ask("GET", f"/desk/elm/runs/{run_id}", "ann"))
    assert "There is no such run." in words(worked.ask("GET", f"/desk/elm/runs/{run_id}", "both"))
