"""The rows of a run as files: CSV and Excel. A row is written as it comes, so that a run may have more rows than memory holds.

Not here: reading them (``run_results`` for the command line and Dagster, ``run_download`` for the desk).
"""

import datetime as dt
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rentaxis_pipelines.ledger.attention import WORDS, need_of
from rentaxis_pipelines.ledger.run_results import DaySum
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.render import csv, excel, file_names
from rentaxis_pipelines.render.excel import Worksheet, write
from rentaxis_pipelines.reports.range_result import needs_of
from rentaxis_pipelines.reports.run_rows import STATUSES, OpenCauses, by_record_type
from rentaxis_pipelines.safety.private_files import written_privately
from rentaxis_pipelines.sync.outcomes import whole

COLUMNS = tuple(field for field in RowResult.__struct_fields__ if field not in ("realm", "plan_id"))
Formats = Mapping[str, excel.Format]
MOST_ROWS = 1_048_575  # of an Excel sheet, below its heading
_HELD_IN_MEMORY = 20_000  # rows of a file; Excel's format is smaller where all of them are


def summed(sums: Sequence[DaySum]) -> dict[str, dict[str, Any]]:
    """``{record type: {created, updated, skipped, failed, amount}}``; amount is the total of all its rows, as text."""
    totals: dict[str, dict[str, Any]] = {}
    for record_type, of_type in by_record_type(sums).items():
        totals[record_type] = {**_by_status(of_type), "amount": f"{whole(of_type).money:.2f}"}
    return totals


def _by_status(sums: Sequence[DaySum]) -> dict[str, int]:
    return {status: whole(each for each in sums if each.status == status).rows for status in STATUSES}


def write_csv(path: Path, rows: Iterable[Sequence[RowResult]]) -> None:
    """Every row with every column; text that a spreadsheet would run as a formula is neutralized. Raises OSError."""
    with written_privately(path) as beside, beside.open("wb") as file:
        file.writelines(csv_parts(rows))


def csv_parts(rows: Iterable[Sequence[RowResult]]) -> Iterator[bytes]:
    """The same file in parts, one for each list of rows."""
    file = io.StringIO(newline="")
    csv.write(file, COLUMNS, ())
    yield file.getvalue().encode("utf-8-sig")
    for some in rows:
        file = io.StringIO(newline="")
        csv.write_rows(file, (_cells(row) for row in some))
        yield file.getvalue().encode()


def _cells(row: RowResult) -> list[object]:
    return [getattr(row, column) for column in COLUMNS]


def file_name(run_id: str, first_day: str, last_day: str) -> str:
    """A file name that shows the days and the run: ``2026-05-01 to 2026-10-31, run 1a2b3c4d.xlsx``."""
    days = first_day if first_day == last_day else f"{first_day} to {last_day}"
    return file_names.file_name(f"{days}, run {run_id[:8]}", "xlsx")


@dataclass(frozen=True)
class RunBook:
    """What an Excel file of a run is made of. ``types`` and ``causes``: lines of the summary's two tables.

    ``needing``, ``rows``: the rows of the other two sheets, each read once, in this order. ``count``: how many rows.
    """

    run_id: str
    days: str
    headline: str
    requested_by: str
    realm: str
    status: str | None
    types: Sequence[Sequence[object]]
    causes: Sequence[Sequence[object]]
    needing: Iterable[RowResult]
    rows: Iterable[RowResult]
    count: int

    @property
    def about(self) -> str:
        """What stands at the foot of every printed page."""
        requester = f", requested by {self.requested_by}" if self.requested_by else ""
        return f"Run {self.run_id[:8]} for {self.days}{requester}"


def write_xlsx(path: Path, run: RunBook, *, most: int = MOST_ROWS) -> None:
    """Sheets Summary, Needs attention and All rows: frozen header, filters, money as numbers, set up for printing.

    Rows that a sheet has no room for, so more than ``most``, are on the sheets ``All rows 2`` and so on. Of a long run one row at a time is
    held in memory. Raises OSError if it cannot be written.
    """
    with (
        written_privately(path) as beside,
        excel.book(beside, row_by_row=run.count > min(_HELD_IN_MEMORY, most)) as book,
    ):
        formats = excel.formats(book)
        _summary_sheet(book.add_worksheet("Summary"), run, most, formats)
        _rows_sheets(book, "Needs attention", run.about, run.needing, most, formats)
        _rows_sheets(book, "All rows", run.about, run.rows, most, formats)


def _rows_sheets(
    book: excel.Workbook, name: str, about: str, rows: Iterable[RowResult], most: int, formats: Formats
) -> None:
    """One sheet, and others where it has no room for all rows."""
    following = iter(rows)
    for number in itertools.count(1):
        first = next(following, None)
        if first is None and number > 1:
            return
        here = [] if first is None else itertools.chain([first], itertools.islice(following, most - 1))
        title = name if number == 1 else f"{name} {number}"
        _rows_sheet(book.add_worksheet(title), about, here, formats)


