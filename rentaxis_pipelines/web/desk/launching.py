"""Dagster, as the desk uses it: runs are launched and canceled through its own GraphQL API, in the name of the person, and looked up.

Here: the calls, and their refusals in words for people. Not here: which run a page launches.
"""

import contextlib
import datetime as dt
import functools
import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import anyio.from_thread
import dagster as dg
import httpx2
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.orchestration.failures import told_by
from rentaxis_pipelines.orchestration.jobs import assets_chosen, types_of_run
from rentaxis_pipelines.orchestration.names import BULK_SYNC, is_run_of, job_tags, named
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.orchestration.push_days import only_reads_lists
from rentaxis_pipelines.orchestration.run_tags import range_tags
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.web.door import PERSON
from rentaxis_pipelines.web.people import Person

Phase = Literal["queued", "starting", "running", "canceling", "done", "failed", "canceled"]
_PHASES: Final[Mapping[dg.DagsterRunStatus, Phase]] = {
    dg.DagsterRunStatus.QUEUED: "queued",
    dg.DagsterRunStatus.NOT_STARTED: "queued",
    dg.DagsterRunStatus.MANAGED: "queued",
    dg.DagsterRunStatus.STARTING: "starting",
    dg.DagsterRunStatus.STARTED: "running",
    dg.DagsterRunStatus.CANCELING: "canceling",
    dg.DagsterRunStatus.SUCCESS: "done",
    dg.DagsterRunStatus.FAILURE: "failed",
    dg.DagsterRunStatus.CANCELED: "canceled",
}
GOING: Final = ("queued", "starting", "running", "canceling")

_JOBS = """query Jobs { repositoriesOrError { __typename ... on RepositoryConnection {
  nodes { name location { name } jobs { name } } } } }"""
_LAUNCH = """mutation Launch($params: ExecutionParams!) { launchRun(executionParams: $params) { __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on RunConfigValidationInvalid { errors { message } } } }"""
_CANCEL = """mutation Cancel($id: String!) { terminateRun(runId: $id, terminatePolicy: SAFE_TERMINATE) { __typename } }"""
_AWAY = "Dagster, which does the work, does not answer properly. Nothing was started. Try again in a minute; if it stays so, tell whoever runs it."
_NOT_LOADED = (
    "Dagster, which does the work, does not know this company yet. Nothing was started. Whoever runs it reloads the code location "
    "in Dagster under Deployment."
)
_UNKNOWN = "Dagster, which does the work, does not answer, so what is known of its runs is not shown. Try again in a minute."
# What a process leaves behind that was killed, or ran out of memory: Dagster's words for it help nobody who keeps books.
_ENDED_UNEXPECTEDLY = (
    "It ended unexpectedly. Nothing is lost: what was sent is noted, and the next run settles it before it sends anything. Start it "
    "again; if it ends like this again, tell whoever looks after the sync."
)


class DagsterAway(CannotLaunch):
    """Dagster did not answer, or knows no job of the company's."""


@contextlib.contextmanager
def _answering() -> Generator[None]:
    """Raises DagsterAway where Dagster's own database cannot be read inside the block."""
    try:
        yield
    except (SQLAlchemyError, dg.DagsterError, DagsterPostgresException):
        raise DagsterAway(_UNKNOWN) from None


@dataclass(frozen=True)
class RunState:
    """``sentence``: why it could not be carried out, for people; None where nothing is known. Instants in UTC.

    ``record_types``: those it is to push; empty for a run that pushes no days. ``only_reads_lists``: it brings QuickBooks' lists up to
    date, and pushes nothing.
    """

    run_id: str
    phase: Phase
    job: str
    tags: Mapping[str, str]
    created_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    sentence: str | None
    record_types: tuple[str, ...] = ()
    only_reads_lists: bool = False

    @property
    def is_going(self) -> bool:
        """Whether it has not ended yet."""
        return self.phase in GOING


