"""The one range of days: half-open, named by its last day to people, whole days in any time zone; and how single days become ranges."""

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.model.dates import DateRange, contiguous, days_in, whole

ZONES = ("America/New_York", "UTC", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo")
NEW_YORK = ZoneInfo("America/New_York")
DAYS = st.dates(dt.date(1970, 1, 2), dt.date(2100, 1, 1))
RANGES = st.builds(
    lambda day, more: DateRange.of_days(day, day + dt.timedelta(more)), DAYS, st.integers(0, 400)
)


@given(RANGES)
def test_a_range_holds_its_first_and_its_last_day_and_not_its_end(days: DateRange) -> None:
    """What it holds, what it yields and how many it counts are the same days, in order."""
    assert days.first_day in days and days.last_day in days
    assert days.end not in days and days.first_day - dt.timedelta(1) not in days
    assert list(days) == sorted(set(days))
    assert len(list(days)) == days.number_of_days
    assert DateRange.of_days(days.first_day, days.last_day) == days


@given(RANGES, RANGES)
def test_two_ranges_overlap_where_they_share_a_day(one: DateRange, other: DateRange) -> None:
    assert one.overlaps(other) is other.overlaps(one) is bool(set(one) & set(other))


def test_a_range_of_no_day_is_refused_and_one_is_named_as_people_name_it() -> None:
    may_1 = dt.date(2026, 5, 1)
    with pytest.raises(ValueError, match="holds no day"):
        DateRange(may_1, may_1)
    with pytest.raises(ValueError, match="holds no day"):
        DateRange.of_days(may_1, dt.date(2026, 4, 30))
    with pytest.raises(ValueError, match="no day comes after it"):
        DateRange.of_days(may_1, dt.date.max)
    assert str(DateRange.of_days(may_1, may_1)) == "2026-05-01"
    assert str(DateRange.of_days(may_1, dt.date(2026, 5, 3))) == "2026-05-01 to 2026-05-03"


@given(RANGES, st.sampled_from(ZONES))
def test_ranges_that_follow_each_other_leave_no_instant_out(days: DateRange, name: str) -> None:
    """The end of one is the beginning of the next, in every time zone and over every change of clocks."""
    zone = ZoneInfo(name)
    start, end = days.instants(zone)
    following = DateRange.of_days(days.end, days.end)
    assert start < end == following.instants(zone)[0]


def test_a_range_is_made_from_the_instants_of_a_partition() -> None:
    """The night the clocks go back is 25 hours long; instants that cut a day are refused."""
    start = dt.datetime(2026, 11, 1, tzinfo=NEW_YORK)
    end = dt.datetime(2026, 11, 2, tzinfo=NEW_YORK)
    days = DateRange.between(start, end, NEW_YORK)
    assert (days.first_day, days.end) == (dt.date(2026, 11, 1), dt.date(2026, 11, 2))
    began, ended = days.instants(NEW_YORK)
    assert ended - began == dt.timedelta(hours=25)
    with pytest.raises(ValueError, match="whole days"):
        DateRange.between(start, end + dt.timedelta(hours=1), NEW_YORK)
    with pytest.raises(ValueError, match="holds no day"):
        DateRange.between(end, start, NEW_YORK)


@given(st.sets(st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 1))))
def test_single_days_become_the_fewest_ranges_that_hold_exactly_them(chosen: set[dt.date]) -> None:
    """Nothing added, nothing lost, oldest first, no two that touch."""
    ranges = contiguous(chosen)
    assert days_in(ranges) == chosen
    assert all(before.end < after.first_day for before, after in itertools.pairwise(ranges))


@given(RANGES)
def test_days_are_a_whole_range_only_without_a_gap(days: DateRange) -> None:
    assert whole(list(days)) == days
    if days.number_of_days > 2:
        with pytest.raises(ValueError, match="not one continuous range"):
            whole([days.first_day, *list(days)[2:]])
    with pytest.raises(ValueError, match="not one continuous range"):
        whole([])
