"""Policies, automation and notices: each setting with its explanation, saved with who and why, refused in place."""

import datetime as dt
import os
import re
from html import unescape
from pathlib import Path

import pytest
import requests
from dagster._core.scheduler.instigation import InstigatorStatus

from rentaxis_pipelines.ledger.automation_switches import newest
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.settings import Company, Email, Notice, load_company
from rentaxis_pipelines.web.desk.forms import Form
from rentaxis_pipelines.web.desk.setup.notices import email_changes
from rentaxis_pipelines_tests.notices.listeners import smtp_server
from rentaxis_pipelines_tests.web.desk.conftest import Office, words

SENSOR_STATE = """query State($selector: SensorSelector!) {
  sensorOrError(sensorSelector: $selector) { ... on Sensor { sensorState { id } } } }"""
STOP_SENSOR = "mutation Stop($id: String!) { stopSensor(id: $id) { __typename } }"
START_SENSOR = (
    "mutation Start($selector: SensorSelector!) { startSensor(sensorSelector: $selector) { __typename } }"
)
PAGES = ("", "/connection", "/mappings", "/policies", "/automation", "/notices", "/versions")


@pytest.fixture
def file(office: Office) -> Path:
    """The company file of the office, which a test may change."""
    return Path(os.environ["RENTAXIS_COMPANY_FILE"])


def fields_of(answer: requests.Response, action: str) -> dict[str, str]:
    """The form that is sent to that address as a browser would send it with nothing changed."""
    form = next(each for each in answer.text.split("<form ") if f'action="/desk/demo{action}"' in each)
    form = form.split("</form>")[0]
    values: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value"))
        checkable = 'type="radio"' in tag or 'type="checkbox"' in tag
        if name and " disabled" not in tag and (not checkable or " checked" in tag):
            values[unescape(name[1])] = unescape(value[1]) if value else ""
    values.pop("form_token", None)
    return values


def saved(office: Office, path: str, **changed: str) -> requests.Response:
    """The page's form sent with these fields changed."""
    fields = fields_of(office.get(path), path)
    return office.post(path, **{**fields, "why": "As agreed", **changed})


def test_a_policy_is_chosen_by_what_it_does(office: Office, file: Path) -> None:
    """A choice, a limit taken away, an amount as people write it; nothing else changes in the file."""
    assert "it is recorded on the first open day" in words(office.get("/setup/policies"))
    answer = saved(
        office,
        "/setup/policies",
        **{
            "to/policies.closed_period": "redate",
            "to/policies.guard.voids": "",
            "to/policies.guard.first_money": "2,500,000.50",
        },
    )
    assert "Saved. It counts from the next run on." in words(office.follow(answer))
    policies = load_company(file).policies
    assert (policies.closed_period, policies.guard.voids) == ("redate", None)
    assert str(policies.guard.first_money) == "2500000.50"
    assert "The settings say this already" in words(saved(office, "/setup/policies"))


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("policies.preview_days", "400", "Days a plan can be approved: expected 366 or less, got 400."),
        ("policies.preview_days", "", "Days a plan can be approved: this cannot be left empty."),
        ("policies.guard.rows", "many", "Most records: 'many' is no whole number, such as 25."),
        ("policies.guard.money", "1.234", "Largest amount: '1.234' is no amount, such as 250,000.00."),
        ("policies.deleted", "burn", "Records deleted in RentAxis: expected one of void or report"),
        ("go_live", "2026-02-30", "Records before this day are skipped: '2026-02-30' is no date"),
    ],
)
def test_what_cannot_be_is_refused_in_place(
    office: Office, file: Path, field: str, typed: str, sentence: str
) -> None:
    """With what was typed still there, and nothing written."""
    before = file.read_text()
    refused = saved(office, "/setup/policies", **{f"to/{field}": typed})
    assert refused.status_code == 400
    assert sentence in words(refused)
    assert str(file) not in refused.text
    assert 'value="As agreed"' in refused.text
    if typed and field != "policies.deleted":
        assert f'name="to/{field}" value="{typed}"' in refused.text
    assert file.read_text() == before


