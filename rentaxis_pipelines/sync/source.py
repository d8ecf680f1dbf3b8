"""What a run reads of RentAxis: settings, records of days, records by id, what changed since.

Here: the questions, and RentAxis' answers as records. Not here: the SELECTs (``dbt_like_sql/staging``), what is done with a record.
"""

import datetime as dt
import threading
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from rentaxis_pipelines.ledger import read_rows
from rentaxis_pipelines.ledger.read_rows import RowChunk, RowRepeated
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_type import PAPERS
from rentaxis_pipelines.model.record_types import BY_NAME, SOURCES
from rentaxis_pipelines.model.source_records import Payer, TaxDetails, Vendor
from rentaxis_pipelines.papers.content import read
from rentaxis_pipelines.rentaxis import versions
from rentaxis_pipelines.rentaxis.all_models import refuse_broken_models
from rentaxis_pipelines.rentaxis.contract import IntegrationSettings, Version
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged, source_errors
from rentaxis_pipelines.rentaxis.distinct_payers import distinct_payers
from rentaxis_pipelines.rentaxis.extract import extract, extract_ids, extract_one
from rentaxis_pipelines.rentaxis.fingerprints import fingerprint_blocks, refuse_repeated
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.frames import DAY, RECORD_CLASSES, records_from_frame
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.rentaxis.lookups import imported_customers, tax_details, vendors_changed_since
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync.paper_files import PaperFiles
from rentaxis_pipelines.sync.read_ahead import ReadAhead

Dated: TypeAlias = tuple[dt.date, Any]
"""A record with the day it belongs to."""
MOST = 2**31 - 2  # more records than a plan can have
_SOURCE_TYPES = {source.model: source.source_type for source in SOURCES}


class Reading(Protocol):
    """The records of some days, all of one instant, in parts. Every method raises SourceError where they cannot be read."""

    def note(self, connection: sa.Connection, model: str, days: DateRange) -> None:
        """Write down in the run's own table (``ledger.read_rows``) which records there are, one short row each. Commits."""
        ...

    def records(self, model: str, chunk: RowChunk) -> list[Dated]:
        """The records of that part, at most as many as it has rows."""
        ...


def records_of(reading: Reading, model: str, chunk: RowChunk) -> list[Dated]:
    """The records of that part: every one that was noted. Raises SourceShapeChanged where some are missing."""
    found = reading.records(model, chunk)
    if len({record.source_id for _, record in found}) != chunk.rows:
        raise SourceShapeChanged(
            f"The staging model {model} listed {chunk.rows} records and then returned {len(found)} of them. It must return the same rows of a "
            "day, and of an id, whatever else is asked for. Nothing of the plan was sent."
        )
    return found


class OpenReading(Reading, Protocol):
    """A reading of RentAxis itself, which knows more than the records."""

    def expect(self, wanted: Iterable[tuple[str, DateRange]]) -> None:
        """Which models, of which days, are going to be noted, in that order."""
        ...

    def payers(self, wanted: Iterable[tuple[DateRange, Sequence[str]]]) -> Iterable[Payer]:
        """Whom the records of these days (with their staging models) are about, each once."""
        ...


