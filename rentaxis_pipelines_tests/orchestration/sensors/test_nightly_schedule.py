"""The nightly schedule: which day it asks for, at which instant, also when the clocks change."""

import datetime as dt

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator  # what the daemon itself goes by

from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.orchestration.jobs import bulk_jobs
from rentaxis_pipelines.orchestration.schedules import nightly_schedule
from rentaxis_pipelines.settings import Automation, Company, Scope, load_scope

DAY = "dagster/partition"


@pytest.fixture(scope="module")
def repository():
    return build_defs([load_scope()]).get_repository_def()


def schedule_at(hour: str) -> dg.ScheduleDefinition:
    """The schedule of a company in New York that chose this hour."""
    return schedule_of(
        Company(
            time_zone="America/New_York",
            first_day=dt.date(2026, 1, 1),
            automation=Automation(nightly_at=hour),
        )
    )


def schedule_of(company: Company) -> dg.ScheduleDefinition:
    scope = Scope(company)
    return nightly_schedule(scope, bulk_jobs(scope)["bulk_sync"])


def ticks(schedule: dg.ScheduleDefinition, start: str, end: str) -> list[dt.datetime]:
    """When Dagster's daemon ticks it, from one instant up to another."""
    found: list[dt.datetime] = []
    last = dt.datetime.fromisoformat(end).timestamp()
    for tick in schedule_execution_time_iterator(
        dt.datetime.fromisoformat(start).timestamp(), schedule.cron_schedule, schedule.execution_timezone
    ):
        if tick.timestamp() >= last:
            break
        found.append(tick)
    return found


def asked(repository, schedule: dg.ScheduleDefinition, at: dt.datetime) -> list[dg.RunRequest]:
    context = dg.build_schedule_context(scheduled_execution_time=at, repository_def=repository)
    return list(schedule.evaluate_tick(context).run_requests or [])


def test_it_asks_for_yesterday_and_says_who_asked(repository) -> None:
    schedule = repository.get_schedule_def("nightly__company")
    (request,) = asked(repository, schedule, dt.datetime.fromisoformat("2026-06-20T03:00:00-04:00"))
    assert schedule.job_name == "bulk_sync__company"
    assert request.partition_key == "2026-06-19"
    assert request.tags["requested_by"] == "nightly schedule"


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        # The clocks go forward on 8 March 2026: 02:00 to 03:00 does not exist in New York.
        ("01:30", ["2026-03-07T01:30:00-05:00", "2026-03-08T01:30:00-05:00", "2026-03-09T01:30:00-04:00"]),
        ("02:30", ["2026-03-07T02:30:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"]),
        ("03:00", ["2026-03-07T03:00:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-09T03:00:00-04:00"]),
    ],
)
def test_every_night_has_one_tick_for_its_own_day_when_the_clocks_go_forward(
    repository, hour: str, expected: list[str]
) -> None:
    schedule = schedule_at(hour)
    found = ticks(schedule, "2026-03-07T00:00:00-05:00", "2026-03-10T00:00:00-04:00")
    assert [one.timestamp() for one in found] == [
        dt.datetime.fromisoformat(one).timestamp() for one in expected
    ]
    days = [request.partition_key for one in found for request in asked(repository, schedule, one)]
    assert days == ["2026-03-06", "2026-03-07", "2026-03-08"]


@pytest.mark.parametrize("hour", ["00:00", "00:30", "01:30", "02:30", "03:00"])
def test_every_night_has_one_tick_for_its_own_day_when_the_clocks_go_back(repository, hour: str) -> None:
    """On 1 November 2026 the hour from 01:00 comes twice in New York; the schedule comes once."""
    schedule = schedule_at(hour)
    found = ticks(schedule, "2026-10-31T00:00:00-04:00", "2026-11-03T00:00:00-05:00")
    assert len(found) == 3
    days = [request.partition_key for one in found for request in asked(repository, schedule, one)]
    assert days == ["2026-10-30", "2026-10-31", "2026-11-01"]


@pytest.mark.parametrize("on", [True, False])
def test_whether_it_runs_by_default_is_the_companys_choice(on: bool) -> None:
    automation = Automation(switched_on=on)
    schedule = schedule_of(Company(time_zone="UTC", first_day=dt.date(2026, 1, 1), automation=automation))
    assert (schedule.default_status == dg.DefaultScheduleStatus.RUNNING) is on


def test_a_night_before_the_first_day_is_skipped(repository) -> None:
    schedule = repository.get_schedule_def("nightly__company")
    context = dg.build_schedule_context(
        scheduled_execution_time=dt.datetime.fromisoformat("2026-01-01T03:00:00-05:00"),
        repository_def=repository,
    )
    assert "first day that can be chosen" in str(schedule.evaluate_tick(context).skip_message)


def test_what_runs_by_itself_is_a_contract(repository) -> None:
    """Names stand in Dagster's storage, with whether somebody switched them off; nothing that forces runs by itself."""
    assert {one.name for one in repository.schedule_defs} == {"nightly__company"}
    sensors = {one.name: one for one in repository.sensor_defs}
    assert sensors.keys() >= {"missed_nights", "fixed_records", "edited_records"}
    for name in ("missed_nights", "fixed_records", "edited_records"):
        assert sensors[name].description
        assert sensors[name].default_status is dg.DefaultSensorStatus.RUNNING
        assert {one.name for one in sensors[name].jobs} == {"bulk_sync__company", "push_days__company"}
