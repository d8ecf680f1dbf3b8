"""The reconciliation work paper, one Excel file: who requested what and when, the totals, and every difference.

Money is written as numbers with two decimals, days as dates. Not here: any figure that is not in the marts.
"""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.render import excel
from rentaxis_pipelines.render.excel import Format, Worksheet
from rentaxis_pipelines.reports import picture
from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.safety.private_files import written_privately

MOST_ROWS = 1_048_575  # of one Excel sheet, below its header
_WIDEST = 44  # characters; longer text wraps
_TITLE = "RentAxis and QuickBooks: reconciliation"
_TOTALS = ("Explanation", "Type", "Records", "RentAxis", "QuickBooks", "Difference")
# Lookup columns: they come last and are not printed.
_LOOKED_UP = frozenset({"record", "looks_like", "payment", "quickbooks_id", "quickbooks_url", "run_id"})
_CODES = frozenset({"explanation", "cause", "what", "record_type", "field"})  # words joined by underscores
Formats = Mapping[str, Format]


@dataclass(frozen=True)
class Sheet:
    """One sheet: the mart, its columns with their headings, the order of rows; the columns in ``sums`` get a total."""

    title: str
    about: str
    mart: str
    columns: Mapping[str, str]
    order_by: str
    where: str = "true"
    sums: Sequence[str] = field(default=())


