"""Signing in with OpenID Connect, at a real provider over HTTP: the round trip, and every answer that must not be believed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import requests
from pydantic import SecretStr

from rentaxis_pipelines_tests.web.conftest import AS_PAGE, Dagster, Serve, Served, running, write_users
from rentaxis_pipelines_tests.web.graphql_calls import LAUNCH_RUN, VERSION, run_params, typed
from rentaxis_pipelines_tests.web.provider import CLIENT_ID, CLIENT_SECRET, Provider


@dataclass(frozen=True)
class Organization:
    """A door whose people sign in at the provider."""

    served: Served
    provider: Provider


@pytest.fixture(scope="module")
def organization(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organization]:
    users = write_users(tmp_path_factory.mktemp("openid") / "users.yaml", passwords=False)
    provider = Provider()
    with (
        running(provider.application) as port,
        serve(
            users,
            web_sign_in="openid",
            web_openid_issuer=f"http://127.0.0.1:{port}",
            web_openid_client_id=CLIENT_ID,
            web_openid_client_secret=SecretStr(CLIENT_SECRET),
        ) as served,
    ):
        served.url = served.url.replace("127.0.0.1", "localhost")  # where the provider sends people back to
        yield Organization(served, provider)


@pytest.fixture
def provider(organization: Organization) -> Iterator[Provider]:
    """The provider, well behaved again afterwards."""
    yield organization.provider
    blank = Provider(key=organization.provider.key, foreign=organization.provider.foreign)
    organization.provider.__dict__.update(blank.__dict__)


def back_from_provider(
    organization: Organization, browser: requests.Session, next_page: str = "/runs"
) -> str:
    """Goes to the provider and signs in; the address it sends the browser back to."""
    start = browser.get(
        f"{organization.served.url}/sign-in/openid",
        params={"next": next_page},
        allow_redirects=False,
        timeout=30,
    )
    assert start.status_code == 302, start.text
    back = browser.get(start.headers["location"], allow_redirects=False, timeout=30)
    return back.headers["location"]


def is_signed_in(served: Served, browser: requests.Session) -> bool:
    return served.ask(browser, VERSION).status_code == 200


def test_the_round_trip_signs_in(organization: Organization, provider: Provider, dagster: Dagster):
    """The sign-in page leads to the provider, the answer to a page of ours that goes on by itself; the run carries the name."""
    browser = requests.Session()
    shown = browser.get(f"{organization.served.url}/sign-in?next=/runs", timeout=30).text
    assert 'href="/sign-in/openid?next=%2Fruns"' in shown
    answer = browser.get(back_from_provider(organization, browser), timeout=30)
    assert answer.status_code == 200
    assert 'content="0;url=/runs"' in answer.text
    session = next(value for value in answer.raw.headers.getlist("set-cookie") if "rentaxis_session" in value)
    assert "SameSite=strict" in session
    launched = organization.served.ask(browser, LAUNCH_RUN, {"params": run_params(tags=typed("ann"))})
    assert launched.status_code == 200
    assert dagster.newest_tags()["requested_by"] == "oscar"


def test_what_the_trip_takes_along_is_kept_in_a_lax_cookie_for_ten_minutes(organization: Organization):
    """It has to come back with a step from the provider's site; only to the addresses of this sign-in."""
    start = requests.get(f"{organization.served.url}/sign-in/openid", allow_redirects=False, timeout=30)
    (cookie,) = start.raw.headers.getlist("set-cookie")
    for part in ("rentaxis_openid=", "samesite=lax", "httponly", "Max-Age=600", "path=/sign-in/openid"):
        assert part.lower() in cookie.lower()
    asked = urlsplit(start.headers["location"]).query
    for part in ("code_challenge_method=S256", "nonce=", "state="):
        assert part in asked


