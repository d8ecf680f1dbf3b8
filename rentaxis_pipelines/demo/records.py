"""An organization's records as they are written: bills, payments, expenses, and the labels of cases.

Here: writing one record of a kind, with the children and dates it needs. Not here: who is billed how much (``billing``), what breaks a
rule (``cases``), and what all records together make of an invoice (``settle``).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from rentaxis_pipelines.demo import tables as t

AnyRow = TypeVar("AnyRow", bound=t.Row)
Payer = t.Tenant | t.Program
# Description, amount, number of the account (RentAxis allows none).
Line = tuple[str, Decimal, str | None]

NOTHING = Decimal(0)


@dataclass
class AllRows:
    """All rows of all organizations, by table, in the order they were written, and the labels."""

    by_table: dict[type[t.Row], list[t.Row]] = field(
        default_factory=lambda: {table: [] for table in t.TABLES}
    )
    labels: list[tuple[str, t.Row, str]] = field(default_factory=list)  # label, row, note

    def add(self, row: AnyRow) -> AnyRow:
        self.by_table[type(row)].append(row)
        return row

    def of(self, table: type[AnyRow]) -> list[AnyRow]:
        return self.by_table[table]  # pyright: ignore[reportReturnType]  # a list holds rows of its own table only


@dataclass(frozen=True)
class Calendar:
    """The months of the portfolio, and instants in the organization's time zone."""

    months: tuple[dt.date, ...]  # first days, oldest first
    timezone: str

    @property
    def last_day(self) -> dt.date:
        """The day as of which the portfolio is shown."""
        return add_months(self.months[-1], 1) - dt.timedelta(days=1)

    def day(self, months_back: int, day: int) -> dt.date:
        """A day of the month ``months_back`` months before the last one."""
        return add_months(self.months[-1], -months_back).replace(day=day)

    def at(self, day: dt.date, hour: int = 9, minute: int = 0) -> dt.datetime:
        local = dt.datetime.combine(day, dt.time(hour, minute), tzinfo=ZoneInfo(self.timezone))
        return local.astimezone(dt.UTC)


