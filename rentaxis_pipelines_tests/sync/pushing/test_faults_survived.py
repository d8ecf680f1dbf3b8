"""Every fault of the list "to survive", against the emulated company: nothing doubles, nothing is lost, every row says why.

Requests ids are tried with and without effect; QuickBooks' own refusal of a number in use is off, so that it hides nothing.
"""

import time
from decimal import Decimal

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.database import LedgerLocked, LedgerUnreachable, engine
from rentaxis_pipelines.ledger.locks import must_hold, realm_lock
from rentaxis_pipelines.sync.finish import finish_plan
from rentaxis_pipelines.sync.pushing.push import PlanOutdated, push
from rentaxis_pipelines.sync.pushing.recover import recover

HTML = "<html><body>Bad Gateway</body></html>"
UNEXPECTED = {
    "Error": [
        {
            "Message": "A business validation error has occurred while processing your request",
            "Detail": "Business Validation Error: An unexpected error occurred while accessing or saving your data. Please wait",
            "code": "6000",
            "element": "",
        }
    ],
    "type": "ValidationFault",
}


# Verbatim of a live suite of 2026-08-16: both came with HTTP 200 where nothing was done.
LEAKED = {
    "Error": [
        {
            "Message": "An application error has occurred while processing your request",
            "Detail": "System Failure Error: java.lang.UnsupportedOperationException",
            "code": "10000",
            "element": "SystemFailureError",
        }
    ],
    "type": "SystemFault",
}
NOTHING = {"BatchItemResponse": []}


def numbers(company) -> list[str]:
    return sorted(one["DocNumber"] for one in company.objects("Invoice"))


def open_requests(company) -> int:
    with engine(company.url).connect() as connection:
        return connection.execute(
            sa.text("select count(*) from ledger.requests where state <> 'recorded'")
        ).scalar_one()


@pytest.mark.parametrize("requestid", ["documented", "ignored"])
@pytest.mark.parametrize(
    "fault",
    [
        {"action": "lose_answer"},
        {"action": "lose_answer", "times": 2},
        {"action": "reset"},
        {"action": "answer", "status": 500, "body": HTML},
        {"action": "answer", "status": 500, "body": HTML, "commit": True},
        {"action": "answer", "status": 502, "body": HTML},
        {"action": "answer", "status": 502, "body": HTML, "commit": True},
        {"action": "answer", "status": 429, "body": ""},
        {"action": "answer", "status": 429, "body": "", "headers": {"Retry-After": "3"}},
        {"action": "answer", "code": "3001"},
        {"action": "answer", "code": "10000"},
        {"action": "answer", "code": "3100_outage"},
        {"action": "answer", "code": "3100_outage", "commit": True},
        {"action": "answer", "code": "gateway_timeout"},
        {"action": "answer", "code": "gateway_timeout", "commit": True},
        {"action": "answer", "code": "stream_timeout"},
        {"action": "answer", "code": "stream_timeout", "commit": True},
        {"action": "answer", "status": 200, "body": {"Fault": UNEXPECTED}},
        {"action": "answer", "status": 200, "body": {"Fault": UNEXPECTED}, "commit": True},
        {"action": "answer", "status": 200, "body": {"Fault": LEAKED}},
        {"action": "answer", "status": 200, "body": NOTHING},
        {"action": "answer", "status": 200, "body": NOTHING, "commit": True},
        {"action": "drop_items", "items": [0]},
        {"action": "drop_items", "items": [0, 1, 2]},
        {"action": "reorder_items"},
        {"action": "fault_items", "items": [1], "body": UNEXPECTED},
        {"action": "fault_items", "items": [0, 2], "code": "3001"},
        {"action": "late", "seconds": 60},
    ],
    ids=lambda rule: "-".join(
        str(rule[name]) for name in ("action", "status", "code", "commit", "times") if name in rule
    ),
)
def test_a_passing_fault_on_a_batch_of_creates_neither_doubles_nor_loses_a_row(company, fault, requestid):
    """After one run every row is created, once, and no request is left open."""
    company.ask("switches", {"requestid": requestid})
    company.fault(operation="batch", **fault)
    found = company.push(*(company.invoice(str(number)) for number in range(3)))
    assert {one.status for one in found.values()} == {"created"}
    assert numbers(company) == ["N-0", "N-1", "N-2"]
    assert open_requests(company) == 0


