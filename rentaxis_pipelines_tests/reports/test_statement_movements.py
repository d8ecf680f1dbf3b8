"""From what two reports show to what each account moved by in a month."""

import datetime as dt
from decimal import Decimal

import pytest

from rentaxis_pipelines.quickbooks.financial_reports import Column, FinancialReport, Line
from rentaxis_pipelines.reports.statement_accounts import RETAINED, chart_of
from rentaxis_pipelines.reports.statements import MOST_MONTHS, months_of, movements

DECEMBER, JANUARY = dt.date(2025, 12, 1), dt.date(2026, 1, 1)
ACCOUNTS = (
    {"Id": "1", "Name": "Checking", "AccountType": "Bank", "Classification": "Asset"},
    {"Id": "2", "Name": "Rent", "AccountType": "Income", "Classification": "Revenue"},
    {
        "Id": "3",
        "Name": "Retained Earnings",
        "AccountType": "Equity",
        "AccountSubType": "RetainedEarnings",
        "Classification": "Equity",
    },
    {"Id": "4", "Name": "Odd", "AccountType": "Other Asset", "Classification": "Asset"},
)


def column(month: dt.date) -> Column:
    return Column(f"{month:%b %Y}", f"{month:%b %Y}", month, month)


def line(account: str | None, title: str, section: str, *amounts: int, group: str | None = None) -> Line:
    return Line(account, title, group, (section,), tuple(map(Decimal, amounts)))


def test_at_the_turn_of_the_year_only_what_was_posted_to_retained_earnings_moves_it() -> None:
    """The old year's 100 goes from Net Income to Retained Earnings, the new year earns 30, and 7 are posted to Retained Earnings by hand:
    the account moves by 7, and the income by 30 (Intuit, how Net Income becomes Retained Earnings).
    """
    equity = "TotalLiabilitiesAndEquity"
    sheet = FinancialReport("BalanceSheet", (column(DECEMBER), column(JANUARY)), (
        line("1", "Checking", "TotalAssets", 100, 137),
        line("3", "Retained Earnings", equity, 0, 107),
        line(None, "Net Income", equity, 100, 30, group="NetIncome"),
    ))  # fmt: skip
    earned = FinancialReport("ProfitAndLoss", (column(JANUARY),), (line("2", "Rent", "Income", 30),))
    moved, lines = movements([earned, sheet], chart_of(ACCOUNTS, (), {}))
    assert moved == {(JANUARY, "Account:1"): 37, (JANUARY, "Account:2"): -30, (JANUARY, RETAINED): -7}
    assert sum(moved.values()) == 0
    assert lines["Account:2"].statement == "profit and loss"


def test_in_a_section_nobody_knows_the_account_itself_says_which_side_it_is_on() -> None:
    sheet = FinancialReport(
        "BalanceSheet",
        (column(DECEMBER), column(JANUARY)),
        (line("4", "Odd", "Novelties", 0, 5), line(None, "New", "Novelties", 0, 5)),
    )
    moved, _ = movements([sheet], chart_of(ACCOUNTS, (), {}))
    assert moved == {(JANUARY, "Account:4"): 5, (JANUARY, "QuickBooks: New"): -5}


@pytest.mark.parametrize(
    ("first_day", "today", "months"),
    [
        (dt.date(2026, 1, 1), dt.date(2026, 3, 31), (dt.date(2026, 1, 1), dt.date(2026, 3, 1))),
        (dt.date(2026, 1, 2), dt.date(2026, 3, 1), (dt.date(2026, 2, 1), dt.date(2026, 3, 1))),
        (dt.date(2020, 1, 1), dt.date(2026, 3, 1), (dt.date(2024, 4, 1), dt.date(2026, 3, 1))),
    ],
)
def test_whole_months_are_compared_the_latest_two_years_of_them(
    first_day: dt.date, today: dt.date, months: tuple[dt.date, dt.date]
) -> None:
    assert months_of(first_day, today) == months
    assert MOST_MONTHS == 24
