"""The organization and what it has before it bills anything: accounts, programs, vendors, homes, tenancies.

Here: who lives where, since when, on which lease and at what rent. Not here: what they are billed (``billing``). Some homes are set
aside for the special cases (``cases``), which rent them to tenants with names and habits of their own.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from rentaxis_pipelines.demo import names
from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.records import AllRows, Calendar, Records, add_months

ORGANIZATION_NAME = "Maple & Main Property Management"
REALM_ID = "9130357992221046"  # the company the emulator serves

ACCOUNTS = (  # number, name, type, subtype, active
    ("1000", "Operating Checking", "asset", "bank", True),
    ("1010", "Corporate Card", "liability", "credit_card", True),
    ("1050", "Stripe Clearing", "asset", "bank", True),
    ("1090", "Reserve Savings", "asset", "bank", True),
    ("1200", "Accounts Receivable", "asset", "accounts_receivable", True),
    ("2000", "Accounts Payable", "liability", "accounts_payable", True),
    ("2100", "Security Deposits Held", "liability", "other_current_liability", True),
    ("3000", "Owner Equity", "equity", "equity", True),
    ("3100", "Owner Distributions", "equity", "equity", True),
    ("4000", "Rental Income", "income", None, True),
    ("4010", "Subsidy Rental Income", "income", None, True),
    ("4100", "Late Fees", "income", None, True),
    ("4200", "Parking", "income", None, True),
    ("4210", "Pet Fees", "income", None, True),
    ("4220", "Laundry", "income", None, True),
    ("4300", "Utility Reimbursement", "income", None, True),
    ("4900", "Other Income", "income", None, True),
    ("5000", "Repairs", "expense", None, True),
    ("5100", "Utilities", "expense", None, True),
    ("5200", "Insurance", "expense", None, True),
    ("5300", "Landscaping", "expense", None, True),
    ("5400", "Cleaning", "expense", None, True),
    ("5500", "Supplies", "expense", None, True),
    ("5600", "Property Tax", "expense", None, True),
    ("5900", "Other Expenses", "expense", None, True),
    ("5999", "Old Repairs", "expense", None, False),
)

PROGRAMS = (  # name, type, e-mail, telephone, address
    ("Trenton Housing Voucher Office", "Section 8", "vouchers@trentonhousing.example", "609-555-0101",
     "875 New Willow Street, Trenton, NJ 08638"),
    ("Burlington County Rental Assistance", "Section 8", "payments@burlingtonassist.example", "609-555-0102",
     "795 Woodlane Road, Westampton, NJ 08060"),
    ("Riverbend Housing Authority", "Section 8", "housing@riverbend.example", "609-555-0103",
     "40 Riverbend Plaza, Bordentown, NJ 08505"),
    ("Veterans Home Partnership", "VASH", "leasing@veteranshome.example", "609-555-0104",
     "171 Jersey Street, Trenton, NJ 08611"),
    ("Keystone Rapid Rehousing", "Rapid rehousing", "finance@keystonerehousing.example", "215-555-0105",
     "7 Fallsington Avenue, Morrisville, PA 19067"),
    ("Harbor Street Bakery", "Employer housing", "books@harborstreet.example", "609-555-0106",
     "12 Harbor Street, Burlington, NJ 08016"),
)  # fmt: skip

# Units of a property, from and to.
SIZES = {"apartment_building": (8, 24), "multi_family": (2, 4), "townhouse": (4, 6), "single_family": (1, 1)}
# How many of a hundred households pay this way.
HABITS = {"prompt": 74, "slow": 14, "struggling": 8, "behind": 4}
METHODS = {
    "ach": 26, "stripe": 20, "check": 20, "zelle": 12, "bank_transfer": 8, "money_order": 5, "cash": 4,
    "venmo": 3, "credit_card": 2,
}  # fmt: skip


@dataclass
class Tenancy:
    """One household in one home, over one or several leases."""

    tenant: t.Tenant
    leases: list[t.Lease]
    moved_in: dt.date
    moved_out: dt.date | None
    charges: list[tuple[str, Decimal, str]] = field(default_factory=list)
    habit: str = "prompt"  # prompt, slow, struggling, behind
    method: str = "ach"
    billed_by_cases: set[dt.date] = field(
        default_factory=set
    )  # months whose rent a special case bills itself

    def lease_on(self, day: dt.date) -> t.Lease | None:
        """The lease in force on this day, None if the household does not live here then."""
        if day < self.moved_in or (self.moved_out and day > self.moved_out):
            return None
        return next((lease for lease in reversed(self.leases) if lease.start_date <= day), None)

    def lease_of(self, month: dt.date) -> t.Lease:
        """The lease that month's rent is billed under. Raises ValueError if there is none."""
        lease = self.lease_on(month)
        if lease is None:
            raise ValueError(f"{self.tenant.name} has no lease on {month}")
        return lease


