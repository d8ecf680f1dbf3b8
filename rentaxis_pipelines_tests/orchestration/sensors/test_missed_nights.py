"""Nights that were missed are caught up as the ledger has them; by ticks of the real sensor, and by looks at chosen hours."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger.database import connect, engine, migrate
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.orchestration.failures import Stopped
from rentaxis_pipelines.settings import Automation, Company, Environment
from rentaxis_pipelines.sync.resync import missed
from rentaxis_pipelines.sync.resync.sensor_context import SensorContext

NIGHTLY = "nightly schedule"
NEW_YORK = ZoneInfo("America/New_York")


def at(day: str, hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), tzinfo=NEW_YORK)


@dataclass
class MissedNights:
    """A ledger that holds nothing but what it notes of nights. RentAxis is not asked which were missed."""

    connection: sa.Connection
    company: Company

    def caught_up(
        self, now: dt.datetime, stopped: Collection[dt.date] = (), busy: Collection[dt.date] = ()
    ) -> list[tuple[str, str]]:
        """The ranges that an evaluation at that time asks for."""
        first_day = self.company.first_day
        yesterday = now.astimezone(NEW_YORK).date() - dt.timedelta(days=1)
        context = SensorContext(
            ledger=self.connection, source=self.connection, environment=Environment.model_construct(quickbooks_realm_id="1"),
            company=self.company, now=now, busy=frozenset(busy),
            reachable=DateRange.of_days(first_day, yesterday) if first_day <= yesterday else None,
        )  # fmt: skip
        return [
            (str(one.days.first_day), str(one.days.last_day))
            for _, (one,) in missed.evaluate(context, NIGHTLY, stopped).runs
        ]

    def tries(self) -> list[int]:
        return list(self.connection.execute(sa.text("select tries from ledger.tries")).scalars())


@pytest.fixture(scope="module")
def ledger_url(postgres) -> Iterator[str]:
    name = f"nights_{uuid.uuid4().hex}"
    url = postgres.create_database(name)
    migrate(url)
    yield url
    engine(url).dispose()
    postgres.drop_database(name)


@pytest.fixture
def missed_nights(ledger_url: str) -> Iterator[MissedNights]:
    with connect(ledger_url) as connection:
        connection.execute(sa.text("truncate ledger.plans, ledger.tries cascade"))
        yield MissedNights(connection, Company(time_zone="America/New_York", first_day=dt.date(2026, 1, 1)))


def ended(
    connection: sa.Connection,
    *days: str,
    requested_by: str = NIGHTLY,
    types=RECORD_TYPES,
    realm: str = "1",
    began: dt.datetime | None = None,
) -> None:
    """The ledger's note of nights that came to their end; they began at 3 the morning after, or when it is said."""
    for day in days:
        for record_type in types:
            connection.execute(
                sa.text(
                    """insert into ledger.plans (plan_id, realm, run_id, record_type, first_day, last_day, forced, dry_run,
                                                 requested_by, rows_in, money_in, created_at, finished_at)
                       values (gen_random_uuid()::text, :realm, 'night of ' || :day, :type, cast(:day as date), cast(:day as date),
                               false, false, :by, 0, 0, :began, now())"""
                ),
                {
                    "realm": realm,
                    "day": day,
                    "type": record_type,
                    "by": requested_by,
                    "began": began or at(day, 3) + dt.timedelta(days=1),
                },
            )
    connection.commit()


def test_nothing_is_caught_up_before_the_first_night(missed_nights) -> None:
    """Who has just installed it, or only backfills by hand, is not pushed for."""
    assert missed_nights.caught_up(at("2026-06-20")) == []
    ended(missed_nights.connection, "2026-06-10", requested_by="dana")
    assert missed_nights.caught_up(at("2026-06-20")) == []


def test_missed_nights_are_one_run_for_each_range(missed_nights) -> None:
    """Seven days back, the nights that ended left out."""
    ended(missed_nights.connection, "2026-06-01", "2026-06-15", "2026-06-17")
    assert missed_nights.caught_up(at("2026-06-20")) == [
        ("2026-06-13", "2026-06-14"),
        ("2026-06-16", "2026-06-16"),
        ("2026-06-18", "2026-06-19"),
    ]


