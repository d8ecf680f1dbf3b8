"""One object of an undo on its way from what the run did to a planned row: data only."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_types import NUMBER_FIELD
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.quickbooks import entities
from rentaxis_pipelines.quickbooks.entities import is_void
from rentaxis_pipelines.sync.undoing.history import Address, Object

Reversal = Literal["void", "delete", "inactive", "restore", "create"]


@dataclass
class Item:
    """``reversal``: how it is taken back; ``back``: the object as it was before, None where the run made it; ``current``: as it stands in QuickBooks;
    ``why``: why its row is decided; ``after``: items that have to be taken back first.
    """

    key: Key
    label: str
    address: Address
    reversal: Reversal
    at: dt.datetime
    current: Object | None
    back: Object | None = None
    link_back: Link | None = None
    link: Link | None = None
    why: Refusal | None = None
    release: dict[str, Any] | None = None
    after: set[Key] = field(default_factory=set[Key])
    order: int = 0

    @property
    def entity(self) -> str:
        return self.address[0]

    @property
    def goes(self) -> bool:
        """Whether something of it is sent."""
        return self.why is None

    @property
    def leaves_nothing(self) -> bool:
        """Whether nothing that counts is left of it: void, deleted, inactive."""
        return self.reversal in ("void", "delete", "inactive")

    @property
    def becomes_void(self) -> bool:
        """Whether it goes back to having been void."""
        return self.reversal == "restore" and self.back is not None and is_void(self.back)

    @property
    def total_back(self) -> Decimal:
        """What it comes to once it is taken back."""
        return Decimal(0) if self.leaves_nothing or self.back is None else total_of(self.back)


def total_of(transaction: Mapping[str, Any] | None) -> Decimal:
    """The total of a transaction, 0 for what has none."""
    return entities.total_of(transaction or {}) or Decimal(0)


def number_of(entity: str, transaction: Mapping[str, Any] | None) -> str | None:
    """The number QuickBooks shows for it."""
    name = NUMBER_FIELD.get(entity)
    return str((transaction or {}).get(name) or "") or None if name else None


def party_of(transaction: Mapping[str, Any] | None) -> str | None:
    """The id of its customer or vendor."""
    for name in ("CustomerRef", "VendorRef", "EntityRef"):
        if reference := (transaction or {}).get(name):
            return str(reference["value"])
    return None
