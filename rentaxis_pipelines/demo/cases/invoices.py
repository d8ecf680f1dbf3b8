"""Cases of receivable invoices: their states, their edits, their lines, their dates."""

import datetime as dt
from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.billing import LATE_FEE, assess_late_fee
from rentaxis_pipelines.demo.cases.homes import in_hand, newcomer, rent, resident
from rentaxis_pipelines.demo.office import Office, add_months
from rentaxis_pipelines.demo.town import Tenancy, Town


def draft_invoice(town: Town) -> None:
    home = resident(town, "Salvador Quiroz")
    day = town.office.calendar.day(0, 21)
    line = ("Lost mailbox key", Decimal(45), "4900")
    draft = town.office.bill(home.tenant, day, [line], lease=home.leases[-1], kind="one_off", status="draft")
    town.office.label("draft_invoice", draft, "Not sent to the tenant yet.")


def overdue(town: Town) -> None:
    home = resident(town, "Lamont Haskell", hand=(1,))
    month, lease = in_hand(town, home, 1)
    invoice = town.office.bill(home.tenant, month, [rent(home, month)], lease=lease)
    for day in range(1, 28):  # the nightly job touches it again and again without a change of meaning
        invoice.updated_at = town.office.calendar.at(month + dt.timedelta(days=4 + day), 3)
    town.office.label("overdue", invoice, "Nothing paid; the nightly job touches it every night.")


def edited_invoice(town: Town) -> None:
    home = resident(town, "Philippa Nkemelu", hand=(1,))
    month, lease = in_hand(town, home, 1)
    parking = ("Parking space", Decimal(90), "4200")
    invoice = town.office.bill(home.tenant, month, [rent(home, month), parking], lease=lease)
    edited = town.office.calendar.at(month.replace(day=3), 13, 45)
    wrong = lines_of(town.office, invoice)[1]
    wrong.deleted_at = wrong.updated_at = edited
    right = t.InvoiceLine(
        created_at=edited, invoice=invoice, position=2, description="Parking space, half a month",
        amount=Decimal(45), account=town.office.accounts["4200"],
    )  # fmt: skip
    town.office.shelf.add(right)
    invoice.total_amount += right.amount - wrong.amount
    invoice.due_date, invoice.updated_at = month.replace(day=8), edited
    pay_all(town.office, home, invoice, month.replace(day=7))
    town.office.label(
        "edited_invoice", invoice, "A line was replaced and the due date moved, two days later."
    )


def void_and_reissue(town: Town) -> None:
    home = resident(town, "Casimir Dolan", hand=(2,))
    month, lease = in_hand(town, home, 2)
    wrong = town.office.bill(home.tenant, month, [rent(home, month, lease.rent_amount + 200)], lease=lease)
    payment = town.office.receive(home.tenant, month.replace(day=4), lease.rent_amount, [], method="ach")
    first = town.office.apply(payment, wrong, payment.amount)
    corrected = month.replace(day=10)
    town.office.void(wrong, corrected, "Billed at the rent of another unit")
    first.deleted_at = first.updated_at = wrong.voided_at
    right = town.office.bill(
        home.tenant,
        corrected,
        [rent(home, month)],
        lease=lease,
        due=corrected,
        memo="Replaces a voided invoice",
    )
    town.office.apply(payment, right, payment.amount, day=corrected)
    town.office.label(
        "void_and_reissue", wrong, "Void after it had been paid in part; its payment was released."
    )
    town.office.label("void_and_reissue", right, "Takes its place, and its payment.")


def void_before_first_push(town: Town) -> None:
    home = resident(town, "Salvador Quiroz")
    day = town.office.calendar.day(1, 17)
    line = ("Carpet cleaning", Decimal("135.50"), "4900")
    invoice = town.office.bill(home.tenant, day, [line], lease=home.leases[-1], kind="one_off")
    town.office.void(invoice, day, "Entered on the wrong tenant")
    town.office.label("void_before_first_push", invoice, "Void within hours: QuickBooks never saw it.")
    again = town.office.bill(home.tenant, day, [line], lease=home.leases[-1], kind="one_off")
    later = day + dt.timedelta(days=2)
    alike = town.office.bill(home.tenant, later, [line], lease=home.leases[-1], kind="one_off")
    invoice.invoice_number = again.invoice_number = "CARPET-135"
    alike.invoice_number = "Carpet-135"
    town.office.label(
        "number_of_a_void_invoice", again, "Bears the number of one that never was in QuickBooks."
    )
    town.office.label(
        "numbers_alike", alike, "Differs from another number in case alone: QuickBooks sees one number."
    )


