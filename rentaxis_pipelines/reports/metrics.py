"""How the companies stand as numbers to watch: of each company by its short name, never a record's name, an amount or a text.

Here: which numbers there are; their names stay as they are, because alerts are written against them. Not here: the facts (``status``),
the format (``render.prometheus``), who may read them (``web.metrics``).
"""

import datetime as dt
from collections.abc import Callable, Sequence

from rentaxis_pipelines.ledger.database import newest_version
from rentaxis_pipelines.render.prometheus import Gauge
from rentaxis_pipelines.reports.status import CompanyStatus, program_version

Measure = Callable[[CompanyStatus], float | None]


def gauges(
    statuses: Sequence[CompanyStatus], daemon_seen_at: dt.datetime | None, *, dagster_answers: bool
) -> list[Gauge]:
    """All there is to watch. What is not known of a company has no sample."""
    versions = {"version": program_version(), "ledger": newest_version()}
    seen = [] if daemon_seen_at is None else [({}, daemon_seen_at.timestamp())]
    return [
        Gauge(
            "rentaxis_program_info",
            "The program, and the ledger's tables it needs; always 1.",
            [(versions, 1)],
        ),
        Gauge("rentaxis_dagster_up", "1 if Dagster's database answered.", [({}, dagster_answers)]),
        Gauge(
            "rentaxis_daemon_seen_timestamp_seconds",
            "When the most silent part of Dagster's daemon was last seen.",
            seen,
        ),
        *(
            Gauge(
                f"rentaxis_company_{name}",
                about,
                [
                    ({"company": status.slug}, value)
                    for status in statuses
                    if (value := measure(status)) is not None
                ],
            )
            for name, about, measure in _MEASURES
        ),
    ]


def _is_read(status: CompanyStatus) -> bool:
    """Whether anything of it could be read: no database is no zero."""
    return status.problem is None and status.ledger_version is not None


def _where_read(measure: Measure) -> Measure:
    return lambda status: measure(status) if _is_read(status) else None


def _expires_at(status: CompanyStatus) -> float | None:
    link = status.connection
    ends = [moment for moment in (link.ends_at, link.unused_ends_at) if moment] if link else []
    return min(ends).timestamp() if ends else None


def _midnight(day: dt.date | None) -> float | None:
    return None if day is None else dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()


_MEASURES: Sequence[tuple[str, str, Measure]] = (
    ("up", "1 if a run can push to it: settings, ledger and connection are right.", lambda status: status.standing != "stopped"),
    ("last_good_night_timestamp_seconds", "Midnight UTC of the last night that was synced in full.", lambda status: _midnight(status.last_good_night)),
    ("open_records", "Records that need attention.", _where_read(lambda status: status.open_records)),
    ("oldest_open_record_timestamp_seconds", "Midnight UTC of the day of the oldest of them.", lambda status: _midnight(status.oldest_open_day)),
    ("open_requests", "Writes to QuickBooks whose outcome is not recorded yet.", _where_read(lambda status: status.open_requests)),
    ("oldest_open_request_timestamp_seconds", "When the oldest of them was written down.", lambda status: status.oldest_request_at.timestamp() if status.oldest_request_at else None),
    ("pushing", "1 while a run holds the company.", _where_read(lambda status: status.pushing)),
    ("queued_runs", "Its runs that wait in Dagster's queue.", lambda status: status.queue.queued if status.queue else None),
    ("running_runs", "Its runs under way in Dagster.", lambda status: status.queue.running if status.queue else None),
    ("connected", "1 if QuickBooks is connected and the connection has not expired.", lambda status: status.connection.connected and not status.connection.expired if status.connection else None),
    ("connection_expires_timestamp_seconds", "When the connection ends, or ends if nothing uses it.", _expires_at),
    ("metered_reads", "Reads of QuickBooks that Intuit meters, in this calendar month of UTC.", _where_read(lambda status: status.reads_this_month)),
)  # fmt: skip
