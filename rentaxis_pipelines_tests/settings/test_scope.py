"""A company as a value: its own variables alone, read once, and refused where they no longer fit what was made from them."""

from pathlib import Path

import pytest

from rentaxis_pipelines.settings import (
    EnvironmentSettingsError,
    SettingsError,
    load_scope,
    scopes_from_environment,
)
from rentaxis_pipelines.settings.scope import EXAMPLE_COMPANY

VARIABLES = {
    "RENTAXIS_DATABASE_URL": "postgresql://reader:hush@localhost/rentaxis",
    "PIPELINES_DATABASE_URL": "postgresql://writer:hush@localhost/pipelines",
    "QUICKBOOKS_BASE_URL": "https://quickbooks.api.intuit.com",
    "QUICKBOOKS_AUTH_BASE_URL": "https://oauth.platform.intuit.com",
    "QUICKBOOKS_REALM_ID": "9130",
    "QUICKBOOKS_CLIENT_ID": "client",
    "QUICKBOOKS_CLIENT_SECRET": "hush",
    "PIPELINES_SECRET_KEY": "hush",
    "RENTAXIS_ORGANIZATION_ID": "1",
}


def company_file(folder: Path, slug: str = "elm", time_zone: str = "America/New_York") -> str:
    file = folder / "company.yaml"
    file.write_text(f"slug: {slug}\ntime_zone: {time_zone}\nfirst_day: 2026-01-01\n")
    return str(file)


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in (*VARIABLES, "RENTAXIS_COMPANY_FILE", "NOTICE_WEBHOOK_URL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_where_nothing_is_set_it_is_the_example_and_its_connections_are_missed_only_when_asked_for(
    nothing_set,
) -> None:
    """Definitions load before anything is connected."""
    (scope,) = scopes_from_environment()
    assert (scope.slug, scope.realm, scope.variables.prefix) == ("company", None, "")
    assert scope == load_scope()
    assert EXAMPLE_COMPANY.is_file()
    for ask in (lambda: scope.environment, scope.current):
        with pytest.raises(EnvironmentSettingsError, match="QUICKBOOKS_REALM_ID is not set"):
            ask()


def test_a_company_by_its_own_variables_never_takes_those_of_another(nothing_set, tmp_path) -> None:
    """What is missing under its own beginning is missing, however well it is set without one."""
    for name, value in {**VARIABLES, "RENTAXIS_COMPANY_FILE": company_file(tmp_path)}.items():
        nothing_set.setenv(name, value)
        nothing_set.setenv(f"ELM_{name}", value.replace("9130", "777"))
    nothing_set.setenv("NOTICE_WEBHOOK_URL", "https://hooks.example.com/theirs")
    elm = load_scope("ELM_")
    assert (elm.realm, elm.environment.quickbooks_realm_id) == ("777", "777")
    assert elm.notice_secrets.notice_webhook_url is None
    assert load_scope().environment.quickbooks_realm_id == "9130"
    nothing_set.delenv("ELM_QUICKBOOKS_CLIENT_SECRET")
    with pytest.raises(
        EnvironmentSettingsError, match=r"The environment variable ELM_QUICKBOOKS_CLIENT_SECRET is not set"
    ):
        elm.current()
    with pytest.raises(EnvironmentSettingsError, match="BIRCH_RENTAXIS_DATABASE_URL is not set"):
        _ = load_scope("BIRCH_").environment


def test_what_was_read_stays_as_it_was_and_is_read_anew_by_the_next(nothing_set, tmp_path) -> None:
    """A run holds to what it read when it began."""
    for name, value in {**VARIABLES, "RENTAXIS_COMPANY_FILE": company_file(tmp_path)}.items():
        nothing_set.setenv(name, value)
    made = load_scope()
    first = made.current()
    nothing_set.setenv("QUICKBOOKS_REALM_ID", "222")
    assert first.environment.quickbooks_realm_id == "9130"
    assert made.current().environment.quickbooks_realm_id == "222"


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"slug": "birch"}, "the slug elm, but the company file says birch"),
     ({"time_zone": "UTC"}, "the time_zone America/New_York, but the company file says UTC")],
)  # fmt: skip
def test_a_company_file_that_no_longer_fits_its_jobs_and_days_is_refused(
    nothing_set, tmp_path, changed: dict[str, str], said: str
) -> None:
    for name, value in {**VARIABLES, "RENTAXIS_COMPANY_FILE": company_file(tmp_path)}.items():
        nothing_set.setenv(name, value)
    made = load_scope()
    company_file(tmp_path, **changed)
    with pytest.raises(SettingsError, match=said):
        made.current()


@pytest.mark.parametrize(
    "slug", ["", "Elm", "elm street", "elm__street", "_elm", "elm-street", "ülm", "a" * 21]
)
def test_a_short_name_that_could_not_be_told_apart_in_dagsters_names_is_refused(
    nothing_set, tmp_path, slug: str
) -> None:
    nothing_set.setenv("RENTAXIS_COMPANY_FILE", company_file(tmp_path, slug=f"'{slug}'"))
    with pytest.raises(SettingsError, match="expected a short name of lowercase letters"):
        load_scope()
