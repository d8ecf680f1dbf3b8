"""Dagster's own run queue, past which the run of one record goes when nothing is in its way. Named in ``dagster.yaml``; no code of ours uses it.

Dagster looks at its queue every few seconds, and starts a process for each run then. The run of one record is handed to the warm process
instead (``warm_offers``), and waits in the queue as ever where there is none, or where it cannot take it; and behind any other run of the
same QuickBooks company, which holds the ledger's lock: it would wait for that a minute at most, and fail.
"""

import logging

import dagster as dg
from dagster import QueuedRunCoordinator
from dagster._core.run_coordinator import SubmitRunContext  # pinned exactly

from rentaxis_pipelines.orchestration import warm_keeper, warm_offers
from rentaxis_pipelines.orchestration.names import REALM_TAG
from rentaxis_pipelines.orchestration.run_lock import DATABASE_AWAY

_LOG = logging.getLogger(__name__)
_UNDER_WAY = (
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


class QueueOrAtOnce(QueuedRunCoordinator):
    """``QueuedRunCoordinator``, taking the same configuration."""

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        run = context.dagster_run
        if run.status is dg.DagsterRunStatus.NOT_STARTED and warm_offers.is_short(run) and self._at_once(run):
            return self._instance.get_run_by_id(run.run_id) or run
        return super().submit_run(context)

    def _at_once(self, run: dg.DagsterRun) -> bool:
        """Whether the warm process has the run."""
        try:
            if not warm_offers.is_there(self._instance):
                if warm_keeper.is_wanted(self._instance):
                    warm_keeper.KEEPER.start()  # for the next one
                return False
            return self._is_free_for(run) and warm_offers.hand_over(self._instance, run)
        except DATABASE_AWAY:
            _LOG.warning("Dagster's database did not answer: the run %s is queued.", run.run_id)
            return False

    def _is_free_for(self, run: dg.DagsterRun) -> bool:
        realm = run.tags.get(REALM_TAG)
        if realm is None:
            return False
        of_company = dg.RunsFilter(
            tags={REALM_TAG: realm}, statuses=[*_UNDER_WAY, dg.DagsterRunStatus.QUEUED]
        )
        if self._instance.get_runs_count(of_company):
            return False
        most = self._instance.get_concurrency_config().run_queue_config
        under_way = self._instance.get_runs_count(dg.RunsFilter(statuses=list(_UNDER_WAY)))
        limit = most.max_concurrent_runs if most is not None else -1
        return limit < 0 or under_way < limit
