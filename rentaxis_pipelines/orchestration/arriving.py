"""The rows of a staging model on their way from RentAxis into the stored frames: fingerprints of all, whole rows of those asked for.

Not here: reading (``rentaxis.extract``, ``rentaxis.fingerprints``), what is asked for and stored (``storage.renewed``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.rentaxis.extract import extract_in_chunks
from rentaxis_pipelines.rentaxis.fingerprints import fingerprint_blocks, refuse_repeated
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.frames import frame_schema
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.rentaxis.reading_version import reading_version
from rentaxis_pipelines.settings import CompanyKey
from rentaxis_pipelines.storage.frames import belonging_to
from rentaxis_pipelines.storage.renewed import ID, Changed
from rentaxis_pipelines.storage.tables import keyed


@dataclass(frozen=True)
class Arriving:
    """The rows of ``model`` of these days, in one snapshot of RentAxis, at most ``rows`` of them at a time (``storage.renewed.Incoming``)."""

    connection: sa.Connection
    model: str
    days: DateRange
    company: CompanyKey
    timezone: ZoneInfo
    rows: int

    @property
    def schema(self) -> pa.Schema:
        return keyed(frame_schema(self.model), ID)

    @property
    def version(self) -> str:
        return reading_version(staging_models(self.connection), self.model)

    def fingerprints(self) -> Iterator[memoryview]:
        nothing = True
        for block in fingerprint_blocks(self.connection, self.model, self.days, *self._whose):
            nothing = False
            yield block
        if nothing:  # no records, or no such organization: only the first is fine
            integration_settings(self.connection, self.company.organization_id)

    def refuse(self) -> None:
        refuse_repeated(self.connection, self.model, self.days, *self._whose)

    def frames(self, changed: Changed) -> Iterator[pd.DataFrame]:
        for frame in extract_in_chunks(
            self.connection, self.model, changed.days, *self._whose, ids=changed.ids, rows=self.rows
        ):
            yield belonging_to(self.company, frame)

    @property
    def _whose(self) -> tuple[str, ZoneInfo]:
        return self.company.organization_id, self.timezone
