"""ProfitAndLoss and BalanceSheet: in the published shape, added up from every transaction, and always in balance."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from rentaxis_pipelines_tests.emulator.any_transactions import (
    RECEIVABLE,
    RENT,
    REPAIRS,
    STEPS,
    sale,
    written,
)

MARCH = {"start_date": "2026-03-01", "end_date": "2026-03-31"}
SPRING = {"start_date": "2026-03-01", "end_date": "2026-05-31", "summarize_column_by": "Month"}


def report(demo: Any, name: str, **params: str) -> Any:
    return demo.good("GET", f"reports/{name}", **params)


def meta(column: Any) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in column["MetaData"]}


def lines(rows: Any) -> list[tuple[str | None, str, list[str]]]:
    """Every line of the report: (the account's ID, title, amounts)."""
    found = []
    for row in rows.get("Row", ()):
        for part in (row.get("Header"), row if "ColData" in row else None):
            if part:
                first, *rest = part["ColData"]
                found.append((first.get("id"), first["value"], [each["value"] for each in rest]))
        found += lines(row.get("Rows", {}))
        if "Summary" in row:
            first, *rest = row["Summary"]["ColData"]
            found.append((first.get("id"), first["value"], [each["value"] for each in rest]))
    return found


def amounts(made: Any) -> dict[str, list[str]]:
    """By the account's ID, or the title of what is none."""
    return {identifier or title: values for identifier, title, values in lines(made["Rows"])}


def balances(demo: Any, end: str) -> dict[str, Decimal]:
    made = report(demo, "BalanceSheet", start_date="2020-01-01", end_date=end)
    return {key: Decimal(value) for key, (value,) in amounts(made).items() if value}


def test_a_report_has_the_published_shape(demo: Any) -> None:
    """Header, Columns and Rows as in Intuit's reference: sections with a Summary, an account's id beside its name, accounts without
    data left out (developer.intuit.com, workflows, Run reports).
    """
    demo.make("Invoice", demo.invoice_body("58", 100, TxnDate="2026-03-05"))
    made = report(demo, "ProfitAndLoss", **MARCH)
    header = made["Header"]
    assert (header["ReportName"], header["ReportBasis"], header["Currency"]) == (
        "ProfitAndLoss",
        "Accrual",
        "USD",
    )
    assert (header["StartPeriod"], header["EndPeriod"]) == ("2026-03-01", "2026-03-31")
    assert {"Name": "NoReportData", "Value": "false"} in header["Option"]
    assert made["Columns"]["Column"] == [
        {"ColTitle": "", "ColType": "Account", "MetaData": [{"Name": "ColKey", "Value": "account"}]},
        {"ColTitle": "Total", "ColType": "Money", "MetaData": [{"Name": "ColKey", "Value": "total"}]},
    ]
    income = made["Rows"]["Row"][0]
    assert (income["type"], income["group"]) == ("Section", "Income")
    assert income["Rows"]["Row"] == [
        {"ColData": [{"value": "Rental Income", "id": RENT}, {"value": "100.00"}], "type": "Data"}
    ]
    assert income["Summary"] == {"ColData": [{"value": "Total Income"}, {"value": "100.00"}]}
    groups = [row["group"] for row in made["Rows"]["Row"]]
    assert groups == ["Income", "GrossProfit", "Expenses", "NetOperatingIncome", "NetIncome"]
    assert "Late Fee Income" not in str(made)


def test_a_month_is_a_column_with_its_days(demo: Any) -> None:
    """StartDate, EndDate and ColKey say which month; a month without anything is empty, and the profit and loss has a total."""
    demo.make("Invoice", demo.invoice_body("58", 100, TxnDate="2026-03-05"))
    demo.make("Invoice", demo.invoice_body("58", 40, TxnDate="2026-05-31"))
    made = report(demo, "ProfitAndLoss", **SPRING)
    months = [meta(column) for column in made["Columns"]["Column"][1:]]
    assert months[0] == {"StartDate": "2026-03-01", "EndDate": "2026-03-31", "ColKey": "Mar 2026"}
    assert months[-1] == {"ColKey": "total"}
    assert amounts(made)[RENT] == ["100.00", "", "40.00", "140.00"]
    sheet = report(demo, "BalanceSheet", **SPRING)
    assert [column["ColTitle"] for column in sheet["Columns"]["Column"]] == [
        "",
        "Mar 2026",
        "Apr 2026",
        "May 2026",
    ]
    assert amounts(sheet)[RECEIVABLE] == ["100.00", "100.00", "140.00"]
    demo.make("Payment", demo.payment_body("58", 30, TxnDate="2026-04-02"))
    assert amounts(report(demo, "BalanceSheet", **SPRING))[RECEIVABLE] == ["100.00", "70.00", "110.00"]


def test_classes_and_locations_are_columns_with_their_ids(demo: Any) -> None:
    """ColKey is the class's id, so that a class is compared by id; what has none is Not Specified."""
    body = demo.invoice_body("58", 70, TxnDate="2026-03-05", DepartmentRef={"value": "2"})
    demo.make("Invoice", {**body, "Line": [sale("1", 70, "1"), sale("1", 5)]})
    by_class = report(demo, "ProfitAndLoss", **MARCH, summarize_column_by="Classes")
    keys = [(meta(column)["ColKey"], column["ColTitle"]) for column in by_class["Columns"]["Column"][1:]]
    assert keys == [("2", "Commercial"), ("1", "Residential"), ("0", "Not Specified"), ("total", "Total")]
    assert amounts(by_class)[RENT] == ["", "70.00", "5.00", "75.00"]
    by_location = report(demo, "ProfitAndLoss", **MARCH, summarize_column_by="Departments")
    titles = [column["ColTitle"] for column in by_location["Columns"]["Column"][1:]]
    assert dict(zip(titles, amounts(by_location)[RENT], strict=True))["Total"] == "75.00"
    assert amounts(report(demo, "ProfitAndLoss", **MARCH, **{"class": "1"}))[RENT] == ["70.00"]


def test_earlier_years_are_retained_earnings_and_this_year_is_net_income(demo: Any) -> None:
    """At the turn of the fiscal year the result of the old one moves to Retained Earnings (Intuit: Net Income and Retained Earnings)."""
    demo.make("Invoice", demo.invoice_body("58", 100, TxnDate="2025-12-31"))
    demo.make("Invoice", demo.invoice_body("58", 30, TxnDate="2026-01-01"))
    december, january = balances(demo, "2025-12-31"), balances(demo, "2026-01-31")
    assert (december["Net Income"], december.get("Retained Earnings")) == (100, None)
    assert (january["Net Income"], january["Retained Earnings"]) == (30, 100)
    assert january["TOTAL ASSETS"] == january["TOTAL LIABILITIES AND EQUITY"] == 130


def test_an_account_below_another_is_shown_below_it(demo: Any) -> None:
    """The parent is a section with its own id and amount, and a summary (Intuit's sample: Truck, Original Cost)."""
    body = {"Name": "Roofs", "AccountType": "Expense", "SubAccount": True, "ParentRef": {"value": REPAIRS}}
    roofs = demo.make("Account", body)
    for account, amount in ((REPAIRS, 10), (roofs["Id"], 5)):
        demo.make(
            "Bill",
            {
                "VendorRef": {"value": "1"},
                "TxnDate": "2026-03-02",
                "Line": demo.expense_lines(amount, account),
            },
        )
    made = amounts(report(demo, "ProfitAndLoss", **MARCH))
    assert (made[REPAIRS], made[roofs["Id"]], made["Total Repairs"], made["Total Expenses"]) == (
        ["10.00"], ["5.00"], ["15.00"], ["15.00"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"accounting_method": "Cash"}, "accrual basis only"),
        ({"accounting_method": "Hybrid"}, "Hybrid"),
        ({"summarize_column_by": "Week"}, "does not summarize columns by Week"),
        ({"summarize_column_by": "Moons"}, "Moons"),
        ({"customer": "58"}, "does not filter reports by customer"),
        ({"start_date": "2026-04-01"}, "start_date must be less than end_date"),
        ({"end_date": "2026-03-32"}, "2026-03-32"),
    ],
)
def test_what_would_change_the_figures_is_refused_and_never_ignored(
    demo: Any, params: dict[str, str], told: str
) -> None:
    """Cash basis and other columns exist in QuickBooks; here they are refused by name instead of answered wrongly."""
    assert told in demo.fault("GET", "reports/ProfitAndLoss", **{**MARCH, **params})["Detail"]


