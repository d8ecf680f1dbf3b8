"""How rows travel to and from Postgres: JSON parameters in, one JSON text out.

Every struct has the columns of its table, so a list of them goes in with ``json_populate_recordset`` and comes out with
``row_to_json``: numbers stay exact, and no column list is written twice. What all rows have alike goes in once, and long texts go in
beside the JSON as they are: reading JSON is most of what a write costs Postgres. Not here: the structs (``model``).
"""

import contextlib
import datetime as dt
import functools
from collections.abc import Generator, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
import psycopg
import sqlalchemy as sa
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

from rentaxis_pipelines.safety.driver import driver, driver_errors

Row = TypeVar("Row", bound=msgspec.Struct)

_PIPELINE = "statements sent together"  # in the connection's info
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def as_json(rows: Sequence[msgspec.Struct] | Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str:
    """JSON with exact decimals as numbers, for one parameter of a statement."""
    return _ENCODER.encode(rows).decode()


class Texts(list[bytes | None]):
    """Texts in UTF-8, sent as an array of text as they are: nothing in them is escaped."""


class _TextsDumper(Dumper):
    """Postgres' binary form of an array (array_recv): a head, then each text behind its length."""

    format = Format.BINARY
    oid = psycopg.adapters.types["text"].array_oid

    def dump(self, obj: list[bytes | None]) -> Buffer:
        if not obj:
            return (0).to_bytes(4) * 2 + psycopg.adapters.types["text"].oid.to_bytes(4)
        head = [1, 1 if None in obj else 0, psycopg.adapters.types["text"].oid, len(obj), 1]
        parts = [number.to_bytes(4) for number in head]
        for text in obj:
            parts += (b"\xff\xff\xff\xff",) if text is None else (len(text).to_bytes(4), text)
        return b"".join(parts)


psycopg.adapters.register_dumper(Texts, _TextsDumper)


def json_texts(values: Iterable[Any]) -> Texts:
    """Each value as JSON of its own, None as null."""
    return Texts([None if value is None else _ENCODER.encode(value) for value in values])


def insert(connection: sa.Connection, table: str, rows: Sequence[msgspec.Struct], tail: str = "") -> None:
    """Insert structs into ``ledger.<table>``; ``tail`` is an ``on conflict`` clause. Both are our own constants."""
    if not rows:
        return
    names = rows[0].__struct_fields__
    same: dict[str, Any] = {}
    differing: dict[str, tuple[Any, ...]] = {}
    beside: dict[str, Texts] = {}
    for name, values in zip(names, zip(*map(msgspec.structs.astuple, rows), strict=True), strict=True):
        if type(values[0]) in _ALIKE and values.count(values[0]) == len(values):
            same[name] = values[0]
        elif name in _LONG:
            beside[name] = Texts([None if value is None else value.encode() for value in values])
        elif any(isinstance(value, dict) for value in values):
            beside[name] = json_texts(values)
        else:
            differing[name] = values
    each = zip(*differing.values(), strict=True) if differing else [()] * len(rows)
    connection.execute(
        _insertion(table, names, tuple((name, name not in _LONG) for name in beside), tail),
        {
            "same": as_json(same),
            "rows": as_json([dict(zip(differing, values, strict=True)) for values in each]),
            **{f"text_{name}": texts for name, texts in beside.items()},
        },
    )


# Of these, equal values are the same to the letter; of amounts, 1.0 equals 1.00.
_ALIKE = (str, bool, int, type(None), dt.date, dt.datetime)
_LONG = frozenset(("body", "answer"))  # columns of plain text that is as long as a request


@functools.cache
def _insertion(
    table: str, names: tuple[str, ...], beside: tuple[tuple[str, bool], ...], tail: str
) -> sa.TextClause:
    """``beside``: the columns that come as texts, each with whether it holds JSON."""
    chosen = {
        name: f"cast(n.text_{name} as json)" if holds_json else f"n.text_{name}"
        for name, holds_json in beside
    }
    rows = f"json_populate_recordset(json_populate_record(null::ledger.{table}, :same), :rows)"
    arrays = ", ".join(f"cast(:text_{name} as text[])" for name, _ in beside)
    source = f"rows from (unnest({arrays}), {rows})" if beside else rows
    aliases = f" ({', '.join(f'text_{name}' for name, _ in beside)})" if beside else ""
    return sa.text(
        f"""insert into ledger.{table} ({", ".join(names)})
            select {", ".join(chosen.get(name, f"n.{name}") for name in names)} from {source} as n{aliases} {tail}"""  # noqa: S608 - names are constants of this package
    )


def execute(connection: sa.Connection, statement: str, /, **values: object) -> sa.CursorResult[Any]:
    """Run one of our own statements; ``values`` are bound by name."""
    with _apart(connection):
        return connection.execute(sa.text(statement), values)


def write(connection: sa.Connection, statement: str, /, **values: object) -> None:
    """Run one of our own statements of which nobody reads what came of it; ``values`` are bound by name."""
    connection.execute(sa.text(statement), values)


@contextlib.contextmanager
def together(connection: sa.Connection) -> Generator[None]:
    """Inside the block, what is written (``insert``, ``write``) is sent at once, and Postgres carries it out while the next statement is
    being made; whatever else is asked waits for all of it. At the end of the block all of it is carried out.

    Raises DBAPIError at the latest there. A transaction may not end inside the block.
    """
    known = connection.info  # of this session: one that is opened for a lost one knows nothing
    if _PIPELINE in known:
        yield
        return
    known[_PIPELINE] = pipeline = _Pipeline(connection)
    try:
        pipeline.open()
        yield
        pipeline.close()
    finally:
        del known[_PIPELINE]
        pipeline.drop()


class _Pipeline:
    """Postgres' pipeline of a connection, entered and left as it is needed."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._entered = contextlib.ExitStack()

    def open(self) -> None:
        self._entered.enter_context(driver(self._connection).pipeline())

    def close(self) -> None:
        """Wait until all is carried out."""
        with driver_errors(self._connection, "(several statements)"):
            self._entered.close()

    def drop(self) -> None:
        """After an error: what it says has been raised already."""
        with contextlib.suppress(psycopg.Error):
            self._entered.close()


@contextlib.contextmanager
def _apart(connection: sa.Connection) -> Generator[None]:
    pipeline: _Pipeline | None = connection.info.get(_PIPELINE)
    if pipeline is None:
        yield
        return
    pipeline.close()
    yield
    pipeline.open()


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
