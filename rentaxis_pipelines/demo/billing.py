"""An ordinary month: rent and charges are billed; most households pay, some late, some partly, some not at all.

Here: what a property manager's nightly jobs and front desk do all year. Not here: anything unusual (``cases``); months that a case
bills itself (``Tenancy.billed_by_cases``) are skipped.
"""

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.records import NOTHING, Calendar, Line, Records, add_months
from rentaxis_pipelines.demo.town import Tenancy, Town

LATE_FEE = Decimal(50)
GRACE_DAYS = 6


def bill_and_collect(town: Town, seed: int) -> None:
    """Every month of the calendar, for every household; nothing is dated after its last day."""
    chance = random.Random(f"{seed}:billing")
    for month in town.records.calendar.months:
        program_invoices: dict[t.Program, list[t.Invoice]] = defaultdict(list)
        for tenancy in town.tenancies:
            lease = tenancy.lease_on(month)
            if lease is None or month in tenancy.billed_by_cases:
                continue
            own, of_program = bill_month(town.records, tenancy, lease, month, chance)
            if lease.program and of_program:
                program_invoices[lease.program].append(of_program)
            if own:
                _collect(town.records, tenancy, own, chance)
            if tenancy.moved_in == month:
                _take_deposit(town.records, tenancy, lease)
            if tenancy.moved_out and tenancy.moved_out == add_months(month, 1) - dt.timedelta(days=1):
                _settle_deposit(town.records, tenancy, lease, chance)
        for program, invoices in program_invoices.items():
            pay_in_one_transfer(town.records, program, month, invoices)


def bill_month(
    records: Records, tenancy: Tenancy, lease: t.Lease, month: dt.date, chance: random.Random
) -> tuple[t.Invoice | None, t.Invoice | None]:
    """The tenant's invoice and the program's: each is billed its own portion."""
    lines: list[Line] = []
    own_rent = lease.rent_amount if lease.tenant_portion is None else lease.tenant_portion
    label = f"{month:%B %Y}"
    if own_rent:
        lines.append((f"Rent, {label}", own_rent, "4000"))
    lines.extend(tenancy.charges)
    if tenancy.charges and chance.random() < 0.5:
        lines.append(("Water and sewer", Decimal(chance.randint(2150, 9890)) / 100, "4300"))
    own = records.bill(tenancy.tenant, month, lines, lease=lease) if lines else None
    if lease.program is None or not lease.section_8_portion:
        return own, None
    portion = [(f"Housing assistance, {label}", lease.section_8_portion, "4010")]
    return own, records.bill(lease.program, month, portion, lease=lease)


def pay_in_one_transfer(
    records: Records, program: t.Program, month: dt.date, invoices: list[t.Invoice]
) -> None:
    """A housing authority sends one amount for all its households."""
    records.pay_in_full(
        program, month.replace(day=6), *invoices, method="bank_transfer", reference=f"HAP {month:%Y-%m}"
    )


def pay(
    records: Records, tenancy: Tenancy, day: dt.date, invoices: list[t.Invoice], chance: random.Random
) -> t.Payment | None:
    """The household pays these invoices in full, by its usual method; nothing after the last day."""
    return _pay_part(records, tenancy, day, [(invoice, invoice.total_amount) for invoice in invoices], chance)


def _pay_part(
    records: Records,
    tenancy: Tenancy,
    day: dt.date,
    applied: list[tuple[t.Invoice, Decimal]],
    chance: random.Random,
) -> t.Payment | None:
    if day > records.calendar.last_day:
        return None
    total = sum((amount for _, amount in applied), NOTHING)
    reference = {
        "check": f"{chance.randint(101, 9899)}",
        "money_order": f"MO {chance.randint(10_000_000, 99_999_999)}",
        "zelle": f"ZL{chance.randint(100_000, 999_999)}",
    }.get(tenancy.method)
    payment = records.receive(tenancy.tenant, day, total, applied, method=tenancy.method, reference=reference)
    if tenancy.method == "stripe":
        payment.stripe_payment_id = payment.reference = f"pi_{chance.getrandbits(80):020x}"
    return payment


def _collect(records: Records, tenancy: Tenancy, invoice: t.Invoice, chance: random.Random) -> None:
    month = invoice.invoice_date
    habit = tenancy.habit
    if habit == "prompt" or (habit == "slow" and chance.random() < 0.4):
        pay(records, tenancy, month.replace(day=chance.randint(1, 5)), [invoice], chance)
    elif habit == "slow":
        fees = [] if chance.random() < 0.5 else assess_late_fee(records, tenancy, invoice)
        pay(records, tenancy, month.replace(day=chance.randint(13, 24)), [invoice, *fees], chance)
    elif habit == "struggling":
        part = (invoice.total_amount * chance.randint(45, 80) / 100).quantize(Decimal("0.01"))
        _pay_part(records, tenancy, month.replace(day=chance.randint(4, 8)), [(invoice, part)], chance)
        if not _among_last(records.calendar, month, 1):
            rest = invoice.total_amount - part
            _pay_part(records, tenancy, month.replace(day=chance.randint(20, 28)), [(invoice, rest)], chance)
    elif not _among_last(records.calendar, month, 2):  # behind: the last two months stay open
        fees = assess_late_fee(records, tenancy, invoice)
        later = add_months(month, 1) + dt.timedelta(days=chance.randint(4, 12))
        pay(records, tenancy, later, [invoice, *fees], chance)


def assess_late_fee(records: Records, tenancy: Tenancy, invoice: t.Invoice) -> list[t.Invoice]:
    """A late fee is a separate invoice that the nightly job creates after the grace period."""
    day = invoice.due_date + dt.timedelta(days=GRACE_DAYS)
    if day > records.calendar.last_day:
        return []
    line = (f"Late fee, {invoice.invoice_date:%B %Y}", LATE_FEE, "4100")
    fee = records.bill(tenancy.tenant, day, [line], lease=invoice.lease, kind="late_fee")
    records.add(
        t.LateFeeAssessment(
            created_at=fee.created_at, organization=records.organization, source_invoice=invoice,
            fee_invoice=fee, amount=LATE_FEE, assessed_on=day,
        )
    )  # fmt: skip
    return [fee]


def _take_deposit(records: Records, tenancy: Tenancy, lease: t.Lease) -> None:
    """Held for the tenant: a liability, not income."""
    if not lease.security_deposit:
        return
    line = ("Security deposit", lease.security_deposit, "2100")
    day = lease.start_date
    deposit = records.bill(tenancy.tenant, day, [line], lease=lease, kind="deposit", due=day)
    records.pay_in_full(tenancy.tenant, day, deposit)


def _settle_deposit(records: Records, tenancy: Tenancy, lease: t.Lease, chance: random.Random) -> None:
    if not lease.security_deposit or not tenancy.moved_out:
        return
    records.settle_deposit(lease, tenancy.moved_out, Decimal(chance.choice((0, 0, 75, 140, 260))))


def _among_last(calendar: Calendar, month: dt.date, number: int) -> bool:
    return month in calendar.months[-number:]
