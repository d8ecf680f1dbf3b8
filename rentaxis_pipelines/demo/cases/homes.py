"""How a case gets a home: a tenant with a particular name in one of the homes set aside.

Both kinds of tenant are billed like everyone else and pay promptly by ACH, except in the months that a case bills itself.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.records import Line, add_months
from rentaxis_pipelines.demo.town import Tenancy, Town, move_in, welcome

FROM_NAME = "given.family@example.com"  # stands for an e-mail address made from the name


def resident(town: Town, name: str) -> Tenancy:
    """Someone who moved in three years before the last month; the same name is the same person."""
    start = town.day(36, 1)
    known = (tenancy for tenancy in town.tenancies if tenancy.tenant.name == name)
    return next(known, None) or _settle(town, name, FROM_NAME, start, created=start - dt.timedelta(days=20))


def newcomer(town: Town, name: str, email: str | None = FROM_NAME, **program: Any) -> Tenancy:
    """Someone created six months ago (within the small portfolio's range), a tenant since the month after.

    ``program``: the options ``program`` and ``tenant_share`` of ``move_in``.
    """
    start = town.day(4, 1)
    created = add_months(start, -1) + dt.timedelta(days=3 + min(len(name), 24))
    return _settle(town, name, email, start, created=created, **program)


def month_of_its_own(town: Town, tenancy: Tenancy, months_back: int) -> tuple[dt.date, t.Lease]:
    """The first day of a month that the case bills itself, and its lease. Raises ValueError if two cases bill the same month."""
    month = town.day(months_back, 1)
    if month in tenancy.billed_by_cases:
        raise ValueError(f"Two cases bill {month:%B %Y} of {tenancy.tenant.name}")
    tenancy.billed_by_cases.add(month)
    return month, tenancy.lease_of(month)


def rent(tenancy: Tenancy, month: dt.date, amount: Decimal | None = None) -> tuple[str, Decimal, str]:
    """The line of an ordinary rent invoice."""
    return f"Rent, {month:%B %Y}", tenancy.lease_of(month).rent_amount if amount is None else amount, "4000"


def bill(
    town: Town, tenancy: Tenancy, months_back: int, lines: Sequence[Line] | None = None, **details: Any
) -> t.Invoice:
    """A month's rent as the billing job would bill it, or other lines."""
    month, lease = month_of_its_own(town, tenancy, months_back)
    lines = [rent(tenancy, month)] if lines is None else lines
    return town.records.bill(tenancy.tenant, month, lines, lease=lease, **details)


def charge(town: Town, tenancy: Tenancy, day: dt.date, *lines: Line, **details: Any) -> t.Invoice:
    """An invoice besides the rent."""
    details = {"lease": tenancy.leases[-1], "kind": "one_off", **details}
    return town.records.bill(tenancy.tenant, day, lines, **details)


def _settle(
    town: Town, name: str, email: str | None, start: dt.date, *, created: dt.date, **program: Any
) -> Tenancy:
    if email is FROM_NAME:
        email = f"{name.lower().replace(' ', '.')}@example.com"
    tenant = welcome(town.records, name, email, town.at(created, 14, 5), phone="609-555-0119")
    return move_in(town, next(town.free_homes), tenant, start, **program)
