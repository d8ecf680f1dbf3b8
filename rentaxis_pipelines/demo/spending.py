"""What the organization spends in an ordinary month, and its journal entries and bank feed.

Entries that invoices, payments and expenses post by themselves are made in the database (``dbt_like_sql/demo/ledger.sql``). Manual entries
and bank lines are included because a reconciliation has to deal with them.
"""

import datetime as dt
import random
from decimal import Decimal

from rentaxis_pipelines.demo import names
from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.records import Records, add_months
from rentaxis_pipelines.demo.town import Town

REPAIRS = (
    "Kitchen faucet replaced", "Water heater serviced", "Leak under the bathroom sink", "Outlet replaced",
    "Bedroom window repaired", "Thermostat replaced", "Drain cleared", "Door lock changed", "Gutter refastened",
)  # fmt: skip
MONTHLY = {  # account: what is bought, for how many of ten properties in a month
    "5100": ("Water, power and gas of common areas", 10),
    "5200": ("Insurance installment", 8),
    "5300": ("Lawn and snow service", 7),
    "5400": ("Stairway cleaning", 5),
    "5500": ("Bulbs, filters, paint", 3),
    "5900": ("Pest control and signs", 2),
}


def spend_and_keep_books(town: Town, seed: int) -> None:
    """Expenses, manual journal entries and bank lines of every month."""
    chance = random.Random(f"{seed}:spending")
    by_account: dict[str, list[tuple[str, int, int]]] = {}
    for name, account, low, high in names.VENDORS:
        by_account.setdefault(account, []).append((name, low, high))

    def buy(day: dt.date, account: str, place: t.Unit | t.Property, what: str) -> None:
        name, low, high = chance.choice(by_account[account])
        amount = Decimal(chance.randint(low * 100, high * 100)) / 100
        method, paid = _settlement(town.records, day, chance)
        town.records.spend(
            day, amount, account, town.vendors[name], what, place=place, method=method, paid=paid
        )

    units = town.records.all_rows.of(t.Unit)
    for month in town.records.calendar.months:
        for place in town.properties:
            for account, (what, of_ten) in MONTHLY.items():
                if chance.random() * 10 < of_ten:
                    buy(month.replace(day=chance.randint(2, 27)), account, place, what)
            if month.month in (2, 5, 8, 11):
                buy(month.replace(day=1), "5600", place, "Property tax, quarter")
        for unit in units:
            if chance.random() < 0.09:
                buy(month.replace(day=chance.randint(1, 28)), "5000", unit, chance.choice(REPAIRS))
        _bank_lines(town.records, month, chance)
        end = add_months(month, 1) - dt.timedelta(days=1)
        distribution = Decimal(chance.randint(40, 90) * 100)
        town.records.journal(end, "Owner distribution", "3100", "1000", distribution)


def _settlement(records: Records, day: dt.date, chance: random.Random) -> tuple[str | None, dt.date | None]:
    """Paid at once, paid weeks later, or (bills of the last weeks) still open."""
    if chance.random() < 0.62:
        methods = ("check", "credit_card", "ach", "bank_transfer", "cash")
        return chance.choices(methods, (4, 5, 3, 2, 1))[0], None
    paid = day + dt.timedelta(days=chance.randint(9, 30))
    if paid > records.calendar.last_day:
        return None, None
    return chance.choice(("check", "ach")), paid


def _bank_lines(records: Records, month: dt.date, chance: random.Random) -> None:
    """A categorized bank fee, and a line that nobody has reviewed yet."""
    fee_day, fee = month.replace(day=28), Decimal(chance.randint(1200, 3500)) / 100
    entry = records.journal(fee_day, "Bank service charge", "5900", "1000", fee)
    entry.source_type = "bank"
    records.bank_line(
        fee_day, "SERVICE CHARGE", -fee, entry.created_at, status="categorized", journal_entry=entry
    )
    seen = records.calendar.at(month.replace(day=12), 6)
    deposit = Decimal(chance.randint(20_000, 400_000)) / 100
    records.bank_line(month.replace(day=11), "DEPOSIT", deposit, seen, status="pending")
