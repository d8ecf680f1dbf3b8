"""A stack for the command line: the demo RentAxis database, an empty ledger, a QuickBooks server, and the environment
that connects them. No Dagster home: runs are kept in an instance that ends with the command."""

from pathlib import Path

import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines_tests.support.connected import connect_environment

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
