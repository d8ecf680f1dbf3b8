"""Payouts of a processor and batches of checks, from the RentAxis row to the books.

Intuit's "Record and make bank deposits in QuickBooks Online": payments in Undeposited Funds are gathered to one deposit that equals the
bank's line. Intuit's "Account for merchant fees on bank deposits": what the processor kept is a line below zero in it. QuickBooks links what sits in
Undeposited Funds alone (entity reference of Deposit); what went to a clearing account is taken out of that account.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines_tests.books.undoing import books_of, differing, run_of, undo
from rentaxis_pipelines_tests.support.accountant import money

PAID, BANKED = dt.date(2026, 5, 3), dt.date(2026, 5, 5)


@pytest.fixture(autouse=True)
def deposits_are_pushed(chain, mappings) -> None:
    mappings(processor_fees="Other Expenses")
    chain.company = chain.company.model_copy(update={"also_push": ("deposits",)})


@pytest.fixture
def three_payments(rentaxis) -> Callable[..., list[int]]:
    """Three tenants who paid 100, 200 and 300."""

    def paid(name: str, method: str = "check", **columns: Any) -> list[int]:
        payments: list[int] = []
        for number, amount in enumerate(("100.00", "200.00", "300.00")):
            tenant = rentaxis.tenant(f"{name} {number}")
            invoice = rentaxis.invoice(tenant, amount)
            payments.append(
                rentaxis.payment(tenant, amount, (invoice, amount), day=PAID, method=method, **columns)
            )
        return payments

    return paid


@pytest.fixture
def agrees(chain) -> Callable[[], list[dict[str, Any]]]:
    """The proof of now: every record agrees. Returns the payments that are in no deposit."""

    def look() -> list[dict[str, Any]]:
        with chain.run() as run:
            found = reconcile(run, chain.environment, context_of(run, chain.company))
            differing_now = [
                row for row in rows_of(run.connection, "records") if row["explanation"] != "agrees"
            ]
            assert not differing_now
            assert (found.failed_tests, found.unexplained_money) == ([], 0)
            assert not list(rows_of(run.connection, "typed_deposits"))
            return list(rows_of(run.connection, "undeposited"))

    return look


def gathered(deposit: dict[str, Any]) -> list[tuple[str, Decimal]]:
    """(account or ``Payment:id``, amount) line by line."""
    found: list[tuple[str, Decimal]] = []
    for line in deposit["Line"]:
        linked = line.get("LinkedTxn") or []
        detail = line.get("DepositLineDetail")
        name = f"Payment:{linked[0]['TxnId']}" if linked else detail["AccountRef"]["name"]
        found.append((name, Decimal(line["Amount"])))
    return found


def waiting(undeposited: list[dict[str, Any]], payments: list[int]) -> list[int]:
    """Those of these payments that are in no deposit yet, by the proof."""
    records = {row["record"] for row in undeposited}
    return [payment for payment in payments if f"payment/{payment}" in records]


def amounts(payments: list[int]) -> list[tuple[int, str]]:
    return list(zip(payments, ("100.00", "200.00", "300.00"), strict=True))


def given_another_amount(rentaxis, deposit: int, payment: int) -> None:
    """The payment of 300 is one of 310, and the deposit of 600 says so."""
    rentaxis.change("payments", payment, amount=Decimal("310.00"))
    (inside,) = rentaxis.ask(
        "SELECT id FROM bank_deposit_payments WHERE deposit_id = %s AND payment_id = %s", deposit, payment
    )
    rentaxis.change("bank_deposit_payments", inside["id"], amount=Decimal("310.00"))
    rentaxis.change("bank_deposits", deposit, total=Decimal("610.00"))


def test_a_payout_of_three_payments_less_fees_equals_the_bank_line(
    rentaxis, sync, accountant, three_payments, agrees
) -> None:
    """Each payment is linked out of Undeposited Funds, the fee is a line below zero, and the total is what the bank shows."""
    payments = three_payments("Paya Payout")
    deposit = rentaxis.deposit(
        "582.60", *amounts(payments), fee=Decimal("17.40"), day=BANKED, reference="po_1"
    )
    result = sync()["deposit", str(deposit)]
    assert (result.status, result.amount, result.source_label) == ("created", money("582.60"), "Payout po_1")
    found = accountant.of("deposit", deposit)
    linked = [accountant.of("payment", payment)["Id"] for payment in payments]
    assert gathered(found) == [
        (f"Payment:{linked[0]}", money("100.00")),
        (f"Payment:{linked[1]}", money("200.00")),
        (f"Payment:{linked[2]}", money("300.00")),
        ("Other Expenses", money("-17.40")),
    ]
    assert (found["TotalAmt"], found["TxnDate"], found["DepositToAccountRef"]["name"]) == (
        money("582.60"), "2026-05-05", "Checking",
    )  # fmt: skip
    assert {row.reason_code for row in sync(full=True).values()} == {"unchanged"}
    assert not waiting(agrees(), payments)


def test_a_payout_out_of_the_clearing_account(rentaxis, sync, accountant, three_payments, agrees) -> None:
    """What went to the clearing account is taken out of it gross, in the customer's name; a dispute makes the payout smaller."""
    payments = three_payments("Clara Clearing", "stripe")
    deposit = rentaxis.deposit(
        "540.00", *amounts(payments), others=(("5000", "-50.00"),), fee=Decimal("10.00"), day=BANKED
    )
    sync()
    found = accountant.of("deposit", deposit)
    assert gathered(found) == [
        ("Stripe Clearing", money("100.00")),
        ("Stripe Clearing", money("200.00")),
        ("Stripe Clearing", money("300.00")),
        ("Repairs", money("-50.00")),
        ("Other Expenses", money("-10.00")),
    ]
    assert found["Line"][0]["DepositLineDetail"]["Entity"]["name"] == "Clara Clearing 0"
    assert found["TotalAmt"] == money("540.00")
    assert not waiting(agrees(), payments)


