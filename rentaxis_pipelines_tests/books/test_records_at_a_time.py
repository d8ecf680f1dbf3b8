"""How many records are in memory at a time: counted where they are read, because a list that grows with the range is no chunk."""

import pytest

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged, SourceUnreachable
from rentaxis_pipelines_tests.support.counted_reading import CHUNK, LOTS, RECORDS, counted, many_records
from rentaxis_pipelines_tests.support.rentaxis_records import RentAxisRecords


@pytest.fixture
def many(rentaxis: RentAxisRecords) -> None:
    many_records(rentaxis)


@pytest.mark.usefixtures("many")
def test_no_lot_of_records_is_larger_than_a_chunk_whatever_the_range(chain, rentaxis):
    with counted(chain, "counted-1", loses=True) as (engine, _), pytest.raises(SourceShapeChanged):
        engine.sync()
    with counted(chain, "counted-2") as (engine, source):
        carried = engine.sync()
    assert max([*source.lots, *source.looked_up]) == CHUNK
    assert carried.rows >= 3 * RECORDS
    rentaxis.ask("DELETE FROM payment_allocations")
    rentaxis.ask("DELETE FROM payments")
    with counted(chain, "counted-3") as (engine, source):
        engine.sync()
    assert max([*source.lots, *source.looked_up], default=0) <= CHUNK
    results = {row.source_id: row for row in chain.results_of("counted-3") if row.source_type == "payment"}
    assert len(results) == RECORDS
    assert {row.action for row in results.values()} == {"void"}


@pytest.mark.usefixtures("many")
def test_a_run_that_ends_between_chunks_leaves_no_row_silent_and_no_plan_to_approve(chain):
    # A run that pushes has read all invoices once before anything was sent.
    for run_id, preview, lots in (("cut-1", True, 2), ("cut-2", False, LOTS + 2)):
        with (
            counted(chain, run_id, preview=preview, ends_after=lots) as (engine, _),
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