def late_fee(town: Town) -> None:
    home = resident(town, "Bartholomew Finch", hand=(2,))
    month, lease = in_hand(town, home, 2)
    invoice = town.office.bill(home.tenant, month, [rent(home, month)], lease=lease)
    [fee] = assess_late_fee(town.office, home, invoice)
    applied = [(invoice, invoice.total_amount), (fee, LATE_FEE)]
    town.office.receive(
        home.tenant, month.replace(day=19), invoice.total_amount + LATE_FEE, applied, method="zelle"
    )
    town.office.label("late_fee", fee, "An invoice of its own, made by the nightly job.")


def late_fee_waived(town: Town) -> None:
    home = resident(town, "Bartholomew Finch", hand=(3,))
    month, lease = in_hand(town, home, 3)
    invoice = town.office.bill(home.tenant, month, [rent(home, month)], lease=lease)
    [fee] = assess_late_fee(town.office, home, invoice)
    waived = month.replace(day=14)
    town.office.void(fee, waived, "Late fee waived")
    assessment = town.office.shelf.all(t.LateFeeAssessment)[-1]
    assessment.status, assessment.waiver_reason = "waived", "Bank was closed for a holiday"
    assessment.updated_at = fee.voided_at
    pay_all(town.office, home, invoice, waived)
    town.office.label("late_fee_waived", fee, "Waived with a reason; the fee's invoice was voided.")


def security_deposit(town: Town) -> None:
    home = resident(town, "Salvador Quiroz")
    day = town.office.calendar.day(2, 9)
    line = ("Pet deposit", Decimal(400), "2100")
    deposit = town.office.bill(home.tenant, day, [line], lease=home.leases[-1], kind="deposit", due=day)
    pay_all(town.office, home, deposit, day)
    town.office.label("security_deposit", deposit, "Money held for the tenant: a liability, not income.")


def rent_line_without_account(town: Town) -> None:
    home = resident(town, "Matteo Bruni", hand=(2,))
    month, lease = in_hand(town, home, 2)
    description, amount, _ = rent(home, month)
    invoice = town.office.bill(home.tenant, month, [(description, amount, None)], lease=lease)
    pay_all(town.office, home, invoice, month.replace(day=2))
    town.office.label("rent_line_without_account", invoice, "Its line names no account.")


def taxes(town: Town) -> None:
    home = resident(town, "Cordelia Vance")
    day = town.office.calendar.day(1, 12)
    lines: list[tuple[str, Decimal, str | None]] = [
        ("Guest parking, week", Decimal("42.75"), "4200"), ("Laundry card", Decimal("20.00"), "4220"),
    ]  # fmt: skip
    invoice = town.office.bill(home.tenant, day, lines, lease=home.leases[-1], kind="one_off")
    pay_all(town.office, home, invoice, day)
    town.office.label("taxes", invoice, "RentAxis knows no sales tax: QuickBooks must not add any.")


def time_zones(town: Town) -> None:
    home = newcomer(town, "Augustin Leroy")
    move_in_eve = home.moved_in - dt.timedelta(days=1)
    home.tenant.created_at = home.leases[0].created_at = town.office.calendar.at(move_in_eve, 23, 45)
    town.office.label("time_zones", home.tenant, "Created on the last evening of a month.")

    day = add_months(town.office.calendar.day(1, 1), 1) - dt.timedelta(days=1)
    line = ("Late move of furniture, elevator", Decimal(60), "4900")
    invoice = town.office.bill(home.tenant, day, [line], lease=home.leases[-1], kind="one_off")
    evening = town.office.calendar.at(day, 23, 30)
    invoice.created_at = lines_of(town.office, invoice)[0].created_at = evening
    town.office.label(
        "time_zones", invoice, "Written late on a month's last evening: in UTC already the next."
    )


def rounding(town: Town) -> None:
    home = resident(town, "Bartholomew Finch", hand=(1,))
    month, lease = in_hand(town, home, 1)
    third = (lease.rent_amount / 3).quantize(Decimal("0.01"))
    lines = [(f"Rent, a third of {month:%B}", third, "4000")] * 3
    total = third * 3 + Decimal("0.01")
    invoice = town.office.bill(home.tenant, month, lines, lease=lease, total=total)
    town.office.label("rounding", invoice, "The total is one cent more than its lines.")


