"""What each transaction posts to the general ledger: a pure function of the transaction and the company's chart of accounts.

From Intuit's entity reference and its articles on what each form does: a sale credits the income account of its products and debits
accounts receivable, or the account the money went to; a payment moves that to where it is deposited; a bill owes what an expense spends.
Here: the postings of one transaction. Not here: which transactions there are, and how they add up to a report (``reports``).
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from quickbooks_emulator.company import TXN_TYPES, Company
from quickbooks_emulator.money import CENT, Amount
from quickbooks_emulator.store import Record

# Accounts that QuickBooks makes by itself where it needs them, and their types. A company that lacks one has it under this name in its
# reports, without an ID.
RECEIVABLE, PAYABLE, UNDEPOSITED = "Accounts Receivable (A/R)", "Accounts Payable (A/P)", "Undeposited Funds"
INCOME, EXPENSE, DISCOUNTS = "Uncategorized Income", "Uncategorized Expense", "Discounts given"
SALES_TAX, EXCHANGE = "Sales Tax Payable", "Exchange Gain or Loss"
BY_ITSELF: Mapping[str, str] = {
    RECEIVABLE: "Accounts Receivable", PAYABLE: "Accounts Payable", UNDEPOSITED: "Other Current Asset",
    INCOME: "Income", EXPENSE: "Expense", DISCOUNTS: "Income", SALES_TAX: "Other Current Liability",
    EXCHANGE: "Other Expense",
}  # fmt: skip


class Posting(NamedTuple):
    """One line of the general ledger. ``account``: its ID, or a name of ``BY_ITSELF``; debits are positive, in the home currency."""

    account: str
    amount: Decimal
    class_id: str | None = None
    department_id: str | None = None


class Chart(NamedTuple):
    """What postings need of a company's lists. ``held``: the account where the money of (entity, ID) waits for its deposit."""

    receivable: str
    payable: str
    undeposited: str
    sold_to: Mapping[str, str]  # product: the account that its sale posts to
    bought_to: Mapping[str, str]  # product: the account that its purchase posts to
    held: Callable[[str, str], str | None]


def chart_of(company: Company) -> Chart:
    items = company.store.tables["Item"].rows.values()
    sold_to = {each["Id"]: _value(each, "IncomeAccountRef") or INCOME for each in items}
    bought_to = {
        each["Id"]: _value(each, "AssetAccountRef") or _value(each, "ExpenseAccountRef") or EXPENSE
        for each in items
    }

    def own(account_type: str, stand_in: str, subtype: str | None = None) -> str:
        account = company.account_of_type(account_type, subtype)
        return account["Id"] if account else stand_in

    def held(entity: str, identifier: str) -> str | None:
        return _value(company.store.get(entity, identifier) or {}, "DepositToAccountRef")

    return Chart(
        own("Accounts Receivable", RECEIVABLE),
        own("Accounts Payable", PAYABLE),
        own("Other Current Asset", UNDEPOSITED, "UndepositedFunds"),
        sold_to,
        bought_to,
        held,
    )


def postings(entity: str, record: Record, chart: Chart) -> list[Posting]:
    """Debits and credits of a transaction, equal in sum; none for what posts nothing, such as an estimate."""
    rule = _RULES.get(entity)
    if rule is None:
        return []
    department = _value(record, "DepartmentRef")
    lines = [
        each if each.department_id else each._replace(department_id=department)
        for each in rule(record, chart)
        if each.amount
    ]
    rate = Decimal(record.get("ExchangeRate", 1))
    return lines if rate == 1 else _in_home_currency(lines, rate)


def _in_home_currency(lines: list[Posting], rate: Decimal) -> list[Posting]:
    converted = [each._replace(amount=(each.amount * rate).quantize(CENT)) for each in lines]
    rounding = sum((each.amount for each in converted), Decimal(0))
    return [*converted, Posting(EXCHANGE, -rounding)] if rounding else converted


def _value(holder: Record, field: str) -> str | None:
    return holder.get(field, {}).get("value")


def _posting(account: str | None, amount: Amount, class_id: str | None = None, *, otherwise: str) -> Posting:
    return Posting(account or otherwise, Decimal(amount), class_id)


# What is sold


def _invoice(record: Record, chart: Chart) -> Iterator[Posting]:
    yield _posting(_value(record, "ARAccountRef"), record["TotalAmt"], otherwise=chart.receivable)
    yield from _sold(record, chart, 1)


def _credit_memo(record: Record, chart: Chart) -> Iterator[Posting]:
    yield _posting(_value(record, "ARAccountRef"), -record["TotalAmt"], otherwise=chart.receivable)
    yield from _sold(record, chart, -1)


def _sales_receipt(record: Record, chart: Chart) -> Iterator[Posting]:
    yield _posting(_value(record, "DepositToAccountRef"), record["TotalAmt"], otherwise=chart.undeposited)
    yield from _sold(record, chart, 1)


def _refund_receipt(record: Record, chart: Chart) -> Iterator[Posting]:
    yield _posting(_value(record, "DepositToAccountRef"), -record["TotalAmt"], otherwise=chart.undeposited)
    yield from _sold(record, chart, -1)


