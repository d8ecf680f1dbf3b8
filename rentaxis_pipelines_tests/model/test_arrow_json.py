import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from rentaxis_pipelines.model.arrow_json import NotJson, Unreadable, parse, to_texts

LINE = pa.struct([("amount", pa.decimal128(20, 4)), ("due", pa.date32())])
SCHEMA = pa.schema(
    [
        ("total", pa.decimal128(20, 4)),
        ("at", pa.timestamp("us", "UTC")),
        ("lines", pa.list_(LINE)),
        ("one", LINE),
    ]
)


def test_rows_are_read_with_exact_types() -> None:
    """Money from text, instants of any offset in UTC, a missing key as null, an unknown one passed over."""
    table, unreadable = parse(
        [
            '{"total": "0.1000", "at": "2026-03-08T02:30:00.123456-05:00", "more": {"x": 1}}',
            '{"lines": [{"amount": "9999999999999999.9999"}, null], "one": {}}',
        ],
        SCHEMA,
    )
    assert unreadable == []
    assert table.schema == SCHEMA
    first, second = table.to_pylist()
    assert first["total"] == Decimal("0.1")
    assert first["at"] == dt.datetime(2026, 3, 8, 7, 30, 0, 123456, tzinfo=dt.UTC)
    assert (first["lines"], first["one"]) == (None, None)
    assert second["lines"] == [{"amount": Decimal("9999999999999999.9999"), "due": None}, None]
    assert second["one"] == {"amount": None, "due": None}


def test_what_a_type_cannot_hold_is_named_and_costs_no_other_value() -> None:
    """By row, path and text; a child's is laid at its parent's door."""
    table, unreadable = parse(
        [
            '{"total": "1.00", "lines": [{"amount": "2.00"}]}',
            '{"total": "NaN", "lines": [{"amount": "3.00"}, {"amount": "12.34567"}]}',
            '{"total": "12345678901234567.00", "at": "infinity", '
            '"one": {"due": "10000-01-01", "amount": "4.00"}}',
        ],
        SCHEMA,
    )
    assert set(unreadable) == {
        Unreadable(1, "total", "NaN"),
        Unreadable(1, "lines.amount", "12.34567"),
        Unreadable(2, "total", "12345678901234567.00"),
        Unreadable(2, "at", "infinity"),
        Unreadable(2, "one.due", "10000-01-01"),
    }
    first, second, third = table.to_pylist()
    assert (first["total"], first["lines"][0]["amount"]) == (Decimal(1), Decimal(2))
    assert [line["amount"] for line in second["lines"]] == [Decimal(3), None]
    assert (third["total"], third["at"]) == (None, None)
    assert third["one"] == {"amount": Decimal(4), "due": None}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ('{"total": 1.5}', "total"),
        ('{"lines": {"amount": "1"}}', "lines"),
        ('{"lines": [{"amount": 1}]}', "amount"),
        ('{"one": "x"}', "one"),
    ],
)
def test_a_value_of_another_kind_is_no_json_of_ours(row: str, column: str) -> None:
    """A JSON number where money is carried would have been a float on its way."""
    with pytest.raises(NotJson, match=column):
        parse([row], SCHEMA)


def test_nothing_reads_as_an_empty_table_of_the_same_types() -> None:
    assert parse([], SCHEMA) == (SCHEMA.empty_table(), [])


def test_nested_values_become_text_and_come_back() -> None:
    """Also out of a slice, whose children start somewhere in the middle."""
    values = [
        None,
        [],
        [{"amount": Decimal("1.5000"), "due": None}, None],
        [{"amount": None, "due": dt.date(2026, 3, 1)}],
    ]
    array = pa.array(values, pa.list_(LINE))
    schema = pa.schema([("lines", array.type)])
    for piece in (array, array.slice(2), array.slice(1, 2)):
        texts = to_texts(piece).to_pylist()
        table, unreadable = parse([f'{{"lines": {text or "null"}}}' for text in texts], schema)
        assert table.column("lines").combine_chunks().equals(piece)
        assert unreadable == []
    assert to_texts(array).to_pylist()[2] == '[{"amount":"1.5000","due":null},null]'


def test_a_type_without_an_exact_text_is_refused() -> None:
    with pytest.raises(TypeError, match="binary"):
        to_texts(pa.array([[b"x"]]))
