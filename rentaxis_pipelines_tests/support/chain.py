"""The whole chain without Dagster: a RentAxis database, a real ledger, the emulated QuickBooks, one call a sync.

Here: the chain and its fixtures. A folder whose tests use them imports the fixtures in its conftest.
"""

import datetime as dt
import itertools
import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from quickbooks_emulator import server as emulator
from rentaxis_pipelines.demo import portfolio
from rentaxis_pipelines.ledger import decisions, results
from rentaxis_pipelines.ledger.database import connect, engine, migrate
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.decisions import Decision, Question
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.quickbooks.tokens import Token
from rentaxis_pipelines.rentaxis.all_models import refuse_broken_models
from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.extract import extract, integration_settings
from rentaxis_pipelines.rentaxis.frames import DAY, RECORD_CLASSES, RecordType, records_from_frame
from rentaxis_pipelines.settings import Company, Environment, load_company
from rentaxis_pipelines.sync.choice import RECORD_TYPES, Choice, refuse_other_currency, refuse_wrong_company
from rentaxis_pipelines.sync.decide_links import DecisionRequest, decide
from rentaxis_pipelines.sync.finish import finish_plan
from rentaxis_pipelines.sync.planning.changed_parties import changed_payers, changed_vendors
from rentaxis_pipelines.sync.planning.deleted_at_source import left_behind
from rentaxis_pipelines.sync.planning.plan_parties import plan_customers
from rentaxis_pipelines.sync.planning.plan_records import plan_expenses, plan_invoices, plan_payments
from rentaxis_pipelines.sync.planning.resolve_payers import matches_of
from rentaxis_pipelines.sync.planning.settings_used import fingerprint
from rentaxis_pipelines.sync.pushing.push import push
from rentaxis_pipelines.sync.pushing.recover import recover
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.session import open_run, token_store
from rentaxis_pipelines.sync.snapshot import bring_up_to_date, references_of

COMPANY_FILE = Path(__file__).parents[2] / "config" / "company.demo.yaml"
FIRST_DAY, LAST_DAY = dt.date(2026, 5, 1), dt.date(2026, 10, 31)
ORGANIZATION = "1"


