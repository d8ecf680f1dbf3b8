"""Objects stored as given instead of written by the API's rules: what everything else relies on must be in them."""

from typing import Annotated, Any

import msgspec

from quickbooks_emulator import schema
from quickbooks_emulator.clock import epoch_of
from quickbooks_emulator.company import ENTITIES, NAMES, SINGLES, TRANSACTIONS
from quickbooks_emulator.store import Record


class Seed(msgspec.Struct, kw_only=True):
    objects: dict[str, list[dict[str, Any]]] = {}
    counters: dict[str, Annotated[int, msgspec.Meta(ge=0, le=10**18)]] = {}


class _Stamps(msgspec.Struct):
    CreateTime: str
    LastUpdatedTime: str


class _Any(msgspec.Struct):
    Id: Annotated[str, msgspec.Meta(pattern="^[0-9]+$")]
    SyncToken: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,15}$")]
    MetaData: _Stamps


def check_whole(entity: str, record: Record) -> None:
    """Raises KeyError for an unknown entity, ValueError or msgspec.ValidationError for what lacks something, Refusal for
    what has the wrong type.
    """
    if entity not in ENTITIES or entity not in schema.TYPES:
        raise KeyError(entity)
    if entity in SINGLES:
        raise ValueError(f"a company has one {entity} already")
    stamps = msgspec.convert(record, _Any).MetaData
    for stamp in (stamps.CreateTime, stamps.LastUpdatedTime):
        epoch_of(stamp)
    clean, _ = schema.read_payload(entity, record, refuse_extensions=False)
    missing = [name for name in _needed(entity) if name not in clean]
    if missing:
        raise ValueError(f"{entity} {record['Id']} has no {', '.join(missing)}")


def _needed(entity: str) -> tuple[str, ...]:
    if entity in TRANSACTIONS:
        return ("TxnDate", "TotalAmt", "Line")
    if entity in NAMES:
        return ("DisplayName", "Active")
    return ("Name", "Active") if "Name" in schema.TYPES[entity] and "Active" in schema.TYPES[entity] else ()
