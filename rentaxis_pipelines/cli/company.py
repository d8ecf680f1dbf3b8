"""The company a command works for: the one that the environment variables describe.

Here: the only place where the command line chooses it. Not here: its settings (``settings``).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rentaxis_pipelines.settings import Environment, Scope

PREFIX = ""  # what the names of its variables begin with


def connections() -> "Environment":
    """Its connections alone, for what needs no company file. Raises EnvironmentSettingsError."""
    from rentaxis_pipelines.settings import load_environment

    return load_environment(PREFIX)


def company_scope() -> "Scope":
    """Its settings, company file included. Raises CompanyFileError."""
    from rentaxis_pipelines.settings import load_scope

    return load_scope(PREFIX)
