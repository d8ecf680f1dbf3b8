"""Frames and records: one row a record, its columns taken from the record's class and stated nowhere else.

Here: which record type has which class, the Arrow types of its frame, and the way from a frame to records.
Not here: reading the database (``extract``), what a value must be like (``schemas``).
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.compute
from msgspec import inspect

from rentaxis_pipelines.model.arrow_json import with_values
from rentaxis_pipelines.model.record_types import SOURCES

RecordType: TypeAlias = str  # the name of a staging model of records, and of its frame
RECORD_TYPES: tuple[RecordType, ...] = tuple(source.model for source in SOURCES)
RECORD_CLASSES: Mapping[RecordType, type[msgspec.Struct]] = {
    source.model: source.record_class for source in SOURCES
}

DAY = "day"  # the partition day, the one column a frame has and a record has not
PROBLEM_COLUMNS = ("problem_code", "problem")

# Two more digits than money has, so that a source value of 10.125 is kept and refused for what it is.
KEPT_MONEY = pa.decimal128(20, 4)
CENTS = pa.decimal128(20, 2)

pc: Any = pyarrow.compute  # its functions are made while it is imported, out of a type checker's sight

_PLAIN_TYPES: Mapping[type[inspect.Type], pa.DataType] = {
    inspect.StrType: pa.string(),
    inspect.LiteralType: pa.string(),
    inspect.EnumType: pa.string(),
    inspect.BoolType: pa.bool_(),
    inspect.IntType: pa.int64(),
    inspect.DateType: pa.date32(),
    inspect.DateTimeType: pa.timestamp("us", "UTC"),
}

_STAND_INS: Mapping[pa.DataType, Any] = {
    pa.string(): "",
    pa.int64(): 0,
    pa.date32(): dt.date(1970, 1, 1),
    pa.timestamp("us", "UTC"): dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
}

_Record = TypeVar("_Record", bound=msgspec.Struct)


def frame_schema(record_type: RecordType) -> pa.Schema:
    """The columns of a frame of this record type, in order, with their exact Arrow types."""
    return pa.schema([pa.field(DAY, pa.date32()), *_struct_type(RECORD_CLASSES[record_type], KEPT_MONEY)])


def struct_schema(record_class: type[msgspec.Struct]) -> pa.Schema:
    """The fields of a record or of a child of one, as columns."""
    return pa.schema(list(_struct_type(record_class, KEPT_MONEY)))


def to_frame(table: pa.Table) -> pd.DataFrame:
    """The table as a pandas frame that keeps every Arrow type, also when it has no rows."""
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def to_table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """The columns of ``schema`` taken from a frame."""
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)


def with_stand_ins(table: pa.Table, record_class: type[msgspec.Struct]) -> pa.Table:
    """The same rows with something in every field a record cannot do without: epoch, zero, an empty text.

    Only for rows that are refused for the lack of it: they still become records, and no other row is lost.
    """
    filled = _filled(table.to_struct_array().combine_chunks(), inspect.type_info(record_class))
    return pa.Table.from_struct_array(filled)


def _filled(array: pa.Array, info: inspect.Type) -> pa.Array:
    mask = None
    if isinstance(info, inspect.UnionType):  # with None: what is empty may be
        (info,) = (each for each in info.types if not isinstance(each, inspect.NoneType))
        mask = array.is_null()
    match info:
        case inspect.StructType(fields=fields):
            types = {field.encode_name: field.type for field in fields}
            children = zip(array.type, array.flatten(), strict=True)
            columns = [
                _filled(child, types[field.name]) if field.name in types else child
                for field, child in children
            ]
            return pa.StructArray.from_arrays(columns, fields=list(array.type), mask=mask)
        case inspect.ListType(item_type=item):
            return with_values(array, _filled(array.flatten(), item), mask)
        case inspect.LiteralType(values=known):
            return pc.if_else(pc.is_in(array, pa.array(known)), array, known[0])
        case _ if mask is None and array.null_count:
            return array.fill_null(_STAND_INS[array.type])
        case _:
            return array


def records_from_frame(frame: pd.DataFrame, record_class: type[_Record]) -> list[_Record]:
    """The rows as records, in their order. Columns the class has not (``day``) are left out.

    Money comes in whole cents, ``Decimal("1200.00")``. Only a refused row (``problem_code`` is set) may carry
    more digits, namely those it was refused for.
    """
    table = to_table(frame, struct_schema(record_class))
    cents = pa.schema(list(_struct_type(record_class, CENTS)))
    return msgspec.convert(_in_cents(table, cents), list[record_class])


def _in_cents(table: pa.Table, cents: pa.Schema) -> list[dict[str, Any]]:
    """Halved until the rows with fractions of a cent stand alone: they keep them, the others have cents."""
    try:
        return table.cast(cents).to_pylist()
    except pa.ArrowInvalid:
        half = table.num_rows // 2
        if half == 0:
            return table.to_pylist()
        parts = (range(half), range(half, table.num_rows))
        # Taken, not sliced: a cast looks at all children of a sliced list, not only at those of the slice.
        return [row for part in parts for row in _in_cents(table.take(pa.array(part)), cents)]


def _struct_type(record_class: type[msgspec.Struct], money: pa.DataType) -> pa.StructType:
    return _arrow_type(inspect.type_info(record_class), money)


def _arrow_type(info: inspect.Type, money: pa.DataType) -> Any:
    match info:
        case inspect.UnionType(types=options):
            (option,) = (each for each in options if not isinstance(each, inspect.NoneType))
            return _arrow_type(option, money)
        case inspect.StructType(fields=fields):
            return pa.struct(
                [pa.field(field.encode_name, _arrow_type(field.type, money)) for field in fields]
            )
        case inspect.ListType(item_type=item):
            return pa.list_(_arrow_type(item, money))
        case inspect.DecimalType():
            return money
        case _:
            return _PLAIN_TYPES[type(info)]
