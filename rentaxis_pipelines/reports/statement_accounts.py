"""Which line of QuickBooks' statements a RentAxis account stands on: the company file's account mapping, both ways of asking for it.

A line is a QuickBooks account (``Account:35``); all receivable accounts are one line, all payable ones another, and what QuickBooks has no
account for stands under its own name. Nothing is refused here: what the company file does not map is a line of its own. Not here: amounts.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.resolve import account_key, account_label
from rentaxis_pipelines.model.source_records import Account
from rentaxis_pipelines.reports.transaction_postings import PAYABLE, RECEIVABLE, Lists

RETAINED = "Retained earnings"
PROFIT_AND_LOSS, BALANCE_SHEET = "profit and loss", "balance sheet"
_OF_QUICKBOOKS, _OF_RENTAXIS = "QuickBooks: ", "RentAxis: "
_CONTROL: Mapping[str, str] = {"receivable": RECEIVABLE, "payable": PAYABLE}
_TYPES: Mapping[str, str] = {"Accounts Receivable": RECEIVABLE, "Accounts Payable": PAYABLE}
_EARNED, _EARNED_IN_RENTAXIS = ("Revenue", "Expense"), ("income", "expense")


class Word(NamedTuple):
    """How RentAxis names where something is booked. ``use``: charge, deposit_to or paid; ``word``: an invoice's kind or a method."""

    use: str
    word: str | None
    account: Account | None


class StatementLine(NamedTuple):
    """A line's key, what people call it, and the statement it stands on."""

    key: str
    name: str
    statement: str


class Chart(NamedTuple):
    """QuickBooks' accounts as lines, by id; ``classes``: their Classification."""

    lines: Mapping[str, StatementLine]
    classes: Mapping[str, str]
    lists: Lists

    def of_id(self, account_id: str) -> StatementLine:
        """The line of an account's id, or of a name that ``transaction_postings`` gives."""
        if account_id in _TYPES.values():
            return StatementLine(account_id, account_id, BALANCE_SHEET)
        known = self.lines.get(account_id)
        return known or self.of_title(account_id.removeprefix(_OF_QUICKBOOKS), BALANCE_SHEET)

    def of_title(self, title: str, statement: str) -> StatementLine:
        """The line of what a report shows without an id."""
        if title.casefold() == RETAINED.casefold():
            return StatementLine(RETAINED, RETAINED, BALANCE_SHEET)
        return StatementLine(f"{_OF_QUICKBOOKS}{title}", title, statement)


def chart_of(
    accounts: Sequence[Mapping[str, Any]], items: Iterable[Mapping[str, Any]], held: Mapping[str, str]
) -> Chart:
    """From QuickBooks' lists as they are; ``held``: where the money of deposited payments waited, by key."""
    lines: dict[str, StatementLine] = {}
    for account in accounts:
        account_id, name = str(account["Id"]), str(account.get("FullyQualifiedName") or account.get("Name"))
        statement = PROFIT_AND_LOSS if account.get("Classification") in _EARNED else BALANCE_SHEET
        line = StatementLine(f"Account:{account_id}", name, statement)
        if together := _TYPES.get(str(account.get("AccountType"))):
            line = StatementLine(together, together, BALANCE_SHEET)
        elif account.get("AccountSubType") == "RetainedEarnings":
            line = StatementLine(RETAINED, RETAINED, BALANCE_SHEET)
        lines[account_id] = line
    undeposited = (str(each["Id"]) for each in accounts if each.get("AccountSubType") == "UndepositedFunds")
    sold_to, bought_to = dict[str, str](), dict[str, str]()
    for item in items:
        for field, to in (
            ("IncomeAccountRef", sold_to),
            ("ExpenseAccountRef", bought_to),
            ("AssetAccountRef", bought_to),
        ):
            if reference := item.get(field):
                to[str(item["Id"])] = str(reference["value"])
    classes = {str(each["Id"]): str(each.get("Classification")) for each in accounts}
    return Chart(lines, classes, Lists(next(undeposited, None), sold_to, bought_to, held))


def line_of(context: Context, chart: Chart, word: Word, control: str | None = None) -> StatementLine:
    """Where RentAxis' account, or what stands for it, is found on QuickBooks' statements."""
    if control is not None:
        return chart.of_id(_CONTROL[control])
    account_id = _mapped(context, chart, word)
    if account_id is not None and account_id in chart.lines:
        return chart.lines[account_id]
    name = account_label(word.account) if word.account else word.word or "no account"
    kind = word.account.type if word.account else None
    statement = PROFIT_AND_LOSS if kind in _EARNED_IN_RENTAXIS else BALANCE_SHEET
    return StatementLine(f"{_OF_RENTAXIS}{name}", f"{name} (RentAxis, not mapped)", statement)


def _mapped(context: Context, chart: Chart, word: Word) -> str | None:
    """The id of the QuickBooks account, active or not; None where the company file has none, or QuickBooks does not know it."""
    mappings, account = context.company.mappings, word.account
    if account is None:
        return _by_word(context, chart, word)
    by_kind = {
        "expense": (mappings.expense_accounts, mappings.invoice_accounts, mappings.bank_accounts),
        "income": (mappings.invoice_accounts, mappings.expense_accounts, mappings.bank_accounts),
        "liability": (mappings.invoice_accounts, mappings.bank_accounts, mappings.expense_accounts),
    }
    of_bank_first = (mappings.bank_accounts, mappings.invoice_accounts, mappings.expense_accounts)
    for mapped in by_kind.get(account.type, of_bank_first):
        name = mapped.get(account_key(account, mapped))
        if name is not None:
            return _sold_as(context, name) if mapped is mappings.invoice_accounts else _account(context, name)
    name = mappings.ledger_accounts.get(account_key(account, mappings.ledger_accounts))
    return _account(context, name) if name else None


def _by_word(context: Context, chart: Chart, word: Word) -> str | None:
    mappings = context.company.mappings
    if word.use == "charge":
        name = mappings.charges.get(word.word or "") or mappings.default_item
        return _sold_as(context, name) if name else None
    if word.use == "deposit_to":
        received = next((to for method, to in mappings.payment_methods.items() if method == word.word), None)
        if received is not None and received.deposit_to is not None:
            return _account(context, received.deposit_to)
        return chart.lists.undeposited
    paid = next((to for method, to in mappings.expense_payment_methods.items() if method == word.word), None)
    return _account(context, paid.pay_from) if paid else None


def _account(context: Context, name: str) -> str | None:
    found = context.references.find("Account", name)
    return found.quickbooks_id if found else None


def _sold_as(context: Context, name: str) -> str | None:
    item = context.references.find("Item", name)
    return item.income_account_id if item else None
