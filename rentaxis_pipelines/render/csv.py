"""CSV that a spreadsheet opens: text stays text, numbers stay numbers.

A spreadsheet decides by its first character that a cell is a formula, quoted or not (OWASP, CSV injection). Some skip invisible
characters before it, treat full-width signs as plain ones, or split cells at a semicolon.
"""

import csv
import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final, TextIO

from rentaxis_pipelines.render.characters import one_line

_SIGNS: Final = frozenset("=+-@|%\N{MINUS SIGN}")


def cell(value: object) -> str:
    """One cell. Text that would start a formula gets an apostrophe in front; numbers and dates are left as they are."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value.isoformat() if isinstance(value, dt.date) else str(value)
    return ";".join(_neutralized(part) for part in one_line(value).split(";"))


def _neutralized(text: str) -> str:
    """What a spreadsheet reads first is not a space, a quote or the mark of an invisible character."""
    first = next(
        (mark for mark in text if not (mark.isspace() or mark in '"\ufffd' or "\u2400" <= mark <= "\u2421")),
        "",
    )
    return f"'{text}" if unicodedata.normalize("NFKC", first)[:1] in _SIGNS else text


def write(file: TextIO, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A header line, then the rows. The file is open as text, without newline translation."""
    csv.writer(file).writerow([cell(head) for head in heads])
    write_rows(file, rows)


def write_rows(file: TextIO, rows: Iterable[Sequence[Any]]) -> None:
    """The rows alone, to go on with a file."""
    csv.writer(file).writerows([cell(value) for value in row] for row in rows)
