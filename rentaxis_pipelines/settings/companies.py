"""The companies this installation works for: the folders of ``RENTAXIS_COMPANIES_FOLDER``, or the one that the environment describes.

A company whose settings cannot be used stays among them, with what is wrong (``Scope.problem``), and takes none of the others with it.
"""

import dataclasses
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from rentaxis_pipelines.settings.company import is_slug
from rentaxis_pipelines.settings.company_folder import COMPANY_FILE, books_in, is_company_folder, variables_of
from rentaxis_pipelines.settings.errors import EnvironmentSettingsError, SettingsError
from rentaxis_pipelines.settings.scope import (
    Scope,
    company_file_named,
    load_scope,
    realms_in,
    scope_of_folder,
)
from rentaxis_pipelines.settings.stand_in import stand_in
from rentaxis_pipelines.settings.variables import Variables

COMPANIES_FOLDER = "RENTAXIS_COMPANIES_FOLDER"
_LIKE_A_SLUG = 16  # characters; room for a number within the 20 of a short name


def companies_folder() -> Path | None:
    """The folder that holds a folder for each company; None where the environment describes the only one.

    Raises EnvironmentSettingsError where the variable names no folder.
    """
    named = os.environ.get(COMPANIES_FOLDER, "").strip()
    if not named:
        return None
    folder = Path(named).expanduser().absolute()
    if not folder.is_dir():
        raise EnvironmentSettingsError(
            f"The environment variable {COMPANIES_FOLDER} names {folder}, but there is no such folder."
        )
    return folder


def company_folders(folder: Path) -> list[Path]:
    """The folders of companies in it, by name."""
    return sorted(each for each in folder.iterdir() if each.is_dir() and is_company_folder(each))


def scopes_from_environment() -> list[Scope]:
    """The companies this process works for, as their files say now, those that cannot be used included.

    Raises EnvironmentSettingsError where RENTAXIS_COMPANIES_FOLDER names no folder.
    """
    folder = companies_folder()
    if folder is not None:
        return scopes_in(folder)
    try:
        return [load_scope()]
    except SettingsError as error:
        return [Scope(stand_in(company_file_named()), problem=str(error))]


def scopes_in(folder: Path) -> list[Scope]:
    """The companies whose folders are in this one, those that cannot be used included, each with a short name of its own."""
    realms = realms_in(folder)
    return _each_with_its_own_name(
        [(each, scope_or_stand_in(each, realms)) for each in company_folders(folder)]
    )


def scope_or_stand_in(folder: Path, realms: Mapping[str, Sequence[Path]] | None = None) -> Scope:
    """The company of the folder; with a stand-in for its company file where its settings cannot be used. ``realms``: as for
    ``refuse_same_realm``.
    """
    try:
        return scope_of_folder(folder, realms)
    except SettingsError as error:
        company, problem = stand_in(folder / COMPANY_FILE, _like_a_slug(folder.name)), str(error)
    try:
        variables = variables_of(folder, books_in(folder))
    except SettingsError as error:
        variables = Variables(unusable=str(error))
    return Scope(company, variables, folder=folder, problem=problem)


def _like_a_slug(name: str) -> str:
    """The folder's name if it is a short name, else one like it; such a folder is never used (``scope_of_folder``)."""
    if is_slug(name):
        return name
    return re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")[:_LIKE_A_SLUG].strip("_") or "company"


def _each_with_its_own_name(scopes: Sequence[tuple[Path, Scope]]) -> list[Scope]:
    """A folder whose name is no short name must not take the one of another company: it is numbered."""
    taken = {folder.name for folder, _ in scopes}
    named: list[Scope] = []
    for folder, scope in scopes:
        slug, number = scope.slug, 2
        while slug != folder.name and slug in taken:
            slug, number = f"{scope.slug}_{number}", number + 1
        taken.add(slug)
        company = scope.company.model_copy(update={"slug": slug})
        named.append(scope if slug == scope.slug else dataclasses.replace(scope, company=company))
    return named


def scope_named(slug: str | None) -> Scope:
    """The company of that short name, or the only one where none is said. Raises SettingsError for a short name that is none, for several
    companies to choose from, and where its settings cannot be used.
    """
    scope = chosen_scope(slug)
    if scope.problem is not None:
        raise SettingsError(scope.problem)
    return scope


def variables_named(slug: str | None) -> Variables:
    """Where that company's variables come from, though its company file may not be right. Raises SettingsError as ``scope_named``."""
    return chosen_scope(slug).variables


def chosen_scope(slug: str | None) -> Scope:
    """The company of that short name, or the only one where none is said, though its settings may not be usable.

    Raises SettingsError for a short name that is none, and for several companies to choose from.
    """
    scopes = scopes_from_environment()
    names = ", ".join(scope.slug for scope in scopes) or "none yet"
    if slug is not None:
        scope = next((scope for scope in scopes if scope.slug == slug), None)
        if scope is None:
            raise SettingsError(f"There is no company {slug}. There are: {names}.")
        return scope
    if not scopes:
        raise SettingsError("There is no company yet. Add one with: rentaxis-sync companies add")
    if len(scopes) > 1:
        raise SettingsError(f"There are several companies: {names}. Say which one with --company.")
    return scopes[0]
