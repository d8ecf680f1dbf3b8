"""Where objects live: one table per entity with the indexes queries need. Knows nothing of accounting.

Stored objects are never changed in place: a change puts a new dict. So a snapshot is a copy of the dicts of a
table, and an object handed out stays as it was.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Any

from rentaxis_pipelines.emulator.clock import epoch_of

Record = dict[str, Any]

# Fields that clients look things up by; each costs a little memory for every object.
INDEXED: dict[str, tuple[str, ...]] = {
    "Customer": ("DisplayName", "FullyQualifiedName", "PrimaryEmailAddr", "ParentRef"),
    "Vendor": ("DisplayName",),
    "Employee": ("DisplayName",),
    "Invoice": ("DocNumber", "CustomerRef"),
    "Estimate": ("DocNumber", "CustomerRef"),
    "CreditMemo": ("DocNumber", "CustomerRef"),
    "SalesReceipt": ("DocNumber", "CustomerRef"),
    "RefundReceipt": ("DocNumber", "CustomerRef"),
    "Payment": ("PaymentRefNum", "CustomerRef"),
    "Bill": ("DocNumber", "VendorRef"),
    "VendorCredit": ("DocNumber", "VendorRef"),
    "BillPayment": ("DocNumber", "VendorRef"),
    "Purchase": ("DocNumber",),
    "JournalEntry": ("DocNumber",),
}
_NAMED = ("Name", "FullyQualifiedName")  # for the other lists
_RANGES = ("TxnDate", "MetaData.LastUpdatedTime")


def plain(value: Any) -> Any:
    """What a query compares: a reference by its id, an e-mail by its address, text without case."""
    if isinstance(value, dict):
        value = value.get("value", value.get("Address", value.get("FreeFormNumber", value.get("URI"))))
    return value.casefold() if isinstance(value, str) else value


class Table:
    """Objects of one entity by Id, in the order they were made."""

    def __init__(self, entity: str) -> None:
        self.entity = entity
        self.rows: dict[str, Record] = {}
        self.version = 0  # grows with every change; caches of whole-table results hang on it
        self.equal: dict[str, dict[Any, dict[str, None]]] = {name: {} for name in INDEXED.get(entity, _NAMED)}
        self.ranges: dict[str, list[tuple[Any, int, str]]] = {name: [] for name in _RANGES}

    def put(self, record: Record) -> Record | None:
        """Store and return what was there before."""
        identifier = record["Id"]
        old = self.rows.get(identifier)
        self.rows[identifier] = record
        self.version += 1
        for name, index in self.equal.items():
            before, after = (plain(old.get(name)) if old else None), plain(record.get(name))
            if old is None or before != after:
                if old is not None:
                    _forget(index, before, identifier)
                index.setdefault(after, {})[identifier] = None
        for name, ordered in self.ranges.items():
            before, after = (_range_key(old, name) if old else None), _range_key(record, name)
            if before != after:
                if before is not None:
                    del ordered[bisect_left(ordered, before)]
                if after is not None:
                    insort(ordered, after)
        return old

    def drop(self, identifier: str) -> Record | None:
        old = self.rows.pop(identifier, None)
        if old is not None:
            self.version += 1
            for name, index in self.equal.items():
                _forget(index, plain(old.get(name)), identifier)
            for name, ordered in self.ranges.items():
                if (key := _range_key(old, name)) is not None:
                    del ordered[bisect_left(ordered, key)]
        return old

    def having(self, name: str, value: Any) -> Iterator[Record]:
        """Objects whose indexed field equals `value`, without case."""
        for identifier in self.equal[name].get(plain(value), ()):
            yield self.rows[identifier]

    def between(self, name: str, low: Any, high: Any) -> Iterator[Record]:
        """Objects with low <= field <= high (None: open), in ascending order of the field."""
        ordered = self.ranges[name]
        start = 0 if low is None else bisect_left(ordered, (low,))
        for key, _, identifier in ordered[start:]:
            if high is not None and key > high:
                return
            yield self.rows[identifier]


def _forget(index: dict[Any, dict[str, None]], value: Any, identifier: str) -> None:
    ids = index.get(value)
    if ids is not None:
        ids.pop(identifier, None)
        if not ids:
            del index[value]


def _range_key(record: Record, name: str) -> tuple[Any, int, str] | None:
    identifier = record["Id"]
    number = int(identifier) if identifier.isdigit() else 0
    if name == "TxnDate":
        day = record.get("TxnDate")
        return None if day is None else (day, number, identifier)
    stamp = record.get("MetaData", {}).get("LastUpdatedTime")
    return None if stamp is None else (_epoch(stamp), number, identifier)


_seen: dict[str, float] = {}


def _epoch(stamp: str) -> float:
    # Many objects share a second; parsing each stamp once keeps writes fast.
    known = _seen.get(stamp)
    if known is None:
        if len(_seen) > 10000:
            _seen.clear()
        known = _seen[stamp] = epoch_of(stamp)
    return known


class Store:
    """All tables, what was deleted, and which objects changed since the last look (for the log and the state
    file).
    """

    def __init__(self, entities: Iterable[str]) -> None:
        self.tables = {entity: Table(entity) for entity in entities}
        self.deleted: dict[str, dict[str, str]] = {
            entity: {} for entity in self.tables
        }  # Id -> stamp of deletion
        self.changes: list[tuple[str, str]] = []

    def get(self, entity: str, identifier: str) -> Record | None:
        return self.tables[entity].rows.get(identifier)

    def put(self, entity: str, record: Record) -> Record | None:
        self.changes.append((entity, record["Id"]))
        return self.tables[entity].put(record)

    def drop(self, entity: str, identifier: str, stamp: str) -> Record | None:
        self.changes.append((entity, identifier))
        self.deleted[entity][identifier] = stamp
        return self.tables[entity].drop(identifier)

    def take_changes(self) -> list[tuple[str, str]]:
        """Changed objects since the last call, each once, in the order of the first change."""
        changes = list(dict.fromkeys(self.changes))
        self.changes.clear()
        return changes
