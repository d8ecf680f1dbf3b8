"""The results of a whole run, or the newest ones of some days, however many: sums by day, why rows need attention, and the rows in turn.

Nothing here holds more than sums, a bounded number of rows of each cause, or a few thousand rows at a time. Reads only.
Not here: one page of a run (``run_rows_page``), a run's sums without its days (``run_sums``).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.attention import need_sql
from rentaxis_pipelines.ledger.sql import execute, fetch
from rentaxis_pipelines.ledger.streamed import stream
from rentaxis_pipelines.ledger.unchanged_results import REASON, SINGLE, STATUS, newest_of_each
from rentaxis_pipelines.model.reasons import WAITING, ReasonCode
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.sql_values import sql_list

EVERY_DAY = dt.date(1, 1, 1)


class DaySum(msgspec.Struct, frozen=True, kw_only=True):
    """Rows and money of one day with one outcome. ``action``: what would be done, of rows of a preview; empty for others.

    ``reason_code``: empty where the rows have none.
    """

    day: dt.date
    record_type: str
    status: str
    reason_code: str
    action: str
    rows: int
    amount: Decimal


class RemedyRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that the same remedy clears. ``weight``: their money without signs; ``largest``: those with the largest amounts.

    ``cause_remedies``, ``cause_rows``, ``cause_money``: of all rows that need attention for this reason, where they are one cause;
    ``causes``, ``rows_in_all``: of all rows of the day. ``day``: EVERY_DAY where the days are one.
    """

    day: dt.date
    code: str
    remedy: str
    rows: int
    money: Decimal
    weight: Decimal
    largest: list[RowResult]
    place: int
    cause_remedies: int
    cause_rows: int
    cause_money: Decimal
    causes: int
    rows_in_all: int


class Which(msgspec.Struct, frozen=True):
    """Results that are read together, as SQL: all ``rows``, their ``sums``, the rows ``needing`` attention, and who asked for them."""

    rows: str
    sums: str
    needing: str
    requested_by: str
    values: dict[str, Any]


_SUMS = f"""select day, record_type, status, coalesce(reason_code, '') as reason_code,
              case when reason_code = '{ReasonCode.PREVIEW}' then action else '' end as action, count(*) as rows, sum(amount) as amount"""
# Failed first, then by amount, the largest first.
_ORDER = "status = 'failed' desc, abs(amount) desc, day, source_type, source_id"


def of_run(realm: str, run_id: str, status: str | None = None) -> Which:
    """The results of a run; only those with that status."""
    one_status = "" if status is None else "and x.status = :status"
    kept = f"""union all
        select day, record_type, '{STATUS}', '{REASON}', '', sum(rows), sum(amount)
        from ledger.unchanged_results where realm = :realm and run_id = :run_id group by 1, 2"""  # noqa: S608 - constants of this program
    return Which(
        rows=f"select * from ledger.row_results x where x.realm = :realm and x.run_id = :run_id {one_status}",  # noqa: S608 - constants of this program
        sums=f"""{_SUMS} from ledger.single_results x where x.realm = :realm and x.run_id = :run_id {one_status} group by 1, 2, 3, 4, 5
                 {kept if status in (None, STATUS) else ""}""",
        # By the run's sums: which groups of rows there are, each in an index.
        needing=f"""select x.* from ledger.run_sums kept
                    cross join lateral (
                      select {SINGLE} from ledger.single_results r
                      where r.run_id = kept.run_id and r.record_type = kept.record_type and r.status = kept.status
                        and coalesce(r.reason_code, '') = kept.reason_code) x
                    where kept.realm = :realm and kept.run_id = :run_id and kept.rows > 0 and {need_sql("kept")} is not null {one_status}""",  # noqa: S608 - constants of this program
        requested_by="select min(requested_by) from ledger.plans where realm = :realm and run_id = :run_id",
        values={"realm": realm, "run_id": run_id, "status": status},
    )


def newest_of_days(realm: str, days: Sequence[dt.date]) -> Which:
    """The newest result of every record of these days; a record that moved to another day is not among them, previews do not count."""
    rows = f"""select x.* from (select distinct source_type, source_id from ledger.single_results
                                where realm = :realm and day = any(:days)) w
               cross join lateral ({newest_of_each("not p.dry_run")}) x where x.day = any(:days)"""  # noqa: S608 - constants of this program
    return Which(
        rows=rows,
        sums=f"{_SUMS} from ({rows}) x group by 1, 2, 3, 4, 5",
        # As kept while results are written (migration 0014).
        needing=f"""select {SINGLE} from ledger.open_records o
                    join ledger.single_results r on r.run_id = o.run_id and r.source_type = o.source_type and r.source_id = o.source_id
                    where o.realm = :realm and o.day = any(:days)""",  # noqa: S608 - constants of this program
        requested_by=f"select requested_by from ({rows}) x order by {_ORDER} limit 1",  # noqa: S608 - constants of this program
        values={"realm": realm, "days": list(days)},
    )


