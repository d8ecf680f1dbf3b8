"""What one run reads of RentAxis: all of it of one instant, each range noted once, and read through before anything is sent.

Here: when a run reads what. Not here: how it is read (``source``), what is planned of it (``planning``).
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from rentaxis_pipelines.ledger import read_rows
from rentaxis_pipelines.ledger.read_rows import RowChunk
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.model.sync_request import ChosenDays, SyncRequest
from rentaxis_pipelines.sync.planning.resolve_payers import Matches
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.source import Dated, OpenReading, Reading, Source, records_of


@dataclass
class RunReading:
    """RentAxis as it was when the run first read records of it. ``size``: at most so many records are held at a time; ``leaves_out``: whether
    the company does not push a type at all, so that nothing of it is read.
    """

    run: Run
    source: Source
    size: int
    matches_of: Callable[[Iterable[Payer]], Matches]
    leaves_out: Callable[[str], bool]
    _opened: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _reading: OpenReading | None = None
    _noted: set[str] = field(default_factory=set[str])
    _matches: Matches | None = None
    _at_hand: dict[str, list[Dated]] = field(default_factory=dict[str, list[Dated]])

    def close(self) -> None:
        """What is read from here on is of another instant."""
        self._opened.close()
        self._reading = None
        self._at_hand = {}

    def forget_notes(self) -> None:
        """Another run noted its own rows in their place."""
        self._noted.clear()

    def note(self, request: SyncRequest, record_type: str) -> None:
        """Write down which records the days chosen for the type have; once a run."""
        if record_type not in self._noted:
            for days in request.days_of(record_type):
                read = self._note(record_type, days.days, self._open(request))
                self.run.progress.add(read=read)

    def note_given(self, record_type: str, days: DateRange, reading: Reading) -> None:
        """Write down which records these days of the type have, where the caller read them."""
        self._note(record_type, days, reading)

    def of(self, request: SyncRequest) -> Reading:
        """The reading that plans of these days are made of."""
        return _AtHand(self._open(request), self._at_hand) if self._at_hand else self._open(request)

    def matches(self, request: SyncRequest) -> Matches:
        """Who is who, of everybody that the request is about: asked once, because an e-mail may be that of two."""
        if self._matches is None:
            wanted = [
                (days.days, [model for name in days.record_types if BY_NAME[name].has_payer and not self.leaves_out(name)
                             for model in BY_NAME[name].models])
                for days in request.days
            ]  # fmt: skip
            self._matches = self.matches_of(self._open(request).payers(wanted))
        return self._matches

    def read_through(
        self, request: SyncRequest, rest: Sequence[tuple[str, ChosenDays]], settings: str | None
    ) -> None:
        """Read what the plans to come will look at, so that a row or a model that breaks the contract stops the run with nothing sent.

        Few records are kept until they are planned, many are read again. ``settings``: records that were marked under them need not be read
        (``ledger.settled``); None where all are to be looked at. Raises SourceError.
        """
        reading, kept, room = self._open(request), dict[str, list[Dated]](), self.size
        for record_type, days in rest:
            self.note(request, record_type)
            for source in BY_NAME[record_type].sources:
                for chunk in read_rows.unmarked_chunks(
                    self.run.connection, self.run.realm, source.source_type, days.days, self.size, settings
                ):
                    records = records_of(reading, source.model, chunk)
                    room -= len(records)
                    if room >= 0:
                        kept.setdefault(source.model, []).extend(records)
                    else:
                        kept.clear()
        self._at_hand = kept

    def _note(self, record_type: str, days: DateRange, reading: Reading) -> int:
        connection, read = self.run.connection, 0
        if not self._noted:
            read_rows.make(connection)
        self._noted.add(record_type)
        for source in BY_NAME[record_type].sources:
            read_rows.clear(connection, source.model, days)
            reading.note(connection, source.model, days)
            rows, _ = read_rows.sums(connection, source.source_type, days)
            read += rows
        return read

    def _open(self, request: SyncRequest) -> OpenReading:
        if self._reading is None:
            without = [name for name in BY_NAME if self.leaves_out(name)]
            self._reading = self._opened.enter_context(self.source.reading(without=without))
            self._reading.expect(
                (source.model, days.days)
                for record_type in request.record_types_in_push_order
                if not self.leaves_out(record_type)
                for days in request.days_of(record_type)
                for source in BY_NAME[record_type].sources
            )
        return self._reading


class _AtHand:
    """A reading some of whose records are held already, by model."""

    def __init__(self, reading: Reading, records: dict[str, list[Dated]]) -> None:
        self._reading, self._records = reading, records
        self.note = reading.note

    def records(self, model: str, chunk: RowChunk) -> list[Dated]:
        ids = None if chunk.ids is None else frozenset(chunk.ids)
        found = [
            (day, record)
            for day, record in self._records.get(model, ())
            if (day in chunk.days if ids is None else record.source_id in ids)
        ]
        if len(found) == chunk.rows:
            return sorted(found, key=lambda dated: (dated[0], dated[1].source_id))  # as they are read
        return self._reading.records(model, chunk)
