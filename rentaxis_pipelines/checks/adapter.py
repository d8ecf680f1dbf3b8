"""The workbench of the adapter: the staging SQL against the real database, and what the company file lacks for its records.

Here: the looks put together, proposals for the guard, a folder to begin from. Not here: the looks themselves (``rentaxis.workbench``,
``check``), words and columns of the screen (``cli.source``). Nothing is written to any database.
"""

import shutil
from collections.abc import Iterator, Sequence
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
from rentaxis_pipelines.rentaxis.workbench import Look, helpers, looks
from rentaxis_pipelines.settings import SettingsError, load_environment, load_source_environment

# A limit leaves room for a month that is busier than any yet, and none for cents taken for dollars.
_ROOM = 3


class Limits(msgspec.Struct, frozen=True):
    """What ``policies.guard`` of the company file may say for these records. The money is rounded up to a thousand."""

    rows: int
    money: Decimal
    first_average: Decimal


class SourceReport(msgspec.Struct):
    """All that was found. ``mappings``: None where it could not be looked at, and ``mappings_why`` says why."""

    looks: list[Look]
    helpers: list[str]
    limits: Limits | None
    mappings: list[str] | None
    mappings_why: str = ""

    @property
    def breaches(self) -> list[str]:
        """What would stop a run, each once."""
        return list(dict.fromkeys([*(each for look in self.looks for each in look.breaches), *self.helpers]))

    @property
    def refused(self) -> int:
        """Rows that a run would refuse one by one."""
        return sum(each.rows for look in self.looks for each in look.refused)

    def as_dict(self) -> dict[str, Any]:
        """For --json: amounts as text, days as YYYY-MM-DD."""
        values = msgspec.to_builtins(self)
        return {**values, "breaches": self.breaches, "refused": self.refused}


def look_at_source() -> Iterator[Look]:
    """A look at each model as it is done. Raises SettingsError where the two variables it needs are not set."""
    environment = load_source_environment()
    url = environment.rentaxis_database_url.get_secret_value()
    yield from looks(url, environment.rentaxis_organization_id)


def report_of(found: Sequence[Look]) -> SourceReport:
    """The looks with what is seen over all of them."""
    environment = load_source_environment()
    doubled = helpers(
        environment.rentaxis_database_url.get_secret_value(), environment.rentaxis_organization_id
    )
    mappings, why = _mappings()
    return SourceReport(list(found), doubled, proposed(found), mappings, why)


def proposed(found: Sequence[Look]) -> Limits | None:
    """Limits from the largest calendar month of any record type; None without records."""
    months = [look.biggest_month for look in found if look.biggest_month is not None]
    if not months:
        return None
    return Limits(
        rows=_ROOM * max(one.rows for one in months),
        money=_thousands(_ROOM * max(one.money for one in months)),
        first_average=_thousands(_ROOM * max(one.average for one in months)),
    )


def _thousands(amount: Decimal) -> Decimal:
    return (amount / 1000).to_integral_value(ROUND_CEILING) * 1000


def _mappings() -> tuple[list[str] | None, str]:
    """What the records need that the company file or QuickBooks has not."""
    try:
        return mappings_lacking(load_environment()), ""
    except (LedgerError, QuickBooksError, SettingsError, SourceError) as error:
        return None, str(error)


def new_folder(folder: Path) -> list[str]:
    """Copy the staging models there; returns the files' names. Raises CannotLaunch if something is there already."""
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise CannotLaunch(
            f"{folder} is not empty. Name a folder that does not exist yet: nothing is written over."
        )
    try:
        shutil.copytree(STAGING_FOLDER, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    except OSError as error:
        raise CannotLaunch(f"{folder} cannot be written: {error.strerror}.") from error
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*.sql"))
