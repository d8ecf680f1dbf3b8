"""Connecting one of several companies in the browser: each from its own page, one callback for all, and none for another's."""

import dataclasses
from pathlib import Path

import pytest
import requests

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.web.users import UsersFile
from rentaxis_pipelines_tests.support.company_folders import write_company
from rentaxis_pipelines_tests.web.conftest import Served
from rentaxis_pipelines_tests.web.test_connect_quickbooks import (
    approver,
    at_localhost,
    back_from_intuit,
    connected,
    ledger,
)

__all__ = ["approver", "ledger"]


@pytest.fixture
def companies(ledger: str, quickbooks: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Elm, which is the emulated QuickBooks company, and birch, which is another; the ledger that they share."""
    write_company(tmp_path / "companies", "elm", organization="1", realm=quickbooks.realm_id)
    write_company(tmp_path / "companies", "birch", organization="2", realm="222")
    monkeypatch.setenv("RENTAXIS_COMPANIES_FOLDER", str(tmp_path / "companies"))
    for name in ("QUICKBOOKS_REALM_ID", "RENTAXIS_ORGANIZATION_ID", "RENTAXIS_COMPANY_FILE"):
        monkeypatch.delenv(name)
    return ledger


def give(users: Path, *companies: str) -> None:
    with UsersFile(users).changing() as entries:
        entries["ann"] = dataclasses.replace(entries["ann"], companies=frozenset(companies))


def opened(served: Served, browser: requests.Session, path: str) -> requests.Response:
    return browser.get(at_localhost(served) + path, allow_redirects=False, timeout=30)


def test_each_is_connected_from_its_own_page_and_led_back_there(
    with_passwords, approver, companies, quickbooks
):
    """One address is registered at Intuit for all of them."""
    address = back_from_intuit(with_passwords, approver, "/desk/elm/connect")
    assert address.startswith(f"{at_localhost(with_passwords)}/connect/callback?")
    answer = approver.get(address, timeout=60)
    assert answer.status_code == 200, answer.text
    assert 'content="0;url=/desk/elm/setup/connection"' in answer.text
    assert connected(companies) == [quickbooks.realm_id]


def test_signing_in_to_another_company_than_the_page_was_about_keeps_nothing(
    with_passwords, approver, companies
):
    """Elm's books are not birch's, though both are companies here."""
    answer = approver.get(back_from_intuit(with_passwords, approver, "/desk/birch/connect"), timeout=60)
    assert answer.status_code == 403
    assert "but QUICKBOOKS_REALM_ID says 222" in answer.text
    assert connected(companies) == []


def test_the_way_for_the_only_company_says_where_to_go(with_passwords, approver, companies, changed_users):
    """For whoever sees several; for a person of one, it is that one."""
    answer = opened(with_passwords, approver, "/connect")
    assert answer.status_code == 404
    assert "There are several companies here. Open the desk" in answer.text
    give(changed_users, "elm")
    assert (
        'url=/desk/elm/setup/connection"'
        in approver.get(back_from_intuit(with_passwords, approver), timeout=60).text
    )


def test_another_company_than_theirs_is_not_there(with_passwords, approver, companies, changed_users):
    """Nor is it once it was taken from them on the way: nothing is kept."""
    address = back_from_intuit(with_passwords, approver, "/desk/elm/connect")
    give(changed_users, "birch")
    for path in ("/desk/elm/connect", "/desk/none/connect"):
        answer = opened(with_passwords, approver, path)
        assert answer.status_code == 404
        assert "There is no such company here." in answer.text
    assert approver.get(address, timeout=60).status_code == 404
    assert connected(companies) == []


def test_a_company_whose_settings_are_broken_is_not_connected(with_passwords, approver, companies, tmp_path):
    """Two that name the same books, for instance: whose would the connection be?"""
    write_company(tmp_path / "companies", "oak", organization="3", realm="222")
    answer = opened(with_passwords, approver, "/desk/birch/connect")
    assert answer.status_code == 503
    assert "both name the QuickBooks company 222" in answer.text
