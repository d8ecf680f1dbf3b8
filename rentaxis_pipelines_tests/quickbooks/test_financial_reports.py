"""Reading QuickBooks' own reports: exact amounts by account id, as few requests as the limits allow, and nothing half understood."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.quickbooks.auth import FixedToken
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress, WriteRequest
from rentaxis_pipelines.quickbooks.faults import NoAnswer
from rentaxis_pipelines.quickbooks.financial_reports import by_class, by_month, read_report
from rentaxis_pipelines.quickbooks.json import encode
from rentaxis_pipelines.quickbooks.limits import Limits

JANUARY, DECEMBER = dt.date(2026, 1, 1), dt.date(2026, 12, 1)


@pytest.fixture
def client(quickbooks: Emulator) -> Iterator[QuickBooksClient]:
    address = RealmAddress(quickbooks.base_url, quickbooks.realm_id)
    made = QuickBooksClient(address, FixedToken(quickbooks.access_token), limits=Limits.off())
    line = {"Amount": Decimal("100.10"), "DetailType": "SalesItemLineDetail"}
    detail = {"ItemRef": {"value": "1"}, "ClassRef": {"value": "1"}}
    for number, day in enumerate(("2026-01-31", "2026-08-01")):
        body = {
            "CustomerRef": {"value": "58"},
            "TxnDate": day,
            "Line": [{**line, "SalesItemLineDetail": detail}],
        }
        made.write(WriteRequest(f"report-{number}", "invoice", encode(body)))
    yield made


def test_a_year_by_month_takes_two_requests_a_report(client: QuickBooksClient) -> None:
    """Intuit, Run reports: "limit the date range specified in a report request to six months"."""
    before = client.calls.reads
    halves = list(by_month(client, "ProfitAndLoss", JANUARY, DECEMBER))
    assert client.calls.reads - before == 2
    months = [column.first_day for report in halves for column in report.columns if column.first_day]
    assert months == [JANUARY.replace(month=month) for month in range(1, 13)]
    (rent,) = [line for line in halves[0].lines if line.account_id]
    assert (rent.title, rent.sections) == ("Rental Income", ("Income",))
    assert rent.amounts == tuple(map(Decimal, ("100.10", "0", "0", "0", "0", "0", "100.10")))


def test_a_balance_sheet_has_its_accounts_with_their_sections(client: QuickBooksClient) -> None:
    (first, second) = by_month(client, "BalanceSheet", JANUARY, DECEMBER)
    found = {line.title: line for line in second.lines}
    assert found["Accounts Receivable (A/R)"].sections == ("TotalAssets", "CurrentAssets", "AR")
    assert found["Accounts Receivable (A/R)"].amounts[-1] == Decimal("200.20")
    assert (found["Net Income"].group, found["Net Income"].account_id) == ("NetIncome", None)
    assert first.columns[0].key == "Jan 2026"


def test_a_class_is_told_by_its_id(client: QuickBooksClient) -> None:
    report = by_class(client, "ProfitAndLoss", JANUARY)
    (rent,) = [line for line in report.lines if line.account_id]
    amounts = dict(zip([column.key for column in report.columns], rent.amounts, strict=True))
    assert amounts == {"1": Decimal("100.10"), "2": 0, "0": 0, "total": Decimal("100.10")}


def made(*rows: Any, **header: str) -> dict[str, Any]:
    columns = [{"ColTitle": "", "ColType": "Account"}, {"ColTitle": "Total", "ColType": "Money"}]
    return {
        "Header": {"ReportName": "ProfitAndLoss", "ReportBasis": "Accrual", **header},
        "Columns": {"Column": columns},
        "Rows": {"Row": list(rows)},
    }


def cells(title: str, amount: str, **more: str) -> dict[str, Any]:
    return {"ColData": [{"value": title, **more}, {"value": amount}]}


def test_a_section_nobody_knows_is_kept_and_a_parent_account_has_its_own_amount() -> None:
    """Sections are groups, or titles where they have none; an account above others is a line beside them."""
    parent = {
        "Header": cells("Repairs", "10.00", id="15"),
        "Rows": {"Row": [{**cells("Roofs", "5.00", id="99"), "type": "Data"}]},
        "Summary": cells("Total Repairs", "15.00"),
        "type": "Section",
    }
    unknown = {
        "Header": cells("Novelties", ""),
        "Rows": {"Row": [parent]},
        "Summary": cells("Total", "15.00"),
        "type": "Section",
    }
    lines = read_report(made(unknown), "ProfitAndLoss").lines
    assert [(line.account_id, line.sections, line.amounts) for line in lines] == [
        ("15", ("Novelties",), (Decimal("10.00"),)),
        ("99", ("Novelties", "Repairs"), (Decimal("5.00"),)),
    ]


WRONG = {
    "another report": made(ReportName="BalanceSheet"),
    "the cash basis": made(ReportBasis="Cash"),
    "a sum that is not that of its lines": made(
        {
            "Header": cells("Income", ""),
            "Rows": {"Row": [cells("Rent", "5.00")]},
            "Summary": cells("Total Income", "6.00"),
        }
    ),
    "a report cut short": made(cells("Unable to display more data. Please reduce the date range.", "")),
    "a line of another length": made({"ColData": [{"value": "Rent"}, {"value": "1"}, {"value": "2"}]}),
    "an amount that is no number": made(cells("Rent", "about 5")),
    "no rows of cells": made({"ColData": "Rent"}),
    "nothing": {},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_wholly_understood_is_refused(what: str) -> None:
    """Wrong figures are worse than none: such a report is as good as no answer."""
    with pytest.raises(NoAnswer):
        read_report(WRONG[what], "ProfitAndLoss")
