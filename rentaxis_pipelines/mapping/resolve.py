"""From RentAxis' words through the company file to QuickBooks ids, or a refusal that names what is missing.

Not here: the whole company file checked at once (``preflight``), and payloads.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

import msgspec

from rentaxis_pipelines.ledger.reasons import ReasonCode
from rentaxis_pipelines.mapping.outcome import Context, Refused, refused
from rentaxis_pipelines.mapping.references import ListName, Reference
from rentaxis_pipelines.rentaxis.records import Account, InvoiceLine, Place
from rentaxis_pipelines.settings import Method, PlaceMapping

Target = TypeVar("Target")

LIST_WORDS: dict[ListName, str] = {
    "Item": "product or service",
    "Account": "account",
    "PaymentMethod": "payment method",
    "Class": "class",
    "Department": "location",
    "Term": "term",
}
CENT = Decimal("0.01")
LARGEST_AMOUNT = Decimal("9999999999.99")  # ten digits before the point (entity reference, "10.5 format")
LIABILITY_TYPES = frozenset({"Other Current Liability", "Long Term Liability"})
DEPOSIT_TYPES = frozenset({"Bank", "Other Current Asset"})  # what Payment.DepositToAccountRef takes
PAYING_TYPES = frozenset({"Bank", "Other Current Asset", "Credit Card"})


class PaidFrom(msgspec.Struct, frozen=True):
    """The account an expense is paid from, and QuickBooks' word for the way."""

    account_id: str
    payment_type: str  # Cash, Check or CreditCard


def money(amount: Decimal | None, what: str) -> Decimal:
    """The amount in cents. Refused when it is missing, has fractions of a cent, or is too large for
    QuickBooks.
    """
    if amount is None:
        raise refused(ReasonCode.MISSING_FIELD, f"The amount of {what} is empty.")
    if not amount.is_finite() or abs(amount) > LARGEST_AMOUNT or amount != amount.quantize(CENT):
        raise refused(
            ReasonCode.INVALID_VALUE, f"The amount of {what} is {amount}, which is no amount in cents."
        )
    return amount.quantize(CENT)


def reference(context: Context, list_name: ListName, name: str, key_path: str) -> Reference:
    """The active QuickBooks object of that name. ``key_path`` is where the company file asks for it."""
    word = LIST_WORDS[list_name]
    found = context.references.find(list_name, name)
    if found is None:
        raise refused(
            ReasonCode.MISSING_MAPPING,
            f"company.yaml ({key_path}) names the {word} '{name}', which QuickBooks does not have.",
            f"Create the {word} '{name}' in QuickBooks or correct {key_path}, then run again.",
            key_path,
        )
    if not found.active:
        raise refused(
            ReasonCode.INACTIVE_REFERENCE,
            f"The {word} '{name}' ({key_path}) is inactive in QuickBooks.",
            f"Make '{name}' active in QuickBooks or change {key_path}, then run again.",
            key_path,
        )
    return found


def item_id(context: Context, line: InvoiceLine, kind: str | None) -> str:
    """The product or service an invoice line is sold as.

    The line's account decides where it has one; without one the invoice's kind, then the company's default
    item. A liability (a security deposit) is never booked as income.
    """
    mappings = context.company.mappings
    if line.account is not None:
        key = account_key(line.account, mappings.invoice_accounts)
        key_path = f"mappings.invoice_accounts.{key}"
        name = mappings.invoice_accounts.get(key)
        what = f"account {account_label(line.account)}"
    else:
        key = kind or "unknown kind"
        key_path = f"mappings.charges.{key}"
        name = mappings.charges.get(key)
        what = f"the charge '{key}'"
        if name is None and mappings.default_item is not None:
            key_path, name = "mappings.default_item", mappings.default_item
    if name is None:
        raise missing_mapping(f"No product or service is mapped for {what}.", key_path)
    item = reference(context, "Item", name, key_path)
    if item.type in ("Category", "Group"):
        raise refused(
            ReasonCode.MISSING_MAPPING,
            f"'{name}' ({key_path}) is a {item.type.lower()} in QuickBooks and cannot be sold.",
            f"Choose a product or service for {key_path}, then run again.",
            key_path,
        )
    posts_to = context.references.income_account_of(item)
    if (
        line.account is not None
        and line.account.type == "liability"
        and posts_to is not None
        and posts_to.type not in LIABILITY_TYPES
    ):
        raise refused(
            ReasonCode.MISSING_MAPPING,
            f"{account_label(line.account)} is money held for somebody, but '{name}' posts to '{posts_to.name}',"
            " which is no liability account.",
            f"Map {key_path} to a product or service that posts to a liability account, then run again.",
            key_path,
        )
    return item.quickbooks_id


def expense_account_id(context: Context, account: Account | None, what: str) -> str:
    """The QuickBooks account of an expense's category."""
    if account is None:
        raise refused(ReasonCode.MISSING_FIELD, f"The {what} has no category (account).")
    mapped = context.company.mappings.expense_accounts
    key = account_key(account, mapped)
    key_path = f"mappings.expense_accounts.{key}"
    if key not in mapped:
        raise missing_mapping(
            f"No account is mapped for the expense category {account_label(account)}.", key_path
        )
    return reference(context, "Account", mapped[key], key_path).quickbooks_id


