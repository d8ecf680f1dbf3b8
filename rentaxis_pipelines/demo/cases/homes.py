"""How a case comes to a home: a tenant with a name of its own in one of the homes set aside.

Both kinds of tenant are billed like everybody else and pay promptly by ACH, but for the months a case takes
in hand.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.office import Line, add_months
from rentaxis_pipelines.demo.town import Tenancy, Town, move_in, welcome

USUAL_SHARE = Decimal("0.3")  # of the rent, where a program pays the rest
FROM_NAME = "given.family@example.com"  # the e-mail of somebody whose e-mail does not matter


def resident(town: Town, name: str, *, hand: tuple[int, ...] = ()) -> Tenancy:
    """Somebody who moved in three years before the last month; the same name again is the same person.

    ``hand``: months, counted back from the last one, whose rent the case writes itself.
    """
    months = {town.day(months_back, 1) for months_back in hand}
    for tenancy in town.tenancies:
        if tenancy.tenant.name == name:
            if tenancy.by_hand & months:
                raise ValueError(f"Two cases write the same month of {name}")
            tenancy.by_hand |= months
            return tenancy
    start = town.day(36, 1)
    return _settle(town, name=name, start=start, created=start - dt.timedelta(days=20), hand=hand)


def newcomer(
    town: Town,
    name: str,
    email: str | None = FROM_NAME,
    *,
    hand: tuple[int, ...] = (),
    program: t.Program | None = None,
    share: Decimal = USUAL_SHARE,
) -> Tenancy:
    """Somebody created six months ago (within the small portfolio's range), a tenant from the month after."""
    calendar = town.office.calendar
    start = calendar.day(4, 1)
    created = add_months(start, -1) + dt.timedelta(days=3 + min(len(name), 24))
    return _settle(
        town, name=name, email=email, start=start, created=created, hand=hand, program=program, share=share
    )


def in_hand(town: Town, tenancy: Tenancy, months_back: int) -> tuple[dt.date, t.Lease]:
    """The first of the month and the lease that bills then."""
    month = town.day(months_back, 1)
    lease = tenancy.lease_on(month)
    if lease is None or month not in tenancy.by_hand:
        raise ValueError(f"{tenancy.tenant.name}: {month} is not a month in hand")
    return month, lease


def rent(tenancy: Tenancy, month: dt.date, amount: Decimal | None = None) -> tuple[str, Decimal, str]:
    """The line of an ordinary rent invoice."""
    lease = tenancy.lease_on(month)
    if lease is None:
        raise ValueError(f"{tenancy.tenant.name} has no lease on {month}")
    return f"Rent, {month:%B %Y}", lease.rent_amount if amount is None else amount, "4000"


def bill(
    town: Town, tenancy: Tenancy, months_back: int, lines: Sequence[Line] | None = None, **details: Any
) -> t.Invoice:
    """The invoice of a month in hand: its rent, as the billing job would bill it, unless other lines are given."""
    month, lease = in_hand(town, tenancy, months_back)
    lines = [rent(tenancy, month)] if lines is None else lines
    return town.office.bill(tenancy.tenant, month, lines, lease=lease, **details)


def charge(town: Town, tenancy: Tenancy, day: dt.date, *lines: Line, **details: Any) -> t.Invoice:
    """An invoice beside the rent."""
    details = {"lease": tenancy.leases[-1], "kind": "one_off", **details}
    return town.office.bill(tenancy.tenant, day, lines, **details)


def _settle(
    town: Town,
    *,
    name: str,
    start: dt.date,
    created: dt.date,
    hand: tuple[int, ...],
    email: str | None = FROM_NAME,
    program: t.Program | None = None,
    share: Decimal = USUAL_SHARE,
) -> Tenancy:
    calendar = town.office.calendar
    if email is FROM_NAME:
        email = f"{name.lower().replace(' ', '.')}@example.com"
    tenant = welcome(town.office, name, email, calendar.at(created, 14, 5), phone="609-555-0119")
    tenancy = move_in(town, next(town.free_homes), tenant, start, program=program, tenant_share=share)
    tenancy.by_hand = {calendar.day(months_back, 1) for months_back in hand}
    return tenancy
