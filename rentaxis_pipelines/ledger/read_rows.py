"""What RentAxis returned for the days of a run, one short row a record, in a temporary table of the run's own connection.

Every question about all records of a range is asked of this table, so that no list of them is kept in memory. The rows are copied in as they
come and are gone with the session. Not here: where they come from (``rentaxis.fingerprints``), which of them stand unchanged
(``ledger.settled``).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec
import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from rentaxis_pipelines.ledger.sql import execute, fetch
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.sql_values import sql_list
from rentaxis_pipelines.safety.driver import driver, driver_errors

_IDS_AT_A_TIME = 20_000
_MAKE = """create temp table if not exists read_rows (
  model text not null,
  source_type text not null,
  source_id text not null,
  day date not null,
  number text,
  amount numeric not null,
  fingerprint uuid,                    -- none: the row is not fit to be known again
  primary key (source_id, source_type)
) on commit preserve rows"""
# Those that are settled already. A table of its own: to change a hundred thousand rows takes longer than to write them again.
_MAKE_SETTLED = """create temp table if not exists settled_rows (
  source_type text not null,
  source_id text not null
) on commit preserve rows"""
_ROWS = """pg_temp.read_rows r
  left join pg_temp.settled_rows s on s.source_type = r.source_type and s.source_id = r.source_id"""

_MAKE_PLANS = """create temp table if not exists read_plans (
  plan_id text primary key,
  settings text not null               -- everything that its records are decided by besides what is read and what stands
) on commit preserve rows"""


class NotedPlan(msgspec.Struct, frozen=True):
    """A plan whose rows are here, and the settings it is made under."""

    realm: str
    run_id: str
    settings: str


class RowRepeated(Exception):
    """A record came twice, or a row without an id or a day. ``source_id``: that of the record, where it is known."""

    def __init__(self, source_id: str | None) -> None:
        super().__init__("A record was returned twice, or without an id or a day.")
        self.source_id = source_id


class RowChunk(msgspec.Struct, frozen=True):
    """At most so many records to be read and planned together: the ``ids``, or all of the ``days`` where there are none.

    With ids, all of them are of these days.
    """

    days: DateRange
    ids: list[str] | None
    rows: int


def make(connection: sa.Connection) -> None:
    """The table, empty, whatever an earlier run of this process left in it. Commits, so that a rollback keeps it."""
    execute(connection, _MAKE)
    execute(connection, _MAKE_SETTLED)
    execute(connection, _MAKE_PLANS)
    execute(connection, "truncate pg_temp.read_rows, pg_temp.settled_rows, pg_temp.read_plans")
    connection.commit()


def clear(connection: sa.Connection, model: str, days: DateRange) -> None:
    """Forget the model's rows of these days."""
    statements = (
        """delete from pg_temp.settled_rows s using pg_temp.read_rows r
           where s.source_type = r.source_type and s.source_id = r.source_id
             and r.model = :model and r.day >= :first and r.day < :after""",
        "delete from pg_temp.read_rows where model = :model and day >= :first and day < :after",
    )
    for statement in statements:
        execute(connection, statement, model=model, first=days.first_day, after=days.end)


def fill(
    connection: sa.Connection, model: str, source_type: str, blocks: Iterable[bytes | memoryview]
) -> None:
    """Add rows as Postgres' COPY wrote them: source_id, day, number, amount, fingerprint. Commits.

    Raises RowRepeated for a second row of a record and for one without an id or a day; then nothing is added.
    """
    for column, value in (("model", model), ("source_type", source_type)):
        constant = sql_list([value])
        execute(connection, f"alter table pg_temp.read_rows alter column {column} set default {constant}")
    copy_in = "copy pg_temp.read_rows (source_id, day, number, amount, fingerprint) from stdin"
    try:
        with (
            driver_errors(connection, copy_in),
            driver(connection).cursor() as cursor,
            cursor.copy(copy_in) as copy,
        ):
            for block in blocks:
                copy.write(block)
    except IntegrityError as error:
        detail = error.orig.diag.message_detail if isinstance(error.orig, psycopg.Error) else None
        repeated = re.search(rf"=\((.*), {source_type}\)", detail or "", re.DOTALL)
        connection.rollback()
        raise RowRepeated(repeated[1] if repeated else None) from error
    except DBAPIError:
        raise
    except BaseException:
        connection.rollback()
        raise
    execute(connection, "analyze pg_temp.read_rows")
    connection.commit()


def note_plan(connection: sa.Connection, plan_id: str, settings: str) -> None:
    """Note that the plan's records are decided from rows that are here, and under which settings. The caller commits."""
    statement = "insert into pg_temp.read_plans (plan_id, settings) values (:plan_id, :settings) on conflict do nothing"
    execute(connection, statement, plan_id=plan_id, settings=settings)


