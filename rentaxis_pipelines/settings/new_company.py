"""The folder of a new company, and where that of a removed one goes.

Here: the files as texts, and putting a folder in its place or aside, whole or not at all. Not here: reading them (``company_folder``),
whether a company may be removed (``cli.company_folders``).
"""

import datetime as dt
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from rentaxis_pipelines.safety.private_files import private_folder, written_privately
from rentaxis_pipelines.settings.company import Company, company_from
from rentaxis_pipelines.settings.company_folder import (
    COMPANY_FILE,
    COMPONENT,
    DEFS,
    SECRETS,
    Books,
)
from rentaxis_pipelines.settings.environment import ENVIRONMENT_MODELS
from rentaxis_pipelines.settings.errors import CompanyFileError, SettingsError
from rentaxis_pipelines.settings.scope import EXAMPLE_COMPANY, refuse_same_realm
from rentaxis_pipelines.settings.yaml_edit import Value, edited
from rentaxis_pipelines.settings.yaml_file import KeyPath, text_of

REMOVED = ".removed"  # beside the companies' folders; no folder with a dot is a company's
# Said by the folder itself: defs.yaml, company.yaml, staging/.
_BY_THE_FOLDER = (
    "rentaxis_organization_id",
    "quickbooks_realm_id",
    "rentaxis_company_file",
    "rentaxis_sql_folder",
)


class CannotAdd(SettingsError):
    """The folder of a company cannot be written, or not moved. Nothing was changed."""


def add_company(
    companies: Path,
    slug: str,
    books: Books,
    *,
    time_zone: str | None = None,
    first_day: dt.date | None = None,
) -> Path:
    """The new company's folder, with defs.yaml, company.yaml and environment, readable only by their owner.

    Raises CannotAdd where it is there already or cannot be written, CompanyFileError and EnvironmentSettingsError for what no company may
    be: another short name, realm or time zone.
    """
    files = files_of(slug, books, time_zone, first_day)
    folder = companies / slug
    if folder.exists():
        raise CannotAdd(f"{folder} already exists, so nothing was written. Choose another short name.")
    refuse_same_realm(folder, books)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{slug}.", dir=companies) as unfinished:
            beside = private_folder(Path(unfinished) / slug)
            for name, text in files.items():
                with written_privately(beside / name) as file:
                    file.write_text(text, encoding="utf-8")
            beside.rename(folder)
    except OSError as error:
        raise CannotAdd(f"{folder} cannot be written ({error.strerror}), so no company was added.") from error
    return folder


def files_of(
    slug: str, books: Books, time_zone: str | None = None, first_day: dt.date | None = None
) -> Mapping[str, str]:
    """The new company's files by name. Raises as ``add_company``."""
    return {
        SECRETS: environment_text(books),
        COMPANY_FILE: company_text(slug, time_zone, first_day),
        DEFS: defs_text(books),
    }


def company_text(slug: str, time_zone: str | None = None, first_day: dt.date | None = None) -> str:
    """The example's company file for this company; what is not said stays as in the example. Raises CompanyFileError."""
    wanted: dict[KeyPath, Value] = {("slug",): slug}
    if time_zone is not None:
        wanted["time_zone",] = time_zone
    if first_day is not None:
        wanted["first_day",] = first_day
    _refuse_unfit({str(name): value for (name,), value in wanted.items()})
    text = edited(text_of(EXAMPLE_COMPANY), EXAMPLE_COMPANY, wanted)
    company_from(text, Path(COMPANY_FILE))
    return text


def _refuse_unfit(said: Mapping[str, Value]) -> None:
    """The sentence names what the person said; that of the file would name a line of a file that is not there yet."""
    try:
        Company.model_validate({"time_zone": "UTC", "first_day": dt.date(2000, 1, 1), **said})
    except ValidationError as error:
        problem = error.errors()[0]
        name, message = str(problem["loc"][0]), problem["msg"].removeprefix("Value error, ")
        raise CompanyFileError(f"The {name.replace('_', ' ')} {said[name]}: {message}.") from None


def defs_text(books: Books) -> str:
    """``defs.yaml``: which books the company is."""
    attributes = {"organization": books.organization, "realm": books.realm}
    if books.prefix:
        attributes["prefix"] = books.prefix
    # A JSON text is a YAML text in quotes, whatever is in it.
    lines = [f"  {name}: {json.dumps(value)}" for name, value in attributes.items()]
    return "\n".join(
        (
            "# Which books this company is: its RentAxis organization, and the id of its QuickBooks company. Keep the quotes.",
            f"type: {COMPONENT}",
            "attributes:",
            *lines,
            "",
        )
    )


def environment_text(books: Books) -> str:
    """The company's own variables, none of them set yet."""
    shared = "NAME" if not books.prefix else f"{books.prefix}NAME or NAME"
    lines = [
        "# The company's own connections and secrets: NAME=value, in quotes if the value has spaces. Only its owner may read this file.",
        f"# What is not set here is taken from the environment of the services, as {shared}.",
    ]
    for model in ENVIRONMENT_MODELS:
        for name, field in model.model_fields.items():
            if name not in _BY_THE_FOLDER:
                needed = "" if not field.is_required() else " Required, here or in the environment."
                lines += ["", f"# {_sentence(model, name)}.{needed}", f"# {name.upper()}="]
    return "\n".join(lines) + "\n"


def _sentence(model: type[BaseModel], name: str) -> str:
    description = str(model.model_fields[name].description)
    return description[0].upper() + description[1:]


def checked_books(organization: str, realm: str, prefix: str = "") -> Books:
    """Which books the company is to be. Raises EnvironmentSettingsError or CompanyFileError in words for who typed them."""
    try:
        return Books(organization=organization.strip(), realm=realm.strip(), prefix=prefix)
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][-1])
        raise CompanyFileError(f"The {key} is not right: {Books.model_fields[key].description}.") from None


def set_aside(companies: Path, folder: Path, now: dt.datetime) -> Path:
    """Move a company's folder under ``.removed``; returns where it is now.

    Its ``defs.yaml`` becomes ``defs.yaml.removed``, so that nothing takes it for a company's. Raises CannotAdd where it cannot be moved.
    """
    place = companies / REMOVED / f"{folder.name}-{now:%Y%m%d-%H%M%S}"
    try:
        private_folder(place.parent)
        folder.rename(place)
        defs = place / DEFS
        if defs.exists():
            defs.rename(defs.with_name(f"{DEFS}.removed"))
    except OSError as error:
        raise CannotAdd(f"{folder} cannot be moved to {place} ({error.strerror}).") from error
    return place


def delete_folder(folder: Path) -> None:
    """Delete a company's folder with all files in it. Raises CannotAdd where it cannot be deleted."""
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise CannotAdd(f"{folder} cannot be deleted completely ({error.strerror}).") from error
