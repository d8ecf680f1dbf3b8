"""What a chunk of records asks of the whole plan it is part of: a plan is the same, whatever chunks it is made in.

Here: the questions, and the answers where the records at hand are all there are. Not here: the answers over chunks (``in_chunks``), how
customers, vendors and places are found or made (``parents``, ``plan_places``).
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any, Protocol

import msgspec

from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_type import CLASSES, RecordType
from rentaxis_pipelines.model.source_records import places_of
from rentaxis_pipelines.sync.planning.parents import parents_of
from rentaxis_pipelines.sync.planning.party_rows import Parents
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.plan_places import with_places
from rentaxis_pipelines.sync.planning.resolve_payers import Matches
from rentaxis_pipelines.sync.source import Dated


class Needed(msgspec.Struct, frozen=True):
    """What records need before them. ``context``: knows their classes and locations; ``places``: rows that make or rename those."""

    context: PlanContext
    parents: Parents
    places: Sequence[PlannedRow] = ()


class WholePlan(Protocol):
    """``taken``: numbers, folded, that a record of an earlier chunk was given, with its id. ``let_go``: collects the invoices that payments
    let go of, by QuickBooks id; None where all rows are at hand.
    """

    @property
    def taken(self) -> Mapping[str, str]: ...

    @property
    def let_go(self) -> set[str] | None: ...

    def needed(self, context: PlanContext, records: Sequence[Dated], known: Mapping[str, Link]) -> Needed:
        """What these records need. ``known``: their links."""
        ...

    def holding(self, ids: Collection[str], known: Mapping[str, Link]) -> Set[str]:
        """Those of these ids that are records of the plan. ``known``: links of the records at hand."""
        ...


class AtOnce:
    """A plan whose records are all at hand."""

    def __init__(
        self, record_type: RecordType, matches: Matches, changed_vendors: Sequence[tuple[dt.date, Any]]
    ) -> None:
        self._record_type, self._matches, self._changed_vendors = record_type, matches, changed_vendors
        self.taken: Mapping[str, str] = {}
        self.let_go: set[str] | None = None

    def needed(self, context: PlanContext, records: Sequence[Dated], known: Mapping[str, Link]) -> Needed:
        parents = parents_of(context, self._record_type, records, known, self._matches, self._changed_vendors)
        if CLASSES not in self._record_type.parents:
            return Needed(context, parents)
        located = [(day, place) for day, record in records for place in places_of(record)]
        context, places = with_places(context, self._record_type.name, located)
        return Needed(context, parents, places)

    def holding(self, ids: Collection[str], known: Mapping[str, Link]) -> Set[str]:
        return set(ids) & known.keys()