def test_a_reason_is_asked_for(office: Office, file: Path) -> None:
    refused = saved(office, "/setup/policies", **{"to/policies.deleted": "report", "why": " "})
    assert "Say in a few words why" in words(refused)
    assert load_company(file).policies.deleted == "void"


def test_of_two_people_on_one_page_the_second_is_told_and_takes_nothing_back(
    office: Office, file: Path
) -> None:
    """What the second typed is still there; saved once more, it leaves the first one's change alone."""
    fields = fields_of(office.get("/setup/policies"), "/setup/policies")
    first = {**fields, "to/policies.deleted": "report", "why": "Ann's"}
    second = {**fields, "to/policies.closed_period": "redate", "why": "Later"}
    office.follow(office.post("/setup/policies", **first))
    refused = office.post("/setup/policies", **second)
    assert "ann changed the settings (Ann's) while this page was open" in words(refused)
    again = fields_of(refused, "/setup/policies")
    assert again["to/policies.closed_period"] == "redate"
    assert again["to/policies.deleted"] == "report"
    office.follow(office.post("/setup/policies", **again))
    policies = load_company(file).policies
    assert (policies.deleted, policies.closed_period) == ("report", "redate")


def switched(office: Office) -> dict[str, bool]:
    """What the sensors' switches say in the ledger."""
    with connect(office.chain.environment.pipelines_database_url.get_secret_value()) as connection:
        kept = newest(connection, office.chain.environment.quickbooks_realm_id)
    assert {switch.who for switch in kept.values()} <= {"ann"}
    return {name: switch.running for name, switch in kept.items()}


def test_the_night_is_switched_in_dagster_the_sensors_for_this_company_and_the_hour_in_the_file(
    office: Office, file: Path
) -> None:
    """The sensors themselves run for all companies; who switched what, and why, is kept."""
    shown = office.get("/setup/automation")
    assert "Nightly sync (off)" in words(shown)
    assert "Missed nights (off)" in words(shown)
    done = office.follow(saved(office, "/setup/automation", **{"on/nightly": "yes"}))
    assert "Switched: Nightly sync on." in words(done)
    assert "Nightly sync (on)" in words(done)
    running = [
        state.instigator_name
        for state in office.instance.all_instigator_state()
        if state.status is InstigatorStatus.RUNNING
    ]
    assert running == ["nightly__demo"]
    assert switched(office) == {}
    assert "ann: As agreed (Nightly sync on)" in words(office.get("/setup/versions"))
    every = {f"on/{name}": "yes" for name in ("missed_nights", "fixed_records", "edited_records")}
    office.follow(saved(office, "/setup/automation", **every))
    assert load_company(file).automation.switched_on
    assert switched(office) == {"missed_nights": True, "fixed_records": True, "edited_records": True}
    fields = fields_of(office.get("/setup/automation"), "/setup/automation")
    off = {name: value for name, value in fields.items() if not name.startswith("on/")}
    done = office.follow(
        office.post("/setup/automation", **{**off, "why": "Moved", "to/automation.nightly_at": "04:15"})
    )
    assert "Nightly sync (off)" in words(done)
    assert "Missed nights (off)" in words(done)
    assert set(switched(office).values()) == {False}
    assert "It counts " in words(done)
    automation = load_company(file).automation
    assert (automation.switched_on, automation.nightly_at) == (False, "04:15")
    refused = saved(office, "/setup/automation", **{"to/automation.nightly_at": "25:00"})
    assert "Time of the nightly sync: expected a time of day" in words(refused)


def test_a_sensor_that_is_stopped_for_all_companies_is_said_to_be(office: Office) -> None:
    """By whoever runs Dagster, on its own page; the company's own switch stays as it is."""
    place = {"repositoryLocationName": "rentaxis_pipelines", "repositoryName": "__repository__"}
    selector = {"selector": {**place, "sensorName": "fixed_records"}}
    assert "works for no company" not in words(office.get("/setup/automation"))
    state = office.graphql(SENSOR_STATE, selector)["sensorOrError"]["sensorState"]
    office.graphql(STOP_SENSOR, {"id": state["id"]})
    try:
        shown = words(office.get("/setup/automation"))
    finally:
        office.graphql(START_SENSOR, selector)
    assert shown.count("works for no company: whoever runs the sync has switched it off for all") == 1
    assert "works for no company" not in words(office.get("/setup/automation"))
    assert switched(office) == {}


