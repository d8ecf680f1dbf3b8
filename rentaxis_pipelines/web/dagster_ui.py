"""Dagster's own web application, told who makes each request.

Whoever is signed in is ``requested_by`` of everything launched: the tag is written where Dagster stores runs and backfills, so it does
not matter how a mutation was written, nor what was typed. A viewer gets Dagster's own read-only view. Not here: whether the request
may reach Dagster at all (``guard``).

The classes extended here are Dagster's own insides; pyproject.toml pins their version, and the tests run against the real ones.
"""

from collections.abc import Mapping
from typing import Any

from dagster import DagsterInstance
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.workspace.context import (
    BaseWorkspaceRequestContext,
    WorkspaceProcessContext,
    WorkspaceRequestContext,
)
from dagster_webserver.version import __version__
from dagster_webserver.webserver import DagsterWebserver
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.web.door import PERSON
from rentaxis_pipelines.web.people import Person, Role

_POLLED_EVERY = 2_000  # milliseconds, as dagster-webserver has it


def dagster_application(context: WorkspaceProcessContext) -> Starlette:
    """Dagster's application; it answers only requests that carry a Person."""
    instance = context.instance
    # Made at first use otherwise, once for each request's own view of the instance.
    _ = instance.run_coordinator, instance.run_launcher
    return _Webserver(context, live_data_poll_rate=_POLLED_EVERY).create_asgi_app()


class _Webserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    def _make_request_context(self, conn: HTTPConnection) -> WorkspaceRequestContext:
        person: Person = conn.scope[PERSON]  # a KeyError where the guard was passed by
        tags = {REQUESTED_BY_TAG: person.name} if person.name else {}
        context = self._process_context
        return _PersonsContext(
            tags,
            instance=_PersonsInstance.of(context.instance, tags) if tags else context.instance,
            current_workspace=context.get_current_workspace(),
            process_context=context,
            version=__version__,
            source=conn,
            read_only=person.role is Role.viewer,
        )


class _PersonsContext(WorkspaceRequestContext):
    """A request's context: Dagster adds these tags to what it reports without a run."""

    def __init__(self, tags: Mapping[str, str], **values: Any) -> None:
        super().__init__(**values)
        self._tags = tags

    def get_viewer_tags(self) -> dict[str, str]:
        return dict(self._tags)

    def get_reporting_user_tags(self) -> dict[str, str]:
        return dict(self._tags)


class _PersonsInstance(DagsterInstance):
    """The instance in one person's hands: same storage, but whatever is launched carries their name."""

    tags: Mapping[str, str]

    @classmethod
    def of(cls, instance: DagsterInstance, tags: Mapping[str, str]) -> "_PersonsInstance":
        own = cls.__new__(cls)
        own.__dict__.update(instance.__dict__)
        own.tags = tags
        return own

    def submit_run(self, run_id: str, workspace: BaseWorkspaceRequestContext) -> DagsterRun:
        """Before this a run lies in storage and nothing takes it up."""
        self.add_run_tags(run_id, self.tags)
        return super().submit_run(run_id, workspace)

    def add_backfill(self, partition_backfill: PartitionBackfill) -> None:
        super().add_backfill(self._theirs(partition_backfill))

    def update_backfill(self, partition_backfill: PartitionBackfill) -> None:
        """A backfill that is resumed is launched anew; one that is canceled stays with whoever launched it."""
        resumed = partition_backfill.status is BulkActionStatus.REQUESTED
        super().update_backfill(self._theirs(partition_backfill) if resumed else partition_backfill)

    def _theirs(self, backfill: PartitionBackfill) -> PartitionBackfill:
        return backfill._replace(tags={**(backfill.tags or {}), **self.tags})
