"""Which class or location a property or unit has by itself, and what it is called."""

import itertools
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.mapping.invoices import plan_invoice
from rentaxis_pipelines.mapping.outcome import Context, Facts
from rentaxis_pipelines.mapping.places import CLASSES, LOCATIONS, Wanted, given_names, legal_name, wanted_of
from rentaxis_pipelines.mapping.preflight import check_company
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Place
from rentaxis_pipelines.settings.company import Mappings

UNIT = Place("7", "12 Elm Street", "70", "2B")
HOUSE = Place("7", "12 Elm Street", None, None)


def wants(place: Place, tracked: Any = CLASSES, **mappings: Any) -> list[tuple[str, str]]:
    """Source type and label of what the place needs."""
    asked = Mappings.model_validate(mappings, strict=True)
    return [(one.key[0], one.label) for one in wanted_of(tracked, asked, place)]


@pytest.mark.parametrize(
    ("place", "mappings", "expected"),
    [
        (UNIT, {}, []),
        (UNIT, {"make_missing": True}, []),
        (UNIT, {"class_by": "property"}, [("property_class", "Class 12 Elm Street")]),
        (
            UNIT,
            {"class_by": "unit"},
            [("property_class", "Class 12 Elm Street"), ("unit_class", "Class 12 Elm Street:2B")],
        ),
        (HOUSE, {"class_by": "unit"}, [("property_class", "Class 12 Elm Street")]),
        (Place(None, "The old barn", None, None), {"class_by": "unit"}, []),
        (Place(None, None, None, None), {"class_by": "unit"}, []),
        (Place("7", None, "70", None), {"class_by": "unit"}, [("property_class", "Class Property 7"), ("unit_class", "Class Property 7:Unit 70")]),
        (UNIT, {"class_by": "unit", "properties": {"7": {"class": "North"}}}, []),
        (UNIT, {"class_by": "unit", "units": {"12 Elm Street / 2B": {"class": "North"}}}, []),
        (UNIT, {"class_by": "property", "properties": {"7": {"location": "North"}}}, [("property_class", "Class 12 Elm Street")]),
    ],
)  # fmt: skip
def test_the_company_file_decides_whose_class_a_place_has(
    place: Place, mappings: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """A parent before its child; one that is named by hand wins; what is no property of RentAxis has none."""
    assert wants(place, **mappings) == expected


def test_locations_are_asked_for_apart_from_classes() -> None:
    assert wants(UNIT, LOCATIONS, class_by="unit") == []
    assert wants(UNIT, LOCATIONS, location_by="property") == [("property_location", "Location 12 Elm Street")]


@given(name=st.text(max_size=300), suffix=st.text(max_size=300))
def test_any_name_is_one_quickbooks_takes_and_another_each_time(name: str, suffix: str) -> None:
    """1 to 100 UTF-16 units, no colon, no blanks around it; two of one name are told apart."""
    legal = legal_name(name, "Property 7")
    wanted = Wanted(("property_class", "7"), legal, f"property {len(suffix)}", "")
    names = list(itertools.islice(given_names(wanted), 5))
    assert len({one.casefold() for one in names}) == 5
    for one in names:
        assert 0 < len(one.encode("utf-16-le")) // 2 <= 100
        assert ":" not in one and one == one.strip() and one.isprintable() | (not one.isascii())


@pytest.mark.parametrize(("setting", "switch"), [("class_by", "ClassTrackingPerTxnLine"), ("location_by", "TrackDepartments")])  # fmt: skip
def test_tracking_switched_off_is_said_by_check_and_by_the_row(
    make: SimpleNamespace, context: Context, snapshot: Any, setting: str, switch: str
) -> None:
    """Before a run, and on each record that is to have one; nothing else is said of it."""
    lists = snapshot()
    lists["Preferences"][0]["AccountingInfoPrefs"] |= {switch: False, "ClassTrackingPerTxn": False}
    given_ = context.company.mappings.model_dump(by_alias=True) | {
        setting: "property",
        "properties": {},
        "units": {},
    }
    company = context.company.model_copy(update={"mappings": Mappings.model_validate(given_, strict=True)})
    off = Context(company, References.from_snapshot(lists), places={})
    what = "classes" if setting == "class_by" else "locations"
    assert [one.key_path for one in check_company(company, off.references)] == [f"quickbooks.{what}"]
    invoice = msgspec.structs.replace(make.invoice(), place=HOUSE)
    planned = plan_invoice(invoice, None, off, Facts("58"))
    assert isinstance(planned, Refusal)
    assert (planned.code, planned.subject) == ("missing_mapping", f"quickbooks.{what}")
