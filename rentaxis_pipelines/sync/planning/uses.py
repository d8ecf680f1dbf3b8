"""What a record's content in QuickBooks names besides itself: the records whose objects it refers to, and its own parts. Pure.

While none of them changes, and neither the record nor the settings do, it is decided as it was (``ledger.settled``). Not here: how any of
them is found or made (``parents``, ``plan_places``, ``invoices_paid``).
"""

from collections.abc import Iterator
from typing import Any

from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.places import TRACKED, is_switched_off, wanted_of
from rentaxis_pipelines.mapping.rules import may_be_created
from rentaxis_pipelines.matching.vendors import vendor_key
from rentaxis_pipelines.model.record_type import CREDIT, CREDIT_APPLICATION, DEPOSIT, INVOICE, PAYMENT, VENDOR
from rentaxis_pipelines.model.record_types import part_of
from rentaxis_pipelines.model.source_records import places_of
from rentaxis_pipelines.sync.planning.planned import Subject


def uses_of(record: Any, subject: Subject, context: Context) -> list[str]:
    """Each as ``source_type/source_id``, in order; the record itself and its parts are among them."""
    return sorted(
        {f"{source_type}/{source_id}" for source_type, source_id in _keys(record, subject, context)}
    )


def _keys(record: Any, subject: Subject, context: Context) -> Iterator[tuple[str, str]]:
    yield subject.source_type, subject.source_id
    for part in part_of(subject.record_type):
        yield from ((source_type, subject.source_id) for source_type in part.source_types)
    payer, vendor = getattr(record, "payer", None), getattr(record, "vendor", None)
    if payer is not None and may_be_created(record, context.company):
        yield payer.kind, payer.source_id
    if vendor is not None and (key := vendor_key(vendor)) is not None:
        yield VENDOR, key
    for allocation in getattr(record, "allocations", ()):
        yield INVOICE, allocation.invoice_id
    if subject.source_type == CREDIT_APPLICATION:
        yield CREDIT, subject.source_id
    if subject.source_type == DEPOSIT:
        yield from ((PAYMENT, each.payment_id) for each in record.payments)
    for tracked in TRACKED:
        if not is_switched_off(tracked, context.references):
            for place in places_of(record):
                yield from (wanted.key for wanted in wanted_of(tracked, context.company.mappings, place))
