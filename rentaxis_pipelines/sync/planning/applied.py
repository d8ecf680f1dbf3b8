"""In which order payments are sent that hand an invoice over to each other: what is taken off goes before what is put on.

QuickBooks refuses to apply more to an invoice than is open. A payment that bounced and the one that replaces it, or two whose
allocations were exchanged, may come in one run. Not here: what is applied to what (``mapping``).

Two payments that swap invoices with each other have no such order; QuickBooks' refusal is then reported as it is.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger.rows import Link, PlannedRow


def releases_first(rows: Sequence[PlannedRow], known: Mapping[str, Link]) -> list[PlannedRow]:
    """The rows in their order, but each behind those that take an invoice off before it can use it. ``known``: links by source id.

    Rows that touch the same invoice are kept out of one batch.
    """
    before = {row.source_id: _applied(known[row.source_id].mapped) for row in rows if row.source_id in known}
    after = {row.source_id: _applied(row.payload or {}) for row in rows if row.status is None}
    releasing: dict[str, list[PlannedRow]] = defaultdict(list)
    for row in rows:
        for invoice, amount in before.get(row.source_id, {}).items():
            if row.status is None and after[row.source_id].get(invoice, 0) < amount:
                releasing[invoice].append(row)
    ordered: dict[str, PlannedRow] = {}
    for row in rows:
        _put(row, before, after, releasing, ordered, set())
    return list(ordered.values())


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
