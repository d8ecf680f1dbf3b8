"""Expenses paid in parts: one bill, a bill payment for each payment, the rest owed. Books read back from QuickBooks.

The treatment is Intuit's own: partial payments are recorded with Pay bills, and the bill stays open with the balance that remains
("Make a partial payment for a bill", quickbooks.intuit.com/learn-support); BillPayment with LinkedTxn of the Bill (QuickBooks API reference).
"""

import datetime as dt
from decimal import Decimal

from rentaxis_pipelines_tests.books.test_any_advice import proof
from rentaxis_pipelines_tests.books.undoing import books_of, run_of, standing, undo
from rentaxis_pipelines_tests.support.accountant import applied, money

OCTOBER, NOVEMBER, DECEMBER = dt.date(2026, 10, 10), dt.date(2026, 11, 3), dt.date(2026, 12, 4)
LAST_DAY = dt.date(2026, 12, 31)
UNPAID = {"status": "unpaid", "payment_method": None, "paid_at": None}


def part(expense: int, payment: int) -> tuple[str, str]:
    return "expense_part_payment", f"{expense}~{payment}"


def test_each_part_is_a_payment_of_the_bill_and_the_bill_owes_the_rest(rentaxis, sync, accountant) -> None:
    """300.00 of 10 October: 120.00 by check in November, 100.00 in December; 80.00 stays owed until it is paid."""
    vendor = rentaxis.vendor("Roofers in Parts")
    expense = rentaxis.expense("300.00", day=OCTOBER, vendor_id=vendor, **UNPAID)
    first = rentaxis.pay_expense(expense, "120.00", NOVEMBER)
    sync(last_day=LAST_DAY)
    bill = accountant.of("expense", expense)
    assert (bill["entity"], bill["TxnDate"], bill["Balance"]) == ("Bill", "2026-10-10", money("180.00"))
    one = accountant.of(*part(expense, first))
    assert (one["TxnDate"], applied(one)) == ("2026-11-03", {bill["Id"]: money("120.00")})
    assert one["CheckPayment"]["BankAccountRef"]["name"] == "Checking"

    second = rentaxis.pay_expense(expense, "100.00", DECEMBER)
    result = sync(last_day=LAST_DAY)
    assert result[part(expense, second)].status == "created"
    assert result[part(expense, first)].reason_code == "unchanged"
    assert accountant.of("expense", expense)["Balance"] == money("80.00")

    third = rentaxis.pay_expense(expense, "80.00", DECEMBER)
    sync(last_day=LAST_DAY)
    assert accountant.of("expense", expense)["Balance"] == 0
    numbers = {accountant.of(*part(expense, payment))["DocNumber"] for payment in (first, second, third)}
    assert len(numbers) == 3
    again = sync(last_day=LAST_DAY)
    assert {row.reason_code for key, row in again.items() if key[1].split("~")[0] == str(expense)} == {
        "unchanged"
    }


def in_two_parts(rentaxis, sync, name: str) -> tuple[int, int, int]:
    """A bill of 300.00, of which 120.00 and 100.00 are paid, pushed; and the two payments."""
    expense = rentaxis.expense("300.00", day=OCTOBER, vendor_id=rentaxis.vendor(name), **UNPAID)
    first = rentaxis.pay_expense(expense, "120.00", NOVEMBER)
    second = rentaxis.pay_expense(expense, "100.00", DECEMBER)
    sync(last_day=LAST_DAY)
    return expense, first, second


