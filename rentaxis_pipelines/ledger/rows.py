"""The ledger's rows as Python objects, and how they travel to and from Postgres.

Every struct has the columns of its table, so a list of them goes in with one JSON parameter
(``json_populate_recordset``) and comes out with one (``row_to_json``): numbers stay exact, and no column list is
written twice. Amounts are ``Decimal`` in the company's currency. What the columns mean stands in the migration.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, TypeVar

import msgspec
import sqlalchemy as sa

Action = Literal["create", "update", "void", "none"]
Status = Literal["created", "updated", "skipped", "failed"]
Origin = Literal["created", "matched_email", "confirmed", "adopted", "imported"]
LinkState = Literal["live", "void", "gone"]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    realm: str
    source_type: str
    source_id: str
    quickbooks_type: str
    quickbooks_id: str
    sync_token: str
    content_hash: str
    mapped: dict[str, Any]
    owned: list[str]
    generation: int = 0
    origin: Origin
    state: LinkState = "live"
    quickbooks_number: str | None = None
    total: Decimal | None = None
    run_id: str | None = None
    updated_at: dt.datetime


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    plan_id: str
    realm: str
    run_id: str
    record_type: str
    first_day: dt.date
    last_day: dt.date
    forced: bool
    dry_run: bool
    requested_by: str
    rows_in: int
    money_in: Decimal
    created_at: dt.datetime
    finished_at: dt.datetime | None = None
    one_record: bool = False
    settings: str = ""


class PlannedRow(msgspec.Struct, frozen=True, kw_only=True):
    plan_id: str
    position: int
    phase: int
    day: dt.date
    record_type: str
    source_type: str
    source_id: str
    source_label: str
    amount: Decimal
    currency: str
    action: Action
    status: Status | None = None
    reason_code: str | None = None
    reason: str | None = None
    how_to_fix: str | None = None
    quickbooks_type: str | None = None
    quickbooks_id: str | None = None
    sync_token: str | None = None
    quickbooks_number: str | None = None
    payload: dict[str, Any] | None = None
    mapped: dict[str, Any] | None = None
    content_hash: str | None = None
    readable_key: str | None = None
    conflict_keys: list[str] = []
    pending: list[str] = []
    generation: int = 0
    forced: bool = False
    release: dict[str, Any] | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    request_id: str
    realm: str
    plan_id: str
    run_id: str
    requested_by: str
    path: str
    body: str
    state: Literal["sending", "answered", "recorded"] = "sending"
    attempts: int = 1
    written_at: dt.datetime
    sent_at: dt.datetime
    answered_at: dt.datetime | None = None
    answer: str | None = None
    intuit_tid: str | None = None


class RequestRow(msgspec.Struct, frozen=True, kw_only=True):
    request_id: str
    b_id: str
    plan_id: str
    position: int
    source_type: str
    source_id: str
    operation: str
    generation: int
    outcome: Literal["answered", "faulted", "adopted", "not_executed"] | None = None


class RowResult(msgspec.Struct, frozen=True, kw_only=True):
    realm: str
    plan_id: str
    run_id: str
    day: dt.date
    record_type: str
    source_type: str
    source_id: str
    source_label: str
    amount: Decimal
    currency: str
    action: Action
    status: Status
    reason_code: str | None = None
    reason: str | None = None
    how_to_fix: str | None = None
    quickbooks_type: str | None = None
    quickbooks_id: str | None = None
    quickbooks_number: str | None = None
    quickbooks_url: str | None = None
    request_id: str | None = None
    attempts: int = 0
    fault_code: str | None = None
    intuit_tid: str | None = None
    forced: bool
    requested_by: str
    finished_at: dt.datetime


class SnapshotObject(msgspec.Struct, frozen=True, kw_only=True):
    realm: str
    entity: str
    quickbooks_id: str
    active: bool
    object: dict[str, Any]


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


def fetch(
    connection: sa.Connection, kind: type[Row], statement: str, parameters: Mapping[str, object] | None = None
) -> list[Row]:
    """The statement's rows as structs; it selects whole rows of one table."""
    wrapped = sa.text(f"select coalesce(json_agg(found), '[]')::text from ({statement}) found")  # noqa: S608 - our own statement, values are bound
    text = connection.execute(wrapped, dict(parameters or {})).scalar_one()
    return msgspec.json.Decoder(list[kind], float_hook=Decimal).decode(text)


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
