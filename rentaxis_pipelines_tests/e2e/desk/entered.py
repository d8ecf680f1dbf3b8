"""What a property manager entered in RentAxis for a month: a few records that go through, and one for each thing a bookkeeper does.

Each month has names and numbers of its own, so tests do not find each other's records. Not here: what a bookkeeper does with them.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

from rentaxis_pipelines_tests.e2e.conftest import Running
from rentaxis_pipelines_tests.e2e.planting import by_hand, insert_rows


@dataclass(frozen=True)
class Entered:
    """One month's records, by what a person reads of them. ``first_day``: of the month."""

    first_day: dt.date
    tenant: str  # goes through
    invoice: str  # goes through, and its number
    doubtful_tenant: str  # has nearly the name of the customer
    customer: str
    wrong_invoice: str  # has a status that RentAxis is not known to use
    wrong_expense: int  # likewise, by its id

    @property
    def last_day(self) -> dt.date:
        return (self.first_day + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def last_month() -> dt.date:
    """The first day of the month before the one we have, by New York's clock as the demo's company has it."""
    today = dt.datetime.now(dt.UTC).date() - dt.timedelta(hours=5)
    return (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def enter(running: Running, first_day: dt.date, number: int, surnames: tuple[str, str]) -> Entered:
    """Enter them; ``number`` begins their ids, ``surnames`` are of tenants that nobody else has."""
    day = first_day + dt.timedelta(days=9)
    known, doubtful = surnames
    month = Entered(
        first_day, f"Nora {known}", f"INV-{number + 1}", f"Walter {doubtful}", f"Walter {doubtful}",
        f"INV-{number + 2}", number + 3,
    )  # fmt: skip
    with psycopg.connect(running.stack.rentaxis_url) as connection:
        accounts = _accounts(connection)
        people = (
            (number, month.tenant, f"nora{number}@example.com"),
            (number + 1, month.doubtful_tenant, None),
        )
        insert_rows(
            connection,
            "tenants",
            [_stamped(day, id=id_, name=name, email=email) for id_, name, email in people],
        )
        insert_rows(
            connection,
            "organization_tenants",
            [_stamped(day, organization_id=1, tenant_id=id_, is_active=True) for id_, _, _ in people],
        )
        sent = [
            (number + 1, number, "sent"),
            (number + 2, number, "disputed"),
            (number + 3, number + 1, "sent"),
        ]
        insert_rows(connection, "invoices", [_invoice(day, *each) for each in sent])
        lines = [
            _stamped(
                day,
                id=id_,
                invoice_id=id_,
                position=1,
                description="Rent",
                amount=1200,
                account_id=accounts["4000"],
            )
            for id_, _, _ in sent
        ]
        insert_rows(connection, "invoice_lines", lines)
    enter_expense(running, day, number + 3, "5000", "disputed")
    by_hand(running, deed="create", entity="Customer", fields={"DisplayName": month.customer})
    return month


def _invoice(day: dt.date, id_: int, tenant: int, status: str) -> dict[str, Any]:
    return _stamped(
        day, id=id_, organization_id=1, invoice_number=f"INV-{id_}", type="receivable", billed_to_type="tenant", billed_to_id=tenant,
        kind="rent", invoice_date=day, due_date=day, status=status, total_amount=1200, amount_paid=0, balance_due=1200,
        reminders_paused=False, memo="Rent",
    )  # fmt: skip


def enter_expense(running: Running, day: dt.date, id_: int, account: str, status: str) -> None:
    """An expense paid by check, on the account of that number."""
    row = _stamped(
        day, id=id_, organization_id=1, expense_date=day, due_date=day, amount=amount_of(id_), description="Kitchen tap",
        custom_property_name="12 Elm Street", status=status, payment_method="check", paid_at=day,
    )  # fmt: skip
    with psycopg.connect(running.stack.rentaxis_url) as connection:
        insert_rows(connection, "expenses", [{**row, "account_id": _accounts(connection)[account]}])


def amount_of(expense: int) -> Decimal:
    """An amount that no other record has."""
    return Decimal(expense // 1_000) + Decimal(expense % 1_000) / 100


def _accounts(connection: psycopg.Connection) -> dict[str, int]:
    found = connection.execute(
        "select number, id from rentaxis.accounts where organization_id = 1"
    ).fetchall()
    return dict(found)


def _stamped(day: dt.date, **row: Any) -> dict[str, Any]:
    return {**row, "created_at": f"{day}T15:00:00Z", "updated_at": f"{day}T15:00:00Z"}
