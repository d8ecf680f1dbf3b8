"""A stored plan at the desk: looked at, chosen from, approved once by one person."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import dagster as dg
import pytest
import requests

from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines_tests.web.desk.conftest import HOME, Office, words

OCTOBER = {"first_day": dt.date(2026, 10, 1), "last_day": dt.date(2026, 10, 31)}
MADE = dt.datetime(2026, 11, 3, 12, tzinfo=dt.UTC)


def ledger(office: Office, statement: str, **values: object) -> list[tuple]:
    """Look into the ledger, or change it behind everybody's back."""
    with connect(office.chain.environment.pipelines_database_url.get_secret_value()) as connection:
        done = execute(connection, statement, **values)
        rows = [tuple(row) for row in done] if done.returns_rows else []
        connection.commit()
    return rows


def preview(office: Office, *types: str, **options) -> str:
    """A plan of October, made this morning by the clock of the desk."""
    plan = office.chain.preview(*types, **{**OCTOBER, **options})
    ledger(office, "update ledger.previews set created_at = :at where preview_id = :plan", at=MADE, plan=plan)
    return plan


def records(answer) -> list[str]:
    """The records of the page's list, in order."""
    table = answer.text.partition("Records of the plan")[2].partition("</table>")[0]
    return [unescape(found) for found in re.findall(r'<tr>.*?<th scope="row">(.*?)</th>', table, re.DOTALL)]


def boxes(answer) -> dict[str, str]:
    """The place of each record that can be ticked, by its name."""
    found = re.findall(r'value="(\d+)" aria-label="Push ([^"]*)"', answer.text)
    return {unescape(record): place for place, record in found}


def sent(answer) -> dict[str, str]:
    """What the approving button is sent with."""
    return dict(re.findall(r'name="(records|money)" value="([^"]*)"', answer.text))


def form_of(answer, *, without: tuple[str, ...] = ()) -> dict:
    """The form as a browser sends it when these records are unticked."""
    ticks = boxes(answer)
    checked = set(re.findall(r'value="(\d+)" aria-label="Push [^"]*" checked', answer.text))
    pushed = [place for record, place in ticks.items() if record not in without and place in checked]
    return {"shown": list(ticks.values()), "push": pushed, **sent(answer)}


def config_of(run: dg.DagsterRun) -> Any:
    """What the form of push_approved was filled in with."""
    config: Any = run.run_config
    return config["ops"]["push_the_plan"]["config"]


class Opened:
    """A page that a person has open while others act."""

    def __init__(self, office: Office, path: str, who: str = "ann") -> None:
        self._url = office.url + HOME
        self._browser = requests.Session()
        self._browser.headers["x-forwarded-email"] = who
        self._token = re.findall(
            r'name="form_token" value="(\w+)"', self._browser.get(self._url + path).text
        )[0]

    def send(self, path: str, **fields: object) -> requests.Response:
        """A form of the page, sent now."""
        return self._browser.post(
            self._url + path, {"form_token": self._token, **fields}, timeout=60, allow_redirects=False
        )


def every_page(office: Office, plan: str, who: str, **query: str) -> list[str]:
    """All records of the list, page after page, by the links a person without the right to choose follows."""
    answer, found = office.get(f"/plans/{plan}", who, **query), []
    while True:
        found += records(answer)
        link = re.search(r'rel="next" href="[^"]*/plans/[^"?]*\?([^"#]*)', answer.text)
        if link is None:
            return found
        pairs = dict(pair.split("=", 1) for pair in unescape(link[1]).split("&"))
        answer = office.get(f"/plans/{plan}", who, **pairs)


def test_a_plan_is_read_from_its_sums_down_to_the_fields_of_each_record(office: Office):
    """Sums by type, net change by account and month with equal totals, what to look at first, and every row once over all pages."""
    plan = preview(office)
    shown = office.get(f"/plans/{plan}", "vera")
    assert shown.status_code == 200
    page = words(shown)
    assert "Sync October 2026" in page
    assert "Nobody has approved it yet" in page
    totals = re.search(r"Total of October 2026 ([\d,.]+) ([\d,.]+)", page)
    assert totals is not None and totals[1] == totals[2]
    (counted, *_) = ledger(
        office,
        "select count(*), count(*) filter (where doing <> 'not sent') from ledger.plan_lines where preview_id = :plan",
        plan=plan,
    )
    (there, *_) = ledger(
        office,
        """select count(*), count(*) filter (where r.status is null) from ledger.planned_rows r
           join ledger.plans p using (plan_id) where p.run_id = :plan""",
        plan=plan,
    )
    assert counted == there
    every = every_page(office, plan, "vera")
    assert len(every) == there[0] > 100, "more than two pages"
    invoices = words(office.get(f"/plans/{plan}", "vera", type="invoices", doing="create", look=""))
    assert "customer: new customer" in invoices or "customer: " in invoices
    listed = words(office.get("/plans", "vera"))
    assert "Sync October 2026 to approve" in listed
    assert f"{there[1]:,} of {there[0]:,}" in listed