SHEETS = (
    Sheet(
        "Ready to close",
        "For each month: can it be closed, and if not, what is blocking it.",
        "ready_to_close",
        {
            "month": "Month", "is_ready": "Ready", "state": "State", "of_month": "Records in the month", "records": "Records blocking",
            "amount": "Amount", "stands_between": "What is blocking",
            "never_pushed": "Never pushed",
        },
        "month desc",
    ),
    Sheet(
        "Blocking the close",
        "Every record that keeps its month open, and what to do about it.",
        "blockers",
        {
            "month": "Month", "label": "Record", "party": "Customer or vendor", "day": "Date", "at_stake": "Amount",
            "explanation": "Explanation", "meaning": "Meaning", "remedy": "Remedy", "record": "RentAxis id",
        },
        "month desc, at_stake desc, record",
        sums=("at_stake",),
    ),
    Sheet(
        "Not pushed",
        "What RentAxis holds and no run pushes automatically, and what to do about it.",
        "not_pushed",
        {
            "kind_name": "What", "why": "Why", "records": "Records", "money": "Amount", "first_day": "First day",
            "last_day": "Last day", "examples": "For example", "what_to_do": "What to do",
        },
        "money desc, records desc, kind, reason",
        sums=("records", "money"),
    ),
    Sheet(
        "Not pushed, by record",
        "The same, record by record: at most 10,000 of each kind, largest amount first.",
        "not_pushed_records",
        {
            "kind_name": "What", "label": "Record", "day": "Date", "amount": "Amount", "why": "Why", "what_to_do": "What to do",
            "record": "RentAxis id",
        },
        "kind, reason, amount desc, record",
        sums=("amount",),
    ),
    Sheet(
        "Security deposits held",
        "By tenant: what RentAxis holds, and what QuickBooks has for the customer in the deposit account. Only where settlements are pushed.",
        "held_deposits",
        {
            "party_name": "Tenant", "billed": "Billed", "kept": "Kept", "refunded": "Refunded", "moved": "Moved otherwise",
            "unpaid": "Of that not paid yet", "rentaxis": "Held in RentAxis", "quickbooks": "Held in QuickBooks",
            "difference": "Difference", "explanations": "Explanation", "differing": "Which",
        },
        "difference = 0, abs(difference) desc, party_name",
        sums=("billed", "kept", "refunded", "moved", "unpaid", "rentaxis", "quickbooks", "difference"),
    ),
    Sheet(
        "Open problems",
        "What needs a person; the fix that clears the most money first.",
        "open_problems",
        {
            "cause": "Cause", "remedy": "Fix this", "roots": "To fix", "records": "Records that clear", "amount": "Amount",
            "oldest_day": "Oldest", "age_days": "Age (days)", "example": "For example", "example_reason": "Why",
        },
        "amount desc, cause",
        sums=("records", "amount"),
    ),
    Sheet(
        "Reconciliation",
        "RentAxis against QuickBooks by month, product or account, and customer or vendor.",
        "reconciliation",
        {
            "record_type": "Type", "month": "Month", "account": "Product or account", "party": "Customer or vendor",
            "explanation": "Explanation", "records": "Records", "rentaxis": "RentAxis", "quickbooks": "QuickBooks",
            "difference": "Difference",
        },
        "record_type, month, account, party, explanation",
        sums=("rentaxis", "quickbooks", "difference"),
    ),
    Sheet(
        "Differences",
        "Every record that differs between RentAxis and QuickBooks, and why.",
        "differences",
        {
            "record_type": "Type", "label": "Record", "party_name": "Customer or vendor", "rentaxis_day": "Date in RentAxis",
            "quickbooks_day": "Date in QuickBooks", "rentaxis_total": "RentAxis", "written_total": "As pushed",
            "quickbooks_total": "QuickBooks", "difference": "Difference", "explanation": "Explanation", "meaning": "Meaning",
            "reason": "Reason", "remedy": "Remedy", "blocks_close": "Blocks closing", "entity": "QuickBooks type",
            "quickbooks_id": "QuickBooks id", "quickbooks_url": "Link", "record": "RentAxis id",
        },
        "at_stake desc, record",
        sums=("rentaxis_total", "quickbooks_total", "difference"),
    ),
    Sheet(
        "Open receivables",
        "Open balances by customer and age on both sides.",
        "open_receivables",
        {
            "party": "Customer", "bucket": "Age (days past due)", "explanation": "Explanation", "documents": "Documents",
            "rentaxis": "RentAxis", "quickbooks": "QuickBooks", "difference": "Difference",
        },
        "party, bucket, explanation",
        sums=("rentaxis", "quickbooks", "difference"),
    ),
    Sheet(
        "Receivables by month",
        "Open balances at the end of each month on both sides, rolled back from the current balances.",
        "receivables_by_month",
        {"month": "Month", "rentaxis": "RentAxis", "quickbooks": "QuickBooks", "difference": "Difference"},
        "month",
    ),
    Sheet(
        "Statements",
        "RentAxis' ledger against QuickBooks' own profit and loss and balance sheet: what each account moved by in each month, debits positive.",
        "statement_totals",
        {
            "month": "Month", "statement": "Statement", "name": "Account", "rentaxis_accounts": "In RentAxis", "rentaxis": "RentAxis",
            "quickbooks": "QuickBooks", "difference": "Difference", "explained": "Explained", "unexplained": "Without an explanation",
        },
        "month, statement desc, name",
        sums=("rentaxis", "quickbooks", "difference", "explained", "unexplained"),
    ),
    Sheet(
        "Statement differences",
        "Why the two differ, by month, account and cause; debits positive.",
        "statement_causes",
        {
            "month": "Month", "name": "Account", "cause": "Cause", "meaning": "Meaning", "amount": "RentAxis less QuickBooks",
            "records": "Records", "examples": "For example",
        },
        "month, name, cause",
        sums=("amount",),
    ),
    Sheet(
        "Statements by property",
        "Profit and loss of both sides by property, where classes follow properties; debits positive.",
        "statement_classes",
        {
            "month": "Month", "property": "Property (class)", "name": "Account", "rentaxis": "RentAxis", "quickbooks": "QuickBooks",
            "difference": "Difference", "explained": "Explained", "unexplained": "Without an explanation",
        },
        "month, property, name",
        sums=("rentaxis", "quickbooks", "difference", "explained", "unexplained"),
    ),
    Sheet(
        "Changed in QuickBooks",
        "What was edited, voided or deleted in QuickBooks since it was pushed, field by field.",
        "drift",
        {
            "label": "Record", "party": "Customer or vendor", "what": "What", "field": "Field", "ours": "We wrote",
            "theirs": "Now in QuickBooks", "changed_at": "When (UTC)", "amount": "Amount", "remedy": "Remedy",
            "entity": "QuickBooks type", "quickbooks_id": "QuickBooks id", "record": "RentAxis id",
        },
        "amount desc, record, field",
    ),
    Sheet(
        "Possible duplicates",
        "QuickBooks transactions that look like one of our records and are not linked to any.",
        "duplicates",
        {
            "entity": "QuickBooks type", "quickbooks_id": "QuickBooks id", "number": "Number", "day": "Date", "total": "Amount",
            "label": "Looks like", "why": "In common", "ours_is_pushed": "Ours is also pushed", "looks_like": "RentAxis id",
        },
        "total desc, record",
        sums=("total",),
    ),
    Sheet(
        "Undeposited",
        "Our payments in Undeposited Funds or a clearing account that are not in any deposit.",
        "undeposited",
        {
            "account": "Account", "label": "Payment", "party": "Customer", "day": "Date", "days_there": "Days undeposited",
            "amount": "Amount", "record": "RentAxis id",
        },
        "account, day, record",
        sums=("amount",),
    ),
    Sheet(
        "Deposits",
        "What is in the bank deposits in QuickBooks; a payment of ours that is in one can no longer be changed.",
        "deposits",
        {
            "deposit": "Deposit", "number": "Line", "day": "Date", "account": "Bank account", "amount": "Amount",
            "payment": "RentAxis id", "is_bare": "Entered by hand",
        },
        "day, deposit, number",
        sums=("amount",),
    ),
    Sheet(
        "Deposits entered by hand",
        "Deposits entered by hand that look like a payment that is still undeposited.",
        "typed_deposits",
        {
            "deposit": "Deposit", "number": "Line", "day": "Date", "account": "Bank account", "amount": "Amount",
            "label": "Looks like", "party": "Customer", "looks_like": "RentAxis id",
        },
        "amount desc, deposit, number",
        sums=("amount",),
    ),
    Sheet(
        "Run proof",
        "The last runs: rows and money in and out, and what QuickBooks holds now.",
        "run_proof",
        {
            "run_id": "Run", "record_type": "Type", "created_at": "When (UTC)", "requested_by": "Requested by", "rows_in": "Rows in",
            "created": "Created", "updated": "Updated", "skipped": "Skipped", "failed": "Failed", "rows_out": "Rows out",
            "money_in": "Money in", "money_out": "Money out", "meant": "Written", "held": "In QuickBooks now",
            "adds_up": "Adds up", "quickbooks_agrees": "QuickBooks agrees",
        },
        "created_at desc, record_type",
    ),
)  # fmt: skip


