"""The days a date range can hold: from the company's first day to today and some days beyond. What lies outside no run reaches by itself."""

import datetime as dt

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.settings import Company


def reach(company: Company, now: dt.datetime) -> DateRange:
    """The days that can be chosen at that instant."""
    return DateRange.of_days(company.first_day, max(company.last_day(now), company.first_day))
