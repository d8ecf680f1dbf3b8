"""One page of a stored plan's rows, field by field. Reads the ledger; nothing in it grows with the length of the plan.

Not here: which rows there are and in which order (``plan_summary``), what a row says (``plan_page``, ``plan_changes``).
"""

from collections.abc import Sequence
from typing import cast

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import plan_lines, previews
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.plan_lines import LineFilter, PlanLine
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.previews import Preview
from rentaxis_pipelines.reports.plan_changes import words_for
from rentaxis_pipelines.reports.plan_page import PlanRow, row_shown
from rentaxis_pipelines.reports.plan_reading import names_in, transactions_of

ROWS_SHOWN = 50
SEARCHED_AT_ONCE = 200_000
"""Rows that are looked through for a text before the page is shown: no index helps to find a part of a name."""


class PlaceRow(msgspec.Struct, frozen=True):
    """A row with its place in the plan."""

    place: int
    row: PlanRow


class RowsPage(msgspec.Struct, frozen=True, kw_only=True):
    """``before``, ``after``: the places that the page before and the next one are asked for by; None where there is none. Of a search
    for a text a page may hold few rows, or none, and still be followed by another one.
    """

    rows: list[PlaceRow]
    before: int | None
    after: int | None


def rows_page(
    connection: sa.Connection,
    preview: Preview,
    wanted: LineFilter,
    *,
    after: int | None = None,
    before: int | None = None,
    at_once: int = SEARCHED_AT_ONCE,
) -> RowsPage:
    """The first rows, those behind the place ``after``, or those ahead of the place ``before``. ``wanted``: with its first and last place."""
    first, last = wanted.first or 0, wanted.last or 0
    if before is not None:
        begin = max(first, before - at_once) if wanted.text else first
        within = msgspec.structs.replace(wanted, first=begin)
        found = plan_lines.lines_before(
            connection, preview.preview_id, within, before=before, limit=ROWS_SHOWN + 1
        )
        lines = found[-ROWS_SHOWN:]
        full = len(found) > ROWS_SHOWN
        return RowsPage(
            rows=_shown(connection, preview, lines),
            before=lines[0].place if full else begin if begin > first else None,
            after=lines[-1].place if lines else before - 1,
        )
    place = -1 if after is None else after
    end = min(last, max(place, first) + at_once) if wanted.text else last
    within = msgspec.structs.replace(wanted, last=end)
    found = plan_lines.lines_after(connection, preview.preview_id, within, after=place, limit=ROWS_SHOWN + 1)
    lines = found[:ROWS_SHOWN]
    full = len(found) > ROWS_SHOWN
    return RowsPage(
        rows=_shown(connection, preview, lines),
        before=None if place < first else lines[0].place if lines else place + 1,
        after=lines[-1].place if full else end if end < last else None,
    )


def _shown(connection: sa.Connection, preview: Preview, lines: Sequence[PlanLine]) -> list[PlaceRow]:
    rows = plan_lines.planned_rows(connection, lines)
    parents = _made_first(connection, preview, rows)
    lists = names_in(connection, preview.realm, list(transactions_of(rows)))
    words = words_for([*parents, *rows], lists)
    return [PlaceRow(line.place, row_shown(row, words)) for line, row in zip(lines, rows, strict=True)]


def _made_first(connection: sa.Connection, preview: Preview, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The rows that make what these ones name and that does not exist yet: a new customer, an invoice that is paid."""
    wanted = {cast("Key", tuple(parent.split("/", 1))) for row in rows for parent in row.pending}
    if not wanted:
        return []
    plans = previews.plans_of(connection, preview.realm, preview.preview_id)
    return plan_lines.made_by_plan(connection, [plan.plan_id for plan in plans], wanted)
