"""The customers or vendors that records need before them, gathered for all records of a plan at once.

Here: whom a record needs, and what the books already say of it. Not here: how a customer or vendor is found or made
(``plan_customers``, ``plan_vendors``).
"""

import datetime as dt
from collections import Counter
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence, Set
from typing import Any

from rentaxis_pipelines.mapping.rules import may_be_created
from rentaxis_pipelines.matching.vendors import vendor_key
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_type import RecordType
from rentaxis_pipelines.settings import Company
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
    gathered = Gathering(record_type, context.company)
    gathered.add(records, known)
    return gathered.parents(context, matches, changed_vendors)


class Gathering:
    """Whom records need, and on which customer or vendor each of those is booked, however many records there are: each is kept once."""

    def __init__(self, record_type: RecordType, company: Company) -> None:
        self._record_type, self._company = record_type, company
        self._first: dict[Hashable, tuple[dt.date, Any]] = {}
        self._booked_on: dict[Any, Counter[str]] = {}

    def add(self, records: Iterable[Dated], known: Mapping[str, Link]) -> None:
        """``known``: the links of these records."""
        fields = ("CustomerRef",) if self._record_type.has_payer else ("VendorRef", "EntityRef")
        for day, record in records:
            key, link = party_key(record), known.get(record.source_id)
            if key is None:
                continue
            if may_be_created(record, self._company) or (
                link is not None and not self._record_type.has_payer
            ):
                self.need(key, day, record.payer if self._record_type.has_payer else record.vendor)
            if link is not None and link.state == "live":
                references: list[Mapping[str, str]] = [link.mapped.get(field) or {} for field in fields]
                self._booked_on.setdefault(key, Counter()).update(
                    reference["value"] for reference in references if reference.get("value")
                )

    def need(self, key: Hashable, day: dt.date, party: Any) -> None:
        """The customer or vendor is needed on that day."""
        if key not in self._first or day < self._first[key][0]:
            self._first[key] = (day, party)

    def keys(self) -> Set[Hashable]:
        """Whom the records need, by ``party_key``."""
        return self._first.keys()

    def without(self, keys: Container[Hashable]) -> "Gathering":
        """The others of them, wherever they are booked."""
        others = Gathering(self._record_type, self._company)
        others._first = {key: dated for key, dated in self._first.items() if key not in keys}
        return others

    def merge(self, other: "Gathering") -> None:
        """Whom the others need is needed too."""
        for key, (day, party) in other._first.items():
            self.need(key, day, party)

    def parents(
        self, context: PlanContext, matches: Matches, changed_vendors: Iterable[Dated] = ()
    ) -> Parents:
        """The customers or vendors; none where records of that type may not be pushed. Commits what matching found."""
        if not context.allows(self._record_type.name):
            return Parents()
        needed = self._first.values()
        if self._record_type.has_payer:
            return needed_customers(context, needed, matches, self._booked_on)
        return needed_vendors(context, [*needed, *changed_vendors], self._booked_on)


def party_key(record: Any) -> Hashable:
    """Whose customer or vendor the record needs; None for nobody's."""
    if (payer := getattr(record, "payer", None)) is not None:
        return payer.kind, payer.source_id
    if (vendor := getattr(record, "vendor", None)) is not None:
        return vendor_key(vendor) or ""
    return None
