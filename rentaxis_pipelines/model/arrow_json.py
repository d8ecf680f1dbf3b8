"""Arrow tables from and to JSON text, exactly: decimals, days and instants travel as text, none as a float.

The one bridge between Postgres, which speaks JSON (``row_to_json``, ``jsonb``), and Arrow, whose reader
parses it in C. Here: types and conversion only. Not here: queries, table layouts, what a value must be like.
Imports no room.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute
import pyarrow.json as pj

pc: Any = pyarrow.compute  # its functions are made while it is imported, out of a type checker's sight


class NotJson(Exception):
    """The text does not have the shape the schema asks for; the message names the column."""


class Unreadable(NamedTuple):
    """A value its column's type cannot hold, "NaN" as money or "infinity" as a day. It was read as null."""

    row: int
    path: str  # "total_amount", or "lines.amount" for a value inside a child
    text: str


Inspect = Callable[[str, pa.Array, pa.Array, pa.DataType], None]


def parse(
    rows: Sequence[str], schema: pa.Schema, inspect: Inspect | None = None
) -> tuple[pa.Table, list[Unreadable]]:
    """Read JSON objects, one a row, into a table of ``schema``; keys the schema has not are passed over.

    ``inspect`` is shown each column, nested ones too, whose values travel as text: their path, the row each is in, the texts, and
    the type they are read as. A missing key reads as null. Raises NotJson if a value is of another kind altogether (a number where text
    is carried, an object where a list is).
    """
    if not rows:
        return schema.empty_table(), []
    content = "\n".join(rows).encode()
    carried = pa.schema([pa.field(field.name, carried_type(field.type)) for field in schema])
    try:
        raw = pj.read_json(
            io.BytesIO(content),
            # One block, because Arrow reads a block at a time and a row may not straddle two.
            read_options=pj.ReadOptions(block_size=len(content) + 1, use_threads=False),
            parse_options=pj.ParseOptions(
                explicit_schema=carried, newlines_in_values=True, unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid as error:
        # Arrow's other sentences quote the value.
        said = str(error)
        raise NotJson(said if "Column(" in said else "a number that its column cannot hold") from None
    unreadable: list[Unreadable] = []
    numbers = pa.array(range(raw.num_rows), pa.int64())
    columns = [
        _typed(raw.column(field.name).combine_chunks(), field.type, numbers, field.name, unreadable, inspect)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema), unreadable


def carried_type(data_type: pa.DataType) -> pa.DataType:
    """The type a value has in JSON: text, whole number, truth value, list or object."""
    if pa.types.is_struct(data_type):
        return pa.struct([pa.field(field.name, carried_type(field.type)) for field in data_type])
    if pa.types.is_list(data_type):
        return pa.list_(carried_type(data_type.value_type))
    if pa.types.is_string(data_type) or pa.types.is_int64(data_type) or pa.types.is_boolean(data_type):
        return data_type
    if travels_as_text(data_type):
        return pa.string()
    raise TypeError(f"Columns of type {data_type} are not supported here.")


def travels_as_text(data_type: pa.DataType) -> bool:
    """True of what JSON has no exact form for: decimals, floats, days, instants."""
    return (
        pa.types.is_decimal128(data_type)
        or pa.types.is_float64(data_type)
        or pa.types.is_date32(data_type)
        or data_type == pa.timestamp("us", "UTC")
    )


def to_texts(array: pa.Array) -> pa.Array:
    """Each value of a nested array as JSON text, null staying null: the inverse of ``parse`` for a column."""
    encode = msgspec.json.Encoder(decimal_format="string", enc_hook=_refuse).encode
    plain = _as_carried(array)
    return pa.array(
        (None if value is None else encode(value).decode() for value in plain.to_pylist()), pa.string()
    )


def _refuse(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} has no JSON form here.")


def _as_carried(array: pa.Array) -> pa.Array:
    data_type = array.type
    if pa.types.is_struct(data_type):
        children = [_as_carried(child) for child in array.flatten()]
        fields = [pa.field(field.name, carried_type(field.type)) for field in data_type]
        return pa.StructArray.from_arrays(children, fields=fields, mask=array.is_null())
    if pa.types.is_list(data_type):
        return with_values(array, _as_carried(array.flatten()), array.is_null())
    return array.cast(carried_type(data_type))


def _typed(
    array: pa.Array,
    wanted: pa.DataType,
    rows: pa.Array,
    path: str,
    unreadable: list[Unreadable],
    inspect: Inspect | None = None,
) -> pa.Array:
    if pa.types.is_struct(wanted):
        children = [
            _typed(child, field.type, rows, f"{path}.{field.name}", unreadable, inspect)
            for child, field in zip(array.flatten(), wanted, strict=True)
        ]
        return pa.StructArray.from_arrays(children, fields=list(wanted), mask=array.is_null())
    if pa.types.is_list(wanted):
        parents = rows.take(pc.list_parent_indices(array))
        values = _typed(array.flatten(), wanted.value_type, parents, path, unreadable, inspect)
        return with_values(array, values, array.is_null())
    if array.type == wanted:
        return array
    if inspect is not None:
        inspect(path, rows, array, wanted)
    try:
        return array.cast(wanted)
    except pa.ArrowInvalid:
        held = _castable(array, wanted)
        lost = pc.and_(pc.is_valid(array), pc.invert(held))
        for row, text in zip(rows.filter(lost).to_pylist(), array.filter(lost).to_pylist(), strict=True):
            unreadable.append(Unreadable(row, path, text))
        return pc.if_else(held, array, pa.scalar(None, array.type)).cast(wanted)


def with_values(like: pa.ListArray, values: pa.Array, nulls: pa.Array | None) -> pa.Array:
    """A list array with the lengths of ``like``, other values, and null where ``nulls`` says so."""
    lengths = pc.fill_null(like.value_lengths(), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
    return pa.ListArray.from_arrays(offsets, values, mask=nulls)


def _castable(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    def holds(text: str | None) -> bool:
        try:
            pa.scalar(text, pa.string()).cast(wanted)
        except pa.ArrowInvalid:
            return False
        return True

    distinct = array.unique()
    return pc.is_in(array, pa.array([text for text in distinct.to_pylist() if holds(text)], pa.string()))
