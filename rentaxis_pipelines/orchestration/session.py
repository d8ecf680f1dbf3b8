"""The resource behind every step that touches the ledger or QuickBooks: one held realm for the whole run.

Opened at first use (the extraction, if the run goes on from there), kept until the run ends (runs use the in-process executor), so that nobody else can push between a
plan and its push. The first use settles what earlier runs left open.
"""

import contextlib
import datetime as dt
import threading
from collections.abc import Collection, Generator, Sequence
from functools import cached_property
from typing import Any

import dagster as dg
import pandas as pd

from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.matching.customers import Match
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.orchestration.assets.snapshot import snapshot_materializations
from rentaxis_pipelines.orchestration.failures import in_peoples_words
from rentaxis_pipelines.orchestration.names import named
from rentaxis_pipelines.orchestration.options import OPTIONS, REQUESTED_BY_TAG, SyncOptions
from rentaxis_pipelines.orchestration.run_tags import tag_beginning, tag_result
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.extract import integration_settings
from rentaxis_pipelines.rentaxis.frames import DAY, records_from_frame
from rentaxis_pipelines.settings import Company, Environment, Scope
from rentaxis_pipelines.storage.frames import refuse_frame_of_another
from rentaxis_pipelines.sync.choice import Choice, refuse_other_currency, refuse_wrong_company
from rentaxis_pipelines.sync.finish import finish_plan
from rentaxis_pipelines.sync.guard import hold_if_unusual, judge
from rentaxis_pipelines.sync.planning.settings_used import fingerprint
from rentaxis_pipelines.sync.progress import NowAndThen
from rentaxis_pipelines.sync.pushing.push import push
from rentaxis_pipelines.sync.pushing.recover import recover
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.session import open_run
from rentaxis_pipelines.sync.snapshot import bring_up_to_date, references_of
from rentaxis_pipelines.sync.stopping import signals_ask_to_stop


