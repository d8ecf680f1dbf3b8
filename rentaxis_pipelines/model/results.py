"""A result: what became of one record in one run.

The struct has the columns of ``ledger.row_results``; ``amount`` is in the company's currency, ``finished_at`` an instant in UTC.
"""

import datetime as dt
from decimal import Decimal
from typing import Final, Literal

import msgspec

Action = Literal["create", "update", "void", "delete", "none"]
Status = Literal["created", "updated", "skipped", "failed"]
WRITTEN: Final = ("created", "updated")  # the statuses of a row that is in QuickBooks by this run


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
