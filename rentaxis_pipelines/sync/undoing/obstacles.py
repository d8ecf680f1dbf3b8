"""Why one object cannot be taken back, looked at by itself. Pure.

Not here: what hangs on it and what it hangs on (``dependents``), how it is taken back (``restore``).
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger.runs import KnownRun
from rentaxis_pipelines.model.payload import VOIDED_BY_OPERATION
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.quickbooks.compare import in_words
from rentaxis_pipelines.quickbooks.entities import is_void
from rentaxis_pipelines.quickbooks.upload import ATTACHABLE
from rentaxis_pipelines.sync.undoing.history import Object, Touched
from rentaxis_pipelines.sync.undoing.item import Item, Reversal
from rentaxis_pipelines.sync.undoing.restore import changed_fields, is_name

_BY_HAND = "correct it in QuickBooks by hand"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules know beside the object. ``runs``: by id; ``edited``: when each record was last changed in RentAxis; ``voided``: ids of
    invoices that we voided, which QuickBooks took off their payments; ``deposits``: ids of bank deposits that the undo takes back too.
    """

    run: KnownRun
    runs: Mapping[str, KnownRun]
    closing_date: dt.date | None
    edited: Mapping[tuple[str, str], dt.datetime]
    voided: frozenset[str] = frozenset()
    deposits: frozenset[str] = frozenset()


def obstacle(touched: Touched, item: Item, facts: Facts) -> Refusal | None:
    """Why it is not taken back, or that nothing of it is left to take back; None where it can be."""
    return (
        _undone_before(touched, facts)
        or _changed_later(touched, facts)
        or _gone(touched, item)
        or _no_longer_ours(touched, item)
        or _void_already(item)
        or _changed_by_a_person(touched, item, facts)
        or _never_seen(touched, item)
        or _no_file_to_put_back(item)
        or _put_below(touched, item)
        or as_it_stands(item, facts)
    )


def as_it_stands(item: Item, facts: Facts) -> Refusal | None:
    """What QuickBooks' books keep from being changed, whatever was done to it: a bank deposit, a closed period."""
    return _deposited(item, facts.deposits) or _closed(item, facts)


def _undone_before(touched: Touched, facts: Facts) -> Refusal | None:
    if touched.undone_by is None:
        return None
    undo = facts.runs.get(touched.undone_by)
    by = f" by {undo.requested_by} on {undo.started_at:%Y-%m-%d} (run {undo.short_id})" if undo else ""
    return refusal(ReasonCode.UNCHANGED, f"{touched.label} has already been undone{by}.")


def _changed_later(touched: Touched, facts: Facts) -> Refusal | None:
    if (later := touched.later) is not None:
        short = facts.runs[later.run_id or ""].short_id if later.run_id in facts.runs else later.run_id
        return refusal(
            ReasonCode.CHANGED_LATER,
            f"{touched.label} was changed again by run {short} on {later.at:%Y-%m-%d}, started by {later.who}.",
            f"Undo run {short} first, or {_BY_HAND}.",
        )
    edited = facts.edited.get(touched.key)
    if (
        edited is not None and edited > touched.last_written
    ):  # what a later run pushed is over once that is undone
        return refusal(
            ReasonCode.CHANGED_LATER,
            f"{touched.label} was changed in RentAxis on {edited:%Y-%m-%d}, after the run that is to be undone.",
            f"Push the record, so that QuickBooks has the change, or {_BY_HAND}.",
        )
    return None


def _gone(touched: Touched, item: Item) -> Refusal | None:
    if item.current is not None or item.reversal == "create":
        return None
    if item.leaves_nothing:
        said = f"{touched.label} is no longer in QuickBooks: nothing of it is left to undo."
        return refusal(ReasonCode.UNCHANGED, said)
    return refusal(
        ReasonCode.GONE_IN_QUICKBOOKS,
        f"{touched.label} was deleted in QuickBooks, so it cannot be put back as it was.",
        "Enter it in QuickBooks by hand if it is needed.",
    )


def _no_longer_ours(touched: Touched, item: Item) -> Refusal | None:
    if item.link is not None or item.reversal == "create":
        return None
    return refusal(
        ReasonCode.CHANGED_LATER,
        f"{touched.label} was unlinked from its object in QuickBooks, or linked to another, after the run that is to be undone.",
        f"Link it again as it was (rentaxis-sync links), then undo the run again, or {_BY_HAND}.",
    )


def _void_already(item: Item) -> Refusal | None:
    if item.reversal == "void" and is_void(item.current or {}):
        return refusal(ReasonCode.UNCHANGED, f"{item.label} is already void in QuickBooks.")
    if item.reversal == "inactive" and (item.current or {}).get("Active") is False:
        return refusal(ReasonCode.UNCHANGED, f"{item.label} is already inactive in QuickBooks.")
    return None


