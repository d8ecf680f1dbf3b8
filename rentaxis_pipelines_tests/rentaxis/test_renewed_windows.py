"""What is stored of RentAxis' days, brought up to date by fingerprints: what stands is not touched, and what comes of it is as if all were read."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pandas as pd
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.orchestration.arriving import Arriving
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged, snapshot
from rentaxis_pipelines.rentaxis.extract import extract, extract_in_chunks
from rentaxis_pipelines.settings import CompanyKey
from rentaxis_pipelines.storage.frames import connected, read_window
from rentaxis_pipelines.storage.renewed import Changed, Renewed, renew_window
from rentaxis_pipelines.storage.tables import FramesOfAnotherCompany, Store

NEW_YORK = ZoneInfo("America/New_York")
OURS, OTHER = CompanyKey("1", "77"), CompanyKey("1", "88")
MARCH = DateRange(dt.date(2026, 3, 1), dt.date(2026, 4, 1))


class OfAnotherVersion(Arriving):
    """As a later program reads and checks the same rows."""

    @property
    def version(self) -> str:
        return "another"


class BrokenInTheMiddle(Arriving):
    """The second frame breaks the contract."""

    def frames(self, changed: Changed) -> Iterator[pd.DataFrame]:
        yield next(super().frames(changed))
        raise SourceShapeChanged("invoices.sql returns an empty day.")


@pytest.fixture
def renew(source, database):
    """``renew("invoices", "run")`` brings March up to date for organization 1, two rows at a time."""

    def run(
        model: str = "invoices",
        run_id: str = "a run",
        *,
        company: CompanyKey = OURS,
        full: bool = False,
        days: DateRange = MARCH,
        kind: type[Arriving] = Arriving,
    ) -> Renewed:
        with snapshot(source.url) as rentaxis, connected(database) as staging:
            incoming = kind(rentaxis, model, days, company, NEW_YORK, 2)
            store = Store.of(company, "staging")
            return renew_window(
                staging, store, f"rentaxis__{model}", days, incoming, written_by=run_id, full=full
            )

    return run


@pytest.fixture
def stored(database):
    """``stored("invoices")``: every row as it lies there, and ``stored.writes``: the transaction that wrote each."""

    def rows(model: str = "invoices", company: CompanyKey = OURS) -> list[str]:
        place = f"{company.schema('staging')}.rentaxis__{model}"
        with psycopg.connect(database) as connection:
            query = f"select kept::text from {place} as kept order by day, source_id"
            return [row[0] for row in connection.execute(query.encode())]

    def writes(model: str = "invoices") -> dict[str, str]:
        place = f"{OURS.schema('staging')}.rentaxis__{model}"
        with psycopg.connect(database) as connection:
            return dict(
                connection.execute(f"select source_id, xmin::text || ctid::text from {place}".encode())
            )

    rows.writes = writes
    return rows


def as_read(source, model: str = "invoices", days: DateRange = MARCH) -> pd.DataFrame:
    with snapshot(source.url) as connection:
        return extract(connection, model, days, "1", NEW_YORK)


def as_stored(database, model: str = "invoices", days: DateRange = MARCH) -> pd.DataFrame:
    with connected(database) as connection:
        return read_window(connection, Store.of(OURS, "staging"), f"rentaxis__{model}", days)


def catalog(database) -> list[tuple[int, int, str]]:
    """Day of the month, rows, and the run that wrote it last, of days that have rows."""
    with psycopg.connect(database) as connection:
        return connection.execute(
            "select extract(day from day)::int, row_count::int, written_by from staging_77.frame_days where row_count > 0 order by 1"
        ).fetchall()  # pyright: ignore[reportReturnType]


def test_an_unchanged_day_is_neither_read_nor_written_again(source, database, renew, stored) -> None:
    """Yet the days are those of the run that found them so, and come back as they were read."""
    for number in range(1, 6):
        source.invoice(number, [100, number], invoice_date=f"2026-03-0{number % 3 + 1}")
    assert renew(run_id="first") == (5, 5)
    before = stored.writes()
    assert renew(run_id="second") == (5, 0)
    assert stored.writes() == before
    assert catalog(database) == [(1, 1, "second"), (2, 2, "second"), (3, 2, "second")]
    pd.testing.assert_frame_equal(as_stored(database), as_read(source))


def test_a_change_of_a_child_alone_is_noticed(source, database, renew, stored) -> None:
    """Whatever its updated_at says; no other row is touched, and one that cannot be pushed keeps saying why."""
    for number in (1, 2, 3):
        source.invoice(number, [100], total_amount=999 if number == 3 else 100)
    renew()
    before = stored.writes()
    source.execute("update rentaxis.invoice_lines set description = 'Other words' where invoice_id = 2")
    assert renew() == (3, 1)
    after = stored.writes()
    assert [source_id for source_id in before if after[source_id] != before[source_id]] == ["2"]
    pd.testing.assert_frame_equal(as_stored(database), as_read(source))
    assert list(as_stored(database)["problem_code"].isna()) == [True, True, False]


def test_rows_that_vanish_or_move_to_another_day_go_with_it(source, database, renew) -> None:
    """Days outside the window are not touched."""
    for number in range(1, 5):
        source.invoice(number, [100], invoice_date=f"2026-03-0{number}")
    renew()
    source.execute("delete from rentaxis.invoices where id = 1")
    source.execute("update rentaxis.invoices set invoice_date = '2026-03-09' where id = 2")
    source.execute("update rentaxis.invoices set invoice_date = '2026-03-02' where id = 4")
    assert renew(days=DateRange(dt.date(2026, 3, 1), dt.date(2026, 3, 4)), run_id="part") == (2, 1)
    assert catalog(database) == [(2, 1, "part"), (3, 1, "part"), (4, 1, "a run")]
    assert renew() == (3, 1)
    pd.testing.assert_frame_equal(as_stored(database), as_read(source))


def test_another_version_of_the_program_or_the_sql_reads_all_anew(source, renew, stored) -> None:
    source.invoice(1, [100])
    source.invoice(2, [100])
    renew()
    rows = stored()
    assert renew(kind=OfAnotherVersion) == (2, 2)
    assert renew(kind=OfAnotherVersion) == (2, 0)
    assert renew() == (2, 2)
    assert renew(full=True) == (2, 2)
    assert stored() == rows


def test_rows_of_before_fingerprints_are_read_anew_once(source, database, renew, stored) -> None:
    """Stored whole, by this program's predecessor, without a column for them."""
    source.invoice(1, [100])
    renew()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("alter table staging_77.rentaxis__invoices drop column _fingerprint")
        connection.execute("alter table staging_77.frame_days drop column version")
    assert renew() == (1, 1)
    assert renew() == (1, 0)
    pd.testing.assert_frame_equal(as_stored(database), as_read(source))


