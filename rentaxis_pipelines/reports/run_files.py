"""The rows of a run as files a person keeps: CSV and Excel."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rentaxis_pipelines.ledger.rows import RowResult
from rentaxis_pipelines.private_files import written_privately
from rentaxis_pipelines.render import csv, excel, file_names
from rentaxis_pipelines.render.excel import Worksheet, write
from rentaxis_pipelines.reports.run_rows import STATUSES, by_record_type, is_open

COLUMNS = tuple(field for field in RowResult.__struct_fields__ if field not in ("realm", "plan_id"))
Formats = Mapping[str, excel.Format]


@dataclass(frozen=True)
class RunRows:
    """A run and its rows, what did not go through first."""

    run_id: str
    status: str | None
    rows: list[RowResult]


def summed(rows: Sequence[RowResult]) -> dict[str, dict[str, Any]]:
    """``{record type: {created, updated, skipped, failed, amount}}``; amount is the money of all its rows, as text."""
    found: dict[str, dict[str, Any]] = {}
    for record_type, of_type in by_record_type(rows).items():
        counts = {status: sum(row.status == status for row in of_type) for status in STATUSES}
        found[record_type] = {**counts, "amount": sum((row.amount for row in of_type), Decimal(0))}
    return {name: {**group, "amount": f"{group['amount']:.2f}"} for name, group in found.items()}


def write_csv(path: Path, rows: Sequence[RowResult]) -> None:
    """Every row with every column; text that a spreadsheet would run as a formula is defused. Raises OSError."""
    with written_privately(path) as beside, beside.open("w", newline="", encoding="utf-8-sig") as file:
        csv.write(file, COLUMNS, ([getattr(row, column) for column in COLUMNS] for row in rows))


def file_name(run_id: str, first_day: str, last_day: str) -> str:
    """A name that tells days and run apart in a folder of many: ``2026-05-01 to 2026-10-31, run 1a2b3c4d.xlsx``."""
    days = first_day if first_day == last_day else f"{first_day} to {last_day}"
    return file_names.file_name(f"{days}, run {run_id[:8]}", "xlsx")


def write_xlsx(path: Path, run: RunRows) -> None:
    """Sheets Summary, Exceptions and All rows: frozen header, filters, money as numbers.

    Raises OSError where it cannot be written.
    """
    with written_privately(path) as beside:
        _write_xlsx(beside, run)


def _write_xlsx(path: Path, run: RunRows) -> None:
    with excel.book(path) as book:
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        _summary_sheet(book.add_worksheet("Summary"), run, formats)
        _rows_sheet(book.add_worksheet("Exceptions"), [row for row in run.rows if is_open(row)], formats)
        _rows_sheet(book.add_worksheet("All rows"), run.rows, formats)


def _summary_sheet(sheet: Worksheet, run: RunRows, formats: Formats) -> None:
    first = run.rows[0] if run.rows else None
    days = sorted(row.day for row in run.rows)
    facts = (
        ("Run", run.run_id),
        ("Requested by", first.requested_by if first else ""),
        ("QuickBooks company", first.realm if first else ""),
        ("Days", f"{days[0]} to {days[-1]}" if days else ""),
        ("Filter", f"status {run.status}" if run.status else "all rows"),
    )
    for number, (name, value) in enumerate(facts):
        write(sheet, number, 0, name, formats, "head")
        write(sheet, number, 1, value, formats)
    head = len(facts) + 1
    for column, name in enumerate(("record type", *STATUSES, "money")):
        write(sheet, head, column, name, formats, "head")
    for number, (record_type, group) in enumerate(summed(run.rows).items(), start=head + 1):
        cells = (record_type, *(group[status] for status in STATUSES), Decimal(group["amount"]))
        for column, value in enumerate(cells):
            write(sheet, number, column, value, formats)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, len(STATUSES) + 1, 16)


def _rows_sheet(sheet: Worksheet, rows: Sequence[RowResult], formats: Formats) -> None:
    for column, name in enumerate(COLUMNS):
        write(sheet, 0, column, name, formats, "head")
    for number, row in enumerate(rows, start=1):
        for column, name in enumerate(COLUMNS):
            value = getattr(row, name)
            instant = isinstance(value, dt.datetime)  # with its offset, to the second
            write(sheet, number, column, value.isoformat(timespec="seconds") if instant else value, formats)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(rows)), len(COLUMNS) - 1)
    sheet.set_column(0, len(COLUMNS) - 1, 18)
