"""The eight things a bookkeeper does, each counted press by press in the real browser, against the real daemon and QuickBooks server.

A task begins at the desk's first page. Not here: what the pages look like (``test_pages``), a whole month (``test_month_close``).
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import psycopg
import pytest
from playwright.sync_api import Browser
from psycopg.rows import dict_row

from rentaxis_pipelines_tests.e2e.conftest import Running
from rentaxis_pipelines_tests.e2e.desk.bookkeeper import Bookkeeper, bookkeeper
from rentaxis_pipelines_tests.e2e.desk.conftest import judge
from rentaxis_pipelines_tests.e2e.desk.entered import Entered, amount_of, enter, last_month

pytestmark = pytest.mark.chromium
ENDED = re.compile("^Ended$")


@dataclass(frozen=True)
class Synced:
    """Last month after one sync: what it took, and what stood on the page once the run had ended."""

    month: Entered
    clicks: int
    typed: str
    page: str


@pytest.fixture(scope="module")
def synced(chromium: Browser, desk_url: str, running: Running) -> Iterator[Synced]:
    """Last month, synced by somebody at the desk."""
    month = enter(running, last_month(), 996_000, ("Holloway", "Pemberton"))
    with bookkeeper(chromium, desk_url) as person:
        person.opens()
        person.follows("Sync")
        person.clicks_on(re.compile("^Last month"), "radio")
        person.clicks_on("Start sync")
        person.waits_for(ENDED)
        yield Synced(month, person.clicks, person.typed, person.reads())
        judge(person, running)


def rows(running: Running, statement: str, **values: Any) -> list[dict[str, Any]]:
    """Rows of the ledger."""
    with psycopg.connect(running.stack.pipelines_url, row_factory=cast(Any, dict_row)) as connection:
        return cast(Any, connection.execute(cast(Any, statement), values).fetchall())


def decided(running: Running, source_type: str, source_id: int) -> list[str]:
    """The kinds of the decisions about a record."""
    statement = "select kind from ledger.decisions where source_type = %(type)s and source_id = %(id)s order by decision_id"
    return [row["kind"] for row in rows(running, statement, type=source_type, id=str(source_id))]


def numbered(running: Running, number: str) -> list[dict[str, Any]]:
    """QuickBooks' invoices of that number."""
    return [one for one in running.objects("Invoice").values() if one.get("DocNumber") == number]


def test_sync_last_month_takes_four_clicks_at_most_and_nothing_is_typed(
    synced: Synced, running: Running
) -> None:
    """And QuickBooks has the month's invoice."""
    assert synced.clicks <= 4
    assert synced.typed == ""
    assert len(numbered(running, synced.month.invoice)) == 1


def test_what_failed_stands_on_the_page_of_that_sync_without_another_click(
    synced: Synced, running: Running
) -> None:
    """Each record that failed by its number, with its reason and what to do; and the counts."""
    statement = "select reason, how_to_fix from ledger.open_records where source_type = 'invoice' and source_id = '996002'"
    (failed,) = rows(running, statement)
    shown = " ".join(synced.page.split())
    assert synced.month.wrong_invoice in shown
    assert " ".join(failed["reason"].split()) in shown
    assert "failed" in shown


def test_confirm_a_match_takes_two_clicks(synced: Synced, person: Bookkeeper, running: Running) -> None:
    """Needs attention, then the name it is linked to."""
    month = synced.month
    person.follows(re.compile("^Needs attention"))
    person.clicks_on(f"Link to {month.customer}: Tenant {month.doubtful_tenant}")
    assert (person.clicks, person.typed) == (2, "")
    assert decided(running, "tenant", 996_001) == ["confirm"]
    assert month.customer in person.page.get_by_role("status").inner_text()


