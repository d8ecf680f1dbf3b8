"""Another organization in the same RentAxis: none of its records may ever be read.

It shares a tenant with the first one, has numbers and names that exist there too, and has another time zone and another
currency.
"""

import datetime as dt
from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.records import AllRows, Calendar, Records, add_months
from rentaxis_pipelines.demo.town import found_organization

NAME = "Lakeshore Rentals"


def found_second_organization(all_rows: AllRows, months: tuple[dt.date, ...], shared: t.Tenant) -> Records:
    """A house with three units; one of its tenants is ``shared`` with the first organization."""
    calendar = Calendar(months, "America/Toronto")
    founded = calendar.at(dt.date(2021, 6, 1))
    organization = t.Organization(created_at=founded, name=NAME, currency="CAD", timezone=calendar.timezone)
    records = found_organization(all_rows, calendar, organization)
    program = t.Program(
        created_at=calendar.at(calendar.day(3, 8)), organization=organization,
        name="Lakeshore Rent Supplement", email="supplement@lakeshore.example",
    )  # fmt: skip
    vendor = t.Vendor(created_at=founded, organization=organization, name="Brightline Plumbing")
    house = t.Property(
        created_at=founded, organization=organization, street_address="88 Harbour Street", city="Toronto",
        state="ON", zip="M5J", property_type="multi_family", total_units=3,
    )  # fmt: skip
    neighbors = [
        t.Tenant(created_at=founded, name=name, email=f"{name.split()[0].lower()}@lakeshore.example")
        for name in ("Amos Delgado-Reyes", "Sylvie Arsenault")
    ]
    for row in (program, vendor, house, *neighbors):
        all_rows.add(row)
    leases = _leases(records, house, [shared, *neighbors], calendar.day(3, 1))
    for lease in leases:
        subsidized = lease is leases[-1]
        for months_back in (2, 1, 0):
            month = calendar.day(months_back, 1)
            rent = (f"Rent, {month:%B %Y}", lease.rent_amount, "4000")
            invoice = records.bill(program if subsidized else lease.tenant, month, [rent], lease=lease)
            if months_back and not subsidized:
                records.pay_in_full(lease.tenant, month.replace(day=2), invoice)
    end = add_months(months[-1], 1) - dt.timedelta(days=1)
    records.spend(end, Decimal("410.00"), "5000", vendor, "Boiler", place=house, method="check")
    return records


def _leases(records: Records, house: t.Property, tenants: list[t.Tenant], begin: dt.date) -> list[t.Lease]:
    """A unit of the house for each tenant, leased from that day on."""
    founded, organization = records.organization.created_at, records.organization
    lease_type = records.add(t.LeaseType(created_at=founded, organization=organization, name="Standard"))
    leases: list[t.Lease] = []
    for number, tenant in enumerate(tenants, start=1):
        created = max(founded, tenant.created_at)
        unit = t.Unit(
            created_at=founded, property=house, unit_number=str(number), bedrooms=1, bathrooms=Decimal(1),
            monthly_rent=Decimal(1800 + 50 * number), status="occupied",
        )  # fmt: skip
        lease = t.Lease(
            created_at=created, organization=organization, unit=unit, tenant=tenant, lease_type=lease_type,
            start_date=begin, end_date=None, is_month_to_month=True, rent_amount=unit.monthly_rent,
        )  # fmt: skip
        records.add(unit)
        records.add(t.OrganizationTenant(created_at=created, organization=organization, tenant=tenant))
        leases.append(records.add(lease))
    return leases
