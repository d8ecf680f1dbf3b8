"""One company with nothing in it: an organization in RentAxis, a ledger, the demo company in QuickBooks, and the chain between them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import Chain, connected
from rentaxis_pipelines_tests.support.quickbooks import as_new
from rentaxis_pipelines_tests.support.rentaxis_records import RentAxisRecords


@contextmanager
def empty_company(
    postgres: embedded.Server, ledger_template: str, quickbooks: Emulator
) -> Iterator[tuple[RentAxisRecords, Chain, Accountant]]:
    """Who enters in RentAxis, what a sync does, and who reads QuickBooks' books, which are as new. Databases end with the block."""
    name = uuid.uuid4().hex
    source, pipelines = f"rentaxis_{name}", f"pipelines_{name}"
    rentaxis = RentAxisRecords(postgres.create_database(source, template="template0"))
    url = postgres.create_database(pipelines, template=ledger_template)
    with connected(postgres.url(source), url, as_new(quickbooks)) as chain:
        yield rentaxis, chain, Accountant(quickbooks)
    rentaxis.connection.close()
    postgres.drop_database(source)
    postgres.drop_database(pipelines)
