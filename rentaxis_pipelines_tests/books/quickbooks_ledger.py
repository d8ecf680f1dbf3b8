"""What QuickBooks' books hold, read two ways: from the objects as they are stored, each with its own double entry, and from QuickBooks' reports.

After Intuit's entity reference; neither the program's reading of reports nor that of transactions is used. Debits are positive.
"""

import datetime as dt
import json
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rentaxis_pipelines_tests.books.general_ledger import PAYABLE, RECEIVABLE
from rentaxis_pipelines_tests.support.accountant import Accountant, Object

ENTITIES = (
    "Invoice", "CreditMemo", "Payment", "RefundReceipt", "Purchase", "Bill", "VendorCredit", "BillPayment", "Deposit", "JournalEntry",
)  # fmt: skip
UNDEPOSITED = "Undeposited Funds"
# Credit balances are shown as positive in these sections.
_CREDITS = ("Income", "OtherIncome", "TotalLiabilitiesAndEquity", "Liabilities", "Equity")
Movement = tuple[dt.date, str, Decimal]


def by_object(accountant: Accountant) -> dict[tuple[str, str], list[Movement]]:
    """Day, account and amount of every line of every transaction, by type and id."""
    accounts = {each["Id"]: each["Name"] for each in accountant.all("Account")}
    items = {each["Id"]: accounts[each["IncomeAccountRef"]["value"]] for each in accountant.all("Item")}
    payments = {
        each["Id"]: accounts[each["DepositToAccountRef"]["value"]] for each in accountant.all("Payment")
    }
    found: dict[tuple[str, str], list[Movement]] = {}
    for entity in ENTITIES:
        for each in accountant.all(entity):
            day = dt.date.fromisoformat(each["TxnDate"])
            found[entity, each["Id"]] = [
                (day, account, amount)
                for account, amount in _entry(entity, each, accounts, items, payments)
                if amount
            ]
    return found


def _entry(
    entity: str, each: Object, accounts: dict[str, str], items: dict[str, str], payments: dict[str, str]
) -> Iterator[tuple[str, Decimal]]:
    total = Decimal(each.get("TotalAmt", 0))

    def account(field: str, holder: Object = each) -> str:
        return accounts[holder[field]["value"]]

    match entity:
        case "Invoice" | "CreditMemo" | "RefundReceipt":
            sign = 1 if entity == "Invoice" else -1
            yield account("DepositToAccountRef") if entity == "RefundReceipt" else RECEIVABLE, sign * total
            for detail, amount in _details(each, "SalesItemLineDetail"):
                yield items[detail["ItemRef"]["value"]], -sign * amount
        case "Payment":
            yield account("DepositToAccountRef"), total
            yield RECEIVABLE, -total
        case "BillPayment":
            paid = (
                each.get("CheckPayment", {}).get("BankAccountRef")
                or each["CreditCardPayment"]["CCAccountRef"]
            )
            yield PAYABLE, total
            yield accounts[paid["value"]], -total
        case "Deposit":
            yield account("DepositToAccountRef"), total
            for line in each["Line"]:
                linked = line.get("LinkedTxn")
                source = (
                    payments[linked[0]["TxnId"]]
                    if linked
                    else account("AccountRef", line["DepositLineDetail"])
                )
                yield source, -Decimal(line["Amount"])
        case "JournalEntry":
            for detail, amount in _details(each, "JournalEntryLineDetail"):
                yield account("AccountRef", detail), amount if detail["PostingType"] == "Debit" else -amount
        case _:
            sign = -1 if entity == "VendorCredit" or each.get("Credit") is True else 1
            yield account("AccountRef") if entity == "Purchase" else PAYABLE, -sign * total
            for detail, amount in _details(each, "AccountBasedExpenseLineDetail"):
                yield account("AccountRef", detail), sign * amount


def _details(each: Object, kind: str) -> Iterator[tuple[Object, Decimal]]:
    for line in each["Line"]:
        if kind in line:
            yield line[kind], Decimal(line["Amount"])


def reported(
    accountant: Accountant, name: str, first: dt.date, last: dt.date
) -> dict[tuple[dt.date, str], Decimal]:
    """Month and account of QuickBooks' own report (``ProfitAndLoss``: what it moved by, ``BalanceSheet``: what it stood at)."""
    quickbooks = accountant.quickbooks
    url = (
        f"{quickbooks.base_url}/v3/company/{quickbooks.realm_id}/reports/{name}?start_date={first}&end_date={last}"
        "&summarize_column_by=Month&accounting_method=Accrual"
    )
    headers = {"Authorization": f"Bearer {quickbooks.access_token}", "Accept": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        report = json.load(answer)
    names = {each["Id"]: each["Name"] for each in accountant.all("Account")}
    months = [_first_day(column) for column in report["Columns"]["Column"]]
    found: dict[tuple[dt.date, str], Decimal] = {}
    for group, cells in _accounts(report["Rows"], ""):
        sign = -1 if group in _CREDITS else 1
        for month, cell in zip(months, cells, strict=True):
            if month is not None and cell.get("value"):
                amount = sign * Decimal(cell["value"])
                account = names.get(cells[0].get("id", ""), cells[0]["value"])
                found[month, account] = found.get((month, account), Decimal(0)) + amount
    return {key: amount for key, amount in found.items() if amount}


def _first_day(column: dict[str, Any]) -> dt.date | None:
    facts = {each["Name"]: each["Value"] for each in column.get("MetaData", ())}
    return dt.date.fromisoformat(facts["StartDate"]).replace(day=1) if "StartDate" in facts else None


def _accounts(rows: dict[str, Any], group: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of accounts, each with the outermost group that says how it is signed."""
    for row in rows.get("Row", ()):
        own = row.get("group", group) if group not in _CREDITS else group
        if "ColData" in row:
            yield own, row["ColData"]
        yield from _accounts(row.get("Rows", {}), own)