@pytest.mark.parametrize(
    "fault", [{"action": "lose_answer"}, {"action": "answer", "status": 502, "commit": True}]
)
@pytest.mark.parametrize("requestid", ["documented", "ignored"])
def test_an_answer_lost_after_an_update_or_a_void_is_found_done(company, fault, requestid):
    """The change is carried out once; the ledger knows the object as it stands."""
    kept, gone = company.invoice("1"), company.invoice("2")
    company.push(kept, gone)
    company.ask("switches", {"requestid": requestid})
    company.fault(operation="batch", **fault)
    found = company.push(company.changed(company.invoice("1", "80.00")), company.void(gone))
    assert [found["1"].status, found["2"].status] == ["updated", "updated"]
    standing = {one["DocNumber"]: one for one in company.objects("Invoice")}
    assert [standing["N-1"]["TotalAmt"], standing["N-2"]["TotalAmt"]] == [Decimal("80.00"), 0]
    assert standing["N-1"]["SyncToken"] == company.link("invoice", "1").sync_token
    assert company.link("invoice", "2").state == "void"


def test_half_a_minute_of_silence_and_then_success_is_one_invoice(company):
    """A request we gave up on may still be carried out: what is not found is not sent again before that cannot be."""
    company.ask("switches", {"requestid": "ignored"})
    company.read_timeout = 1.0
    company.fault(operation="batch", action="delay", seconds=1.2)
    real_sleep = company.clock.sleep

    def sleep(seconds: float) -> None:  # the emulated company is slow in real time
        while not company.objects("Invoice"):
            time.sleep(0.02)
        real_sleep(seconds)

    company.clock.sleep = sleep
    assert company.push(company.invoice("1"))["1"].status == "created"
    assert numbers(company) == ["N-1"]


def test_a_replay_that_answers_6000_is_looked_into(company):
    """The first attempt is lost before QuickBooks shows it; the replay says 6000 of what stands there: it is adopted."""
    company.ask("switches", {"requestid": "documented", "requestid_batch": "answers_6000"})
    company.fault(operation="batch", action="lose_answer")
    company.fault(operation="query", action="answer", status=200, body={"QueryResponse": {}}, times=2)
    found = company.push(company.invoice("1"))
    assert (found["1"].status, found["1"].attempts) == ("created", 2)
    assert numbers(company) == ["N-1"]


def test_the_answer_before_the_last_sending_says_nothing_about_it(company):
    """A batch whose items were throttled, sent again, and lost with the process: what the first answer said is forgotten."""
    with company.run() as run:
        company.fault(operation="batch", action="answer", status=200, body={"Fault": UNEXPECTED})
        company.fault(operation="batch", action="lose_answer", times=0)
        push(run, company.plan(run, company.invoice("1")))
    company.ask("faults", {"clear": True})
    with company.run() as run:
        recover(run)
    assert company.link("invoice", "1").state == "live"
    assert numbers(company) == ["N-1"]


def test_a_record_deleted_by_a_person_is_said_to_be_gone_and_made_anew_only_on_purpose(company):
    """A new object comes under a new generation, so an old request id brings no old answer back."""
    row = company.invoice("1")
    company.push(row)
    company.hand("delete", entity="Invoice", id=company.link("invoice", "1").quickbooks_id)
    found = company.push(company.changed(company.invoice("1", "70.00")))
    assert found["1"].reason_code == "gone_in_quickbooks"
    assert company.link("invoice", "1").state == "gone"
    again = company.push(company.invoice("1", "70.00", generation=2))
    assert again["1"].status == "created"
    assert [one["TotalAmt"] for one in company.objects("Invoice")] == [Decimal("70.00")]
    assert company.link("invoice", "1").state == "live"


def test_610_of_something_the_record_refers_to_does_not_call_the_record_gone(company):
    """610 says "made inactive" of an item as of the invoice itself; a wrong "gone" would be made anew by force, a duplicate."""
    company.push(company.invoice("1"))
    company.fault(operation="batch", action="fault_items", items=[0], code="610")
    found = company.push(company.changed(company.invoice("1", "70.00")))
    assert found["1"].reason_code == "inactive_reference"
    assert company.link("invoice", "1").state == "live"


