"""Runs each staging model on its own against the real database, read-only, and reports on it: for adapting the SQL to a schema.

Here: reading, and figures a person can compare with the source. Not here: the contract and finding breaches of it, the company file
(``checks.adapter``), the screen (``cli.source``). Each model has its own snapshot, so that a failing one does not affect the others.
"""

import contextlib
import datetime as dt
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pyarrow as pa
import pyarrow.compute
import sqlalchemy as sa

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.rentaxis.all_models import helper_breaches, parameters_for
from rentaxis_pipelines.rentaxis.breaches import Breach
from rentaxis_pipelines.rentaxis.contract import DAY, MAY_BE_ABSENT, MODELS, VERSION_MODELS, Version
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.rentaxis.described import plan_of
from rentaxis_pipelines.rentaxis.extract import parameters_of_any_day, parameters_of_days, read
from rentaxis_pipelines.rentaxis.folder import SourceSettings, models_in, source_of, staging_models
from rentaxis_pipelines.rentaxis.frames import (
    PROBLEM_COLUMNS,
    RECORD_TYPES,
    RecordType,
    frame_schema,
    struct_schema,
)
from rentaxis_pipelines.rentaxis.held import clock_breaches, unscoped_breaches
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.rentaxis.refusals import with_problems
from rentaxis_pipelines.rentaxis.rows import rows_of
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError, SqlModels, in_file

pc: Any = pyarrow.compute  # its functions are generated on import, so a type checker cannot see them

FEW_AMOUNTS = 20  # fewer in whole dollars may be chance
COUNTS = "counts"  # the folder of plain count queries, next to the models


class Money(msgspec.Struct, frozen=True):
    """One money column over all rows."""

    column: str
    smallest: Decimal
    largest: Decimal
    sum: Decimal


class RefusedRows(msgspec.Struct, frozen=True):
    """Rows that would be refused one by one, for one reason. ``reason``: that of the ``example``, a record's id."""

    code: str
    reason: str
    rows: int
    example: str


class Counted(msgspec.Struct, frozen=True):
    """The figures of the source's own table, from the plain count query."""

    rows: int
    money: Decimal | None


class Month(msgspec.Struct, frozen=True):
    """The maximum of any calendar month."""

    rows: int
    money: Decimal
    average: Decimal  # the largest of any month


class Look(msgspec.Struct):
    """The results for one model."""

    model: str
    file: str
    breaches: list[str] = []
    warnings: list[str] = []
    rows: int = 0
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    money: list[Money] = []
    counted: Counted | None = None
    refused: list[RefusedRows] = []
    seconds: float = 0.0
    worst_node: str = ""
    biggest_month: Month | None = None


def looks(environment: SourceSettings) -> Iterator[Look]:
    """Check each model, yielding results one by one; the organization's settings first, because its time zone is needed."""
    zone, organization_id = ZoneInfo("UTC"), environment.rentaxis_organization_id
    with (
        contextlib.suppress(SourceError),
        source_of(environment) as connection,
    ):  # the model's own check reports what is wrong
        zone = ZoneInfo(integration_settings(connection, organization_id).timezone)
    for model in ("integration_settings", *(name for name in MODELS if name != "integration_settings")):
        yield look_at(environment, model, zone)


def look_at(environment: SourceSettings, model: str, zone: ZoneInfo) -> Look:
    """Check one model. Raises SqlModelError if the folder cannot be used; everything else is in the result."""
    models, organization_id = models_in(environment.rentaxis_sql_folder), environment.rentaxis_organization_id
    look = Look(model, models.place(model))
    if model in MAY_BE_ABSENT and model not in models.models:
        look.warnings.append(
            "There is no such file. A later version added it: copy it from dbt_like_sql/staging."
        )
        return look
    begun = time.perf_counter()
    try:
        with source_of(environment) as connection:
            models = staging_models(connection)
            if model == "integration_settings":
                integration_settings(connection, organization_id, models)
                look.rows = 1
            elif model in RECORD_TYPES:
                _look_at_records(connection, models, model, organization_id, zone, look)
            else:
                _look_at_rows(connection, models, model, organization_id, zone, look)
            look.seconds = time.perf_counter() - begun
            look.worst_node = _worst_node(connection, models, model, organization_id)
    except SourceError as error:
        look.breaches.append(str(error).removesuffix(" Nothing was written."))
        look.seconds = time.perf_counter() - begun
    return look


