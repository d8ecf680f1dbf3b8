"""Records that stand in QuickBooks and are nowhere in RentAxis any more: deleted for good, without a trace.

All that is known of one is what was pushed. Not here: how they are found (``sync.planning.deleted_at_source``), and records that RentAxis
deletes by a mark and keeps (each type's own plan).
"""

from decimal import Decimal
from typing import cast

from rentaxis_pipelines.mapping import deposits, papers, rules, text
from rentaxis_pipelines.mapping.outcome import Context, Existing, Mapped, answers, refused
from rentaxis_pipelines.model.payload import VOIDED_BY_OPERATION, Payload
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import NUMBER_FIELD


@answers
def plan_deleted_at_source(existing: Existing, context: Context, label: str) -> Mapped:
    """Void what was pushed, or say that it still stands, as the company's policy for deleted records is."""
    if existing.entity == "Attachable":
        return papers.taken_off(existing, context, label)
    rules.refuse_to_void_deleted(context, existing, label)
    if existing.entity == "Deposit" and existing.current is None:
        return deposits.taken_back(existing, context, label, "was deleted")
    if existing.current is not None and not context.request.force:
        # Known by its marker alone. It may as well be of a RentAxis that was set up anew.
        raise refused(
            ReasonCode.CHANGED_IN_QUICKBOOKS,
            f"{label} is in QuickBooks with our mark, but RentAxis has no such record, and the ledger does not know it.",
            "Look at it in QuickBooks and void it there if it is wrong, or run again with force to have it voided.",
        )
    assert existing.txn_date is not None  # every transaction is pushed with its date
    return rules.void(
        context,
        existing,
        label=label,
        why="was deleted",
        record_date=existing.txn_date,
        key=str(existing.pushed[NUMBER_FIELD[existing.entity]]),
        payload=brought_to_zero(existing, "Deleted in RentAxis"),
    )


def brought_to_zero(existing: Existing, said: str) -> Payload:
    """What voids a transaction, from nothing but what was pushed: a mapping that has gone since keeps nobody from it.

    ``said``: why, in front of the note. For types with a void operation this is the note alone.
    """
    pushed = existing.pushed
    *noted, marker = str(pushed.get("PrivateNote") or "").splitlines() or [""]
    if existing.entity in VOIDED_BY_OPERATION:
        return {"PrivateNote": text.private_note([said, *noted], marker)}
    note = text.private_note(["Voided", said, *noted], marker)
    lines = [{**line, "Amount": Decimal("0.00")} for line in cast("list[Payload]", pushed.get("Line") or [])]
    written = {
        name: value for name, value in pushed.items() if name != "TotalAmt"
    }  # QuickBooks' own, of these types
    return {**written, "PrivateNote": note, "Line": lines}