class Source(Protocol):
    """RentAxis, as far as a run asks it. Every method raises SourceError where it cannot be asked."""

    def settings(self) -> IntegrationSettings:
        """What the organization chose: record types, direction, realm, clock and currency."""
        ...

    def reading(self, *, without: Collection[str] = ()) -> AbstractContextManager[OpenReading]:
        """RentAxis as it is now: what is read until the block is left is all of this instant. ``without``: record types nothing is read of."""
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

    def tax_details(self, ids: Iterable[str]) -> Mapping[str, TaxDetails]:
        """What form 1099 asks about these vendors, by id; their numbers sealed."""
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

    @contextmanager
    def reading(self, *, without: Collection[str] = ()) -> Generator[OpenReading]:
        with source_of(self._environment, idles=True) as source:
            refuse_broken_models(source, self._organization, without)
            reading = _Reading(source, self._organization, self._zone)
            try:
                yield reading
            finally:
                reading.close()

    def by_id(self, model: str, ids: Collection[str]) -> list[Dated]:
        if not ids:
            return []
        with source_of(self._environment) as source:
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

    def tax_details(self, ids: Iterable[str]) -> Mapping[str, TaxDetails]:
        keys = self._environment.pipelines_secret_key.get_secret_value()
        with source_of(self._environment) as source:
            return tax_details(source, ids, self._organization, keys)

    def imported_customers(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        with source_of(self._environment) as source:
            return imported_customers(source, self._organization)


def papers_of(source: Source, company: Company) -> PaperFiles:
    """The files RentAxis keeps: where each is, asked when it is about to be sent, and how they are read."""

    def locate(ids: Collection[str]) -> Mapping[str, str]:
        records = source.by_id(BY_NAME[PAPERS].models[0], ids)
        return {record.source_id: record.location for _, record in records if record.location}

    folder = None if company.papers_folder is None else Path(company.papers_folder)
    return PaperFiles(locate, lambda location, expected: read(location, folder, expected))


class _Reading:
    """One snapshot of the RentAxis database, on one connection: who wants to ask it waits until the one before has its answer."""

    def __init__(self, source: sa.Connection, organization: str, zone: ZoneInfo) -> None:
        self._source, self._organization, self._zone = source, organization, zone
        self._asking = threading.RLock()
        self._ahead = ReadAhead(self._blocks)

    def expect(self, wanted: Iterable[tuple[str, DateRange]]) -> None:
        self._ahead.expect(wanted)

    def close(self) -> None:
        """Nothing is read from here on."""
        self._ahead.close()

    def note(self, connection: sa.Connection, model: str, days: DateRange) -> None:
        try:
            read_rows.fill(connection, model, _SOURCE_TYPES[model], self._ahead.blocks((model, days)))
        except RowRepeated:
            with self._asked():
                refuse_repeated(self._source, model, days, self._organization, self._zone)
            raise

    @contextmanager
    def _asked(self) -> Generator[None]:
        with self._asking, source_errors(self._source):
            yield

    def _blocks(self, which: tuple[str, DateRange]) -> Iterator[memoryview]:
        with self._asked():
            yield from fingerprint_blocks(self._source, *which, self._organization, self._zone)

    def records(self, model: str, chunk: RowChunk) -> list[Dated]:
        with self._asked():
            if chunk.ids is None:
                return _dated(model, extract(self._source, model, chunk.days, self._organization, self._zone))
            return _dated(model, extract_ids(self._source, model, chunk.ids, self._organization, self._zone))

    def payers(self, wanted: Iterable[tuple[DateRange, Sequence[str]]]) -> Iterable[Payer]:
        with self._asked():
            yield from distinct_payers(self._source, wanted, self._organization, self._zone)


class Held:
    """A reading of records that the caller holds already."""

    def __init__(self, by_model: Mapping[str, Sequence[Dated]]) -> None:
        self._by_model = by_model

    def note(self, connection: sa.Connection, model: str, days: DateRange) -> None:
        # One that came twice is refused where it is planned.
        days_of = {record.source_id: day for day, record in self._by_model.get(model, ()) if day in days}
        lines = (
            "\t".join((_escaped(source_id), day.isoformat(), "\\N", "0.00", "\\N")) + "\n"
            for source_id, day in days_of.items()
        )
        read_rows.fill(connection, model, _SOURCE_TYPES[model], (line.encode() for line in lines))

    def records(self, model: str, chunk: RowChunk) -> list[Dated]:
        ids = None if chunk.ids is None else frozenset(chunk.ids)
        return [
            (day, record)
            for day, record in self._by_model.get(model, ())
            if (day in chunk.days if ids is None else record.source_id in ids)
        ]


def held(record_type: str, records: Sequence[Dated]) -> Held:
    """A reading of records of one type that the caller holds already."""
    sources = BY_NAME[record_type].sources
    by_kind = {source.source_type: source.model for source in sources}
    by_model: dict[str, list[Dated]] = {source.model: [] for source in sources}
    for day, record in records:
        model = by_kind[record.kind] if isinstance(record, Payer) else sources[0].model
        by_model[model].append((day, record))
    return Held(by_model)


def _escaped(text: str) -> str:
    """As Postgres' COPY reads it back."""
    for character, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(character, written)
    return text


def _dated(model: str, frame: Any) -> list[Dated]:
    return list(zip(frame[DAY].to_list(), records_from_frame(frame, RECORD_CLASSES[model]), strict=True))
