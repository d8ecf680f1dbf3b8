"""Records that should not exist but sometimes do: each must fail by itself, with its reason."""

from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.cases.homes import bill, newcomer, resident
from rentaxis_pipelines.demo.town import Town

NOBODY = 999_999_999


def unknown_source_value(town: Town) -> None:
    records = town.records
    home = resident(town, "Marlowe Jessup")
    invoice = bill(town, home, 1)
    invoice.status = "in_collections"
    records.label("unknown_source_value", invoice, "Status in_collections.")

    paid = bill(town, home, 2)
    day = paid.invoice_date.replace(day=9)
    half = (paid.total_amount / 2).quantize(Decimal("0.01"))
    by_coin = records.receive(home.tenant, day, half, [(paid, half)], method="crypto")
    records.label("unknown_source_value", by_coin, "Method crypto.")
    settling = records.receive(
        home.tenant, day, paid.total_amount - half, [(paid, paid.total_amount - half)], status="settling"
    )
    records.label("unknown_source_value", settling, "Status settling.")

    vendor = town.vendors["Mercer Lock & Key"]
    expense = records.spend(day, Decimal("61.00"), "5000", vendor, "Lock", place=town.properties[0])
    expense.status = "disputed"
    records.label("unknown_source_value", expense, "Status disputed.")


def missing_field(town: Town) -> None:
    records = town.records
    home = resident(town, "Rupert Halloway")
    invoice = bill(town, home, 2)
    invoice.invoice_number = None
    records.label("missing_field", invoice, "Has no number.")

    vendor, day = town.vendors["Colonial Building Supply"], records.calendar.day(1, 8)
    expense = records.spend(
        day, Decimal("33.10"), None, vendor, "Hinges", place=town.properties[0], method="cash"
    )
    records.label("missing_field", expense, "Has no category.")

    nameless = newcomer(town, "  ", "tenant.without.name@example.com")
    records.label("missing_field", nameless.tenant, "Its name is blank.")


def payer_missing(town: Town) -> None:
    records = town.records
    ghost = t.Tenant(id=NOBODY, created_at=records.organization.created_at, name="")  # not in any table
    line = ("Rent", Decimal("980.00"), "4000")
    invoice = records.bill(ghost, records.calendar.day(1, 1), [line])
    records.label("payer_missing", invoice, "Billed to a tenant that does not exist.")


def allocations_exceed_payment(town: Town) -> None:
    home = resident(town, "Marlowe Jessup")
    invoice = bill(town, home, 3)
    payment = town.records.receive(
        home.tenant, invoice.invoice_date.replace(day=6), invoice.total_amount - 100,
        [(invoice, invoice.total_amount)], method="zelle",
    )  # fmt: skip
    town.label("allocations_exceed_payment", payment, "Applied for 100.00 more than was paid.")


CASES = (unknown_source_value, missing_field, payer_missing, allocations_exceed_payment)