def test_a_payment_that_is_edited_or_removed_is_updated_or_voided_alone(rentaxis, sync, accountant) -> None:
    """The amount moves from one payment to the other, then one of them is taken back: the other stays, and the bill owes the difference."""
    expense, first, second = in_two_parts(rentaxis, sync, "Edited Parts")
    ids = {payment: accountant.of(*part(expense, payment))["Id"] for payment in (first, second)}
    rentaxis.change("expense_payments", first, amount=Decimal("60.00"), paid_on=dt.date(2026, 11, 5))
    rentaxis.change("expense_payments", second, amount=Decimal("240.00"))
    rentaxis.keep_expense(expense)
    result = sync(last_day=LAST_DAY)
    assert [result[part(expense, payment)].status for payment in (first, second)] == ["updated"] * 2
    assert accountant.of("expense", expense)["Balance"] == 0
    one = accountant.of(*part(expense, first))
    assert (one["Id"], one["TxnDate"], one["TotalAmt"]) == (ids[first], "2026-11-05", money("60.00"))

    rentaxis.change("expense_payments", second, deleted_at=dt.datetime.now(dt.UTC))
    rentaxis.keep_expense(expense)
    result = sync(last_day=LAST_DAY)
    assert result[part(expense, second)].action == "void"
    assert accountant.of(*part(expense, second))["TotalAmt"] == 0
    assert accountant.of("expense", expense)["Balance"] == money("240.00")
    assert accountant.of(*part(expense, first))["Id"] == ids[first]


def test_a_bill_that_becomes_smaller_or_goes_lets_its_payments_go_first(rentaxis, sync, accountant) -> None:
    """QuickBooks takes no bill below what is paid on it: the payments shrink before the bill, and grow after it."""
    expense, first, second = in_two_parts(rentaxis, sync, "Shrinking Bill")
    rentaxis.change("expenses", expense, amount=Decimal("90.00"))
    rentaxis.change("expense_payments", first, amount=Decimal("50.00"))
    rentaxis.change("expense_payments", second, amount=Decimal("40.00"))
    rentaxis.keep_expense(expense)
    assert failed(sync(last_day=LAST_DAY), expense) == []
    bill = accountant.of("expense", expense)
    assert (bill["TotalAmt"], bill["Balance"]) == (money("90.00"), 0)
    rentaxis.change("expenses", expense, status="void")
    assert failed(sync(last_day=LAST_DAY), expense) == []
    assert accountant.of("expense", expense)["TotalAmt"] == 0
    assert [accountant.of(*part(expense, payment))["TotalAmt"] for payment in (first, second)] == [0, 0]
    rentaxis.change("expenses", expense, status="paid")
    assert failed(sync(last_day=LAST_DAY), expense) == []
    assert accountant.of("expense", expense)["Balance"] == 0


def test_an_expense_deleted_for_good_takes_all_its_payments_along(rentaxis, sync, accountant) -> None:
    expense, first, second = in_two_parts(rentaxis, sync, "Deleted Parts")
    rentaxis.erase("expenses", expense)
    assert failed(sync(last_day=LAST_DAY), expense) == []
    assert accountant.of("expense", expense)["TotalAmt"] == 0
    assert [accountant.of(*part(expense, payment))["TotalAmt"] for payment in (first, second)] == [0, 0]


def test_more_than_is_owed_is_refused_and_nothing_changes(rentaxis, sync, accountant) -> None:
    """Neither the bill nor any payment: which of the amounts is wrong nobody knows."""
    expense, first, _ = in_two_parts(rentaxis, sync, "Overpaid")
    rentaxis.pay_expense(expense, "100.00", DECEMBER)
    rentaxis.change("expense_payments", first, amount=Decimal("130.00"))
    result = sync(last_day=LAST_DAY)
    row = result["expense", str(expense)]
    assert (row.status, row.reason_code) == ("failed", "invalid_value")
    assert row.reason == "Its amount is 300.00, but its payments come to 330.00."
    assert accountant.of(*part(expense, first))["TotalAmt"] == money("120.00")
    assert accountant.of("expense", expense)["Balance"] == money("80.00")


