"""How the company stands, from the ledger alone: its connection, its last runs, what is open. QuickBooks and RentAxis are not asked.

Not here: looks that need either side (``check``), proof (``reports``).
"""

import datetime as dt
from collections.abc import Callable

import msgspec

from rentaxis_pipelines.ledger.database import connect, migrate
from rentaxis_pipelines.ledger.open_rows import needs_attention_by_type
from rentaxis_pipelines.ledger.plans import PushedRun, last_pushed_run
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.connection import Connection, connection_of


class Status(msgspec.Struct, frozen=True):
    """``needs_attention``: records that need it by their newest result, counted by source type.

    ``last_run``: the newest that pushed, though it may have broken off; ``last_finished_run``: the newest that came to its end.
    """

    connection: Connection
    last_run: PushedRun | None
    last_finished_run: PushedRun | None
    needs_attention: dict[str, int]


def status_of(environment: Environment, now: Callable[[], dt.datetime]) -> Status:
    """Raises TokenUnreadable for a wrong key, LedgerUnreachable without a database."""
    url, realm = environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id
    migrate(url)
    with connect(url) as connection:
        open_by_type = needs_attention_by_type(connection, realm)
        newest = last_pushed_run(connection, realm, finished=False)
        finished = last_pushed_run(connection, realm, finished=True)
    return Status(connection_of(environment, now()), newest, finished, open_by_type)


def sentences(status: Status) -> list[str]:
    """The same in words, one line each."""
    link = status.connection
    lines = [link.warning or f"QuickBooks company {link.realm} is connected."]
    if link.connected and link.warning is None:
        lines += [f"The connection expires on {link.ends_at.date()}."] if link.ends_at else []
        lines += (
            [f"If it is not used, it expires on {link.unused_ends_at.date()}."] if link.unused_ends_at else []
        )
        if not link.ends_at and not link.unused_ends_at:
            lines.append("The expiration date is known after the next renewal, which the next run does.")
    lines += _runs(status)
    open_rows_count = sum(status.needs_attention.values())
    by_type = ", ".join(f"{name} {count}" for name, count in status.needs_attention.items())
    lines.append(f"Records that need attention: {open_rows_count}" + (f" ({by_type})." if by_type else "."))
    return lines


def _runs(status: Status) -> list[str]:
    last, finished = status.last_run, status.last_finished_run
    if last is None:
        return ["Nothing has been pushed yet."]
    lines: list[str] = []
    if finished is None or finished.run_id != last.run_id:
        lines.append(
            f"The last run, {_days(last)}, began {_at(last.started_at)} and has not finished: {last.run_id}."
        )
    if finished is not None and finished.finished_at is not None:
        lines.append(
            f"The last finished run, {_days(finished)}, ended {_at(finished.finished_at)}: {finished.run_id}."
        )
    return lines


def _days(run: PushedRun) -> str:
    return f"of {DateRange.of_days(run.first_day, run.last_day)}"


def _at(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
