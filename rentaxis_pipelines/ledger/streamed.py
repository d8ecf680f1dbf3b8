"""Rows of a statement a few thousand at a time, from a cursor of the server: however many there are, no more are held. Reads only.

Not here: rows that are few (``ledger.sql``).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeVar

import msgspec
import sqlalchemy as sa

ROWS = 2_000
Row = TypeVar("Row", bound=msgspec.Struct)


def stream(
    connection: sa.Connection, kind: type[Row], statement: str, /, **values: object
) -> Iterator[list[Row]]:
    """The statement's rows as structs, in its order. The cursor ends with the transaction: nothing may be committed between two lists."""
    # On the statement alone: as an option of the connection it would stay.
    wrapped = sa.text(f"select row_to_json(found)::text from ({statement}) found").execution_options(  # noqa: S608 - our own statement, values are bound
        stream_results=True, max_row_buffer=ROWS
    )
    decoder = msgspec.json.Decoder(kind, float_hook=Decimal)
    with connection.execute(wrapped, values) as rows:
        for some in rows.scalars().partitions(ROWS):
            yield [decoder.decode(each) for each in some]
