"""One company with nothing in it: an organization in RentAxis, a ledger, the demo company in QuickBooks, and the chain between them."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import Chain, connected
from rentaxis_pipelines_tests.support.quickbooks import as_new
from rentaxis_pipelines_tests.support.rentaxis_records import RentAxisRecords


@dataclass
class RunningCompany:
    """Who enters in RentAxis, what a sync does, and who reads QuickBooks' books."""

    rentaxis: RentAxisRecords
    chain: Chain
    accountant: Accountant
    last_day: dt.date = dt.date(2026, 1, 1)

    def another_day(self) -> dt.date:
        """A day on which nothing has happened yet."""
        self.last_day += dt.timedelta(days=1)
        return self.last_day

    def tenant(self, name: str, day: dt.date, email: str | None = "") -> tuple[str, str]:
        """(source_type, source_id) of a new tenant who joined on that day; with an own e-mail address unless one is given."""
        kind, number = self.rentaxis.tenant(name, email)
        noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
        self.rentaxis.ask(
            "UPDATE organization_tenants SET created_at = %s WHERE tenant_id = %s", noon, number
        )
        return kind, str(number)


@contextmanager
def empty_company(
    postgres: embedded.Server, ledger_template: str, quickbooks: Emulator
) -> Iterator[RunningCompany]:
    """An empty organization and ledger, and QuickBooks' demo company as new. The databases are dropped at the end."""
    name = uuid.uuid4().hex
    source, pipelines = f"rentaxis_{name}", f"pipelines_{name}"
    rentaxis = RentAxisRecords(postgres.create_database(source, template="template0"))
    url = postgres.create_database(pipelines, template=ledger_template)
    with connected(postgres.url(source), url, as_new(quickbooks)) as chain:
        yield RunningCompany(rentaxis, chain, Accountant(quickbooks))
    rentaxis.connection.close()
    postgres.drop_database(source)
    postgres.drop_database(pipelines)
