"""A plan: what a run would do, row by row, written down before anything is sent.

The structs have the columns of ``ledger.plans`` and ``ledger.planned_rows``. Days are whole days of the company's calendar, the last one
included; amounts are in the company's currency. ``redated_from``: the record's own date, where it is written with a later
one because the books are closed for it. ``standing``: the object as QuickBooks had it when the row was planned, where it was read; ``edited``: the
fields of it that a person changed since our last write. ``undoes``: the run that is taken back. ``fingerprint``: of the source row it was
decided from (an MD5 as a UUID), and ``uses``: the records (``source_type/source_id``) whose objects its content names; empty where the
record cannot be settled without being read next time.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.results import Action, Status


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
    undoes: str | None = None

    @property
    def days(self) -> DateRange:
        """The days it is about. The ledger's columns name the last one."""
        return DateRange.of_days(self.first_day, self.last_day)


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
    redated_from: dt.date | None = None
    standing: dict[str, Any] | None = None
    edited: list[str] = []
    undoes: str | None = None
    fingerprint: str | None = None
    uses: list[str] = []
