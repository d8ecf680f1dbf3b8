"""The bars of a chart stand where their amounts say, whatever those are."""

import itertools
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.reports.bar_chart import HEIGHT, WIDTH, paired_bars

AMOUNT = st.decimals(-(10**12), 10**12, places=2)


@given(st.lists(st.tuples(st.text(max_size=5), AMOUNT, AMOUNT), min_size=1, max_size=36))
def test_bars_stay_in_the_drawing_and_never_overlap(amounts):
    """On the line upward, below it where negative; left to right in order; a larger amount is never a shorter bar."""
    chart = paired_bars(amounts)
    if chart is None:
        assert not any(amount for _, *sides in amounts for amount in sides)
        return
    bars = [bar for group in chart.groups for bar in group.bars]
    assert [bar.amount for bar in bars] == [amount for _, *sides in amounts for amount in sides]
    for bar in bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
        assert bar.y + bar.height == chart.zero if bar.amount > 0 else bar.y == chart.zero
    for left, right in itertools.pairwise(bars):
        assert left.x + left.width <= right.x
    tallest_first = sorted(bars, key=lambda bar: -abs(bar.amount))
    assert [bar.height for bar in tallest_first] == sorted((bar.height for bar in bars), reverse=True)


def test_equal_amounts_are_equal_bars_side_by_side():
    """The eye compares RentAxis with QuickBooks: equal heights, touching."""
    chart = paired_bars([("Not due yet", Decimal("10.00"), Decimal("10.00"))])
    assert chart is not None
    (group,) = chart.groups
    left, right = group.bars
    assert (left.side, right.side) == ("rentaxis", "quickbooks")
    assert left.height == right.height > 0
    assert left.x + left.width == right.x == group.middle


def test_nothing_to_show_is_no_chart():
    """No picture of nothing."""
    assert paired_bars([]) is None
    assert paired_bars([("Not due yet", Decimal(0), Decimal(0))]) is None