def _sold(record: Record, chart: Chart, sign: int) -> Iterator[Posting]:
    """The lines of a sales form: sign 1 for a sale, -1 for one taken back. A line without a product is text and posts nothing."""
    class_of_all = _value(record, "ClassRef")
    for line in record.get("Line", ()):
        inner = line.get("GroupLineDetail", {}).get("Line", ())
        for each in (line, *inner):
            detail = each.get("SalesItemLineDetail", {})
            if item := _value(detail, "ItemRef"):
                account = chart.sold_to.get(item)
                class_id = _value(detail, "ClassRef") or class_of_all
                yield _posting(account, -sign * each["Amount"], class_id, otherwise=INCOME)
        if line.get("DetailType") == "DiscountLineDetail":
            detail = line.get("DiscountLineDetail", {})
            class_id = _value(detail, "ClassRef") or class_of_all
            account = _value(detail, "DiscountAccountRef")
            yield _posting(account, sign * line["Amount"], class_id, otherwise=DISCOUNTS)
    yield Posting(SALES_TAX, Decimal(-sign * record.get("TxnTaxDetail", {}).get("TotalTax", 0)))


def _payment(record: Record, chart: Chart) -> Iterator[Posting]:
    yield _posting(_value(record, "DepositToAccountRef"), record["TotalAmt"], otherwise=chart.undeposited)
    yield _posting(_value(record, "ARAccountRef"), -record["TotalAmt"], otherwise=chart.receivable)


# What is bought


def _bill(record: Record, chart: Chart) -> Iterator[Posting]:
    yield _posting(_value(record, "APAccountRef"), -record["TotalAmt"], otherwise=chart.payable)
    yield from _bought(record, chart, 1)


def _vendor_credit(record: Record, chart: Chart) -> Iterator[Posting]:
    yield _posting(_value(record, "APAccountRef"), record["TotalAmt"], otherwise=chart.payable)
    yield from _bought(record, chart, -1)


def _purchase(record: Record, chart: Chart) -> Iterator[Posting]:
    sign = -1 if record.get("Credit") else 1
    yield Posting(record["AccountRef"]["value"], Decimal(-sign * record["TotalAmt"]))
    yield from _bought(record, chart, sign)


def _bought(record: Record, chart: Chart, sign: int) -> Iterator[Posting]:
    class_of_all = _value(record, "ClassRef")
    for line in record.get("Line", ()):
        detail = line.get("AccountBasedExpenseLineDetail") or line.get("ItemBasedExpenseLineDetail") or {}
        if line.get("DetailType") not in ("AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"):
            continue
        account = _value(detail, "AccountRef") or chart.bought_to.get(_value(detail, "ItemRef") or "")
        class_id = _value(detail, "ClassRef") or class_of_all
        yield _posting(account, sign * line["Amount"], class_id, otherwise=EXPENSE)
    yield Posting(SALES_TAX, Decimal(sign * record.get("TxnTaxDetail", {}).get("TotalTax", 0)))


def _bill_payment(record: Record, chart: Chart) -> Iterator[Posting]:
    paid_from = _value(record.get("CheckPayment", {}), "BankAccountRef") or _value(
        record.get("CreditCardPayment", {}), "CCAccountRef"
    )
    yield _posting(_value(record, "APAccountRef"), record["TotalAmt"], otherwise=chart.payable)
    yield _posting(paid_from, -record["TotalAmt"], otherwise=chart.undeposited)


# Money moved, and entries by hand


def _deposit(record: Record, chart: Chart) -> Iterator[Posting]:
    yield Posting(record["DepositToAccountRef"]["value"], Decimal(record["TotalAmt"]))
    back = record.get("CashBack", {})
    yield _posting(_value(back, "AccountRef"), back.get("Amount", 0), otherwise=EXPENSE)
    for line in record.get("Line", ()):
        detail = line.get("DepositLineDetail", {})
        yield _posting(
            _brought(line, chart) or _value(detail, "AccountRef"),
            -line["Amount"],
            _value(detail, "ClassRef"),
            otherwise=chart.undeposited,
        )


def _brought(line: Record, chart: Chart) -> str | None:
    """The account out of which a line of a deposit brings money: where the transaction it names had put it."""
    for link in line.get("LinkedTxn", ()):
        kind: str = link["TxnType"]
        return chart.held(TXN_TYPES.get(kind, kind), link["TxnId"]) or chart.undeposited
    return None


def _journal_entry(record: Record, _chart: Chart) -> Iterator[Posting]:
    for line in record.get("Line", ()):
        detail = line.get("JournalEntryLineDetail")
        if detail:
            sign = 1 if detail["PostingType"] == "Debit" else -1
            yield Posting(
                detail["AccountRef"]["value"],
                Decimal(sign * line["Amount"]),
                _value(detail, "ClassRef"),
                _value(detail, "DepartmentRef"),
            )


_RULES: Mapping[str, Callable[[Record, Chart], Iterator[Posting]]] = {
    "Invoice": _invoice, "CreditMemo": _credit_memo, "SalesReceipt": _sales_receipt,
    "RefundReceipt": _refund_receipt, "Payment": _payment, "Bill": _bill, "VendorCredit": _vendor_credit,
    "Purchase": _purchase, "BillPayment": _bill_payment, "Deposit": _deposit, "JournalEntry": _journal_entry,
}  # fmt: skip
