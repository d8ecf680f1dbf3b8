"""Every address of the desk, from its own table of routes: a page or an action that is added is looked at without a line here.

Here: the routes, and real values for what their paths name (a run, a plan, a cause, a record, a month), from a company's ledger. Not
here: what is asked of them.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import psycopg
from psycopg.rows import dict_row
from starlette.routing import Route

from rentaxis_pipelines.web.desk import pages
from rentaxis_pipelines.web.desk.desk import Desk

# What a path may name, and where the ledger has such values. A name that is not here fails the tests that ask.
_VALUES = {
    "run": "select run_id as run from ledger.plans where realm = %(realm)s group by run_id order by min(created_at) desc limit 6",
    "plan": "select preview_id as plan from ledger.previews where realm = %(realm)s order by created_at desc limit 4",
    "cause": "select distinct cause from ledger.open_records where realm = %(realm)s limit 40",
    "source_type, source_id": """select distinct on (source_type, status, reason_code) source_type, source_id from ledger.row_results
                                 where realm = %(realm)s order by source_type, status, reason_code, source_id limit 40""",
    "month": "select '2026-10' as month union select '2026-11'",
    "decision": "select decision_id::text as decision from ledger.decisions where realm = %(realm)s limit 2",
}
_NAMED = re.compile(r"\{(\w+)(?::\w+)?\}")
_KINDS = ("source_type", "month")
_NOWHERE = {
    "run": "0",
    "plan": "0",
    "cause": "0",
    "source_type": "invoice",
    "source_id": "0",
    "month": "2026-10",
    "decision": "1",
}


def desk_routes(method: str) -> list[Route]:
    """The desk's routes for that method, without its static files and what answers for pages that do not exist."""
    every = pages.routes(cast(Desk, None))
    return [
        route
        for route in every
        if isinstance(route, Route) and method in (route.methods or ()) and "{rest:path}" not in route.path
    ]


def actions() -> list[str]:
    """The path of every action, as its route has it."""
    return [route.path for route in desk_routes("POST")]


def nowhere(path: str, slug: str) -> str:
    """The address of an action about something that is not there."""
    return _NAMED.sub(lambda named: slug if named[1] == "company" else _NOWHERE[named[1]], path)


def twins(database: str, realm: str, slug: str, of_each: int) -> list[tuple[str, str]]:
    """The address of every page and action that names something of that company in the ledger, under the address of the company ``slug``;
    each with the same address of what is nowhere.
    """
    values = _values_of(database, realm)
    found: list[tuple[str, str]] = []
    for route in [*desk_routes("GET"), *desk_routes("POST")]:
        if _NAMED.sub("", route.path) != route.path.replace("{company}", ""):
            # Of what is nowhere the kind and the month stay: a page may say them.
            lost = {
                names: [{**row, **{name: "0" for name in row if name not in _KINDS}} for row in rows]
                for names, rows in values.items()
            }
            both = zip(_filled(route.path, values, slug), _filled(route.path, lost, slug), strict=True)
            found += itertools.islice(both, of_each)
    return found


def addresses(database: str, realm: str, slug: str, of_each: int = 100) -> list[str]:
    """The address of every page; ``of_each``: how many at most of one that is about a run, a plan, a record and so on."""
    values = _values_of(database, realm)
    return [
        address
        for route in desk_routes("GET")
        for address in itertools.islice(_filled(route.path, values, slug), of_each)
    ]


def _values_of(database: str, realm: str) -> dict[str, list[dict[str, str]]]:
    with psycopg.connect(database, row_factory=cast(Any, dict_row)) as connection:
        return {
            names: cast(Any, connection.execute(cast(Any, statement), {"realm": realm}).fetchall())
            for names, statement in _VALUES.items()
        }


def further(links: Iterable[str], slug: str, of_each: int) -> list[str]:
    """Of these links of the company's pages, those that ask for something besides a page's own address: at most so many of a kind.

    A kind is a route with the names of what stands after the question mark.
    """
    chosen: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for link in dict.fromkeys(links):
        parts = urlsplit(link)
        asked = tuple(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))
        route = next(
            (each.path for each in desk_routes("GET") if each.path_regex.match(unquote(parts.path))), None
        )
        if asked and route and parts.path.startswith(f"/desk/{slug}"):
            chosen.setdefault((route, asked), []).append(link.partition("#")[0])
    return [link for of_kind in chosen.values() for link in of_kind[:of_each]]


def _filled(path: str, values: dict[str, list[dict[str, str]]], slug: str) -> Iterator[str]:
    names = [name for name in _NAMED.findall(path) if name != "company"]
    rows: list[dict[str, str]] = [{}]
    if names:
        (rows,) = [rows for known, rows in values.items() if set(known.split(", ")) == set(names)]
    for row in rows:
        known = {"company": slug, **row}
        yield _NAMED.sub(lambda named, known=known: quote(known[named[1]], safe=""), path)
