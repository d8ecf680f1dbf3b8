"""Whether the JSON of a row has the shape that is read: every key, and values of the kind that is carried.

Here: what is missing or of another kind, by its path. Not here: the types of columns (``described``), what values must be like (``held``).
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

import pyarrow as pa

from rentaxis_pipelines.model import arrow_json
from rentaxis_pipelines.rentaxis.breaches import Breach
from rentaxis_pipelines.rentaxis.frames import PROBLEM_COLUMNS


def not_json(place: str, wanted: pa.Schema, arrow_error: str) -> Breach:
    """A value of the wrong type: Arrow names its column, as in ``Column(/lines/[]/amount) changed from string to number``."""
    match = re.search(r"Column\(/?([^)]*)\)(?: changed from \w+ to (\w+))?", arrow_error)
    path = ".".join(part for part in match[1].split("/") if part not in ("", "[]")) if match else ""
    kind = (match[2] if match else None) or "value of another type"
    field = _at(wanted, path)
    if not path or field is None:
        return Breach(place, path, f"{place} returns a value of the wrong type: {arrow_error}.")
    if pa.types.is_decimal(field):
        remedy = f"text with two decimals: write ({path.rpartition('.')[2]})::numeric(12,2)::text, of dollars"
    elif arrow_json.carried_type(field) == pa.string():
        remedy = "text: write ::text"
    else:
        remedy = f"a JSON value of the type {arrow_json.carried_type(field)}"
    return Breach(place, path, f"{place} returns {path} as a {kind}; it must be {remedy}.")


def _at(wanted: pa.Schema, path: str) -> pa.DataType | None:
    here: Any = pa.struct(list(wanted))
    for name in path.split("."):
        here = here.value_type if pa.types.is_list(here) else here
        if not pa.types.is_struct(here) or here.get_field_index(name) < 0:
            return None
        here = here.field(name).type
    return here


def missing_in(wanted: pa.Schema, rows: list[str], added: Collection[str] = ()) -> str | None:
    """The first key missing from a nested object, by its path. It would read as null; better to stop than to push without it.

    ``added``: those that may be missing, as they came with a later version.
    """
    missing = (path for row in rows for path in _missing_keys(json.loads(row), pa.struct(list(wanted)), ""))
    return next((path for path in missing if path not in added), None)


def _missing_keys(value: Any, wanted: pa.DataType, path: str) -> Iterator[str]:
    if value is None:
        return
    if pa.types.is_list(wanted):
        for item in value:
            yield from _missing_keys(item, wanted.value_type, path)
        return
    if not pa.types.is_struct(wanted):
        return
    for field in wanted:
        if field.name in PROBLEM_COLUMNS:
            continue
        here = f"{path}.{field.name}" if path else field.name
        if field.name not in value:
            yield here
        else:
            yield from _missing_keys(value[field.name], field.type, here)
