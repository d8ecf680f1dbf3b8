"""A stored plan as people read it: what to look at first, sums, fields, cost. Pure: rows in, page out."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.sync_request import ChosenDays, SyncRequest, UndoneRun, over
from rentaxis_pipelines.reports.plan_page import DOINGS
from rentaxis_pipelines.reports.plan_words import (
    cost_in_words,
    groups_that_need_a_look,
    headline,
    totals_by_month,
)
from rentaxis_pipelines_tests.support.planned import (
    DAY,
    MADE,
    applied,
    invoice_of,
    page,
    planned,
    sale,
    spent,
)

SETTLED = {"status": "skipped", "reason_code": "unchanged", "reason": "It has not changed."}
FAILED = {
    "status": "failed",
    "reason_code": "missing_mapping",
    "reason": "No account.",
    "how_to_fix": "Map it.",
}
WAITS = {
    "status": "skipped",
    "reason_code": "waiting_for_parent",
    "reason": "It waits.",
    "how_to_fix": "Confirm.",
}


def money(amount: str) -> Decimal:
    return Decimal(amount)


def by_account(shown) -> dict[str, Decimal]:
    """Net change by account, of the page's one month."""
    assert {change.month for change in shown.by_account} <= {DAY.replace(day=1)}
    return {change.account.name: change.change for change in shown.by_account}


def only(shown):
    (row,) = shown.rows
    return row


# What a person looks at first


def test_what_overwrites_a_person_comes_first_then_what_fails_and_waits_then_what_takes_away():
    """Within each by amount, the largest first; what is rightly left alone comes last."""
    standing = invoice_of("5.00")
    rows = [
        planned("invoice", "unchanged", "none", amount=money("900"), **SETTLED),
        planned("invoice", "small", amount=money("1"), payload=invoice_of("1.00")),
        planned("invoice", "large", amount=money("7"), payload=invoice_of("7.00")),
        planned("invoice", "void", "void", amount=money("2"), standing=standing, payload={}),
        planned("invoice", "waits", "none", amount=money("800"), **WAITS),
        planned("invoice", "fails", "none", amount=money("3"), **FAILED),
        planned("invoice", "changed", "update", standing=standing, payload={"DueDate": "2026-06-01"}),
        planned("invoice", "forced", "update", amount=money("99"), standing=standing, payload={}),
        planned("invoice", "edited", "update", standing=standing, payload=invoice_of("4.00"), edited=["PrivateNote", "Line"]),
    ]  # fmt: skip
    shown = page(*rows)
    order = ["edited", "fails", "waits", "void", "changed", "large", "small", "forced", "unchanged"]
    assert [row.record.removeprefix("Invoice ") for row in shown.rows] == order
    assert shown.rows[0].reason == "Overwrites what a person changed in QuickBooks: memo, lines."
    assert headline(shown) == (
        "6 of 9 rows would be sent: 2 to create, 3 to update, 1 to void. Look first at: 1 that overwrites a person's change in "
        "QuickBooks, 1 that cannot be pushed, 1 that waits."
    )


def test_an_edited_row_that_is_not_sent_overwrites_nothing():
    shown = page(planned("invoice", "1", "none", edited=["Line"], **FAILED))
    assert only(shown).look == "failed"


def test_rows_that_the_same_deed_clears_are_one_line_named_by_the_largest():
    rows = [
        planned("invoice", f"{number}", "none", amount=money(f"{number}"), **WAITS) for number in (1, 3, 2)
    ]
    ((look, groups),) = groups_that_need_a_look(page(*rows))
    assert (look, [(group.record, group.amount) for group in groups]) == (
        "waiting",
        [("Invoice 3 and 2 more", money("6"))],
    )


def test_an_empty_plan_says_so():
    shown = page()
    assert headline(shown) == "There are no records to plan."
    assert (shown.by_type, shown.by_account, shown.why_not_sent) == ([], [], [])
    assert cost_in_words(shown.cost) == "Nothing to send: no write calls to QuickBooks."


# Its head


