"""The guard's rule: what counts as usual, and when a plan is far from it. Tables, and properties of "usual"."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.ledger.volumes import DayVolume, Volume
from rentaxis_pipelines.settings import Guard
from rentaxis_pipelines.sync.guard import DAYS_OF_HISTORY, FEW_ROWS, usual, why_unusual

MARCH = dt.date(2026, 3, 1)


def history(*days: tuple[int, int, int]) -> list[DayVolume]:
    """(offset in days, rows, money) each."""
    return [
        DayVolume(MARCH + dt.timedelta(days=offset), rows, Decimal(money)) for offset, rows, money in days
    ]


RENT = history((0, 60, 90_000), (3, 2, 500), (31, 61, 91_000), (40, 4, 900))


@pytest.mark.parametrize(
    ("past", "days", "rows", "money"),
    [
        (RENT, 1, 61, 91_000),  # a first of the month is as usual as any
        (RENT, 4, 62, 91_000),  # the 1st to the 4th of March: rows and money need not come from the same days
        (RENT, 10, 65, 91_900),
        (RENT, 41, 127, 182_400),
        (RENT, 82, 254, 364_800),  # twice as long as all that is known: twice that
    ],
)
def test_usual_is_the_most_that_any_stretch_of_that_length_held(past, days, rows, money):
    assert usual(past, days) == Volume(rows, Decimal(money))


@pytest.mark.parametrize("past", [[], history((0, 500, 1)), history((0, 5, 1), (DAYS_OF_HISTORY - 2, 5, 1))])
def test_too_little_history_says_nothing(past):
    assert usual(past, 1) is None
    assert usual(history((0, 5, 1), (DAYS_OF_HISTORY - 1, 5, 1)), 1) is not None


KNOWN = Volume(60, Decimal("90000.00"))


@pytest.mark.parametrize(
    ("volume", "known", "guard", "says"),
    [
        (Volume(600, Decimal(900_000)), KNOWN, Guard(), None),
        (Volume(601, Decimal(1)), KNOWN, Guard(), "times_usual"),
        (Volume(1, Decimal("900000.01")), KNOWN, Guard(), "times_usual"),
        (Volume(FEW_ROWS, Decimal(0)), Volume(1, Decimal(0)), Guard(), None),  # few are never many
        (Volume(FEW_ROWS + 1, Decimal(0)), Volume(1, Decimal(0)), Guard(), "times_usual"),
        (Volume(9_999, Decimal(10**9)), KNOWN, Guard(times_usual=None), None),
        (Volume(121, Decimal(0)), KNOWN, Guard(times_usual=2), "2 times"),
        (Volume(1_000, Decimal(10**6)), None, Guard(), None),
        (Volume(1_000, Decimal("1000000.01")), None, Guard(), "first_money"),
        (Volume(1_000, Decimal(10**9)), None, Guard(first_money=None, first_average=None), None),
        (Volume(5, Decimal(50_000)), None, Guard(), None),
        (Volume(5, Decimal("50000.01")), None, Guard(), "first_average"),
        (Volume(0, Decimal(0)), None, Guard(), None),
        (Volume(1_001, Decimal(0)), None, Guard(), "first_rows"),
        (Volume(100_000, Decimal(0)), None, Guard(first_rows=None), None),
        (Volume(5_001, Decimal(0)), Volume(9_000, Decimal(0)), Guard(rows=5_000), "policies.guard.rows"),
        (Volume(1, Decimal("250.01")), KNOWN, Guard(money=Decimal(250)), "policies.guard.money"),
        (Volume(1, Decimal("250.00")), KNOWN, Guard(money=Decimal(250)), None),
        (Volume(26, Decimal(0), voids=26), KNOWN, Guard(), "policies.guard.voids"),
        (Volume(25, Decimal(0), voids=25), KNOWN, Guard(), None),
        (Volume(26, Decimal(0), voids=26), KNOWN, Guard(voids=None), None),
        (Volume(0, Decimal(0)), None, Guard(rows=1, money=Decimal(0), voids=0, first_rows=1), None),
    ],
)
def test_a_plan_is_held_back_by_each_limit_alone(volume, known, guard, says):
    """The sentence names the key of the company file that held it."""
    why = why_unusual(volume, known, guard)
    assert (why is None) == (says is None)
    assert says is None or says in why


days = st.lists(
    st.tuples(st.integers(1, 200), st.integers(0, 10**7)), min_size=DAYS_OF_HISTORY, max_size=90
).map(lambda found: history(*((offset, rows, money) for offset, (rows, money) in enumerate(found))))


@given(past=days, length=st.integers(1, 120), start=st.integers(0, 89))
def test_what_happened_before_is_never_held_back_when_it_is_pushed_again(past, length, start):
    """A forced push of any past range passes: it is as usual as itself."""
    stretch = past[start : start + length]
    volume = Volume(sum(one.rows for one in stretch), sum((one.money for one in stretch), Decimal(0)))
    assert why_unusual(volume, usual(past, length), Guard(times_usual=1)) is None


@given(past=days, length=st.integers(1, 120))
def test_a_longer_range_may_hold_no_less(past, length):
    shorter, longer = usual(past, length), usual(past, length + 1)
    assert shorter is not None
    assert longer is not None
    assert longer.rows >= shorter.rows
    assert longer.money >= shorter.money


@given(rents=st.lists(st.integers(20_000, 500_000), min_size=1, max_size=150))
def test_a_small_landlords_first_month_passes_and_the_same_in_cents_does_not(rents):
    """Rents of 200.00 to 5,000.00, of one home to 150; taken for dollars, the cents of any of them are held back."""
    month = Volume(len(rents), Decimal(sum(rents)) / 100)
    assert why_unusual(month, None, Guard()) is None
    hundredfold = Volume(len(rents), month.money * 100)
    assert "policies.guard.first_average" in (why_unusual(hundredfold, None, Guard()) or "")
