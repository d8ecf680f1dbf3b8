"""A request: one write to QuickBooks with its stable request id and its exact body, and the planned rows it carries.

The structs have the columns of ``ledger.requests`` and ``ledger.request_rows``.
"""

import datetime as dt
from typing import Literal

import msgspec


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