def exact_cents(town: Town) -> None:
    home = resident(town, "Cordelia Vance")
    day = town.office.calendar.day(2, 20)
    lines = [(f"Copy of a key, {number}", Decimal("1.10"), "4900") for number in range(1, 4)]
    invoice = town.office.bill(home.tenant, day, lines, lease=home.leases[-1], kind="one_off")
    pay_all(town.office, home, invoice, day)
    town.office.label("exact_cents", invoice, "1.10 + 1.10 + 1.10 is 3.30, but not in binary fractions.")


def proration(town: Town) -> None:
    home = resident(town, "Philippa Nkemelu", hand=(3,))
    month, lease = in_hand(town, home, 3)
    part = (lease.rent_amount * 17 / 31).quantize(Decimal("0.01"))
    invoice = town.office.bill(
        home.tenant, month, [(f"Rent, 17 days of {month:%B}", part, "4000")], lease=lease
    )
    pay_all(town.office, home, invoice, month.replace(day=5))
    town.office.label("proration", invoice, "Rent of a part of a month.")


def concession(town: Town) -> None:
    home = resident(town, "Matteo Bruni", hand=(1,))
    month, lease = in_hand(town, home, 1)
    lines = [rent(home, month), ("Concession for the broken elevator", Decimal(-150), "4000")]
    invoice = town.office.bill(home.tenant, month, lines, lease=lease)
    pay_all(town.office, home, invoice, month.replace(day=2))
    town.office.label("concession", invoice, "A line below zero.")


def deleted_source_row(town: Town) -> None:
    home = resident(town, "Cordelia Vance")
    day = town.office.calendar.day(1, 20)
    line = ("Window cleaning", Decimal("88.00"), "4900")
    invoice = town.office.bill(home.tenant, day, [line], lease=home.leases[-1], kind="one_off")
    deleted = town.office.calendar.at(day + dt.timedelta(days=1), 8)
    invoice.deleted_at = invoice.updated_at = deleted
    for row in lines_of(town.office, invoice):
        row.deleted_at = row.updated_at = deleted
    town.office.label("deleted_source_row", invoice, "Deleted the next morning, never voided.")


def imported_history(town: Town) -> None:
    home = resident(town, "Casimir Dolan", hand=(4,))
    month, lease = in_hand(town, home, 4)
    invoice = town.office.bill(
        home.tenant, month, [rent(home, month)], lease=lease, status="paid", memo="Import Center"
    )
    invoice.amount_paid = invoice.total_amount
    town.office.label("imported_history", invoice, "Came in as paid from a file, which can hold no payments.")


def force_and_date_range(town: Town) -> None:
    home = resident(town, "Cordelia Vance")
    first = town.office.calendar.months[0]
    month = add_months(first, -1)
    invoice = town.office.bill(home.tenant, month, [rent(home, month)], lease=home.lease_on(month))
    payment = pay_all(town.office, home, invoice, first.replace(day=2))
    town.office.label("force_and_date_range", invoice, "Dated before the first month.")
    town.office.label("force_and_date_range", payment, "Within the first month, for an invoice before it.")


def long_memo(town: Town) -> None:
    home = resident(town, "Salvador Quiroz")
    day = town.office.calendar.day(0, 8)
    memo = "Agreed with the tenant on the telephone. " * 120
    line = ("Storage cage " * 400, Decimal(25), "4900")
    invoice = town.office.bill(home.tenant, day, [line], lease=home.leases[-1], kind="one_off", memo=memo)
    pay_all(town.office, home, invoice, day)
    town.office.label("long_memo", invoice, "Memo and description are longer than QuickBooks takes.")


def lines_of(office: Office, invoice: t.Invoice) -> list[t.InvoiceLine]:
    return [line for line in office.shelf.all(t.InvoiceLine) if line.invoice is invoice]


def pay_all(office: Office, home: Tenancy, invoice: t.Invoice, day: dt.date) -> t.Payment:
    applied = [(invoice, invoice.total_amount)]
    return office.receive(home.tenant, day, invoice.total_amount, applied, method="ach")


CASES = (
    draft_invoice, overdue, edited_invoice, void_and_reissue, void_before_first_push, late_fee,
    late_fee_waived, security_deposit, rent_line_without_account, taxes, time_zones, rounding, exact_cents,
    proration, concession, deleted_source_row, imported_history, force_and_date_range, long_memo,
)  # fmt: skip
