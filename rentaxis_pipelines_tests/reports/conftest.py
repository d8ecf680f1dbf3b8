"""The chain without Dagster for the proof's tests: a portfolio, a QuickBooks company, a push of everything, a reconciliation."""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import psycopg
import pytest
import requests
import sqlalchemy as sa
from cryptography.fernet import Fernet

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.demo.stack import COMPANY_FILE, ORGANIZATION
from rentaxis_pipelines.ledger.database import connect, engine, looking_in, migrate
from rentaxis_pipelines.model.record_types import BASIC_TYPES
from rentaxis_pipelines.model.sync_request import SyncRequest, over
from rentaxis_pipelines.quickbooks.tokens import Token
from rentaxis_pipelines.rentaxis.contract import IntegrationSettings
from rentaxis_pipelines.reports.marts import run_marts
from rentaxis_pipelines.reports.reconcile import Summary, context_of, reconcile
from rentaxis_pipelines.settings import Company, Environment, load_company
from rentaxis_pipelines.sync.engine import Engine, open_engine
from rentaxis_pipelines.sync.session import token_store
from rentaxis_pipelines.sync.source import RentAxis
from rentaxis_pipelines_tests.support.quickbooks import as_new

FIRST_DAY, LAST_DAY = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
COMPANY = load_company(COMPANY_FILE)


class _Enabled(RentAxis):
    """A RentAxis where these record types are switched on."""

    def __init__(self, environment: Environment, zone: ZoneInfo, enabled: frozenset[str]) -> None:
        super().__init__(environment, zone)
        self._enabled = enabled

    def settings(self) -> IntegrationSettings:
        return msgspec.structs.replace(
            super().settings(), enabled_types=sorted(self._enabled), sync_direction="both"
        )