@dataclass
class Chain:
    """One company. ``sync`` does what a Dagster run of the chosen types does; the rest looks at what came of it."""

    environment: Environment
    company: Company
    quickbooks: emulator.Emulator
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def sync(
        self,
        *record_types: str,
        first_day: dt.date = FIRST_DAY,
        last_day: dt.date = LAST_DAY,
        force: bool = False,
        dry_run: bool = False,
    ) -> dict[tuple[str, str], RowResult]:
        """Extract, match, plan, push and record; the run's results by (source_type, source_id)."""
        chosen = record_types or RECORD_TYPES
        with self.run() as run:
            records = self._read(first_day, last_day)
            choice = self.choice(first_day, last_day, force, dry_run)
            references = references_of(run.connection, run.realm)
            choice = msgspec.structs.replace(choice, settings=fingerprint(self.company, references))
            refuse_other_currency(self.company, references)
            context = Context(self.company, references, force)
            vanished: dict[str, list[Link]] = {}
            for name in ("invoices", "payments", "expenses"):
                found = left_behind(run, self.environment, context, choice, name, records[name])
                records[name] += found.moved
                vanished[name] = found.vanished
            payers = records["tenants"] + records["programs"]
            everybody = [payer for _, payer in payers] + [
                one.payer
                for name in ("invoices", "payments")
                for _, one in records[name]
                if one.payer is not None
            ]
            newest = {
                (one.kind, one.source_id): one for one in sorted(everybody, key=lambda one: one.updated_at)
            }
            matches = matches_of(run, newest.values())
            changed = changed_payers(run, self.environment, context, choice, payers)
            plans = {
                "customers": lambda: plan_customers(run, context, choice, payers + changed, matches),
                "invoices": lambda: plan_invoices(
                    run, context, choice, records["invoices"], matches, vanished["invoices"]
                ),
                "payments": lambda: plan_payments(
                    run, context, choice, records["payments"], matches, vanished["payments"]
                ),
                "expenses": lambda: plan_expenses(
                    run,
                    context,
                    choice,
                    records["expenses"],
                    vanished["expenses"],
                    changed_vendors(run, self.environment, choice),
                ),
            }
            for record_type in chosen:
                plan_id = plans[record_type]()
                if not dry_run:
                    push(run, plan_id)
                finish_plan(run, plan_id)
            became = results.results_of(run.connection, run.realm, run_id=run.run_id)
        return {(one.source_type, one.source_id): one for one in became}

    @contextmanager
    def run(self, **options: Any) -> Iterator[Run]:
        """An open run, with what earlier ones left open settled and the snapshot up to date."""
        run_id = f"run-{next(self._numbers)}"
        with open_run(
            self.environment, run_id, "a test", wait_seconds=10, settle_seconds=0, **options
        ) as run:
            recover(run)
            bring_up_to_date(run)
            yield run

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
            asked = decisions.questions(connection, self.environment.quickbooks_realm_id)
        return {(one.source_type, one.source_id): one for one in asked}

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
            (found,) = portfolio.label(connection, label, source_type)
        return source_type, str(found)

    def _read(self, first_day: dt.date, last_day: dt.date) -> dict[str, list[tuple[dt.date, Any]]]:
        days = DateRange.of_days(first_day, last_day)
        names: tuple[RecordType, ...] = ("tenants", "programs", "invoices", "payments", "expenses")
        found: dict[str, list[tuple[dt.date, Any]]] = {}
        with snapshot(self.environment.rentaxis_database_url.get_secret_value()) as source:
            refuse_broken_models(source, ORGANIZATION)
            for name in names:
                frame = extract(source, name, days, ORGANIZATION, self.company.zone)
                found[name] = list(
                    zip(frame[DAY].to_list(), records_from_frame(frame, RECORD_CLASSES[name]), strict=True)
                )
        return found

    def choice(
        self, first_day: dt.date, last_day: dt.date, force: bool = False, dry_run: bool = False
    ) -> Choice:
        """What a launch may push, within what RentAxis' integration settings allow."""
        with snapshot(self.environment.rentaxis_database_url.get_secret_value()) as source:
            settings = integration_settings(source, ORGANIZATION)
        refuse_wrong_company(settings, self.environment, self.company)
        return Choice(
            first_day=first_day,
            last_day=last_day,
            enabled_types=frozenset(settings.enabled_types or []),
            direction=settings.sync_direction or "none",
            force=force,
            dry_run=dry_run,
        )


@contextmanager
def connected(
    rentaxis_url: str, pipelines_url: str, quickbooks: emulator.Emulator, company_file: Path = COMPANY_FILE
) -> Iterator[Chain]:
    """The chain between these, nothing pushed yet. The pipelines database is empty."""
    environment = Environment(
        rentaxis_database_url=rentaxis_url,
        pipelines_database_url=pipelines_url,
        quickbooks_base_url=quickbooks.base_url,
        quickbooks_auth_base_url=quickbooks.auth_base_url,
        quickbooks_realm_id=quickbooks.realm_id,
        quickbooks_client_id=quickbooks.client_id,
        quickbooks_client_secret=quickbooks.client_secret,
        quickbooks_limits="off",
        pipelines_secret_key=Fernet.generate_key().decode(),
        rentaxis_organization_id=ORGANIZATION,
        rentaxis_company_file=company_file,
    )  # pyright: ignore[reportArgumentType] - pydantic turns texts into secrets
    migrate(pipelines_url)
    one = Chain(environment, load_company(company_file), quickbooks)
    one.sign_in()
    try:
        yield one
    finally:
        engine(pipelines_url).dispose()


@pytest.fixture
def quickbooks() -> Iterator[emulator.Emulator]:
    """The emulated QuickBooks with the demo company."""
    with emulator.start(seed="demo") as running:
        yield running


@pytest.fixture
def chain(rentaxis_database: str, database: str, quickbooks: emulator.Emulator) -> Iterator[Chain]:
    """The demo portfolio (May to October 2026) before anything of it was pushed."""
    with connected(rentaxis_database, database, quickbooks) as one:
        yield one
