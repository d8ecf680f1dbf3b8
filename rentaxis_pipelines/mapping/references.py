"""What a QuickBooks company has to offer, found by name: items, accounts, methods, classes, locations,
preferences.

Built from plain lists of QuickBooks objects, as a snapshot holds them. Not here: how they are fetched, and
which of them the company file asks for (``resolve``).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal, cast

import msgspec

ListName = Literal["Item", "Account", "PaymentMethod", "Class", "Department", "Term"]
ClassTracking = Literal["line", "transaction", "off"]

_LISTS: tuple[ListName, ...] = ("Item", "Account", "PaymentMethod", "Class", "Department", "Term")
_DELETED = " (deleted)"  # QuickBooks appends it to the name of an object made inactive (recorded traffic)


class Reference(msgspec.Struct, frozen=True):
    """One object of a QuickBooks list. ``type`` is AccountType for accounts and Type for items."""

    quickbooks_id: str
    name: str
    active: bool
    type: str | None = None
    income_account_id: str | None = None
    currency: str | None = None  # of an account


class References(msgspec.Struct, frozen=True):
    """Lists by folded name, and the preferences that change what may be sent.

    ``closing_date``: the books are closed up to and including this day. ``custom_numbers``: None where
    unknown.
    """

    lists: dict[ListName, dict[str, Reference]]
    accounts_by_id: dict[str, Reference]
    closing_date: dt.date | None = None
    undeposited_id: str | None = None  # the account where QuickBooks puts a payment that names none
    home_currency: str | None = None
    several_currencies: bool = False
    custom_numbers: bool | None = None
    class_tracking: ClassTracking | None = None
    locations_on: bool | None = None
    automated_sales_tax: bool = False
    applies_credits_by_itself: bool = False  # "Automatically apply credits"

    @classmethod
    def from_snapshot(cls, lists: Mapping[str, Sequence[Mapping[str, object]]]) -> "References":
        """From QuickBooks objects by type: ``{"Item": [...], "Account": [...], ..., "Preferences":
        [{...}]}``.

        A type that is absent is taken as an empty list.
        """
        stored = lists.get("Preferences", ())
        preferences: Mapping[str, object] = stored[0] if stored else {}
        accounting = _section(preferences, "AccountingInfoPrefs")
        sales = _section(preferences, "SalesFormsPrefs")
        currencies = _section(preferences, "CurrencyPrefs")
        return cls(
            lists={name: _by_name(name, lists.get(name, ())) for name in _LISTS},
            accounts_by_id={
                reference.quickbooks_id: reference
                for reference in (_reference("Account", entry) for entry in lists.get("Account", ()))
            },
            closing_date=_date(accounting.get("BookCloseDate")),
            undeposited_id=_undeposited(lists.get("Account", ())),
            home_currency=_text(_section(currencies, "HomeCurrency").get("value")),
            several_currencies=_flag(currencies.get("MultiCurrencyEnabled")) is True,
            custom_numbers=_flag(sales.get("CustomTxnNumbers")),
            class_tracking=_class_tracking(accounting),
            locations_on=_flag(accounting.get("TrackDepartments")),
            applies_credits_by_itself=_flag(sales.get("AutoApplyCredit")) is True,
            automated_sales_tax=_flag(_section(preferences, "TaxPrefs").get("PartnerTaxEnabled")) is True,
        )

    def find(self, list_name: ListName, name: str) -> Reference | None:
        """The object of that name (full name of a nested one); upper and lower case are alike, as in QuickBooks."""
        return self.lists.get(list_name, {}).get(_fold(name))

    def income_account_of(self, item: Reference) -> Reference | None:
        """The account an item posts to, where the snapshot tells."""
        return self.accounts_by_id.get(item.income_account_id) if item.income_account_id else None

    def of_type(self, account_type: str) -> list[Reference]:
        """Active accounts of one AccountType, in the company's own currency."""
        return [
            account
            for account in self.accounts_by_id.values()
            if account.active and account.type == account_type and not self.is_of_other_currency(account)
        ]

    def is_of_other_currency(self, account: Reference) -> bool:
        """Whether an account is kept in another currency than the company's own."""
        return None not in (account.currency, self.home_currency) and account.currency != self.home_currency


def _undeposited(accounts: Sequence[Mapping[str, object]]) -> str | None:
    found = [account for account in accounts if account.get("AccountSubType") == "UndepositedFunds"]
    found.sort(key=lambda account: (account.get("Active", True) is False, str(account["Id"])))
    return str(found[0]["Id"]) if found else None


def _by_name(list_name: ListName, entries: Sequence[Mapping[str, object]]) -> dict[str, Reference]:
    by_name: dict[str, Reference] = {}
    for reference in (_reference(list_name, entry) for entry in entries):
        name = _fold(reference.name)
        if not reference.active:
            name = name.removesuffix(_DELETED)
        known = by_name.get(name)
        # An active object wins over an inactive one that once had its name.
        if known is None or (reference.active and not known.active):
            by_name[name] = reference
    return by_name


def _reference(list_name: ListName, entry: Mapping[str, object]) -> Reference:
    name = _text(entry.get("FullyQualifiedName")) or _text(entry.get("Name")) or ""
    kind = {"Account": "AccountType", "Item": "Type"}.get(list_name)
    return Reference(
        quickbooks_id=str(entry["Id"]),
        name=name,
        active=entry.get("Active", True) is not False,
        type=_text(entry.get(kind)) if kind else None,
        income_account_id=_text(_section(entry, "IncomeAccountRef").get("value"))
        if list_name == "Item"
        else None,
        currency=_text(_section(entry, "CurrencyRef").get("value")) if list_name == "Account" else None,
    )


def _class_tracking(accounting: Mapping[str, object]) -> ClassTracking | None:
    if _flag(accounting.get("ClassTrackingPerTxnLine")):
        return "line"
    if _flag(accounting.get("ClassTrackingPerTxn")):
        return "transaction"
    return "off" if _flag(accounting.get("ClassTrackingPerTxn")) is False else None


def _section(values: Mapping[str, object], key: str) -> Mapping[str, object]:
    inner = values.get(key)
    return cast("Mapping[str, object]", inner) if isinstance(inner, Mapping) else {}


def _text(value: object) -> str | None:
    return str(value) if value not in (None, "") else None


def _flag(value: object) -> bool | None:
    if isinstance(value, str):  # some preferences travel as the words true and false
        return value.lower() == "true"
    return value if isinstance(value, bool) else None


def _date(value: object) -> dt.date | None:
    return dt.date.fromisoformat(str(value)[:10]) if value else None


def _fold(name: str) -> str:
    return name.strip().casefold()
