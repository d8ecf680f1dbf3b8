"""Files for a spreadsheet: read back, every text is the text, no cell is a formula or a link, and numbers are numbers."""

import csv
import datetime as dt
import io
import re
import tempfile
import unicodedata
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from rentaxis_pipelines.render import csv as ours
from rentaxis_pipelines.render import excel, file_names
from rentaxis_pipelines.render.characters import lines, one_line
from rentaxis_pipelines_tests.render.hostile import SAMPLES, for_any, texts


def written(cells: list[object]) -> str:
    file = io.StringIO(newline="")
    ours.write(file, ["head"] * len(cells), [cells])
    return file.getvalue()


def begins_a_formula(cell: str) -> bool:
    """The rule of a suspicious spreadsheet: spaces, quotes and what is not seen before the sign do not matter, nor its width."""
    seen = re.sub(r'^[\s"\u200b\ufeff\ufffd\u2400-\u2421]+', "", cell)
    return bool(seen) and unicodedata.normalize("NFKC", seen)[0] in "=+-@|%\u2212"


@for_any(st.lists(texts, min_size=1, max_size=4))
def test_no_text_is_a_formula_whatever_parts_the_cells(cells: list[str]):
    """Read with commas each cell is its text, an apostrophe before it where it would act; with semicolons or tabs none acts either."""
    file = written(list(cells))
    (_, row) = csv.reader(io.StringIO(file, newline=""))
    for cell, value in zip(row, cells, strict=True):
        assert not begins_a_formula(cell)
        assert cell.replace("'", "") == one_line(value).replace("'", "")
        assert cell == ours.cell(value)
    for delimiter in ";\t":
        for cells_there in csv.reader(
            io.StringIO(file, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE
        ):
            assert not any(begins_a_formula(cell) for cell in cells_there)
    file.encode()


@pytest.mark.parametrize(
    "value", ["=1", " =1", "\n=1", "\t=1", "\r=1", "\u00a0=1", "\ufeff=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "|x", "+1", "-1", "@x", '"=1']
)  # fmt: skip
def test_every_way_to_begin_a_formula_is_defused(value: str):
    assert ours.cell(value) == f"'{one_line(value)}"


def test_numbers_and_days_stay_what_they_are():
    """A negative amount is no formula, and text that is none is left alone."""
    cells = [Decimal("-1234.50"), -3, dt.date(2026, 5, 1), None, True, "Unit 1 - 2", "O'Neil", "INV-7"]
    row = list(csv.reader(io.StringIO(written(cells), newline="")))[1]
    assert row == ["-1234.50", "-3", "2026-05-01", "", "True", "Unit 1 - 2", "O'Neil", "INV-7"]


def kept_in_a_book(path: Path, values: list[str], *, row_by_row: bool) -> None:
    with excel.book(path, row_by_row=row_by_row) as book:
        sheet = book.add_worksheet("Sheet")
        formats = excel.formats(book)
        for number, value in enumerate(values):
            excel.write(sheet, number, 0, value, formats)
            excel.write(sheet, number, 1, value, formats, "head")


def check_book(values: list[str], *, row_by_row: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.xlsx"
        kept_in_a_book(path, values, row_by_row=row_by_row)
        with zipfile.ZipFile(path) as file:
            parts = {name: file.read(name) for name in file.namelist()}
        book = openpyxl.load_workbook(path)
        for number, value in enumerate(values, start=1):
            for cell in book["Sheet"][number][:2]:
                # openpyxl undoes Excel's _xHHHH_ in the shared strings only; Excel does in every cell (ST_Xstring).
                found = unescape(cell.value or "") if row_by_row else (cell.value or "")
                assert found == excel.shown(value)
                assert cell.data_type in ("s", "n" if cell.value is None else "s", "inlineStr")
                assert cell.hyperlink is None
        book.close()
    assert not any(b"<f>" in part or b"<f " in part or b"<hyperlink" in part for part in parts.values())
    assert not any(b"hyperlink" in part for name, part in parts.items() if name.endswith(".rels"))


@pytest.mark.parametrize("row_by_row", [False, True])
def test_an_excel_file_of_hostile_texts_holds_texts_only(row_by_row: bool):
    """Formulas, addresses of every length, numbers, XlsxWriter's own XML, control characters: 0 formulas, 0 links, each text equal."""
    long = [
        "x" * 32_766 + "=1",
        "x" * 32_768,
        "\U0001f3e0" * 16_383,
        "\U0001f3e0" * 16_384,
        "http://evil.example/" + "y" * 40_000,
    ]
    check_book([*SAMPLES, *long], row_by_row=row_by_row)


@for_any(st.lists(texts, min_size=1, max_size=10), st.booleans(), examples=20)
def test_an_excel_file_of_any_texts_gives_them_back(values: list[str], row_by_row: bool):
    check_book(values, row_by_row=row_by_row)


def test_a_text_too_long_for_a_cell_is_cut_where_it_shows():
    """It ends in three dots, in Excel's own count of characters, and no character is halved."""
    for text in ("x" * 40_000, "x" + "\U0001f3e0" * 20_000):
        shown = excel.shown(text)
        assert shown.endswith(" ...")
        assert 32_766 <= len(shown.encode("utf-16-le")) // 2 <= 32_767
        assert text.startswith(shown.removesuffix(" ..."))
    assert excel.shown("x" * 32_767) == "x" * 32_767
    assert excel.shown("a\r\nb\x1b") == lines("a\nb\u241b")


def test_a_book_that_cannot_be_written_is_an_oserror(tmp_path: Path):
    """Whatever XlsxWriter makes of it."""
    with pytest.raises(FileNotFoundError), excel.book(tmp_path / "nowhere" / "x.xlsx"):
        pass


@for_any(texts)
def test_a_file_name_stays_in_its_folder_and_is_good_on_every_system(value: str):
    name = file_names.file_name(value, "xlsx")
    assert Path(name).name == name
    assert not set(name) & set('\\/:*?"<>|\0\n\r\t')
    assert name.endswith(".xlsx")
    assert not name.startswith((".", " "))
    assert len(name.encode()) <= 210
    assert not re.match(r"(?i)(con|prn|aux|nul|com\d|lpt\d)\.", name)
