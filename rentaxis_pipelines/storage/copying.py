"""A frame's rows as Postgres takes them: typed exactly, as text, by COPY.

Here: the values. Not here: which rows, and what they replace (``frames``, ``renewed``). Nested columns are kept as jsonb with money, days
and instants as text.
"""

import io
import uuid
from collections.abc import Sequence
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.compute
from psycopg import sql
from pyarrow import csv

from rentaxis_pipelines.model import arrow_json
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.storage.tables import DAY, FINGERPRINT, ROW, FrameRefused, is_nested

pc: Any = pyarrow.compute  # its functions are made while it is imported, out of a type checker's sight

ROWS_AT_A_TIME = 20_000  # bounds the memory the text of a chunk takes
ZERO_BYTE = r"\x00"
ZERO_BYTE_IN_JSON = r"(^|[^\\])(\\\\)*\\u0000"  # an odd number of backslashes: else one is itself escaped


def table_of(frame: pd.DataFrame) -> pa.Table:
    """The frame's columns as Arrow has them, ``large_string`` (pandas' own text) as ``string``."""
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        # The first of several sentences quotes the value, the last one names the column; a single one may do either.
        said = error.args[-1] if len(error.args) > 1 else "a column of it has no one type"
        raise FrameRefused(f"The frame cannot be stored: {said}.") from None
    plain = [
        field.with_type(pa.string()) if pa.types.is_large_string(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(plain)).combine_chunks()


def check_days(rows: pa.Table, window: DateRange) -> None:
    if DAY not in rows.column_names or rows.schema.field(DAY).type != pa.date32():
        raise FrameRefused(f"A frame stored by day needs a column '{DAY}' of dates (date32).")
    outside = sorted(
        str(day) for day in rows.column(DAY).unique().to_pylist() if day is None or day not in window
    )
    if outside:
        raise FrameRefused(
            f"The frame has rows for days outside {window}: {', '.join(outside[:5])}. Nothing was stored."
        )


def as_text(rows: pa.Table) -> pa.Table:
    """The same rows as Postgres reads them in a CSV. Raises FrameRefused for a zero byte in a text."""
    return pa.table({field.name: _text_column(rows.column(field.name), field) for field in rows.schema})


def numbered(content: pa.Table, first: int = 0) -> pa.Table:
    """With the order the rows were written in."""
    order = pa.array(range(first, first + content.num_rows), pa.int64())
    return content.add_column(0, ROW, order)


def with_fingerprints(content: pa.Table, fingerprints: Sequence[uuid.UUID]) -> pa.Table:
    """With what each row is known by again; such rows have no other order than that of their ids."""
    zeros = pa.array([0] * content.num_rows, pa.int64())
    known_by = pa.array([str(fingerprint) for fingerprint in fingerprints], pa.string())
    return content.add_column(0, ROW, zeros).append_column(FINGERPRINT, known_by)


def copy_in(connection: psycopg.Connection, place: sql.Identifier, content: pa.Table) -> None:
    """Add the rows to the table."""
    names = sql.SQL(", ").join(map(sql.Identifier, content.column_names))
    copy = sql.SQL("copy {} ({}) from stdin (format csv, encoding 'UTF8')").format(place, names)
    with connection.cursor().copy(copy) as copying:
        for batch in content.to_batches(max_chunksize=ROWS_AT_A_TIME):
            copying.write(_as_csv(batch))


def _text_column(column: pa.ChunkedArray, field: pa.Field) -> pa.Array:
    array = column.combine_chunks()
    if is_nested(field.type):
        array = arrow_json.to_texts(array)
    else:
        array = array.cast(arrow_json.carried_type(field.type))
    zero_byte = ZERO_BYTE_IN_JSON if is_nested(field.type) else ZERO_BYTE
    if pa.types.is_string(array.type) and pc.any(pc.match_substring_regex(array, zero_byte)).as_py():
        raise FrameRefused(
            f"A text in the column {field.name} contains a zero byte, which Postgres cannot store."
        )
    return array


def _as_csv(batch: pa.RecordBatch) -> bytes:
    """Every value quoted, null as nothing at all: Postgres then tells an empty text from null."""
    buffer = io.BytesIO()
    options = csv.WriteOptions(include_header=False, quoting_style="all_valid")
    csv.write_csv(batch, buffer, options)
    return buffer.getvalue()