def test_a_mark_that_contradicts_the_payments_is_refused(rentaxis, sync) -> None:
    """Paid in full by its mark, in part by its payments; or partly paid, without a payment."""
    marked = rentaxis.expense("300.00", day=OCTOBER, vendor_id=rentaxis.vendor("Contradicted"), **UNPAID)
    rentaxis.pay_expense(marked, "100.00", NOVEMBER)
    rentaxis.change("expenses", marked, status="paid")
    alone = rentaxis.expense(
        "40.00", day=OCTOBER, vendor_id=rentaxis.vendor("Alone"), **UNPAID | {"status": "partially_paid"}
    )
    without = rentaxis.expense("40.00", day=OCTOBER, **UNPAID)
    rentaxis.pay_expense(without, "10.00", NOVEMBER)
    result = sync(last_day=LAST_DAY)
    said = [result["expense", str(expense)].reason for expense in (marked, alone, without)]
    assert "is marked as paid, but its payments come to 100.00 of 300.00." in said[0]
    assert "is partly paid, but RentAxis shows none of its payments." in said[1]
    assert "has no vendor; QuickBooks does not accept a bill without one." in said[2]


def test_what_was_pushed_before_rentaxis_kept_payments_stays_what_it_is(rentaxis, sync, accountant) -> None:
    """The bill payment of an expense that was only marked as paid: RentAxis shows the payment now, later edited, later split. The same
    transaction, nothing pushed again, and no second one for the same money.
    """
    expense = rentaxis.expense(
        "300.00", day=OCTOBER, vendor_id=rentaxis.vendor("Since Before"), status="paid", payment_method="check", paid_at=NOVEMBER
    )  # fmt: skip
    sync(last_day=LAST_DAY)
    before = accountant.of("expense_payment", expense)
    first = rentaxis.pay_expense(expense, "300.00", NOVEMBER)
    result = sync(last_day=LAST_DAY)
    assert {row.reason_code for key, row in result.items() if key[1].split("~")[0] == str(expense)} == {
        "unchanged"
    }
    assert accountant.of("expense_payment", expense)["SyncToken"] == before["SyncToken"]

    rentaxis.change("expense_payments", first, amount=Decimal("200.00"), paid_on=DECEMBER)
    second = rentaxis.pay_expense(expense, "100.00", DECEMBER)
    assert failed(sync(last_day=LAST_DAY), expense) == []
    now = accountant.of("expense_payment", expense)
    assert (now["Id"], now["DocNumber"]) == (before["Id"], before["DocNumber"])
    standing = [now, *accountant.all_of(*part(expense, first)), *accountant.all_of(*part(expense, second))]
    assert sorted(each["TotalAmt"] for each in standing) == [money("100.00"), money("200.00")]
    assert accountant.of("expense", expense)["Balance"] == 0
    again = sync(last_day=LAST_DAY)
    assert {row.reason_code for key, row in again.items() if key[1].split("~")[0] == str(expense)} == {
        "unchanged"
    }


def test_one_payment_of_the_whole_on_the_expenses_own_day_is_a_purchase(rentaxis, sync, accountant) -> None:
    """As where RentAxis only marks it as paid: a folder that begins to return payments turns no purchase into a bill."""
    expense = rentaxis.expense("44.00", day=OCTOBER, vendor_id=rentaxis.vendor("Paid at Once"))
    sync(last_day=LAST_DAY)
    before = accountant.of("expense", expense)
    rentaxis.pay_expense(expense, "44.00", OCTOBER)
    result = sync(last_day=LAST_DAY)
    assert result["expense", str(expense)].reason_code == "unchanged"
    assert (before["entity"], accountant.of("expense", expense)["SyncToken"]) == (
        "Purchase",
        before["SyncToken"],
    )


def test_another_vendor_moves_the_bill_and_its_payments(rentaxis, sync, accountant) -> None:
    expense, _, second = in_two_parts(rentaxis, sync, "The Wrong One")
    rentaxis.change("expenses", expense, vendor_id=rentaxis.vendor("The Right One"))
    results = [sync(last_day=LAST_DAY) for _ in range(2)][-1]
    assert failed(results, expense) == []
    live = [each for each in accountant.all_of("expense", expense) if each["TotalAmt"]]
    assert [each["VendorRef"]["name"] for each in live] == ["The Right One"]
    assert accountant.of(*part(expense, second))["VendorRef"]["name"] == "The Right One"
    assert live[0]["Balance"] == money("80.00")


