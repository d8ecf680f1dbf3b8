"""Where Dagster keeps the frames of a run: the storage of this deployment, its errors as people read them.

Not here: how frames are kept (``storage``).
"""

import dagster as dg
import pandas as pd
from pydantic import Field

from rentaxis_pipelines.orchestration.failures import in_peoples_words
from rentaxis_pipelines.orchestration.io_manager import WindowedPostgresIOManager
from rentaxis_pipelines.settings import load_environment


class Staging(dg.ConfigurableIOManager):
    """Frames in the database of PIPELINES_DATABASE_URL.

    It is read when a step first needs it: what is wrong with it is then said by a failed step, which Dagster does not start again.
    """

    schema_name: str = Field(default="staging", description="Schema the tables of frames live in.")

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame) -> None:
        with in_peoples_words():
            self._frames().handle_output(context, obj)

    def load_input(self, context: dg.InputContext) -> pd.DataFrame:
        with in_peoples_words():
            return self._frames().load_input(context)

    def _frames(self) -> WindowedPostgresIOManager:
        environment = load_environment()
        return WindowedPostgresIOManager(
            database_url=environment.pipelines_database_url.get_secret_value(),
            organization_id=environment.rentaxis_organization_id,
            realm=environment.quickbooks_realm_id,
            schema_name=self.schema_name,
        )
