"""A version: one write to a QuickBooks object of ours, or a change a person made to it there, with what stood before and after.

The struct has the columns of ``ledger.link_versions``. ``before`` and ``after`` are objects as QuickBooks gave them; ``link`` is the row
of ``ledger.links`` before the write.
"""

import datetime as dt
from typing import Any, Literal

import msgspec

from rentaxis_pipelines.model.links import Link

VersionAction = Literal["create", "update", "void", "delete", "note", "release", "edited"]


class LinkVersion(msgspec.Struct, frozen=True, kw_only=True):
    """``before`` is None for a creation, and where the object was never seen as it stood; ``run_id`` is None for ``edited``."""

    version_id: int
    realm: str
    source_type: str
    source_id: str
    source_label: str
    quickbooks_type: str
    quickbooks_id: str
    sync_token: str
    action: VersionAction
    run_id: str | None = None
    request_id: str | None = None
    who: str
    at: dt.datetime
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    link: Link | None = None
