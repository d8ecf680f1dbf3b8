"""Security deposits held, by tenant: RentAxis against the liability account in QuickBooks, and deposits that left another way.

What a deposit account holds is owed to tenants one by one, so it is proved by tenant (Intuit's "Refund a security deposit in QuickBooks
Online" keeps it on a liability account for the same reason).
"""

import datetime as dt
from typing import Any

import pytest

from rentaxis_pipelines.reports.held_words import describe_held
from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines_tests.support.accountant import money

LEFT = dt.date(2026, 6, 30)


@pytest.fixture(autouse=True)
def settlements_are_pushed(chain) -> None:
    own = chain.company.mappings
    chain.company = chain.company.model_copy(
        update={
            "also_push": ("credits", "credit_applications", "deposit_settlements"),
            "mappings": own.model_copy(update={"deposits_refunded_from": "Checking"}),
        }
    )


@pytest.fixture
def proof(chain):
    """The reconciliation of now: a tenant's row of the deposits held, and the open problems by record."""

    def look(name: str) -> tuple[dict[str, Any], dict[str, str]]:
        with chain.run() as run:
            found = reconcile(run, chain.environment, context_of(run, chain.company))
            assert found.failed_tests == []
            assert found.unexplained_money == 0
            held = {row["party_name"]: row for row in rows_of(run.connection, "held_deposits")}
            assert {row["unexplained"] for row in held.values()} == {0}
            said = describe_held(run.connection)
            assert (f"  {name}: " in said) == bool(held[name]["difference"])
            blocking = {row["record"]: row["explanation"] for row in rows_of(run.connection, "blockers")}
            return held[name], blocking

    return look


def entered_by_hand(accountant, amount: str, customer: str | None) -> str:
    """A journal entry that takes a deposit to income; its key in the proof."""
    lines = [
        {
            "DetailType": "JournalEntryLineDetail",
            "Amount": money(amount),
            "JournalEntryLineDetail": {
                "PostingType": side,
                "AccountRef": {"value": accountant.account(name)},
            },
        }
        for side, name in (("Debit", "Security Deposits Held"), ("Credit", "Rental Income"))
    ]
    if customer is not None:
        reference = {"value": accountant.customer(customer)["Id"]}
        lines[0]["JournalEntryLineDetail"]["Entity"] = {"Type": "Customer", "EntityRef": reference}
    fields = {"TxnDate": "2026-07-01", "Line": lines}
    body = {"deed": "create", "entity": "JournalEntry", "fields": fields}
    for line in lines:
        line["Amount"] = float(amount)
    accountant.control("hand", body)
    newest = max(accountant.all("JournalEntry"), key=lambda entry: int(entry["Id"]))
    return f"JournalEntry:{newest['Id']}"


def test_both_sides_hold_the_same_until_and_after_move_out(rentaxis, sync, proof) -> None:
    """Billed, then kept and refunded: to the cent on both sides, and the records agree."""
    tenant, lease = rentaxis.moved_in("Paula Proof", "1000.00")
    sync()
    held, _ = proof("Paula Proof")
    assert (held["rentaxis"], held["quickbooks"], held["unpaid"]) == (money(1000), money(1000), 0)
    damages = rentaxis.invoice(tenant, ("185.00", "4000"), kind="one_off", lease_id=lease, day=LEFT)
    settlement = rentaxis.settle_deposit(lease, "1000.00", "815.00", (damages, "185.00"), day=LEFT)
    sync()
    held, blocking = proof("Paula Proof")
    assert (held["billed"], held["kept"], held["refunded"]) == (money(1000), money(185), money(815))
    assert (held["rentaxis"], held["quickbooks"], held["difference"]) == (0, 0, 0)
    assert f"deposit_settlement/{settlement}" not in blocking


@pytest.mark.parametrize("name", ["Lena Left", None])
def test_a_deposit_taken_out_by_a_journal_entry_is_an_open_problem(
    rentaxis, sync, accountant, proof, name
) -> None:
    """With or without the tenant's name on it; once the settlement is excluded and the entry names the tenant, both sides agree."""
    tenant = name or "Nan Onamous"
    rentaxis.moved_in(tenant, "640.00")
    sync()
    entry = entered_by_hand(accountant, "640.00", name)
    held, blocking = proof(name or "(none)")
    assert (held["quickbooks"], blocking[entry]) == (
        money(0) if name else money(-640),
        "deposit_left_otherwise",
    )
    assert held["difference"] == money(640)
    accountant.control("hand", {"deed": "delete", "entity": "JournalEntry", "id": entry.split(":")[1]})
    _, blocking = proof(tenant)
    assert entry not in blocking


def test_a_check_that_was_edited_in_quickbooks_is_named(rentaxis, sync, accountant, proof) -> None:
    """The refund was changed there: the difference stands on the tenant, and the record is an open problem by its own explanation."""
    _, lease = rentaxis.moved_in("Edie Edited", "500.00")
    settlement = rentaxis.settle_deposit(lease, "500.00", "500.00", day=LEFT)
    sync()
    check = accountant.of("deposit_settlement", settlement)
    accountant.control("hand", {"deed": "void", "entity": "Purchase", "id": check["Id"]})
    held, blocking = proof("Edie Edited")
    assert (held["rentaxis"], held["quickbooks"]) == (0, money(500))
    assert held["explanations"] == blocking[f"deposit_settlement/{settlement}"]
    assert held["explanations"] in ("voided_in_quickbooks", "edited_in_quickbooks")


def test_a_deposit_invoice_that_was_voided_in_quickbooks_is_named(rentaxis, sync, accountant, proof) -> None:
    """The deposit itself went: RentAxis holds it, QuickBooks does not."""
    tenant = rentaxis.tenant("Vic Voided")
    lease = rentaxis.lease(tenant, "350.00")
    billed = rentaxis.invoice(tenant, ("350.00", "2100"), kind="deposit", lease_id=lease)
    sync()
    accountant.control(
        "hand", {"deed": "void", "entity": "Invoice", "id": accountant.of("invoice", billed)["Id"]}
    )
    held, blocking = proof("Vic Voided")
    assert (held["rentaxis"], held["quickbooks"], held["unpaid"]) == (money(350), 0, money(350))
    assert blocking[f"invoice/{billed}"] == "voided_in_quickbooks"
