"""What the books hold by account and day, and by customer and vendor: worked out from RentAxis' rows, and from QuickBooks' documents.

Debits are positive. Days on which an account comes to nothing are left out: a bill that is paid on its own day owes nothing on any.
Not here: what either side should be when a row failed or waits.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from rentaxis_pipelines_tests.support.accountant import Accountant, Object
from rentaxis_pipelines_tests.support.rentaxis_records import RentAxisRecords

RECEIVABLE, PAYABLE = "Accounts Receivable (A/R)", "Accounts Payable (A/P)"
Balances = dict[tuple[str, str], Decimal]  # account and day, or party and ""
Posting = tuple[str, str, Decimal]


def in_quickbooks(accountant: Accountant) -> Balances:
    """Account and day in QuickBooks, from the documents as they are stored."""
    accounts = {one["Id"]: one["Name"] for one in accountant.all("Account")}
    items = {one["Id"]: accounts[one["IncomeAccountRef"]["value"]] for one in accountant.all("Item")}
    return _summed(
        (account, one["TxnDate"], amount)
        for entity in ("Invoice", "Payment", "Purchase", "Bill", "BillPayment")
        for one in accountant.all(entity)
        for account, amount in _postings(entity, one, accounts, items)
    )


def _postings(
    entity: str, one: Object, accounts: dict[str, str], items: dict[str, str]
) -> Iterator[tuple[str, Decimal]]:
    total = Decimal(one["TotalAmt"])
    match entity:
        case "Invoice":
            yield RECEIVABLE, total
            for item, amount in _lines(one, "SalesItemLineDetail", "ItemRef"):
                yield items[item], -amount
        case "Payment":
            yield accounts[one["DepositToAccountRef"]["value"]], total
            yield RECEIVABLE, -total
        case "BillPayment":
            paid = (
                one.get("CheckPayment", {}).get("BankAccountRef") or one["CreditCardPayment"]["CCAccountRef"]
            )
            yield PAYABLE, total
            yield accounts[paid["value"]], -total
        case _:
            yield (PAYABLE if entity == "Bill" else accounts[one["AccountRef"]["value"]]), -total
            for account, amount in _lines(one, "AccountBasedExpenseLineDetail", "AccountRef"):
                yield accounts[account], amount


def _lines(one: Object, detail: str, reference: str) -> Iterator[tuple[str, Decimal]]:
    for line in one["Line"]:
        if detail in line:
            yield line[detail][reference]["value"], Decimal(line["Amount"])


def parties_in_quickbooks(accountant: Accountant) -> Balances:
    """What each customer owes and each vendor is owed, as QuickBooks says; nobody with nothing."""
    return {
        (one["DisplayName"], entity): Decimal(one["Balance"])
        for entity in ("Customer", "Vendor")
        for one in accountant.all(entity)
        if one["Balance"] != 0
    }


_INCOME = {
    "2100": "Security Deposits Held",
    "4100": "Late Fee Income",
    "4010": "Rental Income",
    "4000": "Rental Income",
}
_EXPENSE = {"5000": "Repairs", "5100": "Utilities", "5200": "Insurance"}
_DEPOSIT = {"check": "Undeposited Funds", "ach": "Checking", "stripe": "Stripe Clearing"}
_PAID_FROM = {"check": "Checking", "ach": "Checking", "credit_card": "Corporate Card"}


def parties_in_rentaxis(rentaxis: RentAxisRecords) -> Balances:
    """What each payer owes and each vendor is owed, by name; nobody with nothing."""
    rows = rentaxis.ask(
        """WITH live AS (
             SELECT billed_to_type AS kind, billed_to_id AS party, total_amount AS amount FROM invoices
             WHERE deleted_at IS NULL AND status NOT IN ('draft', 'void')
             UNION ALL
             SELECT payer_type, payer_id, -amount FROM payments WHERE deleted_at IS NULL AND status = 'completed'
             UNION ALL
             SELECT 'vendor', vendor_id, amount FROM expenses WHERE deleted_at IS NULL AND status = 'unpaid')
           SELECT live.kind, coalesce(t.name, p.name, v.name) AS name, sum(live.amount) AS owed FROM live
           LEFT JOIN tenants t ON live.kind = 'tenant' AND t.id = live.party
           LEFT JOIN programs p ON live.kind = 'program' AND p.id = live.party
           LEFT JOIN vendors v ON live.kind = 'vendor' AND v.id = live.party GROUP BY 1, 2"""
    )
    return {
        (row["name"], "Vendor" if row["kind"] == "vendor" else "Customer"): row["owed"]
        for row in rows
        if row["owed"]
    }


def in_rentaxis(rentaxis: RentAxisRecords, go_live: dt.date | None = None) -> Balances:
    """Account and day as RentAxis' live rows say, in the names of the demo company's books."""
    return _summed([*_invoices(rentaxis), *_payments(rentaxis), *_expenses(rentaxis, go_live)])


def _invoices(rentaxis: RentAxisRecords) -> Iterator[Posting]:
    for row in rentaxis.ask(
        """SELECT i.invoice_date AS day, l.account_id AS account, l.amount FROM invoices i
           JOIN invoice_lines l ON l.invoice_id = i.id AND l.deleted_at IS NULL
           WHERE i.deleted_at IS NULL AND i.status NOT IN ('draft', 'void') AND i.type = 'receivable'"""
    ):
        yield RECEIVABLE, str(row["day"]), row["amount"]
        yield _INCOME[str(row["account"])], str(row["day"]), -row["amount"]


def _payments(rentaxis: RentAxisRecords) -> Iterator[Posting]:
    for row in rentaxis.ask(
        "SELECT payment_date AS day, method, amount FROM payments WHERE deleted_at IS NULL AND status = 'completed'"
    ):
        yield _DEPOSIT[row["method"]], str(row["day"]), row["amount"]
        yield RECEIVABLE, str(row["day"]), -row["amount"]


def _expenses(rentaxis: RentAxisRecords, go_live: dt.date | None) -> Iterator[Posting]:
    for row in rentaxis.ask(
        "SELECT *, vendor_id IS NOT NULL AS owed FROM expenses WHERE deleted_at IS NULL AND status IN ('paid', 'unpaid')"
    ):
        day, paid = str(row["expense_date"]), str(row["paid_at"] or row["expense_date"])
        account, bank = _EXPENSE[str(row["account_id"])], _PAID_FROM.get(row["payment_method"] or "", "")
        before = go_live is not None and row["expense_date"] < go_live
        if row["status"] == "unpaid":
            postings = [] if before else [(account, day, 1), (PAYABLE, day, -1)]
        elif row["owed"]:
            opening = [(account, day, 1), (PAYABLE, day, -1)]
            postings = [*([] if before else opening), (PAYABLE, paid, 1), (bank, paid, -1)]
            postings = [] if before and paid < str(go_live) else postings
        else:
            postings = [] if go_live and paid < str(go_live) else [(account, paid, 1), (bank, paid, -1)]
        for name, when, sign in postings:
            yield name, when, sign * row["amount"]


def _summed(postings: Iterable[tuple[str, str, Decimal]]) -> Balances:
    found: Counter[tuple[str, str]] = Counter()
    for account, day, amount in postings:
        found[account, day] += Decimal(amount)  # pyright: ignore[reportArgumentType] - money, counted
    return {key: Decimal(amount) for key, amount in sorted(found.items()) if amount}
