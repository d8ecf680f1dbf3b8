"""What RentAxis holds and no run pushes automatically, from the staging models ``not_pushed_*``, one per kind.

A record of a pushed type on a day within reach of a date range is on no list; every other record with an accounting effect is on exactly
one. Here: reading them. Not here: what each kind is called and what to do about it (``reports.not_pushed``).
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.sql_models import SqlModels, in_file

PREFIX = "not_pushed_"
UNREADABLE = "not_readable"
_EXAMPLES = 3
_MOST_RECORDS = 10_000  # per file, largest amount first; count and money cover all


class NotPushed(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one kind that are not pushed for one reason. ``examples``: numbers, largest amount first."""

    kind: str
    reason: str
    records: int
    money: Decimal
    first_day: dt.date | None
    last_day: dt.date | None
    examples: Sequence[str]


class NotPushedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One record that is not pushed."""

    kind: str
    reason: str
    source_type: str
    source_id: str
    label: str
    day: dt.date | None
    amount: Decimal


_GROUPED = """
    select kind, reason, count(*) as records, coalesce(sum(amount), 0)::numeric(20, 2) as money,
           min(day) as first_day, max(day) as last_day,
           (array_agg(label order by abs(amount) desc nulls last, source_id))[1:{examples}] as examples
    from ({model}) as record group by kind, reason order by kind, reason
"""
_LISTED = """
    select kind, reason, source_type, source_id, label, day, coalesce(amount, 0)::numeric(20, 2) as amount
    from ({model}) as record order by abs(amount) desc nulls last, source_id limit {most}
"""


def not_pushed(
    connection: sa.Connection,
    reach: DateRange,
    organization_id: str,
    timezone: ZoneInfo,
    known: Collection[str],
) -> list[NotPushed]:
    """Each kind and reason with count and money. ``reach``: the days a date range can include; ``known``: pushed records (invoice/7).

    A kind whose tables RentAxis does not have is left out; one whose tables may not be read has the reason ``not_readable``.
    ``connection`` is a ``snapshot``.
    """
    models = staging_models(connection)
    groups: list[NotPushed] = []
    for name in _names(models):
        if (missing := cannot_read(connection, models, name)) is None:
            statement = _GROUPED.format(examples=_EXAMPLES, model=models.render(name).text)
            rows = _rows(connection, models, name, statement, reach, organization_id, timezone, known)
            groups += [NotPushed(**row) for row in rows]
        elif missing:
            kind = name.removeprefix(PREFIX)
            groups.append(
                NotPushed(
                    kind=kind, reason=UNREADABLE, records=0, money=Decimal(0), first_day=None, last_day=None, examples=missing
                )
            )  # fmt: skip
    return groups


def not_pushed_records(
    connection: sa.Connection,
    reach: DateRange,
    organization_id: str,
    timezone: ZoneInfo,
    known: Collection[str],
) -> list[NotPushedRecord]:
    """The records themselves, at most 10,000 per file. Otherwise like ``not_pushed``."""
    models = staging_models(connection)
    records: list[NotPushedRecord] = []
    for name in _names(models):
        if cannot_read(connection, models, name) is None:
            statement = _LISTED.format(most=_MOST_RECORDS, model=models.render(name).text)
            rows = _rows(connection, models, name, statement, reach, organization_id, timezone, known)
            records += [NotPushedRecord(**row) for row in rows]
    return records


def _names(models: SqlModels) -> list[str]:
    return [name for name in sorted(models.models) if name.startswith(PREFIX)]


def cannot_read(connection: sa.Connection, models: SqlModels, name: str) -> list[str] | None:
    """None if it can be read; an empty list if RentAxis has no such tables; otherwise the tables that may not be read."""
    tables = {table for model in (name, *models.dependencies(name)) for table in models.models[model].sources}
    statement = sa.text(
        """select wanted.name, to_regclass(quote_ident(:schema) || '.' || quote_ident(wanted.name)) is not null as there,
                  coalesce(has_table_privilege(to_regclass(quote_ident(:schema) || '.' || quote_ident(wanted.name)), 'select'), false)
                    as readable
           from unnest(cast(:tables as text[])) as wanted (name) order by 1"""
    )
    rows = connection.execute(statement, {"schema": models.source_schema, "tables": sorted(tables)}).all()
    if not all(row.there for row in rows):
        return []
    return [row.name for row in rows if not row.readable] or None


def _rows(
    connection: sa.Connection,
    models: SqlModels,
    name: str,
    statement: str,
    reach: DateRange,
    organization_id: str,
    timezone: ZoneInfo,
    known: Collection[str],
) -> list[Mapping[str, Any]]:
    parameters: dict[str, Any] = {
        "organization_id": organization_id,
        "timezone": timezone.key,
        "first_day": reach.first_day,
        "day_after_last": reach.end,
        "ids": sorted(known),
    }
    bound = models.render(name).compile().params.keys()
    typed = [sa.bindparam(parameter, type_=models.parameters[parameter]) for parameter in sorted(bound)]
    values = {parameter: parameters.get(parameter) for parameter in bound}
    with in_file(models, name):
        return [
            dict(row) for row in connection.execute(sa.text(statement).bindparams(*typed), values).mappings()
        ]
