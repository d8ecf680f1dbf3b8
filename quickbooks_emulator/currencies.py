"""Transactions of a company that uses more than one currency (CurrencyPrefs.MultiCurrencyEnabled).

From Intuit's reference: CurrencyRef must be sent; ExchangeRate is home units for one of it, 1 where none is sent; HomeTotalAmt and
HomeBalance are those of the home currency. Customers and vendors keep the currency they were made with (names). Without the
preference none of these fields is there. What QuickBooks does without CurrencyRef is a switch; its text for a currency that is not
the customer's is not public.
"""

from decimal import Decimal
from typing import Any

from quickbooks_emulator import errors
from quickbooks_emulator.company import Company
from quickbooks_emulator.money import money
from quickbooks_emulator.store import Record

_HOME_TOTAL = (
    "Invoice",
    "Estimate",
    "SalesReceipt",
    "CreditMemo",
    "RefundReceipt",
    "Deposit",
    "JournalEntry",
)
_HOME_BALANCE = ("Invoice", "CreditMemo", "RefundReceipt", "Bill")
_WHO = {"CustomerRef": "Customer", "VendorRef": "Vendor", "EntityRef": "Vendor"}


def _is_on(company: Company) -> bool:
    return bool(company.preference("CurrencyPrefs", "MultiCurrencyEnabled", False))


def check_sent(company: Company, fields: Record) -> None:
    """Before a transaction is built. Raises Refusal 2020 if its currency is required and missing."""
    if not _is_on(company) or "CurrencyRef" in fields:
        return
    match company.switches.currency_missing:
        case "refuse":
            raise errors.required("CurrencyRef")
        case "party":
            if (party := _party(company, fields)) and "CurrencyRef" in party:
                fields["CurrencyRef"] = party["CurrencyRef"]
        case _:
            pass  # the home currency


def complete(company: Company, entity: str, fields: Record) -> None:
    """After it was built. Raises Refusal 6000 if its currency differs from its customer's or vendor's."""
    if not _is_on(company):
        return
    party = _party(company, fields)
    if party is not None and _code(party, company) != fields["CurrencyRef"]["value"]:
        raise errors.business("The currency of the transaction is not that of its customer or vendor.")
    if fields["CurrencyRef"]["value"] == company.profile.currency["value"]:
        fields["CurrencyRef"], fields["ExchangeRate"] = company.profile.currency, 1
    fields.setdefault("ExchangeRate", 1)
    if entity in _HOME_TOTAL:
        fields["HomeTotalAmt"] = _home(fields, "TotalAmt")
    if entity in _HOME_BALANCE:
        fields["HomeBalance"] = _home(fields, "Balance")


def follow(record: Record) -> None:
    """After its balance or total changed: those in the home currency follow."""
    for home, foreign in (("HomeTotalAmt", "TotalAmt"), ("HomeBalance", "Balance")):
        if home in record:
            record[home] = _home(record, foreign)


def _home(record: Record, name: str) -> Any:
    return money(Decimal(record.get(name, 0)) * Decimal(record["ExchangeRate"]))


def _party(company: Company, fields: Record) -> Record | None:
    for field, entity in _WHO.items():
        if field in fields:
            who = fields[field].get("type", entity).title()
            return company.store.get(
                who if who in ("Customer", "Vendor", "Employee") else entity, fields[field]["value"]
            )
    return None


def _code(party: Record, company: Company) -> str:
    return party.get("CurrencyRef", company.profile.currency)["value"]
