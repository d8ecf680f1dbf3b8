"""A stored plan's rows in the order a person reads them, paged in the database; and what a person left out of it. The caller commits.

Here: ``ledger.plan_lines`` and ``ledger.plan_left_out``. Not here: the order and what each row says (``reports.plan_page``), the rows
themselves (``ledger.plans``), the approval (``sync.previews``).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import batched, execute, fetch, insert
from rentaxis_pipelines.model.plans import PlannedRow

_CHUNK = 10_000
WHOLE_TYPE = -1  # the place that stands for all rows of a record type


class PlanLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the plan. ``place``: 0 for the first one read; ``plan_id`` and ``position``: the planned row; ``searched``: its label in
    lower case.
    """

    preview_id: str
    place: int
    plan_id: str
    position: int
    record_type: str
    look: str
    doing: str
    amount: Decimal
    searched: str


class LineFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines: each field is passed over where it is empty. ``text``: part of the record's number or name. ``first`` and ``last``:
    the places between which all of them lie, both included, None where that is not known.
    """

    record_type: str = ""
    doing: str = ""
    look: str = ""
    text: str = ""
    first: int | None = None
    last: int | None = None


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """``place`` of a row, or ``WHOLE_TYPE``."""

    preview_id: str
    record_type: str
    place: int
    who: str
    at: dt.datetime


def replace_lines(connection: sa.Connection, preview_id: str, lines: Iterable[PlanLine]) -> None:
    """Store the plan's lines in place of any stored before."""
    execute(connection, "delete from ledger.plan_lines where preview_id = :preview_id", preview_id=preview_id)
    for chunk in batched(lines, _CHUNK):
        insert(connection, "plan_lines", chunk)


_CONDITIONS = {
    "record_type": "record_type = :record_type",
    "doing": "doing = :doing",
    "look": "look = :look",
    "text": "strpos(searched, lower(:text)) > 0",
}


def lines_after(
    connection: sa.Connection, preview_id: str, wanted: LineFilter, *, after: int, limit: int
) -> list[PlanLine]:
    """The next lines behind the place ``after``, -1 for the first ones."""
    return _lines(connection, preview_id, wanted, "place > :than", "place", than=after, limit=limit)


def lines_before(
    connection: sa.Connection, preview_id: str, wanted: LineFilter, *, before: int, limit: int
) -> list[PlanLine]:
    """The lines right ahead of the place ``before``, in order."""
    found = _lines(connection, preview_id, wanted, "place < :than", "place desc", than=before, limit=limit)
    return found[::-1]


def _lines(
    connection: sa.Connection, preview_id: str, wanted: LineFilter, beyond: str, order: str, **values: int
) -> list[PlanLine]:
    # Only the conditions that are asked for: a statement that says "or" to each is planned without the indexes.
    said = {name: value for name in _CONDITIONS if (value := getattr(wanted, name))}
    conditions = ["preview_id = :preview_id", beyond, *(_CONDITIONS[name] for name in said)]
    between = {
        name: value for name, value in (("first", wanted.first), ("last", wanted.last)) if value is not None
    }
    conditions += [f"place {'>=' if name == 'first' else '<='} :{name}" for name in between]
    statement = (
        f"select * from ledger.plan_lines where {' and '.join(conditions)} order by {order} limit :limit"  # noqa: S608 - constants of this module
    )
    return fetch(connection, PlanLine, statement, preview_id=preview_id, **said, **between, **values)


def lines_at(connection: sa.Connection, preview_id: str, places: Sequence[int]) -> list[PlanLine]:
    """The lines at these places, in order; places the plan does not have are passed over."""
    statement = "select * from ledger.plan_lines where preview_id = :preview_id and place = any(:places) order by place"
    return fetch(connection, PlanLine, statement, preview_id=preview_id, places=list(places))


def planned_rows(connection: sa.Connection, lines: Sequence[PlanLine]) -> list[PlannedRow]:
    """The planned row of each line, in the same order."""
    statement = """select r.* from unnest(cast(:plan_ids as text[]), cast(:positions as integer[])) with ordinality
                     as wanted (plan_id, position, number)
                   join ledger.planned_rows r using (plan_id, position) order by wanted.number"""
    return fetch(
        connection,
        PlannedRow,
        statement,
        plan_ids=[line.plan_id for line in lines],
        positions=[line.position for line in lines],
    )


def made_by_plan(
    connection: sa.Connection, plan_ids: Sequence[str], keys: Iterable[tuple[str, str]]
) -> list[PlannedRow]:
    """The rows of these plans for records, by source type and id, that they would create."""
    listed = list(keys)
    statement = """select r.* from unnest(cast(:types as text[]), cast(:ids as text[])) as wanted (source_type, source_id)
                   join ledger.planned_rows r using (source_type, source_id)
                   where r.plan_id = any(:plan_ids) and r.action = 'create'"""
    return fetch(
        connection,
        PlannedRow,
        statement,
        plan_ids=list(plan_ids),
        types=[source_type for source_type, _ in listed],
        ids=[source_id for _, source_id in listed],
    )


def left_out(connection: sa.Connection, preview_id: str) -> list[LeftOut]:
    """What was left out of the plan, the whole types first."""
    statement = (
        "select * from ledger.plan_left_out where preview_id = :preview_id order by place, record_type"
    )
    return fetch(connection, LeftOut, statement, preview_id=preview_id)


def leave_out(connection: sa.Connection, entries: Sequence[LeftOut]) -> None:
    """Leave these out too; what is left out already stays as it is."""
    insert(connection, "plan_left_out", entries, "on conflict (preview_id, record_type, place) do nothing")


def take_in_rows(connection: sa.Connection, preview_id: str, places: Sequence[int]) -> None:
    """The rows at these places go again."""
    statement = "delete from ledger.plan_left_out where preview_id = :preview_id and place = any(:places)"
    execute(connection, statement, preview_id=preview_id, places=list(places))


def take_in_type(connection: sa.Connection, preview_id: str, record_type: str) -> None:
    """All rows of the type go again, also those that were left out one by one."""
    statement = (
        "delete from ledger.plan_left_out where preview_id = :preview_id and record_type = :record_type"
    )
    execute(connection, statement, preview_id=preview_id, record_type=record_type)
