"""The files of a new company's folder, as texts.

Not here: writing them, and where the folder of a removed company goes (``sync.company_folders``), reading them (``company_folder``).
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from rentaxis_pipelines.settings.company import Company, company_from
from rentaxis_pipelines.settings.company_folder import (
    COMPANY_FILE,
    COMPONENT,
    DEFS,
    SECRETS,
    Books,
)
from rentaxis_pipelines.settings.environment import ENVIRONMENT_MODELS
from rentaxis_pipelines.settings.errors import CompanyFileError
from rentaxis_pipelines.settings.scope import EXAMPLE_COMPANY
from rentaxis_pipelines.settings.yaml_edit import Value, edited
from rentaxis_pipelines.settings.yaml_file import KeyPath, text_of

# Said by the folder itself: defs.yaml, company.yaml, staging/.
_BY_THE_FOLDER = (
    "rentaxis_organization_id",
    "quickbooks_realm_id",
    "rentaxis_company_file",
    "rentaxis_sql_folder",
)


def files_of(
    slug: str, books: Books, time_zone: str | None = None, first_day: dt.date | None = None
) -> Mapping[str, str]:
    """The new company's files by name. Raises CompanyFileError for what no company may be: another short name or time zone."""
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
    lines = [f"  {name}: {_in_quotes(value)}" for name, value in attributes.items()]
    return "\n".join(
        (
            "# Which books this company is: its RentAxis organization, and the id of its QuickBooks company. Keep the quotes.",
            f"type: {COMPONENT}",
            "attributes:",
            *lines,
            "",
        )
    )


def _in_quotes(text: str) -> str:
    return yaml.safe_dump(text, default_style='"', width=10**9).removesuffix("\n")


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
    """Which books the company is to be. Raises CompanyFileError in words for who typed them."""
    try:
        return Books(organization=organization.strip(), realm=realm.strip(), prefix=prefix)
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][-1])
        raise CompanyFileError(f"The {key} is not right: {Books.model_fields[key].description}.") from None
