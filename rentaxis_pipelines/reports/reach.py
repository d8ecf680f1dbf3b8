"""The days a date range can hold: from the company's first day to today and some days beyond. What lies outside no run reaches by itself."""

import datetime as dt

from rentaxis_pipelines.model.dates import Window
from rentaxis_pipelines.settings import Company


def reach(company: Company, now: dt.datetime) -> Window:
    """The days that can be chosen at that instant."""
    last_day = company.last_day(now)
    return Window(company.first_day, max(last_day, company.first_day) + dt.timedelta(days=1), company.zone)
