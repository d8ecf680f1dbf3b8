"""What needs attention: each cause with what to do, matches with their buttons in place, what was decided since shown apart."""

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from rentaxis_pipelines.ledger import decisions, links, open_records
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines_tests.support.open_rows import ask_about, leave_open, register, row
from rentaxis_pipelines_tests.web.desk.conftest import Office, words


@contextmanager
def ledger(office: Office) -> Iterator[tuple[sa.Connection, str]]:
    environment = office.chain.environment
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        yield connection, environment.quickbooks_realm_id
        connection.commit()


@pytest.fixture
def busy(office: Office) -> Office:
    """Three invoices whose charge is not mapped, one held back, and Ada Byron, who may be one of two customers."""
    with ledger(office) as (connection, realm):
        register(connection, realm, office.chain.environment.rentaxis_organization_id)
        held = row(
            9, "5000.00", reason_code="held_back", reason="Far more than usual.",
            how_to_fix="Review it (rentaxis-sync plans abcdef12); if it is right, approve it (rentaxis-sync approve abcdef12).",
        )  # fmt: skip
        leave_open(
            connection,
            realm,
            row(1, "100.00"),
            row(2, "300.00"),
            row(3, "200.00", day=dt.date(2026, 10, 9)),
            held,
        )
        ask_about(connection, realm, 50, "Ada Byron", ("901", "Ada King"), ("902", "A. Byron"))
    return office


def form_of(answer: requests.Response, button: str, nth: int = 0) -> dict[str, str]:
    """The hidden fields of the form with that button."""
    forms = [
        each
        for each in re.findall(r"(?s)<form.*?</form>", answer.text)
        if f">{button}</button>" in unescape(each)
    ]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', forms[nth])
    return {name: unescape(value) for name, value in found if name != "form_token"}


def decide(
    office: Office, page: str, button: str, who: str = "oscar", nth: int = 0, **typed: str
) -> requests.Response:
    fields = {**form_of(office.get(page), button, nth), **typed}
    return office.post("/decide", who, form_on=page, **fields)


def history(office: Office) -> list[tuple[str, str, str, str]]:
    with ledger(office) as (connection, realm):
        made = decisions.history(connection, realm)
    return [(each.kind, each.source_id, each.who, each.why) for each in made]


def test_causes_come_with_what_to_do_matches_first_then_the_most_money(busy: Office) -> None:
    """Nothing of it is a command, a settings file, or an id."""
    page = busy.get("/attention", "oscar")
    said = words(page)
    assert page.status_code == 200
    order = ["may be the same", "written far more than usual", "set-up does not say where"]
    assert [said.index(each) for each in order] == sorted(said.index(each) for each in order)
    assert "3 records, 600.00 , oldest Oct 5, 2026" in said
    assert "What to do: Add invoice accounts, 4999 to the set-up, then retry." in said
    assert said.index("Invoice INV-0002") < said.index("Invoice INV-0003") < said.index("Invoice INV-0001")
    assert "Link to Ada King same name Not the same" in said
    assert 'href="/desk/demo/plans"' in page.text and 'href="/desk/demo/setup/mappings"' in page.text
    assert 'href="/desk/demo/records/invoice/2"' in page.text
    for private in ("rentaxis-sync", "company.yaml", "(customer", "mappings."):
        assert private not in said


def test_a_match_is_confirmed_by_the_one_button_on_the_page(busy: Office) -> None:
    """It is shown as done from then on, and its undo asks again."""
    done = busy.follow(decide(busy, "/attention", "Link to Ada King"), "oscar")
    said = words(done)
    assert "Tenant Ada Byron is customer Ada King. Records waiting for it are pushed by the next run." in said
    assert "Done, goes with the next sync" in said and "Link to" not in said
    assert history(busy) == [("confirm", "50", "oscar", "Suggested: same name")]
    with ledger(busy) as (connection, realm):
        assert links.links_of(connection, realm, "tenant", ["50"])["50"].quickbooks_id == "901"
        (decision,) = decisions.history(connection, realm)
    undone = busy.post(
        f"/decisions/{decision.decision_id}/undo", "oscar", form_on="/attention", back="attention"
    )
    said = words(busy.follow(undone, "oscar"))
    assert "The newest decision about Tenant Ada Byron is undone." in said
    assert "Link to Ada King" in said and "goes with the next sync" not in said
    again = busy.post(f"/decisions/{decision.decision_id}/undo", "oscar", form_on="/attention")
    assert "It is undone already." in words(busy.follow(again, "oscar"))