@dataclass
class Town:
    """What the organization manages. ``free_homes`` are kept for the tenants of the special cases."""

    records: Records
    lease_type: t.LeaseType
    programs: dict[str, t.Program]
    vendors: dict[str, t.Vendor]
    properties: list[t.Property]
    free_homes: Iterator[t.Unit]
    tenancies: list[Tenancy] = field(default_factory=list)

    def label(self, label: str, row: t.Row, note: str) -> None:
        """Mark the row as showing this case."""
        self.records.label(label, row, note)

    def day(self, months_back: int, day: int) -> dt.date:
        """A day of the month ``months_back`` months before the last one."""
        return self.records.calendar.day(months_back, day)

    def at(self, day: dt.date, hour: int = 9, minute: int = 0) -> dt.datetime:
        """That time of day in the organization's time zone."""
        return self.records.calendar.at(day, hour, minute)


def found_organization(all_rows: AllRows, calendar: Calendar, organization: t.Organization) -> Records:
    """The organization with its chart of accounts."""
    all_rows.add(organization)
    accounts = {
        number: all_rows.add(
            t.Account(
                created_at=organization.created_at, organization=organization, number=number, name=name,
                type=kind, subtype=subtype, is_active=active,
            )
        )
        for number, name, kind, subtype, active in ACCOUNTS
    }  # fmt: skip
    return Records(all_rows, calendar, organization, accounts)


def found_town(all_rows: AllRows, calendar: Calendar, units: int, homes_set_aside: int, seed: int) -> Town:
    """The organization with its properties, and a household in nearly every unit that is not set aside."""
    chance = random.Random(f"{seed}:town")
    founded = calendar.at(dt.date(2019, 3, 4))
    organization = t.Organization(created_at=founded, name=ORGANIZATION_NAME)
    records = found_organization(all_rows, calendar, organization)
    all_rows.add(t.QuickbooksConnection(created_at=founded, organization=organization, realm_id=REALM_ID))
    lease_type = all_rows.add(
        t.LeaseType(created_at=founded, organization=organization, name="Residential, 12 months")
    )
    programs = {
        name: all_rows.add(
            t.Program(
                created_at=founded + dt.timedelta(days=7 * number), organization=organization,
                name=name,
                type=kind, email=email, phone=phone, address=address,
            )
        )
        for number, (name, kind, email, phone, address) in enumerate(PROGRAMS)
    }  # fmt: skip
    vendors = {
        name: all_rows.add(
            t.Vendor(
                created_at=founded, organization=organization, name=name,
                email=f"office@{name.split()[0].lower()}.example", phone=f"609-555-01{20 + number}",
            )
        )
        for number, (name, *_) in enumerate(names.VENDORS)
    }  # fmt: skip
    homes = list(build_homes(records, units, chance))
    # Spread over the town, so that the special cases get every kind of home.
    step = len(homes) / homes_set_aside
    reserved = [homes[int(number * step)] for number in range(homes_set_aside)]
    town = Town(records, lease_type, programs, vendors, list(all_rows.of(t.Property)), iter(reserved))
    vouchers = list(programs.values())[:4]  # the cases create the other two later
    people = people_of_the_town(chance)
    taken = set(map(id, reserved))
    for home in homes:
        if id(home) not in taken:
            _households_over_time(town, home, people, vouchers, chance)
    return town


def build_homes(records: Records, units: int, chance: random.Random) -> Iterator[t.Unit]:
    """Properties of all sizes until there are that many units."""
    left = units
    while left > 0:
        kind = chance.choices(list(SIZES), weights=(4, 5, 1, 3))[0]
        size = min(left, chance.randint(*SIZES[kind]))
        left -= size
        town, state, zip_code, usual_rent = chance.choice(names.TOWNS)
        bought = dt.date(chance.randint(1998, 2021), chance.randint(1, 12), chance.randint(1, 28))
        place = records.add(
            t.Property(
                created_at=records.organization.created_at, organization=records.organization,
                street_address=f"{chance.randint(2, 980)} {chance.choice(names.STREETS)}",
                city=town, state=state, zip=zip_code, property_type=kind, total_units=size,
                is_section_8=chance.random() < 0.3, year_built=chance.randint(1921, 2014),
                purchase_date=bought, purchase_price=Decimal(size * chance.randint(140, 260) * 1000),
            )
        )  # fmt: skip
        for number in range(size):
            bedrooms = chance.choices((1, 2, 3), weights=(4, 5, 2))[0] + (kind == "single_family")
            rent = usual_rent + 265 * (bedrooms - 1) + 5 * chance.randint(-15, 25)
            letter = f"{number // 4 + 1}{'ABCD'[number % 4]}"
            yield records.add(
                t.Unit(
                    created_at=place.created_at, property=place, unit_number=letter if size > 1 else "1",
                    bedrooms=bedrooms, bathrooms=Decimal("1.5") if bedrooms > 2 else Decimal(1),
                    monthly_rent=Decimal(rent),
                )
            )  # fmt: skip


