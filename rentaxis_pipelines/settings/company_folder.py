"""One folder of ``companies/``: ``defs.yaml`` says which books it is, ``company.yaml`` how they are kept.

Beside them may stand ``environment`` (the company's own secrets, readable only by its owner) and ``staging/`` (its own SQL that reads
RentAxis). Here: reading ``defs.yaml``, which is also a component of Dagster's (``rentaxis_pipelines.components``). Not here: which folders
there are (``companies``), what is in the company file (``company``).
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from rentaxis_pipelines.settings.company_key import checked_realm
from rentaxis_pipelines.settings.errors import CompanyFileError, nearest
from rentaxis_pipelines.settings.variables import Variables
from rentaxis_pipelines.settings.yaml_file import parse_yaml, text_of

DEFS, COMPANY_FILE, SECRETS, STAGING = "defs.yaml", "company.yaml", "environment", "staging"
COMPONENT = "rentaxis_pipelines.components.Company"


class Books(BaseModel):
    """Which books a company is: the ``attributes`` of its ``defs.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization: str = Field(min_length=1, description="id of the RentAxis organization, in quotes")
    realm: Annotated[str, AfterValidator(checked_realm)] = Field(
        description="the QuickBooks company id, digits only, in quotes"
    )
    prefix: str = Field(
        default="",
        pattern="^([A-Z][A-Z0-9_]*_)?$",
        description="what the names of its own variables begin with: capitals, digits and _, such as ELM_STREET_",
    )


def is_company_folder(folder: Path) -> bool:
    """Whether the folder is meant to be a company's; a broken one is."""
    return not folder.name.startswith((".", "_")) and any(
        (folder / name).is_file() for name in (DEFS, COMPANY_FILE)
    )


def books_in(folder: Path) -> Books:
    """What the folder's ``defs.yaml`` says. Raises CompanyFileError, naming file, line and key."""
    file = folder / DEFS
    if not file.is_file():
        raise CompanyFileError(
            f"{file}: there is no such file. It says which books the company is: type, organization and realm."
        )
    return _books_from(text_of(file), file)


@functools.lru_cache(maxsize=4_096)  # more than there are companies in one place
def _books_from(text: str, file: Path) -> Books:
    """Kept for the same text: each company is compared with all others."""
    values, lines = parse_yaml(text, file)
    unknown = [key for key in values if key not in ("type", "attributes")]
    if unknown:
        raise CompanyFileError(
            f"{file}, line {lines.get((unknown[0],), 1)}: {unknown[0]} is not a setting."
            f"{nearest(unknown[0], ['type', 'attributes'])} Known here: type, attributes."
        )
    if values.get("type") != COMPONENT:
        raise CompanyFileError(f"{file}, line {lines.get(('type',), 1)}: expected type: {COMPONENT}.")
    try:
        return Books.model_validate(values.get("attributes") or {})
    except ValidationError as error:
        raise CompanyFileError(
            "\n".join(_sentence(file, lines, dict(problem)) for problem in error.errors(include_url=False))
        ) from None


def _sentence(file: Path, lines: Mapping[Any, int], problem: dict[str, Any]) -> str:
    if not problem["loc"]:
        line = lines.get(("attributes",), 1)
        return f"{file}, line {line}: attributes is not right: organization and realm, each indented on a line of its own."
    key = str(problem["loc"][-1])
    line = lines.get(("attributes", *problem["loc"])) or lines.get(("attributes",)) or 1
    known = list(Books.model_fields)
    if problem["type"] == "extra_forbidden":
        what = f"is not a setting.{nearest(key, known)} Known here: {', '.join(known)}."
    else:
        missing = "is required but missing" if problem["type"] == "missing" else "is not right"
        what = f"{missing}: {Books.model_fields[key].description}."
    return f"{file}, line {line}: attributes.{key} {what}"


def variables_of(folder: Path, books: Books) -> Variables:
    """Where the variables of the folder's company come from."""
    staging = folder / STAGING
    fixed = {
        "RENTAXIS_ORGANIZATION_ID": books.organization,
        "QUICKBOOKS_REALM_ID": books.realm,
        "RENTAXIS_COMPANY_FILE": str(folder / COMPANY_FILE),
        **({"RENTAXIS_SQL_FOLDER": str(staging)} if staging.is_dir() else {}),
    }
    return Variables(books.prefix, fixed, folder / SECRETS, shared=True)
