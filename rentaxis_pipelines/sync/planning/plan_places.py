"""The classes and locations that chosen records need: linked, found by name, to be made, or to be renamed with their property.

A property's goes before those of its units, and both before the records that carry them. What a person did to one in QuickBooks
(another name, another parent) stays. Not here: which one a place has and what it is called (``mapping.places``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import links, snapshots
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.places import (
    TRACKED,
    Tracked,
    Wanted,
    by_name,
    create_or_rename,
    given_names,
    inactive,
    is_given,
    is_switched_off,
    missing,
    not_made,
    payload_of,
    wanted_of,
)
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.payload import content_hash
from rentaxis_pipelines.model.phases import PARENTS, PLACES
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Place
from rentaxis_pipelines.settings import Mappings
from rentaxis_pipelines.sync.known_links import link_to, links_of_keys
from rentaxis_pipelines.sync.planning.party_rows import failed_before
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import Subject, planned_row
from rentaxis_pipelines.sync.pushing.push import pending_id
from rentaxis_pipelines.sync.run import Run

_Named = tuple[str, str]  # id of the parent ("" for none), folded name


@dataclass
class _List:
    """One of the two lists in QuickBooks as it will stand once what is planned so far is done."""

    tracked: Tracked
    objects: Mapping[str, Mapping[str, Any]]  # by id
    holders: dict[_Named, str]  # the id that has the name, or is to have it
    owners: dict[str, Key]  # whose it is, by id
    known: Mapping[Key, Link]
    failed: Mapping[Key, Refusal]
    ids: dict[Key, str | Refusal] = field(default_factory=dict[Key, str | Refusal])
    rows: list[PlannedRow] = field(default_factory=list[PlannedRow])
    found: list[Link] = field(default_factory=list[Link])


def places_are_kept(context: PlanContext) -> bool:
    """Whether records get the class or location of their place."""
    mappings = context.company.mappings
    return mappings.class_by is not None or mappings.location_by is not None


def with_places(
    context: PlanContext, record_type: str, places: Iterable[tuple[dt.date, Place]]
) -> tuple[PlanContext, list[PlannedRow]]:
    """The context that knows the classes and locations of these places, and the rows that make or rename them.

    Commits what was found. Where records of that type may not be pushed, nothing is looked at.
    """
    mappings = context.company.mappings
    if not context.allows(record_type) or not places_are_kept(context):
        return context, []
    by_day = sorted(set(places), key=lambda dated: dated[0])
    ids: dict[Key, str | Refusal] = {}
    rows: list[PlannedRow] = []
    for tracked in TRACKED:
        first: dict[Key, tuple[dt.date, Wanted]] = {}
        for day, place in by_day:
            for wanted in wanted_of(tracked, mappings, place):
                first.setdefault(wanted.key, (day, wanted))
        if first and not is_switched_off(tracked, context.mapping.references):
            listed = _read(context, tracked, first)
            _plan(context, listed, first)
            ids |= listed.ids
            rows += listed.rows
            if not context.request.preview:
                links.save_links(context.connection, listed.found)
                context.connection.commit()
    mapping = msgspec.structs.replace(context.mapping, places=ids)
    return msgspec.structs.replace(context, mapping=mapping), rows


def places_as_linked(
    connection: sa.Connection, realm: str, mappings: Mappings, places: Iterable[Place]
) -> dict[Key, str | Refusal]:
    """The class and location of each of these places as the ledger has them, for who only compares: nothing is looked for or made."""
    return {
        key: missing(tracked, place_wanted, others=False) if quickbooks_id is None else quickbooks_id
        for key, (tracked, place_wanted, quickbooks_id) in _linked(
            connection, realm, mappings, places
        ).items()
    }


def context_for_check(
    connection: sa.Connection, realm: str, context: Context, places: Iterable[Place]
) -> Context:
    """The context that knows what a push would find for these places, for who only asks what it would refuse."""
    ids: dict[Key, str | Refusal] = {}
    linked = _linked(connection, realm, context.company.mappings, places)
    for key, (tracked, place_wanted, quickbooks_id) in linked.items():  # a parent before its child
        parent = ids[place_wanted.parent] if place_wanted.parent is not None else None
        ids[key] = quickbooks_id or (
            parent if isinstance(parent, Refusal) else by_name(tracked, place_wanted, context)
        )
    return msgspec.structs.replace(context, places=ids)


def _linked(
    connection: sa.Connection, realm: str, mappings: Mappings, places: Iterable[Place]
) -> dict[Key, tuple[Tracked, Wanted, str | None]]:
    """All that these places want by themselves, each with the id the ledger has for it."""
    wanted = {
        place_wanted.key: (tracked, place_wanted)
        for place in places
        for tracked in TRACKED
        for place_wanted in wanted_of(tracked, mappings, place)
    }
    known = links_of_keys(connection, realm, wanted)
    ids = {key: link.quickbooks_id for key, link in known.items()}
    return {key: (tracked, place_wanted, ids.get(key)) for key, (tracked, place_wanted) in wanted.items()}


def waited_for(rows: Iterable[PlannedRow]) -> set[str]:
    """What these rows are waiting for (``PlannedRow.pending``)."""
    return {key for row in rows for key in row.pending}


def those_needed(places: Sequence[PlannedRow], waited: Set[str]) -> list[PlannedRow]:
    """Without those that no row is waiting for: nothing is made for a record that does not go itself."""
    wanted = set(waited)
    kept: list[PlannedRow] = []
    for row in reversed(places):
        if row.action != "create" or f"{row.source_type}/{row.source_id}" in wanted:
            wanted |= set(row.pending)
            kept.append(row)
    return kept[::-1]


def _read(context: PlanContext, tracked: Tracked, first: Iterable[Key]) -> _List:
    run = context.run
    objects = {
        str(entry["Id"]): entry for entry in snapshots.objects_of(run.connection, run.realm, tracked.entity)
    }
    return _List(
        tracked,
        objects,
        {
            (_parent_of(entry), _fold(entry.get("Name"))): quickbooks_id
            for quickbooks_id, entry in objects.items()
        },
        links.owners_of(run.connection, run.realm, tracked.entity),
        links_of_keys(run.connection, run.realm, first),
        failed_before(context, tracked.source_types),
    )


def _plan(context: PlanContext, listed: _List, first: Mapping[Key, tuple[dt.date, Wanted]]) -> None:
    """Renames first: the name that is given up is free for another."""
    in_order = sorted(
        first.values(),
        key=lambda dated: (
            dated[1].parent is not None,
            dated[1].key not in listed.known,
            len(dated[1].key[1]),
            dated[1].key,
        ),
    )
    for day, wanted in in_order:
        subject = Subject(day, listed.tracked.record_type, *wanted.key, wanted.label)
        listed.ids[wanted.key] = _id_of(context, listed, wanted, subject)


def _id_of(context: PlanContext, listed: _List, wanted: Wanted, subject: Subject) -> str | Refusal:
    """Its id, the pending one of a row that is planned here, or why it has none."""
    parent = listed.ids[wanted.parent] if wanted.parent is not None else ""
    link = listed.known.get(wanted.key)
    current = listed.objects.get(link.quickbooks_id) if link is not None else None
    if link is not None and current is not None:
        if current.get("Active") is False and link.state == "void" and context.company.mappings.make_missing:
            if isinstance(parent, Refusal):
                return parent
            _make_active(context, listed, wanted, subject, link, parent)
            return link.quickbooks_id
        if current.get("Active") is False:
            return inactive(listed.tracked, wanted, str(current.get("Name") or ""))
        if context.company.mappings.make_missing:
            _rename(context, listed, wanted, subject, link, current)
        return link.quickbooks_id
    if isinstance(parent, Refusal):
        return parent
    if wanted.key in listed.failed:
        return not_made(wanted, listed.failed[wanted.key])
    there = _unowned(listed, wanted, parent)
    if there is not None:
        listed.owners[there] = wanted.key
        listed.found.append(_link(context.run, listed, wanted, there, parent))
        return there
    if not context.company.mappings.make_missing:
        others = (parent, _fold(wanted.name)) in listed.holders
        return missing(listed.tracked, wanted, others=others)
    name = _free_name(listed, wanted, parent)
    pending = pending_id(*wanted.key)
    listed.holders[parent, _fold(name)] = pending
    outcome = create_or_rename(listed.tracked, "create", name, parent or None)
    _add(context, listed, subject, None, outcome, [(parent, _fold(name))])
    return pending


def _unowned(listed: _List, wanted: Wanted, parent: str) -> str | None:
    """One of its name in QuickBooks that is no other place's. A name that only we would give is looked for first."""
    names = given_names(wanted)
    plain, ours = next(names), next(names)
    for name in (ours, plain):
        quickbooks_id = listed.holders.get((parent, _fold(name)))
        current = listed.objects.get(quickbooks_id) if quickbooks_id is not None else None
        if current is not None and current.get("Active") is not False and quickbooks_id not in listed.owners:
            return quickbooks_id
    return None


