"""Reads one record type of one organization for a range of days, held to the contract and checked row by row.

Here: running a staging model in a snapshot and converting its rows to an exactly typed frame. Not here: the
SELECTs (``dbt_like_sql/staging``), the contract (``contract``; checked by ``described`` and ``held``), the rules
(``schemas``). All rows are kept: a row that breaks a rule has ``problem_code`` and ``problem`` set, without affecting
other rows. SQL that breaks the contract stops the run.
"""

import contextlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from rentaxis_pipelines.model import arrow_json
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.rentaxis.all_models import helper_breaches
from rentaxis_pipelines.rentaxis.breaches import Breach, refuse
from rentaxis_pipelines.rentaxis.contract import ADDED, read_schema
from rentaxis_pipelines.rentaxis.described import (
    column_breaches,
    described,
    plan_breaches,
    plan_of,
)
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.frames import PROBLEM_COLUMNS, RecordType, frame_schema, to_frame
from rentaxis_pipelines.rentaxis.held import (
    clock_breaches,
    clock_breaches_of,
    moments,
    nested_breaches,
    row_breaches,
    unscoped_breaches,
    with_known_spelling,
)
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.rentaxis.refusals import with_problems
from rentaxis_pipelines.rentaxis.rows import money_as_text
from rentaxis_pipelines.rentaxis.shapes import missing_in, not_json
from rentaxis_pipelines.rentaxis.sql_models import SqlModels, in_file

ROWS_AT_A_TIME = 20_000  # limits the memory used by JSON text
ROWS_SAMPLED = 20  # enough to see every kind of child once


class Reading(NamedTuple):
    """What a staging model returned. ``table`` is None if it breaks the contract so that its rows cannot be read."""

    table: pa.Table | None
    unreadable: list[arrow_json.Unreadable]
    breaches: list[Breach]


def extract(
    connection: sa.Connection,
    record_type: RecordType,
    days: DateRange,
    organization_id: str,
    timezone: ZoneInfo,
    *,
    models: SqlModels | None = None,
) -> pd.DataFrame:
    """The records of these days: columns and types of ``frame_schema(record_type)``, by day and id.

    ``connection`` is a ``snapshot``, which turns database errors into SourceError. Raises SourceShapeChanged if
    the model lacks a column, has one of the wrong type, or returns a record twice; and SourceOrganizationUnknown.
    """
    parameters = parameters_of_days(days, organization_id, timezone)
    return _extract(connection, record_type, parameters, models or staging_models(connection))


def extract_one(
    connection: sa.Connection,
    record_type: RecordType,
    source_id: str,
    organization_id: str,
    timezone: ZoneInfo,
) -> pd.DataFrame:
    """The record with that id, whatever its day; no rows if there is none. Otherwise like ``extract``."""
    parameters = parameters_of_any_day(organization_id, timezone) | {"source_id": source_id}
    return _extract(connection, record_type, parameters, staging_models(connection))


def extract_one_to_show(
    connection: sa.Connection,
    record_type: RecordType,
    source_id: str,
    organization_id: str,
    timezone: ZoneInfo,
) -> pd.DataFrame:
    """``extract_one`` for a page: the SQL itself is held to the contract once in a process, not each time. Every run holds it anew."""
    key = (staging_models(connection), record_type)
    if (*key, organization_id) in _CHECKED_TO_SHOW:
        _checked_models(connection).add(key)
    frame = extract_one(connection, record_type, source_id, organization_id, timezone)
    _CHECKED_TO_SHOW.add((*key, organization_id))
    return frame


_CHECKED_TO_SHOW: set[tuple[SqlModels, str, str]] = set()


def parameters_of_any_day(organization_id: str, timezone: ZoneInfo) -> dict[str, Any]:
    """What the models of records are asked with for all records, whatever their day."""
    days = ("first_day", "day_after_last", "window_start", "window_end")
    return dict.fromkeys(("source_id", "ids", *days)) | {
        "organization_id": organization_id,
        "timezone": timezone.key,
    }


def extract_ids(
    connection: sa.Connection,
    record_type: RecordType,
    ids: Collection[str],
    organization_id: str,
    timezone: ZoneInfo,
) -> pd.DataFrame:
    """The records with these ids, whatever their day; those RentAxis does not have are left out. Otherwise like ``extract``."""
    parameters = parameters_of_any_day(organization_id, timezone) | {"ids": sorted(ids)}
    frame = _extract(connection, record_type, parameters, staging_models(connection))
    return frame[frame["source_id"].isin(sorted(ids))]  # for a custom model that does not bind :ids


