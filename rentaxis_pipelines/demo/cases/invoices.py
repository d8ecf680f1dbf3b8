"""Cases of receivable invoices: statuses, edits, lines, dates."""

import datetime as dt
from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.billing import assess_late_fee
from rentaxis_pipelines.demo.cases.homes import bill, charge, newcomer, rent, resident
from rentaxis_pipelines.demo.records import Records, add_months
from rentaxis_pipelines.demo.town import Town


def draft_invoice(town: Town) -> None:
    home = resident(town, "Salvador Quiroz")
    day = town.day(0, 21)
    draft = charge(town, home, day, ("Lost mailbox key", Decimal(45), "4900"), status="draft")
    town.label("draft_invoice", draft, "Not sent to the tenant yet.")


def overdue(town: Town) -> None:
    home = resident(town, "Lamont Haskell")
    month = town.day(1, 1)
    invoice = bill(town, home, 1)
    for day in range(1, 28):  # the nightly job updates it every night without changing anything
        invoice.updated_at = town.at(month + dt.timedelta(days=4 + day), 3)
    town.label("overdue", invoice, "Unpaid; the nightly job updates it every night.")


def edited_invoice(town: Town) -> None:
    home = resident(town, "Philippa Nkemelu")
    month = town.day(1, 1)
    parking = ("Parking space", Decimal(90), "4200")
    invoice = bill(town, home, 1, [rent(home, month), parking])
    edited = town.at(month.replace(day=3), 13, 45)
    wrong = lines_of(town.records, invoice)[1]
    wrong.deleted_at = wrong.updated_at = edited
    right = t.InvoiceLine(
        created_at=edited, invoice=invoice, position=2, description="Parking space, half a month",
        amount=Decimal(45), account=town.records.accounts["4200"],
    )  # fmt: skip
    town.records.add(right)
    invoice.total_amount += right.amount - wrong.amount
    invoice.due_date, invoice.updated_at = month.replace(day=8), edited
    label_paid(
        town,
        invoice,
        month.replace(day=7),
        "edited_invoice",
        "Two days later a line was replaced and the due date moved.",
    )


def void_and_reissue(town: Town) -> None:
    home = resident(town, "Casimir Dolan")
    month, lease = town.day(2, 1), home.lease_of(town.day(2, 1))
    wrong = bill(town, home, 2, [rent(home, month, lease.rent_amount + 200)])
    payment = town.records.receive(home.tenant, month.replace(day=4), lease.rent_amount, [], method="ach")
    first = town.records.apply(payment, wrong, payment.amount)
    corrected = month.replace(day=10)
    town.records.void(wrong, corrected, "Billed at the rent of another unit")
    first.deleted_at = first.updated_at = wrong.voided_at
    right = town.records.bill(
        home.tenant, corrected, [rent(home, month)], lease=lease, due=corrected, memo="Replaces a voided invoice"
    )  # fmt: skip
    town.records.apply(payment, right, payment.amount, day=corrected)
    town.label("void_and_reissue", wrong, "Voided after a payment, which was unapplied.")
    town.label("void_and_reissue", right, "Replaces it and takes its payment.")


def void_before_first_push(town: Town) -> None:
    home = resident(town, "Salvador Quiroz")
    day = town.day(1, 17)
    line = ("Carpet cleaning", Decimal("135.50"), "4900")
    invoice = charge(town, home, day, line)
    town.records.void(invoice, day, "Entered on the wrong tenant")
    town.label("void_before_first_push", invoice, "Voided within hours: never in QuickBooks.")
    same_number = charge(town, home, day, line)
    alike = charge(town, home, day + dt.timedelta(days=2), line)
    invoice.invoice_number = same_number.invoice_number = "CARPET-135"
    alike.invoice_number = "Carpet-135"
    town.label(
        "number_of_a_void_invoice", same_number, "Same number as an invoice that was never in QuickBooks."
    )
    town.label("numbers_alike", alike, "Differs from another number only in case.")


def late_fee(town: Town) -> None:
    home = resident(town, "Bartholomew Finch")
    invoice = bill(town, home, 2)
    [fee] = assess_late_fee(town.records, home, invoice)
    town.records.pay_in_full(home.tenant, town.day(2, 19), invoice, fee, method="zelle")
    town.label("late_fee", fee, "An invoice of its own, made by the nightly job.")


def late_fee_waived(town: Town) -> None:
    home = resident(town, "Bartholomew Finch")
    invoice = bill(town, home, 3)
    [fee] = assess_late_fee(town.records, home, invoice)
    waived = town.day(3, 14)
    town.records.void(fee, waived, "Late fee waived")
    assessment = town.records.all_rows.of(t.LateFeeAssessment)[-1]
    assessment.status, assessment.waiver_reason = "waived", "Bank was closed for a holiday"
    assessment.updated_at = fee.voided_at
    town.records.pay_in_full(home.tenant, waived, invoice, method="ach")
    town.label("late_fee_waived", fee, "Waived with a reason; the fee's invoice was voided.")


def security_deposit(town: Town) -> None:
    home = resident(town, "Salvador Quiroz")
    day = town.day(2, 9)
    deposit = charge(town, home, day, ("Pet deposit", Decimal(400), "2100"), kind="deposit", due=day)
    label_paid(town, deposit, day, "security_deposit", "Held for the tenant: a liability, not income.")


def rent_line_without_account(town: Town) -> None:
    home = resident(town, "Matteo Bruni")
    description, amount, _ = rent(home, town.day(2, 1))
    invoice = bill(town, home, 2, [(description, amount, None)])
    label_paid(town, invoice, town.day(2, 2), "rent_line_without_account", "Its line names no account.")


