"""Objects that carry our own marker and that the ledger does not know: it was lost, or restored from an older copy.

What was written to such an object last is not known, only how it stands. So it is compared with what the record comes to now: the
same is taken back as it is; what can only be RentAxis' own change is brought up to date; anything else may be a person's edit
in QuickBooks, and is not overwritten unasked. Pure. Not here: how they are found (``sync.planning.take_back``).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from rentaxis_pipelines.mapping import text
from rentaxis_pipelines.mapping.outcome import AlreadyWritten, Existing, Known, RecordRefused, refused
from rentaxis_pipelines.model.payload import Payload, content_hash
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import NUMBER_FIELD
from rentaxis_pipelines.quickbooks.compare import differences, in_words
from rentaxis_pipelines.quickbooks.entities import is_void, total_of

# What this program writes of a transaction. The rest of an object is QuickBooks' own, or the accountant's.
_WRITTEN = (
    "CustomerRef", "VendorRef", "EntityRef", "DocNumber", "PaymentRefNum", "TxnDate", "DueDate", "TotalAmt", "PrivateNote",
    "PaymentType", "PayType", "AccountRef", "APAccountRef", "CheckPayment", "CreditCardPayment", "PaymentMethodRef",
    "DepositToAccountRef", "ClassRef", "DepartmentRef", "SalesTermRef", "TxnTaxDetail", "Line",
)  # fmt: skip
_LINE_WRITTEN = (
    "DetailType", "Amount", "Description", "SalesItemLineDetail", "AccountBasedExpenseLineDetail",
    "JournalEntryLineDetail", "DepositLineDetail", "LinkedTxn",
)  # fmt: skip
_PARTIES = ("CustomerRef", "VendorRef", "EntityRef")


def fields_we_write(found: Mapping[str, Any]) -> dict[str, Any]:
    """Of a transaction in QuickBooks, the fields that this program writes, in the shape of a payload."""
    current = {name: found[name] for name in _WRITTEN if name in found}
    if "Line" in current:
        current["Line"] = [
            {name: line[name] for name in _LINE_WRITTEN if name in line}
            for line in current["Line"]
            if line.get("DetailType") != "SubTotalLineDetail"
        ]
    return current


def compared(
    existing: Existing,
    payload: Payload,
    label: str,
    total: Decimal,
    record_date: dt.date,
    redate: Callable[[], Payload],
) -> Existing:
    """The object with its content hash, where it is RentAxis' turn to write. ``redate``: the payload on the day it stands on.

    Raises RecordRefused: ``unchanged`` where it says all that the record comes to, ``changed_in_quickbooks`` where a person may have edited it.
    """
    assert existing.current is not None  # asked for these only
    key_field = NUMBER_FIELD[existing.entity]
    digest = content_hash(payload)
    moved = payload if existing.current.get("TxnDate") == payload.get("TxnDate") else redate()
    for candidate in (payload, moved):
        changed = differences(candidate, existing.current)
        if not changed or (changed == [key_field] and not _is_void(existing, total)):
            # A number alone that differs is the accountant's, such as the one of a printed check.
            redated_from = None if candidate["TxnDate"] == payload["TxnDate"] else record_date
            raise _taken_back(label, Known(candidate, digest, bool(changed), redated_from))
    if existing.touched or not _is_that_record(existing.current, payload, key_field, total):
        raise perhaps_a_persons(existing, label, differences(payload, existing.current))
    return existing


def refuse_to_void_anothers(existing: Existing, label: str, key: str, day: str) -> None:
    """An object is voided only where it is the record's for certain: a copy a person made carries the marker too."""
    current = existing.current
    if current is None or current.get("TxnDate") == day:
        return
    key_field = NUMBER_FIELD[existing.entity]
    number = _number(current, key_field)
    if number == key.casefold() or text.are_derived_alike(number, key):
        return
    raise perhaps_a_persons(existing, label, [key_field, "TxnDate"])


def perhaps_a_persons(existing: Existing, label: str, changed: list[str]) -> RecordRefused:
    """The refusal to overwrite what a person may have written."""
    current = existing.current or {}
    number = current.get(NUMBER_FIELD[existing.entity]) or existing.quickbooks_id
    how = "is void" if is_void(current) else f"differs in {in_words(changed)}"
    return refused(
        ReasonCode.CHANGED_IN_QUICKBOOKS,
        f"{label} is in QuickBooks ({existing.entity} {number}) and {how} there. The ledger is newer than the record and "
        "cannot tell who changed it; it was not overwritten.",
        "Look at it in QuickBooks. If RentAxis is right, run again with force; if QuickBooks is, correct the record in RentAxis.",
    )


def _taken_back(label: str, known: Known) -> RecordRefused:
    reason = f"{label} was already in QuickBooks with our own mark. It was linked again, not created again."
    return RecordRefused(AlreadyWritten(ReasonCode.UNCHANGED, reason, "Nothing to do.", known=known))


def _is_void(existing: Existing, total: Decimal) -> bool:
    return total != 0 and is_void(existing.current or {})


def _is_that_record(
    current: Mapping[str, Any], payload: Mapping[str, object], key_field: str, total: Decimal
) -> bool:
    """Whether it is the record's beyond its marker, which a copy made by a person carries too."""
    if _number(current, key_field) == str(payload.get(key_field) or "").casefold():
        return True
    return (
        current.get("TxnDate") == payload.get("TxnDate")
        and (total_of(current) or 0) == total
        and all(_party(current, name) == _party(payload, name) for name in _PARTIES)
    )


def _number(current: Mapping[str, Any], key_field: str) -> str:
    return str(current.get(key_field) or "").casefold()


def _party(payload: Mapping[str, object], name: str) -> str:
    return str(cast("Mapping[str, object]", payload.get(name) or {}).get("value") or "")
