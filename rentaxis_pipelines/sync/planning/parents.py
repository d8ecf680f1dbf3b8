"""The customers or vendors that records need before them, gathered for all records of a plan at once.

Here: whom a record needs, and what the books already say of it. Not here: how a customer or vendor is found or made
(``plan_customers``, ``plan_vendors``).
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from rentaxis_pipelines.mapping.rules import may_be_created
from rentaxis_pipelines.matching.vendors import vendor_key
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_types import RecordType
from rentaxis_pipelines.sync.planning.party_rows import Parents
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.plan_customers import needed_customers
from rentaxis_pipelines.sync.planning.plan_vendors import needed_vendors
from rentaxis_pipelines.sync.planning.resolve_payers import Matches
from rentaxis_pipelines.sync.source import Dated


def parents_of(
    context: PlanContext,
    record_type: RecordType,
    records: Sequence[Dated],
    known: Mapping[str, Link],
    matches: Matches,
    changed_vendors: Sequence[Dated],
) -> Parents:
    """The customers or vendors by ``party_key``; none where records of that type may not be pushed."""
    if not context.allows(record_type.name):
        return Parents()
    if record_type.has_payer:
        payers = [
            (day, record.payer)
            for day, record in records
            if record.payer is not None and may_be_created(record)
        ]
        return needed_customers(context, payers, matches, _booked_on(records, known, ("CustomerRef",)))
    vendors = [
        (day, record.vendor)
        for day, record in records
        if record.vendor and (record.source_id in known or may_be_created(record))
    ]
    booked_on = _booked_on(records, known, ("VendorRef", "EntityRef"))
    return needed_vendors(context, [*vendors, *changed_vendors], booked_on)


def party_key(record: Any) -> Hashable:
    """Whose customer or vendor the record needs; None for nobody's."""
    if (payer := getattr(record, "payer", None)) is not None:
        return payer.kind, payer.source_id
    if (vendor := getattr(record, "vendor", None)) is not None:
        return vendor_key(vendor) or ""
    return None


def _booked_on(
    records: Sequence[Dated], known: Mapping[str, Link], fields: Sequence[str]
) -> dict[Any, Counter[str]]:
    """How many records of each customer or vendor are on which one in QuickBooks."""
    booked_on: dict[Any, Counter[str]] = {}
    for _, record in records:
        key, link = party_key(record), known.get(record.source_id)
        if key is not None and link is not None and link.state == "live":
            references: list[Mapping[str, str]] = [link.mapped.get(field) or {} for field in fields]
            booked_on.setdefault(key, Counter()).update(
                reference["value"] for reference in references if reference.get("value")
            )
    return booked_on
