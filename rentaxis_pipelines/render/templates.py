"""Jinja2 templates for pages: every value is escaped, invisible characters are shown as marks, money and dates are written one way.

Here: the environment and its filters. Not here: the templates and what they say (``web.desk.templates``).
"""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from rentaxis_pipelines.render.characters import lines


def environment(folder: Path) -> Environment:
    """The templates of that folder. A name that a template uses and nobody set is an error; ``zone`` is the company's time zone."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    made.filters.update(money=money, day=day, month=month, count=count, at=_at, days=days)
    return made


def _visible(value: Any) -> Any:
    """Text with its invisible characters as marks; what a template made itself is left alone."""
    return lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def money(amount: Decimal | None) -> str:
    """``1,234.50``; a minus sign where it is negative. Empty for None."""
    return "" if amount is None else f"{amount:,.2f}".replace("-", "\N{MINUS SIGN}")


def count(number: int) -> str:
    """``12,345``."""
    return f"{number:,}"


def day(value: dt.date | None) -> str:
    """``Nov 3, 2026``. Empty for None."""
    return "" if value is None else f"{value:%b} {value.day}, {value.year}"


def days(first: dt.date, last: dt.date) -> str:
    """``Nov 3, 2026``, ``November 2026`` for a whole month, or ``Nov 3 to Nov 9, 2026``; both days included."""
    if first == last:
        return day(first)
    if (
        first.day == 1
        and (last + dt.timedelta(days=1)).day == 1
        and (first.year, first.month) == (last.year, last.month)
    ):
        return month(first)
    begin = f"{first:%b} {first.day}" if first.year == last.year else day(first)
    return f"{begin} to {day(last)}"


def month(value: dt.date) -> str:
    """``November 2026``."""
    return f"{value:%B} {value.year}"


def moment(instant: dt.datetime | None, zone: ZoneInfo) -> str:
    """``Nov 3, 2026, 2:05 PM`` in that time zone. Empty for None."""
    if instant is None:
        return ""
    local = instant.astimezone(zone)
    return f"{day(local.date())}, {local.hour % 12 or 12}:{local:%M %p}"


@pass_context
def _at(context: Context, instant: dt.datetime | None) -> str:
    return moment(instant, context["zone"])