@pytest.mark.parametrize(
    ("claims", "status", "sentence"),
    [
        ({"email": "stranger@example.com"}, 403, "stranger@example.com is not a user here. Ask the administrator of this server"),
        ({"email_verified": False}, 403, "The sign-in service has not verified your e-mail address."),
        ({"email_verified": None}, 403, "The sign-in service has not verified your e-mail address."),
        ({"email": None}, 403, "The sign-in service did not say who you are: its response has no claim email."),
        ({"email": "<img src=//evil.example>"}, 403, "&lt;img src=//evil.example&gt; is not a user here."),
        ({"aud": "another client"}, 403, "Signing in was declined, or this response belongs to another sign-in."),
        ({"aud": "another client", "azp": CLIENT_ID}, 403, "Signing in was declined"),
        ({"iss": "https://evil.example"}, 403, "Signing in was declined"),
        ({"nonce": "of another sign-in"}, 403, "Signing in was declined"),
        ({"exp": int(time.time()) - 3600}, 403, "Signing in was declined"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_about_a_user_of_ours_signs_nobody_in(
    claims, status, sentence, organization: Organization, provider: Provider
):
    """One sentence, no session."""
    provider.claims = claims
    browser = requests.Session()
    answer = browser.get(back_from_provider(organization, browser), headers=AS_PAGE, timeout=30)
    assert answer.status_code == status
    assert sentence in answer.text
    assert "rentaxis_session" not in browser.cookies
    assert not is_signed_in(organization.served, browser)


def test_a_signature_of_another_key_signs_nobody_in(organization: Organization, provider: Provider):
    provider.signs_with_foreign_key = True
    browser = requests.Session()
    assert browser.get(back_from_provider(organization, browser), timeout=30).status_code == 403
    assert not is_signed_in(organization.served, browser)


def test_an_answer_with_another_state_signs_nobody_in(organization: Organization, provider: Provider):
    """An answer given to somebody else, or to nobody, or used before."""
    theirs = back_from_provider(organization, requests.Session())
    browser = requests.Session()
    mine = back_from_provider(organization, browser)
    for address in (theirs, f"{organization.served.url}/sign-in/openid/callback", mine, mine):
        answer = browser.get(address, timeout=30)
        assert answer.status_code == 403
        assert "belongs to another sign-in" in answer.text
    assert not is_signed_in(organization.served, browser)


def test_a_sign_in_that_is_declined_is_a_sentence(organization: Organization, provider: Provider):
    provider.error = "access_denied"
    browser = requests.Session()
    answer = browser.get(back_from_provider(organization, browser), timeout=30)
    assert answer.status_code == 403
    assert "Signing in was declined" in answer.text


def test_a_provider_that_is_away_is_a_sentence(serve: Serve, organization: Organization, provider: Provider):
    """And nobody comes in meanwhile."""
    provider.down = True
    settings = organization.served.door.settings
    with serve(
        settings.web_users_file,
        web_sign_in="openid",
        web_openid_issuer=settings.web_openid_issuer,
        web_openid_client_id=CLIENT_ID,
        web_openid_client_secret=settings.web_openid_client_secret,
    ) as served:
        answer = requests.get(f"{served.url}/sign-in/openid", timeout=30)
        assert (answer.status_code, "cannot be reached" in answer.text) == (502, True)


def test_a_password_form_signs_nobody_in_there(organization: Organization):
    """Users of a provider have no password here; an empty one least of all."""
    browser = requests.Session()
    answer = browser.post(f"{organization.served.url}/sign-in", {"user": "oscar", "password": ""}, timeout=30)
    assert answer.status_code == 404


def test_the_session_ends_when_the_user_is_removed(organization: Organization, provider: Provider):
    """Though the provider still knows the person."""
    browser = requests.Session()
    browser.get(back_from_provider(organization, browser), timeout=30)
    assert is_signed_in(organization.served, browser)
    assert organization.served.users is not None
    with organization.served.users.changing() as entries:
        oscar = entries.pop("oscar")
    assert not is_signed_in(organization.served, browser)
    with organization.served.users.changing() as entries:
        entries["oscar"] = oscar
