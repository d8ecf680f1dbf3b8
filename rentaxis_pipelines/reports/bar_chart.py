"""The places of a chart's bars: pairs of amounts, RentAxis beside QuickBooks, as whole units of a drawing. Pure.

Here: arithmetic. Not here: the drawing (the desk's templates), and the amounts. The same figures always stand in a table beside it.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

WIDTH, HEIGHT = 720, 260
_LEFT, _TOP, _BOTTOM = 8, 16, 28  # beside, above and below the bars
_GAP = 6  # between two groups, and half of it on either side


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle; ``side`` names its color. ``amount`` is what it stands for."""

    side: Literal["rentaxis", "quickbooks"]
    x: int
    y: int
    width: int
    height: int
    amount: Decimal


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The two bars of one name, which stands below them in the middle, at ``middle``."""

    name: str
    middle: int
    bars: Sequence[Bar]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """``zero``: the height of the line that bars stand on, or hang from where they are negative."""

    groups: Sequence[Group]
    zero: int
    width: int = WIDTH
    height: int = HEIGHT


def paired_bars(amounts: Sequence[tuple[str, Decimal, Decimal]]) -> Chart | None:
    """The chart of (name, RentAxis, QuickBooks), left to right; None where every amount is zero."""
    every = [amount for _, *sides in amounts for amount in sides]
    highest, lowest = max([*every, Decimal(0)]), min([*every, Decimal(0)])
    if highest == lowest:
        return None
    room = HEIGHT - _TOP - _BOTTOM
    zero = _TOP + round(room * highest / (highest - lowest))
    each = (WIDTH - 2 * _LEFT) // len(amounts)
    wide = max(1, (each - 2 * _GAP) // 2)

    def bar(side: Literal["rentaxis", "quickbooks"], x: int, amount: Decimal) -> Bar:
        height = round(room * abs(amount) / (highest - lowest))
        return Bar(
            side=side, x=x, y=zero - height if amount > 0 else zero, width=wide, height=height, amount=amount
        )

    groups: list[Group] = []
    for number, (name, rentaxis, quickbooks) in enumerate(amounts):
        left = _LEFT + number * each + _GAP
        bars = [bar("rentaxis", left, rentaxis), bar("quickbooks", left + wide, quickbooks)]
        groups.append(Group(name=name, middle=left + wide, bars=bars))
    return Chart(groups=groups, zero=zero)
