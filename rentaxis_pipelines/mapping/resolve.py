"""From RentAxis' words through the company file to QuickBooks ids, or a refusal that names what is missing.

Not here: the whole company file checked at once (``preflight``), and payloads.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import TypeAlias, TypeVar

import msgspec

from rentaxis_pipelines.mapping.outcome import Context, RecordRefused, refused
from rentaxis_pipelines.mapping.places import (
    CLASSES,
    LOCATIONS,
    Tracked,
    id_of,
    named_by_hand,
    refuse_switched_off,
)
from rentaxis_pipelines.mapping.references import ListName, Reference
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.source_records import Account, InvoiceLine, Place
from rentaxis_pipelines.settings import Method

Target = TypeVar("Target")
Lookup: TypeAlias = Callable[[], object]
"""One answer a record needs of the company file, to be asked for without planning the record; raises ``RecordRefused``."""

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
HELD_CHARGE = "deposit"  # the invoice kind whose lines are held for the tenant, not earned
LIABILITY_TYPES = ("Other Current Liability", "Long Term Liability")
DEPOSIT_TYPES = ("Bank", "Other Current Asset")  # what Payment.DepositToAccountRef takes (entity reference)
PAYING_TYPES = ("Bank", "Other Current Asset", "Credit Card")
BILL_PAYING_TYPES = ("Bank", "Credit Card")  # BillPayment knows a check and a card, no other way
PAYABLE_TYPES = ("Accounts Payable",)
RECEIVABLE_TYPES = ("Accounts Receivable",)
OWN_TYPES = ("Accounts Receivable", "Accounts Payable")  # QuickBooks posts to these by itself


class PaidFrom(msgspec.Struct, frozen=True):
    """The account an expense is paid from, and QuickBooks' word for the way: Cash, Check or CreditCard."""

    account_id: str
    payment_type: str


def money(amount: Decimal | None, what: str) -> Decimal:
    """The amount in cents. RecordRefused when it is missing, has fractions of a cent, or is too large."""
    if amount is None:
        raise refused(ReasonCode.MISSING_FIELD, f"The amount of {what} is empty.")
    if not amount.is_finite() or abs(amount) > LARGEST_AMOUNT or amount != amount.quantize(CENT):
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"The amount of {what} is {as_read(amount)}, which is not a whole number of cents.",
        )
    return amount.quantize(CENT)


def reference(context: Context, list_name: ListName, name: str, key_path: str) -> Reference:
    """The active QuickBooks object of that name. ``key_path`` is where the company file asks for it."""
    word = LIST_WORDS[list_name]
    entry = context.references.find(list_name, name)
    if entry is None:
        raise refused(
            ReasonCode.MISSING_MAPPING,
            f"company.yaml ({key_path}) names the {word} '{name}', which QuickBooks does not have.",
            f"Create the {word} '{name}' in QuickBooks or correct {key_path}, then run again.",
            key_path,
        )
    if not entry.active:
        raise refused(
            ReasonCode.INACTIVE_REFERENCE,
            f"The {word} '{name}' ({key_path}) is inactive in QuickBooks.",
            f"Make '{name}' active in QuickBooks or change {key_path}, then run again.",
            key_path,
        )
    if list_name == "Account":
        _refuse_other_currency(context, entry, key_path)
    return entry


def _refuse_other_currency(context: Context, account: Reference, key_path: str) -> None:
    if context.references.is_of_other_currency(account):
        raise refused(
            ReasonCode.OTHER_CURRENCY,
            f"The account '{account.name}' ({key_path}) is in {account.currency} in QuickBooks; the company's own currency is"
            f" {context.references.home_currency}.",
            f"Map {key_path} to an account in {context.references.home_currency}, then run again.",
            key_path,
        )


def account_of_type(context: Context, name: str, key_path: str, types: tuple[str, ...]) -> Reference:
    """The active account of that name, if it is of one of QuickBooks' account types ``types``."""
    account = reference(context, "Account", name, key_path)
    if account.type is not None and account.type not in types:
        raise _wrong_type(account, key_path, f"an account of type {' or '.join(types)}")
    return account


def spending_account(context: Context, name: str, key_path: str) -> Reference:
    """An account an expense can be booked to: any but receivables and payables."""
    account = reference(context, "Account", name, key_path)
    if account.type in OWN_TYPES:
        raise _wrong_type(account, key_path, "an expense account")
    return account


