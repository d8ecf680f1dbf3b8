"""What the command line checks without pushing: everything a run needs, and whether the books agree.

Here: the list of checks and how they are run. Not here: the checks themselves (``checks``), or pushing.
"""

import getpass
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from rentaxis_pipelines.checks import books, machine, pipelines, source
from rentaxis_pipelines.checks.facts import Facts, NotChecked
from rentaxis_pipelines.checks.finding import Finding, in_order, soon, stops
from rentaxis_pipelines.ledger.database import connect, looking_in
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.preflight import check_words
from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.orchestration.errors_for_people import ERRORS_FOR_PEOPLE
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.reports.export import write_errors_explained
from rentaxis_pipelines.reports.held_words import describe_held
from rentaxis_pipelines.reports.marts import rebuild, rows_of
from rentaxis_pipelines.reports.not_pushed import describe_rows
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines.reports.statement_words import describe_statements
from rentaxis_pipelines.reports.work_paper import write_work_paper
from rentaxis_pipelines.settings import (
    Company,
    Environment,
    SettingsError,
    Variables,
    load_company,
    load_environment,
)
from rentaxis_pipelines.settings.variables import PROCESS
from rentaxis_pipelines.sync.choice import refuse_wrong_company
from rentaxis_pipelines.sync.companies import REPORTS, refuse_another_company_at
from rentaxis_pipelines.sync.engine import open_engine
from rentaxis_pipelines.sync.session import token_store

# Everything a run needs, in order of dependency. An error for people that a check raises is its finding.
CHECKS: Sequence[tuple[str, Callable[[Facts], list[Finding]]]] = (
    ("Settings", machine.company_file),
    ("Settings", books.key),
    ("Notices", machine.notices),
    ("Dagster", lambda _: machine.dagster()),
    ("Results", machine.results_folder),
    ("RentAxis database", source.source_database),
    ("Rights", source.rights),
    ("Organization", source.organization),
    ("Staging", source.staging),
    ("Pipelines database", pipelines.pipelines_database),
    ("Ledger", pipelines.ledger),
    ("Companies", pipelines.companies),
    ("Clock", books.clock),
    ("QuickBooks", books.quickbooks),
    ("Mappings", books.mappings),
    ("Ledger", books.younger_than_books),
)


def check_connections(environment: Environment) -> Company:
    """Settings and both databases, before a run is started. Raises the error of whatever is wrong first."""
    company = load_company(environment.rentaxis_company_file)
    refuse_another_company_at(environment)
    with source_of(environment) as connection:
        settings = integration_settings(connection, environment.rentaxis_organization_id)
    refuse_wrong_company(settings, environment, company)
    token_store(environment)  # a malformed key
    return company


def check_everything(variables: Variables = PROCESS) -> list[Finding]:
    """A finding for each thing checked, worst first, most money first. Errors meant for people become findings."""
    try:
        facts = Facts(load_environment(variables), variables)
    except SettingsError as error:
        missing = [stops(sentence) for sentence in str(error).splitlines()]
        rest = soon("Not checked because of the problems above: everything that needs these settings.")
        return in_order([*_named("Settings", missing), *_named("Dagster", machine.dagster()), rest])
    findings: list[Finding] = []
    reported: set[str] = set()
    skipped: list[str] = []
    for name, run_check in CHECKS:
        try:
            findings += _named(name, run_check(facts))
        except NotChecked:
            skipped.append(name)
        except ERRORS_FOR_PEOPLE as error:
            if str(error) in reported:
                skipped.append(name)
                continue
            reported.add(str(error))
            findings += _named(name, [stops(f"{name}: {line}") for line in str(error).splitlines()])
    if skipped:
        findings.append(
            soon(f"Not checked because of the problems above: {', '.join(dict.fromkeys(skipped))}.")
        )
    return in_order(findings)


def _named(name: str, findings: Sequence[Finding]) -> list[Finding]:
    return [msgspec.structs.replace(finding, check=name) for finding in findings]


def mappings_lacking(environment: Environment) -> list[str]:
    """What the records need that is missing from the company file or QuickBooks, one sentence each. Raises if that cannot be checked."""
    company = load_company(environment.rentaxis_company_file)
    words = books.words_of(environment, company)
    problems = check_words(Context(company, books.lists_of(environment)), words)
    return [
        f"{problem.key_path}: {problem.reason}{books.behind(problem)} {problem.remedy}"
        for problem in problems
    ]


@dataclass(frozen=True)
class Reconciled:
    """The result of a reconciliation, as text and as data."""

    proved: bool
    text: str
    values: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return self.values


def reconcile_now(environment: Environment, work_paper: Path | None) -> Reconciled:
    """Compare both sides from the company's first day; write the Excel work paper if a file is named."""
    company = check_connections(environment)
    request = SyncRequest(requested_by=getpass.getuser())
    with open_engine(environment, company, request, run_id=f"reconcile-{uuid.uuid4()}") as engine:
        run = engine.run
        summary = reconcile(run, environment, context_of(run, company))
        left = rows_of(run.connection, "not_pushed", order_by="money desc, records desc, kind, reason")
        whole_books = "\n".join(
            filter(None, (describe_held(run.connection), describe_statements(run.connection)))
        )
        if work_paper is not None:
            with write_errors_explained(work_paper):
                write_work_paper(run.connection, work_paper)
    text = (
        f"{summary.records} records from {summary.first_day} to {summary.last_day}: {summary.agreeing} agree, {summary.differing} differ. "
        f"{summary.unexplained} differences without an explanation, worth {summary.unexplained_money:,.2f}. "
        f"{summary.drifted} changed in QuickBooks since they were pushed, {summary.duplicates} possible duplicates there. "
        f"{summary.metered_reads} metered reads."
    )
    failures = "".join(f"\n{sentence}" for sentence in summary.failed_tests)
    text += f"\n{describe_rows(left)}\n{whole_books}"
    values = msgspec.json.decode(msgspec.json.encode(summary))
    return Reconciled(summary.proved, text + failures, {**values, "proved": summary.proved})


def rebuild_marts(environment: Environment, select: Sequence[str]) -> Reconciled:
    """Rebuild the chosen marts from what the last reconciliation read, and test them; contacts neither RentAxis nor QuickBooks."""
    check_connections(environment)
    schema = environment.company_key.schema(REPORTS)
    with (
        connect(environment.pipelines_database_url.get_secret_value()) as connection,
        looking_in(connection, schema),
    ):
        names, failures = rebuild(connection, select)
        connection.commit()
    sentences = [failure.sentence for failure in failures]
    text = "\n".join([f"Rebuilt: {', '.join(names)}.", *sentences])
    return Reconciled(not failures, text, {"made": names, "failed_tests": sentences, "proved": not failures})
