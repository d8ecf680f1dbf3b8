"""What payments take off an invoice goes before what is put on it.

QuickBooks refuses to apply more to an invoice than is open, and to make an invoice smaller than what is applied to it. A payment that
bounced and the one that replaces it, two whose allocations were exchanged, a paid invoice that became smaller may come in one run.
Not here: what is applied to what (``mapping``).

Two payments that swap invoices with each other have no such order; QuickBooks' refusal is then reported as it is.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import links, plans
from rentaxis_pipelines.ledger.rows import Link, PlannedRow
from rentaxis_pipelines.sync.planning.planned import DEPENDENTS
from rentaxis_pipelines.sync.run import Run


def releases_first(rows: Sequence[PlannedRow], known: Mapping[str, Link]) -> list[PlannedRow]:
    """The rows in their order, but each behind those that take an invoice off before it can use it. ``known``: links by source id.

    Rows that touch the same invoice are kept out of one batch.
    """
    before, after = _before_and_after(rows, known)
    releasing = _releasing(rows, before, after)
    ordered: dict[str, PlannedRow] = {}
    for row in rows:
        _put(row, before, after, releasing, ordered, set())
    return list(ordered.values())


def refused_until_released(
    run: Run, rows: Sequence[PlannedRow], known: Mapping[str, Link]
) -> list[PlannedRow]:
    """Changes of invoices that QuickBooks refused earlier in this run, and that may go once these payments have let go of them.

    They go last; a second refusal leaves the first one's result as it is.
    """
    released = _releasing(rows, *_before_and_after(rows, known))
    owners = links.owners_of(run.connection, run.realm, "Invoice", released)
    ids = [source_id for source_type, source_id in owners.values() if source_type == "invoice"]
    refused = plans.refused_changes(run.connection, run.realm, run.run_id, "invoice", ids)
    return [msgspec.structs.replace(row, phase=DEPENDENTS) for row in refused]


def _before_and_after(
    rows: Sequence[PlannedRow], known: Mapping[str, Link]
) -> tuple[dict[str, dict[str, Decimal]], dict[str, dict[str, Decimal]]]:
    """What each payment has applied now, and what it will have; the second only of rows that are sent."""
    before = {row.source_id: _applied(known[row.source_id].mapped) for row in rows if row.source_id in known}
    after = {row.source_id: _applied(row.payload or {}) for row in rows if row.status is None}
    return before, after


def _releasing(
    rows: Sequence[PlannedRow],
    before: Mapping[str, Mapping[str, Decimal]],
    after: Mapping[str, Mapping[str, Decimal]],
) -> dict[str, list[PlannedRow]]:
    """The rows that take something off an invoice, by QuickBooks invoice id."""
    releasing: dict[str, list[PlannedRow]] = defaultdict(list)
    for row in rows:
        for invoice, amount in before.get(row.source_id, {}).items():
            if row.status is None and after[row.source_id].get(invoice, 0) < amount:
                releasing[invoice].append(row)
    return releasing


def _put(
    row: PlannedRow,
    before: Mapping[str, Mapping[str, Decimal]],
    after: Mapping[str, Mapping[str, Decimal]],
    releasing: Mapping[str, Sequence[PlannedRow]],
    ordered: dict[str, PlannedRow],
    waiting: set[str],
) -> None:
    """The row behind those it needs; ``waiting`` are those that need it, so that a swap ends."""
    if row.source_id in ordered or row.source_id in waiting:
        return
    then, now = before.get(row.source_id, {}), after.get(row.source_id, {})
    for invoice, amount in now.items():
        if amount > then.get(invoice, 0):
            for other in releasing.get(invoice, ()):
                _put(other, before, after, releasing, ordered, waiting | {row.source_id})
    if row.source_id not in ordered:
        touched = (
            [f"applied/{invoice}" for invoice in sorted(then.keys() | now.keys())] if now or then else []
        )
        keys = [*row.conflict_keys, *touched] if row.status is None else row.conflict_keys
        ordered[row.source_id] = msgspec.structs.replace(row, conflict_keys=keys)


def _applied(payload: Mapping[str, Any]) -> dict[str, Decimal]:
    """Amounts by QuickBooks invoice id."""
    found: dict[str, Decimal] = {}
    for line in cast("list[dict[str, Any]]", payload.get("Line", [])):
        for linked in line["LinkedTxn"]:
            found[linked["TxnId"]] = Decimal(line["Amount"])
    return found
