"""Settings of the emulator's switches that the probe is tried against: seeded, and together every value of every switch it measures."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from quickbooks_emulator.switches import Switches, listing
from rentaxis_pipelines.probe.catalogue import CATALOGUE
from rentaxis_pipelines.probe.experiments import preferences

# What QuickBooks does only where a preference of the company says so is tried one by one (test_every_switch_value), under that preference.
BY_PREFERENCE = {
    name for one in CATALOGUE if one.run.__module__ == preferences.__name__ for name in one.switches
}
MEASURED = sorted({name for one in CATALOGUE for name in one.switches} - BY_PREFERENCE)
_LISTED = {one["name"]: one for one in listing(Switches())}
OF_LIMITS = sorted({name for one in CATALOGUE if one.needs == "limits" for name in one.switches})
# What a switch without a list of choices is set to.
_VALUES: Mapping[str, Sequence[Any]] = {
    "requestid_minutes": (1, 10, 60),
    "payment_ref_length": (21, 0, 30),
    "longest_post_query": (0, 4000),
    "cdc_days": (0, 30),
    "forbidden_character_code": ("2040", "2050"),
    "retry_after": (0, 30),
}


def values_of(name: str) -> Sequence[Any]:
    """The values a switch is tried with, its default first."""
    switch = _LISTED[name]
    if name in _VALUES:
        return _VALUES[name]
    if switch["choices"] == "boolean":
        return (switch["default"], not switch["default"])
    assert isinstance(switch["choices"], list), (
        f"{name} has no list of choices: say here what it is tried with"
    )
    return [switch["default"], *(one for one in switch["choices"] if one != switch["default"])]


def settings(names: Sequence[str], how_many: int, seed: int) -> list[dict[str, Any]]:
    """So many settings of all these switches. Each switch goes through its values in an order of its own."""
    by_chance = random.Random(seed)
    columns: dict[str, list[Any]] = {}
    for name in names:
        values = list(values_of(name))
        order: list[Any] = []
        while len(order) < how_many:
            order += by_chance.sample(values, len(values))
        columns[name] = order[:how_many]
    return [{name: column[place] for name, column in columns.items()} for place in range(how_many)]


def is_hidden(name: str, setting: Mapping[str, Any]) -> bool:
    """Whether another switch of the setting hides this one from everybody who only sees answers."""
    switches = {**{known: one["default"] for known, one in _LISTED.items()}, **setting}
    if name.startswith("requestid_") and switches["requestid"] == "ignored":
        return True
    if name == "requestid_minutes":
        return switches["requestid"] != "timed"
    if name == "sales_number_scope":
        return not switches["warn_duplicate_numbers"]
    if name == "duplicate_name_text":
        return switches["language"] != "en"  # no text of another language is known
    return name in OF_LIMITS and name != "limits" and not switches["limits"]
