"""Whether the rows of a staging model meet the contract: what column types cannot show.

Which organization the rows belong to, whether they are of the requested days and record, whether a record comes twice, and whether a
timestamp without a time zone is involved. Not here: types (``described``), and what a single row may lack (``schemas``): a bad row is
refused on its own, while a breach here is an error in the SQL and stops the run.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute
import sqlalchemy as sa
from sqlalchemy.exc import DataError

from rentaxis_pipelines.model.arrow_json import with_values
from rentaxis_pipelines.rentaxis.breaches import Breach
from rentaxis_pipelines.rentaxis.contract import (
    DAY,
    DAY_IS,
    ORGANIZATION,
    STOPPING_WORDS,
    WORDS,
    stopping_if_empty,
)
from rentaxis_pipelines.rentaxis.frames import RecordType
from rentaxis_pipelines.rentaxis.sql_models import SqlModels
from rentaxis_pipelines.rentaxis.vocabulary import folded_array

pc: Any = pyarrow.compute  # its functions are generated on import, so a type checker cannot see them

# As far from UTC as any time zone: whatever depends on the session's time zone is a different time there, and often a different day.
_FAR_TIME_ZONE = "<+14>-14"
_NOBODY = "0"  # not an organization: RentAxis' ids start at 1, and it is never equal to a UUID

_COMPARE = "Compare with (select id from {{ ref('organization') }})."

_WHOLE = r"^-?\d+(\.\d?)?$"
_WITH_EXPONENT = r"^-?[\d.]+[eE]"
_WITHOUT_ZONE = re.compile(r"^\d{4,}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$")


def nested_breaches(
    place: str, path: str, rows: pa.Array, texts: pa.Array, wanted: pa.DataType
) -> Iterator[Breach]:
    """Breaches in text values inside JSON: money without cents, timestamps without a time zone. ``rows``: the row of each text."""
    if pa.types.is_decimal(wanted):
        bad = pc.or_(pc.match_substring_regex(texts, _WHOLE), pc.match_substring_regex(texts, _WITH_EXPONENT))
        words = (
            "without its cents. It may be in cents, or a division dropped them. Money inside JSON must be text with two decimals: "
            f"write ({path.rpartition('.')[2]})::numeric(12,2)::text, of dollars"
        )
    elif pa.types.is_timestamp(wanted):
        bad = pc.match_substring_regex(texts, _WITHOUT_ZONE.pattern)
        words = (
            "as a timestamp without its time zone, which is hours off. It must be timestamptz: write ... at time zone "
            "'UTC', or the zone it is stored in"
        )
    else:
        return
    bad_indices = pc.indices_nonzero(pc.fill_null(bad, False))
    if len(bad_indices):
        yield Breach(place, path, f"{place} returns {path} {words}.", rows[bad_indices[0].as_py()].as_py())


def row_breaches(
    models: SqlModels, model: RecordType, table: pa.Table, parameters: Mapping[str, Any]
) -> Iterator[Breach]:
    """Breaches across all rows. ``table``: the columns of ``contract.read_schema``, with values in the known spelling."""
    place = models.place(model)
    yield from _of_others(place, table, parameters["organization_id"])
    yield from _not_asked_for(place, table, parameters)
    yield from _another_day(place, model, table)
    yield from _twice(place, table)
    yield from _stopping_words(place, model, table)
    yield from _empty(place, model, table)


def _of_others(place: str, table: pa.Table, organization: str) -> Iterator[Breach]:
    others = pc.fill_null(pc.not_equal(table.column(ORGANIZATION), organization), True)
    yield from _counted(
        place,
        ORGANIZATION,
        others,
        "of another organization, or of no organization",
        _COMPARE,
    )


def _not_asked_for(place: str, table: pa.Table, parameters: Mapping[str, Any]) -> Iterator[Breach]:
    if parameters["source_id"] is not None:
        others = pc.fill_null(pc.not_equal(table.column("source_id"), parameters["source_id"]), True)
        yield from _counted(
            place,
            "source_id",
            others,
            "other than the requested record",
            "Compare with :source_id.",
        )
    if parameters["first_day"] is not None:
        days = table.column(DAY)
        inside = pc.and_(
            pc.greater_equal(days, pa.scalar(parameters["first_day"])),
            pc.less(days, pa.scalar(parameters["day_after_last"])),
        )
        outside = pc.fill_null(pc.invert(inside), False)
        remedy = "Compare with :first_day and :day_after_last, or :window_start and :window_end."
        yield from _counted(place, DAY, outside, "of days that were not requested", remedy)


def _another_day(place: str, model: str, table: pa.Table) -> Iterator[Breach]:
    if model in DAY_IS:
        other = pc.fill_null(pc.not_equal(table.column(DAY), table.column(DAY_IS[model])), False)
        yield from _counted(place, DAY, other, f"whose day is not their {DAY_IS[model]}")


def _twice(place: str, table: pa.Table) -> Iterator[Breach]:
    counts = pc.value_counts(table.column("source_id").combine_chunks())
    more = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(more):
        rows = pc.sum(more.field("counts")).as_py()
        first = more.field("values")[0].as_py()
        yield Breach(
            place,
            "source_id",
            f"{place} returns {rows:,} rows of {table.num_rows:,} with a source_id that occurs more than once; "
            "it must return one row per record.",
            example=first,
        )


def _stopping_words(place: str, model: str, table: pa.Table) -> Iterator[Breach]:
    for path, known in WORDS[model].items():
        if not path.endswith(STOPPING_WORDS):
            continue
        texts, rows = _leaf(table, path)
        strange = pc.and_(pc.is_valid(texts), pc.invert(pc.is_in(texts, pa.array(known))))
        strange_indices = pc.indices_nonzero(strange)
        if len(strange_indices):
            position = strange_indices[0].as_py()
            yield Breach(
                place,
                path,
                f"{place} returns {path} as '{texts[position].as_py()}', which is not one of: {', '.join(known)}.",
                rows[position].as_py(),
            )


def _empty(place: str, model: RecordType, table: pa.Table) -> Iterator[Breach]:
    for path in sorted(stopping_if_empty(model)):
        values, rows = _leaf(table, path, missing=False)
        empty_indices = pc.indices_nonzero(pc.is_null(values))
        if len(empty_indices):
            yield Breach(
                place,
                path,
                f"{place} returns an empty {path} {len(empty_indices):,} times.",
                rows[empty_indices[0].as_py()].as_py(),
            )


def _counted(place: str, column: str, bad: pa.ChunkedArray, what: str, remedy: str = "") -> Iterator[Breach]:
    rows = pc.indices_nonzero(bad)
    if len(rows):
        noun = "row" if len(rows) == 1 else "rows"
        yield Breach(
            place,
            column,
            f"{place} returns {len(rows):,} {noun} {what} ({column}). {remedy}".rstrip(),
            rows[0].as_py(),
        )


def _leaf(table: pa.Table, path: str, *, missing: bool = True) -> tuple[pa.Array, pa.Array]:
    """The values at a path, and the row index of each; ``missing``: include missing objects, as null."""
    first, *keys = path.split(".")
    values = table.column(first).combine_chunks()
    rows = pa.array(range(table.num_rows), pa.int64())
    for key in keys:
        if pa.types.is_list(values.type):
            rows, values = rows.take(pc.list_parent_indices(values)), values.flatten()
        if not missing:
            rows, values = rows.filter(values.is_valid()), values.drop_null()
        values = pc.struct_field(values, key)
    return values, rows


def with_known_spelling(table: pa.Table, model: str) -> pa.Table:
    """The same rows, with known values in the contract's spelling; unknown values stay as they are."""
    for path, known in WORDS[model].items():
        first, _, rest = path.partition(".")
        place = table.column_names.index(first)
        spelled = _spelled(table.column(first).combine_chunks(), rest, known)
        table = table.set_column(place, table.schema.field(first), spelled)
    return table


