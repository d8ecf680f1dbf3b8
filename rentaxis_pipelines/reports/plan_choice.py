"""What a person leaves out of a plan before it is approved, and what goes then, counted. Pure.

Here: the sums, and the names that the approval is given (``sync.selection``). Not here: keeping the choice (``ledger.plan_lines``).
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from rentaxis_pipelines.ledger.plan_lines import WHOLE_TYPE, LeftOut, PlanLine
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_types import BY_NAME, part_of
from rentaxis_pipelines.render.templates import money
from rentaxis_pipelines.reports.plan_summary import PlanSummary, Total


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """``by_type``: what goes of each record type; ``left_out``: what would be sent and is left out, of each. ``types``: record types that are left
    out as a whole; ``places``: rows that are left out one by one. ``who`` and ``at``: of the newest choice.
    """

    by_type: Mapping[str, Total]
    left_out: Mapping[str, Total]
    types: frozenset[str]
    places: frozenset[int]
    who: str
    at: dt.datetime | None

    @property
    def rows(self) -> int:
        """How many records go."""
        return sum(each.rows for each in self.by_type.values())

    @property
    def rows_left_out(self) -> int:
        """How many records would be sent and are left out."""
        return sum(each.rows for each in self.left_out.values())

    @property
    def money(self) -> str:
        """``invoices 1,200.00, payments 900.00``: an invoice and the payment of it are the same money, so types are never added together."""
        return money_in_words(self.by_type)

    @property
    def money_left_out(self) -> str:
        """The same of what is left out."""
        return money_in_words(self.left_out)


def money_in_words(totals: Mapping[str, Total]) -> str:
    """The money of each record type that has any; "" where none has."""
    return ", ".join(
        f"{name.replace('_', ' ')} {money(total.money)}" for name, total in totals.items() if total.money
    )


def with_parts(record_type: str) -> frozenset[str]:
    """The record type and those that are parts of its records: they stay or go together."""
    return frozenset({record_type, *(kind.name for kind in part_of(record_type))})


def going(summary: PlanSummary, choices: Sequence[LeftOut], lines: Sequence[PlanLine]) -> Going:
    """What goes. ``lines``: those at the places of the choices."""
    types = frozenset(
        name for choice in choices if choice.place == WHOLE_TYPE for name in with_parts(choice.record_type)
    )
    sent = summary.sent_by_type
    goes = {name: total for name, total in sent.items() if name not in types}
    places: set[int] = set()
    for line in lines:
        known = goes.get(line.record_type)
        if known is not None:
            goes[line.record_type] = Total(known.rows - 1, known.money - line.amount)
            places.add(line.place)
    left = {
        name: Total(total.rows - goes.get(name, Total()).rows, total.money - goes.get(name, Total()).money)
        for name, total in sent.items()
    }
    newest = max(choices, key=lambda choice: choice.at, default=None)
    return Going(
        by_type={name: total for name, total in goes.items() if total.rows},
        left_out={name: total for name, total in left.items() if total.rows},
        types=types & sent.keys(),
        places=frozenset(places),
        who=newest.who if newest else "",
        at=newest.at if newest else None,
    )


def names_left_out(choice: Going, rows: Sequence[PlannedRow]) -> list[str]:
    """What is left out, as an approval names it; ``rows``: those at its places. A record is named by its id, which is never that of another."""
    wholes = [name for name in choice.types if BY_NAME[name].part_of not in choice.types]
    return [*sorted(wholes), *sorted({f"{row.source_type}:{row.source_id}" for row in rows})]