def test_a_candidate_is_turned_down_and_the_other_one_stays(busy: Office) -> None:
    """The record still waits; once none is left it goes with the next sync."""
    said = words(busy.follow(decide(busy, "/attention", "Not the same"), "oscar"))
    assert (
        "Link to Ada King" not in said
        and "Link to A. Byron" in said
        and "goes with the next sync" not in said
    )
    said = words(busy.follow(decide(busy, "/attention", "Make new"), "oscar"))
    assert "will be created as new in QuickBooks by the next run" in said
    assert "To be made new" in said
    assert [each[0] for each in history(busy)] == ["reject", "make_new"]


def test_excluding_asks_for_a_reason_and_keeps_what_was_typed(busy: Office) -> None:
    page = busy.get("/attention", "oscar")
    fields = form_of(page, "Exclude", nth=1)
    empty = busy.post("/decide", "oscar", form_on="/attention", **fields, why="  ")
    assert empty.status_code == 400
    assert "Say why, in a few words" in words(empty)
    with ledger(busy) as (connection, realm):
        seen = open_records.total(connection, realm)
    stale = busy.post(
        "/decide", "oscar", form_on="/attention", **{**fields, "kind": "relink"}, why="Typed <b>twice</b>"
    )
    assert 'value="Typed &lt;b&gt;twice&lt;/b&gt;"' in stale.text
    done = busy.post("/decide", "oscar", form_on="/attention", **fields, why="entered twice")
    said = words(busy.follow(done, "oscar"))
    assert "is excluded from the sync from now on." in said
    assert history(busy)[-1][0::3] == ("exclude", "entered twice")
    with ledger(busy) as (connection, realm):
        assert open_records.total(connection, realm).rows == seen.rows - 1


def test_two_people_on_one_row_one_wins_and_the_other_is_told(busy: Office) -> None:
    """By name, on the page, as a sentence; a second click of the same is told that it is done."""
    page = busy.get("/attention", "oscar")
    exclude, link = form_of(page, "Exclude"), form_of(page, "Link to Ada King")
    assert busy.post("/decide", "ann", form_on="/attention", **exclude, why="moved out").status_code == 303
    late = busy.post("/decide", "oscar", form_on="/attention", **link)
    assert late.status_code == 409
    assert (
        "ann excluded Tenant Ada Byron from the sync after you opened the page. Look at it again, then decide."
        in words(late)
    )
    twice = busy.post("/decide", "ann", form_on="/attention", **exclude, why="moved out")
    assert "This was decided already: ann excluded Tenant Ada Byron from the sync." in words(twice)
    assert len(history(busy)) == 1


def test_while_a_sync_runs_the_decision_is_handed_to_a_run_of_its_own(busy: Office) -> None:
    """And says so; nothing is decided yet."""
    url, realm = (
        busy.chain.environment.pipelines_database_url.get_secret_value(),
        busy.chain.environment.quickbooks_realm_id,
    )
    with realm_lock(url, realm, wait_seconds=1):
        answer = decide(busy, "/attention", "Link to Ada King")
    assert "A sync is running. Your decision is waiting and is made as soon as it ends." in words(
        busy.follow(answer, "oscar")
    )
    assert history(busy) == []
    run = busy.launched()
    form = run.run_config["ops"]["decision"]["config"]["confirm"]
    assert run.job_name == "decide__demo" and run.tags[REQUESTED_BY_TAG] == "oscar"
    assert (form["source_id"], form["quickbooks_id"], form["who"]) == ("id:50", "901", "oscar")


