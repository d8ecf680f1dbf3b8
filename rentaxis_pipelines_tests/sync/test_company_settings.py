"""Writing the company file against a real ledger: one of two people wins, every version is kept, a refused change leaves no trace."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import settings_versions
from rentaxis_pipelines.ledger.database import connect, engine
from rentaxis_pipelines.settings import CompanyFileError
from rentaxis_pipelines.settings.company_edit import CompanyText, changed, read_company_text
from rentaxis_pipelines.settings.scope import EXAMPLE_COMPANY
from rentaxis_pipelines.sync.company_settings import (
    CHANGED_OUTSIDE,
    FIRST_SEEN,
    SettingsChanged,
    note_version,
    save_settings,
)

NOW = dt.datetime(2026, 11, 3, 17, tzinfo=dt.UTC)
REALM = "1"
REDATE = {("policies", "closed_period"): "redate"}
REPORT = {("policies", "deleted"): "report"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "company.yaml"
    path.write_text(EXAMPLE_COMPANY.read_text())
    path.chmod(0o640)
    return path


@pytest.fixture
def ledger(ledger_database: str) -> Iterator[sa.Connection]:
    with connect(ledger_database) as connection:
        yield connection
    engine(ledger_database).dispose()


def save(ledger: sa.Connection, new: CompanyText, seen: CompanyText, who: str = "ann") -> bool:
    return save_settings(ledger, REALM, new, seen=seen.fingerprint, who=who, why="As agreed", now=NOW)


def kept(ledger: sa.Connection) -> list[tuple[str, str]]:
    return [(version.who, version.why) for version in settings_versions.page(ledger, REALM, 1, 50).rows]


def test_a_change_is_written_and_kept_with_who_and_why(ledger: sa.Connection, file: Path) -> None:
    """And what stood there before is kept too. The file keeps its mode, and nothing else is left in its folder."""
    before = read_company_text(file)
    assert save(ledger, changed(before, REDATE), before)
    after = read_company_text(file)
    assert after.company.policies.closed_period == "redate"
    assert kept(ledger) == [("ann", "As agreed"), ("", FIRST_SEEN)]
    newest = settings_versions.newest(ledger, REALM)
    assert newest is not None
    assert (newest.text, newest.at) == (after.text, NOW)
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(file.parent.iterdir()) == [file]
    assert settings_versions.newest(ledger, "2") is None
    assert settings_versions.version(ledger, "2", newest.version_id) is None


def test_of_two_people_who_save_at_once_the_second_is_told(ledger: sa.Connection, file: Path) -> None:
    before = read_company_text(file)
    assert save(ledger, changed(before, REDATE), before)
    with pytest.raises(
        SettingsChanged, match=r"ann changed the settings \(As agreed\) while this page was open"
    ):
        save(ledger, changed(before, REPORT), before, who="oscar")
    assert read_company_text(file).company.policies.deleted == "void"
    assert len(kept(ledger)) == 2


def test_saying_what_is_there_already_makes_no_version(ledger: sa.Connection, file: Path) -> None:
    """So a second click does no harm."""
    before = read_company_text(file)
    assert save(ledger, changed(before, REDATE), before)
    after = read_company_text(file)
    assert not save(ledger, after, after)
    assert len(kept(ledger)) == 2


def test_a_change_made_by_hand_is_kept_as_a_version(ledger: sa.Connection, file: Path) -> None:
    """Noticed when somebody looks, once; and by who saves a page that was opened before it."""
    before = note_version(ledger, REALM, file, NOW)
    file.write_text(before.text + "# by hand\n")
    note_version(ledger, REALM, file, NOW)
    note_version(ledger, REALM, file, NOW)
    assert kept(ledger) == [("", CHANGED_OUTSIDE), ("", FIRST_SEEN)]
    file.write_text(before.text + "# by hand, later\n")
    with pytest.raises(SettingsChanged, match="The settings were changed outside the desk while this page"):
        save(ledger, changed(before, REDATE), before)
    assert kept(ledger) == [("", CHANGED_OUTSIDE), ("", CHANGED_OUTSIDE), ("", FIRST_SEEN)]


def test_what_may_not_stand_there_is_refused_and_leaves_no_trace(ledger: sa.Connection, file: Path) -> None:
    before = note_version(ledger, REALM, file, NOW)
    wrong = CompanyText(file, before.text.replace("closed_period: block", "closed_period: later"))
    with pytest.raises(CompanyFileError, match=r"policies\.closed_period expected one of block or redate"):
        save(ledger, wrong, before)
    ledger.rollback()
    file.parent.joinpath(f".{file.name}.unfinished").mkdir()  # in the way of writing
    with pytest.raises(CompanyFileError, match=r"cannot be written .* so nothing was saved"):
        save(ledger, changed(before, REDATE), before)
    ledger.rollback()
    assert read_company_text(file) == before
    assert len(kept(ledger)) == 1
