"""Removing old runs from Dagster, with their events and logs: Dagster itself keeps them for ever.

The days they pushed then show as not materialized in Dagster; what was pushed is in the ledger, which the desk, the sensors and the next run
go by. Not here: the ledger's own old rows (``sync.prune``).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import dagster as dg

from rentaxis_pipelines.orchestration.names import is_run_of
from rentaxis_pipelines.settings import Scope

_ENDED: Final = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_AT_ONCE: Final = 200


def prune_runs(
    instance: dg.DagsterInstance, scopes: Sequence[Scope] | None, before: dt.datetime, *, dry_run: bool
) -> int:
    """Remove the runs of these companies, or of all where None is given, that ended and were made before then; returns how many.

    A run that has not ended is never removed. With ``dry_run`` they are only counted.
    """
    old = _ended_runs(instance, scopes, before)
    if not dry_run:
        for run_id in old:
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            instance.delete_run(run_id)
    return len(old)


def _ended_runs(
    instance: dg.DagsterInstance, scopes: Sequence[Scope] | None, before: dt.datetime
) -> list[str]:
    """Their ids, all read before any is removed: a page of runs begins after a run that must still be there."""
    which = dg.RunsFilter(statuses=_ENDED, created_before=before)
    old: list[str] = []
    cursor: str | None = None
    while runs := instance.get_runs(filters=which, cursor=cursor, limit=_AT_ONCE):
        cursor = runs[-1].run_id
        old += [
            run.run_id for run in runs if scopes is None or any(is_run_of(scope, run) for scope in scopes)
        ]
    return old
