"""What a QuickBooks transaction posts, read from its JSON: the double entry behind a document, for the proof of the statements.

A pure function, after Intuit's entity reference: a sale credits the account of its product against receivables or where the money went, a
purchase debits what it is for against what it is paid from. Only what a report shows is worked out: accounts, classes and amounts. Not here:
which transactions are asked about, and why they differ (``statements``).
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = Mapping[str, Any]
RECEIVABLE, PAYABLE = "Accounts receivable", "Accounts payable"
_NAMED_BY_QUICKBOOKS = (
    "QuickBooks: "  # an account that QuickBooks makes by itself, by the name its reports have for it
)


class Line(NamedTuple):
    """``account``: an account's id, RECEIVABLE or PAYABLE, or a name after ``QuickBooks: ``. Debits are positive."""

    account: str
    amount: Decimal
    class_id: str | None = None


class Lists(NamedTuple):
    """The company's lists as far as they decide where something posts. ``held``: the account a payment's money waits in, by its key."""

    undeposited: str | None
    sold_to: Mapping[str, str]
    bought_to: Mapping[str, str]
    held: Mapping[str, str]


def lines_of(entity: str, transaction: Json, lists: Lists) -> list[Line]:
    """Debits and credits of a transaction; of an entity that is not known here, none."""
    rule = _RULES.get(entity)
    return [] if rule is None else [line for line in rule(transaction, lists) if line.amount]


def _id(holder: Any, field: str) -> str | None:
    reference = (holder or {}).get(field)
    return str(reference["value"]) if reference else None


def _money(holder: Json, field: str) -> Decimal:
    return Decimal(str(holder.get(field) or 0))


def _by_itself(name: str) -> str:
    return f"{_NAMED_BY_QUICKBOOKS}{name}"


def _sold(sign: int) -> Callable[[Json, Lists], Iterator[Line]]:
    def lines(sale: Json, lists: Lists) -> Iterator[Line]:
        whole = _id(sale, "ClassRef")
        for line in sale.get("Line") or ():
            group = (line.get("GroupLineDetail") or {}).get("Line") or ()
            for each in (line, *group):
                detail = each.get("SalesItemLineDetail") or {}
                if item := _id(detail, "ItemRef"):
                    account = lists.sold_to.get(item) or _by_itself("Uncategorized Income")
                    yield Line(account, -sign * _money(each, "Amount"), _id(detail, "ClassRef") or whole)
            if line.get("DetailType") == "DiscountLineDetail":
                detail = line.get("DiscountLineDetail") or {}
                account = _id(detail, "DiscountAccountRef") or _by_itself("Discounts given")
                yield Line(account, sign * _money(line, "Amount"), _id(detail, "ClassRef") or whole)
        tax = _money(sale.get("TxnTaxDetail") or {}, "TotalTax")
        yield Line(_by_itself("Sales Tax Payable"), -sign * tax)

    return lines


def _bought(purchase: Json, lists: Lists, sign: int) -> Iterator[Line]:
    whole = _id(purchase, "ClassRef")
    for line in purchase.get("Line") or ():
        detail = line.get("AccountBasedExpenseLineDetail") or line.get("ItemBasedExpenseLineDetail")
        if detail:
            account = _id(detail, "AccountRef") or lists.bought_to.get(_id(detail, "ItemRef") or "")
            account = account or _by_itself("Uncategorized Expense")
            yield Line(account, sign * _money(line, "Amount"), _id(detail, "ClassRef") or whole)
    tax = _money(purchase.get("TxnTaxDetail") or {}, "TotalTax")
    yield Line(_by_itself("Sales Tax Payable"), sign * tax)


def _owed(sign: int) -> Callable[[Json, Lists], Iterator[Line]]:
    """An invoice (1), or a credit memo (-1)."""

    def lines(sale: Json, lists: Lists) -> Iterator[Line]:
        yield Line(RECEIVABLE, sign * _money(sale, "TotalAmt"))
        yield from _sold(sign)(sale, lists)

    return lines


