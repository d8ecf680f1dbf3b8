"""The drawing of ``scale`` in the README and the table of it in docs/scaling.md, from what ``make bench`` measured last.

    .venv/bin/python -m scripts.scale_documents bench-results/bench.json

The drawing: on the left the memory of a first sync's process, on the right the seconds of a run in which nothing changed; each now and on the code of
the older commit, as far as that was measured. Only measured points, on logarithmic axes: in proportion is a straight line.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.scale import EDITED, FIRST, FORCED, MEGABYTES, PROOF, UNCHANGED, group_of

DOCS = Path(__file__).parents[1] / "docs"
PICTURE = DOCS / "pictures" / "scale.png"
PAGE = DOCS / "scaling.md"
BEGIN, END = "<!-- measured by make bench -->\n", "<!-- end of what was measured -->\n"
NOW, THEN = "#1f7a1f", "#9db8d2"
_HISTORY = re.compile(r"A history of ([\d,]+) records")
_OLDER = re.compile(r"([\d,]+) records, (.+)")
_SHOWN = ("seconds", "memory of the run", "calls", "added to the database")
Points = list[tuple[int, float]]


class Written(msgspec.Struct):
    """``bench.json``."""

    about: str
    figures: list[Figure]


class Lines(NamedTuple):
    """Records and what was measured, smallest first."""

    now: Points
    then: Points


def lines(figures: Sequence[Figure], name: str) -> Lines:
    """The figures of this name (``first sync: memory of the run``) of every history, on today's code and on the older one's."""
    now: Points = []
    then: Points = []
    for figure in figures:
        if figure.value is None:
            continue
        history, older = _HISTORY.fullmatch(figure.group), _OLDER.fullmatch(figure.name)
        if history and figure.name == name:
            now.append((_number(history[1]), figure.value))
        elif older and older[2] == name:
            then.append((_number(older[1]), figure.value))
    return Lines(sorted(now), sorted(then))


def draw(figures: Sequence[Figure], path: Path = PICTURE) -> None:
    """Raises ValueError where no history was measured."""
    memory, seconds = lines(figures, f"{FIRST}: memory of the run"), lines(figures, f"{UNCHANGED}: seconds")
    if not memory.now or not seconds.now:
        raise ValueError("No history was measured. Run `make bench ONLY=scale SCALE=1000000` first.")
    drawing = Drawing(figsize=(8.2, 3.0), dpi=110, layout="constrained")
    canvas = FigureCanvasAgg(drawing)
    left, right = drawing.subplots(1, 2)
    _panel(left, "Memory of a first sync's process, MB", memory)
    left.axhline(MEGABYTES, color="#888888", linewidth=0.8, linestyle="--")
    left.annotate(f"{MEGABYTES} MB promised", (min(memory.now)[0], MEGABYTES), (0, 3), textcoords="offset points", fontsize=7, color="#666666")  # fmt: skip
    left.set_ylim(top=max(1_000, *(value for _, value in [*memory.now, *memory.then])) * 1.3)
    _panel(right, "Seconds of a run in which nothing changed", seconds)
    left.legend(fontsize=7, frameon=False, loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        canvas.print_png(
            file, metadata={"Software": None}
        )  # no version: the same figures give the same bytes


def _panel(axes: Axes, title: str, measured: Lines) -> None:
    for points, color, label in (
        (measured.then, THEN, "before, all records at once"),
        (measured.now, NOW, "now"),
    ):
        if points:
            axes.plot(*zip(*points, strict=True), color=color, marker="o", markersize=4, label=label)
        for records, value in points:
            axes.annotate(_shown(value), (records, value), (0, 6 if color == THEN else -12), textcoords="offset points", ha="center", fontsize=7)  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([records for records, _ in measured.now])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.12, y=0.2)
    axes.tick_params(labelsize=7)
    axes.set_xlabel("records", fontsize=7)
    axes.set_title(title, fontsize=9)
    for edge in ("top", "right"):
        axes.spines[edge].set_visible(False)


def table(written: Written) -> str:
    """Each run a line, each history a column: seconds, memory of the run's process, calls; and on what machine."""
    by_name = {(figure.group, figure.name): figure for figure in written.figures}
    sizes = [records for records, _ in lines(written.figures, f"{FIRST}: seconds").now]
    heads = ["", *(f"{records:,} records" for records in sizes)]
    rows = [heads, ["---", *("---:" for _ in sizes)]]
    for kind in (FIRST, UNCHANGED, EDITED, FORCED, PROOF):
        cells = [kind]
        for records in sizes:
            names = [(group_of(records), f"{kind}: {what}") for what in _SHOWN]
            if names[0] not in by_name:
                cells.append("not measured")
                continue
            seconds, memory, calls, added = (by_name[name] for name in names)
            cells.append(
                f"{_shown(seconds.value)} s, {_shown(memory.value)} MB; {calls.note}; database +{_shown(added.value)} MB"
            )
        rows.append(cells)
    body = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    return f"{body}\n\nMeasured {written.about.split(' 2,000 invoices')[0]}\n"


def write_table(written: Written, page: Path = PAGE) -> None:
    """Between the two marks of the page, in place of the last one."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    page.write_text(f"{before}{BEGIN}\n{table(written)}\n{END}{after}", encoding="utf-8")


def _shown(value: float | None) -> str:
    return "?" if value is None else f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _number(text: str) -> int:
    return int(text.replace(",", ""))


if __name__ == "__main__":
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "bench-results/bench.json")
    read = msgspec.json.decode(source.read_bytes(), type=Written)
    draw(read.figures)
    write_table(read)
    sys.stdout.write(f"Written from {source}: {PICTURE} and the table in {PAGE}\n")
