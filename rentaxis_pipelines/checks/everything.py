"""What the command line looks at without pushing: everything a run needs, and whether the books agree.

Here: the table of looks and how they are gone through. Not here: the looks themselves (``checks``), nor a push.
"""

import getpass
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from rentaxis_pipelines.checks import books, machine, pipelines, source
from rentaxis_pipelines.checks.facts import Facts, NotLookedAt
from rentaxis_pipelines.checks.finding import Finding, in_order, soon, stops
from rentaxis_pipelines.ledger.database import connect, looking_in
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.preflight import check_words
from rentaxis_pipelines.orchestration.errors_for_people import ERRORS_FOR_PEOPLE
from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.extract import integration_settings
from rentaxis_pipelines.reports.export import said_if_not_written
from rentaxis_pipelines.reports.marts import make_again, rows_of
from rentaxis_pipelines.reports.not_pushed import said_of_rows
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines.reports.work_paper import write_work_paper
from rentaxis_pipelines.settings import Company, Environment, SettingsError, load_company, load_environment
from rentaxis_pipelines.sync.choice import refuse_wrong_company
from rentaxis_pipelines.sync.companies import REPORTS, refuse_another_company_at
from rentaxis_pipelines.sync.engine import open_engine
from rentaxis_pipelines.sync.request import SyncRequest
from rentaxis_pipelines.sync.session import token_store

# Everything a run needs, in the order in which one depends on another. What a look raises for people is what it found.
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


def check_connections() -> tuple[Environment, Company]:
    """Settings and both databases, before a run is started. Raises the error of whatever is wrong first."""
    environment = load_environment()
    company = load_company(environment.rentaxis_company_file)
    refuse_another_company_at(environment)
    with snapshot(environment.rentaxis_database_url.get_secret_value()) as connection:
        settings = integration_settings(connection, environment.rentaxis_organization_id)
    refuse_wrong_company(settings, environment, company)
    token_store(environment)  # a malformed key
    return environment, company


def check_everything() -> list[Finding]:
    """A finding for each thing looked at, worst first, most money first. Raises no error that has a sentence for people."""
    try:
        facts = Facts(load_environment())
    except SettingsError as error:
        missing = [stops(sentence) for sentence in str(error).splitlines()]
        rest = soon("Not looked at for what is said above: everything that these settings lead to.")
        return in_order([*_named("Settings", missing), *_named("Dagster", machine.dagster()), rest])
    findings: list[Finding] = []
    said: set[str] = set()
    unseen: list[str] = []
    for name, look in CHECKS:
        try:
            findings += _named(name, look(facts))
        except NotLookedAt:
            unseen.append(name)
        except ERRORS_FOR_PEOPLE as error:
            if str(error) in said:
                unseen.append(name)
                continue
            said.add(str(error))
            findings += _named(name, [stops(f"{name}: {line}") for line in str(error).splitlines()])
    if unseen:
        findings.append(soon(f"Not looked at for what is said above: {', '.join(dict.fromkeys(unseen))}."))
    return in_order(findings)


def _named(name: str, found: Sequence[Finding]) -> list[Finding]:
    return [msgspec.structs.replace(one, check=name) for one in found]


def mappings_lacking(environment: Environment) -> list[str]:
    """What the records need that the company file or QuickBooks has not, a sentence each. Raises the error of what cannot be looked at."""
    company = load_company(environment.rentaxis_company_file)
    words = books.words_of(environment, company)
    problems = check_words(Context(company, books.lists_of(environment)), words)
    return [f"{one.key_path}: {one.reason}{books.behind(one)} {one.remedy}" for one in problems]


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
    asked = SyncRequest(requested_by=getpass.getuser())
    with open_engine(environment, company, asked, run_id=f"reconcile-{uuid.uuid4()}") as engine:
        run = engine.run
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
