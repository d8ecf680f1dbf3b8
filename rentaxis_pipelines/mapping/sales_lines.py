"""The lines of what is billed or credited: one for one, their total equal to the document's to the cent.

Shared by ``invoices`` and ``credits``. Not here: the rest of either document.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from rentaxis_pipelines.mapping import resolve, text
from rentaxis_pipelines.mapping.outcome import Context, refused
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.payload import Payload
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.source_records import Credit, Invoice


def lookups(context: Context, document: Invoice | Credit) -> Iterator[resolve.Lookup]:
    """What its lines and its place need of the company file."""
    for line in document.lines:
        yield partial(resolve.item_id, context, line, document.kind)
    yield from resolve.lookups_of_place(context, document.place)


def total(document: Invoice | Credit, label: str) -> Decimal:
    """The total in cents. Raises ``RecordRefused`` when it is not the sum of the lines."""
    stated = resolve.money(document.total_amount, label)
    if not document.lines:
        raise refused(ReasonCode.MISSING_FIELD, f"{label} has no lines.")
    amounts = [resolve.money(line.amount, f"a line of {label}") for line in document.lines]
    in_lines = sum(amounts, Decimal("0.00"))
    if in_lines != stated:
        raise refused(
            ReasonCode.TOTAL_MISMATCH,
            f"The lines of {label} add up to {as_read(in_lines)}, but its total is {as_read(stated)}:"
            f" a difference of {as_read(abs(stated - in_lines))}.",
            "Correct the lines or the total in RentAxis, then run again.",
        )
    return stated


def lines_and_place(document: Invoice | Credit, label: str, context: Context) -> Payload:
    """The lines, where they belong, and that they carry no sales tax. Raises ``RecordRefused`` where one cannot be mapped."""
    class_id = resolve.class_id(context, document.place)
    location_id = resolve.location_id(context, document.place)
    fields: Payload = {"Line": _lines(document, label, context, class_id)}
    if class_id is not None and context.references.class_tracking == "transaction":
        fields["ClassRef"] = {"value": class_id}
    if location_id is not None:
        fields["DepartmentRef"] = {"value": location_id}
    if context.references.automated_sales_tax:
        # With automated sales tax QuickBooks overrides tax codes but honours a total that is given
        # (Intuit's blog of 2017-12-11). Rent carries no sales tax.
        fields["TxnTaxDetail"] = {"TotalTax": Decimal("0.00")}
    return fields


def _lines(document: Invoice | Credit, label: str, context: Context, class_id: str | None) -> list[Payload]:
    entries: list[Payload] = []
    for line in sorted(document.lines, key=lambda line: (line.position, line.source_id)):
        detail: Payload = {
            "ItemRef": {"value": resolve.item_id(context, line, document.kind)},
            "TaxCodeRef": {"value": "NON"},
        }
        if class_id is not None and context.references.class_tracking != "transaction":
            detail["ClassRef"] = {"value": class_id}
        # Amount alone, no quantity and price: QuickBooks refuses a product of the two that is a cent off
        # (6070).
        entry: Payload = {
            "DetailType": "SalesItemLineDetail",
            "Amount": resolve.money(line.amount, f"a line of {label}"),
            "SalesItemLineDetail": detail,
        }
        if said := text.description(line.description):
            entry["Description"] = said
        entries.append(entry)
    return entries
