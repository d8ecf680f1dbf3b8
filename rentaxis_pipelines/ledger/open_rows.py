"""The latest results of records, and what may have unblocked them since. Read-only, each query over all rows at once.

Here: a record's latest result, which days were pushed, latest decisions, links created. Not here: all rows that failed or wait
(``open_attempts``); whether a row is worth retrying (``sync.resync.retry_rules``); automatic retries (``tries``).
"""

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.sql import execute, fetch
from rentaxis_pipelines.ledger.unchanged_results import newest_of_each
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.reasons import OPEN
from rentaxis_pipelines.model.sql_values import sql_list

# As in the index row_results_open. A preview says nothing of what stands in QuickBooks.
MAY_BE_OPEN = f"(r.status = 'failed' or r.reason_code in {sql_list(OPEN)})"


class Attempt(msgspec.Struct, frozen=True):
    """The latest result of one record, with the times that show what its run can have known.

    ``read_at``: when the run's first plan was made; its records had been read by then. ``planned_at``: when this record's own
    plan was made. ``pushed_as``: the record type whose plan held the row (a customer may come along with ``invoices``).
    ``settings``: the fingerprint of what mapping decided by, empty where it was not noted.
    """

    source_type: str
    source_id: str
    day: dt.date
    pushed_as: str
    run_id: str
    status: str
    reason_code: str | None
    read_at: dt.datetime
    planned_at: dt.datetime
    settings: str = ""

    @property
    def key(self) -> Key:
        return self.source_type, self.source_id

    @property
    def is_open(self) -> bool:
        """Whether the record failed, or it or a part of it waits."""
        return self.status == "failed" or self.reason_code in OPEN


class NewestDecision(msgspec.Struct, frozen=True):
    """The newest decision about one record."""

    source_type: str
    source_id: str
    decision_id: int
    decided_at: dt.datetime


_COLUMNS = """r.source_type, r.source_id, r.day, p.record_type as pushed_as, r.run_id, r.status, r.reason_code,
              f.read_at, p.created_at as planned_at, p.settings"""


def newest_attempts(connection: sa.Connection, realm: str, keys: Iterable[Key]) -> dict[Key, Attempt]:
    """The latest result of these records; those without any are absent."""
    wanted = list(keys)
    statement = f"""select newest.* from unnest(cast(:types as text[]), cast(:ids as text[])) as w (source_type, source_id)
                    cross join lateral (
                      select {_COLUMNS} from ({newest_of_each("not p.dry_run")}) r
                      join ledger.plans p on p.plan_id = r.plan_id
                      cross join lateral (select min(created_at) as read_at from ledger.plans where run_id = r.run_id and not dry_run) f
                    ) newest"""  # noqa: S608 - constants of this module
    attempts = fetch(
        connection,
        Attempt,
        statement,
        realm=realm,
        types=[source_type for source_type, _ in wanted],
        ids=[source_type for _, source_type in wanted],
    )
    return {attempt.key: attempt for attempt in attempts}


def pushed_days(
    connection: sa.Connection,
    realm: str,
    days: DateRange,
    *,
    over_in: ZoneInfo | None = None,
) -> dict[dt.date, set[str]]:
    """Which record types were fully pushed on each of these days: chosen, not in a preview, not by undoing a run, and finished.

    ``over_in``: only by runs that started after the day ended in that time zone, like a nightly run.
    """
    rows = connection.execute(
        sa.text(
            """select distinct p.record_type, days.day::date as day
               from (select record_type, first_day, last_day, max(created_at) as planned_at from ledger.plans
                     where realm = :realm and finished_at is not null and not dry_run and not one_record and undoes is null
                       and first_day <= :last_day and last_day >= :first_day
                     group by record_type, first_day, last_day) p
               cross join lateral generate_series(
                 greatest(p.first_day, :first_day), least(p.last_day, :last_day), interval '1 day') as days (day)
               where cast(:zone as text) is null or p.planned_at >= (days.day::date + 1)::timestamp at time zone :zone"""
        ).bindparams(sa.bindparam("first_day", type_=sa.Date()), sa.bindparam("last_day", type_=sa.Date())),
        {
            "realm": realm,
            "first_day": days.first_day,
            "last_day": days.last_day,
            "zone": None if over_in is None else over_in.key,
        },
    )
    types_by_day: dict[dt.date, set[str]] = {}
    for row in rows:
        types_by_day.setdefault(row.day, set()).add(row.record_type)
    return types_by_day


def first_day_asked_by(connection: sa.Connection, realm: str, requested_by: str) -> dt.date | None:
    """The first day that this requester planned a push for."""
    statement = """select min(last_day) from ledger.plans
                   where realm = :realm and requested_by = :requested_by and not dry_run"""
    return execute(connection, statement, realm=realm, requested_by=requested_by).scalar_one()


def decisions_since(connection: sa.Connection, realm: str, since: dt.datetime) -> dict[Key, NewestDecision]:
    """The latest decision about each record with a decision after ``since``."""
    statement = """select source_type, source_id, max(decision_id) as decision_id, max(decided_at) as decided_at
                   from ledger.decisions where realm = :realm and decided_at > :since group by source_type, source_id"""
    decisions = fetch(connection, NewestDecision, statement, realm=realm, since=since)
    return {(decision.source_type, decision.source_id): decision for decision in decisions}


def applied_to(connection: sa.Connection, realm: str, payments: Iterable[Key]) -> dict[Key, set[Key]]:
    """Our invoices and refunds that each of these payments and applications of credits is applied to, as last pushed."""
    wanted = list(payments)
    statement = """select p.source_type, p.source_id, i.source_type as paid_type, i.source_id as paid_id
                   from unnest(cast(:types as text[]), cast(:ids as text[])) as w (source_type, source_id)
                   join ledger.links p on p.realm = :realm and p.source_type = w.source_type and p.source_id = w.source_id
                   cross join lateral jsonb_path_query(p.mapped::jsonb, '$.Line[*].LinkedTxn[*].TxnId') as paid (id)
                   join ledger.links i on i.realm = p.realm and i.quickbooks_id = paid.id #>> '{}'
                     and (i.source_type, i.quickbooks_type) in (('invoice', 'Invoice'), ('refund', 'Purchase'))"""
    rows = execute(
        connection,
        statement,
        realm=realm,
        types=[source_type for source_type, _ in wanted],
        ids=[source_id for _, source_id in wanted],
    )
    paid_by_payment: dict[Key, set[Key]] = {}
    for row in rows:
        key = (row.source_type, row.source_id)
        paid_by_payment.setdefault(key, set()).add((row.paid_type, row.paid_id))
    return paid_by_payment


def live_links(connection: sa.Connection, realm: str, keys: Iterable[Key]) -> dict[Key, dt.datetime]:
    """When the links of these records were last written, for those that are live in QuickBooks."""
    wanted = list(keys)
    statement = """select l.source_type, l.source_id, l.updated_at
                   from unnest(cast(:types as text[]), cast(:ids as text[])) as w (source_type, source_id)
                   join ledger.links l on l.realm = :realm and l.source_type = w.source_type and l.source_id = w.source_id
                   where l.state = 'live'"""
    rows = execute(
        connection,
        statement,
        realm=realm,
        types=[source_type for source_type, _ in wanted],
        ids=[source_id for _, source_id in wanted],
    )
    return {(row.source_type, row.source_id): row.updated_at for row in rows}
