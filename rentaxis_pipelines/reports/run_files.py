"""The rows of a run as files: CSV and Excel. A row is written as it comes, so that a run may have more rows than memory holds.

Not here: reading them (``export`` for the command line, ``run_download`` for the desk).
"""

import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rentaxis_pipelines.ledger.attention import WORDS, need_of
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.render import csv, excel, file_names
from rentaxis_pipelines.render.excel import Worksheet, write
from rentaxis_pipelines.reports.range_result import headline, needs_of
from rentaxis_pipelines.reports.run_rows import STATUSES, by_record_type, open_causes
from rentaxis_pipelines.safety.private_files import written_privately

COLUMNS = tuple(field for field in RowResult.__struct_fields__ if field not in ("realm", "plan_id"))
Formats = Mapping[str, excel.Format]


@dataclass(frozen=True)
class RunRows:
    """A run and its rows, failed and waiting ones first."""

    run_id: str
    status: str | None
    rows: list[RowResult]


def summed(rows: Sequence[RowResult]) -> dict[str, dict[str, Any]]:
    """``{record type: {created, updated, skipped, failed, amount}}``; amount is the total of all its rows, as text."""
    totals: dict[str, dict[str, Any]] = {}
    for record_type, of_type in by_record_type(rows).items():
        counts = {status: sum(row.status == status for row in of_type) for status in STATUSES}
        totals[record_type] = {**counts, "amount": sum((row.amount for row in of_type), Decimal(0))}
    return {name: {**group, "amount": f"{group['amount']:.2f}"} for name, group in totals.items()}


def write_csv(path: Path, rows: Sequence[RowResult]) -> None:
    """Every row with every column; text that a spreadsheet would run as a formula is neutralized. Raises OSError."""
    with written_privately(path) as beside, beside.open("w", newline="", encoding="utf-8-sig") as file:
        csv.write(file, COLUMNS, (_cells(row) for row in rows))


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

    ``needing``, ``rows``: the rows of the other two sheets, each read once, in this order.
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

    @property
    def about(self) -> str:
        """What stands at the foot of every printed page."""
        requester = f", requested by {self.requested_by}" if self.requested_by else ""
        return f"Run {self.run_id[:8]} for {self.days}{requester}"


def write_xlsx(path: Path, run: RunRows) -> None:
    """Sheets Summary, Needs attention and All rows: frozen header, filters, money as numbers, set up for printing.

    Raises OSError if it cannot be written.
    """
    write_book(path, book_of(run))


def book_of(run: RunRows) -> RunBook:
    """The file of a run whose rows are all at hand."""
    causes = open_causes(run.rows)
    first = run.rows[0] if run.rows else None
    return RunBook(
        run_id=run.run_id,
        days=_days(run),
        headline=headline(needs_of(run.rows), len(run.rows)),
        requested_by=first.requested_by if first else "",
        realm=first.realm if first else "",
        status=run.status,
        types=_type_lines(run.rows),
        causes=[
            (cause.name, len(remedy.rows), None, None, None, None, remedy.money, remedy.text)
            for cause in causes
            for remedy in cause.remedies
        ],
        needing=(row for cause in causes for remedy in cause.remedies for row in remedy.rows),
        rows=run.rows,
    )


def write_book(path: Path, run: RunBook, *, row_by_row: bool = False) -> None:
    """The file of ``write_xlsx``; ``row_by_row`` for more rows than memory should hold. Raises OSError if it cannot be written."""
    with written_privately(path) as beside, excel.book(beside, row_by_row=row_by_row) as book:
        formats = excel.formats(book)
        _summary_sheet(book.add_worksheet("Summary"), run, formats)
        _rows_sheet(book.add_worksheet("Needs attention"), run.about, run.needing, formats)
        _rows_sheet(book.add_worksheet("All rows"), run.about, run.rows, formats)


def _days(run: RunRows) -> str:
    days = sorted(row.day for row in run.rows)
    if not days:
        return "no days"
    return f"{days[0]}" if days[0] == days[-1] else f"{days[0]} to {days[-1]}"


def _summary_sheet(sheet: Worksheet, run: RunBook, formats: Formats) -> None:
    for column, wide in enumerate(_SUMMARY):
        sheet.set_column(column, column, wide)
    write(sheet, 0, 0, "RentAxis to QuickBooks: result of a run", formats, "title")
    write(sheet, 1, 0, f"{run.days}: {run.headline}.", formats, "bold")
    facts = (
        ("Requested by", run.requested_by),
        ("QuickBooks company", run.realm),
        ("Rows shown", f"only those with status {run.status}" if run.status else "all"),
        ("Run", run.run_id),
    )
    for number, (name, value) in enumerate(facts, start=3):
        write(sheet, number, 0, name, formats)
        write(sheet, number, 1, value, formats, "unwrapped")
    line = _table(sheet, len(facts) + 4, _TYPE_HEADS, run.types, formats)
    line = _table(sheet, line + 1, _CAUSE_HEADS, run.causes or [("Nothing needs attention",)], formats)
    excel.paper(sheet, _TITLE, run.about, head=None, last=(line, 7))


def _type_lines(rows: Sequence[RowResult]) -> Sequence[Sequence[object]]:
    """Record type by status. Amounts of different record types are never added together: an invoice and its payment are the same money."""
    return [
        (
            record_type.replace("_", " "),
            *(sum(row.status == status for row in type_rows) for status in STATUSES),
            needs_of(type_rows)["waiting"],
            sum((row.amount for row in type_rows), Decimal(0)),
        )
        for record_type, type_rows in by_record_type(rows).items()
    ]


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
