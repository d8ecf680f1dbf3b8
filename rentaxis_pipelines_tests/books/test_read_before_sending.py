"""What a run will look at is read before the first request goes: with what cannot be read, nothing is sent. What is little is read once."""

import pytest

from rentaxis_pipelines.rentaxis.database import SourceUnreachable
from rentaxis_pipelines_tests.support.counted_reading import LOTS, RECORDS, counted, many_records

ENOUGH = 20_000  # records of a chunk: more than there are


def test_what_is_read_later_stops_the_run_before_anything_is_sent_and_else_is_read_once(
    chain, rentaxis, accountant
):
    """Invoices come first and could be sent; the payments, or the expenses, of a later plan cannot be read."""
    many_records(rentaxis)
    for model in ("payments", "expenses"):
        for lots in range(LOTS):
            run_id = f"unreadable-{model}-{lots}"
            with (
                counted(chain, run_id, ends_with=model, ends_after=lots) as (engine, _),
                pytest.raises(SourceUnreachable),
            ):
                engine.sync()
    assert accountant.all("Invoice") == []
    assert accountant.all("Payment") == []
    with counted(chain, "readable", chunk=ENOUGH) as (engine, source):
        engine.sync()
    assert source.lots == [RECORDS, RECORDS, RECORDS]
    assert len(accountant.all("Invoice")) == RECORDS
    with counted(chain, "again", chunk=ENOUGH) as (engine, source):
        engine.sync()
    assert {row.reason_code for row in chain.results_of("again")} == {"unchanged"}
    assert source.lots == [], "what stands unchanged is not read"
    rentaxis.ask(
        "UPDATE expenses SET amount = 7, updated_at = now() WHERE id = (SELECT min(id) FROM expenses)"
    )
    with counted(chain, "one-changed", chunk=ENOUGH) as (engine, source):
        engine.sync()
    assert source.lots == [1]
