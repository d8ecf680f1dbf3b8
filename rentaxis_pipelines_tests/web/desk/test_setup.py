"""The set-up: what is connected, which version of the settings is in place, and who may change it."""

import os
from pathlib import Path

import psycopg
import pytest

from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.sync.session import client_of
from rentaxis_pipelines.web.desk.setup.versions import (
    ChangedSetting,
    Line,
    changed_lines,
    changed_settings,
)
from rentaxis_pipelines_tests.web.desk.conftest import Office, words


@pytest.fixture
def file(office: Office) -> Path:
    """The company file of the office, which a test may change."""
    return Path(os.environ["RENTAXIS_COMPANY_FILE"])


def test_a_company_that_is_not_connected_is_told_so_and_how(office: Office) -> None:
    """The page leads to the sign-in; who may not connect is told who may."""
    url = office.chain.environment.pipelines_database_url.get_secret_value()
    office.get("/setup")
    with psycopg.connect(url) as connection:
        connection.execute("delete from ledger.oauth_tokens")
    assert "Connect QuickBooks first." in words(office.get("/setup"))
    shown = office.get("/setup/connection")
    assert "QuickBooks is not connected yet." in words(shown)
    assert '<a class="button main" href="/desk/demo/connect">Connect QuickBooks</a>' in shown.text
    for_viewer = office.get("/setup/connection", who="vera")
    assert "Connecting QuickBooks is for approvers." in words(for_viewer)
    assert '/connect"' not in for_viewer.text


def test_a_connected_company_is_called_by_its_name(office: Office) -> None:
    """As QuickBooks has it, and by no number."""
    shown = office.get("/setup/connection")
    assert shown.status_code == 200
    name = client_of(office.chain.environment).company_info()["CompanyName"]
    assert name and name in words(shown)
    assert "Connect again" in words(shown)
    assert office.chain.quickbooks.realm_id not in shown.text


def test_rentaxis_is_called_by_its_name_or_said_to_be_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the page is there in either case, and no password on it."""
    with source_of(office.chain.environment) as connection:
        name = integration_settings(connection, "1").organization_name
    assert f"RentAxis {name}" in words(office.get("/setup"))
    monkeypatch.setenv("RENTAXIS_DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/none")
    away = office.get("/setup")
    assert away.status_code == 200
    assert "RentAxis does not answer." in words(away)
    assert "secret" not in away.text


def test_a_change_made_by_hand_is_a_version_that_can_be_taken_back(office: Office, file: Path) -> None:
    """Once it is looked at, with the lines that changed; and the one before can be put back, with a reason."""
    before = file.read_text()
    office.get("/setup/versions")
    file.write_text(before.replace('"5000": Repairs', '"5000": Repairs & <b>Upkeep</b>'))
    shown = office.get("/setup/versions")
    assert "Changed outside the desk" in words(shown)
    assert 'added "5000": Repairs & <b>Upkeep</b>' in words(shown)
    assert "Mappings, expense accounts, 5000 Repairs Repairs & <b>Upkeep</b>" in words(shown)
    assert "<b>Upkeep" not in shown.text
    version = shown.text.split('name="version" value="')[1].split('"')[0]
    seen = shown.text.split('name="seen" value="')[1].split('"')[0]
    fields = {"version": version, "seen": seen}
    assert "Say in a few words why" in words(office.post("/setup/versions", why="", **fields))
    done = office.follow(office.post("/setup/versions", why="By mistake", **fields))
    assert "That version is in place again." in words(done)
    assert file.read_text() == before
    assert "ann: By mistake" in words(done)


def test_who_saw_another_version_changes_nothing(office: Office, file: Path) -> None:
    """And keeps what was typed."""
    office.get("/setup/versions")
    file.write_text(file.read_text() + "# one\n")
    shown = office.get("/setup/versions")
    version = shown.text.split('name="version" value="')[1].split('"')[0]
    file.write_text(file.read_text() + "# two\n")
    refused = office.post("/setup/versions", why="Back to the first", version=version, seen="old")
    assert refused.status_code == 400
    assert "The settings were changed outside the desk while this page was open" in words(refused)
    assert 'value="Back to the first"' in refused.text
    assert file.read_text().endswith("# one\n# two\n")


def test_only_an_approver_changes_settings(office: Office) -> None:
    for who in ("vera", "oscar"):
        assert "Changing them is for approvers." in words(office.get("/setup/versions", who=who))
        refused = office.post("/setup/versions", who=who, version="1", seen="x", why="x")
        assert refused.status_code == 403
        assert "change the settings" in words(refused)


def test_lines_are_compared_as_they_stand() -> None:
    assert changed_lines("a\nb\n", "a\nc\n") == [Line("-", "b"), Line("+", "c")]
    assert changed_lines("-- a\n", "++ b\n") == [Line("-", "-- a"), Line("+", "++ b")]
    assert changed_lines("a\n", "a\n") == []


def test_what_the_settings_name_and_quickbooks_does_not_have_is_listed(office: Office, file: Path) -> None:
    """In the words of the page, with the way to put it right."""
    office.chain.sync("customers")
    file.write_text(file.read_text().replace('"5000": Repairs', '"5000": Repair & <b>Upkeep'))
    shown = office.get("/setup")
    assert (
        "(expense accounts, 5000) names the account 'Repair & <b>Upkeep', which QuickBooks does not have."
        in words(shown)
    )
    assert 'href="/desk/demo/setup/mappings?section=expense_accounts">Choose another name' in shown.text
    assert "company.yaml" not in words(shown)


def test_settings_are_compared_as_what_they_say() -> None:
    """Not as they are written: a comment changes no setting, and one that is gone has no value."""
    before = (
        "policies:\n  closed_period: block\n  guard: {rows: null}\nmappings:\n  charges: {late_fee: Fee}\n"
    )
    after = "# new\npolicies: {closed_period: redate, guard: {rows: 5}}\nmappings:\n  charges: {}\nnotice: {webhook: true}\n"
    assert changed_settings(before, after, Path("company.yaml")) == [
        ChangedSetting("Policies, closed period", "block", "redate"),
        ChangedSetting("Policies, guard, rows", "none", "5"),
        ChangedSetting("Mappings, charges, late_fee", "Fee", ""),
        ChangedSetting("Notice, webhook", "", "yes"),
    ]
    assert changed_settings(before, before + "# only a comment", Path("company.yaml")) == []
    assert changed_settings(before, "policies: [", Path("company.yaml")) == []
