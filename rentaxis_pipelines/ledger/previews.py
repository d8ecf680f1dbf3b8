"""Stored plans of whole runs, and what became of them. Reads and writes of ``ledger.previews``; the caller commits.

Not here: their rows (``ledger.plans``), whether one may be approved (``sync.previews``).
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.paging import ROWS_A_PAGE, Page, offset_of, page_of
from rentaxis_pipelines.ledger.sql import execute, fetch, insert
from rentaxis_pipelines.model.plans import Plan, PlannedRow
from rentaxis_pipelines.model.previews import Preview

# All but the summary, which is long.
_COLUMNS: Final = """preview_id, realm, requested_by, request, why, created_at, state, superseded_by, approved_by, approved_at, only_rows,
                     without_rows, pushed_by_run, done_at"""


class Counts(msgspec.Struct, frozen=True):
    """What a plan comes to. Both days included; ``money``: of the ``to_send`` rows."""

    first_day: dt.date
    last_day: dt.date
    rows: int
    to_send: int
    money: Decimal


def are_kept(connection: sa.Connection) -> bool:
    """Whether the database has room for plans yet: one that nobody has used, or that is to be migrated first, has none."""
    return execute(connection, "select to_regclass('ledger.previews') is not null").scalar_one()


def save(connection: sa.Connection, preview: Preview) -> None:
    """Store it, or leave it as it is where it is stored already; older ones of the same request are superseded by it."""
    insert(connection, "previews", [preview], "on conflict (preview_id) do nothing")
    statement = """update ledger.previews p set state = 'superseded', superseded_by = n.preview_id
                   from ledger.previews n
                   where n.preview_id = :preview_id and p.realm = n.realm and p.preview_id <> n.preview_id and p.state = 'planned'
                     and p.created_at <= n.created_at
                     and (p.request::jsonb - 'requested_by') = (n.request::jsonb - 'requested_by')"""
    execute(connection, statement, preview_id=preview.preview_id)


def meant(connection: sa.Connection, realm: str, beginning: str) -> list[Preview]:
    """The realm's plans whose id begins so, newest first."""
    statement = """select * from ledger.previews where realm = :realm and left(preview_id, length(:beginning)) = :beginning
                   order by created_at desc"""
    return fetch(connection, Preview, statement, realm=realm, beginning=beginning)


def exactly(connection: sa.Connection, realm: str, preview_id: str, *, held: bool = False) -> Preview | None:
    """The realm's plan of that id. ``held``: nobody else takes it up until the caller commits."""
    if held:
        statement = "select from ledger.previews where preview_id = :preview_id for update"
        execute(connection, statement, preview_id=preview_id)
    statement = f"select {_COLUMNS} from ledger.previews where realm = :realm and preview_id = :preview_id"  # noqa: S608 - a constant of this module
    found = fetch(connection, Preview, statement, realm=realm, preview_id=preview_id)
    return found[0] if found else None


def waiting_first(
    connection: sa.Connection, realm: str, since: dt.datetime, number: int = 1, *, size: int = ROWS_A_PAGE
) -> Page[Preview]:
    """A page of the realm's plans: those that can still be approved, being made after ``since``, then the others; newest first."""
    statement = f"""select {_COLUMNS} from ledger.previews where realm = :realm
                    order by (state = 'planned' and created_at > :since) desc, created_at desc, preview_id
                    limit :limit offset :offset"""  # noqa: S608 - a constant of this module
    rows = fetch(
        connection,
        Preview,
        statement,
        realm=realm,
        since=since,
        limit=size + 1,
        offset=offset_of(number, size),
    )
    return page_of(rows, number, size=size)


def of_another_realm(connection: sa.Connection, realm: str, beginning: str) -> bool:
    """Whether another company has a plan whose id begins so."""
    statement = """select exists (select from ledger.previews
                   where realm <> :realm and left(preview_id, length(:beginning)) = :beginning)"""
    return execute(connection, statement, realm=realm, beginning=beginning).scalar_one()


def waiting(connection: sa.Connection, realm: str) -> list[Preview]:
    """Those nobody has approved yet, newest first."""
    statement = (
        "select * from ledger.previews where realm = :realm and state = 'planned' order by created_at desc"
    )
    return fetch(connection, Preview, statement, realm=realm)


def write_approval(
    connection: sa.Connection,
    preview_id: str,
    *,
    who: str,
    run_id: str,
    only: Sequence[str],
    without: Sequence[str],
    at: dt.datetime,
) -> None:
    """Record who approved what of it, and the run that will push it."""
    statement = """update ledger.previews set state = 'approved', approved_by = :who, approved_at = :at, pushed_by_run = :run_id,
                     only_rows = :only, without_rows = :without where preview_id = :preview_id"""
    execute(
        connection,
        statement,
        preview_id=preview_id,
        who=who,
        run_id=run_id,
        only=list(only),
        without=list(without),
        at=at,
    )


