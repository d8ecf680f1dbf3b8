"""The list of a company's runs, newest first, a page at a time: who asked, when, for which days and with which options. Reads only.

Not here: counts and money (``run_sums``), runs that never planned anything (only Dagster knows those), one run's rows (``run_rows_page``).
"""

import datetime as dt

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute, fetch


class ListedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that planned something. Both days included; ``started_at``: when its first plan was made.

    ``finished_at``: when its last plan ended, None while one has not. ``plan_id``: the stored plan it made, which waits for an approval
    while ``plan_state`` is ``planned``; ``plan_why`` says why it was made. ``approved_plan``: the plan whose approval it carries out.
    """

    run_id: str
    requested_by: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    first_day: dt.date
    last_day: dt.date
    record_types: list[str]
    rows_in: int
    forced: bool
    preview: bool
    one_record: bool
    undoes: str | None
    plan_id: str | None
    plan_state: str | None
    plan_why: str | None
    approved_plan: str | None


# The rows of a run that force would overwrite are copied into plans of an id of their own: no run, and listed with the plans.
_NO_COPY = """not exists (select from ledger.previews copied
                          where copied.preview_id = {run} and copied.realm = :realm and copied.why = 'overwrites')"""

_DETAILS = """select heads.run_id, of_run.*, made.preview_id as plan_id, made.state as plan_state, made.why as plan_why,
                     pushed.preview_id as approved_plan
              from heads
              cross join lateral (
                select min(p.requested_by) as requested_by, min(p.created_at) as started_at,
                       case when bool_and(p.finished_at is not null) then max(p.finished_at) end as finished_at,
                       min(p.first_day) as first_day, max(p.last_day) as last_day,
                       array_agg(distinct p.record_type) as record_types, sum(p.rows_in) as rows_in, bool_or(p.forced) as forced,
                       bool_and(p.dry_run) as preview, bool_or(p.one_record) as one_record, max(p.undoes) as undoes
                from ledger.plans p where p.run_id = heads.run_id and p.realm = :realm) of_run
              left join ledger.previews made on made.preview_id = heads.run_id and made.realm = :realm
              left join lateral (select v.preview_id from ledger.previews v
                                 where v.realm = :realm and v.pushed_by_run = heads.run_id limit 1) pushed on true"""


def listed(
    connection: sa.Connection, realm: str, *, before: dt.datetime | None, limit: int
) -> list[ListedRun]:
    """At most so many runs of the realm that started before that instant, newest first."""
    statement = f"""with heads as (
                      select p.run_id, p.created_at from ledger.plans p
                      where p.realm = :realm and (cast(:before as timestamptz) is null or p.created_at < :before)
                        and not exists (select from ledger.plans earlier where earlier.run_id = p.run_id and earlier.realm = p.realm
                                        and (earlier.created_at, earlier.plan_id) < (p.created_at, p.plan_id))
                        and {_NO_COPY.format(run="p.run_id")}
                      order by p.created_at desc limit :limit)
                    {_DETAILS} order by of_run.started_at desc, heads.run_id"""  # noqa: S608 - constants of this module
    return fetch(connection, ListedRun, statement, realm=realm, before=before, limit=limit)


def listed_run(connection: sa.Connection, realm: str, run_id: str) -> ListedRun | None:
    """That run of the realm; None where it planned nothing, or for another realm."""
    statement = f"""with heads as (select run_id from ledger.plans where run_id = :run_id and realm = :realm limit 1)
                    {_DETAILS}"""  # noqa: S608 - constants of this module
    runs = fetch(connection, ListedRun, statement, realm=realm, run_id=run_id)
    return runs[0] if runs else None


def read_of_run(connection: sa.Connection, realm: str, run_id: str) -> dict[str, int]:
    """How many records of each type the run has read from RentAxis so far."""
    statement = """select record_type, sum(rows_in) as rows_in from ledger.plans
                   where run_id = :run_id and realm = :realm group by record_type"""
    rows = execute(connection, statement, run_id=run_id, realm=realm)
    return {row.record_type: int(row.rows_in) for row in rows}


def have_planned(connection: sa.Connection, realm: str, run_ids: list[str]) -> set[str]:
    """Those of these runs that planned something for the realm."""
    statement = "select distinct run_id from ledger.plans where realm = :realm and run_id = any(:run_ids)"
    return {row.run_id for row in execute(connection, statement, realm=realm, run_ids=run_ids)}


def of_another_company(connection: sa.Connection, realm: str, run_id: str) -> bool:
    """Whether a run of that id planned for another realm."""
    statement = "select exists (select from ledger.plans where run_id = :run_id and realm <> :realm)"
    return execute(connection, statement, run_id=run_id, realm=realm).scalar_one()


def waits(connection: sa.Connection, realm: str, plan_id: str) -> bool:
    """Whether the realm has a stored plan of that id that nobody has approved yet."""
    statement = "select exists (select from ledger.previews where preview_id = :plan_id and realm = :realm and state = 'planned')"
    return execute(connection, statement, plan_id=plan_id, realm=realm).scalar_one()
