"""What the command line looks at without pushing: settings, connections, mappings, and whether the books agree.

Here: the order of the looks and their sentences. Not here: the looks themselves (each room has its own errors), nor a push.
"""

import getpass
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from rentaxis_pipelines.export import said_if_not_written
from rentaxis_pipelines.ledger.database import LedgerError, connect, migrate
from rentaxis_pipelines.mapping.preflight import check_mappings
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.notices.send import missing_secrets
from rentaxis_pipelines.quickbooks import connect as oauth
from rentaxis_pipelines.quickbooks.auth import Application
from rentaxis_pipelines.quickbooks.client import QuickBooksClient
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.rentaxis.database import SourceError, snapshot
from rentaxis_pipelines.rentaxis.extract import IntegrationSettings, integration_settings
from rentaxis_pipelines.reports.marts import make_again
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines.reports.work_paper import write_work_paper
from rentaxis_pipelines.settings import (
    Company,
    Environment,
    SettingsError,
    load_company,
    load_environment,
    load_notice_secrets,
)
from rentaxis_pipelines.sync.choice import refuse_wrong_company
from rentaxis_pipelines.sync.session import TOKEN_PATH, client_of, open_run, token_store
from rentaxis_pipelines.sync.snapshot import LISTS, PREFERENCES, bring_up_to_date

Result = TypeVar("Result")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``text`` says what was found, ``how_to_fix`` what to do where it is not good."""

    good: bool
    text: str
    how_to_fix: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"good": self.good, "text": self.text, "how_to_fix": self.how_to_fix}


def check_connections() -> tuple[Environment, Company]:
    """Settings and both databases, before a run is started. Raises the error of whatever is wrong first."""
    environment = load_environment()
    company = load_company(environment.rentaxis_company_file)
    refuse_wrong_company(_integration(environment), environment, company)
    with connect(environment.pipelines_database_url.get_secret_value()):
        pass
    return environment, company


def check_everything() -> list[Finding]:
    """A finding for each thing looked at. Raises only where nothing more can be looked at: settings that do not load."""
    environment = load_environment()
    company = load_company(environment.rentaxis_company_file)
    findings = [
        Finding(True, f"Settings: {environment.rentaxis_company_file} and the environment are complete.")
    ]
    findings += [
        Finding(False, f"Notices: {sentence}")
        for sentence in missing_secrets(company.notice, load_notice_secrets())
    ]
    settings = _look(findings, "RentAxis database", lambda: _integration(environment))
    if settings is not None:
        findings.append(Finding(True, f"RentAxis: organization {settings.organization_name} can be read."))
        _look(findings, "Settings", lambda: refuse_wrong_company(settings, environment, company))
    if _look(findings, "Pipelines database", lambda: _open_ledger(environment)):
        findings.append(Finding(True, "Pipelines database: it lets us in."))
        client = client_of(environment)
        references = _look(findings, "QuickBooks", lambda: _references(client))
        if references is not None:
            findings.append(Finding(True, f"QuickBooks: company {environment.quickbooks_realm_id} answers."))
            problems = check_mappings(company, references)
            findings += [
                Finding(False, f"{one.key_path}: {one.sentence}", one.how_to_fix) for one in problems
            ]
            if not problems:
                findings.append(
                    Finding(True, "Mappings: everything the company file names is active in QuickBooks.")
                )
    return findings


def _look(findings: list[Finding], what: str, look: Callable[[], Result]) -> Result | None:
    """The look's result, or None and a finding where it fails with an error for people."""
    try:
        return look()
    except (LedgerError, QuickBooksError, SettingsError, SourceError) as error:
        findings.append(Finding(False, f"{what}: {error}"))
        return None


def _integration(environment: Environment) -> IntegrationSettings:
    with snapshot(environment.rentaxis_database_url.get_secret_value()) as connection:
        return integration_settings(connection, environment.rentaxis_organization_id)


def _open_ledger(environment: Environment) -> bool:
    migrate(environment.pipelines_database_url.get_secret_value())
    return True


def _references(client: QuickBooksClient) -> References:
    lists = {entity: list(client.query_all(entity, "Active IN (true, false)")) for entity in LISTS}
    return References.from_snapshot({**lists, PREFERENCES: [{"Id": "1", **client.preferences()}]})


def connect_company(say: Callable[[str], None]) -> str:
    """The OAuth round trip for the company of the settings; the token is kept encrypted in the ledger."""
    environment = load_environment()
    application = Application(
        environment.quickbooks_client_id,
        environment.quickbooks_client_secret.get_secret_value(),
        environment.quickbooks_auth_base_url + TOKEN_PATH,
    )
    oauth.connect(
        application,
        token_store(environment),
        open_page=lambda url: say(f"Sign in to QuickBooks here:\n{url}"),
        expected_realm=environment.quickbooks_realm_id,
    )
    return f"QuickBooks company {environment.quickbooks_realm_id} is connected."


@dataclass(frozen=True)
class Reconciled:
    """The outcome of a reconciliation, in words and as data."""

    proved: bool
    text: str
    values: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return self.values


def reconcile_now(work_paper: Path | None) -> Reconciled:
    """Compare both sides from the company's first day; write the Excel work-paper if a file is named."""
    environment, company = check_connections()
    with open_run(environment, f"reconcile-{uuid.uuid4()}", getpass.getuser()) as run:
        bring_up_to_date(run)
        found = reconcile(run, environment, context_of(run, company))
        if work_paper is not None:
            with said_if_not_written(work_paper):
                write_work_paper(run.connection, work_paper)
    text = (
        f"{found.records} records from {found.first_day} to {found.last_day}: {found.agreeing} agree, {found.differing} differ. "
        f"{found.unexplained} differences without an explanation, worth {found.unexplained_money:,.2f}. "
        f"{found.drifted} changed in QuickBooks since they were pushed, {found.duplicates} look doubled there. "
        f"{found.metered_reads} metered reads."
    )
    failures = "".join(f"\n{sentence}" for sentence in found.failed_tests)
    values = msgspec.json.decode(msgspec.json.encode(found))
    return Reconciled(found.proved, text + failures, {**values, "proved": found.proved})


def marts_again(select: Sequence[str]) -> Reconciled:
    """Make the chosen marts anew from what the last reconciliation read, and test them; asks neither side anything."""
    environment, _ = check_connections()
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        names, failures = make_again(connection, select)
        connection.commit()
    sentences = [one.sentence for one in failures]
    text = "\n".join([f"Made: {', '.join(names)}.", *sentences])
    return Reconciled(not failures, text, {"made": names, "failed_tests": sentences, "proved": not failures})