@pytest.mark.parametrize(
    ("request_", "what", "days"),
    [
        ({"days": over(DAY, DAY)}, "Push", "2026-05-14"),
        ({"days": over(DAY, DAY, "invoices"), "force": True}, "Push, forced: records go again even if nothing changed", "2026-05-14 (invoices)"),
        ({"days": (*over(DAY, DAY), ChosenDays(DateRange.of_days(dt.date(2026, 7, 1), dt.date(2026, 7, 2))))}, "Push", "2026-05-14; 2026-07-01 to 2026-07-02"),
        ({"record": ("invoice", "7")}, "Push of one record: Invoice 7", "2026-05-01 to 2026-05-31"),
        ({"record": ("invoice", "8"), "force": True}, "Push of one record: invoice 8, forced", "2026-05-01 to 2026-05-31"),
        ({"undo": UndoneRun(run_id="abcdef0123456789")}, "Undo of run abcdef01", "2026-05-01 to 2026-05-31"),
    ],
)  # fmt: skip
def test_the_head_says_what_was_asked_for_by_whom_and_when(request_, what, days):
    shown = page(planned("invoice", "7"), request=SyncRequest(requested_by="Dana Reyes", **request_))
    facts = dict(shown.head.facts)
    assert facts == {
        "What": what,
        "Days": days,
        "Requested by": "Dana Reyes, 2026-05-20 09:30 UTC",
        "Why it was made": "A person asked for a preview.",
    }
    assert (shown.head.title, shown.head.preview_id) == ("Plan 1a2b3c4d", "1a2b3c4d5e6f")


@pytest.mark.parametrize(
    ("fields_", "said"),
    [
        ({}, "Not approved yet. Nothing has been sent to QuickBooks."),
        ({"state": "superseded", "superseded_by": "ffffeeeedddd"}, "Superseded by plan ffffeeee, made for the same request. It cannot be approved any more."),
        ({"state": "approved"}, "Approved by Ann Li, 2026-05-20 09:30 UTC. It is being planned again by run 99998888; nothing has been sent yet."),
        ({"state": "pushing"}, "Approved by Ann Li, 2026-05-20 09:30 UTC. It is being pushed by run 99998888."),
        ({"state": "done", "done_at": MADE}, "Approved by Ann Li, 2026-05-20 09:30 UTC. Pushed by run 99998888, finished 2026-05-20 09:30 UTC."),
    ],
)  # fmt: skip
def test_the_head_says_what_became_of_the_plan(fields_, said):
    approved = {"approved_by": "Ann Li", "approved_at": MADE, "pushed_by_run": "9999888877776666"}
    assert page(**approved | fields_).head.state == said


def test_the_head_says_which_rows_were_approved():
    facts = dict(page(state="done", only_rows=["invoices", "PMT-7"]).head.facts)
    assert facts["Approved only"] == "invoices, PMT-7"
    assert "Approved without" not in facts


# Sums


def test_rows_and_money_are_summed_by_record_type_and_action_and_why_rows_are_not_sent():
    """Types in the order they are pushed; reasons that need a person first."""
    rows = [
        planned("payment", "1", amount=money("5.25"), payload={"TotalAmt": money("5.25")}),
        planned("invoice", "1", amount=money("10.10"), payload=invoice_of("10.10")),
        planned("invoice", "2", amount=money("0.05"), payload=invoice_of("0.05")),
        planned("invoice", "3", "void", amount=money("3.00"), standing=invoice_of("3.00")),
        planned("invoice", "4", "none", amount=money("9.00"), **SETTLED),
        planned("invoice", "5", "none", amount=money("8.00"), **SETTLED),
        planned("invoice", "6", "none", amount=money("7.00"), **FAILED),
    ]
    shown = page(*rows)
    assert [of_type.record_type for of_type in shown.by_type] == ["invoices", "payments"]
    invoices = shown.by_type[0]
    assert [invoices.rows[doing] for doing in DOINGS] == [2, 0, 1, 0, 3]
    assert [invoices.money[doing] for doing in DOINGS] == list(
        map(money, ("10.15", "0.00", "3.00", "0.00", "24.00"))
    )
    assert [(cause.code, cause.rows, cause.money) for cause in shown.why_not_sent] == [
        ("missing_mapping", 1, money("7.00")),
        ("unchanged", 2, money("17.00")),
    ]