def extract_in_chunks(
    connection: sa.Connection,
    record_type: RecordType,
    days: DateRange,
    organization_id: str,
    timezone: ZoneInfo,
    *,
    ids: Collection[str] | None = None,
    rows: int = ROWS_AT_A_TIME,
) -> Iterator[pd.DataFrame]:
    """What ``extract`` returns, of these days or of the ids among them, in frames of at most so many rows: one query, never all in memory.

    Each frame is held to the contract as it comes, and all of them together at the end: whoever keeps them throws them away if it
    raises. A record that comes twice is refused where both its rows are in one frame: ``fingerprints`` knows of every one.
    """
    models = staging_models(connection)
    parameters = parameters_of_days(days, organization_id, timezone)
    if ids is not None:
        parameters["ids"] = sorted(ids)
    with in_file(models, record_type):
        check_model(connection, record_type, days, organization_id, timezone)
        model = models.render(record_type)
        bound = {name: parameters[name] for name in model.compile().params}
        read_so_far: Counter[str] = Counter()
        streamed = {"stream_results": True, "max_row_buffer": rows}
        for table, unreadable, breaches in _parts(
            connection, models, record_type, model, bound, rows, streamed
        ):
            spelled = table and with_known_spelling(table, record_type)
            more = row_breaches(models, record_type, spelled, parameters) if spelled else ()
            refuse(_with_example(breach, spelled) for breach in (*breaches, *more))
            assert spelled is not None  # otherwise there was a breach
            read_so_far.update(moments(spelled))
            frame = _refined(record_type, spelled, unreadable)
            yield frame if ids is None else frame[frame["source_id"].isin(parameters["ids"])]
        schema = read_schema(record_type)
        refuse(clock_breaches_of(connection, models, record_type, bound, schema, read_so_far))


def check_model(
    connection: sa.Connection,
    record_type: RecordType,
    days: DateRange,
    organization_id: str,
    timezone: ZoneInfo,
) -> None:
    """Hold the SQL itself to the contract, once in a snapshot, before its rows are read. Raises SourceShapeChanged."""
    models = staging_models(connection)
    if (models, record_type) in _checked_models(connection):
        return
    parameters = parameters_of_days(days, organization_id, timezone)
    with in_file(models, record_type):
        model = models.render(record_type)
        bound = {name: parameters[name] for name in model.compile().params}
        refuse(column_breaches(models, record_type, described(connection, model, bound)))
        refuse(
            plan_breaches(connection, models, record_type, plan_of(connection, models, record_type, bound))
        )
        refuse(unscoped_breaches(connection, models, record_type, bound))
    _checked_models(connection).add((models, record_type))


def payments_from_outside(connection: sa.Connection, days: DateRange, organization_id: str) -> set[str]:
    """Ids of payments of other days that are applied to an invoice of these days."""
    models = staging_models(connection)
    if "payments_from_outside" not in models.models:  # a custom folder
        return set()
    asked = {"first_day": days.first_day, "day_after_last": days.end}
    statement = models.render("payments_from_outside")
    return set(connection.execute(statement, {"organization_id": organization_id, **asked}).scalars())


def parameters_of_days(days: DateRange, organization_id: str, timezone: ZoneInfo) -> dict[str, Any]:
    """What the models of records are asked with for these days, as clocks in that time zone have them."""
    start, end = days.instants(timezone)
    bounds = {
        "first_day": days.first_day,
        "day_after_last": days.end,
        "window_start": start,
        "window_end": end,
    }
    return parameters_of_any_day(organization_id, timezone) | bounds


def _extract(
    connection: sa.Connection, record_type: RecordType, parameters: Mapping[str, Any], models: SqlModels
) -> pd.DataFrame:
    reading = read(connection, record_type, parameters, models)
    refuse(reading.breaches)
    table = reading.table
    assert table is not None  # otherwise there was a breach
    if table.num_rows == 0:  # no records, or no such organization: only the first is fine
        integration_settings(connection, parameters["organization_id"], models)
    return _refined(record_type, table, reading.unreadable)


def _refined(
    record_type: RecordType, table: pa.Table, unreadable: list[arrow_json.Unreadable]
) -> pd.DataFrame:
    """The rows as a frame, each checked by the rules of its type."""
    for column in PROBLEM_COLUMNS:
        table = table.append_column(column, pa.nulls(table.num_rows, pa.string()))
    names = frame_schema(record_type).names
    return to_frame(with_problems(record_type, table.select(names), unreadable))


