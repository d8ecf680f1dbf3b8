"""Measured figures, and how they are shown: a Markdown table for people, JSON for programs."""

from collections.abc import Sequence
from pathlib import Path

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured number. ``met`` is None where nothing was promised."""

    group: str
    name: str
    value: float | None  # None: not measured, ``note`` says why
    unit: str = ""
    target: str = ""
    met: bool | None = None
    note: str = ""


def markdown(figures: Sequence[Figure], about: str) -> str:
    """The table, with the promised beside the measured."""
    lines = [
        "# Benchmark",
        "",
        about,
        "",
        "| what | figure | promised | kept | note |",
        "| --- | ---: | ---: | --- | --- |",
    ]
    group = ""
    for figure in figures:
        if figure.group != group:
            group = figure.group
            lines.append(f"| **{group}** | | | | |")
        shown = (
            "not measured"
            if figure.value is None
            else f"{figure.value:,.{_places(figure.value)}f} {figure.unit}".strip()
        )
        kept = {None: "", True: "yes", False: "**no**"}[figure.met]
        lines.append(f"| {figure.name} | {shown} | {figure.target} | {kept} | {figure.note} |")
    return "\n".join(lines) + "\n"


def _places(value: float) -> int:
    if float(value).is_integer():
        return 0
    return 2 if abs(value) < 10 else 1 if abs(value) < 1000 else 0


def write(figures: Sequence[Figure], about: str, folder: Path) -> None:
    """``bench.md`` and ``bench.json`` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.md").write_text(markdown(figures, about))
    body = msgspec.json.format(msgspec.json.encode({"about": about, "figures": figures}), indent=2)
    (folder / "bench.json").write_bytes(body + b"\n")
