"""A chain whose RentAxis counts how many records it gives at a time, and can fail on the way; and records enough for several chunks."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.ledger.read_rows import RowChunk
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.model.sync_request import SyncRequest, over
from rentaxis_pipelines.rentaxis.database import SourceUnreachable
from rentaxis_pipelines.sync.engine import Engine, open_engine
from rentaxis_pipelines.sync.source import Dated, OpenReading, RentAxis
from rentaxis_pipelines_tests.support.chain import LAST_DAY, Chain
from rentaxis_pipelines_tests.support.rentaxis_records import DAY, RentAxisRecords

RECORDS, CHUNK = 23, 5
LOTS = 5  # that the records of a type are read in


class Counted(RentAxis):
    """RentAxis, which notes how many records it gave at a time. ``loses``: it does not return the last of each lot; ``ends_after``: so many
    lots of ``ends_with``.
    """

    def __init__(
        self, *given: Any, loses: bool = False, ends_after: int | None = None, ends_with: str = "invoices"
    ) -> None:
        super().__init__(*given)
        self.lots: list[int] = []
        self.looked_up: list[int] = []  # by id, apart from the days
        self.loses = loses
        self.ends_after = ends_after
        self.ends_with = ends_with

    @contextmanager
    def reading(self, **options: Any) -> Iterator[OpenReading]:
        with super().reading(**options) as reading:
            yield _CountedReading(reading, self)

    def by_id(self, model: str, ids: Any) -> list[Dated]:
        found = super().by_id(model, ids)
        self.looked_up.append(len(found))
        return found


class _CountedReading:
    def __init__(self, reading: OpenReading, counted: Counted) -> None:
        self._reading, self._counted = reading, counted

    def expect(self, wanted: Iterable[tuple[str, DateRange]]) -> None:
        self._reading.expect(wanted)

    def note(self, connection: sa.Connection, model: str, days: DateRange) -> None:
        self._reading.note(connection, model, days)

    def records(self, model: str, chunk: RowChunk) -> list[Dated]:
        found = self._reading.records(model, chunk)
        self._counted.lots.append(len(found))
        if model == self._counted.ends_with and self._counted.ends_after is not None:
            self._counted.ends_after -= 1
            if self._counted.ends_after < 0:
                raise SourceUnreachable("The connection to the RentAxis database was lost.")
        return found[:-1] if self._counted.loses else found

    def payers(self, wanted: Iterable[tuple[DateRange, Sequence[str]]]) -> Iterable[Payer]:
        return self._reading.payers(wanted)


@contextmanager
def counted(
    chain: Chain, run_id: str, *, preview: bool = False, chunk: int = CHUNK, **trouble: Any
) -> Iterator[tuple[Engine, Counted]]:
    environment = chain.environment.model_copy(update={"pipelines_chunk_records": chunk})
    source = Counted(environment, chain.company.zone, **trouble)
    request = SyncRequest(
        days=over(DAY, LAST_DAY), requested_by="a test", preview=preview, confirm_unusual=True
    )
    with open_engine(
        environment, chain.company, request, run_id=run_id, source=source, wait_seconds=60, settle_seconds=0
    ) as engine:
        yield engine, source


def many_records(rentaxis: RentAxisRecords) -> None:
    """More records than one chunk holds, of each type, some on one day and some on days of their own."""
    payer, vendor = rentaxis.tenant("Ada Quinn"), rentaxis.vendor("Ace Plumbing")
    for number in range(RECORDS):
        day = DAY + dt.timedelta(days=max(number - 8, 0))
        invoice = rentaxis.invoice(payer, f"{number + 1}.10", day=day)
        rentaxis.payment(payer, f"{number + 1}.10", (invoice, f"{number + 1}.10"), day=day)
        rentaxis.expense("5.00", day=day, vendor_id=vendor)
        rentaxis.tenant(f"Tenant {number}")
    rentaxis.keep_accounts()
