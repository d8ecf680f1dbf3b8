"""The rows of a run as files: CSV and Excel."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rentaxis_pipelines.ledger.attention import WORDS, need_of
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.render import csv, excel, file_names
from rentaxis_pipelines.render.excel import Worksheet, write
from rentaxis_pipelines.reports.range_result import headline, needs_of
from rentaxis_pipelines.reports.run_rows import STATUSES, OpenCause, by_record_type, open_causes
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
        csv.write(file, COLUMNS, ([getattr(row, column) for column in COLUMNS] for row in rows))


def file_name(run_id: str, first_day: str, last_day: str) -> str:
    """A file name that shows the days and the run: ``2026-05-01 to 2026-10-31, run 1a2b3c4d.xlsx``."""
    days = first_day if first_day == last_day else f"{first_day} to {last_day}"
    return file_names.file_name(f"{days}, run {run_id[:8]}", "xlsx")


def write_xlsx(path: Path, run: RunRows) -> None:
    """Sheets Summary, Needs attention and All rows: frozen header, filters, money as numbers, set up for printing.

    Raises OSError if it cannot be written.
    """
    with written_privately(path) as beside:
        _write_xlsx(beside, run)


def _write_xlsx(path: Path, run: RunRows) -> None:
    causes = open_causes(run.rows)
    with excel.book(path) as book:
        formats = excel.formats(book)
        _summary_sheet(book.add_worksheet("Summary"), run, causes, formats)
        by_cause = [row for cause in causes for remedy in cause.remedies for row in remedy.rows]
        _rows_sheet(book.add_worksheet("Needs attention"), run, by_cause, formats)
        _rows_sheet(book.add_worksheet("All rows"), run, run.rows, formats)


def _days(run: RunRows) -> str:
    days = sorted(row.day for row in run.rows)
    if not days:
        return "no days"
    return f"{days[0]}" if days[0] == days[-1] else f"{days[0]} to {days[-1]}"


def _summary_sheet(sheet: Worksheet, run: RunRows, causes: Sequence[OpenCause], formats: Formats) -> None:
    first = run.rows[0] if run.rows else None
    write(sheet, 0, 0, "RentAxis to QuickBooks: result of a run", formats, "title")
    write(sheet, 1, 0, f"{_days(run)}: {headline(needs_of(run.rows), len(run.rows))}.", formats, "bold")
    facts = (
        ("Requested by", first.requested_by if first else ""),
        ("QuickBooks company", first.realm if first else ""),
        ("Rows shown", f"only those with status {run.status}" if run.status else "all"),
        ("Run", run.run_id),
    )
    for number, (name, value) in enumerate(facts, start=3):
        write(sheet, number, 0, name, formats)
        write(sheet, number, 1, value, formats, "unwrapped")
    line = _table(sheet, len(facts) + 4, *_counts(run.rows), formats)
    line = _table(sheet, line + 1, *_causes(causes), formats)
    for column, wide in enumerate(_SUMMARY):
        sheet.set_column(column, column, wide)
    excel.paper(sheet, _TITLE, _about(run), head=None, last=(line, 7))


def _counts(rows: Sequence[RowResult]) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
    """Record type by status. Amounts of different record types are never added together: an invoice and its payment are the same money."""
    heads = (
        "Record type",
        *(status.capitalize() for status in STATUSES),
        "Of these, waiting",
        "Amount of these rows",
    )
    lines = [
        (
            record_type.replace("_", " "),
            *(sum(row.status == status for row in type_rows) for status in STATUSES),
            needs_of(type_rows)["waiting"],
            sum((row.amount for row in type_rows), Decimal(0)),
        )
        for record_type, type_rows in by_record_type(rows).items()
    ]
    return heads, lines


def _causes(causes: Sequence[OpenCause]) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
    heads = ("Cause", "Rows", "", "", "", "", "Amount of these rows", "What to do")
    lines = [
        (cause.name, len(remedy.rows), None, None, None, None, remedy.money, remedy.text)
        for cause in causes
        for remedy in cause.remedies
    ]
    return heads, lines or [("Nothing needs attention",)]


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


def _rows_sheet(sheet: Worksheet, run: RunRows, rows: Sequence[RowResult], formats: Formats) -> None:
    """The columns people read come first and are printed; lookup columns come last and are not printed."""
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
    sheet.autofilter(0, 0, max(1, len(rows)), len(_READ) + len(_LOOKED_UP) - 1)
    excel.paper(sheet, _TITLE, _about(run), head=(0, 0), last=(max(1, len(rows)), len(_READ) - 1))


def _about(run: RunRows) -> str:
    requester = f", requested by {run.rows[0].requested_by}" if run.rows else ""
    return f"Run {run.run_id[:8]} for {_days(run)}{requester}"


def _outcome(row: RowResult) -> str:
    need = need_of(row.status, row.reason_code)
    return WORDS[need] if need else row.status


_TITLE = "RentAxis to QuickBooks"
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
