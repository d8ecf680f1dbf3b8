"""Expenses as Purchases and Bills, and those below zero as VendorCredits and card credits.

Not here: which of the two, and on which day (``booking``), the payment of a Bill (``bill_payments``), and who the vendor is.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

import msgspec

from rentaxis_pipelines.mapping import resolve, rules, text
from rentaxis_pipelines.mapping.booking import Booking, booking, has_vendor, is_credit, owed_at_go_live
from rentaxis_pipelines.mapping.deleted_at_source import brought_to_zero
from rentaxis_pipelines.mapping.expense_payments import paid_at_once, parts_paid, refuse_contradiction
from rentaxis_pipelines.mapping.outcome import (
    NO_FACTS,
    Context,
    Existing,
    Facts,
    Mapped,
    RecordRefused,
    answers,
    refused,
)
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.payload import VOID_HASH, Payload
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import EXPENSE
from rentaxis_pipelines.model.source_records import Expense
from rentaxis_pipelines.model.statuses import EXPENSES_POSTED, VOID

_WORDS = {"Purchase": "purchase", "Bill": "bill", "VendorCredit": "vendor credit"}


def expense_label(expense: Expense) -> str:
    """The expense as a person knows it."""
    vendor = expense.vendor.name if expense.vendor else None
    return f"Expense {expense.source_id}{f' ({vendor})' if vendor else ''}"


def expense_number(expense: Expense) -> str:
    """The DocNumber of the Purchase, Bill or VendorCredit: always our own, because an expense has no number."""
    return text.derived_number("E", expense.source_id)


def is_taken_back(expense: Expense) -> bool:
    """Whether nothing of the expense may stand any more."""
    return expense.deleted_at is not None or expense.status == VOID


def expense_lookups(context: Context, expense: Expense) -> Iterator[resolve.Lookup]:
    """What the expense needs of the company file."""
    yield partial(resolve.expense_account_id, context, expense.account, expense.source_id)
    is_bill = booking(expense, None, context).entity == "Bill"
    if is_bill:
        yield partial(resolve.term_id, context, expense.terms)
    for paid in parts_paid(expense):
        types = resolve.BILL_PAYING_TYPES if is_bill else resolve.PAYING_TYPES
        yield partial(resolve.paid_from, context, paid.method, paid.account, expense.source_id, types)
    yield from resolve.lookups_of_place(context, expense.place)


@answers
def plan_expense(
    expense: Expense,
    existing: Existing | None,
    context: Context,
    facts: Facts = NO_FACTS,
) -> Mapped:
    """Create, update or void the Purchase or Bill of an expense, or the reason why not.

    ``existing`` is the Purchase or Bill it stands as; one that is to stand as the other is made anew, and what stood before is
    let go first (``plan_replaced``). The BillPayment of a Bill is to be voided before
    the Bill.
    """
    label = expense_label(expense)
    rules.refuse_imported(expense, label)
    if is_taken_back(expense):
        return _void(expense, existing, context)
    rules.refuse_unreadable(expense, label)
    rules.refuse_unknown_status(expense.status, frozenset(EXPENSES_POSTED), label)
    refuse_contradiction(expense, label)
    booked = booking(expense, existing, context)
    if not facts.pushed_before:
        _refuse_parts_of_what_was_owed(expense, booked, context)
        rules.refuse_before_go_live(context, existing, booked.day, label)
    if existing is not None and existing.entity != booked.entity:
        existing = None
    total = expense_total(expense, context)

    return rules.create_or_update(
        context,
        existing,
        entity=booked.entity,
        label=label,
        record_date=booked.day,
        key=expense_number(expense),
        total=total,
        build=partial(_payload, expense, context, booked, facts.parent_id, total),
    )


@answers
def plan_replaced(expense: Expense, replaced: Existing | None, context: Context) -> Mapped:
    """Bring to zero what the expense stood as before it became the other: a Purchase that is to be a Bill, or the reverse.

    Its number is freed, so that the other can carry it. ``replaced``: None for one that is gone from QuickBooks.
    """
    label = replaced_label(expense, replaced)
    if replaced is None or replaced.content_hash == VOID_HASH:
        raise refused(ReasonCode.UNCHANGED, f"{label} is no longer in QuickBooks.")
    planned = rules.void(
        context,
        replaced,
        label=label,
        why="became another kind of transaction",
        record_date=booking(expense, replaced, context).day,
        key=text.derived_number("V", expense.source_id),
        payload=brought_to_zero(replaced, f"Replaced: {expense_label(expense)} changed in RentAxis"),
    )
    payload = {**planned.payload, "DocNumber": planned.key}
    return msgspec.structs.replace(planned, payload=payload)


def replaced_label(expense: Expense, replaced: Existing | None) -> str:
    """What is let go, as a person knows it."""
    word = _WORDS.get(replaced.entity, "transaction") if replaced is not None else "transaction"
    return f"The earlier {word} of {expense_label(expense)}"


def _payload(
    expense: Expense,
    context: Context,
    booked: Booking,
    vendor_id: str | None,
    amount: Decimal,
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    """The Purchase or Bill payload. Raises ``RecordRefused`` where a mapping or a field is missing."""
    account_id = _account_id(expense, context, booked)
    detail: Payload = {"AccountRef": {"value": account_id}}
    if class_id := resolve.class_id(context, expense.place):
        detail["ClassRef"] = {"value": class_id}
    line: Payload = {
        "DetailType": "AccountBasedExpenseLineDetail",
        "Amount": amount,
        "AccountBasedExpenseLineDetail": detail,
    }
    if said := text.description(expense.description):
        line["Description"] = said
    payload: Payload = {
        "DocNumber": expense_number(expense),
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": _note(expense, context, booked, notes),
        "Line": [line],
    }
    if location_id := resolve.location_id(context, expense.place):
        payload["DepartmentRef"] = {"value": location_id}
    if booked.entity != "Purchase":
        return payload | _bill_part(expense, context, booked, vendor_id)
    if booked.opening and vendor_id is None:
        raise vendor_wanted(expense)  # what is owed is owed to somebody
    return payload | _purchase_part(expense, context, vendor_id)


def expense_total(expense: Expense, context: Context) -> Decimal:
    """The amount in cents, of a credit without its sign. Raises ``RecordRefused`` when it is missing, or below zero and that is not pushed."""
    label = expense_label(expense)
    total = resolve.money(expense.amount, label)
    if is_credit(expense, context):
        return -total
    if total < 0:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} comes to {as_read(total)}. A refund from a vendor is not pushed as an expense.",
            "Enter the vendor's credit in QuickBooks, then exclude the expense here; or set policies.vendor_credits to push in company.yaml.",
        )
    return total


def _refuse_parts_of_what_was_owed(expense: Expense, booked: Booking, context: Context) -> None:
    """What was owed at go-live is in the opening balances: what is paid of it since belongs to these books, and cannot be a part of a bill
    that is not in them.
    """
    since = [part for part in parts_paid(expense) if owed_at_go_live(expense, part.paid_on, context)]
    if booked.entity == "Bill" and since:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{expense_label(expense)} was owed at go-live, and is paid in parts since.",
            "Enter its payments since go-live in QuickBooks against accounts payable, then exclude the expense here.",
        )


def vendor_wanted(expense: Expense) -> RecordRefused:
    """The refusal of what needs a vendor and has none in QuickBooks."""
    label = expense_label(expense)
    if has_vendor(expense):
        return refused(
            ReasonCode.WAITING_FOR_PARENT,
            f"{label} is waiting for its vendor, who is not in QuickBooks yet.",
            "See the result of the vendor's row, then run again.",
        )
    return refused(
        ReasonCode.MISSING_FIELD,
        f"{label} is not paid, or not in one payment, and has no vendor; QuickBooks does not accept a bill without one.",
        "Enter the vendor in RentAxis, then run again.",
    )


def _account_id(expense: Expense, context: Context, booked: Booking) -> str:
    if not booked.opening:
        return resolve.expense_account_id(context, expense.account, expense_label(expense))
    payable = resolve.only_accounts_payable_id(context)
    if payable is None:
        raise resolve.missing_mapping(
            f"{expense_label(expense)} was owed at go-live, but company.yaml does not name an accounts payable account for it.",
            "mappings.accounts_payable",
        )
    return payable


def _bill_part(expense: Expense, context: Context, booked: Booking, vendor_id: str | None) -> Payload:
    if vendor_id is None:
        raise vendor_wanted(expense)
    part: Payload = {"VendorRef": {"value": vendor_id}}
    if expense.due_date is not None and booked.entity == "Bill":
        part["DueDate"] = expense.due_date.isoformat()
    if (term_id := resolve.term_id(context, expense.terms)) is not None:
        part["SalesTermRef"] = {"value": term_id}
    if (payable := resolve.accounts_payable_id(context)) is not None:
        part["APAccountRef"] = {"value": payable}
    return part


def _purchase_part(expense: Expense, context: Context, vendor_id: str | None) -> Payload:
    label = expense_label(expense)
    paid = paid_at_once(expense)
    assert paid is not None  # else it is a Bill (``booking``)
    source = resolve.paid_from(context, paid.method, paid.account, label)
    part: Payload = {"PaymentType": source.payment_type, "AccountRef": {"value": source.account_id}}
    if vendor_id is not None:
        part["EntityRef"] = {"value": vendor_id, "type": "Vendor"}
    if is_credit(expense, context):
        if source.payment_type != "CreditCard":
            raise refused(
                ReasonCode.INVALID_VALUE,
                f"{label} came back to an account that is no credit card. QuickBooks books that as a bank deposit.",
                "Enter a bank deposit from the vendor in QuickBooks, on the expense's account, then exclude the expense here.",
            )
        part["Credit"] = True
    return part


def _note(expense: Expense, context: Context, booked: Booking, notes: list[str]) -> str:
    parts: list[str | None] = [*notes, text.place(expense.place)]
    if booked.opening:
        parts.append(f"Owed since {expense.expense_date}, before go-live on {context.company.go_live}")
    elif booked.day != expense.expense_date:
        parts.append(f"Expense of {expense.expense_date} in RentAxis, paid on {booked.day}")
    if expense.custom_property_name:
        parts.append(f"Property: {expense.custom_property_name}")
    if expense.payable_invoice_number:
        parts.append(f"Payable invoice in RentAxis: {expense.payable_invoice_number}")
    return text.private_note([*parts, expense.description], marker(EXPENSE, expense.source_id))


def _void(expense: Expense, existing: Existing | None, context: Context) -> Mapped:
    said = "Deleted in RentAxis" if expense.deleted_at is not None else "Void in RentAxis"
    return rules.void_record(
        context,
        expense,
        existing,
        label=expense_label(expense),
        record_date=expense.expense_date,
        key=expense_number(expense),
        payload=brought_to_zero(existing, said) if existing is not None else {},
    )