def test_force_a_range_takes_five_clicks_and_the_two_dates(
    synced: Synced, person: Bookkeeper, running: Running
) -> None:
    """The records of the range are written again in place: there is still one."""
    day = synced.month.first_day + dt.timedelta(days=9)
    person.follows("Sync")
    person.types("First day", f"{day:%m%d%Y}")
    person.types("Last day, included", f"{day:%m%d%Y}")
    person.clicks_on("Force", "checkbox")
    person.clicks_on("Start sync")
    assert person.clicks <= 5
    assert person.typed == f"{day:%m%d%Y}" * 2
    person.waits_for(ENDED)
    statement = """select r.status, r.forced from ledger.row_results r where r.source_type = 'invoice' and r.source_id = '996001'
                   order by r.finished_at desc limit 1"""
    assert rows(running, statement) == [{"status": "updated", "forced": True}]
    assert len(numbered(running, synced.month.invoice)) == 1


@pytest.fixture(scope="module")
def fresh(running: Running) -> Entered:
    """This month's records, which nobody has pushed yet."""
    today = dt.datetime.now(dt.UTC).date()
    return enter(running, today.replace(day=1), 997_000, ("Ravensdale", "Quillfeather"))


def test_push_one_record_by_its_number_takes_three_presses_and_the_number(
    fresh: Entered, person: Bookkeeper, running: Running
) -> None:
    """The field, Enter, Push now. The tenant it is billed to goes along."""
    person.types("Find a record", fresh.invoice)
    person.presses("Enter")
    person.clicks_on("Push now")
    assert person.clicks <= 3
    assert person.typed == fresh.invoice
    person.waits_for(ENDED)
    assert len(numbered(running, fresh.invoice)) == 1


def test_preview_then_approve_takes_five_clicks(fresh: Entered, person: Bookkeeper, running: Running) -> None:
    """What is previewed is not sent; what is approved is."""
    with psycopg.connect(running.stack.rentaxis_url) as connection:
        connection.execute(
            "update rentaxis.expenses set status = 'paid', updated_at = now() where id = 997003"
        )
    person.follows("Sync")
    person.clicks_on(re.compile("^This month"), "radio")
    person.clicks_on("Preview")
    person.waits_for(ENDED)
    before = len(running.objects("Purchase"))
    person.follows("Look at the plan")
    assert f"{amount_of(fresh.wrong_expense)}" in person.reads()
    person.clicks_on(re.compile("^Approve and push "))
    assert (person.clicks, person.typed) == (5, "")
    person.waits_for(ENDED)
    assert len(running.objects("Purchase")) > before
    statement = "select status from ledger.row_results where source_type = 'expense' and source_id = '997003' order by finished_at desc limit 1"
    assert rows(running, statement) == [{"status": "created"}]
    assert fresh.wrong_invoice in person.reads()


def test_exclude_with_a_reason_takes_three_clicks_and_the_reason(
    synced: Synced, person: Bookkeeper, running: Running
) -> None:
    """It no longer needs attention, and who did it and why is kept."""
    number = synced.month.wrong_invoice
    why = "Billed by the agency"
    person.follows(re.compile("^Needs attention"))
    row = person.page.get_by_role("row").filter(has_text=number)
    row.locator("summary").click()
    person.types("Reason", why, row)
    person.clicks_on("Exclude", within=row)
    assert person.clicks <= 3
    assert person.typed == why
    kept = rows(
        running,
        "select kind, why, who from ledger.decisions where source_type = 'invoice' and source_id = '996002'",
    )
    assert [(each["kind"], each["why"]) for each in kept] == [("exclude", why)]
    assert kept[0]["who"]


def test_is_last_month_ready_to_close_takes_one_click(
    synced: Synced, person: Bookkeeper, running: Running
) -> None:
    """The first page says it, and one press brings what stands between."""
    said = running.sync("reconcile")
    assert said.returncode in (0, 1), said.stderr
    person.opens()
    month = f"{synced.month.first_day:%B %Y}"
    assert f"{month} ready to close?" in person.reads()
    person.follows(f"{month} ready to close?")
    assert (person.clicks, person.typed) == (1, "")
    answer = person.reads()
    assert f"No, {month} is not ready to close." in answer
    assert "What is blocking the close" in answer
