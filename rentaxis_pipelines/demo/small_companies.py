"""Small organizations beside the demo's first one, for an installation of many companies.

Each is a house with two tenants who are billed, and vendors who are paid, on every day it is given. Names and cents say whose a record is;
ids, numbers and days say nothing: invoice INV-000001 is there once in every one of them.
Here: which companies there are, and their records. Not here: their settings and QuickBooks companies (``companies``).
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import count, islice
from typing import NamedTuple

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.names import FAMILY_NAMES, STREETS
from rentaxis_pipelines.demo.records import AllRows, Calendar, Records
from rentaxis_pipelines.demo.town import found_organization

TIMEZONE = "America/New_York"
_REALMS = 9_130_357_992_300_000
_LONGEST_SLUG = 20


class SmallCompany(NamedTuple):
    """``number``: 1 for the first of them; it stands in the cents of its money. ``name``: the organization's, part of every payer's name."""

    number: int
    slug: str
    name: str

    @property
    def realm(self) -> str:
        """The QuickBooks company its records go to."""
        return str(_REALMS + self.number)


def small_companies(number: int) -> list[SmallCompany]:
    """The first ``number`` of them, always the same."""
    return list(islice(_companies(), number))


def _companies() -> Iterator[SmallCompany]:
    streets = [street for street in STREETS if len(street) <= _LONGEST_SLUG - 4]
    names = (street if turn == 1 else f"{street} {turn}" for turn in count(1) for street in streets)
    for number, name in enumerate(names, start=1):
        yield SmallCompany(number, re.sub("[^a-z0-9]+", "_", name.lower()), name)


def found_small_organization(all_rows: AllRows, company: SmallCompany, days: Sequence[dt.date]) -> Records:
    """The organization, and on each of the days two rents billed, one of them paid, an expense paid and one still owed."""
    first_day = min(days)
    calendar = Calendar((first_day.replace(day=1),), TIMEZONE)
    # Ids of organizations follow the order in which they were founded.
    founded = calendar.at(dt.date(2022, 1, 3)) + dt.timedelta(minutes=company.number)
    organization = t.Organization(created_at=founded, name=company.name)
    records = found_organization(all_rows, calendar, organization)
    all_rows.add(
        t.QuickbooksConnection(created_at=founded, organization=organization, realm_id=company.realm)
    )
    house = t.Property(
        created_at=founded, organization=organization, street_address=f"1 {company.name}", city="Trenton",
        state="NJ", zip="08638", property_type="multi_family", total_units=2,
    )  # fmt: skip
    vendors = [
        t.Vendor(created_at=founded, organization=organization, name=f"{trade} of {company.name}")
        for trade in ("Plumbing", "Roofing")
    ]
    for row in (house, *vendors):
        all_rows.add(row)
    leases = list(_leases(records, company, house, first_day))
    for day in days:
        _bill_and_spend(records, company, day, leases, vendors)
    return records


def _leases(
    records: Records, company: SmallCompany, house: t.Property, first_day: dt.date
) -> Iterator[t.Lease]:
    organization, created = records.organization, records.calendar.at(first_day, 1)
    lease_type = records.add(t.LeaseType(created_at=created, organization=organization, name="Standard"))
    for number in (1, 2):
        family = FAMILY_NAMES[(2 * company.number + number) % len(FAMILY_NAMES)]
        tenant = records.add(
            t.Tenant(
                created_at=created, name=f"{family} of {company.name}",
                email=f"tenant{number}@{company.slug.replace('_', '-')}.example",
            )
        )  # fmt: skip
        unit = records.add(
            t.Unit(
                created_at=created, property=house, unit_number=str(number), bedrooms=1, bathrooms=Decimal(1),
                monthly_rent=_money(company, 1_000 * number), status="occupied",
            )
        )  # fmt: skip
        records.add(t.OrganizationTenant(created_at=created, organization=organization, tenant=tenant))
        yield records.add(
            t.Lease(
                created_at=created, organization=organization, unit=unit, tenant=tenant, lease_type=lease_type,
                start_date=first_day, end_date=None, is_month_to_month=True, rent_amount=unit.monthly_rent,
            )
        )  # fmt: skip


def _bill_and_spend(
    records: Records, company: SmallCompany, day: dt.date, leases: list[t.Lease], vendors: list[t.Vendor]
) -> None:
    invoices = [
        records.bill(
            lease.tenant, day, [(f"Rent, {day:%B %Y}", lease.rent_amount, "4000"), ("Parking", Decimal(40), "4200")],
            lease=lease,
        )
        for lease in leases
    ]  # fmt: skip
    records.pay_in_full(leases[0].tenant, day, invoices[0])
    place = leases[0].unit
    records.spend(day, _money(company, 80), "5000", vendors[0], "Tap", place=place, method="check")
    records.spend(day, _money(company, 90), "5000", vendors[1], "Gutter", place=place)


def _money(company: SmallCompany, dollars: int) -> Decimal:
    """So many dollars, and the company's number in cents (its last two digits; the rest in dollars)."""
    return Decimal(dollars) + Decimal(company.number) / 100
