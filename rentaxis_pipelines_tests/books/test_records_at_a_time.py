"""How many records are in memory at a time: counted where they are read, because a list that grows with the range is no chunk."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.read_rows import RowChunk
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.model.sync_request import SyncRequest, over
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged, SourceUnreachable
from rentaxis_pipelines.sync.engine import Engine, open_engine
from rentaxis_pipelines.sync.source import Dated, OpenReading, RentAxis
from rentaxis_pipelines_tests.support.chain import LAST_DAY, Chain
from rentaxis_pipelines_tests.support.rentaxis_records import DAY

RECORDS, CHUNK = 23, 5


class Counted(RentAxis):
    """RentAxis, which notes how many records it gave at a time. ``loses``: it does not return the last of each lot; ``ends_after``: so many
    lots of invoices.
    """

    def __init__(self, *given: Any, loses: bool = False, ends_after: int | None = None) -> None:
        super().__init__(*given)
        self.lots: list[int] = []
        self.loses = loses
        self.ends_after = ends_after

    @contextmanager
    def reading(self) -> Iterator[OpenReading]:
        with super().reading() as reading:
            yield _CountedReading(reading, self)

    def by_id(self, model: str, ids: Any) -> list[Dated]:
        found = super().by_id(model, ids)
        self.lots.append(len(found))
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
        if model == "invoices" and self._counted.ends_after is not None:
            self._counted.ends_after -= 1
            if self._counted.ends_after < 0:
                raise SourceUnreachable("The connection to the RentAxis database was lost.")
        return found[:-1] if self._counted.loses else found

    def payers(self, wanted: Iterable[tuple[DateRange, Sequence[str]]]) -> Iterable[Payer]:
        return self._reading.payers(wanted)


@contextmanager
def counted(
    chain: Chain, run_id: str, *, preview: bool = False, **trouble: Any
) -> Iterator[tuple[Engine, Counted]]:
    environment = chain.environment.model_copy(update={"pipelines_chunk_records": CHUNK})
    source = Counted(environment, chain.company.zone, **trouble)
    request = SyncRequest(
        days=over(DAY, LAST_DAY), requested_by="a test", preview=preview, confirm_unusual=True
    )
    with open_engine(
        environment, chain.company, request, run_id=run_id, source=source, wait_seconds=60, settle_seconds=0
    ) as engine:
        yield engine, source


@pytest.fixture
def many(rentaxis: Any) -> None:
    """More records than one chunk holds, of each type, some on one day and some on days of their own."""
    payer, vendor = rentaxis.tenant("Ada Quinn"), rentaxis.vendor("Ace Plumbing")
    for number in range(RECORDS):
        day = DAY + dt.timedelta(days=max(number - 8, 0))
        invoice = rentaxis.invoice(payer, f"{number + 1}.10", day=day)
        rentaxis.payment(payer, f"{number + 1}.10", (invoice, f"{number + 1}.10"), day=day)
        rentaxis.expense("5.00", day=day, vendor_id=vendor)
        rentaxis.tenant(f"Tenant {number}")
    rentaxis.keep_accounts()


@pytest.mark.usefixtures("many")
def test_no_lot_of_records_is_larger_than_a_chunk_whatever_the_range(chain, rentaxis):
    with counted(chain, "counted-1", loses=True) as (engine, _), pytest.raises(SourceShapeChanged):
        engine.sync()
    with counted(chain, "counted-2") as (engine, source):
        carried = engine.sync()
    assert max(source.lots) == CHUNK
    assert carried.rows >= 3 * RECORDS
    rentaxis.ask("DELETE FROM payment_allocations")
    rentaxis.ask("DELETE FROM payments")
    with counted(chain, "counted-3") as (engine, source):
        engine.sync()
    assert max(source.lots, default=0) <= CHUNK
    results = {row.source_id: row for row in chain.results_of("counted-3") if row.source_type == "payment"}
    assert len(results) == RECORDS
    assert {row.action for row in results.values()} == {"void"}


@pytest.mark.usefixtures("many")
def test_a_run_that_ends_between_chunks_leaves_no_row_silent_and_no_plan_to_approve(chain):
    for run_id, preview in (("cut-1", True), ("cut-2", False)):
        with (
            counted(chain, run_id, preview=preview, ends_after=2) as (engine, _),
            pytest.raises(SourceUnreachable),
        ):
            engine.sync()
    with chain.run() as run:
        cut = run.connection.exec_driver_sql(
            "select plan_id, rows_in from ledger.plans where run_id in ('cut-1', 'cut-2') and record_type = 'invoices'"
        ).all()
        assert len(cut) == 2
        for plan in cut:
            assert plan.rows_in > 0
            assert results.proof(run.connection, plan.plan_id).holds
    reasons = [row.reason_code for row in chain.results_of("cut-2") if row.source_type == "invoice"]
    assert 0 < reasons.count("not_reached") < RECORDS
    assert set(reasons) <= {"not_reached", "unchanged"}
    with pytest.raises(CannotLaunch, match="never finished"):
        chain.approve("cut-1")