def taxes(town: Town) -> None:
    home = resident(town, "Cordelia Vance")
    day = town.day(1, 12)
    lines: list[tuple[str, Decimal, str | None]] = [
        ("Guest parking, week", Decimal("42.75"), "4200"), ("Laundry card", Decimal("20.00"), "4220"),
    ]  # fmt: skip
    invoice = charge(town, home, day, *lines)
    label_paid(town, invoice, day, "taxes", "RentAxis has no sales tax; QuickBooks must add none.")


def time_zones(town: Town) -> None:
    home = newcomer(town, "Augustin Leroy")
    move_in_eve = home.moved_in - dt.timedelta(days=1)
    home.tenant.created_at = home.leases[0].created_at = town.at(move_in_eve, 23, 45)
    town.label("time_zones", home.tenant, "Created on the last evening of a month.")

    day = add_months(town.day(1, 1), 1) - dt.timedelta(days=1)
    invoice = charge(town, home, day, ("Late move of furniture, elevator", Decimal(60), "4900"))
    invoice.created_at = lines_of(town.records, invoice)[0].created_at = town.at(day, 23, 30)
    town.label("time_zones", invoice, "Late on the last evening of a month: the next month in UTC.")


def rounding(town: Town) -> None:
    home = resident(town, "Bartholomew Finch")
    month = town.day(1, 1)
    third = (home.lease_of(month).rent_amount / 3).quantize(Decimal("0.01"))
    lines = [(f"Rent, a third of {month:%B}", third, "4000")] * 3
    invoice = bill(town, home, 1, lines, total=third * 3 + Decimal("0.01"))
    town.label("rounding", invoice, "The total is one cent more than its lines.")


def exact_cents(town: Town) -> None:
    home = resident(town, "Cordelia Vance")
    day = town.day(2, 20)
    lines = [(f"Copy of a key, {number}", Decimal("1.10"), "4900") for number in range(1, 4)]
    invoice = charge(town, home, day, *lines)
    label_paid(town, invoice, day, "exact_cents", "1.10 + 1.10 + 1.10 is 3.30, but not in binary fractions.")


def proration(town: Town) -> None:
    home = resident(town, "Philippa Nkemelu")
    month = town.day(3, 1)
    part = (home.lease_of(month).rent_amount * 17 / 31).quantize(Decimal("0.01"))
    invoice = bill(town, home, 3, [(f"Rent, 17 days of {month:%B}", part, "4000")])
    label_paid(town, invoice, month.replace(day=5), "proration", "Rent for part of a month.")


def concession(town: Town) -> None:
    home = resident(town, "Matteo Bruni")
    month = town.day(1, 1)
    lines = [rent(home, month), ("Concession for the broken elevator", Decimal(-150), "4000")]
    invoice = bill(town, home, 1, lines)
    label_paid(town, invoice, month.replace(day=2), "concession", "Has a negative line.")


def deleted_source_row(town: Town) -> None:
    home = resident(town, "Cordelia Vance")
    day = town.day(1, 20)
    invoice = charge(town, home, day, ("Window cleaning", Decimal("88.00"), "4900"))
    deleted = town.at(day + dt.timedelta(days=1), 8)
    invoice.deleted_at = invoice.updated_at = deleted
    for row in lines_of(town.records, invoice):
        row.deleted_at = row.updated_at = deleted
    town.label("deleted_source_row", invoice, "Deleted the next morning without being voided.")


def imported_history(town: Town) -> None:
    home = resident(town, "Casimir Dolan")
    invoice = bill(town, home, 4, status="paid", memo="Import Center")
    invoice.amount_paid = invoice.total_amount
    town.label("imported_history", invoice, "Imported as paid from a file that has no payments.")


def force_and_date_range(town: Town) -> None:
    home = resident(town, "Cordelia Vance")
    first = town.records.calendar.months[0]
    month = add_months(first, -1)
    invoice = town.records.bill(home.tenant, month, [rent(home, month)], lease=home.lease_on(month))
    payment = town.records.pay_in_full(home.tenant, first.replace(day=2), invoice, method="ach")
    town.label("force_and_date_range", invoice, "Dated before the first month.")
    town.label("force_and_date_range", payment, "In the first month, for an invoice dated before it.")


def long_memo(town: Town) -> None:
    home = resident(town, "Salvador Quiroz")
    day = town.day(0, 8)
    memo = "Agreed with the tenant on the phone. " * 120
    invoice = charge(town, home, day, ("Storage cage " * 400, Decimal(25), "4900"), memo=memo)
    label_paid(town, invoice, day, "long_memo", "Memo and description are longer than QuickBooks allows.")


def label_paid(town: Town, invoice: t.Invoice, day: dt.date, label: str, note: str) -> None:
    """Label the invoice, and have its tenant pay it by ACH."""
    assert invoice.billed_to is not None
    town.records.pay_in_full(invoice.billed_to, day, invoice, method="ach")
    town.label(label, invoice, note)


def lines_of(records: Records, invoice: t.Invoice) -> list[t.InvoiceLine]:
    return [line for line in records.all_rows.of(t.InvoiceLine) if line.invoice is invoice]


CASES = (
    draft_invoice, overdue, edited_invoice, void_and_reissue, void_before_first_push, late_fee,
    late_fee_waived, security_deposit, rent_line_without_account, taxes, time_zones, rounding, exact_cents,
    proration, concession, deleted_source_row, imported_history, force_and_date_range, long_memo,
)  # fmt: skip
