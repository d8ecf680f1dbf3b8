"""The rows that are open now, asked about all at once: how many, since when, which of them are to be looked at closely. Read-only.

However many have failed, only those that may be worth trying are ever read into memory, ``ROWS`` at a time; of the others the database is
given their ids alone, as one text. Here: rows whose latest result failed or waits, even in part. Not here: which of them may be worth
trying (``sync.resync.retry_rules``), and what else is asked about results (``open_rows``).
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.open_rows import MAY_BE_OPEN, Attempt
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.ledger.streamed import stream
from rentaxis_pipelines.model.reasons import IN_PART, ReasonCode
from rentaxis_pipelines.model.record_types import PAYING_TYPES, sql_whole_id, whole_of
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.model.sql_values import sql_list

ROWS = 20_000  # at a time

# What comes with the records that need it, and is no record of a day.
_COMES_ALONG = sql_list(
    name for entry in REGISTRY if not entry.sources and entry.part_of is None for name in entry.source_types
)
_WHOLE = ", ".join(
    f"('{name}', '{whole_of(name)}')"
    for entry in REGISTRY
    for name in entry.source_types
    if whole_of(name) != name
)
# What is open is never settled without being planned, so only results of their own are looked at. What failed or waits is kept with the
# records that need attention; money that is not applied yet needs nobody, and only payments are applied.
_OPENED = f"""
  select o.source_type, o.source_id, o.day, p.record_type as pushed_as, o.run_id, o.status, o.reason_code, f.read_at,
         p.created_at as planned_at, p.settings, coalesce(w.whole, o.source_type) as whole,
         {sql_whole_id("o.source_type", "o.source_id")} as whole_id
  from (
    select source_type, source_id, plan_id, run_id, day, case need when 'failed' then 'failed' else 'skipped' end as status, reason_code
    from ledger.open_records where realm = :realm and need in ('failed', 'waiting')
    union all
    select r.source_type, r.source_id, r.plan_id, r.run_id, r.day, r.status, r.reason_code
    from ledger.single_results r join ledger.plans q on q.plan_id = r.plan_id and not q.dry_run
    where r.realm = :realm and r.source_type in {sql_list(PAYING_TYPES)} and {MAY_BE_OPEN} and r.status <> 'failed' and r.reason_code in {sql_list(IN_PART)}
      and not exists (
        select from ledger.single_results n join ledger.plans q on q.plan_id = n.plan_id and not q.dry_run
        where n.realm = r.realm and n.source_type = r.source_type and n.source_id = r.source_id and n.finished_at > r.finished_at)) o
  join ledger.plans p on p.plan_id = o.plan_id
  join (select run_id, min(created_at) as read_at from ledger.plans where realm = :realm and not dry_run group by run_id) f
    on f.run_id = o.run_id
  left join (values {_WHOLE}) as w (part, whole) on w.part = o.source_type
  where o.source_type not in {_COMES_ALONG}"""  # noqa: S608 - constants of this program

_DECIDED = "(select * from unnest(cast(:types as text[]), cast(:ids as text[])))"
_CLOSELY = f"""(o.reason_code = any(:reasons) or (o.source_type in {sql_list(PAYING_TYPES)} and o.reason_code = any(:of_payments))
   or (o.reason_code = any(:in_settings) and o.settings not in ('', :settings)) or o.whole = any(:decided_wholes)
   or (o.source_type, o.source_id) in {_DECIDED} or (o.whole, o.whole_id) in {_DECIDED})"""


class Opened(msgspec.Struct, frozen=True):
    """All open rows in one: how many there are, when the oldest was read, and the runs that did not get to some of them."""

    rows: int
    oldest: dt.datetime | None
    unreached: list[str]


class Closely(msgspec.Struct, frozen=True):
    """Which rows may be released by something else than a change in RentAxis: for these reasons, for these where it is a payment, for these
    under other settings, those of decided keys, and all of ``decided_wholes`` (source types).
    """

    reasons: Collection[str]
    of_payments: Collection[str]
    in_settings: Collection[str]
    settings: str
    decided: Collection[Key]
    decided_wholes: Collection[str] = ()


def opened(connection: sa.Connection, realm: str) -> Opened:
    """How much is open. Vendors, classes and locations are left out: they are pushed along with the records that need them."""
    statement = f"""select count(*) as rows, min(o.read_at) as oldest,
                      coalesce(array_agg(distinct o.run_id) filter (where o.reason_code = '{ReasonCode.NOT_REACHED}'), '{{}}') as unreached
                    from ({_OPENED}) o"""  # noqa: S608 - constants of this module
    return Opened(*execute(connection, statement, realm=realm).one())


def still_open(connection: sa.Connection, realm: str, keys: Collection[Key]) -> set[Key]:
    """Which of these rows are open."""
    statement = f"select o.source_type, o.source_id from ({_OPENED}) o where (o.source_type, o.source_id) in {_DECIDED}"  # noqa: S608 - constants
    rows = execute(connection, statement, realm=realm, **_keys(keys)) if keys else ()
    return {(row.source_type, row.source_id) for row in rows}


def ids_of_others(connection: sa.Connection, realm: str, closely: Closely) -> dict[str, str]:
    """The records of the rows that need no close look, by source type: their ids as Postgres writes an array, however many."""
    statement = f"""select o.whole, array_agg(distinct o.whole_id)::text as ids from ({_OPENED}) o
                    where not coalesce({_CLOSELY}, false) group by o.whole order by o.whole"""  # noqa: S608 - constants of this module
    return {row.whole: row.ids for row in execute(connection, statement, realm=realm, **_closely(closely))}


def rows_to_look_at(
    connection: sa.Connection, realm: str, closely: Closely, changed: Collection[Key]
) -> Iterator[list[Attempt]]:
    """The rows to be looked at closely, and those whose record is among the ``changed``: oldest day first, ``ROWS`` at a time. Between two
    lists nothing may be committed on the connection.
    """
    statement = f"""select o.source_type, o.source_id, o.day, o.pushed_as, o.run_id, o.status, o.reason_code, o.read_at, o.planned_at, o.settings
                    from ({_OPENED}) o
                    where coalesce({_CLOSELY}, false)
                      or (o.whole, o.whole_id) in (select * from unnest(cast(:changed_types as text[]), cast(:changed_ids as text[])))
                    order by o.day, o.source_type, o.source_id"""  # noqa: S608 - constants of this module
    keys = _keys(changed)
    values = {**_closely(closely), "changed_types": keys["types"], "changed_ids": keys["ids"]}
    batch: list[Attempt] = []
    for some in stream(connection, Attempt, statement, realm=realm, **values):
        batch += some
        if len(batch) >= ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _closely(closely: Closely) -> Mapping[str, Any]:
    return {
        "reasons": list(closely.reasons),
        "of_payments": list(closely.of_payments),
        "in_settings": list(closely.in_settings),
        "settings": closely.settings,
        "decided_wholes": list(closely.decided_wholes),
        **_keys(closely.decided),
    }


def _keys(keys: Collection[Key]) -> Mapping[str, Sequence[str]]:
    listed = list(keys)
    return {
        "types": [source_type for source_type, _ in listed],
        "ids": [source_id for _, source_id in listed],
    }
