"""The rows of a staging model as fingerprints: what tells whether a record is what it was, computed where it lies.

One query a record type over the same SELECT that extraction reads, streamed by COPY: no row of it becomes an object here. The fingerprint is
of the whole row, nested children included, so whatever mapping can see of a record is in it. Not here: reading records (``extract``),
what is done with a fingerprint.
"""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import sqlalchemy as sa

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import SOURCES
from rentaxis_pipelines.rentaxis.breaches import refuse
from rentaxis_pipelines.rentaxis.contract import DAY, DAY_IS, ORGANIZATION, read_schema
from rentaxis_pipelines.rentaxis.described import column_breaches, described
from rentaxis_pipelines.rentaxis.extract import extract, parameters_of_days
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.sql_models import in_file
from rentaxis_pipelines.safety.driver import driver, driver_errors

_BY_MODEL = {source.model: source for source in SOURCES}
# Money as a record has it (``frames``): four digits are read, cents are kept, rounded as Python does; what cannot be read is nothing.
_CENTS = """case when {0} is null or {0} = 'NaN' or abs({0}) >= 1e16 or {0} <> round({0}, 4) then 0.00
  when abs({0} * 100 - trunc({0} * 100)) = 0.5 and mod(trunc({0} * 100), 2) = 0 then trunc({0}, 2) else round({0}, 2) end"""


def fingerprint_blocks(
    connection: sa.Connection,
    model: str,
    days: DateRange,
    organization_id: str,
    timezone: ZoneInfo,
) -> Iterator[memoryview]:
    """Blocks of COPY's text format, a line a record of these days in no order: id, day, number, amount, fingerprint.

    A row that is not fit to be known again (of another organization, of a day that was not asked for) has no fingerprint: reading it refuses
    it. ``connection`` as for ``extract``. Raises SourceShapeChanged for a model that lacks a column or has one of the wrong type.
    """
    models = staging_models(connection)
    parameters = parameters_of_days(days, organization_id, timezone)
    with in_file(models, model):
        rendered = models.render(model)
        bound = {name: parameters[name] for name in rendered.compile().params}
        refuse(column_breaches(models, model, described(connection, rendered, bound)))
        asked = {"asked": organization_id, "first": days.first_day, "after": days.end}
        yield from _copied(connection, _statement(model, rendered), bound | asked)


def refuse_repeated(
    connection: sa.Connection,
    model: str,
    days: DateRange,
    organization_id: str,
    timezone: ZoneInfo,
) -> None:
    """Raises SourceShapeChanged for a model that returns a record of these days twice, or a row without an id or a day: reading them says which."""
    extract(connection, model, days, organization_id, timezone)


def _statement(model: str, rendered: sa.TextClause) -> sa.SelectBase:
    schema, source = read_schema(model), _BY_MODEL[model]
    row = rendered.columns(*(_column(field) for field in schema)).subquery("model")
    day, whole = row.c[DAY], sa.func.md5(sa.cast(row.table_valued(), sa.Text))
    fit = [
        row.c[ORGANIZATION] == sa.bindparam("asked", type_=sa.Text()),
        day >= sa.bindparam("first", type_=sa.Date()),
        day < sa.bindparam("after", type_=sa.Date()),
    ]
    if model in DAY_IS:
        fit.append(day == row.c[DAY_IS[model]])
    columns: list[Any] = [
        row.c.source_id,
        # As text it is the same on every server.
        sa.case((sa.func.isfinite(day), sa.func.to_char(day, "YYYY-MM-DD")), else_=sa.cast(day, sa.Text)),
        sa.null() if source.number_is is None else row.c[source.number_is],
        sa.literal_column(amount_of(source.amount_is and f"model.{source.amount_is}")),
        sa.case((sa.and_(*fit), sa.cast(whole, sa.Uuid()))),
    ]
    return sa.select(*columns)


def amount_of(column: str | None) -> str:
    """SQL for what a row comes to, of the column that says it."""
    return "0.00" if column is None else _CENTS.format(column)


def _column(field: pa.Field) -> sa.ColumnClause[Any]:
    return sa.column(field.name, sa.Date() if pa.types.is_date(field.type) else None)


def _copied(
    connection: sa.Connection, statement: sa.SelectBase, bound: dict[str, Any]
) -> Iterator[memoryview]:
    """What COPY sends of the statement. A database error comes out as SQLAlchemy's own, as from any other statement."""
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    copy_out = f"copy ({compiled}) to stdout".encode()
    with (
        driver_errors(connection, str(compiled)),
        driver(connection).cursor() as cursor,
        cursor.copy(copy_out, compiled.construct_params(bound)) as copy,
    ):
        for block in copy:
            yield memoryview(block)
