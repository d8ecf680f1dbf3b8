"""Expenses paid in parts: one bill, a bill payment for each payment, the rest owed. Books read back from QuickBooks.

The treatment is Intuit's own: partial payments are recorded with Pay bills, and the bill stays open with the balance that remains
("Make a partial payment for a bill", quickbooks.intuit.com/learn-support); BillPayment with LinkedTxn of the Bill (QuickBooks API reference).
"""

import datetime as dt

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
