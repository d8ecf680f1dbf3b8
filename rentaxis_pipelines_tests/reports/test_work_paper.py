"""The Excel work-paper: one file to keep, its money as numbers, its sums those of the marts."""

import datetime as dt
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

import openpyxl
import sqlalchemy as sa

from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.reports.work_paper import SHEETS, write_work_paper

SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets_of(path) -> dict[str, list[dict[str, str | float]]]:
    """The workbook as another program reads it: by title, a dictionary of column letters for each row."""
    with zipfile.ZipFile(path) as book:
        titles = [
            each.attrib["name"]
            for each in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{SPACE}sheet")
        ]
        shared = []
        if "xl/sharedStrings.xml" in book.namelist():
            shared = [
                "".join(text.text or "" for text in each.iter(f"{SPACE}t"))
                for each in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{SPACE}si")
            ]
        found = {}
        for number, title in enumerate(titles, start=1):
            page = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            found[title] = [
                {cell.attrib["r"].rstrip("0123456789"): _value(cell, shared) for cell in row}
                for row in page.iter(f"{SPACE}row")
            ]
    return found


def _value(cell, shared) -> str | float:
    kind = cell.attrib.get("t")
    if kind == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{SPACE}t"))
    text = cell.findtext(f"{SPACE}v") or ""
    return shared[int(text)] if kind == "s" else float(text)


def test_the_work_paper_holds_every_difference_and_its_sums_are_the_marts(pushed, tmp_path):
    """Every row of every sheet is there; the totals below are those of the tables, to the cent; the run is named."""
    summary = pushed.reconcile()
    with pushed.reports() as connection:
        path = write_work_paper(connection, tmp_path / "proof.xlsx")

    sheets = sheets_of(path)

    about = {row.get("A"): row.get("B") for row in sheets["About"]}
    assert (about["Run"], about["Requested by"]) == (summary.run_id, "a test")
    days = [
        dt.date(1899, 12, 30) + dt.timedelta(days=int(about[name])) for name in ("First day", "Last day")
    ]  # Excel's days
    assert days == [summary.first_day, summary.last_day]
    (made,) = pushed.sql("select (made_at at time zone 'UTC')::date as day from parameters")
    assert dt.date(1899, 12, 30) + dt.timedelta(days=int(about["Created (UTC)"])) == made["day"]
    for sheet in SHEETS:
        (count,) = pushed.sql(f"select count(*) as rows from {sheet.mart}")
        totals = 1 if sheet.sums and count["rows"] else 0
        assert len(sheets[sheet.title]) == 2 + count["rows"] + totals, sheet.title
    for page in openpyxl.load_workbook(path):
        assert (page.page_setup.orientation, page.page_setup.fitToWidth or 1) == ("landscape", 1)
        assert page.oddFooter.left.text.endswith(
            f"{summary.first_day} to {summary.last_day}, requested by a test"
        )
        assert page.title == "About" or page.print_title_rows == "$1:$2"
        heads = [cell.value for cell in page[2]]
        to_look_up = [heads.index(head) for head in heads if head in ("RentAxis id", "QuickBooks id", "Link")]
        assert sorted(to_look_up) == list(range(len(heads) - len(to_look_up), len(heads))), page.title
    (mart,) = pushed.sql(
        "select sum(rentaxis) as r, sum(quickbooks) as q, sum(difference) as d from reconciliation"
    )
    last = sheets["Reconciliation"][-1]
    assert [Decimal(str(last[column])) for column in "GHI"] == [mart["r"], mart["q"], mart["d"]]
    assert len(sheets["Differences"]) == 3 + summary.differing


def test_a_tenants_name_is_never_a_formula(pushed, tmp_path):
    """A text that begins like a formula stays a text: nothing a tenant is called runs in an accountant's Excel."""
    names = [
        '=HYPERLINK("http://example.com","click")',
        "http://example.com/x",
        "<r><t>x</t></r>",
        "\x1b[31m",
        "mailto:a@b.example",
    ]
    pushed.reconcile()
    with pushed.reports() as connection:
        for number, name in enumerate(names):
            one = "(select ctid from reconciliation order by record_type, month, account, party limit 1 offset :number)"
            statement = sa.text(f"update reconciliation set party = :name where ctid = {one}")
            connection.execute(statement, {"name": name, "number": number})
        path = write_work_paper(connection, tmp_path / "proof.xlsx")

    with zipfile.ZipFile(path) as book:
        pages = b"".join(book.read(one) for one in book.namelist() if one.startswith("xl/worksheets/"))
    assert b"<f>" not in pages
    assert b"hyperlink" not in pages
    cells = [
        str(cell)
        for page in openpyxl.load_workbook(path)
        for row in page.iter_rows(values_only=True)
        for cell in row
    ]
    for name in names:
        assert one_line(name) in cells, name
