"""What a folder of staging models made for an earlier version lacks: read as records that RentAxis does not have.

A user's own folder must keep working when a later version reads more. A model it has no file for returns no rows; a column or key it does not
return is empty. Here: the SQL that stands in. Not here: which models and columns may be lacking (``contract``).
"""

from collections.abc import Mapping

import pyarrow as pa

from rentaxis_pipelines.rentaxis.contract import ADDED, OPTIONAL, read_schema

_SQL_TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "text",
    pa.bool_(): "boolean",
    pa.int64(): "bigint",
    pa.date32(): "date",
    pa.timestamp("us", "UTC"): "timestamptz",
}


def stand_ins() -> dict[str, str]:
    """By the model's name: the SELECT of one that returns no rows, with the columns of the contract."""
    return {model: _without_rows(model) for model in OPTIONAL}


def added_columns(model: str) -> dict[str, str]:
    """By the column's name: the expression of one that is empty, for those a folder need not return."""
    names = {path for path in ADDED.get(model, ()) if "." not in path}
    return {field.name: _empty(field.type) for field in read_schema(model) if field.name in names}


def _without_rows(model: str) -> str:
    columns = ",\n    ".join(f'{_null(field.type)} as "{field.name}"' for field in read_schema(model))
    return f"select\n    {columns}\nwhere false"


def _empty(data_type: pa.DataType) -> str:
    return "'[]'::json" if pa.types.is_list(data_type) else _null(data_type)


def _null(data_type: pa.DataType) -> str:
    return f"null::{_sql_type(data_type)}"


def _sql_type(data_type: pa.DataType) -> str:
    if pa.types.is_decimal(data_type):
        return "numeric(20, 2)"
    if pa.types.is_list(data_type) and pa.types.is_string(data_type.value_type):
        return "text[]"
    return _SQL_TYPES.get(data_type, "json")
