"""A plan's page as files: an Excel work paper, CSV of its rows, and JSON.

Not here: what is on the page (``plan_page``), and its words (``plan_words``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from rentaxis_pipelines.render import csv, excel, file_names
from rentaxis_pipelines.render.excel import Format, Worksheet, write
from rentaxis_pipelines.reports.plan_changes import FieldChange
from rentaxis_pipelines.reports.plan_page import DOINGS, PlanPage, PlanRow
from rentaxis_pipelines.reports.plan_words import (
    ACCOUNTS_ABOUT,
    ACCOUNTS_TITLE,
    LOOK_WORDS,
    brief,
    cost_in_words,
    cut,
    doings_shown,
    headline,
    totals_by_month,
    unknown_accounts_in_words,
)
from rentaxis_pipelines.safety.private_files import written_privately

Formats = Mapping[str, Format]
Column = tuple[str, int, Callable[[Any], object]]  # heading, width in characters, value

_TITLE: Final = "RentAxis to QuickBooks: plan"
_MOST_ROWS: Final = 1_048_570  # of one Excel sheet, below its header

# What people read comes first and is printed; what is looked up comes last and is not.
_READ: Final[tuple[Column, ...]] = (
    ("Look first", 19, lambda row: LOOK_WORDS[row.look]),
    ("Action", 9, lambda row: row.doing),
    ("Record", 28, lambda row: row.record),
    ("Date", 11, lambda row: row.day),
    ("Amount", 13, lambda row: row.amount),
    ("Reason", 42, lambda row: row.reason),
    ("What to do", 36, lambda row: row.what_to_do),
    ("What changes", 60, lambda row: cut("; ".join(brief(row)), 400)),
)
_LOOKED_UP: Final[tuple[tuple[str, Callable[[PlanRow], object]], ...]] = (
    ("record_type", lambda row: row.record_type),
    ("source_type", lambda row: row.row.source_type),
    ("source_id", lambda row: row.row.source_id),
    ("quickbooks_type", lambda row: row.row.quickbooks_type),
    ("quickbooks_id", lambda row: row.row.quickbooks_id),
    ("quickbooks_number", lambda row: row.row.quickbooks_number),
    ("reason_code", lambda row: row.row.reason_code),
    ("edited", lambda row: ", ".join(row.row.edited)),
    ("undoes", lambda row: row.row.undoes),
)
_CHANGE: Final[tuple[Column, ...]] = (
    ("Action", 9, lambda pair: pair[0].doing),
    ("Record", 30, lambda pair: pair[0].record),
    ("Date", 11, lambda pair: pair[0].day),
    ("Field", 20, lambda pair: pair[1].field),
    ("Stands in QuickBooks", 52, lambda pair: pair[1].stands),
    ("Will stand", 52, lambda pair: pair[1].will_stand),
)


def plan_file_name(page: PlanPage) -> str:
    """``plan 1a2b3c4d.xlsx``."""
    return file_names.file_name(f"plan {page.head.short_id}", "xlsx")


def write_plan_csv(path: Path, page: PlanPage) -> None:
    """Every row; text that a spreadsheet would run as a formula is neutralized. Raises OSError."""
    heads = [*(_snake(head) for head, _, _ in _READ), *(name for name, _ in _LOOKED_UP)]
    with written_privately(path) as beside, beside.open("w", newline="", encoding="utf-8-sig") as file:
        csv.write(
            file,
            heads,
            (
                [*(read(row) for _, _, read in _READ), *(read(row) for _, read in _LOOKED_UP)]
                for row in page.rows
            ),
        )


def plan_as_dict(page: PlanPage) -> dict[str, Any]:
    """The page for programs: money as text, days as ISO dates, every row with its changes."""
    return {
        "plan": page.head.preview_id,
        "state": page.head.state_code,
        "facts": dict(page.head.facts),
        "headline": headline(page),
        "by_type": {
            of_type.record_type: {
                doing: {"rows": of_type.rows[doing], "amount": f"{of_type.money[doing]:.2f}"}
                for doing in DOINGS
            }
            for of_type in page.by_type
        },
        "by_account": [
            {
                "month": f"{change.month:%Y-%m}",
                "account": change.account.name,
                "change": f"{change.change:.2f}",
            }
            for change in page.by_account
        ],
        "not_in_the_sums_by_account": page.unknown_accounts,
        "cost": msgspec.to_builtins(page.cost) | {"calls": page.cost.calls},
        "rows": [_row_as_dict(row) for row in page.rows],
    }


def _row_as_dict(row: PlanRow) -> dict[str, Any]:
    return {
        "look_first": LOOK_WORDS[row.look] or None,
        "action": row.doing,
        "record": row.record,
        "day": row.day.isoformat(),
        "amount": f"{row.amount:.2f}",
        "reason": row.reason or None,
        "what_to_do": row.what_to_do or None,
        **{name: read(row) for name, read in _LOOKED_UP},
        "changes": msgspec.to_builtins(row.changes),
    }


def write_plan_xlsx(path: Path, page: PlanPage) -> None:
    """Sheets Summary, By account and month, Rows, Changes field by field: set up for printing, money as numbers. Raises OSError."""
    with written_privately(path) as beside, excel.book(beside, row_by_row=True) as book:
        formats = excel.formats(book)
        _summary(book.add_worksheet("Summary"), page, formats)
        _accounts(book.add_worksheet("By account and month"), page, formats)
        _rows(book.add_worksheet("Rows"), page, formats)
        _changes(book.add_worksheet("Changes field by field"), page, formats)


def _summary(sheet: Worksheet, page: PlanPage, formats: Formats) -> None:
    for column, wide in enumerate((30, 11, 16, 11, 16, 11, 16, 11, 16, 11, 16)):
        sheet.set_column(column, column, wide)
    write(sheet, 0, 0, f"{_TITLE} {page.head.short_id}", formats, "title")
    write(sheet, 1, 0, page.head.state, formats, "bold")
    write(sheet, 2, 0, headline(page), formats, "unwrapped")
    write(sheet, 3, 0, cost_in_words(page.cost), formats, "unwrapped")
    at = 5
    for name, said in (*page.head.facts, ("Plan", page.head.preview_id)):
        write(sheet, at, 0, name, formats)
        write(sheet, at, 1, said, formats, "unwrapped")
        at += 1
    at = _by_type(sheet, at + 1, page, formats)
    at = _not_sent(sheet, at + 1, page, formats)
    excel.paper(sheet, _TITLE, _about(page), head=None, last=(at, 2 * len(doings_shown(page))))


def _by_type(sheet: Worksheet, at: int, page: PlanPage, formats: Formats) -> int:
    """Record type by action. Amounts of different types are never added together: an invoice and its payment are the same money."""
    write(sheet, at, 0, "Record type", formats, "head")
    doings = doings_shown(page)
    for place, doing in enumerate(doings):
        write(sheet, at, 1 + 2 * place, doing.capitalize(), formats, "head of numbers")
        write(sheet, at, 2 + 2 * place, "Amount", formats, "head of numbers")
    for of_type in page.by_type:
        at += 1
        write(sheet, at, 0, of_type.record_type.replace("_", " "), formats)
        for place, doing in enumerate(doings):
            write(sheet, at, 1 + 2 * place, of_type.rows[doing], formats)
            write(sheet, at, 2 + 2 * place, of_type.money[doing] if of_type.rows[doing] else None, formats)
    return at + 1


def _not_sent(sheet: Worksheet, at: int, page: PlanPage, formats: Formats) -> int:
    for column, head in enumerate(("Why rows are not sent", "Rows", "Amount")):
        write(sheet, at, column, head, formats, "head of numbers" if column else "head")
    for cause in page.why_not_sent:
        at += 1
        write(sheet, at, 0, cause.code.replace("_", " "), formats)
        write(sheet, at, 1, cause.rows, formats)
        write(sheet, at, 2, cause.money, formats)
        write(sheet, at, 3, cause.meaning, formats, "unwrapped")
    return at + 1


def _accounts(sheet: Worksheet, page: PlanPage, formats: Formats) -> None:
    for column, wide in enumerate((11, 40, 26, 16, 16)):
        sheet.set_column(column, column, wide)
    about = [sentence for sentence in (*ACCOUNTS_ABOUT, unknown_accounts_in_words(page)) if sentence]
    write(sheet, 0, 0, ACCOUNTS_TITLE, formats, "title")
    for at, sentence in enumerate(about, start=1):
        write(sheet, at, 0, sentence, formats, "unwrapped")
    top = len(about) + 2
    heads = ("Month", "Account", "Type of account", "Debit", "Credit")
    for column, head in enumerate(heads):
        write(sheet, top, column, head, formats, "head of numbers" if column > 2 else "head")
    for at, change in enumerate(page.by_account, start=top + 1):
        write(sheet, at, 0, change.month, formats, "month")
        write(sheet, at, 1, change.account.name, formats, "unwrapped")
        write(sheet, at, 2, change.account.kind, formats, "unwrapped")
        write(sheet, at, 3, change.debit, formats)
        write(sheet, at, 4, change.credit, formats)
    last = top + len(page.by_account)
    sheet.freeze_panes(top + 1, 0)
    sheet.autofilter(top, 0, max(top + 1, last), len(heads) - 1)
    totals = totals_by_month(page)
    for at, (month, debits, credits) in enumerate(totals, start=last + 1):
        write(sheet, at, 1, f"Total {month:%Y-%m}", formats, "bold")
        write(sheet, at, 3, debits, formats, "sum")
        write(sheet, at, 4, credits, formats, "sum")
    excel.paper(
        sheet, _TITLE, _about(page), head=(top, top), last=(last + max(1, len(totals)), len(heads) - 1)
    )


def _rows(sheet: Worksheet, page: PlanPage, formats: Formats) -> None:
    looked_up: list[Column] = [(name, 18, read) for name, read in _LOOKED_UP]
    _table(sheet, page, _READ, looked_up, page.rows, formats)


def _changes(sheet: Worksheet, page: PlanPage, formats: Formats) -> None:
    """Updates before creations: there something is replaced."""
    ordered = sorted(page.rows, key=lambda row: row.doing == "create")
    pairs: list[tuple[PlanRow, FieldChange]] = [(row, change) for row in ordered for change in row.changes]
    looked_up: list[Column] = [
        ("source_type", 18, lambda pair: pair[0].row.source_type),
        ("source_id", 18, lambda pair: pair[0].row.source_id),
    ]
    _table(sheet, page, _CHANGE, looked_up, pairs, formats)


def _table(
    sheet: Worksheet,
    page: PlanPage,
    read: Sequence[Column],
    looked_up: Sequence[Column],
    entries: Sequence[Any],
    formats: Formats,
) -> None:
    columns = (*read, *looked_up)
    for column, (head, wide, _) in enumerate(columns):
        sheet.set_column(column, column, wide)
        write(sheet, 0, column, head, formats, "head of numbers" if head == "Amount" else "head")
    for number, entry in enumerate(entries[:_MOST_ROWS], start=1):
        values = [value(entry) for _, _, value in columns]
        excel.make_room(sheet, number, _widths(values, read))
        for column, value in enumerate(values):
            write(sheet, number, column, value, formats, "unwrapped" if column >= len(read) else None)
    last = max(1, min(len(entries), _MOST_ROWS))
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    excel.paper(sheet, _TITLE, _about(page), head=(0, 0), last=(last, len(read) - 1))


def _widths(values: Sequence[object], read: Sequence[Column]) -> Iterable[tuple[object, int]]:
    return ((value, wide) for value, (_, wide, _) in zip(values, read, strict=False))


def _about(page: PlanPage) -> str:
    facts = dict(page.head.facts)
    return f"Plan {page.head.short_id} for {facts.get('Days', 'no days')}"


def _snake(head: str) -> str:
    return head.lower().replace(" ", "_")
