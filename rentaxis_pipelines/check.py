"""What the command line looks at without pushing: settings, connections, mappings, and whether the books agree.

Here: the order of the looks and their sentences. Not here: the looks themselves (each room has its own errors), nor a push.
"""

import datetime as dt
import getpass
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from rentaxis_pipelines.export import said_if_not_written
from rentaxis_pipelines.ledger.database import LedgerError, LedgerLocked, connect, looking_in, migrate
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.preflight import Problem, check_company, check_mappings, check_words
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.notices.send import missing_secrets
from rentaxis_pipelines.quickbooks.client import QuickBooksClient
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.rentaxis.database import SourceError, snapshot
from rentaxis_pipelines.rentaxis.extract import IntegrationSettings, integration_settings
from rentaxis_pipelines.rentaxis.words import Word, words_in_use
from rentaxis_pipelines.reports.marts import make_again, rows_of
from rentaxis_pipelines.reports.not_pushed import said_of_rows
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
from rentaxis_pipelines.sync.behind import HOW_TO_CATCH_UP, why_behind
from rentaxis_pipelines.sync.choice import refuse_wrong_company
from rentaxis_pipelines.sync.companies import REPORTS, refuse_another_company_at
from rentaxis_pipelines.sync.connection import connection_of
from rentaxis_pipelines.sync.planning.plan_places import context_for_check
from rentaxis_pipelines.sync.session import client_of, open_run, token_store
from rentaxis_pipelines.sync.snapshot import LISTS, PREFERENCES, bring_up_to_date

Result = TypeVar("Result")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``text`` says what was found, ``how_to_fix`` what to do where it is not good.

    ``soon``: nothing is wrong yet, but ``text`` says what will be.
    ``some_rows``: a run can go, and these rows of it fail.
    """

    good: bool
    text: str
    how_to_fix: str = ""
    soon: bool = False
    some_rows: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"good": self.good, "soon": self.soon, "text": self.text, "how_to_fix": self.how_to_fix}


def check_connections() -> tuple[Environment, Company]:
    """Settings and both databases, before a run is started. Raises the error of whatever is wrong first."""
    environment = load_environment()
    company = load_company(environment.rentaxis_company_file)
    refuse_another_company_at(environment)
    refuse_wrong_company(_integration(environment), environment, company)
    token_store(environment)  # a malformed key
    return environment, company


def check_everything() -> list[Finding]:
    """A finding for each thing looked at. Raises only where nothing more can be looked at: settings that do not load."""
    environment = load_environment()
    company = load_company(environment.rentaxis_company_file)
    findings = [
        Finding(True, f"Settings: {environment.rentaxis_company_file} and the environment are complete.")
    ]
    missing = _look(findings, "Notices", lambda: missing_secrets(company.notice, load_notice_secrets()))
    findings += [Finding(False, f"Notices: {sentence}") for sentence in missing or []]
    settings = _look(findings, "RentAxis database", lambda: _integration(environment))
    if settings is not None:
        findings.append(Finding(True, f"RentAxis: organization {settings.organization_name} can be read."))
        _look(findings, "Settings", lambda: refuse_wrong_company(settings, environment, company))
    if _look(findings, "Pipelines database", lambda: _open_ledger(environment)):
        findings.append(Finding(True, "Pipelines database: it lets us in."))
        _look(findings, "Companies", lambda: refuse_another_company_at(environment))
        references = _look(findings, "QuickBooks", lambda: _references(client_of(environment)))
        if references is not None:
            findings.append(Finding(True, f"QuickBooks: company {environment.quickbooks_realm_id} answers."))
            findings += _look(findings, "QuickBooks", lambda: _connection_end(environment)) or []
            findings += _preferences(references)
            findings += _mappings(findings, environment, company, references)
            findings += _ledger(environment, company)
    return findings


def _preferences(references: References) -> list[Finding]:
    """Preferences of the company under which QuickBooks changes by itself what was pushed."""
    if not references.applies_credits_by_itself:
        return []
    text = (
        "QuickBooks: 'Automatically apply credits' is on. It takes money that was received before its invoice for another invoice, "
        "and the payment of that one is refused."
    )
    remedy = "Switch it off in QuickBooks (Account and settings, Advanced, Automation)."
    return [Finding(True, text, remedy, soon=True)]


def _ledger(environment: Environment, company: Company) -> list[Finding]:
    """Whether the ledger is younger than the books."""
    try:
        behind = why_behind(environment, company)
    except LedgerLocked:
        return [Finding(True, "Ledger: a run is pushing, so it was not compared with QuickBooks.")]
    except QuickBooksError as error:
        return [Finding(False, f"Ledger: {error}")]
    if behind is not None:
        return [Finding(False, f"Ledger: {behind}", HOW_TO_CATCH_UP)]
    return [Finding(True, "Ledger: it knows every transaction of ours that changed in QuickBooks last.")]


def _mappings(
    findings: list[Finding], environment: Environment, company: Company, references: References
) -> list[Finding]:
    """Everything a push would refuse: what the company file names, and what RentAxis' records need of it."""
    words = _look(findings, "RentAxis database", lambda: _words(environment, company)) or []
    named = [*check_company(company, references), *check_mappings(company, references)]
    places = [word.place for word in words if word.place is not None]
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        realm = environment.quickbooks_realm_id
        context = context_for_check(connection, realm, Context(company, references), places)
    lacking = check_words(context, words)
    in_the_file = {one.key_path for one in named}
    problems = {one.key_path: one for one in (*named, *lacking)}
    if not problems:
        good = "Mappings: everything the company file names is active in QuickBooks, and all records in RentAxis have what they need."
        return [Finding(True, good)]
    return [
        Finding(
            False,
            f"{one.key_path}: {one.sentence}{_behind(one)}",
            one.how_to_fix,
            some_rows=one.key_path not in in_the_file,
        )
        for one in sorted(problems.values(), key=lambda one: (not one.blocking, -one.rows, one.key_path))
    ]