def deposit_account_id(context: Context, method: str | None, named: Account | None) -> str | None:
    """Where a received payment's money goes: the account RentAxis names if it is mapped, else the method's.

    None leaves it to QuickBooks (Undeposited Funds).
    """
    mappings = context.company.mappings
    name, key_path = None, f"mappings.payment_methods.{method}.deposit_to"
    if named is not None:
        key = account_key(named, mappings.bank_accounts)
        if key in mappings.bank_accounts:
            name, key_path = mappings.bank_accounts[key], f"mappings.bank_accounts.{key}"
    if name is None:
        by_method = _of_method(mappings.payment_methods, method)
        name = by_method.deposit_to if by_method else None
    if name is None:
        return None
    return _of_type(context, name, key_path, DEPOSIT_TYPES, "a bank or other current asset account")


def payment_method_id(context: Context, method: str | None) -> str | None:
    """The QuickBooks payment method of a RentAxis method. A method that is not mapped is refused."""
    key_path = f"mappings.payment_methods.{method}"
    mapped = _of_method(context.company.mappings.payment_methods, method)
    if mapped is None:
        raise missing_mapping(f"No payment method is mapped for '{method or 'no method'}'.", key_path)
    if mapped.payment_method is None:
        return None
    return reference(
        context, "PaymentMethod", mapped.payment_method, f"{key_path}.payment_method"
    ).quickbooks_id


def paid_from(context: Context, method: str | None, named: Account | None, what: str) -> PaidFrom:
    """Account and way an expense was paid: the account RentAxis names if it is mapped, else the method's.

    The way must fit the account (QuickBooks: a card account for CreditCard, a bank account for Check), so a card
    account always makes it CreditCard and a bank account never does.
    """
    mappings = context.company.mappings
    by_method = _of_method(mappings.expense_payment_methods, method)
    key = account_key(named, mappings.bank_accounts) if named is not None else ""
    if key in mappings.bank_accounts:
        name, key_path = mappings.bank_accounts[key], f"mappings.bank_accounts.{key}"
    elif by_method is not None:
        name, key_path = by_method.pay_from, f"mappings.expense_payment_methods.{method}.pay_from"
    elif method is None:
        raise refused(ReasonCode.MISSING_FIELD, f"The {what} is paid but has no payment method.")
    else:
        raise missing_mapping(
            f"No account is mapped for expenses paid by '{method}'.",
            f"mappings.expense_payment_methods.{method}",
        )
    account = reference(context, "Account", name, key_path)
    if account.type is not None and account.type not in PAYING_TYPES:
        raise _wrong_type(name, account.type, key_path, "a bank, cash or credit card account")
    if account.type == "Credit Card":
        return PaidFrom(account.quickbooks_id, "CreditCard")
    is_check = by_method is not None and by_method.payment_type == "Check" and account.type in ("Bank", None)
    return PaidFrom(account.quickbooks_id, "Check" if is_check else "Cash")


def accounts_payable_id(context: Context) -> str | None:
    """The accounts payable account the company file asks for; None leaves it to QuickBooks."""
    name = context.company.mappings.accounts_payable
    if name is None:
        return None
    return _of_type(
        context,
        name,
        "mappings.accounts_payable",
        frozenset({"Accounts Payable"}),
        "an accounts payable account",
    )


def class_id(context: Context, place: Place) -> str | None:
    """The class of a unit, or else of its property; None where none is mapped."""
    for mapped, key_path in _places(context, place):
        if mapped.class_name is not None:
            return reference(context, "Class", mapped.class_name, f"{key_path}.class").quickbooks_id
    return None


def location_id(context: Context, place: Place) -> str | None:
    """The location of a unit, or else of its property; None where none is mapped."""
    for mapped, key_path in _places(context, place):
        if mapped.location is not None:
            return reference(context, "Department", mapped.location, f"{key_path}.location").quickbooks_id
    return None


def _of_method(mapped: Mapping[Method, Target], method: str | None) -> Target | None:
    """What a method is mapped to; a method the company file could not even name is mapped to nothing."""
    return next((target for known, target in mapped.items() if known == method), None)


def missing_mapping(sentence: str, key_path: str) -> Refused:
    """The refusal of a record whose mapping is not in the company file."""
    return refused(
        ReasonCode.MISSING_MAPPING, sentence, f"Add {key_path} to company.yaml, then run again.", key_path
    )


def account_key(account: Account, mapped: dict[str, str]) -> str:
    """The key of an account in the company file: its number, or its name where it has none or the name is listed."""
    if account.number is None or (account.number not in mapped and account.name in mapped):
        return account.name
    return account.number


def account_label(account: Account) -> str:
    """The account as a person knows it: number and name."""
    return f"{account.number} {account.name}" if account.number else account.name


def _places(context: Context, place: Place) -> list[tuple[PlaceMapping, str]]:
    mappings = context.company.mappings
    unit_name = f"{place.property_name} / {place.unit_number}"
    found = [
        (mappings.units[key], f"mappings.units.{key}")
        for key in (place.unit_id, unit_name)
        if key in mappings.units
    ]
    found += [
        (mappings.properties[key], f"mappings.properties.{key}")
        for key in (place.property_id, place.property_name)
        if key in mappings.properties
    ]
    return found


def _of_type(context: Context, name: str, key_path: str, types: frozenset[str], expected: str) -> str:
    account = reference(context, "Account", name, key_path)
    if account.type is not None and account.type not in types:
        raise _wrong_type(name, account.type, key_path, expected)
    return account.quickbooks_id


def _wrong_type(name: str, found: str, key_path: str, expected: str) -> Refused:
    return refused(
        ReasonCode.MISSING_MAPPING,
        f"The account '{name}' ({key_path}) is of type {found} in QuickBooks; {expected} is needed.",
        f"Map {key_path} to {expected}, then run again.",
        key_path,
    )