def sellable(context: Context, name: str, key_path: str, *, held: bool) -> Reference:
    """A product or service that can stand on an invoice. ``held``: for money that is held, never earned."""
    item = reference(context, "Item", name, key_path)
    if item.type in ("Category", "Group"):
        raise refused(
            ReasonCode.MISSING_MAPPING,
            f"'{name}' ({key_path}) is a {item.type.lower()} in QuickBooks and cannot be sold.",
            f"Choose a product or service for {key_path}, then run again.",
            key_path,
        )
    posts_to = context.references.income_account_of(item)
    if posts_to is not None:
        _refuse_other_currency(context, posts_to, key_path)
    if held and posts_to is not None and posts_to.type not in LIABILITY_TYPES:
        raise refused(
            ReasonCode.MISSING_MAPPING,
            f"{key_path} is for money held for others, but '{name}' posts to '{posts_to.name}',"
            " which is not a liability account.",
            f"Map {key_path} to a product or service that posts to a liability account, then run again.",
            key_path,
        )
    return item


def item_id(context: Context, line: InvoiceLine, kind: str | None) -> str:
    """The product or service an invoice line is sold as."""
    return _item(context, line, kind)[0].quickbooks_id


def _item(context: Context, line: InvoiceLine, kind: str | None) -> tuple[Reference, str]:
    """That, and where the company file names it.

    The line's account decides where it has one; without one the invoice's kind, then the company's default
    item. A liability (a security deposit) is never booked as income.
    """
    mappings = context.company.mappings
    if line.account is not None:
        key = account_key(line.account, mappings.invoice_accounts)
        key_path = f"mappings.invoice_accounts.{key}"
        name = mappings.invoice_accounts.get(key)
        what = f"the account {account_label(line.account)}"
        held = line.account.type == "liability"
    else:
        key_path = f"mappings.charges.{kind}"
        name = mappings.charges.get(kind or "")
        what = f"the charge '{kind}'"
        held = kind == HELD_CHARGE
        if name is None and mappings.default_item is not None:
            key_path, name = "mappings.default_item", mappings.default_item
    if name is None:
        raise missing_mapping(f"No product or service is mapped for {what}.", key_path)
    return sellable(context, name, key_path, held=held), key_path


def held_account_id(context: Context, account: Account | None) -> str:
    """The liability account that a deposit is held in: the one that the product its invoice is sold as posts to."""
    line = InvoiceLine("", 1, None, None, account)
    item, key_path = _item(context, line, HELD_CHARGE)
    posts_to = context.references.income_account_of(item)
    if posts_to is None or posts_to.type not in LIABILITY_TYPES:
        where = "no account that is known" if posts_to is None else f"'{posts_to.name}'"
        raise refused(
            ReasonCode.MISSING_MAPPING,
            f"Security deposits are billed as '{item.name}' ({key_path}), which posts to {where}, not to a liability account.",
            f"Map {key_path} to a product or service that posts to a liability account, then run again.",
            key_path,
        )
    return posts_to.quickbooks_id


def expense_account_id(context: Context, account: Account | None, what: str) -> str:
    """The QuickBooks account of an expense's category."""
    if account is None:
        raise refused(ReasonCode.MISSING_FIELD, f"{what} has no category (account).")
    mapped = context.company.mappings.expense_accounts
    key = account_key(account, mapped)
    key_path = f"mappings.expense_accounts.{key}"
    if key not in mapped:
        label = account_label(account)
        raise missing_mapping(f"No account is mapped for the expense category {label}.", key_path)
    return spending_account(context, mapped[key], key_path).quickbooks_id


def journal_account_id(context: Context, account: Account | None, what: str) -> str:
    """The QuickBooks account a journal line is booked to: as ``ledger_accounts`` maps it, or as other records of that account are booked.

    Never receivables or payables: QuickBooks keeps those by document, and an entry would leave what is owed there without one.
    """
    if account is None:
        raise refused(ReasonCode.MISSING_FIELD, f"A line of {what} has no account.")
    target, key_path = _booked_to(context, account)
    if target.type in OWN_TYPES:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{what} is booked to {account_label(account)}, which is {target.type.lower()} in QuickBooks. What is owed is kept there by "
            "invoices, bills and their payments.",
            "Correct the invoice, bill or payment in RentAxis instead, or enter the journal entry in QuickBooks by hand and exclude it here.",
            key_path,
        )
    return target.quickbooks_id