def add_months(month: dt.date, number: int) -> dt.date:
    """The first day of the month that many months later (earlier if negative)."""
    count = month.year * 12 + month.month - 1 + number
    return dt.date(count // 12, count % 12 + 1, 1)


@dataclass(frozen=True)
class Records:
    all_rows: AllRows
    calendar: Calendar
    organization: t.Organization
    accounts: dict[str, t.Account]

    def add(self, row: AnyRow) -> AnyRow:
        """Add the row."""
        return self.all_rows.add(row)

    def label(self, label: str, row: t.Row, note: str) -> None:
        """Mark the row as showing this case."""
        self.all_rows.labels.append((label, row, note))

    def bill(
        self,
        payer: Payer | None,
        day: dt.date,
        lines: Sequence[Line],
        *,
        lease: t.Lease | None = None,
        kind: str = "rent",
        due: dt.date | None = None,
        status: str = "sent",
        total: Decimal | None = None,
        memo: str | None = None,
    ) -> t.Invoice:
        """A receivable invoice with its lines; its total is their sum unless another is given."""
        created = self.calendar.at(day, 2)  # the nightly billing job
        invoice = self.add(
            t.Invoice(
                created_at=created,
                organization=self.organization,
                billed_to_type=payer and payer.singular(),
                billed_to=payer,
                lease=lease,
                unit=lease and lease.unit,
                property=lease and lease.unit.property,
                kind=kind,
                invoice_date=day,
                due_date=due or day + dt.timedelta(days=4),
                status=status,
                total_amount=sum((amount for _, amount, _ in lines), NOTHING) if total is None else total,
                memo=memo,
            )
        )
        for position, (description, amount, number) in enumerate(lines, start=1):
            self.add(
                t.InvoiceLine(
                    created_at=created,
                    invoice=invoice,
                    position=position,
                    description=description,
                    amount=amount,
                    account=self.accounts[number] if number else None,
                )
            )
        return invoice

    def void(self, invoice: t.Invoice, day: dt.date, reason: str) -> None:
        invoice.status, invoice.void_reason = "void", reason
        invoice.voided_at = invoice.updated_at = self.calendar.at(day, 11, 20)

    def receive(
        self,
        payer: Payer,
        day: dt.date,
        amount: Decimal,
        applied: Iterable[tuple[t.Invoice, Decimal]],
        *,
        method: str = "check",
        status: str = "completed",
        reference: str | None = None,
    ) -> t.Payment:
        """A payment and the invoices it is applied to."""
        online = method == "stripe"
        payment = self.add(
            t.Payment(
                created_at=self.calendar.at(day, 10, 15),
                organization=self.organization,
                payer_type=payer.singular(),
                payer=payer,
                amount=amount,
                payment_date=day,
                method=method,
                status=status,
                reference=reference,
                deposit_account=self.accounts["1050" if online else "1000"],
            )
        )
        for invoice, part in applied:
            self.apply(payment, invoice, part)
        return payment

    def pay_in_full(self, payer: Payer, day: dt.date, *invoices: t.Invoice, **how: Any) -> t.Payment:
        """A payment of exactly the total of these invoices; ``how``: options of ``receive``."""
        applied = [(invoice, invoice.total_amount) for invoice in invoices]
        return self.receive(payer, day, sum((part for _, part in applied), NOTHING), applied, **how)

    def apply(
        self, payment: t.Payment, invoice: t.Invoice, amount: Decimal, *, day: dt.date | None = None
    ) -> t.PaymentAllocation:
        """Apply part of the payment; ``day``: if it is applied later than the payment date."""
        created = self.calendar.at(day, 15) if day else payment.created_at
        return self.add(
            t.PaymentAllocation(created_at=created, payment=payment, invoice=invoice, amount=amount)
        )

    def spend(
        self,
        day: dt.date,
        amount: Decimal,
        account: str | None,
        vendor: t.Vendor | None,
        description: str,
        *,
        place: t.Unit | t.Property | str,
        method: str | None = None,
        paid: dt.date | None = None,
    ) -> t.Expense:
        """An expense: paid by ``method`` on ``paid`` (by default the same day), or a bill due in 30 days."""
        unit = place if isinstance(place, t.Unit) else None
        return self.add(
            t.Expense(
                created_at=self.calendar.at(day, 16, 40),
                updated_at=self.calendar.at(paid, 9, 30) if paid and paid > day else None,
                organization=self.organization,
                expense_date=day,
                due_date=None if method and not paid else day + dt.timedelta(days=30),
                amount=amount,
                vendor=vendor,
                description=description,
                account=self.accounts[account] if account else None,
                unit=unit,
                property=unit.property if unit else place if isinstance(place, t.Property) else None,
                custom_property_name=place if isinstance(place, str) else None,
                status="paid" if method else "unpaid",
                payment_method=method,
                paid_at=(paid or day) if method else None,
                paid_from_account=self.accounts["1010" if method == "credit_card" else "1000"]
                if method
                else None,
            )
        )

    def journal(
        self, day: dt.date, description: str, debit: str, credit: str, amount: Decimal
    ) -> t.JournalEntry:
        """A balanced manual entry."""
        entry = self.add(
            t.JournalEntry(
                created_at=self.calendar.at(day, 17),
                organization=self.organization,
                entry_date=day,
                description=description,
                source_type="manual",
            )
        )
        for account, on_debit, on_credit in ((debit, amount, NOTHING), (credit, NOTHING, amount)):
            self.add(
                t.JournalEntryLine(
                    created_at=entry.created_at,
                    journal_entry=entry,
                    account=self.accounts[account],
                    debit=on_debit,
                    credit=on_credit,
                )
            )
        return entry

    def bank_line(
        self, day: dt.date, description: str, amount: Decimal, seen: dt.datetime, **meaning: Any
    ) -> t.BankTransaction:
        """A line of QuickBooks' bank feed; ``meaning``: what RentAxis has made of it."""
        return self.add(
            t.BankTransaction(
                created_at=seen, organization=self.organization, account=self.accounts["1000"], txn_date=day,
                description=description, amount=amount, source="quickbooks", **meaning,
            )
        )  # fmt: skip

    def settle_deposit(self, lease: t.Lease, day: dt.date, deductions: Decimal) -> t.DepositSettlement:
        """The security deposit less deductions is refunded to the tenant."""
        finalized, held = self.calendar.at(day, 16), lease.security_deposit or NOTHING
        return self.add(
            t.DepositSettlement(
                created_at=finalized, lease=lease, deposit_held=held, deductions_total=deductions,
                refund_amount=held - deductions, finalized_at=finalized,
            )
        )  # fmt: skip
