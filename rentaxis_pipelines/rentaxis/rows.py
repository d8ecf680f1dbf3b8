"""Reads a small staging model, one that is not records by the thousand with children, as a list of objects.

Held to the same contract: columns and types, whose rows they are, no empty value where there must be one. Not here: models of records
(``extract``), the contract.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
import pyarrow as pa
import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.breaches import Breach, refuse
from rentaxis_pipelines.rentaxis.contract import ORGANIZATION, WITHOUT_ORGANIZATION, WORDS, read_schema
from rentaxis_pipelines.rentaxis.described import column_breaches, described
from rentaxis_pipelines.rentaxis.sql_models import SqlModels, in_file
from rentaxis_pipelines.rentaxis.vocabulary import folded

_Row = TypeVar("_Row", bound=msgspec.Struct)


def rows_of(
    connection: sa.Connection,
    models: SqlModels,
    model: str,
    parameters: Mapping[str, Any],
    kind: type[_Row],
) -> list[_Row]:
    """All rows of the model. Raises SourceShapeChanged where it breaks the contract, naming file and column."""
    with in_file(models, model):
        statement = models.render(model)
        bound = {name: parameters[name] for name in statement.compile().params}
        refuse(column_breaches(models, model, described(connection, statement, bound)))
        asked = {**bound, "asked": parameters["organization_id"]}
        found: Any = connection.execute(_as_json(model, statement), asked).one()
        others, text = found
    place = models.place(model)
    if others:
        rows = "row" if others == 1 else "rows"
        refuse(
            [
                Breach(
                    place,
                    ORGANIZATION,
                    f"{place} gives {others:,} {rows} of another organization ({ORGANIZATION}).",
                )
            ]
        )
    return _decoded(place, model, text, kind) if text else []


def _as_json(model: str, statement: sa.TextClause) -> sa.Select[int, str | None]:
    """How many rows are another organization's, and one JSON text for all: 100,000 are read in half the time rows would take."""
    schema = read_schema(model)
    rows = statement.columns(*(sa.column(name) for name in schema.names)).subquery("model")
    # Money is text before it becomes JSON.
    columns = [
        sa.cast(rows.c[field.name], sa.Text).label(field.name)
        if pa.types.is_decimal(field.type)
        else rows.c[field.name]
        for field in schema
    ]
    each = sa.select(*columns).subquery("each")
    others: Any = sa.literal(0)
    if model not in WITHOUT_ORGANIZATION:
        others = sa.func.count().filter(
            each.c[ORGANIZATION].is_distinct_from(sa.bindparam("asked", type_=sa.String()))
        )
    return sa.select(others, sa.cast(sa.func.json_agg(each.table_valued()), sa.Text))


def _decoded(place: str, model: str, text: str, kind: type[_Row]) -> list[_Row]:
    try:
        found = msgspec.json.decode(text, type=list[kind])
    except msgspec.ValidationError as error:
        said = str(error)
        where = re.search(r"\$\[\.*\d+\]\.?(\S*?)`", said) or re.search(r"\$\[\.\.\.\]\.?(\S*?)`", said)
        column = where[1] if where else ""
        refuse(
            [
                Breach(
                    place,
                    column,
                    f"{place} gives {column or 'a row'} that is not what it must be: {said.partition(' - at')[0]}.",
                )
            ]
        )
        raise
    return _in_our_spelling(place, found, WORDS.get(model, {}))


def _in_our_spelling(place: str, found: list[_Row], known: Mapping[str, tuple[str, ...]]) -> list[_Row]:
    """The same rows, words in the contract's spelling. Raises SourceShapeChanged for one that is none of its words."""
    changes: dict[str, str] = {}
    for name, words in known.items():
        values = (getattr(row, name, None) for row in found)
        in_use = {
            each
            for value in values
            for each in (value if isinstance(value, list) else [value])
            if each is not None
        }
        changes |= {each: folded(each, words) for each in in_use if folded(each, words) != each}
        strange = sorted(each for each in in_use if folded(each, words) not in words)
        refuse(
            Breach(place, name, f"{place} gives {name} as '{each}', which is none of: {', '.join(words)}.")
            for each in strange
        )
    return [_spelled(row, known, changes) for row in found] if changes else found


def _spelled(row: _Row, known: Mapping[str, tuple[str, ...]], changes: Mapping[str, str]) -> _Row:
    new: dict[str, Any] = {}
    for name in known:
        value = getattr(row, name, None)
        if isinstance(value, list):
            new[name] = [changes.get(each, each) for each in value]
        elif value is not None:
            new[name] = changes.get(value, value)
    return msgspec.structs.replace(row, **new)
