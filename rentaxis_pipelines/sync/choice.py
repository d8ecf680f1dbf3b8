"""What a person chose to push, and what RentAxis allows. Data, and the one gate every record passes first."""

import datetime as dt

import msgspec

from rentaxis_pipelines.ledger.reasons import REASONS, ReasonCode
from rentaxis_pipelines.mapping.outcome import NotMapped

RECORD_TYPES = ("customers", "invoices", "payments", "expenses")


class Choice(msgspec.Struct, frozen=True):
    """One launch. ``enabled_types`` and ``direction`` are the organization's own integration settings in RentAxis."""

    first_day: dt.date
    last_day: dt.date
    enabled_types: frozenset[str]
    direction: str
    force: bool = False
    dry_run: bool = False

    def allows(self, record_type: str) -> bool:
        """Whether records of that type may be pushed at all."""
        return gate(self, record_type) is None


def gate(choice: Choice, record_type: str) -> NotMapped | None:
    """Why no record of that type may be pushed, or None."""
    if choice.direction not in ("to_quickbooks", "both"):
        return _closed(ReasonCode.DIRECTION_EXCLUDES_PUSH)
    if record_type not in choice.enabled_types:
        return _closed(ReasonCode.TYPE_NOT_ENABLED)
    return None


def _closed(code: ReasonCode) -> NotMapped:
    return NotMapped(code, REASONS[code].meaning, REASONS[code].how_to_fix)
