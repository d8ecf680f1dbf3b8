"""The rows of the accounting cases that promise no document of their own: proration and concessions, a fee that is credited, the end
of a deposit, what belongs to the owner.

Each shows what the accountant finds in QuickBooks, and that nothing else is booked.
"""

import datetime as dt
from decimal import Decimal

import pytest

from rentaxis_pipelines_tests.support.accountant import lines, money

MAY = dt.date(2026, 5, 1)
NOT_OURS = ("JournalEntry", "Deposit", "CreditMemo", "RefundReceipt", "VendorCredit", "Transfer")


@pytest.fixture
def nothing_else(accountant):
    """What is never pushed stands as before when the test has ended."""
    before = {entity: accountant.all(entity) for entity in NOT_OURS}
    yield
    assert {entity: accountant.all(entity) for entity in NOT_OURS} == before


@pytest.mark.usefixtures("nothing_else")
def test_proration(rentaxis, sync, accountant) -> None:
    """A part of a month's rent is an invoice of that part, to the cent as RentAxis reckoned it: QuickBooks reckons nothing anew."""
    moved_in = dt.date(2026, 5, 20)
    invoice = rentaxis.invoice(rentaxis.tenant("Half Month"), "464.52", day=moved_in)  # 1,200.00 x 12 / 31
    sync()
    found = accountant.of("invoice", invoice)
    assert (found["TxnDate"], lines(found)) == ("2026-05-20", [("Rent", money("464.52"))])


@pytest.mark.usefixtures("nothing_else")
def test_concession(rentaxis, sync, accountant) -> None:
    """A line below zero lowers the invoice it stands on and the income it posts to; an invoice below zero is a credit, and refused."""
    tenant = rentaxis.tenant("First Month Free")
    lowered = rentaxis.invoice(tenant, "1200.00", "-300.00")
    free = rentaxis.invoice(tenant, "1200.00", "-1200.00", day=dt.date(2026, 6, 1))
    credit = rentaxis.invoice(tenant, "-50.00", day=dt.date(2026, 6, 2))
    result = sync()
    assert lines(accountant.of("invoice", lowered)) == [
        ("Rent", money("1200.00")),
        ("Rent", money("-300.00")),
    ]
    assert [accountant.of("invoice", one)["TotalAmt"] for one in (lowered, free)] == [money("900.00"), 0]
    assert result["invoice", str(credit)].reason_code == "invalid_value"
    assert accountant.balance("First Month Free") == money("900.00")
    rentaxis.void("invoices", credit)


@pytest.mark.usefixtures("nothing_else")
def test_a_write_off(rentaxis, sync, accountant) -> None:
    """RentAxis writes off by voiding what is open: nothing is owed any more, and the invoice keeps its number."""
    tenant = rentaxis.tenant("Gone Away")
    given_up, kept = rentaxis.invoice(tenant, "75.00"), rentaxis.invoice(tenant, "20.00")
    sync()
    rentaxis.void("invoices", given_up, "Written off")
    sync()
    assert accountant.of("invoice", given_up)["TotalAmt"] == 0
    assert accountant.balance("Gone Away") == money("20.00")
    assert accountant.of("invoice", kept)["Balance"] == money("20.00")


@pytest.mark.usefixtures("nothing_else")
def test_late_fee_waived_by_a_credit(rentaxis, sync, accountant) -> None:
    """The fee's invoice stays in RentAxis and its amount is credited to the tenant: the invoice stands open in QuickBooks too, as no
    document of RentAxis pays it. The credit itself is not pushed.
    """
    tenant = rentaxis.tenant("Cora Credit")
    fee = rentaxis.invoice(tenant, ("50.00", "4100"), kind="late_fee")
    rentaxis.add(
        "tenant_credits",
        organization_id=1,
        tenant_id=tenant[1],
        amount=Decimal(50),
        remaining=Decimal(50),
    )
    sync()
    assert accountant.of("invoice", fee)["Balance"] == money("50.00")
    assert accountant.balance("Cora Credit") == money("50.00")


@pytest.mark.usefixtures("nothing_else")
def test_the_end_of_a_security_deposit(rentaxis, sync, accountant) -> None:
    """What was held stays held in QuickBooks: deductions and refund have no promised export, and nothing is made up for them."""
    tenant = rentaxis.tenant("Moving Out")
    deposit = rentaxis.invoice(tenant, ("900.00", "2100"), kind="deposit")
    rentaxis.payment(tenant, "900.00", (deposit, "900.00"))
    sync()
    before = {entity: accountant.all(entity) for entity in ("Invoice", "Payment", "Purchase", "Bill")}
    kind = rentaxis.add("lease_types", organization_id=1, name="Residential")
    lease = rentaxis.add(
        "leases",
        organization_id=1,
        unit_id=1,
        lease_type_id=kind,
        tenant_id=tenant[1],
        status="ended",
        start_date=MAY,
        rent_amount=Decimal(900),
        security_deposit=Decimal(900),
    )
    rentaxis.add(
        "deposit_settlements",
        lease_id=lease,
        deposit_held=Decimal(900),
        deductions_total=Decimal(150),
        refund_amount=Decimal(750),
        finalized_at=dt.datetime(2026, 5, 31, 12, tzinfo=dt.UTC),
    )
    sync()
    assert {entity: accountant.all(entity) for entity in before} == before
    ((product, amount),) = lines(accountant.of("invoice", deposit))
    assert (accountant.posts_to(product), amount) == ("Security Deposits Held", money("900.00"))


@pytest.mark.usefixtures("nothing_else")
def test_owner_statements_distributions_and_management_fees(rentaxis, sync, accountant) -> None:
    """A distribution is an entry of RentAxis' own ledger and is not pushed; a management fee is an expense like any other."""
    entry = rentaxis.add(
        "journal_entries",
        organization_id=1,
        entry_date=MAY,
        description="Distribution to owner",
        status="posted",
    )
    for debit, credit, account in ((500, 0, 5999), (0, 500, 1000)):
        rentaxis.add(
            "journal_entry_lines", journal_entry_id=entry, account_id=account, debit=debit, credit=credit
        )
    fee = rentaxis.expense("96.00", "5100", description="Management fee, May")
    sync()
    assert lines(accountant.of("expense", fee)) == [("Utilities", money("96.00"))]
    assert [one["TotalAmt"] for one in accountant.all_of("expense", fee)] == [money("96.00")]
