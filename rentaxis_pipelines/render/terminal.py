"""The terminal: text is shown as is, never run as a terminal command or read as rich markup.

Here: all use of rich and of click's echo. Not here: which words and columns are shown (``screen``, ``cli``).
"""

import contextlib
import json
import re
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Column as TableColumn
from rich.table import Table
from rich.text import Text

from rentaxis_pipelines.render.characters import lines, one_line

__all__ = [
    "Column",
    "Console",
    "Table",
    "Text",
    "ascii_json",
    "bar",
    "echo",
    "echo_json",
    "say",
    "table",
    "text",
]

_NOT_ASCII = re.compile("[^\x00-\x7e]")


@dataclass(frozen=True)
class Column:
    """One column of a table. ``share``: its share of the remaining width; ``widest``: characters before the text wraps."""

    name: str
    right: bool = False
    share: int | None = None
    widest: int | None = None


def text(value: object, style: str = "") -> Text:
    """Any value as printable text; line breaks stay."""
    return value if isinstance(value, Text) else Text(lines(value), style=style)


def say(console: Console, *parts: object, style: str = "") -> None:
    """Print the parts as one text, not wrapped to the width of the screen; or print one table."""
    if len(parts) == 1 and isinstance(parts[0], Table):
        console.print(parts[0])
    else:
        console.print(Text.assemble(*(text(part) for part in parts), style=style), soft_wrap=True)


@contextlib.contextmanager
def bar(console: Console, what: str) -> Generator[Callable[[str, int, int], None]]:
    """A progress bar below the line ``what`` until the block ends; call what it yields with (message, done, total)."""
    say(console, one_line(what))
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=16),
        # A message that does not fit beside the bar wraps: the time left is at its end.
        TextColumn(
            "{task.fields[message]}", markup=False, table_column=TableColumn(no_wrap=False, overflow="fold")
        ),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("", total=None, message="")

        def update(message: str, done: int, total: int) -> None:
            shown.update(task, message=one_line(message), completed=done, total=total or None)

        yield update


def table(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object] | None],
    *,
    ruled: bool = False,
) -> Table:
    """A table of text; a None among the rows draws a rule. ``ruled``: a rule after every row."""
    made = Table(title=text(title), title_justify="left", show_lines=ruled)
    for column in columns:
        made.add_column(
            text(column.name),
            justify="right" if column.right else "left",
            overflow="ellipsis" if column.right else "fold",
            ratio=column.share,
            max_width=column.widest,
        )
    for row in rows:
        if row is None:
            made.add_section()
        else:
            made.add_row(*map(text, row))
    return made


def echo(value: object, *, newline: bool = True) -> None:
    """Write lines to standard output without wrapping; ``newline=False`` is for a prompt."""
    click.echo(lines(value), nl=newline)


def echo_json(value: object) -> None:
    """Write a value to standard output as one line of JSON."""
    echo(ascii_json(json.dumps(value, default=str)))


def ascii_json(encoded: str) -> str:
    """Encoded JSON as visible ASCII: every other character is written as a ``\\u`` escape."""
    return _NOT_ASCII.sub(lambda match: _escaped(match[0]), encoded)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
