"""The short rows of a range on real Postgres: what is asked of them instead of keeping lists of records."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import links, read_rows
from rentaxis_pipelines.ledger.database import connect, engine
from rentaxis_pipelines.ledger.read_rows import RowChunk, RowRepeated
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.links import Link

FIRST = dt.date(2026, 3, 1)
MARCH = DateRange.of_days(FIRST, dt.date(2026, 3, 31))
PRINT = "d41d8cd9-8f00-b204-e980-0998ecf8427e"


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number - 1)


def lines(*rows: tuple[str, int, str | None]) -> list[bytes]:
    """Of id, day of March and number, as COPY has them: two blocks, cut within a line."""
    text = "".join(
        f"{source_id}\t{day(number)}\t{wanted or chr(92) + 'N'}\t10.10\t{PRINT}\n"
        for source_id, number, wanted in rows
    ).encode()
    return [text[:17], text[17:]]


def link(source_id: str, number: str, **changes: Any) -> Link:
    values: dict[str, Any] = {
        "realm": "r",
        "source_type": "invoice",
        "source_id": source_id,
        "quickbooks_type": "Invoice",
        "quickbooks_id": f"q{source_id}",
        "sync_token": "0",
        "content_hash": "h",
        "mapped": {"TxnDate": "2026-03-02"},
        "owned": [],
        "origin": "created",
        "quickbooks_number": number,
        "updated_at": dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
    }
    return Link(**{**values, **changes})


@pytest.fixture
def ledger(ledger_database: str) -> Iterator[sa.Connection]:
    with connect(ledger_database) as connection:
        read_rows.make(connection)
        yield connection
    engine(ledger_database).dispose()


def fill(ledger: sa.Connection, *rows: tuple[str, int, str | None]) -> None:
    read_rows.fill(ledger, "invoices", "invoice", lines(*rows))


def settle(ledger: sa.Connection, *ids: str) -> None:
    ledger.execute(
        sa.text(
            "insert into pg_temp.settled_rows select source_type, source_id from pg_temp.read_rows where source_id = any(:ids)"
        ),
        {"ids": list(ids)},
    )


def test_rows_are_counted_and_summed_by_type_and_day(ledger) -> None:
    fill(ledger, ("1", 1, "A"), ("2", 2, None), ("3", 40, "C"))
    read_rows.fill(ledger, "payments", "payment", lines(("1", 1, "P")))
    assert read_rows.sums(ledger, "invoice", MARCH) == (2, Decimal("20.20"))
    assert read_rows.sums(ledger, "expense", MARCH) == (0, Decimal("0.00"))


def test_a_record_that_comes_twice_is_named_and_nothing_is_added(ledger) -> None:
    fill(ledger, ("1", 1, "A"))
    with pytest.raises(RowRepeated) as twice:
        fill(ledger, ("2", 1, "B"), ("a), (b", 2, None), ("a), (b", 3, None))
    assert twice.value.source_id == "a), (b"
    assert read_rows.sums(ledger, "invoice", MARCH)[0] == 1


def test_a_row_without_a_day_is_refused_as_well(ledger) -> None:
    with pytest.raises(RowRepeated):
        read_rows.fill(ledger, "invoices", "invoice", [b"1\t\\N\t\\N\t0.00\t\\N\n"])
    assert read_rows.sums(ledger, "invoice", MARCH)[0] == 0


def test_a_source_that_fails_on_the_way_leaves_nothing(ledger) -> None:
    def failing() -> Iterator[bytes]:
        yield lines(("1", 1, "A"))[0]
        raise LookupError

    with pytest.raises(LookupError):
        read_rows.fill(ledger, "invoices", "invoice", failing())
    assert read_rows.sums(ledger, "invoice", MARCH)[0] == 0


def test_a_table_made_again_is_empty_and_days_are_forgotten_by_themselves(ledger) -> None:
    fill(ledger, ("1", 1, "A"), ("2", 20, "B"))
    read_rows.clear(ledger, "invoices", DateRange.of_days(day(1), day(2)))
    assert read_rows.sums(ledger, "invoice", MARCH)[0] == 1
    read_rows.make(ledger)
    assert read_rows.sums(ledger, "invoice", MARCH)[0] == 0


def test_days_that_are_wanted_whole_are_one_chunk_and_others_are_named(ledger) -> None:
    fill(ledger, *((str(number), number, None) for number in range(1, 11)))
    settle(ledger, "5", "9", "10")
    assert list(read_rows.chunks(ledger, "invoice", MARCH, 4)) == [
        RowChunk(DateRange.of_days(day(1), day(4)), None, 4),
        RowChunk(DateRange.of_days(day(6), day(8)), None, 3),
    ]
    assert list(read_rows.chunks(ledger, "invoice", MARCH, 6)) == [
        RowChunk(DateRange.of_days(day(1), day(7)), ["1", "2", "3", "4", "6", "7"], 6),
        RowChunk(DateRange.of_days(day(8), day(8)), None, 1),
    ]


def test_a_day_larger_than_a_chunk_is_cut_in_the_order_of_planning(ledger) -> None:
    fill(ledger, *((str(number), 3, None) for number in range(1, 12)), ("0", 4, None))
    found = list(read_rows.chunks(ledger, "invoice", MARCH, 5))
    assert [chunk.ids for chunk in found] == [
        ["1", "2", "3", "4", "5"],
        ["6", "7", "8", "9", "10"],
        ["11"],
        None,
    ]
    assert all(chunk.rows <= 5 for chunk in found)


def test_contested_records_come_first_and_together(ledger) -> None:
    fill(ledger, ("1", 1, "A"), ("2", 2, None), ("3", 3, "A"))
    found = list(
        read_rows.chunks(ledger, "invoice", MARCH, 10, read_rows.contested(ledger, "r", "invoice", MARCH))
    )
    assert [(chunk.ids, chunk.rows) for chunk in found] == [(["1", "3"], 2), (None, 1)]


def test_records_are_contested_for_a_number_wanted_twice_held_by_another_or_not_their_own(ledger) -> None:
    links.save_links(
        ledger,
        [
            link("1", "a"),  # under its own number
            link("2", "B-old"),  # under another
            link("90", "C"),  # not of these days
            link("4", "b-OLD", quickbooks_id="other", state="gone"),
            link("6", "F", source_type="payment"),
            link("7", "G"),  # settled, and wanted by 8
        ],
    )
    rows = [
        ("1", 1, "A"),
        ("2", 1, "B"),
        ("3", 1, "c"),
        ("4", 1, "D"),
        ("5", 1, "E"),
        ("6", 1, "F"),
        ("7", 1, "G"),
    ]
    fill(ledger, *rows, ("8", 2, "g"), ("9", 2, None), ("10", 3, "X"), ("11", 1, "x"))
    settle(ledger, "7", "11")
    assert read_rows.contested(ledger, "r", "invoice", MARCH) == ["2", "3", "8", "10"]
    assert read_rows.contested(ledger, "another", "invoice", MARCH) == ["8", "10"]


def test_who_holds_a_number_that_somebody_waits_for_is_contested_with_them(ledger) -> None:
    links.save_links(ledger, [link("1", "A"), link("2", "A-1")])
    fill(ledger, ("1", 1, None), ("2", 2, "A"), ("3", 3, "B"))
    assert read_rows.contested(ledger, "r", "invoice", MARCH) == ["1", "2"]


def test_live_links_of_the_days_without_a_row_are_missing(ledger) -> None:
    known = [
        link("1", "A"),
        link("2", "B", state="void"),
        link("10", "C"),
        link("3", "D", mapped={"TxnDate": "2026-04-01"}),
        link("4", "E"),
        link("5", "F", source_type="payment"),
    ]
    links.save_links(ledger, known)
    fill(ledger, ("1", 1, "A"))
    read_rows.fill(ledger, "payments", "payment", lines(("4", 1, "P")))
    assert [each.source_id for each in read_rows.missing_links(ledger, "r", "invoice", MARCH)] == ["4", "10"]
