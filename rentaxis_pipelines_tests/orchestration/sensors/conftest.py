"""Ticks of the real sensors on a real ledger and RentAxis database; what they ask for is carried out by the chain."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.remote_origin import (  # nor to say where a run came from
    InProcessCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.test_utils import create_run_for_test  # Dagster has no public way to make a run record
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.orchestration.names import named, plain
from rentaxis_pipelines.settings import load_scope
from rentaxis_pipelines.sync.resync import edited, fixed, missed
from rentaxis_pipelines.sync.resync.sensor_context import SensorContext, both_databases
from rentaxis_pipelines_tests.support import company_jobs
from rentaxis_pipelines_tests.support.chain import Chain, chain
from rentaxis_pipelines_tests.support.sensor_switches import switch

__all__ = ["chain"]

HERE = "rentaxis_pipelines"
EVERYTHING = "all records"
SENSORS = (missed.SENSOR, fixed.SENSOR, edited.SENSOR)
FIRST, LAST = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def location_origin(location: str) -> InProcessCodeLocationOrigin:
    target = LoadableTargetOrigin(module_name="rentaxis_pipelines.definitions")
    return InProcessCodeLocationOrigin(target, location_name=location)


@dataclass
class CompanySensors:
    """A company and its sensors: somebody changes things, sensors tick, runs are carried out."""

    chain: Chain
    instance: dg.DagsterInstance

    def tick(self, name: str, cursor: str | None = None, location: str = HERE) -> dg.SensorResult:
        """One evaluation of the sensor of that code location, on this process's environment. Raises what the tick would fail with."""
        context = dg.SensorEvaluationContext(
            instance_ref=None,
            instance=self.instance,
            cursor=cursor,
            code_location_origin=location_origin(location),
        )
        return company_jobs.shared_sensor(name)(context)

    def asked(self, name: str, cursor: str | None = None) -> list[tuple[str, str, str]]:
        """The runs a tick asks for, as (record types, first day, last day); days that lie apart as the ranges of their run."""
        return [part for run in self.runs(name, cursor) for part in run]

    def runs(self, name: str, cursor: str | None = None) -> list[list[tuple[str, str, str]]]:
        """The same by run."""
        return [parts_of(one) for one in self.tick(name, cursor).run_requests or []]

    def switch(self, running: bool, *names: str) -> None:
        """Switch these sensors on or off, as a person does at the desk."""
        environment = self.chain.environment
        url = environment.pipelines_database_url.get_secret_value()
        switch(url, environment.quickbooks_realm_id, *names, running=running)

    def carry_out(self, tick: dg.SensorResult) -> list[dict[tuple[str, str], RowResult]]:
        """Do what the runs asked for do; the results of each."""
        return [
            self.chain.sync(
                *(RECORD_TYPES if types == EVERYTHING else types.split("+")),
                first_day=dt.date.fromisoformat(first),
                last_day=dt.date.fromisoformat(last),
            )
            for one in tick.run_requests or []
            for types, first, last in parts_of(one)
        ]

    def run_of(self, request: dg.RunRequest, status: dg.DagsterRunStatus) -> dg.DagsterRun:
        """The run a sensor asked for, as Dagster remembers it."""
        return create_run_for_test(
            self.instance,
            job_name=request.job_name or "",
            run_config=dict(request.run_config),
            status=status,
            tags=dict(request.tags),
            asset_selection=frozenset(request.asset_selection) if request.asset_selection else None,
        )

    def run_record(
        self,
        first: str,
        last: str,
        status: dg.DagsterRunStatus,
        job: str = "bulk_sync",
        location: str = HERE,
        **tags: str,
    ) -> dg.DagsterRun:
        """A run of these days as Dagster remembers it."""
        return create_run_for_test(
            self.instance,
            job_name=named(load_scope(), job),
            status=status,
            tags={FIRST: first, LAST: last, **tags},
            remote_job_origin=RemoteJobOrigin(
                RemoteRepositoryOrigin(location_origin(location), "__repository__"), job
            ),
        )

    def ledger(self, statement: str, **values: Any) -> list[Any]:
        """Ask, or change, the ledger."""
        with connect(self.chain.environment.pipelines_database_url.get_secret_value()) as connection:
            found = connection.execute(sa.text(statement), values)
            rows = list(found.all()) if found.returns_rows else []
            connection.commit()
        return rows

    def sensor_context(self, now: dt.datetime, **options: Any) -> Any:
        """A look at a time of the test's choosing, as a context manager of an SensorContext."""
        return _Look(self.chain, now, options)


def looked_until(tick: dg.SensorResult) -> dt.datetime:
    """Up to where edited_records has looked at the company, by its cursor after the tick."""
    (at,) = json.loads(tick.cursor or "")["cursors"].values()
    return dt.datetime.fromisoformat(at)


def parts_of(request: dg.RunRequest) -> list[tuple[str, str, str]]:
    """What a run is asked for, range by range, as (record types, first day, last day)."""
    if FIRST in request.tags:
        assert plain(request.job_name or "") == "bulk_sync"
        chosen = [asset.path[-1] for asset in request.asset_selection or () if asset.path[-2] == "sync"]
        return [(_types(chosen or RECORD_TYPES), request.tags[FIRST], request.tags[LAST])]
    assert plain(request.job_name or "") == "push_days"
    asked = request.run_config["ops"]["push_days_apart"]["config"]["ranges"]
    return [(_types(one["record_types"]), one["first_day"], one["last_day"]) for one in asked]


def _types(chosen: Sequence[str]) -> str:
    return EVERYTHING if set(chosen) == set(RECORD_TYPES) else "+".join(chosen)


class _Look:
    def __init__(self, chain: Chain, now: dt.datetime, options: dict[str, Any]) -> None:
        self._databases = both_databases(chain.environment)
        self._chain, self._now, self._options = chain, now, options

    def __enter__(self) -> SensorContext:
        ledger, source = self._databases.__enter__()
        yesterday = self._now.date() - dt.timedelta(days=1)
        usual = {"reachable": DateRange.of_days(dt.date(2026, 1, 1), yesterday)}
        return SensorContext(
            ledger=ledger, source=source, environment=self._chain.environment, company=self._chain.company,
            now=self._now, **{**usual, **self._options},
        )  # fmt: skip

    def __exit__(self, *error: Any) -> None:
        self._databases.__exit__(*error)


@pytest.fixture
def company_sensors(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> Iterator[CompanySensors]:
    """Nothing pushed yet; Dagster remembers no run. Every sensor is switched on."""
    for name, value in chain.environment.model_dump(exclude_none=True).items():
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        monkeypatch.setenv(name.upper(), text)
    with dg.DagsterInstance.ephemeral() as instance:
        company_sensors = CompanySensors(chain, instance)
        company_sensors.switch(True, *SENSORS)
        yield company_sensors