def day_sums(connection: sa.Connection, which: Which) -> list[DaySum]:
    """Rows and money by day and outcome."""
    statement = f"""select day, record_type, status, reason_code, action, sum(rows) as rows, sum(amount) as amount from ({which.sums}) x
                    group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5"""  # noqa: S608 - constants of this program
    return fetch(connection, DaySum, statement, **which.values)


def requested_by(connection: sa.Connection, which: Which) -> str:
    """Who asked for the run, or for that of the first of the rows; empty without any."""
    return execute(connection, which.requested_by, **which.values).scalar() or ""


def rows_in_turn(connection: sa.Connection, which: Which) -> Iterator[list[RowResult]]:
    """All rows, a few thousand at a time, failed first, then by amount. Between two lists nothing may be committed on the connection."""
    statement = f"select * from ({which.rows}) x order by {_ORDER}"  # noqa: S608 - constants of this program
    yield from stream(connection, RowResult, statement, **which.values)


# ``of_cause``: what makes rows of one reason one cause. All that waits is one, whatever it waits for.
_NEEDING = f"""select x.*, coalesce(x.reason_code, '') as code, coalesce(x.how_to_fix, '') as remedy,
                 case when x.reason_code in {sql_list(WAITING)} then '' else coalesce(x.how_to_fix, '') end as of_cause"""


def needing_in_turn(connection: sa.Connection, which: Which) -> Iterator[list[RowResult]]:
    """The rows that need attention, by what clears the most money, the largest first. Otherwise like ``rows_in_turn``."""
    statement = f"""select x.* from (
                      select n.*, sum(abs(amount)) over (partition by code, of_cause) as cause_weight,
                        sum(abs(amount)) over (partition by code, remedy) as remedy_weight
                      from ({_NEEDING} from ({which.needing}) x) n) x
                    order by cause_weight desc, code, of_cause, remedy_weight desc, remedy, abs(amount) desc, {_ORDER}"""  # noqa: S608 - constants of this module
    yield from stream(connection, RowResult, statement, **which.values)


def remedies(
    connection: sa.Connection,
    which: Which,
    days: Sequence[dt.date] | None = None,
    *,
    causes: int,
    of_cause: int,
    rows: int,
) -> list[RemedyRows]:
    """What would clear the rows that need attention, by cause, the most money first; of each of these ``days`` by itself, or of all at once.

    At most so many ``causes``, remedies ``of_cause`` and ``rows`` of each remedy; counts and money are of all.
    """
    of_days = "where x.day = any(:of_days)" if days is not None else ""
    statement = f"""
      with needing as materialized (
        {_NEEDING}, {"x.day" if days is not None else f"date '{EVERY_DAY}'"} as at from ({which.needing}) x {of_days}),
      cleared as (
        select at, code, of_cause, remedy, count(*) as rows, sum(amount) as money, sum(abs(amount)) as weight from needing group by 1, 2, 3, 4),
      placed as (
        select at, code, of_cause, count(*) as cause_remedies, sum(rows) as cause_rows, sum(money) as cause_money,
          row_number() over (partition by at order by sum(weight) desc, code, of_cause) as place,
          count(*) over (partition by at) as causes, sum(sum(rows)) over (partition by at) as rows_in_all
        from cleared group by 1, 2, 3),
      listed as (
        select *, row_number() over (partition by at, code, of_cause order by weight desc, remedy) as remedy_place
        from placed join cleared using (at, code, of_cause) where place <= :causes),
      largest as (
        select at, code, remedy, json_agg(row_to_json(n) order by number) as rows from (
          select n.*, row_number() over (partition by at, code, remedy order by abs(amount) desc, {_ORDER}) as number from needing n) n
        where number <= :rows group by 1, 2, 3)
      select at as day, code, remedy, listed.rows, money, weight, coalesce(largest.rows, '[]') as largest, place, cause_remedies, cause_rows,
        cause_money, causes, rows_in_all
      from listed left join largest using (at, code, remedy)
      where remedy_place <= :of_cause order by at, place, remedy_place"""  # noqa: S608 - constants of this module
    return fetch(
        connection,
        RemedyRows,
        statement,
        **which.values,
        of_days=list(days) if days is not None else None,
        causes=causes,
        of_cause=of_cause,
        rows=rows,
    )
