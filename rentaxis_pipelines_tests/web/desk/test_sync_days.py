"""Which days a preset or two typed dates mean, for any day of any year; and the sentence for what cannot be."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.web.desk.sync_days import NoSuchDays, chosen, presets

TODAY = dt.date(2026, 11, 3)
REACH = DateRange.of_days(dt.date(2026, 5, 1), dt.date(2026, 12, 4))
DAYS = st.dates(dt.date(1970, 1, 1), dt.date(2090, 1, 1))


def asked(preset: str, first_day: str = "", last_day: str = "", reach: DateRange = REACH) -> DateRange:
    return chosen(preset, first_day, last_day, presets(TODAY, reach), reach)


def test_the_presets_mean_what_a_bookkeeper_means():
    """On November 3: yesterday, all of November, all of October, every day there is."""
    assert {preset.name: str(preset.days) for preset in presets(TODAY, REACH)} == {
        "yesterday": "2026-11-02",
        "this_month": "2026-11-01 to 2026-11-30",
        "last_month": "2026-10-01 to 2026-10-31",
        "everything": "2026-05-01 to 2026-12-04",
    }


@given(today=DAYS, before=st.integers(0, 400), after=st.integers(0, 366))
def test_a_preset_never_leaves_the_days_that_can_be_synced(today, before, after):
    """Whatever the company's first day; last month is the whole month before this one, as far as that."""
    reach = DateRange.of_days(today - dt.timedelta(before), today + dt.timedelta(after))
    for preset in presets(today, reach):
        assert preset.days is None or (
            reach.first_day <= preset.days.first_day and preset.days.end <= reach.end
        )
    offered = {preset.name: preset.days for preset in presets(today, reach)}
    first_of_month = today.replace(day=1)
    last_month = offered["last_month"]
    if reach.first_day < first_of_month:
        assert last_month is not None
        assert last_month.end == first_of_month
        assert last_month.first_day == max(reach.first_day, (first_of_month - dt.timedelta(1)).replace(day=1))
    else:
        assert last_month is None


def test_typed_dates_hold_both_days_as_a_browser_sends_them_or_a_person_types_them():
    assert asked("own", "2026-09-01", "2026-09-30") == DateRange.of_days(
        dt.date(2026, 9, 1), dt.date(2026, 9, 30)
    )
    assert asked("own", "9/1/2026", "09/30/2026") == asked("own", "2026-09-01", "2026-09-30")
    assert asked("own", "2026-05-01", "2026-05-01").number_of_days == 1


@pytest.mark.parametrize(
    ("preset", "first_day", "last_day", "sentence"),
    [
        ("own", "", "", "Enter the first and the last day."),
        ("own", "2026-09-01", "", "Enter the last day too"),
        ("own", "", "2026-09-01", "Enter the first day too"),
        ("own", "2026-02-30", "2026-09-30", "“2026-02-30” is not a date."),
        ("own", "soon", "2026-09-30", "“soon” is not a date."),
        ("own", "2026-09-30", "2026-09-01", "The last day, Sep 1, 2026, is before the first day, Sep 30, 2026."),
        ("own", "2026-04-30", "2026-09-01", "Apr 30, 2026 is before May 1, 2026, the first day that can be synced"),
        ("own", "2026-09-01", "2026-12-05", "Dec 5, 2026 is after Dec 4, 2026, the last day that can be synced."),
        ("own", "9999-12-31", "9999-12-31", "Dec 31, 9999 is after"),
        ("last_month", "2026-09-01", "", "You chose “Last month” and also typed dates."),
        ("next_year", "", "", "Choose which days to sync."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_a_sentence(preset, first_day, last_day, sentence):
    """Never a guess, and never other days than were meant."""
    with pytest.raises(NoSuchDays) as refused:
        asked(preset, first_day, last_day)
    assert sentence in str(refused.value)


def test_a_company_that_began_this_month_has_no_last_month():
    reach = DateRange.of_days(dt.date(2026, 11, 2), dt.date(2026, 12, 4))
    with pytest.raises(
        NoSuchDays, match="“Last month” has no day that can be synced: the first possible day is Nov 2, 2026"
    ):
        asked("last_month", reach=reach)
