"""Another company in the same RentAxis: nothing of it may ever be picked up.

It shares a tenant with the first one, has numbers and names that exist there too, and lives by another time
zone and another currency.
"""

import datetime as dt
from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.office import Calendar, Office, Shelf, add_months
from rentaxis_pipelines.demo.town import found_office

NAME = "Lakeshore Rentals"


def found_second_organization(shelf: Shelf, months: tuple[dt.date, ...], shared: t.Tenant) -> Office:
    """A house of three units; one of its tenants is ``shared`` with the first organization."""
    calendar = Calendar(months, "America/Toronto")
    founded = calendar.at(dt.date(2021, 6, 1))
    organization = t.Organization(created_at=founded, name=NAME, currency="CAD", timezone=calendar.timezone)
    office = found_office(shelf, calendar, organization)
    lease_type = shelf.add(t.LeaseType(created_at=founded, organization=organization, name="Standard"))
    program = shelf.add(
        t.Program(
            created_at=calendar.at(calendar.day(3, 8)), organization=organization,
            name="Lakeshore Rent Supplement",
            email="supplement@lakeshore.example",
        )
    )  # fmt: skip
    vendor = shelf.add(t.Vendor(created_at=founded, organization=organization, name="Brightline Plumbing"))
    house = shelf.add(
        t.Property(
            created_at=founded, organization=organization, street_address="88 Harbour Street", city="Toronto",
            state="ON", zip="M5J", property_type="multi_family", total_units=3,
        )
    )  # fmt: skip
    neighbours = ("Amos Delgado-Reyes", "Sylvie Arsenault")
    tenants = [
        shared,
        *(
            shelf.add(
                t.Tenant(created_at=founded, name=name, email=f"{name.split()[0].lower()}@lakeshore.example")
            )
            for name in neighbours
        ),
    ]
    begin = calendar.day(3, 1)
    for number, tenant in enumerate(tenants, start=1):
        unit = shelf.add(
            t.Unit(
                created_at=founded, property=house, unit_number=str(number), bedrooms=1, bathrooms=Decimal(1),
                monthly_rent=Decimal(1800 + 50 * number), status="occupied",
            )
        )  # fmt: skip
        shelf.add(
            t.OrganizationTenant(
                created_at=max(founded, tenant.created_at), organization=organization, tenant=tenant
            )
        )
        lease = shelf.add(
            t.Lease(
                created_at=max(founded, tenant.created_at), organization=organization, unit=unit,
                tenant=tenant,
                lease_type=lease_type,
                start_date=begin, end_date=None, is_month_to_month=True, rent_amount=unit.monthly_rent,
            )
        )  # fmt: skip
        for months_back in (2, 1, 0):
            month = calendar.day(months_back, 1)
            rent = (f"Rent, {month:%B %Y}", lease.rent_amount, "4000")
            invoice = office.bill(program if number == 3 else tenant, month, [rent], lease=lease)
            if months_back and number != 3:
                office.receive(
                    tenant, month.replace(day=2), lease.rent_amount, [(invoice, lease.rent_amount)]
                )
    end = add_months(months[-1], 1) - dt.timedelta(days=1)
    office.spend(end, Decimal("410.00"), "5000", vendor, "Boiler", place=house, method="check")
    return office
