"""A run's rows for people: grouped by what would clear them, and as an Excel file an accountant works with."""

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest

from rentaxis_pipelines.cli.screen import print_exceptions
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.render.terminal import Console
from rentaxis_pipelines.reports.run_files import COLUMNS, file_name, write_xlsx
from rentaxis_pipelines.reports.run_rows import open_rows_markdown
from rentaxis_pipelines_tests.support.read_results import book_of, causes_of, sums_of
from rentaxis_pipelines_tests.support.reading import read

MAP_PARKING = "Map it in company.yaml."
XML = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def row(
    number: int, amount: str = "10.00", code: str | None = None, remedy: str | None = None, **more
) -> RowResult:
    status = "created" if code is None else "skipped" if code.startswith("waiting") else "failed"
    return RowResult(
        **{
            "realm": "1",
            "plan_id": "p",
            "run_id": "r",
            "day": dt.date(2026, 5, 1),
            "record_type": "invoices",
            "source_type": "invoice",
            "source_id": str(number),
            "source_label": f"Invoice {number}",
            "amount": Decimal(amount),
            "currency": "USD",
            "action": "create",
            "status": status,
            "reason_code": code,
            "reason": code and f"Reason of {number}.",
            "how_to_fix": remedy,
            "forced": False,
            "requested_by": "accountant",
            "finished_at": dt.datetime(2026, 5, 2, 3, 4, tzinfo=dt.UTC),
            **more,
        }
    )


def listed(text: str) -> list[str]:
    return re.findall(r"^\| (Invoice \d+) \|", text, re.MULTILINE)


def test_rows_that_one_deed_clears_stand_under_one_heading_with_count_money_and_what_to_do():
    """214 rows wait for one mapping: one heading says so, and ten of them are named, the dearest first."""
    rows = [row(number, f"{number}.00", "missing_mapping", MAP_PARKING) for number in range(1, 215)]
    text = read(open_rows_markdown(causes_of(rows)))
    assert f"**missing mapping: 214 rows, 23,005.00.** {MAP_PARKING}" in text
    assert listed(text) == [f"Invoice {number}" for number in range(214, 204, -1)]
    assert "204 more are in the full list." in text


def test_the_cause_that_holds_up_most_money_comes_first_and_two_remedies_are_two_causes():
    """Same reason, other remedy: another heading, because another deed clears it."""
    rows = [
        row(1, "5.00", "missing_mapping", "Map Laundry."),
        row(2, "500.00", "missing_mapping", "Map Pool."),
        row(3, "-50.00", "waiting_for_parent", "Push the invoice."),
    ]
    text = read(open_rows_markdown(causes_of(rows)))
    headings = re.findall(r"^\*\*.+$", text, re.MULTILINE)
    assert headings == [
        "**missing mapping: 1 row, 500.00.** Map Pool.",
        "**waiting for parent: 1 row, -50.00.** Push the invoice.",
        "**missing mapping: 1 row, 5.00.** Map Laundry.",
    ]
    assert "full list" not in text


def test_what_waits_is_one_cause_however_many_things_it_waits_for():
    """Sixty rows wait for twelve tenants: one heading says so, then a line a tenant, with what to do about it."""
    rows = [
        row(number, "10.00", "waiting_for_parent", f"Confirm tenant {number % 12}.") for number in range(60)
    ]
    said = read(open_rows_markdown(causes_of(rows), most_of_a_cause=12))
    assert said.startswith("**waiting for parent: 60 rows wait for 12 others, 600.00.** 12 things to do")
    assert said.count(" and 4 more | 50.00 | ") == 12
    assert "full list" not in said
    out = Console(width=160, record=True, file=io.StringIO())
    print_exceptions(sums_of(rows), causes_of(rows), out)
    shown = out.export_text()
    assert "60 rows wait for 12 others" in shown
    assert "Confirm tenant 0." in shown
    assert "... and 35 more" in shown


def test_a_cause_of_many_rows_leaves_every_other_its_first_record_on_the_terminal():
    """Rows that wait come first by money; what failed is still named below them."""
    rows = [
        row(number, "10.00", "waiting_for_parent", f"Confirm tenant {number % 5}.") for number in range(60)
    ]
    rows += [row(100 + number, "1.00", "rejected", f"Remedy {number}.") for number in range(20)]
    out = Console(width=160, record=True, file=io.StringIO())
    print_exceptions(sums_of(rows), causes_of(rows), out, most=10)
    shown = out.export_text()
    assert [number for number in range(20) if f"Invoice {100 + number}" not in shown] == []


def test_at_most_fifty_rows_are_shown_whatever_the_number_of_causes():
    """Seventy causes of one row each: the fifty dearest are named, the others counted."""
    rows = [row(number, f"{number}.00", "rejected", f"Remedy {number}.") for number in range(1, 71)]
    text = read(open_rows_markdown(causes_of(rows)))
    assert listed(text) == [f"Invoice {number}" for number in range(70, 20, -1)]
    assert "20 more are in the full list." in text


def test_what_went_through_is_not_listed_and_a_bar_in_a_text_breaks_no_table():
    """A run without exceptions says so; a name with a bar stays in its column."""
    assert (
        read(open_rows_markdown(causes_of([row(1), row(2, code="unchanged", status="skipped")])))
        == "Nothing needs attention."
    )
    shown = read(open_rows_markdown(causes_of([row(1, code="rejected", source_label="Unit 1 | 2")])))
    assert "| Unit 1 | 2 | 10.00 | Reason of 1. |" in shown


