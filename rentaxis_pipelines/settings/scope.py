"""One company as a value: its short name, its company file, its connections. Whatever works for a company is given its scope.

Loading the definitions reads company files alone; a run, a tick or a command reads everything of its company once, when it begins
(``Scope.current``), and keeps that until it ends.
Not here: what is in the settings (``company``, ``environment``).
"""

import os
from dataclasses import dataclass
from pathlib import Path

from rentaxis_pipelines.settings.company import Company, load_company
from rentaxis_pipelines.settings.environment import (
    Environment,
    NoticeSecrets,
    load,
    load_environment,
)
from rentaxis_pipelines.settings.errors import SettingsError
from rentaxis_pipelines.settings.shipped import CONFIG

EXAMPLE_COMPANY = CONFIG / "company.example.yaml"


@dataclass(frozen=True)
class Scope:
    """One company's settings. ``prefix``: what the names of its environment variables begin with, empty where there is one company."""

    company: Company
    prefix: str = ""
    connections: Environment | None = None

    @property
    def slug(self) -> str:
        """The company's short name."""
        return self.company.slug

    @property
    def environment(self) -> Environment:
        """The company's connections as they were read (``current``), else as they are now. Raises EnvironmentSettingsError."""
        return self.connections or load_environment(self.prefix)

    @property
    def notice_secrets(self) -> NoticeSecrets:
        """What the company's notices need, as it is now. Raises EnvironmentSettingsError."""
        return load(NoticeSecrets, self.prefix)

    @property
    def realm(self) -> str | None:
        """The QuickBooks company id in the environment, for naming things; None if it is not set yet."""
        return os.environ.get(f"{self.prefix}QUICKBOOKS_REALM_ID") or None

    @property
    def sql_folder(self) -> Path | None:
        """The folder of the company's own staging SQL, as the environment has it now; None: the installed one."""
        named = os.environ.get(f"{self.prefix}RENTAXIS_SQL_FOLDER", "").strip()
        return Path(named) if named else None

    def current(self) -> "Scope":
        """The same company with everything read now.

        Raises SettingsError for what is missing or wrong, and where the company file no longer fits the jobs and partitions made from it.
        """
        environment = load_environment(self.prefix)
        company = load_company(environment.rentaxis_company_file)
        for setting, before, now in (
            ("time_zone", self.company.time_zone, company.time_zone),
            ("slug", self.company.slug, company.slug),
        ):
            if before != now:
                raise SettingsError(
                    f"Dagster was started with the {setting} {before}, but the company file says {now}. "
                    f"Set {self.prefix}RENTAXIS_COMPANY_FILE for every Dagster process and restart them."
                )
        return Scope(company, self.prefix, environment)


def load_scope(prefix: str = "") -> Scope:
    """The company that the variables beginning with ``prefix`` describe.

    Reads its company file alone, and the example where none is named, so that definitions load before anything is connected. Raises
    CompanyFileError.
    """
    return Scope(
        load_company(Path(os.environ.get(f"{prefix}RENTAXIS_COMPANY_FILE") or EXAMPLE_COMPANY)), prefix
    )


def scopes_from_environment() -> list[Scope]:
    """The companies this process works for: today, the one that the variables describe."""
    return [load_scope()]
