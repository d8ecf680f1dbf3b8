"""Dagster's own web application, told who makes each request.

The signed-in user is ``requested_by`` of everything launched: the tag is written where Dagster stores runs and backfills, so the form
of the mutation and the tags typed do not matter. There too a job that asks for a higher role is refused, and one of a company that is
not the person's: for a person of some companies only the desk's own calls get here. A viewer gets Dagster's own read-only view. Not here:
whether the request may reach Dagster at all (``guard``, ``application``), which role a job asks for (``people``).

The classes extended here are Dagster internals; pyproject.toml pins their version, and the tests run against the real ones.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dagster import DagsterInstance
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.workspace.context import (
    BaseWorkspaceRequestContext,
    WorkspaceProcessContext,
    WorkspaceRequestContext,
)
from dagster_graphql.implementation.utils import UserFacingGraphQLError
from dagster_graphql.schema.errors import GrapheneUnauthorizedError
from dagster_webserver.version import __version__
from dagster_webserver.webserver import DagsterWebserver
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from rentaxis_pipelines.orchestration.names import companies_of, plain
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.orchestration.run_tags import realm_of_backfill, realm_of_run
from rentaxis_pipelines.settings import Scope, SettingsError
from rentaxis_pipelines.web.door import PERSON
from rentaxis_pipelines.web.people import Person, RequestRefused, Role, need_companies, need_for_job

_POLLED_EVERY = 2_000  # milliseconds, the default of dagster-webserver


def dagster_application(
    context: WorkspaceProcessContext, scopes: Callable[[], Sequence[Scope]] = tuple
) -> Starlette:
    """Dagster's application; it serves only requests that carry a Person. ``scopes``: the companies as their files say now."""
    instance = context.instance
    # Otherwise created on first use, once for each request's own copy of the instance.
    _ = instance.run_coordinator, instance.run_launcher
    server = _Webserver(context, live_data_poll_rate=_POLLED_EVERY)
    server.scopes = scopes
    return server.create_asgi_app()


class _Webserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    scopes: Callable[[], Sequence[Scope]]

    def _make_request_context(self, conn: HTTPConnection) -> WorkspaceRequestContext:
        person: Person = conn.scope[PERSON]  # a KeyError if the guard was bypassed
        tags = {REQUESTED_BY_TAG: person.name} if person.name else {}
        context = self._process_context
        return _PersonsContext(
            tags,
            instance=_PersonsInstance.of(context.instance, person, tags, self.scopes),
            current_workspace=context.get_current_workspace(),
            process_context=context,
            version=__version__,
            source=conn,
            read_only=person.role is Role.viewer,
        )


class _PersonsContext(WorkspaceRequestContext):
    """A request's context: Dagster adds these tags to events it reports outside a run."""

    def __init__(self, tags: Mapping[str, str], **values: Any) -> None:
        super().__init__(**values)
        self._tags = tags

    def get_viewer_tags(self) -> dict[str, str]:
        return dict(self._tags)

    def get_reporting_user_tags(self) -> dict[str, str]:
        return dict(self._tags)


class _PersonsInstance(DagsterInstance):
    """The instance as used by one person: same storage, but everything launched carries their name, and the QuickBooks company that it is for."""

    person: Person
    tags: Mapping[str, str]
    scopes: Callable[[], Sequence[Scope]]

    @classmethod
    def of(
        cls,
        instance: DagsterInstance,
        person: Person,
        tags: Mapping[str, str],
        scopes: Callable[[], Sequence[Scope]],
    ) -> "_PersonsInstance":
        own = cls.__new__(cls)
        own.__dict__.update(instance.__dict__)
        own.person, own.tags, own.scopes = person, tags, scopes
        return own

    def submit_run(self, run_id: str, workspace: BaseWorkspaceRequestContext) -> DagsterRun:
        """Until this is called, a run is only stored and nothing starts it; one that is refused is forgotten.

        Raises the error that Dagster's UI shows as its sentence alone.
        """
        run = self.get_run_by_id(run_id)
        try:
            need_for_job(self.person, plain(run.job_name) if run is not None else "")
            need_companies(self.person, companies_of(run) if run is not None else ())
        except RequestRefused as refused:
            self.delete_run(run_id)
            raise UserFacingGraphQLError(GrapheneUnauthorizedError(str(refused))) from None
        realm = realm_of_run(self._companies(), run) if run is not None else {}
        if tags := {**realm, **self.tags}:
            self.add_run_tags(run_id, tags)
        return super().submit_run(run_id, workspace)

    def add_backfill(self, partition_backfill: PartitionBackfill) -> None:
        """The desk launches none, so a person of some companies has none to launch."""
        if not self.person.sees_every_company:
            raise UserFacingGraphQLError(GrapheneUnauthorizedError("Launch runs at the desk."))
        super().add_backfill(self._with_person(partition_backfill))

    def update_backfill(self, partition_backfill: PartitionBackfill) -> None:
        """A resumed backfill counts as launched again; a canceled one keeps the person who launched it."""
        resumed = partition_backfill.status is BulkActionStatus.REQUESTED
        super().update_backfill(self._with_person(partition_backfill) if resumed else partition_backfill)

    def _with_person(self, backfill: PartitionBackfill) -> PartitionBackfill:
        realm = realm_of_backfill(self._companies(), backfill)
        return backfill._replace(tags={**(backfill.tags or {}), **realm, **self.tags})

    def _companies(self) -> Sequence[Scope]:
        """None where their folder cannot be read: the ledger's lock is the guarantee, and a step says what is wrong."""
        try:
            return self.scopes()
        except SettingsError:
            return ()
