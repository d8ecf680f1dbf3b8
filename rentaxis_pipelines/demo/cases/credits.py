"""Cases of credits: concessions, write-offs, invoices below zero, a late fee credited although it stays billed."""

import datetime as dt
from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.billing import assess_late_fee
from rentaxis_pipelines.demo.cases.homes import charge, resident
from rentaxis_pipelines.demo.town import Tenancy, Town


def credit_concession(town: Town) -> None:
    home, day = resident(town, "Matteo Bruni"), town.day(3, 11)
    invoice = charge(town, home, day, ("Storage room", Decimal("120.00"), "4900"))
    credit = give(town, home, "concession", day + dt.timedelta(days=4), "45.00", "Storage room was damp")
    use(town, credit, invoice, "45.00")
    rest = Decimal("75.00")
    town.records.receive(home.tenant, day + dt.timedelta(days=6), rest, [(invoice, rest)], method="ach")
    town.label("credit_concession", credit, "Takes 45.00 off an invoice; the tenant paid the rest.")


def credit_write_off(town: Town) -> None:
    home, day = resident(town, "Philippa Nkemelu"), town.day(4, 14)
    invoice = charge(town, home, day, ("Broken window", Decimal("90.00"), "4900"))
    credit = give(town, home, "write_off", town.day(1, 30), "90.00", "Disputed, not worth collecting")
    use(town, credit, invoice, "90.00")
    town.label("credit_write_off", credit, "The whole invoice was written off as a bad debt.")


def credit_open(town: Town) -> None:
    home = resident(town, "Salvador Quiroz")
    credit = give(town, home, "concession", town.day(0, 12), "30.00", "For a day without hot water")
    town.label("credit_open", credit, "Not applied to any invoice yet.")


def invoice_below_zero(town: Town) -> None:
    home, day = resident(town, "Araminta Shaw"), town.day(2, 8)
    correction = charge(town, home, day, ("Parking billed twice", Decimal("-35.00"), "4200"))
    invoice = charge(town, home, day, ("Parking space", Decimal("90.00"), "4200"))
    town.records.add(
        t.CreditAllocation(
            created_at=town.at(day, 15), credit_invoice=correction, invoice=invoice, amount=Decimal("35.00")
        )
    )
    rest = Decimal("55.00")
    town.records.receive(home.tenant, day + dt.timedelta(days=2), rest, [(invoice, rest)], method="zelle")
    town.label(
        "invoice_below_zero", correction, "A correction that another invoice of the tenant was settled with."
    )


def late_fee_credited(town: Town) -> None:
    home, day = resident(town, "Matteo Bruni"), town.day(4, 3)
    late = charge(town, home, day, ("Carpet cleaning", Decimal("110.00"), "4900"))
    [fee] = assess_late_fee(town.records, home, late)
    assessment = town.records.all_rows.of(t.LateFeeAssessment)[-1]
    waived = fee.invoice_date + dt.timedelta(days=5)
    assessment.status, assessment.waiver_reason = "waived", "First time late"
    assessment.waived_on, assessment.updated_at = waived, town.at(waived, 11)
    town.records.pay_in_full(home.tenant, waived, late, method="ach")
    town.label("late_fee_credited", fee, "Waived, but its invoice was not voided: the tenant got a credit.")


def give(town: Town, home: Tenancy, kind: str, day: dt.date, amount: str, why: str) -> t.Credit:
    """A credit of one line, to the account of its kind."""
    created = town.at(day, 11)
    credit = town.records.add(
        t.Credit(
            created_at=created, organization=town.records.organization, kind=kind, payer_type="tenant",
            payer=home.tenant, lease=home.leases[-1], credit_date=day, total_amount=Decimal(amount), memo=why,
        )
    )  # fmt: skip
    town.records.add(
        t.CreditLine(created_at=created, credit=credit, description=why, amount=credit.total_amount)
    )
    return credit


def use(town: Town, credit: t.Credit, invoice: t.Invoice, amount: str) -> None:
    """Apply part of the credit on the day it was given."""
    town.records.add(
        t.CreditAllocation(
            created_at=credit.created_at, credit=credit, invoice=invoice, amount=Decimal(amount)
        )
    )


CASES = (credit_concession, credit_write_off, credit_open, invoice_below_zero, late_fee_credited)
