"""What Postgres says a staging model returns, without running it, compared with the contract.

Types come from the description of the statement: a column's type and its modifier, which for ``numeric`` contains the scale. ``sum()``,
``round()`` and every division lose the scale, so models must cast money in their output: then a whole number, which may be cents, cannot
pass for money. An integer division that is cast afterwards is found in the plan. Not here: the contents of rows (``held``).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import psycopg
import pyarrow as pa
import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.breaches import Breach
from rentaxis_pipelines.rentaxis.contract import ADDED, FEWEST_DECIMALS, read_schema
from rentaxis_pipelines.rentaxis.sql_models import SqlModels

_TEXTS = ("text", "varchar", "bpchar", "uuid")
_WHOLE_NUMBERS = ("int2", "int4", "int8")
_FLOATS = ("float4", "float8")
_UNKNOWN = "a custom type"

# Postgres prints an operand converted to numeric as '100'::numeric. A bare number after the division sign is an integer, and so is
# the dividend: the remainder is lost before the cast.
_DIVIDED_THEN_CAST = re.compile(r"(\S+ / \d+)\)+::numeric")


class Described(NamedTuple):
    """A column as Postgres describes it. ``scale`` is for ``numeric``; None if it has none."""

    type: str
    is_array: bool
    scale: int | None

    def __str__(self) -> str:
        name = f"{self.type} with {self.scale} decimals" if self.scale is not None else self.type
        return f"{name}[]" if self.is_array else name


def described(
    connection: sa.Connection, model: sa.TextClause, bound: Mapping[str, Any]
) -> Mapping[str, Described]:
    """The model's columns by name, without running it; asked once in a snapshot."""
    known: dict[str, Mapping[str, Described]] = connection.info.setdefault("described", {})
    if model.text not in known:
        no_rows = sa.select(sa.text("*")).select_from(model.columns().subquery("model")).limit(0)
        cursor: Any = connection.execute(no_rows, bound).cursor
        known[model.text] = {
            column.name: _described(column.type_code, cursor.pgresult.fmod(number))
            for number, column in enumerate(cursor.description)
        }
    return known[model.text]


def _described(type_code: int, modifier: int) -> Described:
    known = psycopg.adapters.types.get(type_code)
    if known is None:
        return Described(_UNKNOWN, False, None)
    scale = None
    if known.name == "numeric" and modifier >= 0:
        # PostgreSQL's numeric.c: the lower eleven bits, below the precision, in two's complement, after a four-byte header.
        scale = (((modifier - 4) & 0x7FF) ^ 1024) - 1024
    return Described(known.name, type_code == known.array_oid, scale)


def column_breaches(models: SqlModels, model: str, columns: Mapping[str, Described]) -> Iterator[Breach]:
    """Columns the model does not return, or returns with the wrong type."""
    place = models.place(model)
    for field in read_schema(model):
        if field.name not in columns:
            if field.name in ADDED.get(model, ()):
                continue
            yield Breach(place, field.name, f"{place} returns no column {field.name}.")
            continue
        complaint = _complaint(field.type, columns[field.name], field.name)
        if complaint:
            yield Breach(
                place, field.name, f"{place} returns {field.name} as {columns[field.name]}; {complaint}"
            )


def _complaint(wanted: pa.DataType, column: Described, name: str) -> str | None:
    """What is wrong with the column's type, as the end of a sentence."""
    if pa.types.is_decimal(wanted):
        return _money_complaint(column, name)
    if column == Described("timestamp", False, None) and pa.types.is_timestamp(wanted):
        return f"it must be timestamptz: a timestamp without its time zone is hours off. Write {name} at time zone 'UTC', or the zone it is stored in."
    accepted, remedy = _accepted(wanted)
    wants_array = pa.types.is_list(wanted) and pa.types.is_string(wanted.value_type)
    if column.type in accepted and column.is_array == wants_array and column.type != _UNKNOWN:
        return None
    names = " or ".join(f"{type_name}[]" if wants_array else type_name for type_name in accepted)
    return f"it must be {names}{remedy}."


