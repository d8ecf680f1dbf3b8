"""The page that starts a sync: what is offered, what is launched, and that nothing typed is lost where it cannot be."""

import re

import pytest
import requests

from rentaxis_pipelines.model.record_types import BASIC_TYPES
from rentaxis_pipelines.rentaxis.contract import IntegrationSettings
from rentaxis_pipelines.web.desk.sync import offered_by
from rentaxis_pipelines_tests.web.desk.conftest import HOME, Office, words

START = {"mark": "a form", "days": "last_month", "type": list(BASIC_TYPES), "do": "sync"}


def started(office: Office, **fields: object) -> requests.Response:
    """The form as it stands when the page is opened, with these changes."""
    page = office.get("/sync").text
    sent = {
        "mark": re.findall(r'name="mark" value="([^"]+)"', page)[0],
        "days": re.findall(r'name="days"[^>]* value="(\w+)" checked', page)[0],
        "type": re.findall(r'name="type" value="(\w+)" checked', page),
        "do": "sync",
    }
    return office.post("/sync", **(sent | fields))


def ticked(text: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}"[^>]* value="(\w+)" checked', text)


def test_last_month_of_all_that_is_enabled_is_what_the_open_page_starts(office: Office):
    """Nothing typed and nothing chosen: one click on Start sync launches October, in the person's name, and leads to the run."""
    answer = started(office)
    run = office.launched()
    assert answer.headers["location"] == f"{HOME}/runs/{run.run_id}"
    assert (
        run.tags["dagster/asset_partition_range_start"],
        run.tags["dagster/asset_partition_range_end"],
    ) == (
        "2026-10-01",
        "2026-10-31",
    )
    assert run.job_name == "bulk_sync__demo"
    assert run.tags["requested_by"] == "ann"
    assert run.asset_selection is None  # all, also one that is switched on before the run begins
    assert "force" not in run.tags
    assert "preview" not in run.tags
    assert "Sync of October 2026" in words(office.follow(answer))


def test_only_chosen_types_are_pushed_and_force_and_preview_are_what_was_asked(office: Office):
    """Invoices of a week, forced, to be looked at first."""
    answer = started(
        office,
        type=["invoices"],
        days="own",
        first_day="2026-09-07",
        last_day="2026-09-13",
        force="yes",
        do="preview",
    )
    run = office.launched()
    assert answer.headers["location"].endswith(run.run_id)
    assert {(key.path[1], key.path[-1]) for key in run.asset_selection or ()} >= {("sync", "invoices")}
    assert not {("sync", "payments"), ("sync", "expenses")} & {
        (key.path[1], key.path[-1]) for key in run.asset_selection or ()
    }
    assert (run.tags["force"], run.tags["preview"]) == ("yes", "yes")
    assert run.tags["dagster/asset_partition_range_end"] == "2026-09-13"
    assert "Preview of Sep 7 to Sep 13, 2026" in words(office.follow(answer))


def test_a_button_that_is_clicked_twice_starts_one_run_and_says_so(office: Office):
    first, second = (office.post("/sync", form_on="/sync", **START | {"mark": "twice"}) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert "started already" not in words(office.follow(first))
    assert "This was started already; nothing was started twice." in words(office.follow(second))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"days": "own", "first_day": "2026-10-31", "last_day": "2026-10-01"}, "is before the first day"),
        ({"days": "own", "first_day": "2026-02-30", "last_day": "2026-10-01"}, "is not a date"),
        ({"days": "own", "first_day": "2020-01-01", "last_day": "2026-10-01"}, "the first day that can be synced"),
        ({"days": "own", "first_day": "", "last_day": ""}, "Enter the first and the last day."),
        ({"type": []}, "Tick at least one kind of record."),
        ({"mark": ""}, "This form has expired."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_a_sentence_on_the_page_and_nothing_typed_is_lost(
    office: Office, changes, sentence
):
    """Days, types and force stand as they were sent, and no run was launched."""
    before = office.instance.get_runs_count()
    sent = {**START, "type": ["invoices", "payments"], "force": "yes", **changes}
    answer = office.post("/sync", **sent)
    assert answer.status_code == 400
    assert sentence in words(answer)
    assert (
        ticked(answer.text, "type") == sent["type"]
        or re.findall(r'name="type" value="(\w+)" checked', answer.text) == sent["type"]
    )
    assert re.findall(r'name="days"[^>]*value="(\w+)" checked', answer.text) == [sent["days"]]
    assert 'name="force" value="yes" checked' in answer.text
    for field in ("first_day", "last_day"):
        assert f'name="{field}" value="{sent.get(field, "")}"' in answer.text
    assert office.instance.get_runs_count() == before


def test_rentaxis_away_offers_all_and_says_so_and_a_start_is_refused_in_place(office: Office, monkeypatch):
    """What was typed is still there once RentAxis answers again."""
    monkeypatch.setenv("RENTAXIS_DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/none")
    page = office.get("/sync")
    assert page.status_code == 200
    assert "RentAxis does not answer" in words(page)
    assert re.findall(r'name="type" value="(\w+)" checked', page.text) == list(BASIC_TYPES)
    answer = office.post("/sync", **START | {"force": "yes"})
    assert answer.status_code == 503
    assert 'name="force" value="yes" checked' in answer.text
    assert "secret" not in answer.text


def test_only_the_types_that_rentaxis_has_switched_on_are_offered():
    """As the organization chose them there, in the order they are pushed; and what else a person should know first."""

    def settings(types: list[str] | None, direction: str | None = "both") -> IntegrationSettings:
        return IntegrationSettings(
            realm_id="1", sync_direction=direction, enabled_types=types, organization_name="Elm Homes", currency="USD",
            timezone="America/New_York",
        )  # fmt: skip

    assert offered_by(settings(["payments", "customers"])) == (("customers", "payments"), "")
    assert "is not connected to QuickBooks yet" in offered_by(settings(None, None)).note
    assert "no kind of record of Elm Homes is switched on" in offered_by(settings([])).note
    assert "would push nothing" in offered_by(settings(["invoices"], "from_quickbooks")).note


def test_whoever_may_only_look_is_told_so_and_starts_nothing(office: Office):
    before = office.instance.get_runs_count()
    page = office.get("/sync", "vera")
    assert "Start sync" not in words(page)
    refused = office.post("/sync", "vera", **START)
    assert refused.status_code == 403
    assert "vera is signed in as viewer and may not start a sync" in words(refused)
    assert office.instance.get_runs_count() == before
