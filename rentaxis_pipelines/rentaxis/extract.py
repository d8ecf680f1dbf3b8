"""Reads one record type of one organization for a window of days, checked row by row.

Here: running a staging model over a snapshot and getting its rows into an exactly typed frame. Not here: the
SELECTs (``dbt_like_sql/staging``), the rules (``schemas``). All rows are kept: one that breaks a rule says so
in ``problem_code`` and ``problem``, and never costs its neighbours anything.
"""

import functools
import itertools
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pandas as pd
import psycopg
import pyarrow as pa
import sqlalchemy as sa

from rentaxis_pipelines import arrow_json
from rentaxis_pipelines.rentaxis.database import SourceOrganizationUnknown, SourceShapeChanged
from rentaxis_pipelines.rentaxis.frames import PROBLEM_COLUMNS, RecordType, frame_schema, to_frame
from rentaxis_pipelines.rentaxis.refusals import with_problems
from rentaxis_pipelines.rentaxis.sql_models import SqlModels
from rentaxis_pipelines.rentaxis.window import Window

STAGING_FOLDER = Path(__file__).parents[2] / "dbt_like_sql" / "staging"
ROWS_AT_A_TIME = 20_000  # bounds the memory the JSON text takes
ROWS_LOOKED_INTO = 20  # enough to meet every kind of child once

_TEXTS = {"text", "varchar", "bpchar", "uuid"}
_WHOLE_NUMBERS = {"int2", "int4", "int8"}


class IntegrationSettings(msgspec.Struct, frozen=True):
    """What the organization chose in RentAxis. The first three are None while QuickBooks is not connected."""

    realm_id: str | None
    sync_direction: str | None  # to_quickbooks, from_quickbooks, both
    enabled_types: list[str] | None  # customers, invoices, payments, expenses
    organization_name: str
    currency: str
    timezone: str


@functools.cache
def staging_models(source_schema: str = "rentaxis") -> SqlModels:
    """The models of ``dbt_like_sql/staging``, reading the tables of ``source_schema``."""
    return SqlModels(STAGING_FOLDER, source_schema)


def extract(
    connection: sa.Connection,
    record_type: RecordType,
    window: Window,
    organization_id: str,
    *,
    models: SqlModels | None = None,
) -> pd.DataFrame:
    """The records of the window's days: columns and types of ``frame_schema(record_type)``, by day and id.

    ``connection`` is a ``snapshot``, out of which database errors come as SourceError. Raises
    SourceShapeChanged if the model lacks a column, has one of another type, or gives a record twice, and
    SourceOrganizationUnknown.
    """
    parameters = {
        "organization_id": organization_id,
        "source_id": None,
        "ids": None,
        "timezone": window.timezone.key,
        "first_day": window.first_day,
        "day_after_last": window.day_after_last,
        "window_start": window.start,
        "window_end": window.end,
    }
    return _extract(connection, record_type, parameters, models or staging_models())


def extract_one(
    connection: sa.Connection,
    record_type: RecordType,
    source_id: str,
    organization_id: str,
    timezone: ZoneInfo,
    *,
    models: SqlModels | None = None,
) -> pd.DataFrame:
    """The one record with that id, whatever its day; no rows if there is none. Else as ``extract``."""
    parameters = _whatever_the_day(organization_id, timezone) | {"source_id": source_id}
    return _extract(connection, record_type, parameters, models or staging_models())


def _whatever_the_day(organization_id: str, timezone: ZoneInfo) -> dict[str, Any]:
    return {
        "organization_id": organization_id,
        "source_id": None,
        "ids": None,
        "timezone": timezone.key,
        "first_day": None,
        "day_after_last": None,
        "window_start": None,
        "window_end": None,
    }


def extract_ids(
    connection: sa.Connection,
    record_type: RecordType,
    ids: Collection[str],
    organization_id: str,
    timezone: ZoneInfo,
    *,
    models: SqlModels | None = None,
) -> pd.DataFrame:
    """The records with these ids, whatever their day; those RentAxis does not have are left out. Else as ``extract``."""
    parameters = _whatever_the_day(organization_id, timezone) | {"ids": sorted(ids)}
    frame = _extract(connection, record_type, parameters, models or staging_models())
    return frame[
        frame["source_id"].isin(sorted(ids))
    ]  # of a model of somebody else's that does not bind :ids


def payments_from_outside(
    connection: sa.Connection, window: Window, organization_id: str, models: SqlModels | None = None
) -> set[str]:
    """Ids of payments of other days that are applied to an invoice of the window."""
    models = models or staging_models()
    if "payments_from_outside" not in models.models:  # a folder of somebody else's
        return set()
    asked = {"first_day": window.first_day, "day_after_last": window.day_after_last}
    statement = models.render("payments_from_outside")
    return set(connection.execute(statement, {"organization_id": organization_id, **asked}).scalars())


def integration_settings(
    connection: sa.Connection, organization_id: str, models: SqlModels | None = None
) -> IntegrationSettings:
    """Enabled record types, direction and realm as RentAxis has them. Raises SourceOrganizationUnknown."""
    statement = (models or staging_models()).render("integration_settings")
    row = connection.execute(statement, {"organization_id": organization_id}).mappings().one_or_none()
    if row is None:
        raise SourceOrganizationUnknown(
            f"RentAxis has no organization with the id {organization_id!r}. Check RENTAXIS_ORGANIZATION_ID."
        )
    return msgspec.convert(dict(row), IntegrationSettings)


