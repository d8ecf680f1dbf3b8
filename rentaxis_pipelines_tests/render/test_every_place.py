"""Every place that shows a record's texts, with all hostile ones in it: screens, files, Dagster's tables."""

import csv
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import dagster as dg
import openpyxl
import pytest
from markdown_it import MarkdownIt

from rentaxis_pipelines.checks.finding import stops
from rentaxis_pipelines.cli import links, screen
from rentaxis_pipelines.mapping.preflight import SettingsProblem
from rentaxis_pipelines.model.decisions import Candidate, Decision, Question
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.orchestration.assets.sync import missing_markdown
from rentaxis_pipelines.orchestration.checks import schema_broken
from rentaxis_pipelines.render import excel
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.render.csv import cell
from rentaxis_pipelines.render.terminal import Console
from rentaxis_pipelines.reports import markdown
from rentaxis_pipelines.reports.run_files import write_csv, write_xlsx
from rentaxis_pipelines.reports.run_rows import open_rows_markdown
from rentaxis_pipelines_tests.render.hostile import SAMPLES
from rentaxis_pipelines_tests.support.read_results import book_of, causes_of, sums_of
from rentaxis_pipelines_tests.support.reading import read

NOW = dt.datetime(2026, 5, 2, 3, 4, tzinfo=dt.UTC)
TEXTS = [text for text in SAMPLES if text.strip()]


def row(text: str, number: int) -> RowResult:
    return RowResult(
        realm="1", plan_id="p", run_id=text, day=dt.date(2026, 5, 1), record_type="invoices", source_type="invoice",
        source_id=text, source_label=text, amount=Decimal(f"-{number}.50"), currency="USD", action="create", status="failed",
        reason_code="rejected", reason=text, how_to_fix=text, quickbooks_number=text, forced=False, requested_by=text,
        finished_at=NOW,
    )  # fmt: skip


ROWS = [row(text, number) for number, text in enumerate(TEXTS)]


def tags(text: str) -> set[str]:
    """What a parser makes of the Markdown, inside its paragraphs and cells."""
    tokens = MarkdownIt("gfm-like", {"linkify": True}).parse(text)
    return {child.type for token in tokens for child in token.children or []}


def test_the_lists_of_a_run_in_dagster_hold_every_text_as_text():
    """What did not go through, by cause: fifty texts as record, reason and remedy; mappings; any report's table."""
    for some in (ROWS[:30], ROWS[30:]):
        shown = open_rows_markdown(causes_of(some), most=100)
        assert tags(shown) == {"text", "code_inline", "strong_open", "strong_close"}
        found = read(shown)
        for one in some:
            text = one_line(one.source_label)
            assert f"| {text} | {one.amount:,.2f} | {text} |" in found
            assert f"** {text}" in found

    problems = [SettingsProblem(text, text, text, 3, Decimal("-4.50")) for text in TEXTS]
    rows = [{"name": text, "amount": Decimal("-4.50"), "why": text} for text in TEXTS]
    half = len(rows) // 2
    tables = [missing_markdown(problems), markdown.table(rows[:half]), markdown.table(rows[half:])]
    assert all(tags(table) <= {"text", "code_inline"} for table in tables)
    missing, report = read(tables[0]), read(f"{tables[1]}\n\n{tables[2]}")
    for text in map(one_line, TEXTS):
        assert f"| {text} | 3 | -4.50 | {text} | {text} |" in missing
        assert f"| {text} | -4.50 | {text} |" in report


@pytest.mark.parametrize("text", TEXTS)
def test_a_check_that_fails_says_why_in_metadata_and_nothing_foreign_elsewhere(text: str):
    """Dagster shows a check's description as Markdown on one page and as text on another."""
    result = schema_broken(dg.AssetKey("invoices"), text)
    assert text not in (result.description or "")
    assert read(result.metadata["what_is_wrong"].value) == one_line(text)


def test_the_screens_print_every_text_and_crash_at_none():
    """Results of a run, findings, what waits for a person and what was decided, on a wide and on a narrow screen."""
    asked = [
        Question(realm="1", source_type="tenant", source_id=text, label=text, reason_code="x", reason=text, how_to_fix=text,
                 candidates=[Candidate(text, text, text, True, 90)], asked_at=NOW)
        for text in TEXTS
    ]  # fmt: skip
    decided = [
        Decision(realm="1", source_type="tenant", source_id=text, kind="confirm", quickbooks_type="Customer",
                 quickbooks_id=text, why=text, who=text, decided_at=NOW)
        for text in TEXTS
    ]  # fmt: skip
    for width in (60, 1_500):
        out = Console(file=io.StringIO(), width=width, color_system=None)
        for text, one in zip(TEXTS, ROWS, strict=True):
            screen.print_run(text, sums_of([one]), causes_of([one]), out)
        screen.print_findings([stops(text, text) for text in TEXTS], out)
        links.print_waiting(asked, out)
        links.print_decisions(decided, out)
        shown = out.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
        assert not {one for one in shown if one < " " and one != "\n"} | (
            set(shown) & set(map(chr, range(0x7F, 0xA0)))
        )
    for text in TEXTS:
        if one_line(text) == text and len(text) < 30:
            assert shown.count(text) >= 10, text


def test_the_files_of_a_run_hold_every_text(tmp_path: Path):
    """CSV and Excel, each column of each row: equal to the text, amounts numbers, nothing a formula or a link."""
    write_csv(tmp_path / "rows.csv", [ROWS])
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        kept = list(csv.DictReader(file))
    for one, found in zip(ROWS, kept, strict=True):
        assert found["reason"] == found["source_id"] == cell(one.reason)
        assert Decimal(found["amount"]) == one.amount

    write_xlsx(tmp_path / "rows.xlsx", book_of(TEXTS[0], "failed", ROWS))
    book = openpyxl.load_workbook(tmp_path / "rows.xlsx")
    assert not [
        cell
        for sheet in book
        for line in sheet.iter_rows()
        for cell in line
        if cell.hyperlink or cell.data_type == "f"
    ]
    for sheet in ("Needs attention", "All rows"):
        head, *lines = book[sheet].iter_rows(values_only=True)
        kept_rows = [dict(zip(head, line, strict=True)) for line in lines]
        kept_amounts = sorted((found["Reason"], found["Amount"]) for found in kept_rows)
        assert kept_amounts == sorted((excel.shown(one.reason), float(one.amount)) for one in ROWS)
        for found in kept_rows:
            assert found["Reason"] == found["What to do"] == found["Record"]
