"""The last step of writing a portfolio: what payments and credits make of invoices, numbers, IDs, and times of the last change.

Here: facts that follow from all rows together, as RentAxis would show them on the last day. Not here: adding rows.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.records import NOTHING, AllRows, Records

Applied = tuple[t.Invoice, Decimal, dt.datetime]  # to which invoice, how much, when


def settle(all_rows: AllRows, organizations: list[Records]) -> None:
    """Bring the rows into their final state. Called once, when all have been written."""
    _settle_invoices(all_rows, organizations)
    for table in t.TABLES:
        all_rows.by_table[table].sort(key=lambda row: row.created_at)
        for number, row in enumerate(all_rows.by_table[table], start=1):
            row.id = number
            row.updated_at = row.updated_at or row.created_at
    for records in organizations:
        _number(records, all_rows)


def _settle_invoices(all_rows: AllRows, organizations: list[Records]) -> None:
    """Amount paid, balance and status; only completed payments count, and what credits and deposits settled."""
    last_day = organizations[0].calendar.last_day
    paid: dict[t.Invoice, Decimal] = defaultdict(Decimal)
    for invoice, amount, applied_at in (*_paid(all_rows), *_credited(all_rows)):
        paid[invoice] += amount
        # RentAxis stores the amount paid on the invoice, so a payment changes it.
        invoice.updated_at = max(invoice.updated_at or invoice.created_at, applied_at)
    for invoice in all_rows.of(t.Invoice):
        if invoice.status == "void":
            continue
        invoice.amount_paid = paid.get(invoice, invoice.amount_paid)
        invoice.balance_due = invoice.total_amount - invoice.amount_paid
        if invoice.status != "sent":  # a case has set it
            continue
        if invoice.balance_due <= NOTHING:
            invoice.status = "paid"
        elif invoice.amount_paid:
            invoice.status = "partially_paid"
        elif invoice.due_date < last_day:
            invoice.status = "overdue"


def _paid(all_rows: AllRows) -> Iterator[Applied]:
    for allocation in all_rows.of(t.PaymentAllocation):
        payment = allocation.payment
        if not allocation.deleted_at and not payment.deleted_at and payment.status == "completed":
            yield allocation.invoice, allocation.amount, allocation.created_at


def _credited(all_rows: AllRows) -> Iterator[Applied]:
    """What was settled without money: by credits, by invoices below zero, by deposits kept, by waiving a fee that stays billed."""
    for allocation in all_rows.of(t.CreditAllocation):
        yield allocation.invoice, allocation.amount, allocation.created_at
        if allocation.credit_invoice:
            yield allocation.credit_invoice, -allocation.amount, allocation.created_at
    for deduction in all_rows.of(t.DepositDeduction):
        yield deduction.invoice, deduction.amount, deduction.created_at
    for fee in all_rows.of(t.LateFeeAssessment):
        if fee.status == "waived" and fee.fee_invoice.status != "void":
            yield fee.fee_invoice, fee.amount, fee.updated_at or fee.created_at


def _number(records: Records, all_rows: AllRows) -> None:
    """INV-000123 and PMT-000045, in order of creation, for each organization separately; a case may have set its own."""
    ours = records.organization
    for number, invoice in enumerate((row for row in all_rows.of(t.Invoice) if row.organization is ours), 1):
        if invoice.invoice_number == "":
            invoice.invoice_number = f"INV-{number:06}"
    for number, payment in enumerate((row for row in all_rows.of(t.Payment) if row.organization is ours), 1):
        payment.payment_number = f"PMT-{number:06}"
