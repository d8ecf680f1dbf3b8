"""One plan of any number of records, made in chunks: memory does not know how long the range is, and the plan is as if it were made at once.

What needs the whole is gathered as records pass by (customers, vendors and places: as many as the portfolio has) or asked of the
database. Each chunk is committed; nothing is sent before the plan is whole. Where a later chunk shows that an earlier one was planned
without knowing something, all are planned anew.

Here: the order of it. Not here: how a chunk is planned (``planner``), which rows there are (``ledger.read_rows``), tenants and
programs (``customers_in_chunks``).
"""

import itertools
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import msgspec

from rentaxis_pipelines.ledger import links, read_rows
from rentaxis_pipelines.ledger.read_rows import RowChunk
from rentaxis_pipelines.mapping.preflight import SettingsProblem, check_records, merged
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_type import CLASSES, VENDORS, RecordType
from rentaxis_pipelines.model.record_types import BY_NAME, CHOSEN, PLACE_TYPES
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import places_of
from rentaxis_pipelines.sync.planning.changed_parties import changed_vendors
from rentaxis_pipelines.sync.planning.deleted_at_source import moved_or_deleted
from rentaxis_pipelines.sync.planning.numbers import given_in
from rentaxis_pipelines.sync.planning.ordered_at_last import in_order_at_last
from rentaxis_pipelines.sync.planning.parents import Gathering
from rentaxis_pipelines.sync.planning.party_rows import Parents
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.plan_places import places_are_kept, those_needed, with_places
from rentaxis_pipelines.sync.planning.planner import Drafted, Wanted, draft, plan_at_once, rows_in_order
from rentaxis_pipelines.sync.planning.resolve_payers import Matches
from rentaxis_pipelines.sync.planning.saving import (
    OpenPlan,
    add,
    chosen_of,
    close,
    is_looked_at,
    look_at_all,
    start_over,
)
from rentaxis_pipelines.sync.planning.unchanged import settle_unchanged
from rentaxis_pipelines.sync.planning.whole_plan import Needed
from rentaxis_pipelines.sync.source import Dated, Reading, Source, records_of


@dataclass(frozen=True)
class Range:
    """What a plan of some days is made of. ``matches``: who is who, asked once if at all; ``size``: at most so many records at a time;
    ``is_first``: of the ranges that are chosen for the type.
    """

    record_type: RecordType
    reading: Reading
    source: Source
    matches: Callable[[], Matches]
    size: int
    is_first: bool


class _Part(msgspec.Struct, frozen=True):
    """Some of the records of the range, and links of records that were not read for it. ``contested``: who may share out numbers."""

    chunk: RowChunk | None
    missing: Sequence[Link] = ()
    contested: bool = False


def plan_range(opened: OpenPlan, asked: Range) -> list[SettingsProblem]:
    """Write the plan of a dated record type down; returns the mappings its records need and cannot use. The days are noted already, and
    what stands unchanged is settled first, without being read.
    """
    settle_unchanged(opened.context, opened.plan_id, asked.record_type.name, opened.context.days)
    parts = _parts(opened.context, asked)
    first = list(itertools.islice(parts, 2))
    if len(first) < 2:
        return _planned_at_once(opened, asked, first[0] if first else _Part(None))
    gathers_first = False
    while True:
        chunks = _InChunks(opened, asked)
        if gathers_first or chunks.gathers_first():
            chunks.gather()
        if chunks.plan():
            return chunks.problems
        start_over(opened)
        gathers_first = True


def _planned_at_once(opened: OpenPlan, asked: Range, part: _Part) -> list[SettingsProblem]:
    wanted, _ = _read(opened.context, asked, part)
    vendors = _changed_vendors(opened.context, asked)
    plan_at_once(opened, msgspec.structs.replace(wanted, changed_vendors=vendors))
    return problems_of(opened.context, asked.record_type.name, wanted.records)


def problems_of(context: PlanContext, record_type: str, records: Sequence[Dated]) -> list[SettingsProblem]:
    """The mappings these records need and cannot use; none where they may not be pushed anyway."""
    pushed = BY_NAME[record_type].dated and context.allows(record_type)
    return check_records(context.mapping, [record for _, record in records]) if pushed else []


