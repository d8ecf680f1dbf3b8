"""The resource behind every step that touches the ledger or QuickBooks: one held realm for the whole run.

Opened at first use (the extraction, if the run goes on from there), kept until the run ends (runs use the in-process executor), so that nobody else can push between a
plan and its push. The first use settles what earlier runs left open.
"""

import contextlib
import datetime as dt
from collections.abc import Sequence
from typing import Any

import dagster as dg
import msgspec
import pandas as pd
from pydantic import Field, PrivateAttr

from rentaxis_pipelines.matching.customers import Match
from rentaxis_pipelines.orchestration.assets.snapshot import snapshot_materializations
from rentaxis_pipelines.orchestration.failures import in_peoples_words
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG, SyncOptions
from rentaxis_pipelines.orchestration.partitions import TIME_ZONE
from rentaxis_pipelines.orchestration.run_tags import tag_beginning, tag_result
from rentaxis_pipelines.rentaxis.frames import DAY, records_from_frame
from rentaxis_pipelines.settings import Company, Environment, load_company, load_environment
from rentaxis_pipelines.storage.frames import refuse_frame_of_another
from rentaxis_pipelines.sync.choice import WrongCompany
from rentaxis_pipelines.sync.engine import Engine, open_engine
from rentaxis_pipelines.sync.planning.planned import PlanMade
from rentaxis_pipelines.sync.progress import NowAndThen
from rentaxis_pipelines.sync.request import SyncRequest, over
from rentaxis_pipelines.sync.run import Run


class SyncSession(dg.ConfigurableResource):
    """Settings, the held realm and the client of one run."""

    wait_seconds: float = Field(
        default=60.0,
        description="How long a run waits for another one that pushes to the same QuickBooks company.",
    )
    _stack: contextlib.ExitStack = PrivateAttr(default_factory=contextlib.ExitStack)
    _engine: Engine | None = PrivateAttr(default=None)
    _environment: Environment | None = PrivateAttr(default=None)
    _company: Company | None = PrivateAttr(default=None)

    @property
    def environment(self) -> Environment:
        """Connections, read from the environment once."""
        if self._environment is None:
            self._environment = load_environment()
        return self._environment

    @property
    def company(self) -> Company:
        """The company file, read once."""
        if self._company is None:
            company = load_company(self.environment.rentaxis_company_file)
            if company.zone != TIME_ZONE:
                raise WrongCompany(
                    f"Dagster was started for days in {TIME_ZONE.key}, but the company file says {company.time_zone}. "
                    "Set RENTAXIS_COMPANY_FILE for every Dagster process and restart them."
                )
            self._company = company
        return self._company

    def engine(
        self, context: dg.OpExecutionContext | dg.AssetExecutionContext, request: SyncRequest | None = None
    ) -> Engine:
        """The open company; the first call opens it. ``request``: what the run was asked for, where the step knows it.

        How far the run has come is said now and then in the log of the step that called last.
        """
        requested_by = context.run.tags.get(REQUESTED_BY_TAG, "Dagster")
        if self._engine is None:
            with contextlib.ExitStack() as opening:
                engine = opening.enter_context(
                    open_engine(
                        self.environment,
                        self.company,
                        request or SyncRequest(requested_by=requested_by),
                        run_id=context.run.run_id,
                        wait_seconds=self.wait_seconds,
                        log=context.log,
                    )
                )
                for materialization in snapshot_materializations(engine.run):
                    context.log_event(materialization)
                # Held from here on; had anything failed before, the realm would be free again at once.
                self._stack.push(opening.pop_all())
            engine.run.progress.listeners.append(NowAndThen(self._say))
            self._engine = engine
        self._engine.log = context.log
        if request is not None:
            self._engine.request = request
        return self._engine

    def _say(self, sentence: str) -> None:
        if self._engine is not None:
            self._engine.log.info(sentence)

    def run(self, context: dg.OpExecutionContext | dg.AssetExecutionContext) -> Run:
        """The engine's run, for steps that only look."""
        return self.engine(context).run

    def push(self, context: dg.OpExecutionContext, request: SyncRequest, plan: PlanMade) -> None:
        """Push the plan (``Engine.push``), and say at the run what it is about."""
        engine = self.engine(context, request)
        tag_beginning(context, request)
        engine.push(plan)

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Give the realm back, and say at the run what became of its rows."""
        engine, self._engine = self._engine, None
        with in_peoples_words():
            self._stack.close()
            if engine is not None:
                url = self.environment.pipelines_database_url.get_secret_value()
                tag_result(context, engine.run.run_id, url, engine.run.realm)


def request_of(
    context: dg.OpExecutionContext | dg.AssetExecutionContext, options: SyncOptions
) -> SyncRequest:
    """What a run over a range of partitions was asked for."""
    return asked(context, options, days=over(*window_days(context)))


def asked(
    context: dg.OpExecutionContext | dg.AssetExecutionContext, options: SyncOptions, **chosen: Any
) -> SyncRequest:
    """What a run was asked for: its options, who asked, and the days or the record ``chosen``."""
    request = SyncRequest(
        force=options.force,
        preview=options.dry_run,
        confirm_unusual=options.confirm_unusual,
        requested_by=context.run.tags.get(REQUESTED_BY_TAG, "Dagster"),
    )
    return msgspec.structs.replace(request, **chosen)


def selected_assets(context: dg.AssetExecutionContext) -> frozenset[dg.AssetKey]:
    """The assets this run is to make, those before and after this step included."""
    return frozenset(context.op_execution_context.job_def.asset_layer.selected_asset_keys)


def window_days(context: dg.OpExecutionContext | dg.AssetExecutionContext) -> tuple[dt.date, dt.date]:
    """The first and last day of the run's partitions, both included."""
    window = context.partition_time_window
    return window.start.date(), (window.end - dt.timedelta(hours=1)).date()


def dated(session: SyncSession, frame: pd.DataFrame, kind: type[Any]) -> list[tuple[dt.date, Any]]:
    """The frame's records, each with its partition day. Raises FramesOfAnotherCompany for a frame of any company but the session's."""
    refuse_frame_of_another(frame, session.environment.company_key)
    if frame.empty:  # an asset that was never materialized has no columns either
        return []
    return list(zip(frame[DAY].to_list(), records_from_frame(frame, kind), strict=True))


def matches_of(session: SyncSession, frame: pd.DataFrame) -> dict[tuple[str, str], Match]:
    """The matches of a frame by payer. Raises FramesOfAnotherCompany for a frame of any company but the session's."""
    refuse_frame_of_another(frame, session.environment.company_key)
    found: Sequence[Match] = records_from_frame(frame, Match)
    return {(match.payer_kind, match.payer_id): match for match in found}
