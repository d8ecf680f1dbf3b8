"""Excel files: text is text, money a number, a day a date. No formula, and no link.

Here: the only use of XlsxWriter's cells. Not here: which sheets and columns (``reports.work_paper``, ``reports.run_files``).
"""

import contextlib
import datetime as dt
from collections.abc import Generator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from rentaxis_pipelines.render.characters import lines

__all__ = ["Format", "Workbook", "Worksheet", "book", "shown", "write"]

_LONGEST: Final = 32_767  # UTF-16 units of a cell's text (Excel's limits)
_CUT: Final = " ..."


@contextlib.contextmanager
def book(path: Path, *, row_by_row: bool = False) -> Generator[Workbook]:
    """A workbook that is written when the block ends; ``row_by_row`` keeps one row in memory. Raises OSError."""
    options = {
        "constant_memory": row_by_row,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    try:
        with xlsxwriter.Workbook(str(path), options) as made:
            yield made
    except FileCreateError as error:  # what XlsxWriter makes of an OSError
        raise error.args[0] if isinstance(error.args[0], OSError) else OSError(str(error)) from error


def write(
    sheet: Worksheet,
    row: int,
    column: int,
    value: object,
    formats: Mapping[str, Format],
    style: str | None = None,
) -> None:
    """One cell. ``formats`` has money, day and instant; ``style`` names another of them for this cell."""
    chosen = formats[style] if style else None
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, value, chosen)
        case Decimal():
            # Excel's numbers are floats: fifteen digits, enough for any amount to the cent below ten trillion.
            sheet.write_number(row, column, float(value), chosen or formats["money"])
        case int():
            sheet.write_number(row, column, value, chosen)
        case dt.datetime():
            sheet.write_datetime(row, column, value.astimezone(dt.UTC), chosen or formats["instant"])
        case dt.date():
            sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), chosen or formats["day"])
        case _:
            _write_text(sheet, row, column, shown(value), chosen)


def shown(value: object) -> str:
    """The text as its cell holds it: with its line breaks; one that is too long for a cell ends in three dots."""
    text = lines(value)
    if len(text) * 2 <= _LONGEST:
        return text
    units = text.encode("utf-16-le")
    if len(units) // 2 <= _LONGEST:
        return text
    return units[: 2 * (_LONGEST - len(_CUT))].decode("utf-16-le", "ignore") + _CUT


def _write_text(sheet: Worksheet, row: int, column: int, text: str, chosen: Format | None) -> None:
    if text.startswith("<r>") and text.endswith("</r>"):
        # XlsxWriter takes such a text for XML of its own and writes it unescaped; in parts it is text like any other.
        sheet.write_rich_string(row, column, text[0], text[1], text[2:], *([chosen] if chosen else []))
    else:
        sheet.write_string(row, column, text, chosen)
