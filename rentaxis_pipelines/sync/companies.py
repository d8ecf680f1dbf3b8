"""Which organization's records go into which QuickBooks company: remembered at the first use, refused once it is another.

Source ids mean something within one organization only: another one's invoice 17 would be taken for the invoice 17 that was
pushed. So a realm keeps its organization, and an organization its realm, until a person says that it moved.

Here: the rule, its sentences, and the move. Not here: the rows (``ledger.companies``), what RentAxis itself says of the two
(``choice``).
"""

import contextlib
import datetime as dt
from collections.abc import Callable, Generator

import sqlalchemy as sa

from rentaxis_pipelines.ledger import companies
from rentaxis_pipelines.ledger.companies import Registration
from rentaxis_pipelines.ledger.database import connect, migrate
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.ledger.moved_away import departure_of
from rentaxis_pipelines.rentaxis.contract import IntegrationSettings
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.settings import CompanyKey, Environment, SettingsError
from rentaxis_pipelines.storage.tables import OWNER
from rentaxis_pipelines.sync.choice import refuse_other_realm
from rentaxis_pipelines.sync.run import utc_now

STAGING, REPORTS = "staging", "reports"  # the kinds of schema that are a company's own
NEXT_REPORTS = "_next"  # ends the name of the one in which a proof is made (reports.aside)


def schemas_of(company: CompanyKey) -> list[str]:
    """The schemas that are the company's own, whether or not they are there yet."""
    reports = company.schema(REPORTS)
    return [company.schema(STAGING), reports, f"{reports}{NEXT_REPORTS}"]


class CompanyChanged(SettingsError):
    """The settings pair an organization with a QuickBooks company that belongs to another. Nothing was written."""


class CompanyMovedAway(CompanyChanged):
    """The company's ledger was taken to another database. Nothing was written."""


def refuse_another_company(connection: sa.Connection, company: CompanyKey) -> bool:
    """Whether this database knows the pair; False where it knows neither of the two. Reads only.

    Raises CompanyChanged, naming what it knows and what to do, where it knows one of them with another, CompanyMovedAway where the company
    left this database.
    """
    if not companies.has_companies(connection):
        return False
    in_realm = companies.newest_of_realm(connection, company.realm)
    of_ours = companies.newest_of_organization(connection, company.organization_id)
    problems: list[str] = []
    if in_realm is not None and in_realm.organization_id != company.organization_id:
        problems.append(
            f"QuickBooks company {company.realm} has the records of RentAxis organization {in_realm.organization_id} "
            f"({_since(in_realm)}), but RENTAXIS_ORGANIZATION_ID is now {company.organization_id}. "
            f"Set RENTAXIS_ORGANIZATION_ID back to {in_realm.organization_id}, or QUICKBOOKS_REALM_ID to the company of organization "
            f"{company.organization_id}. Only if RentAxis gave the same organization a new id, run "
            "rentaxis-sync companies move --same-records."
        )
    if of_ours is not None and of_ours.realm != company.realm:
        problems.append(
            f"RentAxis organization {company.organization_id} is pushed to QuickBooks company {of_ours.realm} "
            f"({_since(of_ours)}), but QUICKBOOKS_REALM_ID is now {company.realm}. Set QUICKBOOKS_REALM_ID back to {of_ours.realm}. "
            "Only if the organization keeps its books in the new company from now on, run rentaxis-sync companies move."
        )
    if problems:
        raise CompanyChanged(" ".join(["Nothing was written.", *problems]))
    gone = departure_of(connection, company.realm)
    if gone is not None:
        raise CompanyMovedAway(
            f"QuickBooks company {company.realm} has left this pipelines database (since {gone.at:%Y-%m-%d}, by {gone.who}: {gone.why}). Nothing was "
            "written. Set PIPELINES_DATABASE_URL to the database that it was imported into. Only if it was imported nowhere, run "
            "rentaxis-sync companies stay."
        )
    return in_realm is not None and of_ours is not None


def refuse_another_company_at(environment: Environment) -> None:
    """``refuse_another_company`` for who holds no connection; a database without a ledger knows nothing yet."""
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        refuse_another_company(connection, environment.company_key)


def hold_to_company(
    connection: sa.Connection,
    environment: Environment,
    settings: Callable[[], IntegrationSettings],
    who: str,
    at: dt.datetime,
) -> None:
    """Let nobody but this realm's organization go on; the first use, which RentAxis must confirm, is registered. Commits.

    ``connection`` holds the realm; ``settings``: what RentAxis says, asked only at the first use. Raises CompanyChanged, WrongCompany where RentAxis gives the organization another realm, and
    SourceError where it cannot be asked.
    """
    company = environment.company_key
    if not refuse_another_company(connection, company):
        refuse_other_realm(settings(), environment)
        companies.lock_registrations(connection)
        if not refuse_another_company(connection, company):
            companies.register(connection, _registration(company, who, at))
    connection.commit()


