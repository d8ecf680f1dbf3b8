"""What one action does to all open records of a cause at once: looked at first, then decided in one statement set. The caller commits.

Here: reads and writes over a group, whatever its size; no record of it is read into memory. Not here: whether it may be done
(``sync.group_decisions``), the records themselves (``ledger.open_records``).
"""

import datetime as dt
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.decisions import MARK_DECIDED
from rentaxis_pipelines.ledger.sql import execute, fetch


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The open records of a cause that nobody has decided about yet, of one record type or of all."""

    cause: str
    record_type: str | None = None


class GroupSize(msgspec.Struct, frozen=True, kw_only=True):
    """How much a group is, as far as an action reaches it. ``newest``: the newest result in it, None where it is empty."""

    rows: int
    amount: Decimal
    newest: dt.datetime | None
    in_quickbooks: int = 0  # those that have an object there


class DayRange(msgspec.Struct, frozen=True):
    """Days without a gap on which records of the type are open; both included."""

    record_type: str
    first_day: dt.date
    last_day: dt.date
    rows: int


_NO_DECISION = 2**62  # later than every decision: none of this action counts as one that stands
_IN_GROUP = """o.realm = :realm and o.cause = :cause and o.decided is null
               and (cast(:record_type as text) is null or o.record_type = :record_type)"""


def size_of(connection: sa.Connection, realm: str, group: Group, source_types: list[str]) -> GroupSize:
    """Of the group's records of these source types."""
    statement = f"""select count(*) as rows, coalesce(sum(o.amount), 0) as amount, max(o.finished_at) as newest,
                      count(l.source_id) as in_quickbooks
                    from ledger.open_records o left join ledger.links l
                      on l.realm = o.realm and l.source_type = o.source_type and l.source_id = o.source_id
                    where {_IN_GROUP} and o.source_type = any(:types)"""  # noqa: S608 - constants of this module
    sizes = fetch(
        connection, GroupSize, statement, realm=realm, types=source_types, **msgspec.structs.asdict(group)
    )
    return sizes[0]


def others_in(connection: sa.Connection, realm: str, group: Group, source_types: list[str]) -> dict[str, int]:
    """How many records of the group are of other source types than these, by source type."""
    statement = f"""select o.source_type, count(*) as rows from ledger.open_records o
                    where {_IN_GROUP} and o.source_type <> all(:types) group by 1 order by 1"""  # noqa: S608
    rows = execute(connection, statement, realm=realm, types=source_types, **msgspec.structs.asdict(group))
    return {row.source_type: row.rows for row in rows}


def day_ranges(
    connection: sa.Connection, realm: str, group: Group, first_day: dt.date, last_day: dt.date
) -> list[DayRange]:
    """The days between these two (both included) of the group's records, by record type, days without a gap together, oldest first."""
    statement = f"""select record_type, min(day) as first_day, max(day) as last_day, sum(rows)::int as rows from (
                      select record_type, day, rows, day - (row_number() over (partition by record_type order by day))::int as island
                      from (select o.record_type, o.day, count(*) as rows from ledger.open_records o
                            where {_IN_GROUP} and o.day between :first_day and :last_day group by 1, 2) days) islands
                    group by record_type, island order by record_type, first_day"""  # noqa: S608 - constants of this module
    values = {"first_day": first_day, "last_day": last_day, **msgspec.structs.asdict(group)}
    return fetch(connection, DayRange, statement, realm=realm, **values)


def exclude(
    connection: sa.Connection,
    realm: str,
    group: Group,
    source_types: list[str],
    *,
    until: dt.datetime,
    batch: str,
    who: str,
    why: str,
    at: dt.datetime,
) -> int:
    """Exclude the group's records of these source types whose result is not newer than ``until``; returns how many."""
    values = {
        "realm": realm, "types": source_types, "until": until, "batch": batch, "who": who, "why": why, "at": at,
        **msgspec.structs.asdict(group),
    }  # fmt: skip
    statement = f"""insert into ledger.decisions (realm, source_type, source_id, kind, why, who, decided_at, question, batch, batch_rows)
                    select o.realm, o.source_type, o.source_id, 'exclude', :why, :who, :at,
                      (select row_to_json(q) from ledger.questions q
                       where q.realm = o.realm and q.source_type = o.source_type and q.source_id = o.source_id),
                      :batch,
                      case when row_number() over (order by abs(o.amount) desc, o.source_type, o.source_id) = 1
                           then count(*) over () end
                    from ledger.open_records o
                    where {_IN_GROUP} and o.source_type = any(:types) and o.finished_at <= :until"""  # noqa: S608
    excluded = execute(connection, statement, **values).rowcount
    statement = """update ledger.open_records o set decided = 'exclude', decided_by = :who, decided_at = :at
                   from ledger.decisions d where d.batch = :batch
                     and o.realm = d.realm and o.source_type = d.source_type and o.source_id = d.source_id"""
    execute(connection, statement, batch=batch, who=who, at=at)
    statement = """delete from ledger.questions q using ledger.decisions d where d.batch = :batch
                     and q.realm = d.realm and q.source_type = d.source_type and q.source_id = d.source_id"""
    execute(connection, statement, batch=batch)
    return excluded


# Records of a batch whose exclusion by it still stands: nothing else was decided about whether they are left out.
_STANDING = """from ledger.decisions d where d.realm = :realm and d.batch = :batch and d.kind = 'exclude'
               and not exists (select from ledger.decisions w where w.withdraws = d.decision_id)
               and not exists (select from ledger.decisions l
                               where l.realm = d.realm and l.source_type = d.source_type and l.source_id = d.source_id
                                 and l.decision_id > d.decision_id and l.kind in ('exclude', 'include', 'undo'))"""


def standing_in(connection: sa.Connection, realm: str, batch: str) -> int:
    """How many records are still excluded by that batch."""
    return execute(connection, f"select count(*) {_STANDING}", realm=realm, batch=batch).scalar_one()


def include_again(
    connection: sa.Connection, realm: str, batch: str, *, own: str, who: str, why: str, at: dt.datetime
) -> int:
    """Include again what is still excluded by ``batch``, as the batch ``own``; what was asked is asked again. Returns how many."""
    statement = f"""insert into ledger.decisions (realm, source_type, source_id, kind, why, who, decided_at, batch, batch_rows)
                    select d.realm, d.source_type, d.source_id, 'include', :why, :who, :at, :own,
                      case when row_number() over (order by d.decision_id) = 1 then count(*) over () end {_STANDING}"""
    values = {"realm": realm, "batch": batch, "own": own, "who": who, "why": why, "at": at}
    included = execute(connection, statement, **values).rowcount
    statement = """insert into ledger.questions
                   select q.* from ledger.decisions i
                   join ledger.decisions d on d.batch = :batch and d.realm = i.realm and d.source_type = i.source_type
                     and d.source_id = i.source_id and d.question is not null
                   cross join lateral json_populate_record(null::ledger.questions, d.question) q
                   where i.batch = :own and not exists (
                     select from ledger.decisions l where l.realm = d.realm and l.source_type = d.source_type
                       and l.source_id = d.source_id and l.kind in ('confirm', 'relink', 'make_new') and l.decision_id > d.decision_id)
                   on conflict do nothing"""
    execute(connection, statement, batch=batch, own=own)
    statement = f"""{MARK_DECIDED} and (o.source_type, o.source_id) in
                      (select source_type, source_id from ledger.decisions where batch = :own)"""  # noqa: S608 - a constant of ours
    execute(connection, statement, realm=realm, own=own, since=_NO_DECISION)
    return included
