"""The days a date range can include: from the company's first day to today plus some days ahead. No run automatically reaches others."""

import datetime as dt

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.settings import Company


def reach(company: Company, now: dt.datetime) -> DateRange:
    """The days that can be chosen at that instant."""
    return DateRange.of_days(company.first_day, max(company.last_day(now), company.first_day))
