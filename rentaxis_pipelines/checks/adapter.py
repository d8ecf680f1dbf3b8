"""Tools for adapting the staging SQL: check it against the real database, and list mappings the company file lacks.

Here: the combined report, proposed guard limits, a starting folder. Not here: the checks themselves (``rentaxis.workbench``), the
screen (``cli.source``). Nothing is written to any database.
"""

import shutil
from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any

import msgspec

from rentaxis_pipelines.checks.everything import mappings_lacking
from rentaxis_pipelines.ledger.database import LedgerError
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.rentaxis.folder import STAGING_FOLDER
from rentaxis_pipelines.rentaxis.workbench import Look, helpers
from rentaxis_pipelines.settings import SettingsError, SourceEnvironment, Variables, load_environment

# A limit allows a month busier than any so far, but catches cents mistaken for dollars.
_MARGIN = 3


class Limits(msgspec.Struct, frozen=True):
    """Suggested ``policies.guard`` in the company file for these records. Money is rounded up to the next thousand."""

    rows: int
    money: Decimal
    first_average: Decimal


class SourceReport(msgspec.Struct):
    """Everything found. ``mappings`` is None if it could not be checked, and ``mappings_why`` says why."""

    looks: list[Look]
    helpers: list[str]
    limits: Limits | None
    mappings: list[str] | None
    mappings_why: str = ""

    @property
    def breaches(self) -> list[str]:
        """What would stop a run, without repeats."""
        return list(
            dict.fromkeys([*(breach for look in self.looks for breach in look.breaches), *self.helpers])
        )

    @property
    def refused(self) -> int:
        """Rows that a run would refuse one by one."""
        return sum(group.rows for look in self.looks for group in look.refused)

    def as_dict(self) -> dict[str, Any]:
        """For --json: amounts as text, days as YYYY-MM-DD."""
        values = msgspec.to_builtins(self)
        return {**values, "breaches": self.breaches, "refused": self.refused}


def report_of(
    model_checks: Sequence[Look], environment: SourceEnvironment, variables: Variables
) -> SourceReport:
    """Combine the checks of the models with what concerns all of them."""
    doubled = helpers(environment)
    mappings, why = _mappings(variables)
    return SourceReport(list(model_checks), doubled, proposed(model_checks), mappings, why)


def proposed(model_checks: Sequence[Look]) -> Limits | None:
    """Limits from the largest calendar month of any record type; None without records."""
    months = [look.biggest_month for look in model_checks if look.biggest_month is not None]
    if not months:
        return None
    return Limits(
        rows=_MARGIN * max(month.rows for month in months),
        money=_thousands(_MARGIN * max(month.money for month in months)),
        first_average=_thousands(_MARGIN * max(month.average for month in months)),
    )


def _thousands(amount: Decimal) -> Decimal:
    return (amount / 1000).to_integral_value(ROUND_CEILING) * 1000


def _mappings(variables: Variables) -> tuple[list[str] | None, str]:
    """What the records need that is missing from the company file or QuickBooks."""
    try:
        return mappings_lacking(load_environment(variables)), ""
    except (LedgerError, QuickBooksError, SettingsError, SourceError) as error:
        return None, str(error)


def new_folder(folder: Path) -> list[str]:
    """Copy the staging models to ``folder``; returns the files' names. Raises CannotLaunch if it is not empty."""
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise CannotLaunch(
            f"{folder} is not empty. Name a folder that does not exist yet: nothing is overwritten."
        )
    try:
        shutil.copytree(STAGING_FOLDER, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    except OSError as error:
        raise CannotLaunch(f"{folder} cannot be written: {error.strerror}.") from error
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.sql"))