def test_a_batch_of_checks(rentaxis, sync, accountant, three_payments, agrees) -> None:
    """Checks that were brought to the bank together are one deposit."""
    payments = three_payments("Batcha Batch")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED, reference="12")
    assert sync()["deposit", str(deposit)].source_label == "Bank deposit 12"
    assert accountant.of("deposit", deposit)["TotalAmt"] == money("600.00")
    assert not waiting(agrees(), payments)


@pytest.mark.parametrize(
    ("columns", "code", "said"),
    [
        ({"fee": Decimal("17.41")}, "total_mismatch", "582.60 at the bank"),
        ({"fee": Decimal("17.40"), "account_id": None}, "missing_field", "names no bank account"),
    ],
)
def test_what_does_not_equal_the_bank_line_is_refused_in_words(
    rentaxis, sync, accountant, three_payments, columns, code, said
) -> None:
    """A cent too much, or no bank account: the row says so, and nothing is deposited."""
    payments = three_payments(f"Cent {code}")
    deposit = rentaxis.deposit("582.60", *amounts(payments), day=BANKED, **columns)
    row = sync()["deposit", str(deposit)]
    assert (row.status, row.reason_code) == ("failed", code)
    assert said in (row.reason or "")
    assert not accountant.all_of("deposit", deposit)
    rentaxis.erase("bank_deposits", deposit)


def test_it_waits_until_all_its_payments_stand(rentaxis, sync, accountant, three_payments) -> None:
    """One payment is pending: the deposit waits for it, and goes once it is completed."""
    payments = three_payments("Wanda Waits")
    rentaxis.change("payments", payments[1], status="pending")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED)
    assert sync()["deposit", str(deposit)].reason_code == "waiting_for_parent"
    assert not accountant.all_of("deposit", deposit)
    rentaxis.change("payments", payments[1], status="completed")
    assert sync()["deposit", str(deposit)].status == "created"


def test_a_payment_in_a_deposit_of_ours_is_corrected(
    rentaxis, sync, accountant, three_payments, agrees
) -> None:
    """QuickBooks changes no payment in a deposit (6540): the deposit lets go of it, the payment changes, and it is put back, in one run."""
    payments = three_payments("Cora Corrected")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED)
    sync()
    before = accountant.of("deposit", deposit)
    rentaxis.change("payments", payments[1], reference="4711")
    result = sync()
    assert result["payment", str(payments[1])].status == "updated"
    assert result["deposit", str(deposit)].status == "updated"
    after, paid = accountant.of("deposit", deposit), accountant.of("payment", payments[1])
    assert paid["PaymentRefNum"] == "4711"
    assert (after["Id"], gathered(after), after["TotalAmt"]) == (
        before["Id"], gathered(before), before["TotalAmt"],
    )  # fmt: skip
    assert {row.reason_code for row in sync(full=True).values()} == {"unchanged"}
    assert not waiting(agrees(), payments)


def test_a_payment_in_a_deposit_of_ours_gets_another_amount(
    rentaxis, sync, accountant, three_payments, agrees
) -> None:
    """With the new amount in the deposit's own record it is put back with that, in the same run."""
    payments = three_payments("Nora New")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED)
    sync()
    given_another_amount(rentaxis, deposit, payments[2])
    sync()
    found = accountant.of("deposit", deposit)
    paid = accountant.of("payment", payments[2])
    assert (paid["TotalAmt"], found["TotalAmt"]) == (money("310.00"), money("610.00"))
    assert (f"Payment:{paid['Id']}", money("310.00")) in gathered(found)
    assert not waiting(agrees(), payments)


