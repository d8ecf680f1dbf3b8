"""Launching a job for a range of days from Python: the same job, the same range run as from the Dagster UI.

Here: checking what a person asked for, and handing it to Dagster. Not here: words on a screen (``cli``).
"""

import contextlib
import getpass
import uuid
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.orchestration import push_approved, push_record, run_lock, undo_run
from rentaxis_pipelines.orchestration.dagster_home import home, refuse_unusable_home
from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.orchestration.executor import shown_to_live
from rentaxis_pipelines.orchestration.failures import sentence_of
from rentaxis_pipelines.orchestration.jobs import assets_chosen
from rentaxis_pipelines.orchestration.names import BULK_SYNC, PUSH_APPROVED, PUSH_RECORD, UNDO_RUN, named
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.orchestration.push_record import PushRecord, RecordType
from rentaxis_pipelines.orchestration.run_tags import range_tags
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.which_record import BY_ID

# Events go to Dagster's storage, where the UI shows them; thousands of lines on a terminal help nobody.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Launched:
    """A run that came to its end; ``error`` is what stopped it, for people, or None."""

    run_id: str
    success: bool
    error: str | None


def check_types(record_types: Sequence[str]) -> tuple[str, ...]:
    """The record types in the order they are pushed. Raises CannotLaunch for one that does not exist."""
    unknown = [name for name in record_types if name not in RECORD_TYPES]
    if unknown:
        raise CannotLaunch(f"'{unknown[0]}' is not a record type. Choose from {', '.join(RECORD_TYPES)}.")
    return tuple(name for name in RECORD_TYPES if name in record_types) or RECORD_TYPES


@contextlib.contextmanager
def instance() -> Generator[dg.DagsterInstance]:
    """Dagster's instance of DAGSTER_HOME, where the run is kept; without one, an instance that ends with the block.

    Raises CannotLaunch where it cannot be opened.
    """
    if home():
        refuse_unusable_home()
        with dg.DagsterInstance.get() as kept:
            yield kept
    else:
        with dg.DagsterInstance.ephemeral() as passing:
            yield passing


def run_range(
    scope: Scope,
    days: DateRange,
    record_types: Sequence[str] = RECORD_TYPES,
    *,
    instance: dg.DagsterInstance,
    force: bool = False,
    preview: bool = False,
    full: bool = False,
    confirm_unusual: bool = False,
) -> Launched:
    """Run the company's bulk_sync of these record types over the days in this process, as one run.

    Raises nothing for a run that fails: see ``Launched``; CannotLaunch for a type that the company has no assets of.
    """
    job = build_defs([scope]).resolve_job_def(named(scope, BULK_SYNC))
    options = {"force": force, "preview": preview, "full": full, "confirm_unusual": confirm_unusual}
    tags = {**range_tags(days), **_chosen(options)}
    return _run(job, instance, {}, tags, assets=assets_chosen(scope, record_types))


def run_record(
    scope: Scope,
    source_type: str,
    source_id: str,
    *,
    force: bool,
    instance: dg.DagsterInstance,
    confirm_unusual: bool = False,
) -> Launched:
    """Push the company's record with that id in this process."""
    form = PushRecord(record_type=RecordType(source_type), source_id=f"{BY_ID}{source_id}")
    job = build_defs([scope]).resolve_job_def(named(scope, PUSH_RECORD))
    config = dg.RunConfig(ops={push_record.OP: form}).to_config_dict()
    return _run(job, instance, config, _chosen({"force": force, "confirm_unusual": confirm_unusual}))


def run_approved(scope: Scope, form: Mapping[str, str], *, instance: dg.DagsterInstance) -> Launched:
    """Push an approved plan of the company's in this process; ``form``: that of the job, by ``approval_tags``."""
    return _run_form(scope, PUSH_APPROVED, push_approved.OP, form, {}, instance)


def run_undo(
    scope: Scope, form: Mapping[str, str], *, preview: bool, instance: dg.DagsterInstance
) -> Launched:
    """Take back a run of the company's in this process; ``form``: that of the job, by ``approval_tags``."""
    return _run_form(scope, UNDO_RUN, undo_run.OP, form, {"preview": preview}, instance)


def _run_form(
    scope: Scope,
    job: str,
    op: str,
    form: Mapping[str, str],
    options: Mapping[str, bool],
    instance: dg.DagsterInstance,
) -> Launched:
    definition = build_defs([scope]).resolve_job_def(named(scope, job))
    return _run(definition, instance, {"ops": {op: {"config": dict(form)}}}, _chosen(options))


def _chosen(options: Mapping[str, bool]) -> dict[str, str]:
    """The tags that stand for these options."""
    return {name: "yes" for name, chosen in options.items() if chosen}


def _run(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    config: Mapping[str, Any],
    tags: Mapping[str, str],
    assets: Sequence[dg.AssetKey] | None = None,
) -> Launched:
    run_id = str(uuid.uuid4())
    # Otherwise a run whose terminal was closed, or that was killed, would hold the queue.
    with shown_to_live(instance, run_id):
        result = job.execute_in_process(
            run_id=run_id,
            run_config={**config, **_QUIET},
            instance=instance,
            tags={REQUESTED_BY_TAG: getpass.getuser(), **run_lock.mark(run_id), **tags},
            raise_on_error=False,
            asset_selection=assets,
        )
    # The sentence of the failure that came first.
    sentences = filter(None, map(sentence_of, result.all_events))
    error = None if result.success else next(sentences, "see its log in Dagster.")
    return Launched(result.run_id, result.success, error)
