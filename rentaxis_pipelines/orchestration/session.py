"""The resource behind every step that touches the ledger or QuickBooks: one held realm for the whole run.

Opened at first use (the extraction, if the run goes on from there), kept until the run ends (runs use the in-process executor), so that nobody else can push between a
plan and its push. The first use settles what earlier runs left open.
"""

import contextlib
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from functools import cached_property
from typing import Any

import dagster as dg
import msgspec

from rentaxis_pipelines.ledger.database import LedgerError, connect, lost_connection_explained
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import listed
from rentaxis_pipelines.model.sync_request import ChosenDays, SyncRequest
from rentaxis_pipelines.orchestration.assets.snapshot import snapshot_materializations
from rentaxis_pipelines.orchestration.company_types import pushed_by
from rentaxis_pipelines.orchestration.failures import in_peoples_words, step
from rentaxis_pipelines.orchestration.known_tags import TYPES_TAG, types_from_tags
from rentaxis_pipelines.orchestration.names import named, sync_key
from rentaxis_pipelines.orchestration.options import OPTIONS, REQUESTED_BY_TAG, SyncOptions
from rentaxis_pipelines.orchestration.run_tags import tag_result
from rentaxis_pipelines.reports.plan_keeping import sum_up_new
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.engine import Engine, open_engine
from rentaxis_pipelines.sync.progress import NowAndThen

StepContext = dg.OpExecutionContext | dg.AssetExecutionContext
SESSION = "session"  # the key of the resource
NEEDS = {SESSION, OPTIONS}  # the resources that every step asks for


class SyncSession:
    """The open engine of one run, with the settings it was opened by.

    ``wait_seconds``: how long a run waits for another one that pushes to the same QuickBooks company.
    """

    wait_seconds = 60.0

    def __init__(self, scope: Scope) -> None:
        self._made_for = scope
        self._stack = contextlib.ExitStack()
        self._engine: Engine | None = None
        self._asked = False  # whether the open company knows what the run was asked for

    @cached_property
    def scope(self) -> Scope:
        """The company's settings, read when a step first needs them, and kept until the run ends. Raises SettingsError."""
        return self._made_for.current()

    def engine(self, context: StepContext, request: SyncRequest | None = None) -> Engine:
        """The open company; the first call opens it. ``request``: what the run was asked for, where the step knows it. The first one
        counts: the engine may turn it into a preview, and a later step must not undo that.

        Progress is logged now and then, in the log of the step that called last.
        """
        if self._engine is None:
            self._engine = self._open(context, request or asked(context, SyncOptions()))
        elif request is not None and not self._asked:
            self._engine.take(request)
        self._engine.log = context.log
        self._asked = self._asked or request is not None
        return self._engine

    @property
    def is_preview(self) -> bool:
        """Whether the run sends nothing: because a person asked for that, or the company's policy did."""
        return self._engine is not None and self._engine.request.preview

    def _open(self, context: StepContext, request: SyncRequest) -> Engine:
        scope = self.scope
        with contextlib.ExitStack() as opening:
            engine = opening.enter_context(
                open_engine(
                    scope.environment,
                    scope.company,
                    request,
                    run_id=context.run.run_id,
                    wait_seconds=self.wait_seconds,
                    log=context.log,
                )
            )
            for materialization in snapshot_materializations(scope, engine.run):
                context.log_event(materialization)
            # Held from here on; had anything failed before, the realm would be free again at once.
            self._stack.push(opening.pop_all())

        def say(sentence: str) -> None:  # in the log of whichever step has come since
            engine.log.info(sentence)

        engine.run.progress.listeners.append(NowAndThen(say))
        return engine

    def close(self, context: dg.InitResourceContext) -> None:
        """Release the realm, and tag the run with the result of its rows."""
        engine, self._engine = self._engine, None
        with in_peoples_words():
            self._stack.close()
            if engine is not None:
                url = self.scope.environment.pipelines_database_url.get_secret_value()
                with (
                    contextlib.suppress(LedgerError),
                    connect(url) as connection,
                    lost_connection_explained(),
                ):
                    sum_up_new(connection, engine.run.realm)
                tag_result(context, engine.run.run_id, url, engine.run.realm)


