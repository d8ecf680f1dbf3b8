"""What a report was asked for: days, basis and columns, from the query parameters of Intuit's reference.

A parameter that changes the figures and is not supported here is refused, never ignored: a report with wrong figures would be worse than
none. Not here: the figures (``reports``).
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from quickbooks_emulator import errors
from quickbooks_emulator.company import Company

_COLUMNS = ("Total", "Month", "Classes", "Departments")
_OTHER_COLUMNS = (
    "Week", "Days", "Quarter", "Year", "Customers", "Vendors", "Employees", "ProductsAndServices",
)  # fmt: skip
_OTHER_FILTERS = ("customer", "vendor", "item", "employee", "adjusted_gain_loss")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


class Asked(NamedTuple):
    """``first`` and ``last`` are both days of the report; ``macro``: the name of a standard range, if one was used."""

    first: date
    last: date
    macro: str | None
    basis: str
    columns: str
    classes: frozenset[str]  # only these; none: all
    departments: frozenset[str]


def asked(company: Company, query: Mapping[str, str]) -> Asked:
    """Raises Refusal for what QuickBooks refuses, and for what is not supported here (6000, with a text of our own)."""
    today = date.fromisoformat(company.clock.today())
    first, last, macro = _days(company, query, today)
    basis = query.get("accounting_method") or company.preference("ReportPrefs", "ReportBasis", "Accrual")
    if basis not in ("Accrual", "Cash"):
        raise errors.invalid_enumeration(basis)
    if basis == "Cash":
        raise errors.business(
            "This emulator makes reports on the accrual basis only: accounting_method=Accrual."
        )
    columns = query.get("summarize_column_by") or "Total"
    if columns in _OTHER_COLUMNS:
        raise errors.business(f"This emulator does not summarize columns by {columns}.")
    if columns not in _COLUMNS:
        raise errors.invalid_enumeration(columns)
    for name in _OTHER_FILTERS:
        if query.get(name):
            raise errors.business(f"This emulator does not filter reports by {name}.")
    return Asked(first, last, macro, basis, columns, _ids(query.get("class")), _ids(query.get("department")))


def _ids(written: str | None) -> frozenset[str]:
    return frozenset(each.strip() for each in (written or "").split(",") if each.strip())


def _days(company: Company, query: Mapping[str, str], today: date) -> tuple[date, date, str | None]:
    if query.get("start_date") and query.get("end_date"):
        first, last = (_day(query[name]) for name in ("start_date", "end_date"))
        if first > last:
            raise errors.invalid_query("start_date must be less than end_date")
        return first, last, None
    if query.get("start_date") or query.get("end_date"):
        raise errors.required("end_date" if query.get("start_date") else "start_date")
    macro = query.get("date_macro")
    if not macro:  # the default, as the header of Intuit's sample says it
        return today.replace(month=1, day=1), today, "this calendar year-to-date"
    if macro.lower() not in _MACROS:
        raise errors.business(f"This emulator does not know the date_macro {macro}.")
    year_begins = fiscal_year_of(company, today)
    return (*_MACROS[macro.lower()](today, year_begins), macro.lower())


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise errors.invalid_query(f"invalid value: {written}") from None


def fiscal_year_of(company: Company, day: date) -> date:
    """The first day of the fiscal year that the day lies in."""
    name = company.preference("AccountingInfoPrefs", "FirstMonthOfFiscalYear", "January")
    first_month = _MONTHS.index(name) + 1 if name in _MONTHS else 1
    return date(day.year if day.month >= first_month else day.year - 1, first_month, 1)


def end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _year_before(year_begins: date) -> tuple[date, date]:
    return year_begins.replace(year=year_begins.year - 1), year_begins - timedelta(days=1)


def _month_before(today: date) -> tuple[date, date]:
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


# By the day today and the first day of the fiscal year.
_MACROS: Mapping[str, Callable[[date, date], tuple[date, date]]] = {
    "today": lambda today, _: (today, today),
    "this month": lambda today, _: (today.replace(day=1), end_of_month(today)),
    "this month-to-date": lambda today, _: (today.replace(day=1), today),
    "last month": lambda today, _: _month_before(today),
    "this fiscal year": lambda _, begins: (begins, begins.replace(year=begins.year + 1) - timedelta(days=1)),
    "this fiscal year-to-date": lambda today, begins: (begins, today),
    "last fiscal year": lambda _, begins: _year_before(begins),
}
