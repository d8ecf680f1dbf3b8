"""What a step is given instead of a frame of all rows: where they are stored, and that this run wrote them.

A step goes through them some at a time (``StoredReading``), or has the database ask for what it needs of all. Not here: when a step is
given this (``io_manager``), how rows are stored (``storage``).
"""

import contextlib
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from rentaxis_pipelines.ledger import read_rows
from rentaxis_pipelines.ledger.read_rows import RowChunk
from rentaxis_pipelines.matching.customers import Match, PayerKey
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import SOURCES
from rentaxis_pipelines.rentaxis.fingerprints import amount_of
from rentaxis_pipelines.rentaxis.frames import (
    DAY,
    RECORD_CLASSES,
    records_from_frame,
    struct_schema,
    to_frame,
)
from rentaxis_pipelines.settings import CompanyKey
from rentaxis_pipelines.storage.derived import Naming, named
from rentaxis_pipelines.storage.frames import connected, texts_as_table
from rentaxis_pipelines.storage.held_rows import HeldRows, held_rows
from rentaxis_pipelines.storage.tables import FramesOfAnotherCompany, Store
from rentaxis_pipelines.sync.source import Dated

_SOURCES = {source.model: source for source in SOURCES}


@dataclass(frozen=True)
class StoredRows:
    """The rows of an asset for the days of a run, which this run wrote; ``unread``: days of which it did not, and which count as empty."""

    database_url: str
    store: Store
    table: str
    days: DateRange
    run_id: str
    unread: Sequence[dt.date] = ()

    def refuse_another(self, company: CompanyKey) -> None:
        """Raises FramesOfAnotherCompany for the rows of any company but this one."""
        if self.store.company != company:
            raise FramesOfAnotherCompany(
                f"The rows belong to {self.store.company}, but the settings are those of {company}. Nothing was stored or sent."
            )


class StoredReading:
    """The records of some models as they are stored, all of one instant a model (``sync.source.Reading``), until the block is left."""

    def __init__(self, rows: Mapping[str, StoredRows]) -> None:
        self._rows, self._stack = rows, contextlib.ExitStack()
        self._held: dict[str, HeldRows] = {}

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opening:
            for model, rows in self._rows.items():
                held = held_rows(rows.database_url, rows.store, rows.table, rows.days, rows.run_id)
                self._held[model] = opening.enter_context(held)
            self._stack = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def others(self) -> Mapping[str, Sequence[dt.date]]:
        """By model, the days that another run has written since: what is read of them is not this run's."""
        return {model: held.others for model, held in self._held.items() if held.others}

    def note(self, connection: sa.Connection, model: str, days: DateRange) -> None:
        """Write down in the run's own table which records there are."""
        source = _SOURCES[model]
        lines = self._held[model].lines(days, source.number_is, amount_of(source.amount_is))
        read_rows.fill(connection, model, source.source_type, lines)

    def records(self, model: str, chunk: RowChunk) -> list[Dated]:
        """The records of that part."""
        frame = self._held[model].frame(chunk.days, chunk.ids)
        if frame.empty:
            return []
        return list(zip(frame[DAY].to_list(), records_from_frame(frame, RECORD_CLASSES[model]), strict=True))


def stored_matches(rows: StoredRows) -> dict[PayerKey, Match]:
    """How everybody resolves, by payer: each once, however many days name them."""
    with connected(rows.database_url) as connection:
        everybody = [Naming(rows.table, None, Match.__struct_fields__)]
        texts = named(connection, rows.store, rows.days, rows.run_id, everybody)
    found = texts_as_table(texts, struct_schema(Match), rows.table)
    matches: list[Match] = records_from_frame(to_frame(found), Match)
    return {(match.payer_kind, match.payer_id): match for match in matches}