def _booked_to(context: Context, account: Account) -> tuple[Reference, str]:
    """The account of QuickBooks behind one of RentAxis, and where the company file says so; of what is billed, the product's own account."""
    mappings = context.company.mappings
    for section in ("ledger_accounts", "bank_accounts", "expense_accounts"):
        mapped: Mapping[str, str] = getattr(mappings, section)
        key = account_key(account, mapped)
        if key in mapped:
            key_path = f"mappings.{section}.{key}"
            return reference(context, "Account", mapped[key], key_path), key_path
    key = account_key(account, mappings.invoice_accounts)
    if key in mappings.invoice_accounts:
        key_path = f"mappings.invoice_accounts.{key}"
        item = reference(context, "Item", mappings.invoice_accounts[key], key_path)
        if (income := context.references.income_account_of(item)) is not None:
            _refuse_other_currency(context, income, key_path)
            return income, key_path
    key_path = f"mappings.ledger_accounts.{account.number or account.name}"
    raise missing_mapping(f"No account is mapped for {account_label(account)} of a journal entry.", key_path)


def payment_method_id(context: Context, method: str | None) -> str | None:
    """The QuickBooks payment method of a RentAxis method; None where the company file wants none."""
    if method is None:
        raise refused(ReasonCode.MISSING_FIELD, "The payment has no payment method.")
    key_path = f"mappings.payment_methods.{method}"
    mapped = _of_method(context.company.mappings.payment_methods, method)
    if mapped is None:
        raise missing_mapping(f"No payment method is mapped for '{method}'.", key_path)
    if mapped.payment_method is None:
        return None
    key_path = f"{key_path}.payment_method"
    return reference(context, "PaymentMethod", mapped.payment_method, key_path).quickbooks_id


def term_id(context: Context, term: str | None) -> str | None:
    """The QuickBooks terms of a RentAxis word for them, ignoring case; None where the company file wants none."""
    mapped = context.company.mappings.terms
    if term is None or not mapped:
        return None
    key = next((known for known in mapped if known.casefold() == term.strip().casefold()), None)
    if key is None:
        raise missing_mapping(f"No terms are mapped for '{term}'.", f"mappings.terms.{term}")
    name = mapped[key]
    return None if name is None else reference(context, "Term", name, f"mappings.terms.{key}").quickbooks_id


def deposit_account_id(context: Context, method: str | None, named: Account | None) -> str | None:
    """Where a received payment's money goes: the account RentAxis names, or the method's where it names none.

    None leaves it to QuickBooks (Undeposited Funds).
    """
    by_method = _of_method(context.company.mappings.payment_methods, method)
    if named is not None:
        name, key_path = _named_account(context, named, "deposited to")
    elif by_method is not None and by_method.deposit_to is not None:
        name, key_path = by_method.deposit_to, f"mappings.payment_methods.{method}.deposit_to"
    else:
        return None
    return account_of_type(context, name, key_path, DEPOSIT_TYPES).quickbooks_id


def _named_account(context: Context, named: Account, how: str) -> tuple[str, str]:
    """The QuickBooks name of an account RentAxis names, and where it is mapped. Another is never taken in its place."""
    mapped = context.company.mappings.bank_accounts
    key = account_key(named, mapped)
    key_path = f"mappings.bank_accounts.{key}"
    if key not in mapped:
        label = account_label(named)
        raise missing_mapping(f"RentAxis says {how} {label}, but no account is mapped for it.", key_path)
    return mapped[key], key_path


def paid_from(
    context: Context,
    method: str | None,
    named: Account | None,
    what: str,
    types: tuple[str, ...] = PAYING_TYPES,
) -> PaidFrom:
    """Account and way an expense was paid: the account RentAxis names, or the method's where it names none.

    The way must fit the account (QuickBooks: a card account for CreditCard, a bank account for Check), so a
    card account always makes it CreditCard and a bank account never does.
    """
    by_method = _of_method(context.company.mappings.expense_payment_methods, method)
    if named is not None:
        name, key_path = _named_account(context, named, "paid from")
    elif by_method is not None:
        name, key_path = by_method.pay_from, f"mappings.expense_payment_methods.{method}.pay_from"
    elif method is None:
        raise refused(ReasonCode.MISSING_FIELD, f"{what} is paid but has no payment method.")
    else:
        key_path = f"mappings.expense_payment_methods.{method}"
        raise missing_mapping(f"No account is mapped for expenses paid by '{method}'.", key_path)
    account = account_of_type(context, name, key_path, types)
    if account.type == "Credit Card":
        return PaidFrom(account.quickbooks_id, "CreditCard")
    is_check = by_method is not None and by_method.payment_type == "Check" and account.type in ("Bank", None)
    return PaidFrom(account.quickbooks_id, "Check" if is_check else "Cash")


