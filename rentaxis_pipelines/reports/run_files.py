"""The rows of a run as files a person keeps: CSV and Excel."""

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from rentaxis_pipelines.ledger.rows import RowResult
from rentaxis_pipelines.private_files import written_privately
from rentaxis_pipelines.reports.run_rows import STATUSES, by_record_type, is_open

COLUMNS = tuple(field for field in RowResult.__struct_fields__ if field not in ("realm", "plan_id"))
# A spreadsheet takes a cell that begins so for a formula; text from a source must stay text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([_cell(getattr(row, column)) for column in COLUMNS])


def _cell(value: object) -> str:
    text = "" if value is None else value.isoformat() if isinstance(value, dt.date) else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def file_name(run_id: str, first_day: str, last_day: str) -> str:
    """A name that tells days and run apart in a folder of many: ``2026-05-01 to 2026-10-31, run 1a2b3c4d.xlsx``."""
    days = first_day if first_day == last_day else f"{first_day} to {last_day}"
    return f"{days}, run {run_id[:8]}.xlsx"


def write_xlsx(path: Path, run: RunRows) -> None:
    """Sheets Summary, Exceptions and All rows: frozen header, filters, money as numbers.

    Raises OSError where it cannot be written.
    """
    try:
        with written_privately(path) as beside:
            _write_xlsx(beside, run)
    except FileCreateError as error:  # what xlsxwriter makes of an OSError
        raise OSError(str(error)) from error


def _write_xlsx(path: Path, run: RunRows) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        _summary_sheet(book.add_worksheet("Summary"), run, formats)
        _rows_sheet(book.add_worksheet("Exceptions"), [row for row in run.rows if is_open(row)], formats)
        _rows_sheet(book.add_worksheet("All rows"), run.rows, formats)


def _summary_sheet(sheet: Any, run: RunRows, formats: dict[str, Any]) -> None:
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
        sheet.write_string(number, 0, name, formats["head"])
        sheet.write_string(number, 1, value)
    head = len(facts) + 1
    for column, name in enumerate(("record type", *STATUSES, "money")):
        sheet.write_string(head, column, name, formats["head"])
    for number, (record_type, group) in enumerate(summed(run.rows).items(), start=head + 1):
        sheet.write_string(number, 0, record_type)
        for column, status in enumerate(STATUSES, start=1):
            sheet.write_number(number, column, group[status])
        sheet.write_number(number, len(STATUSES) + 1, Decimal(group["amount"]), formats["money"])
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, len(STATUSES) + 1, 16)


def _rows_sheet(sheet: Any, rows: Sequence[RowResult], formats: dict[str, Any]) -> None:
    for column, name in enumerate(COLUMNS):
        sheet.write_string(0, column, name, formats["head"])
    for number, row in enumerate(rows, start=1):
        for column, name in enumerate(COLUMNS):
            _write(sheet, number, column, getattr(row, name), formats)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(rows)), len(COLUMNS) - 1)
    sheet.set_column(0, len(COLUMNS) - 1, 18)


def _write(sheet: Any, row: int, column: int, value: object, formats: dict[str, Any]) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, Decimal):
        sheet.write_number(row, column, value, formats["money"])
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif isinstance(value, dt.datetime):
        sheet.write_string(row, column, value.isoformat(timespec="seconds"))
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), formats["day"])
    elif value is not None:
        sheet.write_string(row, column, str(value))
