"""What a transaction posts, read from its JSON: in balance, and what QuickBooks' own report comes to."""

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.quickbooks.auth import FixedToken
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress
from rentaxis_pipelines.quickbooks.financial_reports import by_month
from rentaxis_pipelines.quickbooks.limits import Limits
from rentaxis_pipelines.reports.statement_accounts import chart_of
from rentaxis_pipelines.reports.statement_transactions import OTHERS
from rentaxis_pipelines.reports.statements import later_month, movements
from rentaxis_pipelines.reports.transaction_postings import lines_of
from rentaxis_pipelines_tests.emulator.any_transactions import JANUARY, STEPS, written
from rentaxis_pipelines_tests.emulator.conftest import Caller

ENTITIES = (*OTHERS, "Invoice", "Payment", "Bill", "Purchase", "BillPayment", "Deposit")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_the_postings_of_all_transactions_are_what_the_reports_move_by(
    quickbooks: Emulator, steps: list[tuple[str, int, int]]
) -> None:
    """Each has debits equal to credits, and together, by account and month, they are what profit and loss and balance sheet say: two
    readings that share no code.
    """
    demo = Caller(quickbooks)
    demo.control("reset", {"switches": True})
    written(demo, steps)
    client = QuickBooksClient(
        RealmAddress(quickbooks.base_url, quickbooks.realm_id),
        FixedToken(quickbooks.access_token),
        limits=Limits.off(),
    )
    stored: dict[str, list[dict[str, Any]]] = {entity: list(client.query_all(entity)) for entity in ENTITIES}
    held = {f"Payment:{each['Id']}": each["DepositToAccountRef"]["value"] for each in stored["Payment"]}
    chart = chart_of(list(client.query_all("Account")), list(client.query_all("Item")), held)
    posted: Counter[tuple[str, str]] = Counter()
    for entity, transactions in stored.items():
        for transaction in transactions:
            lines = lines_of(entity, transaction, chart.lists)
            assert sum(line.amount for line in lines) == 0
            for line in lines:
                posted[transaction["TxnDate"][:7], chart.of_id(line.account).key] += line.amount  # pyright: ignore[reportArgumentType]
    last = later_month(JANUARY, 11)
    reports = [
        *by_month(client, "ProfitAndLoss", JANUARY, last),
        *by_month(client, "BalanceSheet", later_month(JANUARY, -1), last),
    ]
    moved, _ = movements(reports, chart)
    assert {(f"{month:%Y-%m}", key): amount for (month, key), amount in moved.items()} == {
        key: Decimal(amount) for key, amount in posted.items() if amount
    }