def _money_complaint(column: Described, name: str) -> str | None:
    if column.type == "numeric" and not column.is_array:
        if column.scale is not None and column.scale >= FEWEST_DECIMALS:
            return None
        if column.scale is None:
            return (
                "money must declare its decimals, and sum(), round() and every division lose them. "
                f"Write ({name})::numeric(12,2), of dollars."
            )
        return (
            f"money must have two decimals. If it is stored in cents, write ({name} / 100.0)::numeric(12,2)."
        )
    if column.type in _WHOLE_NUMBERS:
        return (
            "a whole number is either cents, or dollars that lost their cents in a division. Money must be numeric with two decimals: "
            f"for cents, write ({name} / 100.0)::numeric(12,2)."
        )
    if column.type in _FLOATS:
        return (
            f"a float is not exact. Money must be numeric with two decimals: write ({name})::numeric(12,2)."
        )
    return f"money must be numeric with two decimals: write ({name})::numeric(12,2)."


def _accepted(wanted: pa.DataType) -> tuple[tuple[str, ...], str]:
    if pa.types.is_string(wanted):
        return _TEXTS, ": write ::text"
    if pa.types.is_list(wanted) and pa.types.is_string(wanted.value_type):
        return _TEXTS, ": write ::text[]"
    if pa.types.is_integer(wanted):
        return _WHOLE_NUMBERS, ""
    if pa.types.is_date(wanted):
        return ("date",), ": from a timestamp, write (... at time zone :timezone)::date"
    if pa.types.is_timestamp(wanted):
        return ("timestamptz",), ""
    if pa.types.is_boolean(wanted):
        return ("bool",), ""
    return ("json", "jsonb"), ""


def plan_of(
    connection: sa.Connection,
    models: SqlModels,
    model: str,
    bound: Mapping[str, Any],
    *,
    analyze: bool = False,
) -> dict[str, Any]:
    """Postgres' plan for the model with its expressions; ``analyze`` runs it and adds times."""
    options = "verbose, format json, analyze" if analyze else "verbose, format json"
    plan = connection.execute(models.render(model, f"explain ({options}) "), bound).scalar_one()
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]


def plan_breaches(
    connection: sa.Connection, models: SqlModels, model: str, plan: Mapping[str, Any]
) -> Iterator[Breach]:
    """What a column's type does not show because of a cast: integers that were divided, and six-digit floats."""
    place = models.place(model)
    short = _short_floats(connection, plan)
    for expression in dict.fromkeys(_expressions(plan)):
        for name in short:
            if re.search(rf"\b{re.escape(name)}\b.*::numeric", expression):
                yield Breach(
                    place,
                    name,
                    f"{place} converts {name} to money, but it is a real: it keeps six digits, so 12345.67 is 12345.7. "
                    "Only another column, numeric or in cents, can provide the amount.",
                )
        for divided in dict.fromkeys(_DIVIDED_THEN_CAST.findall(expression)):
            shown = divided.lstrip("(")
            yield Breach(
                place,
                shown.partition(" ")[0].rpartition(".")[2],
                f"{place} divides whole numbers ({shown}), which drops the cents, and converts the result to money. Write 100.0 instead of 100.",
            )


def _short_floats(connection: sa.Connection, plan: Mapping[str, Any]) -> list[str]:
    """The ``real`` columns of the tables that the plan reads."""
    tables = {f'"{schema}"."{name}"' for schema, name in _relations(plan["Plan"])}
    statement = sa.text(
        "select distinct attname from pg_attribute where attrelid = any(:tables ::regclass[]) and attnum > 0 and atttypid = 'real'::regtype"
    )
    return list(connection.execute(statement, {"tables": sorted(tables)}).scalars())


def _relations(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "Relation Name" in node:
        yield node["Schema"], node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _relations(child)


def _expressions(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for inner in node.values():
            yield from _expressions(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _expressions(inner)
