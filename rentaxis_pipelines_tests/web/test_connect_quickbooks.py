"""Connecting the QuickBooks company in the browser: the real door, the emulated QuickBooks' own sign-in, the real ledger."""

from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
import pytest
import requests

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines_tests.support.connected import connect_environment
from rentaxis_pipelines_tests.web.conftest import AS_PAGE, Served

COMPANY_FILE = Path(__file__).parents[2] / "config" / "company.demo.yaml"


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch, ledger_database: str, quickbooks: Emulator) -> str:
    """The settings of a company that is not connected yet; the ledger's address."""
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(COMPANY_FILE))
    connect_environment(monkeypatch, ledger_database, ledger_database, quickbooks)
    with psycopg.connect(ledger_database) as connection:
        connection.execute("delete from ledger.oauth_tokens")
    return ledger_database


def connected(ledger: str) -> list[str]:
    """The realms whose token is kept."""
    with psycopg.connect(ledger) as connection:
        return [row[0] for row in connection.execute("select realm from ledger.oauth_tokens")]


@pytest.fixture
def approver(with_passwords: Served) -> requests.Session:
    """A browser in which the approver is signed in, under the name that Intuit sends people back to."""
    browser = requests.Session()
    here = Served(with_passwords.door, at_localhost(with_passwords), with_passwords.clock, None)
    assert here.sign_in(browser, "ann", "correct horse battery").status_code == 303
    return browser


def at_localhost(served: Served) -> str:
    return served.url.replace("127.0.0.1", "localhost")


def to_intuit(served: Served, browser: requests.Session, path: str = "/connect") -> str:
    """Opens /connect; the address of QuickBooks' page it leads to."""
    step = browser.get(f"{at_localhost(served)}{path}", allow_redirects=False, timeout=30)
    assert step.status_code == 303, step.text
    return step.headers["location"]


def back_from_intuit(
    served: Served, browser: requests.Session, path: str = "/connect", **changed: str
) -> str:
    """Signs in to QuickBooks; the address it sends the browser back to, with these parameters changed."""
    step = requests.get(to_intuit(served, browser, path), allow_redirects=False, timeout=30)
    parts = urlsplit(step.headers["location"])
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **changed})))


def test_an_approver_connects_the_company(with_passwords, approver, ledger, quickbooks):
    """Two steps in the browser, the grant is in the ledger, and the browser is led to the company's page. The same answer is good once."""
    address = back_from_intuit(with_passwords, approver)
    answer = approver.get(address, timeout=60)
    assert answer.status_code == 200, answer.text
    assert "QuickBooks is connected." in answer.text
    assert 'content="0;url=/desk/demo/setup/connection"' in answer.text
    assert quickbooks.realm_id not in answer.text
    assert connected(ledger) == [quickbooks.realm_id]
    assert approver.get(address, timeout=60).status_code == 403


def test_where_nobody_signs_in_it_works_the_same(without_sign_in, ledger, quickbooks):
    browser = requests.Session()
    assert browser.get(back_from_intuit(without_sign_in, browser), timeout=60).status_code == 200
    assert connected(ledger) == [quickbooks.realm_id]


def test_a_browser_under_another_name_of_ours_is_led_to_the_registered_one(without_sign_in):
    """Intuit compares the redirect address letter by letter, and a cookie belongs to one name."""
    step = requests.get(f"{without_sign_in.url}/connect", allow_redirects=False, timeout=30)
    assert step.headers["location"] == f"{at_localhost(without_sign_in)}/connect"


def test_the_answer_comes_back_from_another_site(with_passwords, approver, ledger, quickbooks):
    """There a browser sends no Strict cookie: the page it gets leads on to the same address, from our own site."""
    address = back_from_intuit(with_passwords, approver)
    without_session = requests.Session()
    without_session.cookies.update(
        {name: value for name, value in approver.cookies.items() if name == "rentaxis_connect"}
    )
    first = without_session.get(address, headers={**AS_PAGE, "sec-fetch-site": "cross-site"}, timeout=30)
    assert first.status_code == 401
    assert connected(ledger) == []
    step = first.text.split('content="0;url=')[1].split('"')[0].replace("&amp;", "&")
    assert approver.get(at_localhost(with_passwords) + step, timeout=60).status_code == 200
    assert connected(ledger) == [quickbooks.realm_id]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"state": "forged"}, "This response does not belong to your sign-in at Intuit. Nothing was saved; open /connect again."),
        ({"state": "é"}, "This response does not belong to your sign-in at Intuit."),
        ({"realmId": "999"}, "You signed in to company 999, but QUICKBOOKS_REALM_ID says"),
        ({"realmId": ""}, "QuickBooks&#39; response names no company"),
        ({"realmId": "<b>"}, "QuickBooks&#39; response names no company"),
        ({"code": "never given"}, "Intuit rejected this response: it was already used, or it has expired. Open /connect again."),
        ({"error": "access_denied"}, "QuickBooks did not grant access (access_denied)"),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_fit_keeps_nothing(changed, sentence, with_passwords, approver, ledger):
    """One sentence on a page."""
    answer = approver.get(back_from_intuit(with_passwords, approver, **changed), headers=AS_PAGE, timeout=60)
    assert answer.status_code == 403
    assert sentence in answer.text
    assert connected(ledger) == []


def test_an_answer_is_good_for_the_session_that_asked(with_passwords, approver, ledger, changed_users):
    """Not for another person's, nor for one's own after signing in anew, nor after ten minutes."""
    address = back_from_intuit(with_passwords, approver)
    again = requests.Session()
    here = Served(with_passwords.door, at_localhost(with_passwords), with_passwords.clock, None)
    here.sign_in(again, "ann", "correct horse battery")
    again.cookies.update(
        {name: value for name, value in approver.cookies.items() if name == "rentaxis_connect"}
    )
    assert again.get(address, timeout=30).status_code == 403
    with_passwords.clock.at += 601
    assert approver.get(address, timeout=30).status_code == 403
    assert connected(ledger) == []


def test_a_ledger_that_cannot_be_reached_is_a_sentence_before_anybody_signs_in(
    with_passwords, approver, ledger, monkeypatch
):
    """Else what the person grants at Intuit could not be kept."""
    monkeypatch.setenv("PIPELINES_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    answer = approver.get(f"{at_localhost(with_passwords)}/connect", headers=AS_PAGE, timeout=60)
    assert answer.status_code == 503
    assert "That did not work" in answer.text
    assert "Traceback" not in answer.text
