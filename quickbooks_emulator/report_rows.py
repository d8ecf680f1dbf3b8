"""How the rows of a report are arranged: its sections, their groups and summaries, an account under its parent.

Titles and groups are those of Intuit's samples. Not here: the figures (``reports``).
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from quickbooks_emulator.company import Company
from quickbooks_emulator.postings import BY_ITSELF
from quickbooks_emulator.schema import FACTS
from quickbooks_emulator.store import Record

# Amounts by account (its ID or stand-in) and column; debits are positive.
Sums = dict[str, list[Decimal]]
NET_INCOME, RETAINED = "Net Income", "Retained Earnings"


class _Section(NamedTuple):
    """``of``: account types, or the sections within it. ``sign``: -1 where credits are shown as positive."""

    title: str
    group: str
    sign: int
    of: "tuple[str | _Section, ...]"
    total: str = ""


def _of_type(title: str, group: str, sign: int, account_type: str) -> _Section:
    return _Section(title, group, sign, (account_type,))


_INCOME = _of_type("Income", "Income", -1, "Income")
_COGS = _of_type("Cost of Goods Sold", "COGS", 1, "Cost of Goods Sold")
_EXPENSES = _of_type("Expenses", "Expenses", 1, "Expense")
_OTHER_INCOME = _of_type("Other Income", "OtherIncome", -1, "Other Income")
_OTHER_EXPENSES = _of_type("Other Expenses", "OtherExpenses", 1, "Other Expense")

_ASSETS = _Section("ASSETS", "TotalAssets", 1, (
    _Section("Current Assets", "CurrentAssets", 1, (
        _of_type("Bank Accounts", "BankAccounts", 1, "Bank"),
        _of_type("Accounts Receivable", "AR", 1, "Accounts Receivable"),
        _of_type("Other Current Assets", "OtherCurrentAssets", 1, "Other Current Asset"),
    )),
    _of_type("Fixed Assets", "FixedAssets", 1, "Fixed Asset"),
    _of_type("Other Assets", "OtherAssets", 1, "Other Asset"),
), "TOTAL ASSETS")  # fmt: skip
_LIABILITIES_AND_EQUITY = _Section("LIABILITIES AND EQUITY", "TotalLiabilitiesAndEquity", -1, (
    _Section("Liabilities", "Liabilities", -1, (
        _Section("Current Liabilities", "CurrentLiabilities", -1, (
            _of_type("Accounts Payable", "AP", -1, "Accounts Payable"),
            _of_type("Credit Cards", "CreditCards", -1, "Credit Card"),
            _of_type("Other Current Liabilities", "OtherCurrentLiabilities", -1, "Other Current Liability"),
        )),
        _of_type("Long-Term Liabilities", "LongTermLiabilities", -1, "Long Term Liability"),
    )),
    _of_type("Equity", "Equity", -1, "Equity"),
), "TOTAL LIABILITIES AND EQUITY")  # fmt: skip


def account_type(company: Company, account: str) -> str:
    """Of an account, or of one that QuickBooks would have made by itself."""
    record = company.store.get("Account", account)
    return record["AccountType"] if record else BY_ITSELF.get(account, "Equity")


def is_earned(company: Company, account: str) -> bool:
    """Whether it is an account of the profit and loss."""
    return FACTS["classifications"].get(account_type(company, account)) in ("Revenue", "Expense")


def profit_and_loss(company: Company, sums: Sums, width: int) -> list[Record]:
    """The rows of the report; none if nothing was earned or spent."""
    if not sums:
        return []
    book = _Book(company, sums, width)
    income, cogs, expenses = (book.total(each) for each in (_INCOME, _COGS, _EXPENSES))
    others, other_expenses = book.total(_OTHER_INCOME), book.total(_OTHER_EXPENSES)
    gross = _less(income, cogs)
    operating, other = _less(gross, expenses), _less(others, other_expenses)
    has_other = any(book.has(each) for each in (_OTHER_INCOME, _OTHER_EXPENSES))
    return [
        book.section(_INCOME),
        *([book.section(_COGS)] if book.has(_COGS) else []),
        _result("Gross Profit", "GrossProfit", gross),
        book.section(_EXPENSES),
        _result("Net Operating Income", "NetOperatingIncome", operating),
        *(book.section(each) for each in (_OTHER_INCOME, _OTHER_EXPENSES) if book.has(each)),
        *([_result("Net Other Income", "NetOtherIncome", other)] if has_other else []),
        _result(NET_INCOME, "NetIncome", [a + b for a, b in zip(operating, other, strict=True)]),
    ]


def balance_sheet(company: Company, sums: Sums, width: int) -> list[Record]:
    """The rows of the report; none if nothing was ever posted."""
    if not sums:
        return []
    book = _Book(company, sums, width)
    return [book.section(_ASSETS), book.section(_LIABILITIES_AND_EQUITY)]


class _Book:
    """The accounts with amounts, by type, and how a section of them is written."""

    def __init__(self, company: Company, sums: Sums, width: int) -> None:
        self.company = company
        self.width = width
        self.sums = self._at_its_account(sums)
        self.by_type: dict[str, list[str]] = defaultdict(list)
        for account in self._with_parents(self.sums):
            kind = "Equity" if account == NET_INCOME else account_type(company, account)
            self.by_type[kind].append(account)

    def _at_its_account(self, sums: Sums) -> Sums:
        """Earlier years' profits stand on the company's own account for them, beside what was posted there."""
        own = self.company.account_of_type("Equity", "RetainedEarnings")
        if own is None or RETAINED not in sums:
            return sums
        posted = sums.get(own["Id"], [Decimal(0)] * self.width)
        both = [a + b for a, b in zip(posted, sums[RETAINED], strict=True)]
        return {**{key: value for key, value in sums.items() if key != RETAINED}, own["Id"]: both}

    def _with_parents(self, accounts: Iterable[str]) -> list[str]:
        found = set(accounts)
        waiting = list(found)
        while waiting:
            parent = self._parent(waiting.pop())
            if parent is not None and parent not in found:
                found.add(parent)
                waiting.append(parent)
        return sorted(found)

    def _parent(self, account: str) -> str | None:
        """The account it is shown below: its own parent, if that is of the same type."""
        record = self.company.store.get("Account", account) or {}
        parent = self.company.store.get("Account", record.get("ParentRef", {}).get("value", ""))
        return parent["Id"] if parent and parent["AccountType"] == record["AccountType"] else None

    def name(self, account: str) -> str:
        record = self.company.store.get("Account", account)
        return record["Name"] if record else account

    def has(self, section: _Section) -> bool:
        return any(
            self.has(each) if isinstance(each, _Section) else self.by_type.get(each) for each in section.of
        )

    def total(self, section: _Section) -> list[Decimal]:
        """As the section shows it: of a section of liabilities, credits are positive."""
        total = [Decimal(0)] * self.width
        for each in section.of:
            parts = (
                [self.total(each)]
                if isinstance(each, _Section)
                else [self._own(account, section.sign) for account in self.by_type.get(each, ())]
            )
            for amounts in parts:
                total = [a + b for a, b in zip(total, amounts, strict=True)]
        return total

    def _own(self, account: str, sign: int) -> list[Decimal]:
        return [sign * amount for amount in self.sums.get(account, [Decimal(0)] * self.width)]

    def section(self, section: _Section) -> Record:
        rows: list[Record] = []
        for each in section.of:
            if isinstance(each, _Section):
                rows += [self.section(each)] if self.has(each) else []
            else:
                rows += self._accounts(each, None, section.sign)
        made = {
            "Header": {"ColData": [{"value": section.title}, *({"value": ""} for _ in range(self.width))]},
            "Rows": {"Row": rows},
            "Summary": _cells(section.total or f"Total {section.title}", self.total(section)),
            "type": "Section",
            "group": section.group,
        }
        return made if rows else {key: value for key, value in made.items() if key != "Rows"}

    def _accounts(self, kind: str, parent: str | None, sign: int) -> list[Record]:
        """The accounts below one, by name; the year's result comes last."""
        accounts = [each for each in self.by_type.get(kind, ()) if self._parent(each) == parent]
        accounts.sort(key=lambda each: (each == NET_INCOME, self.name(each).casefold()))
        return [self._account(kind, each, sign) for each in accounts]

    def _account(self, kind: str, account: str, sign: int) -> Record:
        own = self._own(account, sign)
        identifier = account if self.company.store.get("Account", account) else None
        below = self._accounts(kind, account, sign) if identifier else []
        if not below:
            row = {**_cells(self.name(account), own, identifier, blank=True), "type": "Data"}
            return {**row, "group": "NetIncome"} if account == NET_INCOME else row
        total = own
        for each in self.by_type[kind]:
            if self._is_below(each, account):
                total = [a + b for a, b in zip(total, self._own(each, sign), strict=True)]
        return {
            "Header": _cells(self.name(account), own, identifier, blank=True),
            "Rows": {"Row": below},
            "Summary": _cells(f"Total {self.name(account)}", total),
            "type": "Section",
        }

    def _is_below(self, account: str, ancestor: str) -> bool:
        parent = self._parent(account)
        return parent is not None and (parent == ancestor or self._is_below(parent, ancestor))


def _less(amounts: list[Decimal], others: list[Decimal]) -> list[Decimal]:
    return [a - b for a, b in zip(amounts, others, strict=True)]


def _result(title: str, group: str, amounts: list[Decimal]) -> Record:
    return {"Summary": _cells(title, amounts), "type": "Section", "group": group}


def _cells(
    title: str, amounts: list[Decimal], identifier: str | None = None, *, blank: bool = False
) -> Record:
    """One line; ``blank``: nothing at all stands where nothing was posted."""
    first = {"value": title} | ({"id": identifier} if identifier else {})
    shown = ["" if blank and not each else f"{each:.2f}" for each in amounts]
    return {"ColData": [first, *({"value": value} for value in shown)]}