def test_money_a_person_has_to_apply_is_said_once_and_what_is_applied_by_itself_not_at_all():
    """By the run that booked it; the runs after it find it unchanged."""
    by_hand = row(1, code="apply_by_hand", remedy="Apply it by hand.", status="created")
    by_itself = row(
        2, code="applied_in_part", remedy=REASONS[ReasonCode.APPLIED_IN_PART].remedy, status="created"
    )
    again = row(3, code="apply_by_hand", remedy="Apply it by hand.", status="skipped")
    assert listed(read(open_rows_markdown(causes_of([by_hand, by_itself, again])))) == ["Invoice 1"]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory):
    """A work-paper of three rows, one of which failed with a text that looks like a formula, unzipped as XML by sheet name."""
    path: Path = tmp_path_factory.mktemp("files") / file_name("1a2b3c4d-rest", "2026-05-01", "2026-05-31")
    rows = [
        row(1, "1234.50", "rejected", "=1+1"),
        row(2, "0.10"),
        row(3, "99.99", status="skipped", code="unchanged"),
    ]
    write_xlsx(path, book_of("1a2b3c4d-rest", None, rows))
    assert path.name == "2026-05-01 to 2026-05-31, run 1a2b3c4d.xlsx"
    assert list(path.parent.iterdir()) == [path], "nothing unfinished is left beside it"
    with zipfile.ZipFile(path) as file:
        names = [one.attrib["name"] for one in xml(file, "xl/workbook.xml").findall(".//m:sheet", XML)]
        sheets = [xml(file, f"xl/worksheets/sheet{number}.xml") for number in range(1, len(names) + 1)]
        texts = ["".join(one.itertext()) for one in xml(file, "xl/sharedStrings.xml").findall("m:si", XML)]
    return dict(zip(names, sheets, strict=True)), texts


def xml(file: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(file.read(name))


def cells(sheet: ElementTree.Element, texts: list[str]) -> list[list[str | Decimal]]:
    """The sheet's values: text as text, numbers as Decimal. A formula would be a KeyError."""
    return [
        [
            texts[int(cell.findtext("m:v", "", XML))]
            if cell.get("t") == "s"
            else Decimal(cell.findtext("m:v", "", XML))
            for cell in line.findall("m:c", XML)
            if cell.find("m:v", XML) is not None and cell.get("t") != "b"
        ]
        for line in sheet.findall(".//m:row", XML)
    ]


def test_the_excel_file_has_summary_exceptions_and_all_rows(book):
    """Summary counts and sums them; Needs attention holds what did not go through; All rows holds all."""
    sheets, texts = book
    assert list(sheets) == ["Summary", "Needs attention", "All rows"]
    assert [
        "invoices",
        Decimal(1),
        Decimal(0),
        Decimal(1),
        Decimal(1),
        Decimal(0),
        Decimal("1334.59"),
    ] in cells(sheets["Summary"], texts)
    assert len(cells(sheets["Needs attention"], texts)) == 1 + 1
    assert len(cells(sheets["All rows"], texts)) == 1 + 3


@pytest.mark.parametrize("name", ["Needs attention", "All rows"])
def test_lists_have_a_frozen_header_and_filters_and_money_is_a_number(book, name):
    """What an accountant does first with a list: scroll, filter, sum."""
    sheets, texts = book
    sheet = sheets[name]
    pane = sheet.find(".//m:pane", XML)
    assert pane is not None
    assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
    assert sheet.find("m:autoFilter", XML) is not None
    head, first = cells(sheet, texts)[:2]
    assert head[:4] == ["Outcome", "Record", "Date", "Amount"], "what a person reads first"
    assert head[-4:] == ["intuit_tid", "forced", "requested_by", "finished_at"], (
        "what is looked up comes last"
    )
    assert set(COLUMNS) - set(head) == {
        "source_label",
        "day",
        "amount",
        "reason",
        "how_to_fix",
        "quickbooks_number",
    }
    assert Decimal("1234.5") in first
    assert "=1+1" in first, "a text that looks like a formula stays a text"
    assert sheet.find(".//m:f", XML) is None


def test_the_file_prints_as_pages_a_person_reads(tmp_path):
    """Landscape, one page wide, headings on every page, run and page below; the columns to look things up by stay on the screen."""
    asked = "R&D 7 & Co"
    rows = [
        row(number, "1234.50", "rejected", "Correct it in RentAxis. " * 20, requested_by=asked)
        for number in range(1, 4)
    ]
    write_xlsx(tmp_path / "run.xlsx", book_of("1a2b3c4d-rest", None, rows))
    book = openpyxl.load_workbook(tmp_path / "run.xlsx")
    for sheet in book:
        setup = sheet.page_setup
        assert (setup.orientation, setup.fitToWidth or 1, setup.fitToHeight) == ("landscape", 1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_area
        assert sheet.oddFooter.left.text == "Run 1a2b3c4d for 2026-05-01, requested by R&&D 7 && Co"
        assert "&P" in sheet.oddFooter.right.text
    for name in ("Needs attention", "All rows"):
        sheet = book[name]
        assert sheet.print_title_rows == "$1:$1"
        printed = sheet.print_area.split("!")[1].replace("$", "")
        assert printed == "A1:H4", "what is looked up is not printed"
        assert sheet["D2"].number_format.startswith("#,##0.00")
        assert sheet["G2"].alignment.wrap_text
        assert sheet.row_dimensions[2].height > 100, "a long remedy is all there on paper"
    assert book["Summary"]["A2"].value == "2026-05-01: 3 failed, of 3 rows."