def _extract(
    connection: sa.Connection, record_type: RecordType, parameters: Mapping[str, Any], models: SqlModels
) -> pd.DataFrame:
    model = models.render(record_type)
    bound = {name: parameters[name] for name in model.compile().params}
    wanted = frame_schema(record_type)
    read = pa.schema([field for field in wanted if field.name not in PROBLEM_COLUMNS])
    _check_columns(record_type, read, _described(connection, model, bound))
    tables: list[pa.Table] = []
    unreadable: list[arrow_json.Unreadable] = []
    result = connection.execute(_as_json(model, read), bound)
    for number, part in enumerate(result.scalars().partitions(ROWS_AT_A_TIME)):
        if number == 0:
            _check_children(record_type, read, list(itertools.islice(part, ROWS_LOOKED_INTO)))
        try:
            table, lost = arrow_json.parse(part, read)
        except arrow_json.NotJson as error:
            raise SourceShapeChanged(
                f"dbt_like_sql/staging/{record_type}.sql gives a value of another kind than it must: {error}."
            ) from None
        tables.append(table)
        unreadable += [each._replace(row=each.row + number * ROWS_AT_A_TIME) for each in lost]
    if not tables:  # nothing there, or nobody there: only the first is fine
        integration_settings(connection, bound["organization_id"], models)
    table = pa.concat_tables(tables) if tables else read.empty_table()
    for column in PROBLEM_COLUMNS:
        table = table.append_column(column, pa.nulls(table.num_rows, pa.string()))
    return to_frame(with_problems(record_type, table.select(wanted.names), unreadable))


def _described(
    connection: sa.Connection, model: sa.TextClause, bound: Mapping[str, Any]
) -> Mapping[str, str]:
    """The model's columns and the names of their Postgres types, without running it."""
    nothing = sa.select(sa.text("*")).select_from(model.columns().subquery("model")).limit(0)
    cursor: Any = connection.execute(nothing, bound).cursor
    types = {column.name: psycopg.adapters.types.get(column.type_code) for column in cursor.description}
    return {name: known.name if known else "a type of its own" for name, known in types.items()}


def _check_columns(record_type: RecordType, wanted: pa.Schema, described: Mapping[str, str]) -> None:
    place = f"dbt_like_sql/staging/{record_type}.sql"
    for field in wanted:
        if field.name not in described:
            raise SourceShapeChanged(f"{place} gives no column {field.name}. Nothing was written.")
        accepted = _postgres_types(field.type)
        if described[field.name] not in accepted:
            raise SourceShapeChanged(
                f"{place} gives {field.name} as {described[field.name]}; it must be "
                f"{' or '.join(sorted(accepted))}. Nothing was written."
            )


def _postgres_types(data_type: pa.DataType) -> set[str]:
    """What may stand behind a column. A float for money, an instant without a zone: refused, not exact."""
    if pa.types.is_string(data_type):
        return _TEXTS
    if pa.types.is_decimal(data_type):
        return {"numeric", *_WHOLE_NUMBERS}
    if pa.types.is_integer(data_type):
        return _WHOLE_NUMBERS
    if pa.types.is_date(data_type):
        return {"date"}
    if pa.types.is_timestamp(data_type):
        return {"timestamptz"}
    return {"json", "jsonb"}


def _check_children(record_type: RecordType, wanted: pa.Schema, rows: list[str]) -> None:
    """A key that a nested object lacks would read as null; better to stop than to push without it."""
    for row in rows:
        missing = _missing_keys(json.loads(row), pa.struct(list(wanted)), "")
        if missing:
            raise SourceShapeChanged(
                f"dbt_like_sql/staging/{record_type}.sql gives no {missing}. Nothing was written."
            )


def _missing_keys(value: Any, wanted: pa.DataType, path: str) -> str | None:
    if value is None:
        return None
    if pa.types.is_list(wanted):
        found = (_missing_keys(each, wanted.value_type, path) for each in value)
        return next((each for each in found if each), None)
    if not pa.types.is_struct(wanted):
        return None
    for field in wanted:
        if field.name in PROBLEM_COLUMNS:
            continue
        here = f"{path}.{field.name}" if path else field.name
        missing = here if field.name not in value else _missing_keys(value[field.name], field.type, here)
        if missing:
            return missing
    return None


def _as_json(model: sa.TextClause, wanted: pa.Schema) -> sa.Select[str]:
    """Each row of the model as one JSON object, by day and id. Money is text before it becomes JSON."""
    rows = model.columns(*(sa.column(name) for name in wanted.names)).subquery("model")
    columns = [
        sa.cast(rows.c[field.name], sa.Text).label(field.name)
        if pa.types.is_decimal(field.type)
        else rows.c[field.name]
        for field in wanted
    ]
    record = sa.select(*columns).order_by(rows.c.day, rows.c.source_id).subquery("record")
    return sa.select(sa.cast(sa.func.row_to_json(record.table_valued()), sa.Text))
