"""How an expense is booked: as a Purchase or a Bill, on which day, against which account. Decided by the facts, not by when it is
pushed, so that two histories of the same facts end in the same books.

Not here: the payloads (``expenses``, ``bill_payments``), and how one that stood as the other is exchanged (``sync.planning``).

paid whole on its own day       a Purchase. One that stands as a Bill stays one and gets a BillPayment of the same day: what is
                                owed comes and goes on one day, so every account holds the same on every day
not paid, in parts, or whole    a Bill on the expense's day, a BillPayment on each day something of it was paid
on another day
paid whole on another day,      a Purchase on the day it was paid, for QuickBooks takes no Bill without a vendor. Unpaid, or paid in
without a vendor                parts: refused
below zero, where that is       not paid: a VendorCredit on the expense's day. Paid: a Purchase the other way round, on the day it was
pushed                          paid, which QuickBooks knows for a card alone (Purchase.Credit, entity reference)
owed when the books began       a Purchase on the day it was paid, against accounts payable: the expense belongs to the books
                                before go-live, and what was owed is in the opening balances. Paid in parts since: refused
"""

import datetime as dt
from typing import Literal

import msgspec

from rentaxis_pipelines.mapping import resolve
from rentaxis_pipelines.mapping.expense_payments import PaidPart, paid_at_once
from rentaxis_pipelines.mapping.outcome import Context, Existing, RecordRefused
from rentaxis_pipelines.model.source_records import Expense

ExpenseEntity = Literal["Purchase", "Bill", "VendorCredit"]


class Booking(msgspec.Struct, frozen=True):
    """``day``: of the Purchase or Bill itself. ``opening``: what is paid was owed at go-live, and is no new expense."""

    entity: ExpenseEntity
    day: dt.date
    opening: bool = False


def is_credit(expense: Expense, context: Context) -> bool:
    """Whether it is below zero, and the company pushes that as what a vendor gives back."""
    return (expense.amount or 0) < 0 and context.company.policies.vendor_credits == "push"


def has_vendor(expense: Expense) -> bool:
    """Whether RentAxis names a vendor, whoever that is in QuickBooks."""
    return expense.vendor is not None and bool(expense.vendor.source_id or expense.vendor.name)


def booking(expense: Expense, existing: Existing | None, context: Context) -> Booking:
    """How the expense is to stand. ``existing``: the Purchase or Bill it stands as; only a Bill makes a difference, see above."""
    paid = paid_at_once(expense)
    if is_credit(expense, context):
        if paid is None:
            return Booking("VendorCredit", expense.expense_date)
        return Booking("Purchase", paid.paid_on)
    is_bill = existing is not None and existing.entity == "Bill"
    if paid is None:
        return Booking("Bill", expense.expense_date)
    if paid.paid_on == expense.expense_date:
        stays = is_bill and has_vendor(expense) and _can_pay_a_bill(paid, context)
        return Booking("Bill" if stays else "Purchase", expense.expense_date)
    if not has_vendor(expense):
        return Booking("Purchase", paid.paid_on)
    if not is_bill and owed_at_go_live(expense, paid.paid_on, context):
        return Booking("Purchase", paid.paid_on, opening=True)
    return Booking("Bill", expense.expense_date)


def owed_at_go_live(expense: Expense, paid_on: dt.date, context: Context) -> bool:
    """Whether what was paid on that day was owed when the books began."""
    go_live = context.company.go_live
    return go_live is not None and expense.expense_date < go_live <= paid_on


def _can_pay_a_bill(paid: PaidPart, context: Context) -> bool:
    """Whether QuickBooks pays bills from that account; a clearing account pays purchases only. One that is not mapped may."""
    return _pays(paid, context, resolve.BILL_PAYING_TYPES) or not _pays(paid, context, resolve.PAYING_TYPES)


def _pays(paid: PaidPart, context: Context, types: tuple[str, ...]) -> bool:
    try:
        resolve.paid_from(context, paid.method, paid.account, "", types)
    except RecordRefused:
        return False
    return True
