"""Security deposits to their end, from the RentAxis row to what an accountant reads in QuickBooks.

Intuit, "Refund a security deposit in QuickBooks Online": a check on the liability account for what is refunded, an invoice for what is not,
and a credit memo on the deposit's item that pays it.
"""

import datetime as dt

import pytest

from rentaxis_pipelines_tests.support.accountant import applied, lines, money

LEFT = dt.date(2026, 6, 30)
HELD_IN = "Security Deposits Held"


@pytest.fixture(autouse=True)
def settlements_are_pushed(chain) -> None:
    own = chain.company.mappings
    chain.company = chain.company.model_copy(
        update={
            "also_push": ("credits", "credit_applications", "deposit_settlements"),
            "mappings": own.model_copy(update={"deposits_refunded_from": "Checking"}),
        }
    )


def moved_in(rentaxis, name: str, deposit: str) -> tuple[tuple[str, int], int]:
    """A tenant who paid a deposit, and the lease."""
    tenant = rentaxis.tenant(name)
    lease = rentaxis.lease(tenant, deposit)
    billed = rentaxis.invoice(tenant, (deposit, "2100"), kind="deposit", lease_id=lease)
    rentaxis.payment(tenant, deposit, (billed, deposit))
    return tenant, lease


def test_damages_are_paid_out_of_the_deposit_and_the_rest_is_refunded(rentaxis, sync, accountant) -> None:
    """The three steps of Intuit's article: the tenant owes nothing, and nothing of the deposit is held any more."""
    tenant, lease = moved_in(rentaxis, "Mo Vedout", "1000.00")
    damages = rentaxis.invoice(tenant, ("185.00", "4000"), kind="one_off", lease_id=lease, day=LEFT)
    settlement = rentaxis.settle_deposit(lease, "1000.00", "815.00", (damages, "185.00"), day=LEFT)
    rows = sync()
    assert rows["deposit_settlement", str(settlement)].status == "created"
    assert rows["credit", f"deposit-{settlement}"].status == "created"
    check, memo = (
        accountant.of("deposit_settlement", settlement),
        accountant.of("credit", f"deposit-{settlement}"),
    )
    assert (check["entity"], check["PaymentType"], check["TxnDate"]) == ("Purchase", "Check", "2026-06-30")
    assert (check["EntityRef"]["name"], check["AccountRef"]["name"]) == ("Mo Vedout", "Checking")
    assert lines(check) == [(HELD_IN, money(815))]
    assert (memo["entity"], lines(memo)) == ("CreditMemo", [("Security Deposit", money(185))])
    joined = accountant.of("credit_application", f"deposit-{settlement}")
    billed = accountant.of("invoice", damages)
    assert applied(joined) == {billed["Id"]: money(185), memo["Id"]: money(185)}
    assert (billed["Balance"], accountant.balance("Mo Vedout")) == (0, 0)
    again = sync(full=True)
    assert {row.reason_code for row in again.values()} == {"unchanged"}