def test_another_report_is_refused_by_name_and_an_empty_one_says_so(demo: Any) -> None:
    assert "TrialBalance" in demo.fault("GET", "reports/TrialBalance", **MARCH)["Detail"]
    empty = report(demo, "ProfitAndLoss", **MARCH)
    assert {"Name": "NoReportData", "Value": "true"} in empty["Header"]["Option"]
    assert empty["Rows"] == {}


def test_a_report_is_a_metered_read(demo: Any) -> None:
    """Intuit meters every GET of the Accounting API: past the allowance a report is refused as any other read."""
    demo.control("switches", {"monthly_reads": 1})
    demo.control("clock", {"now": "2031-05-02T12:00:00-07:00"})
    demo.control("tokens", {"renew": True})
    assert demo.raw("GET", "reports/BalanceSheet").status_code == 200
    assert demo.raw("GET", "reports/BalanceSheet").status_code == 429


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_whatever_is_written_debits_equal_credits(demo: Any, steps: list[tuple[str, int, int]]) -> None:
    """After any writes, voids and deletions every balance sheet is in balance, its receivables are what the customers owe, and the
    profit and loss of a year comes to its net income.
    """
    demo.control("reset", {"switches": True})
    written(demo, steps)
    for end in ("2026-06-30", "2026-12-31"):
        sheet = balances(demo, end)
        assert sheet.get("TOTAL ASSETS", 0) == sheet.get("TOTAL LIABILITIES AND EQUITY", 0)
    owed = sum(Decimal(each.get("Balance", 0)) for each in demo.control("objects", entity="Customer"))
    assert sheet.get(RECEIVABLE, 0) == owed
    profit = amounts(
        report(
            demo, "ProfitAndLoss", start_date="2026-01-01", end_date="2026-12-31", summarize_column_by="Month"
        )
    )
    assert Decimal(profit.get("Net Income", ["0"])[-1]) == sheet.get("Net Income", 0)
