"""An organization without tenants and the chain to an emulated QuickBooks: one company a module, days kept apart by its tests."""

import datetime as dt
from collections.abc import Iterator

import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import Chain
from rentaxis_pipelines_tests.support.empty_company import empty_company
from rentaxis_pipelines_tests.support.rentaxis_records import RentAxisRecords


class Office:
    """One company: who enters in RentAxis, who reads QuickBooks, and the chain between them."""

    def __init__(self, rentaxis: RentAxisRecords, chain: Chain, books: Accountant) -> None:
        self.rentaxis, self.chain, self.books = rentaxis, chain, books
        self._day = dt.date(2026, 1, 1)

    def another_day(self) -> dt.date:
        """A day on which nothing has happened yet."""
        self._day += dt.timedelta(days=1)
        return self._day

    def tenant(self, name: str, day: dt.date, email: str | None = "") -> tuple[str, str]:
        """(source_type, source_id) of a new tenant who joined on that day; an own e-mail unless one is given."""
        kind, number = self.rentaxis.tenant(name, email)
        noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
        self.rentaxis.ask(
            "UPDATE organization_tenants SET created_at = %s WHERE tenant_id = %s", noon, number
        )
        return kind, str(number)


@pytest.fixture(scope="module")
def office(postgres: embedded.Server, ledger_template: str, quickbooks_server: Emulator) -> Iterator[Office]:
    """An empty organization, an empty ledger and the demo company, for all tests of a module."""
    with empty_company(postgres, ledger_template, quickbooks_server) as parts:
        yield Office(*parts)
