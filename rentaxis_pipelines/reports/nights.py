"""Good nights: the one rule for when a company's nightly sync did its work, from the ledger alone. Reads only.

A night is good when runs that nobody had to ask for (the nightly schedule, or catching up on a missed night) pushed every record type of
its day, and every row has its result: none was left because the run broke off, or because the guard held it back. A row that QuickBooks
refused has a result. Where a person has to approve the night's plan, the run that pushes the approved plan is the night's.

Not here: which nights are due (``sync.resync.missed``), who is told (``notices``).
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Final

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.model.reasons import NOT_TRIED
from rentaxis_pipelines.model.record_types import BASIC_TYPES
from rentaxis_pipelines.model.sql_values import sql_list

# Who asked, as every row of such a run says it.
NIGHTLY: Final = "nightly schedule"
MISSED: Final = "sensor: missed nights"
NIGHTS: Final = (NIGHTLY, MISSED)

_RECENT_DAYS: Final = 40  # looked at first: a company of many years has its last good night among them
_GOOD = f"""
  select wanted.realm, newest.day from unnest(cast(:realms as text[])) as wanted (realm)
  cross join lateral (
    select days.day::date as day from ledger.plans p
    cross join lateral generate_series(greatest(p.first_day, :since), p.last_day, interval '1 day') as days (day)
    where p.realm = wanted.realm and p.last_day >= :since and p.record_type in {sql_list(BASIC_TYPES)}
      and p.finished_at is not null and not p.dry_run and not p.one_record and p.undoes is null
      and (p.requested_by in {sql_list(NIGHTS)}
           or p.run_id in (select v.pushed_by_run from ledger.previews v
                           where v.realm = wanted.realm and v.pushed_by_run is not null and v.requested_by in {sql_list(NIGHTS)}))
      and not exists (select from ledger.run_sums s where s.run_id = p.run_id and s.rows > 0
                      and s.reason_code in {sql_list(NOT_TRIED)})
    group by days.day having count(distinct p.record_type) = {len(BASIC_TYPES)}
      and (cast(:run_id as text) is null or bool_or(p.run_id = :run_id))
    order by days.day desc limit 1) newest"""  # noqa: S608 - constants of this program


def last_good_night(connection: sa.Connection, realm: str) -> dt.date | None:
    """The day of the company's newest good night; None before the first."""
    return last_good_nights(connection, [realm]).get(realm)


def last_good_nights(connection: sa.Connection, realms: Collection[str]) -> Mapping[str, dt.date]:
    """The same of several companies of one database, by realm, in one question; those without a good night are absent."""
    now = execute(
        connection, "select to_regclass('ledger.run_sums') is not null as used, current_date as today"
    ).one()
    if not now.used:  # nothing has run on this database yet
        return {}
    good = _good_since(connection, realms, now.today - dt.timedelta(days=_RECENT_DAYS))
    older = [realm for realm in realms if realm not in good]
    return good | _good_since(connection, older, dt.date.min) if older else good


def good_night_of(connection: sa.Connection, realm: str, run_id: str) -> dt.date | None:
    """The newest day that this run made a good night, or helped to; None for a run that was no night's, or whose night is not good."""
    return _good_since(connection, [realm], dt.date.min, run_id).get(realm)


def _good_since(
    connection: sa.Connection, realms: Collection[str], since: dt.date, run_id: str | None = None
) -> dict[str, dt.date]:
    statement = sa.text(_GOOD).bindparams(sa.bindparam("since", since, type_=sa.Date()))
    rows = connection.execute(statement, {"realms": list(realms), "run_id": run_id})
    return {row.realm: row.day for row in rows}
