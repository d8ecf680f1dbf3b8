"""A new company's folder: what is written is read back as it was said, or nothing is written; and where a removed one goes."""

import datetime as dt
import os
import stat
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.settings import SettingsError, scopes_from_environment
from rentaxis_pipelines.settings.companies import COMPANIES_FOLDER
from rentaxis_pipelines.settings.company_folder import DEFS, Books, books_in
from rentaxis_pipelines.settings.environment import ENVIRONMENT_MODELS
from rentaxis_pipelines.settings.new_company import (
    checked_books,
    defs_text,
)
from rentaxis_pipelines.settings.scope import EXAMPLE_COMPANY
from rentaxis_pipelines.settings.variables import read_variables_file
from rentaxis_pipelines.sync.company_folders import FolderUnchanged, add_company, delete_folder, set_aside
from rentaxis_pipelines_tests.support.company_folders import write_company

SLUGS = st.from_regex(r"[a-z0-9]{1,6}(_[a-z0-9]{1,6})?", fullmatch=True)
TEXTS = st.text(min_size=1, max_size=12)
DAYS = st.dates(dt.date(1970, 1, 2), dt.date(2026, 1, 1))
NOW = dt.datetime(2026, 11, 26, 17, 0, tzinfo=dt.UTC)


@given(TEXTS.filter(lambda text: text.strip()), st.sampled_from(("", "ELM_", "ELM_2_")))
def test_which_books_it_is_reads_back_as_it_was_said(organization: str, prefix: str) -> None:
    """Whatever characters an organization's id has."""
    books = checked_books(organization, "9341", prefix)
    with TemporaryDirectory() as folder:
        (Path(folder) / DEFS).write_text(defs_text(books), encoding="utf-8")
        assert books_in(Path(folder)) == books


@settings(max_examples=20)
@given(
    slug=SLUGS, time_zone=st.sampled_from((None, "America/Los_Angeles", "UTC")), first_day=st.none() | DAYS
)
def test_what_is_written_is_a_company_as_it_was_said(
    slug: str, time_zone: str | None, first_day: dt.date | None
) -> None:
    with TemporaryDirectory() as named, patch.dict(os.environ, {COMPANIES_FOLDER: named}, clear=True):
        books = checked_books("17", "9341", "ELM_")
        folder = add_company(Path(named), slug, books, time_zone=time_zone, first_day=first_day)
        (scope,) = scopes_from_environment()
        assert scope.problem is None
        assert (scope.slug, scope.folder, scope.organization, scope.realm) == (slug, folder, "17", "9341")
        assert scope.company.time_zone == (time_zone or "America/New_York")
        assert scope.company.first_day == (first_day or dt.date(2026, 1, 1))


def test_only_its_owner_reads_it_and_every_variable_of_its_own_stands_in_it(companies: Path) -> None:
    """None is set yet, and those that the folder says itself are not among them."""
    folder = add_company(companies, "elm", Books(organization="17", realm="9341", prefix="ELM_"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {
        "defs.yaml": 0o600, "company.yaml": 0o600, "environment": 0o600,
    }  # fmt: skip
    assert read_variables_file(folder / "environment") == {}
    text = (folder / "environment").read_text()
    offered = {line.removeprefix("# ").removesuffix("=") for line in text.splitlines() if line.endswith("=")}
    known = {name.upper() for model in ENVIRONMENT_MODELS for name in model.model_fields}
    assert offered == known - {
        "RENTAXIS_ORGANIZATION_ID", "QUICKBOOKS_REALM_ID", "RENTAXIS_COMPANY_FILE", "RENTAXIS_SQL_FOLDER",
    }  # fmt: skip
    example, written = EXAMPLE_COMPANY.read_text(), (folder / "company.yaml").read_text()
    assert written == example.replace("\nslug: company", "\nslug: elm")


@pytest.mark.parametrize(
    ("slug", "books", "more", "said"),
    [
        ("Elm", ("1", "1", ""), {}, "The slug Elm: expected a short name of lowercase letters"),
        ("../elm", ("1", "1", ""), {}, "expected a short name"),
        ("elm", ("1", "12x", ""), {}, "The realm is not right: .*digits only"),
        ("elm", (" ", "12", ""), {}, "The organization is not right"),
        ("elm", ("1", "12", "elm_"), {}, "The prefix is not right: .*such as ELM_STREET_"),
        ("elm", ("1", "12", ""), {"time_zone": "Mars"}, "The time zone Mars: expected a time zone such as"),
        ("elm", ("1", "12", ""), {"first_day": dt.date(2200, 1, 1)}, "The first day 2200-01-01: expected a day"),
        ("oak", ("1", "12", ""), {}, "oak already exists, so nothing was written"),
        ("elm", ("1", "9341", ""), {}, "oak both name the QuickBooks company 9341"),
    ],
)  # fmt: skip
def test_what_no_company_may_be_is_one_sentence_and_writes_nothing(
    companies: Path, slug: str, books: tuple[str, str, str], more: dict[str, str], said: str
) -> None:
    write_company(companies, "oak", realm="9341")
    with pytest.raises(SettingsError, match=said) as refused:
        add_company(companies, slug, checked_books(*books), **more)  # pyright: ignore[reportArgumentType]
    assert "\n" not in str(refused.value)
    assert [each.name for each in companies.iterdir()] == ["oak"]


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FolderUnchanged, match=r"There is no folder .*nowhere"):
        add_company(tmp_path / "nowhere", "elm", Books(organization="1", realm="1"))


def test_a_folder_set_aside_is_nobodys_and_can_be_put_back(companies: Path) -> None:
    """Also twice under the same name; nothing in it is lost."""
    for number in range(2):
        folder = write_company(companies, "elm")
        (folder / "staging").mkdir()
        place = set_aside(companies, folder, NOW + dt.timedelta(seconds=number))
        assert not folder.exists()
        assert scopes_from_environment() == []
        assert sorted(each.name for each in place.iterdir()) == [
            "company.yaml", "defs.yaml.removed", "staging",
        ]  # fmt: skip
    place.rename(folder)
    (folder / "defs.yaml.removed").rename(folder / "defs.yaml")
    (scope,) = scopes_from_environment()
    assert (scope.slug, scope.problem) == ("elm", None)
    delete_folder(folder)
    assert not folder.exists()
