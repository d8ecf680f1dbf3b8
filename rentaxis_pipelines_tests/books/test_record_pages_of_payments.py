"""The page of one payment that has more to it than invoices: refunds, its own return, the return of an earlier payment that it pays.

What stands in QuickBooks after a push is what the page says a push would write.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.reports.record_page import RecordPage, record_page
from rentaxis_pipelines.settings import Scope

PAID, BACK, AGAIN = dt.date(2026, 5, 3), dt.date(2026, 6, 9), dt.date(2026, 6, 20)


@pytest.fixture
def page(chain, policies, mappings) -> Callable[..., RecordPage]:
    """The page of a payment, of a company that pushes refunds and books returns on their day."""
    policies(returned_payments="on_their_day")
    mappings(return_fees="Other Expenses")
    chain.company = chain.company.model_copy(update={"also_push": ("refunds",)})

    def shown(record: int, kind: str = "payment") -> RecordPage:
        scope = Scope(chain.company, connections=chain.environment)
        with connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
            return record_page(scope, connection, kind, str(record))

    return shown


def differing(page: RecordPage) -> list[str]:
    return [row.field for row in page.sides if row.differs]


def test_a_payment_whose_credit_pays_a_refund_agrees_on_both_sides(rentaxis, sync, page) -> None:
    """And differs while the refund pays back another amount."""
    payment = rentaxis.payment(rentaxis.tenant("Pa Geback"), "100.00", day=PAID)
    refund = rentaxis.refund(payment, "40.00", day=BACK)
    sync()
    assert differing(page(payment)) == []
    rentaxis.change("payment_refunds", refund, amount=Decimal("30.00"))
    assert differing(page(payment)) == ["applied to"]
    sync()
    assert differing(page(payment)) == []


def test_a_refund_agrees_on_both_sides_of_either_kind(rentaxis, sync, page) -> None:
    """An expense against receivables, and a refund receipt on the products of the invoice that is paid back."""
    tenant = rentaxis.tenant("Pa Bothkinds")
    invoice = rentaxis.invoice(tenant, "900.00")
    payment = rentaxis.payment(tenant, "1000.00", (invoice, "900.00"), day=PAID)
    refunds = [rentaxis.refund(payment, amount, day=BACK) for amount in ("100.00", "80.00")]
    sync()
    for refund in refunds:
        shown = page(refund, "refund")
        assert (differing(shown), shown.remarks) == ([], [])
        assert shown.party == ("customer", "Pa Bothkinds")


def test_a_payment_that_came_back_is_said_to_stay_and_the_one_after_it_agrees(rentaxis, sync, page) -> None:
    """Nothing says that it would be voided, before its return is booked and after."""
    tenant = rentaxis.tenant("Pa Geagain")
    invoice = rentaxis.invoice(tenant, "600.00")
    first = rentaxis.payment(tenant, "600.00", (invoice, "600.00"), day=PAID)
    sync()
    rentaxis.change("payments", first, status="failed", returned_on=BACK, return_reason="nsf")
    rentaxis.apply(first)
    second = rentaxis.payment(tenant, "600.00", (invoice, "600.00"), day=AGAIN)
    for _ in range(2):
        remarks = " ".join(map(str, page(first).remarks))
        assert "stays as it is: it came back on 2026-06-09" in remarks
        assert "void" not in remarks
        sync()
    assert differing(page(second)) == []
