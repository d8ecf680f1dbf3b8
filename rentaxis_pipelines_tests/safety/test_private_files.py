"""Files with names or amounts are their owner's alone, whatever the umask, also when they are written over others."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from rentaxis_pipelines.reports import export
from rentaxis_pipelines.safety.private_files import close_to_others, private_folder, written_privately
from rentaxis_pipelines_tests.support.quickbooks import started
from rentaxis_pipelines_tests.support.read_results import book_of


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """What most machines have: everybody may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def written(path: Path, text: str = "Zyxwell") -> Path:
    with written_privately(path) as beside:
        assert mode(beside) == 0o600, "from its first byte on"
        beside.write_text(text)
    return path


def test_a_file_is_private_new_or_written_over_another(tmp_path):
    path = written(tmp_path / "rows.csv")
    assert (mode(path), path.read_text()) == (0o600, "Zyxwell")
    path.chmod(0o644)
    assert (mode(written(path, "again")), path.read_text()) == (0o600, "again")
    assert list(tmp_path.iterdir()) == [path]


def test_whose_writing_fails_stays_as_it_was(tmp_path):
    path = written(tmp_path / "rows.csv", "before")
    with pytest.raises(KeyboardInterrupt), written_privately(path) as beside:
        beside.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link_and_what_another_left_is_not_followed(tmp_path):
    """A name beside the file is ours to write; were it somebody's link, the rows would go where it points."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("others'")
    (tmp_path / ".rows.csv.unfinished").symlink_to(elsewhere)
    link = tmp_path / "link.csv"
    link.symlink_to(written(tmp_path / "rows.csv"))
    written(link, "through the link")
    assert link.is_symlink()
    assert (tmp_path / "rows.csv").read_text() == "through the link"
    assert elsewhere.read_text() == "others'"


def test_what_is_no_file_is_written_as_it_stands():
    with written_privately(Path("/dev/null")) as path:
        assert path == Path("/dev/null")


def test_folders_we_make_are_private_and_others_stay_as_they_are(tmp_path):
    tmp_path.chmod(0o755)
    private_folder(tmp_path / "results" / "2026")
    private_folder(tmp_path)
    assert [mode(path) for path in (tmp_path, tmp_path / "results", tmp_path / "results" / "2026")] == [
        0o755,
        0o700,
        0o700,
    ]
    assert mode(close_to_others(tmp_path)) == 0o700


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_rows_of_a_run_are_private(tmp_path, suffix):
    path = tmp_path / f"rows.{suffix}"
    path.touch(mode=0o644)
    if suffix == "csv":
        export.write_csv(path, [])
    else:
        export.write_xlsx(path, book_of("r", None, []))
    assert mode(path) == 0o600
    assert path.stat().st_size > 0
    assert list(tmp_path.iterdir()) == [path]


def test_the_emulated_books_are_private_also_those_of_an_earlier_version(tmp_path):
    state = tmp_path / "books"
    state.touch(mode=0o644)
    with started(seed="empty", state_file=state):
        found = {path.name: mode(path) for path in tmp_path.iterdir()}
    assert found["books"] == 0o600
    assert set(found.values()) == {0o600}
