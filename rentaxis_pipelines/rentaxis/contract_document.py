"""The contract as Markdown: the tables of ``dbt_like_sql/README.md``, and what ``rentaxis-sync source contract`` prints.

Not here: the contract itself (``contract``).
"""

import pyarrow as pa

from rentaxis_pipelines.rentaxis.contract import GRAIN, MODELS, Column, columns


def document() -> str:
    """A heading, the grain and a table for each model, in their order."""
    return "\n\n".join(_section(model) for model in MODELS)


def _section(model: str) -> str:
    rows = [_row(column) for column in columns(model)]
    head = ["| column | type | may be empty | values and meaning |", "| --- | --- | --- | --- |"]
    return "\n".join(
        [f"### `{model}.sql`", "", f"{GRAIN[model][0].upper()}{GRAIN[model][1:]}.", "", *head, *rows]
    )


def _row(column: Column) -> str:
    notes = [f"{', '.join(f'`{word}`' for word in column.words)}"] if column.words else []
    notes += [column.meaning] if column.meaning else []
    empty = "no" if column.required else "yes"
    return f"| `{column.path}` | {type_of(column)} | {empty} | {'; '.join(notes)} |"


def type_of(column: Column) -> str:
    """The type as written in SQL, or as it is represented inside JSON."""
    kind = column.type
    if pa.types.is_list(kind):
        return "json array of objects" if pa.types.is_struct(kind.value_type) else "text[]"
    if pa.types.is_struct(kind):
        return "json object"
    if pa.types.is_decimal(kind):
        return "text with two decimals" if column.nested else "numeric(12,2)"
    if pa.types.is_timestamp(kind):
        return "timestamptz"
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_integer(kind):
        return "integer"
    return "boolean" if pa.types.is_boolean(kind) else "text"
