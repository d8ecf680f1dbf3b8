"""QuickBooks' own reports, profit and loss and balance sheet, as lines of exact amounts.

Here: asking for them, and reading the response. Not here: what the lines mean for a proof (``reports.statements``). Accounts are told by
their id, never by their name; a section is kept by its group, known or not. What does not add up to QuickBooks' own summaries was not
understood, and is refused.

Limits, from Intuit's pages: at most six months in one request ("Run reports"); a report is cut at 400,000 cells, with a sentence in place
of the rest.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

import msgspec

from rentaxis_pipelines.quickbooks.client import QuickBooksClient
from rentaxis_pipelines.quickbooks.faults import NoAnswer

ReportName = Literal["ProfitAndLoss", "BalanceSheet"]
MOST_MONTHS = 6  # in one request (Intuit, Run reports)
BASIS = "Accrual"
_CUT_SHORT = "Unable to display more data"


class Column(msgspec.Struct, frozen=True):
    """A column of amounts. ``key``: a class's id, ``total`` and the like; the days are both of the column, None where it has none."""

    title: str
    key: str | None
    first_day: dt.date | None
    last_day: dt.date | None


class Line(msgspec.Struct, frozen=True):
    """One account's line, or one that QuickBooks works out, such as Net Income; never a summary of others.

    ``sections``: the groups it is in (or their titles, where they have no group), outermost first. ``amounts``: one a column, with the sign
    QuickBooks shows.
    """

    account_id: str | None
    title: str
    group: str | None
    sections: tuple[str, ...]
    amounts: tuple[Decimal, ...]


class FinancialReport(msgspec.Struct, frozen=True):
    """A report as lines."""

    name: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


def by_month(
    client: QuickBooksClient, name: ReportName, first_month: dt.date, last_month: dt.date
) -> Iterator[FinancialReport]:
    """The report with a column for each month of the range, in as few requests as Intuit's limit allows.

    Both months are named by their first day. Raises QuickBooksError, also for a response that does not add up.
    """
    while first_month <= last_month:
        last = min(_later(first_month, MOST_MONTHS - 1), last_month)
        yield _asked(client, name, first_month, last, "Month")
        first_month = _later(last, 1)


def by_class(client: QuickBooksClient, name: ReportName, month: dt.date) -> FinancialReport:
    """The report of one month with a column for each class. Raises as ``by_month``."""
    return _asked(client, name, month, month, "Classes")


def _asked(
    client: QuickBooksClient, name: ReportName, first_month: dt.date, last_month: dt.date, columns: str
) -> FinancialReport:
    last_day = _later(last_month, 1) - dt.timedelta(days=1)
    content = client.report(
        name,
        start_date=first_month.isoformat(),
        end_date=last_day.isoformat(),
        accounting_method=BASIS,
        summarize_column_by=columns,
    )
    return read_report(content, name)


def _later(month: dt.date, months: int) -> dt.date:
    """The first day of the month that many months later."""
    count = month.year * 12 + month.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)


def read_report(content: Mapping[str, Any], name: str) -> FinancialReport:
    """A response as lines. Raises NoAnswer if it is not that report on the accrual basis, was cut short, or does not add up."""
    try:
        report = msgspec.convert(content, _Content)
        columns = tuple(map(_column, report.Columns.Column[1:]))
        if (report.Header.ReportName, report.Header.ReportBasis) != (name, BASIS):
            raise NoAnswer(f"QuickBooks answered another report than {name} on the accrual basis")
        return FinancialReport(name, columns, tuple(_lines(name, report.Rows, (), len(columns))))
    except (msgspec.ValidationError, InvalidOperation, ValueError):
        raise NoAnswer(
            f"QuickBooks answered the report {name} in a shape that is not the published one"
        ) from None


# The published shape, as far as it is read; whatever else is in it is passed over.


class _Cell(msgspec.Struct, frozen=True):
    value: Any = ""
    id: str | None = None


class _Cells(msgspec.Struct, frozen=True):
    ColData: Annotated[list[_Cell], msgspec.Meta(min_length=1)]


class _Rows(msgspec.Struct, frozen=True):
    Row: "list[_Row]" = []


class _Row(msgspec.Struct, frozen=True):
    ColData: list[_Cell] | None = None
    Header: _Cells | None = None
    Rows: _Rows | None = None
    Summary: _Cells | None = None
    group: str | None = None


class _Fact(msgspec.Struct, frozen=True):
    Name: str
    Value: str = ""


class _ColumnContent(msgspec.Struct, frozen=True):
    ColTitle: str = ""
    MetaData: list[_Fact] = []


class _Columns(msgspec.Struct, frozen=True):
    Column: list[_ColumnContent]


class _Header(msgspec.Struct, frozen=True):
    ReportName: str
    ReportBasis: str = BASIS


class _Content(msgspec.Struct, frozen=True):
    Header: _Header
    Columns: _Columns
    Rows: _Rows | None = None


def _column(content: _ColumnContent) -> Column:
    facts = {fact.Name: fact.Value for fact in content.MetaData}
    days = [
        dt.date.fromisoformat(facts[each]) if facts.get(each) else None for each in ("StartDate", "EndDate")
    ]
    return Column(content.ColTitle, facts.get("ColKey"), *days)


def _lines(name: str, rows: _Rows | None, sections: tuple[str, ...], width: int) -> Iterator[Line]:
    for row in rows.Row if rows else ():
        if row.ColData:
            yield _line(name, row.ColData, row.group, sections, width)
            continue
        head = row.Header.ColData if row.Header else [_Cell()]
        below = list(_lines(name, row.Rows, (*sections, row.group or str(head[0].value)), width))
        if head[0].id:  # an account with others below it, which may have an amount of its own
            below.insert(0, _line(name, head, row.group, sections, width))
        if below and row.Summary:
            _check_sum(name, below, _amounts(name, row.Summary.ColData, width))
        yield from below


def _line(
    name: str, cells: Sequence[_Cell], group: str | None, sections: tuple[str, ...], width: int
) -> Line:
    title = str(cells[0].value)
    if _CUT_SHORT in title:
        raise NoAnswer(f"QuickBooks cut the report {name} short because it is too large")
    return Line(cells[0].id or None, title, group, sections, _amounts(name, cells, width))


def _amounts(name: str, cells: Sequence[_Cell], width: int) -> tuple[Decimal, ...]:
    read = tuple(Decimal(str(cell.value or "0")) for cell in cells[1:])
    if len(read) not in (0, width):
        raise NoAnswer(f"QuickBooks answered the report {name} with a line of another length")
    return read or (Decimal(0),) * width


def _check_sum(name: str, lines: Sequence[Line], summary: Sequence[Decimal]) -> None:
    added = [sum((line.amounts[column] for line in lines), Decimal(0)) for column in range(len(summary))]
    if added != list(summary):
        raise NoAnswer(f"QuickBooks' report {name} has a section whose lines do not add up to its summary")
