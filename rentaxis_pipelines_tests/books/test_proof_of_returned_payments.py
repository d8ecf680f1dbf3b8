"""Payments that came back, in the proof, after an undo, and deleted in RentAxis: the two books agree, and the receivables to the cent."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines_tests.books.undoing import run_of, undo
from rentaxis_pipelines_tests.support.accountant import applied, money

PAID, BACK, AGAIN = dt.date(2026, 5, 3), dt.date(2026, 6, 9), dt.date(2026, 6, 20)


@pytest.fixture(autouse=True)
def on_their_day(policies, mappings) -> None:
    policies(returned_payments="on_their_day")
    mappings(return_fees="Other Expenses")


@pytest.fixture
def proof(chain):
    """The reconciliation of now: its tables by name."""

    def look(*tables: str) -> list[list[dict[str, Any]]]:
        with chain.run() as run:
            found = reconcile(run, chain.environment, context_of(run, chain.company))
            assert found.failed_tests == []
            assert found.unexplained_money == 0
            return [list(rows_of(run.connection, table)) for table in tables]

    return look


def came_back(rentaxis, name: str, amount: str, **facts: Any) -> tuple[Any, int, int]:
    tenant = rentaxis.tenant(name)
    invoice = rentaxis.invoice(tenant, amount)
    payment = rentaxis.payment(tenant, amount, (invoice, amount), day=PAID)
    return tenant, invoice, payment


def take_back(rentaxis, payment: int, **facts: Any) -> None:
    said = {"status": "failed", "returned_on": BACK, "return_reason": "nsf", **facts}
    rentaxis.change("payments", payment, **said)
    rentaxis.apply(payment)


def test_the_proof_agrees_before_and_after_the_return_is_paid(rentaxis, sync, proof) -> None:
    """Every record agrees; what RentAxis has open on the invoice QuickBooks has on the return; month by month the receivables are equal."""
    tenant, invoice, payment = came_back(rentaxis, "Pru Proof", "500.00")
    sync()
    take_back(rentaxis, payment, return_fee=money("20.00"))
    sync()
    records, open_now, by_month = proof("records", "receivables", "receivables_by_month")
    assert {row["explanation"] for row in records} == {"agrees"}
    ours = {row["record"]: row for row in open_now if row["party"] == "Pru Proof"}
    assert {key: (row["rentaxis"], row["quickbooks"], row["explanation"]) for key, row in ours.items()} == {
        f"invoice/{invoice}": (money(500), money(0), "open_on_return"),
        f"payment_return/{payment}": (money(0), money(500), "open_on_return"),
    }
    assert {row["difference"] for row in by_month} == {Decimal(0)}
    assert [row["rentaxis"] for row in by_month][:2] == [money(0), money(500)]
    rentaxis.payment(tenant, "500.00", (invoice, "500.00"), day=AGAIN)
    sync()
    records, open_now, by_month = proof("records", "receivables", "receivables_by_month")
    assert {row["explanation"] for row in records} == {"agrees"}
    assert not [row for row in open_now if row["party"] == "Pru Proof"]
    assert {row["difference"] for row in by_month} == {Decimal(0)}


def test_what_a_person_changes_of_the_return_is_found(rentaxis, sync, accountant, proof) -> None:
    """As of any other record of ours: drift says what, and the remedy."""
    _, _, payment = came_back(rentaxis, "Dru Drift", "90.00")
    sync()
    take_back(rentaxis, payment)
    sync()
    returned = accountant.of("payment_return", payment)
    accountant.control(
        "hand",
        {
            "deed": "edit",
            "entity": "Purchase",
            "id": returned["Id"],
            "fields": {"TxnDate": "2026-06-10", "PaymentType": "Cash"},
        },
    )
    (drift,) = proof("drift")
    (row,) = [row for row in drift if row["record"] == f"payment_return/{payment}"]
    assert (row["what"], row["field"], row["theirs"]) == ("edited", "TxnDate", "2026-06-10")
    rentaxis.change("payments", payment, void_reason=None)


def test_a_run_that_booked_a_return_is_undone(rentaxis, sync, accountant, chain) -> None:
    """The return and the fee are deleted, the customer owes what it owed before, and the payment was never touched."""
    _, _, payment = came_back(rentaxis, "Uno Undo", "80.00")
    sync()
    before = accountant.of("payment", payment)
    take_back(rentaxis, payment, return_fee=money("9.00"))
    run = run_of(sync())
    assert accountant.balance("Uno Undo") == money(80)
    undo(chain, run)
    assert not accountant.all_of("payment_return", payment)
    assert not accountant.all_of("payment_return_fee", payment)
    assert accountant.balance("Uno Undo") == 0
    assert accountant.of("payment", payment)["Line"] == before["Line"]


def test_a_return_that_a_later_payment_pays_is_not_undone(rentaxis, sync, accountant, chain) -> None:
    """It says which payment holds it; undone together, both go."""
    tenant, invoice, payment = came_back(rentaxis, "Hal Held", "70.00")
    sync()
    take_back(rentaxis, payment)
    run = run_of(sync())
    again = rentaxis.payment(tenant, "70.00", (invoice, "70.00"), day=AGAIN)
    later = run_of(sync())
    row = undo(chain, run)["payment_return", str(payment)]
    assert (row.status, row.reason_code) == ("failed", "held_by_payment")
    assert f"PAY-{again}" in (row.reason or "")
    returned = accountant.of("payment_return", payment)
    assert applied(accountant.of("payment", again)) == {returned["Id"]: money(70)}
    undo(chain, later)
    undo(chain, run)
    assert not accountant.all_of("payment_return", payment)
    assert accountant.balance("Hal Held") == 0


def test_a_returned_payment_deleted_for_good_takes_its_return_with_it(rentaxis, sync, accountant) -> None:
    """Nothing of it is in RentAxis any more: all of it is brought to zero."""
    _, invoice, payment = came_back(rentaxis, "Ida Erased", "60.00")
    sync()
    take_back(rentaxis, payment, return_fee=money("6.00"))
    sync()
    rentaxis.erase("payments", payment)
    sync()
    assert accountant.of("payment", payment)["TotalAmt"] == 0
    assert accountant.of("payment_return", payment)["TotalAmt"] == 0
    assert accountant.of("payment_return_fee", payment)["TotalAmt"] == 0
    assert accountant.balance("Ida Erased") == accountant.of("invoice", invoice)["Balance"] == money(60)
