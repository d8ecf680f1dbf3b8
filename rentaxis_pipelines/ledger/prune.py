"""Removing what an old plan no longer needs: the bodies of its requests, and what its rows would have written.

What proof and undo need is never touched: plans and their rows with amounts and days, results (also those
kept together by day: a record's history is made of them), links, every version of what stood in QuickBooks
before and after each write, decisions, requests with id, time and attempts, QuickBooks' own transactions. Nor is anything of a plan that is
not over: a request without a recorded outcome, a plan that a run left unfinished, one that is being pushed, and rows that still need
attention. Commits after each portion, so that it can be stopped at any time and holds nobody up.
"""

import datetime as dt

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute

_PLANS_AT_ONCE = 50
_REQUESTS_AT_ONCE = 5_000

_OLD_REQUESTS = "q.realm = :realm and q.state = 'recorded' and q.written_at < :before and q.body <> ''"
_OLD_PLANS = """p.realm = :realm and p.finished_at < :before and p.pruned_at is null
  and not exists (select from ledger.requests q where q.plan_id = p.plan_id and q.state <> 'recorded')
  and not exists (select from ledger.previews v where v.preview_id = p.run_id and v.state in ('approved', 'pushing'))"""
# A row that needs attention keeps what says whose it is.
_ROWS = """r.plan_id = any(:plans) and (r.payload is not null or r.mapped is not null)
  and not exists (select from ledger.open_records o where o.plan_id = r.plan_id
                  and o.source_type = r.source_type and o.source_id = r.source_id)"""


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """Requests without their body now, rows without their details, and how many bytes that was."""

    requests: int = 0
    plans: int = 0
    rows: int = 0
    bytes: int = 0


def would_prune(connection: sa.Connection, realm: str, before: dt.datetime) -> Pruned:
    """What ``prune`` would remove. Reads only."""
    sent = execute(
        connection,
        f"select count(*) as number, coalesce(sum(octet_length(q.body)), 0) as bytes from ledger.requests q where {_OLD_REQUESTS}",  # noqa: S608 - constants of this module
        realm=realm,
        before=before,
    ).one()
    plans = _old_plans(connection, realm, before, limit=None)
    statement = f"""select count(*) as number, coalesce(sum(coalesce(octet_length(r.payload::text), 0) + coalesce(octet_length(r.mapped::text), 0)), 0)
                    as bytes from ledger.planned_rows r where {_ROWS}"""  # noqa: S608 - constants of this module
    rows = execute(connection, statement, plans=plans).one()
    return Pruned(
        requests=sent.number, plans=len(plans), rows=rows.number, bytes=int(sent.bytes) + int(rows.bytes)
    )


def prune(connection: sa.Connection, realm: str, before: dt.datetime, now: dt.datetime) -> Pruned:
    """Remove what is older; returns how much. Commits."""
    removed = would_prune(connection, realm, before)
    while _remove_bodies(connection, realm, before):
        connection.commit()
    while plans := _old_plans(connection, realm, before, limit=_PLANS_AT_ONCE):
        execute(
            connection,
            f"update ledger.planned_rows r set payload = null, mapped = null where {_ROWS}",  # noqa: S608 - constants of this module
            plans=plans,
        )
        execute(
            connection,
            "update ledger.plans set pruned_at = :now where plan_id = any(:plans)",
            now=now,
            plans=plans,
        )
        connection.commit()
    return removed


def _remove_bodies(connection: sa.Connection, realm: str, before: dt.datetime) -> int:
    statement = f"""update ledger.requests set body = '' where request_id in (
                      select q.request_id from ledger.requests q where {_OLD_REQUESTS} limit :limit)"""  # noqa: S608 - constants of this module
    return execute(connection, statement, realm=realm, before=before, limit=_REQUESTS_AT_ONCE).rowcount


def _old_plans(connection: sa.Connection, realm: str, before: dt.datetime, *, limit: int | None) -> list[str]:
    statement = f"select p.plan_id from ledger.plans p where {_OLD_PLANS} order by p.created_at limit :limit"  # noqa: S608 - constants of this module
    return list(execute(connection, statement, realm=realm, before=before, limit=limit).scalars())


def pruned_at(connection: sa.Connection, realm: str, run_id: str) -> dt.datetime | None:
    """When the details of the run's rows were removed; None while they are there."""
    statement = "select min(pruned_at) from ledger.plans where realm = :realm and run_id = :run_id"
    return execute(connection, statement, realm=realm, run_id=run_id).scalar_one()
