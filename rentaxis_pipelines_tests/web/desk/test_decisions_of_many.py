"""One action for a whole cause: said first, done on a second click, not on what changed in between; and the list of decisions."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import pytest
import requests
import sqlalchemy as sa

from rentaxis_pipelines.ledger import decisions, open_records
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines_tests.support.open_rows import DAY, leave_open, register, row
from rentaxis_pipelines_tests.web.desk.conftest import Office, words


@contextmanager
def ledger(office: Office) -> Iterator[tuple[sa.Connection, str]]:
    environment = office.chain.environment
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        yield connection, environment.quickbooks_realm_id
        connection.commit()


@pytest.fixture
def many(office: Office) -> Office:
    """Sixty invoices of one cause on six days with a gap between them, and a class that comes along."""
    with ledger(office) as (connection, realm):
        register(connection, realm, office.chain.environment.rentaxis_organization_id)
        rows = [
            row(
                number,
                f"{number}.00",
                day=DAY + dt.timedelta(days=number % 6 + (10 if number % 6 > 2 else 0)),
            )
            for number in range(1, 61)
        ]
        along = row(
            1, "0", record_type="classes", source_type="property_class", source_label="Class Elm Street"
        )
        leave_open(connection, realm, *rows, along)
    return office


def cause_of(office: Office) -> str:
    with ledger(office) as (connection, realm):
        return open_records.causes(connection, realm)[0].cause


def fields_of(answer: requests.Response) -> dict[str, str]:
    """What the page's form sends besides what a person types."""
    (form,) = [each for each in re.findall(r"(?s)<form.*?</form>", answer.text) if 'method="post"' in each]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found if name != "form_token"}


def test_excluding_a_cause_is_said_first_done_by_one_click_and_undone_by_one(many: Office) -> None:
    """How many, how much, examples, and which not and why."""
    path = f"/attention/{cause_of(many)}/exclude"
    asked = many.get(path, "oscar")
    said = words(asked)
    assert "This leaves 60 records, 1,830.00 out of the sync" in said
    assert "Invoice INV-0060, 60.00" in said and "INV-0055" not in said
    assert "1 of type property class: these come with the records that need them" in said
    empty = many.post(path, "oscar", **fields_of(asked), why="")
    assert empty.status_code == 400 and "Say why" in words(empty)
    done = many.post(path, "oscar", **fields_of(asked), why="entered by hand")
    assert "60 records are excluded from the sync from now on." in words(many.follow(done, "oscar"))
    twice = many.post(path, "oscar", form_on="/decisions", **fields_of(asked), why="entered by hand")
    assert "now it is 0 records and 0.00" in words(twice)
    with ledger(many) as (connection, realm):
        assert open_records.total(connection, realm).rows == 1
        made = decisions.history(connection, realm)
    assert {(each.kind, each.who, each.why) for each in made} == {("exclude", "oscar", "entered by hand")}
    assert len(made) == 60
    listed = many.get("/decisions", "oscar")
    assert words(listed).count("Excluded 60 records together") == 1
    (undo,) = re.findall(r'action="/desk/demo(/decisions/\d+/undo)"', listed.text)
    back = words(many.follow(many.post(undo, "oscar", form_on="/decisions"), "oscar"))
    assert "60 records are included again." in back and "Included 60 records together" in back
    twice = many.post(undo, "oscar", form_on="/decisions")
    assert "These records are included again already." in words(twice)
    with ledger(many) as (connection, realm):
        assert open_records.total(connection, realm).rows == 61
        keys = [("invoice", str(number)) for number in range(1, 61)]
        states = decisions.amount_to(decisions.about(connection, realm, keys))
    assert all(state.excluded is None for state in states.values())