def test_what_was_owed_at_go_live_and_is_paid_in_parts_since_is_said(rentaxis, sync, chain) -> None:
    """It is in the opening balances: no bill, and no payment that nobody hears of."""
    chain.company = chain.company.model_copy(update={"go_live": dt.date(2026, 11, 1)})
    expense = rentaxis.expense("90.00", day=OCTOBER, vendor_id=rentaxis.vendor("Owed Before"), **UNPAID)
    rentaxis.pay_expense(expense, "30.00", NOVEMBER)
    row = sync(last_day=LAST_DAY)["expense", str(expense)]
    assert (row.status, row.reason_code) == ("failed", "invalid_value")
    assert "was owed at go-live, and is paid in parts since" in (row.reason or "")


def failed(results, expense: int) -> list[str | None]:
    ours = [row for key, row in results.items() if key[1].split("~")[0] == str(expense)]
    assert ours
    return [row.reason for row in ours if row.status == "failed" or row.reason_code == "waiting_for_parent"]


def test_the_proof_and_the_undo_know_every_payment(rentaxis, sync, accountant, chain) -> None:
    """Reconciled, each payment agrees; one that RentAxis has no longer waits for the next run; undone, what was paid is open again."""
    expense, first, second = in_two_parts(rentaxis, sync, "Proved Parts")
    found, rows = proof(chain)
    keys = ["expense/" + str(expense), *("/".join(part(expense, payment)) for payment in (first, second))]
    assert found.failed_tests == []
    assert {key: rows[key]["explanation"] for key in keys} == dict.fromkeys(keys, "agrees")
    assert [rows[key]["rentaxis_total"] for key in keys] == [Decimal(300), Decimal(120), Decimal(100)]

    before = standing(books_of(accountant))
    rentaxis.change("expense_payments", first, deleted_at=dt.datetime.now(dt.UTC))
    rentaxis.change("expense_payments", second, amount=Decimal("90.00"))
    third = rentaxis.pay_expense(expense, "55.00", DECEMBER)
    _, rows = proof(chain)
    said = [rows["/".join(part(expense, payment))]["explanation"] for payment in (first, second, third)]
    assert said == ["changed_since_push", "changed_since_push", "not_pushed"]
    pushed = sync(last_day=LAST_DAY)
    assert accountant.of("expense", expense)["Balance"] == money("155.00")
    assert {
        proof(chain)[1]["/".join(part(expense, payment))]["explanation"] for payment in (first, second, third)
    } == {"agrees"}

    undone = undo(chain, run_of(pushed), "bill_payments")
    assert failed(undone, expense) == []
    after = standing(books_of(accountant))
    assert {key: row for key, row in after.items() if key[0] in ("Bill", "BillPayment")} == {
        key: row for key, row in before.items() if key[0] in ("Bill", "BillPayment")
    }


def test_a_single_expense_is_pushed_with_its_payments_and_found_by_its_marks_if_the_ledger_is_lost(
    rentaxis, sync, accountant, chain
) -> None:
    """Alone, as ``rentaxis-sync record`` does; then with no link of it in the ledger: each is linked again, none is made twice."""
    expense = rentaxis.expense("70.00", day=OCTOBER, vendor_id=rentaxis.vendor("Alone in Parts"), **UNPAID)
    payment = rentaxis.pay_expense(expense, "20.00", NOVEMBER)
    row = chain.push_record("expense", expense)
    assert row is not None and row.status == "created"
    assert accountant.of(*part(expense, payment))["TotalAmt"] == money("20.00")
    with chain.run() as run:
        run.connection.exec_driver_sql("delete from ledger.links where source_type like 'expense%%'")
        run.connection.exec_driver_sql("delete from ledger.known_until")
        run.connection.commit()
    rentaxis.pay_expense(expense, "5.00", DECEMBER)
    assert failed(sync(last_day=LAST_DAY), expense) == []
    assert accountant.of("expense", expense)["Balance"] == money("45.00")
    assert len(accountant.all_of(*part(expense, payment))) == 1