def plan_noted(connection: sa.Connection, plan_id: str) -> NotedPlan | None:
    """What was noted of the plan in this session, if anything was."""
    if execute(connection, "select to_regclass('pg_temp.read_plans') is null").scalar_one():
        return None
    statement = """select l.realm, l.run_id, n.settings from pg_temp.read_plans n join ledger.plans l using (plan_id)
                   where n.plan_id = :plan_id"""
    row = execute(connection, statement, plan_id=plan_id).one_or_none()
    return None if row is None else NotedPlan(row.realm, row.run_id, row.settings)


def sums(connection: sa.Connection, source_type: str, days: DateRange) -> tuple[int, Decimal]:
    """How many rows of these days there are, and what they come to."""
    statement = f"select count(*) as rows, coalesce(sum(amount), 0.00) as amount from pg_temp.read_rows r where {_OF_DAYS}"  # noqa: S608 - a constant
    row = execute(connection, statement, **_asked(source_type, days)).one()
    return row.rows, row.amount


def missing_links(
    connection: sa.Connection,
    realm: str,
    source_type: str,
    days: DateRange,
    *,
    after: str | None = None,
    limit: int | None = None,
) -> list[Link]:
    """Live links of transactions that QuickBooks has on these days and that have no row here, whatever its day; at most ``limit``, and those
    that come ``after`` that record.
    """
    statement = """-- The day is looked up in what was written only where there is no row: for most links there is one.
                   select l.* from ledger.links l
                   left join pg_temp.read_rows r on r.source_id = l.source_id and r.source_type = :source_type
                   where l.realm = :realm and l.source_type = :source_type and l.state = 'live' and r.source_id is null
                     and (case when r.source_id is null then l.mapped ->> 'TxnDate' end) between :first_day and :last_day
                     and (cast(:after as text) is null or (length(l.source_id), l.source_id) > (length(:after), :after))
                   order by length(l.source_id), l.source_id limit :limit"""
    return fetch(
        connection,
        Link,
        statement,
        realm=realm,
        source_type=source_type,
        first_day=days.first_day.isoformat(),
        last_day=days.last_day.isoformat(),
        after=after,
        limit=limit,
    )


def among(connection: sa.Connection, source_type: str, source_ids: Iterable[str]) -> set[str]:
    """Those of these records that have a row, whatever their day."""
    statement = (
        "select source_id from pg_temp.read_rows where source_type = :source_type and source_id = any(:ids)"
    )
    return set(execute(connection, statement, source_type=source_type, ids=list(source_ids)).scalars())


def keys(connection: sa.Connection, source_types: Sequence[str]) -> list[tuple[str, str]]:
    """The source type and id of each row."""
    statement = "select source_type, source_id from pg_temp.read_rows where source_type = any(:types)"
    rows = execute(connection, statement, types=list(source_types))
    return [(row.source_type, row.source_id) for row in rows]


def unsettled(
    connection: sa.Connection, source_types: Sequence[str], days: DateRange
) -> list[tuple[str, str]]:
    """The source type and id of each row of these days that is not settled."""
    statement = f"""select r.source_type, r.source_id from {_ROWS}
                    where r.source_type = any(:types) and r.day >= :first and r.day < :after and s.source_id is null"""  # noqa: S608 - a constant
    bounds = {"first": days.first_day, "after": days.end}
    rows = execute(connection, statement, types=list(source_types), **bounds)
    return [(row.source_type, row.source_id) for row in rows]


def contested(connection: sa.Connection, realm: str, source_type: str, days: DateRange) -> list[str]:
    """Records of these days, not settled, that may have to share out a number: they are planned together.

    Those whose number another record wants or has in QuickBooks, or whose object has another number than theirs, and those that have one
    of these numbers. In the order they are planned in.
    """
    # Joins of whole sets alone: each side is read once, however many records there are.
    statement = f"""with wanted as materialized (
                      select r.source_id, r.day, s.source_id is not null as settled, lower(r.number) as number from {_ROWS} where {_OF_DAYS}
                    ), twice as (
                      select number from wanted where number is not null group by number having count(*) > 1
                    ), standing as materialized (
                      select source_id, lower(quickbooks_number) as number from ledger.links
                      where realm = :realm and source_type = :source_type and state <> 'gone' and quickbooks_number is not null
                    ), holders as (
                      select number, min(source_id) as first_of_them, max(source_id) as last_of_them from standing group by number
                    ), disputed as (
                      select w.source_id, w.number, own.number as held
                      from wanted w
                      left join standing own on own.source_id = w.source_id
                      left join holders on holders.number = w.number
                      left join twice on twice.number = w.number
                      where not w.settled and w.number is not null
                        and (twice.number is not null or own.number <> w.number
                             or holders.first_of_them <> w.source_id or holders.last_of_them <> w.source_id)
                    ), numbers as (
                      select number from disputed union select held from disputed where held is not null
                    ), sharing as (
                      select source_id from disputed union select s.source_id from standing s join numbers n on n.number = s.number
                    )
                    select w.source_id from wanted w join sharing on sharing.source_id = w.source_id
                    where not w.settled
                    order by w.day, length(w.source_id), w.source_id"""  # noqa: S608 - a constant
    rows = execute(connection, statement, realm=realm, **_asked(source_type, days))
    return list(rows.scalars())


