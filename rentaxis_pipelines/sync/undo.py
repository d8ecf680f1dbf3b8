"""Taking back a run: what it made is voided, deleted or made inactive, what it changed goes back to what stood there before.

An undo is a run like any other: planned row by row, written down, sent and settled by ``pushing``. A row that cannot be taken back is
refused with its reason, and so is what hangs on it. Killed on the way, it is launched again and finishes the rest.

Here: the order of gathering and deciding. Not here: the rules (``undoing``), sending (``pushing``), holding the records (``settle_undone``).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import msgspec

from rentaxis_pipelines.ledger import links, runs, snapshots, versions
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.runs import KnownRun
from rentaxis_pipelines.mapping.text import derived_number
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_types import EXPENSE, REPLACED_TYPE, SOURCE, whole_of
from rentaxis_pipelines.quickbooks.entities import is_void
from rentaxis_pipelines.sync.planning.planned import PlanMade, Subject
from rentaxis_pipelines.sync.planning.saving import save
from rentaxis_pipelines.sync.pushing.push import pending_id
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.selection import chosen
from rentaxis_pipelines.sync.snapshot import references_of
from rentaxis_pipelines.sync.undoing.dependents import PAID_BY, PAYS, Books, refuse_dependents, wire
from rentaxis_pipelines.sync.undoing.history import Address, History, Object, Touched, history_of
from rentaxis_pipelines.sync.undoing.item import Item
from rentaxis_pipelines.sync.undoing.obstacles import Facts, deed_of, obstacle
from rentaxis_pipelines.sync.undoing.restore import is_name
from rentaxis_pipelines.sync.undoing.rows import rows_of
from rentaxis_pipelines.sync.undoing.users import refuse_those_in_use
from rentaxis_pipelines.sync.undoing.which_run import run_to_undo, undone_already, wrote_nothing

if TYPE_CHECKING:
    from rentaxis_pipelines.sync.engine import Engine

RECORD_TYPE = "undo"  # of the plan: its rows are of several


def plan_undo(engine: "Engine") -> PlanMade:
    """Write down what is to be done about each row of the run that the request names. Reads QuickBooks, sends nothing.

    Raises CannotLaunch, a sentence, where the run cannot be taken back as a whole; QuickBooksError, SourceError.
    """
    asked, run = engine.request.undo, engine.run
    assert asked is not None
    undone = run_to_undo(run.connection, run.realm, asked.run_id)
    whole_id = msgspec.structs.replace(asked, run_id=undone.run_id)
    engine.request = msgspec.structs.replace(engine.request, undo=whole_id)
    history, facts = _what_it_did(engine, undone, asked.only)
    if all(touched.undone_by is not None for touched in history.touched):
        raise undone_already(run.connection, run.realm, undone)
    objects = _in_quickbooks(run, history)
    items = _items(run, history, objects)
    if not engine.request.preview:
        _under_former_types(run, items)
    for touched, item in zip(history.touched, items, strict=True):
        item.why = obstacle(touched, item, facts)
    books = Books(items, objects)
    refuse_dependents(books, _all_or_none(items))
    wire(books)
    refuse_those_in_use(run, items)
    rows = rows_of(items, books, undone.run_id, engine.company.currency, run.now().date())
    return PlanMade(_save(engine, rows, undone), RECORD_TYPE)


def _what_it_did(engine: "Engine", undone: KnownRun, only: Sequence[str]) -> tuple[History, Facts]:
    run = engine.run
    written = versions.of_run(run.connection, run.realm, undone.run_id)
    if not written:
        raise wrote_nothing(run.connection, run.realm, undone)
    every = versions.of_records(
        run.connection, run.realm, {(version.source_type, version.source_id) for version in written}
    )
    known = runs.known(run.connection, run.realm, {version.run_id or "" for version in every})
    undoes = {run_id: one.undoes for run_id, one in known.items() if one.undoes is not None}
    history = history_of(undone.run_id, every, undoes)
    if only:
        names = chosen(history.touched, only, ())
        wholes = {(whole_of(source_type), source_id) for source_type, source_id in names}
        touched = [one for one in history.touched if (whole_of(one.key[0]), one.key[1]) in wholes]
        history = msgspec.structs.replace(history, touched=touched)
    facts = Facts(
        run=undone,
        runs=known,
        closing_date=references_of(run.connection, run.realm).closing_date,
        edited=_edited(engine, history.touched),
        voided=_voided_by_us(run, history.touched),
    )
    return history, facts


def _edited(engine: "Engine", touched: Sequence[Touched]) -> dict[Key, Any]:
    """When each of these records was last changed in RentAxis; those it no longer has are absent."""
    keys: dict[str, set[str]] = defaultdict(set)
    for one in touched:
        keys[whole_of(one.key[0])].add(one.key[1])
    changed = {
        (source_type, record.source_id): record.updated_at
        for source_type, ids in keys.items()
        if source_type in SOURCE
        for _, record in engine.read(SOURCE[source_type].model, sorted(ids))
    }
    return {
        one.key: changed[whole] for one in touched if (whole := (whole_of(one.key[0]), one.key[1])) in changed
    }


def _voided_by_us(run: Run, touched: Sequence[Touched]) -> frozenset[str]:
    paid = {
        str(linked["TxnId"])
        for one in touched
        if one.entity == "Payment" and one.after is not None
        for line in one.after.get("Line") or []
        for linked in line.get("LinkedTxn") or []
    }
    return frozenset(links.voided_among(run.connection, run.realm, "Invoice", paid))


def _in_quickbooks(run: Run, history: History) -> dict[Address, Object]:
    """What the run touched as it stands now, with everything that pays it or is paid by it. Names are in the snapshot, which is fresh."""
    wanted: dict[str, set[str]] = defaultdict(set)
    objects: dict[Address, Object] = {}
    for touched in history.touched:
        wanted[touched.entity].add(touched.address[1])
        if touched.entity in PAYS:
            for line in (touched.before or {}).get("Line") or []:
                wanted[PAYS[touched.entity]] |= {
                    str(linked["TxnId"]) for linked in line.get("LinkedTxn") or []
                }
    for entity in [entity for entity in wanted if is_name(entity)]:
        ids = wanted.pop(entity)
        for entry in snapshots.objects_of(run.connection, run.realm, entity):
            if str(entry["Id"]) in ids:
                objects[entity, str(entry["Id"])] = entry
    for entity in [name for name in wanted if name in PAYS]:
        _read(run, entity, wanted.pop(entity), objects)
        for (kind, _), payment in list(objects.items()):
            if kind == entity:
                for line in payment.get("Line") or []:
                    wanted[PAYS[entity]] |= {
                        str(linked["TxnId"])
                        for linked in line.get("LinkedTxn") or []
                        if linked.get("TxnType") == PAYS[entity]
                    }
    for entity, ids in wanted.items():
        _read(run, entity, ids, objects)
    for entity, payment in PAID_BY.items():
        paid_by = {
            str(linked["TxnId"])
            for (kind, _), transaction in objects.items()
            if kind == entity
            for linked in transaction.get("LinkedTxn") or []
            if str(linked.get("TxnType")).startswith(payment)
        }
        _read(run, payment, {one for one in paid_by if (payment, one) not in objects}, objects)
    return objects


def _read(run: Run, entity: str, ids: Collection[str], objects: dict[Address, Object]) -> None:
    if ids:
        for entry in run.client.query_in(entity, "Id", sorted(ids)):
            objects[entity, str(entry["Id"])] = entry


def _items(run: Run, history: History, objects: Mapping[Address, Object]) -> list[Item]:
    known = _links_to(run, history.touched)
    back_to = _former_keys(history.touched)
    made_anew = {
        touched.address: pending_id(*back_to[touched.address])
        for touched in history.touched
        if touched.undone_by is None and deed_of(touched) == "create"
    }
    now = {**history.now, **made_anew}
    items: list[Item] = []
    for order, touched in enumerate(history.touched):
        link = known.get(touched.address)
        ours = link is not None and (whole_of(link.source_type), link.source_id) == (
            whole_of(touched.key[0]),
            touched.key[1],
        )
        items.append(
            Item(
                key=back_to[touched.address],
                label=touched.label,
                address=(touched.entity, now.get(touched.address, touched.address[1])),
                deed=deed_of(touched),
                at=touched.at,
                current=objects.get(touched.address),
                back=_renamed(touched.before, now),
                link_back=_link_renamed(touched.link, now),
                link=link if ours else None,
                order=order,
            )
        )
    return items


def _links_to(run: Run, touched: Sequence[Touched]) -> dict[Address, Link]:
    by_entity: dict[str, set[str]] = defaultdict(set)
    for one in touched:
        by_entity[one.entity].add(one.address[1])
    return {
        (entity, link.quickbooks_id): link
        for entity, ids in by_entity.items()
        for link in links.of_objects(run.connection, run.realm, entity, ids)
    }


def _former_keys(touched: Sequence[Touched]) -> dict[Address, Key]:
    """The records they belonged to before the run. An expense that the run made another kind of transaction stands as the former one again,
    and what it was made goes under the type of what is let go.
    """
    stands_again = {one.key[1] for one in touched if _may_swap(one) and not one.made and not _was_let_go(one)}
    return {
        one.address: (
            (REPLACED_TYPE if _was_let_go(one) or (one.made and one.key[1] in stands_again) else EXPENSE),
            one.key[1],
        )
        if _may_swap(one)
        else one.key
        for one in touched
    }


def _may_swap(touched: Touched) -> bool:
    return whole_of(touched.key[0]) == EXPENSE and touched.entity != "BillPayment"


def _was_let_go(touched: Touched) -> bool:
    """Whether it was zeroed already, under the number of what an expense no longer is."""
    before = touched.before or {}
    return is_void(before) and before.get("DocNumber") == derived_number("V", touched.key[1])


def _renamed(value: Any, now: Mapping[Address, str]) -> Any:
    """The same with the present ids of transactions it is applied to."""
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value)
        linked = (str(inner.get("TxnType")), str(inner.get("TxnId")))
        if linked in now:
            return {**inner, "TxnId": now[linked]}
        return {name: _renamed(each, now) for name, each in inner.items()}
    if isinstance(value, list):
        return [_renamed(each, now) for each in cast("list[Any]", value)]
    return value


def _link_renamed(link: Link | None, now: Mapping[Address, str]) -> Link | None:
    return None if link is None else msgspec.structs.replace(link, mapped=_renamed(link.mapped, now))


def _under_former_types(run: Run, items: Sequence[Item]) -> None:
    """Keep the links of expenses that changed places as they were before, as a push does before it sends anything."""
    moved = [
        msgspec.structs.replace(item.link, source_type=item.key[0])
        for item in items
        if item.link is not None and item.link.source_type != item.key[0]
    ]
    links.put_under(run.connection, moved)


def _all_or_none(items: Sequence[Item]) -> list[list[Item]]:
    """An expense that became another kind of transaction goes back as a whole."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if whole_of(item.key[0]) == EXPENSE:
            groups[item.key[1]].append(item)
    return [group for group in groups.values() if sum(item.entity != "BillPayment" for item in group) > 1]


def _save(engine: "Engine", rows: Sequence[PlannedRow], undone: KnownRun) -> str:
    days = [row.day for row in rows]
    context = engine.plan_context(DateRange.of_days(min(days), max(days)))
    subjects = [
        Subject(row.day, row.record_type, row.source_type, row.source_id, row.source_label, row.amount)
        for row in rows
    ]
    return save(context, RECORD_TYPE, rows, subjects)
