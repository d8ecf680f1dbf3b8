"""A stored plan with every hostile text in it, wherever one can be: on the terminal, in Dagster, in files."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from markdown_it import MarkdownIt

from rentaxis_pipelines.cli import plan_screen
from rentaxis_pipelines.render import excel
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.render.csv import cell
from rentaxis_pipelines.render.terminal import Console
from rentaxis_pipelines.reports.plan_files import plan_as_dict, write_plan_csv, write_plan_xlsx
from rentaxis_pipelines.reports.plan_lists import lists_from
from rentaxis_pipelines.reports.plan_markdown import plan_markdown
from rentaxis_pipelines.reports.plan_page import PlanPage, plan_page
from rentaxis_pipelines.reports.plan_reading import ListedPlan
from rentaxis_pipelines.reports.plan_words import cut
from rentaxis_pipelines_tests.render.hostile import SAMPLES
from rentaxis_pipelines_tests.support.planned import ITEMS, invoice_of, plan, planned, preview, sale
from rentaxis_pipelines_tests.support.reading import read

TEXTS = [text for text in SAMPLES if text.strip()]
MOST_OF_A_PAGE = 60_000  # characters that Dagster's event log keeps of a run's page


def page_with(texts: list[str]) -> PlanPage:
    """Rows that fail, overwrite something, or are new, with each text as label, reason, remedy, name, memo, description and account."""
    rows = []
    for number, text in enumerate(texts):
        customer = {"value": "20"}
        lines = [sale("1.00", Description=text)]
        memo = invoice_of("1.00", CustomerRef=customer, PrivateNote=text) | {"Line": lines}
        named = {"source_label": text, "amount": Decimal(number)}
        refused = {"status": "failed", "reason_code": "rejected", "reason": text, "how_to_fix": text}
        rows += [
            planned("invoice", f"{number}a", "none", **named, **refused),
            planned("invoice", f"{number}b", "update", **named, payload=memo, standing=invoice_of("2.00"), edited=["PrivateNote"]),
            planned("invoice", f"{number}c", **named, payload=memo | {"Line": [*lines, sale("4.00")]}),
        ]  # fmt: skip
    accounts = [{"Id": "6", "Name": texts[0], "AccountType": "Income"}]
    lists = lists_from(accounts, ITEMS, {("Customer", "20"): texts[0], ("Item", "10"): texts[-1]})
    return plan_page(preview(requested_by=texts[0], only_rows=texts), [plan()], rows, lists)


def tags(text: str) -> set[str]:
    """What a parser makes of the Markdown, inside its paragraphs and cells."""
    tokens = MarkdownIt("gfm-like", {"linkify": True}).parse(text)
    return {child.type for token in tokens for child in token.children or []}


def as_excel_reads(text: object) -> str:
    """Excel takes _x005F_ for an underscore in any text (ECMA-376, ST_Xstring); openpyxl does so in shared texts only."""
    return str(text).replace("_x005F_", "_")


@pytest.mark.parametrize("text", TEXTS)
def test_dagster_shows_each_text_as_text(text: str):
    shown = plan_markdown(page_with([text]))
    assert tags(shown) <= {"text", "code_inline", "strong_open", "strong_close"}
    said = read(shown)
    short = one_line(cut(text))
    assert f"| {short} | 0.00 | {short} | {short} |" in said, "record, amount, reason, what to do"
    assert f"| 2026-05 | {short} | " in said, "the account"
    assert one_line(cut(f"Requested by: {text}, 2026-05-20 09:30 UTC")) in said


def test_a_page_of_any_length_stays_short_in_dagster_and_says_where_the_rest_is():
    """Thousands of rows, each with the longest memo QuickBooks takes and reasons just as long."""
    rows = [
        planned("invoice", f"{number}", payload=invoice_of("1.00", PrivateNote="m" * 4_000), source_label="l" * 500, amount=Decimal(number))
        for number in range(1_500)
    ]  # fmt: skip
    failed = {"status": "failed", "reason_code": "rejected", "reason": "r" * 4_000}
    rows += [
        planned("invoice", f"f{number}", "none", how_to_fix=f"{number}" * 999, **failed)
        for number in range(1_500)
    ]
    shown = plan_markdown(plan_page(preview(), [plan()], rows, lists_from([], ITEMS, {})))
    assert len(shown) < MOST_OF_A_PAGE
    said = read(shown)
    assert "and 1,460 more: see the Excel file" in said, "40 of those to be sent"
    assert "and 1,485 more: see the Excel file" in said, "15 of those that fail"


def test_the_terminal_prints_every_text_and_no_control_character():
    shown = page_with(TEXTS)
    for width in (60, 1_500):
        out = Console(file=io.StringIO(), width=width, color_system=None)
        plan_screen.print_plan(shown, out)
        for text in TEXTS:
            plan_screen.print_plan(page_with([text]), out)
            stored = preview(requested_by=text, state="done", approved_by=text)
            plan_screen.print_plans([ListedPlan(stored, "2026-05-01", 1, 1, Decimal(1))], out)
        printed = out.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
        assert not {mark for mark in printed if (mark < " " and mark != "\n") or "\x7f" <= mark < "\xa0"}
    for text in TEXTS:
        if one_line(text) == text and len(text) < 30:
            assert printed.count(text) >= 10, text


def test_the_files_hold_every_text_and_nothing_that_a_spreadsheet_runs(tmp_path: Path):
    shown = page_with(TEXTS)
    write_plan_csv(tmp_path / "plan.csv", shown)
    with (tmp_path / "plan.csv").open(encoding="utf-8-sig", newline="") as file:
        kept = list(csv.DictReader(file))
    for row, found in zip(shown.rows, kept, strict=True):
        assert (found["record"], found["reason"]) == (cell(row.record), cell(row.reason))
        assert Decimal(found["amount"]) == row.amount
        assert not found["what_changes"].startswith(tuple("=+-@"))
    write_plan_xlsx(tmp_path / "plan.xlsx", shown)
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    assert book.sheetnames == ["Summary", "By account and month", "Rows", "Changes field by field"]
    assert all(
        entry.data_type != "f" and entry.hyperlink is None
        for sheet in book
        for line in sheet
        for entry in line
    )
    rows = list(book["Rows"].iter_rows(min_row=2, values_only=True))
    assert [(as_excel_reads(line[2]), line[4]) for line in rows] == [
        (excel.shown(row.record), row.amount) for row in shown.rows
    ]
    changes = book["Changes field by field"].iter_rows(min_row=2, values_only=True)
    changed = {(line[3], as_excel_reads(line[5])) for line in changes}
    assert {("memo", excel.shown(text)) for text in TEXTS} <= changed


def test_the_work_paper_has_frozen_heads_filters_and_totals_and_prints_on_pages(tmp_path: Path):
    write_plan_xlsx(tmp_path / "plan.xlsx", page_with(["Jane Doe"]))
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    for sheet in book:
        setup = sheet.page_setup
        assert (setup.orientation, setup.fitToHeight) == ("landscape", 0)
        assert sheet.oddFooter.left.text == "Plan 1a2b3c4d for 2026-05-01 to 2026-05-31"
    accounts = book["By account and month"]
    lines = [line for line in accounts.iter_rows(values_only=True) if line[1] is not None]
    assert lines[0][1:] == ("Account", "Type of account", "Debit", "Credit")
    assert lines[-1][1] == "Total 2026-05"
    assert lines[-1][3] == lines[-1][4] == sum(line[3] or 0 for line in lines[1:-1])
    for name in ("Rows", "Changes field by field"):
        assert book[name].freeze_panes == "D2"
        assert book[name].auto_filter.ref


def test_json_holds_every_row_with_its_changes_and_money_as_text():
    made = json.loads(json.dumps(plan_as_dict(page_with(["Jane Doe"]))))
    assert made["plan"] == "1a2b3c4d5e6f"
    assert [(row["action"], row["look_first"], row["amount"]) for row in made["rows"]] == [
        ("update", "overwrites a change", "0.00"),
        ("not sent", "cannot be pushed", "0.00"),
        ("create", None, "0.00"),
    ]
    assert {"field": "memo", "stands": "12 Elm Street", "will_stand": "Jane Doe"} in made["rows"][0][
        "changes"
    ]
    assert made["by_type"]["invoices"]["create"] == {"rows": 1, "amount": "0.00"}
    assert [(entry["month"], entry["account"], entry["change"]) for entry in made["by_account"]] == [
        ("2026-05", "Accounts Receivable (A/R)", "4.00"),
        ("2026-05", "Jane Doe", "-4.00"),
    ]
