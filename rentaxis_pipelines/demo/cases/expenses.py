"""Cases of expenses and vendors: paid, owed, paid later, twice in the books, and with a part missing."""

from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.town import Town


def expense_paid_now(town: Town) -> None:
    vendor, day = town.vendors["Colonial Building Supply"], town.office.calendar.day(1, 6)
    expense = town.office.spend(
        day,
        Decimal("148.37"),
        "5500",
        vendor,
        "Paint and rollers",
        place=_unit(town, 0),
        method="credit_card",
    )
    town.office.label("expense_paid_now", expense, "Paid by card on the day.")


def expense_unpaid(town: Town) -> None:
    vendor, day = town.vendors["Keystone Heating & Cooling"], town.office.calendar.day(0, 19)
    expense = town.office.spend(
        day, Decimal("1240.00"), "5000", vendor, "Furnace inspection", place=_unit(town, 1)
    )
    town.office.label("expense_unpaid", expense, "A bill to pay later.")


def expense_paid_later(town: Town) -> None:
    vendor, day = town.vendors["Atlantic Power & Gas"], town.office.calendar.day(2, 15)
    expense = town.office.spend(
        day, Decimal("386.12"), "5100", vendor, "Power of the common areas", place=town.properties[0],
        method="check", paid=town.office.calendar.day(1, 9),
    )  # fmt: skip
    town.office.label(
        "expense_paid_later", expense, "A bill of one month, paid by check in the next: owed in between."
    )


def expense_without_vendor_paid_later(town: Town) -> None:
    day, paid = town.office.calendar.day(2, 27), town.office.calendar.day(1, 4)
    expense = town.office.spend(
        day,
        Decimal("58.00"),
        "5400",
        None,
        "Carpet cleaning",
        place=_unit(town, 5),
        method="check",
        paid=paid,
    )
    town.office.label(
        "expense_without_vendor_paid_later", expense, "Nobody to owe it to: it lies on the day it was paid."
    )


def unmapped_bank_account(town: Town) -> None:
    vendor, day = town.vendors["Colonial Building Supply"], town.office.calendar.day(1, 26)
    expense = town.office.spend(
        day, Decimal("96.40"), "5000", vendor, "Mailbox lock", place=_unit(town, 4), method="check"
    )
    expense.paid_from_account = town.office.accounts["1090"]
    town.office.label(
        "unmapped_bank_account", expense, "Paid from an account the company file says nothing about."
    )


def expense_custom_property(town: Town) -> None:
    vendor, day = town.vendors["QuickPrint Signs"], town.office.calendar.day(1, 11)
    expense = town.office.spend(
        day, Decimal("64.90"), "5900", vendor, "Open house signs", place="Office, Front Street", method="cash"
    )
    town.office.label("expense_custom_property", expense, "Names no property of the portfolio, but a text.")


def vendor_missing_on_bill(town: Town) -> None:
    day = town.office.calendar.day(0, 13)
    expense = town.office.spend(
        day, Decimal("92.00"), "5400", None, "Window cleaning", place=town.properties[0]
    )
    town.office.label("vendor_missing_on_bill", expense, "Unpaid, and nobody knows to whom it is owed.")


def vendor_as_text(town: Town) -> None:
    day = town.office.calendar.day(0, 14)
    expense = town.office.spend(
        day, Decimal("310.00"), "5300", None, "Tree trimming", place=town.properties[0]
    )
    expense.vendor_name = "Wilkes Tree Care"
    town.office.label("vendor_as_text", expense, "Its vendor is a text, no record.")


def vendor_in_quickbooks(town: Town) -> None:
    vendor, day = town.vendors["Brightline Plumbing"], town.office.calendar.day(1, 23)
    expense = town.office.spend(
        day, Decimal("275.00"), "5000", vendor, "Sump pump replaced", place=_unit(town, 2)
    )
    town.office.label("vendor_in_quickbooks", vendor, "QuickBooks knows this vendor already.")
    town.office.label("vendor_in_quickbooks", expense, "Owed to a vendor that QuickBooks knows.")


def payable_invoice(town: Town) -> None:
    office, day = town.office, town.office.calendar.day(1, 18)
    invoice = office.bill(None, day, [("Roof repair", Decimal("1875.00"), "5000")], kind="one_off")
    invoice.type, invoice.property = "payable", town.properties[0]
    vendor = town.vendors["Delaware Valley Roofing"]
    expense = office.spend(day, Decimal("1875.00"), "5000", vendor, "Roof repair", place=town.properties[0])
    expense.payable_invoice = invoice
    office.label("payable_invoice", invoice, "Money owed: never an invoice in QuickBooks.")
    office.label("payable_invoice", expense, "The same debt, as an expense: pushed once.")


def payable_invoice_alone(town: Town) -> None:
    office, day = town.office, town.office.calendar.day(1, 24)
    invoice = office.bill(None, day, [("Gutter cleaning", Decimal("430.00"), "5000")], kind="one_off")
    invoice.type, invoice.property = "payable", town.properties[0]
    office.label(
        "payable_invoice_alone", invoice, "A bill that nobody entered as an expense: on the list, not pushed."
    )


def dated_by_a_slip(town: Town) -> None:
    vendor, day = town.vendors["Mercer Lock & Key"], town.office.calendar.day(0, 6)
    expense = town.office.spend(day, Decimal("57.80"), "5000", vendor, "Cellar key", place=town.properties[0])
    expense.expense_date = expense.due_date = day.replace(year=2062)
    town.office.label("dated_by_a_slip", expense, "Typed with the year 2062: no range holds it.")


def inactive_account(town: Town) -> None:
    vendor, day = town.vendors["Garden State Electric Repair"], town.office.calendar.day(1, 26)
    expense = town.office.spend(
        day, Decimal("189.95"), "5999", vendor, "Old fuse box", place=_unit(town, 3), method="check"
    )
    town.office.label("inactive_account", expense, "Booked on an account that is no longer in use.")


def expense_void(town: Town) -> None:
    vendor, day = town.vendors["Summit Pest Control"], town.office.calendar.day(1, 27)
    expense = town.office.spend(day, Decimal("120.00"), "5900", vendor, "Cancelled", place=town.properties[0])
    expense.status, expense.updated_at = "void", town.office.calendar.at(day, 18)
    town.office.label("expense_void", expense, "Void before anybody paid it.")


def deleted_expense(town: Town) -> None:
    vendor, day = town.vendors["Mercer Lock & Key"], town.office.calendar.day(1, 28)
    expense = town.office.spend(
        day, Decimal("84.00"), "5000", vendor, "Lock", place=_unit(town, 4), method="cash"
    )
    expense.deleted_at = expense.updated_at = town.office.calendar.at(day, 19)
    town.office.label("deleted_source_row", expense, "Entered twice; the second was deleted.")


def _unit(town: Town, number: int) -> t.Unit:
    return town.office.shelf.all(t.Unit)[number]


CASES = (
    expense_paid_now, expense_unpaid, expense_paid_later, expense_without_vendor_paid_later, unmapped_bank_account,
    expense_custom_property, vendor_missing_on_bill,
    vendor_as_text, vendor_in_quickbooks, payable_invoice,
    payable_invoice_alone, dated_by_a_slip, inactive_account, expense_void, deleted_expense,
)  # fmt: skip
