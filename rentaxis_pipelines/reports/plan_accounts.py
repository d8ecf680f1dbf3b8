"""What a plan would change on each account in each month, as QuickBooks would show it. Debits are positive. Pure.

An update counts with the difference between what stands and what will stand, a void and a delete with what stands, taken back.
Not here: the records themselves (``plan_page``), and proof of what was posted (``dbt_like_sql/marts``).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_types import NUMBER_FIELD
from rentaxis_pipelines.quickbooks import entities
from rentaxis_pipelines.reports.plan_lists import Account, Lists

_ZERO = Decimal("0.00")
_TAX = Account("Sales tax", "Other Current Liability")
_OTHER = Account("Other (no account on the line)")
# QuickBooks adds the total of these up from their lines; of the others we send it.
_TOTAL_OF_LINES = (
    "Invoice",
    "CreditMemo",
    "Bill",
    "VendorCredit",
    "Purchase",
    "JournalEntry",
    "Deposit",
    "RefundReceipt",
)


class AccountChange(msgspec.Struct, frozen=True):
    """The net change of an account in a month (by its first day): a debit is positive, a credit negative."""

    month: dt.date
    account: Account
    change: Decimal

    @property
    def debit(self) -> Decimal | None:
        return self.change if self.change > 0 else None

    @property
    def credit(self) -> Decimal | None:
        return -self.change if self.change < 0 else None


def account_changes(rows: Iterable[PlannedRow], lists: Lists) -> list[AccountChange]:
    """The sums of all rows to be sent: by month, then in the order of a chart of accounts; what comes to nothing is left out."""
    sums: dict[tuple[dt.date, Account], Decimal] = defaultdict(lambda: _ZERO)
    for row in rows:
        if row.status is None:
            for month, account, amount in _changes_of(row, lists):
                sums[month, account] += amount
    return [
        AccountChange(month, account, change)
        for (month, account), change in sorted(
            sums.items(), key=lambda entry: (entry[0][0], entry[0][1].place_in_chart)
        )
        if change
    ]


def changes_unknown_accounts(row: PlannedRow) -> bool:
    """Whether the row changes accounts in a way that cannot be told, because what stands in QuickBooks was not read."""
    changes = row.status is None and row.action in ("update", "void", "delete")
    return changes and _posts(row) and standing_of(row) is None


def standing_of(row: PlannedRow) -> Mapping[str, Any] | None:
    """What stands in QuickBooks before the row is sent: as read, or of a void at least what we wrote last."""
    if row.standing is not None:
        return row.standing
    return row.mapped if row.action in ("void", "delete") else None


def will_stand(row: PlannedRow) -> Mapping[str, Any]:
    """What will stand once the row is sent; nothing of what is voided or deleted."""
    payload = row.payload or {}
    if row.action in ("void", "delete"):
        return {}
    if row.action == "create" or row.standing is None:
        return payload
    standing = dict(row.standing)
    if "Line" in payload and row.quickbooks_type in _TOTAL_OF_LINES:
        standing.pop("TotalAmt", None)
    return standing | payload


def total_of(entity: str | None, transaction: Mapping[str, Any]) -> Decimal | None:
    """Its total, added up from the lines where it is not said; None for what is no transaction."""
    if (total := entities.total_of(transaction)) is not None:
        return total
    if entity not in _TOTAL_OF_LINES or "Line" not in transaction:
        return None
    amounts = (
        -_money(line.get("Amount")) if _is_discount(line) else _money(line.get("Amount"))
        for line in transaction["Line"]
        if line.get("DetailType") != "SubTotalLineDetail"
    )
    return sum(amounts, _ZERO) + _tax(transaction)


def _changes_of(row: PlannedRow, lists: Lists) -> Iterator[tuple[dt.date, Account, Decimal]]:
    standing = standing_of(row)
    if not _posts(row) or (row.action != "create" and standing is None):
        return
    for transaction, sign in ((standing, -1), (will_stand(row), 1)):
        if not transaction or (row.action == "create" and sign < 0):
            continue
        day = dt.date.fromisoformat(str(transaction.get("TxnDate") or row.day))
        for account, amount in _postings(row.quickbooks_type or "", transaction, lists):
            yield day.replace(day=1), account, sign * amount


def _posts(row: PlannedRow) -> bool:
    return row.quickbooks_type in NUMBER_FIELD


def _postings(entity: str, transaction: Mapping[str, Any], lists: Lists) -> list[tuple[Account, Decimal]]:
    """What a transaction posts; it adds up to zero."""
    total = total_of(entity, transaction) or _ZERO
    match entity:
        case "Invoice" | "CreditMemo":
            receivable = _account(transaction.get("ARAccountRef"), lists) or lists.receivable
            billed = [(receivable, total), *_credited(_lines(transaction, lists), transaction, total)]
            return billed if entity == "Invoice" else _reversed(billed)
        case "Payment":
            receivable = _account(transaction.get("ARAccountRef"), lists) or lists.receivable
            deposited = _account(transaction.get("DepositToAccountRef"), lists) or lists.undeposited
            return [(deposited, total), (receivable, -total)]
        case "Deposit":
            return _gathered(transaction, lists)
        case "JournalEntry":
            return _entered(transaction, lists)
        case "BillPayment":
            payable = _account(transaction.get("APAccountRef"), lists) or lists.payable
            return [(payable, total), (_paid_from(transaction, lists), -total)]
        case "Bill" | "VendorCredit":
            paid_from = _account(transaction.get("APAccountRef"), lists) or lists.payable
        case "RefundReceipt":
            paid_from = _account(transaction.get("DepositToAccountRef"), lists) or _OTHER
        case _:
            paid_from = _account(transaction.get("AccountRef"), lists) or _OTHER
    posted = [(paid_from, -total), *_debited(_lines(transaction, lists), transaction, total)]
    # A refund to a card is a Purchase the other way round.
    return _reversed(posted) if entity == "VendorCredit" or transaction.get("Credit") is True else posted


def _reversed(posted: list[tuple[Account, Decimal]]) -> list[tuple[Account, Decimal]]:
    return [(account, -amount) for account, amount in posted]


def _gathered(transaction: Mapping[str, Any], lists: Lists) -> list[tuple[Account, Decimal]]:
    """What a bank deposit brings to the bank, and where it was before."""
    posted: list[tuple[Account, Decimal]] = []
    for line in transaction.get("Line", ()):
        detail = line.get("DepositLineDetail") or {}
        before = _account(detail.get("AccountRef"), lists) or lists.undeposited
        posted.append((before, -_money(line.get("Amount"))))
    bank = _account(transaction.get("DepositToAccountRef"), lists) or _OTHER
    return [(bank, -sum((amount for _, amount in posted), _ZERO)), *posted]


def _entered(transaction: Mapping[str, Any], lists: Lists) -> list[tuple[Account, Decimal]]:
    """The lines of a journal entry: debits, and credits below zero."""
    posted: list[tuple[Account, Decimal]] = []
    for line in transaction.get("Line", ()):
        detail = line.get("JournalEntryLineDetail")
        if detail:
            amount = _money(line.get("Amount"))
            sign = 1 if detail.get("PostingType") == "Debit" else -1
            posted.append((_account(detail.get("AccountRef"), lists) or _OTHER, sign * amount))
    return posted


def _credited(
    lines: Sequence[tuple[Account, Decimal]], transaction: Mapping[str, Any], total: Decimal
) -> list[tuple[Account, Decimal]]:
    return [(account, -amount) for account, amount in _debited(lines, transaction, total)]


def _debited(
    lines: Sequence[tuple[Account, Decimal]], transaction: Mapping[str, Any], total: Decimal
) -> list[tuple[Account, Decimal]]:
    """The lines, the tax, and what neither of them tells: together the total."""
    tax = _tax(transaction)
    rest = total - tax - sum((amount for _, amount in lines), _ZERO)
    return [*lines, (_TAX, tax), (_OTHER, rest)]


def _lines(transaction: Mapping[str, Any], lists: Lists) -> list[tuple[Account, Decimal]]:
    return [
        (_account_of_line(line, lists), -_money(line.get("Amount")) if _is_discount(line) else _money(line.get("Amount")))
        for line in transaction.get("Line") or []
        if line.get("DetailType") != "SubTotalLineDetail"
    ]  # fmt: skip


def _account_of_line(line: Mapping[str, Any], lists: Lists) -> Account:
    kind = str(line.get("DetailType") or "")
    detail: Mapping[str, Any] = line.get(kind) or {}
    item = str((detail.get("ItemRef") or {}).get("value") or "")
    if item:
        return lists.expense_account(item) if "Expense" in kind else lists.income_account(item)
    account = detail.get("AccountRef") or detail.get("DiscountAccountRef")
    return _account(account, lists) or _OTHER


def _is_discount(line: Mapping[str, Any]) -> bool:
    return line.get("DetailType") == "DiscountLineDetail"


def _paid_from(transaction: Mapping[str, Any], lists: Lists) -> Account:
    bank = (transaction.get("CheckPayment") or {}).get("BankAccountRef")
    card = (transaction.get("CreditCardPayment") or {}).get("CCAccountRef")
    return _account(bank or card, lists) or _OTHER


def _account(reference: Any, lists: Lists) -> Account | None:
    quickbooks_id = str((reference or {}).get("value") or "")
    return lists.account(quickbooks_id) if quickbooks_id else None


def _tax(transaction: Mapping[str, Any]) -> Decimal:
    return _money((transaction.get("TxnTaxDetail") or {}).get("TotalTax"))


def _money(value: Any) -> Decimal:
    """Numbers of stored objects are exact decimals or whole numbers."""
    return Decimal(value) if value is not None else _ZERO
