"""Edits far apart go in few runs; by ticks of the real sensor, and the rule that cuts runs from days."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.settings import load_company
from rentaxis_pipelines.sync.resync.day_ranges import MOST_RANGES, days_of, in_few_runs, ranges_of

START = dt.date(2024, 11, 1)
DAYS = [START + dt.timedelta(days=24 * number) for number in range(30)]


@pytest.fixture
def two_years(company_sensors, monkeypatch, tmp_path: Path):
    """A company since November 2024; an expense on each of 30 days over two years, all of it pushed."""
    path = tmp_path / "company.yaml"
    text = Path(company_sensors.chain.environment.rentaxis_company_file).read_text()
    path.write_text(text.replace("first_day: 2026-01-01", f"first_day: {START}"))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(path))
    company_sensors.chain.environment = company_sensors.chain.environment.model_copy(
        update={"rentaxis_company_file": path}
    )
    company_sensors.chain.company = load_company(path)
    for number, day in enumerate(DAYS):
        company_sensors.chain.rentaxis(
            """insert into expenses select (jsonb_populate_record(e, jsonb_build_object(
                 'id', %s::bigint, 'expense_date', %s::date, 'paid_at', %s::date,
                 'created_at', clock_timestamp(), 'updated_at', clock_timestamp()))).*
               from expenses e where e.id = (select min(id) from expenses where organization_id = 1 and status = 'paid')""",
            900_001 + number,
            day,
            day,
        )
    rows = company_sensors.chain.sync(first_day=START, last_day=DAYS[-1])
    assert {rows["expense", str(900_001 + number)].status for number in range(30)} == {"created"}
    return company_sensors


def test_thirty_edits_on_thirty_days_over_two_years_are_at_most_three_runs(two_years) -> None:
    """All of the days, and none between; when they have been pushed nothing is asked for any more."""
    cursor = two_years.tick("edited_records").cursor
    two_years.chain.rentaxis(
        "update expenses set description = 'edited', updated_at = clock_timestamp() where id between 900001 and 900030"
    )
    tick = two_years.tick("edited_records", cursor)
    assert 1 <= len(tick.run_requests) <= 3
    two_years.ledger("delete from ledger.tries")
    parts = [part for run in two_years.runs("edited_records", cursor) for part in run]
    assert parts == [("all records", str(day), str(day)) for day in DAYS]
    updated = {
        key for found in two_years.carry_out(tick) for key, row in found.items() if row.status == "updated"
    }
    assert updated == {("expense", str(900_001 + number)) for number in range(30)}
    assert two_years.asked("edited_records", tick.cursor) == []


WANTED = st.lists(
    st.tuples(st.dates(START, dt.date(2027, 6, 1)), st.sampled_from(RECORD_TYPES)), max_size=400
)


@given(WANTED, st.sets(st.dates(START, dt.date(2027, 6, 1)), max_size=50))
def test_runs_hold_every_day_wanted_no_other_and_are_as_few_as_can_be(wanted, whole) -> None:
    """Whatever is wanted: each run holds at most so many ranges, all but the last are full, and no range is lost or doubled."""
    pushed = dict.fromkeys(whole, RECORD_TYPES)
    found = ranges_of(wanted, pushed)
    runs = in_few_runs(found)
    assert [part for run in runs for part in run] == found
    assert all(len(run) == MOST_RANGES for run in runs[:-1])
    assert all(0 < len(run) <= MOST_RANGES for run in runs)
    assert days_of(found) == {day for day, _ in wanted}