def read(
    connection: sa.Connection, record_type: RecordType, parameters: Mapping[str, Any], models: SqlModels
) -> Reading:
    """The rows of a record model, with everything that is wrong with the model. Breaches are returned, not raised."""
    with in_file(models, record_type):
        model = models.render(record_type)
        bound = {name: parameters[name] for name in model.compile().params}
        checked_before = (models, record_type) in _checked_models(connection)
        breaches: list[Breach] = []
        if not checked_before:
            breaches += column_breaches(models, record_type, described(connection, model, bound))
            if breaches:
                return Reading(None, [], breaches)
            plan = plan_of(connection, models, record_type, bound)
            breaches += plan_breaches(connection, models, record_type, plan)
        table, unreadable, row_breaches_found = _rows(connection, models, record_type, model, bound)
        breaches += row_breaches_found
        if table is None:
            return Reading(None, [], breaches)
        table = with_known_spelling(table, record_type)
        breaches += row_breaches(models, record_type, table, parameters)
        if any(
            breach.column == "source_id" and breach.example for breach in breaches
        ):  # which helper duplicates them
            used = models.dependencies(record_type)
            breaches += helper_breaches(connection, models, parameters["organization_id"], used)
        if not breaches:
            breaches += clock_breaches(connection, models, record_type, bound, table)
        if not breaches and not checked_before:
            breaches += unscoped_breaches(connection, models, record_type, bound)
        if not breaches:
            _checked_models(connection).add((models, record_type))
    return Reading(table, unreadable, [_with_example(breach, table) for breach in breaches])


def _checked_models(connection: sa.Connection) -> set[tuple[SqlModels, str]]:
    """The models already checked in this snapshot: the SQL itself is checked once, not for each record."""
    return connection.info.setdefault("checked against the contract", set())


def _rows(
    connection: sa.Connection,
    models: SqlModels,
    record_type: RecordType,
    model: sa.TextClause,
    bound: Mapping[str, Any],
) -> tuple[pa.Table | None, list[arrow_json.Unreadable], list[Breach]]:
    """The rows, the values that could not be read, and the breaches their JSON shows."""
    tables: list[pa.Table] = []
    unreadable: list[arrow_json.Unreadable] = []
    breaches: dict[str, Breach] = {}
    before = 0
    for table, lost, found in _parts(connection, models, record_type, model, bound, ROWS_AT_A_TIME):
        if table is None:
            return None, [], found
        tables.append(table)
        unreadable += [text._replace(row=text.row + before) for text in lost]
        for breach in found:
            breaches.setdefault(breach.column, breach._replace(row=breach.row and breach.row + before))
        before += table.num_rows
    whole = pa.concat_tables(tables) if tables else read_schema(record_type).empty_table()
    return whole, unreadable, list(breaches.values())


_AT_ONCE: Mapping[str, Any] = {}  # a record or a day: one question, one answer
_Part: TypeAlias = tuple[pa.Table | None, list[arrow_json.Unreadable], list[Breach]]


def _parts(
    connection: sa.Connection,
    models: SqlModels,
    record_type: RecordType,
    model: sa.TextClause,
    bound: Mapping[str, Any],
    size: int,
    options: Mapping[str, Any] = _AT_ONCE,
) -> Iterator[_Part]:
    """The rows, so many at a time, each part as ``_rows`` describes all. ``options``: how the database sends them."""
    place = models.place(record_type)
    wanted = read_schema(record_type)
    with contextlib.closing(
        connection.execute(_as_json(model, wanted), bound, execution_options=options)
    ) as result:
        yield from _parsed(place, record_type, wanted, result.scalars().partitions(size))


def _parsed(
    place: str, record_type: RecordType, wanted: pa.Schema, parts: Iterable[Sequence[str]]
) -> Iterator[_Part]:
    for number, part in enumerate(parts):
        breaches: dict[str, Breach] = {}

        def inspect(
            path: str,
            rows: pa.Array,
            texts: pa.Array,
            kind: pa.DataType,
            breaches: dict[str, Breach] = breaches,
        ) -> None:
            if "." in path:  # at the top level Postgres has already given the type
                for breach in nested_breaches(place, path, rows, texts, kind):
                    breaches.setdefault(path, breach)

        if number == 0 and (
            missing := missing_in(wanted, list(part[:ROWS_SAMPLED]), ADDED.get(record_type, ()))
        ):
            yield None, [], [Breach(place, missing, f"{place} returns no {missing}.")]
            return
        try:
            table, lost = arrow_json.parse(part, wanted, inspect)
        except arrow_json.NotJson as error:
            yield None, [], [not_json(place, wanted, str(error))]
            return
        yield table, lost, list(breaches.values())


def _with_example(breach: Breach, table: pa.Table | None) -> Breach:
    if breach.row is None or table is None:
        return breach
    return breach._replace(example=table.column("source_id")[breach.row].as_py())


def _as_json(model: sa.TextClause, wanted: pa.Schema) -> sa.Select[str]:
    """Each row of the model as one JSON object, by day and id. Money is text before it becomes JSON."""
    rows = model.columns(*(sa.column(name) for name in wanted.names)).subquery("model")
    record = sa.select(*money_as_text(rows, wanted)).order_by(rows.c.day, rows.c.source_id).subquery("record")
    return sa.select(sa.cast(sa.func.row_to_json(record.table_valued()), sa.Text))