def test_an_invoice_touched_by_a_payment_is_updated_all_the_same(company):
    """5010 because only links and balance changed is no reason to stop."""
    company.push(company.invoice("1"))
    company.push(company.payment("9", "40.00", company.link("invoice", "1").quickbooks_id))
    found = company.push(company.changed(company.invoice("1", "120.00")))
    assert (found["1"].status, found["1"].attempts) == ("updated", 2)
    assert company.objects("Invoice")[0]["Balance"] == Decimal("80.00")


def test_what_an_accountant_changed_is_not_overwritten_unless_forced(company):
    """The refusal names the field; force puts ours back."""
    company.push(company.invoice("1"))
    link = company.link("invoice", "1")
    company.hand("edit", entity="Invoice", id=link.quickbooks_id, fields={"TxnDate": "2026-02-02"})
    found = company.push(company.changed(company.invoice("1", "120.00")))
    assert found["1"].reason_code == "changed_in_quickbooks"
    assert "changed date in QuickBooks" in found["1"].reason
    forced = company.push(company.changed(company.invoice("1", "120.00"), forced=True, generation=5))
    assert forced["1"].status == "updated"
    assert company.objects("Invoice")[0]["TxnDate"] == "2026-03-01"


def test_a_payment_of_an_invoice_we_voided_is_voided_too(company):
    """Voiding the invoice took it off the payment; that is our doing, not an accountant's change."""
    invoice = company.invoice("1")
    company.push(invoice)
    payment = company.payment("9", "40.00", company.link("invoice", "1").quickbooks_id)
    company.push(payment)
    company.push(company.void(invoice))
    assert company.push(company.void(payment))["9"].status == "updated"
    assert [one["TotalAmt"] for one in company.objects("Payment")] == [0]


def test_a_number_in_use_by_a_stranger_is_refused_and_one_of_our_own_adopted(company):
    """6140 is looked into: only an invoice with our marker is ours."""
    company.ask("switches", {"warn_duplicate_numbers": True})
    ours, theirs = company.invoice("1"), company.invoice("2")
    company.hand("create", entity="Invoice", fields={**_plain(ours.payload)})
    company.hand("create", entity="Invoice", fields={**_plain(theirs.payload), "PrivateNote": "by hand"})
    found = company.push(ours, theirs)
    assert (found["1"].status, found["2"].reason_code) == ("created", "duplicate_number")
    assert numbers(company) == ["N-1", "N-2"]


def test_a_customer_name_in_use_is_refused_and_nothing_half_made_remains(company):
    """6240: the customer is no other record's, and what waits for it says so."""
    company.hand("create", entity="Vendor", fields={"DisplayName": "Zoe Zane"})
    waiting = company.invoice("1", customer="pending:tenant/1", phase=2, pending=["tenant/1"])
    found = company.push(company.customer("1"), waiting)
    assert (found["1"].reason_code if found["1"].source_type == "tenant" else None) in (
        "duplicate_name",
        None,
    )
    assert numbers(company) == []
    with engine(company.url).connect() as connection:
        assert connection.execute(sa.text("select count(*) from ledger.links")).scalar_one() == 0


def test_a_customer_whose_answer_was_lost_is_found_by_its_name(company):
    """One customer, linked, whatever the request id is worth for name lists."""
    company.ask("switches", {"requestid": "ignored", "requestid_name_lists": False})
    company.fault(operation="batch", action="lose_answer")
    assert company.push(company.customer("1", "Zoe O'Zane"))["1"].status == "created"
    assert [one["DisplayName"] for one in company.objects("Customer")].count("Zoe O'Zane") == 1


def test_books_closed_while_the_run_is_going_refuse_the_row(company):
    company.hand("close_books", date="2026-03-31")
    assert company.push(company.invoice("1"))["1"].reason_code == "closed_period"


def test_a_payment_in_a_deposit_cannot_be_changed_and_says_so(company):
    company.push(company.invoice("1"))
    invoice_id = company.link("invoice", "1").quickbooks_id
    company.push(company.payment("9", "40.00", invoice_id))
    company.hand("deposit", payments=[company.link("payment", "9").quickbooks_id])
    found = company.push(company.changed(company.payment("9", "50.00", invoice_id)))
    assert found["9"].reason_code in ("deposited", "changed_in_quickbooks")
    assert [one["TotalAmt"] for one in company.objects("Payment")] == [Decimal("40.00")]


