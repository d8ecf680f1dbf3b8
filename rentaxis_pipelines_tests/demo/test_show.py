"""What the demo pushes: the days it holds records of, never one that no range holds."""

import datetime as dt

from rentaxis_pipelines.demo import portfolio
from rentaxis_pipelines.demo import postgres as embedded


def test_a_slip_of_the_year_does_not_stretch_the_range(postgres: embedded.Server) -> None:
    """The portfolio holds an expense of the year 2062; the demo's range ends with the last day that can be chosen at the latest."""
    from rentaxis_pipelines.demo.show import days_with_records
    from rentaxis_pipelines.settings import load_scope

    url = portfolio.create_demo_database(postgres, database="days_with_records")
    days = days_with_records(url, load_scope(), "1")
    postgres.drop_database("days_with_records")
    assert dt.date(2026, 1, 1) <= days.first_day < days.last_day <= dt.date(2026, 10, 31)
