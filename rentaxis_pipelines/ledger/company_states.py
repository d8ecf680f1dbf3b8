"""How the companies of one database stand, all of them in one query: what is open, what is under way, what was used. Reads only.

Not here: the rule what is wrong, and the words (``reports.status``); how one company stands in full (``open_records``, ``run_list``).
"""

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.locks import lock_key
from rentaxis_pipelines.ledger.plans import PushedRun
from rentaxis_pipelines.ledger.sql import fetch


class CompanyState(msgspec.Struct, frozen=True, kw_only=True):
    """``open_records``: records that need attention and that nobody has decided about since, by record type; ``oldest_open_day``: of them.

    ``open_requests``: writes whose outcome is not recorded yet, the oldest written down at ``oldest_request_at``. ``pushing``: whether a
    run holds the company now. ``token``: the connection's, encrypted, as hexadecimal digits. ``last_run``: the newest that pushed, though
    it may have broken off; ``last_finished_run``: the newest whose plans all ended. ``reads_this_month``: metered reads, in UTC.
    ``moved_away``: the company was taken to another database, and nothing can be pushed from this one.
    """

    realm: str
    open_records: dict[str, int]
    oldest_open_day: dt.date | None
    open_requests: int
    oldest_request_at: dt.datetime | None
    pushing: bool
    token: str | None
    last_run: PushedRun | None
    last_finished_run: PushedRun | None
    reads_this_month: int
    moved_away: bool


# The newest run that pushed. Its plans are found by its id: a run may make them minutes apart.
_RUN = """(select row_to_json(found) from (
             select of_run.run_id, min(of_run.first_day) as first_day, max(of_run.last_day) as last_day,
                    min(of_run.created_at) as started_at,
                    case when bool_and(of_run.finished_at is not null) then max(of_run.finished_at) end as finished_at
             from ledger.plans of_run
             where of_run.realm = asked.realm and of_run.run_id = (
               select newest.run_id from ledger.plans newest
               where newest.realm = asked.realm and not newest.dry_run and {finished}
               order by newest.created_at desc limit 1)
             group by of_run.run_id) found)"""
_FINISHED = """not exists (select from ledger.plans unfinished
                           where unfinished.run_id = newest.run_id and unfinished.finished_at is null)"""

# Postgres shows a lock's 64 bits as two columns (its manual, pg_locks).
_STATES = f"""
  select asked.realm,
         coalesce((select json_object_agg(kept.record_type, kept.rows) from (
                     select record_type, sum(rows) as rows from ledger.open_sums
                     where realm = asked.realm and not done group by record_type) kept), '{{}}') as open_records,
         (select min(day) from ledger.open_records where realm = asked.realm and decided is null) as oldest_open_day,
         sent.open_requests, sent.oldest_request_at,
         exists (select from pg_locks l
                 where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
                   and l.database = (select oid from pg_database where datname = current_database())
                   and (l.classid::bigint << 32 | l.objid::bigint) = asked.key) as pushing,
         (select encode(encrypted, 'hex') from ledger.oauth_tokens where realm = asked.realm) as token,
         {_RUN.format(finished="true")} as last_run,
         {_RUN.format(finished=_FINISHED)} as last_finished_run,
         coalesce((select reads from ledger.metered_reads where realm = asked.realm
                     and month = date_trunc('month', now() at time zone 'UTC')::date), 0) as reads_this_month,
         coalesce((select moved from ledger.moved_away where realm = asked.realm order by move_id desc limit 1), false) as moved_away
  from unnest(cast(:realms as text[]), cast(:keys as bigint[])) as asked (realm, key)
  cross join lateral (select count(*) as open_requests, min(written_at) as oldest_request_at from ledger.requests
                      where realm = asked.realm and state <> 'recorded') sent
"""  # noqa: S608 - constants of this module


def states_of(connection: sa.Connection, realms: Sequence[str]) -> dict[str, CompanyState]:
    """The state of each of these companies, by realm; one the ledger has never seen has nothing open."""
    chosen = sorted(set(realms))
    keys = [lock_key(realm) for realm in chosen]
    states = fetch(connection, CompanyState, _STATES, realms=chosen, keys=keys)
    return {state.realm: state for state in states}
