"""What planning hands to the rows of any record type: a record with its link, and what is known for all records of a plan.

Not here: the rows of a type (``kinds``, ``paper_rows``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rentaxis_pipelines.mapping.outcome import Mapped
from rentaxis_pipelines.model.decisions import DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_type import PART_PAYMENT_TYPE
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.sync.planning.party_rows import Parents
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import Subject, planned_row
from rentaxis_pipelines.sync.planning.uses import uses_of
from rentaxis_pipelines.sync.planning.whole_plan import WholePlan


class Chosen(msgspec.Struct, frozen=True):
    """A record, what its row is about, its link, and why it is not looked at any further."""

    record: Any
    subject: Subject
    link: Link | None
    stopped: Refusal | None


class Gathered(msgspec.Struct, frozen=True):
    """What is known for all records of a plan."""

    context: PlanContext
    record_type: str
    known: Mapping[str, Link]
    decided: Mapping[str, DecisionState]
    parents: Parents
    whole: WholePlan

    def row(self, chosen: Chosen, outcome: Mapped | Refusal) -> PlannedRow:
        """The planned row of a decision."""
        return planned_row(self.context, chosen.subject, outcome, chosen.link)

    def with_uses(self, chosen: Chosen, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
        """All rows of the record, with what its content names. One with several parts of a kind is never settled without being read: they
        are not named by the record's own id.
        """
        if any(row.source_type == PART_PAYMENT_TYPE for row in rows):
            return list(rows)
        uses = uses_of(chosen.record, chosen.subject, self.context.mapping)
        return [msgspec.structs.replace(row, uses=uses) for row in rows]


Rows = tuple[list[PlannedRow], list[Link]]
