"""The last step of writing a portfolio: what payments make of invoices, numbers, IDs, and times of the last change.

Here: facts that follow from all rows together, as RentAxis would show them on the last day. Not here: adding rows.
"""

from collections import defaultdict
from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.records import NOTHING, AllRows, Records


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
    """Amount paid, balance and status; only completed payments count."""
    last_day = organizations[0].calendar.last_day
    paid: dict[t.Invoice, Decimal] = defaultdict(Decimal)
    for allocation in all_rows.of(t.PaymentAllocation):
        payment = allocation.payment
        if allocation.deleted_at or payment.deleted_at or payment.status != "completed":
            continue
        invoice = allocation.invoice
        paid[invoice] += allocation.amount
        # RentAxis stores the amount paid on the invoice, so a payment changes it.
        invoice.updated_at = max(invoice.updated_at or invoice.created_at, allocation.created_at)
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


def _number(records: Records, all_rows: AllRows) -> None:
    """INV-000123 and PMT-000045, in order of creation, for each organization separately; a case may have set its own."""
    ours = records.organization
    for number, invoice in enumerate((row for row in all_rows.of(t.Invoice) if row.organization is ours), 1):
        if invoice.invoice_number == "":
            invoice.invoice_number = f"INV-{number:06}"
    for number, payment in enumerate((row for row in all_rows.of(t.Payment) if row.organization is ours), 1):
        payment.payment_number = f"PMT-{number:06}"
