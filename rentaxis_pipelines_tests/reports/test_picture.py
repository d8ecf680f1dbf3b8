"""The picture of receivables: its series are the mart's, and it stands in the work-paper and in the UI's Markdown."""

import base64
import datetime as dt
import struct
import zipfile
from decimal import Decimal

import pytest

from rentaxis_pipelines.reports.picture import SHOWN, Month, as_markdown, draw, receivables_by_month
from rentaxis_pipelines.reports.work_paper import write_work_paper

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def proof(pushed_once):
    """The ledger's connection; the portfolio was reconciled when it was pushed."""
    books = pushed_once.again()
    with books.reports() as connection:
        yield books, connection


def test_the_pictures_series_are_the_marts_rows_and_end_with_what_is_open_now(proof):
    """Month by month both sides, oldest first; the last month is the total of the open receivables, to the cent."""
    books, connection = proof
    months = receivables_by_month(connection)
    rows = books.sql("select month, rentaxis, quickbooks from receivables_by_month order by month")
    assert [(one.month, one.rentaxis, one.quickbooks) for one in months] == [
        tuple(row.values()) for row in rows
    ]
    (now,) = books.sql("select sum(rentaxis) as r, sum(quickbooks) as q from receivables")
    assert (months[-1].rentaxis, months[-1].quickbooks) == (now["r"], now["q"])
    assert now["r"] != now["q"] != 0  # two different lines: mixed up they would show


def a_year(quickbooks: int) -> list[Month]:
    return [
        Month(dt.date(2026, number, 1), Decimal(1000 + number), Decimal(quickbooks))
        for number in range(1, 13)
    ]


def test_the_picture_is_small_of_one_size_and_the_same_for_the_same_figures():
    """512 x 256 pixels; other figures give another picture; one month, none, and three years can be drawn."""
    picture = draw(a_year(1000))
    assert picture.startswith(PNG)
    assert struct.unpack(">II", picture[16:24]) == (512, 256)
    assert len(picture) < 40_000
    assert draw(a_year(1000)) == picture != draw(a_year(900))
    for months in ([], a_year(1)[:1], a_year(1) * (SHOWN // 12)):
        assert struct.unpack(">II", draw(months)[16:24]) == (512, 256)


def test_the_markdown_carries_the_picture_within_itself():
    """A data address with the very bytes: nothing to serve, and it stays with the run."""
    months = a_year(1000)
    text = as_markdown(months)
    encoded = text.removeprefix(
        "![Open receivables at the end of each month](data:image/png;base64,"
    ).removesuffix(")")
    assert base64.b64decode(encoded, validate=True) == draw(months)


def test_the_work_paper_holds_the_picture(proof, tmp_path):
    """The very picture of the mart's months is in the Excel file."""
    _, connection = proof
    path = write_work_paper(connection, tmp_path / "proof.xlsx")
    with zipfile.ZipFile(path) as book:
        pictures = [book.read(name) for name in book.namelist() if name.startswith("xl/media/")]
    assert pictures == [draw(receivables_by_month(connection))]
