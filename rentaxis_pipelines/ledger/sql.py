"""How rows travel to and from Postgres: one JSON parameter in, one JSON text out.

Every struct has the columns of its table, so a list of them goes in with ``json_populate_recordset`` and comes out with
``row_to_json``: numbers stay exact, and no column list is written twice. Not here: the structs (``model``).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

Row = TypeVar("Row", bound=msgspec.Struct)

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def as_json(rows: Sequence[msgspec.Struct] | Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str:
    """JSON with exact decimals as numbers, for one parameter of a statement."""
    return _ENCODER.encode(rows).decode()


def insert(connection: sa.Connection, table: str, rows: Sequence[msgspec.Struct], tail: str = "") -> None:
    """Insert structs into ``ledger.<table>``; ``tail`` is an ``on conflict`` clause. Both are our own constants."""
    if rows:
        statement = f"insert into ledger.{table} select * from json_populate_recordset(null::ledger.{table}, :rows) {tail}"  # noqa: S608 - names are constants of this package
        connection.execute(sa.text(statement), {"rows": as_json(rows)})


def execute(connection: sa.Connection, statement: str, /, **values: object) -> sa.CursorResult[Any]:
    """Run one of our own statements; ``values`` are bound by name."""
    return connection.execute(sa.text(statement), values)


def fetch(connection: sa.Connection, kind: type[Row], statement: str, /, **values: object) -> list[Row]:
    """The statement's rows as structs; it selects whole rows of one table."""
    wrapped = f"select coalesce(json_agg(found), '[]')::text from ({statement}) found"  # noqa: S608 - our own statement, values are bound
    return msgspec.json.Decoder(list[kind], float_hook=Decimal).decode(
        execute(connection, wrapped, **values).scalar_one()
    )


def batched(rows: Iterable[Row], size: int) -> Iterable[list[Row]]:
    """Lists of at most ``size`` rows, in order."""
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