def write_work_paper(connection: sa.Connection, path: Path) -> Path:
    """Write the marts as they are to an Excel file; returns its path.

    Raises OSError if it cannot be written.
    """
    with written_privately(path) as beside:
        _write_book(connection, beside)
    return path


def _write_book(connection: sa.Connection, path: Path) -> None:
    with excel.book(path, row_by_row=True) as book:
        book.set_size(2400, 1400)
        formats = excel.formats(book)
        (parameters,) = rows_of(connection, "parameters")
        run = parameters["run_id"].removeprefix("reconcile-")[:8]
        about = f"Run {run}, {parameters['first_day']} to {parameters['last_day']}, requested by {parameters['requested_by']}"
        _cover(book.add_worksheet("About"), formats, connection, parameters, about)
        for sheet in SHEETS:
            _fill(book.add_worksheet(sheet.title), sheet, formats, connection, about)


def _cover(
    page: Worksheet, formats: Formats, connection: sa.Connection, parameters: Mapping[str, Any], about: str
) -> None:
    """The cover page: what was requested, by whom and when, totals by explanation, and the receivables chart."""
    page.set_column(0, 0, 34)
    page.set_column(1, 5, 18)
    _write(page, 0, 0, _TITLE, formats, "title")
    facts = {
        "Run": parameters["run_id"],
        "Requested by": parameters["requested_by"],
        "Created (UTC)": parameters["made_at"],
        "QuickBooks company": parameters["realm"],
        "First day": parameters["first_day"],
        "Last day": parameters["last_day"],
        "Statements": _statements(connection),
    }
    row = 2
    for name, value in facts.items():
        _write(page, row, 0, name, formats)
        _write(page, row, 1, value, formats, None if isinstance(value, dt.date) else "unwrapped")
        row += 1
    row += 1
    for column, head in enumerate(_TOTALS):
        _write(page, row, column, head, formats, "head")
    statement = """select replace(explanation, '_', ' '), replace(record_type, '_', ' '), count(*), sum(rentaxis_total),
                          sum(quickbooks_total), sum(difference)
                   from records group by 1, 2 order by 1, 2"""
    totals = execute(connection, statement)
    for total in totals:
        row += 1
        for column, value in enumerate(total):
            _write(page, row, column, value, formats)
    drawn = io.BytesIO(picture.draw(picture.receivables_by_month(connection)))
    page.insert_image(
        row + 2, 0, "receivables.png", {"image_data": drawn, "description": "Open receivables by month"}
    )
    excel.paper(page, _TITLE, about, head=None, last=(row + 30, len(_TOTALS) - 1))