def test_a_night_of_which_a_part_ended_is_missed(missed_nights) -> None:
    """Its run died before the payments."""
    ended(missed_nights.connection, "2026-06-01", *(f"2026-06-{day}" for day in range(13, 19)))
    ended(missed_nights.connection, "2026-06-19", types=("customers", "invoices"))
    assert missed_nights.caught_up(at("2026-06-20")) == [("2026-06-19", "2026-06-19")]


def test_a_preview_or_one_record_pushed_alone_is_not_the_night(missed_nights) -> None:
    ended(missed_nights.connection, "2026-06-01", *(f"2026-06-{day}" for day in range(13, 20)))
    missed_nights.connection.execute(
        sa.text(
            "update ledger.plans set dry_run = first_day = '2026-06-18', one_record = first_day = '2026-06-19'"
        )
    )
    assert missed_nights.caught_up(at("2026-06-20")) == [("2026-06-18", "2026-06-19")]


def test_a_day_pushed_before_it_was_over_has_its_night_still_to_come(missed_nights) -> None:
    """Days ahead are asked for by nobody while they are ahead; a day pushed at noon, or weeks before, is caught up if no night came."""
    ended(missed_nights.connection, "2026-06-01", *(f"2026-06-{day}" for day in range(10, 18)))
    ended(missed_nights.connection, "2026-06-18", requested_by="dana", began=at("2026-06-18", 12))
    ahead = [f"2026-06-{day}" for day in range(19, 31)]
    ended(missed_nights.connection, *ahead, requested_by="dana", began=at("2026-06-01", 12))
    assert missed_nights.caught_up(at("2026-06-18", 12)) == []
    assert missed_nights.caught_up(at("2026-06-20")) == [("2026-06-18", "2026-06-19")]
    ended(missed_nights.connection, "2026-06-18", "2026-06-19", requested_by="dana")
    assert missed_nights.caught_up(at("2026-06-20", 12)) == []


def test_last_night_counts_as_missed_an_hour_after_it_was_due(missed_nights) -> None:
    """Due at 3 in the morning where the company is."""
    ended(missed_nights.connection, "2026-06-01", *(f"2026-06-{day}" for day in range(10, 19)))
    assert missed_nights.caught_up(at("2026-06-20", 3)) == []
    assert missed_nights.caught_up(at("2026-06-20", 4)) == [("2026-06-19", "2026-06-19")]


def test_days_before_go_live_are_left_alone(missed_nights) -> None:
    ended(missed_nights.connection, "2026-06-01")
    missed_nights.company = missed_nights.company.model_copy(update={"go_live": dt.date(2026, 6, 18)})
    assert missed_nights.caught_up(at("2026-06-20")) == [("2026-06-18", "2026-06-19")]


@pytest.mark.parametrize(("days", "expected"), [(0, []), (1, [("2026-06-19", "2026-06-19")])])
def test_how_far_back_is_the_companys_choice(missed_nights, days: int, expected) -> None:
    ended(missed_nights.connection, "2026-06-01")
    automation = Automation(catch_up_days=days)
    missed_nights.company = missed_nights.company.model_copy(update={"automation": automation})
    assert missed_nights.caught_up(at("2026-06-20")) == expected


def test_a_day_under_way_or_ended_by_a_person_is_not_asked_for(missed_nights) -> None:
    ended(missed_nights.connection, "2026-06-01")
    busy = frozenset({dt.date(2026, 6, 15)})
    stopped = {dt.date(2026, 6, 17)}
    assert missed_nights.caught_up(at("2026-06-20"), stopped, busy=busy) == [
        ("2026-06-13", "2026-06-14"),
        ("2026-06-16", "2026-06-16"),
        ("2026-06-18", "2026-06-19"),
    ]


def test_a_missed_night_is_tried_three_times_ever_later_then_waits_for_a_person(missed_nights) -> None:
    """Nobody carries the runs out. A night that ends at last is forgotten, and would be counted anew."""
    ended(missed_nights.connection, "2026-06-01", *(f"2026-06-{day}" for day in range(10, 19)))
    tried = [
        minute
        for minute in (0, 5, 10, 15, 39, 41, 200, 900)
        if missed_nights.caught_up(at("2026-06-20", 4) + dt.timedelta(minutes=minute))
    ]
    assert tried == [0, 10, 41]
    assert missed_nights.tries() == [3]
    ended(missed_nights.connection, "2026-06-19")
    assert missed_nights.caught_up(at("2026-06-20", 12)) == []
    assert missed_nights.tries() == []


