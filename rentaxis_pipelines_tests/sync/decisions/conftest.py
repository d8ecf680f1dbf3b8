"""A landlord without tenants and the chain to an emulated QuickBooks: one company a module, days kept apart by its tests."""

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines_tests.books.accountant import Accountant
from rentaxis_pipelines_tests.books.landlord import Landlord
from rentaxis_pipelines_tests.support.chain import Chain, connected
from rentaxis_pipelines_tests.support.quickbooks import as_new


class Office:
    """One company: who enters in RentAxis, who reads QuickBooks, and the chain between them."""

    def __init__(self, landlord: Landlord, chain: Chain, books: Accountant) -> None:
        self.landlord, self.chain, self.books = landlord, chain, books
        self._day = dt.date(2026, 1, 1)

    def another_day(self) -> dt.date:
        """A day on which nothing has happened yet."""
        self._day += dt.timedelta(days=1)
        return self._day

    def tenant(self, name: str, day: dt.date, email: str | None = "") -> tuple[str, str]:
        """(source_type, source_id) of a new tenant who joined on that day; an own e-mail unless one is given."""
        kind, number = self.landlord.tenant(name, email)
        noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
        self.landlord.ask(
            "UPDATE organization_tenants SET created_at = %s WHERE tenant_id = %s", noon, number
        )
        return kind, str(number)


@pytest.fixture(scope="module")
def office(postgres: embedded.Server, ledger_template: str, quickbooks_server: Emulator) -> Iterator[Office]:
    """An empty organization, an empty ledger and the demo company, for all tests of a module."""
    name = uuid.uuid4().hex
    source, pipelines = f"rentaxis_{name}", f"pipelines_{name}"
    source_url = postgres.create_database(source, template="template0")
    landlord = Landlord(source_url)
    quickbooks = as_new(quickbooks_server)
    url = postgres.create_database(pipelines, template=ledger_template)
    with connected(source_url, url, quickbooks) as chain:
        yield Office(landlord, chain, Accountant(quickbooks))
    landlord.connection.close()
    postgres.drop_database(source)
    postgres.drop_database(pipelines)
