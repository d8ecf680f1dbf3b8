"""What follows from a run's sums: its result by record type, how far it is, what a filter chooses, and the causes of what failed."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.ledger.run_causes import RemedyRows
from rentaxis_pipelines.ledger.run_list import ListedRun
from rentaxis_pipelines.ledger.run_rows_page import Group
from rentaxis_pipelines.ledger.run_sums import RunSum
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.reports import run_result, run_words
from rentaxis_pipelines.reports.run_result import Amount, RowFilter

REASONS = ["", "unchanged", "preview", "waiting_for_parent", "missing_mapping", "apply_by_hand"]
SUMS = st.lists(
    st.builds(
        RunSum,
        run_id=st.just("r"),
        record_type=st.sampled_from(["customers", "invoices", "payments", "vendors"]),
        status=st.sampled_from(run_result.OUTCOMES),
        reason_code=st.sampled_from(REASONS),
        rows=st.integers(1, 50_000),
        amount=st.decimals(-9_999, 9_999, places=2),
    ),
    unique_by=lambda each: (each.record_type, each.status, each.reason_code),
)
FILTERS = st.builds(
    RowFilter,
    outcome=st.sampled_from(["", *run_result.OUTCOMES, run_result.TO_PUSH, run_result.ATTENTION]),
    record_type=st.sampled_from(["", "invoices", "vendors"]),
    reason_code=st.sampled_from(REASONS),
)


def of(record_type: str, status: str, reason: str = "", rows: int = 1, amount: str = "1.00") -> RunSum:
    return RunSum("r", record_type, status, reason, rows, Decimal(amount))


def remedy(code: str, text: str, rows: int, amount: str) -> RemedyRows:
    return RemedyRows(code, text, rows, Decimal(amount), abs(Decimal(amount)), [])


@given(sums=SUMS)
def test_every_row_and_cent_is_in_one_outcome_of_one_type(sums):
    """Nothing is lost or counted twice on the way from the sums to the page."""
    types = run_result.by_type(sums, {"invoices": 5})
    shown = [amount for each in types for amount in each.outcomes.values()]
    assert sum(amount.rows for amount in shown) == sum(each.rows for each in sums)
    assert sum(amount.money for amount in shown) == sum(each.amount for each in sums)
    assert [each.record_type for each in types] == [
        name
        for name in ("customers", "invoices", "payments", "vendors")
        if name in {each.record_type for each in types}
    ]
    assert "invoices" in {each.record_type for each in types}


@given(sums=SUMS, which=FILTERS, text=st.sampled_from(["", "inv", "Invoice 7"]))
def test_a_filter_chooses_exactly_the_groups_it_names(sums, which, text):
    """Whether they are looked through row by row or by their beginnings; the outcomes of all filters together are all rows."""
    choice = run_result.chosen(sums, which, text)
    groups = {(group.record_type, group.status, group.reason_code) for group in choice.groups}
    assert groups == {
        (each.record_type, each.status, each.reason_code) for each in sums if which.chooses(each)
    }
    assert choice.by_beginning == (bool(text) and choice.whole > run_result.SEARCHED_ROW_BY_ROW)
    assert bool(choice.containing) == (bool(text) and not choice.by_beginning)
    outcomes = [*run_result.OUTCOMES, run_result.TO_PUSH]
    assert sum(run_result.chosen(sums, RowFilter(outcome)).whole for outcome in outcomes) == sum(
        each.rows for each in sums
    )


def test_what_a_preview_would_push_is_not_called_skipped():
    (invoices,) = run_result.by_type(
        [of("invoices", "skipped", "preview", 3), of("invoices", "skipped", "draft", 2)], {}
    )
    assert invoices.outcomes == {"to_push": Amount(3, Decimal("1.00")), "skipped": Amount(2, Decimal("1.00"))}
    assert invoices.read is None


def test_progress_counts_records_that_were_read_and_never_passes_them():
    """A customer who comes along with an invoice is no invoice, and a bill's payment no expense."""
    sums = [
        of("invoices", "created", rows=7),
        of("customers", "created", rows=90),
        of("expenses", "failed", "rejected", 12),
    ]
    assert run_result.progress_of(sums, {"invoices": 10, "expenses": 5}) == run_result.Progress(12, 15)
    assert run_result.progress_of([], {}) == run_result.Progress(0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", ["7", "invoice 7"]),
        ("inv", ["inv"]),
        ("INV-0042", ["INV-0042", "invoice INV-0042"]),
        ("Invoice 7", ["Invoice 7"]),
        ("invoice", ["invoice"]),
    ],
)
def test_a_number_is_found_with_and_without_the_word_before_it(text, expected):
    """And no label can begin in two of the ways, or it would be listed twice."""
    assert run_result.beginnings("invoices", text) == expected
    for label in ("invoice 7", "invoice inv-0042", "invoice invoice 7", "7"):
        assert sum(label.startswith(each.lower()) for each in expected) <= 1


