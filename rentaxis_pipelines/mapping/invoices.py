"""Receivable invoices as QuickBooks Invoices: lines one by one, total equal to the cent.

Not here: payable invoices (they are expenses), and which customer the payer is.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from rentaxis_pipelines.mapping import resolve, rules, sales_lines, text
from rentaxis_pipelines.mapping.outcome import (
    NO_FACTS,
    Context,
    Existing,
    Facts,
    Mapped,
    RecordRefused,
    answers,
    refused,
)
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.payload import VOID_HASH, Payload
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import INVOICE
from rentaxis_pipelines.model.source_records import Invoice
from rentaxis_pipelines.model.statuses import DRAFT, VOID

_OPEN_OR_PAID = frozenset({"sent", "partially_paid", "paid", "overdue"})  # all alike to QuickBooks


def invoice_label(invoice: Invoice) -> str:
    """The invoice as a person knows it."""
    return f"Invoice {invoice.invoice_number or invoice.source_id}"


def invoice_number(invoice: Invoice, *, number_is_taken: bool = False) -> str:
    """The DocNumber: RentAxis' number where QuickBooks takes it and no other record has it, else a stable one."""
    if text.is_legal_number(invoice.invoice_number) and not number_is_taken:
        return str(invoice.invoice_number)
    return text.derived_number("I", invoice.source_id)


def invoice_lookups(context: Context, invoice: Invoice) -> Iterator[resolve.Lookup]:
    """What the invoice needs of the company file."""
    yield from sales_lines.lookups(context, invoice)
    yield partial(resolve.term_id, context, invoice.terms)


@answers
def plan_invoice(
    invoice: Invoice,
    existing: Existing | None,
    context: Context,
    facts: Facts = NO_FACTS,
) -> Mapped:
    """Create, update or void the QuickBooks Invoice of a receivable invoice, or the reason why not.

    Where the payer's customer is not known yet, what needs no customer (draft, void) is still decided, and anything
    else waits. A void says nothing about the payments on the invoice: they are to be voided or re-applied before.
    """
    label, number_is_taken = invoice_label(invoice), facts.number_is_taken
    rules.refuse_imported(invoice, label)
    if invoice.deleted_at is not None or invoice.status == VOID:
        return _void(invoice, existing, context, number_is_taken)
    if invoice.status == DRAFT:
        raise _draft(existing, label)
    rules.refuse_unreadable(invoice, label)
    if invoice.type != "receivable":
        raise refused(
            ReasonCode.UNKNOWN_SOURCE_VALUE,
            f"{label} is of type '{invoice.type or ''}'; only receivable invoices are pushed as invoices.",
        )
    rules.refuse_unknown_status(invoice.status, _OPEN_OR_PAID, label)
    if facts.credits_are_pushed and (invoice.total_amount or 0) < 0:
        return _as_credit(invoice, existing, context, number_is_taken)
    rules.refuse_before_go_live(context, existing, invoice.invoice_date, label)
    customer = rules.refuse_without_customer(facts.parent_id, invoice.payer, label)

    return rules.create_or_update(
        context,
        existing,
        entity="Invoice",
        label=label,
        record_date=invoice.invoice_date,
        key=invoice_number(invoice, number_is_taken=number_is_taken),
        total=invoice_total(invoice),
        build=partial(_payload, invoice, context, customer, number_is_taken),
    )


def _payload(
    invoice: Invoice,
    context: Context,
    customer_id: str,
    number_is_taken: bool,
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    """The Invoice payload. Raises ``RecordRefused`` where a line cannot be mapped."""
    payload: Payload = {
        "CustomerRef": {"value": customer_id},
        "DocNumber": invoice_number(invoice, number_is_taken=number_is_taken),
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": _note(invoice, notes, number_is_taken),
        **sales_lines.lines_and_place(invoice, invoice_label(invoice), context),
    }
    if invoice.due_date is not None:
        payload["DueDate"] = invoice.due_date.isoformat()
    if (term_id := resolve.term_id(context, invoice.terms)) is not None:
        payload["SalesTermRef"] = {"value": term_id}
    return payload


def invoice_total(invoice: Invoice) -> Decimal:
    """The total in cents. Raises ``RecordRefused`` when it is negative or not the sum of the lines."""
    label = invoice_label(invoice)
    total = sales_lines.total(invoice, label)
    if total < 0:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} comes to {as_read(total)}. QuickBooks does not accept invoices below zero.",
            "Enter a credit memo in QuickBooks and exclude the invoice here, or correct it in RentAxis.",
        )
    return total


def _note(invoice: Invoice, notes: list[str], number_is_taken: bool) -> str:
    parts: list[str | None] = [*notes, text.place(invoice.place)]
    original = invoice.invoice_number
    if original and invoice_number(invoice, number_is_taken=number_is_taken) != original:
        parts.append(f"Number in RentAxis: {original}")
    parts.append(invoice.memo)
    return text.private_note(parts, marker(INVOICE, invoice.source_id))


def _void(invoice: Invoice, existing: Existing | None, context: Context, number_is_taken: bool) -> Mapped:
    notes = [f"Void in RentAxis: {invoice.void_reason}"] if invoice.void_reason else []
    return rules.void_record(
        context,
        invoice,
        existing,
        label=invoice_label(invoice),
        record_date=invoice.invoice_date,
        key=invoice_number(invoice, number_is_taken=number_is_taken),
        payload={"PrivateNote": _note(invoice, notes, number_is_taken)},
    )


def _as_credit(
    invoice: Invoice, existing: Existing | None, context: Context, number_is_taken: bool
) -> Mapped:
    """What is below zero is pushed as a credit (``credits``); an Invoice of it from before must not stand beside that."""
    label = invoice_label(invoice)
    if existing is None or existing.content_hash == VOID_HASH:
        raise refused(
            ReasonCode.PUSHED_AS_CREDIT,
            f"{label} is below zero: it is pushed as a credit memo, with the credits of its day.",
        )
    return rules.void(
        context,
        existing,
        label=label,
        why="is below zero now, and a credit memo instead,",
        record_date=invoice.invoice_date,
        key=invoice_number(invoice, number_is_taken=number_is_taken),
        payload={
            "PrivateNote": _note(invoice, ["Below zero in RentAxis: see the credit memo"], number_is_taken)
        },
    )


def _draft(existing: Existing | None, label: str) -> RecordRefused:
    if existing is None or existing.content_hash == VOID_HASH:
        return refused(ReasonCode.DRAFT, f"{label} is a draft in RentAxis.")
    return refused(
        ReasonCode.INVALID_VALUE,
        f"{label} is a draft again in RentAxis, but is still in QuickBooks.",
        "Send it again in RentAxis, or void it there, then run again.",
    )