def test_the_list_of_rows_is_filtered_in_the_database(office: Office):
    """By type, by what is done, by why to look first, by part of the number; back to the first page from the second."""
    plan = preview(office)
    first = office.get(f"/plans/{plan}", "vera")
    expected = {
        name: [row[0] for row in ledger(office, f"""select r.source_label from ledger.plan_lines l
            join ledger.planned_rows r using (plan_id, position) where l.preview_id = :plan and {where} order by l.place""", plan=plan)]
        for name, where in {
            "type": "l.record_type = 'payments'",
            "doing": "l.doing = 'not sent'",
            "look": "l.look = 'failed'",
            "both": "l.record_type = 'invoices' and l.look = 'waiting'",
            "text": "r.source_label like '%INV-0003%'",
        }.items()
    }  # fmt: skip
    asked = {
        "type": {"type": "payments"},
        "doing": {"doing": "not sent"},
        "look": {"look": "failed"},
        "both": {"type": "invoices", "look": "waiting"},
        "text": {"text": "inv-0003"},
    }
    for name, query in asked.items():
        assert every_page(office, plan, "vera", **query) == expected[name], name
        assert expected[name], f"the portfolio has such rows: {name}"
    assert "No record is like that" in words(office.get(f"/plans/{plan}", "vera", text="<none>"))
    last_place = int(re.findall(r"after=(\d+)", first.text)[0])
    second = office.get(f"/plans/{plan}", "vera", after=last_place)
    begin = int(re.findall(r"before=(\d+)", second.text)[0])
    assert records(office.get(f"/plans/{plan}", "vera", before=begin)) == records(first)


def test_what_is_unticked_is_left_out_by_the_approval_whatever_page_it_stands_on(office: Office):
    """Without JavaScript: the ticks of a page are kept when a person turns it; the button says what goes; the run is given names that are ids."""
    plan = preview(office)
    address = f"/plans/{plan}"
    query = {"doing": "create", "type": "invoices"}
    first = office.get(address, **query)
    one = next(iter(boxes(first)))
    before = sent(first)
    turned = office.post(address, **query, turn="after 10000000", **form_of(first, without=(one,)))
    assert turned.status_code == 303
    second = office.get(address, type="expenses", doing="create")
    two = next(iter(boxes(second)))
    assert int(sent(second)["records"]) == int(before["records"]) - 1
    office.post(address, **form_of(second, without=(two,)), leave_out="payments")
    read = office.get(address)
    said = words(read)
    assert "left out" in said and "chosen by ann, Nov 3, 2026, 12:00 PM" in said
    payments = ledger(
        office,
        "select count(*) from ledger.plan_lines where preview_id = :plan and record_type = 'payments' and doing <> 'not sent'",
        plan=plan,
    )[0][0]
    assert int(sent(read)["records"]) == int(before["records"]) - 2 - payments
    button = f"Approve and push {int(sent(read)['records']):,} records"
    assert button in said
    answer = office.post(f"{address}/approve", form_on=address, **form_of(read))
    run = office.launched()
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/desk/demo/runs/{run.run_id}"
    assert run.job_name == "push_approved__demo"
    assert run.tags["requested_by"] == "ann"
    form = config_of(run)
    assert form["plan"] == plan
    ledger(office, "update ledger.previews set created_at = now() where preview_id = :plan", plan=plan)
    results = office.chain.approve(plan, without=tuple(form["without"].split(",")))
    went = {row.source_label for row in results.values() if row.status in ("created", "updated")}
    left = {row.source_label for row in results.values() if row.reason_code == "not_approved"}
    waits = {row.source_label for row in results.values() if row.reason_code == "waiting_for_parent"}
    planned = ledger(
        office,
        """select r.source_label, r.record_type = 'payments' from ledger.planned_rows r join ledger.plans p using (plan_id)
           where p.run_id = :plan and r.status is null""",
        plan=plan,
    )
    assert left >= {one, two, *(label for label, is_payment in planned if is_payment)}
    # What hangs on a record that was left out may wait; everything else went.
    assert {label for label, _ in planned} - left - waits == went
    done = words(office.get(address))
    assert "a test approved it on" in done
    assert "It was pushed by" in done
    assert "Approve and push" not in done


def test_the_approval_is_of_the_records_and_the_money_that_the_page_said(office: Office):
    """Boxes unticked right before the button is pressed, or by somebody else meanwhile: the new count is shown first, nothing is launched."""
    plan = preview(office, "customers", "invoices")
    address = f"/plans/{plan}"
    shown = office.get(address, doing="create")
    runs = office.instance.get_runs_count()
    one = next(iter(boxes(shown)))
    answer = office.post(
        f"{address}/approve", form_on=address, doing="create", **form_of(shown, without=(one,))
    )
    after = words(office.follow(answer))
    assert "What is left out has changed" in after
    assert f"{int(sent(shown)['records']) - 1:,} records" in after
    assert office.instance.get_runs_count() == runs
    everything = {"leave_out": "invoices"}
    office.post(address, **everything)
    office.post(address, leave_out="customers")
    nothing = office.get(address)
    assert "Approve and push" not in words(nothing)
    answer = office.post(f"{address}/approve", form_on=address, **sent(nothing))
    assert answer.status_code == 400
    assert "Nothing is left to push" in words(answer)
    office.post(address, take_in="invoices")
    back = office.get(address, doing="create", type="invoices")
    assert one in boxes(back), "a type that is taken in again is whole"
    assert office.instance.get_runs_count() == runs


