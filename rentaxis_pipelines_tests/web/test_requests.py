"""Which requests come through, and which do not: one table, run against the real web application of Dagster."""

import json
import socket
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
import requests

from rentaxis_pipelines_tests.web.conftest import AS_PAGE, JSON, Dagster, Served
from rentaxis_pipelines_tests.web.graphql_calls import (
    LAUNCH_INLINE,
    LAUNCH_RUN,
    TWO_WAYS,
    VERSION,
    run_params,
)

ASKS = json.dumps({"query": VERSION})
LAUNCHES = json.dumps({"query": LAUNCH_RUN, "variables": {"params": run_params(tags=[])}})
PLAIN = {"content-type": "text/plain"}
REPORT = "/report_asset_materialization/results_of_day"
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
PARTS = f'--b\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{LAUNCHES}\r\n--b--\r\n'
SUBSCRIBES = "subscription { locationStateChangeEvents { __typename } }"


def asked(query: str, **more: str) -> str:
    return "/graphql?" + "&".join(f"{key}={quote(value)}" for key, value in {"query": query, **more}.items())


@dataclass(frozen=True)
class Row:
    """``who``: a role, ``stranger``, or ``here`` where nobody signs in. ``{url}``, ``{port}`` stand for the door's."""

    who: str
    what: str
    method: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    launched: int = 0