def _statements(connection: sa.Connection) -> str:
    (state,) = rows_of(connection, "statement_state")
    if state["reason"] is not None:
        return f"Not compared: {state['reason']}"
    return f"Compared, {state['first_month']:%B %Y} to {state['last_month']:%B %Y}, accrual"


def _fill(page: Worksheet, sheet: Sheet, formats: Formats, connection: sa.Connection, about: str) -> None:
    """The rows of a mart: readable columns first, then lookup columns such as ids and links, which are not printed."""
    rows = rows_of(connection, sheet.mart, where=sheet.where, order_by=sheet.order_by, limit=MOST_ROWS - 4)
    names = sorted(sheet.columns, key=lambda name: name in _LOOKED_UP)  # keeps the order of both halves
    widths: list[int] = []
    for column, name in enumerate(names):
        values = [row[name] for row in rows[:1_000]]
        if name in sheet.sums:
            values.append(sum((row[name] for row in rows), Decimal(0)))
        widths.append(excel.width(sheet.columns[name], values, 18 if name in _LOOKED_UP else _WIDEST))
        page.set_column(column, column, widths[-1])
    _write(page, 0, 0, sheet.about, formats, "unwrapped")
    excel.make_room(page, 1, ((sheet.columns[name], wide) for name, wide in zip(names, widths, strict=True)))
    for column, name in enumerate(names):
        of_numbers = (
            bool(rows) and isinstance(rows[0][name], int | Decimal) and not isinstance(rows[0][name], bool)
        )
        _write(page, 1, column, sheet.columns[name], formats, "head of numbers" if of_numbers else "head")
    page.freeze_panes(2, 0)
    page.autofilter(1, 0, max(2, len(rows) + 1), len(names) - 1)
    for number, row in enumerate(rows, start=2):
        printed = [
            (row[name], wide) for name, wide in zip(names, widths, strict=True) if name not in _LOOKED_UP
        ]
        excel.make_room(page, number, printed)
        for column, name in enumerate(names):
            shown = (
                str(row[name]).replace("_", " ") if name in _CODES and row[name] is not None else row[name]
            )
            style = "month" if name == "month" else "unwrapped" if name in _LOOKED_UP else None
            _write(page, number, column, shown, formats, style)
    if sheet.sums and rows:
        for column, name in enumerate(names):
            if name in sheet.sums:
                total = sum((row[name] for row in rows), Decimal(0))
                _write(page, len(rows) + 2, column, total, formats, "sum")
        _write(page, len(rows) + 2, 0, "Total", formats, "sum")
    read = sum(name not in _LOOKED_UP for name in names)
    excel.paper(page, _TITLE, about, head=(0, 1), last=(len(rows) + 2, read - 1))


def _write(
    page: Worksheet,
    row: int,
    column: int,
    value: Any,
    formats: Formats,
    style: str | None = None,
) -> None:
    shown = ("no", "yes")[value] if isinstance(value, bool) else value
    excel.write(page, row, column, shown, formats, style)