def test_a_record_is_retried_by_a_run_of_its_own(busy: Office) -> None:
    fields = form_of(busy.get("/attention"), "Retry now", nth=1)
    said = words(busy.follow(busy.post("/retry", "oscar", form_on="/attention", **fields), "oscar"))
    assert "Invoice INV-0009 is being pushed again." in said
    config: Any = busy.launched().run_config["ops"]["push_one_record"]["config"]
    assert config == {"record_type": "invoice", "source_id": "id:9"}
    first = busy.launched().run_id
    twice = busy.post("/retry", "oscar", form_on="/attention", **fields)
    assert "Invoice INV-0009 is being pushed already." in words(busy.follow(twice, "oscar"))
    assert busy.launched().run_id == first
    gone = busy.post("/retry", "oscar", form_on="/attention", **{**fields, "source_id": "777"})
    assert "needs no attention any more" in words(busy.follow(gone, "oscar"))


def test_the_rows_of_a_cause_are_paged_and_filtered_by_type(busy: Office) -> None:
    with ledger(busy) as (connection, realm):
        leave_open(connection, realm, *(row(100 + number, "1.00") for number in range(60)), run_id="another")
        cause = open_records.causes(connection, realm)[1].cause
    first = busy.get(f"/attention/{cause}")
    assert "63 records, 660.00" in words(first) and len(re.findall('<th scope="row">', first.text)) == 50
    second = busy.get(f"/attention/{cause}", page=2)
    assert len(re.findall('<th scope="row">', second.text)) == 13
    assert "Nothing is left of this" in words(busy.get(f"/attention/{cause}", type="payments"))
    assert "Tenant Ada Byron" not in words(busy.get("/attention", type="invoices"))
    assert "Nothing needs attention among payments." in words(busy.get("/attention", type="payments"))
    assert "Nothing is left of this" in words(busy.get("/attention/none"))


def test_a_viewer_is_shown_no_button_that_decides(busy: Office) -> None:
    """The same records, reasons and suggestions otherwise."""
    page = busy.get("/attention", "vera")
    assert "Ada King : same name" in words(page) and "Invoice INV-0002" in words(page)
    assert 'method="post"' not in page.text and "/exclude" not in page.text


@pytest.mark.parametrize(
    "path", ["/decide", "/retry", "/decisions/1/undo", "/attention/x/exclude", "/attention/x/retry"]
)
def test_a_viewer_decides_nothing(office: Office, path: str) -> None:
    answer = office.post(
        path, "vera", form_on="/attention", kind="exclude", source_type="invoice", source_id="1", why="x"
    )
    assert answer.status_code == 403
    assert "vera is signed in as viewer and may not" in words(answer)


def test_an_address_of_rentaxis_makes_links_to_its_pages(busy: Office) -> None:
    file = Path(os.environ["RENTAXIS_COMPANY_FILE"])
    setting = "rentaxis_record_url: https://app.example.com/{record_type}/{id}\n"
    file.write_text(setting + file.read_text(encoding="utf-8"), encoding="utf-8")
    page = busy.get("/attention")
    assert 'href="https://app.example.com/invoices/2"' in page.text
    assert 'href="https://app.example.com/tenants/50"' in page.text


def test_a_tenant_that_only_others_wait_for_can_be_answered_too(office: Office) -> None:
    """October's invoices wait for tenants who joined before October, and have no result of their own: they are asked about all the same."""
    office.chain.sync("invoices", first_day=dt.date(2026, 10, 1), last_day=dt.date(2026, 10, 31))
    page = office.get("/attention", "oscar")
    assert "Who is this in QuickBooks?" in words(page)
    made = decide(office, "/attention", "Link to Terrence Boyd")
    assert "is linked" in words(office.follow(made, "oscar")) or made.status_code == 303
    ((kind, _, who, _),) = history(office)
    assert (kind, who) == ("confirm", "oscar")
    assert "Link to Terrence Boyd" not in words(office.get("/attention"))
    rows = office.chain.sync("invoices", first_day=dt.date(2026, 10, 1), last_day=dt.date(2026, 10, 31))
    (billed,) = office.chain.rentaxis(
        """select i.invoice_number from invoices i join tenants t on t.id = i.billed_to_id and i.billed_to_type = 'tenant'
           where t.name = 'Terrence Boyd' and i.kind = 'rent' and i.invoice_date between '2026-10-01' and '2026-10-31'"""
    )
    assert any(
        row.status == "created" and billed["invoice_number"] in (row.source_label or "")
        for row in rows.values()
    )
