"""Every screen, file and command says the same of unchanged records, whether each result has a row of its own or all of a day are kept together."""

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import dagster as dg
import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.notices.facts import ask_ledger
from rentaxis_pipelines.orchestration.assets.results import shown
from rentaxis_pipelines.reports import days_proof, run_proof, run_results
from rentaxis_pipelines_tests.support.compacted import give_addresses, put_together
from rentaxis_pipelines_tests.support.desk_addresses import addresses
from rentaxis_pipelines_tests.web.desk.conftest import HOME, SLUG, Office

FIRST_DAY, LAST_DAY = dt.date(2026, 10, 1), dt.date(2026, 10, 10)
DAYS = [FIRST_DAY + dt.timedelta(number) for number in range(10)]
QUERIES: list[dict[str, str]] = [
    {"status": "skipped"},
    {"status": "skipped", "reason": "unchanged", "sort": "day"},
    {"status": "skipped", "reason": "unchanged", "sort": "record", "back": "yes"},
    {"type": "invoices", "reason": "unchanged"},
    {"q": "INV", "reason": "unchanged"},
]


def _page(office: Office, path: str, **query: str) -> str:
    answer = office.get(path, **query)
    return f"{answer.status_code} {re.sub(r'((?:form_token|mark). value=.|nonce=.)[^ >]+', '', answer.text)}"


def _cells(content: bytes) -> list[Any]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [[sheet.title, *sheet.iter_rows(values_only=True)] for sheet in book]


def _desk(office: Office, runs: list[str]) -> dict[str, Any]:
    database = office.chain.environment.pipelines_database_url.get_secret_value()
    said: dict[str, Any] = {}
    for address in addresses(database, office.chain.environment.quickbooks_realm_id, SLUG, 4):
        path = address.removeprefix(HOME)
        if path.endswith("results.xlsx"):
            said[path] = _cells(office.get(path).content)
        elif address.startswith(HOME):
            said[path] = _page(office, path)
    for run_id in runs:
        for query in QUERIES:
            path = f"/runs/{run_id}"
            said[f"{path} {query}"] = first = _page(office, path, **query)
            for number, link in enumerate(re.findall(r'href="([^"]*[?&](?:amp;)?(?:after|before)=[^"]*)"', first)):  # fmt: skip
                following = link.replace("&amp;", "&").partition("?")[2]
                said[f"{path} {query} {number}"] = _page(office, f"{path}?{following}")
    return said


def _commands(runs: list[str], folder: Path) -> dict[str, Any]:
    def command(*words: str) -> str:
        ended = CliRunner().invoke(main, words, catch_exceptions=False)
        return f"{ended.exit_code} {ended.output.replace(str(folder), '')}"

    said: dict[str, Any] = {"last": command("results"), "status": command("status", "--json")}
    for run_id in runs:
        of_run = ("results", "--run", run_id)
        said[run_id] = [command(*of_run), command(*of_run, "--json"), command(*of_run, "--status", "skipped", "--json")]  # fmt: skip
        csv_file, xlsx_file = folder / "rows.csv", folder / "rows.xlsx"
        said[f"files of {run_id}"] = [
            command(*of_run, "--csv", str(csv_file), "--xlsx", str(xlsx_file)), csv_file.read_text(), _cells(xlsx_file.read_bytes()),
        ]  # fmt: skip
    return said


def _in_dagster(connection: sa.Connection, realm: str, runs: list[str]) -> dict[str, Any]:
    days, link = [str(day) for day in DAYS], dg.MetadataValue.text("the file")
    open_rows = days_proof.needs_attention(connection, realm, DAYS)
    read = {run_id: run_results.of_run(connection, realm, run_id) for run_id in runs}
    read["no run"] = run_results.newest_of_days(connection, realm, "", DAYS)
    return {
        **{name: shown(days, each, link, open_rows, preview="preview" in name) for name, each in read.items()},
        **{f"proof of {run_id}": run_proof.prove_run(connection, realm, run_id) for run_id in runs},
        "totals": days_proof.totals(connection, realm, DAYS),
    }  # fmt: skip


def _said(office: Office, runs: list[str], folder: Path) -> dict[str, dict[str, Any]]:
    environment = office.chain.environment
    url, realm = environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id
    with connect(url) as connection:
        in_dagster = _in_dagster(connection, realm, runs)
    return {
        "the desk": _desk(office, runs),
        "the command line": _commands(runs, folder),
        "Dagster": in_dagster,
        "notices": {run_id: ask_ledger(url, realm, run_id, details=True) for run_id in runs},
    }


@pytest.fixture
def synced(office: Office) -> tuple[Office, list[str]]:
    """Ten days pushed, pushed again with one record edited in between, all of them looked at, and the runs' ids."""
    office.chain.sync(first_day=FIRST_DAY, last_day=LAST_DAY)
    office.chain.rentaxis(
        "update invoices set memo = 'edited', updated_at = now() where id = (select min(id) from invoices where invoice_date between %s and %s)",
        FIRST_DAY,
        LAST_DAY,
    )
    office.chain.sync(first_day=FIRST_DAY, last_day=LAST_DAY, full=True)
    office.chain.sync(first_day=FIRST_DAY, last_day=LAST_DAY, full=True)
    realm = office.chain.environment.quickbooks_realm_id
    with connect(office.chain.environment.pipelines_database_url.get_secret_value()) as connection:
        give_addresses(connection, realm)
        found = execute(connection, "select run_id from ledger.plans where realm = :realm group by 1 order by min(created_at)", realm=realm)  # fmt: skip
        runs = [row.run_id for row in found]
    return office, runs


def test_every_screen_file_and_command_says_what_it_said_before(
    synced: tuple[Office, list[str]], tmp_path: Path
) -> None:
    """All pages of the desk, its downloads, the results command with its files, the pages in Dagster, proofs and notices."""
    office, runs = synced
    before = _said(office, runs, tmp_path)
    with connect(office.chain.environment.pipelines_database_url.get_secret_value()) as connection:
        kept = put_together(connection, office.chain.environment.quickbooks_realm_id)
        both = execute(
            connection,
            "select count(*) - count(distinct (run_id, source_type, source_id)) from ledger.row_results",
        ).scalar_one()
    assert kept > 20
    assert both == 0
    after = _said(office, runs, tmp_path)
    for place, said in before.items():
        assert after[place].keys() == said.keys()
        assert [name for name in said if after[place][name] != said[name]] == [], place
