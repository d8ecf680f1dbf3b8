"""Cases besides the documents: what is never pushed, but explains why two sets of books differ."""

from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.cases.homes import bill
from rentaxis_pipelines.demo.records import add_months
from rentaxis_pipelines.demo.town import Town, move_in, welcome


def currency(town: Town) -> None:
    town.label(
        "currency",
        town.records.organization,
        "US dollars; a QuickBooks company in another currency is refused.",
    )


def journal_entries(town: Town) -> None:
    day = town.day(1, 30)
    entry = town.records.journal(day, "Reclass of a utility bill", "5100", "5900", Decimal("215.00"))
    town.label("journal_entries", entry, "A manual entry: changes profit and loss in RentAxis only.")


def bank_feed_loop(town: Town) -> None:
    vendor, day = town.vendors["Sparkle & Shine Cleaning"], town.day(1, 5)
    expense = town.records.spend(
        day, Decimal("160.00"), "5400", vendor, "Stairway cleaning", place=town.properties[0], method="check"
    )
    line = town.records.bank_line(
        day, "CHECK 1187", -expense.amount, town.at(day, 22),
        status="matched", matched_type="expense", matched=expense,
    )  # fmt: skip
    town.label("bank_feed_loop", line, "Came from QuickBooks' bank feed and is matched to an expense.")
    town.label("bank_feed_loop", expense, "Once pushed, it meets its own bank line in QuickBooks.")


def bank_line_categorized(town: Town) -> None:
    day = town.day(1, 20)
    entry = town.records.journal(day, "Bank fee", "5900", "1000", Decimal("12.50"))
    entry.source_type = "bank"
    line = town.records.bank_line(
        day, "MONTHLY FEE", Decimal("-12.50"), town.at(day, 22),
        status="categorized", journal_entry=entry,
    )  # fmt: skip
    town.label("bank_line_categorized", line, "Categorized in RentAxis, so booked only there.")


def owner_statements(town: Town) -> None:
    day = town.day(1, 28)
    entry = town.records.journal(day, "Owner distribution, third quarter", "3100", "1000", Decimal("9500.00"))
    town.label("owner_statements", entry, "Distributions to owners are out of scope.")


def deposit_settlement(town: Town) -> None:
    calendar = town.records.calendar
    tenant = welcome(
        town.records, "Hollis Garner", "hollis.garner@example.com", calendar.at(calendar.day(14, 2))
    )
    left = calendar.day(2, 30)
    home = move_in(town, next(town.free_homes), tenant, calendar.day(13, 1), until=left)
    settlement = town.records.settle_deposit(home.leases[-1], left, Decimal("185.00"))
    town.label("deposit_settlement", settlement, "Deductions that no invoice bills, and a refund.")


def deposit_settlement_billed(town: Town) -> None:
    records = town.records
    left = town.day(0, 30)
    unit = (
        next(tenancy for tenancy in town.tenancies if tenancy.tenant.name == "Hollis Garner").leases[-1].unit
    )
    tenant = welcome(records, "Ramona Fitch", "ramona.fitch@example.com", town.at(town.day(2, 24)))
    home = move_in(town, unit, tenant, town.day(1, 1), until=left)
    [lease] = home.leases
    held = lease.security_deposit or Decimal(0)
    deposit = records.bill(
        tenant, lease.start_date, [("Security deposit", held, "2100")], lease=lease, kind="deposit", due=lease.start_date
    )  # fmt: skip
    records.pay_in_full(tenant, lease.start_date, deposit, bill(town, home, 1))
    records.pay_in_full(tenant, town.day(0, 3), bill(town, home, 0), method="ach")
    kept = Decimal("140.00")
    damages = records.bill(
        tenant, left, [("Cleaning after move-out", kept, "4900")], lease=lease, kind="one_off"
    )
    settlement = records.settle_deposit(lease, left, kept)
    records.add(
        t.DepositDeduction(
            created_at=settlement.created_at, settlement=settlement, invoice=damages,
            description="Cleaning after move-out", amount=kept,
        )
    )  # fmt: skip
    town.label(
        "deposit_settlement_billed",
        settlement,
        "The deposit pays the cleaning that was billed; the rest is refunded.",
    )
    town.label("deposit_settlement_billed", damages, "Paid out of the security deposit.")


def draft_lease(town: Town) -> None:
    calendar, home = town.records.calendar, next(town.free_homes)
    written = calendar.at(calendar.day(0, 23))
    tenant = welcome(town.records, "Anselm Grady", "anselm.grady@example.com", written)
    lease = town.records.add(
        t.Lease(
            created_at=written, organization=town.records.organization, unit=home, tenant=tenant,
            lease_type=town.lease_type, start_date=add_months(calendar.months[-1], 1), end_date=None,
            is_month_to_month=True, rent_amount=home.monthly_rent, status="draft",
        )
    )  # fmt: skip
    town.label("draft_lease", lease, "Bills nothing; its tenant is a customer anyway.")


CASES = (
    currency,
    journal_entries,
    bank_feed_loop,
    bank_line_categorized,
    owner_statements,
    deposit_settlement,
    deposit_settlement_billed,
    draft_lease,
)
