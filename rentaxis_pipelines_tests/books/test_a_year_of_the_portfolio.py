"""A year of the demo portfolio, 1,000 homes: what every customer owes is the same in both books.

Straight from the emulated company against SQL over RentAxis' own tables; a record that rightly did not go is left out by name,
with the reason its row gave.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from rentaxis_pipelines.demo import portfolio
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import Chain, connected
from rentaxis_pipelines_tests.support.quickbooks import started

UNITS, MONTHS = 1_000, 12
FIRST_DAY, LAST_DAY = dt.date(2025, 10, 1), dt.date(2026, 10, 31)  # one case lies a month before the year

# What each record adds to its payer's debt, deleted and void ones left out: the accountant's own reckoning.
OWED = """
  SELECT 'invoice' AS source_type, id, billed_to_type AS kind, billed_to_id AS payer, total_amount AS amount
  FROM rentaxis.invoices
  WHERE organization_id = 1 AND type = 'receivable' AND deleted_at IS NULL AND status NOT IN ('draft', 'void')
  UNION ALL
  SELECT 'payment', id, payer_type, payer_id, -amount
  FROM rentaxis.payments
  WHERE organization_id = 1 AND deleted_at IS NULL AND status NOT IN ('pending', 'void', 'failed')"""


@pytest.fixture
def year(postgres: embedded.Server) -> Iterator[tuple[Chain, Accountant]]:
    """The portfolio, pushed to an empty company."""
    source, pipelines = f"year_{uuid.uuid4().hex}", f"pipelines_{uuid.uuid4().hex}"
    source_url = portfolio.create_demo_database(postgres, units=UNITS, months=MONTHS, database=source)
    url = postgres.create_database(pipelines, template="template0")
    with (
        started(switches={"log_bodies": False}) as quickbooks,
        connected(source_url, url, quickbooks) as chain,
    ):
        yield chain, Accountant(quickbooks)
    postgres.drop_database(source)
    postgres.drop_database(pipelines)


def test_receivables_agree_by_customer_to_the_cent(year: tuple[Chain, Accountant]) -> None:
    """Every customer's balance is the sum of what RentAxis holds of the payers who are that customer, without the records that
    did not go; each of those says why; and nobody else owes anything.
    """
    chain, accountant = year
    result = chain.sync("invoices", "payments", first_day=FIRST_DAY, last_day=LAST_DAY)
    went = {key for key, one in result.items() if one.status == "created"}
    stayed = {key: one.reason_code for key, one in result.items() if one.status != "created"}
    with psycopg.connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        customers = {
            (row[0], row[1]): row[2]
            for row in connection.execute(
                "SELECT source_type, source_id, quickbooks_id FROM ledger.links WHERE quickbooks_type = 'Customer'"
            )
        }
    owed: dict[str, Decimal] = defaultdict(Decimal)
    unexplained: list[tuple[str, str]] = []
    for row in chain.rentaxis(OWED):
        key = (row["source_type"], str(row["id"]))
        if key in went:
            owed[customers[row["kind"], str(row["payer"])]] += row["amount"]
        elif not stayed.get(key):
            unexplained.append(key)
    assert unexplained == []
    theirs = {one["Id"]: Decimal(one["Balance"]) for one in accountant.all("Customer") if one["Balance"] != 0}
    assert theirs == {customer: amount for customer, amount in owed.items() if amount != 0}
    assert len(went) > 15 * UNITS  # it was a year of a thousand homes
    assert len(stayed) < len(went) / 100  # and next to all of it went
    assert sum(theirs.values()) > 0
