"""``rentaxis-sync probe``: what it refuses, and what it leaves behind."""

import json

import psycopg
import pytest
from click.testing import CliRunner

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines_tests.cli.conftest import COMPANY_FILE
from rentaxis_pipelines_tests.support.connected import connect_environment

NAME = "Maple Court Property Management"


@pytest.fixture
def connected(monkeypatch, rentaxis_database, database, quickbooks):
    """An environment with a connected company."""
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(COMPANY_FILE))
    connect_environment(monkeypatch, rentaxis_database, database, quickbooks)
    return database


def probe(*arguments):
    return CliRunner().invoke(main, ["probe", *map(str, arguments)])


@pytest.fixture
def untouched(bench):
    """After the test: nothing was written to the company."""
    yield
    assert [call for call in bench.control("log?since=0") if call["kind"] != "read"] == []


def test_one_experiment_is_run_and_written_down(connected, tmp_path):
    """Twice with the same folder: it is done, and not asked again; with --again it is."""
    folder = tmp_path / "out"
    done = probe("--company-name", NAME, "--folder", folder, "--only", 1, "--json")
    assert done.exit_code == 0, done.output
    assert [one["number"] for one in json.loads(done.stdout)["experiments"]] == [1]
    assert {path.name for path in folder.iterdir()} == {
        "report.md",
        "switches.json",
        "exchanges",
        "journal.jsonl",
    }
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*"))
    assert "Experiment 1 (" in done.stderr
    assert "Experiment 1 (" not in probe("--company-name", NAME, "--folder", folder, "--only", 1).stderr
    again = probe("--company-name", NAME, "--folder", folder, "--only", 1, "--again")
    assert "Experiment 1 (" in again.stderr
    assert "as expected: The second call returned the first response" in again.stdout


def test_nothing_that_was_written_names_the_company_or_holds_a_token(connected, quickbooks, tmp_path):
    done = probe("--company-name", NAME, "--folder", tmp_path / "out")
    assert done.exit_code == 0, done.output
    everything = done.output + "".join(
        path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file()
    )
    secrets = (
        NAME,
        quickbooks.realm_id,
        quickbooks.access_token,
        quickbooks.refresh_token,
        quickbooks.client_secret,
    )
    assert [secret for secret in secrets if secret in everything] == []


def refused(done, words):
    """One sentence, exit code 2."""
    assert done.exit_code == 2, done.output
    assert words in done.output
    assert "Traceback" not in done.output


def test_a_mistyped_name_is_refused(connected, tmp_path, untouched):
    refused(
        probe("--company-name", NAME.lower(), "--folder", tmp_path / "out"),
        "is not the name of the connected company",
    )
    assert not (tmp_path / "out").exists()


def test_a_name_that_nobody_can_be_asked_for_is_refused(connected, tmp_path, untouched):
    refused(probe("--folder", tmp_path / "out"), "--company-name")


def test_a_production_address_is_refused_before_anything_is_sent(connected, monkeypatch, tmp_path, untouched):
    monkeypatch.setenv("QUICKBOOKS_BASE_URL", "https://quickbooks.api.intuit.com")
    monkeypatch.setenv("QUICKBOOKS_LIMITS", "kept")
    refused(
        probe("--company-name", NAME, "--folder", tmp_path / "out"), "Intuit's address for real companies"
    )


def test_a_missing_connection_is_refused(connected, tmp_path, untouched):
    with psycopg.connect(connected) as connection:
        connection.execute("delete from ledger.oauth_tokens")
    refused(probe("--company-name", NAME, "--folder", tmp_path / "out"), "rentaxis-sync connect")


def test_work_by_hand_is_refused_where_nobody_sits(connected, tmp_path, untouched):
    refused(probe("--company-name", NAME, "--folder", tmp_path / "out", "--by-hand"), "terminal")