def test_the_tick_asks_for_bulk_sync_over_the_range_with_a_key_and_a_name(company_sensors) -> None:
    """By today's clock: the seven days before today, or before yesterday in the hour after the night."""
    with connect(company_sensors.chain.environment.pipelines_database_url.get_secret_value()) as connection:
        ended(connection, "2026-01-02", realm=company_sensors.chain.environment.quickbooks_realm_id)
    (request,) = company_sensors.tick("missed_nights").run_requests
    first = dt.date.fromisoformat(request.tags["dagster/asset_partition_range_start"])
    last = dt.date.fromisoformat(request.tags["dagster/asset_partition_range_end"])
    assert (last - first).days == 6
    assert request.job_name == "bulk_sync__demo"
    assert request.tags["requested_by"] == "sensor: missed nights"
    assert request.tags["dagster/priority"] == "-1", "it queues behind what a person launches"
    assert request.run_key.startswith(f"demo:missed_nights:{first}:{last}:")
    assert company_sensors.tick("missed_nights").run_requests == []


def test_the_tick_leaves_days_alone_that_dagster_has_a_run_for_or_a_person_ended(company_sensors) -> None:
    with connect(company_sensors.chain.environment.pipelines_database_url.get_secret_value()) as connection:
        ended(connection, "2026-01-02", realm=company_sensors.chain.environment.quickbooks_realm_id)
    (request,) = company_sensors.tick("missed_nights").run_requests
    company_sensors.ledger("delete from ledger.tries")
    first = dt.date.fromisoformat(request.tags["dagster/asset_partition_range_start"])
    days = [str(first + dt.timedelta(days=number)) for number in range(7)]
    company_sensors.run_record(days[0], days[1], dg.DagsterRunStatus.NOT_STARTED)
    company_sensors.run_record(days[4], days[6], dg.DagsterRunStatus.CANCELED)
    assert company_sensors.asked("missed_nights") == [("all records", days[2], days[3])]


def test_the_tick_heeds_only_its_own_companys_nights_and_runs(company_sensors) -> None:
    """Another company's nights do not begin the catching up, and its runs neither occupy days nor leave them to a person."""
    url = company_sensors.chain.environment.pipelines_database_url.get_secret_value()
    with connect(url) as connection:
        ended(connection, "2026-01-02", realm="4620816365180000001")
    assert company_sensors.tick("missed_nights").run_requests == []
    with connect(url) as connection:
        ended(connection, "2026-01-02", realm=company_sensors.chain.environment.quickbooks_realm_id)
    everything = company_sensors.asked("missed_nights")
    company_sensors.ledger("delete from ledger.tries")
    ((_, first, last),) = everything
    company_sensors.run_record(first, first, dg.DagsterRunStatus.NOT_STARTED, location="another company's")
    company_sensors.run_record(last, last, dg.DagsterRunStatus.CANCELED, location="another company's")
    assert company_sensors.asked("missed_nights") == everything


def test_a_ledger_that_cannot_be_read_fails_the_tick(company_sensors, monkeypatch) -> None:
    cursor = company_sensors.tick("missed_nights").cursor
    monkeypatch.setenv("PIPELINES_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    with pytest.raises(Stopped, match="cannot be reached or refused the connection"):
        company_sensors.tick("missed_nights", cursor)


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (
            "2026-03-08T02:59:00-05:00",
            "2026-03-06",
        ),  # that instant is 03:59 EDT: the clocks went forward at 2
        ("2026-03-08T04:00:00-04:00", "2026-03-07"),
        ("2026-11-01T01:30:00-04:00", "2026-10-30"),  # the hour that comes twice
        ("2026-11-01T01:30:00-05:00", "2026-10-30"),
        ("2026-11-01T03:59:00-05:00", "2026-10-30"),
        ("2026-11-01T04:00:00-05:00", "2026-10-31"),
        ("2026-06-20T23:59:00-04:00", "2026-06-19"),
        ("2026-06-21T03:30:00+00:00", "2026-06-19"),  # still the 20th in New York
    ],
)
def test_which_night_is_due_is_right_when_the_clocks_change(now: str, last: str) -> None:
    company = Company(time_zone="America/New_York", first_day=dt.date(2026, 1, 1))
    due = missed.due_days(company, dt.datetime.fromisoformat(now))
    assert due is not None
    assert (str(due.last_day), due.number_of_days) == (last, 7)