def test_two_mappings_are_two_causes_and_what_waits_is_one():
    """What two results say in different words may be the same on the desk."""
    sums = [
        of("invoices", "failed", "missing_mapping", 5, "60.00"),
        of("payments", "skipped", "waiting_for_parent", 3, "900.00"),
        of("payments", "created", rows=9),
    ]
    found = run_result.causes(
        sums,
        [
            remedy("missing_mapping", "Map Laundry.", 3, "50.00"),
            remedy("missing_mapping", "Map Pool.", 2, "10.00"),
            remedy("waiting_for_parent", "Push 1.", 2, "600.00"),
            remedy("waiting_for_parent", "Push 2.", 1, "300.00"),
        ],
    )
    assert [(cause.code, cause.rows, str(cause.money), len(cause.remedies)) for cause in found] == [
        ("waiting_for_parent", 3, "900.00", 1),
        ("missing_mapping", 3, "50.00", 1),
        ("missing_mapping", 2, "10.00", 1),
    ]
    assert run_result.open_groups(sums) == [
        Group("invoices", "failed", "missing_mapping"),
        Group("payments", "skipped", "waiting_for_parent"),
    ]


def test_where_not_all_rows_were_looked_at_the_cause_still_has_their_count_and_money():
    """A million failed; the largest amounts are under their remedies, and how many others there are is known."""
    sums = [of("invoices", "failed", "rejected", 1_000_000, "5000000.00")]
    (cause,) = run_result.causes(sums, [remedy("rejected", "Correct it.", 5_000, "100.00")])
    assert (cause.rows, str(cause.money), cause.unlisted) == (1_000_000, "5000000.00", 995_000)


def listed(**changes: object) -> ListedRun:
    facts = {
        "run_id": "r", "requested_by": "ann", "started_at": dt.datetime(2026, 11, 3, tzinfo=dt.UTC), "finished_at": None,
        "first_day": dt.date(2026, 10, 1), "last_day": dt.date(2026, 10, 31), "record_types": ["invoices"], "rows_in": 1,
        "forced": False, "preview": False, "one_record": False, "undoes": None, "plan_id": None, "plan_state": None,
        "plan_why": None, "approved_plan": None,
    }  # fmt: skip
    return ListedRun(**(facts | changes))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "Sync"),
        ({"preview": True}, "Preview"),
        ({"requested_by": "nightly schedule"}, "Nightly run"),
        ({"requested_by": "sensor: records fixed"}, "Retry"),
        ({"undoes": "x"}, "Undo"),
        ({"undoes": "x", "preview": True}, "Preview of an undo"),
        ({"approved_plan": "x"}, "Push of an approved plan"),
        ({"one_record": True}, "One record"),
    ],
)
def test_a_run_is_called_what_it_was(changes, name):
    assert run_words.name_of(listed(**changes)) == name


def test_who_asked_and_for_what_is_said_as_people_say_it():
    assert run_words.who("nightly schedule") == "Automatic"
    assert run_words.who("ann") == "ann"
    assert run_words.types_of(["invoices"]) == "invoices"
    assert run_words.types_of(["payments", "invoices", "customers"]) == "customers, invoices and payments"
    assert run_words.types_of(RECORD_TYPES[::-1]) == "all records"


def test_why_a_plan_waits_is_a_sentence_until_it_is_approved():
    held = listed(plan_id="r", plan_state="planned", plan_why="guard")
    assert "far more than usual" in run_words.plan_waits(held)
    assert "approval first" in run_words.plan_waits(
        listed(plan_id="r", plan_state="planned", plan_why="policy")
    )
    assert run_words.plan_waits(listed(plan_id="r", plan_state="done", plan_why="guard")) == ""
    assert run_words.plan_waits(listed()) == ""


def test_sentences_are_without_commands_settings_and_ids():
    said = run_words.sentence(
        "Expense 17 (Ace Plumbing) was held back: the limit is 10 rows (policies.guard.rows). Review it (rentaxis-sync plans 1a2b3c4d). "
        "Or launch the same range with the tag confirm_unusual set to yes (confirm_unusual: true in the configuration, "
        "--confirm-unusual on the command line)."
    )
    assert said == "Expense of Ace Plumbing was held back: the limit is 10 rows. Review it."
    assert run_words.sentence(None) == ""
    assert (
        run_words.remedy("held_back", "Anything.")
        == "Look at the plan that was stored instead; if it is right, approve it."
    )
    assert run_words.remedy("of_a_newer_version", "Ask.") == "Ask."
    assert run_words.record("expense", "17", "Expense 17 (Ace Plumbing)") == "Expense of Ace Plumbing"
    assert (
        run_words.record("expense_payment", "17", "The payment of Expense 17 (Ace)")
        == "The payment of Expense of Ace"
    )


def test_a_row_leads_to_the_page_of_its_record_where_there_is_one():
    """The payment of a bill to its expense; a class to none."""
    assert run_words.page_of("tenant", "7") == ("tenant", "7")
    assert run_words.page_of("expense_payment", "17") == ("expense", "17")
    assert run_words.page_of("property_class", "3") is None
    assert run_words.page_of("of_a_newer_version", "3") is None
