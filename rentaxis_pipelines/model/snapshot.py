"""One object of a QuickBooks list (a customer, a vendor, an account) as the ledger last saw it."""

from typing import Any

import msgspec


class SnapshotObject(msgspec.Struct, frozen=True, kw_only=True):
    realm: str
    entity: str
    quickbooks_id: str
    active: bool
    object: dict[str, Any]
