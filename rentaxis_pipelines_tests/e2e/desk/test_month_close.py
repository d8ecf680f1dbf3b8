"""A month's close by the browser alone: from a company that is not connected to a printed work-paper.

January 2026, of which the demo portfolio has nothing: three invoices, a tenant of doubtful name, an expense of a wrong status and one on
an account that is mapped to nothing. Not here: how many presses each step takes (``test_tasks``).
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser

from rentaxis_pipelines_tests.e2e.conftest import Running
from rentaxis_pipelines_tests.e2e.desk.bookkeeper import Bookkeeper, bookkeeper
from rentaxis_pipelines_tests.e2e.desk.conftest import judge
from rentaxis_pipelines_tests.e2e.desk.entered import Entered, amount_of, enter, enter_expense

pytestmark = pytest.mark.chromium
JANUARY = dt.date(2026, 1, 1)
ENDED = re.compile("^Ended$")


@dataclass(frozen=True)
class Company:
    """The month's records; ``unmapped``: the expense on the account that nobody has mapped, by its id."""

    month: Entered
    unmapped: int


@pytest.fixture
def unconnected(running: Running) -> Iterator[Company]:
    """The company as before its first day: no connection. Afterward its settings are as they were, and it is connected in any case."""
    file = Path(running.stack.environment["RENTAXIS_COMPANY_FILE"])
    settings = file.read_text()
    month = enter(running, JANUARY, 998_000, ("Fairweather", "Thistlewood"))
    enter_expense(running, JANUARY + dt.timedelta(days=9), 998_004, "5999", "paid")
    with psycopg.connect(running.stack.pipelines_url) as connection:
        (kept,) = connection.execute("delete from ledger.oauth_tokens returning realm, encrypted").fetchall()
    yield Company(month, 998_004)
    file.write_text(settings)
    with psycopg.connect(running.stack.pipelines_url) as connection:
        insert = "insert into ledger.oauth_tokens (realm, encrypted) values (%s, %s) on conflict (realm) do nothing"
        connection.execute(insert, kept)


def test_a_month_is_closed_by_the_browser_alone(
    chromium: Browser, desk_url: str, running: Running, unconnected: Company, tmp_path: Path
) -> None:
    """Connect, sync, map what is missing, link, exclude, sync again, prove, and print the work-paper of a month that is ready to close."""
    with bookkeeper(chromium, desk_url) as person:
        person.opens()
        connects(person, running)
        syncs_january(person)
        assert unconnected.month.wrong_invoice in person.reads()
        maps_the_account(person)
        decides(person, unconnected.month)
        syncs_january(person)
        proves(person)
        prints(person, tmp_path)
        judge(person, running)
    invoices = [
        one.get("DocNumber")
        for one in running.objects("Invoice").values()
        if one["TxnDate"].startswith("2026-01")
    ]
    assert sorted(invoices) == ["INV-998001", "INV-998003"]
    amounts = [
        one["TotalAmt"]
        for one in running.objects("Purchase").values()
        if one["TxnDate"].startswith("2026-01")
    ]
    assert amounts == [amount_of(unconnected.unmapped)]


def connects(person: Bookkeeper, running: Running) -> None:
    """To QuickBooks' own page, which approves by itself here, and back to the desk."""
    assert "Not connected" in person.reads()
    person.follows("Connect QuickBooks")
    person.follows("Connect QuickBooks")
    person.hosts.discard(running.stack.quickbooks.base_url.split("/")[2])
    assert person.page.url.startswith(person.url)
    person.follows("Home")
    assert "Not connected" not in person.reads()


def syncs_january(person: Bookkeeper) -> None:
    person.follows("Sync")
    person.types("First day", "01012026")
    person.types("Last day, included", "01312026")
    person.clicks_on("Start sync")
    person.waits_for(ENDED)


def maps_the_account(person: Bookkeeper) -> None:
    """From the record that waits for it to the account it belongs to."""
    person.follows(re.compile("^Needs attention"))
    person.follows("Map this account")
    person.page.get_by_label(re.compile("^5999.*")).first.select_option(label="Repairs")
    person.types("Why do you make this change?", "Old repairs are repairs")
    person.clicks_on("Save")
    assert "5999" not in person.page.locator("main form").last.inner_text()


def decides(person: Bookkeeper, month: Entered) -> None:
    """The doubtful tenant is the customer of that name; what RentAxis has wrong is left out."""
    person.follows(re.compile("^Needs attention"))
    person.clicks_on(f"Link to {month.customer}: Tenant {month.doubtful_tenant}")
    for words in (month.wrong_invoice, f"{amount_of(month.wrong_expense)}"):
        row = person.page.get_by_role("row").filter(has_text=words)
        row.locator("summary").click()
        person.types("Reason", "Belongs to the owner, not to us", row)
        person.clicks_on("Exclude", within=row)


def proves(person: Bookkeeper) -> None:
    person.follows("Proof")
    person.clicks_on(re.compile("^Prove "))
    person.waits_for(ENDED)
    person.follows("Proof")
    person.follows("January 2026")
    assert "Yes, January 2026 is ready to close." in person.reads()


def prints(person: Bookkeeper, folder: Path) -> None:
    """On paper there is no menu and no button, but everything that an auditor asks for."""
    person.follows("Work paper to print")
    assert person.page.get_by_role("button", name="Print").is_visible()
    person.page.emulate_media(media="print")
    paper = person.reads()
    assert person.page.get_by_role("button", name="Print").count() == 0
    assert "Needs attention" not in paper
    for words in (
        "January 2026",
        "Yes, January 2026 is ready to close.",
        "Prepared by",
        "Reviewed by",
        "Invoices",
    ):
        assert words in paper
    printed = person.page.pdf(path=folder / "work-paper.pdf", format="Letter")
    assert printed.startswith(b"%PDF")
    assert len(printed) > 10_000
