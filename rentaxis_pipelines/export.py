"""Results as files a person keeps: CSV, Excel, JSON. Reads the ledger; writes nothing there."""

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from rentaxis_pipelines.errors import CannotLaunch
from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.rows import RowResult, as_json
from rentaxis_pipelines.screen import STATUSES, by_record_type, is_open
from rentaxis_pipelines.settings import load_environment

__all__ = ["RunRows", "as_json", "results_of_run", "summary", "write_csv", "write_xlsx"]

COLUMNS = tuple(field for field in RowResult.__struct_fields__ if field not in ("realm", "plan_id"))
# A spreadsheet takes a cell that begins so for a formula; text from a source must stay text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class RunRows:
    """A run and its rows, what did not go through first."""

    run_id: str
    status: str | None
    rows: list[RowResult]


def results_of_run(run_id: str | None, status: str | None) -> RunRows:
    """The rows of a run, the newest if none is named. Raises CannotLaunch where there is no such run."""
    environment = load_environment()
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        if not results.has_ledger(connection):
            raise CannotLaunch("Nothing has been synced yet: the ledger is empty.")
        realm = environment.quickbooks_realm_id
        found = run_id or results.last_run(connection, realm)
        if found is None:
            raise CannotLaunch("Nothing has been synced yet: the ledger is empty.")
        rows = results.results_of(connection, realm, run_id=found, status=status)
        if not rows and status is None:
            raise CannotLaunch(f"The ledger has no rows of a run {found}.")
    return RunRows(found, status, rows)


def summary(run: RunRows) -> dict[str, Any]:
    """Counts and money of a run by record type."""
    return {"run_id": run.run_id, "results": summed(run.rows)}


def summed(rows: Sequence[RowResult]) -> dict[str, dict[str, Any]]:
    """``{record type: {created, updated, skipped, failed, amount}}``; amount is the money of all its rows, as text."""
    found: dict[str, dict[str, Any]] = {}
    for record_type, of_type in by_record_type(rows).items():
        counts = {status: sum(row.status == status for row in of_type) for status in STATUSES}
        found[record_type] = {**counts, "amount": sum((row.amount for row in of_type), Decimal(0))}
    return {name: {**group, "amount": f"{group['amount']:.2f}"} for name, group in found.items()}


def write_csv(path: Path, rows: Sequence[RowResult]) -> None:
    """Every row with every column; text that a spreadsheet would run as a formula is defused."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([_cell(getattr(row, column)) for column in COLUMNS])


def _cell(value: object) -> str:
    text = "" if value is None else value.isoformat() if isinstance(value, dt.date) else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def write_xlsx(path: Path, run: RunRows) -> None:
    """Sheets Summary, Exceptions and All rows: frozen header, filters, money as numbers."""
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
