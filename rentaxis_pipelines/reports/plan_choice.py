"""What a person leaves out of a plan before it is approved, and what goes then, counted. Pure.

Here: the sums, and the names that the approval is given (``sync.selection``). Not here: keeping the choice (``ledger.plan_lines``).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from rentaxis_pipelines.ledger.plan_lines import WHOLE_TYPE, LeftOut, PlanLine
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_types import BY_NAME, part_of
from rentaxis_pipelines.reports.plan_summary import PlanSummary, Total, by_type


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """``by_type``: what goes of each record type; ``left_out``: what would be sent and is left out. ``types``: record types that are left
    out as a whole; ``places``: rows that are left out one by one. ``who`` and ``at``: of the newest choice.
    """

    by_type: Mapping[str, Total]
    left_out: Total
    types: frozenset[str]
    places: frozenset[int]
    who: str
    at: dt.datetime | None

    @property
    def total(self) -> Total:
        """What goes, over all record types."""
        return Total(
            sum(each.rows for each in self.by_type.values()),
            sum((each.money for each in self.by_type.values()), Decimal("0.00")),
        )


def with_parts(record_type: str) -> frozenset[str]:
    """The record type and those that are parts of its records: they stay or go together."""
    return frozenset({record_type, *(kind.name for kind in part_of(record_type))})


def going(summary: PlanSummary, choices: Sequence[LeftOut], lines: Sequence[PlanLine]) -> Going:
    """What goes. ``lines``: those at the places of the choices."""
    types = frozenset(
        name for choice in choices if choice.place == WHOLE_TYPE for name in with_parts(choice.record_type)
    )
    sent = {line.record_type: line.sent for line in by_type(summary)[1] if line.sent.rows}
    goes = {name: total for name, total in sent.items() if name not in types}
    places: set[int] = set()
    for line in lines:
        known = goes.get(line.record_type)
        if known is not None:
            goes[line.record_type] = Total(known.rows - 1, known.money - line.amount)
            places.add(line.place)
    rows = sum(each.rows for each in sent.values()) - sum(each.rows for each in goes.values())
    newest = max(choices, key=lambda choice: choice.at, default=None)
    return Going(
        by_type={name: total for name, total in goes.items() if total.rows},
        left_out=Total(rows, summary.money - sum((each.money for each in goes.values()), Decimal("0.00"))),
        types=types & sent.keys(),
        places=frozenset(places),
        who=newest.who if newest else "",
        at=newest.at if newest else None,
    )


def names_left_out(choice: Going, rows: Sequence[PlannedRow]) -> list[str]:
    """What is left out, as an approval names it; ``rows``: those at its places. A record is named by its id, which is never that of another."""
    wholes = [name for name in choice.types if BY_NAME[name].part_of not in choice.types]
    return [*sorted(wholes), *sorted({f"{row.source_type}:{row.source_id}" for row in rows})]
