"""What a stored plan comes to, small enough to be kept beside it: counts and money by what would be done, what to look at first, the net
change by account and month, the cost. Pure.

Made once from the whole page of the plan (``plan_page``), so that showing a plan of a million rows reads none of them. Not here: keeping
it (``plan_keeping``), one page of rows (``plan_rows``), what a person leaves out (``plan_choice``).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from rentaxis_pipelines.ledger.plan_lines import LineFilter, PlanLine
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.previews import Preview
from rentaxis_pipelines.reports.plan_accounts import AccountChange
from rentaxis_pipelines.reports.plan_cost import Cost
from rentaxis_pipelines.reports.plan_page import DOINGS, Doing, Look, PlanPage, PlanRow, place_of_type
from rentaxis_pipelines.reports.plan_words import Group, groups_that_need_a_look
from rentaxis_pipelines.sync.outcomes import Cause

MOST_GROUPS: Final = 10  # of each reason to look first; the others are counted
NOT_SENT: Final = "not sent"


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one record type with the same thing to be done and the same reason to look first. ``first`` and ``last``: their places."""

    record_type: str
    doing: Doing
    look: Look
    rows: int
    money: Decimal
    first: int
    last: int


class LookGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that the same remedy clears. ``record``: the one with the largest amount, by its number or name."""

    look: Look
    record: str
    rows: int
    money: Decimal
    reason: str
    what_to_do: str


class ShortSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a list says of a plan. ``record``: of a plan for one record, its number or name. Days both included, None of a plan without
    rows.
    """

    first_day: dt.date | None
    last_day: dt.date | None
    record: str
    cells: list[Cell]

    @property
    def rows(self) -> int:
        return sum(cell.rows for cell in self.cells)

    @property
    def sent(self) -> int:
        """Rows that would be sent."""
        return sum(cell.rows for cell in self.cells if cell.doing != NOT_SENT)

    @property
    def sent_by_type(self) -> dict[str, "Total"]:
        """What would be sent of each record type, in the order of pushing."""
        types = dict.fromkeys(cell.record_type for cell in self.cells if cell.doing != NOT_SENT)
        return {
            name: total_of(cell for cell in self.cells if cell.record_type == name and cell.doing != NOT_SENT)
            for name in types
        }


class PlanSummary(ShortSummary, frozen=True, kw_only=True):
    """``more_groups``: how many groups to look at first are not in ``looks``. ``unknown_accounts``: changes that are not in
    ``by_account``.
    """

    looks: list[LookGroup]
    more_groups: int
    why_not_sent: list[Cause]
    by_account: list[AccountChange]
    unknown_accounts: int
    cost: Cost


class Total(msgspec.Struct, frozen=True):
    """Rows and their money."""

    rows: int = 0
    money: Decimal = Decimal("0.00")


class TypeLine(msgspec.Struct, frozen=True):
    """A record type with its total for each of the doings shown, and over those that send something."""

    record_type: str
    by_doing: dict[str, Total]
    sent: Total


def summary_of(preview: Preview, plans: Sequence[Plan], page: PlanPage) -> PlanSummary:
    """What the page comes to."""
    days = [chosen.days for chosen in preview.request.days] or [plan.days for plan in plans]
    groups = groups_that_need_a_look(page)
    shown = [_group(look, group) for look, of_look in groups for group in of_look[:MOST_GROUPS]]
    record = preview.request.record
    return PlanSummary(
        first_day=min((each.first_day for each in days), default=None),
        last_day=max((each.last_day for each in days), default=None),
        record=next(
            (row.record for row in page.rows if (row.row.source_type, row.row.source_id) == record), ""
        ),
        cells=_cells(page.rows),
        looks=shown,
        more_groups=sum(len(of_look) for _, of_look in groups) - len(shown),
        why_not_sent=page.why_not_sent,
        by_account=page.by_account,
        unknown_accounts=page.unknown_accounts,
        cost=page.cost,
    )


def lines_of(preview: Preview, page: PlanPage) -> Iterator[PlanLine]:
    """Its rows in the order they are read."""
    for place, row in enumerate(page.rows):
        yield PlanLine(
            preview_id=preview.preview_id,
            place=place,
            plan_id=row.row.plan_id,
            position=row.row.position,
            record_type=row.record_type,
            look=row.look,
            doing=row.doing,
            amount=row.amount,
            searched=row.record.lower(),
        )


def total_of(cells: Iterable[Cell]) -> Total:
    """Their rows and money together."""
    listed = list(cells)
    return Total(sum(cell.rows for cell in listed), sum((cell.money for cell in listed), Decimal("0.00")))


def narrowed(summary: PlanSummary, wanted: LineFilter) -> tuple[LineFilter, Total]:
    """The filter with the places between which all its rows lie, and how many rows it has; ``text`` is not counted with."""
    cells = [
        cell
        for cell in summary.cells
        if wanted.record_type in ("", cell.record_type)
        and wanted.doing in ("", cell.doing)
        and wanted.look in ("", cell.look)
    ]
    first, last = (
        min((cell.first for cell in cells), default=0),
        max((cell.last for cell in cells), default=-1),
    )
    return msgspec.structs.replace(wanted, first=first, last=last), total_of(cells)


def by_type(summary: PlanSummary) -> tuple[list[Doing], list[TypeLine]]:
    """The doings that the plan has, in the order they are shown, and the totals of each record type in the order they are pushed."""
    used = {cell.doing for cell in summary.cells}
    doings: list[Doing] = [doing for doing in DOINGS if doing in used]
    types = list(dict.fromkeys(cell.record_type for cell in summary.cells))
    sent = summary.sent_by_type
    lines = [
        TypeLine(
            name,
            {
                doing: total_of(
                    cell for cell in summary.cells if (cell.record_type, cell.doing) == (name, doing)
                )
                for doing in doings
            },
            sent.get(name, Total()),
        )
        for name in types
    ]
    return doings, lines


def _cells(rows: Sequence[PlanRow]) -> list[Cell]:
    """By record type in the order of pushing."""
    cells: dict[tuple[str, Doing, Look], Cell] = {}
    for place, row in enumerate(rows):
        key = (row.record_type, row.doing, row.look)
        known = cells.get(key)
        cells[key] = Cell(
            record_type=row.record_type,
            doing=row.doing,
            look=row.look,
            rows=1 + (known.rows if known else 0),
            money=row.amount + (known.money if known else Decimal("0.00")),
            first=known.first if known else place,
            last=place,
        )
    return sorted(cells.values(), key=lambda cell: (place_of_type(cell.record_type), cell.first))


def _group(look: Look, group: Group) -> LookGroup:
    return LookGroup(
        look=look,
        record=group.record,
        rows=len(group.rows),
        money=group.amount,
        reason=group.reason,
        what_to_do=group.what_to_do,
    )
