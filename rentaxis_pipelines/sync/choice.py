"""What RentAxis' settings and ours say together: which record types are pushed, and what stops a whole run before anything is planned.

Not here: which organization a QuickBooks company holds the records of (``companies``), any rule about one record (``mapping``).
"""

from rentaxis_pipelines.mapping.preflight import check_company
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.model.record_types import BY_NAME, OPTIONAL_TYPES
from rentaxis_pipelines.rentaxis.contract import IntegrationSettings
from rentaxis_pipelines.settings import Company, Environment, SettingsError


class WrongCompany(SettingsError):
    """The settings point at books these records do not belong to. Nothing was written."""


def enabled_types(settings: IntegrationSettings, company: Company) -> frozenset[str]:
    """The record types that are pushed: those RentAxis' settings enable, and what the company file says to push besides.

    RentAxis documents four types; of the others its settings may know nothing.
    """
    return frozenset(settings.enabled_types or ()) | frozenset(
        company.also_push if settings.enabled_types else ()
    )


def as_switched_on(company: Company, settings: IntegrationSettings) -> Company:
    """The company, which also pushes what RentAxis' settings switch on and its file does not name."""
    named = {*company.also_push, *(settings.enabled_types or ())}
    return company.model_copy(update={"also_push": tuple(name for name in OPTIONAL_TYPES if name in named)})


def left_out(record_type: str, settings: IntegrationSettings, company: Company) -> bool:
    """Whether records of that type are not read at all: one that RentAxis need not have, and that this company does not push. They stand
    on the list of what is not pushed. (Of the others a run says row by row that they are switched off.)
    """
    return BY_NAME[record_type].optional and record_type not in enabled_types(settings, company)


def refuse_wrong_company(settings: IntegrationSettings, environment: Environment, company: Company) -> None:
    """Raises WrongCompany where RentAxis and our settings do not mean the same books, clock or money."""
    refuse_other_realm(settings, environment)
    ours = (
        ("time zone", settings.timezone, company.time_zone, "time_zone in the company file"),
        ("currency", settings.currency, company.currency, "currency in the company file"),
    )
    for what, theirs, mine, where in ours:
        if theirs != mine:
            raise _contradicted(settings, what, theirs, where, mine)


def refuse_other_realm(settings: IntegrationSettings, environment: Environment) -> None:
    """Raises WrongCompany where RentAxis does not connect the organization to the QuickBooks company of our settings."""
    if settings.realm_id is None:
        raise WrongCompany(
            f"{settings.organization_name} is not connected to QuickBooks in RentAxis; connect it there first."
        )
    mine = environment.quickbooks_realm_id
    if settings.realm_id != mine:
        raise _contradicted(settings, "QuickBooks company", settings.realm_id, "QUICKBOOKS_REALM_ID", mine)


def _contradicted(
    settings: IntegrationSettings, what: str, theirs: str, where: str, mine: str
) -> WrongCompany:
    return WrongCompany(
        f"In RentAxis, the {what} of {settings.organization_name} is {theirs}, but {where} is {mine}."
    )


def refuse_other_currency(company: Company, references: References) -> None:
    """Raises WrongCompany where QuickBooks keeps its books in another currency: amounts would be wrong."""
    for problem in check_company(company, references):
        if problem.blocking:
            raise WrongCompany(f"{problem.reason} {problem.remedy}")