def test_a_payment_that_no_longer_fits_leaves_the_bank_line_as_it_is(
    rentaxis, sync, accountant, three_payments
) -> None:
    """Void in RentAxis, and the deposit's record still has it: the payment is voided, the deposit keeps its total out of Undeposited Funds, and
    its row says what to correct."""
    payments = three_payments("Vera Void")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED)
    sync()
    rentaxis.void("payments", payments[0])
    row = sync()["deposit", str(deposit)]
    found = accountant.of("deposit", deposit)
    assert accountant.of("payment", payments[0])["TotalAmt"] == 0
    assert (found["TotalAmt"], gathered(found)[0]) == (
        money("600.00"),
        ("Undeposited Funds", money("100.00")),
    )
    assert (row.status, row.reason_code) == ("failed", "invalid_value")
    rentaxis.erase("bank_deposits", deposit)
    sync()
    assert not accountant.all_of("deposit", deposit)


def test_a_deposit_that_a_person_made_is_nobodys_to_touch(rentaxis, sync, accountant, three_payments) -> None:
    """Today's refusal stays."""
    (payment, *_) = three_payments("Pia Person")
    sync()
    there = [accountant.of("payment", payment)["Id"]]
    by_hand = {"deed": "deposit", "payments": there, "account": accountant.account("Checking")}
    accountant.control("hand", by_hand)
    rentaxis.change("payments", payment, reference="4712")
    assert sync()["payment", str(payment)].reason_code == "deposited"


@pytest.mark.parametrize("how", ["void", "deleted", "erased"])
def test_taken_back_in_rentaxis_it_is_deleted_and_its_payments_wait_again(
    rentaxis, sync, accountant, three_payments, agrees, how
) -> None:
    """QuickBooks has no void of a deposit (entity reference): it is deleted, and its payments are in Undeposited Funds again."""
    payments = three_payments(f"Tara {how}")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED)
    sync()
    if how == "void":
        rentaxis.change("bank_deposits", deposit, status="void")
    elif how == "deleted":
        rentaxis.change("bank_deposits", deposit, deleted_at=dt.datetime.now(dt.UTC))
    else:
        rentaxis.erase("bank_deposits", deposit)
    sync()
    assert not accountant.all_of("deposit", deposit)
    assert waiting(agrees(), payments) == payments


def test_a_run_with_payments_and_their_deposit_is_undone(
    rentaxis, sync, accountant, three_payments, chain
) -> None:
    """The deposit goes first and lets go of its payments, which are voided then."""
    payments = three_payments("Una Undone")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED)
    done = run_of(sync())
    undone = undo(chain, done)
    assert not [row.reason for row in undone.values() if row.status == "failed"]
    assert not accountant.all_of("deposit", deposit)
    assert [accountant.of("payment", payment)["TotalAmt"] for payment in payments] == [0, 0, 0]
    rentaxis.erase("bank_deposits", deposit)


def test_a_deposit_and_a_payment_in_it_that_a_run_changed_are_put_back_together(
    rentaxis, sync, accountant, three_payments, chain
) -> None:
    """A deposit gathers a payment for its whole amount (entity reference of Deposit): it lets go of it, both go back, and it gathers it again."""
    payments = three_payments("Toga Together")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED)
    sync()
    before = books_of(accountant)
    given_another_amount(rentaxis, deposit, payments[2])
    undone = undo(chain, run_of(sync()))
    assert {row.status for row in undone.values()} == {"updated"}
    assert not differing(before, books_of(accountant))
    rentaxis.erase("bank_deposits", deposit)


def test_where_the_payment_stays_the_deposit_stays_with_it(
    rentaxis, sync, accountant, three_payments, chain
) -> None:
    """The payment was changed in RentAxis since: neither is undone, and both say why."""
    payments = three_payments("Stella Stays")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED)
    sync()
    given_another_amount(rentaxis, deposit, payments[2])
    done = run_of(sync())
    before = books_of(accountant)
    rentaxis.change("payments", payments[2], reference="4713")
    undone = undo(chain, done)
    rows = undone["payment", str(payments[2])], undone["deposit", str(deposit)]
    assert {(row.status, row.reason_code) for row in rows} == {("failed", "changed_later")}
    assert not differing(before, books_of(accountant))
    rentaxis.erase("bank_deposits", deposit)


