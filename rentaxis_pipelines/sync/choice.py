"""What a person chose to push, and what RentAxis allows: data, the gate every record passes, and what stops a whole run.

Not here: any rule about one record (``mapping``).
"""

import msgspec

from rentaxis_pipelines.mapping.preflight import check_company
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.rentaxis.extract import IntegrationSettings
from rentaxis_pipelines.settings import Company, Environment, SettingsError


class Choice(msgspec.Struct, frozen=True):
    """One launch. ``enabled_types`` and ``direction`` are the organization's own integration settings in RentAxis."""

    days: DateRange
    enabled_types: frozenset[str]
    direction: str
    force: bool = False
    dry_run: bool = False
    one_record: bool = False  # of these days one record was chosen, not all
    settings: str = ""  # the fingerprint of what mapping decides by (``settings_used``), where it is known

    def allows(self, record_type: str) -> bool:
        """Whether records of that type may be pushed at all."""
        return gate(self, record_type) is None


def gate(choice: Choice, record_type: str) -> Refusal | None:
    """Why no record of that type may be pushed, or None."""
    if choice.direction not in ("to_quickbooks", "both"):
        return refusal(ReasonCode.DIRECTION_EXCLUDES_PUSH)
    if record_type not in choice.enabled_types:
        return refusal(ReasonCode.TYPE_NOT_ENABLED)
    return None


class WrongCompany(SettingsError):
    """The settings point at books these records do not belong to. Nothing was written."""


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
        f"RentAxis gives {settings.organization_name} the {what} {theirs}, but {where} is {mine}."
    )


def refuse_other_currency(company: Company, references: References) -> None:
    """Raises WrongCompany where QuickBooks keeps its books in another currency: amounts would be wrong."""
    for problem in check_company(company, references):
        if problem.blocking:
            raise WrongCompany(f"{problem.reason} {problem.remedy}")
