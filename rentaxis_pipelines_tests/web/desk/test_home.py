"""The first page of a company: what needs attention, whether last month can be closed, what is running, and the connection."""

import datetime as dt
from decimal import Decimal

import dagster as dg
import psycopg
import pytest

from rentaxis_pipelines.orchestration.names import BULK_SYNC, REALM_TAG, named
from rentaxis_pipelines.reports.front_page import connection_line
from rentaxis_pipelines.reports.nights import NIGHTLY
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.connection import Connection
from rentaxis_pipelines_tests.web.desk.conftest import NOW, Office, words

DAY = dt.timedelta(days=1)


def test_a_company_that_has_done_nothing_yet(office: Office):
    """Says so, and where to begin."""
    shown = words(office.get())
    for part in (
        "Needs attention Nothing",
        "October 2026 ready to close? Not known yet The books have not been proved yet.",
        "Last nightly sync None yet",
        "QuickBooks Connected It has not been read yet.",
    ):
        assert part in shown
    assert "Plans waiting" not in shown


def test_an_address_that_is_no_page_is_a_sentence_and_a_slash_too_many_does_not_matter(office: Office):
    """Dagster's own application, which is behind every other address, does not answer for the desk."""
    slash = office.get("/sync/")
    assert (slash.status_code, slash.headers["location"]) == (303, "/desk/demo/sync")
    for path in ("/nowhere", "/decide", "/runs/1/2/3"):
        answer = office.get(path)
        assert answer.status_code == 404
        assert "The desk has no such page." in words(answer)


def test_after_a_sync_and_a_proof_it_says_what_stands_between(office: Office):
    """Counts and money are those of the ledger; the month's answer and the address of its page are on the page: no click, or one."""
    october = {"first_day": dt.date(2026, 10, 1), "last_day": dt.date(2026, 10, 31)}
    rows = office.chain.sync(**october).values()
    needy = [row for row in rows if row.status == "failed" or (row.reason_code or "").startswith("waiting")]
    office.chain.preview(**october)
    with office.chain.run() as run:
        reconcile(run, office.chain.environment, context_of(run, office.chain.company))
    answer = office.get()
    shown, money = words(answer), sum((row.amount for row in needy), Decimal(0))
    oldest = min(row.day for row in needy)
    assert len(needy) > 5
    assert (
        f"Needs attention {len(needy)} records {money:,.2f} in all; the oldest is from {oldest:%b} {oldest.day}, 2026."
        in shown
    )
    assert "October 2026 ready to close? No " in shown
    assert " in the way, " in shown
    assert 'href="/desk/demo/proof/month/2026-10"' in answer.text
    assert "Plans waiting for approval" in shown
    assert "Preview, October 2026" in shown
    assert "Its lists were read" in shown


def test_a_run_is_shown_with_its_progress_until_it_ends(office: Office):
    """Also one that has not planned anything yet; the page asks for itself again while one is going."""
    run = dg.DagsterRun(
        job_name=named(Scope(office.chain.company), BULK_SYNC),
        status=dg.DagsterRunStatus.STARTED,
        tags={"requested_by": "Dana Reyes"},
    )
    office.instance.add_run(run)
    answer = office.get()
    assert "Running now" in words(answer)
    assert "Sync Dana Reyes" in words(answer)
    assert "reading RentAxis and QuickBooks" in words(answer)
    assert 'data-refresh="/desk/demo"' in answer.text
    office.instance.report_run_canceled(run)
    assert run.run_id not in office.get().text


def test_last_night_is_told_by_its_outcome(office: Office):
    """As the ledger has it, whatever ended the run."""
    run = dg.DagsterRun(
        job_name=named(Scope(office.chain.company), BULK_SYNC),
        status=dg.DagsterRunStatus.FAILURE,
        tags={"requested_by": NIGHTLY, REALM_TAG: office.chain.environment.quickbooks_realm_id},
    )
    office.instance.add_run(run)
    assert "Last nightly sync Did not finish" in words(office.get())
    office.instance.delete_run(run.run_id)


def test_without_a_connection_it_says_so_to_everybody_and_offers_it_to_an_approver(office: Office):
    """A viewer may not connect, and gets no link that would refuse."""
    with psycopg.connect(office.chain.environment.pipelines_database_url.get_secret_value()) as connection:
        connection.execute("delete from ledger.oauth_tokens")
    assert "QuickBooks is not connected yet. Connect QuickBooks" in words(office.get())
    assert "QuickBooks is not connected yet. Connect QuickBooks" not in words(office.get(who="vera"))


@pytest.mark.parametrize(
    ("ends", "unused_ends", "standing", "said"),
    [
        (None, None, "good", "is connected"),
        (100, 60, "good", "is connected"),
        (100, 20, "soon", "in 20 days unless it is used"),
        (20, 20, "soon", "in 20 days. Connect it again"),
        (1, 20, "soon", "tomorrow"),
        (-1, 20, "gone", "has expired"),
        (20, -1, "gone", "has expired"),
    ],
)
def test_the_line_about_the_connection_names_what_ends_first(ends, unused_ends, standing, said):
    """Days from now; neither a company id nor a command is in it."""
    at = [None if days is None else NOW + days * DAY for days in (ends, unused_ends)]
    link = Connection(
        realm="4620816365",
        connected=True,
        ends_at=at[0],
        unused_ends_at=at[1],
        warning="run `rentaxis-sync connect`",
    )
    line = connection_line(link, NOW)
    assert line.standing == standing
    assert said in line.sentence
    assert "4620816365" not in line.sentence
    assert "rentaxis-sync" not in line.sentence
