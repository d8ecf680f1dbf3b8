"""When records were last changed in RentAxis, without reading the records: this decides whether a retry is worthwhile.

Here: queries for many records at a time, one per type. Not here: the SELECTs (``dbt_like_sql/staging/*_versions.sql``), and the
consequences of a change (``sync.resync.retry_rules``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from rentaxis_pipelines.model.record_types import SOURCES
from rentaxis_pipelines.rentaxis.contract import Version
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.rows import rows_of

Key = tuple[str, str]  # source_type, source_id

_MODELS = {source.source_type: source.versions for source in SOURCES}


def versions_of(
    connection: sa.Connection, keys: Iterable[Key], organization_id: str, timezone: ZoneInfo
) -> dict[Key, Version]:
    """These records by (source_type, source_id); those that RentAxis no longer has are absent.

    ``connection`` is a ``rentaxis.database.snapshot``, which turns errors into SourceError.
    """
    wanted = set(keys)
    by_model: dict[str, set[str]] = {}
    for source_type, source_id in wanted:
        by_model.setdefault(_MODELS[source_type], set()).add(source_id)
    found = {
        (version.source_type, version.source_id): version
        for model, ids in sorted(by_model.items())
        for version in _ask(connection, model, organization_id, timezone, _as_array(ids))
    }
    return {key: version for key, version in found.items() if key in wanted}


def changed_among(
    connection: sa.Connection,
    ids: Mapping[str, str],
    since: dt.datetime,
    parties: Iterable[Key],
    organization_id: str,
    timezone: ZoneInfo,
) -> dict[Key, Version]:
    """Of many records those that changed after ``since``, or whose payer or vendor did, or whose payer is one of ``parties``.

    ``ids`` by source type, each an array as Postgres writes it: however many, they only pass through. A record of another type that is
    read by the same model and has the same id may be among the result.
    """
    asked = list(parties)
    return {
        (version.source_type, version.source_id): version
        for source_type, listed in sorted(ids.items())
        for version in _ask(connection, _MODELS[source_type], organization_id, timezone, listed, since, asked)
    }


def changed_since(
    connection: sa.Connection, since: dt.datetime, organization_id: str, timezone: ZoneInfo
) -> list[Version]:
    """Every record that was itself changed after ``since``, oldest change first; a changed payer or vendor does not count."""
    versions = [
        version
        for model in sorted(set(_MODELS.values()))
        for version in _ask(connection, model, organization_id, timezone, since=since)
    ]
    return sorted(versions, key=lambda version: (version.changed_at, version.source_type, version.source_id))


def payers_changed_since(
    connection: sa.Connection, since: dt.datetime, organization_id: str, timezone: ZoneInfo
) -> list[Version]:
    """Every tenant and program that was changed after ``since``."""
    return _ask(connection, "payer_versions", organization_id, timezone, since=since)


def now(connection: sa.Connection) -> dt.datetime:
    """The current time by RentAxis' own clock, the one its rows are stamped with."""
    return connection.execute(sa.text("select now()")).scalar_one()


def _ask(
    connection: sa.Connection,
    model: str,
    organization_id: str,
    timezone: ZoneInfo,
    ids: str | None = None,
    since: dt.datetime | None = None,
    parties: Iterable[Key] = (),
) -> list[Version]:
    parameters: Mapping[str, Any] = {
        "organization_id": organization_id,
        "timezone": timezone.key,
        "ids": ids,
        "parties": [f"{kind}/{source_id}" for kind, source_id in parties],
        "changed_since": since,
    }
    return rows_of(connection, staging_models(connection), model, parameters, Version)


def _as_array(texts: Iterable[str]) -> str:
    """The texts as Postgres writes an array: one text is bound in a tenth of the time of a list of many."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"
