"""Amounts as QuickBooks writes them: two decimals, and 0 for zero (recorded traffic)."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
NOTHING = Decimal(0)

Amount = Decimal | int


def money(value: Amount) -> Amount:
    """To the cent; zero is the integer 0, which is written `0`."""
    rounded = Decimal(value).quantize(CENT, ROUND_HALF_UP)
    return rounded if rounded else 0


def quantity(value: Amount) -> Amount:
    """Quantities and unit prices have no trailing zeros: `4.5`, `75`."""
    if isinstance(value, int):
        return value
    whole = value.to_integral_value()
    return int(whole) if whole == value else value.normalize()


def thousands(value: Amount) -> str:
    """Numbers in fault texts have thousands separators (`1,016`)."""
    return f"{quantity(Decimal(value)):,}"
