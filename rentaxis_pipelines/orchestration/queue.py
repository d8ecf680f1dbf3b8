"""What Dagster has to do for each company, and whether its daemon lives. Reads only.

Here: counting runs and heartbeats. Not here: how a company stands otherwise (``reports.status``), launching and ending runs.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import dagster as dg
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import SQLAlchemyError

from rentaxis_pipelines.orchestration.names import is_run_of
from rentaxis_pipelines.reports.status import Queue
from rentaxis_pipelines.settings import Scope

# A daemon that lives says so every 30 seconds; Dagster's own UI calls it dead after five minutes.
DEAD_AFTER: Final = dt.timedelta(minutes=5)
_WAITING: Final = (dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.QUEUED)
_UNDER_WAY: Final = (
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


class DagsterState(NamedTuple):
    """The runs of each company by its short name, and when the part of the daemon that has been silent longest was last seen: None where
    one of them never was.
    """

    queues: Mapping[str, Queue]
    daemon_seen_at: dt.datetime | None


def state_of(instance: dg.DagsterInstance, scopes: Sequence[Scope]) -> DagsterState | None:
    """What Dagster has to do; None where its own database cannot be read."""
    try:
        return DagsterState(queues_of(instance, scopes), daemon_seen_at(instance))
    except (SQLAlchemyError, dg.DagsterError, DagsterPostgresException):
        return None


def queues_of(instance: dg.DagsterInstance, scopes: Sequence[Scope]) -> Mapping[str, Queue]:
    """The runs of each company, by its short name."""
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=[*_WAITING, *_UNDER_WAY]))
    waiting: Counter[str] = Counter()
    under_way: Counter[str] = Counter()
    for run in runs:
        for scope in scopes:
            if is_run_of(scope, run):
                (waiting if run.status in _WAITING else under_way)[scope.slug] += 1
    return {scope.slug: Queue(queued=waiting[scope.slug], running=under_way[scope.slug]) for scope in scopes}


def daemon_seen_at(instance: dg.DagsterInstance) -> dt.datetime | None:
    """When the part of the daemon that has been silent longest was last seen; None where one of them never was."""
    beats = instance.get_daemon_heartbeats()
    seen = [beats[part].timestamp if part in beats else None for part in instance.get_required_daemon_types()]
    moments = [moment for moment in seen if moment is not None]
    if not moments or len(moments) < len(seen):
        return None
    return dt.datetime.fromtimestamp(min(moments), dt.UTC)


def daemon_is_dead(seen_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether a part of the daemon has been silent for so long that nothing can be expected of it."""
    return seen_at is None or now - seen_at > DEAD_AFTER
