"""The companies of a folder: each by its folder's name, and a broken one keeps its place and takes none with it."""

import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.settings import (
    EnvironmentSettingsError,
    Scope,
    SettingsError,
    scope_named,
    scopes_from_environment,
)
from rentaxis_pipelines.settings.companies import COMPANIES_FOLDER, company_folders, variables_named
from rentaxis_pipelines.settings.company import is_slug
from rentaxis_pipelines.settings.company_folder import is_company_folder
from rentaxis_pipelines.settings.stand_in import stand_in
from rentaxis_pipelines_tests.support.company_folders import (
    BREAKAGES,
    CONNECTIONS,
    write_company,
    write_environment,
)

OF_FILES = sorted(name for name, breakage in BREAKAGES.items() if not (breakage.when_read or "SQL" in name))


@contextmanager
def a_folder() -> Iterator[Path]:
    """A fresh folder of companies, named by the only variable that is set."""
    with TemporaryDirectory() as folder, patch.dict(os.environ, {COMPANIES_FOLDER: folder}, clear=True):
        yield Path(folder)


def test_a_company_is_its_folder(companies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which books it is by defs.yaml, its connections by its own file, its prefix and what all share."""
    elm = write_company(companies, "elm", organization="17", realm="9341", prefix="ELM_")
    for name, value in CONNECTIONS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RENTAXIS_ORGANIZATION_ID", "99")
    monkeypatch.setenv("ELM_QUICKBOOKS_REALM_ID", "99")
    monkeypatch.setenv("ELM_QUICKBOOKS_CLIENT_ID", "by prefix")
    write_environment(elm, "PIPELINES_SECRET_KEY='by its own file'\n")
    (elm / "staging").mkdir()
    (companies / "_notes").mkdir()
    (companies / "notes").mkdir()
    (companies / "file").touch()
    (scope,) = scopes_from_environment()
    environment = scope.current().environment
    assert (scope.slug, scope.folder, scope.organization, scope.realm) == ("elm", elm, "17", "9341")
    assert environment.company_key == ("17", "9341")
    assert environment.quickbooks_client_id == "by prefix"
    assert environment.pipelines_secret_key.get_secret_value() == "by its own file"
    assert environment.quickbooks_base_url == CONNECTIONS["QUICKBOOKS_BASE_URL"]
    assert environment.rentaxis_company_file == elm / "company.yaml"
    assert scope.sql_folder == elm / "staging"


def test_a_folder_that_is_not_there_is_said(companies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMPANIES_FOLDER, str(companies / "nowhere"))
    with pytest.raises(EnvironmentSettingsError, match=r"names .*nowhere, but there is no such folder"):
        scopes_from_environment()


def test_where_the_environment_describes_the_only_one_a_broken_company_file_keeps_its_place(
    companies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(COMPANIES_FOLDER)
    file = companies / "company.yaml"
    file.write_text("slug: elm\ntime_zone: America/Chicago\nfirst_day: 2026-01-01\nfirst_dya: 1\n")
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(file))
    (scope,) = scopes_from_environment()
    assert (scope.slug, scope.company.time_zone) == ("elm", "America/Chicago")
    assert "first_dya is not a setting" in str(scope.problem)


@pytest.mark.parametrize("name", OF_FILES)
def test_a_broken_company_keeps_its_place_and_takes_none_with_it(companies: Path, name: str) -> None:
    """Its sentence names what to mend, its variables are not those of the process, and its neighbors are as they were."""
    for number, slug in enumerate(("birch", "elm", "oak")):
        write_company(companies, slug, realm=f"934{number}", organization="1")
    before = {scope.slug: scope for scope in scopes_from_environment()}
    assert not any(scope.problem for scope in before.values())
    broken = companies / "elm"
    BREAKAGES[name].breaks(broken)
    after = {scope.slug: scope for scope in scopes_from_environment()}
    assert list(after) == ["birch", "elm", "oak"]
    assert (after["birch"], after["oak"]) == (before["birch"], before["oak"])
    problem = after["elm"].problem
    assert problem is not None
    assert re.search(BREAKAGES[name].said, problem), problem
    with pytest.raises(SettingsError) as said:
        scope_named("elm")
    assert str(said.value) == problem
    with pytest.raises(SettingsError):
        after["elm"].current()
    assert scope_named("birch") == before["birch"]


def test_a_broken_company_never_acts_as_the_one_of_the_process(
    companies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables of the services may name books; a folder that does not say which are its own has none."""
    folder = write_company(companies, "elm")
    for name, value in {**CONNECTIONS, "RENTAXIS_ORGANIZATION_ID": "7", "QUICKBOOKS_REALM_ID": "777"}.items():
        monkeypatch.setenv(name, value)
    (folder / "defs.yaml").unlink()
    (scope,) = scopes_from_environment()
    assert (scope.realm, scope.organization, scope.sql_folder) == (None, None, None)
    for ask in (lambda: scope.environment, variables_named("elm").read):
        with pytest.raises(SettingsError, match=r"defs\.yaml: there is no such file"):
            ask()


def test_two_folders_of_the_same_books_are_both_refused(companies: Path) -> None:
    for slug, realm in (("elm", "1"), ("oak", "1"), ("birch", "2")):
        write_company(companies, slug, realm=realm)
    by_slug = {scope.slug: scope for scope in scopes_from_environment()}
    assert by_slug["birch"].problem is None
    assert "oak both name the QuickBooks company 1" in str(by_slug["elm"].problem)
    assert "elm both name the QuickBooks company 1" in str(by_slug["oak"].problem)


def test_books_changed_after_dagster_started_are_refused_until_it_is_reloaded(companies: Path) -> None:
    folder = write_company(companies, "elm", realm="1")
    write_environment(folder, "".join(f"{name}='{value}'\n" for name, value in CONNECTIONS.items()))
    (scope,) = scopes_from_environment()
    assert scope.current().environment.quickbooks_realm_id == "1"
    text = (folder / "defs.yaml").read_text()
    (folder / "defs.yaml").write_text(text.replace('realm: "1"', 'realm: "2"'))
    with pytest.raises(
        SettingsError, match=r"started with another QuickBooks company .*Reload the code location"
    ):
        scope.current()


FOLDER_NAMES = st.text("abcB_ .-é0", min_size=1, max_size=22).filter(
    lambda name: name.strip(".") and name.strip()
)


@given(names=st.lists(FOLDER_NAMES, unique=True, max_size=5), seed=st.integers(0, 2**16))
def test_every_folder_is_a_company_with_a_short_name_of_its_own(names: list[str], seed: int) -> None:
    """Whatever the folders are called and which of them are broken: none is lost, and none takes another's name."""
    chosen = random.Random(seed)
    with a_folder() as companies:
        for number, name in enumerate(names):
            folder = write_company(companies, name, realm=str(number))
            if chosen.random() < 0.4:
                BREAKAGES[chosen.choice(OF_FILES)].breaks(folder)
        scopes = scopes_from_environment()
        folders = [companies / name for name in sorted(names) if is_company_folder(companies / name)]
        assert [scope.folder for scope in scopes] == folders == company_folders(companies)
        slugs = [scope.slug for scope in scopes]
        assert len(set(slugs)) == len(slugs)
        assert all(is_slug(slug) for slug in slugs)
        for scope in scopes:
            assert scope.folder is not None
            if is_slug(scope.folder.name):
                assert scope.slug == scope.folder.name
            else:
                assert scope.problem is not None


def test_which_company_a_command_is_about(companies: Path) -> None:
    with pytest.raises(SettingsError, match=r"no company yet. Add one with: rentaxis-sync companies add"):
        scope_named(None)
    write_company(companies, "elm", realm="1")
    assert scope_named(None).slug == "elm"
    write_company(companies, "oak", realm="2")
    with pytest.raises(SettingsError, match=r"several companies: elm, oak. Say which one with --company"):
        scope_named(None)
    with pytest.raises(SettingsError, match=r"no company pine. There are: elm, oak"):
        scope_named("pine")
    assert scope_named("oak").realm == "2"


READABLE = st.fixed_dictionaries(
    {},
    optional={
        "slug": st.sampled_from(("elm", "Elm Street", "17")),
        "time_zone": st.sampled_from(("America/Chicago", "Mars")),
        "first_day": st.sampled_from(("2026-01-05", "3026-01-01", "soon")),
        "days_ahead": st.sampled_from(("5", "-1", "many")),
        "colour": st.just("green"),
    },
)


@given(READABLE, st.sampled_from((None, "oak")))
def test_a_stand_in_keeps_what_can_be_used_of_days_and_clock(
    written: dict[str, str], slug: str | None
) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "company.yaml"
        file.write_text("".join(f"{name}: {value}\n" for name, value in written.items()))
        company = stand_in(file, slug)
    assert company.slug == (slug or ("elm" if written.get("slug") == "elm" else "company"))
    assert company.time_zone == (
        "America/Chicago" if written.get("time_zone") == "America/Chicago" else "UTC"
    )
    assert (company.first_day.isoformat() == "2026-01-05") == (written.get("first_day") == "2026-01-05")
    assert company.days_ahead == (5 if written.get("days_ahead") == "5" else 31)
    assert company.automation.switched_on


def test_a_scope_of_the_same_files_is_the_same(companies: Path) -> None:
    """Pages ask for it again and again."""
    write_company(companies, "elm")
    (first,), (second,) = scopes_from_environment(), scopes_from_environment()
    assert isinstance(first, Scope)
    assert first == second
