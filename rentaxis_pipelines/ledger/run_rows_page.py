"""The rows of one run, filtered, sorted and paged in the database, however many there are. Reads only.

A run's rows fall into few groups (record type, status, reason), whose counts ``run_sums`` keeps. Every filter is a choice of groups: each
is read in order by an index of its own, no further than one page, and the pages of all groups are merged. So a page of a million rows
costs as much as a page of a hundred. A page begins after, or ends before, a row: it is never counted up to.
Not here: counting (``run_sums``), which groups a filter chooses (``reports.run_result``).
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.sql import fetch
from rentaxis_pipelines.model.results import RowResult

ROWS = 50  # a page
_CHUNK = 2_000  # rows read at once where all are wanted
Sort = Literal["amount", "day", "record"]
# As in the indexes row_results_run_amount, row_results_run_day and row_results_run_label. Largest amount first, whatever its sign.
_KEYS: dict[Sort, str] = {
    "amount": "-abs(x.amount)",
    "day": "x.day",
    "record": 'left(lower(x.source_label), 300) collate "C"',  # an index takes no text of any length
}
_HIGHEST = "\U0010ffff"  # sorts after every text of RentAxis in the collation C


class Group(msgspec.Struct, frozen=True, order=True):
    """Rows of one record type, status and reason; ``reason_code`` is empty where there is none.

    ``beginning``: only rows whose label begins so, in any case; only with the sort ``record``. Empty: all.
    """

    record_type: str
    status: str
    reason_code: str
    beginning: str = ""


class RowsPage(msgspec.Struct, frozen=True):
    """A page of rows in order. ``before``, ``after``: whether there are rows ahead of it, and behind it."""

    rows: list[RowResult]
    before: bool
    after: bool


def rows_page(
    connection: sa.Connection,
    realm: str,
    run_id: str,
    groups: Sequence[Group],
    *,
    sort: Sort = "amount",
    backwards: bool = False,
    containing: str = "",
    after: Key | None = None,
    before: Key | None = None,
) -> RowsPage:
    """A page of those groups: the first one, or that after, or before, a row of the run. ``backwards``: the order turned round.

    ``containing``: only rows whose label has that text in it, in any case; it is looked for row by row, so for few rows only.
    """
    upwards = backwards == (before is not None)
    rows = _read(connection, realm, run_id, groups, sort, upwards, containing, before or after)
    more, rows = len(rows) > ROWS, rows[:ROWS]
    if before is not None:
        return RowsPage(rows[::-1], before=more, after=True)
    return RowsPage(rows, before=after is not None, after=more)


def rows_in_turn(
    connection: sa.Connection, realm: str, run_id: str, groups: Sequence[Group]
) -> Iterator[list[RowResult]]:
    """All rows of these groups, a few thousand at a time: group after group, each by amount, the largest first."""
    for group in groups:
        place: Key | None = None
        while rows := _read(connection, realm, run_id, [group], "amount", True, "", place, _CHUNK):
            yield rows
            if len(rows) < _CHUNK:
                break
            place = rows[-1].source_type, rows[-1].source_id


def _read(
    connection: sa.Connection,
    realm: str,
    run_id: str,
    groups: Sequence[Group],
    sort: Sort,
    upwards: bool,
    containing: str,
    place: Key | None,
    most: int = ROWS + 1,
) -> list[RowResult]:
    key = _KEYS[sort]
    order = ", ".join(
        f"{column}{'' if upwards else ' desc'}" for column in (key, "x.source_type", "x.source_id")
    )
    conditions = ["true"]
    if place is not None:
        conditions.append(
            f"""({key}, x.source_type, x.source_id) {">" if upwards else "<"} (
                (select {key} from ledger.row_results x
                 where x.run_id = :run_id and x.source_type = :source_type and x.source_id = :source_id),
                cast(:source_type as text), cast(:source_id as text))"""  # noqa: S608 - constants of this module
        )
    if any(group.beginning for group in groups):
        conditions.append(
            f"{key} >= lower(g.beginning) and {key} < lower(g.beginning) || cast(:highest as text)"
        )
    if containing:
        conditions.append("position(lower(:containing) in lower(x.source_label)) > 0")
    statement = f"""select x.* from unnest(cast(:record_types as text[]), cast(:statuses as text[]), cast(:reasons as text[]),
                                    cast(:beginnings as text[])) as g (record_type, status, reason_code, beginning)
                    cross join lateral (
                      select * from ledger.row_results x
                      where x.run_id = :run_id and x.realm = :realm and x.record_type = g.record_type and x.status = g.status
                        and coalesce(x.reason_code, '') = g.reason_code and {" and ".join(conditions)}
                      order by {order} limit :most) x
                    order by {order} limit :most"""  # noqa: S608 - constants of this module
    return fetch(
        connection,
        RowResult,
        statement,
        realm=realm,
        run_id=run_id,
        record_types=[group.record_type for group in groups],
        statuses=[group.status for group in groups],
        reasons=[group.reason_code for group in groups],
        beginnings=[group.beginning for group in groups],
        containing=containing,
        highest=_HIGHEST,
        most=most,
        source_type=place[0] if place else None,
        source_id=place[1] if place else None,
    )
