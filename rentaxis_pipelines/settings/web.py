"""Who may open the UI, and under which addresses it is reached: the variables of ``rentaxis-sync serve``.

Not here: who the users are (``web.users``), and the connections of the sync itself (``environment``).
"""

import ipaddress
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from rentaxis_pipelines.settings.addresses import base_address
from rentaxis_pipelines.settings.environment import load
from rentaxis_pipelines.settings.errors import EnvironmentSettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
CompanyFileUse = Literal["editable", "read_only"]
_SHORTEST_TOKEN = 16
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class WebSettings(BaseModel):
    """One attribute a variable, of the same name in capitals. Lists are separated by commas."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    web_sign_in: Literal["none", "passwords", "openid", "proxy"] = Field(
        default="none", description="how people sign in: none, passwords, openid or proxy"
    )
    web_public_url: str = Field(default="", description="the addresses people type to reach the UI")
    web_users_file: Path | None = Field(default=None, description="the file that lists users and their roles")
    web_company_file: CompanyFileUse = Field(
        default="editable", description="whether the desk may change the company file: editable or read_only"
    )
    web_session_hours: float = Field(
        default=12.0, gt=0, le=720, description="hours until a person has to sign in again"
    )
    web_openid_issuer: str = Field(default="", description="address of the OpenID Connect provider")
    web_openid_client_id: str = Field(default="", description="client id at the OpenID Connect provider")
    web_openid_client_secret: SecretStr = Field(
        default=SecretStr(""), description="client secret at the OpenID Connect provider"
    )
    web_openid_claim: str = Field(
        default="email", description="the claim that holds the user's name as in the users file"
    )
    web_trusted_proxies: str = Field(
        default="", description="addresses or networks of reverse proxies whose headers are believed"
    )
    web_proxy_user_header: str = Field(
        default="X-Forwarded-Email", description="the header in which a trusted proxy names the user"
    )
    web_metrics_token: SecretStr = Field(
        default=SecretStr(""), description="the bearer token with which /metrics is read from another machine"
    )
    pipelines_secret_key: SecretStr = Field(
        default=SecretStr(""), description="the key from which session cookies are signed"
    )

    @property
    def public_urls(self) -> tuple[str, ...]:
        """The addresses people type, without a slash at the end."""
        return tuple(_listed(self.web_public_url))

    @property
    def trusted_proxies(self) -> tuple[Network, ...]:
        """Networks whose forwarding headers are believed."""
        return tuple(ipaddress.ip_network(text, strict=False) for text in _listed(self.web_trusted_proxies))

    @field_validator("web_public_url", "web_openid_issuer")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        return ",".join(base_address(url) for url in _listed(value))

    @field_validator("web_public_url")
    @classmethod
    def _has_no_path(cls, value: str) -> str:
        if any(urlsplit(url).path.strip("/") for url in _listed(value)):
            raise ValueError("must have no path: the UI needs a host name of its own")
        return value

    @field_validator("web_metrics_token")
    @classmethod
    def _cannot_be_guessed(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < _SHORTEST_TOKEN:
            raise ValueError(f"must have at least {_SHORTEST_TOKEN} characters, so that it cannot be guessed")
        return value

    @field_validator("web_trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for text in _listed(value):
            try:
                ipaddress.ip_network(text, strict=False)
            except ValueError:
                raise ValueError("must list addresses or networks such as 10.0.0.5 or 10.0.0.0/24") from None
        return value

    @model_validator(mode="after")
    def _has_what_its_sign_in_needs(self) -> Self:
        needed = {
            "none": (),
            "passwords": ("web_users_file",),
            "openid": ("web_users_file", "web_openid_issuer", "web_openid_client_id"),
            "proxy": ("web_users_file", "web_trusted_proxies"),
        }[self.web_sign_in]
        missing = [name.upper() for name in needed if not getattr(self, name)]
        if self.web_sign_in == "openid" and not self.web_openid_client_secret.get_secret_value():
            missing.append("WEB_OPENID_CLIENT_SECRET")
        if missing:
            raise ValueError(f"WEB_SIGN_IN={self.web_sign_in} needs {' and '.join(missing)}")
        return self


def load_users_path() -> Path:
    """WEB_USERS_FILE alone, for who looks after the file without serving. Raises ``EnvironmentSettingsError``."""
    path = load(_UsersFile).web_users_file
    if path is None:
        raise EnvironmentSettingsError(
            "The environment variable WEB_USERS_FILE is not set: the file that lists users and their roles."
        )
    return path


def may_change_company_file() -> bool:
    """Whether WEB_COMPANY_FILE lets the desk change the company file, as it says now. Raises ``EnvironmentSettingsError``."""
    return load(_CompanyFile).web_company_file == "editable"


class _CompanyFile(BaseModel):
    model_config = ConfigDict(extra="ignore")

    web_company_file: CompanyFileUse = "editable"


class _UsersFile(BaseModel):
    model_config = ConfigDict(extra="ignore")

    web_users_file: Path | None = None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
