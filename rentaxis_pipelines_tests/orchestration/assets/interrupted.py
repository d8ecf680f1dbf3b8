"""A run that stops at every step between reading and pushing, for whatever else is to happen there meanwhile."""

from collections.abc import Callable

import dagster as dg
import pandas as pd

from rentaxis_pipelines.orchestration.io_manager import Staging
from rentaxis_pipelines.orchestration.session import SyncSession
from rentaxis_pipelines.sync.planning.planned import PlanMade
from rentaxis_pipelines_tests.support.company_jobs import Overrides

At = Callable[[str], None]


def interrupted(at: At) -> Overrides:
    """The run's resources, with ``at`` called at every step between reading and pushing, each with its name."""

    class Session(SyncSession):
        def engine(self, context, request=None):
            first = self._engine is None
            if first:
                at("before the lock")
            engine = super().engine(context, request)
            if first:
                at("under the lock")
                push = engine.push

                def interrupted_push(plan: PlanMade) -> None:
                    at("before the push")
                    push(plan)
                    at("after the push")

                engine.push = interrupted_push
            return engine

    class Frames(Staging):
        def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame) -> None:
            asset = "/".join(context.asset_key.path[1:])
            at(f"before {asset} is kept")
            super().handle_output(context, obj)
            at(f"after {asset} is kept")

        def load_input(self, context: dg.InputContext) -> pd.DataFrame:
            frame = super().load_input(context)
            at(f"{'/'.join(context.asset_key.path[1:])} is loaded")
            return frame

    return {"session": Session, "staging": Frames}
