"""The whole chain without Dagster: a RentAxis database, a real ledger, the emulated QuickBooks, one call a sync.

Here: the chain and its fixtures. A folder whose tests use them imports the fixtures in its conftest.
"""

import datetime as dt
import itertools
import json
import os
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.ledger import decisions, results
from rentaxis_pipelines.ledger.database import connect, engine, migrate
from rentaxis_pipelines.model.decisions import Decision, Question
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.sync_request import ApprovedPlan, SyncRequest, over
from rentaxis_pipelines.quickbooks.tokens import Token
from rentaxis_pipelines.settings import Company, Environment, load_company
from rentaxis_pipelines.sync.decisions import DecisionRequest, decide
from rentaxis_pipelines.sync.engine import Engine, open_engine
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.session import token_store
from rentaxis_pipelines_tests.support.connected import settings_of
from rentaxis_pipelines_tests.support.demo_cases import ids_of_case

COMPANY_FILE = Path(__file__).parents[2] / "config" / "company.demo.yaml"
# The whole suite can be run in chunks of so many records: whatever it says must come out the same.
CHUNK_RECORDS = os.environ.get("SUITE_CHUNK_RECORDS", "")
FIRST_DAY, LAST_DAY = dt.date(2026, 5, 1), dt.date(2026, 10, 31)


