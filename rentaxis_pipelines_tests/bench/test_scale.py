"""The arithmetic of growth, the comparison with an older commit, and the drawing; what is measured, ``make bench`` says."""

import datetime as dt
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines_bench import history, older, scale
from rentaxis_pipelines_bench.books import Took
from rentaxis_pipelines_bench.figures import Figure
from scripts import scale_documents

KINDS = (scale.FIRST, scale.UNCHANGED, scale.EDITED, scale.FORCED, scale.PROOF)


def took(seconds: float = 1.0, megabytes: float = 300, **others: Any) -> Took:
    facts: dict[str, Any] = {
        "seconds": seconds, "processor_seconds": seconds, "imported": 1.0, "memory": int(megabytes * scale.MEGABYTE),
        "postgres_memory": 1, "postgres_seconds": seconds, "quickbooks_memory": 1, "quickbooks_seconds": 1.0,
        "database": 1_000, "added": 10, "writes": 0, "reads": 2, "statuses": {},
    }  # fmt: skip
    return Took(**{**facts, **others})


def runs(seconds: float, megabytes: float = 300, **others: Any) -> scale.Runs:
    return {kind: took(seconds, megabytes, **others) for kind in KINDS}


def made(records: int) -> Any:
    return SimpleNamespace(shape=history.shape_of(records), made_in=1.0)


@given(
    cost=st.floats(min_value=0.01, max_value=1e6),
    times=st.floats(min_value=1.5, max_value=1e4),
    power=st.floats(min_value=0, max_value=2),
)
def test_growth_is_told_for_ten_times_the_records_whatever_the_sizes(
    cost: float, times: float, power: float
) -> None:
    """In proportion is 10, not at all is 1, with the square is 100."""
    fold = scale.per_tenfold(cost, cost * times**power, times)
    assert fold == pytest.approx(10**power)


def test_what_grows_faster_than_the_records_is_not_kept() -> None:
    """Eleven times the seconds and twice the memory for ten times the records are both too much; as many calls are fine."""
    measured = {10_000: runs(1.0), 100_000: runs(11.0, 600)}
    by_name = {figure.name: figure for figure in scale.growth(10_000, 100_000, measured)}
    assert len(by_name) == len(KINDS) * 5
    assert by_name["unchanged: seconds"].value == pytest.approx(11)
    assert by_name["unchanged: seconds"].met is False
    assert by_name["unchanged: memory of the run"].met is False
    assert by_name["unchanged: calls"].met is True
    assert all(
        figure.met for figure in scale.growth(10_000, 100_000, {10_000: runs(1.0), 100_000: runs(9.0)})
    )


def test_what_is_promised_of_a_run_is_marked() -> None:
    """A minute holds for an unchanged million only; no write and five reads, and 800 MB, for every size."""
    slow = {**runs(61.0, 900), scale.UNCHANGED: took(61.0, 300, writes=1)}
    of_million = {figure.name: figure.met for figure in scale.of_history(made(1_000_000), slow)}
    of_few = {figure.name: figure.met for figure in scale.of_history(made(10_000), slow)}
    assert (of_million["unchanged: seconds"], of_few["unchanged: seconds"]) == (False, None)
    assert of_million["unchanged: calls"] is of_few["unchanged: calls"] is False
    assert of_million["first sync: memory of the run"] is False
    assert of_million["unchanged: memory of the run"] is True


def test_the_older_code_is_compared_at_the_largest_size_it_was_given() -> None:
    ours = {size: runs(seconds) for size, seconds in ((10_000, 1.0), (100_000, 5.0), (1_000_000, 40.0))}
    before = {size: runs(seconds, 1_700) for size, seconds in ((10_000, 9.0), (100_000, 80.0))}
    *_, ahead = scale.beside_older(ours, before, "abc")
    assert ahead.value == pytest.approx(16)
    assert ahead.met is True
    assert "100,000 records" in ahead.name
    (nothing,) = scale.beside_older(ours, {}, "abc")
    assert nothing.value is None
    assert nothing.met is None
    assert "does not have the commit" in nothing.note


def test_an_older_commit_is_a_folder_of_its_own_where_the_clone_has_it(tmp_path: Path) -> None:
    """And none, where it does not, or where there is no clone."""

    def git(*words: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *words]
        return subprocess.run(
            command, cwd=tmp_path / "clone", capture_output=True, text=True, check=True
        ).stdout

    (tmp_path / "clone").mkdir()
    git("init", "-q")
    file = tmp_path / "clone" / "module.py"
    for text in ("old", "new"):
        file.write_text(text)
        git("add", "-A")
        git("commit", "-qm", text)
    with older.code(git("rev-parse", "HEAD~1").strip(), tmp_path / "clone") as folder:
        assert folder is not None
        assert (folder / "module.py").read_text() == "old"
    assert not folder.exists()
    for commit, clone in (("0123456789abcdef", tmp_path / "clone"), ("HEAD", tmp_path)):
        with older.code(commit, clone) as none:
            assert none is None


def test_the_drawing_shows_what_was_measured_and_nothing_else(tmp_path: Path) -> None:
    """Its lines are the figures of the benchmark, by size; the same figures give the same bytes."""
    sizes = {10_000: 1.0, 100_000: 5.0, 1_000_000: 40.0}
    ours = {size: runs(seconds) for size, seconds in sizes.items()}
    before = {10_000: runs(9.0, 350), 100_000: runs(80.0, 1_700)}
    figures = [figure for size in ours for figure in scale.of_history(made(size), ours[size])]
    figures += scale.beside_older(ours, before, "abc")

    drawn = scale_documents.lines(figures, "unchanged: seconds")
    assert drawn.now == list(sizes.items())
    assert drawn.then == [(10_000, 9.0), (100_000, 80.0)]
    scale_documents.draw(figures, tmp_path / "one.png")
    scale_documents.draw(figures, tmp_path / "other.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()
    written = scale_documents.Written(about="2026-11-26, 2 cores. 2,000 invoices", figures=figures)
    heads, _, *body = scale_documents.table(written).splitlines()
    assert heads == "|  | 10,000 records | 100,000 records | 1,000,000 records |"
    assert body[1].startswith("| unchanged | 1.0 s, 300 MB; 0 writes, 2 metered reads; database +")
    page = tmp_path / "page.md"
    page.write_text(f"above\n{scale_documents.BEGIN}old\n{scale_documents.END}below\n")
    scale_documents.write_table(written, page)
    assert "old" not in page.read_text()
    assert page.read_text().startswith("above\n")
    assert page.read_text().endswith("below\n")
    with pytest.raises(ValueError, match="No history was measured"):
        scale_documents.draw([Figure(group="else", name="x", value=1.0)], tmp_path / "none.png")


def test_the_days_of_a_history_are_whole_months() -> None:
    shape = history.shape_of(100_000)
    assert (shape.first_day, shape.last_day) == (dt.date(2026, 4, 1), dt.date(2026, 10, 31))
