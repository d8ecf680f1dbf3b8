"""Who may do what: every action of the desk by every role, from the table of routes, so that a new action cannot be forgotten."""

import uuid

import pytest
import requests

from rentaxis_pipelines.web.desk.forms import ROLES
from rentaxis_pipelines.web.people import Role
from rentaxis_pipelines_tests.support.desk_addresses import actions, desk_routes, nowhere
from rentaxis_pipelines_tests.web.desk.conftest import HOME, SLUG, Office, words

PEOPLE = {"vera": Role.viewer, "oscar": Role.operator, "ann": Role.approver}


def test_nothing_is_done_by_a_get_and_every_action_names_a_role():
    """A route either shows or acts; whatever acts was made by ``action``, and nobody who may only look may act."""
    assert len(actions()) > 5
    for route in [*desk_routes("GET"), *desk_routes("POST")]:
        assert route.methods in ({"GET", "HEAD"}, {"POST"}), route.path
    assert set(actions()) <= set(ROLES)
    assert {ROLES[path] for path in actions()} == {Role.operator, Role.approver}


@pytest.mark.parametrize("path", actions())
def test_each_action_is_refused_to_whoever_may_not_and_to_a_form_that_is_not_ours(office: Office, path: str):
    """The refusal says who, in which role, and what is missing. Whoever may is not refused, though there is nothing there to act on."""
    address = nowhere(path, SLUG)
    short = address.removeprefix(HOME)
    for who, role in PEOPLE.items():
        answer = office.post(short, who, form_on="/sync", nothing="")
        if role < ROLES[path]:
            assert answer.status_code == 403, (who, path)
            assert f"{who} is signed in as {role.name} and may not " in words(answer)
            assert f"this needs the role {ROLES[path].name}. Nothing was done." in words(answer)
        else:
            assert answer.status_code in (200, 303, 400, 404, 409, 503), (who, path, words(answer))
    forged = requests.post(
        office.url + address,
        {"form_token": uuid.uuid4().hex},
        headers={"x-forwarded-email": "ann"},
        timeout=60,
        allow_redirects=False,
    )
    assert forged.status_code in (
        403,
        404,
    )  # 404 where the page with the sentence is about something that is not there
    runs = office.instance.get_runs_count()
    by_get = requests.get(
        office.url + address, headers={"x-forwarded-email": "ann"}, timeout=60, allow_redirects=False
    )
    assert by_get.status_code in (200, 404)
    assert office.instance.get_runs_count() == runs
    assert "dagster" not in words(by_get).lower()
