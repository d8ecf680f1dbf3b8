"""One company as a value: its short name, its company file, its connections. Whatever works for a company is given its scope.

Loading the definitions reads company files alone; a run, a tick or a command reads everything of its company once, when it begins
(``Scope.current``), and keeps that until it ends.
Not here: what is in the settings (``company``, ``environment``), which companies there are (``companies``).
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from rentaxis_pipelines.settings.company import Company, load_company
from rentaxis_pipelines.settings.company_folder import (
    COMPANY_FILE,
    Books,
    books_in,
    is_company_folder,
    variables_of,
)
from rentaxis_pipelines.settings.environment import (
    Environment,
    HeartbeatSecret,
    NoticeSecrets,
    load,
    load_environment,
)
from rentaxis_pipelines.settings.errors import CompanyFileError, SettingsError
from rentaxis_pipelines.settings.shipped import CONFIG
from rentaxis_pipelines.settings.variables import PROCESS, Variables

EXAMPLE_COMPANY = CONFIG / "company.example.yaml"


@dataclass(frozen=True)
class Scope:
    """One company's settings. ``folder``: its own among the companies; None where the process environment describes it.

    ``problem``: why its settings cannot be used, for people; then ``company`` stands in for its company file (``stand_in``), and
    ``current`` raises until it is mended.
    """

    company: Company
    variables: Variables = PROCESS
    connections: Environment | None = None
    folder: Path | None = None
    problem: str | None = None

    @property
    def slug(self) -> str:
        """The company's short name."""
        return self.company.slug

    @property
    def environment(self) -> Environment:
        """The company's connections as they were read (``current``), else as they are now. Raises EnvironmentSettingsError."""
        return self.connections or load_environment(self.variables)

    @property
    def notice_secrets(self) -> NoticeSecrets:
        """What the company's notices need, as it is now. Raises EnvironmentSettingsError."""
        return load(NoticeSecrets, self.variables)

    @property
    def heartbeat_url(self) -> SecretStr | None:
        """The address that is called after each good night, as it is now; None for none. Raises EnvironmentSettingsError."""
        return load(HeartbeatSecret, self.variables).heartbeat_url

    @property
    def realm(self) -> str | None:
        """The QuickBooks company id, for naming things; None if it is not set yet, or cannot be read."""
        return self._named("QUICKBOOKS_REALM_ID")

    @property
    def organization(self) -> str | None:
        """The id of the RentAxis organization, for naming things; None if it is not set yet, or cannot be read."""
        return self._named("RENTAXIS_ORGANIZATION_ID")

    @property
    def sql_folder(self) -> Path | None:
        """The folder of the company's own staging SQL, as the settings have it now; None: the installed one."""
        named = self._named("RENTAXIS_SQL_FOLDER")
        return Path(named.strip()) if named else None

    def _named(self, variable: str) -> str | None:
        try:
            return self.variables.get(variable)
        except SettingsError:  # said by whoever needs the connections
            return None

    def current(self) -> "Scope":
        """The same company with everything read now.

        Raises SettingsError for what is missing or wrong, and where the settings no longer fit the jobs and partitions made from them.
        """
        now = scope_of_folder(self.folder) if self.folder is not None else self
        environment = load_environment(now.variables)
        company = load_company(environment.rentaxis_company_file)
        for setting, before, wanted in (
            ("time_zone", self.company.time_zone, company.time_zone),
            ("slug", self.company.slug, company.slug),
        ):
            if before != wanted:
                raise SettingsError(
                    f"Dagster was started with the {setting} {before}, but the company file says {wanted}. {self._remedy}"
                )
        if self.folder is not None and self.realm != environment.quickbooks_realm_id:
            raise SettingsError(
                f"Dagster was started with another QuickBooks company than {self.folder} names now. {self._remedy}"
            )
        return Scope(company, now.variables, environment, self.folder)

    @property
    def _remedy(self) -> str:
        if self.folder is not None:
            return "Reload the code location in Dagster under Deployment, or restart Dagster."
        name = self.variables.called("RENTAXIS_COMPANY_FILE")
        return f"Set {name} for every Dagster process and restart them."


def load_scope(prefix: str = "") -> Scope:
    """The company that the variables beginning with ``prefix`` describe.

    Reads its company file alone, and the example where none is named, so that definitions load before anything is connected. Raises
    CompanyFileError.
    """
    return Scope(load_company(company_file_named(prefix)), Variables(prefix))


def company_file_named(prefix: str = "") -> Path:
    """The company file that the variables beginning with ``prefix`` name; the example where none is."""
    return Path(os.environ.get(f"{prefix}RENTAXIS_COMPANY_FILE") or EXAMPLE_COMPANY)


def scope_of_folder(folder: Path, realms: Mapping[str, Sequence[Path]] | None = None) -> Scope:
    """The company of a folder among the companies, its short name being the folder's. Reads its two files alone. Raises CompanyFileError,
    also where another folder beside it names the same QuickBooks company (``realms`` as for ``refuse_same_realm``).
    """
    books = books_in(folder)
    company = load_company(folder / COMPANY_FILE)
    if company.slug != folder.name:
        raise CompanyFileError(
            f"{folder / COMPANY_FILE}: the slug is {company.slug}, but the folder is called {folder.name}. "
            f"Write slug: {folder.name} in the file."
        )
    refuse_same_realm(folder, books, realms)
    return Scope(company, variables_of(folder, books), folder=folder)


def refuse_same_realm(folder: Path, books: Books, realms: Mapping[str, Sequence[Path]] | None = None) -> None:
    """Raises CompanyFileError where another folder beside this one names the same QuickBooks company.

    ``realms``: ``realms_in`` of the folder they are all in, where it was read already.
    """
    beside = realms_in(folder.parent) if realms is None else realms
    for other in beside.get(books.realm, ()):
        if other != folder:
            raise CompanyFileError(
                f"{folder} and {other.name} both name the QuickBooks company {books.realm}. Two companies cannot keep the same books: "
                "correct realm in one of the two defs.yaml, or remove one of the folders."
            )


def realms_in(folder: Path) -> Mapping[str, Sequence[Path]]:
    """The QuickBooks companies that the companies' folders in it name, each with the folders that name it."""
    named: dict[str, list[Path]] = {}
    for each in sorted(folder.iterdir()):
        realm = _realm_in(each) if is_company_folder(each) else None
        if realm is not None:
            named.setdefault(realm, []).append(each)
    return named


def _realm_in(folder: Path) -> str | None:
    try:
        return books_in(folder).realm
    except CompanyFileError:
        return None
