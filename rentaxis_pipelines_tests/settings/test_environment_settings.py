"""Connections from the environment: what is missing is named, and no secret is ever printed."""

import subprocess
import sys
from pathlib import Path

import pytest

from rentaxis_pipelines.settings import Environment, EnvironmentSettingsError, load_environment

GOOD = {
    "RENTAXIS_DATABASE_URL": "postgresql://reader:hush1@db/rentaxis",
    "PIPELINES_DATABASE_URL": "postgresql://writer:hush2@db/pipelines",
    "QUICKBOOKS_BASE_URL": "https://quickbooks.example/",
    "QUICKBOOKS_AUTH_BASE_URL": "https://oauth.example",
    "QUICKBOOKS_REALM_ID": "4620816365",
    "QUICKBOOKS_CLIENT_ID": "client",
    "QUICKBOOKS_CLIENT_SECRET": "hush3",
    "PIPELINES_SECRET_KEY": "hush4",
    "RENTAXIS_ORGANIZATION_ID": "1",
    "RENTAXIS_COMPANY_FILE": "/etc/rentaxis/company.yaml",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_every_variable_arrives_under_its_own_name(environment: pytest.MonkeyPatch) -> None:
    loaded = load_environment()
    required = {name.upper() for name, field in Environment.model_fields.items() if field.is_required()}
    assert required == set(GOOD)
    assert loaded.rentaxis_database_url.get_secret_value() == GOOD["RENTAXIS_DATABASE_URL"]
    assert loaded.quickbooks_base_url == "https://quickbooks.example"
    assert loaded.rentaxis_company_file == Path("/etc/rentaxis/company.yaml")


def test_printing_the_settings_shows_no_secret(environment: pytest.MonkeyPatch) -> None:
    assert "hush" not in repr(load_environment()) + str(load_environment())


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("left", [None, ""])
def test_a_missing_or_empty_variable_is_named(
    environment: pytest.MonkeyPatch, name: str, left: str | None
) -> None:
    if left is None:
        environment.delenv(name)
    else:
        environment.setenv(name, left)
    with pytest.raises(EnvironmentSettingsError) as caught:
        load_environment()
    assert str(caught.value).startswith(f"The environment variable {name} is not set: ")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "wrong", "expected"),
    [
        ("RENTAXIS_DATABASE_URL", "mysql://reader:hush1@db/x", "must begin with postgresql://"),
        ("QUICKBOOKS_BASE_URL", "quickbooks.example", "must begin with https://"),
        ("QUICKBOOKS_REALM_ID", "my-company", "must be digits only"),
    ],
)
def test_a_wrong_form_is_named_without_the_value(
    environment: pytest.MonkeyPatch, name: str, wrong: str, expected: str
) -> None:
    environment.setenv(name, wrong)
    with pytest.raises(EnvironmentSettingsError) as caught:
        load_environment()
    assert name in str(caught.value)
    assert expected in str(caught.value)
    assert wrong not in str(caught.value)
    # The whole chain of causes is what a traceback prints.
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_everything_missing_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(EnvironmentSettingsError) as caught:
        load_environment()
    assert len(str(caught.value).splitlines()) == len(GOOD)


def test_nothing_is_read_at_import() -> None:
    """Definitions must load on a machine that has none of this."""
    code = "import rentaxis_pipelines.settings"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, env={}, check=False).returncode == 0
