"""The rows on a run's page: filtered, searched, ordered, a page at a time; and the same rows as Excel and CSV."""

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest

from rentaxis_pipelines.reports import run_files, run_result
from rentaxis_pipelines_tests.web.desk.conftest import Office, words
from rentaxis_pipelines_tests.web.desk.run_cases import failed, row, save_run

ROWS = [
    *(row(number) for number in range(1, 121)),
    *(failed(number) for number in range(200, 210)),
    failed(300, "waiting_for_parent", "Push the invoice."),
    row(0, "tenant", status="updated", amount=0),
]


@pytest.fixture
def run_id(office: Office) -> str:
    return save_run(office, ROWS)


def listed(text: str) -> list[str]:
    """Source type and id of the rows of the table, in order."""
    table = text[text.index('id="rows"') :]
    return re.findall(r'<th scope="row"><a href="[^"]*/records/(\w+/\d+)">', table)


def invoices(numbers: range | list[int]) -> list[str]:
    return [f"invoice/{number}" for number in numbers]


def next_address(text: str, rel: str) -> str | None:
    found = re.findall(rf'<a href="/desk/demo([^"#]+)#rows" rel="{rel}">', text)
    return found[0].replace("&amp;", "&") if found else None


def test_all_rows_are_reached_page_by_page_and_back(office: Office, run_id: str):
    """132 rows are three pages, the largest amounts first."""
    pages, address = [], f"/runs/{run_id}"
    while address:
        text = office.get(address).text
        pages.append(listed(text))
        last, address = text, next_address(text, "next")
    assert [len(page) for page in pages] == [50, 50, 32]
    assert [each for page in pages for each in page] == [
        *invoices([300, *range(209, 199, -1), *range(120, 0, -1)]),
        "tenant/0",
    ]
    back = next_address(last, "prev")
    assert back is not None
    assert listed(office.get(back).text) == pages[1]
    assert "132 rows." in words(office.get(f"/runs/{run_id}"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "failed"}, invoices(range(209, 199, -1))),
        ({"status": "attention"}, invoices([300, *range(209, 199, -1)])),
        ({"status": "updated"}, ["tenant/0"]),
        ({"type": "customers"}, ["tenant/0"]),
        ({"reason": "waiting_for_parent"}, ["invoice/300"]),
        ({"q": "inv-020"}, invoices(range(209, 199, -1))),
        ({"q": "byron"}, ["tenant/0"]),
        ({"q": "%"}, []),
        ({"q": "INV-000", "status": "created", "sort": "record"}, invoices(range(1, 10))),
        ({"status": "failed", "sort": "amount", "back": "yes"}, invoices(range(200, 210))),
        ({"status": "failed", "sort": "day"}, invoices([*range(200, 210)])),
        ({"status": "no such", "sort": "no such", "after": "no such"}, []),
    ],
)
def test_a_filter_shows_its_rows_alone(office: Office, run_id: str, query, expected):
    """By outcome, kind of record, reason, number or name; in the order that was asked for."""
    shown = office.get(f"/runs/{run_id}", **query)
    assert shown.status_code == 200
    found = listed(shown.text)
    if query.get("sort") == "day":
        expected = sorted(expected, key=lambda each: (row(int(each.partition("/")[2])).day, each))
    assert found == expected
    for name, value in query.items():
        if name in ("status", "type", "reason", "sort") and "no such" not in value:
            assert f'<option value="{value}" selected>' in shown.text


def test_in_a_run_of_very_many_rows_a_text_is_looked_for_at_the_beginning(
    office: Office, run_id: str, monkeypatch
):
    """The page says so; a kind's own word before the number is no hindrance."""
    monkeypatch.setattr(run_result, "SEARCHED_ROW_BY_ROW", 10)
    shown = office.get(f"/runs/{run_id}", q="inv-020")
    assert listed(shown.text) == invoices(range(200, 210))
    assert "at the beginning of numbers and names" in words(shown)
    assert listed(office.get(f"/runs/{run_id}", q="Invoice INV-0300").text) == ["invoice/300"]
    assert listed(office.get(f"/runs/{run_id}", q="ada").text) == ["tenant/0"]
    assert listed(office.get(f"/runs/{run_id}", q="0300").text) == []


def test_a_row_tells_why_and_what_to_do_and_links_to_its_record_and_to_quickbooks(office: Office):
    """Without commands."""
    address = "https://app.qbo.intuit.com/app/invoice?txnId=7"
    run_id = save_run(
        office,
        [
            failed(
                7,
                remedy="Unlink it (rentaxis-sync links unlink).",
                quickbooks_url=address,
                quickbooks_number="Q-7",
            )
        ],
    )
    shown = office.get(f"/runs/{run_id}")
    table = shown.text[shown.text.index('id="rows"') :]
    assert f'<a href="{address}" rel="noreferrer">Q-7' in table
    assert "Reason of 7." in table
    assert "Unlink it." in table
    assert "rentaxis-sync" not in shown.text


@pytest.mark.parametrize("held_in_memory", [20_000, 0])
def test_excel_and_csv_hold_every_row_once(
    office: Office, run_id: str, tmp_path: Path, monkeypatch, held_in_memory
):
    """Whether written at once or row by row; those that need attention first; named by days and what the run was."""
    monkeypatch.setattr(run_files, "_HELD_IN_MEMORY", held_in_memory)
    answer = office.get(f"/runs/{run_id}/results.xlsx")
    assert answer.status_code == 200
    assert (
        "2026-10-01%20to%202026-10-31%2C%20Sync%20of%202026-11-03%201200.xlsx"
        in answer.headers["content-disposition"]
    )
    (tmp_path / "run.xlsx").write_bytes(answer.content)
    book = openpyxl.load_workbook(tmp_path / "run.xlsx")
    head, *lines = book["All rows"].iter_rows(values_only=True)
    assert sorted(line[head.index("Record")] for line in lines) == sorted(each.source_label for each in ROWS)
    assert sum(line[head.index("Amount")] for line in lines) == sum(each.amount for each in ROWS)
    assert len(list(book["Needs attention"].iter_rows())) == 12
    summary = [line[:7] for line in book["Summary"].iter_rows(values_only=True)]
    assert ("invoices", 120, 0, 1, 10, 1, float(sum(each.amount for each in ROWS))) in summary
    assert ("missing mapping", 10, None, None, None, None, 2045) in summary
    rows = list(
        csv.DictReader(io.StringIO(office.get(f"/runs/{run_id}/results.csv").content.decode("utf-8-sig")))
    )
    assert sorted(each["source_label"] for each in rows) == sorted(each.source_label for each in ROWS)
    assert {each["status"] for each in rows[:10]} == {"failed"}
    assert office.get("/runs/none/results.csv").status_code == 404