def test_what_changed_between_the_two_clicks_is_told_not_taken_along(many: Office) -> None:
    """The page comes again with what it would do now, and with the reason typed."""
    path = f"/attention/{cause_of(many)}/exclude"
    fields = fields_of(many.get(path, "oscar"))
    with ledger(many) as (connection, realm):
        leave_open(connection, realm, row(99, "9.00"), run_id="later")
    late = many.post(path, "oscar", **fields, why="entered by hand")
    said = words(late)
    assert (
        "The group has changed since you looked: it was 60 records and 1,830.00, now it is 61 records and 1,839.00."
        in said
    )
    assert 'value="entered by hand"' in late.text and "Exclude 61 records" in said
    for nonsense in ({"rows": "x"}, {"newest": "2026-11-02"}, {"amount": "NaN?"}):
        assert many.post(path, "oscar", **{**fields, **nonsense}, why="x").status_code == 400
    with ledger(many) as (connection, realm):
        assert decisions.history(connection, realm) == []


def test_while_a_sync_runs_excluding_a_cause_waits_for_its_end(many: Office) -> None:
    """As a run of its own, for what was open when the person looked."""
    cause = cause_of(many)
    environment = many.chain.environment
    fields = fields_of(many.get(f"/attention/{cause}/exclude", "oscar"))
    with realm_lock(
        environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id, wait_seconds=1
    ):
        answer = many.post(f"/attention/{cause}/exclude", "oscar", **fields, why="by hand")
    assert "Your decision is waiting and is made as soon as it ends." in words(many.follow(answer, "oscar"))
    run = many.launched()
    form = run.run_config["ops"]["decision"]["config"]["exclude_group"]
    assert run.job_name == "decide__demo"
    assert (form["cause"], form["until"], form["who"], form["why"]) == (
        cause,
        fields["newest"],
        "oscar",
        "by hand",
    )


def test_retrying_a_cause_syncs_its_days_and_not_those_between(many: Office) -> None:
    path = f"/attention/{cause_of(many)}/retry"
    asked = many.get(path, "oscar")
    said = words(asked)
    assert "This syncs 6 days on which 60 of these records lie" in said
    assert "Invoices: Oct 5 to Oct 7, 2026" in said and "Invoices: Oct 18 to Oct 20, 2026" in said
    assert (
        "1 record: no range of days includes their date, or they go with the records that need them" in said
    )
    changed = many.post(path, "oscar", **{**fields_of(asked), "rows": "7"})
    assert changed.status_code == 400 and "The group has changed since you looked" in words(changed)
    answer = many.post(path, "oscar", **fields_of(asked))
    run = many.launched()
    assert answer.headers["location"] == f"/desk/demo/runs/{run.run_id}"
    twice = many.post(path, "oscar", **fields_of(asked))
    assert "These days are being synced already." in words(many.follow(twice, "oscar"))
    assert many.launched().run_id == run.run_id
    ranges = run.run_config["ops"]["push_days_apart"]["config"]["ranges"]
    assert ranges == [
        {"first_day": "2026-10-05", "last_day": "2026-10-07", "record_types": ["invoices"]},
        {"first_day": "2026-10-18", "last_day": "2026-10-20", "record_types": ["invoices"]},
    ]


def test_each_decision_is_listed_with_who_when_what_and_why(many: Office) -> None:
    """Newest first, by label, its undo beside it; a decision of another company is not found."""
    for number, who in (("1", "oscar"), ("2", "ann")):
        fields = {
            "kind": "exclude",
            "source_type": "invoice",
            "source_id": number,
            "back": "attention",
            "seen": "0",
        }
        assert (
            many.post("/decide", who, form_on="/attention", **fields, why=f"why <{number}>").status_code
            == 303
        )
    listed = many.get("/decisions")
    said = words(listed)
    assert said.index("ann Excluded Invoice INV-0002 from the sync why <2>") < said.index(
        "oscar Excluded Invoice INV-0001"
    )
    assert "Nov 3, 2026, 12:00 PM" in said
    assert "why &lt;2&gt;" in listed.text
    undo = re.findall(r'action="/desk/demo(/decisions/\d+/undo)"', listed.text)
    assert len(undo) == 2
    back = words(many.follow(many.post(undo[1], "oscar", form_on="/decisions"), "oscar"))
    assert "Invoice INV-0001 is included in the sync again." in back and "Undone: why <1>" in back
    assert many.post("/decisions/999/undo", "oscar", form_on="/decisions").status_code == 400
