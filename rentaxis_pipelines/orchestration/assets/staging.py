"""Where Dagster keeps the frames of a run: the storage of its company, its errors as people read them.

Not here: how frames are kept (``storage``).
"""

import dagster as dg
import pandas as pd

from rentaxis_pipelines.orchestration.failures import in_peoples_words
from rentaxis_pipelines.orchestration.io_manager import WindowedPostgresIOManager
from rentaxis_pipelines.orchestration.names import named
from rentaxis_pipelines.orchestration.session import SyncSession, session_key
from rentaxis_pipelines.settings import Scope


class Staging(dg.IOManager):
    """Frames in the pipelines' database of the session's company.

    Settings are read when a step first needs them: what is wrong with them is then said by a failed step, which Dagster does not start
    again.
    """

    def __init__(self, session: SyncSession) -> None:
        self._session = session

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame) -> None:
        with in_peoples_words():
            self._frames().handle_output(context, obj)

    def load_input(self, context: dg.InputContext) -> pd.DataFrame:
        with in_peoples_words():
            return self._frames().load_input(context)

    def _frames(self) -> WindowedPostgresIOManager:
        environment = self._session.scope.environment
        return WindowedPostgresIOManager(
            database_url=environment.pipelines_database_url.get_secret_value(),
            organization_id=environment.rentaxis_organization_id,
            realm=environment.quickbooks_realm_id,
            slug=self._session.scope.slug,
        )


def staging_resource(scope: Scope, make: type[Staging] = Staging) -> dg.IOManagerDefinition:
    """The company's frames, as Dagster's IO manager ``staging`` of that company. It reads no settings but those of the run's session."""

    @dg.io_manager(required_resource_keys={session_key(scope)})
    def staging(context: dg.InitResourceContext) -> Staging:
        return make(getattr(context.resources, session_key(scope)))

    return staging


def staging_key(scope: Scope) -> str:
    """The key of the company's frames among the resources."""
    return named(scope, "staging")
