import datetime as dt
from decimal import Decimal

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.model.source_records import Invoice
from rentaxis_pipelines.rentaxis.frames import (
    DAY,
    RECORD_CLASSES,
    RECORD_TYPES,
    frame_schema,
    records_from_frame,
    struct_schema,
    to_frame,
    with_stand_ins,
)

CENTS = st.integers(-(10**15), 10**15).map(lambda cents: Decimal(cents) / 100)
VALUES = {
    pa.string(): st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.bool_(): st.booleans(),
    pa.date32(): st.dates(),
    pa.timestamp("us", "UTC"): st.datetimes(timezones=st.just(dt.UTC)),
    pa.decimal128(20, 4): CENTS,
}


def present_values_of(data_type: pa.DataType) -> st.SearchStrategy:
    """Any value of an Arrow type but null; a null may stand in a struct, never in a list."""
    if pa.types.is_struct(data_type):
        return st.fixed_dictionaries({field.name: values_of(field.type) for field in data_type})
    if pa.types.is_list(data_type):
        return st.lists(present_values_of(data_type.value_type), max_size=2)
    return VALUES[data_type]


def values_of(data_type: pa.DataType) -> st.SearchStrategy:
    """Any value of an Arrow type, null among them."""
    return st.none() | present_values_of(data_type)


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_a_frame_has_the_day_and_then_the_fields_of_the_record(record_type) -> None:
    """Stated once, in records.py."""
    assert frame_schema(record_type).names == [DAY, *RECORD_CLASSES[record_type].__struct_fields__]


def test_money_days_and_instants_have_exact_types() -> None:
    schema = struct_schema(Invoice)
    assert schema.field("total_amount").type == pa.decimal128(20, 4)
    assert schema.field("due_date").type == pa.date32()
    assert schema.field("updated_at").type == pa.timestamp("us", "UTC")
    assert schema.field("lines").type.value_type.field("account").type.field("name").type == pa.string()


@pytest.mark.parametrize("record_type", RECORD_TYPES)
@settings(max_examples=25)
@given(data=st.data())
def test_records_and_frames_hold_the_same(record_type, data) -> None:
    """Any row, whatever is missing in it, becomes a record that becomes the same row again."""
    schema, record_class = struct_schema(RECORD_CLASSES[record_type]), RECORD_CLASSES[record_type]
    rows = data.draw(st.lists(st.fixed_dictionaries({field.name: values_of(field.type) for field in schema})))
    table = with_stand_ins(pa.Table.from_pylist(rows, schema), record_class)
    records = records_from_frame(to_frame(table), record_class)
    again = [msgspec.to_builtins(record, builtin_types=(Decimal, dt.date, dt.datetime)) for record in records]
    assert pa.Table.from_pylist(again, schema).equals(table)


@pytest.mark.parametrize("where", ["total_amount", "lines"])
def test_fractions_of_a_cent_in_one_row_leave_the_others_in_cents(where) -> None:
    """In the row itself or in a child; the refused row keeps them."""
    schema = struct_schema(Invoice)
    line = {"source_id": "1", "position": 1, "description": None, "account": None}
    rows = []
    for amount in ("1200", "7", "0.005", "3.10", "8"):
        amounts = {"total_amount": Decimal(1), "lines": [{**line, "amount": Decimal(1)}]}
        amounts[where] = Decimal(amount) if where == "total_amount" else [{**line, "amount": Decimal(amount)}]
        rows.append({**{field.name: None for field in schema}, **amounts})
    frame = to_frame(with_stand_ins(pa.Table.from_pylist(rows, schema), Invoice))
    records = records_from_frame(frame, Invoice)
    said = [str(each.total_amount if where == "total_amount" else each.lines[0].amount) for each in records]
    assert said == ["1200.00", "7.00", "0.0050", "3.10", "8.00"]


def test_a_row_without_what_a_record_needs_still_becomes_one() -> None:
    """Its refusal is told elsewhere; here nothing is lost, and what may be empty stays empty."""
    schema = struct_schema(Invoice)
    table = with_stand_ins(pa.Table.from_pylist([{field.name: None for field in schema}], schema), Invoice)
    (record,) = records_from_frame(to_frame(table), Invoice)
    assert (record.source_id, record.invoice_date, record.lines) == ("", dt.date(1970, 1, 1), [])
    assert record.updated_at == dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert record.place.property_id is None
    assert (record.payer, record.total_amount, record.status) == (None, None, None)
