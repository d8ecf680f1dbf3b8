"""From an item of an undo to its planned row. Pure."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from rentaxis_pipelines.model.payload import INACTIVE_HASH, VOID_HASH, VOIDED_BY_OPERATION
from rentaxis_pipelines.model.phases import DEPENDENTS, PARENTS, PLACES, RECORDS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, KEY_FIELD, PLACE_ENTITIES, whole_key
from rentaxis_pipelines.model.refusal import decided_by
from rentaxis_pipelines.model.results import Action
from rentaxis_pipelines.sync.pushing.push import PENDING
from rentaxis_pipelines.sync.pushing.undone_first import undone_first
from rentaxis_pipelines.sync.undoing.dependents import PAYS, Books, lets_go_only, paid_by
from rentaxis_pipelines.sync.undoing.deposits import put_back_whole
from rentaxis_pipelines.sync.undoing.item import Item, total_of
from rentaxis_pipelines.sync.undoing.restore import is_name, payload_back, whole_again

AFTER_PAYMENTS = DEPENDENTS + 1
UNUSED, UNUSED_PARENTS = (
    DEPENDENTS + 2,
    DEPENDENTS + 3,
)  # names made inactive after all that was on them, children first
_ACTION: dict[str, Action] = {
    "void": "void",
    "delete": "delete",
    "inactive": "update",
    "restore": "update",
    "create": "create",
}
_ORDER = {"delete": 0, "void": 1, "restore": 2, "create": 3, "inactive": 4}


def rows_of(
    items: Sequence[Item], books: Books, run_id: str, currency: str, today: dt.date
) -> list[PlannedRow]:
    """The rows, in the order they are to go within their phases: of names, the last one given is given up first."""
    ordered = sorted(items, key=lambda item: (_ORDER[item.reversal], -item.order))
    return [_row(item, books, run_id, currency, today) for item in ordered]


def _row(item: Item, books: Books, run_id: str, currency: str, today: dt.date) -> PlannedRow:
    stands = item.back if item.reversal == "create" else item.current
    shown = stands if item.leaves_nothing or item.becomes_void else item.back or stands
    day = str((stands or {}).get("TxnDate") or "")
    number = (shown or {}).get(KEY_FIELD[item.entity])
    row = PlannedRow(
        plan_id="",
        position=0,
        phase=_phase(item, books),
        day=dt.date.fromisoformat(day) if day else today,
        record_type=BY_SOURCE_TYPE[item.key[0]].name,
        source_type=item.key[0],
        source_id=item.key[1],
        source_label=item.label,
        amount=total_of(shown),
        currency=currency,
        quickbooks_type=item.entity,
        quickbooks_id=None if item.reversal == "create" else item.address[1],
        quickbooks_number=str(number) if number else None,
        undoes=run_id,
        action="none",
    )
    decided = decided_by(item.why) if item.why is not None else _sent(item, books, number)
    return msgspec.structs.replace(row, **decided)


def _sent(item: Item, books: Books, number: object) -> dict[str, Any]:
    known = item.link if item.leaves_nothing else item.link_back
    return {
        "action": "void" if item.becomes_void else _ACTION[item.reversal],
        "payload": _payload(item),
        "sync_token": None if item.reversal == "create" else str((item.current or {})["SyncToken"]),
        "mapped": known.mapped if known is not None else None,
        "content_hash": _hash(item),
        "redated_from": known.redated_from if known is not None else None,
        "readable_key": str(number) if number else None,
        "conflict_keys": sorted(_conflicts(item, books)),
        "pending": sorted({*(undone_first(*key) for key in item.after), *_made_first(item)}),
        "release": item.release,
        "standing": dict(item.current) if item.current is not None else None,
    }


def _made_first(item: Item) -> set[str]:
    """The bills made anew that a payment is applied to."""
    paid = paid_by(item.entity, item.back) if item.entity in PAYS and not item.leaves_nothing else {}
    return {paid_id.removeprefix(PENDING) for _, paid_id in paid if paid_id.startswith(PENDING)}


def _payload(item: Item) -> dict[str, Any]:
    if item.reversal in ("void", "delete"):
        return {}
    if item.reversal == "inactive":
        name = {"Name": (item.current or {}).get("Name")} if item.entity in PLACE_ENTITIES else {}
        return {**name, "Active": False}
    if item.back is None:
        raise ValueError(f"{item.label} has nothing to go back to")
    if item.becomes_void and item.entity in VOIDED_BY_OPERATION:
        # QuickBooks' void puts "Voided" before the note; the rest of the note is written first.
        note = str(item.back.get("PrivateNote") or "").removeprefix("Voided").removeprefix(" - ")
        return {"PrivateNote": note}
    if item.current is None:
        return whole_again(item.entity, item.back)
    payload = payload_back(item.entity, item.back, item.current)
    return put_back_whole(item, payload) if item.entity == "Deposit" else payload


def _hash(item: Item) -> str | None:
    if item.reversal == "void" or item.becomes_void:
        return VOID_HASH
    if item.reversal == "inactive":
        return INACTIVE_HASH
    return item.link_back.content_hash if item.link_back is not None else None


def _phase(item: Item, books: Books) -> int:
    if is_name(item.entity):
        if item.reversal != "inactive":
            return PLACES if item.entity in PLACE_ENTITIES else PARENTS
        is_child = "ParentRef" in (item.current or {})
        return UNUSED if is_child or item.entity == "Vendor" else UNUSED_PARENTS
    if (
        item.entity == "Deposit"
    ):  # before everything else it lets go of its payments; after it, it takes them back
        return PLACES if item.leaves_nothing else AFTER_PAYMENTS
    if item.entity in PAYS:
        return PARENTS if lets_go_only(item, books) else DEPENDENTS
    return RECORDS


def _conflicts(item: Item, books: Books) -> set[str]:
    """What keeps rows out of one batch: one record's objects, one number or name, one invoice that several payments touch."""
    keys = {"/".join(whole_key(item.key))}
    for stood in (item.current, item.back):
        if number := (stood or {}).get(KEY_FIELD[item.entity]):
            keys.add(f"{'name' if is_name(item.entity) else item.entity}:{str(number).casefold()}")
    if item.entity in PAYS:
        paid = {*books.applied_now(item.address), *books.applied_back(item.address)}
        keys |= {f"applied/{paid_id}" for _, paid_id in paid}
    return keys