class Sessions:
    """The session of the one company that a run is for, made when a step first asks for it."""

    def __init__(self, scopes: Mapping[str, Scope], make: type[SyncSession]) -> None:
        self._scopes, self._make = scopes, make
        self._made: dict[str, SyncSession] = {}

    def of(self, slug: str) -> SyncSession:
        """The session of the company with that short name. Raises CannotLaunch where a step of another company has asked before."""
        if others := self._made.keys() - {slug}:
            raise _for_one_company({slug, *others})
        if slug not in self._made:
            self._made[slug] = self._make(self._scopes[slug])
        return self._made[slug]

    def close(self, context: dg.InitResourceContext) -> None:
        """Close what was made."""
        for session in self._made.values():
            session.close(context)


def session_resource(scopes: Sequence[Scope], make: type[SyncSession] = SyncSession) -> dg.ResourceDefinition:
    """The session of a run of any of these companies, as Dagster's resource ``session``; steps reach it by ``session_of``.

    One resource for all: every job's description in Dagster lists all resources there are.
    """
    by_slug = {scope.slug: scope for scope in scopes}

    @dg.resource(description="The run's hold on its company: settings, the ledger, QuickBooks.")
    def session(context: dg.InitResourceContext) -> Generator[Sessions]:
        sessions = Sessions(by_slug, make)
        try:
            yield sessions
        finally:
            sessions.close(context)

    return session


def session_of(context: StepContext, scope: Scope) -> SyncSession:
    """The session of the step's own company. Raises CannotLaunch where a run was to make assets of several companies."""
    companies = {scope.slug, *(asset.path[0] for asset in _selected(context))}
    if len(companies) > 1:
        raise _for_one_company(companies)
    sessions: Sessions = getattr(context.resources, SESSION)
    return sessions.of(scope.slug)


def _for_one_company(slugs: Collection[str]) -> CannotLaunch:
    return CannotLaunch(
        f"A run is for one company, but assets of {' and of '.join(sorted(slugs))} were chosen together. "
        "Nothing was sent. Launch one company at a time."
    )


def company_op(scope: Scope, name: str, **options: Any) -> Callable[[Callable[..., Any]], dg.OpDefinition]:
    """``dg.op`` under the company's own name: it asks for what every step needs, and begins and ends as every step does (``step``)."""
    make = dg.op(name=named(scope, name), required_resource_keys=NEEDS, **options)
    return lambda function: make(step(function))


def options_of(context: StepContext) -> SyncOptions:
    """What was chosen at launch."""
    return getattr(context.resources, OPTIONS)


def _selected(context: StepContext) -> Collection[dg.AssetKey]:
    return context.op_execution_context.job_def.asset_layer.selected_asset_keys


def request_of(context: StepContext, scope: Scope) -> SyncRequest:
    """What a run over a range of partitions was asked for: the record types whose push was chosen, no others; of those the ones that the
    tag ``record_types`` names, where the run has it.

    Raises CannotLaunch where the tag names one whose push was not chosen.
    """
    window = context.partition_time_window
    days = DateRange.between(window.start, window.end, scope.company.zone)
    pushed = pushed_by(scope, _selected(context))
    named_by_tag = types_from_tags(context.run.tags) or pushed
    if left_out := [name for name in named_by_tag if name not in pushed]:
        raise CannotLaunch(
            f"The tag {TYPES_TAG} names {listed(left_out)}, but {sync_key(scope, left_out[0]).to_user_string()} is not among the chosen "
            "assets. Choose it too, or change the tag. Nothing was sent."
        )
    return asked(context, options_of(context), days=(ChosenDays(days, named_by_tag),))


def asked(context: StepContext, options: SyncOptions, **chosen: Any) -> SyncRequest:
    """What a run was asked for: its options, who asked, and the days or the record ``chosen``."""
    request = SyncRequest(
        force=options.force,
        preview=options.preview,
        full=options.full,
        confirm_unusual=options.confirm_unusual,
        requested_by=context.run.tags.get(REQUESTED_BY_TAG, "Dagster"),
    )
    return msgspec.structs.replace(request, **chosen)


def selected_assets(context: dg.AssetExecutionContext) -> frozenset[dg.AssetKey]:
    """The assets this run is to make, those before and after this step included."""
    return frozenset(_selected(context))