@dataclass
class DagsterCalls:
    """Dagster's web application, called from within this process, and the instance behind it."""

    application: ASGIApp
    instance: dg.DagsterInstance
    _places: dict[str, tuple[str, str]] = field(default_factory=dict)

    def ask(self, person: Person, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The answer's data. Called from a worker thread of the server. Raises DagsterAway."""
        return anyio.from_thread.run(self._ask, person, query, variables)

    async def _ask(self, person: Person, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        async def as_person(scope: AsgiScope, receive: Receive, send: Send) -> None:
            await self.application({**scope, PERSON: person}, receive, send)

        transport = httpx2.ASGITransport(app=as_person, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://dagster", timeout=60) as client:
            answer = await client.post("/graphql", json={"query": query, "variables": dict(variables)})
        try:
            content = answer.json()
        except ValueError:
            raise DagsterAway(_AWAY) from None
        if answer.status_code != 200 or content.get("errors") or not content.get("data"):
            raise DagsterAway(_AWAY)
        return content["data"]

    def place_of(self, person: Person, job: str) -> tuple[str, str]:
        """The code location and repository that hold the job. Raises DagsterAway where none does."""
        if job not in self._places:
            nodes = self.ask(person, _JOBS, {})["repositoriesOrError"].get("nodes", [])
            self._places = {
                each["name"]: (node["location"]["name"], node["name"])
                for node in nodes
                for each in node["jobs"]
            }
        if job not in self._places:
            raise DagsterAway(_NOT_LOADED if self._places else _AWAY)
        return self._places[job]


@dataclass(frozen=True)
class Launcher:
    """Launches runs of one company in the name of one person. ``who``: as the runs and their rows say it."""

    dagster: DagsterCalls
    person: Person
    who: str
    scope: Scope

    def range(
        self,
        days: DateRange,
        record_types: Sequence[str] = RECORD_TYPES,
        *,
        force: bool = False,
        preview: bool = False,
        confirm_unusual: bool = False,
    ) -> str:
        """Launch one run over these days for these record types; returns its id. Raises CannotLaunch."""
        options = {"force": force, "preview": preview, "confirm_unusual": confirm_unusual}
        tags = {**range_tags(days), **{name: "yes" for name, chosen in options.items() if chosen}}
        return self._launch(BULK_SYNC, {}, tags, assets_chosen(self.scope, record_types))

    def job(self, name: str, config: Mapping[str, Any], tags: Mapping[str, str] | None = None) -> str:
        """Launch the company's job of that plain name; returns the run's id. Raises CannotLaunch."""
        return self._launch(name, config, tags or {})

    def cancel(self, run_id: str) -> None:
        """Ask the run to stop; what is being sent is finished first. Raises DagsterAway."""
        self.dagster.ask(self.person, _CANCEL, {"id": run_id})

    def state(self, run_id: str) -> RunState | None:
        """How the company's run stands; None for a run that Dagster does not know, or that is not the company's."""
        with _answering():
            record = self.dagster.instance.get_run_record_by_id(run_id)
            return None if record is None else self._state(record)

    def going(self) -> list[RunState]:
        """The company's runs that have not ended, newest first."""
        statuses = [status for status, phase in _PHASES.items() if phase in GOING]
        return self._states(dg.RunsFilter(statuses=statuses), limit=200)

    def newest_asked_by(self, who: str) -> RunState | None:
        """The company's newest run that this person, schedule or sensor asked for."""
        # Of fifty companies' nights the newest runs of all might not have one of this company among them.
        tags = {REQUESTED_BY_TAG: who, **job_tags(self.scope)}
        return next(iter(self._states(dg.RunsFilter(tags=tags), limit=50)), None)

    def of(self, run_ids: Sequence[str]) -> dict[str, RunState]:
        """How these runs of the company stand, without why they failed; those that Dagster does not know are absent."""
        states = self._states(dg.RunsFilter(run_ids=list(run_ids)), told=False) if run_ids else []
        return {state.run_id: state for state in states}

    def created(self, after: dt.datetime | None, before: dt.datetime | None) -> list[RunState]:
        """The company's newest runs that were launched between these instants, without why they failed; newest first."""
        return self._states(
            dg.RunsFilter(tags=job_tags(self.scope), created_after=after, created_before=before),
            limit=200,
            told=False,
        )

    def _states(self, which: dg.RunsFilter, *, limit: int | None = None, told: bool = True) -> list[RunState]:
        with _answering():
            records = self.dagster.instance.get_run_records(which, limit=limit)
            states = (self._state(record, told=told) for record in records)
            return [state for state in states if state is not None]

    def _launch(
        self,
        name: str,
        config: Mapping[str, Any],
        tags: Mapping[str, str],
        assets: Sequence[dg.AssetKey] | None = None,
    ) -> str:
        job = named(self.scope, name)
        location, repository = self.dagster.place_of(self.person, job)
        selector: dict[str, Any] = {
            "repositoryLocationName": location,
            "repositoryName": repository,
            "jobName": job,
        }
        if assets is not None:
            selector["assetSelection"] = [{"path": key.path} for key in assets]
        every = {REQUESTED_BY_TAG: self.who, **tags}
        params = {
            "selector": selector,
            "runConfigData": json.dumps(dict(config)),
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in every.items()]},
        }
        answer = self.dagster.ask(self.person, _LAUNCH, {"params": params})["launchRun"]
        if answer["__typename"] != "LaunchRunSuccess":
            raise DagsterAway(_AWAY)
        return answer["run"]["runId"]

    def _state(self, record: dg.RunRecord, *, told: bool = True) -> RunState | None:
        run = record.dagster_run
        if not is_run_of(self.scope, run):
            return None
        phase = _PHASES[run.status]
        return RunState(
            run_id=run.run_id,
            phase=phase,
            job=run.job_name,
            tags=run.tags,
            created_at=record.create_timestamp.replace(tzinfo=dt.UTC)
            if record.create_timestamp.tzinfo is None
            else record.create_timestamp,
            started_at=_instant(record.start_time),
            ended_at=_instant(record.end_time),
            sentence=_failure(self.dagster.instance, run.run_id) if told and phase == "failed" else None,
            record_types=types_of_run(self.scope, run),
            only_reads_lists=only_reads_lists(run),
        )


def _instant(seconds: float | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)


@functools.lru_cache(maxsize=1_000)
def _failure(instance: dg.DagsterInstance, run_id: str) -> str:
    """The sentence of the failure that came first. A run that has failed stays so."""
    types = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.PIPELINE_FAILURE}
    entries = instance.all_logs(run_id, of_type=types)
    events = (entry.dagster_event for entry in entries if entry.dagster_event is not None)
    return next(filter(None, map(told_by, events)), _ENDED_UNEXPECTEDLY)
