"""Files below the papers folder: what is read, and that nothing outside it ever is."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.papers.content import LARGEST, Expected, is_address, read
from rentaxis_pipelines.papers.unfit import PaperRefused

SECRET = b"the key of the house"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A papers folder with a file in it, and a secret beside it."""
    papers = tmp_path / "papers"
    (papers / "2026").mkdir(parents=True)
    (papers / "2026" / "tap.txt").write_bytes(b"a tap")
    (tmp_path / "secret.txt").write_bytes(SECRET)
    return papers


def test_a_file_is_read_whole(folder: Path) -> None:
    """Its bytes, where size and SHA-256 are those announced, or nothing was announced."""
    announced = Expected(size=5, sha256=hashlib.sha256(b"a tap").hexdigest())
    assert read("2026/tap.txt", folder, announced) == read("2026/tap.txt", folder, Expected()) == b"a tap"


def _refused(location: str, folder: Path | None, expected: Expected | None = None) -> str:
    with pytest.raises(PaperRefused) as refused:
        read(location, folder, expected or Expected())
    assert refused.value.refusal.remedy
    assert str(folder) not in str(refused.value)
    return refused.value.refusal.code


@pytest.mark.parametrize(
    "location",
    [
        "../secret.txt",
        "2026/../../secret.txt",
        "/etc/passwd",
        "..",
        ".",
        "",
        "2026",
        "2026\\..\\..\\secret.txt",
        "a\0b",
        "./../secret.txt",
    ],
)
def test_a_path_leads_nowhere_else(folder: Path, location: str) -> None:
    """Above the folder, an absolute path, the folder itself: refused."""
    assert _refused(location, folder) == "paper_unfit"


@pytest.mark.parametrize("where", ["file", "directory", "outside directory"])
def test_a_link_is_not_followed(folder: Path, where: str) -> None:
    """Neither the file nor a directory on the way may be a link, wherever it leads."""
    if where == "file":
        (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
        location = "link.txt"
    else:
        (folder / "link").symlink_to(folder / "2026" if where == "directory" else folder.parent)
        location = "link/tap.txt" if where == "directory" else "link/secret.txt"
    assert _refused(location, folder) == "paper_unfit"


def test_a_pipe_holds_up_nothing(folder: Path) -> None:
    """What is no plain file is refused without waiting for it."""
    os.mkfifo(folder / "pipe.txt")
    assert _refused("pipe.txt", folder) == "paper_unfit"


def test_missing_and_unset(folder: Path) -> None:
    """A file that is not there may be there later; without a folder in the company file none is read."""
    assert _refused("2026/other.txt", folder) == "paper_unreadable"
    assert _refused("2026/tap.txt", folder / "gone") == "paper_unreadable"
    assert _refused("2026/tap.txt", None) == "paper_unfit"


def test_other_bytes_than_announced(folder: Path) -> None:
    """By SHA-256, or by size where that is all that is known; and an empty file."""
    (folder / "empty.txt").write_bytes(b"")
    assert _refused("2026/tap.txt", folder, Expected(sha256="0" * 64)) == "paper_unfit"
    assert _refused("2026/tap.txt", folder, Expected(size=4)) == "paper_unfit"
    assert _refused("empty.txt", folder) == "paper_unfit"


def test_no_more_is_read_than_quickbooks_takes(folder: Path) -> None:
    """A file one byte too large is refused, whatever was announced; one byte less goes."""
    with (folder / "large.txt").open("wb") as large:
        large.truncate(LARGEST + 1)
    assert _refused("large.txt", folder) == "paper_unfit"
    with (folder / "large.txt").open("r+b") as large:
        large.truncate(LARGEST)
    assert len(read("large.txt", folder, Expected())) == LARGEST


@given(
    st.lists(
        st.sampled_from(["..", ".", "2026", "tap.txt", "secret.txt", "papers", "/", "~", "%2e%2e"]),
        max_size=8,
    )
)
def test_no_mixture_of_names_reads_the_secret(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    """Whatever path is put together of such names, it is the file in the folder or nothing."""
    papers = tmp_path_factory.getbasetemp() / "any" / "papers"
    (papers / "2026").mkdir(parents=True, exist_ok=True)
    (papers / "2026" / "tap.txt").write_bytes(b"a tap")
    (papers.parent / "secret.txt").write_bytes(SECRET)
    try:
        content = read("/".join(names), papers, Expected())
    except PaperRefused:
        return
    assert content == b"a tap"


@pytest.mark.parametrize(
    ("location", "is_one"),
    [
        ("https://example.com/a.pdf", True), ("HTTP://example.com", True), ("file:///etc/passwd", True), ("data:text/plain,x", True),
        ("2026/a:b.pdf", False), ("a.pdf", False), ("c:\\a.pdf", False), ("gopher:x", True),
    ],
)  # fmt: skip
def test_what_is_an_address(location: str, is_one: bool) -> None:
    """Any scheme makes an address, which then has to be https; a colon in a name does not."""
    assert is_address(location) is is_one
