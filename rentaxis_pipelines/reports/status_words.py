"""How a company stands in sentences, and several of them as a table's cells. Words only. Not here: the facts (``status``)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from rentaxis_pipelines.ledger.plans import PushedRun
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.reports.status import CompanyStatus, Standing
from rentaxis_pipelines.sync.connection import Connection

STANDING: Final[dict[Standing, str]] = {"good": "good", "attention": "look", "stopped": "stopped"}
COLUMNS: Final = (
    "company",
    "stands",
    "last good night",
    "to look at",
    "the oldest of",
    "open requests",
    "queued",
    "running",
    "connected until",
    "reads this month",
)


def sentences(status: CompanyStatus) -> list[str]:
    """One company, one line each; what is wrong comes first."""
    lines = [status.problem] if status.problem else []
    lines += _connection(status.connection) if status.connection is not None else []
    if status.connection is None and status.ledger_version is None:
        return lines
    lines += _runs(status)
    lines.append(_night(status))
    by_type = ", ".join(f"{name} {count}" for name, count in status.needs_attention.items())
    oldest = f", the oldest of {status.oldest_open_day}" if status.oldest_open_day else ""
    lines.append(
        f"Records that need attention: {status.open_records}" + (f" ({by_type}){oldest}." if by_type else ".")
    )
    if status.open_requests and status.oldest_request_at is not None:
        lines.append(
            f"Requests whose outcome is not recorded yet: {status.open_requests}, the oldest of "
            f"{_at(status.oldest_request_at)}. The next run settles them before it sends anything."
        )
    if status.pushing:
        lines.append("A run holds the QuickBooks company now.")
    if status.queue is not None:
        lines.append(f"Runs in Dagster: {status.queue.running} under way, {status.queue.queued} waiting.")
    lines.append(f"QuickBooks was read {status.reads_this_month:,} times this month.")
    return lines


def cells(status: CompanyStatus) -> list[object]:
    """One company as a row of a table with the columns ``COLUMNS``."""
    queue, link = status.queue, status.connection
    ends = (
        min((moment for moment in (link.ends_at, link.unused_ends_at) if moment), default=None)
        if link
        else None
    )
    return [
        status.slug,
        STANDING[status.standing],
        status.last_good_night or "none yet",
        status.open_records,
        status.oldest_open_day or "",
        status.open_requests,
        "" if queue is None else queue.queued,
        "" if queue is None else queue.running,
        ends.date() if ends else "" if link and link.connected else "not connected",
        f"{status.reads_this_month:,}",
    ]


def troubles(statuses: Sequence[CompanyStatus]) -> list[str]:
    """What is wrong with any of them, a sentence each."""
    return [
        f"{status.slug}: {sentence}"
        for status in statuses
        for sentence in (status.problem, status.connection.warning if status.connection else None)
        if sentence
    ]


def _connection(link: Connection) -> list[str]:
    lines = [link.warning or f"QuickBooks company {link.realm} is connected."]
    if link.connected and link.warning is None:
        lines += [f"The connection expires on {link.ends_at.date()}."] if link.ends_at else []
        lines += (
            [f"If it is not used, it expires on {link.unused_ends_at.date()}."] if link.unused_ends_at else []
        )
        if not link.ends_at and not link.unused_ends_at:
            lines.append("The expiration date is known after the next renewal, which the next run does.")
    return lines


def _night(status: CompanyStatus) -> str:
    if status.last_good_night is None:
        return "No night has been synced in full yet."
    return f"The last night that was synced in full is that of {status.last_good_night}."


def _runs(status: CompanyStatus) -> list[str]:
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
