"""Records that stand as they are to stand: how they are marked after a plan, and how the next plan settles them without reading them.

A mark says what a record was decided from: the fingerprint of its row in RentAxis, the settings it was mapped under, and how everything in
QuickBooks stood that its content names. While all of that is what it was, nothing about the record can have changed; where anything is not, it
goes the long way, which is always right. Both sides are SQL over whole sets, and compare what stands by one expression (``_STANDS``).
Not here: the rows that RentAxis returned (``read_rows``), what the settings cover (``sync.planning.settings_used``), what a record's content names
(``sync.planning.uses``).
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa

from rentaxis_pipelines.ledger import read_rows
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.payload import VOID_HASH
from rentaxis_pipelines.model.reasons import ALREADY_VOID, NOT_CHANGED, REASONS, ReasonCode
from rentaxis_pipelines.model.record_types import PARTY_ENTITIES, PLACE_ENTITIES, whole_of
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.model.results import WRITTEN
from rentaxis_pipelines.model.sql_values import sql_list

_PARTS = {name: whole_of(name) for kind in REGISTRY if kind.part_of for name in kind.source_types}
_WHEN = " ".join(f"when '{part}' then '{whole}'" for part, whole in _PARTS.items())
_WHOLE = f"case {{0}} {_WHEN} else {{0}} end"
# The source types of a record and its parts, by that of any of them.
_RELATED = f"case when {{0}} in {sql_list([*_PARTS, *_PARTS.values()])} then array{[*_PARTS, *set(_PARTS.values())]} else array[{{0}}] end"
_SAID = f"case when l.content_hash = '{VOID_HASH}' then '{ALREADY_VOID}' else '{NOT_CHANGED}' end"
_LISTED = sql_list(
    [*PARTY_ENTITIES, *PLACE_ENTITIES]
)  # in QuickBooks' lists, which every run brings up to date

# The work is done in steps, each into a table of the session that is counted before the next one reads it: sets of any size.
#
# First ``asked``: the records in question, with what they use. Then ``used``: each thing used, once; and ``states``: how it stands, links and what people decided; of what
# is in QuickBooks' lists the newest version counts, whoever made it, and a balance makes none. ``under_way``: rows of the run ``:run_id`` that are
# neither unchanged nor written whole, and what needs attention.
_USED: Final = """select each.use, split_part(each.use, '/', 1) as source_type, substr(each.use, strpos(each.use, '/') + 1) as source_id
  from (select distinct unnest(uses) as use from pg_temp.asked) each"""

_STATES: Final = f"""with under_way as materialized (
    select p.source_type || '/' || p.source_id as use
    from ledger.planned_rows p
    left join ledger.single_results r on r.run_id = :run_id and r.source_type = p.source_type and r.source_id = p.source_id
    where p.plan_id = any(:plans)
      and not (coalesce(r.status, p.status, '') = 'skipped' and coalesce(r.reason_code, p.reason_code, '') = '{ReasonCode.UNCHANGED}')
      and not (coalesce(r.status, '') in {sql_list(WRITTEN)} and r.reason_code is null)
    union all select source_type || '/' || source_id from ledger.open_records where realm = :realm
    union all select source_type || '/' || source_id from ledger.questions where realm = :realm
  )
  select u.use, u.source_type, u.source_id, l.state as link_state, d.newest is not null as decided,
      u.use in (select use from under_way) as under_way,
      l.quickbooks_type in {_LISTED} and o.active is null as unlisted, o.active is false as off,
      hashtextextended(said.all_of_it, 0) as state, hashtextextended(said.all_of_it, 1) as state_again
    from pg_temp.used u
    left join ledger.links l on l.realm = :realm and l.source_type = u.source_type and l.source_id = u.source_id
    left join ledger.snapshot_objects o on o.realm = :realm and o.entity = l.quickbooks_type and o.quickbooks_id = l.quickbooks_id
      and l.quickbooks_type in {_LISTED}
    left join (select source_type, source_id, max(decision_id) as newest from ledger.decisions where realm = :realm group by 1, 2) d
      on d.source_type = u.source_type and d.source_id = u.source_id
    -- Each value is quoted or cannot hold the separator, so that two states are never the same text.
    cross join lateral (select concat_ws(chr(31), u.use, quote_nullable(l.quickbooks_type), quote_nullable(l.quickbooks_id), quote_nullable(l.sync_token),
          quote_nullable(l.content_hash), quote_nullable(l.owned::text), quote_nullable(l.origin), quote_nullable(l.state), quote_nullable(l.quickbooks_number),
          quote_nullable(l.total), quote_nullable(l.redated_from), coalesce(l.mapped::text, ''),
          quote_nullable(greatest(lpad(l.sync_token, 20, '0'), lpad(o.object ->> 'SyncToken', 20, '0'))), quote_nullable(d.newest)) as all_of_it offset 0) said"""  # noqa: S608 - constants

# Then ``stood``: how all that a record uses stands. ``stands`` is alike only where all of it is as it was. ``free``: nothing of it is under way, and
# nobody decided about the record itself; ``live``: all of it stands in QuickBooks; ``listed``: and can be used there, as far as the lists say;
# ``not_off``: or they do not know it yet.
_STOOD: Final = f"""select asked.source_type, asked.source_id,
      bool_and(not s.under_way and not (s.decided and s.source_id = asked.source_id and s.source_type = asked.source_type)) as free,
      bool_and(s.link_state is not distinct from 'live'
               or s.source_id = asked.source_id and {_WHOLE.format("s.source_type")} = asked.source_type) as live,
      bool_and(s.unlisted is not true and not s.off) as listed, bool_and(not s.off) as not_off,
      concat_ws(' ', count(*), bit_xor(s.state), bit_xor(s.state_again)) as stands
    from pg_temp.asked cross join lateral unnest(asked.uses) as each (use) join pg_temp.states s on s.use = each.use
    group by asked.source_type, asked.source_id"""  # noqa: S608 - constants

_FORGET: Final = f"""with keys as (
    select distinct k.source_type, p.source_id
    from ledger.planned_rows p cross join lateral unnest({_RELATED.format("p.source_type")}) as k (source_type)
    where p.plan_id = :plan_id
  )
  delete from ledger.settled_records m using keys k, ledger.plans l
  where l.plan_id = :plan_id and m.realm = l.realm and m.source_type = k.source_type and m.source_id = k.source_id"""  # noqa: S608 - constants

# A row leaves its record whole where it found it unchanged, or where all it planned is written and nothing was remarked.
_FIT: Final = f"""p.uses <> '{{}}' and p.release is null and p.redated_from is null
    and l.quickbooks_id = r.quickbooks_id and l.quickbooks_number is not distinct from p.quickbooks_number
    and l.state in ('live', 'void') and not (l.origin = 'created' and l.owned = '{{}}')
    and (r.status = 'skipped' and r.reason_code = '{ReasonCode.UNCHANGED}' and r.action = 'none' and not r.forced
         and r.reason = r.source_label || {_SAID} and r.how_to_fix = '{REASONS[ReasonCode.UNCHANGED].remedy}'
         or r.status in {sql_list(WRITTEN)} and r.reason_code is null and l.content_hash = p.content_hash and l.redated_from is null
            and (l.state = 'void' or l.total is null or l.total = p.amount) and (l.state = 'live' or p.source_type = {_WHOLE.format("p.source_type")}))"""

_TO_MARK: Final = f"""select w.whole as source_type, w.source_id, w.uses, read.fingerprint, null::text as stands
  from (
    select {_WHOLE.format("p.source_type")} as whole, p.source_id, bool_and(coalesce({_FIT}, false)) as fit,
      max(p.uses) filter (where p.source_type = {_WHOLE.format("p.source_type")}) as uses,
      max(p.day) filter (where p.source_type = {_WHOLE.format("p.source_type")}) as day,
      max(p.amount) filter (where p.source_type = {_WHOLE.format("p.source_type")}) as amount
    from ledger.planned_rows p
    left join ledger.single_results r on r.run_id = :run_id and r.source_type = p.source_type and r.source_id = p.source_id
    left join ledger.links l on l.realm = :realm and l.source_type = p.source_type and l.source_id = p.source_id
    where p.plan_id = :plan_id
    group by 1, 2
  ) w
  join pg_temp.read_rows read on read.source_type = w.whole and read.source_id = w.source_id and read.day = w.day and read.amount = w.amount
  where w.fit and w.uses is not null and read.fingerprint is not null"""  # noqa: S608 - constants

_MARK: Final = f"""insert into ledger.settled_records
  select :realm, p.source_type, p.source_id, p.record_type, asked.fingerprint, :settings, asked.uses, stood.stands, p.day, p.source_label, p.amount,
    p.currency
  from pg_temp.stood
  join pg_temp.asked on asked.source_type = stood.source_type and asked.source_id = stood.source_id
  join ledger.planned_rows p on p.plan_id = :plan_id and p.source_id = stood.source_id and {_WHOLE.format("p.source_type")} = stood.source_type
  where stood.free and stood.live and stood.not_off"""  # noqa: S608 - constants

# What is read and not settled comes first, by itself: how few of its rows fit to a mark by four columns, Postgres guesses far too low.
_TO_SETTLE: Final = """with read as materialized (
    select read.source_type, read.source_id, read.fingerprint, read.day, read.amount
    from pg_temp.read_rows read
    left join pg_temp.settled_rows done on done.source_type = read.source_type and done.source_id = read.source_id
    where read.source_type = :source_type and read.day >= :first and read.day < :after and done.source_id is null
  ), pushed as materialized (
    select source_id from ledger.single_results where run_id = :run_id and source_type = :source_type
  )
  select m.source_type, m.source_id, m.uses, m.fingerprint, m.stands
  from read
  join ledger.settled_records m on m.realm = :realm and m.source_type = read.source_type and m.source_id = read.source_id
  where m.fingerprint = read.fingerprint and m.settings = :settings and m.day = read.day and m.amount = read.amount
    and not exists (select from pushed where pushed.source_id = read.source_id)"""

_STILL: Final = """select stood.source_type, stood.source_id
  from pg_temp.stood join pg_temp.asked on asked.source_type = stood.source_type and asked.source_id = stood.source_id
  where stood.free and stood.listed and stood.stands = asked.stands"""

_SETTLE: Final = f"""with out_of_the_way as (
    insert into pg_temp.settled_rows select source_type, source_id from pg_temp.still
  ), said as (
    select m.day, m.record_type, m.source_type, l.quickbooks_type, {_SAID} as said, m.currency, m.source_id, m.label, m.amount,
      l.quickbooks_id, l.quickbooks_number
    from pg_temp.still
    join ledger.settled_records m on m.realm = :realm and m.source_type = any(:types) and m.source_id = still.source_id
    join ledger.links l on l.realm = :realm and l.source_type = m.source_type and l.source_id = m.source_id
    order by m.day, length(m.source_id), m.source_id
  )
  insert into ledger.unchanged_results
  select l.realm, l.plan_id, l.run_id, s.day, s.record_type, s.source_type, s.quickbooks_type, '', s.said, s.currency, l.requested_by, :at,
    count(*), sum(s.amount), array_agg(s.source_id), array_agg(s.label), array_agg(s.amount), array_agg(s.quickbooks_id),
    array_agg(s.quickbooks_number)
  from said s cross join ledger.plans l
  where l.plan_id = :plan_id
  group by l.plan_id, s.day, s.record_type, s.source_type, s.quickbooks_type, s.said, s.currency"""  # noqa: S608 - constants


def keep_settled(connection: sa.Connection, plan_id: str) -> None:
    """Mark the plan's records that stand as they are to stand, and forget the marks of its others. The caller commits.

    For a plan that has all its results. Only records whose rows were read for it in this session can be marked (``read_rows.note_plan``).
    """
    execute(connection, _FORGET, plan_id=plan_id)
    noted = read_rows.plan_noted(connection, plan_id)
    if noted is None:
        return
    run = {"realm": noted.realm, "run_id": noted.run_id}
    _give_room(connection)
    _put_in(connection, "asked", _TO_MARK, plan_id=plan_id, **run)
    _look_at_what_is_used(connection, run)
    execute(connection, _MARK, plan_id=plan_id, realm=noted.realm, settings=noted.settings)


def settle(
    connection: sa.Connection, plan_id: str, source_type: str, days: DateRange, at: dt.datetime
) -> None:
    """Keep the result of every record of these days that stands as it was marked under the plan's settings, and take it out of the way.

    The caller commits. The plan is noted (``read_rows.note_plan``).
    """
    noted = read_rows.plan_noted(connection, plan_id)
    if noted is None or not _has_marks(connection, noted.realm, source_type, noted.settings):
        return
    run = {"realm": noted.realm, "run_id": noted.run_id}
    chosen = {"source_type": source_type, "first": days.first_day, "after": days.end}
    _give_room(connection)
    _put_in(connection, "asked", _TO_SETTLE, settings=noted.settings, **run, **chosen)
    _look_at_what_is_used(connection, run)
    _put_in(connection, "still", _STILL)
    types = [source_type, *(part for part, whole in _PARTS.items() if whole == source_type)]
    execute(connection, _SETTLE, plan_id=plan_id, realm=noted.realm, types=types, at=at)
    execute(connection, "analyze pg_temp.settled_rows")


def _give_room(connection: sa.Connection) -> None:
    """Sets of a hundred thousand rows are joined and sorted in memory, until the transaction ends."""
    execute(connection, "set local work_mem = '64MB'")


def _look_at_what_is_used(connection: sa.Connection, run: Mapping[str, str]) -> None:
    """Of the records in ``asked``: how all that they use stands, in ``stood``."""
    _put_in(connection, "used", _USED)
    plans = execute(
        connection, "select plan_id from ledger.plans where realm = :realm and run_id = :run_id", **run
    )
    _put_in(connection, "states", _STATES, plans=list(plans.scalars()), **run)
    _put_in(connection, "stood", _STOOD)


def _put_in(connection: sa.Connection, table: str, rows: str, **values: object) -> None:
    """The rows as a table of the session, until the transaction ends. Both texts are constants of this module."""
    execute(connection, f"drop table if exists pg_temp.{table}")
    execute(connection, f"create temp table {table} on commit drop as {rows}", **values)
    execute(connection, f"analyze pg_temp.{table}")


def _has_marks(connection: sa.Connection, realm: str, source_type: str, settings: str) -> bool:
    """Whether any record of that type was marked under these settings."""
    statement = """select exists (select from ledger.settled_records
                                  where realm = :realm and source_type = :source_type and settings = :settings)"""
    return execute(
        connection, statement, realm=realm, source_type=source_type, settings=settings
    ).scalar_one()
