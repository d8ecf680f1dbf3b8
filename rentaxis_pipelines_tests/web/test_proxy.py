"""Behind a proxy that signs people in and names them in a header. This test's own address is the proxy's, or is not."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from rentaxis_pipelines_tests.web.conftest import Dagster, Serve, Served, write_users
from rentaxis_pipelines_tests.web.graphql_calls import LAUNCH_RUN, VERSION, run_params, typed


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory):
    return write_users(tmp_path_factory.mktemp("proxy") / "users.yaml", passwords=False)


@pytest.fixture(scope="module")
def behind(serve: Serve, users) -> Iterator[Served]:
    with serve(
        users,
        web_sign_in="proxy",
        web_trusted_proxies="127.0.0.1, 10.0.0.0/8",
        web_public_url="https://books.example.com",
    ) as served:
        yield served


def ask(served: Served, user: str | None, query: str = VERSION, variables=None, **headers: str):
    named = {} if user is None else {"x-forwarded-email": user}
    return requests.post(
        f"{served.url}/graphql",
        json={"query": query, "variables": variables},
        headers={"host": "books.example.com", "origin": "https://books.example.com", **named, **headers},
        timeout=60,
    )


def test_who_it_names_is_who_launches(behind: Served, dagster: Dagster):
    """With the role of the users file; a viewer launches nothing, a stranger sees nothing."""
    assert ask(behind, "Oscar", LAUNCH_RUN, {"params": run_params(tags=typed("ann"))}).status_code == 200
    assert dagster.newest_tags()["requested_by"] == "oscar"
    before = dagster.counts()
    assert ask(behind, "vera", LAUNCH_RUN, {"params": run_params(tags=[])}).status_code == 403
    for stranger in ("nobody", None, ""):
        assert ask(behind, stranger).status_code == 401
    assert dagster.counts() == before


def test_a_header_given_twice_is_refused(behind: Served):
    """One reader would see the proxy's, another the stranger's."""
    headers = [("host", "books.example.com"), ("x-forwarded-email", "vera"), ("x-forwarded-email", "ann")]
    connection = http.client.HTTPConnection(urlsplit(behind.url).netloc, timeout=30)
    connection.putrequest("GET", "/graphql?query={version}", skip_host=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


def test_nobody_else_may_name_a_user(serve: Serve, users):
    """The same header from an address that is no proxy's."""
    with serve(users, web_sign_in="proxy", web_trusted_proxies="10.0.0.0/8") as served:
        headers = {"x-forwarded-email": "ann", "x-forwarded-for": "10.0.0.1", "accept": "text/html"}
        assert requests.get(served.url, headers=headers, timeout=30).status_code == 401


def test_behind_tls_cookies_and_headers_say_so(behind: Served):
    """HSTS, and secure cookies with the prefix that binds them to the host."""
    answer = requests.get(
        f"{behind.url}/sign-out",
        headers={"host": "books.example.com", "x-forwarded-email": "ann"},
        timeout=30,
    )
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "wss://books.example.com" in answer.headers["content-security-policy"]
    assert "Secure" in answer.headers["set-cookie"]
    assert behind.door.sessions.cookie == "__Host-rentaxis_session"


def test_the_address_that_guesses_is_the_persons_not_the_proxys(serve: Serve, tmp_path):
    """Guesses behind the proxy count against who makes them; what a client itself claims does not count."""
    users = write_users(tmp_path / "users.yaml")
    with serve(users, web_sign_in="passwords", web_trusted_proxies="127.0.0.1") as served:
        for forwarded in ("203.0.113.9", "1.1.1.1, 203.0.113.9", "2.2.2.2, 203.0.113.9"):
            browser = requests.Session()
            browser.headers["x-forwarded-for"] = forwarded
            served.sign_in(browser, f"user{len(forwarded)}{forwarded[:3]}", "wrong password!")
        guesser, other = requests.Session(), requests.Session()
        guesser.headers["x-forwarded-for"] = "9.9.9.9, 203.0.113.9"
        other.headers["x-forwarded-for"] = "203.0.113.10"
        assert served.sign_in(guesser, "vera", "correct horse battery").status_code == 429
        assert served.sign_in(other, "vera", "correct horse battery").status_code == 303
