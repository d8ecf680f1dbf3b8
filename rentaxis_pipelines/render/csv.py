"""CSV that a spreadsheet opens: text stays text, numbers stay numbers.

A spreadsheet takes a cell for a formula by its first sign, whatever quotes stand around it (OWASP, CSV injection). Some skip what
cannot be seen before it, take full-width signs for the plain ones, and part cells at a semicolon.
"""

import csv
import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final, TextIO

from rentaxis_pipelines.render.characters import one_line

_SIGNS: Final = frozenset("=+-@|%\N{MINUS SIGN}")


def cell(value: object) -> str:
    """One cell. Text that would begin a formula gets an apostrophe before it; numbers and days are left as they are."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value.isoformat() if isinstance(value, dt.date) else str(value)
    return ";".join(_defused(part) for part in one_line(value).split(";"))


def _defused(text: str) -> str:
    return f"'{text}" if _is_sign(_first_seen(text)) else text


def write(file: TextIO, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A header line, then the rows. The file is open as text, without newline translation."""
    writer = csv.writer(file)
    writer.writerow([cell(head) for head in heads])
    writer.writerows([cell(value) for value in row] for row in rows)


def _first_seen(text: str) -> str:
    """The first character that is neither a space nor a quote nor a mark for what cannot be seen; empty if there is none."""
    return next((one for one in text if not _is_passed_over(one)), "")


def _is_passed_over(character: str) -> bool:
    return character.isspace() or character in '"\ufffd' or "\u2400" <= character <= "\u2421"


def _is_sign(character: str) -> bool:
    return bool(character) and unicodedata.normalize("NFKC", character)[0] in _SIGNS