def _free_name(listed: _List, wanted: Wanted, parent: str) -> str:
    return next(name for name in given_names(wanted) if (parent, _fold(name)) not in listed.holders)


def _rename(
    context: PlanContext,
    listed: _List,
    wanted: Wanted,
    subject: Subject,
    link: Link,
    current: Mapping[str, Any],
) -> None:
    """Where the property or unit is called otherwise since. A name a person gave it in QuickBooks stays."""
    ours, theirs = link.mapped.get("Name"), str(current.get("Name") or "")
    if is_given(theirs, wanted):
        if (
            ours != theirs
        ):  # a person was first, or the ledger is older than the rename: it follows its house again
            mapped = {**link.mapped, "Name": theirs}
            listed.found.append(
                msgspec.structs.replace(link, mapped=mapped, content_hash=content_hash(mapped))
            )
        return
    if is_given(ours, wanted) or _fold(ours) != _fold(theirs):
        return
    parent = _parent_of(current)
    old = (parent, _fold(theirs))
    listed.holders.pop(old, None)
    name = _free_name(listed, wanted, parent)
    listed.holders[parent, _fold(name)] = link.quickbooks_id
    live = msgspec.structs.replace(link, state="live", sync_token=str(current["SyncToken"]))
    outcome = create_or_rename(listed.tracked, "update", name, parent or None)
    _add(context, listed, subject, live, outcome, [old, (parent, _fold(name))])


