"""The benchmark runs and measures real pushes; how fast it is, ``make bench`` says."""

import json
from pathlib import Path

from click.testing import CliRunner

from rentaxis_pipelines_bench.__main__ import main
from rentaxis_pipelines_bench.figures import Figure, markdown
from rentaxis_pipelines_bench.speed import rounds_ahead


def test_a_tiny_benchmark_measures_every_group_and_writes_both_tables(tmp_path: Path) -> None:
    """A few dozen rows: each contender created all of its rows (the benchmark refuses to give a figure otherwise), and a rate came out."""
    outcome = CliRunner().invoke(
        main, ["--rows", "40", "--rounds", "1", "--only", "speed", "--results", str(tmp_path)]
    )
    assert outcome.exit_code in (0, 1), outcome.output  # 1: slower than promised, which a busy machine may be
    figures = json.loads((tmp_path / "bench.json").read_text())["figures"]
    measured = [one for one in figures if one["unit"] == "rows/s"]
    assert len(measured) == 10  # five contenders, two latencies
    assert all(one["value"] > 0 for one in measured)
    assert all("processor time of 1,000 rows" in one["note"] for one in measured)
    assert [one["unit"] for one in figures if one["unit"].startswith("of")] == ["of 1", "of 1"]
    assert (tmp_path / "bench.md").read_text() in outcome.output


def test_a_round_is_won_only_ahead_of_every_other() -> None:
    """Ours is compared with the fastest of the same round; a tie is no lead."""
    assert rounds_ahead([3.0, 3.0, 3.0], [[1.0, 2.0, 3.0], [2.0, 4.0, 1.0]]) == 1


def test_the_stand_ins_for_the_real_world_are_measured(tmp_path: Path) -> None:
    """The emulated QuickBooks takes every batch, and a small portfolio is made."""
    options = ["--portfolio-units", "50", "--only", "demo", "--results", str(tmp_path)]
    outcome = CliRunner().invoke(main, options)
    assert outcome.exit_code in (0, 1), outcome.output
    figures = json.loads((tmp_path / "bench.json").read_text())["figures"]
    assert [one["unit"] for one in figures] == ["items/s", "ms", "s"]
    assert all(one["value"] > 0 for one in figures)


def test_a_broken_promise_stands_out_in_the_table() -> None:
    """What is not kept is bold; what was not measured says so."""
    table = markdown(
        [
            Figure(group="G", name="slow", value=12.5, unit="rows/s", target="2,000", met=False),
            Figure(group="G", name="absent", value=None, note="not installed"),
        ],
        "about",
    )
    assert "| slow | 12.5 rows/s | 2,000 | **no** |  |" in table
    assert "| absent | not measured |  |  | not installed |" in table