def test_rows_that_break_the_contract_leave_all_as_it_was(source, database, renew, stored) -> None:
    """Not even the good rows read before are kept, and the days stay those of the run before."""
    source.invoice(1, [100])
    renew(run_id="before")
    rows = stored()
    for number in range(2, 7):
        source.invoice(number, [100])
    with pytest.raises(SourceShapeChanged):
        renew(run_id="after", kind=BrokenInTheMiddle)
    assert stored() == rows
    assert catalog(database) == [(1, 1, "before")]


def test_two_companies_are_kept_apart(source, renew, stored) -> None:
    """Of one organization too: each has its own rows, and a schema of another company is refused."""
    source.invoice(1, [100])
    assert renew() == (1, 1)
    assert renew(company=OTHER) == (1, 1)
    source.invoice(2, [100])
    assert renew(company=OTHER) == (2, 1)
    assert (len(stored()), len(stored(company=OTHER))) == (1, 2)
    with pytest.raises(FramesOfAnotherCompany):
        renew(company=CompanyKey("2", "77"))
    assert len(stored()) == 1


EDITS = {
    "another total": "update rentaxis.invoices set total_amount = total_amount + 1 where id = {0}",
    "another line": "update rentaxis.invoice_lines set amount = amount + 1 where invoice_id = {0}",
    "gone": "delete from rentaxis.invoices where id = {0}",
    "void": "update rentaxis.invoices set status = 'void' where id = {0}",
    "another day": "update rentaxis.invoices set invoice_date = invoice_date + 1 where id = {0}",
    "out of the window": "update rentaxis.invoices set invoice_date = '2026-05-01' where id = {0}",
    "unreadable": "update rentaxis.invoices set total_amount = 'NaN' where id = {0}",
    "another e-mail of the tenant": "update rentaxis.tenants set email = 'x{0}@example.com'",
    "nothing": "select {0}",
}


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(
    st.lists(st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.integers(1, 6)), max_size=4), max_size=3)
)
def test_the_short_way_and_the_full_one_store_the_same_to_the_byte(source, database, renew, stored, nights):
    """Whatever happens to the records from night to night; the frame is the one that is read."""
    for table in ("invoice_lines", "invoices"):
        source.execute(f"delete from rentaxis.{table}")
    for number in range(1, 7):
        source.invoice(number, [100, 20], invoice_date=f"2026-03-1{number % 3}")
    for edits in ([], *nights):
        for name, number in edits:
            source.execute(EDITS[name].format(number))
        renew()
    by_day = stored()
    renew(full=True)
    assert stored() == by_day
    pd.testing.assert_frame_equal(as_stored(database), as_read(source))


@pytest.mark.parametrize("ids", [None, ["1", "3", "5"]], ids=["all", "some"])
def test_no_frame_is_larger_than_a_chunk_and_together_they_are_what_is_read_at_once(source, ids) -> None:
    for number in range(1, 8):
        source.invoice(number, [100], total_amount=7 if number == 5 else 100)
    with snapshot(source.url) as connection:
        frames = [*extract_in_chunks(connection, "invoices", MARCH, "1", NEW_YORK, ids=ids, rows=3)]
        whole = extract(connection, "invoices", MARCH, "1", NEW_YORK)
    assert max(map(len, frames)) <= 3
    wanted = whole if ids is None else whole[whole["source_id"].isin(ids)]
    pd.testing.assert_frame_equal(pd.concat(frames, ignore_index=True), wanted.reset_index(drop=True))