def _make_active(
    context: PlanContext, listed: _List, wanted: Wanted, subject: Subject, link: Link, parent: str
) -> None:
    """One that an undo made inactive is needed again. QuickBooks added " (deleted)" to its name."""
    name = _free_name(listed, wanted, parent)
    listed.holders[parent, _fold(name)] = link.quickbooks_id
    outcome = create_or_rename(listed.tracked, "update", name, parent or None)
    _add(context, listed, subject, link, outcome, [(parent, _fold(name))])
    row = listed.rows[-1]
    listed.rows[-1] = msgspec.structs.replace(
        row, payload={**(row.payload or {}), "Active": True}, mapped=row.mapped or row.payload
    )


def _add(
    context: PlanContext,
    listed: _List,
    subject: Subject,
    link: Link | None,
    outcome: Any,
    names: Sequence[_Named],
) -> None:
    """The row. Who takes a name goes after who gives it up; the same number in two houses is no conflict."""
    of_unit = subject.source_type == listed.tracked.of_unit
    row = planned_row(context, subject, outcome, link, phase=PARENTS if of_unit else PLACES)
    keys = [f"{listed.tracked.entity}:{parent}:{name}" for parent, name in names]
    listed.rows.append(msgspec.structs.replace(row, conflict_keys=sorted(set(keys))))


def _link(run: Run, listed: _List, wanted: Wanted, quickbooks_id: str, parent: str) -> Link:
    """The link to one that stood there. It is the property's from now on, and is renamed with it."""
    current = listed.objects[quickbooks_id]
    theirs = str(current.get("Name") or "")
    name = wanted.name if _fold(theirs) == _fold(wanted.name) else theirs
    mapped = cast("dict[str, Any]", payload_of(listed.tracked, name, parent or None))
    return link_to(run, wanted.key, listed.tracked.entity, current, mapped, "adopted")


def _parent_of(current: Mapping[str, Any]) -> str:
    return str(cast("Mapping[str, Any]", current.get("ParentRef") or {}).get("value") or "")


def _fold(name: object) -> str:
    return str(name or "").strip().casefold()
