"""The reports ProfitAndLoss and BalanceSheet, added up from the postings of every transaction.

Their shape is that of Intuit's reference and samples: Header, Columns, and Rows of sections with a Summary; an account has its ID beside its
name. Here: the columns and the figures. Not here: what was asked (``report_request``), what a transaction posts (``postings``), and how the
rows are arranged (``report_rows``).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from weakref import WeakKeyDictionary

from quickbooks_emulator import errors
from quickbooks_emulator.company import TRANSACTIONS, Company
from quickbooks_emulator.postings import Posting, chart_of, postings
from quickbooks_emulator.report_request import Asked, asked, end_of_month, fiscal_year_of
from quickbooks_emulator.report_rows import (
    NET_INCOME,
    RETAINED,
    Sums,
    balance_sheet,
    is_earned,
    profit_and_loss,
)
from quickbooks_emulator.store import Record

NAMES = ("ProfitAndLoss", "BalanceSheet")
_NOT_SPECIFIED = "Not Specified"


class _Column(NamedTuple):
    """``first`` and ``last`` are both days of it (None: of the report); ``takes``: which postings of these days are its own."""

    title: str
    key: str
    first: date | None
    last: date
    takes: Callable[[Posting], bool]


def report(company: Company, name: str, query: dict[str, str]) -> Record:
    """A whole response, without its envelope. Raises Refusal for an unknown report or what cannot be asked of one."""
    found = next((each for each in NAMES if each.lower() == name.lower()), None)
    if found is None:
        raise errors.business(
            f"This emulator does not make the report {name}; it makes {' and '.join(NAMES)}."
        )
    wanted = asked(company, query)
    columns = _columns(company, wanted)
    earned = found == "ProfitAndLoss"
    sums = _profit(company, wanted, columns) if earned else _balances(company, wanted, columns)
    # Balances of several days do not add up to anything; everything else has a column with its total.
    total = wanted.columns != "Total" and (earned or wanted.columns != "Month")
    if total:
        sums = {account: [*amounts, sum(amounts, Decimal(0))] for account, amounts in sums.items()}
    width = len(columns) + total
    rows = (profit_and_loss if earned else balance_sheet)(company, sums, width)
    return {
        "Header": _header(company, found, wanted, bool(sums)),
        "Columns": {"Column": [_column_of_accounts(), *map(_shown, columns), *([_total()] if total else [])]},
        "Rows": {"Row": rows} if rows else {},
    }


def _header(company: Company, name: str, wanted: Asked, has_data: bool) -> Record:
    header = {
        "Time": company.clock.stamp(),
        "ReportName": name,
        "DateMacro": wanted.macro,
        "ReportBasis": wanted.basis,
        "StartPeriod": wanted.first.isoformat(),
        "EndPeriod": wanted.last.isoformat(),
        "SummarizeColumnsBy": wanted.columns,
        "Currency": company.profile.currency["value"],
        "Class": ",".join(sorted(wanted.classes)) or None,
        "Department": ",".join(sorted(wanted.departments)) or None,
        "Option": [
            {"Name": "AccountingStandard", "Value": "GAAP"},
            {"Name": "NoReportData", "Value": "false" if has_data else "true"},
        ],
    }
    return {key: value for key, value in header.items() if value is not None}


# Columns


def _columns(company: Company, wanted: Asked) -> list[_Column]:
    if wanted.columns == "Month":
        return [
            _Column(f"{first:%b %Y}", f"{first:%b %Y}", first, last, lambda _: True)
            for first, last in _months(wanted.first, wanted.last)
        ]
    if wanted.columns == "Total":
        return [_Column("Total", "total", None, wanted.last, lambda _: True)]
    entity, field = ("Class", "class_id") if wanted.columns == "Classes" else ("Department", "department_id")
    listed = sorted(
        company.store.tables[entity].rows.values(), key=lambda each: each["FullyQualifiedName"].casefold()
    )
    named = [(each["FullyQualifiedName"], each["Id"]) for each in listed]
    return [
        _Column(title, key or "0", None, wanted.last, _belongs(field, key))
        for title, key in (*named, (_NOT_SPECIFIED, None))
    ]


def _belongs(field: str, key: str | None) -> Callable[[Posting], bool]:
    return lambda posting: getattr(posting, field) == key


def _months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """First and last day of each month, those at the ends cut to the days asked for."""
    while first <= last:
        end = min(end_of_month(first), last)
        yield first, end
        first = end + timedelta(days=1)


def _column_of_accounts() -> Record:
    return {"ColTitle": "", "ColType": "Account", "MetaData": [{"Name": "ColKey", "Value": "account"}]}


def _total() -> Record:
    return {"ColTitle": "Total", "ColType": "Money", "MetaData": [{"Name": "ColKey", "Value": "total"}]}


def _shown(column: _Column) -> Record:
    days = {} if column.first is None else {"StartDate": column.first, "EndDate": column.last}
    facts = [{"Name": name, "Value": day.isoformat()} for name, day in days.items()]
    return {
        "ColTitle": column.title,
        "ColType": "Money",
        "MetaData": [*facts, {"Name": "ColKey", "Value": column.key}],
    }


# Figures


def _ledger(company: Company, wanted: Asked, first: str | None) -> Iterator[tuple[str, Posting]]:
    """What was posted until the last day asked for (from the beginning, if ``first`` is None), of the classes and locations asked for,
    added up by day. Days are ISO text here, which compares as days do.
    """
    last = wanted.last.isoformat()
    for (day, account, class_id, department_id), amount in _by_day(company).items():
        if day > last or (first is not None and day < first):
            continue
        if wanted.classes and class_id not in wanted.classes:
            continue
        if wanted.departments and department_id not in wanted.departments:
            continue
        yield day, Posting(account, amount, class_id, department_id)


_Daily = dict[tuple[str, str, str | None, str | None], Decimal]
_remembered: WeakKeyDictionary[Company, tuple[tuple[int, ...], _Daily]] = WeakKeyDictionary()


def _by_day(company: Company) -> _Daily:
    """All that is posted, by day, account, class and location; added up anew only after something was written."""
    tables = company.store.tables
    version = tuple(tables[entity].version for entity in (*TRANSACTIONS, "Item", "Account"))
    known = _remembered.get(company)
    if known is not None and known[0] == version and not company.hidden_until:
        return known[1]
    chart = chart_of(company)
    daily: _Daily = defaultdict(Decimal)
    for entity in TRANSACTIONS:
        for identifier, record in tables[entity].rows.items():
            if company.visible(entity, identifier):
                for each in postings(entity, record, chart):
                    daily[record["TxnDate"], each.account, each.class_id, each.department_id] += each.amount
    if not company.hidden_until:
        _remembered[company] = version, daily
    return daily


def _profit(company: Company, wanted: Asked, columns: list[_Column]) -> Sums:
    """What was earned and spent in each column."""
    sums: Sums = {}
    earned: dict[str, bool] = {}
    spans = [((column.first or wanted.first).isoformat(), column.last.isoformat()) for column in columns]
    for day, posting in _ledger(company, wanted, wanted.first.isoformat()):
        account = posting.account
        if account not in earned:
            earned[account] = is_earned(company, account)
        if not earned[account]:
            continue
        amounts = sums.setdefault(account, [Decimal(0)] * len(columns))
        for position, (first, last) in enumerate(spans):
            if first <= day <= last and columns[position].takes(posting):
                amounts[position] += posting.amount
    return sums


def _balances(company: Company, wanted: Asked, columns: list[_Column]) -> Sums:
    """What stood on each column's last day. What was earned is retained earnings, in its own fiscal year net income."""
    sums: Sums = {}
    earned: dict[str, bool] = {}
    years = [
        (fiscal_year_of(company, column.last).isoformat(), column.last.isoformat()) for column in columns
    ]
    for day, posting in _ledger(company, wanted, None):
        account = posting.account
        if account not in earned:
            earned[account] = is_earned(company, account)
        for position, (begins, last) in enumerate(years):
            if day <= last and columns[position].takes(posting):
                shown = account if not earned[account] else NET_INCOME if day >= begins else RETAINED
                sums.setdefault(shown, [Decimal(0)] * len(columns))[position] += posting.amount
    return sums
