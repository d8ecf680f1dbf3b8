"""Ready to close: never yes of a month that is not over or of which there is nothing to look at, and readable where it is no."""

import dataclasses
import datetime as dt

import pytest

from rentaxis_pipelines.reports.markdown import ready_to_close, shown
from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines_tests.support.reading import read

JUNE, JULY, OCTOBER = dt.date(2026, 6, 1), dt.date(2026, 7, 1), dt.date(2026, 10, 1)
AFTER = dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC)


@pytest.fixture
def months(chain):
    """Every month as a reconciliation at that instant sees it, and the two tables people read."""

    def look(now: dt.datetime = AFTER) -> tuple[dict[dt.date, dict], str, str]:
        with chain.run() as opened:
            run = dataclasses.replace(opened, now=lambda: now)
            found = reconcile(run, chain.environment, context_of(run, chain.company))
            assert found.failed_tests == []
            rows = {row["month"]: row for row in rows_of(run.connection, "ready_to_close")}
            return rows, read(ready_to_close(run.connection)), read(shown(run.connection, "stands_between"))

    return look


def test_months_without_records_are_not_ready(months) -> None:
    """A fresh company: nothing was looked at, so nothing is ready; the current month is not over."""
    found, said, _ = months()
    assert {row["is_ready"] for row in found.values()} == {False}
    assert found[JUNE]["state"] == "no records"
    assert found[dt.date(2026, 11, 1)]["state"] == "not over"
    assert "no records" in said


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (dt.datetime(2026, 11, 1, 3, 30, tzinfo=dt.UTC), "not over"),  # 23:30 of 31 October in New York
        (dt.datetime(2026, 11, 1, 4, 30, tzinfo=dt.UTC), "ready"),
    ],
)
def test_a_month_is_over_by_the_companys_clock(rentaxis, sync, months, now, state) -> None:
    """Until midnight where the company is, the month goes on, whatever the day is elsewhere."""
    rentaxis.invoice(rentaxis.tenant(f"Last Day {now.hour}"), "10.00", day=OCTOBER)
    sync()
    found, _, _ = months(now)
    assert (found[OCTOBER]["state"], found[OCTOBER]["is_ready"]) == (state, state == "ready")


def test_what_stands_between_is_readable(rentaxis, sync, accountant, months) -> None:
    """Counted in words with its money, and grouped by what is to be done, each with records a person can look up."""
    tenant = rentaxis.tenant("Stan Between")
    kept = [rentaxis.invoice(tenant, f"{1000 + number}.00", day=JULY) for number in range(5)]
    sync()
    late = [rentaxis.invoice(tenant, "2.00", day=JULY) for _ in range(2)]
    for invoice in kept[:4]:
        accountant.control(
            "hand", {"deed": "delete", "entity": "Invoice", "id": accountant.of("invoice", invoice)["Id"]}
        )
    found, said, between = months()
    july = found[JULY]
    assert (july["state"], july["of_month"], july["records"]) == ("open", 7, 6)
    sentence = "4 records deleted in QuickBooks, 4,006.00; 2 records not pushed yet, 4.00"
    assert july["stands_between"] == sentence
    assert sentence in said
    assert f"Invoice INV-{kept[3]}, Invoice INV-{kept[2]}, Invoice INV-{kept[1]} and 1 more" in between
    assert "4,006.00" in between
    for invoice in (*kept[:4], *late):
        rentaxis.void("invoices", invoice)
    sync()
    found, _, _ = months()
    assert found[JULY]["is_ready"]
