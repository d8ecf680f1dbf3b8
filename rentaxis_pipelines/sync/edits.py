"""What somebody changed in QuickBooks in objects of ours, as any read brings it: kept as versions, beside our own writes.

Here: telling a person's change from what QuickBooks moves by itself when we write something else. Not here: reading, and keeping
what was read (the caller's, right after); what a push makes of such a change (``pushing.in_doubt``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from rentaxis_pipelines.ledger import links, snapshots, transactions, versions
from rentaxis_pipelines.ledger.versions import SOMEBODY, LastKnown, NewVersion
from rentaxis_pipelines.model.record_types import KEY_FIELD, PARTY_ENTITIES, PLACE_ENTITIES, in_words
from rentaxis_pipelines.quickbooks.compare import same_content
from rentaxis_pipelines.sync.run import Run

Object = Mapping[str, Any]


def note_edits(run: Run, entity: str, seen: Sequence[Object]) -> None:
    """Add a version for each object of ours among those seen that somebody changed since it was last written or seen.

    To be called before they are kept, in the same transaction. Our own writes read back have the token we know, and are no change.
    """
    if entity not in KEY_FIELD or not seen:
        return
    now = {str(current["Id"]): current for current in seen}
    tokens = {quickbooks_id: int(current["SyncToken"]) for quickbooks_id, current in now.items()}
    older = versions.older_than(run.connection, run.realm, entity, tokens)
    if not older:
        return
    let_go = _invoices_we_voided(run, [known.object for known in older])
    new = [
        _by_somebody(run, entity, known, now[known.quickbooks_id])
        for known in older
        if not same_content(_without(known.object, let_go), _without(now[known.quickbooks_id], let_go))
    ]
    versions.save_versions(run.connection, new)


def note_deletions(run: Run, entity: str, ids: Iterable[str]) -> None:
    """Add a version for each entry of a list that is ours and was deleted in QuickBooks; to be called before it is forgotten."""
    if entity not in KEY_FIELD:
        return
    known = versions.older_than(run.connection, run.realm, entity, dict.fromkeys(ids))
    versions.save_versions(run.connection, [_by_somebody(run, entity, gone, None) for gone in known])


def keep_seen(run: Run, entity: str, seen: Sequence[Object]) -> None:
    """Keep objects that were looked at, and what somebody changed in them; the caller commits."""
    note_edits(run, entity, seen)
    transactions.keep_transactions(run.connection, run.realm, entity, seen, run.now())
    if entity in (*PARTY_ENTITIES, *PLACE_ENTITIES):
        snapshots.save_objects(
            run.connection, [snapshots.entry_of(run.realm, entity, current) for current in seen]
        )


def _by_somebody(run: Run, entity: str, known: LastKnown, current: Object | None) -> NewVersion:
    """``current``: the object as it stands now, None where it was deleted."""
    number = str(known.object.get(KEY_FIELD[entity]) or known.quickbooks_id)
    return NewVersion(
        realm=run.realm,
        source_type=known.source_type,
        source_id=known.source_id,
        source_label=known.label or f"{in_words(known.source_type).capitalize()} {number}",
        quickbooks_type=entity,
        quickbooks_id=known.quickbooks_id,
        sync_token=str(current["SyncToken"]) if current else "",
        action="edited" if current else "delete",
        who=SOMEBODY,
        at=_changed_at(current or {}) or run.now(),
        before=known.object,
        after=dict(current) if current else None,
    )


def _changed_at(current: Object) -> dt.datetime | None:
    """When QuickBooks says it was changed last."""
    said = cast(Object, current.get("MetaData") or {}).get("LastUpdatedTime")
    try:
        instant = dt.datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _invoices_we_voided(run: Run, payments: Iterable[Object]) -> set[str]:
    paid = {
        invoice_id for payment in payments for line in _lines(payment) if (invoice_id := paid_invoice(line))
    }
    return links.voided_among(run.connection, run.realm, "Invoice", paid) if paid else set()


def _without(transaction: Object, let_go: set[str]) -> Object:
    """Without the lines that pay an invoice we voided: voiding it takes it off its payments, which nobody else did."""
    if not let_go or "Line" not in transaction:
        return transaction
    return {**transaction, "Line": [line for line in _lines(transaction) if paid_invoice(line) not in let_go]}


def _lines(transaction: Object) -> list[Object]:
    return cast("list[Object]", transaction.get("Line") or [])


def paid_invoice(line: Object) -> str | None:
    """The id of the invoice that a line of a payment pays."""
    linked = cast("list[Object]", line.get("LinkedTxn") or [])
    return str(linked[0]["TxnId"]) if linked and linked[0].get("TxnType") == "Invoice" else None
