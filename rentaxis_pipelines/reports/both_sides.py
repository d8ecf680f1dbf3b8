"""A record on both sides, field by field: what RentAxis says now, as it would stand in QuickBooks, beside what QuickBooks says. Pure.

Not here: mapping the record (``would_stand``), reading QuickBooks' object, and how the two columns are laid out.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.source_records import (
    Allocation,
    Expense,
    Invoice,
    InvoiceLine,
    Payer,
    Payment,
    Vendor,
)
from rentaxis_pipelines.quickbooks.compare import KEPT_BY_QUICKBOOKS, differences
from rentaxis_pipelines.render.templates import day as day_in_words
from rentaxis_pipelines.reports.plan_accounts import total_of
from rentaxis_pipelines.reports.plan_changes import (
    Words,
    field_in_words,
    line_in_words,
    place_of_field,
    value_in_words,
)

_NOT_SHOWN: Final = frozenset(
    {*KEPT_BY_QUICKBOOKS, "Id", "TotalAmt", "Line", "Active", "TxnTaxDetail", "CurrencyRef"}
)
_DATES: Final = ("TxnDate", "DueDate")
VOIDED = "0.00 (voided)"


class SideBySide(msgspec.Struct, frozen=True):
    """One field in words, empty where a side says nothing. ``differs``: QuickBooks says something else than a push would write."""

    field: str
    rentaxis: str
    quickbooks: str
    differs: bool = False


def both_sides(
    entity: str,
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any] | None,
    words: Words,
    *,
    voided: bool = False,
) -> list[SideBySide]:
    """Every field that a push writes, then those that only QuickBooks has, in the order of a form there.

    ``ours``: the object as a push would write it; ``theirs``: as QuickBooks has it, None where it has none. ``voided``: the push
    would void it. Where QuickBooks has nothing, nothing differs.
    """
    there: Mapping[str, Any] = theirs or {}
    different = set(differences(ours, there)) if theirs is not None else set[str]()
    rows = _amounts(entity, ours, theirs, voided=voided)
    names = [name for name in ours if name not in _NOT_SHOWN or name == "Line"]
    if voided:
        names = ["PrivateNote"]
    for name in sorted(names, key=place_of_field):
        if name == "Line":
            rows += _lines(
                entity, ours["Line"] or [], there.get("Line") or [], words, compared=theirs is not None
            )
            continue
        mine, other = _value(entity, name, ours, words), _value(entity, name, there, words)
        said = field_in_words(name, ours[name])
        rows.append(SideBySide(said, mine, other, name in different and mine != other))
    return [
        row for row in [*rows, *_only_theirs(entity, ours, there, words)] if row.rentaxis or row.quickbooks
    ]


def _amounts(
    entity: str, ours: Mapping[str, Any], theirs: Mapping[str, Any] | None, *, voided: bool
) -> list[SideBySide]:
    stands = total_of(entity, theirs) if theirs is not None else None
    will = Decimal("0.00") if voided else total_of(entity, ours)
    if will is None and stands is None:
        return []
    said = VOIDED if voided else "" if will is None else as_read(will)
    return [SideBySide("amount", said, "" if stands is None else as_read(stands), stands not in (None, will))]


def _value(entity: str, name: str, side: Mapping[str, Any], words: Words) -> str:
    named = f"{entity}Ref" if name == "ParentRef" else name  # the parent of a class is a class
    if name in ("PrivateNote", "Notes"):
        return without_marker(str(side.get(name) or ""))
    said = value_in_words(named, side.get(name), words)
    return _date(said) if name in _DATES else said


def without_marker(note: str) -> str:
    """A memo without the line that says which record it is: that is for the sync, not for people."""
    return "\n".join(line for line in note.splitlines() if parse_marker(line) is None).strip()


def _date(written: str) -> str:
    try:
        return day_in_words(dt.date.fromisoformat(written))
    except ValueError:
        return written


def _lines(
    entity: str, ours: Sequence[Any], theirs: Sequence[Any], words: Words, *, compared: bool
) -> list[SideBySide]:
    """Our lines in their order, each beside the same line there; what is left on either side is paired in order, and differs."""
    left = [line for line in theirs if line.get("DetailType") != "SubTotalLineDetail"]
    beside: list[Mapping[str, Any] | None] = []
    for line in ours:
        same = next(
            (at for at, other in enumerate(left) if not differences({"Line": [line]}, {"Line": [other]})),
            None,
        )
        beside.append(None if same is None else left.pop(same))
    rows: list[SideBySide] = []
    for number, (line, same) in enumerate(zip(ours, beside, strict=True), start=1):
        other = same if same is not None else left.pop(0) if left else None
        told = _line(line, words), _line(other, words)
        rows.append(SideBySide(_line_name(entity, number), told[0], told[1], compared and same is None))
    more = range(len(ours) + 1, len(ours) + len(left) + 1)
    return [
        *rows,
        *(
            SideBySide(_line_name(entity, at), "", _line(line, words), compared)
            for at, line in zip(more, left, strict=True)
        ),
    ]


def _line_name(entity: str, number: int) -> str:
    return "applied to" if entity in ("Payment", "BillPayment") else f"line {number}"


def _line(line: Mapping[str, Any] | None, words: Words) -> str:
    return "" if line is None else line_in_words(line, words)


def _only_theirs(
    entity: str, ours: Mapping[str, Any], theirs: Mapping[str, Any], words: Words
) -> list[SideBySide]:
    """What only QuickBooks has, of what has a word of its own: an accountant's additions, which a push leaves alone."""
    names = [
        name
        for name in theirs
        if name not in ours
        and name not in _NOT_SHOWN
        and field_in_words(name) != name
        and name != "APAccountRef"
    ]
    return [
        SideBySide(field_in_words(name, theirs[name]), "", _value(entity, name, theirs, words))
        for name in sorted(names, key=place_of_field)
    ]