def test_notices_are_tried_before_they_are_needed(office: Office, file: Path) -> None:
    """Who is told is written to the file; a password never is; the test arrives."""
    assert "nobody to send it to" in words(office.post("/setup/notices/test", form_on="/setup/notices"))
    with smtp_server() as mailbox:
        answer = saved(
            office,
            "/setup/notices",
            **{
                "to/notice.email.to": "books@example.com, ann@example.com",
                "to/notice.email.from": "sync@example.com",
                "to/notice.email.server": "127.0.0.1",
                "to/notice.email.port": str(mailbox.port),
                "to/notice.email.security": "none",
            },
        )
        assert "Saved." in words(office.follow(answer))
        email = load_company(file).notice.email
        assert email is not None
        assert email.to == ("books@example.com", "ann@example.com")
        sent = office.follow(office.post("/setup/notices/test", form_on="/setup/notices"))
        assert "The test was sent. See whether it arrived." in words(sent)
        (mail,) = mailbox.mails
        assert "ann sent this to see whether notices arrive" in mail.get_content()
    failed = office.post("/setup/notices/test", form_on="/setup/notices")
    assert "The test was not sent. The mail server 127.0.0.1" in words(failed)
    half = saved(office, "/setup/notices", **{"to/notice.email.server": ""})
    assert "Mail server: this cannot be left empty." in words(half)


def test_without_anybody_to_send_to_there_is_no_mail() -> None:
    """Whatever else of it is filled in."""
    email = Email(to=("a@example.com",), **{"from": "b@example.com"}, server="localhost")
    company = Company(time_zone="UTC", first_day=dt.date(2026, 1, 1), notice=Notice(email=email))
    empty = {
        f"{part}/notice.email.{key}": [value]
        for key, now in (("to", "a@example.com"), ("from", "b@example.com"), ("server", "localhost"))
        for part, value in (("to", ""), ("was", now))
    }
    assert email_changes(Form(empty), company) == {("notice", "email"): None}
    assert email_changes(Form({}), company) == {}
    assert email_changes(Form({}), company.model_copy(update={"notice": Notice()})) == {}


def test_where_the_file_is_not_changed_here_the_pages_say_where_it_is(
    office: Office, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be filled in, and what is sent all the same changes nothing. What runs by itself is no matter of the file."""
    monkeypatch.setenv("WEB_COMPANY_FILE", "read_only")
    before = file.read_text()
    for path in ("/policies", "/mappings", "/notices", "/automation", "/versions"):
        shown = office.get(f"/setup{path}")
        assert f"The settings are kept in the file {file}, which is under version control" in words(shown)
        assert 'name="to/policies.deleted" value="void" checked disabled' in shown.text or path != "/policies"
    change = {"to/policies.deleted": "report", "was/policies.deleted": "void", "why": "x", "seen": "x"}
    assert "under version control" in words(office.post("/setup/policies", **change))
    assert file.read_text() == before
    done = office.follow(saved(office, "/setup/automation", **{"on/nightly": "yes"}))
    assert "Nightly sync (on)" in words(done)
    off = {"was_on/nightly": "yes", "why": "Off again"}
    assert "Nightly sync (off)" in words(office.follow(office.post("/setup/automation", **off)))
    assert file.read_text() == before


@pytest.mark.parametrize("path", PAGES)
def test_no_page_shows_a_secret_or_an_id(office: Office, path: str) -> None:
    """And each has one heading of the first order, and a label for every field."""
    shown = office.get(f"/setup{path}")
    assert shown.status_code == 200
    environment = office.chain.environment
    for secret in (environment.quickbooks_client_secret, environment.pipelines_secret_key):
        assert secret.get_secret_value() not in shown.text
    assert environment.quickbooks_realm_id not in shown.text
    assert shown.text.count("<h1>") == 1
    assert "Dagster" not in words(shown).replace("Runs as the engineer sees them", "")