@pytest.mark.parametrize(
    ("merged_away", "reason_code"), [("gone", "gone_in_quickbooks"), ("inactive", "inactive_reference")]
)
def test_a_merged_customer_is_gone_or_out_of_use(company, merged_away, reason_code):
    company.ask("switches", {"merged_away": merged_away})
    company.push(company.customer("1"))
    merged = company.link("tenant", "1").quickbooks_id
    company.hand("merge", entity="Customer", id=merged, into=company.customer_id)
    found = company.push(company.changed(company.customer("1", "Zoe Zander")))
    assert found["1"].reason_code == reason_code


def test_a_total_quickbooks_makes_otherwise_is_said_in_cents(company):
    found = company.push(
        company.invoice(
            "1",
            "100.00",
        ),
        company.invoice("2", "50.00"),
    )
    assert {one.status for one in found.values()} == {"created"}
    wrong = company.invoice("3", "100.00")
    wrong.payload["Line"][0]["Amount"] = Decimal("99.97")
    found = company.push(wrong)
    assert found["3"].reason_code == "total_mismatch"
    assert "3 cents" in found["3"].reason


def test_one_bad_row_never_holds_up_the_good_ones(company):
    """A row QuickBooks cannot even parse fails the whole batch; the others go alone."""
    bad = company.invoice("2")
    bad.payload["NoSuchField"] = "x"
    found = company.push(company.invoice("1"), bad, company.invoice("3"))
    assert [found[one].status for one in "123"] == ["created", "failed", "created"]
    assert found["2"].reason_code == "rejected"


def test_when_quickbooks_stays_away_the_run_ends_and_every_row_is_accounted_for(company):
    """Not minutes of trying for every batch: rows are not reached, and the next run pushes them once."""
    company.fault(action="answer", status=429, body="", operation="batch", times=0)
    rows = [company.invoice(str(number)) for number in range(4)]
    found = company.push(*rows, batch_size=2)
    assert {one.reason_code for one in found.values()} == {"not_reached"}
    assert open_requests(company) == 0
    company.ask("faults", {"clear": True})
    again = company.push(*(company.invoice(str(number), generation=1) for number in range(4)))
    assert {one.status for one in again.values()} == {"created"}
    assert numbers(company) == ["N-0", "N-1", "N-2", "N-3"]


def test_a_stop_finishes_what_is_in_flight_and_records_the_rest_as_not_reached(company):
    """Asked to stop after the first batch was sent: its rows are created, the others not reached, nothing is open."""
    rows = [company.invoice(str(number)) for number in range(6)]
    company.stop_requested = lambda: bool(company.objects("Invoice"))
    found = company.push(*rows, batch_size=2, workers=1)
    assert sorted(one.status for one in found.values()) == ["created"] * 2 + ["failed"] * 4
    assert {one.reason_code for one in found.values() if one.status == "failed"} == {"not_reached"}
    assert open_requests(company) == 0


def test_two_pushers_at_once_the_second_says_so_and_nothing_doubles(company):
    """The realm is held by one; the other is told whom it waits for, and sends nothing."""
    with company.run() as run:
        with pytest.raises(LedgerLocked, match="Another run is pushing"):
            company.push(company.invoice("1"), wait_seconds=0.1)
        push(run, company.plan(run, company.invoice("1")))
    assert numbers(company) == ["N-1"]


def test_a_plan_made_before_another_run_pushed_is_not_carried_out(company):
    """Plan and push in two processes, another run between them: the plan is closed, and says so."""
    row = company.invoice("1")
    with company.run("early") as run:
        plan_id = company.plan(run, row)
    with company.run("between") as run:
        recover(run)
        push(run, company.plan(run, row))
    with company.run("early") as run, pytest.raises(PlanOutdated, match="then planned again"):
        push(run, plan_id)
    assert numbers(company) == ["N-1"]


def test_a_push_repeated_within_its_own_run_sends_nothing_twice(company):
    """The first attempt of the step breaks off after QuickBooks committed; the same plan is pushed again."""
    company.ask("switches", {"requestid": "ignored"})
    with company.run() as run:
        plan_id = company.plan(run, *(company.invoice(str(number)) for number in range(3)))
        company.fault(operation="batch", action="lose_answer")
        company.fault(operation="query", action="answer", status=500, times=0)
        push(run, plan_id)
        company.ask("faults", {"clear": True})
        push(run, plan_id)
        assert finish_plan(run, plan_id).holds
    assert numbers(company) == ["N-0", "N-1", "N-2"]


