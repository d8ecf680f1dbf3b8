"""A company whose every name, memo, amount and secret can be told wherever it turns up, and the ways its runs are made to fail.

Here: the company and the breaks, each of which is mended when its block is left. Not here: what is expected (``test_failed_runs``).
"""

import logging
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
import requests

from quickbooks_emulator.server import REALM, Emulator
from rentaxis_pipelines.demo.stack import COMPANY_FILE
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.orchestration.run_tags import RANGE_END, RANGE_START
from rentaxis_pipelines.orchestration.session import SyncSession
from rentaxis_pipelines.settings import load_environment
from rentaxis_pipelines.sync.session import client_of
from rentaxis_pipelines_tests.support import company_jobs

# Of everybody and everything in the books, so that what turns up elsewhere can have come from nowhere else.
OF_SOMEBODY = ("Zyxwell", "Zyxmemo", "zyxmail", "7654.31", "7,654.31")
NAMES = """
    update rentaxis.tenants set name = 'Zyxwell ' || id, email = 'zyxmail' || id || '@example.com';
    update rentaxis.vendors set name = 'Zyxwell Supply ' || id, email = 'zyxmail@example.com';
    update rentaxis.expenses set expense_date = '2026-05-04' where expense_date between '2026-05-02' and '2026-05-06';
    update rentaxis.expenses set description = 'Zyxmemo ' || id, amount = 7654.31;
    update rentaxis.invoice_lines set description = 'Zyxmemo ' || id;
"""
DAY = "2026-05-04"
STAGED = f"staging_{REALM}.rentaxis__expenses"
NO_DAYS = "push_days"  # the shortest way to ledger and QuickBooks


@dataclass
class Company:
    """One company in a Dagster of its own, everything logged at debug level."""

    quickbooks: Emulator
    instance: dg.DagsterInstance
    home: Path
    results: Path
    ledger_url: str
    rentaxis_url: str
    definitions: dg.Definitions
    environment: pytest.MonkeyPatch
    secrets: tuple[str, ...]
    log: list[str] = field(default_factory=list)
    expenses: list[dg.AssetKey] = field(default_factory=lambda: company_jobs.keys("expenses"))

    def launch(self, job: str = "bulk_sync", **tags: str) -> dg.ExecuteInProcessResult:
        """The expenses of one day, or the job that is about no days; further words are tags of the run."""
        days = {} if job == NO_DAYS else {RANGE_START: DAY, RANGE_END: DAY}
        return self.definitions.resolve_job_def(f"{job}__demo").execute_in_process(
            run_config={"loggers": {"console": {"config": {"log_level": "DEBUG"}}}},
            instance=self.instance,
            tags={**days, "requested_by": "a test", **tags},
            asset_selection=self.expenses if days else None,
            raise_on_error=False,
        )

    def ledger(self, statement: str) -> list[tuple[Any, ...]]:
        return _ask(self.ledger_url, statement)

    def rentaxis(self, statement: str) -> list[tuple[Any, ...]]:
        return _ask(self.rentaxis_url, statement)

    def control(self, name: str, body: Any) -> None:
        requests.post(f"{self.quickbooks.control_url}/{name}", json=body, timeout=60).raise_for_status()


def _ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


Break = Callable[[Company], AbstractContextManager[None]]


class Heard(logging.Handler):
    """Every record of every logger, with its trace."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.said = said
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


class HardlyWaits(SyncSession):
    wait_seconds = 0.1


def ledger(breaking: str, mending: str) -> Break:
    """A statement on the pipelines' database, and the one that undoes it."""

    @contextmanager
    def broken(company: Company) -> Iterator[None]:
        company.ledger(breaking)
        try:
            yield
        finally:
            company.ledger(mending)

    return broken


def rentaxis(breaking: str, mending: str) -> Break:
    """A statement on the RentAxis database, and the one that undoes it."""

    @contextmanager
    def broken(company: Company) -> Iterator[None]:
        company.rentaxis(breaking)
        try:
            yield
        finally:
            company.rentaxis(mending)

    return broken


def quickbooks(**rule: Any) -> Break:
    """QuickBooks answers every call so."""

    @contextmanager
    def broken(company: Company) -> Iterator[None]:
        client = client_of(load_environment())  # kept for the process, so that its waits can be left out
        company.environment.setattr(client, "_sleep", lambda _: None)
        company.control("faults", {"action": "answer", "path": "/v3/", "times": 0, **rule})
        try:
            yield
        finally:
            company.control("faults", {"clear": True})

    return broken


def variable(name: str, value: Callable[[str], str | None]) -> Break:
    """The environment variable with another value, or none."""

    @contextmanager
    def broken(company: Company) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            wrong = value(os.environ[name])
            if wrong is None:
                patch.delenv(name)
            else:
                patch.setenv(name, wrong)
            if name == "QUICKBOOKS_BASE_URL":
                patch.setattr(client_of(load_environment()), "_sleep", lambda _: None)
            yield

    return broken


def company_file(change: Callable[[str], str]) -> Break:
    """The company file says something else."""

    @contextmanager
    def broken(company: Company) -> Iterator[None]:
        file = company.home.parent / "company.yaml"
        file.write_text(change(COMPANY_FILE.read_text()))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RENTAXIS_COMPANY_FILE", str(file))
            yield

    return broken


@contextmanager
def somebody_else_pushes(company: Company) -> Iterator[None]:
    with realm_lock(company.ledger_url, company.quickbooks.realm_id, wait_seconds=5):
        yield


@contextmanager
def nothing(company: Company) -> Iterator[None]:
    yield


@contextmanager
def a_role_that_may_not_create(company: Company) -> Iterator[None]:
    """The pipelines' database is new, and its user may do nothing but look."""
    with _as_looker(company, "alter schema ledger rename to kept", "alter schema kept rename to ledger"):
        yield


@contextmanager
def a_role_that_may_not_keep_frames(company: Company) -> Iterator[None]:
    """The pipelines' user may use the ledger as it stands, and nothing else."""
    may = "".join(
        f"grant {what} in schema ledger to {{looker}}; "
        for what in ("all on all tables", "all on all sequences")
    )
    may += "grant usage on schema ledger to {looker}"
    with _as_looker(company, may, "select 1"):
        yield


@contextmanager
def _as_looker(company: Company, breaking: str, mending: str) -> Iterator[None]:
    # Of its own each time: users belong to the whole server, which several processes share, and connections to one are kept.
    looker = f"looker_{uuid.uuid4().hex}"
    company.ledger(f"create role {looker} login password 'looks-only'; {breaking.format(looker=looker)}")
    right = load_environment().pipelines_database_url.get_secret_value()
    address = right.split("@")[1]
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PIPELINES_DATABASE_URL", f"postgresql://{looker}:looks-only@{address}")
            yield
    finally:
        company.ledger(f"{mending}; drop owned by {looker}; drop role {looker}")