def test_a_second_person_is_told_who_approved_it_and_launches_nothing(office: Office):
    """Both had the page open; a second click of the same person is the same."""
    plan = preview(office, "customers")
    address = f"/plans/{plan}"
    second = Opened(office, address)
    shown = office.get(address)
    office.post(f"{address}/approve", form_on=address, **form_of(shown))
    run, runs = office.launched(), office.instance.get_runs_count()
    said = words(office.follow(second.send(f"{address}/approve", **form_of(shown))))
    assert "ann approved it on Nov 3, 2026, 12:00 PM. It is pushed as soon as its turn comes." in said
    assert office.instance.get_runs_count() == runs
    assert f"/runs/{run.run_id}" in office.get(address).text
    choosing = second.send(address, **form_of(shown, without=(next(iter(boxes(shown))),)))
    assert choosing.status_code == 400
    assert "too late to choose" in words(choosing)
    # The run was canceled before its turn: the plan can be approved once more.
    office.instance.report_run_canceled(run)
    again = words(office.get(address))
    assert "but it was not pushed" in again
    assert "Approve and push" in again


def test_of_two_who_approve_at_the_same_moment_one_does(office: Office):
    """Both forms are under way at once: one run is launched, the other person is told whose it is."""
    plan = preview(office, "customers")
    address = f"/plans/{plan}"
    form, runs = form_of(office.get(address)), office.instance.get_runs_count()
    browsers = [Opened(office, address) for _ in range(4)]
    with ThreadPoolExecutor(len(browsers)) as pool:
        answers = list(pool.map(lambda browser: browser.send(f"{address}/approve", **form), browsers))
    assert [answer.status_code for answer in answers] == [303] * len(browsers)
    assert office.instance.get_runs_count() == runs + 1
    led = [answer.headers["location"].split("/")[-2] for answer in answers]
    assert sorted(led) == ["plans"] * 3 + ["runs"]


def test_a_plan_that_cannot_be_approved_says_why_and_has_no_button(office: Office):
    """Superseded, too old, interrupted while it was made, pushed; a push that died can be finished as it was approved."""
    older = preview(office, "customers")
    opened = Opened(office, f"/plans/{older}")
    newer = preview(office, "customers")
    said = office.get(f"/plans/{older}")
    assert "A newer preview of the same took its place" in words(said)
    assert f"/plans/{newer}" in said.text
    kept = office.clock.at
    office.clock.at = (MADE + dt.timedelta(days=15)).timestamp()
    assert "made more than 14 days ago" in words(office.get(f"/plans/{newer}"))
    office.clock.at = kept
    ledger(office, "update ledger.plans set finished_at = null where run_id = :plan", plan=newer)
    assert "It was never finished" in words(office.get(f"/plans/{newer}"))
    runs = office.instance.get_runs_count()
    for plan in (older, newer):
        assert "Approve and push" not in words(office.get(f"/plans/{plan}"))
        answer = opened.send(f"/plans/{plan}/approve", records="1", money="0.00")
        assert "Nothing more was sent" in words(office.follow(answer))
    assert office.instance.get_runs_count() == runs
    third = preview(office, "invoices")
    ledger(
        office,
        """update ledger.previews set state = 'pushing', approved_by = 'Dana Reyes', approved_at = :at, pushed_by_run = 'gone',
             without_rows = '{customers}' where preview_id = :plan""",
        plan=third,
        at=MADE,
    )
    page = words(office.get(f"/plans/{third}"))
    assert "Dana Reyes approved it on Nov 3, 2026, 7:00 AM. Its push was interrupted" in page
    second = Opened(office, f"/plans/{third}")
    office.post(f"/plans/{third}/finish", form_on=f"/plans/{third}")
    run = office.launched()
    assert config_of(run) == {"plan": third, "without": ""}
    count = office.instance.get_runs_count()
    assert "ann started to finish it on Nov 3, 2026, 12:00 PM" in words(
        office.follow(second.send(f"/plans/{third}/finish"))
    )
    assert office.instance.get_runs_count() == count, "the second click finds it started"


@pytest.mark.parametrize("who", ["vera", "oscar"])
def test_only_an_approver_chooses_and_approves(who: str, office: Office):
    """Everybody may read the plan; the page offers nothing, and a form that is sent all the same is refused."""
    plan = preview(office, "customers")
    page = office.get(f"/plans/{plan}", who)
    assert not boxes(page)
    assert "Approve and push" not in words(page)
    for action in ("", "/approve", "/finish"):
        answer = office.post(f"/plans/{plan}{action}", who, form_on=f"/plans/{plan}")
        assert answer.status_code == 403
        assert "may not" in words(answer)
    assert office.get("/plans/none", who).status_code == 404