def test_the_ledger_gone_for_a_moment_ends_the_run_and_the_next_one_finds_out(company):
    """The session is ended while a batch is at QuickBooks: a sentence for people, one invoice, every row accounted for."""
    with pytest.raises(LedgerUnreachable, match="lost"), company.run() as run:
        plan_id = company.plan(run, company.invoice("1"))
        pid = run.connection.execute(sa.text("select pg_backend_pid()")).scalar_one()
        run.connection.commit()
        real_write = run.client.write

        def write(request):
            answer = real_write(request)
            with engine(company.url).connect() as other:
                other.execute(sa.text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            return answer

        run.client.write = write
        push(run, plan_id)
    with company.run("next") as run:
        assert recover(run) == 1
        assert results.newest_of(run.connection, run.realm, "", "invoice", ["1"])["1"].status == "created"
    assert numbers(company) == ["N-1"]


def test_a_request_that_waits_out_a_429_is_not_sent_once_the_realm_is_lost(company):
    """Only the lock's connection breaks while a thread waits; another run takes over, settles and pushes. Then the wait ends."""
    company.ask("switches", {"requestid": "ignored"})
    pass_time, pids, taken_over = company.clock.sleep, [], []

    def sleep(seconds: float) -> None:
        pass_time(seconds)
        if pids:
            with engine(company.url).connect() as other:
                other.execute(sa.text("select pg_terminate_backend(:pid, 5000)"), {"pid": pids.pop()})
            with company.run("next") as run:
                taken_over.append(recover(run))
                push(run, company.plan(run, company.invoice("1")))

    company.clock.sleep = sleep
    company.fault(operation="batch", action="answer", status=429, body="", headers={"Retry-After": "60"})
    with pytest.raises(LedgerUnreachable, match="lost"), company.run() as run:
        plan_id = company.plan(run, company.invoice("1"))
        pids.append(run.connection.execute(sa.text("select pg_backend_pid()")).scalar_one())
        run.connection.commit()
        push(run, plan_id)
    assert taken_over == [1]
    assert numbers(company) == ["N-1"]


@pytest.mark.parametrize(
    ("table", "event"),
    [("requests", "insert"), ("requests", "update"), ("single_results", "insert"), ("links", "insert")],
)
def test_a_full_disk_ends_the_run_with_a_sentence_and_the_next_one_finds_out(company, table, event):
    """Postgres refuses a write (53100) before the request, at its answer or at its result; one invoice, every row accounted for."""
    company.ask("switches", {"requestid": "ignored"})
    with engine(company.url).begin() as other:
        other.execute(
            sa.text(
                """create function full_disk() returns trigger language plpgsql as $$
                   begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$"""
            )
        )
    with pytest.raises(LedgerUnreachable, match="disk space"), company.run() as run:
        plan_id = company.plan(run, company.invoice("1"))
        with engine(company.url).begin() as other:
            other.execute(
                sa.text(
                    f"create trigger full_disk before {event} on ledger.{table} execute function full_disk()"
                )
            )
        push(run, plan_id)
    with engine(company.url).begin() as other:
        other.execute(sa.text(f"drop trigger full_disk on ledger.{table}; drop function full_disk()"))
    with company.run("next") as run:
        recover(run)
        push(run, company.plan(run, *(() if numbers(company) else (company.invoice("1"),))))
        assert results.newest_of(run.connection, run.realm, "", "invoice", ["1"]).keys() == {"1"}
    assert numbers(company) == ["N-1"]


def test_a_connection_that_was_opened_anew_does_not_hold_the_realm(company):
    """SQLAlchemy opens a new session for a broken connection; nothing may be sent through it."""
    with realm_lock(company.url, "a realm", wait_seconds=1) as connection:
        must_hold(connection, "a realm")
        connection.invalidate()
        with pytest.raises(LedgerUnreachable):
            must_hold(connection, "a realm")


def test_the_results_name_request_sends_and_intuit_tid(company):
    """Support asks for intuit_tid; an auditor for the request."""
    found = company.push(company.invoice("1"))["1"]
    assert found.request_id
    assert found.intuit_tid
    assert found.attempts == 1


def _plain(payload: dict) -> dict:
    return {
        name: [{**line, "Amount": str(line["Amount"])} for line in value] if name == "Line" else value
        for name, value in payload.items()
    }