def _rows_shown(run: RunBook, most: int) -> str:
    shown = f"only those with status {run.status}" if run.status else "all"
    sheets = -(-run.count // most)
    if sheets < 2:
        return shown
    return f"{shown}, on {sheets} sheets of up to {most:,} rows: All rows to All rows {sheets}"


def _summary_sheet(sheet: Worksheet, run: RunBook, most: int, formats: Formats) -> None:
    for column, wide in enumerate(_SUMMARY):
        sheet.set_column(column, column, wide)
    write(sheet, 0, 0, "RentAxis to QuickBooks: result of a run", formats, "title")
    write(sheet, 1, 0, f"{run.days}: {run.headline}.", formats, "bold")
    facts = (
        ("Requested by", run.requested_by),
        ("QuickBooks company", run.realm),
        ("Rows shown", _rows_shown(run, most)),
        ("Run", run.run_id),
    )
    for number, (name, value) in enumerate(facts, start=3):
        write(sheet, number, 0, name, formats)
        write(sheet, number, 1, value, formats, "unwrapped")
    line = _table(sheet, len(facts) + 4, _TYPE_HEADS, run.types, formats)
    line = _table(sheet, line + 1, _CAUSE_HEADS, run.causes or [("Nothing needs attention",)], formats)
    excel.paper(sheet, _TITLE, run.about, head=None, last=(line, 7))


def type_lines(sums: Sequence[DaySum]) -> Sequence[Sequence[object]]:
    """Record type by status. Amounts of different record types are never added together: an invoice and its payment are the same money."""
    return [
        (
            record_type.replace("_", " "),
            *_by_status(of_type).values(),
            needs_of(of_type)["waiting"],
            whole(of_type).money,
        )
        for record_type, of_type in by_record_type(sums).items()
    ]


def cause_lines(causes: OpenCauses) -> Sequence[Sequence[object]]:
    """What needs attention by what would clear it, the most money first; what is not listed has a line that says where it is."""
    lines: list[Sequence[object]] = []
    for cause in causes.listed:
        lines += [
            (cause.name, remedy.rows, None, None, None, None, remedy.money, remedy.text)
            for remedy in cause.remedies
        ]
        if more := cause.rows - sum(remedy.rows for remedy in cause.remedies):
            left = cause.money - sum((remedy.money for remedy in cause.remedies), Decimal(0))
            lines.append((cause.name, more, None, None, None, None, left, _FURTHER))
    if more := causes.rows - sum(cause.rows for cause in causes.listed):
        lines.append(("further causes", more, None, None, None, None, None, _FURTHER))
    return lines


def _table(
    sheet: Worksheet, at: int, heads: Sequence[str], rows: Sequence[Sequence[object]], formats: Formats
) -> int:
    """Write a heading and its rows, starting at row ``at``; returns the first row below them."""
    excel.make_room(sheet, at, zip(heads, _SUMMARY, strict=False))
    for column, head in enumerate(heads):
        of_numbers = bool(rows) and len(rows[0]) > column and isinstance(rows[0][column], int | Decimal)
        write(sheet, at, column, head, formats, "head of numbers" if of_numbers else "head")
    for number, row in enumerate(rows, start=at + 1):
        excel.make_room(sheet, number, zip(row, _SUMMARY, strict=False))
        for column, value in enumerate(row):
            write(sheet, number, column, value, formats)
    return at + 1 + len(rows)


def _rows_sheet(sheet: Worksheet, about: str, rows: Iterable[RowResult], formats: Formats) -> None:
    """The columns people read come first and are printed; lookup columns come last and are not printed."""
    number = 0
    for column, (head, wide, _) in enumerate(_READ):
        write(sheet, 0, column, head, formats, "head of numbers" if head == "Amount" else "head")
        sheet.set_column(column, column, wide)
    for column, name in enumerate(_LOOKED_UP, start=len(_READ)):
        write(sheet, 0, column, name, formats, "head")
    sheet.set_column(len(_READ), len(_READ) + len(_LOOKED_UP) - 1, 18)
    for number, row in enumerate(rows, start=1):
        values = [read(row) for _, _, read in _READ]
        excel.make_room(sheet, number, zip(values, _WIDTHS, strict=True))
        for column, value in enumerate(values):
            write(sheet, number, column, value, formats)
        for column, name in enumerate(_LOOKED_UP, start=len(_READ)):
            value = getattr(row, name)
            instant = isinstance(value, dt.datetime)  # with its offset, to the second
            shown = value.isoformat(timespec="seconds") if instant else value
            write(sheet, number, column, shown, formats, None if isinstance(shown, int) else "unwrapped")
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(1, number), len(_READ) + len(_LOOKED_UP) - 1)
    excel.paper(sheet, _TITLE, about, head=(0, 0), last=(max(1, number), len(_READ) - 1))


def _outcome(row: RowResult) -> str:
    need = need_of(row.status, row.reason_code)
    return WORDS[need] if need else row.status


_TITLE = "RentAxis to QuickBooks"
_FURTHER = "Those with smaller amounts: see the sheet Needs attention."
_TYPE_HEADS = (
    "Record type",
    *(status.capitalize() for status in STATUSES),
    "Of these, waiting",
    "Amount of these rows",
)
_CAUSE_HEADS = ("Cause", "Rows", "", "", "", "", "Amount of these rows", "What to do")
_SUMMARY = (30, 11, 11, 11, 11, 12, 16, 66)  # width in characters
# Heading, width in characters, and the value in the column.
_READ: tuple[tuple[str, int, Callable[[RowResult], object]], ...] = (
    ("Outcome", 10, _outcome),
    ("Record", 26, lambda row: row.source_label),
    ("Date", 11, lambda row: row.day),
    ("Amount", 13, lambda row: row.amount),
    ("Cause", 18, lambda row: (row.reason_code or "").replace("_", " ")),
    ("Reason", 52, lambda row: row.reason),
    ("What to do", 44, lambda row: row.how_to_fix),
    ("No. in QuickBooks", 18, lambda row: row.quickbooks_number),
)
_WIDTHS = tuple(wide for _, wide, _ in _READ)
_IN_WORDS = {"source_label", "day", "amount", "reason", "how_to_fix", "quickbooks_number"}
_LOOKED_UP = tuple(name for name in COLUMNS if name not in _IN_WORDS)
