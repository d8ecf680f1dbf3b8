"""The real definitions on a real Postgres and the emulated QuickBooks: a job launched over days, and what came of it."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
import requests
from psycopg.rows import dict_row

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo.stack import COMPANY_FILE
from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.orchestration.run_tags import RANGE_END, RANGE_START
from rentaxis_pipelines_tests.support import company_jobs
from rentaxis_pipelines_tests.support.connected import connect_environment


@dataclass(frozen=True)
class Ended:
    """A run that came to its end."""

    result: dg.ExecuteInProcessResult

    @property
    def run_id(self) -> str:
        return self.result.run_id

    @property
    def success(self) -> bool:
        return self.result.success

    @property
    def checks(self) -> dict[str, dg.AssetCheckEvaluation]:
        """Every check of the run by name. Fails the test if one was evaluated twice."""
        evaluations = self.result.get_asset_check_evaluations()
        by_name = {
            one.check_name if one.asset_key.path[1] != "rentaxis" else "/".join(one.asset_key.path[1:]): one
            for one in evaluations
        }
        assert len(by_name) == len(evaluations), "one evaluation a run, however many days"
        return by_name

    @property
    def why(self) -> str:
        """The sentence of the failure, with what Dagster puts around it."""
        return "\n".join(
            event.event_specific_data.error.to_string()
            for event in self.result.all_events
            if event.is_failure and getattr(event.event_specific_data, "error", None)
        )

    def observed(self, asset: str) -> dict[str | None, dict[str, Any]]:
        """The metadata of each day of an asset that was only looked at; None is the whole range."""
        return {
            event.asset_observation_data.asset_observation.partition: {
                name: value.value
                for name, value in event.asset_observation_data.asset_observation.metadata.items()
            }
            for event in self.result.get_asset_observation_events()
            if event.asset_key == company_jobs.asset(asset)
        }

    def metadata(self, asset: str) -> dict[str, dict[str, Any]]:
        """The metadata of each day of an asset."""
        return {
            event.materialization.partition: {
                name: value.value for name, value in event.materialization.metadata.items()
            }
            for event in self.result.get_asset_materialization_events()
            if event.asset_key == company_jobs.asset(asset)
        }


@dataclass(frozen=True)
class RunningCompany:
    """One company: jobs, by their plain names, launched as Dagster does, the books, the ledger and the RentAxis database looked at."""

    quickbooks: Emulator
    instance: dg.DagsterInstance
    ledger_url: str
    rentaxis_url: str

    def launch(
        self,
        job: str,
        first_day: dt.date | str,
        last_day: dt.date | str,
        types: Sequence[str] = RECORD_TYPES,
        **tags: str,
    ) -> Ended:
        """The job over the days, as one run, of all its assets or those of some record types; further words are tags of the run."""
        preset = company_jobs.job(job).partitioned_config
        return self.execute(
            job,
            dict(preset.get_run_config_for_partition_key(str(first_day))) if preset else {},
            {RANGE_START: str(first_day), RANGE_END: str(last_day), "requested_by": "a test", **tags},
            None if types is RECORD_TYPES else types,
        )

    def execute(
        self,
        job: str,
        config: Mapping[str, Any],
        tags: Mapping[str, str] | None = None,
        types: Sequence[str] | None = None,
    ) -> Ended:
        """Any job with this configuration; ``types``: only the assets of these record types."""
        return Ended(
            company_jobs.job(job).execute_in_process(
                run_config={**config, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                instance=self.instance,
                tags=dict(tags or {}),
                asset_selection=None if types is None else company_jobs.keys(*types),
                raise_on_error=False,
            )
        )

    def ended(self, result: dg.ExecuteInProcessResult) -> Ended:
        """A run carried out here, looked at as those of ``launch``."""
        return Ended(result)

    def objects(self, entity: str) -> list[dict[str, Any]]:
        """All objects of an entity as QuickBooks stores them."""
        answer = requests.get(f"{self.quickbooks.control_url}/objects", {"entity": entity}, timeout=30)
        return answer.json()

    def writes(self) -> int:
        """How many requests that write QuickBooks was sent so far, batches among them."""
        counts = requests.get(f"{self.quickbooks.base_url}/_emulator/counts", timeout=60).json()
        return counts["writes"] + counts["batches"]

    def sql(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of the pipelines' database."""
        return _ask(self.ledger_url, statement, values)

    def rentaxis(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Ask, or change, the RentAxis database."""
        return _ask(self.rentaxis_url, statement, values)


def _ask(url: str, statement: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def company_file(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo's company file; a test may point RENTAXIS_COMPANY_FILE at another one."""
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(COMPANY_FILE))
    return COMPANY_FILE


@pytest.fixture
def running_company(
    monkeypatch: pytest.MonkeyPatch,
    rentaxis_database: str,
    ledger_database: str,
    quickbooks: Emulator,
    company_file: Path,
) -> Iterator[RunningCompany]:
    """The demo portfolio (May to October 2026), nothing pushed yet, books as they were in the beginning."""
    connect_environment(monkeypatch, rentaxis_database, ledger_database, quickbooks)
    with dg.DagsterInstance.ephemeral() as instance:
        yield RunningCompany(quickbooks, instance, ledger_database, rentaxis_database)
    engine(ledger_database).dispose()
