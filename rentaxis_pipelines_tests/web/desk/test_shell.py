"""What every page of the desk has in common: the way to it, its frame, who may act, and what is said when something cannot be done."""

import threading

import requests

from rentaxis_pipelines_tests.web.desk.conftest import HOME, Office, words


def test_the_front_page_leads_to_the_company(office: Office):
    """By two redirects that a browser follows by itself."""
    for path in ("/", "/desk"):
        answer = requests.get(office.url + path, headers={"x-forwarded-email": "ann"}, timeout=60)
        assert answer.url == office.url + HOME
        assert "Demo" in words(answer)
    assert (
        requests.get(f"{office.url}/desk/other", headers={"x-forwarded-email": "ann"}, timeout=60).status_code
        == 404
    )
    assert requests.get(f"{office.url}/overview", headers={"x-forwarded-email": "ann"}, timeout=60).ok


def test_settings_that_are_wrong_are_a_sentence_on_the_page(office: Office, monkeypatch):
    """And the menu is still there."""
    monkeypatch.delenv("QUICKBOOKS_REALM_ID")
    answer = office.get()
    assert answer.status_code == 503
    assert "QUICKBOOKS_REALM_ID is not set" in words(answer)
    assert "Set-up" in words(answer)


def test_a_database_that_is_away_is_a_sentence_on_the_page(office: Office, monkeypatch):
    """Without the address's password."""
    monkeypatch.setenv("PIPELINES_DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/none")
    answer = office.get()
    assert answer.status_code == 503
    assert "cannot be reached" in words(answer)
    assert "secret" not in answer.text


def test_no_page_waits_while_a_run_is_being_launched(desk_url):
    """Dagster may take long to answer: two who start something wait for it, everybody else looks on."""
    _, _, desk = desk_url
    asked, answered = threading.Event(), threading.Event()

    def launch() -> str:
        asked.set()
        assert answered.wait(30)
        return "a run"

    launching = threading.Thread(target=desk.launched_once, args=(("demo", "ann", "a mark"), launch))
    launching.start()
    assert asked.wait(30)
    looked = threading.Event()
    page = threading.Thread(target=desk.once, args=("what a page does first", looked.set))
    page.start()
    assert looked.wait(30)  # while Dagster has not answered
    answered.set()
    launching.join(30)
    page.join(30)
    assert desk.launched_once(("demo", "ann", "a mark"), launch) == ("a run", False)