def _changed_by_a_person(touched: Touched, item: Item, facts: Facts) -> Refusal | None:
    """QuickBooks moves the SyncToken for more than people's changes, so what it says is compared."""
    current = item.current
    if current is None or touched.after is None or str(current["SyncToken"]) == touched.token:
        return None
    ours = _without_voided(touched.after, facts.voided)
    changed = changed_fields(touched.entity, ours, current)
    if not changed:
        return None
    did = "voided it" if is_void(current) else f"changed {in_words(changed)}"
    day = str(cast("dict[str, Any]", current.get("MetaData") or {}).get("LastUpdatedTime") or "")[:10]
    return refusal(
        ReasonCode.CHANGED_IN_QUICKBOOKS,
        f"{touched.label}: somebody {did} in QuickBooks{f' on {day}' if day else ''}, after it was pushed.",
        f"Undo that change in QuickBooks, then undo the run again, or {_BY_HAND}.",
    )


def _without_voided(payment: Object, voided: frozenset[str]) -> Object:
    """Voiding an invoice takes it off its payments: nobody changed those."""
    if "Line" not in payment or not voided:
        return payment
    lines = [line for line in payment["Line"] if not _pays(line) & voided]
    return {**payment, "Line": lines}


def _pays(line: Mapping[str, Any]) -> set[str]:
    linked = cast("list[dict[str, Any]]", line.get("LinkedTxn") or [])
    return {str(each.get("TxnId")) for each in linked}


def _never_seen(touched: Touched, item: Item) -> Refusal | None:
    if item.reversal != "restore" or item.back is not None:
        return None
    return refusal(
        ReasonCode.CHANGED_IN_QUICKBOOKS,
        f"It is not known what {touched.label} said in QuickBooks before the run changed it: somebody had changed it there just before.",
        "See its audit history in QuickBooks, and correct it there by hand.",
    )


def _no_file_to_put_back(item: Item) -> Refusal | None:
    """The bytes of a file that was taken off are nowhere but in RentAxis."""
    if item.entity != ATTACHABLE or item.reversal != "create":
        return None
    return refusal(
        ReasonCode.PAPER_UNREADABLE,
        f"{item.label} was taken off in QuickBooks, and its content is not kept by the sync.",
        "Restore the file in RentAxis and run again: it is then attached anew.",
    )


def _put_below(touched: Touched, item: Item) -> Refusal | None:
    """Intuit's reference tells how a customer becomes a sub-customer (``Job``, ``ParentRef``), and not how it stops being one."""
    was_alone = item.reversal == "restore" and "ParentRef" not in (item.back or {})
    if touched.entity != "Customer" or not was_alone or "ParentRef" not in (item.current or {}):
        return None
    return refusal(
        ReasonCode.IN_USE,
        f"{touched.label} was moved below the customer of its property, which the sync cannot take back.",
        "In QuickBooks, edit the customer and clear 'Is a sub-customer', if that is wanted.",
    )


def _deposited(item: Item, taken_back: frozenset[str]) -> Refusal | None:
    linked = cast("list[dict[str, Any]]", (item.current or {}).get("LinkedTxn") or [])
    if not any(link.get("TxnType") == "Deposit" and link.get("TxnId") not in taken_back for link in linked):
        return None
    return refusal(
        ReasonCode.DEPOSITED,
        f"{item.label} is part of a bank deposit in QuickBooks, so it cannot be undone.",
        "Remove the payment from the deposit in QuickBooks, then undo the run again.",
    )


def _closed(item: Item, facts: Facts) -> Refusal | None:
    """By the day it stands on, and by the day it goes back to."""
    if facts.closing_date is None or is_name(item.entity):
        return None
    for transaction in (item.current, item.back):
        day = str((transaction or {}).get("TxnDate") or "")
        if day and dt.date.fromisoformat(day) <= facts.closing_date:
            return refusal(
                ReasonCode.CLOSED_PERIOD,
                f"{item.label} cannot be undone: QuickBooks' books are closed through {facts.closing_date}, and it is dated {day}.",
                "Reopen the period in QuickBooks, then undo the run again; or correct it with an entry in an open period.",
            )
    return None


def reversal_of(touched: Touched) -> Reversal:
    """How it is taken back. QuickBooks knows no void of a purchase, bill, credit memo or journal entry through its API; names are never
    deleted (entity reference).
    """
    if touched.made:
        if is_name(touched.entity):
            return "inactive"
        return "void" if touched.entity in VOIDED_BY_OPERATION else "delete"
    return "create" if touched.after is None else "restore"
