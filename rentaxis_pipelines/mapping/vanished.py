"""Records that stand in QuickBooks and are nowhere in RentAxis any more: deleted for good, without a trace.

All that is known of one is what was pushed. Not here: how they are found (``sync.planning.vanished``), and records that RentAxis
deletes by a mark and keeps (each type's own plan).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from rentaxis_pipelines.mapping import decide, text
from rentaxis_pipelines.mapping.outcome import (
    VOIDED_BY_OPERATION,
    Context,
    Existing,
    Mapped,
    Payload,
    answers,
)

_NUMBER_FIELD = {"Payment": "PaymentRefNum"}  # all others: DocNumber


@answers
def plan_vanished(existing: Existing, pushed: Mapping[str, object], context: Context, label: str) -> Mapped:
    """Void what was pushed, or say that it still stands, as the company's policy for deleted records is.

    ``pushed``: the payload as it was last written.
    """
    decide.refuse_to_void_deleted(context, existing, label)
    assert existing.txn_date is not None  # every transaction is pushed with its date
    key_field = _NUMBER_FIELD.get(existing.entity, "DocNumber")
    return decide.void(
        context,
        existing,
        label=label,
        why="was deleted",
        record_date=existing.txn_date,
        key_field=key_field,
        key=str(pushed[key_field]),
        payload=_voided(existing, pushed),
    )


def _voided(existing: Existing, pushed: Mapping[str, object]) -> Payload:
    *said, marker = str(pushed["PrivateNote"]).splitlines()
    if existing.entity in VOIDED_BY_OPERATION:
        return {"PrivateNote": text.private_note(["Deleted in RentAxis", *said], marker)}
    note = text.private_note(["Voided", "Deleted in RentAxis", *said], marker)
    lines = [{**line, "Amount": Decimal("0.00")} for line in cast("list[Payload]", pushed["Line"])]
    return {**pushed, "PrivateNote": note, "Line": lines}