CREATIONS = [
    ("invoice", "Invoice", invoice_of("100.00") | {"Line": [sale("70.00"), sale("30.00", "11")]},
     {"Accounts Receivable (A/R)": "100.00", "Rental Income": "-70.00", "Other Income:Parking": "-30.00"}),
    ("invoice", "Invoice", invoice_of("9.00", "12"), {"Accounts Receivable (A/R)": "9.00", "Item Sundries (account not known)": "-9.00"}),
    ("payment", "Payment", {"TotalAmt": money("50.00"), "Line": [applied("20.00")]}, {"Undeposited Funds": "50.00", "Accounts Receivable (A/R)": "-50.00"}),
    ("payment", "Payment", {"TotalAmt": money("50.00"), "DepositToAccountRef": {"value": "1"}}, {"Checking": "50.00", "Accounts Receivable (A/R)": "-50.00"}),
    ("expense", "Purchase", {"AccountRef": {"value": "5"}, "Line": [spent("12.34")]}, {"Corporate Card": "-12.34", "Repairs": "12.34"}),
    ("expense", "Purchase", {"AccountRef": {"value": "5"}, "Credit": True, "Line": [spent("12.34")]}, {"Corporate Card": "12.34", "Repairs": "-12.34"}),
    ("expense", "Bill", {"Line": [spent("12.34")]}, {"Accounts Payable (A/P)": "-12.34", "Repairs": "12.34"}),
    ("expense_payment", "BillPayment", {"TotalAmt": money("8.00"), "CheckPayment": {"BankAccountRef": {"value": "1"}}},
     {"Accounts Payable (A/P)": "8.00", "Checking": "-8.00"}),
    ("expense_payment", "BillPayment", {"TotalAmt": money("8.00"), "CreditCardPayment": {"CCAccountRef": {"value": "5"}}},
     {"Accounts Payable (A/P)": "8.00", "Corporate Card": "-8.00"}),
    ("tenant", "Customer", {"DisplayName": "Jane Doe"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("source_type", "entity", "payload", "expected"), CREATIONS)
def test_each_kind_of_transaction_posts_where_quickbooks_posts_it(source_type, entity, payload, expected):
    shown = page(planned(source_type, "1", quickbooks_type=entity, payload=payload))
    assert by_account(shown) == {account: money(amount) for account, amount in expected.items()}


def test_an_update_counts_with_the_difference_and_moves_months_with_its_date():
    standing = invoice_of("100.00", TotalAmt=money("100.00"), SyncToken="3")
    raised = page(planned("invoice", "1", "update", standing=standing, payload={"Line": [sale("130.00")]}))
    assert by_account(raised) == {
        "Accounts Receivable (A/R)": money("30.00"),
        "Rental Income": money("-30.00"),
    }
    moved = page(planned("invoice", "1", "update", standing=standing, payload={"TxnDate": "2026-06-01"}))
    assert [(change.month.month, change.account.name, change.change) for change in moved.by_account] == [
        (5, "Accounts Receivable (A/R)", money("-100.00")),
        (5, "Rental Income", money("100.00")),
        (6, "Accounts Receivable (A/R)", money("100.00")),
        (6, "Rental Income", money("-100.00")),
    ]


def test_what_is_voided_or_deleted_is_taken_back_and_what_is_not_sent_counts_nothing():
    standing = invoice_of("100.00")
    for action in ("void", "delete"):
        taken = page(planned("invoice", "1", action, standing=standing, payload={"PrivateNote": "Void"}))
        assert by_account(taken) == {
            "Accounts Receivable (A/R)": money("-100.00"),
            "Rental Income": money("100.00"),
        }
    assert (
        page(
            planned("invoice", "1", "update", standing=standing, payload=invoice_of("1.00"), **FAILED)
        ).by_account
        == []
    )


def test_a_change_of_what_was_not_read_is_counted_as_left_out():
    shown = page(
        planned("invoice", "1", "update", payload=invoice_of("1.00")),
        planned("tenant", "2", "update", payload={}),
    )
    assert (shown.by_account, shown.unknown_accounts) == ([], 1)


def test_what_the_lines_do_not_tell_is_shown_as_such_so_that_debits_equal_credits():
    """Sales tax, a discount, and a total that is not that of its lines, on an invoice that stands in QuickBooks."""
    discount = {
        "DetailType": "DiscountLineDetail",
        "Amount": money("10.00"),
        "DiscountLineDetail": {"DiscountAccountRef": {"value": "8"}},
    }
    subtotal = {"DetailType": "SubTotalLineDetail", "Amount": money("100.00")}
    standing = invoice_of("100.00", TotalAmt=money("97.00"), TxnTaxDetail={"TotalTax": money("6.00")})
    standing["Line"] = [sale("100.00"), subtotal, discount]
    shown = page(planned("invoice", "1", "void", standing=standing, payload={}))
    assert by_account(shown) == {
        "Accounts Receivable (A/R)": money("-97.00"),
        "Rental Income": money("100.00"),
        "Repairs": money("-10.00"),
        "Sales tax": money("6.00"),
        "Other (no account on the line)": money("1.00"),
    }


AMOUNTS = st.decimals(min_value=0, max_value=99_999, places=2)
KINDS = ("Invoice", "Payment", "Purchase", "Bill", "BillPayment", "Customer")
SOURCES = {"Invoice": "invoice", "Payment": "payment", "BillPayment": "expense_payment", "Customer": "tenant"}


@st.composite
def objects(draw, kind: str):
    """A transaction of that kind, with lines on accounts and items known and unknown."""
    day = draw(st.dates(dt.date(2026, 1, 1), dt.date(2026, 4, 30))).isoformat()
    amounts = draw(st.lists(AMOUNTS, max_size=3))
    if kind == "Customer":
        return {"DisplayName": "Jane Doe"}
    if kind in ("Payment", "BillPayment"):
        return {
            "TxnDate": day,
            "TotalAmt": draw(AMOUNTS),
            "Line": [applied(f"{amount}") for amount in amounts],
        }
    line = sale if kind == "Invoice" else spent
    lines = [
        line(f"{amount}", draw(st.sampled_from(("6", "8", "10", "11", "12", "99")))) for amount in amounts
    ]
    total = {"TotalAmt": draw(AMOUNTS)} if draw(st.booleans()) else {}
    return {"TxnDate": day, "AccountRef": {"value": "1"}, "Line": lines, **total}


@st.composite
def any_row(draw):
    kind = draw(st.sampled_from(KINDS))
    action = draw(st.sampled_from(("create", "update", "void", "delete")))
    status = draw(st.sampled_from((None, None, {}, FAILED, WAITS, SETTLED)))
    return planned(
        SOURCES.get(kind, "expense"),
        f"{draw(st.integers(1, 10**6))}",
        action,
        quickbooks_type=kind,
        amount=draw(AMOUNTS),
        payload=draw(objects(kind)),
        standing=None if action == "create" else draw(st.none() | objects(kind)),
        edited=draw(st.sampled_from(([], ["Line"]))) if action == "update" else [],
        **status or {},
    )


@given(st.lists(any_row(), max_size=12))
def test_any_plan_adds_up(rows):
    """Rows in = rows shown, in count and in money; debits = credits in every month, for each kind of transaction and for all."""
    shown = page(*rows)
    key = lambda row: (row.source_type, row.source_id, row.amount, row.action)  # noqa: E731
    assert sorted(map(key, (row.row for row in shown.rows))) == sorted(map(key, rows))
    counted = [(of_type.rows[doing], of_type.money[doing]) for of_type in shown.by_type for doing in DOINGS]
    assert sum(number for number, _ in counted) == len(rows)
    assert sum(amount for _, amount in counted) == sum(row.amount for row in rows)
    not_sent = [row for row in rows if row.status is not None]
    assert sum(cause.rows for cause in shown.why_not_sent) == len(not_sent)
    assert sum(cause.money for cause in shown.why_not_sent) == sum(row.amount for row in not_sent)
    assert shown.sent == len(rows) - len(not_sent)
    whole: dict[tuple[dt.date, str], Decimal] = defaultdict(Decimal)
    for kind in KINDS:
        of_kind = page(*(row for row in rows if row.quickbooks_type == kind))
        assert all(debits == credits for _, debits, credits in totals_by_month(of_kind))
        for change in of_kind.by_account:
            whole[change.month, change.account.name] += change.change
    assert {(change.month, change.account.name): change.change for change in shown.by_account} == {
        key: amount for key, amount in whole.items() if amount
    }


# Cost


def test_the_cost_counts_batches_as_they_are_sent_first_steps_included():
    """31 new invoices are two batches, for no batch holds more than 30; a void with a new note is written in two steps."""
    rows = [
        planned("invoice", f"{number}", payload=invoice_of("1.00"), position=number) for number in range(31)
    ]
    cost = page(*rows).cost
    assert (cost.batches, cost.first_steps, cost.reads, cost.minutes) == (2, 0, 2, 1)
    void = planned(
        "invoice", "99", "void", payload={"PrivateNote": "why"}, quickbooks_id="9", sync_token="0", mapped={}
    )
    cost = page(*rows, void).cost
    assert (cost.batches, cost.first_steps, cost.reads) == (4, 1, 3)
    assert cost_in_words(cost) == (
        "About 7 calls to QuickBooks: 4 batches of up to 30 records (1 of them for notes and releases that go first) and 3 reads. "
        "About 1 minute, at QuickBooks' limit of 40 batches a minute."
    )


def test_rows_that_share_a_key_cost_a_batch_each_and_plans_are_not_sent_together():
    same = [
        planned("invoice", f"{number}", payload=invoice_of("1.00"), conflict_keys=["Invoice:1"])
        for number in range(3)
    ]
    assert page(*same).cost.batches == 3
    other_plan = [msgspec.structs.replace(row, plan_id="other") for row in same]
    assert page(*same, *other_plan).cost.batches == 6


@pytest.mark.parametrize(
    ("rows", "minutes"), [(0, 0), (1, 1), (40 * 30, 1), (40 * 30 + 1, 2), (41 * 30 * 4, 5)]
)
def test_minutes_are_what_forty_batches_a_minute_leave(rows, minutes):
    shown = page(*(planned("tenant", f"{number}", payload={"DisplayName": "x"}) for number in range(rows)))
    assert shown.cost.minutes == minutes
