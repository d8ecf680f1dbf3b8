"""Launching a job for a range of days from Python: the same job, the same range run as from the Dagster UI.

Here: checking what a person asked for, and handing it to Dagster. Not here: words on a screen (``cli``).
"""

import contextlib
import datetime as dt
import getpass
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import RECORD_TYPES, SOURCE_TYPES
from rentaxis_pipelines.orchestration import push_record
from rentaxis_pipelines.orchestration.dagster_home import home, refuse_unusable_home
from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.orchestration.failures import sentence_of
from rentaxis_pipelines.orchestration.names import BULK_SYNC, FORCE, PUSH_RECORD, job_of, named
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.orchestration.partitions import daily
from rentaxis_pipelines.orchestration.push_record import PushRecord, RecordType
from rentaxis_pipelines.orchestration.run_tags import RANGE_END, RANGE_START
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


def check_range(scope: Scope, first_day: dt.date, last_day: dt.date) -> None:
    """Raises CannotLaunch unless both days can be chosen and are in order."""
    earliest, latest = _whole(scope)
    for day in (first_day, last_day):
        if day < earliest:
            raise CannotLaunch(
                f"{day} is before the first day that can be chosen, {earliest} (first_day in the company file)."
            )
        if day > latest:
            raise CannotLaunch(
                f"{day} is after the last day that can be chosen, {latest} (days_ahead in the company file)."
            )
    if first_day > last_day:
        raise CannotLaunch(f"The range begins on {first_day}, after its end on {last_day}. Swap the two.")


def whole_range(scope: Scope, first_day: dt.date | None, last_day: dt.date | None) -> tuple[dt.date, dt.date]:
    """The range with what was left out filled in: from the first day that can be chosen, to the last.

    Raises CannotLaunch where no day can be chosen yet.
    """
    earliest, latest = _whole(scope)
    return first_day or earliest, last_day or latest


def _whole(scope: Scope) -> tuple[dt.date, dt.date]:
    days = daily(scope)
    earliest, latest = days.get_first_partition_key(), days.get_last_partition_key()
    if earliest is None or latest is None:
        raise CannotLaunch("No day can be chosen yet: first_day in the company file is in the future.")
    return dt.date.fromisoformat(earliest), dt.date.fromisoformat(latest)


def check_types(record_types: Sequence[str]) -> tuple[str, ...]:
    """The record types in the order they are pushed. Raises CannotLaunch for one that does not exist."""
    unknown = [name for name in record_types if name not in RECORD_TYPES]
    if unknown:
        raise CannotLaunch(f"'{unknown[0]}' is not a record type. Choose from {', '.join(RECORD_TYPES)}.")
    return tuple(name for name in RECORD_TYPES if name in record_types) or RECORD_TYPES


def check_source_type(name: str) -> str:
    """The kind of one record. Raises CannotLaunch for one that does not exist."""
    if name not in SOURCE_TYPES:
        raise CannotLaunch(f"'{name}' is not a kind of record. Choose from {', '.join(SOURCE_TYPES)}.")
    return name


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


def job_names(record_types: Sequence[str], *, force: bool) -> list[str]:
    """The jobs that push exactly these types, in order, by plain name: one for all of them, else one for each."""
    whole = tuple(record_types) == RECORD_TYPES
    names = [BULK_SYNC] if whole else [job_of([name]) for name in record_types]
    return [name + FORCE if force else name for name in names]


def run_range(
    scope: Scope,
    job: str,
    first_day: dt.date,
    last_day: dt.date,
    *,
    instance: dg.DagsterInstance,
    dry_run: bool = False,
    confirm_unusual: bool = False,
) -> Launched:
    """Run the company's job of that plain name over the range in this process, as one run. Raises nothing for a run that fails: see ``Launched``."""
    definition = build_defs([scope]).resolve_job_def(named(scope, job))
    # A job's own preset belongs to its partitions; the Dagster UI merges it in, running in this process does not.
    preset = definition.partitioned_config
    config: dict[str, Any] = (
        dict(preset.get_run_config_for_partition_key(first_day.isoformat())) if preset else {}
    )
    # A preset takes no other configuration; further options go the way a person's go in the UI.
    options = {"dry_run": dry_run, "confirm_unusual": confirm_unusual}
    result = definition.execute_in_process(
        run_config={**config, **_QUIET},
        instance=instance,
        tags={
            RANGE_START: first_day.isoformat(),
            RANGE_END: last_day.isoformat(),
            REQUESTED_BY_TAG: getpass.getuser(),
            **{name: "yes" for name, chosen in options.items() if chosen},
        },
        raise_on_error=False,
    )
    return Launched(result.run_id, result.success, None if result.success else _first_error(result))


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
    chosen = {"force": force, "confirm_unusual": confirm_unusual}
    job = build_defs([scope]).resolve_job_def(named(scope, PUSH_RECORD))
    result = job.execute_in_process(
        run_config={**dg.RunConfig(ops={push_record.OP: form}).to_config_dict(), **_QUIET},
        instance=instance,
        tags={
            REQUESTED_BY_TAG: getpass.getuser(),
            **{name: "yes" for name, is_chosen in chosen.items() if is_chosen},
        },
        raise_on_error=False,
    )
    return Launched(result.run_id, result.success, None if result.success else _first_error(result))


def _first_error(result: dg.ExecuteInProcessResult) -> str:
    """The sentence of the failure that came first."""
    return next(filter(None, map(sentence_of, result.all_events)), "see its log in Dagster.")
