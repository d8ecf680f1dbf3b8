"""Where objects are stored: one table per entity with the indexes that queries need. Knows nothing about accounting.

Stored objects are never changed in place: a change puts a new dict. So a snapshot is a copy of the dicts of a
table, and an object handed out stays as it was.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import Any

from quickbooks_emulator.clock import epoch_of

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
    """What a query compares: a reference's ID, an e-mail's address, text regardless of case."""
    if isinstance(value, dict):
        value = value.get("value", value.get("Address", value.get("FreeFormNumber", value.get("URI"))))
    return value.casefold() if isinstance(value, str) else value


class Table:
    """Objects of one entity by Id, in order of creation."""

    def __init__(self, entity: str) -> None:
        self.entity = entity
        self.rows: dict[str, Record] = {}
        self.version = 0  # increases with every change; caches of whole-table results depend on it
        self.equal: dict[str, dict[Any, dict[str, None]]] = {name: {} for name in INDEXED.get(entity, _NAMED)}
        self.ranges: dict[str, Ordered] = {name: Ordered() for name in _RANGES}
        # The last whole answer of a query and the version it was made of, so that paging sorts once.
        self.last_answer: tuple[int, Any, list[Record]] = (-1, None, [])

    def put(self, record: Record) -> Record | None:
        """Store the record and return the previous one."""
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
                ordered.forget(before, identifier)
                ordered.add(after, identifier)
        return old

    def drop(self, identifier: str) -> Record | None:
        old = self.rows.pop(identifier, None)
        if old is not None:
            self.version += 1
            for name, index in self.equal.items():
                _forget(index, plain(old.get(name)), identifier)
            for name, ordered in self.ranges.items():
                ordered.forget(_range_key(old, name), identifier)
        return old

    def having(self, name: str, value: Any) -> Iterator[Record]:
        """Objects whose indexed field equals `value`, without case."""
        for identifier in self.equal[name].get(plain(value), ()):
            yield self.rows[identifier]

    def between(self, name: str, low: Any, high: Any) -> Iterator[Record]:
        """Objects with low <= field <= high (None: open), in ascending order of the field."""
        for identifier in self.ranges[name].between(low, high):
            yield self.rows[identifier]


class Ordered:
    """Ids by a value that is queried by range. Values repeat (days, seconds), so the sorted list stays short."""

    def __init__(self) -> None:
        self._ids: dict[Any, dict[str, None]] = {}
        self._values: list[Any] = []

    def add(self, value: Any, identifier: str) -> None:
        if value is None:
            return
        ids = self._ids.get(value)
        if ids is None:
            ids = self._ids[value] = {}
            insort(self._values, value)
        ids[identifier] = None

    def forget(self, value: Any, identifier: str) -> None:
        ids = self._ids.get(value)
        if ids is not None:
            ids.pop(identifier, None)
            if not ids:
                del self._ids[value]
                del self._values[bisect_left(self._values, value)]

    def between(self, low: Any, high: Any) -> Iterator[str]:
        start = 0 if low is None else bisect_left(self._values, low)
        end = len(self._values) if high is None else bisect_right(self._values, high)
        for value in self._values[start:end]:
            yield from self._ids[value]


def _forget(index: dict[Any, dict[str, None]], value: Any, identifier: str) -> None:
    ids = index.get(value)
    if ids is not None:
        ids.pop(identifier, None)
        if not ids:
            del index[value]


def _range_key(record: Record, name: str) -> Any:
    if name == "TxnDate":
        return record.get("TxnDate")
    stamp = record.get("MetaData", {}).get("LastUpdatedTime")
    return None if stamp is None else moment_of(stamp)


_seen: dict[str, float] = {}


def moment_of(stamp: str) -> float:
    """epoch_of, remembered: many objects share a second, and parsing a stamp once keeps writes fast."""
    known = _seen.get(stamp)
    if known is None:
        if len(_seen) > 100_000:
            _seen.clear()
        known = _seen[stamp] = epoch_of(stamp)
    return known


class Store:
    """All tables, what was deleted, and which objects changed since the last check (for the log and the state
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
