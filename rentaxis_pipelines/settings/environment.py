"""Connections and secrets of a company. Nothing is read until ``load_environment`` is called.

Not here: where the values stand (``variables``), what goes where in the books (``company``), and the variables of Dagster's own storage,
which dagster.yaml reads.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails

from rentaxis_pipelines.settings.addresses import address_for_secrets, base_address, is_intuit, link
from rentaxis_pipelines.settings.company_key import CompanyKey, checked_realm
from rentaxis_pipelines.settings.errors import EnvironmentSettingsError
from rentaxis_pipelines.settings.variables import PROCESS, Variables


def _postgres(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        raise ValueError("must begin with postgresql://")
    return url


PostgresUrl = Annotated[SecretStr, AfterValidator(_postgres)]
BaseAddress = Annotated[str, AfterValidator(base_address)]
Link = Annotated[str, AfterValidator(link)]
Realm = Annotated[str, AfterValidator(checked_realm)]


class SourceEnvironment(BaseModel):
    """What it takes to read the RentAxis database alone, before QuickBooks is connected."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rentaxis_database_url: PostgresUrl = Field(
        description="the RentAxis database; read-only access is enough"
    )
    rentaxis_organization_id: str = Field(description="id of the RentAxis organization to push")
    rentaxis_sql_folder: Path | None = Field(
        default=None, description="a folder of the company's own staging SQL, instead of the installed one"
    )


class Environment(SourceEnvironment):
    """One attribute a variable, of the same name in capitals. Secrets are hidden when it is printed."""

    pipelines_database_url: PostgresUrl = Field(description="the Postgres database of staging and ledger")
    pipelines_results_folder: Path | None = Field(
        default=None, description="a folder in which each run keeps its results as an Excel file"
    )
    pipelines_results_url: Link | None = Field(
        default=None, description="the address under which a browser opens that folder"
    )
    quickbooks_base_url: BaseAddress = Field(
        description="address of the QuickBooks API (https://quickbooks.api.intuit.com)"
    )
    quickbooks_auth_base_url: BaseAddress = Field(
        description="address that issues tokens (https://oauth.platform.intuit.com)"
    )
    quickbooks_realm_id: Realm = Field(description="the QuickBooks company id (realm)")
    quickbooks_client_id: str = Field(description="client id of the Intuit app")
    quickbooks_client_secret: SecretStr = Field(description="client secret of the Intuit app")
    pipelines_secret_key: SecretStr = Field(
        description="the key that encrypts QuickBooks tokens at rest, or several, newest first"
    )
    quickbooks_limits: Literal["kept", "off"] = Field(
        default="kept", description="whether QuickBooks' rate limits are kept; off is for an emulator only"
    )
    pipelines_chunk_records: int = Field(
        default=20_000,
        ge=1,
        description="how many records are read and planned at a time: memory against a little speed",
    )
    rentaxis_company_file: Path = Field(description="path of the company file (company.yaml)")

    @field_validator("quickbooks_limits")
    @classmethod
    def _is_kept_at_intuit(cls, value: str, info: ValidationInfo) -> str:
        if value == "off" and is_intuit(info.data.get("quickbooks_base_url", "")):
            raise ValueError(
                "must be kept, or not set, if QUICKBOOKS_BASE_URL is Intuit's: without the limits Intuit would lock this company out for calling too often"
            )
        return value

    @property
    def company_key(self) -> CompanyKey:
        """Whose rows these settings may touch."""
        return CompanyKey(self.rentaxis_organization_id, self.quickbooks_realm_id)


class NoticeSecrets(BaseModel):
    """What notices need besides the company file. Each has to be set only if its channel is used."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    notice_smtp_password: SecretStr | None = Field(
        default=None, description="password of the e-mail account that sends notices"
    )
    notice_webhook_url: SecretStr | None = Field(
        default=None, description="web address that notices are posted to"
    )

    @field_validator("notice_webhook_url")
    @classmethod
    def _may_be_sent_secrets(cls, value: SecretStr | None) -> SecretStr | None:
        return _secret_address(value)


class HeartbeatSecret(BaseModel):
    """Whom a good night is told, so that somebody notices when none comes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    heartbeat_url: SecretStr | None = Field(
        default=None, description="web address that is called after each good night"
    )

    @field_validator("heartbeat_url")
    @classmethod
    def _may_be_sent_secrets(cls, value: SecretStr | None) -> SecretStr | None:
        return _secret_address(value)


def _secret_address(value: SecretStr | None) -> SecretStr | None:
    return None if value is None else SecretStr(address_for_secrets(value.get_secret_value()))


ENVIRONMENT_MODELS: tuple[type[BaseModel], ...] = (Environment, NoticeSecrets)  # all that a company may set


def load_environment(variables: Variables = PROCESS) -> Environment:
    """All connections of a company. Raises as ``load``."""
    return load(Environment, variables)


Settings = TypeVar("Settings", bound=BaseModel)


def load(model: type[Settings], variables: Variables = PROCESS) -> Settings:
    """Read the variables that the model names, as they are now.

    Raises ``EnvironmentSettingsError`` naming every variable that is missing or wrong, never its value.
    """
    values = variables.read()
    given = {name: values[name.upper()] for name in model.model_fields if name.upper() in values}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
    # Raised outside the handler: pydantic's own error prints the values it was given.
    raise EnvironmentSettingsError("\n".join(_sentence(model, variables, problem) for problem in problems))


def _sentence(model: type[BaseModel], variables: Variables, problem: ErrorDetails) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:  # about several variables, which it names
        return f"{message}."
    field = str(problem["loc"][0])
    name, meaning = variables.called(field.upper()), model.model_fields[field].description
    if problem["type"] == "missing":
        where = f", and not in {variables.file} either" if variables.file is not None else ""
        return f"The environment variable {name} is not set{where}: {meaning}."
    return f"The environment variable {name} ({meaning}) {message[0].lower()}{message[1:]}."
