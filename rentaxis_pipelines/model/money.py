"""Money as a person reads it, in every sentence, list and page: thousands apart, cents always, and never rounded."""

from decimal import Decimal


def as_read(amount: Decimal) -> str:
    """``-1,234.50``; an amount that is none in cents with all its digits: ``0.125``; one that is no number as it is: ``NaN``."""
    if not amount.is_finite():
        return str(amount)
    return f"{amount:,.2f}" if amount == round(amount, 2) else f"{amount.normalize():,f}"
