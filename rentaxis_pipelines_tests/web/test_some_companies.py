"""A person of some companies gets none of Dagster's own pages: every one of its routes, its GraphQL however it is written, its WebSocket.

Dagster's real web application, so that a route that a new version brings is in the table.
"""

import dataclasses
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
import requests
from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute
from websockets.exceptions import ConnectionClosed, InvalidStatus

from rentaxis_pipelines.web.desk.launching import DagsterCalls
from rentaxis_pipelines.web.people import Person, Role
from rentaxis_pipelines.web.users import UsersFile
from rentaxis_pipelines_tests.web.conftest import AS_PAGE, JSON, REPOSITORY, Dagster, Served
from rentaxis_pipelines_tests.web.graphql_calls import (
    LAUNCH_BACKFILL,
    LAUNCH_INLINE,
    LAUNCH_RUN,
    TWO_WAYS,
    VERSION,
    run_params,
)
from rentaxis_pipelines_tests.web.test_live_pages import opened, told

SENTENCE = "sees only some of the companies of this server, and Dagster's own pages show all of them."
LOOKS = [
    VERSION,
    "{ runsOrError { ... on Runs { results { id } } } }",
    "{ workspaceOrError { __typename } }",
]
CHANGES = [
    'mutation { terminateRun(runId: "x") { __typename } }',
    'mutation { deleteRun(runId: "x") { __typename } }',
    'mutation { reloadRepositoryLocation(repositoryLocationName: "small") { __typename } }',
    "mutation { reloadWorkspace { __typename } }",
]


def give(users: Path, name: str, *companies: str) -> None:
    with UsersFile(users).changing() as entries:
        entries[name] = dataclasses.replace(entries[name], companies=frozenset(companies))


@pytest.fixture(params=["viewer", "operator", "approver"])
def of_elm(
    request: pytest.FixtureRequest, with_passwords: Served, changed_users: Path
) -> Iterator[requests.Session]:
    """A browser in which somebody of the one company elm is signed in; in each role."""
    name = {"viewer": "vera", "operator": "oscar", "approver": "ann"}[request.param]
    give(changed_users, name, "elm")
    yield with_passwords.signed_in(name)


def paths_of(dagster: Dagster) -> list[str]:
    """An address for every route of Dagster's application, its mounts included."""
    assert isinstance(dagster.application, Starlette)
    routes = [each for each in dagster.application.routes if isinstance(each, Route | Mount | WebSocketRoute)]
    return [re.sub(r"\{\w+(:\w+)?\}", "x", each.path) for each in routes]


def test_no_route_of_dagsters_is_shown(of_elm, with_passwords: Served, dagster: Dagster):
    """A sentence and the way to the desk, whatever the method; nothing was done."""
    paths = {*paths_of(dagster), "/graphql", "/overview", "/runs", "/runs/x", "/desk-of-dagster", "/x/y"}
    assert len(paths) > 10
    before = dagster.counts()
    for path in paths - {"", "/"}:  # the start page is the desk's
        for method, headers in (("GET", AS_PAGE), ("HEAD", {}), ("POST", JSON)):
            answer = of_elm.request(
                method,
                with_passwords.url + path,
                headers=headers,
                data="{}",
                timeout=60,
                allow_redirects=False,
            )
            assert answer.status_code in ((400, 403) if method == "POST" else (403,)), (method, path)
            if method == "GET":
                assert SENTENCE in answer.text.replace("&#39;", "'"), path
                assert 'href="/desk"' in answer.text
    assert dagster.counts() == before


def test_no_graphql_is_answered(of_elm, with_passwords: Served, dagster: Dagster):
    """By POST, and by GET as far as that is allowed at all: an error in GraphQL's own form, without data."""
    before = dagster.counts()
    for query in (*LOOKS, *CHANGES, LAUNCH_INLINE, TWO_WAYS):
        answer = with_passwords.ask(of_elm, query)
        assert answer.status_code == 403, query
        assert answer.json()["data"] is None
        by_get = of_elm.get(f"{with_passwords.url}/graphql", params={"query": query}, timeout=60)
        assert by_get.status_code in (403, 405), query
        assert by_get.json()["data"] is None
    assert dagster.counts() == before