def _changed_vendors(context: PlanContext, asked: Range) -> Sequence[Dated]:
    has_vendors = VENDORS in asked.record_type.parents and asked.is_first
    return changed_vendors(context, asked.source) if has_vendors else []


def _parts(context: PlanContext, asked: Range) -> Iterator[_Part]:
    """The records to be planned, so many at a time. Together where they are few enough; else those first that may share out numbers."""
    connection, (source_type,) = context.connection, asked.record_type.source_types[:1]
    allowed = context.allows(asked.record_type.name)
    missing = _Missing(context, source_type) if allowed else None
    few = list(itertools.islice(read_rows.chunks(connection, source_type, context.days, asked.size), 2))
    if len(few) < 2:
        rows = few[0].rows if few else 0
        if missing is None or missing.are_at_most(asked.size - rows):
            links_left = missing.next(asked.size) if missing is not None else []
            if few or links_left:
                yield _Part(few[0] if few else None, links_left)
            return
    del few
    contested = read_rows.contested(connection, context.realm, source_type, context.days)
    chunks = read_rows.chunks(connection, source_type, context.days, asked.size, contested)
    room = max(asked.size - len(contested), 1)
    while missing is not None and (block := missing.next(room)):
        yield _Part(next(chunks) if contested and room != asked.size else None, block, contested=True)
        contested, room = [], asked.size
    if contested:
        yield _Part(next(chunks), contested=True)
    for chunk in chunks:
        yield _Part(chunk)


class _Missing:
    """Links of the days without a row, block by block."""

    def __init__(self, context: PlanContext, source_type: str) -> None:
        self._context, self._source_type = context, source_type
        self._last: str | None = None
        self._no_more = False

    def are_at_most(self, number: int) -> bool:
        found = self._found(number + 1)
        self._no_more = not found
        return len(found) <= number

    def next(self, limit: int) -> list[Link]:
        found = [] if self._no_more else self._found(limit)
        self._last = found[-1].source_id if found else self._last
        return found

    def _found(self, limit: int) -> list[Link]:
        return read_rows.missing_links(
            self._context.connection,
            self._context.realm,
            self._source_type,
            self._context.days,
            after=self._last,
            limit=limit,
        )


def _read(context: PlanContext, asked: Range, part: _Part) -> tuple[Wanted, set[str]]:
    """The records of the part, as RentAxis has them, and which of them have moved to another day."""
    name = asked.record_type.name
    (model,) = asked.record_type.models
    records = [] if part.chunk is None else records_of(asked.reading, model, part.chunk)
    unread = moved_or_deleted(context, asked.source, name, part.missing)
    wanted = Wanted(
        record_type=name,
        records=[*records, *unread.moved],
        matches=_matches(context, asked) if records or unread.moved else {},
        deleted_at_source=unread.deleted,
    )
    return wanted, {record.source_id for _, record in unread.moved}


def _matches(context: PlanContext, asked: Range) -> Matches:
    return asked.matches() if asked.record_type.has_payer and context.allows(asked.record_type.name) else {}


def _may_be_booked(context: PlanContext, matches: Matches) -> bool:
    """Whether our own records are on a customer that a person would be asked about."""
    asked_about = {
        candidate.quickbooks_id
        for match in matches.values()
        if match.resolution in ("waiting", "ambiguous")
        for candidate in match.candidates
    }
    return any(
        links.is_anything_billed_to(context.connection, context.realm, source_type, asked_about)
        for kind in CHOSEN
        if kind.dated and kind.has_payer
        for source_type in kind.source_types
    )


