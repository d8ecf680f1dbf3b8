"""What a run needs from QuickBooks: a connection and its expiration, the clock, preferences, and valid mappings."""

import datetime as dt

from rentaxis_pipelines.checks.clock import clock_findings
from rentaxis_pipelines.checks.facts import Facts, company_of, pipelines_url
from rentaxis_pipelines.checks.finding import Finding, ok, soon, stops
from rentaxis_pipelines.checks.pipelines import ready
from rentaxis_pipelines.checks.source import integration
from rentaxis_pipelines.ledger.database import LedgerLocked, connect
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.preflight import SettingsProblem, check_company, check_mappings, check_words
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.quickbooks.clock import time_of
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.lookups import Word, words_in_use
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync.behind import HOW_TO_CATCH_UP, why_behind
from rentaxis_pipelines.sync.choice import as_switched_on
from rentaxis_pipelines.sync.connection import Connection, connection_of
from rentaxis_pipelines.sync.planning.plan_places import context_for_check
from rentaxis_pipelines.sync.session import client_of, token_store
from rentaxis_pipelines.sync.snapshot import LISTS, PREFERENCES


def key(facts: Facts) -> list[Finding]:
    """PIPELINES_SECRET_KEY; needs no database."""
    token_store(facts.environment)
    return []


def clock(facts: Facts) -> list[Finding]:
    """Checked without signing in: with a wrong clock, signing in may fail."""
    before = dt.datetime.now(dt.UTC)
    theirs = time_of(facts.environment.quickbooks_base_url)
    if theirs is None:
        return []
    return list(clock_findings("QuickBooks", theirs, before, dt.datetime.now(dt.UTC)))


def quickbooks(facts: Facts) -> list[Finding]:
    """Whether the token works, when it expires, and preferences under which QuickBooks automatically changes what was pushed."""
    lists = facts.once(references)
    findings = [ok(f"QuickBooks: connected to company {facts.environment.quickbooks_realm_id}.")]
    # After calling QuickBooks: if the access token was old, the call has extended the connection.
    connection = connection_of(facts.environment, dt.datetime.now(dt.UTC))
    if connection.warning:
        findings.append(soon(connection.warning))
    else:
        findings += _ends(connection)
    if lists.applies_credits_by_itself:
        findings.append(
            soon(
                "QuickBooks: 'Automatically apply credits' is on. It applies money received before its invoice to another "
                "invoice, and the payment of that invoice is then refused.",
                "Switch it off in QuickBooks (Account and settings, Advanced, Automation).",
            )
        )
    return findings


def _ends(connection: Connection) -> list[Finding]:
    """The days on which the connection expires, as far as Intuit reports them."""
    days: list[str] = []
    if connection.unused_ends_at:
        days.append(
            f"on {connection.unused_ends_at.date()} if it is not used before then (each run extends it)"
        )
    if connection.ends_at:
        days.append(f"on {connection.ends_at.date()} in any case")
    return [ok(f"QuickBooks: the connection expires {', and '.join(days)}.")] if days else []


def references(facts: Facts) -> References:
    """QuickBooks' lists. Raises QuickBooksError."""
    facts.once(ready)
    return lists_of(facts.environment)


def mappings(facts: Facts) -> list[Finding]:
    """Everything a push would refuse: what the company file names, and what RentAxis' records need."""
    lists = facts.once(references)
    # If the organization cannot be read, neither can its records.
    company = as_switched_on(facts.once(company_of), facts.once(integration))
    words = words_of(facts.environment, company)
    named = [*check_company(company, lists), *check_mappings(company, lists)]
    places = [word.place for word in words if word.place is not None]
    with connect(pipelines_url(facts)) as connection:
        realm = facts.environment.quickbooks_realm_id
        context = context_for_check(connection, realm, Context(company, lists), places)
    in_the_file = {problem.key_path for problem in named}
    problems = {problem.key_path: problem for problem in (*named, *check_words(context, words))}
    if not problems:
        good = "Mappings: everything the company file names is active in QuickBooks, and all records in RentAxis have what they need."
        return [ok(good)]
    return [
        Finding(
            severity="stops" if problem.key_path in in_the_file else "rows",
            text=f"{problem.key_path}: {problem.reason}{behind(problem)}",
            how_to_fix=problem.remedy,
            rows=problem.rows,
            money=problem.money,
        )
        for problem in sorted(problems.values(), key=lambda problem: (not problem.blocking, problem.key_path))
    ]


def younger_than_books(facts: Facts) -> list[Finding]:
    """Whether the ledger was restored from a backup older than what was pushed."""
    facts.once(references)
    try:
        known = why_behind(facts.environment, facts.once(company_of))
    except LedgerLocked:
        return [ok("Ledger: not compared with QuickBooks, because a run is pushing.")]
    if known is not None:
        return [stops(f"Ledger: {known}", HOW_TO_CATCH_UP)]
    return [ok("Ledger: it knows all of our transactions that changed most recently in QuickBooks.")]


def behind(problem: SettingsProblem) -> str:
    """The records affected by a problem, as the end of a sentence."""
    records = f"{problem.rows:,} record{'s' if problem.rows > 1 else ''}"
    return f" It blocks {records} totaling {problem.money:,.2f}." if problem.rows else ""


def words_of(environment: Environment, company: Company) -> list[Word]:
    """The terms that RentAxis' records use, from the first day that is pushed. Raises SourceError."""
    with source_of(environment) as connection:
        return words_in_use(connection, environment.rentaxis_organization_id, first_day_pushed(company))


def first_day_pushed(company: Company) -> dt.date:
    """Records before this day are never pushed, so what they name need not be mapped."""
    return max(company.first_day, company.go_live or company.first_day)


def lists_of(environment: Environment) -> References:
    """QuickBooks' lists as they are now. Raises QuickBooksError."""
    client = client_of(environment)
    lists = {entity: list(client.query_all(entity, "Active IN (true, false)")) for entity in LISTS}
    return References.from_snapshot({**lists, PREFERENCES: [{"Id": "1", **client.preferences()}]})