@dataclass
class Chain:
    """One company. ``sync`` does what a Dagster run of the chosen types does; the rest looks at what came of it."""

    environment: Environment
    company: Company
    quickbooks: Emulator
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def sync(
        self,
        *record_types: str,
        first_day: dt.date = FIRST_DAY,
        last_day: dt.date = LAST_DAY,
        force: bool = False,
        preview: bool = False,
        full: bool = False,
    ) -> dict[tuple[str, str], RowResult]:
        """Extract, match, plan, push and record; the run's results by (source_type, source_id)."""
        asked = {"force": force, "preview": preview, "full": full}
        with self.engine(
            days=over(first_day, last_day, *record_types), confirm_unusual=True, **asked
        ) as engine:
            engine.sync()
            run = engine.run
            rows = results.results_of(run.connection, run.realm, run_id=run.run_id)
        return {(row.source_type, row.source_id): row for row in rows}

    def let_force_overwrite(self) -> None:
        """From here on force asks nobody before it overwrites what a person changed in QuickBooks."""
        policies = self.company.policies.model_copy(update={"overwrite_edits": "push"})
        self.company = self.company.model_copy(update={"policies": policies})

    def preview(self, *record_types: str, **choice: Any) -> str:
        """Plan what ``sync`` would do, and send nothing; the plan's id."""
        first_day, last_day = choice.pop("first_day", FIRST_DAY), choice.pop("last_day", LAST_DAY)
        with self.engine(days=over(first_day, last_day, *record_types), preview=True, **choice) as engine:
            engine.sync()
        return engine.run.run_id

    def approve(
        self, plan: str, *, only: tuple[str, ...] = (), without: tuple[str, ...] = (), **choice: Any
    ) -> dict[tuple[str, str], RowResult]:
        """Push the plan as it was approved; the run's results by (source_type, source_id)."""
        asked = ApprovedPlan(preview_id=plan, only=only, without=without)
        with self.engine(approved=asked, **choice) as engine:
            engine.sync()
        rows = self.results_of(engine.run.run_id)
        return {(row.source_type, row.source_id): row for row in rows}

    def push_record(self, source_type: str, source_id: object, **options: Any) -> RowResult | None:
        """Push it alone, as ``rentaxis-sync record`` does; its own result."""
        with self.engine(record=(source_type, str(source_id)), **options) as engine:
            engine.sync()
        rows = {(row.source_type, row.source_id): row for row in self.results_of(engine.run.run_id)}
        return rows.get((source_type, str(source_id)))

    @contextmanager
    def engine(self, *, settle_seconds: float = 0, **asked: Any) -> Iterator[Engine]:
        """The open company, for what was ``asked`` (fields of SyncRequest)."""
        request = SyncRequest(**{"requested_by": "a test", **asked})
        with open_engine(
            self.environment,
            self.company,
            request,
            run_id=f"run-{next(self._numbers):04d}",
            wait_seconds=10,
            settle_seconds=settle_seconds,
        ) as engine:
            yield engine

    @contextmanager
    def run(self) -> Iterator[Run]:
        """An open run, with what earlier ones left open settled and the snapshot up to date."""
        with self.engine() as engine:
            yield engine.run

    def sign_in(self) -> None:
        """The connection a person made on Intuit's pages; to be made again when the company was reset."""
        with token_store(self.environment).locked() as held:
            held.save(
                Token("none yet", self.quickbooks.refresh_token, time.time() - 1, self.quickbooks.realm_id)
            )

    def decide(
        self, kind: Any, source_type: str, source_id: str, quickbooks_id: str | None = None
    ) -> Decision:
        """What a person decides, as the command line and the Dagster jobs carry it out."""
        with self.run() as run:
            request = DecisionRequest(
                kind=kind, source_type=source_type, source_id=source_id, quickbooks_id=quickbooks_id,
                why="as the tenant says", who="Dana Reyes",
            )  # fmt: skip
            return decide(run.connection, run.realm, request, run.now())

    def results_of(self, run_id: str) -> list[RowResult]:
        """The results of a run so far."""
        with connect(self.environment.pipelines_database_url.get_secret_value()) as connection:
            return results.results_of(connection, self.environment.quickbooks_realm_id, run_id=run_id)

    def questions(self) -> dict[tuple[str, str], Question]:
        """What waits for a person, by (source_type, source_id)."""
        with connect(self.environment.pipelines_database_url.get_secret_value()) as connection:
            questions = decisions.questions(connection, self.environment.quickbooks_realm_id)
        return {(question.source_type, question.source_id): question for question in questions}

    def objects(self, entity: str, where: str = "") -> list[dict[str, Any]]:
        """Objects of that type in QuickBooks, inactive ones too, asked for over HTTP."""
        with self.run() as run:
            active = "Active IN (true, false)" if entity in ("Customer", "Vendor") else ""
            condition = " AND ".join(filter(None, (active, where)))
            return list(run.client.query_all(entity, condition))

    def write(self, entity: str, body: dict[str, Any]) -> dict[str, Any]:
        """What the accountant does by hand: create, or change with Id and SyncToken. Returns the object."""
        url = f"{self.quickbooks.base_url}/v3/company/{self.quickbooks.realm_id}/{entity.lower()}?minorversion=75"
        request = urllib.request.Request(
            url,
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.quickbooks.access_token}", "Content-Type": "application/json", "Accept": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)[entity]

    def rentaxis(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Ask, or change, the RentAxis database."""
        url = self.environment.rentaxis_database_url.get_secret_value()
        with psycopg.connect(url, row_factory=dict_row, options="-c search_path=rentaxis") as connection:
            cursor = connection.execute(statement, values)  # pyright: ignore[reportArgumentType] - a test's own text
            return cursor.fetchall() if cursor.description else []

    def labelled(self, label: str, source_type: str = "tenant") -> tuple[str, str]:
        """(source_type, source_id) of the one record of that type with that label in the demo portfolio."""
        url = self.environment.rentaxis_database_url.get_secret_value()
        with psycopg.connect(url) as connection:
            (source_id,) = ids_of_case(connection, label, source_type)
        return source_type, str(source_id)


@contextmanager
def connected(
    rentaxis_url: str, pipelines_url: str, quickbooks: Emulator, company_file: Path = COMPANY_FILE
) -> Iterator[Chain]:
    """The chain between these, nothing pushed yet. The pipelines database is empty."""
    settings = settings_of(rentaxis_url, pipelines_url, quickbooks)
    if CHUNK_RECORDS:
        settings["PIPELINES_CHUNK_RECORDS"] = CHUNK_RECORDS
    environment = Environment.model_validate(
        {"rentaxis_company_file": company_file, **{name.lower(): value for name, value in settings.items()}}
    )
    migrate(pipelines_url)
    chain = Chain(environment, load_company(company_file), quickbooks)
    chain.sign_in()
    try:
        yield chain
    finally:
        engine(pipelines_url).dispose()


@pytest.fixture
def chain(rentaxis_database: str, ledger_database: str, quickbooks: Emulator) -> Iterator[Chain]:
    """The demo portfolio (May to October 2026) before anything of it was pushed."""
    with connected(rentaxis_database, ledger_database, quickbooks) as connected_chain:
        yield connected_chain