def chunks(
    connection: sa.Connection,
    source_type: str,
    days: DateRange,
    size: int,
    contested: Sequence[str] = (),
) -> Iterator[RowChunk]:
    """What is to be read and planned of these days, oldest first, at most ``size`` records at a time. ``contested`` come first, together."""
    if contested:
        yield RowChunk(days, list(contested), len(contested))
    yield from _chunks(
        connection, _UNSETTLED, _asked(source_type, days) | {"contested": list(contested)}, size
    )


def unmarked_chunks(
    connection: sa.Connection,
    realm: str,
    source_type: str,
    days: DateRange,
    size: int,
    settings: str | None,
) -> Iterator[RowChunk]:
    """The records of these days that are not marked as they are now, under these settings (``settled``); all, where no settings are given."""
    yield from _chunks(
        connection, _UNMARKED, _asked(source_type, days) | {"realm": realm, "settings": settings}, size
    )


_OF_DAYS = "r.source_type = :source_type and r.day >= :first and r.day < :after"
_UNSETTLED = """s.source_id is null
  and not exists (select from unnest(cast(:contested as text[])) as elsewhere (id) where elsewhere.id = r.source_id)"""
_UNMARKED = """not exists (select from ledger.settled_records m
  where m.realm = :realm and m.source_type = r.source_type and m.source_id = r.source_id and m.fingerprint = r.fingerprint
    and m.settings = :settings and m.day = r.day and m.amount = r.amount)"""


def _asked(source_type: str, days: DateRange) -> dict[str, object]:
    return {"source_type": source_type, "first": days.first_day, "after": days.end}


def _chunks(
    connection: sa.Connection, wanted: str, asked: dict[str, object], size: int
) -> Iterator[RowChunk]:
    """The rows ``asked`` for that are ``wanted``, a constant of this module: whole days while they are few enough."""
    statement = f"""select day, count(*) as rows, count(*) filter (where {wanted}) as wanted
                    from {_ROWS} where {_OF_DAYS} group by day order by day"""  # noqa: S608 - constants
    together: list[sa.Row[tuple[object, ...]]] = []
    for day in execute(connection, statement, **asked).all():
        if together and sum(each.wanted for each in together) + day.wanted > size:
            yield from _chunks_of(connection, wanted, asked, together, size)
            together = []
        together.append(day)
    yield from _chunks_of(connection, wanted, asked, together, size)


def _chunks_of(
    connection: sa.Connection,
    wanted: str,
    asked: dict[str, object],
    counted: Sequence[sa.Row[tuple[object, ...]]],
    size: int,
) -> Iterator[RowChunk]:
    """The rows wanted of days that were counted: all of the days together, or by id."""
    rows = sum(day.wanted for day in counted)
    if not rows:
        return
    days = DateRange.of_days(
        min(day.day for day in counted if day.wanted), max(day.day for day in counted if day.wanted)
    )
    if rows <= size and rows == sum(day.rows for day in counted if day.day in days):
        yield RowChunk(days, None, rows)
        return
    statement = f"""select r.day, r.source_id from {_ROWS} where {_OF_DAYS} and {wanted}
                      and (r.day, length(r.source_id), r.source_id) > (cast(:day as date), :length, :last)
                    order by r.day, length(r.source_id), r.source_id limit :size"""  # noqa: S608 - constants
    asked = asked | {"first": days.first_day, "after": days.end, "size": size}
    after = {"day": days.first_day, "length": -1, "last": ""}
    while found := execute(connection, statement, **asked, **after).all():
        ids = [row.source_id for row in found]
        yield RowChunk(DateRange.of_days(found[0].day, found[-1].day), ids, len(ids))
        after = {"day": found[-1].day, "length": len(ids[-1]), "last": ids[-1]}
