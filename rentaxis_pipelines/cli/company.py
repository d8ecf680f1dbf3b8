"""The company a command works for: that of ``--company``, or the only one there is.

Here: the only place where the command line chooses it. Not here: which companies there are (``settings.companies``), its settings.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rentaxis_pipelines.settings import Environment, Scope, Variables

_CHOSEN = "rentaxis_pipelines.company"


def option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option of the whole program that says which company its commands are about."""

    def keep(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
        context.meta[_CHOSEN] = value

    return click.option(
        "--company",
        metavar="SLUG",
        envvar="RENTAXIS_COMPANY",
        expose_value=False,
        is_eager=True,
        callback=keep,
        help="The company's short name, where there are several.",
    )(command)


def chosen() -> str | None:
    """The short name that was chosen; None where none was said."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(_CHOSEN)


def company_scope() -> "Scope":
    """Its settings, company file included. Raises SettingsError."""
    from rentaxis_pipelines.settings import scope_named

    return scope_named(chosen())


def chosen_scope() -> "Scope":
    """Its settings, also those that cannot be used: then with what is wrong. Raises SettingsError where there is no such company."""
    from rentaxis_pipelines.settings.companies import chosen_scope as of_slug

    return of_slug(chosen())


def chosen_scopes() -> "Sequence[Scope]":
    """That of --company, else all, those whose settings cannot be used included. Raises SettingsError for a short name that is none."""
    from rentaxis_pipelines.settings import SettingsError, scopes_from_environment

    scopes, slug = scopes_from_environment(), chosen()
    if slug is None:
        return scopes
    named = [scope for scope in scopes if scope.slug == slug]
    if not named:
        there = ", ".join(scope.slug for scope in scopes) or "none yet"
        raise SettingsError(f"There is no company {slug}. There are: {there}.")
    return named


def company_variables() -> "Variables":
    """Where its variables come from. Raises SettingsError where there is no such company."""
    from rentaxis_pipelines.settings.companies import variables_named

    return variables_named(chosen())


def connections() -> "Environment":
    """Its connections alone, for what needs no company file. Raises EnvironmentSettingsError."""
    from rentaxis_pipelines.settings import load_environment

    return load_environment(company_variables())
