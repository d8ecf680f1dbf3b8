"""Before any row is written: does everything the company file names exist, and what do the records still
need?

Nothing here stops a run. A row that needs a broken mapping fails by itself, with the same words; the others
go. Only a ``blocking`` problem (another currency) must keep the whole run from starting.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import get_args

import msgspec

from rentaxis_pipelines.mapping import resolve
from rentaxis_pipelines.mapping.deposit_settlements import refunded_from
from rentaxis_pipelines.mapping.outcome import Context, RecordRefused
from rentaxis_pipelines.mapping.places import CLASSES, TRACKED, Tracked, is_switched_off
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.mapping.registry import mapping_of
from rentaxis_pipelines.mapping.resolve import Lookup, lookups_of_place
from rentaxis_pipelines.mapping.rules import may_be_created
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import (
    CREDITS,
    DEPOSIT_SETTLEMENTS,
    DEPOSITS,
    JOURNAL_ENTRIES,
    REFUNDS,
)
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import InvoiceLine, Place, Transaction
from rentaxis_pipelines.rentaxis.lookups import Word
from rentaxis_pipelines.settings import Company, ExpenseMethodMapping, Method

# The account types that fit QuickBooks' three ways to pay (entity reference, Purchase.AccountRef).
TYPES_BY_WAY = {
    "Check": ("Bank",),
    "CreditCard": ("Credit Card",),
    "Cash": ("Bank", "Other Current Asset"),
}
_ABOUT_MAPPINGS = (ReasonCode.MISSING_MAPPING, ReasonCode.INACTIVE_REFERENCE, ReasonCode.OTHER_CURRENCY)


class SettingsProblem(msgspec.Struct, frozen=True):
    """One setting to correct, named once: no refusal of one record, but what ``rows`` of them, worth ``money``, are refused for.

    ``reason`` and ``remedy`` are those of their refusals, where records are refused.
    """

    key_path: str
    reason: str
    remedy: str
    rows: int = 0
    money: Decimal = Decimal("0.00")
    blocking: bool = False


def check_company(company: Company, references: References) -> list[SettingsProblem]:
    """What does not fit between the company file and the QuickBooks company as a whole."""
    problems: list[SettingsProblem] = []
    home = references.home_currency
    if home is not None and home != company.currency:
        problems.append(
            SettingsProblem(
                "currency",
                f"The QuickBooks company's currency is {home}, but company.yaml says {company.currency}.",
                "Connect the right QuickBooks company, or correct currency in company.yaml.",
                blocking=True,
            )
        )
    if references.custom_numbers is False:
        problems.append(
            SettingsProblem(
                "quickbooks.custom_transaction_numbers",
                "QuickBooks numbers transactions automatically (custom transaction numbers are off).",
                "Switch on custom transaction numbers in QuickBooks (Account and settings, Sales), so that"
                " invoices keep their RentAxis numbers.",
            )
        )
    problems += [
        _switched_off(tracked)
        for tracked in TRACKED
        if is_switched_off(tracked, references) and _asks_for(company, tracked)
    ]
    payables = references.of_type("Accounts Payable")
    if len(payables) > 1 and company.mappings.accounts_payable is None:
        names = ", ".join(sorted(account.name for account in payables))
        problems.append(
            SettingsProblem(
                "mappings.accounts_payable",
                f"QuickBooks has more than one accounts payable account ({names}).",
                "Name the one bills are booked to under mappings.accounts_payable in company.yaml.",
            )
        )
    return problems


def check_mappings(company: Company, references: References) -> list[SettingsProblem]:
    """Every mapping of the company file that does not point at an active QuickBooks object of the right type."""
    context = Context(company, references)
    return [_problem(refusal) for refusal in _refusals(_configured(context))]


def check_records(context: Context, records: Iterable[Transaction]) -> list[SettingsProblem]:
    """The mappings these records need and cannot use, each once, with the rows and the money behind it.

    Records that would not be pushed anyway (drafts, void, deleted, imported, refused) ask for nothing.
    """
    return _counted(
        (mapping_of(record).lookups(context, record), 1, mapping_of(record).amount(record))
        for record in records
        if _would_go(record, context)
    )


def merged(problems: Iterable[SettingsProblem]) -> list[SettingsProblem]:
    """Problems of several lots of records as if they were found in one."""
    behind: dict[str, SettingsProblem] = {}
    for problem in problems:
        known = behind.get(problem.key_path)
        behind[problem.key_path] = (
            problem
            if known is None
            else msgspec.structs.replace(
                known, rows=known.rows + problem.rows, money=known.money + problem.money
            )
        )
    return _most_first(behind.values())


def check_words(context: Context, words: Iterable[Word]) -> list[SettingsProblem]:
    """What a push would refuse of the words in use, each mapping once, with all rows and the money behind it.

    An account nothing is booked on is asked about only where it is mapped: what is not used need not be.
    """
    return _counted((_needs_of_word(context, word), word.rows, word.money) for word in words)


def _counted(
    asked: Iterable[tuple[Iterator[Lookup], int, Decimal | None]],
) -> list[SettingsProblem]:
    """The problems of all that is asked for, each once, most rows first. With what is asked for: its rows, and their money."""
    behind: dict[str, SettingsProblem] = {}
    for needs, rows, money in asked:
        problems = {
            problem.key_path: problem for problem in map(_problem, _refusals(needs)) if problem.key_path
        }
        for key_path, problem in problems.items():
            known = behind.get(key_path, problem)
            behind[key_path] = msgspec.structs.replace(
                known, rows=known.rows + rows, money=known.money + (money or Decimal("0.00"))
            )
    return _most_first(behind.values())


def _most_first(problems: Iterable[SettingsProblem]) -> list[SettingsProblem]:
    return sorted(problems, key=lambda problem: (-problem.rows, problem.key_path))


def _configured(context: Context) -> Iterator[Lookup]:
    mappings = context.company.mappings
    for kind, name in mappings.charges.items():
        held = kind == resolve.HELD_CHARGE
        yield partial(resolve.sellable, context, name, f"mappings.charges.{kind}", held=held)
    if mappings.default_item is not None:
        yield partial(resolve.sellable, context, mappings.default_item, "mappings.default_item", held=False)
    for number, name in mappings.invoice_accounts.items():
        yield partial(resolve.sellable, context, name, f"mappings.invoice_accounts.{number}", held=False)
    for number, name in mappings.expense_accounts.items():
        yield partial(resolve.spending_account, context, name, f"mappings.expense_accounts.{number}")
    for number, name in mappings.bank_accounts.items():
        key_path = f"mappings.bank_accounts.{number}"
        yield partial(resolve.account_of_type, context, name, key_path, resolve.PAYING_TYPES)
    for number, name in mappings.ledger_accounts.items():
        yield partial(resolve.reference, context, "Account", name, f"mappings.ledger_accounts.{number}")
    for method in mappings.payment_methods:
        yield partial(resolve.payment_method_id, context, method)
        yield partial(resolve.deposit_account_id, context, method, None)
    for method, paid in mappings.expense_payment_methods.items():
        yield partial(_paying_account, context, paid, f"mappings.expense_payment_methods.{method}.pay_from")
    for term in mappings.terms:
        yield partial(resolve.term_id, context, term)
    yield partial(resolve.accounts_payable_id, context)
    if mappings.accounts_receivable is not None:
        yield partial(resolve.receivable_id, context, "A returned payment")
    if mappings.return_fees is not None:
        yield partial(resolve.return_fees_id, context)
    if mappings.processor_fees is not None:
        yield partial(resolve.processor_fees_id, context)
    if mappings.deposits_refunded_from is not None:
        yield partial(refunded_from, context, None, None, "A security deposit")
    for property_key in mappings.properties:
        yield from lookups_of_place(context, Place(property_key, None, None, None))
    for unit_key in mappings.units:
        yield from lookups_of_place(context, Place(None, None, unit_key, None))


def _paying_account(context: Context, paid: ExpenseMethodMapping, key_path: str) -> object:
    return resolve.account_of_type(context, paid.pay_from, key_path, TYPES_BY_WAY[paid.payment_type])


def _needs_of_word(context: Context, word: Word) -> Iterator[Lookup]:
    mapped, account = context.company.mappings.invoice_accounts, word.account
    by_method = word.use in ("deposited", "paid_purchase", "paid_bill", "refunded", "settled")
    if by_method and word.word is not None and word.word not in get_args(Method):
        return  # no mapping helps: the row fails for what RentAxis holds
    match word.use:
        case "charge":
            yield partial(resolve.item_id, context, InvoiceLine("", 1, None, None, account), word.word)
        case "deposited":
            yield partial(resolve.payment_method_id, context, word.word)
            yield partial(resolve.deposit_account_id, context, word.word, account)
        case "category":
            yield partial(resolve.expense_account_id, context, account, "An expense")
        case "paid_purchase":
            yield partial(resolve.paid_from, context, word.word, account, "An expense")
        case "paid_bill":
            types = resolve.BILL_PAYING_TYPES
            yield partial(resolve.paid_from, context, word.word, account, "An expense", types)
        case "place":
            if word.place is not None:
                yield from lookups_of_place(context, word.place)
        case "account":
            if account is not None and resolve.account_key(account, mapped) in mapped:
                yield partial(resolve.item_id, context, InvoiceLine("", 1, None, None, account), None)
        case _:
            yield from _needs_where_asked_for(context, word)


def _needs_where_asked_for(context: Context, word: Word) -> Iterator[Lookup]:
    """Of record types and policies that a company chooses."""
    account, company = word.account, context.company
    match word.use:
        case "journal" if JOURNAL_ENTRIES in company.also_push:
            yield partial(resolve.journal_account_id, context, account, "A journal entry")
        case "credit" if CREDITS in company.also_push:
            yield partial(resolve.item_id, context, InvoiceLine("", 1, None, None, account), word.word)
        case "refunded" if REFUNDS in company.also_push:
            yield partial(resolve.paid_from, context, word.word, account, "A refund", resolve.DEPOSIT_TYPES)
        case "settled" if DEPOSIT_SETTLEMENTS in company.also_push:
            yield partial(refunded_from, context, word.word, account, "A security deposit")
        case "banked" if DEPOSITS in company.also_push:
            yield partial(resolve.deposit_account_id, context, None, account)
        case "deposit_line" if DEPOSITS in company.also_push:
            yield partial(resolve.journal_account_id, context, account, "a bank deposit")
        case "processor_fee" if DEPOSITS in company.also_push:
            yield partial(resolve.processor_fees_id, context)
        case "return_fee" if company.policies.returned_payments != "void":
            yield partial(resolve.return_fees_id, context)
        case _:
            pass


def _would_go(record: Transaction, context: Context) -> bool:
    imported = record.imported_link is not None and record.imported_link.origin == "imported"
    return may_be_created(record, context.company) and not imported and record.problem_code is None


def _refusals(asked: Iterable[Lookup]) -> Iterator[Refusal]:
    for ask in asked:
        try:
            ask()
        except RecordRefused as error:
            if error.refusal.code in _ABOUT_MAPPINGS:
                yield error.refusal


def _problem(refusal: Refusal) -> SettingsProblem:
    return SettingsProblem(refusal.subject or "", refusal.reason, refusal.remedy)


def _asks_for(company: Company, tracked: Tracked) -> bool:
    mappings = company.mappings
    places = [*mappings.properties.values(), *mappings.units.values()]
    if tracked is CLASSES:
        return mappings.class_by is not None or any(place.class_name for place in places)
    return mappings.location_by is not None or any(place.location for place in places)


def _switched_off(tracked: Tracked) -> SettingsProblem:
    return SettingsProblem(
        f"quickbooks.{tracked.record_type}",
        f"company.yaml maps properties to {tracked.record_type}, but {tracked.word} tracking is off in QuickBooks.",
        f"Switch on '{tracked.switch}' in QuickBooks (Account and settings, Advanced),"
        f" or take the {tracked.record_type} out of company.yaml.",
    )