def test_no_launch_and_no_backfill_comes_through(of_elm, with_passwords: Served, dagster: Dagster):
    """Not of their own company either: that is what the desk is for."""
    before = dagster.counts()
    days = {"selector": {"partitionSetName": "days_partition_set", "repositorySelector": REPOSITORY}}
    for query, variables in (
        (LAUNCH_RUN, {"params": run_params(tags=[])}),
        (LAUNCH_BACKFILL, {"params": {**days, "partitionNames": ["2026-10-01"]}}),
        (LAUNCH_BACKFILL, {"params": {"assetSelection": [{"path": ["results_of_day"]}], "partitionNames": ["2026-10-01"]}}),
    ):  # fmt: skip
        assert with_passwords.ask(of_elm, query, variables).status_code == 403
    assert dagster.counts() == before


def test_no_websocket_is_opened(of_elm, with_passwords: Served):
    """The handshake itself is refused, with the sentence."""
    with pytest.raises(InvalidStatus) as refused:
        opened(with_passwords, of_elm.cookies.get_dict())
    assert refused.value.response.status_code == 403
    assert SENTENCE in refused.value.response.body.decode()


def test_whoever_is_given_only_some_companies_loses_what_is_open(with_passwords: Served, changed_users: Path):
    """At once and without signing in anew: a live page closes, and the next page is refused. And the other way round."""
    browser = with_passwords.signed_in("oscar")
    page = f"{with_passwords.url}/overview"
    assert browser.get(page, headers=AS_PAGE, timeout=60).status_code == 200
    with opened(with_passwords, browser.cookies.get_dict()) as live:
        assert told(live, type="connection_init", payload={})["type"] == "connection_ack"
        give(changed_users, "oscar", "elm")
        with pytest.raises(ConnectionClosed):
            told(live, type="connection_init", payload={})
    assert browser.get(page, headers=AS_PAGE, timeout=60).status_code == 403
    with UsersFile(changed_users).changing() as entries:
        entries["oscar"] = dataclasses.replace(entries["oscar"], companies=None)
    assert browser.get(page, headers=AS_PAGE, timeout=60).status_code == 200


def test_the_desks_own_calls_launch_for_their_company_alone(dagster: Dagster):
    """These do not come through the door; should a page ever ask for another company's job, nothing of it is left."""
    calls = DagsterCalls(dagster.application, dagster.instance)
    before = dagster.instance.get_runs_count()

    def launch(job: str, *companies: str) -> dict:
        written = run_params(tags=[])
        params = written | {"selector": written["selector"] | {"jobName": job}}
        person = Person("ann", Role.approver, frozenset(companies))
        ask = functools.partial(calls.ask, person, LAUNCH_RUN, {"params": params})
        return anyio.run(anyio.to_thread.run_sync, ask)["launchRun"]

    assert launch("undo_run__elm", "birch") == {
        "__typename": "UnauthorizedError",
        "message": "ann may not do this for another company. Nothing was done.",
    }
    assert launch("push", "elm")["__typename"] == "UnauthorizedError", "a job of no company's"
    assert dagster.instance.get_runs_count() == before
    assert launch("undo_run__elm", "elm", "birch")["__typename"] == "LaunchRunSuccess"
    assert dagster.newest_tags()["requested_by"] == "ann"


def test_the_desks_own_calls_launch_no_backfill_for_them(dagster: Dagster):
    """The desk launches none; an error of GraphQL's own stands for the refusal."""
    calls = DagsterCalls(dagster.application, dagster.instance)
    days = {"partitionSetName": "days_partition_set", "repositorySelector": REPOSITORY}
    params = {"selector": days, "partitionNames": ["2026-10-02"]}
    before = dagster.counts()
    for person, refused in (
        (Person("ann", Role.approver, frozenset({"elm"})), True),
        (Person("ann", Role.approver), False),
    ):
        ask = functools.partial(calls.ask, person, LAUNCH_BACKFILL, {"params": params})
        answer = anyio.run(anyio.to_thread.run_sync, ask)["launchPartitionBackfill"]
        assert answer["__typename"] == ("UnauthorizedError" if refused else "LaunchBackfillSuccess"), answer
        assert (dagster.counts() == before) is refused
