"""The runs that pushed, according to their plans. Read-only. Not here: the results of their rows (``results``, ``open_rows``)."""

import datetime as dt

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import fetch


class PushedRun(msgspec.Struct, frozen=True):
    """A run with its first and last day, both inclusive. ``finished_at``: when its last plan ended, None if a plan did not end."""

    run_id: str
    first_day: dt.date
    last_day: dt.date
    started_at: dt.datetime
    finished_at: dt.datetime | None


def last_pushed_run(connection: sa.Connection, realm: str, *, finished: bool) -> PushedRun | None:
    """The latest run that was not a dry run; with ``finished``, the latest whose plans all ended."""
    statement = """select run_id, min(first_day) as first_day, max(last_day) as last_day, min(created_at) as started_at,
                          case when bool_and(finished_at is not null) then max(finished_at) end as finished_at
                   from ledger.plans where realm = :realm and not dry_run
                   group by run_id having not :finished or bool_and(finished_at is not null)
                   order by min(created_at) desc limit 1"""
    runs = fetch(connection, PushedRun, statement, realm=realm, finished=finished)
    return runs[0] if runs else None
