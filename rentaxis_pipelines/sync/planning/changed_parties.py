"""Tenants, programs and vendors that were pushed and have changed in RentAxis since, whatever their day.

A customer has no day in QuickBooks: where customers are chosen, all that changed follow, and vendors with expenses. Their rows have the
last day of the range, so that a run of that day brings them again. Not here: whether QuickBooks would see the change
(``plan_customers``, ``plan_vendors`` compare what was written).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

from rentaxis_pipelines.ledger import links, open_rows
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.open_rows import Attempt
from rentaxis_pipelines.matching.vendors import NAME_ALONE
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import CUSTOMERS, EXPENSES, VENDOR
from rentaxis_pipelines.model.record_types import BY_NAME, PAYER_TYPES
from rentaxis_pipelines.model.source_records import Vendor
from rentaxis_pipelines.sync.known_links import decision_states
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.source import Dated, Source

# What was written was read from RentAxis so long before at most, by clocks that differ. Whoever changed within that time is looked
# at once more: at worst in vain.
_READ_BEFORE = dt.timedelta(days=1)
_OVERLAP = dt.timedelta(minutes=10)  # the same for the first plan of a run, made right after reading

# A row that was skipped for one of these says nothing of what the record holds.
_NOT_COMPARED = (
    ReasonCode.EXCLUDED,
    ReasonCode.TYPE_NOT_ENABLED,
    ReasonCode.DIRECTION_EXCLUDES_PUSH,
)


def changed_payers(context: PlanContext, source: Source, read: Iterable[Key]) -> list[Key]:
    """Those that changed since they were looked at, but for ``read``, the chosen days' own, and for excluded ones. Raises SourceError."""
    if not context.allows(CUSTOMERS):
        return []
    written = links.written_at(context.connection, context.realm, PAYER_TYPES)
    for key in read:
        written.pop(key, None)
    if not written:
        return []
    changes = {
        (version.source_type, version.source_id): version.changed_at
        for version in source.payers_changed_since(min(written.values()) - _READ_BEFORE)
    }
    return list(_not_looked_at(context.run, {
        key: at for key, at in changes.items() if key in written and at > written[key] - _READ_BEFORE
    }))  # fmt: skip


def read_changed(context: PlanContext, source: Source, changed: Collection[Key]) -> list[Dated]:
    """These payers as they are now, on the last day of the plan. Raises SourceError."""
    payers: list[Dated] = []
    for kind in BY_NAME[CUSTOMERS].sources:
        if ids := [source_id for source_type, source_id in changed if source_type == kind.source_type]:
            payers += [(context.days.last_day, payer) for _, payer in source.by_id(kind.model, ids)]
    return payers


def changed_vendors(context: PlanContext, source: Source) -> list[tuple[dt.date, Vendor]]:
    """Vendors with a record of their own that changed since they were written. Raises SourceError."""
    if not context.allows(EXPENSES):
        return []
    written = links.written_at(context.connection, context.realm, [VENDOR])
    own = {source_id: at for (_, source_id), at in written.items() if not source_id.startswith(NAME_ALONE)}
    if not own:
        return []
    since = min(own.values()) - _READ_BEFORE
    return [(context.days.last_day, vendor) for vendor in source.vendors_changed_since(own, since)]


def _not_looked_at(run: Run, changes: dict[Key, dt.datetime]) -> Sequence[Key]:
    """Of these changes those that no run has looked at in full: read before them, or came to nothing."""
    attempts = open_rows.newest_attempts(run.connection, run.realm, changes)
    wanted = [key for key, at in changes.items() if _is_new(at, attempts.get(key))]
    states = decision_states(run.connection, run.realm, wanted)
    return [key for key in wanted if states.get(key, NOTHING_DECIDED).excluded is None]


def _is_new(changed_at: dt.datetime, attempt: Attempt | None) -> bool:
    return (
        attempt is None
        or attempt.is_open
        or attempt.reason_code in _NOT_COMPARED
        or changed_at > attempt.read_at - _OVERLAP
    )
