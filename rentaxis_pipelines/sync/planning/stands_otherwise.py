"""Expenses the ledger does not know that stand in QuickBooks as the other kind of transaction: a bill where a purchase would be made.

The ledger may be younger than the books. One look, for many at once, and only for our own marker: without it the expense would be
made a second time under the other kind. Not here: what stands as the same kind (``adopt``).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.ledger.rows import Link
from rentaxis_pipelines.mapping.booking import booking
from rentaxis_pipelines.mapping.expenses import SOURCE_TYPE, expense_number, is_taken_back
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.text import parse_marker
from rentaxis_pipelines.rentaxis.records import Expense
from rentaxis_pipelines.sync.choice import Choice
from rentaxis_pipelines.sync.run import Run

_OTHER = {"Purchase": "Bill", "Bill": "Purchase"}


def stand_otherwise(
    run: Run,
    context: Context,
    choice: Choice,
    expenses: Iterable[tuple[dt.date, Expense]],
    known: Mapping[str, Link],
) -> dict[str, Link]:
    """Links of the expenses found so, by id; kept in the ledger too, except in a dry run. Commits."""
    if not choice.allows("expenses"):
        return {}
    wanted: dict[str, dict[str, str]] = defaultdict(dict)
    for _, expense in expenses:
        if expense.source_id not in known and not is_taken_back(expense):
            other = _OTHER[booking(expense, None, context).entity]
            wanted[other][expense_number(expense)] = expense.source_id
    found: dict[str, Link] = {}
    for entity, numbers in wanted.items():
        ids = set(numbers.values())
        seen = run.client.query_in(entity, "DocNumber", sorted(numbers))
        owners = links.owners_of(run.connection, run.realm, entity, [str(one["Id"]) for one in seen])
        for one in seen:
            source_id = _whose(one)
            if str(one["Id"]) in owners:
                continue  # known after all: an earlier run died while the expense became the other kind
            if source_id is not None and source_id in ids and one.get("TotalAmt") != 0:
                found[source_id] = _link(run, entity, source_id, one)
    if found and not choice.dry_run:
        links.save_links(run.connection, list(found.values()))
        run.connection.commit()
    return found


def _whose(found: Mapping[str, Any]) -> str | None:
    source_type, source_id = parse_marker(str(found.get("PrivateNote") or "")) or (None, None)
    return source_id if source_type == SOURCE_TYPE else None


def _link(run: Run, entity: str, source_id: str, found: Mapping[str, Any]) -> Link:
    """As it stands, so that it can be let go of; without a hash, so that it is brought up to date."""
    names = (
        "DocNumber",
        "TxnDate",
        "PrivateNote",
        "Line",
        "VendorRef",
        "APAccountRef",
        "PaymentType",
        "AccountRef",
        "EntityRef",
    )
    mapped = {name: found[name] for name in names if name in found}
    return Link(
        realm=run.realm,
        source_type=SOURCE_TYPE,
        source_id=source_id,
        quickbooks_type=entity,
        quickbooks_id=str(found["Id"]),
        sync_token=str(found["SyncToken"]),
        content_hash="",
        mapped=mapped,
        owned=sorted(mapped),
        origin="adopted",
        quickbooks_number=str(found["DocNumber"]),
        total=found.get("TotalAmt"),
        run_id=run.run_id,
        updated_at=run.now(),
    )