TABLE = [
    # Nobody signs in: this machine's own pages alone.
    Row("here", "the UI", "GET", "/overview", 200, AS_PAGE),
    Row("here", "a question by GET", "GET", asked(VERSION), 200),
    Row("here", "a question", "POST", "/graphql", 200, JSON, ASKS),
    Row("here", "a launch of the UI", "POST", "/graphql", 200, {**JSON, "origin": "{url}"}, LAUNCHES, 1),
    Row("here", "a launch, charset named", "POST", "/graphql", 200, {"content-type": "application/json; charset=utf-8"}, LAUNCHES, 1),
    Row("here", "by the name localhost", "POST", "/graphql", 200, {**JSON, "host": "localhost:{port}", "origin": "http://localhost:{port}"}, LAUNCHES, 1),
    Row("here", "a launch by GET", "GET", asked(LAUNCH_INLINE), 405),
    Row("here", "a launch by GET, a picture's", "GET", asked(LAUNCH_INLINE), 405, {"accept": "image/*"}),
    Row("here", "a launch by HEAD", "HEAD", asked(LAUNCH_INLINE), 405),
    Row("here", "a launch by GET beside a question", "GET", asked(TWO_WAYS, operationName="Act"), 405),
    Row("here", "a launch by GET, question named", "GET", asked(TWO_WAYS, operationName="Look"), 405),
    Row("here", "a subscription by GET", "GET", asked(SUBSCRIBES), 405),
    Row("here", "query given twice", "GET", asked(VERSION) + "&query=" + quote(LAUNCH_INLINE), 400),
    Row("here", "a path that ends in a line break", "GET", asked(LAUNCH_INLINE).replace("?", "%0A?"), 400),
    Row("here", "a POST to it", "POST", "/graphql%0A", 400, PLAIN, LAUNCHES),
    Row("here", "a path written otherwise", "GET", asked(LAUNCH_INLINE).replace("/graphql", "/%67raphql"), 405),
    Row("here", "plain text, query in the address", "POST", asked(LAUNCH_INLINE), 415, PLAIN),
    Row("here", "plain text that is JSON", "POST", "/graphql", 415, PLAIN, LAUNCHES),
    Row("here", "plain text that names JSON", "POST", "/graphql", 415, {"content-type": "text/plain; application/json"}, LAUNCHES),
    Row("here", "no content type", "POST", asked(LAUNCH_INLINE), 415),
    Row("here", "application/graphql", "POST", "/graphql", 415, {"content-type": "application/graphql"}, LAUNCH_INLINE),
    Row("here", "a web form", "POST", "/graphql", 415, {"content-type": "application/x-www-form-urlencoded"}, "query=" + quote(LAUNCH_INLINE)),
    Row("here", "a multipart upload", "POST", "/graphql", 415, MULTIPART, PARTS),
    Row("here", "several at once", "POST", "/graphql", 400, JSON, f"[{LAUNCHES}]"),
    Row("here", "a subscription by POST", "POST", "/graphql", 400, JSON, json.dumps({"query": SUBSCRIBES})),
    Row("here", "no query", "POST", "/graphql", 400, JSON, "{}"),
    Row("here", "a query that is a list", "POST", "/graphql", 400, JSON, json.dumps({"query": [LAUNCH_INLINE]})),
    Row("here", "no GraphQL", "POST", "/graphql", 400, JSON, json.dumps({"query": "mutation {"})),
    Row("here", "no JSON", "POST", "/graphql", 400, JSON, LAUNCHES[:-1]),
    Row("here", "nested without end", "POST", "/graphql", 400, JSON, json.dumps({"query": "{a" * 20_000})),
    Row("here", "far too long", "POST", "/graphql", 413, JSON, " " * 8_000_001),
    Row("here", "a page of another site", "POST", "/graphql", 403, {**JSON, "origin": "https://evil.example"}, LAUNCHES),
    Row("here", "a page without an origin", "POST", "/graphql", 403, {**JSON, "origin": "null"}, LAUNCHES),
    Row("here", "a page of another port", "POST", "/graphql", 403, {**JSON, "origin": "http://127.0.0.1:1"}, LAUNCHES),
    Row("here", "https where there is none", "POST", "/graphql", 403, {**JSON, "origin": "https://127.0.0.1:{port}"}, LAUNCHES),
    Row("here", "another site by its metadata", "POST", "/graphql", 403, {**JSON, "sec-fetch-site": "cross-site"}, LAUNCHES),
    Row("here", "another port by its metadata", "POST", "/graphql", 403, {**JSON, "sec-fetch-site": "same-site"}, LAUNCHES),
    Row("here", "a question of another site", "GET", asked(VERSION), 403, {"sec-fetch-site": "cross-site"}),
    Row("here", "a link on another site", "GET", "/runs", 200, {**AS_PAGE, "sec-fetch-site": "cross-site"}),
    Row("here", "a name pointed at us", "POST", "/graphql", 403, {**JSON, "host": "evil.example:{port}", "origin": "http://evil.example:{port}"}, LAUNCHES),
    Row("here", "the UI under that name", "GET", "/", 403, {**AS_PAGE, "host": "evil.example:{port}"}),
    Row("here", "our name, another port", "GET", "/", 403, {"host": "127.0.0.1:1"}),
    Row("here", "through a proxy", "GET", "/", 403, {"x-forwarded-for": "203.0.113.9"}),
    Row("here", "a preflight", "OPTIONS", "/graphql", 405, {"access-control-request-method": "POST"}),
    Row("here", "PUT", "PUT", "/graphql", 405, JSON, LAUNCHES),
    Row("here", "DELETE", "DELETE", "/runs", 405),
    Row("here", "an asset reported", "POST", REPORT, 200, JSON, '{"partition": "2026-10-02"}'),
    Row("here", "an asset reported by any page", "POST", REPORT + "?partition=2026-10-02", 415),
    Row("here", "an asset reported by another site", "POST", REPORT, 403, {**JSON, "origin": "https://evil.example"}, "{}"),
    Row("here", "a check reported by any page", "POST", "/report_asset_check/results_of_day?passed=true", 415, PLAIN),
    Row("here", "an observation by any page", "POST", "/report_asset_observation/results_of_day", 415, PLAIN),
    # With sign-in.
    Row("stranger", "the UI", "GET", "/", 401, AS_PAGE),
    Row("stranger", "a question", "POST", "/graphql", 401, JSON, ASKS),
    Row("stranger", "a question by GET", "GET", asked(VERSION), 401),
    Row("stranger", "a launch", "POST", "/graphql", 401, JSON, LAUNCHES),
    Row("stranger", "an asset reported", "POST", REPORT, 401, JSON, "{}"),
    Row("stranger", "a run's log", "GET", "/logs/a/b/out", 401),
    Row("stranger", "a static file", "GET", "/favicon.png", 401),
    Row("stranger", "connecting QuickBooks", "GET", "/connect", 401),
    Row("stranger", "a proxy's header", "GET", "/", 401, {"x-forwarded-email": "ann"}),
    Row("stranger", "a made-up session", "GET", "/", 401, {"cookie": "rentaxis_session=eyJ1c2VyIjoiYW5uIn0.x"}),
    Row("stranger", "the sign-in page", "GET", "/sign-in", 200),
    Row("stranger", "the sign-in page of another name", "GET", "/sign-in", 403, {"host": "evil.example"}),
    Row("viewer", "the UI", "GET", "/overview", 200, AS_PAGE),
    Row("viewer", "a static file", "GET", "/favicon.png", 200),
    Row("viewer", "a question", "POST", "/graphql", 200, JSON, ASKS),
    Row("viewer", "a launch", "POST", "/graphql", 403, JSON, LAUNCHES),
    Row("viewer", "a launch beside a question", "POST", "/graphql", 403, JSON, json.dumps({"query": TWO_WAYS, "operationName": "Look"})),
    Row("viewer", "a launch by GET", "GET", asked(LAUNCH_INLINE), 405),
    Row("viewer", "an asset reported", "POST", REPORT, 403, JSON, "{}"),
    Row("viewer", "connecting QuickBooks", "GET", "/connect", 403),
    Row("operator", "a launch", "POST", "/graphql", 200, JSON, LAUNCHES, 1),
    Row("operator", "a launch beside a question", "POST", "/graphql", 200, JSON, json.dumps({"query": TWO_WAYS, "operationName": "Act"}), 1),
    Row("operator", "a launch from another site", "POST", "/graphql", 403, {**JSON, "origin": "https://evil.example"}, LAUNCHES),
    Row("operator", "a launch in plain text", "POST", asked(LAUNCH_INLINE), 415, PLAIN),
    Row("operator", "an asset reported", "POST", REPORT, 200, JSON, "{}"),
    Row("operator", "connecting QuickBooks", "GET", "/connect", 403),
    Row("operator", "the answer of Intuit", "GET", "/connect/callback?code=x&state=y&realmId=1", 403),
    Row("approver", "a launch", "POST", "/graphql", 200, JSON, LAUNCHES, 1),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.who}: {row.what}")
