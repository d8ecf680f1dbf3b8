"""QuickBooks' lists as a plan's page needs them: the name behind each reference, and the account an amount lands on.

Pure. Not here: reading them (``plan_reading``), and which lists mapping chooses from (``mapping.references``).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

RECEIVABLE, PAYABLE = "Accounts Receivable", "Accounts Payable"  # QuickBooks' AccountType
_UNDEPOSITED = "UndepositedFunds"  # AccountSubType

# The order of a chart of accounts: balance sheet first, then income statement (Intuit's entity reference, AccountType).
_CHART: Final = (
    "Bank", RECEIVABLE, "Other Current Asset", "Fixed Asset", "Other Asset", PAYABLE, "Credit Card", "Other Current Liability",
    "Long Term Liability", "Equity", "Income", "Other Income", "Cost of Goods Sold", "Expense", "Other Expense",
)  # fmt: skip


class Account(msgspec.Struct, frozen=True):
    """An account as people know it. ``kind``: QuickBooks' AccountType, "" where it is not known."""

    name: str
    kind: str = ""

    @property
    def place_in_chart(self) -> tuple[int, str]:
        """Sort key: where a chart of accounts lists it."""
        place = _CHART.index(self.kind) if self.kind in _CHART else len(_CHART)
        return place, self.name.casefold()


class Lists(msgspec.Struct, frozen=True, kw_only=True):
    """``names``: by entity and id, numbers of invoices and bills included. ``income_of``, ``expense_of``: item id -> account id."""

    names: Mapping[tuple[str, str], str] = {}
    accounts: Mapping[str, Account] = {}
    income_of: Mapping[str, str] = {}
    expense_of: Mapping[str, str] = {}
    receivable: Account = Account("Accounts Receivable (A/R)", RECEIVABLE)
    payable: Account = Account("Accounts Payable (A/P)", PAYABLE)
    undeposited: Account = Account("Undeposited Funds", "Other Current Asset")

    def account(self, quickbooks_id: str) -> Account:
        """The account of that id; one that the lists do not know is named by its id."""
        return self.accounts.get(quickbooks_id) or Account(f"Account {quickbooks_id}")

    def income_account(self, item_id: str) -> Account:
        """Where an item posts a sale; an item whose account is not known stands for it."""
        return self._account_of_item(self.income_of, item_id, "Income")

    def expense_account(self, item_id: str) -> Account:
        """Where an item posts a purchase; an item whose account is not known stands for it."""
        return self._account_of_item(self.expense_of, item_id, "Expense")

    def _account_of_item(self, account_of: Mapping[str, str], item_id: str, kind: str) -> Account:
        if item_id in account_of:
            return self.account(account_of[item_id])
        name = self.names.get(("Item", item_id), item_id)
        return Account(f"Item {name} (account not known)", kind)


def lists_from(
    accounts: Sequence[Mapping[str, Any]],
    items: Sequence[Mapping[str, Any]],
    names: Mapping[tuple[str, str], str],
) -> Lists:
    """From QuickBooks' Account and Item objects, and the names of everything else."""
    by_id = {str(entry["Id"]): _account(entry) for entry in accounts}
    defaults: dict[str, Account] = {}
    for key, field, wanted in (
        ("receivable", "AccountType", RECEIVABLE),
        ("payable", "AccountType", PAYABLE),
        ("undeposited", "AccountSubType", _UNDEPOSITED),
    ):
        if (found := _first(accounts, field, wanted)) is not None:
            defaults[key] = by_id[found]
    return Lists(
        names=names,
        accounts=by_id,
        income_of=_references(items, "IncomeAccountRef"),
        expense_of=_references(items, "ExpenseAccountRef"),
        **defaults,
    )


def _account(entry: Mapping[str, Any]) -> Account:
    name = str(entry.get("FullyQualifiedName") or entry.get("Name") or entry["Id"])
    return Account(name, str(entry.get("AccountType") or ""))


def _first(accounts: Iterable[Mapping[str, Any]], field: str, wanted: str) -> str | None:
    """The id of the oldest active account of that kind: what QuickBooks takes where a transaction names none."""
    ids = [
        str(entry["Id"])
        for entry in accounts
        if entry.get(field) == wanted and entry.get("Active", True) is not False
    ]
    return min(ids, key=lambda quickbooks_id: (len(quickbooks_id), quickbooks_id), default=None)


def _references(items: Iterable[Mapping[str, Any]], field: str) -> dict[str, str]:
    return {
        str(item["Id"]): str(item[field]["value"]) for item in items if (item.get(field) or {}).get("value")
    }