class _InChunks:
    """A plan in the making (``whole_plan.WholePlan``), over all its chunks. ``problems``: as far as they are known."""

    def __init__(self, opened: OpenPlan, asked: Range) -> None:
        self._opened, self._asked = opened, asked
        self._context = opened.context
        self.problems: list[SettingsProblem] = []
        self.taken: dict[str, str] = {}
        self.let_go: set[str] | None = set()
        self._moved: set[str] = set()
        self._needed: Needed | None = None  # gathered before the first chunk, over all of them
        self._gathered = Gathering(asked.record_type, opened.context.company)
        self._ids: dict[Hashable, str] = {}
        self._waits: dict[Hashable, Refusal] = {}
        self._waited: set[str] = set()

    def gathers_first(self) -> bool:
        """Whether what records need can only be told when all are known: vendors and places share names and one another's objects, and
        a payer is who most of the records say.
        """
        context, record_type = self._context, self._asked.record_type
        if not context.allows(record_type.name):
            return False
        if VENDORS in record_type.parents or (CLASSES in record_type.parents and places_are_kept(context)):
            return True
        return record_type.has_payer and _may_be_booked(context, self._asked.matches())

    def gather(self) -> None:
        """Let all records pass by once for what they need, and decide about that."""
        asked, context = self._asked, self._context
        places: dict[object, Dated] = {}
        located = CLASSES in asked.record_type.parents and places_are_kept(context)
        for part in _parts(context, asked):
            wanted, _ = _read(context, asked, part)
            known = self._links(wanted.records)
            self._gathered.add(wanted.records, known)
            dated = ((day, place) for day, record in wanted.records for place in places_of(record))
            for day, place in dated if located else ():
                if place not in places or day < places[place][0]:
                    places[place] = (day, place)
        vendors = _changed_vendors(context, asked)
        parents = self._gathered.parents(context, _matches(context, asked), vendors)
        rows: list[PlannedRow] = []
        if located:
            context, rows = with_places(context, asked.record_type.name, places.values())
        self._needed = Needed(context, parents, rows)

    def plan(self) -> bool:
        """Write down all rows; False where a chunk was planned without something that is known by now."""
        for part in _parts(self._context, self._asked):
            wanted, moved = _read(self._context, self._asked, part)
            self._moved |= moved
            drafted = draft(self._context, wanted, self)
            if drafted is None:
                return False
            self._add(wanted, drafted, part)
        parents = self._all_parents()
        if parents is None:
            return False
        places = [] if self._needed is None else those_needed(self._needed.places, self._waited)
        rows, _ = chosen_of(self._context, [*places, *parents.rows], [])
        add(self._opened, rows, [])
        in_order_at_last(self._opened, self.let_go or set())
        if is_looked_at(self._context):
            look_at_all(self._opened, self._asked.size)
        close(self._opened)
        return True

    def _add(self, wanted: Wanted, drafted: Drafted, part: _Part) -> None:
        rows, subjects = rows_in_order(self._context, wanted, drafted, self)
        self._waited |= {key for key in drafted.waited if key.partition("/")[0] in PLACE_TYPES}
        if part.contested:
            self.taken |= given_in(drafted.rows)
        more = problems_of(self._context, wanted.record_type, wanted.records)
        self.problems = merged([*self.problems, *more])
        rows, subjects = chosen_of(self._context, rows, subjects)
        add(self._opened, rows, [subject.amount for subject in subjects])

    def needed(self, context: PlanContext, records: Sequence[Dated], known: Mapping[str, Link]) -> Needed:
        """As ``gather`` found it; else of those alone that no earlier chunk needed."""
        if self._needed is not None:
            return self._needed
        here = Gathering(self._asked.record_type, context.company)
        here.add(records, known)
        found = here.without(self._ids.keys() | self._waits.keys()).parents(
            context, _matches(context, self._asked)
        )
        self._ids |= found.ids
        self._waits |= found.waits
        self._gathered.merge(here)
        return Needed(context, Parents([], self._ids, self._waits))

    def holding(self, ids: Collection[str], known: Mapping[str, Link]) -> Set[str]:
        (source_type,) = self._asked.record_type.source_types[:1]
        return read_rows.among(self._context.connection, source_type, ids) | (
            set(ids) & (self._moved | known.keys())
        )

    def _all_parents(self) -> Parents | None:
        """The rows of all customers or vendors, as they come to it in their own order; None where a chunk was told otherwise."""
        if self._needed is not None:
            return self._needed.parents
        parents = self._gathered.parents(self._context, _matches(self._context, self._asked))
        as_told = parents.ids == self._ids and parents.waits == self._waits
        return parents if as_told else None

    def _links(self, records: Sequence[Dated]) -> dict[str, Link]:
        (source_type,) = self._asked.record_type.source_types[:1]
        ids = [record.source_id for _, record in records]
        return links.links_of(self._context.connection, self._context.realm, source_type, ids)