def _spelled(array: pa.Array, path: str, known: Sequence[str]) -> pa.Array:
    if pa.types.is_list(array.type):
        return with_values(array, _spelled(array.flatten(), path, known), array.is_null())
    if not path:
        return folded_array(array, known)
    name, _, rest = path.partition(".")
    children = [
        _spelled(child, rest, known) if field.name == name else child
        for field, child in zip(array.type, array.flatten(), strict=True)
    ]
    return pa.StructArray.from_arrays(children, fields=list(array.type), mask=array.is_null())


def clock_breaches(
    connection: sa.Connection,
    models: SqlModels,
    model: str,
    parameters: Mapping[str, Any],
    table: pa.Table,
) -> Iterator[Breach]:
    """Days and timestamps that depend on the session's time zone, which means a timestamp without a time zone is involved.

    Postgres silently uses the session's time zone to convert a timestamp without one: in a union, in greatest() and coalesce(), in a
    comparison. So the sums are queried in another time zone, and must be the same. One query; rows are not read again.
    """
    yield from clock_breaches_of(connection, models, model, parameters, table.schema, moments(table))


def moments(table: pa.Table) -> Counter[str]:
    """What ``clock_breaches_of`` compares: the number of rows, and by column the sum of its days or instants. Those of parts add up."""
    names = [field.name for field in table.schema if _is_moment(field.type)]
    return Counter({"rows": table.num_rows, **{name: _sum(table.column(name)) for name in names}})


