"""A run that stops at every step between reading and pushing, for whatever else is to happen there meanwhile."""

from collections.abc import Callable
from typing import Any

import dagster as dg
import pandas as pd

from rentaxis_pipelines.orchestration.assets.staging import Staging
from rentaxis_pipelines.orchestration.session import SyncSession

At = Callable[[str], None]


def interrupted(at: At) -> dict[str, Any]:
    """The run's resources, with ``at`` called at every step between reading and pushing, each with its name."""

    class Session(SyncSession):
        def engine(self, context, request=None):
            first = self._engine is None
            if first:
                at("before the lock")
            engine = super().engine(context, request)
            if first:
                at("under the lock")
            return engine

        def push(self, context, request, plan):
            at("before the push")
            super().push(context, request, plan)
            at("after the push")

    class Frames(Staging):
        def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame) -> None:
            asset = context.asset_key.to_user_string()
            at(f"before {asset} is kept")
            super().handle_output(context, obj)
            at(f"after {asset} is kept")

        def load_input(self, context: dg.InputContext) -> pd.DataFrame:
            frame = super().load_input(context)
            at(f"{context.asset_key.to_user_string()} is loaded")
            return frame

    return {"session": Session(), "staging": Frames()}
