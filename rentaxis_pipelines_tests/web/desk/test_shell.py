"""What every page of the desk has in common: the way to it, its frame, who may act, and what is said when something cannot be done."""

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
