"""The companies that a server keeps in mind are always those that the files say now, though they are read only when a file changes."""

import shutil
from pathlib import Path

import pytest

from rentaxis_pipelines.settings import SettingsError, scopes_from_environment
from rentaxis_pipelines.settings.scope_cache import ScopeCache
from rentaxis_pipelines_tests.support.company_folders import BREAKAGES, write_company, write_environment


@pytest.fixture
def companies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RENTAXIS_COMPANIES_FOLDER", str(tmp_path / "companies"))
    write_company(tmp_path / "companies", "birch", realm="2")
    write_company(tmp_path / "companies", "elm", realm="1")
    return tmp_path / "companies"


def test_what_has_not_changed_is_not_read_again(companies: Path) -> None:
    """The very same companies; secrets are not among what is kept, so theirs do not count."""
    cache = ScopeCache()
    first = cache()
    assert [scope.slug for scope in first] == ["birch", "elm"]
    assert cache() is first
    write_environment(companies / "elm", "QUICKBOOKS_CLIENT_ID=anew\n")
    assert (
        next(scope for scope in cache() if scope.slug == "elm").variables.get("QUICKBOOKS_CLIENT_ID")
        == "anew"
    )


def test_a_company_that_comes_goes_breaks_or_is_mended_is_seen_at_once(companies: Path) -> None:
    cache = ScopeCache()
    cache()
    write_company(companies, "oak", realm="3")
    assert cache() == scopes_from_environment()
    assert [scope.slug for scope in cache()] == ["birch", "elm", "oak"]
    shutil.rmtree(companies / "birch")
    assert [scope.slug for scope in cache()] == ["elm", "oak"]
    text = (companies / "elm" / "company.yaml").read_text()
    (companies / "elm" / "company.yaml").write_text(text.replace("America/New_York", "Mars"))
    assert [scope.slug for scope in cache() if scope.problem] == ["elm"]
    (companies / "elm" / "company.yaml").write_text(text)
    assert [scope.slug for scope in cache() if scope.problem] == []
    (companies / "elm" / "staging").mkdir()
    assert cache()[0].sql_folder == companies / "elm" / "staging"


@pytest.mark.parametrize("how", [how for how, breakage in BREAKAGES.items() if not breakage.when_read])
def test_it_says_what_reading_them_anew_says(how: str, companies: Path) -> None:
    """Of every way in which a company can be broken."""
    cache = ScopeCache()
    cache()
    BREAKAGES[how].breaks(companies / "elm")
    assert [(scope.slug, scope.problem, scope.folder) for scope in cache()] == [
        (scope.slug, scope.problem, scope.folder) for scope in scopes_from_environment()
    ]


def test_the_only_company_is_read_again_when_its_file_or_the_variable_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RENTAXIS_COMPANIES_FOLDER", raising=False)
    file = write_company(tmp_path, "elm") / "company.yaml"
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(file))
    cache = ScopeCache()
    assert [scope.slug for scope in cache()] == ["elm"]
    file.write_text(file.read_text().replace("slug: elm", "slug: oak"))
    assert [scope.slug for scope in cache()] == ["oak"]
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(write_company(tmp_path, "birch") / "company.yaml"))
    assert [scope.slug for scope in cache()] == ["birch"]


def test_a_folder_that_is_gone_is_a_sentence_and_is_looked_for_again(
    companies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ScopeCache()
    cache()
    companies.rename(companies.with_name("elsewhere"))
    with pytest.raises(SettingsError, match="there is no such folder"):
        cache()
    companies.with_name("elsewhere").rename(companies)
    assert len(cache()) == 2
