"""What a run reads of RentAxis: settings, records of days, records by id, what changed since.

Here: the questions, and RentAxis' answers as records. Not here: the SELECTs (``dbt_like_sql/staging``), what is done with a record.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.source_records import Vendor
from rentaxis_pipelines.rentaxis import versions
from rentaxis_pipelines.rentaxis.all_models import refuse_broken_models
from rentaxis_pipelines.rentaxis.contract import IntegrationSettings, Version
from rentaxis_pipelines.rentaxis.extract import extract, extract_ids, extract_one
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.frames import DAY, RECORD_CLASSES, records_from_frame
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.rentaxis.lookups import imported_customers, vendors_changed_since
from rentaxis_pipelines.settings import Environment

Dated: TypeAlias = tuple[dt.date, Any]
"""A record with the day it belongs to."""


class Source(Protocol):
    """RentAxis, as far as a run asks it. Every method raises SourceError where it cannot be asked."""

    def settings(self) -> IntegrationSettings:
        """What the organization chose: record types, direction, realm, clock and currency."""
        ...

    def read(self, wanted: Sequence[tuple[DateRange, Sequence[str]]]) -> list[dict[str, list[Dated]]]:
        """The records of each range of days (with its staging models), by model, all of one instant."""
        ...

    def by_id(self, model: str, ids: Collection[str]) -> list[Dated]:
        """The records with these ids, whatever their day; those RentAxis does not have are left out."""
        ...

    def payers_changed_since(self, since: dt.datetime) -> list[Version]:
        """Tenants and programs that changed after an instant."""
        ...

    def vendors_changed_since(self, ids: Iterable[str], since: dt.datetime) -> list[Vendor]:
        """Those of these vendors that changed after an instant."""
        ...

    def imported_customers(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Whose each QuickBooks customer is by RentAxis' own note, by customer id."""
        ...


class RentAxis:
    """The RentAxis database of the settings. ``zone``: the company's, in which days begin."""

    def __init__(self, environment: Environment, zone: ZoneInfo) -> None:
        self._environment, self._zone = environment, zone
        self._organization = environment.rentaxis_organization_id

    def settings(self) -> IntegrationSettings:
        with source_of(self._environment) as source:
            return integration_settings(source, self._organization)

    def read(self, wanted: Sequence[tuple[DateRange, Sequence[str]]]) -> list[dict[str, list[Dated]]]:
        by_range: list[dict[str, list[Dated]]] = []
        with source_of(self._environment) as source:
            refuse_broken_models(source, self._organization)
            for days, models in wanted:
                by_range.append({
                    model: _dated(model, extract(source, model, days, self._organization, self._zone))
                    for model in models
                })  # fmt: skip
        return by_range

    def by_id(self, model: str, ids: Collection[str]) -> list[Dated]:
        if not ids:
            return []
        with source_of(self._environment) as source:
            refuse_broken_models(source, self._organization)
            if len(ids) == 1:
                (only,) = ids
                return _dated(model, extract_one(source, model, only, self._organization, self._zone))
            return _dated(model, extract_ids(source, model, ids, self._organization, self._zone))

    def payers_changed_since(self, since: dt.datetime) -> list[Version]:
        with source_of(self._environment) as source:
            return versions.payers_changed_since(source, since, self._organization, self._zone)

    def vendors_changed_since(self, ids: Iterable[str], since: dt.datetime) -> list[Vendor]:
        with source_of(self._environment) as source:
            return vendors_changed_since(source, ids, since, self._organization)

    def imported_customers(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        with source_of(self._environment) as source:
            return imported_customers(source, self._organization)


def _dated(model: str, frame: Any) -> list[Dated]:
    return list(zip(frame[DAY].to_list(), records_from_frame(frame, RECORD_CLASSES[model]), strict=True))
