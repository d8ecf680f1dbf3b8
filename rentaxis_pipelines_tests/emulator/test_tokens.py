"""What the sign-in's answers carry, what revoking ends, and what a call is told that comes with no fit token."""

from typing import Any

import pytest
import requests

TOKEN = "oauth2/v1/tokens/bearer"
MALFORMED = "Malformed bearer token: too short or too long"


def refreshed(demo: Any, token: str) -> requests.Response:
    emulator = demo.emulator
    form = {"grant_type": "refresh_token", "refresh_token": token}
    auth = (emulator.client_id, emulator.client_secret)
    return requests.post(f"{emulator.base_url}/{TOKEN}", auth=auth, data=form, timeout=30)


def called(demo: Any, authorization: str) -> requests.Response:
    headers = {"Authorization": authorization, "Accept": "application/json"}
    return requests.get(f"{demo.root}/customer/58", headers=headers, timeout=30)


def test_answers_about_tokens_carry_an_intuit_tid_whatever_they_say(demo: Any) -> None:
    """Source: Intuit's own kits read it from every answer, good or bad (intuit-oauth for Node, README: `e.intuit_tid`)."""
    answers = [refreshed(demo, demo.emulator.refresh_token), refreshed(demo, "another")]
    assert [one.status_code for one in answers] == [200, 400]
    tids = {one.headers["intuit_tid"] for one in answers}
    assert len(tids) == 2 and all(tid.startswith("1-") for tid in tids)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_access_tokens_too(demo: Any, kind: str) -> None:
    """Source: Intuit's revoke endpoint disconnects the app from the company (its OAuth pages)."""
    emulator = demo.emulator
    tokens = refreshed(demo, emulator.refresh_token).json()
    bearer = f"Bearer {tokens['access_token']}"
    assert called(demo, bearer).status_code == 200
    revoked = requests.post(
        f"{emulator.base_url}/v2/oauth2/tokens/revoke", auth=(emulator.client_id, emulator.client_secret),
        json={"token": tokens[kind]}, timeout=30,
    )  # fmt: skip
    assert revoked.status_code == 200
    answer = called(demo, bearer)
    assert (answer.status_code, answer.json()["fault"]["error"][0]["code"]) == (401, "3200")
    assert refreshed(demo, tokens["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("authorization", ["Bearer ", "Bearer", "Basic abc", f"Bearer {'x' * 4097}"])
def test_a_malformed_bearer_says_so(demo: Any, authorization: str) -> None:
    """Source: python-quickbooks issue 250 (2021), the whole body."""
    answer = called(demo, authorization)
    assert answer.status_code == 401
    assert answer.json()["fault"] == {
        "error": [
            {
                "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                "detail": MALFORMED, "code": "3200", "element": None,
            }
        ],
        "type": "AUTHENTICATION",
    }  # fmt: skip


def test_what_length_is_malformed_is_a_switch(demo: Any) -> None:
    assert called(demo, "Bearer AB01").json()["fault"]["error"][0]["detail"] == "Token expired: AB01"
    demo.control("switches", {"shortest_bearer": 5})
    assert called(demo, "Bearer AB01").json()["fault"]["error"][0]["detail"] == MALFORMED
