"""The rows of one run, filtered, sorted and paged in the database, however many there are. Reads only.

A run's rows fall into few groups (record type, status, reason), whose counts ``run_sums`` keeps. Every filter is a choice of groups: each
is read in order by an index of its own, no further than one page, and the pages of all groups are merged. So a page of a million rows
costs as much as a page of a hundred. A page begins after, or ends before, a row: it is never counted up to. Unchanged records, whose
results are kept together by day, are the exception: in the order of days only a page's days are opened, in the two others all of a record
type are looked through, in the database, for the rows of the page.
Not here: counting (``run_sums``), which groups a filter chooses (``reports.run_result``).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.sql import fetch
from rentaxis_pipelines.ledger.streamed import stream
from rentaxis_pipelines.ledger.unchanged_results import EXPANDED, REASON, SINGLE, STATUS
from rentaxis_pipelines.model.results import RowResult

ROWS = 50  # a page
Sort = Literal["amount", "day", "record"]
# As in the indexes row_results_run_amount, row_results_run_day and row_results_run_label. Largest amount first, whatever its sign.
_KEYS: dict[Sort, str] = {
    "amount": "-abs(x.amount)",
    "day": "x.day",
    "record": 'left(lower(x.source_label), 300) collate "C"',  # an index takes no text of any length
}
_TYPES: dict[Sort, str] = {"amount": "numeric", "day": "date", "record": "text"}
_GROUPS = """unnest(cast(:record_types as text[]), cast(:statuses as text[]), cast(:reasons as text[]), cast(:beginnings as text[]))
               as g (record_type, status, reason_code, beginning)"""
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
    """All rows of these groups, a few thousand at a time: group after group, each by amount, the largest first. Between two lists nothing
    may be committed on the connection.
    """
    for group in groups:
        unchanged = (group.status, group.reason_code) == (STATUS, REASON)
        statement = f"""select * from ledger.{"row_results" if unchanged else "single_results"} x
                        where x.run_id = :run_id and x.realm = :realm and x.record_type = :record_type and x.status = :status
                          and coalesce(x.reason_code, '') = :reason order by {_KEYS["amount"]}, x.source_type, x.source_id"""  # noqa: S608 - constants of this module
        yield from stream(
            connection,
            RowResult,
            statement,
            realm=realm,
            run_id=run_id,
            record_type=group.record_type,
            status=group.status,
            reason=group.reason_code,
        )


class _Place(msgspec.Struct, frozen=True):
    """A row's place in the orders that there are."""

    source_type: str
    source_id: str
    amount: Decimal  # its key, as in _KEYS
    day: dt.date
    record: str


def _place_of(connection: sa.Connection, realm: str, run_id: str, key: Key) -> _Place | None:
    """Where the row of the run stands; None where it has no such row."""
    columns = ", ".join(f"{key} as {sort}" for sort, key in _KEYS.items() if sort != "day")
    statement = f"""select x.source_type, x.source_id, x.day, {columns} from (
                      select {SINGLE} from ledger.single_results r
                      where r.run_id = :run_id and r.realm = :realm and r.source_type = :source_type and r.source_id = :source_id
                      union all
                      select {EXPANDED} from (
                        select u.*, array_position(u.source_ids, cast(:source_id as text)) as n from ledger.unchanged_results u
                        where u.run_id = :run_id and u.realm = :realm and u.source_type = :source_type
                          and cast(:source_id as text) = any(u.source_ids)) u) x"""  # noqa: S608 - constants of this package
    found = fetch(
        connection, _Place, statement, realm=realm, run_id=run_id, source_type=key[0], source_id=key[1]
    )
    return found[0] if found else None


def _read(
    connection: sa.Connection,
    realm: str,
    run_id: str,
    groups: Sequence[Group],
    sort: Sort,
    upwards: bool,
    containing: str,
    place: Key | None,
) -> list[RowResult]:
    at = _place_of(connection, realm, run_id, place) if place is not None else None
    if place is not None and at is None:
        return []
    key = _KEYS[sort]
    order = ", ".join(
        f"{column}{'' if upwards else ' desc'}" for column in (key, "x.source_type", "x.source_id")
    )
    conditions = ["true"]
    if at is not None:
        # The day by itself as well: days before the page's are then not opened.
        way = ">" if upwards else "<"
        conditions.append(
            f"({key}, x.source_type, x.source_id) {way} (cast(:at as {_TYPES[sort]}), cast(:source_type as text), cast(:source_id as text))"
        )
        if sort == "day":
            conditions.append(f"x.day {way}= cast(:at as date)")
    if any(group.beginning for group in groups):
        conditions.append(
            f"{key} >= lower(g.beginning) and {key} < lower(g.beginning) || cast(:highest as text)"
        )
    if containing:
        conditions.append("position(lower(:containing) in lower(x.source_label)) > 0")
    singles = f"""select x.* from {_GROUPS}
                  cross join lateral (
                    select * from (select {SINGLE} from ledger.single_results r) x
                    where x.run_id = :run_id and x.realm = :realm and x.record_type = g.record_type and x.status = g.status
                      and coalesce(x.reason_code, '') = g.reason_code and {" and ".join(conditions)}
                    order by {order} limit :most) x"""  # noqa: S608 - constants of this module
    statement = f"select x.* from ({singles}"  # noqa: S608 - constants of this module
    if any((group.status, group.reason_code) == (STATUS, REASON) for group in groups):
        statement += f" union all {_kept_together(sort, upwards, conditions, order)}"
    return fetch(
        connection,
        RowResult,
        f"{statement}) x order by {order} limit :most",
        realm=realm,
        run_id=run_id,
        record_types=[group.record_type for group in groups],
        statuses=[group.status for group in groups],
        reasons=[group.reason_code for group in groups],
        beginnings=[group.beginning for group in groups],
        containing=containing,
        highest=_HIGHEST,
        most=ROWS + 1,
        at=getattr(at, sort) if at else None,
        source_type=at.source_type if at else None,
        source_id=at.source_id if at else None,
    )


def _kept_together(sort: Sort, upwards: bool, conditions: Sequence[str], order: str) -> str:
    """The same page of the results kept together. By day only the days of the page are opened; in the two other orders all labels and
    amounts of the run's record type, and the whole rows only of the page.
    """
    by_day = f"order by u.day{'' if upwards else ' desc'}" if sort == "day" else ""
    return f"""select {EXPANDED} from (
                 select x.* from {_GROUPS}
                 cross join lateral (
                   select x.* from (
                     select u.ctid as place, e.n, u.day, u.source_type, e.source_id, e.source_label, e.amount
                     from (select ctid, * from ledger.unchanged_results u
                           where u.run_id = :run_id and u.realm = :realm and u.record_type = g.record_type {by_day}) u
                     cross join lateral unnest(u.source_ids, u.labels, u.amounts) with ordinality as e (source_id, source_label, amount, n)
                   ) x where {" and ".join(conditions)} order by {order} limit :most) x
                 where g.status = '{STATUS}' and g.reason_code = '{REASON}' order by {order} limit :most) x
               join ledger.unchanged_results u on u.ctid = x.place"""  # noqa: S608 - constants of this package