def mappings_lacking(environment: Environment) -> list[str]:
    """What the records need that the company file or QuickBooks has not, a sentence each. Raises the error of what cannot be looked at."""
    company = load_company(environment.rentaxis_company_file)
    words = _words(environment, company)
    problems = check_words(Context(company, _references(client_of(environment))), words)
    return [f"{one.key_path}: {one.sentence}{_behind(one)} {one.how_to_fix}" for one in problems]


def _behind(problem: Problem) -> str:
    records = f"{problem.rows:,} record{'s' if problem.rows > 1 else ''}"
    return f" {records} over {problem.money:,.2f} cannot go for it." if problem.rows else ""


def _words(environment: Environment, company: Company) -> list[Word]:
    first_day = max(company.first_day, company.go_live or company.first_day)
    with snapshot(environment.rentaxis_database_url.get_secret_value()) as connection:
        return words_in_use(connection, environment.rentaxis_organization_id, first_day)


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


def _connection_end(environment: Environment) -> list[Finding]:
    """Asked once QuickBooks was: if the access token was old, that has moved the day on."""
    warning = connection_of(environment, dt.datetime.now(dt.UTC)).warning
    return [Finding(True, warning, soon=True)] if warning else []


def _references(client: QuickBooksClient) -> References:
    lists = {entity: list(client.query_all(entity, "Active IN (true, false)")) for entity in LISTS}
    return References.from_snapshot({**lists, PREFERENCES: [{"Id": "1", **client.preferences()}]})


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
        left = rows_of(run.connection, "not_pushed", order_by="money desc, records desc, kind, reason")
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
    text += "\n" + said_of_rows(left)
    values = msgspec.json.decode(msgspec.json.encode(found))
    return Reconciled(found.proved, text + failures, {**values, "proved": found.proved})


def marts_again(select: Sequence[str]) -> Reconciled:
    """Make the chosen marts anew from what the last reconciliation read, and test them; asks neither side anything."""
    environment, _ = check_connections()
    schema = environment.company_key.schema(REPORTS)
    with (
        connect(environment.pipelines_database_url.get_secret_value()) as connection,
        looking_in(connection, schema),
    ):
        names, failures = make_again(connection, select)
        connection.commit()
    sentences = [one.sentence for one in failures]
    text = "\n".join([f"Made: {', '.join(names)}.", *sentences])
    return Reconciled(not failures, text, {"made": names, "failed_tests": sentences, "proved": not failures})
