"""A stack for the command line: the demo RentAxis database, an empty ledger, a QuickBooks server, and the environment
that connects them. No Dagster home: runs are kept in an instance that ends with the command."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.settings.companies import COMPANIES_FOLDER
from rentaxis_pipelines_tests.support.company_folders import companies
from rentaxis_pipelines_tests.support.connected import connect_environment

__all__ = ["companies"]
COMPANY_FILE = Path(__file__).parents[2] / "config" / "company.demo.yaml"


@pytest.fixture
def stack(
    monkeypatch: pytest.MonkeyPatch,
    rentaxis_database: str,
    ledger_database: str,
    quickbooks: Emulator,
) -> Emulator:
    """Sets the environment and connects the company, as ``rentaxis-sync connect`` would."""
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(COMPANY_FILE))
    connect_environment(monkeypatch, rentaxis_database, ledger_database, quickbooks)
    return quickbooks


@pytest.fixture
def database(ledger_database: str) -> str:
    """The pipelines' database of the stack."""
    return ledger_database


@pytest.fixture
def elm(stack: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of companies with elm, which is the stack's company; all share its connections. Returns the folder."""
    books = [os.environ[name] for name in ("RENTAXIS_ORGANIZATION_ID", "QUICKBOOKS_REALM_ID")]
    for name in ("RENTAXIS_ORGANIZATION_ID", "QUICKBOOKS_REALM_ID", "RENTAXIS_COMPANY_FILE"):
        monkeypatch.delenv(name)
    folder = tmp_path / "companies"
    folder.mkdir()
    monkeypatch.setenv(COMPANIES_FOLDER, str(folder))
    added = CliRunner().invoke(
        main, ["companies", "add", "elm", "--organization", books[0], "--realm", books[1]]
    )
    assert added.exit_code == 0, added.output
    text = COMPANY_FILE.read_text().replace("slug: demo", "slug: elm", 1)
    (folder / "elm" / "company.yaml").write_text(text)
    return folder
