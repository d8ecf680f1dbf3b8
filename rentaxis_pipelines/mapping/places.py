"""Classes and locations that follow RentAxis' properties and units by themselves: which one a place has, and what it is called.

Pure. Not here: which of them stand in QuickBooks already (``sync.planning.plan_places``), and those the company file names one by
one (``resolve``), which win.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from rentaxis_pipelines.mapping import text
from rentaxis_pipelines.mapping.outcome import Context, Mapped, RecordRefused, refused
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.model.payload import Payload, content_hash
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Place
from rentaxis_pipelines.settings import Mappings, PlaceMapping

NAME_LENGTH = 100  # Name of a class or location (entity reference)

Key: TypeAlias = tuple[str, str]  # source_type, source_id


class Tracked(msgspec.Struct, frozen=True):
    """One of the two lists QuickBooks tracks places by. ``of_property`` and ``of_unit`` are source types of the ledger."""

    entity: Literal["Class", "Department"]
    record_type: str
    word: str
    setting: str
    sub_flag: str
    of_property: str
    of_unit: str
    switch: str

    @property
    def source_types(self) -> tuple[str, str]:
        """Those of its links and rows."""
        return self.of_property, self.of_unit


CLASSES = Tracked(
    "Class", "classes", "class", "class_by", "SubClass", "property_class", "unit_class", "Track classes"
)
LOCATIONS = Tracked(
    "Department",
    "locations",
    "location",
    "location_by",
    "SubDepartment",
    "property_location",
    "unit_location",
    "Track locations",
)
TRACKED = (CLASSES, LOCATIONS)


class Wanted(msgspec.Struct, frozen=True):
    """The class or location a property or unit has by itself. ``parent``: that of the property a unit belongs to."""

    key: Key
    name: str
    suffix: str
    label: str
    parent: Key | None = None


def mapped_places(mappings: Mappings, place: Place) -> list[tuple[PlaceMapping, str]]:
    """The entries of the company file that speak of a place, the most exact first, with their key paths."""
    unit_keys = (place.unit_id, f"{place.property_name} / {place.unit_number}")
    property_keys = (place.property_id, place.property_name)
    return [
        *((mappings.units[key], f"mappings.units.{key}") for key in unit_keys if key in mappings.units),
        *(
            (mappings.properties[key], f"mappings.properties.{key}")
            for key in property_keys
            if key in mappings.properties
        ),
    ]


def named_by_hand(tracked: Tracked, mappings: Mappings, place: Place) -> tuple[str, str] | None:
    """The class or location the company file names for the place, and where it does."""
    for mapped, key_path in mapped_places(mappings, place):
        name = mapped.class_name if tracked is CLASSES else mapped.location
        if name is not None:
            return name, f"{key_path}.{tracked.word}"
    return None


def wanted_of(tracked: Tracked, mappings: Mappings, place: Place) -> list[Wanted]:
    """What the place needs by itself, a parent before its child, its own last. Nothing where a person named one, nor for no place."""
    by = mappings.class_by if tracked is CLASSES else mappings.location_by
    if by is None or place.property_id is None or named_by_hand(tracked, mappings, place) is not None:
        return []
    name = legal_name(place.property_name, f"Property {place.property_id}")
    of_property = Wanted(
        (tracked.of_property, place.property_id),
        name,
        f"property {place.property_id}",
        f"{tracked.word.capitalize()} {name}",
    )
    if by == "property" or place.unit_id is None:
        return [of_property]
    number = legal_name(place.unit_number, f"Unit {place.unit_id}")
    of_unit = Wanted(
        (tracked.of_unit, place.unit_id),
        number,
        f"unit {place.unit_id}",
        f"{of_property.label}:{number}",
        of_property.key,
    )
    return [of_property, of_unit]


def legal_name(name: str | None, otherwise: str) -> str:
    """A Name that QuickBooks takes: no colon (it reads that as parent and child), at most 100 long."""
    legal = text.cut(text.one_line((name or "").replace(":", " - ")), NAME_LENGTH)
    return legal or text.cut(text.one_line(otherwise.replace(":", " - ")), NAME_LENGTH)


def given_names(wanted: Wanted) -> Iterator[str]:
    """The names it may be given: ``12 Elm Street``, ``12 Elm Street (property 7)``, ``12 Elm Street (property 7, 2)``."""
    return text.given_names(wanted.name, wanted.suffix, NAME_LENGTH)


def is_given(name: object, wanted: Wanted) -> bool:
    """Whether it has that name while its property or unit is called as now."""
    return text.is_given_name(name, wanted.name, wanted.suffix, NAME_LENGTH)


def payload_of(tracked: Tracked, name: str, parent_id: str | None) -> Payload:
    """The Class or Department. An update says it whole: QuickBooks documents no sparse one for these."""
    if parent_id is None:
        return {"Name": name}
    return {"Name": name, tracked.sub_flag: True, "ParentRef": {"value": parent_id}}


def create_or_rename(
    tracked: Tracked, action: Literal["create", "update"], name: str, parent_id: str | None
) -> Mapped:
    """The write that makes it, or gives it that name."""
    payload = payload_of(tracked, name, parent_id)
    return Mapped(action, tracked.entity, payload, content_hash(payload), name)


def is_switched_off(tracked: Tracked, references: References) -> bool:
    """Whether QuickBooks does not track them. Unknown counts as tracked."""
    if tracked is CLASSES:
        return references.class_tracking == "off"
    return references.locations_on is False


def refuse_switched_off(tracked: Tracked, context: Context) -> None:
    """A record that is to have one is not pushed without it: raises RecordRefused where QuickBooks does not track them."""
    if is_switched_off(tracked, context.references):
        raise refused(
            ReasonCode.MISSING_MAPPING,
            f"It should have a {tracked.word}, but {tracked.word} tracking is off in QuickBooks.",
            f"Switch on '{tracked.switch}' in QuickBooks (Account and settings, Advanced, Categories), or take the {tracked.record_type} "
            "out of company.yaml, then run again.",
            f"quickbooks.{tracked.record_type}",
        )


def missing(tracked: Tracked, wanted: Wanted, *, others: bool) -> Refusal:
    """There is none of that name, and none is to be made. ``others``: there is one, that of another property."""
    named = wanted.label.removeprefix(f"{tracked.word.capitalize()} ")
    reason = (
        f"The {tracked.word} '{named}' in QuickBooks belongs to another property of the same name."
        if others
        else f"QuickBooks has no {tracked.word} '{named}'."
    )
    return Refusal(
        ReasonCode.MISSING_MAPPING,
        reason,
        "Create it in QuickBooks, map the place under mappings.properties or mappings.units in company.yaml, or set "
        "mappings.make_missing to true there, then run again.",
        _key_path(tracked, wanted),
    )


def inactive(tracked: Tracked, wanted: Wanted, name: str) -> Refusal:
    """It was made inactive in QuickBooks."""
    return Refusal(
        ReasonCode.INACTIVE_REFERENCE,
        f"The {tracked.word} '{name}' of {wanted.suffix} is inactive in QuickBooks.",
        "Make it active again in QuickBooks, or map the place under mappings.properties or mappings.units in company.yaml, "
        "then run again.",
        _key_path(tracked, wanted),
    )


def _key_path(tracked: Tracked, wanted: Wanted) -> str:
    """Where the company file could name one for the place."""
    if wanted.parent is None:
        return f"mappings.properties.{wanted.name}.{tracked.word}"
    house = wanted.label.removeprefix(f"{tracked.word.capitalize()} ").removesuffix(f":{wanted.name}")
    return f"mappings.units.{house} / {wanted.name}.{tracked.word}"


def by_name(tracked: Tracked, wanted: Wanted, context: Context) -> str | Refusal:
    """What a place that is not linked yet would get: the one of its name, or, where missing ones are made, one of its own."""
    if context.company.mappings.make_missing:
        return "to be made"
    named = wanted.label.removeprefix(f"{tracked.word.capitalize()} ")
    entry = context.references.find(tracked.entity, named)
    return (
        missing(tracked, wanted, others=False) if entry is None or not entry.active else entry.quickbooks_id
    )


def not_made(wanted: Wanted, why: Refusal) -> Refusal:
    """It was refused earlier in this run. Said with the code that has it tried again once QuickBooks' lists are others."""
    return Refusal(
        ReasonCode.MISSING_MAPPING,
        f"{wanted.label} could not be created in QuickBooks: {why.reason}",
        why.remedy,
        why.subject,
    )


def id_of(context: Context, tracked: Tracked, place: Place) -> str | None:
    """The class or location of a place that has one by itself, as planned; None for one that has none, or before it is planned.

    Raises RecordRefused where it cannot have the one it should.
    """
    wanted = wanted_of(tracked, context.company.mappings, place)
    if not wanted:
        return None
    refuse_switched_off(tracked, context)
    quickbooks_id = None if context.places is None else context.places[wanted[-1].key]
    if isinstance(quickbooks_id, Refusal):
        raise RecordRefused(quickbooks_id)
    return quickbooks_id