def _paid_at_once(sign: int) -> Callable[[Json, Lists], Iterator[Line]]:
    """A sales receipt (1), or a refund receipt (-1)."""

    def lines(sale: Json, lists: Lists) -> Iterator[Line]:
        yield Line(_deposited(sale, lists), sign * _money(sale, "TotalAmt"))
        yield from _sold(sign)(sale, lists)

    return lines


def _deposited(transaction: Json, lists: Lists) -> str:
    return _id(transaction, "DepositToAccountRef") or lists.undeposited or _by_itself("Undeposited Funds")


def _payment(payment: Json, lists: Lists) -> Iterator[Line]:
    yield Line(_deposited(payment, lists), _money(payment, "TotalAmt"))
    yield Line(RECEIVABLE, -_money(payment, "TotalAmt"))


def _bill(sign: int) -> Callable[[Json, Lists], Iterator[Line]]:
    """A bill (1), or a vendor credit (-1)."""

    def lines(bill: Json, lists: Lists) -> Iterator[Line]:
        yield Line(PAYABLE, -sign * _money(bill, "TotalAmt"))
        yield from _bought(bill, lists, sign)

    return lines


def _purchase(purchase: Json, lists: Lists) -> Iterator[Line]:
    sign = -1 if purchase.get("Credit") is True else 1
    yield Line(_id(purchase, "AccountRef") or "", -sign * _money(purchase, "TotalAmt"))
    yield from _bought(purchase, lists, sign)


def _bill_payment(payment: Json, _lists: Lists) -> Iterator[Line]:
    check, card = payment.get("CheckPayment"), payment.get("CreditCardPayment")
    yield Line(PAYABLE, _money(payment, "TotalAmt"))
    yield Line(_id(check, "BankAccountRef") or _id(card, "CCAccountRef") or "", -_money(payment, "TotalAmt"))


def linked(line: Json) -> str | None:
    """The key of the transaction that a line of a deposit brings to the bank: ``Payment:7``."""
    for link in line.get("LinkedTxn") or ():
        kind = "Payment" if link.get("TxnType") == "ReceivePayment" else link.get("TxnType")
        return f"{kind}:{link.get('TxnId')}"
    return None


def _deposit(deposit: Json, lists: Lists) -> Iterator[Line]:
    yield Line(_id(deposit, "DepositToAccountRef") or "", _money(deposit, "TotalAmt"))
    back = deposit.get("CashBack") or {}
    yield Line(_id(back, "AccountRef") or _by_itself("Uncategorized Expense"), _money(back, "Amount"))
    for line in deposit.get("Line") or ():
        detail, brought = line.get("DepositLineDetail") or {}, linked(line)
        account = (lists.held.get(brought) if brought else _id(detail, "AccountRef")) or lists.undeposited
        account = account or _by_itself("Undeposited Funds")
        yield Line(account, -_money(line, "Amount"), _id(detail, "ClassRef"))


def _journal_entry(entry: Json, _lists: Lists) -> Iterator[Line]:
    for line in entry.get("Line") or ():
        if detail := line.get("JournalEntryLineDetail"):
            sign = 1 if detail.get("PostingType") == "Debit" else -1
            yield Line(
                _id(detail, "AccountRef") or "", sign * _money(line, "Amount"), _id(detail, "ClassRef")
            )


def _transfer(transfer: Json, _lists: Lists) -> Iterator[Line]:
    yield Line(_id(transfer, "ToAccountRef") or "", _money(transfer, "Amount"))
    yield Line(_id(transfer, "FromAccountRef") or "", -_money(transfer, "Amount"))


_RULES: Mapping[str, Callable[[Json, Lists], Iterator[Line]]] = {
    "Invoice": _owed(1), "CreditMemo": _owed(-1), "SalesReceipt": _paid_at_once(1), "RefundReceipt": _paid_at_once(-1),
    "Payment": _payment, "Bill": _bill(1), "VendorCredit": _bill(-1), "Purchase": _purchase, "BillPayment": _bill_payment,
    "Deposit": _deposit, "JournalEntry": _journal_entry, "Transfer": _transfer,
}  # fmt: skip
