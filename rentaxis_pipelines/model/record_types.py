"""What is looked up in the registry of record types: by name, by source type, by QuickBooks' entity.

Not here: the types themselves (``registry``).
"""

import re
from collections.abc import Collection, Mapping, Sequence

from rentaxis_pipelines.model.record_type import (
    CLASSES,
    CREDIT,
    CUSTOMERS,
    INVOICE,
    LOCATIONS,
    PAPER,
    PART_PAYMENT_TYPE,
    PART_SIGN,
    REFUND,
    RecordType,
    Source,
)
from rentaxis_pipelines.model.registry import REGISTRY

BY_NAME: Mapping[str, RecordType] = {kind.name: kind for kind in REGISTRY}
CHOSEN: tuple[RecordType, ...] = tuple(kind for kind in REGISTRY if kind.sources)
RECORD_TYPES: tuple[str, ...] = tuple(kind.name for kind in CHOSEN)
"""What a person can choose, in the order it is pushed: parents before children."""
OPTIONAL_TYPES: tuple[str, ...] = tuple(kind.name for kind in CHOSEN if kind.optional)
BASIC_TYPES: tuple[str, ...] = tuple(kind.name for kind in CHOSEN if not kind.optional)
"""What every company can push: a day of which all of these were pushed was pushed whole."""

SOURCES: tuple[Source, ...] = tuple(source for kind in CHOSEN for source in kind.sources)
SOURCE_TYPES: tuple[str, ...] = tuple(source.source_type for source in SOURCES)
BY_SOURCE_TYPE: Mapping[str, RecordType] = {
    source_type: kind for kind in REGISTRY for source_type in kind.source_types
}
SOURCE: Mapping[str, Source] = {source.source_type: source for source in SOURCES}

PAYING_TYPES: tuple[str, ...] = tuple(
    name for kind in REGISTRY if "Payment" in kind.entities for name in kind.source_types
)
"""Source types of what is applied to invoices: each is a Payment in QuickBooks."""
HELD_TYPES: tuple[str, ...] = (INVOICE, CREDIT, REFUND)
"""Source types of what those may be applied to, and can hold."""

PARTY_TYPES: tuple[str, ...] = tuple(name for kind in REGISTRY if kind.party for name in kind.source_types)
PAYER_TYPES: tuple[str, ...] = BY_NAME[CUSTOMERS].source_types
PLACE_TYPES: frozenset[str] = frozenset(
    name for place in (CLASSES, LOCATIONS) for name in BY_NAME[place].source_types
)
KEY_FIELD: Mapping[str, str] = {
    entity: kind.number_field
    for kind in REGISTRY
    if kind.number_field
    for entity in (*kind.entities, *kind.entities_where_asked)
}
"""The field of each QuickBooks entity that holds the number or name we give it. QuickBooks can be asked by it (Intuit's reference: these
are filterable, but for those of classes and locations, which are listed and compared).
"""
NUMBER_FIELD: Mapping[str, str] = {
    entity: KEY_FIELD[entity]
    for kind in REGISTRY
    if kind.dated
    for entity in (*kind.entities, *kind.entities_where_asked)
}
"""The same of transactions alone."""
PARTY_ENTITIES: tuple[str, ...] = tuple(entity for kind in REGISTRY if kind.party for entity in kind.entities)
PLACE_ENTITIES: tuple[str, ...] = tuple(
    entity for place in (CLASSES, LOCATIONS) for entity in BY_NAME[place].entities
)

POSTS_NOTHING: Mapping[str, tuple[str, ...]] = {
    kind.name: kind.posts_nothing for kind in REGISTRY if kind.posts_nothing
}

ENTITY_LINKED_BY_HAND: Mapping[str, str] = {
    source_type: kind.entities[0]
    for kind in REGISTRY
    if kind.linked_by_hand
    for source_type in kind.source_types
}
"""What each kind of record is in QuickBooks, where a person may say which."""

DECIDABLE: tuple[str, ...] = (
    *PARTY_TYPES,
    *(name for kind in CHOSEN if not kind.party for name in kind.source_types),
)
"""Source types a person can decide about: link, exclude and the like."""

PAPER_OF: tuple[str, ...] = tuple(name for name in DECIDABLE if name != PAPER)
"""Source types of the records that a file may be kept with."""


def part_of(name: str) -> tuple[RecordType, ...]:
    """The types whose records are parts of those of this one."""
    return tuple(kind for kind in REGISTRY if kind.part_of == name)


def whole_of(source_type: str) -> str:
    """The source type of the record it is a part of, or itself: ``expense`` for the payment of a bill."""
    whole = BY_SOURCE_TYPE[source_type].part_of
    return source_type if whole is None else BY_NAME[whole].source_types[0]


def part_id(whole_id: str, own_id: str) -> str:
    """The source id of a part that has an id of its own: a record may have several of them."""
    return f"{whole_id}{PART_SIGN}{own_id}"


def whole_key(key: tuple[str, str]) -> tuple[str, str]:
    """Source type and id of the record it is a part of, or of itself."""
    source_type, source_id = key
    if source_type == PART_PAYMENT_TYPE:
        source_id = source_id.rpartition(PART_SIGN)[0]
    return whole_of(source_type), source_id


def sql_whole_id(source_type: str, source_id: str) -> str:
    """The second of these in SQL; the names of the two columns are constants of the caller's."""
    whole = f"regexp_replace({source_id}, '{PART_SIGN}[^{PART_SIGN}]*$', '')"
    return f"case when {source_type} = '{PART_PAYMENT_TYPE}' then {whole} else {source_id} end"


def belongs_to(source_type: str) -> str:
    """The record type that a person chooses for it: ``expenses`` for the payment of a bill. Raises KeyError for what is unknown."""
    kind = BY_SOURCE_TYPE[source_type]
    return kind.part_of or kind.name


def in_words(name: str) -> str:
    """A source type or a QuickBooks entity as people say it: ``expense payment``, ``bill payment``; a Purchase is an expense there."""
    spaced = re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return "expense" if spaced == "purchase" else spaced


def with_basic_types(also: Collection[str]) -> tuple[str, ...]:
    """The record types that every RentAxis has and these optional ones, in the order they are pushed."""
    return tuple(name for name in RECORD_TYPES if name in BASIC_TYPES or name in also)


def listed(names: Sequence[str]) -> str:
    """``tenant, program or invoice``."""
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)