def people_of_the_town(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Names and e-mail addresses, one person after another; no name repeats until all have been used."""
    everybody = [(given, family) for given in names.GIVEN_NAMES for family in names.FAMILY_NAMES]
    chance.shuffle(everybody)
    generation = 0
    while True:
        for given, family in everybody:
            host = chance.choice(("example.com", "example.net", "example.org"))
            name, mailbox = f"{given} {family}", f"{given}.{family}".lower()
            if generation:  # all names are used: add a middle initial, and a number in the address
                name = f"{given} {'ABCDEFGHIJKLMNOPRSTVWYZ'[(generation - 1) % 23]}. {family}"
                mailbox += str(generation + 1)
            yield name, f"{mailbox}@{host}"
        generation += 1


def welcome(
    records: Records, name: str, email: str | None, created: dt.datetime, *, phone: str | None = None
) -> t.Tenant:
    """A tenant of the organization."""
    tenant = records.add(t.Tenant(created_at=created, name=name, email=email, phone=phone))
    records.add(
        t.OrganizationTenant(
            created_at=created, organization=records.organization, tenant=tenant,
            portal_status="active" if email else "not_invited",
        )
    )  # fmt: skip
    return tenant


def move_in(
    town: Town,
    unit: t.Unit,
    tenant: t.Tenant,
    start: dt.date,
    *,
    program: t.Program | None = None,
    tenant_share: Decimal = Decimal("0.3"),
    until: dt.date | None = None,
) -> Tenancy:
    """A household with its leases: twelve months each, renewed at a slightly higher rent until it moves out.

    Move-ins are on the first of a month; ``until`` is the last day of the tenancy, None if they stay.
    """
    calendar = town.records.calendar
    leases: list[t.Lease] = []
    begin, rent = start, unit.monthly_rent
    while begin <= calendar.last_day and (until is None or begin < until):
        end = add_months(begin, 12) - dt.timedelta(days=1)
        own = (rent * tenant_share // 1) if program else None
        leases.append(
            town.records.add(
                t.Lease(
                    created_at=max(calendar.at(begin - dt.timedelta(days=18), 13), tenant.created_at),
                    organization=town.records.organization,
                    unit=unit, tenant=tenant, lease_type=town.lease_type, start_date=begin, end_date=end,
                    rent_amount=rent, security_deposit=unit.monthly_rent, is_section_8=program is not None,
                    program=program, tenant_portion=own,
                    section_8_portion=rent - own if own is not None else None,
                    renewed_from_lease=leases[-1] if leases else None,
                )
            )
        )  # fmt: skip
        begin, rent = add_months(begin, 12), (rent * Decimal("1.03") / 5).quantize(Decimal(1)) * 5
    for lease in leases[:-1]:
        lease.status = "expired"
    if until:
        leases[-1].end_date = until
        leases[-1].status = "ended" if until <= calendar.last_day else "active"
    else:
        unit.status = "occupied"
    tenancy = Tenancy(tenant, leases, moved_in=start, moved_out=until)
    town.tenancies.append(tenancy)
    return tenancy


def _households_over_time(
    town: Town,
    home: t.Unit,
    people: Iterator[tuple[str, str]],
    vouchers: list[t.Program],
    chance: random.Random,
) -> None:
    """The households that lived in this home, one after another, with a month of vacancy in between."""
    calendar = town.records.calendar
    begin = add_months(calendar.months[0], -chance.randint(0, 30))
    while begin <= calendar.last_day:
        stay = chance.choices((12, 18, 24, 36, 60), weights=(2, 1, 3, 4, 5))[0]
        until = add_months(begin, stay) - dt.timedelta(days=1)
        if until >= calendar.months[0]:  # whoever left before the first month never appears
            name, email = next(people)
            created = calendar.at(begin - dt.timedelta(days=chance.randint(19, 40)), chance.randint(9, 19))
            tenant = welcome(town.records, name, email, created, phone=f"609-555-01{chance.randint(30, 99)}")
            program = chance.choice(vouchers) if chance.random() < 0.14 else None
            share = Decimal(chance.randint(20, 45)) / 100
            stays = until > calendar.last_day
            tenancy = move_in(
                town, home, tenant, begin, program=program, tenant_share=share, until=None if stays else until
            )
            tenancy.charges = _usual_charges(chance)
            tenancy.habit = chance.choices(list(HABITS), weights=list(HABITS.values()))[0]
            tenancy.method = chance.choices(list(METHODS), weights=list(METHODS.values()))[0]
        begin = add_months(begin, stay + 1)


def _usual_charges(chance: random.Random) -> list[tuple[str, Decimal, str]]:
    """What is billed each month besides the rent."""
    charges: list[tuple[str, Decimal, str]] = []
    if chance.random() < 0.3:
        charges.append(("Parking space", Decimal(chance.choice((65, 75, 90))), "4200"))
    if chance.random() < 0.16:
        charges.append(("Pet fee", Decimal(35), "4210"))
    if chance.random() < 0.08:
        charges.append(("Laundry card", Decimal(20), "4220"))
    return charges
