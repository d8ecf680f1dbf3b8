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


class PlaceRow(msgspec.Struct, frozen=True):
    """A row with its place in the plan."""

    place: int
    row: PlanRow


class RowsPage(msgspec.Struct, frozen=True, kw_only=True):
    """``before``, ``after``: whether there are rows ahead of these and behind them."""

    rows: list[PlaceRow]
    before: bool
    after: bool


def rows_page(
    connection: sa.Connection,
    preview: Preview,
    wanted: LineFilter,
    *,
    after: int | None = None,
    before: int | None = None,
) -> RowsPage:
    """The first rows, those behind the place ``after``, or those ahead of the place ``before``."""
    one_more = ROWS_SHOWN + 1
    if before is not None:
        found = plan_lines.lines_before(connection, preview.preview_id, wanted, before=before, limit=one_more)
        lines = found[-ROWS_SHOWN:]
        ahead, behind = len(found) > ROWS_SHOWN, True
    else:
        place = -1 if after is None else after
        found = plan_lines.lines_after(connection, preview.preview_id, wanted, after=place, limit=one_more)
        lines = found[:ROWS_SHOWN]
        ahead, behind = place >= 0, len(found) > ROWS_SHOWN
    return RowsPage(rows=_shown(connection, preview, lines), before=ahead, after=behind)


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
