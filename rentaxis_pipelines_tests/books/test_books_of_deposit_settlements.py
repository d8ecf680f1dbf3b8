"""Security deposits to their end, from the RentAxis row to what an accountant reads in QuickBooks.

Intuit, "Refund a security deposit in QuickBooks Online": a check on the liability account for what is refunded, an invoice for what is not,
and a credit memo on the deposit's item that pays it.
"""

import datetime as dt

import pytest

from rentaxis_pipelines_tests.books.undoing import books_of as all_books
from rentaxis_pipelines_tests.books.undoing import differing, run_of, standing, undo
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


def test_damages_are_paid_out_of_the_deposit_and_the_rest_is_refunded(rentaxis, sync, accountant) -> None:
    """The three steps of Intuit's article: the tenant owes nothing, and nothing of the deposit is held any more."""
    tenant, lease = rentaxis.moved_in("Mo Vedout", "1000.00")
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


def test_the_whole_deposit_is_refunded(rentaxis, sync, accountant) -> None:
    """Nothing is kept: the check alone, on the day of the refund, from the account RentAxis names."""
    _, lease = rentaxis.moved_in("Fay Full", "700.00")
    settlement = rentaxis.settle_deposit(
        lease, "700.00", "700.00", day=LEFT, refunded_on=dt.date(2026, 7, 9), refund_account_id=1050
    )
    rows = sync()
    check = accountant.of("deposit_settlement", settlement)
    assert ("credit", f"deposit-{settlement}") not in rows
    assert (check["TxnDate"], check["AccountRef"]["name"]) == ("2026-07-09", "Stripe Clearing")
    assert (lines(check), accountant.balance("Fay Full")) == ([(HELD_IN, money(700))], 0)


def test_the_deposit_pays_as_much_as_it_comes_to(rentaxis, sync, accountant) -> None:
    """Damages beyond the deposit: no check, the credit memo over all of it, and the tenant owes the rest on the invoice."""
    tenant, lease = rentaxis.moved_in("Della Damage", "500.00")
    damages = rentaxis.invoice(tenant, ("800.00", "4000"), kind="one_off", lease_id=lease, day=LEFT)
    settlement = rentaxis.settle_deposit(
        lease, "500.00", "0.00", (damages, "500.00"), day=LEFT, deductions_total=money(800)
    )
    rows = sync()
    told = rows["deposit_settlement", str(settlement)]
    assert (told.status, told.reason_code) == ("skipped", "void_never_pushed")
    assert not accountant.all_of("deposit_settlement", settlement)
    assert accountant.of("credit", f"deposit-{settlement}")["TotalAmt"] == money(500)
    assert accountant.of("invoice", damages)["Balance"] == accountant.balance("Della Damage") == money(300)


def test_what_no_invoice_bills_is_refused_by_name(rentaxis, sync, accountant) -> None:
    """A deduction without an invoice would leave the tenant with a credit, and the income nowhere: a person bills it, and it goes by itself."""
    tenant, lease = rentaxis.moved_in("Nina Noinvoice", "300.00")
    settlement = rentaxis.settle_deposit(lease, "300.00", "260.00", (None, "40.00"), day=LEFT)
    told = sync()["credit", f"deposit-{settlement}"]
    assert told.status == "failed"
    assert not accountant.all_of("credit", f"deposit-{settlement}")
    assert lines(accountant.of("deposit_settlement", settlement)) == [(HELD_IN, money(260))]
    billed = rentaxis.invoice(tenant, ("40.00", "4000"), kind="one_off", lease_id=lease, day=LEFT)
    rentaxis.ask(
        "UPDATE deposit_deductions SET invoice_id = %s, updated_at = now() WHERE settlement_id = %s",
        billed,
        settlement,
    )
    assert sync()["credit", f"deposit-{settlement}"].status == "created"
    assert (accountant.of("invoice", billed)["Balance"], accountant.balance("Nina Noinvoice")) == (0, 0)


def test_a_settlement_that_is_not_final_moves_nothing(rentaxis, sync, accountant) -> None:
    """RentAxis finalizes a settlement as the lease ends; before that it may change."""
    tenant, lease = rentaxis.moved_in("Drew Draft", "200.00")
    damages = rentaxis.invoice(tenant, ("50.00", "4000"), kind="one_off", lease_id=lease, day=LEFT)
    settlement = rentaxis.settle_deposit(
        lease,
        "200.00",
        "150.00",
        (damages, "50.00"),
        created_at=dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC),
        finalized_at=None,
    )
    rows = sync()
    assert rows["deposit_settlement", str(settlement)].reason_code == "draft"
    assert rows["credit", f"deposit-{settlement}"].reason_code == "draft"
    rentaxis.change(
        "deposit_settlements", settlement, finalized_at=dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC)
    )
    assert sync()["deposit_settlement", str(settlement)].status == "created"
    assert accountant.balance("Drew Draft") == 0


def test_a_settlement_that_is_deleted_leaves_the_deposit_held(rentaxis, sync, accountant) -> None:
    """The check is brought to zero, the application lets go, the credit memo follows: the damages are owed again."""
    tenant, lease = rentaxis.moved_in("Ria Reversed", "400.00")
    damages = rentaxis.invoice(tenant, ("60.00", "4000"), kind="one_off", lease_id=lease, day=LEFT)
    settlement = rentaxis.settle_deposit(lease, "400.00", "340.00", (damages, "60.00"), day=LEFT)
    sync()
    rentaxis.change("deposit_settlements", settlement, deleted_at=dt.datetime.now(dt.UTC))
    sync()
    sync()
    assert accountant.of("deposit_settlement", settlement)["TotalAmt"] == 0
    assert accountant.of("credit", f"deposit-{settlement}")["TotalAmt"] == 0
    assert accountant.of("invoice", damages)["Balance"] == accountant.balance("Ria Reversed") == money(60)


def test_a_settlement_is_undone_with_its_run(rentaxis, sync, accountant, chain) -> None:
    """The check, the credit memo and its application are deleted; the deposit is held and the damages are owed."""
    tenant, lease = rentaxis.moved_in("Una Done", "600.00")
    damages = rentaxis.invoice(tenant, ("75.00", "4000"), kind="one_off", lease_id=lease, day=LEFT)
    sync()
    before = all_books(accountant)
    settlement = rentaxis.settle_deposit(lease, "600.00", "525.00", (damages, "75.00"), day=LEFT)
    undo(chain, run_of(sync()))
    assert not accountant.all_of("deposit_settlement", settlement)
    assert differing(standing(before), standing(all_books(accountant))) == []
    for child in ("deposit_deductions WHERE settlement_id", "deposit_settlements WHERE id"):
        rentaxis.ask(f"DELETE FROM {child} = %s", settlement)


def test_without_being_asked_they_are_listed(rentaxis, sync, accountant, chain) -> None:
    """A company that pushes credits alone: neither half of a settlement goes."""
    chain.company = chain.company.model_copy(update={"also_push": ("credits", "credit_applications")})
    tenant, lease = rentaxis.moved_in("Nora Notasked", "100.00")
    damages = rentaxis.invoice(tenant, ("20.00", "4000"), kind="one_off", lease_id=lease, day=LEFT)
    settlement = rentaxis.settle_deposit(lease, "100.00", "80.00", (damages, "20.00"), day=LEFT)
    rows = sync()
    assert ("deposit_settlement", str(settlement)) not in rows
    assert rows["credit", f"deposit-{settlement}"].reason_code == "type_not_enabled"
    assert not accountant.all_of("credit", f"deposit-{settlement}")