def move_company(
    environment: Environment,
    who: str,
    why: str,
    *,
    same_records: bool = False,
    now: Callable[[], dt.datetime] = utc_now,
) -> str:
    """Register the pair of the settings from now on; returns what that means, as a sentence.

    Raises CompanyChanged where the realm holds another organization's records (unless ``same_records``: RentAxis gave that
    organization a new id), WrongCompany where RentAxis says otherwise, LedgerLocked while a run holds the realm.
    """
    company, url = environment.company_key, environment.pipelines_database_url.get_secret_value()
    if not why.strip() or not who.strip():
        raise CompanyChanged("Nothing was changed. A move is stored with who decided it and why: give both.")
    with source_of(environment) as source:
        refuse_other_realm(integration_settings(source, environment.rentaxis_organization_id), environment)
    migrate(url)
    with realm_lock(url, company.realm, wait_seconds=30) as connection:
        companies.lock_registrations(connection)
        in_realm = companies.newest_of_realm(connection, company.realm)
        of_ours = companies.newest_of_organization(connection, company.organization_id)
        is_another = in_realm is not None and in_realm.organization_id != company.organization_id
        if in_realm and is_another and not same_records and companies.is_used(connection, company.realm):
            raise CompanyChanged(
                f"Nothing was changed. QuickBooks company {company.realm} was used for RentAxis organization "
                f"{in_realm.organization_id}, and the records of organization {company.organization_id} would be mistaken for its records. "
                "Connect a QuickBooks company of its own. Only if both are the same organization, its records under the same "
                "ids, add --same-records."
            )
        _drop_rows_of_another(connection, company)
        if in_realm is None or in_realm != of_ours:
            companies.register(connection, _registration(company, who, now(), why.strip()))
        connection.commit()
    return (
        f"RentAxis organization {company.organization_id} is pushed to QuickBooks company {company.realm} from now on. What was "
        "pushed elsewhere stays as it is."
    )


@contextlib.contextmanager
def nobody_pushing(environment: Environment) -> Generator[sa.Connection]:
    """The connection that holds the company's realm, so that no run pushes inside the block.

    Raises LedgerLocked while one does, LedgerUnreachable where there is no database.
    """
    url = environment.pipelines_database_url.get_secret_value()
    with realm_lock(url, environment.quickbooks_realm_id, wait_seconds=0) as connection:
        yield connection


def _drop_rows_of_another(connection: sa.Connection, company: CompanyKey) -> None:
    """Extracts and reports of this realm kept for another organization: they would be refused, and are made anew."""
    for kind in (STAGING, REPORTS):
        schema = company.schema(kind)
        owners = owners_of(connection, schema)
        if owners is not None and owners != [company.organization_id]:
            connection.execute(sa.text(f'drop schema "{schema}" cascade'))


def drop_extracted(connection: sa.Connection, company: CompanyKey) -> list[str]:
    """Drop the company's extracted rows and reports, which the next run makes anew; returns the schemas. Commits.

    A schema that does not say it is this organization's is left alone.
    """
    dropped = [
        schema
        for kind in (STAGING, REPORTS)
        if owners_of(connection, schema := company.schema(kind)) == [company.organization_id]
    ]
    for schema in dropped:
        connection.execute(sa.text(f'drop schema "{schema}" cascade'))
    connection.commit()
    return dropped


def owners_of(connection: sa.Connection, schema: str) -> list[str] | None:
    """The organizations a company's schema says it belongs to: one, as long as nobody changed it; None where it says nothing."""
    place = f'"{schema}".{OWNER}'
    if connection.execute(sa.text("select to_regclass(:place)"), {"place": place}).scalar_one() is None:
        return None
    owner = sa.text(f"select organization_id from {place}")  # noqa: S608 - digits, by the settings
    return list(connection.execute(owner).scalars())


def refuse_unconfirmed_company(environment: Environment, source: sa.Connection) -> None:
    """Before anything is extracted from ``source`` (RentAxis): refuse the pair as ``hold_to_company`` does, without registering it.

    Raises CompanyChanged, or WrongCompany where RentAxis gives the organization another realm.
    """
    refuse_another_company_at(environment)
    refuse_other_realm(integration_settings(source, environment.rentaxis_organization_id), environment)


def _registration(company: CompanyKey, who: str, at: dt.datetime, why: str | None = None) -> Registration:
    return Registration(
        realm=company.realm,
        organization_id=company.organization_id,
        registered_at=at,
        registered_by=who,
        why=why,
    )


def _since(found: Registration) -> str:
    return f"since {found.registered_at:%Y-%m-%d}, registered by {found.registered_by}"
