"""The runs that pushed, as plans tell them. Reads only; not here: what became of their rows (``results``, ``open_rows``)."""

import datetime as dt

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import fetch


class PushedRun(msgspec.Struct, frozen=True):
    """A run with the days it was for, first and last included. ``finished_at`` is when its last plan ended, None where one did not."""

    run_id: str
    first_day: dt.date
    last_day: dt.date
    started_at: dt.datetime
    finished_at: dt.datetime | None


def last_pushed_run(connection: sa.Connection, realm: str, *, finished: bool) -> PushedRun | None:
    """The newest run that was no dry run; with ``finished`` the newest whose every plan came to its end."""
    found = fetch(
        connection,
        PushedRun,
        """select run_id, min(first_day) as first_day, max(last_day) as last_day, min(created_at) as started_at,
                  case when bool_and(finished_at is not null) then max(finished_at) end as finished_at
           from ledger.plans where realm = :realm and not dry_run
           group by run_id having not :finished or bool_and(finished_at is not null)
           order by min(created_at) desc limit 1""",
        {"realm": realm, "finished": finished},
    )
    return found[0] if found else None
