"""Excel files: text is text, money is a number, a day is a date. No formulas and no links. Every sheet is set up for printing.

Here: all use of XlsxWriter's cells. Not here: which sheets and columns there are (``reports.work_paper``, ``reports.run_files``).
"""

import contextlib
import datetime as dt
import textwrap
from collections.abc import Generator, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from rentaxis_pipelines.render.characters import lines, one_line

__all__ = [
    "Format",
    "Workbook",
    "Worksheet",
    "book",
    "formats",
    "make_room",
    "paper",
    "shown",
    "width",
    "write",
]

_LONGEST: Final = 32_767  # UTF-16 units of a cell's text (Excel's limits)
_CUT: Final = " ..."
_LINE: Final = 15  # points
_MOST_LINES: Final = 27  # Excel takes rows of up to 409 points
_US_LETTER: Final = 1  # Excel's code for this paper size
_MOST_OF_A_FOOTER: Final = 80  # characters; header or footer may have 255 in all


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
        with xlsxwriter.Workbook(str(path), options) as workbook:
            yield workbook
    except FileCreateError as error:  # XlsxWriter's wrapper around an OSError
        raise error.args[0] if isinstance(error.args[0], OSError) else OSError(str(error)) from error


def formats(workbook: Workbook) -> dict[str, Format]:
    """The formats every workbook has: title, head, money, sum (of money), day, instant, text, unwrapped text and so on."""
    money = "#,##0.00;[Red]-#,##0.00"
    top = {"valign": "top"}
    return {
        "title": workbook.add_format({"bold": True, "font_size": 14}),
        "head": workbook.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "align": "left", "indent": 1}
        ),
        "head of numbers": workbook.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "align": "right"}
        ),
        "bold": workbook.add_format({"bold": True, **top}),
        "money": workbook.add_format({"num_format": money, **top}),
        "sum": workbook.add_format({"num_format": money, "bold": True, "top": 1}),
        "count": workbook.add_format({"num_format": "#,##0", **top}),
        "day": workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left", "indent": 1, **top}),
        "month": workbook.add_format({"num_format": "yyyy-mm", "align": "left", "indent": 1, **top}),
        "instant": workbook.add_format(
            {"num_format": "yyyy-mm-dd hh:mm", "align": "left", "indent": 1, **top}
        ),
        "unwrapped": workbook.add_format({"align": "left", "indent": 1, **top}),
        "text": workbook.add_format({"text_wrap": True, "align": "left", "indent": 1, **top}),
    }


def width(heading: str, values: Iterable[object], widest: int) -> int:
    """Column width in characters so that all values show; text longer than ``widest`` wraps."""
    longest = max((len(_as_read(value)) for value in values if value is not None), default=0)
    word = max(map(len, heading.split()), default=0)
    return min(widest, max(word, longest, len(heading) // 2 + 1) + 2)


def make_room(sheet: Worksheet, row: int, cells: Iterable[tuple[object, int]]) -> None:
    """Set the row's height to fit its wrapped text; call it before writing the cells. ``cells``: value and width.

    Excel does this automatically when a file is opened; programs that only convert or print it do not.
    """
    lines_needed = max((_lines(value, wide) for value, wide in cells), default=1)
    if lines_needed > 1:
        sheet.set_row(row, _LINE * lines_needed)


def _lines(value: object, wide: int) -> int:
    if not isinstance(value, str) or (len(value) < wide - 2 and "\n" not in value):
        return 1
    return min(_MOST_LINES, sum(max(1, len(textwrap.wrap(part, wide - 3))) for part in value.splitlines()))


def _as_read(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, Decimal) else str(value)


def paper(
    sheet: Worksheet, title: str, about: str, *, head: tuple[int, int] | None, last: tuple[int, int]
) -> None:
    """Set the sheet up for printing: landscape, one page wide, the ``head`` rows on every page, page numbers.

    ``title`` goes in the header, ``about`` (the run, the days) in the footer. ``last``: last row and column of the print area; columns to
    the right of it are for lookup and are not printed.
    """
    sheet.set_landscape()
    sheet.set_paper(_US_LETTER)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.7)
    sheet.set_header(f"&L&B{_on_paper(title)}&R&A")
    sheet.set_footer(f"&L&8{_on_paper(about)}&R&8Page &P of &N")
    if head is not None:
        sheet.repeat_rows(*head)
    sheet.print_area(0, 0, *last)


def _on_paper(text: str) -> str:
    """Text for a header or footer, where ``&`` starts a command and a digit after a command is a font size."""
    escaped = one_line(text)[:_MOST_OF_A_FOOTER].replace("&", "&&")
    return f" {escaped}" if escaped[:1].isdigit() else escaped


def write(
    sheet: Worksheet,
    row: int,
    column: int,
    value: object,
    formats: Mapping[str, Format],
    style: str | None = None,
) -> None:
    """Write one cell. ``formats`` is what ``formats()`` returns; ``style`` picks one of them instead of the default for the value's type."""
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
            sheet.write_number(row, column, value, chosen or formats["count"])
        case dt.datetime():
            sheet.write_datetime(row, column, value.astimezone(dt.UTC), chosen or formats["instant"])
        case dt.date():
            sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), chosen or formats["day"])
        case _:
            _write_text(sheet, row, column, shown(value), chosen or formats["text"])


def shown(value: object) -> str:
    """The text as stored in a cell, line breaks included; text too long for a cell is cut and ends in three dots."""
    text = lines(value)
    if len(text) * 2 <= _LONGEST:
        return text
    units = text.encode("utf-16-le")
    if len(units) // 2 <= _LONGEST:
        return text
    return units[: 2 * (_LONGEST - len(_CUT))].decode("utf-16-le", "ignore") + _CUT


def _write_text(sheet: Worksheet, row: int, column: int, text: str, chosen: Format | None) -> None:
    if text.startswith("<r>") and text.endswith("</r>"):
        # XlsxWriter mistakes such text for its own XML and writes it unescaped; split into parts it is written as plain text.
        sheet.write_rich_string(row, column, text[0], text[1], text[2:], *([chosen] if chosen else []))
    else:
        sheet.write_string(row, column, text, chosen)