def test_an_edit_by_a_person_is_found_and_not_overwritten(
    rentaxis, sync, accountant, three_payments, chain
) -> None:
    """Somebody changes the deposit's memo and total in QuickBooks: the proof says so, and a change in RentAxis does not overwrite it."""
    payments = three_payments("Edda Edit")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED)
    sync()
    found = accountant.of("deposit", deposit)
    repairs = {"AccountRef": {"value": accountant.account("Repairs")}}
    added = {"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": repairs}
    kept = ("Id", "SyncToken", "TxnDate", "PrivateNote", "DepositToAccountRef")
    body = {name: found[name] for name in kept}
    chain.write(
        "Deposit",
        {
            **body,
            "Line": [*({**line, "Amount": float(line["Amount"])} for line in found["Line"]), added],
            "sparse": True,
        },
    )
    with chain.run() as run:
        reconcile(run, chain.environment, context_of(run, chain.company))
        explained = {row["record"]: row["explanation"] for row in rows_of(run.connection, "records")}
    assert explained[f"deposit/{deposit}"] == "edited_in_quickbooks"
    rentaxis.change("bank_deposits", deposit, reference="13")
    assert sync()["deposit", str(deposit)].reason_code == "changed_in_quickbooks"
    assert accountant.of("deposit", deposit)["TotalAmt"] == money("605.00")
    rentaxis.change("bank_deposits", deposit, reference=None)


def test_a_preview_shows_a_deposit_of_payments_to_come(
    rentaxis, sync, accountant, three_payments, chain
) -> None:
    """All is planned before anything is sent: the deposit gathers the payments of the same plan, and nothing is written."""
    payments = three_payments("Prue Preview")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED)
    before = books_of(accountant)
    assert sync(preview=True)["deposit", str(deposit)].reason_code == "preview"
    assert not differing(before, books_of(accountant))


def test_a_company_that_did_not_ask_pushes_none(rentaxis, sync, accountant, three_payments, chain) -> None:
    """An upgrade writes nothing it did not write before."""
    chain.company = chain.company.model_copy(update={"also_push": ()})
    payments = three_payments("Nona Asked")
    deposit = rentaxis.deposit("600.00", *amounts(payments), kind="batch", day=BANKED)
    assert ("deposit", str(deposit)) not in sync()
    assert not accountant.all_of("deposit", deposit)


def test_deposits_of_one_day_do_not_stand_in_each_others_way(
    rentaxis, sync, accountant, three_payments, chain
) -> None:
    """A deposit has no number: another of the day, ours or a person's, is another deposit, and one moves to another day in place."""
    by_hand = {
        "TxnDate": BANKED.isoformat(),
        "DepositToAccountRef": {"value": accountant.account("Checking")},
        "Line": [
            {
                "Amount": 77,
                "DetailType": "DepositLineDetail",
                "DepositLineDetail": {"AccountRef": {"value": accountant.account("Repairs")}},
            }
        ],
    }
    chain.write("Deposit", by_hand)
    first, second, third = three_payments("Dora Day")
    one = rentaxis.deposit("300.00", (first, "100.00"), (second, "200.00"), kind="batch", day=BANKED)
    other = rentaxis.deposit("300.00", (third, "300.00"), kind="batch", day=BANKED)
    result = sync()
    assert [result["deposit", str(each)].status for each in (one, other)] == ["created", "created"]
    before = accountant.of("deposit", one)
    rentaxis.change("bank_deposits", one, deposit_date=BANKED + dt.timedelta(days=1))
    assert sync()["deposit", str(one)].status == "updated"
    moved = accountant.of("deposit", one)
    assert (moved["Id"], moved["TxnDate"], gathered(moved)) == (before["Id"], "2026-05-06", gathered(before))


def test_one_that_a_person_made_already_is_asked_about(rentaxis, sync, accountant, three_payments) -> None:
    """Same day, bank and total: it is not made a second time; a person says whether it is the same."""
    (payment, *_) = three_payments("Ask Again")
    sync()
    there = [accountant.of("payment", payment)["Id"]]
    by_hand = {"deed": "deposit", "payments": there, "account": accountant.account("Checking")}
    accountant.control("hand", by_hand)
    made = next(
        each
        for each in accountant.all("Deposit")
        if each["Line"][0].get("LinkedTxn", [{}])[0].get("TxnId") == there[0]
    )
    day = dt.date.fromisoformat(made["TxnDate"])
    deposit = rentaxis.deposit("100.00", (payment, "100.00"), kind="batch", day=day)
    sync(first_day=min(day, PAID), last_day=max(day, dt.date(2026, 10, 31)))
    assert not accountant.all_of("deposit", deposit)
    rentaxis.erase("bank_deposits", deposit)
