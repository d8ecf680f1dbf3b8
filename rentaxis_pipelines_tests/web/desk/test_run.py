"""The page of a run: while it goes, when it has ended, when it could not run, and when it is not there."""

import re

import dagster as dg
import requests

from rentaxis_pipelines.ledger import previews
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.model.previews import Preview, WhyMade
from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.sync.planning.saving import overwrites_id
from rentaxis_pipelines_tests.web.desk.conftest import HOME, NOW, Office, words
from rentaxis_pipelines_tests.web.desk.run_cases import (
    dagster_run,
    failed,
    failed_run,
    new_id,
    row,
    save_run,
    stopped,
    sync,
)

STATUS = dg.DagsterRunStatus


def page(office: Office, run_id: str, **query: str) -> requests.Response:
    return office.get(f"/runs/{run_id}", **query)


def test_a_month_that_was_synced_shows_its_result_and_what_failed_in_it(office: Office):
    """Counts and money by record type are those of the rows; every failed record stands there with why and what to do."""
    run_id = new_id()
    sync(office, run_id)
    dagster_run(office, STATUS.SUCCESS, run_id)
    rows = office.chain.results_of(run_id)
    shown = page(office, run_id)
    said = words(shown)
    assert "Sync of October 2026" in said
    assert "by ann" in said
    assert "data-refresh" not in shown.text
    for record_type in ("customers", "invoices", "payments", "expenses"):
        of_type = [each for each in rows if each.record_type == record_type]
        line = re.search(
            rf'<tr><th scope="row">{record_type.capitalize()}</th>(.*?)</tr>', shown.text, re.DOTALL
        )
        assert line is not None
        cells = [words_of(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", line[1], re.DOTALL)]
        for cell, status in zip(cells[1:5], ("created", "updated", "skipped", "failed"), strict=True):
            with_status = [each for each in of_type if each.status == status]
            money = f"{sum(each.amount for each in with_status):,.2f}".replace("-", "\N{MINUS SIGN}")
            assert cell == (f"{len(with_status):,} {money}" if with_status else "0")
    troubled = [each for each in rows if each.status == "failed"]
    assert troubled
    dearest = max(troubled, key=lambda each: abs(each.amount))
    causes = shown.text[shown.text.index("what-failed") : shown.text.index('id="rows"')]
    assert f"/records/{dearest.source_type}/{dearest.source_id}" in causes
    assert "rentaxis-sync" not in said
    assert f"{HOME}/attention" in shown.text
    assert f"{HOME}/runs/{run_id}/undo" in shown.text
    assert f"{HOME}/runs/{run_id}/undo" not in office.get(f"/runs/{run_id}", "oscar").text


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_causes_come_with_the_most_money_first_each_with_its_remedy_and_largest_rows(office: Office):
    """What waits is one cause; two missing mappings are two; a command is left out, here are buttons."""
    run_id = save_run(
        office,
        [
            *(failed(number) for number in range(1, 9)),
            failed(500, remedy="Map Laundry (rentaxis-sync record invoice 500)."),
            failed(700, "waiting_for_parent", "Push invoice 1."),
            failed(701, "waiting_for_parent", "Push invoice 2."),
            row(900),
        ],
    )
    shown = page(office, run_id)
    cards = [words_of(card) for card in re.findall(r'<div class="card">(.*?)</div>', shown.text, re.DOTALL)]
    assert len(cards) == 3
    assert cards[0].startswith("A record this one depends on is not in QuickBooks yet. 2 records , 1,401.00")
    assert cards[0].count("these go once what they wait for is in QuickBooks") == 1
    assert cards[0].endswith(
        "Invoice INV-0701 , 701.00: Reason of 701. Invoice INV-0700 , 700.00: Reason of 700."
    )
    assert cards[1].endswith("Map Laundry. Invoice INV-0500 , 500.00: Reason of 500.")
    assert "8 records , 36.00 Map Parking. Invoice INV-0008 , 8.00: Reason of 8." in cards[2]
    assert "and 3 more" in cards[2]
    assert "10 failed" not in words(shown)
    assert "9 failed, 2 waiting, of 12 rows." in words(shown)


def test_a_run_that_goes_says_how_far_it_is_and_is_loaded_again_with_and_without_javascript(office: Office):
    """120 of 812 records; its own piece of the page alone is what is asked for every two seconds; at the end that piece is empty."""
    run_id = save_run(
        office,
        [*(row(number) for number in range(118)), failed(118), failed(119)],
        read=812,
        finished_at=None,
    )
    dagster_run(office, STATUS.STARTED, run_id)
    shown = page(office, run_id)
    assert "120 of 812 records done." in words(shown)
    assert f'data-refresh="{HOME}/runs/{run_id}/progress"' in shown.text
    assert '<noscript><meta http-equiv="refresh"' in shown.text
    assert '<progress aria-label="Records done" value="120" max="812">' in shown.text
    piece = office.get(f"/runs/{run_id}/progress")
    assert "120 of 812 records done." in words(piece)
    assert piece.text.count("data-refresh") == 1
    assert "All rows" not in words(piece)
    run = office.instance.get_run_by_id(run_id)
    assert run is not None
    office.instance.report_run_canceled(run)
    assert "data-refresh" not in office.get(f"/runs/{run_id}/progress").text
    assert "It was canceled before it was through." in words(page(office, run_id))


def test_what_a_run_does_is_said_in_plain_words(office: Office):
    """Waiting, starting, reading, stopping: no word of Dagster's."""
    for status, sentence in (
        (STATUS.NOT_STARTED, "Waiting for its turn"),
        (STATUS.STARTING, "Starting."),
        (STATUS.STARTED, "Reading RentAxis."),
        (STATUS.CANCELING, "Stopping: what is being sent is finished first."),
    ):
        run_id = dagster_run(office, status)
        assert sentence in words(page(office, run_id))
        assert sentence in words(office.get(f"/runs/{run_id}/progress"))
        run = office.instance.get_run_by_id(run_id)
        assert run is not None
        office.instance.report_run_canceled(run)


def test_a_waiting_run_is_canceled_by_an_operator_once(office: Office):
    """A viewer may not; a second click finds it ended and says so."""
    started = office.post(
        "/sync", form_on="/sync", mark="to cancel", days="yesterday", type="invoices", do="sync"
    )
    run_id = office.launched().run_id
    assert started.headers["location"].endswith(run_id)
    assert "Waiting for its turn" in words(office.follow(started))
    assert "may not cancel a run" in words(
        office.post(f"/runs/{run_id}/cancel", "vera", form_on=f"/runs/{run_id}")
    )
    canceled = office.post(f"/runs/{run_id}/cancel", "oscar", form_on=f"/runs/{run_id}")
    assert "It is being canceled." in words(office.follow(canceled, "oscar"))
    run = office.instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status == STATUS.CANCELED
    late = office.post(f"/runs/{run_id}/cancel", "oscar", form_on="/sync")
    assert "It had ended already; nothing was canceled." in words(office.follow(late, "oscar"))


def test_a_run_that_could_not_run_says_why_in_a_sentence(office: Office):
    """The sentence for people as it is; of a fault of ours, or a process that died, no word of its text."""
    told = page(
        office,
        failed_run(office, stopped("RentAxis does not answer (policies.guard.rows). Nothing was sent.")),
    )
    assert "RentAxis does not answer. Nothing was sent." in words(told)
    assert "Nightly run" in words(told)
    died = page(office, failed_run(office, KeyError("amount of Ada Byron")))
    assert "It ended unexpectedly. Nothing is lost" in words(died)
    assert "Byron" not in died.text
    assert "Traceback" not in died.text


def test_a_run_that_is_not_there_is_a_sentence(office: Office):
    """Unknown, another company's, and one that Dagster has removed since though the ledger knows it."""
    unknown = page(office, "not-a-run")
    assert unknown.status_code == 404
    assert "There is no such run." in words(unknown)
    theirs = page(office, save_run(office, [row(1)], realm="another"))
    assert theirs.status_code == 404
    assert "This run belongs to another company." in words(theirs)
    vanished = page(office, save_run(office, [row(1)], finished_at=None))
    assert vanished.status_code == 200
    assert "It ended before it was through." in words(vanished)
    assert office.post("/runs/not-a-run/cancel", form_on="/sync").status_code == 404


def test_a_preview_leads_to_its_plan_and_says_that_nothing_was_sent(office: Office):
    """Rows to push are told apart from those that stay as they are; there is nothing to undo."""
    run_id = new_id()
    sync(office, run_id, "invoices", preview=True)
    shown = page(office, run_id)
    assert "Preview of October 2026" in words(shown)
    assert "The plan is ready. Nothing has been sent: look at it, then approve it. Look at the plan" in words(
        shown
    )
    assert f'href="{HOME}/plans/{run_id}"' in shown.text
    assert ">To push</th>" in shown.text
    assert f"/runs/{run_id}/undo" not in shown.text


def store_plan(office: Office, plan_id: str, why: WhyMade) -> None:
    """A stored plan of that id, which nobody has approved."""
    asked = SyncRequest(requested_by="ann", record=("invoice", plan_id))
    realm = office.chain.environment.quickbooks_realm_id
    with connect(office.chain.environment.pipelines_database_url.get_secret_value()) as connection:
        preview = Preview(
            preview_id=plan_id, realm=realm, requested_by="ann", request=asked, why=why, created_at=NOW
        )
        previews.save(connection, preview)
        connection.commit()


def test_what_was_held_back_and_what_force_would_overwrite_wait_as_plans(office: Office):
    """Each said with a link to its plan; what the guard held back also where its run ended as failed."""
    held = save_run(office, [failed(1, "held_back", "Review it.")])
    store_plan(office, held, "guard")
    dagster_run(office, STATUS.FAILURE, held)
    shown = page(office, held)
    assert "Part of this run is far more than usual" in words(shown)
    assert f'href="{HOME}/plans/{held}"' in shown.text
    policy = save_run(office, [failed(1)], dry_run=True)
    store_plan(office, policy, "policy")
    assert "ask for a person's approval first" in words(page(office, policy))
    forced = save_run(office, [row(1)], forced=True)
    store_plan(office, overwrites_id(forced), "overwrites")
    shown = page(office, forced)
    assert "Force would overwrite what somebody changed in QuickBooks." in words(shown)
    assert f'href="{HOME}/plans/{overwrites_id(forced)}"' in shown.text


def test_a_preview_that_was_interrupted_is_not_called_ready(office: Office):
    """Its plan is not whole, so nobody could approve it."""
    run_id = save_run(office, [row(1)], dry_run=True, finished_at=None)
    store_plan(office, run_id, "asked")
    assert "ready" not in words(page(office, run_id))
    assert "It ended before it was through." in words(page(office, run_id))


def test_an_undone_run_and_its_undo_lead_to_each_other(office: Office):
    """By name and time."""
    run_id = save_run(office, [row(1)])
    undo = save_run(office, [row(1, status="updated")], requested_by="bob", undoes=run_id)
    assert "This run was undone on Nov 3, 2026, 12:00 PM by bob" in words(page(office, run_id))
    assert f'href="{HOME}/runs/{undo}"' in page(office, run_id).text
    assert "Takes back Sync of Nov 3, 2026, 12:00 PM" in words(page(office, undo))