def clock_breaches_of(
    connection: sa.Connection,
    models: SqlModels,
    model: str,
    parameters: Mapping[str, Any],
    schema: pa.Schema,
    read: Mapping[str, int],
) -> Iterator[Breach]:
    """``clock_breaches`` of rows that were read in parts. ``read``: the ``moments`` of all of them."""
    place = models.place(model)
    names = [field.name for field in schema if _is_moment(field.type)]
    far = _sums(connection, models.render(model), parameters, names, schema)
    if far.pop("rows") != read["rows"]:
        yield Breach(
            place,
            DAY,
            f"{place} returns different rows when the session has another time zone: a timestamp without a time zone is compared with "
            ":window_start or :window_end. Write ... at time zone 'UTC', or the zone it is stored in.",
        )
        return
    for name in names:
        if far[name] != read[name]:
            remedy = (
                "(... at time zone :timezone)::date"
                if pa.types.is_date(schema.field(name).type)
                else "... at time zone 'UTC', or the zone it is stored in, in each branch of a union"
            )
            yield Breach(
                place,
                name,
                f"{place} returns a different {name} when the session has another time zone: it comes from a timestamp without a time zone, or is "
                f"the day of a timestamp. Write {remedy}.",
            )


def _is_moment(data_type: pa.DataType) -> bool:
    return pa.types.is_date(data_type) or pa.types.is_timestamp(data_type)


def _sums(
    connection: sa.Connection,
    model: sa.TextClause,
    parameters: Mapping[str, Any],
    names: Sequence[str],
    schema: pa.Schema,
) -> dict[str, int]:
    """By column: the sum of its days or microseconds since 1970, in the far time zone; and the number of rows."""
    rows = model.columns(*(sa.column(name) for name in names)).subquery("model")
    sums: list[Any] = [sa.func.count().label("rows")]
    for name in names:
        column: Any = rows.c[name]
        if pa.types.is_date(schema.field(name).type):
            number: Any = sa.cast(column, sa.Date) - sa.literal_column("date '1970-01-01'", sa.Date())
        else:
            number = sa.extract("epoch", column) * 1_000_000
        # In Postgres "infinity" is a valid date; it was read as null.
        sums.append(sa.func.coalesce(sa.func.sum(number).filter(sa.func.isfinite(column)), 0).label(name))
    _set_time_zone(connection, _FAR_TIME_ZONE)
    totals = connection.execute(sa.select(*sums).select_from(rows), parameters).mappings().one()
    _set_time_zone(connection, "UTC")
    return {name: int(value) for name, value in totals.items()}


def _sum(column: pa.ChunkedArray) -> int:
    number = pa.int32() if pa.types.is_date(column.type) else pa.int64()
    # As a decimal: the sum of a million timestamps in microseconds exceeds 64 bits.
    total = pc.sum(column.cast(number).cast(pa.int64()).cast(pa.decimal128(38, 0))).as_py()
    return int(total or 0)


def _set_time_zone(connection: sa.Connection, time_zone: str) -> None:
    connection.execute(sa.select(sa.func.set_config("TimeZone", time_zone, True)))


def unscoped_breaches(
    connection: sa.Connection, models: SqlModels, model: str, parameters: Mapping[str, Any]
) -> Iterator[Breach]:
    """Rows for an organization that does not exist: the model outputs the parameter instead of filtering by it."""
    place = models.place(model)
    statement = (
        sa.select(sa.literal(1)).select_from(models.render(model).columns().subquery("model")).limit(1)
    )
    with connection.begin_nested() as before:
        try:
            row = connection.execute(statement, {**parameters, "organization_id": _NOBODY}).first()
        except DataError:  # "0" is not a valid id: so it is compared
            row = None
            before.rollback()
    if row is not None:
        yield Breach(
            place,
            ORGANIZATION,
            f"{place} returns rows for an organization that does not exist ({ORGANIZATION}): it is not limited to the requested one. "
            + _COMPARE,
        )
