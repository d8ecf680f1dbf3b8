"""From what a run touched to the items of an undo: under which record each goes back, to what, and the ids it names by now. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.mapping.text import derived_number
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_type import EXPENSE, REPLACED_TYPE
from rentaxis_pipelines.model.record_types import whole_key, whole_of
from rentaxis_pipelines.quickbooks.entities import is_void
from rentaxis_pipelines.sync.pushing.push import pending_id
from rentaxis_pipelines.sync.undoing.dependents import NAMED_BY_LINES
from rentaxis_pipelines.sync.undoing.history import Address, History, Object, Touched
from rentaxis_pipelines.sync.undoing.item import Item
from rentaxis_pipelines.sync.undoing.obstacles import reversal_of


def items_of(
    history: History, objects: Mapping[Address, Object], known: Mapping[Address, Link]
) -> list[Item]:
    """One item for each object touched, in their order. ``objects``: as they stand; ``known``: their links."""
    back_to = former_keys(history.touched)
    made_anew = {
        touched.address: pending_id(*back_to[touched.address])
        for touched in history.touched
        if touched.undone_by is None and reversal_of(touched) == "create"
    }
    now = {**history.now, **made_anew}
    items: list[Item] = []
    for order, touched in enumerate(history.touched):
        link = known.get(touched.address)
        is_ours = link is not None and whole_key((link.source_type, link.source_id)) == whole_key(touched.key)
        items.append(
            Item(
                key=back_to[touched.address],
                label=touched.label,
                address=(touched.entity, now.get(touched.address, touched.address[1])),
                reversal=reversal_of(touched),
                at=touched.at,
                current=objects.get(touched.address),
                back=renamed(touched.before, now),
                link_back=_link_renamed(touched.link, now),
                link=link if is_ours else None,
                order=order,
            )
        )
    return items


def former_keys(touched: Sequence[Touched]) -> dict[Address, Key]:
    """The records they belonged to before the run. An expense that the run made another kind of transaction stands as the former one again,
    and what it was made goes under the type of what is let go.
    """
    stands_again = {
        written.key[1]
        for written in touched
        if _may_swap(written) and not written.made and not _was_let_go(written)
    }
    keys: dict[Address, Key] = {}
    for written in touched:
        let_go = _was_let_go(written) or (written.made and written.key[1] in stands_again)
        swapped = (REPLACED_TYPE if let_go else EXPENSE, written.key[1])
        keys[written.address] = swapped if _may_swap(written) else written.key
    return keys


def _may_swap(touched: Touched) -> bool:
    return whole_of(touched.key[0]) == EXPENSE and touched.entity != "BillPayment"


def _was_let_go(touched: Touched) -> bool:
    """Whether it was zeroed already, under the number of what an expense no longer is."""
    before = touched.before or {}
    return is_void(before) and before.get("DocNumber") == derived_number("V", touched.key[1])


def renamed(value: Any, now: Mapping[Address, str]) -> Any:
    """The same with the present ids of the transactions it is applied to."""
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value)
        named = str(inner.get("TxnType"))
        linked = (NAMED_BY_LINES.get(named, named), str(inner.get("TxnId")))
        if linked in now:
            return {**inner, "TxnId": now[linked]}
        return {name: renamed(each, now) for name, each in inner.items()}
    if isinstance(value, list):
        return [renamed(each, now) for each in cast("list[Any]", value)]
    return value


def _link_renamed(link: Link | None, now: Mapping[Address, str]) -> Link | None:
    return None if link is None else msgspec.structs.replace(link, mapped=renamed(link.mapped, now))


def all_or_none(items: Sequence[Item]) -> list[list[Item]]:
    """An expense that became another kind of transaction goes back as a whole."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if whole_of(item.key[0]) == EXPENSE:
            groups[whole_key(item.key)[1]].append(item)
    return [group for group in groups.values() if sum(item.entity != "BillPayment" for item in group) > 1]