@dataclass
class Books:
    """A RentAxis database, a QuickBooks company, and the ledger between them."""

    environment: Environment
    emulator: Emulator
    clock_ahead: dt.timedelta = dt.timedelta()
    company: Company = COMPANY
    enabled: frozenset[str] = frozenset(BASIC_TYPES)

    def later(self, days: int) -> None:
        """From now on it is so many days later for the reconciliation."""
        self.clock_ahead += dt.timedelta(days=days)

    @property
    def realm(self) -> str:
        return self.environment.quickbooks_realm_id

    def push(
        self, first_day: dt.date = FIRST_DAY, last_day: dt.date = LAST_DAY, *, force: bool = False
    ) -> str:
        """Push every record type of these days, as a run does; returns the run's id."""
        with self.opened(days=over(first_day, last_day), force=force, confirm_unusual=True) as engine:
            engine.sync()
            return engine.run.run_id

    @contextmanager
    def opened(self, **asked: Any) -> Iterator[Engine]:
        """The open company, for what was ``asked`` (fields of SyncRequest), by its clock."""
        with open_engine(
            self.environment,
            self.company,
            SyncRequest(**{"requested_by": "a test", **asked}),
            run_id=uuid.uuid4().hex,
            source=_Enabled(self.environment, self.company.zone, self.enabled),
            now=lambda: dt.datetime.now(dt.UTC) + self.clock_ahead,
        ) as engine:
            yield engine

    def reconcile(self) -> Summary:
        """The proof, as of today."""
        with self.opened() as engine:
            return reconcile(engine.run, self.environment, context_of(engine.run, self.company))

    def control(self, name: str, /, **body: Any) -> Any:
        """The emulator's control plane."""
        answer = requests.post(f"{self.emulator.control_url}/{name}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def objects(self, entity: str) -> list[dict[str, Any]]:
        """All objects of an entity as QuickBooks stores them."""
        return requests.get(
            f"{self.emulator.control_url}/objects", params={"entity": entity}, timeout=30
        ).json()

    def by_hand(self, deed: str, /, **how: Any) -> dict[str, Any]:
        """What a person does in QuickBooks."""
        return self.control("hand", deed=deed, **how)

    @contextmanager
    def reports(self) -> Iterator[sa.Connection]:
        """A connection to the pipelines' database that looks into the company's reports."""
        schema = self.environment.company_key.schema("reports")
        with (
            connect(self.environment.pipelines_database_url.get_secret_value()) as connection,
            looking_in(connection, schema),
        ):
            yield connection

    def sql(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of the pipelines' database; tables without a schema are those of the company's reports."""
        with self.reports() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement), parameters).mappings()]

    def sql_do(self, statement: str) -> None:
        """Change the pipelines' database."""
        with self.reports() as connection:
            connection.execute(sa.text(statement))
            connection.commit()

    def make_again(self, *marts: str) -> None:
        """Make chosen marts again from the tables as they are."""
        with self.reports() as connection:
            run_marts(connection, marts)
            connection.commit()

    def rentaxis(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a person does in RentAxis; the rows of a query."""
        with psycopg.connect(self.environment.rentaxis_database_url.get_secret_value()) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []


def _make_books(postgres: embedded.Server, quickbooks: Emulator, rentaxis_template: str, name: str) -> Books:
    """Fresh databases, and the QuickBooks company as it was in the beginning."""
    pipelines = postgres.create_database(f"pipelines_{name}", template="template0")
    environment = Environment(
        rentaxis_database_url=postgres.create_database(f"rentaxis_{name}", template=rentaxis_template),
        pipelines_database_url=pipelines,
        quickbooks_base_url=quickbooks.base_url,
        quickbooks_auth_base_url=quickbooks.auth_base_url,
        quickbooks_realm_id=quickbooks.realm_id,
        quickbooks_client_id=quickbooks.client_id,
        quickbooks_client_secret=quickbooks.client_secret,
        quickbooks_limits="off",
        pipelines_secret_key=Fernet.generate_key().decode(),
        rentaxis_organization_id=ORGANIZATION,
        rentaxis_company_file=COMPANY_FILE,
    )
    books = Books(environment, quickbooks)
    as_new(quickbooks)
    migrate(pipelines)
    _sign_in(environment, quickbooks)
    return books


def _sign_in(environment: Environment, quickbooks: Emulator) -> None:
    """The connection a person made on Intuit's pages."""
    with token_store(environment).locked() as held:
        held.save(Token("none yet", quickbooks.refresh_token, time.time() - 1, quickbooks.realm_id))


@pytest.fixture(scope="session")
def make_books() -> Callable[..., Books]:
    """``make_books(postgres, quickbooks, template, name)``: nothing pushed yet, for fixtures of any scope."""
    return _make_books


@pytest.fixture
def books(postgres: embedded.Server, quickbooks: Emulator, rentaxis_template: str) -> Books:
    """Nothing pushed yet."""
    return _make_books(postgres, quickbooks, rentaxis_template, uuid.uuid4().hex)


@dataclass
class Pushed:
    """The whole portfolio pushed and reconciled once, to be had again and again."""

    books: Books
    postgres: embedded.Server
    name: str
    baseline: dict[str, str]

    def again(self) -> Books:
        """The same state anew."""
        for each in ("pipelines", "rentaxis"):
            database = f"{each}_{self.name}"
            engine(self.postgres.url(database)).dispose()
            self.postgres.drop_database(database)
            self.postgres.create_database(database, template=f"{database}_kept")
        as_new(self.books.emulator)
        self.books.control("restore", name=self.name)
        _sign_in(self.books.environment, self.books.emulator)  # other tests have used it since
        return replace(self.books)


@pytest.fixture(scope="session")
def pushed_once(postgres: embedded.Server, quickbooks_server: Emulator, rentaxis_template: str) -> Pushed:
    name = uuid.uuid4().hex
    books = _make_books(postgres, quickbooks_server, rentaxis_template, name)
    # Where RentAxis names no account the company file decides: cash and checks wait in Undeposited Funds.
    books.rentaxis("update rentaxis.payments set deposit_account_id = null where method in ('cash', 'check')")
    books.push()
    books.reconcile()
    found = books.sql("select record, explanation from differences")
    books.control("snapshot", name=name)
    for each in ("pipelines", "rentaxis"):
        engine(postgres.url(f"{each}_{name}")).dispose()
        postgres.create_database(f"{each}_{name}_kept", template=f"{each}_{name}")
    return Pushed(books, postgres, name, {row["record"]: row["explanation"] for row in found})


@pytest.fixture
def pushed(pushed_once: Pushed) -> Books:
    """The whole portfolio pushed."""
    return pushed_once.again()
