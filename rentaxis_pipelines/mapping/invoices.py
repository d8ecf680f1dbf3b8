"""Receivable invoices as QuickBooks Invoices: lines one by one, total equal to the cent.

Not here: payable invoices (they are expenses), and which customer the payer is.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from rentaxis_pipelines.mapping import resolve, rules, text
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
from rentaxis_pipelines.model.record_types import INVOICE
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
    for line in invoice.lines:
        yield partial(resolve.item_id, context, line, invoice.kind)
    yield partial(resolve.term_id, context, invoice.terms)
    yield from resolve.lookups_of_place(context, invoice.place)


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
    class_id = resolve.class_id(context, invoice.place)
    location_id = resolve.location_id(context, invoice.place)
    payload: Payload = {
        "CustomerRef": {"value": customer_id},
        "DocNumber": invoice_number(invoice, number_is_taken=number_is_taken),
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": _note(invoice, notes, number_is_taken),
        "Line": _lines(invoice, context, class_id),
    }
    if invoice.due_date is not None:
        payload["DueDate"] = invoice.due_date.isoformat()
    if (term_id := resolve.term_id(context, invoice.terms)) is not None:
        payload["SalesTermRef"] = {"value": term_id}
    if class_id is not None and context.references.class_tracking == "transaction":
        payload["ClassRef"] = {"value": class_id}
    if location_id is not None:
        payload["DepartmentRef"] = {"value": location_id}
    if context.references.automated_sales_tax:
        # With automated sales tax QuickBooks overrides tax codes but honours a total that is given
        # (Intuit's blog of 2017-12-11). Rent carries no sales tax.
        payload["TxnTaxDetail"] = {"TotalTax": Decimal("0.00")}
    return payload


def invoice_total(invoice: Invoice) -> Decimal:
    """The total in cents. Raises ``RecordRefused`` when it is negative or not the sum of the lines."""
    label = invoice_label(invoice)
    total = resolve.money(invoice.total_amount, label)
    if not invoice.lines:
        raise refused(ReasonCode.MISSING_FIELD, f"{label} has no lines.")
    amounts = [resolve.money(line.amount, f"a line of {label}") for line in invoice.lines]
    in_lines = sum(amounts, Decimal("0.00"))
    if in_lines != total:
        raise refused(
            ReasonCode.TOTAL_MISMATCH,
            f"The lines of {label} add up to {as_read(in_lines)}, but its total is {as_read(total)}:"
            f" a difference of {as_read(abs(total - in_lines))}.",
            "Correct the lines or the total in RentAxis, then run again.",
        )
    if total < 0:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} comes to {as_read(total)}. QuickBooks does not accept invoices below zero.",
            "Enter a credit memo in QuickBooks and exclude the invoice here, or correct it in RentAxis.",
        )
    return total


def _lines(invoice: Invoice, context: Context, class_id: str | None) -> list[Payload]:
    lines: list[Payload] = []
    for line in sorted(invoice.lines, key=lambda line: (line.position, line.source_id)):
        detail: Payload = {
            "ItemRef": {"value": resolve.item_id(context, line, invoice.kind)},
            "TaxCodeRef": {"value": "NON"},
        }
        if class_id is not None and context.references.class_tracking != "transaction":
            detail["ClassRef"] = {"value": class_id}
        # Amount alone, no quantity and price: QuickBooks refuses a product of the two that is a cent off
        # (6070).
        entry: Payload = {
            "DetailType": "SalesItemLineDetail",
            "Amount": resolve.money(line.amount, f"a line of {invoice_label(invoice)}"),
            "SalesItemLineDetail": detail,
        }
        if said := text.description(line.description):
            entry["Description"] = said
        lines.append(entry)
    return lines


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


def _draft(existing: Existing | None, label: str) -> RecordRefused:
    if existing is None or existing.content_hash == VOID_HASH:
        return refused(ReasonCode.DRAFT, f"{label} is a draft in RentAxis.")
    return refused(
        ReasonCode.INVALID_VALUE,
        f"{label} is a draft again in RentAxis, but is still in QuickBooks.",
        "Send it again in RentAxis, or void it there, then run again.",
    )