def helpers(environment: SourceSettings) -> list[str]:
    """Helpers that duplicate the records joined to them."""
    try:
        with source_of(environment) as connection:
            breaches = helper_breaches(
                connection, staging_models(connection), environment.rentaxis_organization_id
            )
            return [_sentence(breach) for breach in breaches]
    except SourceError as error:
        return [str(error)]


def _look_at_records(
    connection: sa.Connection,
    models: SqlModels,
    model: RecordType,
    organization_id: str,
    zone: ZoneInfo,
    look: Look,
) -> None:
    everything = parameters_of_any_day(organization_id, zone)
    reading = read(connection, model, everything, models)
    look.breaches += map(_sentence, reading.breaches)
    table = reading.table
    if table is None:
        return
    _figures(look, table, dt.datetime.now(dt.UTC))
    look.counted = _counted(connection, models, model, organization_id, look)
    if reading.breaches or table.num_rows == 0:
        return
    # Whether it respects the requested days and record only shows when some are requested.
    day = table.column(DAY)[table.num_rows // 2].as_py() or dt.date(2000, 1, 1)
    of_one_day = parameters_of_days(DateRange.of_days(day, day), organization_id, zone)
    of_one_record = everything | {"source_id": table.column("source_id")[0].as_py()}
    for parameters in (of_one_day, of_one_record):
        look.breaches += map(_sentence, read(connection, model, parameters, models).breaches)
    for column in PROBLEM_COLUMNS:
        table = table.append_column(column, pa.nulls(table.num_rows, pa.string()))
    checked = with_problems(model, table.select(frame_schema(model).names), reading.unreadable)
    look.refused = list(_refused(checked))


def _look_at_rows(
    connection: sa.Connection,
    models: SqlModels,
    model: str,
    organization_id: str,
    zone: ZoneInfo,
    look: Look,
) -> None:
    statement = models.render(model)
    parameters = {**parameters_for(statement, organization_id), "organization_id": organization_id}
    bound = {**parameters, **({"timezone": zone.key} if "timezone" in parameters else {})}
    versions = rows_of(connection, models, model, bound, MODELS[model])
    look.rows = len(versions)
    if model not in VERSION_MODELS:
        return
    rows = [msgspec.to_builtins(version, builtin_types=(dt.date, dt.datetime)) for version in versions]
    table = pa.Table.from_pylist(rows, struct_schema(Version))
    days = pc.min_max(table.column(DAY)).as_py()
    look.first_day, look.last_day = days["min"], days["max"]
    only = {name: bound[name] for name in statement.compile().params}
    with in_file(models, model):
        breaches = [
            *clock_breaches(connection, models, model, only, table),
            *unscoped_breaches(connection, models, model, only),
        ]
    look.breaches += map(_sentence, breaches)


def _figures(look: Look, table: pa.Table, now: dt.datetime) -> None:
    look.rows = table.num_rows
    days = pc.min_max(table.column(DAY)).as_py()
    look.first_day, look.last_day = days["min"], days["max"]
    for field in table.schema:
        if pa.types.is_decimal(field.type):
            amounts = table.column(field.name)
            ends = pc.min_max(amounts).as_py()
            if ends["max"] is not None:
                total = pc.sum(amounts).as_py()
                look.money.append(Money(field.name, _cents(ends["min"]), _cents(ends["max"]), _cents(total)))
                look.warnings += _whole_dollars(field.name, amounts)
    newest = pc.max(table.column("updated_at")).as_py()
    if newest is not None and newest > now + dt.timedelta(hours=1):
        look.warnings.append(
            f"The latest updated_at is {_hours(newest - now)} in the future: local times may have been given the wrong time zone."
        )
    if look.money:
        look.biggest_month = _biggest_month(table, look.money[0].column)


def _whole_dollars(name: str, amounts: pa.ChunkedArray) -> Iterator[str]:
    known = pc.drop_null(amounts)
    nonzero = known.filter(pc.not_equal(known, pa.scalar(Decimal(0), known.type)))
    if len(nonzero) < FEW_AMOUNTS:
        return
    if pc.all(pc.equal(pc.round(nonzero, 0), nonzero)).as_py():
        yield (
            f"All {len(nonzero):,} values of {name} are whole dollars: check whether they are cents, or whether a division dropped the cents."
        )


def _biggest_month(table: pa.Table, column: str) -> Month | None:
    rows: Counter[tuple[int, int]] = Counter()
    money: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for day, amount in zip(table.column(DAY).to_pylist(), table.column(column).to_pylist(), strict=True):
        if day is not None:
            rows[day.year, day.month] += 1
            money[day.year, day.month] += abs(amount or Decimal(0))
    if not rows:
        return None
    average = max(money[month] / rows[month] for month in rows)
    return Month(max(rows.values()), _cents(max(money.values())), _cents(average))


def _counted(
    connection: sa.Connection, models: SqlModels, model: str, organization_id: str, look: Look
) -> Counted | None:
    """The result of the plain count query next to the models, if there is one; adds a breach if it differs."""
    folder = models.folder / COUNTS
    if not (folder / f"{model}.sql").is_file():
        return None
    try:
        counts = SqlModels(folder, models.source_schema, missing=models.missing)
    except SqlModelError as error:
        look.breaches.append(str(error))
        return None
    with in_file(counts, model):
        statement = counts.render(model)
        row = connection.execute(statement, parameters_for(statement, organization_id)).mappings().one()
    counted = Counted(int(row["rows"]), None if row.get("money") is None else _cents(Decimal(row["money"])))
    total = look.money[0].sum if look.money else Decimal(0)
    if counted.rows != look.rows or (counted.money is not None and counted.money != total):
        money = "" if counted.money is None else f" totaling {counted.money:,.2f}"
        look.breaches.append(
            f"{look.file} returns {look.rows:,} rows totaling {total:,.2f}; the table itself, according to {counts.place(model)}, has {counted.rows:,}{money}."
        )
    return counted


def _refused(table: pa.Table) -> Iterator[RefusedRows]:
    """Rows that break a rule, by the rule's code and the start of its sentence, most rows first."""
    refused: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    columns = (table.column(name).to_pylist() for name in (*PROBLEM_COLUMNS, "source_id"))
    for code, sentence, source_id in zip(*columns, strict=True):
        if code is not None:
            alike = sentence if code == "unknown_source_value" else sentence.split()[:4]
            refused[code, str(alike)].append((sentence, source_id))
    for (code, _), rows in sorted(refused.items(), key=lambda group: -len(group[1])):
        yield RefusedRows(code, rows[0][0], len(rows), rows[0][1])


def _worst_node(connection: sa.Connection, models: SqlModels, model: str, organization_id: str) -> str:
    """The node of the plan that took the longest on its own."""
    bound = parameters_for(models.render(model), organization_id)
    with in_file(models, model):
        plan = plan_of(connection, models, model, bound, analyze=True)
    worst = max(_nodes(plan["Plan"]), key=lambda node: node[0])
    return f"{worst[1]}, {worst[0] / 1000:.2f} of {plan['Execution Time'] / 1000:.2f} s"


def _nodes(node: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    children: Sequence[Mapping[str, Any]] = node.get("Plans", ())

    def milliseconds(plan_node: Mapping[str, Any]) -> float:
        return plan_node.get("Actual Total Time", 0.0) * plan_node.get("Actual Loops", 1)

    own = milliseconds(node) - sum(milliseconds(child) for child in children)
    about = f" on {node['Relation Name']}" if "Relation Name" in node else ""
    yield own, f"{node['Node Type']}{about}"
    for child in children:
        yield from _nodes(child)


def _sentence(breach: Breach) -> str:
    return f"{breach.sentence} For example {breach.example}." if breach.example else breach.sentence


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def _hours(span: dt.timedelta) -> str:
    return f"{span.total_seconds() / 3600:,.1f} hours"