def taken_up_again(connection: sa.Connection, preview_id: str, run_id: str) -> None:
    """Record that another run goes on with it: the one before died."""
    statement = """update ledger.previews set interrupted_runs = array_append(interrupted_runs, pushed_by_run), pushed_by_run = :run_id
                   where preview_id = :preview_id"""
    execute(connection, statement, preview_id=preview_id, run_id=run_id)


def write_pushing(connection: sa.Connection, preview_id: str) -> None:
    """Record that its rows are about to be sent."""
    execute(
        connection,
        "update ledger.previews set state = 'pushing' where preview_id = :preview_id",
        preview_id=preview_id,
    )


def write_done(connection: sa.Connection, preview_id: str, at: dt.datetime) -> None:
    """Record that every row of it has its result."""
    statement = "update ledger.previews set state = 'done', done_at = :at where preview_id = :preview_id"
    execute(connection, statement, preview_id=preview_id, at=at)


def plans_of(connection: sa.Connection, realm: str, preview_id: str) -> list[Plan]:
    """The plans it consists of, in the order they were made."""
    statement = """select * from ledger.plans where realm = :realm and run_id = :preview_id and dry_run
                   order by created_at, plan_id"""
    return fetch(connection, Plan, statement, realm=realm, preview_id=preview_id)


def rows_of(connection: sa.Connection, realm: str, preview_id: str) -> list[PlannedRow]:
    """All its rows, plan by plan in the order they would be sent."""
    statement = """select r.* from ledger.planned_rows r join ledger.plans p using (plan_id)
                   where p.realm = :realm and p.run_id = :preview_id and p.dry_run
                   order by p.created_at, p.plan_id, r.position"""
    return fetch(connection, PlannedRow, statement, realm=realm, preview_id=preview_id)


def counts_of(connection: sa.Connection, realm: str, ids: Sequence[str] | None = None) -> dict[str, Counts]:
    """What each plan of the realm comes to, or each of these, by its id; one without rows has its days and zeros."""
    statement = """select p.run_id, min(p.first_day) as first_day, max(p.last_day) as last_day, coalesce(sum(r.rows), 0) as rows,
                     coalesce(sum(r.to_send), 0) as to_send, coalesce(sum(r.money), 0) as money
                   from ledger.previews v
                   join ledger.plans p on p.realm = v.realm and p.run_id = v.preview_id and p.dry_run
                   left join lateral (select count(*) as rows, count(*) filter (where status is null) as to_send,
                                        sum(amount) filter (where status is null) as money
                                      from ledger.planned_rows where plan_id = p.plan_id) r on true
                   where v.realm = :realm and (cast(:ids as text[]) is null or v.preview_id = any(:ids)) group by p.run_id"""
    rows = execute(connection, statement, realm=realm, ids=None if ids is None else list(ids))
    return {
        row.run_id: Counts(row.first_day, row.last_day, int(row.rows), int(row.to_send), row.money)
        for row in rows
    }


def summary_of(connection: sa.Connection, preview_id: str) -> str | None:
    """What the plan comes to, as JSON of ``reports.plan_summary``; None where it was not summed up yet."""
    statement = "select summary::text from ledger.previews where preview_id = :preview_id"
    return execute(connection, statement, preview_id=preview_id).scalar_one_or_none()


def write_summary(connection: sa.Connection, preview_id: str, summary: str) -> None:
    """Keep what the plan comes to."""
    statement = "update ledger.previews set summary = cast(:summary as json) where preview_id = :preview_id"
    execute(connection, statement, preview_id=preview_id, summary=summary)


def waiting_without_summary(connection: sa.Connection, realm: str, limit: int) -> list[Preview]:
    """The newest plans that nobody has approved yet and that were not summed up."""
    statement = """select * from ledger.previews where realm = :realm and state = 'planned' and summary is null
                   order by created_at desc limit :limit"""
    return fetch(connection, Preview, statement, realm=realm, limit=limit)


class PlanLaunch(msgspec.Struct, frozen=True, kw_only=True):
    """Who approved the plan at the desk, and the run that was started to push it."""

    preview_id: str
    run_id: str
    who: str
    at: dt.datetime


def launch_of(connection: sa.Connection, preview_id: str) -> PlanLaunch | None:
    """The newest run that was started to push the plan."""
    statement = "select * from ledger.plan_launches where preview_id = :preview_id"
    found = fetch(connection, PlanLaunch, statement, preview_id=preview_id)
    return found[0] if found else None


def write_launch(connection: sa.Connection, launch: PlanLaunch) -> None:
    """Note the run in place of one that was started before."""
    tail = "on conflict (preview_id) do update set run_id = excluded.run_id, who = excluded.who, at = excluded.at"
    insert(connection, "plan_launches", [launch], tail)


def short_summaries(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """The parts of the kept summaries that a list shows, as JSON by plan; a plan that was not summed up is absent."""
    statement = """select preview_id, json_build_object('first_day', summary -> 'first_day', 'last_day', summary -> 'last_day',
                     'record', summary -> 'record', 'cells', summary -> 'cells')::text as short
                   from ledger.previews where preview_id = any(:ids) and summary is not null"""
    return {row.preview_id: row.short for row in execute(connection, statement, ids=list(ids))}
