"""Cases of expenses and vendors: paid, payable, paid later, entered twice, and with something missing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.town import Town

Day = tuple[int, int]  # months before the last one, day of the month


def spend(
    town: Town,
    day: Day,
    amount: str,
    account: str,
    vendor: str | None,
    description: str,
    *,
    place: int | str | None = None,
    paid: Day | None = None,
    method: str | None = None,
) -> t.Expense:
    """An expense; ``place``: the number of a unit, a typed-in place, or None for the first property."""
    where = town.records.all_rows.of(t.Unit)[place] if isinstance(place, int) else place or town.properties[0]
    return town.records.spend(
        town.day(*day), Decimal(amount), account, town.vendors[vendor] if vendor else None, description,
        place=where, paid=town.day(*paid) if paid else None, method=method,
    )  # fmt: skip


def plain(label: str, note: str, *expense: Any, **details: Any) -> Callable[[Town], None]:
    """A case that is just one expense; the other arguments are those of ``spend``."""
    return lambda town: town.label(label, spend(town, *expense, **details), note)


def paid_in_parts(town: Town) -> None:
    expense = spend(
        town, (2, 20), "960.00", "5000", "Delaware Valley Roofing", "Porch roof, paid in installments"
    )
    expense.status = "partially_paid"
    for day, amount in (((1, 15), "400.00"), ((0, 15), "300.00")):
        paid_on = town.day(*day)
        expense.updated_at = town.at(paid_on, 10)
        town.records.add(
            t.ExpensePayment(
                created_at=expense.updated_at, expense=expense, paid_on=paid_on, amount=Decimal(amount),
                paid_from_account=town.records.accounts["1000"],
            )
        )  # fmt: skip
    town.label("expense_paid_in_parts", expense, "A bill with two payments; the rest is still owed.")


def unmapped_bank_account(town: Town) -> None:
    expense = spend(
        town, (1, 26), "96.40", "5000", "Colonial Building Supply", "Mailbox lock", place=4, method="check"
    )
    expense.paid_from_account = town.records.accounts["1090"]
    town.label("unmapped_bank_account", expense, "Paid from an account that the company file does not list.")


def vendor_as_text(town: Town) -> None:
    expense = spend(town, (0, 14), "310.00", "5300", None, "Tree trimming")
    expense.vendor_name = "Wilkes Tree Care"
    town.label("vendor_as_text", expense, "Its vendor is typed in, not a vendor record.")


def vendor_in_quickbooks(town: Town) -> None:
    expense = spend(town, (1, 23), "275.00", "5000", "Brightline Plumbing", "Sump pump replaced", place=2)
    assert expense.vendor is not None
    town.label("vendor_in_quickbooks", expense.vendor, "QuickBooks already has this vendor.")
    town.label("vendor_in_quickbooks", expense, "Owed to a vendor that QuickBooks already has.")


def _payable(town: Town, day: Day, amount: str, description: str) -> t.Invoice:
    line = (description, Decimal(amount), "5000")
    invoice = town.records.bill(None, town.day(*day), [line], kind="one_off")
    invoice.type, invoice.property = "payable", town.properties[0]
    return invoice


def payable_invoice(town: Town) -> None:
    invoice = _payable(town, (1, 18), "1875.00", "Roof repair")
    expense = spend(town, (1, 18), "1875.00", "5000", "Delaware Valley Roofing", "Roof repair")
    expense.payable_invoice = invoice
    town.label("payable_invoice", invoice, "A payable: never an invoice in QuickBooks.")
    town.label("payable_invoice", expense, "The same payable, entered as an expense: pushed once.")


def payable_invoice_alone(town: Town) -> None:
    invoice = _payable(town, (1, 24), "430.00", "Gutter cleaning")
    town.label("payable_invoice_alone", invoice, "Never entered as an expense: listed, not pushed.")


def dated_by_a_slip(town: Town) -> None:
    expense = spend(town, (0, 6), "57.80", "5000", "Mercer Lock & Key", "Basement key")
    expense.expense_date = expense.due_date = expense.expense_date.replace(year=2062)
    town.label("dated_by_a_slip", expense, "Dated 2062 by mistake: outside every range.")


def expense_void(town: Town) -> None:
    expense = spend(town, (1, 27), "120.00", "5900", "Summit Pest Control", "Canceled")
    expense.status, expense.updated_at = "void", town.at(expense.expense_date, 18)
    town.label("expense_void", expense, "Voided before it was paid.")


def deleted_expense(town: Town) -> None:
    expense = spend(town, (1, 28), "84.00", "5000", "Mercer Lock & Key", "Lock", place=4, method="cash")
    expense.deleted_at = expense.updated_at = town.at(expense.expense_date, 19)
    town.label("deleted_source_row", expense, "Entered twice; the duplicate was deleted.")


CASES = (
    plain("expense_paid_now", "Paid by card on the day.",
          (1, 6), "148.37", "5500", "Colonial Building Supply", "Paint and rollers", place=0, method="credit_card"),
    plain("expense_unpaid", "A bill to pay later.",
          (0, 19), "1240.00", "5000", "Keystone Heating & Cooling", "Furnace inspection", place=1),
    plain("expense_paid_later", "A bill of one month, paid by check the next: payable in between.",
          (2, 15), "386.12", "5100", "Atlantic Power & Gas", "Electricity for common areas", paid=(1, 9), method="check"),
    plain("expense_without_vendor_paid_later", "No vendor to owe it to, so it is dated the day it was paid.",
          (2, 27), "58.00", "5400", None, "Carpet cleaning", place=5, paid=(1, 4), method="check"),
    unmapped_bank_account,
    plain("expense_custom_property", "For a place typed in, not a property of the portfolio.",
          (1, 11), "64.90", "5900", "QuickPrint Signs", "Open house signs", place="Office, Front Street", method="cash"),
    plain("vendor_missing_on_bill", "Unpaid, without a vendor.",
          (0, 13), "92.00", "5400", None, "Window cleaning"),
    vendor_as_text, vendor_in_quickbooks, payable_invoice, payable_invoice_alone, dated_by_a_slip,
    plain("inactive_account", "Booked to an account that is no longer in use.",
          (1, 26), "189.95", "5999", "Garden State Electric Repair", "Fuse box replaced", place=3, method="check"),
    expense_void, deleted_expense, paid_in_parts,
    plain("vendor_credit", "Below zero and unpaid: the vendor owes it.",
          (1, 13), "-64.20", "5500", "Colonial Building Supply", "Paint returned", place=1),
    plain("card_credit", "Below zero, given back to the card.",
          (1, 14), "-22.15", "5500", "Colonial Building Supply", "Brushes returned", place=1, method="credit_card"),
)  # fmt: skip