def test_each_request_gets_what_it_should(row: Row, browsers, dagster: Dagster):
    """The status, a sentence where it is refused, and as many runs launched as the table says: none by what is refused."""
    served, browser = browsers[row.who]
    names = {"url": served.url, "port": served.url.rpartition(":")[2]}
    headers = {key: value.format(**names) for key, value in row.headers.items()}
    runs, backfills = dagster.counts()
    answer = browser.request(
        row.method, served.url + row.path, headers=headers, data=row.body, allow_redirects=False, timeout=60
    )
    assert answer.status_code == row.status, answer.text[:300]
    assert dagster.counts() == (runs + row.launched, backfills)
    if row.status >= 400 and row.method != "HEAD" and row.headers != AS_PAGE:
        assert answer.text.strip()
        assert "Traceback" not in answer.text
        if row.path.startswith("/graphql") and "%0A" not in row.path:
            (error,) = answer.json()["errors"]  # the form in which Dagster's UI shows it
            assert error["message"].endswith(".")


@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.status == 200 and row.method == "GET"][:3], ids=str
)
def test_every_answer_carries_the_headers_that_keep_other_hosts_out(row: Row, browsers):
    """No picture, request or frame of another host; Dagster's own policy stays beside ours."""
    served, browser = browsers[row.who]
    headers = browser.get(served.url + row.path, headers=row.headers, timeout=30).headers
    policy = headers["content-security-policy"]
    for part in (
        "img-src 'self' data: blob:;",
        "frame-ancestors 'none'",
        "frame-src 'none'",
        "connect-src 'self' ws://",
    ):
        assert part in policy
    assert "http:" not in policy.replace("https: http: 'strict-dynamic'", "")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers  # of http alone


def test_a_host_named_twice_is_refused(without_sign_in: Served):
    """What reads the first and what reads the last would not agree."""
    port = int(without_sign_in.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_a_refused_launch_reads_well(browsers):
    """What Dagster's UI shows a viewer who launches."""
    served, browser = browsers["viewer"]
    answer = served.ask(browser, LAUNCH_RUN, {"params": run_params(tags=[])})
    assert answer.json() == {
        "data": None,
        "errors": [
            {
                "message": "vera is signed in as viewer and may not change anything: this needs the role operator. "
                "Nothing was done."
            }
        ],
    }


def test_a_viewer_sees_what_dagster_shows_who_may_only_look(browsers):
    """Buttons are greyed out, because Dagster itself knows what the person may do."""
    question = "{ permissions { permission value } }"
    for who, may in (("viewer", False), ("operator", True)):
        served, browser = browsers[who]
        found = {
            one["permission"]: one["value"]
            for one in served.ask(browser, question).json()["data"]["permissions"]
        }
        assert found["launch_pipeline_execution"] is may
        assert found["delete_pipeline_run"] is may


def test_a_link_from_another_site_leads_on_to_the_page(with_passwords: Served):
    """A browser sends no Strict cookie after a click elsewhere: the page it gets takes the step again, from our own site."""
    asked_for = "/runs?q=status%3AFAILURE"
    first = requests.get(with_passwords.url + asked_for, headers=AS_PAGE, timeout=30)
    assert first.status_code == 401
    step = first.text.split('content="0;url=')[1].split('"')[0].replace("&amp;", "&")
    browser = with_passwords.signed_in("vera")
    second = browser.get(with_passwords.url + step, allow_redirects=False, timeout=30)
    assert (second.status_code, second.headers["location"]) == (303, asked_for)
