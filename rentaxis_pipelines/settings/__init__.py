"""Typed settings: connections and secrets from the environment, mappings and policies from the company file.

Nothing is read when this is imported. Every fault is a ``SettingsError`` whose text a person can act on.
"""

from rentaxis_pipelines.settings.companies import scope_named, scopes_from_environment
from rentaxis_pipelines.settings.company import (
    Automation,
    Company,
    Email,
    ExpenseMethodMapping,
    Guard,
    Mappings,
    Method,
    Notice,
    PaymentMethodMapping,
    PlaceMapping,
    Policies,
    load_company,
)
from rentaxis_pipelines.settings.company_key import CompanyKey
from rentaxis_pipelines.settings.environment import (
    Environment,
    HeartbeatSecret,
    NoticeSecrets,
    SourceEnvironment,
    load,
    load_environment,
)
from rentaxis_pipelines.settings.errors import CompanyFileError, EnvironmentSettingsError, SettingsError
from rentaxis_pipelines.settings.scope import Scope, load_scope
from rentaxis_pipelines.settings.variables import Variables

__all__ = [
    "Automation",
    "Company",
    "CompanyFileError",
    "CompanyKey",
    "Email",
    "Environment",
    "EnvironmentSettingsError",
    "ExpenseMethodMapping",
    "Guard",
    "HeartbeatSecret",
    "Mappings",
    "Method",
    "Notice",
    "NoticeSecrets",
    "PaymentMethodMapping",
    "PlaceMapping",
    "Policies",
    "Scope",
    "SettingsError",
    "SourceEnvironment",
    "Variables",
    "load",
    "load_company",
    "load_environment",
    "load_scope",
    "scope_named",
    "scopes_from_environment",
]