def accounts_payable_id(context: Context) -> str | None:
    """The accounts payable account the company file asks for; None leaves it to QuickBooks."""
    name = context.company.mappings.accounts_payable
    if name is None:
        return None
    return account_of_type(context, name, "mappings.accounts_payable", PAYABLE_TYPES).quickbooks_id


def only_accounts_payable_id(context: Context) -> str | None:
    """The account payable of the company file, or the only one there is; None where there are several and none is named."""
    named = accounts_payable_id(context)
    there = context.references.of_type(PAYABLE_TYPES[0])
    return there[0].quickbooks_id if named is None and len(there) == 1 else named


def receivable_id(context: Context, what: str) -> str:
    """The account receivable of the company file, or the only one there is: what a customer owes again is charged there."""
    key_path = "mappings.accounts_receivable"
    named = context.company.mappings.accounts_receivable
    if named is not None:
        return account_of_type(context, named, key_path, RECEIVABLE_TYPES).quickbooks_id
    there = context.references.of_type(RECEIVABLE_TYPES[0])
    if len(there) != 1:
        some = "several accounts" if there else "no account"
        raise missing_mapping(
            f"{what} is charged to accounts receivable, but QuickBooks has {some} of that type and none is mapped.",
            key_path,
        )
    return there[0].quickbooks_id


def return_fees_id(context: Context) -> str:
    """The account of what a bank charges for a returned payment."""
    key_path = "mappings.return_fees"
    name = context.company.mappings.return_fees
    if name is None:
        raise missing_mapping("No account is mapped for the fees of returned payments.", key_path)
    return spending_account(context, name, key_path).quickbooks_id


def processor_fees_id(context: Context) -> str:
    """The account of what a processor keeps of a payout."""
    key_path = "mappings.processor_fees"
    name = context.company.mappings.processor_fees
    if name is None:
        raise missing_mapping("No account is mapped for the fees of payouts.", key_path)
    return spending_account(context, name, key_path).quickbooks_id


def class_id(context: Context, place: Place) -> str | None:
    """The class of a unit, or else of its property; None where it has none. One the company file names wins."""
    return _tracked_id(context, CLASSES, place)


def location_id(context: Context, place: Place) -> str | None:
    """The location of a unit, or else of its property; None where it has none. One the company file names wins."""
    return _tracked_id(context, LOCATIONS, place)


def lookups_of_place(context: Context, place: Place) -> Iterator[Lookup]:
    """What a record about that place needs: its class and its location."""
    yield partial(class_id, context, place)
    yield partial(location_id, context, place)


def _tracked_id(context: Context, tracked: Tracked, place: Place) -> str | None:
    named = named_by_hand(tracked, context.company.mappings, place)
    if named is None:
        return id_of(context, tracked, place)
    refuse_switched_off(tracked, context)
    return reference(context, tracked.entity, *named).quickbooks_id


def missing_mapping(sentence: str, key_path: str) -> RecordRefused:
    """The refusal of a record whose mapping is not in the company file."""
    remedy = f"Add {key_path} to company.yaml, then run again."
    return refused(ReasonCode.MISSING_MAPPING, sentence, remedy, key_path)


def account_key(account: Account, mapped: Mapping[str, str]) -> str:
    """The key of an account in the company file: its number, or its name without one or if that is listed."""
    if account.number is None or (account.number not in mapped and account.name in mapped):
        return account.name
    return account.number


def account_label(account: Account) -> str:
    """The account as a person knows it: number and name."""
    return f"{account.number} {account.name}" if account.number else account.name


def _of_method(mapped: Mapping[Method, Target], method: str | None) -> Target | None:
    """What a method is mapped to; one the company file could not even name is mapped to nothing."""
    return next((target for known, target in mapped.items() if known == method), None)


def _wrong_type(account: Reference, key_path: str, expected: str) -> RecordRefused:
    return refused(
        ReasonCode.MISSING_MAPPING,
        f"The account '{account.name}' ({key_path}) is of type {account.type}; it must be {expected}.",
        f"Map {key_path} to {expected}, then run again.",
        key_path,
    )
