"""A link: which QuickBooks object a RentAxis record is, and what was last written there.

The struct has the columns of ``ledger.links``; what each column means stands in the migration. ``total`` is in the company's currency;
``redated_from`` is the record's own date, where the object is dated later because the books were closed for it.
"""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

import msgspec

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
    redated_from: dt.date | None = None
    run_id: str | None = None
    updated_at: dt.datetime