class SyncSession:
    """The company's settings, its held realm and the client of one run.

    ``wait_seconds``: how long a run waits for another one that pushes to the same QuickBooks company.
    """

    wait_seconds = 60.0

    def __init__(self, scope: Scope) -> None:
        self._made_for = scope
        self._stack = contextlib.ExitStack()
        self._run: Run | None = None
        self._log: dg.DagsterLogManager | None = None
        self._stop = threading.Event()

    @cached_property
    def scope(self) -> Scope:
        """The company's settings, read when a step first needs them, and held to until the run ends. Raises SettingsError."""
        return self._made_for.current()

    @property
    def environment(self) -> Environment:
        """The company's connections."""
        return self.scope.environment

    @property
    def company(self) -> Company:
        """What the company file says."""
        return self.scope.company

    def run(self, context: dg.OpExecutionContext | dg.AssetExecutionContext) -> Run:
        """The run on the realm; the first call takes the lock, settles what was left open and updates the snapshot.

        How far it has come is said now and then in the log of the step that called last.
        """
        self._log = context.log
        if self._run is None:
            with contextlib.ExitStack() as opening:
                run = opening.enter_context(
                    open_run(
                        self.environment,
                        context.run.run_id,
                        context.run.tags.get(REQUESTED_BY_TAG, "Dagster"),
                        wait_seconds=self.wait_seconds,
                        stop_requested=self._stop.is_set,
                    )
                )
                if left_open := recover(run):
                    context.log.info(f"Settled {left_open} requests that an earlier run left open.")
                bring_up_to_date(run)
                for materialization in snapshot_materializations(self.scope, run):
                    context.log_event(materialization)
                # Held from here on; had anything failed before, the realm would be free again at once.
                self._stack.push(opening.pop_all())
            self._run = run
            run.progress.listeners.append(NowAndThen(self._say))
        return self._run

    def _say(self, sentence: str) -> None:
        if self._log is not None:
            self._log.info(sentence)

    def push(self, context: dg.OpExecutionContext, plan_id: str, options: SyncOptions) -> None:
        """Push the plan, unless it is a dry run's. Asked to stop meanwhile (Dagster's terminate, Ctrl-C), what is in flight is
        finished, every other row is recorded as not reached, and then the run ends as Dagster would have ended it.

        Raises UnusualPlan if the guard holds the plan back.
        """
        run = self.run(context)
        tag_beginning(context, self.scope, options)
        self._guard(context, run, plan_id, options)
        if options.dry_run:
            return
        with signals_ask_to_stop(self._stop):
            push(run, plan_id)
            if sentence := run.progress.sentence():
                context.log.info(f"So far: {sentence}.")
            if self._stop.is_set():
                finish_plan(run, plan_id)  # the step that does so will not come

    def _guard(self, context: dg.OpExecutionContext, run: Run, plan_id: str, options: SyncOptions) -> None:
        """Holds the plan back if it is far from the usual; a dry run and a person's confirmation are only noted in the log."""
        guard = self.company.policies.guard
        if options.confirm_unusual:
            if judge(run, plan_id, guard):
                context.log.warning(one_line(f"Far more than usual; {run.requested_by} confirmed it."))
        elif options.dry_run:
            if judge(run, plan_id, guard):
                context.log.warning("Far more than usual: the guard would hold this back (policies.guard).")
        else:
            hold_if_unusual(run, plan_id, guard)

    def context(self, run: Run, options: SyncOptions) -> Context:
        """What mapping decides by. Raises WrongCompany where the books are kept in another currency."""
        references = references_of(run.connection, run.realm)
        refuse_other_currency(self.company, references)
        return Context(self.company, references, options.force_resync)

    def choice(self, first_day: dt.date, last_day: dt.date, options: SyncOptions) -> Choice:
        """What was chosen for these days, within what RentAxis' integration settings allow."""
        with snapshot(self.environment.rentaxis_database_url.get_secret_value()) as connection:
            settings = integration_settings(connection, self.environment.rentaxis_organization_id)
        refuse_wrong_company(settings, self.environment, self.company)
        return Choice(
            first_day=first_day,
            last_day=last_day,
            enabled_types=frozenset(settings.enabled_types or []),
            direction=settings.sync_direction or "none",
            force=options.force_resync,
            dry_run=options.dry_run,
            settings=self._settings_used(),
        )

    def _settings_used(self) -> str:
        return (
            ""
            if self._run is None
            else fingerprint(self.company, references_of(self._run.connection, self._run.realm))
        )

    def close(self, context: dg.InitResourceContext) -> None:
        """Give the realm back, and say at the run what became of its rows."""
        run, self._run = self._run, None
        with in_peoples_words():
            self._stack.close()
            if run is not None:
                url = self.environment.pipelines_database_url.get_secret_value()
                tag_result(context, run.run_id, url, run.realm)


def session_resource(scope: Scope, make: type[SyncSession] = SyncSession) -> dg.ResourceDefinition:
    """The session of the company's runs, as Dagster's resource ``session`` of that company; steps reach it by ``session_of``."""

    @dg.resource(description="The run's hold on its company: settings, the ledger, QuickBooks.")
    def session(context: dg.InitResourceContext) -> Generator[SyncSession]:
        opened = make(scope)
        try:
            yield opened
        finally:
            opened.close(context)

    return session


def session_key(scope: Scope) -> str:
    """The key of the company's session among the resources."""
    return named(scope, "session")


def session_of(context: dg.OpExecutionContext | dg.AssetExecutionContext, scope: Scope) -> SyncSession:
    """The session of the step's own company. Raises CannotLaunch where a run was to make assets of several companies."""
    others = {one.path[0] for one in _selected(context)} - {scope.slug}
    if others:
        raise CannotLaunch(
            f"A run works for one company: assets of {scope.slug} and of {', '.join(sorted(others))} were chosen together. "
            "Nothing was sent. Launch them one company after another."
        )
    return getattr(context.resources, session_key(scope))


def options_of(context: dg.OpExecutionContext | dg.AssetExecutionContext) -> SyncOptions:
    """What was chosen at launch."""
    return getattr(context.resources, OPTIONS)


def needs(scope: Scope) -> set[str]:
    """The resources that a step of the company's asks for."""
    return {session_key(scope), OPTIONS}


def _selected(context: dg.OpExecutionContext | dg.AssetExecutionContext) -> Collection[dg.AssetKey]:
    return context.op_execution_context.job_def.asset_layer.selected_asset_keys


def selected_assets(context: dg.AssetExecutionContext) -> frozenset[dg.AssetKey]:
    """The assets this run is to make, those before and after this step included."""
    return frozenset(_selected(context))


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
