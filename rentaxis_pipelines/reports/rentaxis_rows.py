"""RentAxis' records of one type as the reports keep them, brought up to date: only what changed is read, a bounded number at a time.

RentAxis says of every row by what it is known again (``rentaxis.fingerprints``); rows that are what they were when they were kept stay, all
others are read, held to the contract and kept anew. So a table holds at any time what a full read in this snapshot would give. Where most
rows are others, whole days are read. Two tables in the company's own report schema::

    rentaxis_<type>   the records
    rentaxis_read     by what each kept row is known again: its fingerprint, and how it was read

Here: which rows are read, and keeping them. Not here: what the reports need of a record (``inputs``), and the SELECTs.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import metadata
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd
import psycopg
import sqlalchemy as sa
from psycopg import sql

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import BY_NAME, belongs_to, sql_whole_id
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.rentaxis.extract import extract, extract_ids, payments_from_outside
from rentaxis_pipelines.rentaxis.fingerprints import fingerprint_blocks, refuse_repeated
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.storage.frames import append_rows, schema_of
from rentaxis_pipelines.storage.tables import Store, make_ready, open_table

ROWS = 20_000  # read at a time
READ = "rentaxis_read"

_MANY = 1_000  # rows; a few more change nothing for the planner
_TABLES = """create table if not exists {read} (model text, source_id text, fingerprint uuid, read_as text, primary key (model, source_id));
  create temp table if not exists rentaxis_now (source_id text, day date, number text, amount numeric, fingerprint uuid);
  truncate pg_temp.rentaxis_now"""
_FORGET = """delete from {read} d where d.model = %(model)s and not (d.read_as = %(read_as)s
    and exists (select from pg_temp.rentaxis_now n where n.source_id = d.source_id and n.fingerprint = d.fingerprint)
    and exists (select from {rows} r where r.source_id = d.source_id))"""
_FORGET_ROWS = """delete from {rows} r
  where not exists (select from {read} d where d.model = %(model)s and d.source_id = r.source_id)"""
_NOTE = """insert into {read} select %(model)s, n.source_id, n.fingerprint, %(read_as)s from pg_temp.rentaxis_now n
  where n.fingerprint is not null and not exists (select from {read} d where d.model = %(model)s and d.source_id = n.source_id)"""
_NOW = "from pg_temp.rentaxis_now"
_DAYS = (
    f"""select day, count(*) {_NOW} where day >= %(first_day)s and day < %(end)s group by day order by day"""
)
_UNREAD = """from pg_temp.rentaxis_now n
  where not exists (select from {read} d where d.model = %(model)s and d.source_id = n.source_id)"""
# What QuickBooks knows, whatever its date: what we linked, and what a transaction there is marked as.
_KNOWN = f"""select k.source_id from (
    select distinct {sql_whole_id("each.source_type", "each.source_id")} as source_id from (
      select l.source_type, l.source_id from ledger.links l where l.realm = %(realm)s and l.source_type = any(%(types)s)
      union
      select split_part(d.marked_as, '/', 1), substr(d.marked_as, strpos(d.marked_as, '/') + 1) from {{documents}} d
      where d.side = 'quickbooks' and d.gone_at is null and split_part(d.marked_as, '/', 1) = any(%(types)s)) each) k
  where not exists (select from {{rows}} r where r.source_id = k.source_id)
  order by 1"""  # noqa: S608 - constants of this program


class Reading(NamedTuple):
    """What is read: the records of these days of one type, and those beside them. ``narrowed``: what is kept of a frame."""

    source: sa.Connection
    model: str
    days: DateRange
    timezone: ZoneInfo
    narrowed: Callable[[pd.DataFrame], pd.DataFrame]


def make_tables(target: psycopg.Connection, store: Store, model: str, empty: pd.DataFrame) -> None:
    """Make the table of the records of that type, or bring it to the columns of ``empty``."""
    if open_table(target, store, f"rentaxis_{model}") != schema_of(empty):
        make_ready(target, store, f"rentaxis_{model}", schema_of(empty))


def forget(target: psycopg.Connection, store: Store, model: str) -> None:
    """Keep no records of that type: the proof is not about them."""
    with target.transaction():
        rows = sql.Identifier(store.schema, f"rentaxis_{model}")
        found = target.execute(sql.SQL("select exists (select from {})").format(rows)).fetchone()
        if found is not None and found[0]:
            target.execute(sql.SQL("delete from {}").format(rows))
            target.execute(sql.SQL("comment on table {} is {}").format(rows, sql.Literal(uuid.uuid4().hex)))


def bring_up_to_date(target: psycopg.Connection, store: Store, reading: Reading) -> int:
    """Keep the records as they are now, all or nothing; returns how many there are.

    Raises as ``extract`` does: for what is wrong with a row that is read, and for a model that returns a record twice.
    """
    with target.transaction():
        table = f"rentaxis_{reading.model}"
        open_table(target, store, table)
        keeping = _Keeping(target, store, reading)
        keeping.run("lock table {rows} in share row exclusive mode")
        keeping.run(_TABLES)
        _ask_what_is_there(target, store, reading)
        keeping.run(_FORGET)
        whole = keeping.one(
            f"select 2 * (select count(*) {_UNREAD}) >= count(*) or bool_or(fingerprint is null) {_NOW}"
        )[0]
        if whole:
            keeping.run("delete from {read} where model = %(model)s")
        gone = keeping.run(_FORGET_ROWS).rowcount
        added = sum(keeping.add(frame) for frame in _frames(keeping, reading, whole=whole))
        keeping.run(_NOTE)
        added += sum(keeping.add(frame) for frame in _others(keeping, reading))
        if added or gone or not keeping.one(f"select obj_description('{store.schema}.{table}'::regclass)")[0]:
            keeping.run(f"comment on table {{rows}} is '{uuid.uuid4().hex}'")
        if added > _MANY:
            keeping.run("analyze {rows}")
            keeping.run("analyze {read}")
        return keeping.one("select count(*) from {rows}")[0]


class _Keeping(NamedTuple):
    """The tables of one type and what statements on them name."""

    target: psycopg.Connection
    store: Store
    reading: Reading

    def run(self, statement: str, **values: Any) -> psycopg.Cursor:
        schema = self.store.schema
        places = {
            "rows": sql.Identifier(schema, f"rentaxis_{self.reading.model}"),
            "read": sql.Identifier(schema, READ),
            "documents": sql.Identifier(schema, "read_documents"),
        }
        text = sql.SQL(statement).format(**places)  # type: ignore[arg-type] # our own constants
        asked = {"model": self.reading.model, "read_as": _read_as(self.reading), **values}
        return self.target.execute(text, asked if "%(" in statement else None)

    def one(self, statement: str) -> Sequence[Any]:
        row = self.run(statement).fetchone()
        assert row is not None
        return row

    def add(self, frame: pd.DataFrame) -> int:
        """Keep what the reports need of these records; returns how many they are."""
        append_rows(self.target, self.store, f"rentaxis_{self.reading.model}", self.reading.narrowed(frame))
        return len(frame)


def _ask_what_is_there(target: psycopg.Connection, store: Store, reading: Reading) -> None:
    asked = (reading.source, reading.model, reading.days, store.company.organization_id, reading.timezone)
    with target.cursor().copy("copy pg_temp.rentaxis_now from stdin") as copy:
        for block in fingerprint_blocks(*asked):
            copy.write(block)
    target.execute("analyze pg_temp.rentaxis_now")
    wrong = """select exists (select from pg_temp.rentaxis_now where source_id is null or day is null)
                 or exists (select from pg_temp.rentaxis_now group by source_id having count(*) > 1)"""
    row = target.execute(wrong).fetchone()
    if row and row[0]:
        refuse_repeated(*asked)


def _frames(keeping: _Keeping, reading: Reading, *, whole: bool) -> Iterator[pd.DataFrame]:
    """The records that are not kept as they are: of all days if ``whole`` (also where a row is not as asked for: it is refused), else by
    their ids.
    """
    organization = keeping.store.company.organization_id
    if whole:
        counted = keeping.run(_DAYS, first_day=reading.days.first_day, end=reading.days.end).fetchall()
        for days in _parts(reading.days, counted):
            yield extract(reading.source, reading.model, days, organization, reading.timezone)
    else:
        ids = [row[0] for row in keeping.run(f"select n.source_id {_UNREAD} order by n.source_id")]
        yield from _by_ids(reading, ids, organization)


def _parts(days: DateRange, counted: Iterable[Sequence[Any]]) -> Iterator[DateRange]:
    """The days in parts of ``ROWS`` records at most, but for a day that alone has more."""
    first, rows = days.first_day, 0
    for day, count in counted:
        if rows and rows + count > ROWS:
            yield DateRange(first, day)
            first, rows = day, 0
        rows += count
    yield DateRange(first, days.end)


def _by_ids(reading: Reading, ids: Sequence[str], organization: str) -> Iterator[pd.DataFrame]:
    for start in range(0, len(ids), ROWS):
        some = ids[start : start + ROWS]
        yield extract_ids(reading.source, reading.model, some, organization, reading.timezone)


def _others(keeping: _Keeping, reading: Reading) -> Iterator[pd.DataFrame]:
    """The records of other days: those QuickBooks knows, and payments of the invoices read. They are read every time."""
    company = keeping.store.company
    known = keeping.run(_KNOWN, realm=company.realm, types=_source_types(reading.model))
    ids = {row[0] for row in known}
    if reading.model == "payments":
        outside = payments_from_outside(reading.source, reading.days, company.organization_id)
        kept = keeping.run("select source_id from {rows} where source_id = any(%(ids)s)", ids=list(outside))
        ids |= outside - {row[0] for row in kept}
    yield from _by_ids(reading, sorted(ids), company.organization_id)


def _source_types(model: str) -> list[str]:
    """A bill payment, and an expense's earlier QuickBooks object, belong to the expense."""
    return [
        name
        for entry in REGISTRY
        if entry.dated
        for name in entry.source_types
        if belongs_to(name) == BY_NAME[model].name
    ]


def _read_as(reading: Reading) -> str:
    """How rows are read: whatever is read in another way is read anew."""
    statement = staging_models(reading.source).render(reading.model).text
    return hashlib.sha256(f"{metadata.version('rentaxis_pipelines')} {statement}".encode()).hexdigest()[:12]
