"""One company a module, without tenants at first; its tests keep to days of their own."""

from collections.abc import Iterator

import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines_tests.support.running_company import RunningCompany, empty_company


@pytest.fixture(scope="module")
def company(
    postgres: embedded.Server, ledger_template: str, quickbooks_server: Emulator
) -> Iterator[RunningCompany]:
    """An empty organization, an empty ledger and the demo company, for all tests of a module."""
    with empty_company(postgres, ledger_template, quickbooks_server) as running:
        yield running