def plain_fields(record: Any) -> list[SideBySide]:
    """What RentAxis says of a record that cannot be pushed as it is, in the same words."""
    of_type = _FIELDS.get(type(record))
    fields: Mapping[str, str] = of_type(record) if of_type is not None else {}
    return [SideBySide(name, value, "") for name, value in fields.items() if value]


def beside_plain_fields(
    record: Any, entity: str, theirs: Mapping[str, Any] | None, words: Words
) -> list[SideBySide]:
    """``plain_fields`` beside what QuickBooks has. Nothing is marked: what a push would write is not known."""
    there = both_sides(entity, {}, theirs, words) if theirs is not None else []
    rows: list[SideBySide] = []
    for row in plain_fields(record):
        same = next((other for other in there if other.field == row.field), None)
        if same is not None:
            there.remove(same)
        rows.append(SideBySide(row.field, row.rentaxis, same.quickbooks if same is not None else ""))
    return [*rows, *(SideBySide(row.field, "", row.quickbooks) for row in there)]


def _of_invoice(invoice: Invoice) -> dict[str, str]:
    return {
        "amount": _money(invoice.total_amount),
        "customer": _name(invoice.payer),
        "date": day_in_words(invoice.invoice_date),
        "due date": day_in_words(invoice.due_date) if invoice.due_date else "",
        "number": invoice.invoice_number or "",
        **{f"line {at}": _invoice_line(line) for at, line in enumerate(invoice.lines, start=1)},
        "memo": invoice.memo or "",
    }


def _invoice_line(line: InvoiceLine) -> str:
    account = line.account.name if line.account is not None else ""
    return ", ".join(filter(None, (line.description or account, _money(line.amount))))


def _of_payment(payment: Payment) -> dict[str, str]:
    return {
        "amount": _money(payment.amount),
        "customer": _name(payment.payer),
        "date": day_in_words(payment.payment_date),
        "reference number": payment.payment_number or "",
        "payment method": (payment.method or "").replace("_", " "),
        "deposit account": payment.deposit_account.name if payment.deposit_account else "",
        "applied to": "; ".join(map(_allocation, payment.allocations)),
    }


def _allocation(allocation: Allocation) -> str:
    return f"invoice {allocation.invoice_number or 'without a number'}, {_money(allocation.amount)}"


def _of_expense(expense: Expense) -> dict[str, str]:
    return {
        "amount": _money(expense.amount),
        "vendor": _name(expense.vendor),
        "date": day_in_words(expense.expense_date),
        "account": expense.account.name if expense.account else "",
        "payment method": (expense.payment_method or "").replace("_", " "),
        "paid on": day_in_words(expense.paid_at) if expense.paid_at else "",
        "memo": expense.description or "",
    }


def _of_party(party: Payer | Vendor) -> dict[str, str]:
    return {
        "name": party.name or "",
        "e-mail": party.email or "",
        "phone": party.phone or "",
        "address": party.address or ", ".join(filter(None, msgspec.structs.astuple(party.billing_address)))
        if party.billing_address is not None
        else party.address or "",
    }


_FIELDS: Final[Mapping[type, Any]] = {
    Invoice: _of_invoice,
    Payment: _of_payment,
    Expense: _of_expense,
    Payer: _of_party,
    Vendor: _of_party,
}


def status_of(record: Any) -> str:
    """The record's status in RentAxis as people say it: ``partially paid``, ``deleted``; empty for what has none."""
    if getattr(record, "deleted_at", None) is not None:
        return "deleted"
    return str(getattr(record, "status", None) or "").replace("_", " ")


def _name(party: Payer | Vendor | None) -> str:
    return (party.name or "") if party is not None else ""


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else as_read(amount)
